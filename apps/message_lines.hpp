// The TLS messages that a segment completes, as the ladder writes them below its rung: RFC 8446 §2, Figure 1.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tls/eavesdropper.hpp"

namespace handwave {

/// One line: "{Certificate}: 1 certificate, 340 octets", and what it does for the connection.
struct MessageLine {
  std::string text;
  std::string note;
};

/// Those of one rung.
class MessageLines {
 public:
  /// Past so many a rung only counts: a segment may hold thousands of tiny records.
  static constexpr std::size_t max_lines = 16;

  /// One more message. `note` stands beside it.
  void add(const tls::Overheard& message, std::string note);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  /// There is more among them than the middle of application data.
  [[nodiscard]] bool notable() const { return notable_; }
  [[nodiscard]] std::vector<MessageLine> lines() const;

 private:
  std::vector<MessageLine> lines_;
  std::string bulk_;  ///< what the run of plain application data that goes on is called; empty: there is none
  std::size_t bulk_records_ = 0;
  std::size_t bulk_octets_ = 0;
  std::size_t left_out_ = 0;
  bool notable_ = false;
};

/// "request" or "response" if the message begins one that is HTTP; else empty.
std::string http_note(const tls::Overheard& message);
/// How the signs are to be read; empty if nothing was settled on.
std::string_view legend(const tls::Settled& settled);

}  // namespace handwave
