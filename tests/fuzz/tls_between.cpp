// Invariant: someone between a client and a server who changes, drops, repeats, holds back and adds octets can end
// their conversation, but cannot change a word of it: what one reads is the beginning of what the other wrote.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/fuzz_input.hpp"
#include "tests/support/tls_fuzz_world.hpp"

namespace {

using namespace handwave;
using test::require;

/// Lays hands on the octets that are on their way.
void meddle(std::vector<std::uint8_t>& octets, test::FuzzInput& input) {
  const std::size_t at = octets.empty() ? 0 : input.word() % octets.size();
  const auto here = octets.begin() + static_cast<std::ptrdiff_t>(at);
  switch (input.choice(8)) {
    case 0:
      if (!octets.empty()) *here ^= input.octet();
      break;
    case 1:
      octets.erase(here, octets.end());
      break;
    case 2:
      octets.erase(octets.begin(), here);
      break;
    case 3: {
      const std::vector<std::uint8_t> again = octets;
      octets.insert(octets.end(), again.begin(), again.end());
      break;
    }
    case 4: {
      const auto added = input.octets(input.octet());
      octets.insert(here, added.begin(), added.end());
      break;
    }
    default:
      break;  // mostly nothing, so that conversations come about
  }
}

/// One who writes what it was told to, and notes what it reads.
struct Speaker {
  test::TlsEnd end;
  std::string wrote;
  std::string read;

  void hear(std::vector<std::uint8_t> octets) {
    if (end.error) return;
    const bool before = end.session.established();
    if (!before) end.shake(octets);
    if (!end.error && end.session.established()) read += end.read_all(before ? tls::Bytes(octets) : tls::Bytes{});
    require(end.session.established() || read.empty() || end.error, "plaintext comes after the handshake");
  }
  void say(std::size_t size) {
    if (end.error || !end.session.established()) return;
    const std::string text(size, static_cast<char>('a' + wrote.size() % 26));
    if (end.session.write(test::octets(text))) wrote += text;
  }
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  handwave::test::prepare_tls_world();
  return 0;
}

/// The first octet chooses the kind of conversation; the rest are turns: how much each says, and what happens to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int most_turns = 24;
  test::FuzzInput input({data, size});
  const std::size_t kind = input.choice(test::tls_kinds);
  const tls::ServerContext& server_context = test::fuzz_server(kind);
  const tls::ClientContext& client_context = test::fuzz_client(kind);
  test::begin_tls_world();
  Speaker server{test::TlsEnd(server_context), {}, {}};
  Speaker client{test::TlsEnd(client_context, "www.example.org", nullptr), {}, {}};
  client.end.shake({});
  for (int turn = 0; turn < most_turns && !(server.end.error && client.end.error); ++turn) {
    auto on_the_way = client.end.take();
    meddle(on_the_way, input);
    server.hear(std::move(on_the_way));
    server.say(input.octet());
    on_the_way = server.end.take();
    meddle(on_the_way, input);
    client.hear(std::move(on_the_way));
    client.say(input.octet());
  }
  require(server.wrote.starts_with(client.read), "the client reads what the server wrote");
  require(client.wrote.starts_with(server.read), "the server reads what the client wrote");
  return 0;
}
