#include "tls/secret_text.hpp"

#include <mbedtls/platform_util.h>

namespace handwave::tls {

void wipe(void* octets, std::size_t count) { mbedtls_platform_zeroize(octets, count); }

}  // namespace handwave::tls
