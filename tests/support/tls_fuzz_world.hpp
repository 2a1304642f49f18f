// What the fuzz targets of TLS have in common: servers and clients of several kinds, whose every input begins at the
// same time and with the same randomness, so that a stream that was recorded once is understood again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/support/tls_pair.hpp"
#include "tls/context.hpp"

namespace handwave::test {

/// The kinds: the version, and whether the client must prove who it is; or static RSA.
constexpr std::size_t tls_kinds = 5;

/// Makes all that every input needs: keys take longer than an input may.
void prepare_tls_world();
/// Time and randomness as at the beginning.
void begin_tls_world();
const tls::ServerContext& fuzz_server(std::size_t kind);
const tls::ClientContext& fuzz_client(std::size_t kind);

/// Stops the program: an invariant is broken.
void require(bool condition, std::string_view what);

/// Hands `end` some octets, through whichever verb is due, and once the handshake is complete lets it answer all that
/// it reads. Checks what holds for any octets; returns the plaintext.
std::string feed(TlsEnd& end, tls::Bytes ciphertext);

}  // namespace handwave::test
