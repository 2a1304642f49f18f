#include "apps/https_server.hpp"

#include <fmt/format.h>

#include <utility>

namespace handwave {
namespace {

/// How long we read on after our last words, so that a RST does not overtake them.
constexpr Duration lingering = std::chrono::seconds{2};

/// Counts a session as long as it lives.
class Counted {
 public:
  explicit Counted(std::uint64_t& figure) : figure_(figure) { ++figure_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --figure_; }

 private:
  std::uint64_t& figure_;
};

/// One of the handshakes at once.
class Place {
 public:
  explicit Place(HandshakeGate& gate) : gate_(gate) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { gate_.leave(); }

 private:
  HandshakeGate& gate_;
};

/// FIN, and then whatever still comes is read and thrown away, for a moment.
Task<void> take_leave(Sockets& sockets, Stream& transport) {
  if (!transport.shutdown()) co_return;
  const Instant deadline = sockets.now() + lingering;
  while (true) {
    const auto octets = co_await transport.read_idle(SIZE_MAX, deadline);
    if (!octets || octets->empty()) co_return;
  }
}

/// Somebody speaks plain HTTP to the TLS port, or nothing that we know: they get a page that they can read.
Task<void> refuse_plain(HttpServer& server, Stream& transport) {
  http::Response response;
  http::make_error_page(response, http::Status::bad_request);
  std::string text;
  http::append_head(text, response, server.date(), http::Persistence::close);
  for (const auto& piece : response.body) text += piece.text;
  const auto written = co_await transport.write(as_bytes(text), server.sockets.now() + lingering);
  if (written) co_await take_leave(server.sockets, transport);
}

/// True if the handshake is complete; else the failure was counted, and the peer has had our last words.
Task<bool> shake_hands(HttpsServer& server, TlsStream& stream, Instant deadline) {
  const auto shaken = co_await stream.handshake(deadline, &server.gate);
  TlsStatistics& statistics = server.statistics;
  if (shaken) {
    ++(stream.session().resumed() ? statistics.resumed : statistics.full);
    co_return true;
  }
  if (shaken.error() == std::errc::timed_out) {
    ++statistics.timed_out;
    stream.abort();
    co_return false;
  }
  ++statistics.failed;
  const std::string why = stream.session().failure();
  if (server.complain) server.complain(stream.peer(), why.empty() ? shaken.error().message() : why);
  co_await take_leave(server.http.sockets, stream.transport());
  co_return false;
}

}  // namespace

std::string TlsStatistics::to_string() const {
  return fmt::format("  tls: {} full handshakes, {} resumed, {} failed, {} timed out, {} not TLS; {} sessions open\n",
                     full, resumed, failed, timed_out, not_tls, open);
}

Task<void> serve_https(HttpsServer& server, Stream transport) {
  Sockets& sockets = server.http.sockets;
  const Instant deadline = sockets.now() + server.gate.limits().time;
  // Nothing of TLS is there yet: a session comes with the first octet.
  auto first = co_await transport.read_idle(http::ServerConnection::read_size, deadline);
  if (!first) {
    if (first.error() == std::errc::timed_out) ++server.statistics.timed_out;
    co_return;
  }
  if (first->empty()) co_return;
  if (!tls::looks_like_tls(first->bytes())) {
    ++server.statistics.not_tls;
    co_return co_await refuse_plain(server.http, transport);
  }
  if (!co_await server.gate.enter(deadline)) {
    ++server.statistics.timed_out;
    co_return transport.abort();
  }
  std::optional<Place> place{std::in_place, server.gate};
  const Counted counted{server.statistics.open};
  TlsStream stream{sockets, std::move(transport), server.context, *std::move(first)};
  const bool shaken = co_await shake_hands(server, stream, deadline);
  place.reset();
  if (shaken) co_await serve_http(server.http, std::move(stream));
}

}  // namespace handwave
