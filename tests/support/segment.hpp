// A segment as a test writes it, to send or to expect: RFC 9293's words, in numbers relative to the connection's.
//
//   peer.sends(data("hello").seq(1).ack(1));
//   peer.expects(ack().ack(6));
//
// SEG.SEQ counts from the initial sequence number of whoever sends it (0 is the SYN, 1 the first octet), SEG.ACK from
// that of the other. When sending, what is left out follows from what passed before (see ScriptedPeer). When expecting,
// what is left out may be anything, but for the control bits (PSH aside) and the amount of text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/oracle_packet.hpp"

namespace handwave::test {

/// Said, said to be absent, or not said.
template <class T>
class Saying {
 public:
  void say(T value) {
    said_ = true;
    value_ = std::move(value);
  }
  void say_absent() {
    said_ = true;
    value_.reset();
  }
  [[nodiscard]] bool said() const { return said_; }
  [[nodiscard]] const std::optional<T>& value() const { return value_; }

 private:
  bool said_ = false;
  std::optional<T> value_;
};

/// One more thing that an answer must fulfil, and its name.
struct Requirement {
  std::string name;
  std::function<bool(const TcpPacket&)> holds;
};

/// Each word gives a changed copy, so that segments can be named and varied.
class Segment {
 public:
  explicit Segment(std::uint8_t flags) : flags_(flags) {}

  [[nodiscard]] Segment seq(std::int64_t relative) const { return with(&Segment::seq_, relative); }
  [[nodiscard]] Segment ack(std::int64_t relative) const { return with(&Segment::ack_, relative).flag(ACK); }
  [[nodiscard]] Segment wnd(std::uint16_t in_header) const { return with(&Segment::wnd_, in_header); }
  [[nodiscard]] Segment urgent(std::uint16_t pointer) const { return with(&Segment::up_, pointer).flag(URG); }
  [[nodiscard]] Segment flag(Flag flag) const { return with(&Segment::flags_, std::uint8_t(flags_ | flag)); }
  [[nodiscard]] Segment without(Flag flag) const { return with(&Segment::flags_, std::uint8_t(flags_ & ~flag)); }
  [[nodiscard]] Segment psh() const { return flag(PSH).with(&Segment::psh_matters_, true); }
  [[nodiscard]] Segment no_psh() const { return without(PSH).with(&Segment::psh_matters_, true); }
  [[nodiscard]] Segment text(std::string_view octets) const {
    return with(&Segment::text_, std::string(octets)).with(&Segment::text_size_, octets.size());
  }
  /// So much text; sent, it is that of the pattern (see pattern_text) from SEG.SEQ on.
  [[nodiscard]] Segment octets(std::size_t count) const {
    return with(&Segment::text_size_, count).with(&Segment::text_, std::optional<std::string>{});
  }
  /// To expect: any amount of text, none too.
  [[nodiscard]] Segment any_text() const { return with(&Segment::any_text_, true); }

  [[nodiscard]] Segment mss(std::uint16_t value) const { return saying(&Segment::mss_, value); }
  [[nodiscard]] Segment window_scale(std::uint8_t shift) const { return saying(&Segment::window_scale_, shift); }
  [[nodiscard]] Segment sack_permitted() const { return saying(&Segment::sack_permitted_, true); }
  [[nodiscard]] Segment timestamps(std::uint32_t value, std::uint32_t echo) const {
    return saying(&Segment::timestamps_, std::pair{value, echo});
  }
  /// Relative like the acknowledgment number.
  [[nodiscard]] Segment sack(std::vector<std::pair<std::int64_t, std::int64_t>> blocks) const {
    return saying(&Segment::sack_, std::move(blocks));
  }
  [[nodiscard]] Segment no_mss() const { return saying_absent(&Segment::mss_); }
  [[nodiscard]] Segment no_window_scale() const { return saying_absent(&Segment::window_scale_); }
  [[nodiscard]] Segment no_sack_permitted() const { return saying_absent(&Segment::sack_permitted_); }
  [[nodiscard]] Segment no_timestamps() const { return saying_absent(&Segment::timestamps_); }
  [[nodiscard]] Segment no_sack() const { return saying_absent(&Segment::sack_); }
  /// To send: these octets for options, whatever they mean.
  [[nodiscard]] Segment raw_options(std::vector<std::uint8_t> octets) const {
    return with(&Segment::raw_options_, std::move(octets));
  }
  /// To send: these octets for options of IPv4, whatever they mean; they fill whole words.
  [[nodiscard]] Segment ip_options(std::vector<std::uint8_t> octets) const {
    return with(&Segment::ip_options_, std::move(octets));
  }
  [[nodiscard]] Segment wrong_checksum() const { return with(&Segment::wrong_checksum_, true); }
  [[nodiscard]] Segment hop_limit(std::uint8_t value) const { return with(&Segment::hop_limit_, value); }
  [[nodiscard]] Segment traffic_class(std::uint8_t value) const { return with(&Segment::traffic_class_, value); }
  /// To expect: whatever else it must be.
  [[nodiscard]] Segment where(std::string name, std::function<bool(const TcpPacket&)> holds) const {
    Segment changed = *this;
    changed.requirements_.push_back({std::move(name), std::move(holds)});
    return changed;
  }

  /// What `packet` has that differs from what is said here, or nothing. The numbers count from the two given ones.
  [[nodiscard]] std::optional<std::string> difference(const TcpPacket& packet, Seq seq_base, Seq ack_base) const;
  [[nodiscard]] bool has(Flag flag) const { return (flags_ & flag) != 0; }
  /// For messages.
  [[nodiscard]] std::string to_string() const;

 private:
  friend class ScriptedPeer;

  template <class T, class U>
  [[nodiscard]] Segment with(T Segment::* field, U value) const {
    Segment changed = *this;
    changed.*field = T(std::move(value));
    return changed;
  }
  template <class T, class U>
  [[nodiscard]] Segment saying(Saying<T> Segment::* field, U value) const {
    Segment changed = *this;
    (changed.*field).say(std::move(value));
    return changed;
  }
  template <class T>
  [[nodiscard]] Segment saying_absent(Saying<T> Segment::* field) const {
    Segment changed = *this;
    (changed.*field).say_absent();
    return changed;
  }

  std::uint8_t flags_;
  bool psh_matters_ = false;
  bool any_text_ = false;
  bool wrong_checksum_ = false;
  std::optional<std::int64_t> seq_;
  std::optional<std::int64_t> ack_;
  std::optional<std::uint16_t> wnd_;
  std::optional<std::uint16_t> up_;
  std::optional<std::string> text_;
  std::size_t text_size_ = 0;
  Saying<std::uint16_t> mss_;
  Saying<std::uint8_t> window_scale_;
  Saying<bool> sack_permitted_;
  Saying<std::pair<std::uint32_t, std::uint32_t>> timestamps_;
  Saying<std::vector<std::pair<std::int64_t, std::int64_t>>> sack_;
  std::vector<std::uint8_t> raw_options_;
  std::vector<std::uint8_t> ip_options_;
  std::optional<std::uint8_t> hop_limit_;
  std::optional<std::uint8_t> traffic_class_;
  std::vector<Requirement> requirements_;
};

inline Segment syn() { return Segment(SYN); }
inline Segment syn_ack() { return Segment(SYN | ACK); }
inline Segment ack() { return Segment(ACK); }
inline Segment fin() { return Segment(FIN | ACK); }
inline Segment rst() { return Segment(RST); }
inline Segment rst_ack() { return Segment(RST | ACK); }
inline Segment data(std::string_view text) { return Segment(ACK).text(text); }
inline Segment octets(std::size_t count) { return Segment(ACK).octets(count); }
/// No control bits at all, as a start.
inline Segment bare() { return Segment(0); }

/// The octet of the test pattern at `offset` of a stream: no power of two is a period of it.
constexpr std::uint8_t pattern_octet(std::uint64_t offset) {
  return static_cast<std::uint8_t>('!' + (offset + offset / 93 * 7) % 93);
}
/// `count` octets of the pattern from `offset` on.
std::string pattern_text(std::uint64_t offset, std::size_t count);

}  // namespace handwave::test
