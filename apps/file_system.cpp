#include "apps/file_system.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "stack/bytes.hpp"
#include "tun/clock.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

using http::File;
using http::FileInfo;
using http::OpenError;

OpenError error_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:  // beyond the root
    case ENXIO:  // a socket
      return OpenError::not_found;
    case EACCES:
    case EPERM:
      return OpenError::forbidden;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return OpenError::busy;
    default:
      return OpenError::failed;
  }
}

FileInfo info_of(const struct stat& status) {
  using Kind = FileInfo::Kind;
  FileInfo info;
  info.kind = S_ISREG(status.st_mode) ? Kind::regular : S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
  info.size = info.kind == Kind::regular ? static_cast<std::uint64_t>(status.st_size) : 0;
  info.modified =
      http::FileTime{std::chrono::seconds{status.st_mtim.tv_sec} + std::chrono::nanoseconds{status.st_mtim.tv_nsec}};
  return info;
}

/// Reads at `offset` until `into` is full or the file ends; how many octets that were.
std::size_t read_fully(int file, std::uint64_t offset, MutableBytes into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

/// A large file, read as it is sent.
class OpenFile final : public File {
 public:
  OpenFile(FileDescriptor file, const FileInfo& info) : file_(std::move(file)), info_(info) {}
  [[nodiscard]] const FileInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::uint64_t offset, MutableBytes into) const override {
    return read_fully(file_.number(), offset, into);
  }

 private:
  FileDescriptor file_;
  FileInfo info_;
};

/// A small file in memory, or a directory.
class KeptFile final : public File {
 public:
  KeptFile(std::vector<std::uint8_t> content, const FileInfo& info) : content_(std::move(content)), info_(info) {}
  [[nodiscard]] const FileInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::uint64_t offset, MutableBytes into) const override {
    if (offset >= content_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), content_.size() - offset);
    std::memcpy(into.data(), content_.data() + offset, count);
    return count;
  }

 private:
  std::vector<std::uint8_t> content_;
  FileInfo info_;
};

}  // namespace

RootedFileSystem::RootedFileSystem(const std::string& root)
    : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!root_) throw SystemError("use the root '" + root + "'", errno);
  if (::faccessat(root_.number(), ".", R_OK | X_OK, AT_EACCESS) != 0)
    throw SystemError("read the root '" + root + "'", errno);
}

std::expected<FileDescriptor, OpenError> RootedFileSystem::open_beneath(const std::string& path) const {
  open_how how{};
  // A named pipe without a writer would block; a terminal would become ours.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  constexpr int tries = 4;  // EAGAIN: something was renamed on the way, and the kernel is no longer sure
  for (int i = 0; i < tries; ++i) {
    const long file = ::syscall(SYS_openat2, root_.number(), path.c_str(), &how, sizeof how);
    if (file >= 0) return FileDescriptor{static_cast<int>(file)};
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return std::unexpected(error_of(errno));
}

std::expected<std::shared_ptr<const File>, OpenError> RootedFileSystem::open(std::string_view path) {
  const Instant now = monotonic_now();
  if (const auto found = kept_.find(path); found != kept_.end()) {
    if (now - found->second.read_at < freshness) return found->second.file;
    kept_.erase(found);
  }
  const std::string name{path.empty() ? std::string_view{"."} : path};
  auto file = open_beneath(name);
  if (!file) return std::unexpected(file.error());
  struct stat status{};
  if (::fstat(file->number(), &status) != 0) return std::unexpected(OpenError::failed);
  const FileInfo info = info_of(status);
  if (info.size > small_file) return std::make_shared<OpenFile>(*std::move(file), info);

  std::vector<std::uint8_t> content(info.size);
  content.resize(read_fully(file->number(), 0, content));
  auto kept = std::make_shared<const KeptFile>(std::move(content), info);
  if (kept_.size() >= max_kept) kept_.clear();
  kept_.insert_or_assign(std::string{path}, Kept{kept, now});
  return kept;
}

}  // namespace handwave
