// The HTTP server: apps/http decides what to do, this does it over a stream (RFC 9112 §9).
#pragma once

#include <chrono>
#include <functional>

#include "apps/access_log.hpp"
#include "apps/http/connection.hpp"
#include "apps/http/static_site.hpp"
#include "stack/sockets.hpp"

namespace handwave {

/// What the connections of one HTTP server share; outlives them.
struct HttpServer {
  /// The wall clock, whole seconds.
  using Date = std::function<std::chrono::sys_seconds()>;

  Sockets& sockets;
  http::StaticSite& site;
  Date date;
  AccessLog* log = nullptr;  ///< null: none
  http::TimeLimits times = {};
};

/// Serves one connection to its end.
Task<void> serve_http(HttpServer& server, Stream stream);

}  // namespace handwave
