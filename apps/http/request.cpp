// Writing requests: RFC 9112 §3, RFC 9110 §7.2 (Host), §10.1.5 (User-Agent), §12.5.1 (Accept).
#include "apps/http/request.hpp"

#include "apps/http/response.hpp"

namespace handwave::http {

std::string write_request(Method method, const Url& url, bool keep_alive) {
  std::string out{to_string(method)};
  out += ' ';
  out += url.target;
  out += " HTTP/1.1\r\nHost: ";
  out += url.authority();
  out += "\r\nUser-Agent: ";
  out += server_name;
  out += "\r\nAccept: */*\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

}  // namespace handwave::http
