#include "tests/support/tls_pair.hpp"

#include <array>

namespace handwave::test {

void TlsEnd::shake(tls::Bytes ciphertext) {
  unused.insert(unused.end(), ciphertext.begin(), ciphertext.end());
  tls::Bytes rest = unused;
  const auto done = session.handshake(rest);
  if (!done) error = done.error();
  unused = {rest.begin(), rest.end()};
}

std::string TlsEnd::read_all(tls::Bytes ciphertext) {
  unused.insert(unused.end(), ciphertext.begin(), ciphertext.end());
  tls::Bytes rest = unused;
  std::string text;
  std::array<std::uint8_t, 16384> buffer{};
  while (true) {
    const auto count = session.read(rest, buffer);
    if (!count) error = count.error();
    if (!count || *count == 0) break;
    text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  unused = {rest.begin(), rest.end()};
  return text;
}

TlsPair::TlsPair(const tls::ServerOptions& with_server, const tls::ClientOptions& with_client, std::string_view name)
    : TlsPair(tls::ServerContext(with_server), tls::ClientContext(with_client), name) {}

TlsPair::TlsPair(const tls::ServerContext& with_server, const tls::ClientContext& with_client, std::string_view name,
                 const tls::Resumption* resume)
    : server_context(with_server),
      client_context(with_client),
      server(server_context),
      client(client_context, name, resume) {}

bool TlsPair::shake_hands() {
  client.shake({});
  while (!server.error && !client.error && !(client.sent.empty() && server.sent.empty())) {
    if (server.session.established() && client.session.established()) break;
    server.shake(client.take());
    client.shake(server.take());
  }
  // What a side had to say on failing, and tickets that come after the handshake.
  if (server.error) client.shake(server.take());
  if (client.error) server.shake(client.take());
  return server.session.established() && client.session.established();
}

}  // namespace handwave::test
