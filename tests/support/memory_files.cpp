// Files in a map.
#include "tests/support/memory_files.hpp"

#include <cstring>

namespace handwave::http {

std::size_t MemoryFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset >= content_.size() || into.empty()) return 0;
  const std::string_view rest = std::string_view(content_).substr(offset, into.size());
  std::memcpy(into.data(), rest.data(), rest.size());
  return rest.size();
}

void MemoryFiles::add(std::string_view path, std::string content, FileTime modified) {
  const FileInfo info{.kind = FileInfo::Kind::regular, .size = content.size(), .modified = modified};
  add_file(path, info, std::move(content));
}

void MemoryFiles::add_truncated(std::string_view path, std::string content, std::uint64_t promised_size) {
  add_file(path, {.kind = FileInfo::Kind::regular, .size = promised_size, .modified = {}}, std::move(content));
}

void MemoryFiles::add_special(std::string_view path) {
  add_file(path, {.kind = FileInfo::Kind::other, .size = 0, .modified = {}}, {});
}

void MemoryFiles::add_error(std::string_view path, OpenError error) { errors_.emplace(path, error); }

void MemoryFiles::add_file(std::string_view path, const FileInfo& info, std::string content) {
  const FileInfo directory{.kind = FileInfo::Kind::directory, .size = 0, .modified = {}};
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    files_.emplace(path.substr(0, slash), std::make_shared<MemoryFile>(directory, ""));
  }
  files_.emplace(path, std::make_shared<MemoryFile>(info, std::move(content)));
}

std::expected<std::shared_ptr<const File>, OpenError> MemoryFiles::open(std::string_view path) {
  last_opened_ = path;
  if (const auto error = errors_.find(path); error != errors_.end()) return std::unexpected(error->second);
  const auto found = files_.find(path);
  if (found == files_.end()) return std::unexpected(OpenError::not_found);
  return found->second;
}

}  // namespace handwave::http
