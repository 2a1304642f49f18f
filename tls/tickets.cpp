#include "tls/tickets.hpp"

#include <mbedtls/sha256.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "tls/error.hpp"

namespace handwave::tls {
namespace {

/// In front of what Mbed TLS seals stands a digest of the name. It is not sealed with it: a client that changes it only
/// cheats itself, since the secrets in the ticket are its own.
constexpr std::size_t digest_size = 8;
using Digest = std::array<std::uint8_t, digest_size>;

Digest digest_of(std::string_view name) {
  std::array<std::uint8_t, 32> whole{};
  mbedtls_sha256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), whole.data(), 0);
  Digest digest{};
  std::copy_n(whole.begin(), digest_size, digest.begin());
  return digest;
}

}  // namespace

Tickets::Tickets(mbedtls_ssl_config* config, std::chrono::seconds lifetime, Random& random) {
  const auto seconds = static_cast<std::uint32_t>(lifetime.count());
  if (mbedtls_ssl_ticket_setup(context_.get(), draw, &random, MBEDTLS_CIPHER_AES_256_GCM, seconds) != 0) {
    throw std::system_error(TlsError::internal, "TLS: cannot make a key for session tickets");
  }
  mbedtls_ssl_conf_session_tickets_cb(config, seal, open, this);
}

int Tickets::seal(void* tickets, const mbedtls_ssl_session* session, unsigned char* begin, const unsigned char* end,
                  std::size_t* size, std::uint32_t* lifetime) {
  auto* self = static_cast<Tickets*>(tickets);
  if (static_cast<std::size_t>(end - begin) < digest_size) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  std::ranges::copy(digest_of(self->name_), begin);
  const int result = mbedtls_ssl_ticket_write(self->context_.get(), session, begin + digest_size, end, size, lifetime);
  *size += digest_size;
  return result;
}

int Tickets::open(void* tickets, mbedtls_ssl_session* session, unsigned char* ticket, std::size_t size) {
  auto* self = static_cast<Tickets*>(tickets);
  if (size < digest_size || !std::ranges::equal(digest_of(self->name_), Bytes(ticket, digest_size))) {
    return MBEDTLS_ERR_SSL_INVALID_MAC;  // as for a ticket under a key that is gone: a full handshake follows
  }
  const int result = mbedtls_ssl_ticket_parse(self->context_.get(), session, ticket + digest_size, size - digest_size);
  self->opened_ = self->opened_ || result == 0;
  return result;
}

}  // namespace handwave::tls
