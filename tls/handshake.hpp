// What the messages of the handshake say, for someone who listens: RFC 8446 §4, RFC 5246 §7.4. Octets in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/key_log_line.hpp"
#include "tls/registry.hpp"
#include "tls/traffic_keys.hpp"

namespace handwave::tls {

constexpr std::uint16_t tls1_2_number = 0x0303;
constexpr std::uint16_t tls1_3_number = 0x0304;

/// RFC 8446 §4.1.2, RFC 5246 §7.4.1.2.
struct ClientHello {
  HelloRandom random{};
  std::vector<std::uint16_t> versions;  ///< that are offered, as the client orders them
  std::size_t suites = 0;               ///< how many are offered
  std::string server_name;              ///< SNI (RFC 6066 §3); empty: none
  std::vector<std::string> protocols;   ///< ALPN (RFC 7301)
  bool resumes = false;                 ///< offers a key of an earlier session (§4.2.11)
};
/// From the message's body. Nothing if it is malformed.
std::optional<ClientHello> parse_client_hello(Bytes body);

/// RFC 8446 §4.1.3, RFC 5246 §7.4.1.3.
struct ServerHello {
  HelloRandom random{};
  std::uint16_t version = 0;  ///< that was chosen
  std::uint16_t suite = 0;
  std::uint16_t group = 0;  ///< of the key share (§4.2.8); 0: none
  bool resumes = false;     ///< the client's key of an earlier session was chosen (§4.2.11)
  std::string protocol;     ///< ALPN's choice, which TLS 1.3 says elsewhere
  bool retry = false;       ///< it is a HelloRetryRequest (§4.1.4)
};
std::optional<ServerHello> parse_server_hello(Bytes body);

/// In a few words, without what a terminal should not get: "TLS 1.3 or 1.2, 31 suites, ALPN http/1.1".
std::string describe(const ClientHello& hello);
std::string describe(const ServerHello& hello);

/// What the connection has settled on; 0 and null if that is not known.
struct Settled {
  std::uint16_t version = 0;
  const CipherSuite* suite = nullptr;
};
/// Any other message, in a few words; empty if there is nothing to say, or it is malformed.
std::string describe(HandshakeType type, Bytes body, const Settled& settled);

}  // namespace handwave::tls
