// Offsets while the head grows, views when it is complete.
#include "apps/http/head_text.hpp"

#include <algorithm>

namespace handwave::http {

void HeadText::clear() {
  octets_.clear();
  spans_.clear();
  fields_.clear();
  in_value_ = true;
}

void HeadText::extend(Span& span, const char* at, std::size_t length) const {
  const std::size_t offset = octets_.size() + static_cast<std::size_t>(at - piece_);
  if (span.begin == span.end) span.begin = offset;
  span.end = offset + length;
}

void HeadText::extend_name(const char* at, std::size_t length) {
  if (in_value_) spans_.emplace_back();
  in_value_ = false;
  extend(spans_.back().name, at, length);
}

void HeadText::extend_value(const char* at, std::size_t length) { extend(spans_.back().value, at, length); }

char HeadText::octet(std::size_t offset) const {
  return offset < octets_.size() ? octets_[offset] : piece_[offset - octets_.size()];
}

std::string_view HeadText::text(Span span) const {
  const std::size_t end = std::min(span.end, octets_.size());
  const std::size_t begin = std::min(span.begin, end);
  return std::string_view(octets_).substr(begin, end - begin);
}

Fields HeadText::complete_fields() {
  for (const FieldSpan& span : spans_) fields_.push_back({text(span.name), trim(text(span.value))});
  return fields_;
}

}  // namespace handwave::http
