// An IP packet with a TCP segment in it as a value, built and read by libtins: an oracle that shares no code with ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::test {

/// The control bits, as they stand in the header's octet.
enum Flag : std::uint8_t { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

/// All that a test may want to say or to know of a segment, in absolute numbers.
struct TcpPacket {
  Endpoint source;
  Endpoint destination;
  std::uint8_t flags = 0;
  Seq seq;
  Seq ack;
  std::uint16_t wnd = 0;
  std::uint16_t urgent_pointer = 0;
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool sack_permitted = false;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> timestamps;  ///< TSval, TSecr
  std::vector<std::pair<Seq, Seq>> sack;
  std::vector<std::uint8_t> raw_options;  ///< to build: put in place of the options above, padded with zeros
  std::string text;
  std::vector<std::uint8_t> ip_options;  ///< of IPv4, a whole number of words, as they stand in the header
  std::vector<IpAddress> gateways;  ///< as read: where a source route leads yet; `destination` is then its last address
  bool strict_route = false;        ///< as read
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  bool dont_fragment = false;
  bool wrong_checksum = false;  ///< to build only: read() refuses such a packet

  std::size_t size = 0;      ///< as read: octets of the IP packet
  Instant at;                ///< as read: when it was sent
  std::uint32_t number = 0;  ///< as read: its line in the transcript

  [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
  /// SEG.LEN: octets of sequence space, SYN and FIN included.
  [[nodiscard]] std::uint32_t sequence_length() const {
    return static_cast<std::uint32_t>(text.size()) + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
  }
  [[nodiscard]] Seq end() const { return seq + sequence_length(); }
};

/// What a packet is, if it is no TCP segment.
struct OtherPacket {
  std::uint8_t protocol = 0;
  IpAddress source;
  IpAddress destination;
  std::vector<std::uint8_t> payload;  ///< behind the IP header
};

/// Why a packet is one that no correct stack sends: a wrong checksum, a length that is not the packet's, ...
struct BadPacket {
  std::string reason;
};

using ReadPacket = std::variant<TcpPacket, OtherPacket, BadPacket>;

/// The octets of `packet`, with lengths and checksums by libtins.
std::vector<std::uint8_t> build(const TcpPacket& packet);

/// Reads a whole IP packet, and verifies its checksums and lengths.
ReadPacket read(Bytes packet);

/// "SYN,ACK" and the like, in the RFC's order of the bits.
std::string flag_names(std::uint8_t flags);
/// One line: flags, numbers relative to the two given ones, window, options, and the beginning of the text.
std::string describe(const TcpPacket& packet, Seq seq_base = Seq{0}, Seq ack_base = Seq{0});

}  // namespace handwave::test
