// The site that is served when no root is given: a page that says what it is.
#pragma once

#include <memory>
#include <string_view>

#include "apps/http/file.hpp"

namespace handwave {

/// A single index.html, in memory.
class BuiltInSite final : public http::FileSystem {
 public:
  /// `modified` is what the page's Last-Modified says.
  explicit BuiltInSite(http::FileTime modified);
  std::expected<std::shared_ptr<const http::File>, http::OpenError> open(std::string_view path) override;

 private:
  std::shared_ptr<const http::File> root_;
  std::shared_ptr<const http::File> page_;
};

}  // namespace handwave
