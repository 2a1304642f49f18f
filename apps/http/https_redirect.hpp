// The site that is elsewhere: every request is sent on to the same place over HTTPS (RFC 9110 §15.4.9, §4.2.2).
#pragma once

#include <cstdint>
#include <string>

#include "apps/http/site.hpp"
#include "apps/http/target.hpp"

namespace handwave::http {

class HttpsRedirect final : public Site {
 public:
  /// To the host that the request names, at `port`.
  explicit HttpsRedirect(std::uint16_t port) : port_(port) {}

  /// 308 with a Location made of what we understood of the request; 400 if it names no host (HTTP/1.0).
  void respond(const Request& request, std::chrono::sys_seconds now, Response& response) override;

 private:
  std::uint16_t port_;
  Target target_;  ///< of the request in hand; a member for its buffers
};

}  // namespace handwave::http
