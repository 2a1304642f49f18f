// An HTTP exchange from the client's side: a request out, a response in (RFC 9112).
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "apps/http/response_parser.hpp"
#include "apps/http/url.hpp"
#include "stack/sockets.hpp"

namespace handwave {

struct FetchedHead {
  int status = 0;
  std::string reason;
};

/// Takes the next octets of the body; false ends the exchange.
using BodySink = std::function<bool(const FetchedHead& head, std::string_view octets)>;

/// How long a server may leave us without an octet.
inline constexpr Duration fetch_patience = std::chrono::seconds{60};

/// GETs `url` over `stream`, which stays open. The error is a sentence for a person.
Task<std::expected<FetchedHead, std::string>> fetch(Sockets& sockets, Stream& stream, const http::Url& url,
                                                    const BodySink& sink);

}  // namespace handwave
