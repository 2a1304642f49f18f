// What can go wrong in TLS, as a person understands it: RFC 8446 §6, RFC 5246 §7.2, RFC 5280 §6.
#pragma once

#include <cstdint>
#include <system_error>

namespace handwave::tls {

enum class TlsError {
  // Files that were given.
  no_certificate = 1,  ///< there is no PEM certificate in it
  bad_certificate,     ///< it is no X.509 certificate
  no_key,              ///< there is no PEM private key in it
  bad_key,             ///< it is no private key that we can use: RSA, or ECDSA on P-256, P-384 or P-521
  key_encrypted,       ///< it wants a password
  key_mismatch,        ///< the key is not the certificate's
  // The connection.
  not_tls,               ///< what came is no TLS record: plain HTTP, say
  truncated,             ///< FIN without close_notify: an attacker may have cut the stream (RFC 8446 §6.1)
  closed,                ///< written after our close_notify
  no_common_version,     ///< the peer speaks none of our versions
  no_common_parameters,  ///< no suite, group or signature scheme in common
  no_common_protocol,    ///< ALPN: no application protocol in common (RFC 7301 §3.2)
  bad_record,            ///< a record that does not authenticate: damaged or forged
  unexpected_message,    ///< a message at the wrong time, or one that we do not know, such as KeyUpdate
  malformed_message,     ///< a message that breaks its own rules
  keys_exhausted,        ///< as many records as one key may protect (RFC 8446 §5.5)
  signature_mismatch,    ///< the peer does not have the key of its certificate
  handshake_failed,      ///< for any other reason
  // The peer's certificate.
  certificate_missing,  ///< it sent none, and one is required
  certificate_expired,
  certificate_not_yet_valid,
  certificate_name_mismatch,      ///< it is valid, but for another name or address
  certificate_unknown_authority,  ///< signed by nobody whom we trust
  certificate_self_signed,        ///< signed by itself, and not among those whom we trust
  certificate_wrong_use,          ///< its key usage does not allow this
  certificate_revoked,
  certificate_weak,     ///< a hash, key or curve that is too weak to prove anything
  certificate_invalid,  ///< anything else
  // Ours.
  out_of_memory,
  internal,
};

const std::error_category& tls_error_category();
inline std::error_code make_error_code(TlsError error) { return {static_cast<int>(error), tls_error_category()}; }

/// The error "the peer sent the fatal alert X": of the same category, above every TlsError.
std::error_code alert_received(std::uint8_t description);
/// True if `error` is an alert that the peer sent.
bool is_alert(std::error_code error);
/// True if `error` is about the peer's certificate: certificate_missing to certificate_invalid.
bool is_certificate_error(std::error_code error);

}  // namespace handwave::tls

template <>
struct std::is_error_code_enum<handwave::tls::TlsError> : std::true_type {};
