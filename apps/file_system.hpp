// Files of a directory for the HTTP server: nothing outside of the root, small ones kept in memory for a moment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "apps/http/file.hpp"
#include "stack/time.hpp"
#include "tun/file_descriptor.hpp"

namespace handwave {

/// What stands below a directory, opened with openat2(2): the kernel itself keeps every path, and every symbolic link,
/// beneath the root.
class RootedFileSystem final : public http::FileSystem {
 public:
  /// Files up to this size are read at once and closed; larger ones are kept open and read as they are sent.
  static constexpr std::uint64_t small_file = std::uint64_t{64} * 1024;
  /// How long a small file that was read is answered with, before the disk is asked again: a second is the resolution
  /// of HTTP's dates, and a busy server reads a file once in it.
  static constexpr Duration freshness = std::chrono::seconds{1};
  /// Files that are kept so at a time: 64 MiB of them at the most.
  static constexpr std::size_t max_kept = 1024;

  /// Throws SystemError if `root` is not a directory that can be read.
  explicit RootedFileSystem(const std::string& root);

  std::expected<std::shared_ptr<const http::File>, http::OpenError> open(std::string_view path) override;

 private:
  struct Kept {
    std::shared_ptr<const http::File> file;
    Instant read_at;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  [[nodiscard]] std::expected<FileDescriptor, http::OpenError> open_beneath(const std::string& path) const;

  FileDescriptor root_;
  std::unordered_map<std::string, Kept, Hash, std::equal_to<>> kept_;
};

}  // namespace handwave
