#include "tls/certificate.hpp"

#include <fmt/format.h>
#include <mbedtls/sha256.h>

#include <array>
#include <iterator>

#include "tls/host_name.hpp"
#include "tls/mbed.hpp"
#include "tls/pem.hpp"

namespace handwave::tls {

std::expected<Identity, std::error_code> Identity::from_pem(std::string_view chain, std::string_view key) {
  initialise_cryptography();
  auto parts = std::make_shared<Parts>();
  const auto unread = read_certificates(chain, parts->chain);
  if (!unread) return std::unexpected(unread.error());
  if (*unread > 0) return std::unexpected(TlsError::bad_certificate);
  if (const auto read = read_key(key, parts->key); !read) return std::unexpected(read.error());
  if (mbedtls_pk_check_pair(&parts->chain->pk, parts->key.get(), draw_blinding, nullptr) != 0)
    return std::unexpected(TlsError::key_mismatch);
  return Identity{std::move(parts)};
}

std::string Identity::fingerprint() const {
  const mbedtls_x509_buf& der = parts_->chain->raw;
  std::array<unsigned char, 32> digest{};
  mbedtls_sha256(der.p, der.len, digest.data(), 0);
  std::string out;
  for (const unsigned char octet : digest)
    fmt::format_to(std::back_inserter(out), "{}{:02X}", out.empty() ? "" : ":", octet);
  return out;
}

bool Identity::is_rsa() const { return mbedtls_pk_get_type(parts_->key.get()) == MBEDTLS_PK_RSA; }

bool Identity::covers(std::string_view name) const {
  // RFC 6125 §6.4.4 lets the subject's common name speak only if there is no subjectAltName; browsers never do.
  for (const mbedtls_x509_sequence* entry = &parts_->chain->subject_alt_names; entry != nullptr; entry = entry->next) {
    if (entry->buf.p == nullptr || (entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) != MBEDTLS_X509_SAN_DNS_NAME)
      continue;
    if (matches({reinterpret_cast<const char*>(entry->buf.p), entry->buf.len}, name)) return true;
  }
  return false;
}

std::chrono::sys_seconds Identity::not_after() const {
  using namespace std::chrono;
  const mbedtls_x509_time& end = parts_->chain->valid_to;
  const year_month_day date{year{end.year}, month{static_cast<unsigned>(end.mon)}, day{static_cast<unsigned>(end.day)}};
  return sys_days{date} + hours{end.hour} + minutes{end.min} + seconds{end.sec};
}

std::expected<Authorities, std::error_code> Authorities::from_pem(std::string_view text) {
  initialise_cryptography();
  auto parts = std::make_shared<Parts>();
  if (const auto unread = read_certificates(text, parts->certificates); !unread) return std::unexpected(unread.error());
  return Authorities{std::move(parts)};
}

std::size_t Authorities::size() const {
  std::size_t count = 0;
  for (const mbedtls_x509_crt* each = parts_->certificates.get(); each != nullptr; each = each->next)
    if (each->raw.p != nullptr) ++count;
  return count;
}

}  // namespace handwave::tls
