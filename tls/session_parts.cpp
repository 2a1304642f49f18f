#include "tls/session_parts.hpp"

#include <system_error>
#include <utility>

#include "tls/host_name.hpp"

namespace handwave::tls {

Session::Parts::Parts(std::shared_ptr<Configuration> of, Sink to, std::string_view expected)
    : context(std::move(of)), sink(std::move(to)), verification(expected) {
  if (mbedtls_ssl_setup(ssl.get(), context->mbed.get()) != 0) {
    throw std::system_error(TlsError::out_of_memory, "TLS: cannot set up a session");
  }
  mbedtls_ssl_set_bio(ssl.get(), this, send, receive, nullptr);
  mbedtls_ssl_set_verify(ssl.get(), verify, this);
  if (context->key_log) mbedtls_ssl_set_export_keys_cb(ssl.get(), export_keys, this);
}

void Session::Parts::call(std::string_view whom, bool verified, const Resumption* resume) {
  server = whom;
  verifies = verified;
  if (whom.ends_with('.')) whom.remove_suffix(1);  // RFC 6066 §3: without a trailing dot
  if (whom.empty() && verified) {
    throw std::system_error(TlsError::certificate_name_mismatch, "TLS: whose certificate is it to be?");
  }
  // RFC 6066 §3 has names only in SNI. An address goes unnamed, and Verification looks for it in the certificate.
  const bool is_name = !whom.empty() && !parse_address(whom);
  if (mbedtls_ssl_set_hostname(ssl.get(), is_name ? std::string(whom).c_str() : nullptr) != 0) {
    throw std::system_error(TlsError::certificate_name_mismatch, "TLS: no host has a name as long as that");
  }
  if (resume != nullptr) try_to_resume(resume->parts());
}

/// What does not fit this session is left out, and a full handshake follows.
void Session::Parts::try_to_resume(const Resumption::Parts& earlier) {
  // RFC 8446 §4.6.1: only with the server whose certificate was verified.
  if (earlier.server != server || (verifies && !earlier.verified)) return;
  const Version version =
      version_of(*earlier.session.get()) == MBEDTLS_SSL_VERSION_TLS1_3 ? Version::tls1_3 : Version::tls1_2;
  if (version < context->lowest || version > context->highest) return;
  (void)mbedtls_ssl_set_session(ssl.get(), earlier.session.get());
}

int Session::Parts::shake_hands() {
  if (context->tickets) context->tickets->serve(asked_name);
  while (handshake_state(*ssl.get()) != MBEDTLS_SSL_HANDSHAKE_OVER) {
    // A resumed session has no Certificate message: RFC 8446 §2.2, RFC 5077 §3.1.
    step = handshake_state(*ssl.get());
    full_handshake |= step == MBEDTLS_SSL_SERVER_CERTIFICATE;
    // RFC 8446 §4.6.1: a client's proof is good for the lifetime of one ticket, and resuming gives no other.
    if (step == MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET && context->client_must_prove && !full_handshake) {
      leave_out_tickets(*ssl.get());
      break;
    }
    const int result = mbedtls_ssl_handshake_step(ssl.get());
    ticket_opened |= context->tickets && context->tickets->opened();
    if (result != 0) return result;
    if (step == MBEDTLS_SSL_CLIENT_CERTIFICATE && refuses_client()) return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    if (step == MBEDTLS_SSL_SERVER_FINISHED && is_server() && is_1_3()) send_with_application_keys(*ssl.get());
  }
  // Whoever resumes has proven who they are to this very context: no other has the key that opens its tickets.
  const bool resumes = ticket_opened && !full_handshake;
  if (!resumes && refuses_client()) return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
  complete = true;
  records_sent = 0;
  if (!is_server()) keep_for_resumption();
  return 0;
}

bool Session::Parts::refuses_client() const {
  if (!is_server() || !context->client_must_prove) return false;
  return mbedtls_ssl_get_verify_result(ssl.get()) != 0;
}

void Session::Parts::keep_for_resumption() {
  auto parts = std::make_shared<Resumption::Parts>();
  if (mbedtls_ssl_get_session(ssl.get(), parts->session.get()) != 0 || !has_ticket(*parts->session.get())) return;
  parts->server = server;
  parts->verified = verifies;
  resumption = std::make_shared<Resumption>(std::move(parts));
}

/// Mbed TLS returned from reading without an octet of plaintext. May it be asked again?
bool Session::Parts::goes_on_after(int result) {
  switch (result) {
    case 0:  // three empty records in a row; the end of input it never hears of from us
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET:
      return true;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:  // RFC 8446 §6: the level of close_notify means nothing
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
      peer_closed = result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || alert_read(*ssl.get()) == Alert::close_notify;
      return peer_closed;
    default:
      return false;
  }
}

bool Session::Parts::keys_exhausted() const {
  return records_sent + 1 >= context->records_per_key && suite().aes_gcm;  // the last one is for an alert
}

std::error_code Session::Parts::fail(int result) { return fail(judge(result)); }

Failure Session::Parts::judge(int result) const {
  if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
    return failure_of(heard ? *heard : alert_read(*ssl.get()).value_or(Alert::close_notify));
  }
  // All bits are set as long as there is nothing to verify: then a certificate is missing, or cannot even be read.
  const std::uint32_t flags = mbedtls_ssl_get_verify_result(ssl.get());
  const bool verified = result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
                        (result == MBEDTLS_ERR_SSL_BAD_CERTIFICATE && flags != UINT32_MAX);
  if (verified && flags != 0) {
    const TlsError worst = verification.error(flags);
    return {worst, alert_for(worst, is_1_3()), verification.sentence(flags)};
  }
  if (result == MBEDTLS_ERR_SSL_INVALID_RECORD && read_alert(*ssl.get())) {  // RFC 8446 §6: two octets
    return {TlsError::malformed_message, Alert::decode_error, ""};
  }
  if (result == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE) {
    if (const auto failed = failed_proof()) return *failed;
  }
  return failure_of(result, reader);
}

std::optional<Failure> Session::Parts::failed_proof() const {
  const bool serves = is_server();
  if (is_1_3() && step == (serves ? MBEDTLS_SSL_CLIENT_CERTIFICATE_VERIFY : MBEDTLS_SSL_CERTIFICATE_VERIFY))
    return Failure{TlsError::signature_mismatch, Alert::decrypt_error, ""};
  if (step == (serves ? MBEDTLS_SSL_CLIENT_FINISHED : MBEDTLS_SSL_SERVER_FINISHED))
    return Failure{TlsError::handshake_failed, Alert::decrypt_error, "the two ends have not seen the same handshake"};
  return std::nullopt;
}

std::error_code Session::Parts::fail(const Failure& found) {
  error = found.error;
  failure = found.sentence.empty() ? error.message() : found.sentence;
  if (found.alert && !answered_with_alert && !thrown) {
    mbedtls_ssl_send_alert_message(ssl.get(), MBEDTLS_SSL_ALERT_LEVEL_FATAL, static_cast<unsigned char>(*found.alert));
  }
  return error;
}

}  // namespace handwave::tls
