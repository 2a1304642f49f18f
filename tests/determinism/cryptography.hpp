// Cryptography that a seed decides, for tests: the same seed gives the same keys, and so the same octets on the wire.
//
// The library of this name takes the place of the source of entropy and of the clock when a test program is linked.
// Nothing in the project refers to it, and the program is linked without it: it cannot be switched on there.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace handwave::test {

/// Begins anew with what `seed` decides. Sessions in their handshake do not survive it: PSA's keys are gone.
void reseed_cryptography(std::uint64_t seed);

/// The time that Mbed TLS sees from now on: for certificates, tickets, and the random of a hello in TLS 1.2. Nothing:
/// the real one.
void set_cryptography_time(std::optional<std::chrono::sys_time<std::chrono::milliseconds>> time);

}  // namespace handwave::test
