// Status codes and their reason phrases: RFC 9110 §15, and 431 from RFC 6585 §5.
#pragma once

#include <cstdint>
#include <string_view>

namespace handwave::http {

/// The codes that the server sends by name. The client may hold any number from 100 to 599 in one.
enum class Status : std::uint16_t {
  continue_ = 100,
  switching_protocols = 101,
  ok = 200,
  no_content = 204,
  partial_content = 206,
  moved_permanently = 301,
  not_modified = 304,
  permanent_redirect = 308,
  bad_request = 400,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  request_timeout = 408,
  precondition_failed = 412,
  content_too_large = 413,
  uri_too_long = 414,
  range_not_satisfiable = 416,
  expectation_failed = 417,
  request_header_fields_too_large = 431,
  internal_server_error = 500,
  not_implemented = 501,
  service_unavailable = 503,
  http_version_not_supported = 505,
};

constexpr int code(Status status) { return static_cast<int>(status); }

/// The phrase of RFC 9110 §15 for the codes above; empty for others, which RFC 9112 §4 allows.
std::string_view reason(Status status);

/// Whether a response of this status ends with its header section, whatever the header says (RFC 9112 §6.3, 1).
constexpr bool has_no_content(Status status) {
  return code(status) < 200 || status == Status::no_content || status == Status::not_modified;
}

}  // namespace handwave::http
