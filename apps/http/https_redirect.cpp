#include "apps/http/https_redirect.hpp"

namespace handwave::http {
namespace {

/// "name:port" without its port: RFC 3986 §3.2, an IPv6 address keeps its brackets.
std::string_view without_port(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return authority.substr(0, colon);
}

}  // namespace

void HttpsRedirect::respond(const Request& request, std::chrono::sys_seconds /*now*/, Response& response) {
  response.clear();
  const bool head_only = request.method == Method::head;
  const auto parsed = parse_target(request.target, request.method, target_);
  if (!parsed) return make_error_page(response, parsed.error(), head_only);
  // RFC 9112 §3.2.2: what an absolute-form names goes before Host.
  const std::string_view authority =
      target_.authority.empty() ? single_field(request.fields, "Host").value_or("") : target_.authority;
  const std::string_view host = without_port(authority);
  if (host.empty()) return make_error_page(response, Status::bad_request, head_only);

  std::string location = "https://";
  location += host;
  if (port_ != 443) location += ':' + std::to_string(port_);
  location += '/' + encode_path(target_.path);
  if (target_.directory && !target_.path.empty()) location += '/';
  if (!target_.query.empty()) location += '?' + target_.query;
  response.add_field("Location", location);
  make_error_page(response, Status::permanent_redirect, head_only);
}

}  // namespace handwave::http
