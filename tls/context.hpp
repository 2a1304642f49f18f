// What the sessions of one server, or of one client, have in common: RFC 8446, RFC 5246, and RFC 9325 for the choices.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/certificate.hpp"

namespace handwave::tls {

/// How many records one AES-GCM key may protect (RFC 8446 §5.5): 2^24.5. Since Mbed TLS 3.6 changes no key of a session
/// (KeyUpdate, §4.6.3), a session sends no more than that, about 390 GB in full records: keys_exhausted.
constexpr std::uint64_t aes_gcm_records = 23'726'566;

struct ServerOptions {
  /// Chosen by the name that the client asks for (SNI, RFC 6066 §3), and among those by what its signature schemes
  /// allow; the ones like the first if no name fits. At least one.
  std::vector<Identity> identities = {};
  Version lowest = Version::tls1_2;
  Version highest = Version::tls1_3;
  std::vector<std::string> protocols = {"http/1.1"};  ///< ALPN (RFC 7301), best first; empty: none
  std::optional<Authorities> client_authorities =
      {};  ///< if set, a client must show a certificate signed by one of them
  /// Session tickets (RFC 8446 §4.6.1, RFC 5077): how long they are good; the key that seals them changes as often.
  /// Nothing: no tickets. At most seven days.
  std::optional<std::chrono::seconds> ticket_lifetime = std::chrono::hours{24};
  /// TLS 1.2 with the static RSA key exchange only (RFC 5246 §7.4.7.1), as textbooks draw it. It has no forward
  /// secrecy: for demonstrations. Needs an RSA identity.
  bool teach_static_rsa = false;
  KeyLog key_log = {};  ///< empty: none. It gives away everything that is said.
  Random random = {};
  std::uint64_t records_per_key = aes_gcm_records;
};

struct ClientOptions {
  /// Who may vouch for the server; nothing: whoever it is will do, and nothing is verified.
  std::optional<Authorities> authorities = {};
  std::optional<Identity> identity = {};  ///< ours, if the server asks for one
  Version lowest = Version::tls1_2;
  Version highest = Version::tls1_3;
  std::vector<std::string> protocols = {"http/1.1"};
  bool teach_static_rsa = false;  ///< as for a server
  KeyLog key_log = {};
  Random random = {};
  std::uint64_t records_per_key = aes_gcm_records;
};

/// Copies share everything. It may go before its sessions do. One thread at a time.
class ServerContext {
 public:
  /// Throws std::system_error (tls_error_category) if the options make no sense or memory is out.
  explicit ServerContext(ServerOptions options);

  struct Parts;
  [[nodiscard]] const std::shared_ptr<Parts>& parts() const { return parts_; }

 private:
  std::shared_ptr<Parts> parts_;
};

class ClientContext {
 public:
  explicit ClientContext(ClientOptions options);

  struct Parts;
  [[nodiscard]] const std::shared_ptr<Parts>& parts() const { return parts_; }

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace handwave::tls
