// The key log, from which Wireshark decrypts a capture: the NSS key log format, as draft-ietf-tls-keylogfile has it.
#pragma once

#include <mbedtls/ssl.h>

#include <string>

#include "tls/bytes.hpp"

namespace handwave::tls {

/// The line for a secret that Mbed TLS derived: "LABEL client_random secret", in hexadecimal. Empty for those of early
/// data, which we do not do.
std::string key_log_line(mbedtls_ssl_key_export_type type, Bytes client_random, Bytes secret);

}  // namespace handwave::tls
