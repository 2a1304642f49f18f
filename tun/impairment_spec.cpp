#include "tun/impairment_spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace handwave {
namespace {

using Problem = std::string;  ///< empty: there is none

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array percent = {Unit{"%", 0.01}};
constexpr std::array times = {Unit{"ns", 1}, Unit{"us", 1e3}, Unit{"ms", 1e6}, Unit{"s", 1e9}};
constexpr std::array rates = {Unit{"bit", 1}, Unit{"kbit", 1e3}, Unit{"mbit", 1e6}, Unit{"gbit", 1e9}};

/// A number that is not negative with one of `units` right behind it; nothing for anything else.
std::optional<double> parse_quantity(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || std::signbit(number)) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& candidate : units)
    if (candidate.name == unit) return number * candidate.factor;
  return std::nullopt;
}

Problem set_share(double& field, std::string_view value) {
  const std::optional<double> share = parse_quantity(value, percent);
  if (!share) return "is not a share such as 5% or 0.1%";
  if (*share > 1) return "is more than all packets";
  field = *share;
  return {};
}

Problem set_time(Duration& field, std::string_view value) {
  const std::optional<double> nanoseconds = parse_quantity(value, times);
  if (!nanoseconds) return "is not a time such as 20ms, 150us or 1.5s";
  constexpr double hour = 3600e9;
  if (*nanoseconds > hour) return "is more than an hour";
  field = Duration{static_cast<Duration::rep>(*nanoseconds)};
  return {};
}

Problem set_rate(std::uint64_t& field, std::string_view value) {
  const std::optional<double> bits = parse_quantity(value, rates);
  if (!bits) return "is not a rate such as 100mbit, 56kbit or 1gbit";
  if (*bits < 1000 || *bits > 1e12) return "is not from 1kbit to 1000gbit";
  field = static_cast<std::uint64_t>(*bits);
  return {};
}

Problem set(Impairment& impairment, std::string_view key, std::string_view value) {
  if (key == "loss") return set_share(impairment.loss, value);
  if (key == "mark") return set_share(impairment.mark, value);
  if (key == "duplicate") return set_share(impairment.duplicate, value);
  if (key == "reorder") return set_share(impairment.reorder, value);
  if (key == "corrupt") return set_share(impairment.corrupt, value);
  if (key == "delay") return set_time(impairment.delay, value);
  if (key == "jitter") return set_time(impairment.jitter, value);
  if (key == "detour") return set_time(impairment.detour, value);
  if (key == "rate") return set_rate(impairment.rate, value);
  if (key == "queue") return set_time(impairment.queue.emplace(), value);
  return "is none of loss, mark, duplicate, reorder, corrupt, delay, jitter, detour, rate, queue";
}

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Problem set_item(Impairments& impairments, std::string_view item) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos) return "is not of the form KEY=VALUE";
  std::string_view key = item.substr(0, equals);
  const std::string_view value = item.substr(equals + 1);
  const bool in_only = remove_prefix(key, "in.");
  const bool out_only = !in_only && remove_prefix(key, "out.");
  Problem problem;
  if (!out_only) problem = set(impairments.in, key, value);
  if (!in_only && problem.empty()) problem = set(impairments.out, key, value);
  return problem;
}

}  // namespace

std::expected<Impairments, std::string> parse_impairments(std::string_view spec) {
  Impairments impairments;
  std::vector<std::string_view> keys;
  while (true) {
    const std::size_t comma = spec.find(',');
    const std::string_view item = spec.substr(0, comma);
    const std::string_view key = item.substr(0, item.find('='));
    Problem problem = set_item(impairments, item);
    if (problem.empty() && std::ranges::find(keys, key) != keys.end()) problem = "is there twice";
    if (!problem.empty()) return std::unexpected("in the list of impairments, '" + std::string(item) + "' " + problem);
    keys.push_back(key);
    if (comma == std::string_view::npos) break;
    spec.remove_prefix(comma + 1);
  }
  for (const Impairment& each : {impairments.in, impairments.out}) {
    if (each.queue && each.rate == 0) return std::unexpected("a queue is before a rate: add rate=100mbit, say");
  }
  return impairments;
}

}  // namespace handwave
