// Character generator: RFC 864.
#include <cstdint>
#include <memory>
#include <utility>

#include "apps/services.hpp"

namespace handwave {
namespace {

// "one popular pattern": 72 characters a line, each line begins one character further in the ring of 95.
constexpr std::size_t line_length = 72;
constexpr std::size_t printing_characters = '~' - ' ' + 1;
constexpr std::size_t period = printing_characters * (line_length + 2);
/// About a quarter of a megabyte a slice: several super-segments, one reference in the send queue.
constexpr std::size_t periods = 37;

/// One connection, shared by the coroutine that sends and the one that listens for the end.
struct Session {
  explicit Session(Stream of) : stream(std::move(of)) {}
  Stream stream;
  bool ended = false;
};

/// "Any data received is thrown away": and the end of it is the caller's wish to terminate.
Task<void> discard_input(std::shared_ptr<Session> session) {
  while (true) {
    const auto octets = co_await session->stream.read_idle();
    if (octets && !octets->empty()) continue;
    session->ended = true;
    co_return;
  }
}

}  // namespace

Slice chargen_pattern() {
  Block block = Block::allocate(period * periods);
  std::uint8_t* to = block.data();
  for (std::size_t line = 0; line < printing_characters * periods; ++line) {
    for (std::size_t column = 0; column < line_length; ++column)
      *to++ = static_cast<std::uint8_t>(' ' + (line + column) % printing_characters);
    *to++ = '\r';
    *to++ = '\n';
  }
  return {std::move(block), 0, period * periods};
}

Task<void> serve_chargen(Sockets& sockets, Stream stream, Slice pattern) {
  const auto session = std::make_shared<Session>(std::move(stream));
  sockets.start(discard_input(session));
  while (!session->ended) {
    const auto written = co_await session->stream.write(pattern, sockets.now() + service_patience);
    if (!written) {
      session->stream.abort();  // ends the other coroutine too
      co_return;
    }
  }
}

}  // namespace handwave
