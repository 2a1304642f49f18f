#include "tls/certificate_content.hpp"

#include <fmt/format.h>
#include <mbedtls/oid.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <utility>

#include "tls/host_name.hpp"

namespace handwave::tls {
namespace {

using Use = CertificateRequest::Use;

// RFC 5280 §4.1.2.5: UTCTime begins in 1950, GeneralizedTime ends in 9999.
constexpr std::chrono::sys_seconds earliest = std::chrono::sys_days{std::chrono::year{1950} / 1 / 1};
constexpr std::chrono::sys_seconds end_of_time = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
// RFC 5280 appendix A: ub-common-name, in characters.
constexpr std::ptrdiff_t longest_common_name = 64;

bool continues_character(char octet) { return (static_cast<unsigned char>(octet) & 0xC0U) == 0x80U; }

}  // namespace

bool makes_sense(const CertificateRequest& request) {
  const std::ptrdiff_t characters = std::ranges::count_if(request.common_name, std::not_fn(continues_character));
  return characters > 0 && characters <= longest_common_name && request.not_before >= earliest &&
         request.not_before <= request.not_after && request.not_after < end_of_time &&
         std::ranges::all_of(
             request.names, [](const std::string& name) { return parse_address(name) || is_dns_name(name); });
}

std::string time_of(std::chrono::sys_seconds instant) {
  const auto midnight = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss time{instant - midnight};
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string subject_of(const CertificateRequest& request) {
  std::string out = "CN=";
  for (const char octet : request.common_name)
    fmt::format_to(std::back_inserter(out), "\\{:02X}", static_cast<unsigned char>(octet));
  return out;
}

AlternativeNames::AlternativeNames(const std::vector<std::string>& names) {
  for (const std::string& name : names | std::views::reverse) {  // Mbed TLS writes its list from the end
    auto address = parse_address(name);
    const int type = address ? MBEDTLS_X509_SAN_IP_ADDRESS : MBEDTLS_X509_SAN_DNS_NAME;
    values_.push_back(address ? *std::move(address) : std::vector<std::uint8_t>(name.begin(), name.end()));
    mbedtls_x509_san_list& entry = entries_.emplace_back();
    entry.node.type = type;
    entry.node.san.unstructured_name = {.tag = type, .len = values_.back().size(), .p = values_.back().data()};
    if (entries_.size() > 1) entries_[entries_.size() - 2].next = &entry;
  }
}

std::vector<Extension> extensions_of(Use use) {
  constexpr std::string_view basic_constraints{MBEDTLS_OID_BASIC_CONSTRAINTS};
  constexpr std::string_view extended_key_usage{MBEDTLS_OID_EXTENDED_KEY_USAGE};
  if (use == Use::authority) return {{basic_constraints, true, {0x30, 3, 0x01, 1, 0xFF}}};  // SEQUENCE { cA TRUE }
  // SEQUENCE { OID 1.3.6.1.5.5.7.3.purpose }
  const std::uint8_t purpose = use == Use::server ? 1 : 2;
  return {{basic_constraints, true, {0x30, 0}},
          {extended_key_usage, false, {0x30, 10, 0x06, 8, 0x2B, 6, 1, 5, 5, 7, 3, purpose}}};
}

unsigned char key_usage_of(Use use, const mbedtls_pk_context& key) {
  if (use == Use::authority) return MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN;
  // The static RSA key exchange encrypts to the server's key (RFC 5246 §7.4.2).
  if (use == Use::server && mbedtls_pk_get_type(&key) == MBEDTLS_PK_RSA)
    return MBEDTLS_X509_KU_DIGITAL_SIGNATURE | MBEDTLS_X509_KU_KEY_ENCIPHERMENT;
  return MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
}

}  // namespace handwave::tls
