#include "tls/server_name.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "tls/context_parts.hpp"
#include "tls/host_name.hpp"

namespace handwave::tls {
namespace {

constexpr std::size_t longest_name = 253;  ///< RFC 1035 §2.3.4, without the dot at its end

/// The subjectAltName as a set: tags and octets.
std::vector<std::pair<int, std::string>> names_in(const Identity& identity) {
  std::vector<std::pair<int, std::string>> names;
  for (const auto* name = &identity.parts().chain->subject_alt_names; name != nullptr; name = name->next) {
    if (name->buf.p != nullptr)
      names.emplace_back(name->buf.tag, std::string(name->buf.p, name->buf.p + name->buf.len));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::vector<Identity> identities_by_default(const std::vector<Identity>& identities) {
  std::vector<Identity> defaults;
  for (const Identity& identity : identities) {
    if (names_in(identity) == names_in(identities.front())) defaults.push_back(identity);
  }
  return defaults;
}

int serve_name(void* server, mbedtls_ssl_context* ssl, const unsigned char* octets, std::size_t size) {
  auto& parts = *static_cast<ServerContext::Parts*>(server);
  const std::string_view name(reinterpret_cast<const char*>(octets), size);
  if (name.size() > longest_name || !is_dns_name(name)) return 0;
  static_cast<std::string*>(mbedtls_ssl_get_user_data_p(ssl))->assign(name);
  if (parts.tickets) parts.tickets->serve(name);
  for (const Identity& identity : parts.identities) {
    if (!identity.covers(name)) continue;
    const int result = mbedtls_ssl_set_hs_own_cert(ssl, identity.parts().chain.get(), identity.parts().key.get());
    if (result != 0) return result;
  }
  return 0;
}

}  // namespace handwave::tls
