// HTTPS: HTTP over TLS over TCP (RFC 9110 §4.2.2), with bounds on what handshakes may cost.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "apps/handshake_gate.hpp"
#include "apps/http_server.hpp"
#include "tls/context.hpp"

namespace handwave {

/// What was counted of the sessions of a server.
struct TlsStatistics {
  std::uint64_t open = 0;         ///< sessions that hold memory now
  std::uint64_t full = 0;         ///< handshakes completed
  std::uint64_t resumed = 0;      ///< of earlier sessions
  std::uint64_t failed = 0;       ///< with an alert, ours or theirs, or a connection that ended
  std::uint64_t timed_out = 0;    ///< slower than the limit
  std::uint64_t turned_away = 0;  ///< too many were waiting
  std::uint64_t not_tls = 0;      ///< plain HTTP, or noise

  /// Why those failed that did, by what can be told without particulars.
  std::map<std::error_code, std::uint64_t> reasons = {};

  /// One line, and one for each reason.
  [[nodiscard]] std::string to_string() const;
};

/// What the connections of one HTTPS server share; outlives them.
struct HttpsServer {
  HttpsServer(HttpServer& over, tls::ServerContext with, const HandshakeLimits& limits = {})
      : http(over), context(std::move(with)), gate(over.sockets, limits) {}

  HttpServer& http;
  tls::ServerContext context;
  HandshakeGate gate;
  TlsStatistics statistics;
};

/// Serves one connection to its end, from the ClientHello on.
Task<void> serve_https(HttpsServer& server, Stream transport);

}  // namespace handwave
