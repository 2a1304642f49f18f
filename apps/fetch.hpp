// An HTTP exchange from the client's side: a request out, a response in (RFC 9112).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "apps/byte_stream.hpp"
#include "apps/http/response_parser.hpp"
#include "apps/http/url.hpp"
#include "apps/tls_stream.hpp"
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

/// Why there is no response, or not all of it.
struct FetchError {
  enum class Kind : std::uint8_t {
    transport,  ///< the connection failed, or was silent for too long
    tls,        ///< TLS failed: an alert, or a record that does not authenticate
    cut_short,  ///< it ended before the response did
    malformed,  ///< what came is no HTTP response
    sink,       ///< the body could not be stored
  };
  Kind kind = Kind::transport;
  std::string sentence;  ///< for a person
};

/// GETs `url` over `stream`, which stays open.
template <ByteStream S>
Task<std::expected<FetchedHead, FetchError>> fetch(Sockets& sockets, S& stream, const http::Url& url,
                                                   const BodySink& sink);

extern template Task<std::expected<FetchedHead, FetchError>> fetch(Sockets&, Stream&, const http::Url&,
                                                                   const BodySink&);
extern template Task<std::expected<FetchedHead, FetchError>> fetch(Sockets&, TlsStream&, const http::Url&,
                                                                   const BodySink&);

}  // namespace handwave
