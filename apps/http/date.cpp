// Writing and reading dates: RFC 9110 §5.6.7.
#include "apps/http/date.hpp"

#include <algorithm>

namespace handwave::http {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Eats a text from the front, piece by piece; after the first piece that does not fit it has failed for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      failed_ = true;
    }
  }
  /// Exactly `count` digits.
  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) failed_ = true;
    for (std::size_t i = 0; i < count && !failed_; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') failed_ = true;
      value = value * 10 + (rest_[i] - '0');
    }
    if (!failed_) rest_.remove_prefix(count);
    return value;
  }
  /// The index of the name at the front; each is cut to `length` characters.
  template <std::size_t N>
  unsigned name_of(const std::array<std::string_view, N>& names, std::size_t length = std::string_view::npos) {
    for (unsigned i = 0; i < N; ++i) {
      const std::string_view name = names[i].substr(0, length);
      if (!rest_.starts_with(name)) continue;
      rest_.remove_prefix(name.size());
      return i;
    }
    failed_ = true;
    return 0;
  }
  /// time-of-day = hour ":" minute ":" second; a leap second is 60.
  seconds time_of_day() {
    const int hour = digits(2);
    literal(":");
    const int minute = digits(2);
    literal(":");
    const int second = digits(2);
    if (hour > 23 || minute > 59 || second > 60) failed_ = true;
    return hours(hour) + minutes(minute) + seconds(second);
  }
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<sys_seconds> make_instant(const Reader& reader, int of_year, unsigned month, int day, seconds time) {
  const std::chrono::year_month_day date{year{of_year}, std::chrono::month{month + 1},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!reader.complete() || !date.ok()) return std::nullopt;
  return sys_days{date} + time;
}

/// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<sys_seconds> parse_imf_fixdate(std::string_view text) {
  Reader reader(text);
  reader.name_of(weekdays, 3);
  reader.literal(", ");
  const int day = reader.digits(2);
  reader.literal(" ");
  const unsigned month = reader.name_of(months);
  reader.literal(" ");
  const int of_year = reader.digits(4);
  reader.literal(" ");
  const seconds time = reader.time_of_day();
  reader.literal(" GMT");
  return make_instant(reader, of_year, month, day, time);
}

/// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<sys_seconds> parse_rfc850_date(std::string_view text, sys_seconds now) {
  Reader reader(text);
  reader.name_of(weekdays);
  reader.literal(", ");
  const int day = reader.digits(2);
  reader.literal("-");
  const unsigned month = reader.name_of(months);
  reader.literal("-");
  const int two_digits = reader.digits(2);
  reader.literal(" ");
  const seconds time = reader.time_of_day();
  reader.literal(" GMT");
  const int current = static_cast<int>(std::chrono::year_month_day{std::chrono::floor<days>(now)}.year());
  int of_year = current - current % 100 + two_digits;
  if (of_year > current + 50) of_year -= 100;
  return make_instant(reader, of_year, month, day, time);
}

/// Sun Nov  6 08:49:37 1994
std::optional<sys_seconds> parse_asctime_date(std::string_view text) {
  Reader reader(text);
  reader.name_of(weekdays, 3);
  reader.literal(" ");
  const unsigned month = reader.name_of(months);
  reader.literal(" ");
  const bool one_digit = text.size() > 8 && text[8] == ' ';
  if (one_digit) reader.literal(" ");
  const int day = reader.digits(one_digit ? 1 : 2);
  reader.literal(" ");
  const seconds time = reader.time_of_day();
  reader.literal(" ");
  const int of_year = reader.digits(4);
  return make_instant(reader, of_year, month, day, time);
}

}  // namespace

std::array<char, date_length> format_date(sys_seconds instant) {
  constexpr sys_seconds first = sys_days{year{0} / 1 / 1};
  constexpr sys_seconds last = sys_days{year{10000} / 1 / 1} - seconds(1);
  instant = std::clamp(instant, first, last);
  const sys_days day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<seconds> time{instant - day};

  std::array<char, date_length> out{};
  char* to = out.data();
  const auto put = [&to](std::string_view text) { to = std::ranges::copy(text, to).out; };
  const auto put_two = [&to](unsigned value) {
    *to++ = static_cast<char>('0' + value / 10);
    *to++ = static_cast<char>('0' + value % 10);
  };
  put(weekdays[std::chrono::weekday{day}.c_encoding()].substr(0, 3));
  put(", ");
  put_two(static_cast<unsigned>(date.day()));
  put(" ");
  put(months[static_cast<unsigned>(date.month()) - 1]);
  put(" ");
  const unsigned of_year = static_cast<unsigned>(static_cast<int>(date.year()));
  put_two(of_year / 100);
  put_two(of_year % 100);
  put(" ");
  put_two(static_cast<unsigned>(time.hours().count()));
  put(":");
  put_two(static_cast<unsigned>(time.minutes().count()));
  put(":");
  put_two(static_cast<unsigned>(time.seconds().count()));
  put(" GMT");
  return out;
}

std::optional<sys_seconds> parse_date(std::string_view text, sys_seconds now) {
  if (auto date = parse_imf_fixdate(text)) return date;
  if (auto date = parse_rfc850_date(text, now)) return date;
  return parse_asctime_date(text);
}

}  // namespace handwave::http
