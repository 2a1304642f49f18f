// What Mbed TLS calls while a session's verb calls it. No exception may pass through it: each is kept for Parts::run.
#include <algorithm>

#include "tls/key_log.hpp"
#include "tls/session_parts.hpp"

namespace handwave::tls {
namespace {

/// An alert in a protected record of TLS 1.3 has type, length and padding of its own, so its size tells: header, two
/// octets with their type padded to 16, tag.
constexpr std::size_t protected_alert_size = RecordHeader::size + 16 + 16;

/// Does the record carry an alert? In TLS 1.3 a protected record hides its type.
bool carries_alert(Bytes record) {
  return record.front() == RecordHeader::alert ||
         (record.front() == RecordHeader::application_data && record.size() == protected_alert_size);
}

}  // namespace

int Session::Parts::receive(void* self, unsigned char* into, std::size_t size) {
  auto& parts = *static_cast<Parts*>(self);
  parts.heard = parts.skipped_alert();
  if (parts.heard) return MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
  if (parts.input.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
  const Bytes octets = parts.input.first(std::min(size, parts.input.size()));
  std::ranges::copy(octets, into);
  parts.input = parts.input.subspan(octets.size());
  parts.reader.advance(octets);
  parts.answered_with_alert = false;
  const RecordHeader& header = parts.reader.header();
  if (header.is_tls() && header.length > RecordHeader::longest_fragment) return MBEDTLS_ERR_SSL_INVALID_RECORD;
  parts.heard = parts.plain_alert();
  if (parts.heard) return MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
  return static_cast<int>(octets.size());
}

/// RFC 8446 §6: in TLS 1.3, every alert but these two is an error, whatever its level. Mbed TLS goes on after warnings.
std::optional<Alert> Session::Parts::skipped_alert() const {
  if (reader.inside() || !is_1_3()) return std::nullopt;
  const auto alert = alert_read(*ssl.get());
  return alert == Alert::close_notify || alert == Alert::user_canceled ? std::nullopt : alert;
}

/// RFC 8446 §A.1: a client that refuses the server's flight has no keys to protect its alert with; Mbed TLS would take
/// it for a forged record.
std::optional<Alert> Session::Parts::plain_alert() const {
  const RecordHeader& header = reader.header();
  if (complete || !is_1_3() || reader.inside() || header.type != RecordHeader::alert || header.length != 2) {
    return std::nullopt;
  }
  return static_cast<Alert>(reader.fragment_start()[1]);
}

int Session::Parts::send(void* self, const unsigned char* octets, std::size_t size) {
  auto& parts = *static_cast<Parts*>(self);
  try {
    parts.sink({octets, size});
  } catch (...) {
    parts.thrown = std::current_exception();
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
  parts.answered_with_alert = carries_alert({octets, size});
  ++parts.records_sent;
  return static_cast<int>(size);
}

int Session::Parts::verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  auto& parts = *static_cast<Parts*>(self);
  try {
    parts.verification.judge(*certificate, depth, *flags);
    return 0;
  } catch (...) {
    parts.thrown = std::current_exception();
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  }
}

void Session::Parts::export_keys(void* self, mbedtls_ssl_key_export_type type, const unsigned char* secret,
                                 std::size_t size, const unsigned char client_random[32],
                                 const unsigned char* /*server_random*/, mbedtls_tls_prf_types /*function*/) {
  auto& parts = *static_cast<Parts*>(self);
  try {
    const std::string line = key_log_line(type, {client_random, 32}, {secret, size});
    if (!line.empty()) parts.context->key_log(line);
  } catch (...) {
    parts.thrown = std::current_exception();
  }
}

}  // namespace handwave::tls
