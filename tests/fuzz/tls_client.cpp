// Invariant: whatever octets come in place of a server, a client's session does not crash, leak or grow: it sends no
// more than its flights and an alert for what it reads; there is no plaintext before the server proved who it is; its
// error lasts.
#include <algorithm>
#include <cstdint>

#include "tests/support/tls_fuzz_world.hpp"

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  handwave::test::prepare_tls_world();
  return 0;
}

/// The first octet chooses the kind of client, the second says in pieces of what size the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handwave;
  constexpr std::size_t largest_flights = 8192;
  if (size < 2) return 0;
  const std::size_t kind = data[0] % test::tls_kinds;
  const std::size_t step = data[1] == 0 ? size : data[1];
  const tls::Bytes stream(data + 2, size - 2);

  const tls::ClientContext& context = test::fuzz_client(kind);
  const tls::ServerContext& other_context = test::fuzz_server(kind);
  test::begin_tls_world();
  test::TlsEnd client(context, "www.example.org", nullptr);
  client.shake({});
  test::TlsEnd server(other_context);
  server.shake(client.sent);  // draws what the server drew whose stream was recorded
  for (std::size_t at = 0; at < stream.size(); at += step) {
    test::feed(client, stream.subspan(at, std::min(step, stream.size() - at)));
  }
  test::require(client.sent.size() <= largest_flights + 8 * stream.size(), "what is sent is bounded by what is read");
  const auto end = client.session.end_of_input();
  test::require(end.has_value() == client.session.peer_closed(), "an end without close_notify is an error");
  return 0;
}
