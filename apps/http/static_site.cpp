// Answering for static files: RFC 9110 §9.3 (methods), §13 (preconditions), §14 (ranges), §15 (status codes).
#include "apps/http/static_site.hpp"

#include "apps/http/date.hpp"
#include "apps/http/media_type.hpp"
#include "apps/http/range.hpp"

namespace handwave::http {
namespace {

constexpr std::string_view allowed_methods = "GET, HEAD, OPTIONS";
constexpr std::string_view index_name = "index.html";

Status status_of(OpenError error) {
  switch (error) {
    case OpenError::not_found:
      return Status::not_found;
    case OpenError::forbidden:
      return Status::forbidden;
    case OpenError::busy:
      return Status::service_unavailable;
    case OpenError::failed:
      break;
  }
  return Status::internal_server_error;
}

/// Content-Range (RFC 9110 §14.4): "bytes first-last/size".
std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + '-' + std::to_string(range.offset + range.length - 1) + '/' +
         std::to_string(size);
}

/// multipart/byteranges (RFC 9110 §14.6). The boundary is made of the entity tag: a file that contains it would have to
/// know in advance the nanosecond it will be written in.
void add_parts(const RangeSelection& selection, std::uint64_t size, std::string_view type, std::string_view tag,
               Response& response) {
  const std::string boundary = "handwave-" + std::string(tag.substr(1, tag.size() - 2));
  std::string separator = "--" + boundary;
  for (const ByteRange& range : selection.ranges) {
    std::string part = separator + "\r\nContent-Type: ";
    part += type;
    part += "\r\nContent-Range: " + content_range(range, size) + "\r\n\r\n";
    response.add_piece(part, range.offset, range.length);
    separator = "\r\n--" + boundary;
  }
  response.add_piece(separator + "--\r\n");
  response.add_field("Content-Type", "multipart/byteranges; boundary=" + boundary);
  response.add_field("Content-Length", response.body_octets);
}

}  // namespace

void StaticSite::respond(const Request& request, std::chrono::sys_seconds now, Response& response) {
  response.clear();
  const bool head_only = request.method == Method::head;
  if (const auto parsed = parse_target(request.target, request.method, target_); !parsed) {
    make_error_page(response, parsed.error(), head_only);
    return;
  }
  switch (request.method) {
    case Method::get:
    case Method::head:
      respond_with_file(request, now, response);
      return;
    case Method::options:
      response.status = Status::no_content;
      response.add_field("Allow", allowed_methods);
      return;
    default:
      response.add_field("Allow", allowed_methods);  // RFC 9110 §15.5.6: a 405 must say what is allowed
      make_error_page(response, Status::method_not_allowed);
  }
}

void StaticSite::respond_with_file(const Request& request, std::chrono::sys_seconds now, Response& response) {
  const bool head_only = request.method == Method::head;
  name_ = target_.path;
  if (target_.directory) {
    if (!name_.empty()) name_ += '/';
    name_ += index_name;
  }
  auto opened = files_->open(name_);
  if (!opened) return make_error_page(response, status_of(opened.error()), head_only);
  const FileInfo& info = (*opened)->info();
  if (info.kind == FileInfo::Kind::directory && !target_.directory) return redirect_to_directory(head_only, response);
  if (info.kind != FileInfo::Kind::regular) return make_error_page(response, Status::forbidden, head_only);
  response.file = std::move(*opened);

  make_validators(info, now, validators_);
  switch (evaluate_preconditions(request.fields, validators_, now)) {
    case Precondition::failed:
      return make_error_page(response, Status::precondition_failed, head_only);
    case Precondition::not_modified:
      response.status = Status::not_modified;
      response.file.reset();
      response.add_field("ETag", validators_.entity_tag);  // RFC 9110 §15.4.5: and no other metadata
      return;
    case Precondition::passed:
      break;
  }
  // RFC 9110 §14.2: Range is defined for GET only.
  const auto range = head_only ? std::nullopt : single_field(request.fields, "Range");
  if (range && range_applies(request.fields, validators_, now)) return respond_with_ranges(*range, info, response);
  respond_with_whole(head_only, info, response);
}

void StaticSite::respond_with_ranges(std::string_view range, const FileInfo& info, Response& response) const {
  const RangeSelection selection = select_ranges(range, info.size);
  if (selection.kind == RangeSelection::Kind::whole) return respond_with_whole(false, info, response);
  if (selection.kind == RangeSelection::Kind::unsatisfiable) {
    response.add_field("Content-Range", "bytes */" + std::to_string(info.size));
    return make_error_page(response, Status::range_not_satisfiable);
  }
  response.status = Status::partial_content;
  add_metadata(response);
  if (selection.ranges.size() > 1) {
    return add_parts(selection, info.size, media_type(name_), validators_.entity_tag, response);
  }
  // RFC 9110 §15.3.7.2: a single range is never sent as multipart.
  const ByteRange& only = selection.ranges.front();
  response.add_field("Content-Type", media_type(name_));
  response.add_field("Content-Range", content_range(only, info.size));
  response.add_field("Content-Length", only.length);
  response.add_piece({}, only.offset, only.length);
}

void StaticSite::respond_with_whole(bool head_only, const FileInfo& info, Response& response) const {
  add_metadata(response);
  response.add_field("Content-Type", media_type(name_));
  response.add_field("Content-Length", info.size);
  if (!head_only && info.size > 0) response.add_piece({}, 0, info.size);
}

/// The Location is made of what we understood, so it begins with exactly one '/' and stays on this host.
void StaticSite::redirect_to_directory(bool head_only, Response& response) const {
  std::string location = '/' + encode_path(target_.path) + '/';
  if (!target_.query.empty()) location += '?' + target_.query;
  response.add_field("Location", location);
  make_error_page(response, Status::moved_permanently, head_only);
}

void StaticSite::add_metadata(Response& response) const {
  const auto modified = format_date(validators_.last_modified);
  response.add_field("Last-Modified", std::string_view(modified.data(), modified.size()));
  response.add_field("ETag", validators_.entity_tag);
  response.add_field("Accept-Ranges", "bytes");
}

}  // namespace handwave::http
