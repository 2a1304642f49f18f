// The pages: what to answer to one request, from the files below a root. RFC 9110 §8, §9, §13, §14.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "apps/http/conditional.hpp"
#include "apps/http/file.hpp"
#include "apps/http/request_parser.hpp"
#include "apps/http/response.hpp"
#include "apps/http/site.hpp"
#include "apps/http/target.hpp"

namespace handwave::http {

/// GET, HEAD and OPTIONS of static files. A directory is answered with its index.html, after a redirect to its name
/// with a '/' if need be; there are no listings. Files whose names begin with a dot are files like any other.
class StaticSite final : public Site {
 public:
  explicit StaticSite(FileSystem& files) : files_(&files) {}

  void respond(const Request& request, std::chrono::sys_seconds now, Response& response) override;

 private:
  void respond_with_file(const Request& request, std::chrono::sys_seconds now, Response& response);
  void respond_with_ranges(std::string_view range, const FileInfo& info, Response& response) const;
  void respond_with_whole(bool head_only, const FileInfo& info, Response& response) const;
  void redirect_to_directory(bool head_only, Response& response) const;
  void add_metadata(Response& response) const;

  FileSystem* files_;
  // What is known about the request in hand; members for their buffers.
  Target target_;
  std::string name_;  ///< of the file, below the root
  Validators validators_;
};

}  // namespace handwave::http
