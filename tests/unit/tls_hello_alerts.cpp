// A ServerHello that breaks the rules: RFC 8446 §4.1.3 and §4.2, RFC 5246 §7.4.1.4. It is an honest server's, changed
// on its way, and the client must say what is wrong with the right alert.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"
#include "tls/alert.hpp"

using namespace handwave;
using namespace handwave::test;
using tls::Alert;
using tls::TlsError;
using tls::Version;

namespace {

using Octets = std::vector<std::uint8_t>;

/// A record with a ServerHello in front (RFC 8446 §4.1.3), and where its parts stand.
class ServerHello {
 public:
  explicit ServerHello(Octets flight) : octets(std::move(flight)) {}

  static constexpr std::size_t record_length = 3;
  static constexpr std::size_t message_length = 6;  ///< three octets
  static constexpr std::size_t session_id = 5 + 4 + 2 + 32;
  [[nodiscard]] std::size_t suite() const { return session_id + 1 + octets[session_id]; }
  [[nodiscard]] std::size_t compression() const { return suite() + 2; }
  [[nodiscard]] std::size_t extensions() const { return compression() + 1; }

  /// Where the extension of that type stands, if it is there.
  [[nodiscard]] std::size_t find(std::uint16_t type) const {
    std::size_t at = extensions() + 2;
    while (number(at) != type) at += 4 + number(at + 2);
    return at;
  }
  void insert_extension(std::uint16_t type, const Octets& body) {
    Octets extension{high(type), low(type), high(body.size()), low(body.size())};
    extension.insert(extension.end(), body.begin(), body.end());
    octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(extensions() + 2), extension.begin(), extension.end());
    for (const std::size_t length : {record_length, message_length + 1, extensions()})
      set_number(length, number(length) + extension.size());
  }
  void set_number(std::size_t at, std::size_t value) { octets[at] = high(value), octets[at + 1] = low(value); }

  Octets octets;

 private:
  static std::uint8_t high(std::size_t value) { return static_cast<std::uint8_t>(value >> 8); }
  static std::uint8_t low(std::size_t value) { return static_cast<std::uint8_t>(value); }
  [[nodiscard]] std::size_t number(std::size_t at) const { return std::size_t{octets.at(at)} << 8 | octets.at(at + 1); }
};

/// A handshake up to the server's first flight, which waits in `hello`.
struct Answered {
  explicit Answered(Version version) : pair(server_options(), client(version)), hello(first_flight(pair)) {}

  static tls::ClientOptions client(Version version) {
    tls::ClientOptions options = client_options();
    options.highest = version;
    return options;
  }
  static Octets first_flight(TlsPair& pair) {
    pair.client.shake({});
    pair.server.shake(pair.client.take());
    return pair.server.take();
  }

  /// The client hears what became of the hello, and refuses it with this alert, which the server understands.
  void is_refused(Alert alert, TlsError error) {
    pair.client.shake(hello.octets);
    CHECK(pair.client.error == error);
    const Octets answer = pair.client.take();
    REQUIRE(answer.size() >= 7);
    CHECK(answer == Octets{21, 3, 3, 0, 2, 2, static_cast<std::uint8_t>(alert)});
    pair.server.shake(answer);
    CHECK(pair.server.error == tls::alert_received(static_cast<std::uint8_t>(alert)));
  }

  TlsPair pair;
  ServerHello hello;
};

constexpr std::uint16_t supported_versions = 43;
constexpr std::uint16_t key_share = 51;

}  // namespace

TEST_CASE("RFC 8446 §4.1.3: a ServerHello that echoes another session id gets illegal_parameter",
          "[tls][alert][RFC8446]") {
  Answered answered(Version::tls1_3);
  REQUIRE(answered.hello.octets[ServerHello::session_id] == 32);
  answered.hello.octets[ServerHello::session_id + 1] ^= 1;
  answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
}

TEST_CASE("RFC 8446 §4.1.3: a suite that was not offered gets illegal_parameter", "[tls][alert][RFC8446][RFC5246]") {
  Answered answered(Version::tls1_3);
  answered.hello.set_number(answered.hello.suite(), 0x1305);  // TLS_AES_128_CCM_8_SHA256
  answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
}

TEST_CASE("RFC 8446 §4.1.3: compression gets illegal_parameter", "[tls][alert][RFC8446]") {
  Answered answered(Version::tls1_3);
  answered.hello.octets[answered.hello.compression()] = 1;
  answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
}

TEST_CASE("RFC 8446 §4.2.1, §4.2.8: a version or a group that was not offered is refused", "[tls][alert][RFC8446]") {
  Answered answered(Version::tls1_3);
  SECTION("the version of a draft") {
    answered.hello.set_number(answered.hello.find(supported_versions) + 4, 0x7f1c);
    answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
  }
  SECTION("a group that nobody knows") {
    answered.hello.set_number(answered.hello.find(key_share) + 4, 0x1234);
    // §4.2.8 asks for illegal_parameter; Mbed TLS 3.6 sends this one by itself.
    answered.is_refused(Alert::handshake_failure, TlsError::no_common_parameters);
  }
}

TEST_CASE("RFC 8446 §4.2: an extension that was not asked for gets unsupported_extension", "[tls][alert][RFC8446]") {
  Answered answered(Version::tls1_3);
  answered.hello.insert_extension(41, Octets{0, 0});  // pre_shared_key
  answered.is_refused(Alert::unsupported_extension, TlsError::malformed_message);
}

TEST_CASE("RFC 8446 §4.2: an extension that has no place in a ServerHello gets illegal_parameter",
          "[tls][alert][RFC8446]") {
  Answered answered(Version::tls1_3);
  SECTION("ALPN") { answered.hello.insert_extension(16, Octets{0, 9, 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}); }
  SECTION("cookie") { answered.hello.insert_extension(44, Octets{0, 0}); }
  answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
}

TEST_CASE("RFC 5246 §7.4.1.3: TLS 1.2 ends at a suite or a compression that was not offered", "[tls][alert][RFC5246]") {
  Answered answered(Version::tls1_2);
  SECTION("suite") {
    answered.hello.set_number(answered.hello.suite(), 0x009c);  // TLS_RSA_WITH_AES_128_GCM_SHA256
    answered.is_refused(Alert::illegal_parameter, TlsError::malformed_message);
  }
  SECTION("compression") {
    answered.hello.octets[answered.hello.compression()] = 1;
    answered.is_refused(Alert::illegal_parameter, TlsError::handshake_failed);
  }
}
