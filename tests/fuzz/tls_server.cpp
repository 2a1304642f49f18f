// Invariant: whatever octets come in place of a client, a server's session does not crash, leak or grow: it sends no
// more than a flight and an alert for what it reads; there is no plaintext before its handshake is complete; its error
// lasts.
#include <algorithm>
#include <cstdint>

#include "tests/support/tls_fuzz_world.hpp"

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  handwave::test::prepare_tls_world();
  return 0;
}

/// The first octet chooses the kind of server, the second says in pieces of what size the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handwave;
  constexpr std::size_t largest_flight = 8192;
  if (size < 2) return 0;
  const std::size_t kind = data[0] % test::tls_kinds;
  const std::size_t step = data[1] == 0 ? size : data[1];
  const tls::Bytes stream(data + 2, size - 2);

  const tls::ServerContext& context = test::fuzz_server(kind);
  const tls::ClientContext& other_context = test::fuzz_client(kind);
  test::begin_tls_world();
  test::TlsEnd client(other_context, "www.example.org", nullptr);
  client.shake({});  // draws what the client drew whose stream was recorded
  test::TlsEnd server(context);
  for (std::size_t at = 0; at < stream.size(); at += step) {
    test::feed(server, stream.subspan(at, std::min(step, stream.size() - at)));
  }
  test::require(server.sent.size() <= largest_flight + 8 * stream.size(), "what is sent is bounded by what is read");
  const auto end = server.session.end_of_input();
  test::require(end.has_value() == server.session.peer_closed(), "an end without close_notify is an error");
  return 0;
}
