// The access log: a line a request in the common log format, as web servers have written it since NCSA httpd.
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

  void add(const IpAddress& peer, std::chrono::sys_seconds date, const http::Exchange& exchange);
  /// Writes what is held.
  void flush();

 private:
  Task<void> flush_later();

  Sockets& sockets_;
  Write write_;
  std::string held_;
  bool flush_is_coming_ = false;
  std::chrono::sys_seconds stamped_{std::chrono::seconds{-1}};  ///< what stamp_ says
  std::string stamp_;
};

/// `text` with quotes, backslashes and whatever is not printing ASCII written as \xHH: a log line stays one line.
std::string escape_for_log(std::string_view text);

}  // namespace handwave
