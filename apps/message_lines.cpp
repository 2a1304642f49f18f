#include "apps/message_lines.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "apps/segment_view.hpp"

namespace handwave {
namespace {

using tls::Overheard;
using tls::Protection;

/// The name between the signs of RFC 8446 §2.
std::string marked(const Overheard& message) {
  if (message.protection == Protection::handshake_keys) return "{" + message.name + "}";
  if (message.protection == Protection::application_keys) return "[" + message.name + "]";
  return message.name;
}

std::string describe(const Overheard& message) {
  switch (message.kind) {
    case Overheard::Kind::trouble:
      return fmt::format("not read any further: {}", message.name);
    case Overheard::Kind::application_data:
      return fmt::format("{}: {} octets, {}", marked(message), message.length, http_first_line(message.beginning));
    default:
      return message.text.empty() ? marked(message) : fmt::format("{}: {}", marked(message), message.text);
  }
}

}  // namespace

void MessageLines::add(const Overheard& message, std::string note) {
  const bool bulk =
      message.kind == Overheard::Kind::encrypted || (message.kind == Overheard::Kind::application_data && note.empty());
  notable_ |= !bulk;
  const std::string name = bulk ? marked(message) : std::string{};
  if (bulk && name == bulk_) {
    ++bulk_records_;
    bulk_octets_ += message.length;
    lines_.back().text = fmt::format("{}: {} records, {} octets", name, bulk_records_, bulk_octets_);
    return;
  }
  if (lines_.size() == max_lines) {
    ++left_out_;
    return;
  }
  bulk_ = name;
  bulk_records_ = 1;
  bulk_octets_ = message.length;
  lines_.push_back({bulk ? fmt::format("{}: {} octets", name, message.length) : describe(message), std::move(note)});
}

std::vector<MessageLine> MessageLines::lines() const {
  std::vector<MessageLine> all = lines_;
  if (left_out_ > 0) all.push_back({fmt::format("and {} more", left_out_), {}});
  return all;
}

std::string http_note(const Overheard& message) {
  if (message.kind != Overheard::Kind::application_data) return {};
  const std::string line = http_first_line(message.beginning);
  if (line.empty()) return {};
  return line.starts_with("HTTP/") ? "response" : "request";
}

std::string_view legend(const tls::Settled& settled) {
  if (settled.version == tls::tls1_3_number)
    return "{} encrypted with the handshake's keys, [] with the application's (RFC 8446 §2)";
  if (settled.version == tls::tls1_2_number) return "[] encrypted (RFC 5246 §6.2.3)";
  return {};
}

}  // namespace handwave
