#include "apps/access_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace handwave {
namespace {

bool harmless(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

std::string escape_for_log(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (harmless(c))
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

void AccessLog::add(const IpAddress& peer, std::chrono::sys_seconds date, const http::Exchange& exchange) {
  const bool plain = std::ranges::all_of(exchange.method, harmless) && std::ranges::all_of(exchange.target, harmless);
  fmt::format_to(std::back_inserter(held_), "{} - - [{}] \"{} {} HTTP/1.{}\" {} {}\n", peer.to_string(), stamp(date),
                 plain ? exchange.method : escape_for_log(exchange.method),
                 plain ? exchange.target : escape_for_log(exchange.target), exchange.minor_version,
                 std::to_underlying(exchange.status), exchange.body_octets);
  flush_soon();
}

void AccessLog::add_failure(const Endpoint& peer, std::chrono::sys_seconds date, std::string_view why) {
  constexpr Duration minute = std::chrono::minutes{1};
  if (failures_ == 0 || sockets_.now() - minute_begin_ >= minute) {
    minute_begin_ = sockets_.now();
    failures_ = 0;
  }
  if (failures_ > failures_a_minute) return;
  if (failures_++ == failures_a_minute)
    fmt::format_to(std::back_inserter(held_), "- - - [{}] more connections fail: for a minute they are only counted\n",
                   stamp(date));
  else
    fmt::format_to(std::back_inserter(held_), "{} - - [{}] {}\n", peer.to_string(), stamp(date), escape_for_log(why));
  flush_soon();
}

const std::string& AccessLog::stamp(std::chrono::sys_seconds date) {
  if (date != stamped_) {
    stamped_ = date;
    stamp_ = fmt::format("{:%d/%b/%Y:%H:%M:%S} +0000", fmt::gmtime(std::chrono::system_clock::to_time_t(date)));
  }
  return stamp_;
}

void AccessLog::flush_soon() {
  if (held_.size() >= max_held) return flush();
  if (flush_is_coming_) return;
  flush_is_coming_ = true;
  sockets_.start(flush_later());
}

Task<void> AccessLog::flush_later() {
  co_await sockets_.sleep_for(delay);
  flush_is_coming_ = false;
  flush();
}

void AccessLog::flush() {
  if (!held_.empty()) write_(held_);
  held_.clear();
}

}  // namespace handwave
