// A secure web server and its visitors, on two hosts of the simulator.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/access_log.hpp"
#include "apps/http/static_site.hpp"
#include "apps/https_server.hpp"
#include "apps/tls_stream.hpp"
#include "tests/sim/coroutine_host.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/memory_files.hpp"

namespace handwave::sim {

constexpr std::chrono::sys_seconds today{std::chrono::hours{20'000 * 24}};
constexpr std::uint16_t https_port = 443;

struct Credentials {
  tls::Identity identity;
  tls::Authorities authorities;
};
/// A certificate for the server, and who vouches for it: itself.
Credentials credentials(const tls::Random& random);

/// A secure web server and a client's host.
struct SecureWeb {
  /// Begins cryptography and its clock anew, before anything draws on them.
  explicit SecureWeb(std::uint64_t seed, std::string_view impairments, const HandshakeLimits& limits = {},
                     tls::Version highest = tls::Version::tls1_3, tls::KeyLog key_log = {});

  World world;
  tls::Random random;
  Credentials proof;
  Node& client;
  Node& server;
  http::MemoryFiles files;
  http::StaticSite site{files};
  CoroutineHost& near;
  CoroutineHost& far;
  std::string log_lines;
  AccessLog log{far.sockets, [this](std::string_view lines) { log_lines += lines; }};
  HttpServer http{far.sockets, site, [] { return today; }, &log};
  HttpsServer https;
  tls::ClientContext context;
};

/// What a visitor has seen so far.
struct Visit {
  std::size_t pages_right = 0;
  std::size_t resumed = 0;
  std::string trouble;
};
/// A connection for each page, each resuming the session of the one before.
Task<void> visit(SecureWeb& web, std::vector<std::size_t> sizes, Visit& result);
/// Sends `octets` at once, or one a second, and reads until the server has had enough.
Task<void> send_to_server(SecureWeb& web, std::string octets, Duration pause, std::string& answer, bool& over);

/// What the log says of handshakes that failed.
using Failures = std::vector<std::string>;
Failures failures(const SecureWeb& web);
/// Checks that nothing is left but the listener's accept loop: no task, no connection, no session.
void check_nothing_is_left(SecureWeb& web);

}  // namespace handwave::sim
