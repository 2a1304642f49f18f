// The record layer's framing, as far as it is seen from outside: RFC 8446 §5.1, RFC 5246 §6.2.1.
#pragma once

#include <array>
#include <cstdint>

#include "tls/bytes.hpp"

namespace handwave::tls {

/// +------+---------------+--------+----------+
/// | type | legacy_version| length | fragment |
/// |  1   |       2       |   2    |  length  |
/// +------+---------------+--------+----------+
struct RecordHeader {
  static constexpr std::size_t size = 5;
  static constexpr std::uint8_t change_cipher_spec = 20;
  static constexpr std::uint8_t alert = 21;
  static constexpr std::uint8_t handshake = 22;
  static constexpr std::uint8_t application_data = 23;

  std::uint8_t type = 0;
  std::uint16_t version = 0;
  std::uint16_t length = 0;

  /// No record is longer. RFC 8446 §5.2; in TLS 1.2 (RFC 5246 §6.2.3) none of our suites expands by more than 24
  /// octets, so that a longer one would hold more than 2^14 octets of plaintext.
  static constexpr int longest_fragment = (1 << 14) + 256;

  /// RFC 8446 §5: the types that there are.
  [[nodiscard]] bool known_type() const { return type >= change_cipher_spec && type <= application_data; }
  /// Is it a record of any TLS at all, or something else, such as plain text? All versions since SSL 3 begin with 3.
  [[nodiscard]] bool is_tls() const { return known_type() && version >> 8 == 3; }
};

/// Follows the octets of a stream through its records.
class RecordReader {
 public:
  /// These were read next.
  void advance(Bytes octets);
  /// A record is begun and not complete.
  [[nodiscard]] bool inside() const { return head_ != 0; }
  /// Is the first record of all still going on?
  [[nodiscard]] bool at_first() const { return records_ == 0; }
  /// The first two octets of the newest record's fragment, as far as they came.
  [[nodiscard]] Bytes fragment_start() const { return start_; }
  /// Of the newest record whose header is complete.
  [[nodiscard]] const RecordHeader& header() const { return header_; }

 private:
  RecordHeader header_;
  std::uint64_t records_ = 0;  ///< that are complete
  std::array<std::uint8_t, RecordHeader::size> octets_{};
  std::array<std::uint8_t, 2> start_{};
  std::size_t head_ = 0;  ///< octets of the header that are there
  std::size_t body_ = 0;  ///< octets of the fragment that are missing
};

}  // namespace handwave::tls
