// `handwave ladder --in-process`: the demo's exchanges between two of our stacks, in one process, in virtual time.
#pragma once

#include <cstdint>
#include <string>

namespace handwave {

/// The ladder of one HTTP exchange, always the same; empty if it did not come to its proper end.
std::string draw_in_process();
/// How the client and the server of TLS come by their secret.
enum class KeyExchange : std::uint8_t {
  ephemeral,   ///< TLS 1.3 (RFC 8446)
  static_rsa,  ///< TLS 1.2, the client sends it encrypted to the certificate (RFC 5246 §7.4.7.1), as textbooks draw it
};
/// The same over TLS. Its keys and its certificate are made anew each time.
std::string draw_https_in_process(KeyExchange exchange);
/// Prints all three; the exit status.
int in_process();

}  // namespace handwave
