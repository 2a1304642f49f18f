// Dates in header fields: RFC 9110 §5.6.7. No locale, no time zone, no system call.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace handwave::http {

/// The length of every IMF-fixdate, such as "Sun, 06 Nov 1994 08:49:37 GMT".
inline constexpr std::size_t date_length = 29;

/// The instant as an IMF-fixdate, the only format that is sent. Years 0 to 9999; others are brought to the nearest.
std::array<char, date_length> format_date(std::chrono::sys_seconds instant);

/// Reads any of the three formats: IMF-fixdate, the obsolete RFC 850 date and the date of asctime(). A two-digit year
/// that would lie more than 50 years after `now` means the latest past one with those digits. Nothing if it is no valid
/// date; the name of the weekday must be one, but need not fit.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text, std::chrono::sys_seconds now);

}  // namespace handwave::http
