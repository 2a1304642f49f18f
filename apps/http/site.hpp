// What answers requests: the files below a root, or a redirect.
#pragma once

#include <chrono>

#include "apps/http/request_parser.hpp"
#include "apps/http/response.hpp"

namespace handwave::http {

class Site {
 public:
  virtual ~Site() = default;
  /// Fills in the whole response but for Date, Server and Connection. `now` bounds Last-Modified (RFC 9110 §8.8.2.1).
  virtual void respond(const Request& request, std::chrono::sys_seconds now, Response& response) = 0;

 protected:
  Site() = default;
  Site(const Site&) = default;
  Site& operator=(const Site&) = default;
};

}  // namespace handwave::http
