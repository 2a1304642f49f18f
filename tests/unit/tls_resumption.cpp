// Resumption by tickets, in both versions: RFC 8446 §2.2, §4.6.1, RFC 5077.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tests/determinism/cryptography.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;
using tls::Version;

namespace {

constexpr auto noon = std::chrono::sys_days{2025y / 6 / 1} + 12h;

/// A server and a client whose clock stands still until it is set.
struct Acquaintance {
  explicit Acquaintance(Version version, tls::ServerOptions with_server = server_options(),
                        tls::ClientOptions with_client = client_options())
      : server([&] {
          with_server.highest = version;
          return with_server;
        }()),
        client(with_client) {
    set_cryptography_time(noon);
  }
  ~Acquaintance() { set_cryptography_time(std::nullopt); }
  Acquaintance(const Acquaintance&) = delete;
  Acquaintance& operator=(const Acquaintance&) = delete;

  /// A whole conversation; what is left to resume from is kept. Was it resumed itself?
  bool meet(std::string_view name = "www.example.org") { return meet(server, client, name); }
  bool meet(const tls::ServerContext& whom, const tls::ClientContext& who, std::string_view name = "www.example.org") {
    TlsPair pair(whom, who, name, kept.get());
    REQUIRE(pair.shake_hands());
    REQUIRE(pair.client.session.write(octets("hello")));
    CHECK(pair.to_server() == "hello");
    REQUIRE(pair.server.session.write(octets("again")));
    CHECK(pair.to_client() == "again");
    CHECK(pair.server.session.resumed() == pair.client.session.resumed());
    CHECK(pair.client.session.protocol() == "http/1.1");
    if (auto newest = pair.client.session.resumption()) kept = std::move(newest);
    return pair.client.session.resumed();
  }

  tls::ServerContext server;
  tls::ClientContext client;
  std::shared_ptr<const tls::Resumption> kept;
};

}  // namespace

TEST_CASE("a session is resumed by its ticket, time and again", "[tls][resumption][RFC8446][RFC5077]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  Acquaintance two(version);
  CHECK_FALSE(two.meet());
  REQUIRE(two.kept != nullptr);
  CHECK(two.meet());
  CHECK(two.meet());
}

TEST_CASE("a ticket that has expired leads to a full handshake", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.ticket_lifetime = 1h;
  Acquaintance two(version, with_server);
  CHECK_FALSE(two.meet());
  set_cryptography_time(noon + 59min);
  CHECK(two.meet());
  set_cryptography_time(noon + 59min + 3h);
  CHECK_FALSE(two.meet());
  CHECK(two.meet());  // by the new one
}

TEST_CASE("the key of tickets changes with every lifetime, and the one before still opens", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.ticket_lifetime = 1h;
  Acquaintance two(version, with_server);
  set_cryptography_time(noon + 50min);
  CHECK_FALSE(two.meet());
  set_cryptography_time(noon + 70min);  // the key is an hour old and changes; the ticket is 20 minutes old
  CHECK(two.meet());
}

TEST_CASE("another server's tickets open nothing", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  Acquaintance two(version);
  CHECK_FALSE(two.meet());
  auto options = server_options();
  options.highest = version;
  options.random = seeded_random(99);
  const tls::ServerContext other(options);
  CHECK_FALSE(two.meet(other, two.client));
}

TEST_CASE("a server without tickets leaves nothing to resume from", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.ticket_lifetime.reset();
  Acquaintance two(version, with_server);
  CHECK_FALSE(two.meet());
  CHECK(two.kept == nullptr);
}

TEST_CASE("RFC 6066 §3: no session is resumed for another name", "[tls][resumption][RFC6066]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  Acquaintance two(version);
  CHECK_FALSE(two.meet("a.example.net"));
  CHECK_FALSE(two.meet("b.example.net"));  // the client does not even ask
  CHECK(two.meet("b.example.net"));
}

TEST_CASE("a session whose server was not verified is not resumed where it is to be", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto trusting = client_options();
  trusting.authorities.reset();
  Acquaintance two(version, server_options(), trusting);
  CHECK_FALSE(two.meet());
  CHECK(two.meet());
  CHECK_FALSE(two.meet(two.server, tls::ClientContext(client_options())));
}

TEST_CASE("a session of a version that is not wanted any more is not resumed", "[tls][resumption]") {
  Acquaintance two(Version::tls1_2);
  CHECK_FALSE(two.meet());
  auto modern = client_options();
  modern.lowest = Version::tls1_3;
  CHECK_FALSE(two.meet(tls::ServerContext(server_options()), tls::ClientContext(modern)));
}

TEST_CASE("a session with a client's certificate is resumed without showing it again", "[tls][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.client_authorities = authorities();
  auto with_client = client_options();
  with_client.identity = client_identity();
  Acquaintance two(version, with_server, with_client);
  CHECK_FALSE(two.meet());
  CHECK(two.meet());
}
