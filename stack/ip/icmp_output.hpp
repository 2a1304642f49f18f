// The ICMP messages that we make: RFC 792, RFC 1122 §3.2.2, RFC 4443.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "stack/address.hpp"
#include "stack/ip/datagram.hpp"
#include "stack/ip/replies.hpp"
#include "stack/time.hpp"
#include "stack/wire/icmp.hpp"

namespace handwave::ip {

/// How many ICMP errors may be sent: RFC 4443 §2.4 (f) demands a limit, and recommends this one. A token comes in
/// every `interval`, up to `burst` of them are kept, and each message takes one.
class IcmpErrorRate {
 public:
  static constexpr Duration interval = std::chrono::milliseconds{1};  ///< Linux's rate for all hosts together
  static constexpr std::uint32_t burst = 50;                          ///< a whole traceroute at once

  /// Takes a token; false if there is none.
  bool allow(Instant now);

 private:
  std::uint32_t tokens_ = burst;
  Instant counted_until_;
};

/// True if `packet`, whole or a fragment, carries an ICMP error or a redirect, or if that cannot be told: no error is
/// sent about it (RFC 1122 §3.2.2, RFC 4443 §2.4 (e)).
bool carries_icmp_error(Bytes packet);

/// The answer to the echo request `datagram`: the same identifier, sequence number and data, from the address that was
/// asked (RFC 1122 §3.2.2.6).
Reply make_echo_reply(const Datagram& datagram, const wire::IcmpHeader& request);

/// An error about `packet`, which came from `source` to our address `destination`. It quotes as much of the packet as
/// fits into the smallest MTU that everybody has.
Reply make_icmp_error(const IpAddress& source, const IpAddress& destination, const Slice& packet,
                      const wire::IcmpHeader& error);

}  // namespace handwave::ip
