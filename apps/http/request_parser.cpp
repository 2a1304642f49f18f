// Reading requests: RFC 9112 §2 to §7. llhttp goes through the grammar; what it would let pass is refused here.
#include "apps/http/request_parser.hpp"

#include <algorithm>

#include "apps/http/head_checks.hpp"

namespace handwave::http {
namespace {

/// `text` up to its first line feed, that included.
std::string_view first_line(std::string_view text) {
  const std::size_t feed = text.find('\n');
  return feed == std::string_view::npos ? text : text.substr(0, feed + 1);
}

}  // namespace

/// What llhttp calls. Every offset is recorded relative to the whole head, so it does not matter how the octets were
/// cut; whatever is refused here is refused at the same octet for every way to cut them.
struct RequestParser::Callbacks {
  static RequestParser& self(llhttp_t* llhttp) { return *static_cast<RequestParser*>(llhttp->data); }

  static int refuse(RequestParser& parser, Status status) {
    parser.error_ = status;
    return HPE_USER;
  }

  static int on_url(llhttp_t* llhttp, const char* at, std::size_t length) {
    self(llhttp).head_.extend(self(llhttp).target_, at, length);
    return HPE_OK;
  }

  static int on_version(llhttp_t* llhttp, const char* at, std::size_t length) {
    self(llhttp).head_.extend(self(llhttp).version_, at, length);
    return HPE_OK;
  }

  static int on_version_complete(llhttp_t* llhttp) {
    RequestParser& parser = self(llhttp);
    parser.line_complete_ = true;
    parser.request_.minor_version = std::min<int>(llhttp->http_minor, 1);
    const auto objection = parser.objection_to_request_line();
    return objection ? refuse(parser, *objection) : HPE_OK;
  }

  static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t length) {
    // Trailers are read and forgotten.
    if (self(llhttp).phase_ != Phase::body) self(llhttp).head_.extend_name(at, length);
    return HPE_OK;
  }

  static int on_header_field_complete(llhttp_t* llhttp) {
    RequestParser& parser = self(llhttp);
    const bool too_many = parser.head_.count_fields() > parser.limits_.fields;
    return too_many ? refuse(parser, Status::request_header_fields_too_large) : HPE_OK;
  }

  static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t length) {
    if (self(llhttp).phase_ != Phase::body) self(llhttp).head_.extend_value(at, length);
    return HPE_OK;
  }

  static int on_header_value_complete(llhttp_t* llhttp) {
    if (self(llhttp).phase_ != Phase::body) self(llhttp).head_.end_value();
    return HPE_OK;
  }

  static int on_headers_complete(llhttp_t* llhttp) {
    // RFC 9110 §7.8: a server may ignore Upgrade, and then the connection goes on as it is.
    llhttp->upgrade = 0;
    return HPE_PAUSED;
  }

  static int on_body(llhttp_t* llhttp, const char* at, std::size_t length) {
    if (length == 0) return HPE_OK;
    self(llhttp).body_ = {at, length};
    return HPE_PAUSED;
  }

  static int on_message_complete(llhttp_t* llhttp) {
    self(llhttp).end_reached_ = true;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const llhttp_settings_t all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_url = on_url;
      made.on_version = on_version;
      made.on_version_complete = on_version_complete;
      made.on_header_field = on_header_field;
      made.on_header_field_complete = on_header_field_complete;
      made.on_header_value = on_header_value;
      made.on_header_value_complete = on_header_value_complete;
      made.on_headers_complete = on_headers_complete;
      made.on_body = on_body;
      made.on_message_complete = on_message_complete;
      return made;
    }();
    return &all;
  }
};

RequestParser::RequestParser(const RequestLimits& limits) : limits_(limits) {}

RequestParser::Parsed RequestParser::parse(std::string_view input) {
  switch (phase_) {
    case Phase::between:
      if (input.empty()) return {};
      begin_request();
      [[fallthrough]];
    case Phase::method:
      return parse_method_name(input);
    case Phase::head:
      return parse_head(input);
    case Phase::body:
      return parse_body(input);
    case Phase::failed:
      break;
  }
  return {.event = Event::error, .consumed = input.size(), .body = {}};
}

void RequestParser::begin_request() {
  // A parser of its own for every request: llhttp's opinion about what may follow a request does not matter.
  llhttp_init(&llhttp_, HTTP_REQUEST, Callbacks::settings());
  llhttp_.data = this;
  llhttp_set_lenient_version(&llhttp_, 1);  // the version is ours to check: 505 and not 400
  phase_ = Phase::method;
  request_ = {};
  head_.clear();
  method_ = target_ = version_ = {};
  line_complete_ = false;
  end_reached_ = false;
  skipped_ = 0;
  body_octets_ = 0;
}

/// The method is read before llhttp sees it, to tell an unknown method (501) from a line that is none (400).
RequestParser::Parsed RequestParser::parse_method_name(std::string_view input) {
  std::size_t begin = 0;
  // RFC 9112 §2.2: ignore empty lines before the request line.
  while (head_.size() == 0 && begin < input.size() && (input[begin] == '\r' || input[begin] == '\n')) {
    ++begin;
    if (++skipped_ > limits_.request_line) return fail(Status::bad_request);
  }
  for (std::size_t i = begin; i < input.size(); ++i) {
    if (input[i] != ' ') {
      if (!is_token_character(input[i])) return fail(Status::bad_request);
      head_.append(input.substr(i, 1));
      method_.end = head_.size();
      if (head_.size() > limits_.method) return fail(Status::not_implemented);
      continue;
    }
    if (head_.size() == 0) return fail(Status::bad_request);
    const auto method = parse_method(method_name());
    if (!method) return fail(Status::not_implemented);
    request_.method = *method;
    head_.append(" ");
    const std::string_view begun = head_.all();
    llhttp_execute(&llhttp_, begun.data(), begun.size());
    phase_ = Phase::head;
    Parsed parsed = parse_head(input.substr(i + 1));
    parsed.consumed += i + 1;
    return parsed;
  }
  return {.event = Event::need_more, .consumed = input.size(), .body = {}};
}

RequestParser::Parsed RequestParser::parse_head(std::string_view input) {
  std::size_t total = 0;
  while (total < input.size()) {
    // llhttp is never given more than the limit allows, so the limit strikes at the same octet however they are cut.
    const bool in_line = !line_complete_;
    const std::size_t limit = in_line ? std::min(limits_.request_line, limits_.head) : limits_.head;
    const std::size_t room = limit - std::min(limit, head_.size() + skipped_);
    std::string_view piece = input.substr(total, room);
    if (in_line) piece = first_line(piece);
    std::size_t consumed = 0;
    const llhttp_errno_t result = execute(piece, consumed);
    head_.append(piece.substr(0, consumed));
    total += consumed;
    if (result == HPE_PAUSED) return complete_head(total);
    if (result != HPE_OK) return fail(error_);  // a callback's reason, else 400
    // A line without a version is HTTP/0.9: it has no header section to wait for.
    if (!line_complete_ && piece.ends_with('\n')) return fail(Status::http_version_not_supported);
    if (head_.size() + skipped_ >= limit && in_line == !line_complete_) {
      return fail(in_line ? Status::uri_too_long : Status::request_header_fields_too_large);
    }
  }
  request_.target = head_.text(target_);  // for a log, if no more comes
  return {.event = Event::need_more, .consumed = total, .body = {}};
}

RequestParser::Parsed RequestParser::complete_head(std::size_t consumed) {
  request_.fields = head_.complete_fields();
  request_.target = head_.text(target_);
  if (!has_proper_host(request_.fields, request_.minor_version)) return fail(Status::bad_request);
  const auto framing = read_framing(request_.fields, request_.minor_version);
  if (!framing) return fail(framing.error());
  // Two readers of the same fields have to agree on where the request ends.
  const bool llhttp_chunked = (llhttp_.flags & F_CHUNKED) != 0;
  if (framing->chunked != llhttp_chunked || framing->content_length != llhttp_.content_length) {
    return fail(Status::bad_request);
  }
  if (framing->content_length > limits_.body) return fail(Status::content_too_large);
  const auto expects_continue = read_expectation(request_.fields, request_.minor_version);
  if (!expects_continue) return fail(expects_continue.error());
  request_.has_body = framing->chunked || framing->content_length > 0;
  request_.expects_continue = *expects_continue && request_.has_body;
  request_.keep_alive = wants_keep_alive(request_.fields, request_.minor_version);
  phase_ = Phase::body;
  return {.event = Event::head, .consumed = consumed, .body = {}};
}

RequestParser::Parsed RequestParser::parse_body(std::string_view input) {
  std::size_t consumed = 0;
  body_ = {};
  const llhttp_errno_t result = execute(input.substr(0, limits_.body - body_octets_), consumed);
  body_octets_ += consumed;
  if (!body_.empty()) return {.event = Event::body, .consumed = consumed, .body = body_};
  if (end_reached_) {
    phase_ = Phase::between;
    return {.event = Event::end, .consumed = consumed, .body = {}};
  }
  if (result != HPE_OK) return fail(Status::bad_request);
  if (body_octets_ >= limits_.body) return fail(Status::content_too_large);
  return {.event = Event::need_more, .consumed = consumed, .body = {}};
}

RequestParser::Parsed RequestParser::fail(Status status) {
  phase_ = Phase::failed;
  error_ = status;
  request_.target = head_.text(target_);
  request_.keep_alive = false;
  return {.event = Event::error, .consumed = 0, .body = {}};
}

/// Lets llhttp read; `consumed` is how far it came. A pause is taken back, for the next call.
llhttp_errno_t RequestParser::execute(std::string_view input, std::size_t& consumed) {
  head_.begin_piece(input);
  const llhttp_errno_t result = llhttp_execute(&llhttp_, input.data(), input.size());
  consumed = input.size();
  if (result == HPE_OK) return result;
  consumed = static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - input.data());
  if (result == HPE_PAUSED) llhttp_resume(&llhttp_);
  return result;
}

/// llhttp takes several spaces for one, and RTSP for HTTP; RFC 9112 §3 wants single ones, and §2.3 "HTTP".
std::optional<Status> RequestParser::objection_to_request_line() const {
  constexpr std::string_view protocol = " HTTP/";
  if (target_.begin != method_.end + 1 || version_.begin != target_.end + protocol.size()) return Status::bad_request;
  for (std::size_t i = 0; i < protocol.size(); ++i) {
    if (head_.octet(target_.end + i) != protocol[i]) return Status::bad_request;
  }
  // RFC 9110 §6.2: a later minor version is processed as the highest we know; another major one is not.
  if (llhttp_.http_major != 1) return Status::http_version_not_supported;
  return std::nullopt;
}

}  // namespace handwave::http
