#include "apps/http_server.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "stack/stack.hpp"

namespace handwave {
namespace {

using http::Step;

/// Octets of a large file that are read and queued at a time.
constexpr std::size_t file_slice = std::size_t{256} * 1024;

/// Tells the access log whose request it was.
class PeerLog final : public http::ExchangeLog {
 public:
  PeerLog(HttpServer& server, const IpAddress& peer) : server_(server), peer_(peer) {}
  void record(const http::Exchange& exchange) override {
    if (server_.log != nullptr) server_.log->add(peer_, server_.date(), exchange);
  }

 private:
  HttpServer& server_;
  IpAddress peer_;
};

Instant to_instant(std::chrono::nanoseconds monotonic) { return Instant{monotonic}; }

/// Sends a part of a file; false if the file is short, or the peer too slow or gone.
template <ByteStream S>
Task<bool> send_file(Sockets& sockets, S& stream, const Step& step) {
  const Duration patience = to_instant(step.deadline) - sockets.now();
  for (std::uint64_t sent = 0; sent < step.length;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(step.length - sent, file_slice));
    Block block = Block::allocate(wanted);
    const std::size_t count = step.file->read(step.offset + sent, {block.data(), wanted});
    if (count == 0) co_return false;
    // The limit is on time without progress: each slice has it anew.
    const auto written = co_await stream.write(Slice{std::move(block), 0, count}, sockets.now() + patience);
    if (!written) co_return false;
    sent += count;
  }
  co_return true;
}

/// Reads once and tells the connection what came; false if the transport failed, or TLS did.
template <ByteStream S>
Task<bool> read_request(S& stream, http::ServerConnection& connection, const Step& step) {
  const auto max = http::ServerConnection::read_size;
  const Instant deadline = to_instant(step.deadline);
  Stream::Result<Slice> octets;
  if (step.idle)
    octets = co_await stream.read_idle(max, deadline);
  else
    octets = co_await stream.read(max, deadline);
  // A TLS stream may have been cut short. Requests say themselves where they end: nothing is believed that did not
  // come.
  const bool ended = octets ? octets->empty()
                            : octets.error() == std::errc::operation_canceled ||
                                  octets.error() == make_error_code(tls::TlsError::truncated);
  if (ended)
    connection.end_of_input();
  else if (octets)
    connection.receive(octets->bytes());
  else if (octets.error() == std::errc::timed_out)
    connection.time_out();
  else
    co_return false;
  co_return true;
}

/// Ends a connection that failed.
Task<void> give_up(Sockets& /*sockets*/, Stream& stream) {
  stream.abort();
  co_return;
}
/// RFC 8446 §6.2: an alert of ours is to arrive, and a RST would overtake it.
Task<void> give_up(Sockets& sockets, TlsStream& stream) {
  if (stream.session().established()) co_return stream.abort();
  co_await take_leave(sockets, stream.transport());
}

}  // namespace

template <ByteStream S>
Task<void> serve_http(HttpServer& server, S stream) {
  PeerLog log{server, stream.peer().address};
  http::ServerConnection connection{server.site, &log, server.times};
  connection.set_common_fields(server.common_fields);
  while (true) {
    const Step step = connection.next({server.sockets.now().time_since_epoch(), server.date()});
    bool done = true;
    switch (step.kind) {
      case Step::Kind::read:
        done = co_await read_request(stream, connection, step);
        break;
      case Step::Kind::send: {
        const auto written = co_await stream.write(as_bytes(step.octets), to_instant(step.deadline));
        done = written.has_value();
        break;
      }
      case Step::Kind::send_file:
        done = co_await send_file(server.sockets, stream, step);
        break;
      case Step::Kind::finish_sending: {
        const auto finished = co_await finish_sending(stream, server.sockets.now() + server.times.sending);
        done = finished.has_value();
        break;
      }
      case Step::Kind::close:
        co_return;
      case Step::Kind::abort:
        done = false;
        break;
    }
    if (!done) co_return co_await give_up(server.sockets, stream);
  }
}

template Task<void> serve_http(HttpServer& server, Stream stream);
template Task<void> serve_http(HttpServer& server, TlsStream stream);

}  // namespace handwave
