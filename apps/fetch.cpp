#include "apps/fetch.hpp"

#include <utility>

#include "apps/http/request.hpp"

namespace handwave {
namespace {

using http::ResponseParser;

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
  void finish() { handle(parser_.finish(), {}); }
  [[nodiscard]] std::expected<FetchedHead, std::string> result() && {
    if (!error_.empty()) return std::unexpected(std::move(error_));
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
        if (!sink_(head_, body)) fail("the body could not be stored");
        break;
      case ResponseParser::Event::end:
        over_ = true;
        break;
      default:
        fail(std::string{parser_.error()});
    }
  }
  void fail(std::string why) {
    error_ = std::move(why);
    over_ = true;
  }

  ResponseParser parser_;
  const BodySink& sink_;
  FetchedHead head_;
  std::string error_;
  bool over_ = false;
};

}  // namespace

Task<std::expected<FetchedHead, std::string>> fetch(Sockets& sockets, Stream& stream, const http::Url& url,
                                                    const BodySink& sink) {
  const std::string request = http::write_request(http::Method::get, url);
  const auto written = co_await stream.write(as_bytes(request), sockets.now() + fetch_patience);
  if (!written) co_return std::unexpected("the request could not be sent: " + written.error().message());
  Reception reception{sink};
  while (true) {
    const auto octets = co_await stream.read(SIZE_MAX, sockets.now() + fetch_patience);
    if (!octets) co_return std::unexpected("the response was cut short: " + octets.error().message());
    if (octets->empty()) {
      reception.finish();
      break;
    }
    if (reception.take(as_text(octets->bytes()))) break;
  }
  co_return std::move(reception).result();
}

}  // namespace handwave
