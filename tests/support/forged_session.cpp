#include "tests/support/forged_session.hpp"

#include <stdexcept>

#include "tests/support/tls_identities.hpp"

namespace handwave::test {

ForgedSession::ForgedSession(tls::Version version) {
  auto with_server = server_options();
  with_server.highest = version;
  with_server.ticket_lifetime.reset();
  with_server.key_log = [this](std::string_view line) { key_log.emplace_back(line); };
  pair = std::make_unique<TlsPair>(with_server, client_options());
  pair->client.shake({});
  pair->server.shake(pair->client.take());
  constexpr std::size_t random_at = 5 + 4 + 2;  // ServerHello: after the headers of record and message, and the version
  const std::vector<std::uint8_t> hello = pair->server.sent;
  if (hello.size() < random_at + 32 || !(pair->client.shake(pair->server.take()), pair->shake_hands())) {
    throw std::runtime_error("the handshake before the forged records failed");
  }
  if (version == tls::Version::tls1_3) {
    client_forge = std::make_unique<RecordForge>(RecordForge::tls1_3(key_log, "CLIENT_TRAFFIC_SECRET_0"));
    server_forge = std::make_unique<RecordForge>(RecordForge::tls1_3(key_log, "SERVER_TRAFFIC_SECRET_0"));
  } else {
    const tls::Bytes random = tls::Bytes(hello).subspan(random_at, 32);
    client_forge = std::make_unique<RecordForge>(RecordForge::tls1_2(key_log, random, From::client));
    server_forge = std::make_unique<RecordForge>(RecordForge::tls1_2(key_log, random, From::server));
  }
}

std::string ForgedSession::server_reads(Content type, tls::Bytes content, std::size_t padding) {
  return pair->server.read_all(client_forge->protect(type, content, padding));
}

std::string ForgedSession::client_reads(Content type, tls::Bytes content, std::size_t padding) {
  return pair->client.read_all(server_forge->protect(type, content, padding));
}

}  // namespace handwave::test
