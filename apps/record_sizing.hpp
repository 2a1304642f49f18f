// How large the next TLS record should be: RFC 8446 §5.1 allows 2^14 octets, and a receiver can use none of a record
// before all of it has come.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "stack/time.hpp"

namespace handwave {

/// At the beginning, and again after a pause, the path is slow and somebody waits: records of one segment each, which
/// can be used as they arrive. Once it flows, full ones, which cost least.
class RecordSizing {
 public:
  /// Fits one segment of an IPv6 packet of 1500 octets with timestamps (1428) in any version and suite: 5 octets of
  /// header, 16 of tag, and the plaintext with its type padded to a multiple of 16.
  static constexpr std::size_t small_record = 1391;
  /// So many octets go in small records: about the initial window (RFC 6928).
  static constexpr std::size_t small_phase = 10 * small_record;
  static constexpr Duration pause = std::chrono::seconds{1};

  struct Next {
    std::size_t octets;       ///< how many to encrypt before asking again
    std::size_t record_size;  ///< in records of at most so many
  };
  /// For the next of `size` octets, encrypted now.
  Next next(Instant now, std::size_t size) {
    if (now - latest_ >= pause) sent_ = 0;
    latest_ = now;
    const bool small = sent_ < small_phase;
    const Next next =
        small ? Next{std::min(size, small_phase - sent_), small_record} : Next{std::min(size, batch), SIZE_MAX};
    sent_ += next.octets;
    return next;
  }

 private:
  /// Four full records of TLS 1.3 (16383 octets, its type takes one): they make a super-segment.
  static constexpr std::size_t batch = std::size_t{4} * 16383;

  Instant latest_{};
  std::size_t sent_ = 0;
};

}  // namespace handwave
