// Certificates and keys: what is read, what is refused and why, what is made. RFC 5280, RFC 7468, RFC 6125 §6.4.
#include "tls/certificate.hpp"

#include <mbedtls/oid.h>
#include <mbedtls/x509_csr.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <random>
#include <set>

#include "tests/support/pem_samples.hpp"
#include "tls/mbed.hpp"

namespace {

using namespace handwave::tls;
using namespace std::chrono_literals;
namespace pem = handwave::test::pem;
using Kind = CertificateRequest::Key;
using Use = CertificateRequest::Use;

constexpr std::chrono::sys_seconds today = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};

/// The same seed, the same certificate.
Random seeded(std::uint64_t seed) {
  return [engine = std::mt19937_64{seed}](MutableBytes into) mutable {
    for (auto& octet : into) octet = static_cast<std::uint8_t>(engine());
  };
}

CertificateRequest request(Use use = Use::server, Kind key = Kind::ecdsa_p256) {
  return {.common_name = "example.org",
          .names = {"example.org", "*.example.org", "192.0.2.2", "2001:db8::2"},
          .key = key,
          .use = use,
          .not_before = today,
          .not_after = today + 24h * 90};
}

CertificateRequest authority_request() {
  CertificateRequest of_authority = request(Use::authority);
  of_authority.names = {};
  of_authority.common_name = "Zoë's Büro, 東京 + #\"<CA>; \\=";
  return of_authority;
}

/// The certificate itself as Mbed TLS reads it.
const mbedtls_x509_crt& parsed(const Identity& identity) { return *identity.parts().chain.get(); }
Identity identity_of(const MadeCertificate& made) { return Identity::from_pem(made.certificate, made.key).value(); }

std::error_code refusal(std::string_view chain, std::string_view key) {
  const auto identity = Identity::from_pem(chain, key);
  return identity ? std::error_code{} : identity.error();
}

bool is_asked_for(const mbedtls_x509_crt& certificate, unsigned int usage) {
  return mbedtls_x509_crt_check_key_usage(&certificate, usage) == 0;
}

std::string text_of(const mbedtls_x509_buf& buffer) { return {reinterpret_cast<const char*>(buffer.p), buffer.len}; }

/// subjectAltName's entries: "2" for DNS, "7" for addresses, and their octets.
std::vector<std::string> names_in(const mbedtls_x509_sequence& sequence) {
  std::vector<std::string> names;
  for (const auto* entry = &sequence; entry != nullptr && entry->buf.p != nullptr; entry = entry->next)
    names.push_back(std::to_string(entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) + text_of(entry->buf));
  return names;
}

/// What a verifier with that trust and that name finds; 0 is that all is well.
std::uint32_t verdict(const Identity& identity, const Authorities& trusted, const char* name) {
  std::uint32_t flags = 0;
  (void)mbedtls_x509_crt_verify(identity.parts().chain.get(), trusted.parts().certificates.get(), nullptr, name, &flags,
                                nullptr, nullptr);
  return flags & ~static_cast<std::uint32_t>(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
}

}  // namespace

// ---- Reading ----

TEST_CASE("Keys on P-256, P-384 and P-521 and RSA keys are read, in PKCS#8 and in SEC 1", "[tls][certificate]") {
  CHECK_FALSE(Identity::from_pem(pem::authority_certificate, pem::authority_key).value().is_rsa());
  CHECK_FALSE(Identity::from_pem(pem::p384_certificate, pem::p384_key).value().is_rsa());
  CHECK_FALSE(Identity::from_pem(pem::p521_certificate, pem::p521_key).value().is_rsa());
  CHECK(Identity::from_pem(pem::rsa_certificate, pem::rsa_key).value().is_rsa());
}

TEST_CASE("A key without its public half is the certificate's all the same", "[tls][certificate][RFC5915]") {
  CHECK_FALSE(refusal(pem::authority_certificate, pem::no_public_key));
  CHECK(refusal(pem::p384_certificate, pem::no_public_key) == TlsError::key_mismatch);
}

TEST_CASE("Text around the PEM blocks, and a key in the same text, do no harm", "[tls][certificate][RFC7468]") {
  const std::string all =
      "subject=CN = p384\n" + std::string{pem::p384_key} + "\r\n\r\n" + std::string{pem::p384_certificate} + "\n";
  CHECK_FALSE(refusal(all, all));
}

TEST_CASE("An encrypted key is refused as encrypted, in both of its forms", "[tls][certificate]") {
  CHECK(refusal(pem::authority_certificate, pem::encrypted_pkcs8_key) == TlsError::key_encrypted);
  CHECK(refusal(pem::authority_certificate, pem::encrypted_traditional_key) == TlsError::key_encrypted);
}

TEST_CASE("A key of another certificate, kind or curve is refused", "[tls][certificate]") {
  CHECK(refusal(pem::p384_certificate, pem::p521_key) == TlsError::key_mismatch);
  CHECK(refusal(pem::p384_certificate, pem::rsa_key) == TlsError::key_mismatch);
  CHECK(refusal(pem::rsa_certificate, pem::p384_key) == TlsError::key_mismatch);
  CHECK(refusal(pem::p384_certificate, pem::ed25519_key) == TlsError::bad_key);
  CHECK(refusal(pem::p384_certificate, pem::secp256k1_key) == TlsError::bad_key);
}

TEST_CASE("What is no certificate or no key is told apart from one that is broken", "[tls][certificate]") {
  std::string broken_certificate{pem::p384_certificate};
  broken_certificate[100] = broken_certificate[100] == 'A' ? 'B' : 'A';
  std::string broken_key{pem::p384_key};
  broken_key[40] = '!';
  using enum TlsError;
  CHECK(refusal("", pem::p384_key) == no_certificate);
  CHECK(refusal(pem::p384_key, pem::p384_key) == no_certificate);
  CHECK(refusal(std::string_view{"\0\x30\x82", 3}, pem::p384_key) == no_certificate);
  CHECK(refusal("-----BEGIN CERTIFICATE-----\n", pem::p384_key) == bad_certificate);
  CHECK(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pem::p384_key) == bad_certificate);
  CHECK(refusal(pem::p384_certificate, "") == no_key);
  CHECK(refusal(pem::p384_certificate, pem::p384_certificate) == no_key);
  CHECK(refusal(pem::p384_certificate, broken_key) == bad_key);
  CHECK(refusal(pem::p384_certificate, std::string{pem::p384_key.substr(0, 100)}) == bad_key);
  // One bad certificate in a chain spoils it.
  CHECK(refusal(std::string{pem::p384_certificate} + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                pem::p384_key) == bad_certificate);
}

TEST_CASE("A PEM text cut anywhere is refused and reads nothing beyond its end", "[tls][certificate]") {
  for (std::size_t end = 0; end + 2 < pem::p384_certificate.size(); ++end) {
    const std::string cut{pem::p384_certificate.substr(0, end)};
    CHECK(Identity::from_pem(cut, pem::p384_key).has_value() == false);
  }
  for (std::size_t end = 0; end + 2 < pem::p384_key.size(); ++end) {
    const std::string cut{pem::p384_key.substr(0, end)};
    CHECK(Identity::from_pem(pem::p384_certificate, cut).has_value() == false);
  }
}

TEST_CASE("The fingerprint is SHA-256 of the leaf, as openssl prints it", "[tls][certificate]") {
  CHECK(Identity::from_pem(pem::p384_certificate, pem::p384_key).value().fingerprint() == pem::p384_fingerprint);
}

TEST_CASE("Authorities are all that can be read", "[tls][certificate]") {
  const std::string bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string good = std::string{pem::p384_certificate} + std::string{pem::rsa_certificate};
  CHECK(Authorities::from_pem(good).value().size() == 2);
  CHECK(Authorities::from_pem(std::string{pem::p384_certificate} + bad + std::string{pem::rsa_certificate})
            .value()
            .size() == 2);
  CHECK(Authorities::from_pem(bad).error() == TlsError::bad_certificate);
  CHECK(Authorities::from_pem("").error() == TlsError::no_certificate);
  CHECK(Authorities::from_pem(pem::p384_key).error() == TlsError::no_certificate);
}

TEST_CASE("RFC 6125 §6.4: a certificate covers its names, a wildcard one label, without regard to case",
          "[tls][certificate][RFC6125]") {
  const Identity identity = Identity::from_pem(pem::p384_certificate, pem::p384_key).value();
  for (const char* name :
       {"example.org", "EXAMPLE.ORG", "www.example.org", "WwW.eXample.oRg", "example.org.", "a.example.org."})
    CHECK(identity.covers(name));
  for (const char* name : {"", ".", "org", "example.com", "a.b.example.org", ".example.org", "wwwexample.org",
                           "xexample.org", "example.org.com", "192.0.2.2", "p384", "*.example.or", "example.org.."})
    CHECK_FALSE(identity.covers(name));
  // Without subjectAltName there is no name to serve: a common name is none (RFC 9525 §2).
  CHECK_FALSE(Identity::from_pem(pem::p521_certificate, pem::p521_key).value().covers("p521"));
}

// ---- Making ----

TEST_CASE("RFC 5280 §4.2: a server's certificate says what it is for", "[tls][certificate][RFC5280]") {
  const Identity identity = identity_of(make_self_signed(request(), seeded(1)).value());
  const mbedtls_x509_crt& made = parsed(identity);
  CHECK(made.version == 3);
  CHECK(mbedtls_x509_crt_get_ca_istrue(&made) == 0);
  CHECK(is_asked_for(made, MBEDTLS_X509_KU_DIGITAL_SIGNATURE));
  CHECK_FALSE(is_asked_for(made, MBEDTLS_X509_KU_KEY_ENCIPHERMENT));
  CHECK_FALSE(is_asked_for(made, MBEDTLS_X509_KU_KEY_CERT_SIGN));
  CHECK(mbedtls_x509_crt_check_extended_key_usage(&made, MBEDTLS_OID_SERVER_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0);
  CHECK(mbedtls_x509_crt_check_extended_key_usage(&made, MBEDTLS_OID_CLIENT_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)) != 0);
  CHECK(names_in(made.subject_alt_names) ==
        std::vector<std::string>{"2example.org", "2*.example.org", std::string{"7\xC0\0\2\2", 5},
                                 std::string{"7\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02", 17}});
  CHECK(made.subject_key_id.len == 20);
  CHECK(text_of(made.subject_key_id) == text_of(made.authority_key_id.keyIdentifier));
  CHECK(text_of(made.issuer_raw) == text_of(made.subject_raw));
}

TEST_CASE("RFC 5246 §7.4.2: an RSA server's key may encipher keys, a client's only sign",
          "[tls][certificate][RFC5280]") {
  const Identity server = identity_of(make_self_signed(request(Use::server, Kind::rsa_2048), seeded(1)).value());
  CHECK(server.is_rsa());
  CHECK(mbedtls_pk_get_bitlen(&parsed(server).pk) == 2048);
  CHECK(is_asked_for(parsed(server), MBEDTLS_X509_KU_DIGITAL_SIGNATURE | MBEDTLS_X509_KU_KEY_ENCIPHERMENT));
  const Identity client = identity_of(make_self_signed(request(Use::client), seeded(1)).value());
  CHECK(is_asked_for(parsed(client), MBEDTLS_X509_KU_DIGITAL_SIGNATURE));
  CHECK(mbedtls_x509_crt_check_extended_key_usage(&parsed(client), MBEDTLS_OID_CLIENT_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)) == 0);
  CHECK(mbedtls_x509_crt_check_extended_key_usage(&parsed(client), MBEDTLS_OID_SERVER_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0);
}

TEST_CASE("RFC 5280 §4.2.1.9: an authority may sign certificates, and no more", "[tls][certificate][RFC5280]") {
  const Identity identity = identity_of(make_self_signed(authority_request(), seeded(1)).value());
  const mbedtls_x509_crt& made = parsed(identity);
  CHECK(mbedtls_x509_crt_get_ca_istrue(&made) == 1);
  CHECK(is_asked_for(made, MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN));
  CHECK_FALSE(is_asked_for(made, MBEDTLS_X509_KU_DIGITAL_SIGNATURE));
  CHECK(mbedtls_x509_crt_has_ext_type(&made, MBEDTLS_OID_X509_EXT_EXTENDED_KEY_USAGE) == 0);
  CHECK(mbedtls_x509_crt_has_ext_type(&made, MBEDTLS_OID_X509_EXT_SUBJECT_ALT_NAME) == 0);
  CHECK(text_of(made.subject.val) == authority_request().common_name);
  CHECK(made.subject.val.tag == MBEDTLS_ASN1_UTF8_STRING);
}

TEST_CASE("A certificate verifies against the authority that signed it, for its names alone", "[tls][certificate]") {
  const MadeCertificate authority = make_self_signed(authority_request(), seeded(1)).value();
  const Authorities trusted = Authorities::from_pem(authority.certificate).value();
  const Identity leaf = identity_of(make_signed(request(), authority, seeded(2)).value());
  for (const char* name : {"example.org", "www.example.org", "192.0.2.2", "2001:db8::2"})
    CHECK(verdict(leaf, trusted, name) == 0);
  for (const char* name : {"example.com", "192.0.2.3", "2001:db8::3"})
    CHECK(verdict(leaf, trusted, name) == MBEDTLS_X509_BADCERT_CN_MISMATCH);
  const auto other = make_self_signed(authority_request(), seeded(3)).value();
  CHECK(verdict(leaf, Authorities::from_pem(other.certificate).value(), "example.org") ==
        MBEDTLS_X509_BADCERT_NOT_TRUSTED);
  CHECK(text_of(parsed(leaf).authority_key_id.keyIdentifier) == text_of(parsed(identity_of(authority)).subject_key_id));
}

TEST_CASE("An authority may be signed by another, and the chain verifies", "[tls][certificate]") {
  const MadeCertificate root = make_self_signed(authority_request(), seeded(1)).value();
  CertificateRequest between = authority_request();
  between.common_name = "in between";
  const MadeCertificate intermediate = make_signed(between, root, seeded(2)).value();
  const MadeCertificate leaf = make_signed(request(), intermediate, seeded(3)).value();
  const Authorities trusted = Authorities::from_pem(root.certificate).value();
  const Identity chain = Identity::from_pem(leaf.certificate + intermediate.certificate, leaf.key).value();
  CHECK(verdict(chain, trusted, "example.org") == 0);
  CHECK(verdict(identity_of(leaf), trusted, "example.org") == MBEDTLS_X509_BADCERT_NOT_TRUSTED);
}

TEST_CASE("An authority that another program made signs, and its name is copied octet by octet", "[tls][certificate]") {
  const MadeCertificate authority{std::string{pem::authority_certificate}, SecretText{pem::authority_key}};
  const Identity leaf = identity_of(make_signed(request(), authority, seeded(1)).value());
  CHECK(text_of(parsed(leaf).issuer_raw) == text_of(parsed(identity_of(authority)).subject_raw));
  CHECK(verdict(leaf, Authorities::from_pem(pem::authority_certificate).value(), "example.org") == 0);
  // A common name that is a PrintableString would come out as a UTF8String, which some verifiers take for another name.
  const MadeCertificate printable{std::string{pem::printable_certificate}, SecretText{pem::authority_key}};
  CHECK(make_signed(request(), printable, seeded(1)).error() == TlsError::certificate_invalid);
}

TEST_CASE("Only an authority signs", "[tls][certificate]") {
  const MadeCertificate leaf = make_self_signed(request(), seeded(1)).value();
  CHECK(make_signed(request(), leaf, seeded(2)).error() == TlsError::certificate_wrong_use);
  const MadeCertificate authority = make_self_signed(authority_request(), seeded(2)).value();
  CHECK(make_signed(request(), {authority.certificate, leaf.key}, seeded(3)).error() == TlsError::key_mismatch);
  CHECK(make_signed(request(), {authority.certificate, ""}, seeded(3)).error() == TlsError::no_key);
  CHECK(make_signed(request(), {"", authority.key}, seeded(3)).error() == TlsError::no_certificate);
}

TEST_CASE("RFC 5280 §4.1.2.2: serial numbers are positive, of 128 bits, and never the same",
          "[tls][certificate][RFC5280]") {
  const MadeCertificate authority = make_self_signed(authority_request(), seeded(1)).value();
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Identity leaf = identity_of(make_signed(request(), authority, seeded(seed)).value());
    const mbedtls_x509_buf& serial = parsed(leaf).serial;
    CHECK(serial.len == 17);  // the zero in front says that the number is positive
    CHECK(serial.p[0] == 0);
    CHECK((serial.p[1] & 0x80) != 0);
    seen.insert(text_of(serial));
  }
  CHECK(seen.size() == 50);
}

TEST_CASE("RFC 5280 §4.1.2.5: dates are UTCTime up to 2049 and GeneralizedTime from then on",
          "[tls][certificate][RFC5280]") {
  using namespace std::chrono;
  struct Span {
    sys_seconds begin;
    sys_seconds end;
    std::string validity;  // SEQUENCE { Time, Time } in DER
  };
  const sys_seconds last_utc = sys_days{year{2049} / 12 / 31} + 23h + 59min + 59s;
  const Span spans[] = {
      {sys_days{year{1950} / 1 / 1}, last_utc,
       "\x30\x1E\x17\x0D"
       "500101000000Z"
       "\x17\x0D"
       "491231235959Z"},
      {last_utc, last_utc + 1s,
       "\x30\x20\x17\x0D"
       "491231235959Z"
       "\x18\x0F"
       "20500101000000Z"},
      {sys_days{year{2050} / 2 / 3}, sys_days{year{9999} / 12 / 31} + 23h + 59min + 59s,
       "\x30\x22\x18\x0F"
       "20500203000000Z"
       "\x18\x0F"
       "99991231235959Z"},
      {sys_days{year{2028} / 2 / 29} + 1h + 2min + 3s, sys_days{year{2100} / 2 / 28},
       "\x30\x20\x17\x0D"
       "280229010203Z"
       "\x18\x0F"
       "21000228000000Z"},
  };
  for (const Span& span : spans) {
    CertificateRequest with_span = request();
    with_span.not_before = span.begin;
    with_span.not_after = span.end;
    const Identity identity = identity_of(make_self_signed(with_span, seeded(1)).value());
    CHECK(text_of(parsed(identity).raw).contains(span.validity));
    CHECK(identity.not_after() == span.end);
  }
}

TEST_CASE("A request that makes no sense is refused", "[tls][certificate]") {
  using namespace std::chrono;
  const auto refused = [](const CertificateRequest& asked) {
    const auto made = make_self_signed(asked, seeded(1));
    return !made && made.error() == std::errc::invalid_argument;
  };
  const auto with = [](auto change) {
    CertificateRequest changed = request();
    change(changed);
    return changed;
  };
  CHECK_FALSE(refused(request()));
  CHECK(refused(with([](auto& r) { r.common_name = ""; })));
  CHECK_FALSE(refused(with([](auto& r) { r.common_name = std::string(64, 'x'); })));
  CHECK(refused(with([](auto& r) { r.common_name = std::string(65, 'x'); })));
  CHECK(refused(with([](auto& r) { r.not_after = r.not_before - 1s; })));
  CHECK(refused(with([](auto& r) { r.not_before = sys_days{year{1950} / 1 / 1} - 1s; })));
  CHECK(refused(with([](auto& r) { r.not_after = sys_days{year{10000} / 1 / 1}; })));
  for (const char* name : {"", ".", "a b", "-a.org", "a-.org", "a..org", "a.org.", "*", "a.*.org", "*a.org",
                           "192.0.2.256", "1.2.3", "2001:db8::g", "zoë.org", "http://a.org", "a.org/", "*.192.0.2.2"})
    CHECK(refused(with([&](auto& r) { r.names = {"example.org", name}; })));
  CHECK(refused(with([&](auto& r) { r.names = {std::string(64, 'a') + ".org"}; })));
  CHECK(refused(with([&](auto& r) { r.names = {std::string{"a\0.org", 6}}; })));
  CHECK(refused(with([&](auto& r) { r.names = {std::string{"192.0.2.2\0", 10}}; })));
  std::string long_name;
  for (int i = 0; i < 63; ++i) long_name += "abc.";
  CHECK_FALSE(refused(with([&](auto& r) { r.names = {long_name + "x"}; })));
  CHECK(refused(with([&](auto& r) { r.names = {long_name + "xy"}; })));
  CHECK_FALSE(refused(
      with([&](auto& r) { r.names = {"localhost", "_dmarc.example.org", "xn--zo-jia.org", "1.example.org"}; })));
}

TEST_CASE("A hundred long names fit a certificate", "[tls][certificate]") {
  CertificateRequest with_names = request();
  with_names.names.clear();
  for (int i = 0; i < 100; ++i)
    with_names.names.push_back("n" + std::to_string(i) + "." + std::string(60, 'a') + ".org");
  const Identity identity = identity_of(make_self_signed(with_names, seeded(1)).value());
  CHECK(names_in(parsed(identity).subject_alt_names).size() == 100);
  CHECK(identity.covers(with_names.names.back()));
}

TEST_CASE("RFC 2986: a request for signature says the same, and is signed with the key",
          "[tls][certificate][RFC2986]") {
  const MadeCertificate made = make_self_signed(request(), seeded(1)).value();
  const std::string text = make_signing_request(request(), made.key, seeded(2)).value();
  Owned<mbedtls_x509_csr, mbedtls_x509_csr_init, mbedtls_x509_csr_free> csr;
  REQUIRE(mbedtls_x509_csr_parse(csr.get(), reinterpret_cast<const unsigned char*>(text.c_str()), text.size() + 1) ==
          0);
  CHECK(text_of(csr->subject.val) == "example.org");
  CHECK(names_in(csr->subject_alt_names) == names_in(parsed(identity_of(made)).subject_alt_names));
  CHECK(mbedtls_pk_check_pair(&csr->pk, identity_of(made).parts().key.get(), draw_blinding, nullptr) == 0);
  CHECK(make_signing_request(request(), "", seeded(2)).error() == TlsError::no_key);
  CHECK(make_signing_request(request(), pem::encrypted_pkcs8_key, seeded(2)).error() == TlsError::key_encrypted);
  CHECK(make_signing_request({}, made.key, seeded(2)).error() == std::errc::invalid_argument);
}

TEST_CASE("The same random octets make the same certificate, others another", "[tls][certificate]") {
  const auto first = make_self_signed(request(), seeded(1)).value();
  const auto again = make_self_signed(request(), seeded(1)).value();
  const auto other = make_self_signed(request(), seeded(2)).value();
  CHECK(first.certificate == again.certificate);
  CHECK(first.key == again.key);
  CHECK(first.key != other.key);
}

TEST_CASE("What the source of randomness throws comes through, wherever it happens", "[tls][certificate]") {
  struct NoEntropy {};
  for (int good_draws = 0; good_draws < 3; ++good_draws) {
    int left = good_draws;
    const Random failing = [&](MutableBytes into) {
      if (left-- == 0) throw NoEntropy{};
      std::ranges::fill(into, std::uint8_t{0x5A});
    };
    CHECK_THROWS_AS(make_self_signed(request(), failing), NoEntropy);
  }
}
