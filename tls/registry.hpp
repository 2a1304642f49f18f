// Numbers of TLS and their names, as RFC 8446 Appendix B and RFC 5246 Appendix A list them.
#pragma once

#include <cstdint>
#include <string>

namespace handwave::tls {

/// RFC 8446 §B.1.
enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

/// RFC 8446 §B.3, with the messages of TLS 1.2 (RFC 5246 §7.4) that it reserves.
enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_status = 22,
  key_update = 24,
};

/// RFC 8446 §4.2: the extensions that are looked into.
enum class ExtensionType : std::uint16_t {
  server_name = 0,
  application_layer_protocol_negotiation = 16,
  pre_shared_key = 41,
  supported_versions = 43,
  key_share = 51,
};

// The names that follow are the RFCs'; a number that has none here is written as one: "0xc013".

/// "ClientHello".
std::string name_of(HandshakeType type);
/// "x25519" (RFC 8446 §4.2.7).
std::string group_name(std::uint16_t group);
/// "ecdsa_secp256r1_sha256" (RFC 8446 §4.2.3).
std::string signature_scheme_name(std::uint16_t scheme);
/// "TLS 1.3"; a client may offer numbers that are no version (RFC 8701).
std::string version_name(std::uint16_t version);

}  // namespace handwave::tls
