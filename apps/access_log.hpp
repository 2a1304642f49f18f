// The access log: a line a request in the common log format, as web servers have written it since NCSA httpd; and a
// line for a connection that came to no request, in the same shape.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "apps/http/connection.hpp"
#include "stack/address.hpp"
#include "stack/sockets.hpp"

namespace handwave {

/// Collects lines and writes them together: soon after the first one, or once there are many.
class AccessLog {
 public:
  using Write = std::function<void(std::string_view lines)>;
  static constexpr Duration delay = std::chrono::milliseconds{100};
  static constexpr std::size_t max_held = std::size_t{64} * 1024;

  /// `sockets` give the time for the delay.
  AccessLog(Sockets& sockets, Write write) : sockets_(sockets), write_(std::move(write)) {}

  /// So many failures a minute are worth a line: a flood of them is not to fill a disk.
  static constexpr std::size_t failures_a_minute = 30;

  void add(const IpAddress& peer, std::chrono::sys_seconds date, const http::Exchange& exchange);
  /// A connection came to nothing; `why` says in a sentence what failed. Past failures_a_minute, says that once.
  void add_failure(const Endpoint& peer, std::chrono::sys_seconds date, std::string_view why);
  /// Writes what is held.
  void flush();

 private:
  const std::string& stamp(std::chrono::sys_seconds date);
  void flush_soon();
  Task<void> flush_later();

  Sockets& sockets_;
  Write write_;
  std::string held_;
  bool flush_is_coming_ = false;
  std::chrono::sys_seconds stamped_{std::chrono::seconds{-1}};  ///< what stamp_ says
  std::string stamp_;
  Instant minute_begin_{};  ///< of the minute in which failures are counted
  std::size_t failures_ = 0;
};

/// `text` with quotes, backslashes and whatever is not printing ASCII written as \xHH: a log line stays one line.
std::string escape_for_log(std::string_view text);

}  // namespace handwave
