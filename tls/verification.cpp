#include "tls/verification.hpp"

#include <fmt/format.h>
#include <mbedtls/asn1.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tls/host_name.hpp"

namespace handwave::tls {
namespace {

// The choices of GeneralName (RFC 5280 §4.2.1.6), as their tags.
constexpr int dns_name = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2;
constexpr int ip_address = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7;

struct Verdict {
  std::uint32_t flags;
  TlsError error;
};

/// The worst first: who vouches for nothing says nothing about dates and names.
constexpr std::array verdicts = {
    Verdict{MBEDTLS_X509_BADCERT_MISSING | MBEDTLS_X509_BADCERT_SKIP_VERIFY, TlsError::certificate_missing},
    Verdict{MBEDTLS_X509_BADCERT_NOT_TRUSTED, TlsError::certificate_unknown_authority},
    Verdict{MBEDTLS_X509_BADCERT_REVOKED, TlsError::certificate_revoked},
    Verdict{MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
            TlsError::certificate_weak},
    Verdict{MBEDTLS_X509_BADCERT_FUTURE, TlsError::certificate_not_yet_valid},
    Verdict{MBEDTLS_X509_BADCERT_EXPIRED, TlsError::certificate_expired},
    Verdict{MBEDTLS_X509_BADCERT_CN_MISMATCH, TlsError::certificate_name_mismatch},
    Verdict{MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
            TlsError::certificate_wrong_use},
};

Bytes octets_of(const mbedtls_x509_buf& buffer) { return {buffer.p, buffer.len}; }

/// The peer chose these octets, and they go to a terminal.
std::string printable(Bytes octets) {
  constexpr std::size_t longest = 100;
  std::string text;
  for (const std::uint8_t octet : octets.first(std::min(octets.size(), longest))) {
    text += octet > ' ' && octet < 0x7f ? static_cast<char>(octet) : '?';
  }
  return octets.size() > longest ? text + "..." : text;
}

/// RFC 5952. Empty for what is no address.
std::string ip_text(Bytes octets) {
  if (octets.size() == 4) return fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
  if (octets.size() != 16) return {};
  const auto group = [&](std::size_t i) { return static_cast<unsigned>(octets[2 * i] << 8 | octets[2 * i + 1]); };
  std::size_t gap = 8;  // RFC 5952 §4.2: the longest run of two zeros or more, the first of equals, becomes "::"
  std::size_t gap_size = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t size = 0;
    while (i + size < 8 && group(i + size) == 0) ++size;
    if (size > gap_size) gap = i, gap_size = size;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      text += "::";
      i += gap_size - 1;
    } else {
      text += fmt::format("{}{:x}", text.empty() || text.ends_with(':') ? "" : ":", group(i));
    }
  }
  return text;
}

std::string name_text(const mbedtls_x509_name& name) {
  std::array<char, 256> text{};
  const int size = mbedtls_x509_dn_gets(text.data(), text.size(), &name);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "a name too long to show";
}

std::string date_text(const mbedtls_x509_time& time) {
  return fmt::format("{:04}-{:02}-{:02}", time.year, time.mon, time.day);
}

bool same(const mbedtls_x509_buf& a, const mbedtls_x509_buf& b) {
  return std::ranges::equal(octets_of(a), octets_of(b));
}

/// Calls `visit` with the tag and octets of each name in the subjectAltName.
template <class Visit>
void each_alternative(const mbedtls_x509_crt& certificate, Visit visit) {
  for (const auto* name = &certificate.subject_alt_names; name != nullptr; name = name->next) {
    if (name->buf.p != nullptr) visit(name->buf.tag, octets_of(name->buf));
  }
}

bool is_for(const mbedtls_x509_crt& certificate, Bytes address) {
  bool found = false;
  each_alternative(certificate,
                   [&](int tag, Bytes octets) { found |= tag == ip_address && std::ranges::equal(octets, address); });
  return found;
}

std::string whose(const mbedtls_x509_crt& certificate, int depth) {
  return depth == 0 ? "the certificate" : "the authority's certificate, " + name_text(certificate.subject) + ",";
}

}  // namespace

Verification::Verification(std::string_view expected) : expected_(expected), address_(parse_address(expected)) {}

void Verification::judge(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags) {
  if (issuer_.empty()) issuer_ = name_text(certificate.issuer);
  if (flags & MBEDTLS_X509_BADCERT_EXPIRED) {
    expired_ = whose(certificate, depth) + " expired on " + date_text(certificate.valid_to);
  }
  if (flags & MBEDTLS_X509_BADCERT_FUTURE) {
    not_yet_ = whose(certificate, depth) + " is not valid before " + date_text(certificate.valid_from);
    // RFC 8446 §6.2: certificate_expired stands for both; for this flag alone Mbed TLS sends certificate_unknown.
    flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  }
  if (depth != 0) return;
  if (address_ && !is_for(certificate, *address_)) flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  self_signed_ = same(certificate.issuer_raw, certificate.subject_raw);
  names_ = names_of(certificate);
}

TlsError Verification::error(std::uint32_t flags) const {
  for (const Verdict& verdict : verdicts) {
    if ((flags & verdict.flags) == 0) continue;
    const bool by_itself = verdict.error == TlsError::certificate_unknown_authority && self_signed_;
    return by_itself ? TlsError::certificate_self_signed : verdict.error;
  }
  return TlsError::certificate_invalid;
}

std::string Verification::sentence(std::uint32_t flags) const {
  const TlsError error = this->error(flags);
  switch (error) {
    case TlsError::certificate_expired:
      return expired_;
    case TlsError::certificate_not_yet_valid:
      return not_yet_;
    case TlsError::certificate_name_mismatch:
      return fmt::format("the certificate is for {}, not for {}", names_, expected_);
    case TlsError::certificate_self_signed:
      return fmt::format("the certificate is signed by itself and not trusted: {}", issuer_);
    case TlsError::certificate_unknown_authority:
      return fmt::format("the certificate is signed by an authority that is not trusted: {}", issuer_);
    case TlsError::certificate_wrong_use:
      return fmt::format("the certificate is not meant for {}", expected_.empty() ? "a client" : "a server");
    default:
      return make_error_code(error).message();
  }
}

Alert alert_for(TlsError certificate_error, bool tls1_3) {
  switch (certificate_error) {
    case TlsError::certificate_missing:
      return tls1_3 ? Alert::certificate_required : Alert::handshake_failure;  // RFC 5246 §7.4.6
    case TlsError::certificate_unknown_authority:
    case TlsError::certificate_self_signed:
      return Alert::unknown_ca;
    case TlsError::certificate_expired:
    case TlsError::certificate_not_yet_valid:
      return Alert::certificate_expired;
    case TlsError::certificate_revoked:
      return Alert::certificate_revoked;
    case TlsError::certificate_wrong_use:
      return Alert::unsupported_certificate;
    default:
      return Alert::bad_certificate;
  }
}

std::string names_of(const mbedtls_x509_crt& certificate) {
  constexpr std::size_t most = 3;
  std::vector<std::string> names;
  each_alternative(certificate, [&](int tag, Bytes octets) {
    if (tag == dns_name) names.push_back(printable(octets));
    if (tag == ip_address) names.push_back(ip_text(octets));
  });
  if (names.empty()) return name_text(certificate.subject);
  std::string text = names.front();
  for (std::size_t i = 1; i < std::min(names.size(), most); ++i) text += ", " + names[i];
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

}  // namespace handwave::tls
