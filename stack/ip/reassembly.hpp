// Putting fragments together again: RFC 791 §3.2, RFC 815, RFC 1122 §3.3.2; RFC 8200 §4.5, RFC 5722 for overlaps.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "stack/address.hpp"
#include "stack/counters.hpp"
#include "stack/slice.hpp"
#include "stack/time.hpp"
#include "stack/wire/ecn.hpp"

namespace handwave::ip {

/// What fragments of one datagram have in common.
struct FragmentKey {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;  ///< RFC 791 has it in the key; RFC 8200 has not: 0 for IPv6
  std::uint32_t identification = 0;
  friend auto operator<=>(const FragmentKey&, const FragmentKey&) = default;
};

/// One fragment, out of either family's header.
struct Fragment {
  FragmentKey key;
  std::uint32_t offset = 0;  ///< octets from the start of the datagram's payload
  bool more_fragments = false;
  Bytes payload;
  Bytes headers;                      ///< everything before the payload
  std::size_t headers_kept = 0;       ///< how much of it a whole datagram begins with: all but a fragment header
  std::size_t protocol_position = 0;  ///< where in the headers a whole datagram names its protocol
  std::uint8_t protocol = 0;          ///< and what it says there
  wire::EcnField ecn = wire::EcnField::not_ect;
  std::uint32_t max_payload = 65535;  ///< what the family's length field leaves for the payload of the whole
};

/// Why a fragment cannot be part of any datagram, whatever else arrives.
enum class FragmentFault : std::uint8_t {
  none,
  empty,     ///< carries nothing
  ragged,    ///< more are to follow, but its length is not a multiple of 8
  too_long,  ///< reaches beyond the longest datagram that there can be
};
FragmentFault fault_of(const Fragment& fragment);

/// A datagram put together. Its length and checksum fields are still the first fragment's.
struct WholeDatagram {
  Slice bytes;                          ///< from the first octet of the IP header; nobody else holds the block
  std::size_t header_size = 0;          ///< octets before the payload
  bool congestion_experienced = false;  ///< RFC 3168 §5.3: a fragment was marked so
};

/// A datagram given up on, of which the first fragment had arrived.
struct ExpiredDatagram {
  IpAddress source;
  IpAddress destination;
  Slice first_fragment;  ///< as it was received
};

/// The fragments of all datagrams that are not complete. They are kept as compact copies. A datagram with overlapping
/// or contradictory fragments is dropped whole, with what else of it may arrive in its time (RFC 5722 §3: no honest
/// sender makes any); only an exact copy of a fragment is forgiven, since networks duplicate.
class Reassembly {
 public:
  /// RFC 1122 §3.3.2: fixed, between 60 and 120 seconds. RFC 8200 §4.5: 60 seconds.
  static constexpr Duration time_limit = std::chrono::seconds{60};
  /// The 64 KiB of the largest datagram need 241 fragments at an MTU of 296, the smallest to be met in the wild
  /// (RFC 1191 §7.1). More would only be a way to make us work.
  static constexpr std::size_t max_fragments = 256;
  /// What the containers take for a datagram and for a fragment, besides their octets. Charged against the limit, so
  /// that many tiny fragments do not get around it.
  static constexpr std::size_t datagram_cost = 512;
  static constexpr std::size_t fragment_cost = 128;

  /// At most `limit` octets are held, costs included; over it the oldest datagrams are dropped.
  explicit Reassembly(std::size_t limit) : limit_(limit) {}

  /// Takes a fragment without fault; gives the datagram that it completes, if any.
  std::optional<WholeDatagram> add(Instant now, const Fragment& fragment, Counters& counters);
  /// Gives up on the datagrams whose time is over; returns those that deserve a Time Exceeded message.
  std::vector<ExpiredDatagram> handle_timeout(Instant now, Counters& counters);
  /// When the oldest datagram's time will be over; nothing if there is none.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;
  /// Octets held, costs included.
  [[nodiscard]] std::size_t octets_held() const { return octets_held_; }

 private:
  struct Datagram {
    FragmentKey key;
    Instant deadline;
    bool dead = false;                         ///< what it held is dropped, and so is what still comes
    std::map<std::uint32_t, Slice> fragments;  ///< by offset
    std::uint32_t payload_held = 0;
    std::optional<std::uint32_t> payload_size;  ///< known once the last fragment is there
    Slice headers;                              ///< of the first fragment
    std::size_t headers_kept = 0;
    std::size_t protocol_position = 0;
    std::uint8_t protocol = 0;
    std::uint32_t max_payload = 0;
    std::uint8_t ecn_seen = 0;  ///< a bit for each of the four codepoints
    std::size_t cost = datagram_cost;
  };
  using Age = std::uint64_t;  ///< datagrams are numbered in the order they began

  Age find_or_begin(Instant now, const FragmentKey& key);
  void keep(Datagram& datagram, const Fragment& fragment);
  std::optional<WholeDatagram> complete(Age age, Counters& counters);
  void kill(Datagram& datagram);
  void erase(Age age);
  void drop_over_limit(Counters& counters);

  std::size_t limit_;
  std::size_t octets_held_ = 0;
  Age next_age_ = 0;
  std::map<Age, Datagram> datagrams_;  ///< the oldest first: all have the same time
  std::map<FragmentKey, Age> ages_;
};

}  // namespace handwave::ip
