// Whom the tests of TLS trust, and who everyone is: certificates made once a program, on the spot.
#pragma once

#include <cstdint>
#include <string>

#include "tls/certificate.hpp"
#include "tls/context.hpp"

namespace handwave::test {

/// Octets that look random and that the seed decides: for tests only.
tls::Random seeded_random(std::uint64_t seed);

/// Good from 2020 to 2049, for www.example.org, *.example.net, 192.0.2.2 and 2001:db8::2.
tls::CertificateRequest ordinary_request(tls::CertificateRequest::Key key = tls::CertificateRequest::Key::ecdsa_p256);
/// "CN=Test Authority".
const tls::MadeCertificate& authority();
tls::Authorities authorities();
/// Signed by the authority.
tls::Identity signed_identity(const tls::CertificateRequest& request);
/// ordinary_request() for a server, signed by the authority; made once.
const tls::Identity& server_identity(tls::CertificateRequest::Key key = tls::CertificateRequest::Key::ecdsa_p256);
/// For a client, "CN=alice".
const tls::Identity& client_identity();

/// A server with the ECDSA identity and a client that trusts the authority.
tls::ServerOptions server_options();
tls::ClientOptions client_options();

}  // namespace handwave::test
