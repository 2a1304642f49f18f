// Which of a server's identities a client gets to see: by the name that it asks for (SNI, RFC 6066 §3).
#pragma once

#include <mbedtls/ssl.h>

#include <vector>

#include "tls/certificate.hpp"

namespace handwave::tls {

/// The first, and those for exactly the same names and addresses (RSA beside ECDSA): for clients that ask for no name,
/// or for one that none is for.
std::vector<Identity> identities_by_default(const std::vector<Identity>& identities);

/// Mbed TLS's callback for the name in a ClientHello; `server` points to a ServerContext::Parts, and the session's user
/// data to the std::string that is to hold the name. Gives Mbed TLS the identities for that name; among these it
/// chooses by what the client's signature schemes allow. An unknown name is no error: RFC 6066 §3 lets a server go on.
int serve_name(void* server, mbedtls_ssl_context* ssl, const unsigned char* name, std::size_t size);

}  // namespace handwave::tls
