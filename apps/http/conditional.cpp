// Validators and preconditions: RFC 9110 §8.8 and §13.
#include "apps/http/conditional.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "apps/http/date.hpp"

namespace handwave::http {
namespace {

using std::chrono::sys_seconds;

void append_hex(std::string& out, std::uint64_t value) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, 16);
  out.append(digits, end);
}

bool is_weak(std::string_view tag) { return tag.starts_with("W/"); }

/// §8.8.3.2: strong comparison, both strong and the same octets.
bool strongly_equal(std::string_view a, std::string_view b) { return !is_weak(a) && !is_weak(b) && a == b; }

/// §8.8.3.2: weak comparison, the same opaque octets.
bool weakly_equal(std::string_view a, std::string_view b) {
  if (is_weak(a)) a.remove_prefix(2);
  if (is_weak(b)) b.remove_prefix(2);
  return a == b;
}

/// Whether any element of any field of that name matches, "*" included: a representation exists.
template <class Equal>
bool any_tag_matches(Fields fields, std::string_view name, std::string_view current, Equal equal) {
  return std::ranges::any_of(fields, [&](const Field& field) {
    if (!equals_ignoring_case(field.name, name)) return false;
    std::string_view list = field.value;
    if (list == "*") return true;
    while (const auto tag = next_list_element(list)) {
      if (equal(*tag, current)) return true;
    }
    return false;
  });
}

/// The date in the only field of that name; §13.1.3 and §13.1.4 ignore a field that holds none.
std::optional<sys_seconds> date_field(Fields fields, std::string_view name, sys_seconds now) {
  const auto value = single_field(fields, name);
  return value ? parse_date(*value, now) : std::nullopt;
}

}  // namespace

void make_validators(const FileInfo& info, sys_seconds now, Validators& out) {
  out.entity_tag = "\"";
  append_hex(out.entity_tag, info.size);
  out.entity_tag += '-';
  append_hex(out.entity_tag, static_cast<std::uint64_t>(info.modified.time_since_epoch().count()));
  out.entity_tag += '"';
  // §8.8.2.1: a time of modification in the future is replaced by the response's date.
  out.last_modified = std::min(std::chrono::floor<std::chrono::seconds>(info.modified), now);
}

Precondition evaluate_preconditions(Fields fields, const Validators& validators, sys_seconds now) {
  // §13.2.2, steps 1 and 2.
  if (count_fields(fields, "If-Match") > 0) {
    if (!any_tag_matches(fields, "If-Match", validators.entity_tag, strongly_equal)) return Precondition::failed;
  } else if (const auto date = date_field(fields, "If-Unmodified-Since", now)) {
    if (validators.last_modified > *date) return Precondition::failed;
  }
  // Steps 3 and 4.
  if (count_fields(fields, "If-None-Match") > 0) {
    if (any_tag_matches(fields, "If-None-Match", validators.entity_tag, weakly_equal)) {
      return Precondition::not_modified;
    }
  } else if (const auto date = date_field(fields, "If-Modified-Since", now)) {
    if (validators.last_modified <= *date) return Precondition::not_modified;
  }
  return Precondition::passed;
}

bool range_applies(Fields fields, const Validators& validators, sys_seconds now) {
  if (count_fields(fields, "If-Range") == 0) return true;
  const auto value = single_field(fields, "If-Range");
  if (!value) return false;
  if (value->starts_with('"') || is_weak(*value)) return strongly_equal(*value, validators.entity_tag);
  // §13.1.5: an exact match, and §8.8.2.2: the date is strong only if the file has not changed since for a minute.
  const auto date = parse_date(*value, now);
  return date && *date == validators.last_modified && now - validators.last_modified >= std::chrono::minutes(1);
}

}  // namespace handwave::http
