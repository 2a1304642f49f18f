#include "apps/fetch.hpp"

#include <utility>

#include "apps/http/request.hpp"

namespace handwave {
namespace {

using http::ResponseParser;
using Kind = FetchError::Kind;

/// What the parser has found so far, and what is still to be said about it.
class Reception {
 public:
  explicit Reception(const BodySink& sink) : parser_(http::Method::get), sink_(sink) {}

  /// Parses all of `octets`, or until the end. True when there is nothing left to read.
  bool take(std::string_view octets) {
    while (!over_) {
      const auto parsed = parser_.parse(octets);
      octets.remove_prefix(parsed.consumed);
      if (parsed.event == ResponseParser::Event::need_more) break;
      handle(parsed.event, parsed.body);
    }
    return over_;
  }
  /// The stream has ended. Where its end could have been forged, a body that only it delimits is not whole.
  void finish(bool trustworthy) {
    const auto event = parser_.finish();
    if (event == ResponseParser::Event::end && trustworthy) return handle(event, {});
    fail(Kind::cut_short, event == ResponseParser::Event::end
                              ? "the response was cut short: the connection ended without a close_notify"
                              : std::string{parser_.error()});
  }
  [[nodiscard]] std::expected<FetchedHead, FetchError> result() && {
    if (!error_.sentence.empty()) return std::unexpected(std::move(error_));
    return std::move(head_);
  }

 private:
  void handle(ResponseParser::Event event, std::string_view body) {
    switch (event) {
      case ResponseParser::Event::head:
        head_.status = static_cast<int>(parser_.head().status);
        head_.reason = parser_.head().reason;
        break;
      case ResponseParser::Event::body:
        if (!sink_(head_, body)) fail(Kind::sink, "the body could not be stored");
        break;
      case ResponseParser::Event::end:
        over_ = true;
        break;
      default:
        fail(Kind::malformed, std::string{parser_.error()});
    }
  }
  void fail(Kind kind, std::string why) {
    error_ = {kind, std::move(why)};
    over_ = true;
  }

  ResponseParser parser_;
  const BodySink& sink_;
  FetchedHead head_;
  FetchError error_;
  bool over_ = false;
};

/// Whose error it is: of TLS, or of what carries it.
FetchError failure(const std::string& what, std::error_code error) {
  if (error.category() == tls::tls_error_category()) return {Kind::tls, "TLS failed: " + error.message()};
  return {Kind::transport, what + error.message()};
}

}  // namespace

template <ByteStream S>
Task<std::expected<FetchedHead, FetchError>> fetch(Sockets& sockets, S& stream, const http::Url& url,
                                                   const BodySink& sink) {
  const std::string request = http::write_request(http::Method::get, url);
  const auto written = co_await stream.write(as_bytes(request), sockets.now() + fetch_patience);
  if (!written) co_return std::unexpected(failure("the request could not be sent: ", written.error()));
  Reception reception{sink};
  while (true) {
    const auto octets = co_await stream.read(SIZE_MAX, sockets.now() + fetch_patience);
    const bool truncated = !octets && octets.error() == make_error_code(tls::TlsError::truncated);
    if (!octets && !truncated) co_return std::unexpected(failure("the response was cut short: ", octets.error()));
    if (truncated || octets->empty()) {
      reception.finish(!truncated);
      break;
    }
    if (reception.take(as_text(octets->bytes()))) break;
  }
  co_return std::move(reception).result();
}

template Task<std::expected<FetchedHead, FetchError>> fetch(Sockets&, Stream&, const http::Url&, const BodySink&);
template Task<std::expected<FetchedHead, FetchError>> fetch(Sockets&, TlsStream&, const http::Url&, const BodySink&);

}  // namespace handwave
