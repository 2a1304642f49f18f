#include "apps/https_server.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace handwave {
namespace {

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

/// Somebody speaks plain HTTP to the TLS port, or nothing that we know: they get a page that they can read.
Task<void> refuse_plain(HttpServer& server, Stream& transport) {
  http::Response response;
  http::make_error_page(response, http::Status::bad_request);
  std::string text;
  http::append_head(text, response, server.date(), http::Persistence::close);
  for (const auto& piece : response.body) text += piece.text;
  const auto written = co_await transport.write(as_bytes(text), server.sockets.now() + server.times.lingering);
  if (written) co_await take_leave(server.sockets, transport);
}

/// Who runs the server will be asked why somebody could not be served.
void tell(HttpsServer& server, const Endpoint& peer, std::string_view why) {
  if (server.http.log == nullptr) return;
  server.http.log->add_failure(peer, server.http.date(), fmt::format("TLS handshake failed: {}", why));
}

void count_failure(HttpsServer& server, const Endpoint& peer, std::error_code reason, const std::string& sentence) {
  ++server.statistics.failed;
  ++server.statistics.reasons[reason];
  tell(server, peer, sentence.empty() ? reason.message() : sentence);
}

void count_timeout(HttpsServer& server, const Endpoint& peer) {
  ++server.statistics.timed_out;
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(server.gate.limits().time);
  tell(server, peer, fmt::format("the client was not done with it within {} s", limit.count()));
}

/// True if the handshake is complete. How it ended was counted.
Task<bool> shake_hands(HttpsServer& server, TlsStream& stream, Instant deadline) {
  const auto shaken = co_await stream.handshake(deadline, &server.gate);
  TlsStatistics& statistics = server.statistics;
  if (shaken) {
    ++(stream.session().resumed() ? statistics.resumed : statistics.full);
  } else if (shaken.error() == std::errc::timed_out) {
    count_timeout(server, stream.peer());
    stream.abort();
  } else {
    count_failure(server, stream.peer(), shaken.error(), stream.session().failure());
  }
  co_return shaken.has_value();
}

/// From the first octet of a ClientHello on.
Task<void> serve_session(HttpsServer& server, Stream transport, Slice first, Instant deadline) {
  const auto queued = co_await server.gate.enter();
  if (!queued) {
    ++server.statistics.turned_away;
    tell(server, transport.peer(), "too many others are waiting for theirs");
    co_return transport.abort();
  }
  deadline += *queued;
  std::optional<Place> place{std::in_place, server.gate};
  std::optional<Counted> counted{std::in_place, server.statistics.open};
  std::optional<TlsStream> stream{std::in_place, server.http.sockets, std::move(transport), server.context,
                                  std::move(first)};
  const bool shaken = co_await shake_hands(server, *stream, deadline);
  place.reset();
  if (shaken) co_return co_await serve_http(server.http, *std::move(stream));
  // A goodbye needs neither a session's memory nor a place.
  Stream below = std::move(stream->transport());
  stream.reset();
  counted.reset();
  co_await take_leave(server.http.sockets, below);
}

}  // namespace

std::string TlsStatistics::to_string() const {
  std::string text = fmt::format(
      "  tls: {} full handshakes, {} resumed, {} failed, {} timed out, {} turned away, {} not TLS; {} sessions open\n",
      full, resumed, failed, timed_out, turned_away, not_tls, open);
  for (const auto& [reason, count] : reasons)
    fmt::format_to(std::back_inserter(text), "    {} failed: {}\n", count, reason.message());
  return text;
}

Task<void> serve_https(HttpsServer& server, Stream transport) {
  const Instant deadline = server.http.sockets.now() + server.gate.limits().time;
  // Nothing of TLS is there yet: a session comes with the first octet. Who says nothing, as browsers do that connect
  // ahead of need, is let go in silence.
  auto first = co_await transport.read_idle(http::ServerConnection::read_size, deadline);
  if (!first) {
    if (first.error() == std::errc::timed_out) ++server.statistics.timed_out;
    co_return;
  }
  if (first->empty()) co_return;
  const Endpoint peer = transport.peer();
  if (!tls::looks_like_tls(first->bytes())) {
    ++server.statistics.not_tls;
    tell(server, peer, "what came is not TLS, but plain HTTP or noise");
    co_return co_await refuse_plain(server.http, transport);
  }
  try {
    co_await serve_session(server, std::move(transport), *std::move(first), deadline);
  } catch (const std::exception& error) {  // no memory for one more session, at worst: it ends, and no other
    count_failure(server, peer, tls::TlsError::internal, error.what());
  }
}

}  // namespace handwave
