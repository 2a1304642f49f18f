// The key log: the lines that Wireshark reads, the same on both sides.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <set>
#include <string>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using tls::Version;

namespace {

struct Line {
  std::string label;
  std::size_t random = 0;  ///< digits
  std::size_t secret = 0;
};

Line parse(const std::string& line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  return {line.substr(0, first), second - first - 1, line.size() - second - 1};
}

}  // namespace

TEST_CASE("both sides log the same secrets, under the labels of their version", "[tls][key log]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  std::vector<std::string> server_log;
  std::vector<std::string> client_log;
  auto with_server = server_options();
  with_server.highest = version;
  with_server.key_log = [&](std::string_view line) { server_log.emplace_back(line); };
  auto with_client = client_options();
  with_client.key_log = [&](std::string_view line) { client_log.emplace_back(line); };
  TlsPair pair(with_server, with_client);
  REQUIRE(pair.shake_hands());

  CHECK(std::set(server_log.begin(), server_log.end()) == std::set(client_log.begin(), client_log.end()));
  std::set<std::string> labels;
  for (const std::string& text : server_log) {
    const Line line = parse(text);
    labels.insert(line.label);
    CHECK(line.random == 64);
    CHECK(line.secret == (version == Version::tls1_2 ? 96U : 64U));  // a master secret, or as long as SHA-256
    CHECK(text.find_first_not_of("0123456789abcdef ", line.label.size()) == std::string::npos);
  }
  if (version == Version::tls1_2) {
    CHECK(labels == std::set<std::string>{"CLIENT_RANDOM"});
  } else {
    CHECK(labels == std::set<std::string>{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                          "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"});
  }
}
