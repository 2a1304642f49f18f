// The octets of one message head, and the parts that llhttp has found in them: shared by both parsers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/http/fields.hpp"

namespace handwave::http {

/// Collects a head from octets cut anywhere. While it grows its parts are offsets, since the buffer moves; once it is
/// complete they are views. llhttp reports a part in as many calls as the octets were cut into.
class HeadText {
 public:
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void clear();
  /// Octets that are parsed and belong to the head.
  void append(std::string_view octets) { octets_ += octets; }
  [[nodiscard]] std::size_t size() const { return octets_.size(); }
  [[nodiscard]] std::string_view all() const { return octets_; }

  /// What llhttp reads from now on; it follows on what was appended.
  void begin_piece(std::string_view piece) { piece_ = piece.data(); }
  /// Adds what llhttp has found in its piece to the span.
  void extend(Span& span, const char* at, std::size_t length) const;
  /// The same for the name of a field, which is a new one after end_value().
  void extend_name(const char* at, std::size_t length);
  void extend_value(const char* at, std::size_t length);
  void end_value() { in_value_ = true; }
  [[nodiscard]] std::size_t count_fields() const { return spans_.size(); }

  /// One octet of the head, whether it is appended already or still in the piece.
  [[nodiscard]] char octet(std::size_t offset) const;
  /// The text of a span, as far as it is appended. Valid until more is appended.
  [[nodiscard]] std::string_view text(Span span) const;
  /// All fields, without whitespace around their values. Valid until more is appended.
  Fields complete_fields();

 private:
  struct FieldSpan {
    Span name, value;
  };

  std::string octets_;
  const char* piece_ = nullptr;
  bool in_value_ = true;
  std::vector<FieldSpan> spans_;
  std::vector<Field> fields_;
};

}  // namespace handwave::http
