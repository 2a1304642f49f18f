// Addresses as text and as networks: RFC 4291 §2.2 for what is read, RFC 5952 for what is written.
#include "stack/address.hpp"

#include <algorithm>
#include <charconv>

#include "stack/expects.hpp"

namespace handwave {
namespace {

constexpr std::size_t v4_octets = 4;
constexpr std::size_t v6_groups = 8;

/// A number of one to `max_digits` digits, and nothing else: no sign, no space.
std::optional<unsigned> parse_number(std::string_view text, std::size_t max_digits, int base) {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A decimal number up to `max` without leading zeros: some programs read "010" as eight.
std::optional<std::uint8_t> parse_decimal(std::string_view text, unsigned max) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto value = parse_number(text, 3, 10);
  if (!value || *value > max) return std::nullopt;
  return static_cast<std::uint8_t>(*value);
}

/// Four decimal numbers with dots between them into `to`.
bool parse_v4(std::string_view text, std::uint8_t* to) {
  for (std::size_t i = 0; i < v4_octets; ++i) {
    const std::size_t end = i + 1 < v4_octets ? text.find('.') : text.size();
    if (end == std::string_view::npos) return false;
    const auto octet = parse_decimal(text.substr(0, end), 255);
    if (!octet) return false;
    to[i] = *octet;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

/// Hexadecimal groups with colons between them, perhaps with an IPv4 address for the last two. Gives how many groups
/// were written to `to`; nothing if the text is malformed or has more than `max`. Empty text is no groups.
std::optional<std::size_t> parse_groups(std::string_view text, std::size_t max, std::uint8_t* to) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && group.find('.') != std::string_view::npos) {
      if (count + 2 > max || !parse_v4(group, to + 2 * count)) return std::nullopt;
      return count + 2;
    }
    const auto value = parse_number(group, 4, 16);
    if (!value || count == max) return std::nullopt;
    store_be16(to + 2 * count++, static_cast<std::uint16_t>(*value));
    if (last) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // ends with a colon
  }
  return count;
}

bool parse_v6(std::string_view text, std::uint8_t* to) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, v6_groups, to) == v6_groups;
  // RFC 4291 §2.2: "::" stands for one or more groups of zeros, and may be there only once (a second one would leave
  // an empty group on its right side).
  std::array<std::uint8_t, 2 * v6_groups> right{};
  const auto after = parse_groups(text.substr(gap + 2), v6_groups - 1, right.data());
  const std::string_view left = text.substr(0, gap);
  if (!after || left.find('.') != std::string_view::npos) return false;
  const auto before = parse_groups(left, v6_groups - 1 - *after, to);
  if (!before) return false;
  std::fill(to + 2 * *before, to + 2 * v6_groups, std::uint8_t{0});
  std::copy_n(right.data(), 2 * *after, to + 2 * (v6_groups - *after));
  return true;
}

std::string v4_text(const std::uint8_t* octets) {
  std::string text = std::to_string(octets[0]);
  for (std::size_t i = 1; i < v4_octets; ++i) text += '.' + std::to_string(octets[i]);
  return text;
}

void append_hexadecimal(std::string& text, std::uint16_t group) {
  std::array<char, 4> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16);
  text.append(digits.data(), result.ptr);
}

struct Run {
  std::size_t first = v6_groups;
  std::size_t count = 0;
};

/// RFC 5952 §4.2: the run of zeros that "::" replaces is the longest, the first of equals, and of two groups at least.
Run longest_zero_run(const std::uint8_t* octets, std::size_t groups) {
  Run best;
  Run run;
  for (std::size_t i = 0; i < groups; ++i) {
    if (load_be16(octets + 2 * i) != 0) {
      run.count = 0;
      continue;
    }
    if (run.count++ == 0) run.first = i;
    if (run.count > best.count) best = run;
  }
  return best.count >= 2 ? best : Run{};
}

std::string v6_text(const std::uint8_t* octets) {
  constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  // RFC 5952 §5: IPv4-mapped addresses end in dotted decimal.
  if (std::equal(mapped.begin(), mapped.end(), octets)) return "::ffff:" + v4_text(octets + mapped.size());
  const Run zeros = longest_zero_run(octets, v6_groups);
  std::string text;
  for (std::size_t i = 0; i < v6_groups; ++i) {
    if (i == zeros.first) {
      text += "::";
      i += zeros.count - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_hexadecimal(text, load_be16(octets + 2 * i));
  }
  return text;
}

constexpr std::uint8_t bits_of(IpAddress::Family family) { return family == IpAddress::Family::v4 ? 32 : 128; }

/// The bits of octet `index` that belong to a network of `length` bits.
constexpr std::uint8_t network_mask(std::uint8_t length, std::size_t index) {
  const std::size_t bits = std::clamp<std::size_t>(length, 8 * index, 8 * index + 8) - 8 * index;
  return static_cast<std::uint8_t>(0xff00U >> bits);
}

}  // namespace

IpAddress IpAddress::from_octets(Bytes octets) {
  expects(octets.size() == 4 || octets.size() == 16, "an address has 4 or 16 octets");
  IpAddress address;
  address.family_ = octets.size() == 4 ? Family::v4 : Family::v6;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    if (!parse_v4(text, address.octets_.data())) return std::nullopt;
  } else {
    address.family_ = Family::v6;
    if (!parse_v6(text, address.octets_.data())) return std::nullopt;
  }
  return address;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(octets_.begin(), octets_.end(), [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return octets_[0] == 127;
  return octets_.back() == 1 &&
         std::all_of(octets_.begin(), octets_.end() - 1, [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_multicast() const { return is_v4() ? octets_[0] >> 4 == 0xe : octets_[0] == 0xff; }

bool IpAddress::is_limited_broadcast() const { return *this == v4(255, 255, 255, 255); }

std::string IpAddress::to_string() const { return is_v4() ? v4_text(octets_.data()) : v6_text(octets_.data()); }

std::optional<AddressPrefix> AddressPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = parse_decimal(text.substr(slash + 1), bits_of(address->family()));
  if (!length) return std::nullopt;
  return AddressPrefix{*address, *length};
}

bool AddressPrefix::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  const Bytes ours = address.octets();
  const Bytes theirs = other.octets();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (((ours[i] ^ theirs[i]) & network_mask(length, i)) != 0) return false;
  }
  return true;
}

std::optional<IpAddress> AddressPrefix::broadcast() const {
  if (!address.is_v4() || length > 30) return std::nullopt;
  std::array<std::uint8_t, v4_octets> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<std::uint8_t>(address.octets()[i] | ~network_mask(length, i));
  }
  return IpAddress::from_octets(octets);
}

std::string AddressPrefix::to_string() const { return address.to_string() + '/' + std::to_string(length); }

std::string Endpoint::to_string() const {
  const std::string text = address.to_string();
  return (address.is_v4() ? text : '[' + text + ']') + ':' + std::to_string(port);
}

}  // namespace handwave
