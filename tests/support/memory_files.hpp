// Files for the HTTP server without a disk: a map from path to content.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apps/http/file.hpp"

namespace handwave::http {

class MemoryFile final : public File {
 public:
  MemoryFile(const FileInfo& info, std::string content) : info_(info), content_(std::move(content)) {}
  [[nodiscard]] const FileInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  FileInfo info_;
  std::string content_;
};

class MemoryFiles final : public FileSystem {
 public:
  /// Puts a file at `path`, and directories on the way to it.
  void add(std::string_view path, std::string content, FileTime modified = {});
  /// Puts a file there that says it is longer than it is, as one that shrinks while it is sent.
  void add_truncated(std::string_view path, std::string content, std::uint64_t promised_size);
  void add_special(std::string_view path);
  void add_error(std::string_view path, OpenError error);

  std::expected<std::shared_ptr<const File>, OpenError> open(std::string_view path) override;
  /// What open() was called with last.
  [[nodiscard]] const std::string& last_opened() const { return last_opened_; }

 private:
  void add_file(std::string_view path, const FileInfo& info, std::string content);

  std::map<std::string, std::shared_ptr<const File>, std::less<>> files_;
  std::map<std::string, OpenError, std::less<>> errors_;
  std::string last_opened_;
};

}  // namespace handwave::http
