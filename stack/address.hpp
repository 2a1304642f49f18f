// Where packets come from and go to: addresses of either family, endpoints, and the pair that names a connection.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stack/bytes.hpp"

namespace handwave {

/// An IPv4 or IPv6 address. Default: the unspecified IPv4 address, 0.0.0.0.
class IpAddress {
 public:
  enum class Family : std::uint8_t { v4, v6 };

  constexpr IpAddress() = default;
  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    address.octets_ = {a, b, c, d};
    return address;
  }
  /// From the octets as they stand in a header: 4 of them make an IPv4 address, 16 an IPv6 one.
  static IpAddress from_octets(Bytes octets);
  /// From text, "192.0.2.1" or "2001:db8::1"; nothing if it is neither.
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::v4; }
  [[nodiscard]] bool is_v6() const { return family_ == Family::v6; }
  /// 4 or 16 octets in network order.
  [[nodiscard]] Bytes octets() const { return {octets_.data(), is_v4() ? 4U : 16U}; }
  /// All 16 octets of storage; an IPv4 address fills the first 4 and leaves zeros.
  [[nodiscard]] const std::array<std::uint8_t, 16>& storage() const { return octets_; }

  [[nodiscard]] bool is_unspecified() const;        ///< 0.0.0.0 or ::
  [[nodiscard]] bool is_loopback() const;           ///< 127.0.0.0/8 or ::1
  [[nodiscard]] bool is_multicast() const;          ///< 224.0.0.0/4 or ff00::/8
  [[nodiscard]] bool is_limited_broadcast() const;  ///< 255.255.255.255

  /// Text as people write it: dotted quad, or RFC 5952 for IPv6.
  [[nodiscard]] std::string to_string() const;

  /// Several times a packet, so not octet by octet.
  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) {
    using Words = std::array<std::uint64_t, 2>;
    const auto [high_a, low_a] = std::bit_cast<Words>(a.octets_);
    const auto [high_b, low_b] = std::bit_cast<Words>(b.octets_);
    return a.family_ == b.family_ && high_a == high_b && low_a == low_b;
  }
  friend std::strong_ordering operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> octets_{};
};

/// An address and the length in bits of its network: "192.0.2.2/24".
struct AddressPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  /// From text, "192.0.2.2/24"; nothing if it is malformed or the length does not fit the family.
  static std::optional<AddressPrefix> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& other) const;
  /// The directed broadcast address of an IPv4 network of 30 bits or less (RFC 1122 §3.2.1.3); else nothing.
  [[nodiscard]] std::optional<IpAddress> broadcast() const;
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;
};

/// An address and a port: what RFC 9293 calls a socket.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  [[nodiscard]] std::string to_string() const;  ///< "192.0.2.1:80" or "[2001:db8::1]:80"
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  friend std::strong_ordering operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// The pair of sockets that names a connection (RFC 9293 §3.3.1), seen from this end.
struct FourTuple {
  Endpoint local;
  Endpoint remote;

  [[nodiscard]] FourTuple reversed() const { return {remote, local}; }
  friend bool operator==(const FourTuple&, const FourTuple&) = default;
  friend std::strong_ordering operator<=>(const FourTuple&, const FourTuple&) = default;
};

}  // namespace handwave
