#include "apps/built_in_site.hpp"

#include <algorithm>
#include <cstring>

namespace handwave {
namespace {

constexpr std::string_view page_text = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Handwave</title></head>
<body>
<h1>It waves back</h1>
<p>This page was served by Handwave: a TCP that lives in an ordinary program, behind a TUN device. No socket of the
kernel's was opened on this side. The handshake, the acknowledgments and the close that your client is about to take
part in are done by hand, as RFC 9293 asks.</p>
<p>Start it with <code>handwave serve --root DIR</code> to serve files of your own, and with <code>--ladder</code> to
see every segment.</p>
</body>
</html>
)";

class MemoryFile final : public http::File {
 public:
  MemoryFile(http::FileInfo::Kind kind, std::string_view text, http::FileTime modified) : text_(text) {
    info_.kind = kind;
    info_.size = text.size();
    info_.modified = modified;
  }
  [[nodiscard]] const http::FileInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    if (offset >= text_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), text_.size() - offset);
    std::memcpy(into.data(), text_.data() + offset, count);
    return count;
  }

 private:
  std::string_view text_;
  http::FileInfo info_;
};

}  // namespace

BuiltInSite::BuiltInSite(http::FileTime modified)
    : root_(std::make_shared<MemoryFile>(http::FileInfo::Kind::directory, "", modified)),
      page_(std::make_shared<MemoryFile>(http::FileInfo::Kind::regular, page_text, modified)) {}

std::expected<std::shared_ptr<const http::File>, http::OpenError> BuiltInSite::open(std::string_view path) {
  if (path.empty()) return root_;
  if (path == "index.html") return page_;
  return std::unexpected(http::OpenError::not_found);
}

}  // namespace handwave
