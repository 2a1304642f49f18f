// The seam to the files that are served. What implements it makes the system calls; tests keep files in memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>

namespace handwave::http {

/// When a file changed last, on the wall clock.
using FileTime = std::chrono::sys_time<std::chrono::nanoseconds>;

struct FileInfo {
  enum class Kind : std::uint8_t { regular, directory, other };
  Kind kind = Kind::regular;
  std::uint64_t size = 0;  ///< octets
  FileTime modified{};
};

/// An open file or directory. It stays readable for as long as anybody holds it, whatever happens to its name.
class File {
 public:
  virtual ~File() = default;
  /// As it was when the file was opened.
  [[nodiscard]] virtual const FileInfo& info() const = 0;
  /// Copies octets from `offset` on into `into`, and says how many: all that fit and are there, at least one if there
  /// is any. 0 says that the file ends at or before `offset` (it may have shrunk) or cannot be read.
  [[nodiscard]] virtual std::size_t read(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
};

enum class OpenError : std::uint8_t {
  not_found,  ///< nothing there; also what lies outside of the root, behind a symbolic link say
  forbidden,  ///< there, but not for us
  busy,       ///< too many open files: another time it may work
  failed,     ///< anything else
};

/// The tree below one root.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Opens what stands at `path` below the root: relative, without empty, "." and ".." segments, without NUL; "" is the
  /// root itself; a '/' at the end only fits a directory. Never blocks on a special file and never leaves the root.
  virtual std::expected<std::shared_ptr<const File>, OpenError> open(std::string_view path) = 0;
};

}  // namespace handwave::http
