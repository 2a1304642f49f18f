// Writes certificates that a client has to refuse into a directory, each with the fault that its name says and no
// other, and a good one; `ca.pem` is the authority that the client trusts. Usage: interop_wrong_certificates DIR
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/certificate_files.hpp"
#include "tls/certificate.hpp"
#include "tun/clock.hpp"
#include "tun/entropy.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;
using tls::CertificateRequest;
using tls::MadeCertificate;
using Use = CertificateRequest::Use;

constexpr std::chrono::hours day = 24h;

/// The right one: for the kernel's side of `handwave get`, by its addresses and by a name.
CertificateRequest request() {
  return certificate_request({"server.example", "*.wild.example", "198.51.100.1", "2001:db8:1::1"}, "", 30);
}

CertificateRequest authority_request(const std::string& name) {
  CertificateRequest authority = certificate_request({}, name, 30);
  authority.use = Use::authority;
  return authority;
}

MadeCertificate made(const std::expected<MadeCertificate, std::error_code>& result) {
  if (!result) throw std::runtime_error("cannot make a certificate: " + result.error().message());
  return *result;
}

/// The same key each time.
tls::Random seeded() {
  return [engine = std::mt19937_64{1}](tls::MutableBytes into) mutable {
    for (auto& octet : into) octet = static_cast<std::uint8_t>(engine());
  };
}

class Writer {
 public:
  explicit Writer(std::string folder) : folder_(std::move(folder)) {}

  void write(const std::string& name, const MadeCertificate& leaf, const std::string& above = "") {
    write_file(fmt::format("{}/{}.pem", folder_, name), leaf.certificate + above, false);
    write_file(fmt::format("{}/{}.key", folder_, name), leaf.key, true);
  }
  /// Signed by the trusted authority, and good but for what `spoil` does.
  void write(const std::string& name, const auto& spoil) {
    CertificateRequest asked = request();
    spoil(asked);
    write(name, sign(asked));
  }
  void write_all();

 private:
  MadeCertificate sign(const CertificateRequest& asked) { return made(tls::make_signed(asked, root_, machine_random)); }

  std::string folder_;
  MadeCertificate root_ = made(tls::make_self_signed(authority_request("Trusted"), machine_random));
};

void Writer::write_all() {
  const auto now = std::chrono::floor<std::chrono::seconds>(wall_clock_now());
  write("ca", root_);
  write("good", [](CertificateRequest&) {});
  write("expired", [&](CertificateRequest& asked) {
    asked.not_before = now - 30 * day;
    asked.not_after = now - day;
  });
  write("not_yet_valid", [&](CertificateRequest& asked) {
    asked.not_before = now + day;
    asked.not_after = now + 30 * day;
  });
  write("wrong_name", [](CertificateRequest& asked) { asked.names = {"other.example", "198.51.100.9"}; });
  // A name that only the subject has is none (RFC 9525 §2).
  write("name_in_subject", [](CertificateRequest& asked) { asked.names = {"other.example"}; });
  write("client", [](CertificateRequest& asked) { asked.use = Use::client; });
  write("self_signed", made(tls::make_self_signed(request(), machine_random)));

  // An authority of the same name as the trusted one, with another key, is another authority.
  const MadeCertificate stranger = made(tls::make_self_signed(authority_request("Stranger"), machine_random));
  write("unknown_authority", made(tls::make_signed(request(), stranger, machine_random)));
  write("unknown_chain", made(tls::make_signed(request(), stranger, machine_random)), stranger.certificate);
  const MadeCertificate namesake = made(tls::make_self_signed(authority_request("Trusted"), machine_random));
  write("namesake", made(tls::make_signed(request(), namesake, machine_random)));

  const MadeCertificate between = sign(authority_request("Between"));
  write("good_chain", made(tls::make_signed(request(), between, machine_random)), between.certificate);
  write("missing_between", made(tls::make_signed(request(), between, machine_random)));
  // A server's certificate signs another, as an authority of the same name and key may.
  CertificateRequest no_authority = request();
  no_authority.common_name = "Pretender";
  const MadeCertificate pretender = made(tls::make_signed(no_authority, root_, seeded()));
  const MadeCertificate signer = made(tls::make_self_signed(authority_request("Pretender"), seeded()));
  write("no_authority_between", made(tls::make_signed(request(), signer, machine_random)), pretender.certificate);
  CertificateRequest old = authority_request("Between");
  old.not_before = now - 30 * day;
  old.not_after = now - day;
  const MadeCertificate expired_between = sign(old);
  write("expired_between", made(tls::make_signed(request(), expired_between, machine_random)),
        expired_between.certificate);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: interop_wrong_certificates DIR");
    Writer{argv[1]}.write_all();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
