// Requests as the client sends them: RFC 9112 §3, RFC 9110 §7.2.
#pragma once

#include <string>
#include <string_view>

#include "apps/http/method.hpp"
#include "apps/http/url.hpp"

namespace handwave::http {

/// The octets of a request without a body: request line, Host, User-Agent, Accept, and Connection: close unless the
/// connection is meant to persist.
std::string write_request(Method method, const Url& url, bool keep_alive = false);

}  // namespace handwave::http
