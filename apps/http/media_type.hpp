// Content-Type by a file name's suffix: RFC 9110 §8.3.
#pragma once

#include <string_view>

namespace handwave::http {

/// The media type for the name's last suffix, in any case, text with charset=utf-8; application/octet-stream if the
/// suffix is unknown or missing.
std::string_view media_type(std::string_view file_name);

}  // namespace handwave::http
