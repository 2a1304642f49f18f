// What TLS does over a stream of octets, whatever carries it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "apps/outbox.hpp"
#include "apps/record_sizing.hpp"
#include "apps/tls_stream.hpp"

namespace handwave {
namespace tls_stream {

/// Octets of ciphertext asked of the transport at a time: a super-segment's.
inline constexpr std::size_t read_size = std::size_t{64} * 1024;
/// Octets of plaintext a read gives at most: a record's (RFC 8446 §5.1).
inline constexpr std::size_t largest_record = std::size_t{1} << 14;
/// What a record adds to its plaintext at most: header, explicit nonce, padding, type and tag.
inline constexpr std::size_t record_overhead = 64;
/// A server's flight with two certificates in its chain; larger ones take another block.
inline constexpr std::size_t usual_flight = 4096;

}  // namespace tls_stream

template <ByteStream Transport>
struct TlsOver<Transport>::State {
  State(Sockets& in_sockets, Transport over) : sockets(in_sockets), transport(std::move(over)) {}

  tls::Session::Sink sink() {
    return [this](Bytes ciphertext) { outbox.add(ciphertext); };
  }

  Sockets& sockets;
  Transport transport;
  Slice input;  ///< ciphertext received and not used
  Outbox outbox;
  RecordSizing sizing;
  bool more_plaintext = false;  ///< the latest read was filled: the session may hold more of that record
  bool sending = false;         ///< a flush is under way, and takes along whatever is added
  std::optional<tls::Session> session;

  /// Lets the session use the input.
  template <class Use>
  auto with_input(Use use) {
    Bytes rest = input.bytes();
    auto result = use(rest);
    input.remove_prefix(input.size() - rest.size());
    return result;
  }
};

template <ByteStream Transport>
TlsOver<Transport>::TlsOver(Sockets& sockets, Transport transport, const tls::ServerContext& context, Slice received)
    : state_(std::make_unique<State>(sockets, std::move(transport))) {
  state_->input = std::move(received);
  state_->session.emplace(context, state_->sink());
}

template <ByteStream Transport>
TlsOver<Transport>::TlsOver(Sockets& sockets, Transport transport, const tls::ClientContext& context,
                            std::string_view server, const tls::Resumption* resume)
    : state_(std::make_unique<State>(sockets, std::move(transport))) {
  state_->session.emplace(context, server, state_->sink(), resume);
}

template <ByteStream Transport>
TlsOver<Transport>::TlsOver(TlsOver&&) noexcept = default;
template <ByteStream Transport>
TlsOver<Transport>& TlsOver<Transport>::operator=(TlsOver&&) noexcept = default;
template <ByteStream Transport>
TlsOver<Transport>::~TlsOver() = default;

template <ByteStream Transport>
const Endpoint& TlsOver<Transport>::local() const {
  return state_->transport.local();
}
template <ByteStream Transport>
const Endpoint& TlsOver<Transport>::peer() const {
  return state_->transport.peer();
}
template <ByteStream Transport>
const tls::Session& TlsOver<Transport>::session() const {
  return *state_->session;
}
template <ByteStream Transport>
Transport& TlsOver<Transport>::transport() {
  return state_->transport;
}
template <ByteStream Transport>
void TlsOver<Transport>::abort() {
  state_->transport.abort();
}

template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::handshake(std::optional<Instant> deadline, HandshakeGate* gate) {
  State& state = *state_;
  while (true) {
    if (gate != nullptr) {
      const Duration queued = co_await gate->step();
      if (deadline) *deadline += queued;
    }
    state.outbox.expect(tls_stream::usual_flight);
    const auto done = state.with_input([&](Bytes& input) { return state.session->handshake(input); });
    const auto sent = co_await flush(deadline);
    if (!done) co_return std::unexpected(done.error());
    if (!sent || *done) co_return sent;
    const auto received = co_await receive(deadline, false);
    if (!received) co_return received;
  }
}

template <ByteStream Transport>
Task<Stream::Result<Slice>> TlsOver<Transport>::read(std::size_t max, std::optional<Instant> deadline) {
  return read(max, deadline, false);
}
template <ByteStream Transport>
Task<Stream::Result<Slice>> TlsOver<Transport>::read_idle(std::size_t max, std::optional<Instant> deadline) {
  return read(max, deadline, true);
}

template <ByteStream Transport>
Task<Stream::Result<Slice>> TlsOver<Transport>::read(std::size_t max, std::optional<Instant> deadline, bool idle) {
  State& state = *state_;
  while (true) {
    if (state.session->peer_closed()) co_return Slice{};
    if (!state.input.empty() || state.more_plaintext) {
      Block block = Block::allocate(std::min(max, tls_stream::largest_record));
      const auto count =
          state.with_input([&](Bytes& input) { return state.session->read(input, {block.data(), block.capacity()}); });
      state.more_plaintext = count && *count == block.capacity();
      // An alert: a fatal one, or the refusal of a renegotiation (RFC 5246 §7.2.2).
      Result<void> answered;
      if (!state.outbox.empty() && !state.sending) answered = co_await flush(deadline);
      if (!count) co_return std::unexpected(count.error());
      if (!answered) co_return std::unexpected(answered.error());
      if (*count > 0) co_return Slice{std::move(block), 0, *count};
      if (state.session->peer_closed()) continue;
    }
    const auto received = co_await receive(deadline, idle);
    if (!received) co_return std::unexpected(received.error());
  }
}

/// Waits for ciphertext. The end of it is an error but after close_notify.
template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::receive(std::optional<Instant> deadline, bool idle) {
  State& state = *state_;
  Result<Slice> octets;
  if (idle)
    octets = co_await state.transport.read_idle(tls_stream::read_size, deadline);
  else
    octets = co_await state.transport.read(tls_stream::read_size, deadline);
  if (!octets) co_return std::unexpected(octets.error());
  if (octets->empty()) co_return state.session->end_of_input();
  state.input = *std::move(octets);
  co_return Result<void>{};
}

template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::write(Bytes octets, std::optional<Instant> deadline) {
  State& state = *state_;
  if (state.sending) co_return std::unexpected(std::make_error_code(std::errc::operation_in_progress));
  while (!octets.empty()) {
    const auto [count, record_size] = state.sizing.next(state.sockets.now(), octets.size());
    state.outbox.expect(count + (count / std::min(record_size, tls_stream::largest_record - 1) + 1) *
                                    tls_stream::record_overhead);
    const auto encrypted = state.session->write(octets.first(count), record_size);
    const auto sent = co_await flush(deadline);  // after an error, too: there is an alert
    if (!encrypted) co_return encrypted;
    if (!sent) co_return sent;
    octets = octets.subspan(count);
  }
  co_return Result<void>{};
}

template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::write(Slice octets, std::optional<Instant> deadline) {
  co_return co_await write(octets.bytes(), deadline);
}

template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::finish_sending(std::optional<Instant> deadline) {
  State& state = *state_;
  if (state.sending) co_return std::unexpected(std::make_error_code(std::errc::operation_in_progress));
  state.session->close_notify();
  const auto sent = co_await flush(deadline);
  if (!sent) co_return sent;
  using handwave::finish_sending;
  co_return co_await finish_sending(state.transport, deadline);
}

/// Sends what the session has made.
template <ByteStream Transport>
Task<Stream::Result<void>> TlsOver<Transport>::flush(std::optional<Instant> deadline) {
  State& state = *state_;
  state.sending = true;
  Result<void> sent;
  while (sent) {
    auto next = state.outbox.take();
    if (!next) break;
    sent = co_await state.transport.write(*std::move(next), deadline);
  }
  state.sending = false;
  co_return sent;
}

}  // namespace handwave
