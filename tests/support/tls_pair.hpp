// A client's and a server's session with two wires in memory between them, on which a test can lay its hands.
//
//   TlsPair pair(server_options(), client_options());
//   REQUIRE(pair.shake_hands());
//   pair.client.session.write(octets("GET"));
//   CHECK(pair.server.read_all() == "GET");
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tls/session.hpp"

namespace handwave::test {

inline tls::Bytes octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One end. It stays where it is: its session's sink fills `sent`.
struct TlsEnd {
  template <class Context>
  explicit TlsEnd(const Context& context) : session(context, sink()) {}
  TlsEnd(const tls::ClientContext& context, std::string_view server, const tls::Resumption* resume)
      : session(context, server, sink(), resume) {}
  TlsEnd(const TlsEnd&) = delete;
  TlsEnd& operator=(const TlsEnd&) = delete;

  tls::Session::Sink sink() {
    return [this](tls::Bytes record) {
      sent.insert(sent.end(), record.begin(), record.end());
      ++records;
    };
  }
  /// Takes what is on its way to the peer.
  std::vector<std::uint8_t> take() { return std::exchange(sent, {}); }
  /// Goes on with the handshake; keeps the error.
  void shake(tls::Bytes ciphertext);
  /// Reads until there is no more; keeps the error. Octets that are not used are kept for the next time.
  std::string read_all(tls::Bytes ciphertext = {});

  std::vector<std::uint8_t> sent;
  std::vector<std::uint8_t> unused;
  std::size_t records = 0;
  std::error_code error;
  tls::Session session;
};

struct TlsPair {
  TlsPair(const tls::ServerOptions& with_server, const tls::ClientOptions& with_client,
          std::string_view name = "www.example.org");
  TlsPair(const tls::ServerContext& with_server, const tls::ClientContext& with_client,
          std::string_view name = "www.example.org", const tls::Resumption* resume = nullptr);

  /// Carries octets to and fro until both sides are done or one of them failed. True if it is complete on both.
  bool shake_hands();
  /// What the client's writing is to the server's reading, and the other way.
  std::string to_server() { return server.read_all(client.take()); }
  std::string to_client() { return client.read_all(server.take()); }

  tls::ServerContext server_context;
  tls::ClientContext client_context;
  TlsEnd server;
  TlsEnd client;
};

}  // namespace handwave::test
