// Where TCP, TLS and HTTP meet: what an application asks of a stream of octets, whatever carries it.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>

#include "stack/sockets.hpp"

namespace handwave {

/// A Stream (TCP), or TLS over one. Awaiting `read` gives Result<Slice>, empty at the stream's clean end;
/// awaiting `write` gives Result<void>; each takes a deadline. Two reads at once, or two writes, are one too many.
/// Beside it stands finish_sending(stream, deadline), a function since a Stream says FIN at once and TLS has to wait.
template <class S>
concept ByteStream = std::move_constructible<S> &&
                     requires(S stream, std::size_t max, Bytes octets, Slice slice, std::optional<Instant> deadline) {
                       stream.read(max, deadline);
                       stream.read_idle(max, deadline);
                       stream.write(octets, deadline);
                       stream.write(slice, deadline);
                       stream.abort();
                       { stream.local() } -> std::convertible_to<const Endpoint&>;
                       { stream.peer() } -> std::convertible_to<const Endpoint&>;
                     };

/// Says that we send no more: FIN. (TLS has one of its own: close_notify, then FIN.)
inline Task<Stream::Result<void>> finish_sending(Stream& stream, std::optional<Instant> /*deadline*/ = {}) {
  co_return stream.shutdown();
}

/// Says that we send no more, and for a moment reads and throws away what still comes: a RST would overtake our last
/// words (RFC 9112 §9.6).
template <ByteStream S>
Task<void> take_leave(Sockets& sockets, S& stream) {
  const Instant deadline = sockets.now() + std::chrono::seconds{2};
  if (!co_await finish_sending(stream, deadline)) co_return;
  while (true) {
    const auto octets = co_await stream.read_idle(SIZE_MAX, deadline);
    if (!octets || octets->empty()) co_return;
  }
}

}  // namespace handwave
