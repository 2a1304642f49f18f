// The Internet checksum in words of eight octets: RFC 1071 §2 says why its order of addition and of octets is free.
#include "stack/wire/checksum.hpp"

#include <bit>

namespace handwave::wire {
namespace {

std::uint64_t load_native64(const std::uint8_t* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// Addition with end-around carry. As 2^64 - 1 is a multiple of 2^16 - 1, wide sums fold to the right 16 bits.
std::uint64_t add_with_carry(std::uint64_t sum, std::uint64_t word) {
  sum += word;
  return sum + (sum < word ? 1 : 0);
}

std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

constexpr std::uint16_t swap_octets(std::uint16_t value) { return static_cast<std::uint16_t>(value << 8 | value >> 8); }

/// The sum in the machine's own order of octets.
std::uint64_t native_sum(Bytes bytes) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  // Four sums side by side, so that no addition waits for the carry of the one before.
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
  for (; left >= 32; left -= 32, at += 32) {
    a = add_with_carry(a, load_native64(at));
    b = add_with_carry(b, load_native64(at + 8));
    c = add_with_carry(c, load_native64(at + 16));
    d = add_with_carry(d, load_native64(at + 24));
  }
  for (; left >= 8; left -= 8, at += 8) a = add_with_carry(a, load_native64(at));
  if (left != 0) {
    std::uint64_t tail = 0;
    std::memcpy(&tail, at, left);
    b = add_with_carry(b, tail);
  }
  return add_with_carry(add_with_carry(a, b), add_with_carry(c, d));
}

}  // namespace

std::uint16_t ones_complement_sum(Bytes bytes, std::uint16_t initial) {
  const std::uint16_t sum = fold(native_sum(bytes));
  // RFC 1071 §2 (B): a sum of swapped octets is the swapped sum.
  return add_sums(initial, std::endian::native == std::endian::little ? swap_octets(sum) : sum);
}

void ChecksumAccumulator::add(Bytes bytes) {
  const std::uint16_t sum = ones_complement_sum(bytes);
  // Behind an odd octet, the run's even octets are the odd ones of the whole.
  sum_ = add_sums(sum_, odd_ ? swap_octets(sum) : sum);
  odd_ = odd_ != (bytes.size() % 2 != 0);
}

std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t length) {
  std::uint16_t sum = ones_complement_sum(destination.octets(), ones_complement_sum(source.octets()));
  sum = add_sums(sum, static_cast<std::uint16_t>(length >> 16));
  sum = add_sums(sum, static_cast<std::uint16_t>(length));
  return add_sums(sum, protocol);
}

}  // namespace handwave::wire
