// Reading a response: RFC 9112 §4, §6.3 (where it ends), §8 (where it is cut short).
#include "apps/http/response_parser.hpp"

#include <algorithm>

#include "apps/http/head_checks.hpp"

namespace handwave::http {

struct ResponseParser::Callbacks {
  static ResponseParser& self(llhttp_t* llhttp) { return *static_cast<ResponseParser*>(llhttp->data); }

  static int on_status(llhttp_t* llhttp, const char* at, std::size_t length) {
    self(llhttp).head_.extend(self(llhttp).reason_, at, length);
    return HPE_OK;
  }

  static int on_version_complete(llhttp_t* llhttp) {
    if (llhttp->http_major == 1) return HPE_OK;
    self(llhttp).error_ = "the response is not HTTP/1";
    return HPE_USER;
  }

  static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t length) {
    // Trailers are read and forgotten.
    if (self(llhttp).phase_ != Phase::body) self(llhttp).head_.extend_name(at, length);
    return HPE_OK;
  }

  static int on_header_field_complete(llhttp_t* llhttp) {
    if (self(llhttp).head_.count_fields() <= max_fields) return HPE_OK;
    self(llhttp).error_ = "the response has too many header fields";
    return HPE_USER;
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
    // RFC 9112 §6.3, 1: no body whatever the fields say, which for 304 llhttp would take at their word.
    const bool head_only = self(llhttp).request_method_ == Method::head;
    if (head_only || has_no_content(static_cast<Status>(llhttp->status_code))) llhttp->flags |= F_SKIPBODY;
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
      made.on_status = on_status;
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

ResponseParser::ResponseParser(Method request_method) : request_method_(request_method) { begin_message(); }

ResponseParser::Parsed ResponseParser::parse(std::string_view input) {
  switch (phase_) {
    case Phase::head:
      return parse_head(input);
    case Phase::body:
      return parse_body(input);
    case Phase::done:
      return {.event = Event::end, .consumed = 0, .body = {}};
    case Phase::failed:
      break;
  }
  return {.event = Event::error, .consumed = 0, .body = {}};
}

ResponseParser::Event ResponseParser::finish() {
  if (phase_ == Phase::done) return Event::end;
  if (phase_ == Phase::failed) return Event::error;
  if (phase_ == Phase::body && (until_close_ || parse_body({}).event == Event::end)) {
    phase_ = Phase::done;
    return Event::end;
  }
  const bool nothing = phase_ == Phase::head && head_.size() == 0;
  return fail(nothing ? "the server closed without a response" : "the response is cut short").event;
}

void ResponseParser::begin_message() {
  llhttp_init(&llhttp_, HTTP_RESPONSE, Callbacks::settings());
  llhttp_.data = this;
  llhttp_set_lenient_version(&llhttp_, 1);  // the version is ours to check
  head_.clear();
  reason_ = {};
  end_reached_ = false;
}

ResponseParser::Parsed ResponseParser::parse_head(std::string_view input) {
  std::size_t total = 0;
  while (total < input.size()) {
    const std::size_t room = max_head - interim_octets_ - head_.size();
    if (room == 0) return fail("the response's head is too long");
    std::size_t consumed = 0;
    const std::string_view piece = input.substr(total, room);
    const llhttp_errno_t result = execute(piece, consumed);
    head_.append(piece.substr(0, consumed));
    total += consumed;
    if (result == HPE_PAUSED) {
      const Parsed parsed = complete_head(total);
      if (parsed.event != Event::need_more) return parsed;
    } else if (result != HPE_OK) {
      return fail(error_.empty() ? "the response is not understood" : error_);
    }
  }
  return {.event = Event::need_more, .consumed = total, .body = {}};
}

/// `need_more` after an interim response: the next one may follow at once.
ResponseParser::Parsed ResponseParser::complete_head(std::size_t consumed) {
  response_.status = static_cast<Status>(llhttp_.status_code);
  response_.reason = head_.text(reason_);
  response_.minor_version = std::min<int>(llhttp_.http_minor, 1);
  response_.fields = head_.complete_fields();
  if (code(response_.status) < 100 || code(response_.status) > 599)
    return fail("the response's status is out of range");
  if (response_.status == Status::switching_protocols) return fail("the server switched protocols unasked");
  if (code(response_.status) < 200) {
    interim_octets_ += head_.size();
    response_ = {};
    begin_message();
    return {};
  }
  const auto framing = read_framing(response_.fields, response_.minor_version);
  if (!framing) return fail("the response's length or transfer coding is not understood");
  if ((llhttp_.flags & F_SKIPBODY) != 0) {
    response_.body_octets = 0;
  } else if (framing->chunked) {
    response_.body_octets = std::nullopt;
  } else if (count_fields(response_.fields, "Content-Length") > 0) {
    response_.body_octets = framing->content_length;
  } else {
    response_.body_octets = std::nullopt;
    until_close_ = true;
  }
  response_.keep_alive = !until_close_ && wants_keep_alive(response_.fields, response_.minor_version);
  phase_ = Phase::body;
  return {.event = Event::head, .consumed = consumed, .body = {}};
}

ResponseParser::Parsed ResponseParser::parse_body(std::string_view input) {
  std::size_t consumed = 0;
  body_ = {};
  const llhttp_errno_t result = execute(input, consumed);
  // Chunk extensions and trailers have no end of their own: they may be as long as a head between two contents.
  framing_octets_ += consumed - body_.size();
  if (framing_octets_ > max_head) return fail("a chunk's extensions or the trailers are too long");
  if (!body_.empty()) framing_octets_ = 0;
  if (!body_.empty()) return {.event = Event::body, .consumed = consumed, .body = body_};
  if (end_reached_) {
    phase_ = Phase::done;
    return {.event = Event::end, .consumed = consumed, .body = {}};
  }
  if (result != HPE_OK) return fail("the response's body is not understood");
  return {.event = Event::need_more, .consumed = consumed, .body = {}};
}

ResponseParser::Parsed ResponseParser::fail(std::string_view why) {
  phase_ = Phase::failed;
  error_ = why;
  return {.event = Event::error, .consumed = 0, .body = {}};
}

/// Lets llhttp read; `consumed` is how far it came. A pause is taken back, for the next call.
llhttp_errno_t ResponseParser::execute(std::string_view input, std::size_t& consumed) {
  head_.begin_piece(input);
  const llhttp_errno_t result = llhttp_execute(&llhttp_, input.data(), input.size());
  consumed = input.size();
  if (result == HPE_OK) return result;
  consumed = static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - input.data());
  if (result == HPE_PAUSED) llhttp_resume(&llhttp_);
  return result;
}

}  // namespace handwave::http
