// Making certificates: keys, signatures (RFC 5280 §4.1), and requests for signature (RFC 2986).
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_csr.h>

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

#include "tls/certificate.hpp"
#include "tls/certificate_content.hpp"
#include "tls/mbed.hpp"
#include "tls/pem.hpp"

namespace handwave::tls {
namespace {

using CertificateWriter = Owned<mbedtls_x509write_cert, mbedtls_x509write_crt_init, mbedtls_x509write_crt_free>;
using RequestWriter = Owned<mbedtls_x509write_csr, mbedtls_x509write_csr_init, mbedtls_x509write_csr_free>;

/// Random for Mbed TLS. What it throws may not pass through C: it is kept, and thrown when C has been left.
class Dice {
 public:
  explicit Dice(const Random& random)
      : random_([this, &random](MutableBytes into) {
          try {
            random(into);
          } catch (...) {
            thrown_ = std::current_exception();
            throw;  // as far as draw()
          }
        }) {}
  Dice(const Dice&) = delete;
  Dice& operator=(const Dice&) = delete;

  bool fill(MutableBytes into) { return draw(pointer(), into.data(), into.size()) == 0; }
  void* pointer() { return &random_; }
  /// Why something was not made.
  [[nodiscard]] std::unexpected<std::error_code> failure() const {
    if (thrown_) std::rethrow_exception(thrown_);
    return std::unexpected(make_error_code(TlsError::internal));
  }

 private:
  std::exception_ptr thrown_;
  Random random_;
};

bool generate(CertificateRequest::Key kind, Key& key, Dice& dice) {
  constexpr int rsa_exponent = 65537;
  if (kind == CertificateRequest::Key::ecdsa_p256)
    return mbedtls_pk_setup(key.get(), mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0 &&
           mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key.get()), draw, dice.pointer()) == 0;
  return mbedtls_pk_setup(key.get(), mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0 &&
         mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key.get()), draw, dice.pointer(), 2048, rsa_exponent) == 0;
}

/// What `write` puts into a buffer of `size` octets as a string that ends with NUL; empty if it fails.
template <class Text = std::string>
Text written(std::size_t size, const auto& write) {
  std::vector<unsigned char, WipingAllocator<unsigned char>> buffer(size);
  if (write(buffer.data(), buffer.size()) != 0) return {};
  return Text{reinterpret_cast<const char*>(buffer.data())};
}

/// Octets enough for a PEM text with those names.
std::size_t text_size(const CertificateRequest& request) {
  constexpr std::size_t all_else = 8192;
  std::size_t size = all_else;
  for (const std::string& name : request.names) size += 2 * (name.size() + 16);
  return size;
}

/// The certificate as PEM, signed with `issuer_key`; empty if it cannot be made.
std::string certify(const CertificateRequest& request, Key& key, const std::string& issuer, Key& issuer_key,
                    Dice& dice) {
  // §4.1.2.2: positive, at most 20 octets, and never the same twice from one authority. 127 random bits; the highest
  // one is set so that the number has no zeros in front, and the encoding puts a zero octet before it.
  std::array<std::uint8_t, 16> serial{};
  if (!dice.fill(serial)) return {};
  serial[0] |= 0x80;
  CertificateWriter writer;
  mbedtls_x509write_crt_set_subject_key(writer.get(), key.get());
  mbedtls_x509write_crt_set_issuer_key(writer.get(), issuer_key.get());
  mbedtls_x509write_crt_set_md_alg(writer.get(), MBEDTLS_MD_SHA256);
  const AlternativeNames names{request.names};
  const bool is_set = mbedtls_x509write_crt_set_serial_raw(writer.get(), serial.data(), serial.size()) == 0 &&
                      mbedtls_x509write_crt_set_validity(writer.get(), time_of(request.not_before).c_str(),
                                                         time_of(request.not_after).c_str()) == 0 &&
                      mbedtls_x509write_crt_set_issuer_name(writer.get(), issuer.c_str()) == 0 &&
                      mbedtls_x509write_crt_set_subject_name(writer.get(), subject_of(request).c_str()) == 0 &&
                      mbedtls_x509write_crt_set_subject_key_identifier(writer.get()) == 0 &&
                      mbedtls_x509write_crt_set_authority_key_identifier(writer.get()) == 0 &&
                      mbedtls_x509write_crt_set_key_usage(writer.get(), key_usage_of(request.use, *key.get())) == 0 &&
                      (names.list() == nullptr ||
                       mbedtls_x509write_crt_set_subject_alternative_name(writer.get(), names.list()) == 0) &&
                      std::ranges::all_of(extensions_of(request.use), [&](const Extension& extension) {
                        return mbedtls_x509write_crt_set_extension(
                                   writer.get(), extension.identifier.data(), extension.identifier.size(),
                                   extension.critical ? 1 : 0, extension.value.data(), extension.value.size()) == 0;
                      });
  if (!is_set) return {};
  return written(text_size(request), [&](unsigned char* into, std::size_t size) {
    return mbedtls_x509write_crt_pem(writer.get(), into, size, draw, dice.pointer());
  });
}

std::expected<MadeCertificate, std::error_code> with_key(std::string certificate, Key& key, const Dice& dice) {
  constexpr std::size_t key_size = 8192;  // RSA 2048 takes 1700 octets
  MadeCertificate made{std::move(certificate),
                       written<SecretText>(key_size, [&](unsigned char* into, std::size_t size) {
                         return mbedtls_pk_write_key_pem(key.get(), into, size);
                       })};
  if (made.certificate.empty() || made.key.empty()) return dice.failure();
  return made;
}

/// True if the certificate may sign others (§4.2.1.3, §4.2.1.9).
bool is_authority(const mbedtls_x509_crt& certificate) {
  return mbedtls_x509_crt_get_ca_istrue(&certificate) == 1 &&
         mbedtls_x509_crt_check_key_usage(&certificate, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0;
}

std::string printed(const mbedtls_x509_name& name) {
  return written(4096, [&](unsigned char* into, std::size_t size) {
    return mbedtls_x509_dn_gets(reinterpret_cast<char*>(into), size, &name) >= 0 ? 0 : -1;
  });
}

/// True if the names are the same octets (§4.1.2.4), which not every verifier can do without.
bool is_issued_by(const std::string& certificate, const mbedtls_x509_crt& issuer) {
  Chain made;
  if (!read_certificates(certificate, made)) return false;
  return std::ranges::equal(Bytes{made->issuer_raw.p, made->issuer_raw.len},
                            Bytes{issuer.subject_raw.p, issuer.subject_raw.len});
}

std::unexpected<std::error_code> invalid() {
  return std::unexpected(std::make_error_code(std::errc::invalid_argument));
}

}  // namespace

std::expected<MadeCertificate, std::error_code> make_self_signed(const CertificateRequest& request,
                                                                 const Random& random) {
  initialise_cryptography();
  if (!makes_sense(request)) return invalid();
  Dice dice{random};
  Key key;
  if (!generate(request.key, key, dice)) return dice.failure();
  return with_key(certify(request, key, subject_of(request), key, dice), key, dice);
}

std::expected<MadeCertificate, std::error_code> make_signed(const CertificateRequest& request,
                                                            const MadeCertificate& authority, const Random& random) {
  if (!makes_sense(request)) return invalid();
  const auto signer = Identity::from_pem(authority.certificate, authority.key);
  if (!signer) return std::unexpected(signer.error());
  const mbedtls_x509_crt& issuer = *signer->parts().chain.get();
  if (!is_authority(issuer)) return std::unexpected(make_error_code(TlsError::certificate_wrong_use));
  Dice dice{random};
  Key key;
  if (!generate(request.key, key, dice)) return dice.failure();
  std::string certificate = certify(request, key, printed(issuer.subject), signer->parts().key, dice);
  if (!certificate.empty() && !is_issued_by(certificate, issuer))
    return std::unexpected(make_error_code(TlsError::certificate_invalid));
  return with_key(std::move(certificate), key, dice);
}

std::expected<std::string, std::error_code> make_signing_request(const CertificateRequest& request,
                                                                 std::string_view key, const Random& random) {
  initialise_cryptography();
  if (!makes_sense(request)) return invalid();
  Key ours;
  if (const auto read = read_key(key, ours); !read) return std::unexpected(make_error_code(read.error()));
  Dice dice{random};
  RequestWriter writer;
  mbedtls_x509write_csr_set_key(writer.get(), ours.get());
  mbedtls_x509write_csr_set_md_alg(writer.get(), MBEDTLS_MD_SHA256);
  const AlternativeNames names{request.names};
  const bool is_set =
      mbedtls_x509write_csr_set_subject_name(writer.get(), subject_of(request).c_str()) == 0 &&
      mbedtls_x509write_csr_set_key_usage(writer.get(), key_usage_of(request.use, *ours.get())) == 0 &&
      (names.list() == nullptr ||
       mbedtls_x509write_csr_set_subject_alternative_name(writer.get(), names.list()) == 0) &&
      // None is critical here: whoever signs decides that, and some refuse a request for what they need not understand.
      std::ranges::all_of(extensions_of(request.use), [&](const Extension& extension) {
        return mbedtls_x509write_csr_set_extension(writer.get(), extension.identifier.data(),
                                                   extension.identifier.size(), 0, extension.value.data(),
                                                   extension.value.size()) == 0;
      });
  if (!is_set) return dice.failure();
  std::string made = written(text_size(request), [&](unsigned char* into, std::size_t size) {
    return mbedtls_x509write_csr_pem(writer.get(), into, size, draw, dice.pointer());
  });
  if (made.empty()) return dice.failure();
  return made;
}

}  // namespace handwave::tls
