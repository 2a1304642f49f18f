// A segment as a test writes it, to send or to expect.
#include "tests/support/segment.hpp"

namespace handwave::test {
namespace {

std::int64_t relative(Seq place, Seq base) { return place - base; }

/// True if the 32 bits of `said` from `base` are those of `place`: a test may count past 2^31.
bool same_place(std::int64_t said, Seq place, Seq base) { return base + static_cast<std::uint32_t>(said) == place; }

template <class T>
std::optional<std::string> option_difference(const char* name, const Saying<T>& said, const std::optional<T>& found) {
  if (!said.said() || said.value() == found) return std::nullopt;
  return std::string(name) + (said.value() ? found ? " differs" : " is missing" : " must not be there");
}

std::vector<std::pair<std::int64_t, std::int64_t>> relative_blocks(const TcpPacket& packet, Seq base) {
  std::vector<std::pair<std::int64_t, std::int64_t>> blocks;
  for (const auto& [left, right] : packet.sack) blocks.emplace_back(relative(left, base), relative(right, base));
  return blocks;
}

template <class T>
std::optional<std::string> number_difference(const char* name, const std::optional<T>& said, T found) {
  if (!said || *said == found) return std::nullopt;
  return std::string(name) + " is " + std::to_string(found) + ", not " + std::to_string(*said);
}

}  // namespace

std::optional<std::string> Segment::difference(const TcpPacket& packet, Seq seq_base, Seq ack_base) const {
  const std::uint8_t mask = psh_matters_ ? 0xff : static_cast<std::uint8_t>(~PSH);
  if ((packet.flags & mask) != (flags_ & mask))
    return "the control bits are " + flag_names(packet.flags) + ", not " + flag_names(flags_);
  if (seq_ && !same_place(*seq_, packet.seq, seq_base)) return "SEG.SEQ is not " + std::to_string(*seq_);
  if (ack_ && !same_place(*ack_, packet.ack, ack_base)) return "SEG.ACK is not " + std::to_string(*ack_);
  if (text_ && packet.text != *text_) return "the text is not \"" + *text_ + "\" but \"" + packet.text + '"';
  if (!any_text_ && packet.text.size() != text_size_)
    return "there are " + std::to_string(packet.text.size()) + " octets of text, not " + std::to_string(text_size_);
  const std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> blocks =
      packet.sack.empty() ? std::nullopt : std::optional(relative_blocks(packet, ack_base));
  for (const auto& found :
       {number_difference("SEG.WND", wnd_, packet.wnd), number_difference("SEG.UP", up_, packet.urgent_pointer),
        number_difference("the hop limit", hop_limit_, packet.hop_limit),
        number_difference("the traffic class", traffic_class_, packet.traffic_class),
        option_difference("MSS", mss_, packet.mss),
        option_difference("window scale", window_scale_, packet.window_scale),
        option_difference("SACK-permitted", sack_permitted_,
                          packet.sack_permitted ? std::optional(true) : std::optional<bool>()),
        option_difference("timestamps", timestamps_, packet.timestamps), option_difference("SACK", sack_, blocks)})
    if (found) return found;
  for (const Requirement& requirement : requirements_)
    if (!requirement.holds(packet)) return "it does not hold that " + requirement.name;
  return std::nullopt;
}

std::string Segment::to_string() const {
  std::string text = flag_names(flags_);
  if (seq_) text += " seq=" + std::to_string(*seq_);
  if (ack_) text += " ack=" + std::to_string(*ack_);
  if (wnd_) text += " wnd=" + std::to_string(*wnd_);
  if (any_text_) text += " any text";
  if (!any_text_ && text_size_ != 0) text += " with " + std::to_string(text_size_) + " octets";
  if (mss_.value()) text += " mss=" + std::to_string(*mss_.value());
  if (window_scale_.value()) text += " wscale=" + std::to_string(*window_scale_.value());
  if (sack_permitted_.value()) text += " sack-permitted";
  if (timestamps_.value())
    text += " ts=" + std::to_string(timestamps_.value()->first) + "/" + std::to_string(timestamps_.value()->second);
  for (const Requirement& requirement : requirements_) text += ", " + requirement.name;
  return text;
}

std::string pattern_text(std::uint64_t offset, std::size_t count) {
  std::string text(count, '\0');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>(pattern_octet(offset + i));
  return text;
}

}  // namespace handwave::test
