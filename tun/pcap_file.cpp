#include "tun/pcap_file.hpp"

#include <cerrno>

#include "tun/system_error.hpp"

namespace handwave {
namespace {

/// Before all packets. In the machine's byte order, which the reader recognises by the magic number.
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;  ///< times have nanoseconds
  std::uint16_t major_version = 2;
  std::uint16_t minor_version = 4;
  std::uint32_t reserved_1 = 0;
  std::uint32_t reserved_2 = 0;
  std::uint32_t longest_packet = 262144;
  std::uint32_t link_type = 101;  ///< RAW: an IPv4 or IPv6 header comes first
};
static_assert(sizeof(FileHeader) == 24);

/// Before each packet.
struct RecordHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured_size;
  std::uint32_t original_size;
};
static_assert(sizeof(RecordHeader) == 16);

}  // namespace

PcapFile::PcapFile(const std::string& path) : file_(std::fopen(path.c_str(), "wbe")) {
  if (!file_) throw SystemError("make the capture " + path, errno);
  const FileHeader header;
  if (std::fwrite(&header, sizeof header, 1, file_.get()) != 1 || !flush())
    throw SystemError("write the capture " + path, errno);
}

bool PcapFile::write(Time time, Bytes packet) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto size = static_cast<std::uint32_t>(packet.size());
  const RecordHeader header{.seconds = static_cast<std::uint32_t>(seconds.time_since_epoch().count()),
                            .nanoseconds = static_cast<std::uint32_t>((time - seconds).count()),
                            .captured_size = size,
                            .original_size = size};
  return std::fwrite(&header, sizeof header, 1, file_.get()) == 1 &&
         std::fwrite(packet.data(), 1, packet.size(), file_.get()) == packet.size();
}

bool PcapFile::flush() { return std::fflush(file_.get()) == 0; }

}  // namespace handwave
