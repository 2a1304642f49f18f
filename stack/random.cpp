#include "stack/random.hpp"

#include <bit>
#include <cstring>

namespace handwave {
namespace {

std::uint64_t load_le64(const std::uint8_t* from) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t siphash(SipKey key, Bytes message) {
  SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d, key.low ^ 0x6c7967656e657261,
                 key.high ^ 0x7465646279746573};
  const std::size_t whole = message.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) state.absorb(load_le64(message.data() + i));
  std::uint64_t last = std::uint64_t{message.size()} << 56;
  for (std::size_t i = whole; i < message.size(); ++i) last |= std::uint64_t{message[i]} << 8 * (i - whole);
  state.absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

Random::Random(const Secret& secret)
    : key_{load_le64(secret.data()) ^ load_le64(secret.data() + 16),
           load_le64(secret.data() + 8) ^ load_le64(secret.data() + 24)} {}

std::uint64_t Random::next() {
  std::array<std::uint8_t, 8> message;
  const std::uint64_t number = counter_++;
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(number >> 8 * i);
  return siphash(key_, message);
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Rejects the incomplete last stretch of the 64-bit range, so that every value is equally likely.
  const std::uint64_t skip = (0 - bound) % bound;
  std::uint64_t value = next();
  while (value < skip) value = next();
  return value % bound;
}

Secret secret_from_seed(std::uint64_t seed) {
  Secret secret{};
  std::uint64_t state = seed;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    if (i % 8 == 0) state = siphash({seed, i}, {});
    secret[i] = static_cast<std::uint8_t>(state >> 8 * (i % 8));
  }
  return secret;
}

}  // namespace handwave
