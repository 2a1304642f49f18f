// Initial sequence numbers: RFC 9293 §3.4.1, RFC 6528 §3.
#pragma once

#include "stack/address.hpp"
#include "stack/random.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Chooses ISNs that a later incarnation of a connection cannot confuse with old segments, and that an outsider cannot
/// guess: ISN = M + F(localip, localport, remoteip, remoteport, secretkey).
class InitialSequenceNumbers {
 public:
  explicit InitialSequenceNumbers(SipKey key) : key_(key) {}

  /// The ISN for a connection between `sockets` that begins `now`.
  [[nodiscard]] Seq choose(Instant now, const FourTuple& sockets) const;

 private:
  SipKey key_;
};

}  // namespace handwave::tcp
