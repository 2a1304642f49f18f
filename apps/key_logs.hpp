// The key log: secrets of TLS sessions, for the file that Wireshark reads beside a capture, and for the ladder.
#pragma once

#include <string>
#include <string_view>

#include "apps/ladder_observer.hpp"
#include "tls/bytes.hpp"
#include "tun/file_descriptor.hpp"

namespace handwave {

/// The file that is asked for: `option` if that is not empty, else what the environment's SSLKEYLOGFILE says, else
/// none.
std::string key_log_name(const std::string& option);

/// Where the secrets go. Outlives the contexts that have its sink.
class KeyLogs {
 public:
  /// Appends to the file of that name, which is made, readable by its owner alone, if need be; an empty name: no file.
  /// Warns on standard error. Throws SystemError if the file cannot be opened.
  explicit KeyLogs(const std::string& file_name);
  KeyLogs(const KeyLogs&) = delete;
  KeyLogs& operator=(const KeyLogs&) = delete;

  /// From now on the ladders, too, can name what is encrypted; null: nobody draws any.
  void watch(LadderObserver* ladder) { ladder_ = ladder; }
  [[nodiscard]] tls::KeyLog sink() {
    return [this](std::string_view line) { add(line); };
  }
  /// Throws if a secret could not be written.
  void finish() const;

 private:
  /// What cannot be written is lost: a log is no reason to stop before the end.
  void add(std::string_view line);

  FileDescriptor file_;
  bool complete_ = true;
  LadderObserver* ladder_ = nullptr;
};

}  // namespace handwave
