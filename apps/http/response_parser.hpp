// Octets to a response, for the client: RFC 9112 §4, §6.3 and §8, read by llhttp.
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

/// The head of a response. Views of the parser's buffer.
struct ResponseHead {
  Status status{};                           ///< any number from 100 to 599
  std::string_view reason;                   ///< may be empty
  int minor_version = 1;                     ///< of HTTP/1.x
  Fields fields;                             ///< in the order received
  std::optional<std::uint64_t> body_octets;  ///< if it is known before: Content-Length, or 0 for no body
  bool keep_alive = false;                   ///< the connection persists after the response's end
};

/// Reads one final response from octets cut anywhere; interim ones (1xx) before it are skipped.
class ResponseParser {
 public:
  static constexpr std::size_t max_head = 64 * 1024;  ///< octets of all heads, of interim responses too
  static constexpr std::size_t max_fields = 200;

  enum class Event : std::uint8_t {
    need_more,  ///< all of the input is consumed, and nothing is complete
    head,       ///< head() is complete
    body,       ///< `Parsed::body` is the next piece of content, never empty
    end,        ///< the response is complete; what is left of the input is not part of it
    error,      ///< error() says what is wrong
  };
  struct Parsed {
    Event event = Event::need_more;
    std::size_t consumed = 0;  ///< octets of the input that are done with
    std::string_view body;     ///< a part of the input
  };

  /// For the response to a request with that method: HEAD has no body in its response.
  explicit ResponseParser(Method request_method);
  ResponseParser(const ResponseParser&) = delete;  // head() has views of the parser itself
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// Reads on until there is an event. Call again with what it did not consume.
  Parsed parse(std::string_view input);
  /// The server has closed its side: `end` if that ends the response (RFC 9112 §6.3, 8), `error` if it is cut short
  /// (RFC 9112 §8).
  Event finish();

  [[nodiscard]] const ResponseHead& head() const { return response_; }
  /// What is wrong, in a few words for a person.
  [[nodiscard]] std::string_view error() const { return error_; }

 private:
  enum class Phase : std::uint8_t { head, body, done, failed };
  struct Callbacks;

  void begin_message();
  Parsed parse_head(std::string_view input);
  Parsed parse_body(std::string_view input);
  Parsed complete_head(std::size_t consumed);
  Parsed fail(std::string_view why);
  llhttp_errno_t execute(std::string_view input, std::size_t& consumed);

  Method request_method_;
  llhttp_t llhttp_{};
  Phase phase_ = Phase::head;
  ResponseHead response_;
  std::string_view error_;
  HeadText head_;
  HeadText::Span reason_;
  std::size_t interim_octets_ = 0;    // of the heads of interim responses
  bool until_close_ = false;          // RFC 9112 §6.3, 8: the connection's end is the body's
  bool end_reached_ = false;          // llhttp has seen the response's end
  std::string_view body_;             // the piece of content it has found
  std::uint64_t framing_octets_ = 0;  // of chunk sizes, extensions and trailers since the latest content
};

}  // namespace handwave::http
