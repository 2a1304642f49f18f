// What stands behind a Session: Mbed TLS's context, and what passes between it and us while it is called.
#pragma once

#include <mbedtls/ssl.h>

#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "tls/context_parts.hpp"
#include "tls/failure.hpp"
#include "tls/mbed.hpp"
#include "tls/mbed_state.hpp"
#include "tls/record.hpp"
#include "tls/session.hpp"
#include "tls/suites.hpp"
#include "tls/verification.hpp"

namespace handwave::tls {

struct Resumption::Parts {
  mutable Owned<mbedtls_ssl_session, mbedtls_ssl_session_init, mbedtls_ssl_session_free> session;
  std::string server;     ///< whose certificate was verified, if it was
  bool verified = false;  ///< against authorities
};

/// It stays where it is: Mbed TLS's callbacks get its address.
struct Session::Parts {
  Parts(std::shared_ptr<Configuration> of, Sink to, std::string_view expected);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  /// Calls Mbed TLS with `ciphertext` to read from, and takes off it what was read. What a callback of ours threw in
  /// the meantime is thrown on.
  template <class Call>
  int run(Bytes& ciphertext, Call call) {
    input = ciphertext;
    const int result = call();
    ciphertext = std::exchange(input, {});
    if (result >= 0) answered_with_alert = false;  // small records of data look the same
    if (thrown) {
      (void)fail({TlsError::internal, std::nullopt, ""});
      std::rethrow_exception(std::exchange(thrown, nullptr));
    }
    return result;
  }
  /// Makes it a client's, which calls the server of that name.
  void call(std::string_view whom, bool verified, const Resumption* resume);
  void try_to_resume(const Resumption::Parts& earlier);
  /// Takes the handshake as far as it goes.
  int shake_hands();
  /// Must the client show a certificate, and does none that it showed pass?
  [[nodiscard]] bool refuses_client() const;
  /// Keeps what a client can resume from.
  void keep_for_resumption();
  bool goes_on_after(int result);
  /// What went wrong, when Mbed TLS returned `result`.
  [[nodiscard]] Failure judge(int result) const;
  /// If the handshake failed at the peer's CertificateVerify (RFC 8446 §4.4.3) or Finished (§4.4.4, RFC 5246 §7.4.9):
  /// that it did not verify. Mbed TLS says no more than that the handshake failed.
  [[nodiscard]] std::optional<Failure> failed_proof() const;
  /// Ends the session with that error, and tells the peer.
  std::error_code fail(int result);
  std::error_code fail(const Failure& found);

  /// Mbed TLS handles a ticket in two calls; is this between them?
  [[nodiscard]] bool within_ticket() const { return handshake_state(*ssl.get()) != MBEDTLS_SSL_HANDSHAKE_OVER; }
  [[nodiscard]] bool is_server() const {
    return mbedtls_ssl_conf_get_endpoint(context->mbed.get()) == MBEDTLS_SSL_IS_SERVER;
  }
  [[nodiscard]] bool is_1_3() const { return mbedtls_ssl_get_version_number(ssl.get()) == MBEDTLS_SSL_VERSION_TLS1_3; }
  [[nodiscard]] Suite suite() const { return suite_of(mbedtls_ssl_get_ciphersuite_id_from_ssl(ssl.get())); }
  /// May AES-GCM protect no more of what we send (RFC 8446 §5.5)?
  [[nodiscard]] bool keys_exhausted() const;

  /// Alerts that end the session, which Mbed TLS would pass over.
  [[nodiscard]] std::optional<Alert> skipped_alert() const;
  [[nodiscard]] std::optional<Alert> plain_alert() const;

  // ---- Mbed TLS's callbacks (session_callbacks.cpp); `self` points to these parts ----
  static int receive(void* self, unsigned char* into, std::size_t size);
  static int send(void* self, const unsigned char* octets, std::size_t size);
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);
  static void export_keys(void* self, mbedtls_ssl_key_export_type type, const unsigned char* secret, std::size_t size,
                          const unsigned char client_random[32], const unsigned char server_random[32],
                          mbedtls_tls_prf_types function);

  std::shared_ptr<Configuration> context;
  Sink sink;
  Owned<mbedtls_ssl_context, mbedtls_ssl_init, mbedtls_ssl_free> ssl;
  Verification verification;

  Bytes input;                ///< while Mbed TLS is called
  std::exception_ptr thrown;  ///< by a callback of ours
  RecordReader reader;
  std::uint64_t records_sent = 0;    ///< since the handshake
  std::optional<Alert> heard;        ///< an alert that Mbed TLS would not have taken for one
  bool answered_with_alert = false;  ///< the last thing sent since the last octet was read is an alert

  std::string server;          ///< a client's: whom it calls
  bool verifies = false;       ///< a client's: the server's certificate
  std::string asked_name;      ///< a server's: the name in the client's SNI
  int step = 0;                ///< of the handshake (mbedtls_ssl_states), the last that was begun
  bool ticket_opened = false;  ///< a server's: the client has brought one of this context's
  bool full_handshake = false;
  bool complete = false;  ///< the handshake
  bool peer_closed = false;
  bool truncated = false;  ///< the input ended without that
  bool closed = false;     ///< our close_notify is sent
  std::error_code error;
  std::string failure;
  std::shared_ptr<const Resumption> resumption;
};

}  // namespace handwave::tls
