// Octets to requests: RFC 9112 §2 to §7, read by llhttp, with the limits and refusals that a server needs around it.
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "apps/http/fields.hpp"
#include "apps/http/head_text.hpp"
#include "apps/http/method.hpp"
#include "apps/http/status.hpp"

namespace handwave::http {

/// What a peer can make the parser hold, or read without an answer. Browsers stay below a tenth of each.
struct RequestLimits {
  std::size_t method = 32;              ///< octets; a longer one cannot be known: 501 (RFC 9112 §3)
  std::size_t request_line = 8 * 1024;  ///< octets, empty lines before it included; beyond: 414
  std::size_t head = 32 * 1024;         ///< octets of request line and header section; beyond: 431
  std::size_t fields = 100;             ///< header field lines; beyond: 431
  std::uint64_t body =
      std::uint64_t{1} << 20;  ///< octets after the head, chunk sizes, extensions and trailers too: 413
};

/// The head of a request. Everything in it is a view of the parser's buffer, until the next request begins.
struct Request {
  Method method = Method::get;
  std::string_view target;        ///< as it stood in the request line (RFC 9112 §3.2)
  int minor_version = 1;          ///< of HTTP/1.x; more than 1 is treated as 1 (RFC 9110 §6.2)
  Fields fields;                  ///< in the order received
  bool keep_alive = true;         ///< RFC 9112 §9.3: the client wants the connection to persist
  bool has_body = false;          ///< octets or chunks follow the head
  bool expects_continue = false;  ///< RFC 9110 §10.1.1: the client waits for 100 before it sends the body
};

/// Reads the requests of one connection, one after the other, from octets cut anywhere. Hands out each head once it is
/// complete, then the body in pieces, then its end. After an error it stays in error: the framing is lost.
class RequestParser {
 public:
  enum class Event : std::uint8_t {
    need_more,  ///< all of the input is consumed, and nothing is complete
    head,       ///< request() is complete; parse on for its body and end
    body,       ///< `Parsed::body` is the next piece of content, never empty
    end,        ///< the request is complete; the next call begins the next one
    error,      ///< refuse with error(), then close
  };
  struct Parsed {
    Event event = Event::need_more;
    std::size_t consumed = 0;  ///< octets of the input that are done with
    std::string_view body;     ///< a part of the input
  };

  explicit RequestParser(const RequestLimits& limits = {});
  RequestParser(const RequestParser&) = delete;  // request() has views of the parser itself
  RequestParser& operator=(const RequestParser&) = delete;

  /// Reads on until there is an event. Call again with what it did not consume; an empty input is fine.
  Parsed parse(std::string_view input);

  /// The latest head; of one that failed, what was understood of it.
  [[nodiscard]] const Request& request() const { return request_; }
  /// The name of the method as received, also of one that is unknown.
  [[nodiscard]] std::string_view method_name() const { return head_.text(method_); }
  /// Why `Event::error`: 400, 413, 414, 417, 431, 501 or 505.
  [[nodiscard]] Status error() const { return error_; }
  /// Nothing of the next request has come yet, not even an empty line.
  [[nodiscard]] bool idle() const { return phase_ == Phase::between; }
  /// A head has begun and is not complete.
  [[nodiscard]] bool in_head() const { return phase_ == Phase::method || phase_ == Phase::head; }
  /// A head is complete and its request's end is not reached.
  [[nodiscard]] bool in_body() const { return phase_ == Phase::body; }

 private:
  enum class Phase : std::uint8_t { between, method, head, body, failed };
  struct Callbacks;

  void begin_request();
  Parsed parse_method_name(std::string_view input);
  Parsed parse_head(std::string_view input);
  Parsed parse_body(std::string_view input);
  Parsed complete_head(std::size_t consumed);
  Parsed fail(Status status);
  llhttp_errno_t execute(std::string_view input, std::size_t& consumed);
  [[nodiscard]] std::optional<Status> objection_to_request_line() const;

  RequestLimits limits_;
  llhttp_t llhttp_{};
  Phase phase_ = Phase::between;
  Status error_ = Status::bad_request;
  Request request_;
  HeadText head_;
  HeadText::Span method_, target_, version_;
  bool line_complete_ = false;     // the request line is, but for its CRLF
  bool end_reached_ = false;       // llhttp has seen the request's end
  std::string_view body_;          // the piece of content it has found
  std::size_t skipped_ = 0;        // octets of empty lines before the request line
  std::uint64_t body_octets_ = 0;  // after the head, as received
};

}  // namespace handwave::http
