// The HTTP server: apps/http decides what to do, this does it over a stream (RFC 9112 §9).
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "apps/access_log.hpp"
#include "apps/byte_stream.hpp"
#include "apps/http/connection.hpp"
#include "apps/tls_stream.hpp"
#include "stack/sockets.hpp"

namespace handwave {

/// What the connections of one HTTP server share; outlives them.
struct HttpServer {
  /// The wall clock, whole seconds.
  using Date = std::function<std::chrono::sys_seconds()>;

  Sockets& sockets;
  http::Site& site;
  Date date;
  AccessLog* log = nullptr;  ///< null: none
  http::TimeLimits times = {};
  std::string common_fields = {};  ///< complete field lines for every response
};

/// Serves one connection to its end.
template <ByteStream S>
Task<void> serve_http(HttpServer& server, S stream);

extern template Task<void> serve_http(HttpServer& server, Stream stream);
extern template Task<void> serve_http(HttpServer& server, TlsStream stream);

}  // namespace handwave
