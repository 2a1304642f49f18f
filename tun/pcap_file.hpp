// A capture file: the pcap format with nanoseconds, as draft-ietf-opsawg-pcap describes it, link type RAW.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "stack/bytes.hpp"

namespace handwave {

/// Writes IP packets to a file that tcpdump and Wireshark read.
class PcapFile {
 public:
  using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

  /// Makes the file, or empties it. Throws SystemError.
  explicit PcapFile(const std::string& path);

  /// Appends a whole packet. False if it could not be written (the disk is full): the file ends before it.
  bool write(Time time, Bytes packet);
  /// Puts what is in memory into the file.
  bool flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace handwave
