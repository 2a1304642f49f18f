// What an established connection costs that is idle, and what it costs the others: its octets, as malloc counts them,
// and the time that a request of 100 octets and its answer of 200 take on one busy connection among so many.
//
//   usage: bench_idle_connections CONNECTIONS SECONDS    prints octets a connection, and nanoseconds a request
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "stack/stack.hpp"

using namespace handwave;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t port = 80;
constexpr unsigned ports_an_address = 60'000;  // of the client's
constexpr std::uint16_t first_port = 2000;
const IpAddress server_address = IpAddress::v4(192, 0, 2, 2);

void must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

StackConfig config_of(std::vector<AddressPrefix> addresses) {
  StackConfig config;
  config.addresses = std::move(addresses);
  return config;
}

std::vector<AddressPrefix> client_addresses() {
  std::vector<AddressPrefix> addresses;
  for (std::uint8_t last = 11; last < 60; ++last) addresses.push_back({IpAddress::v4(192, 0, 2, last), 24});
  return addresses;
}

std::size_t octets_allocated() {
  const struct mallinfo2 all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
}

IncomingPacket on_the_wire(const OutgoingPacket& packet) {
  std::vector<std::uint8_t> octets(packet.header().begin(), packet.header().end());
  for (const Bytes slice : packet.payload()) octets.insert(octets.end(), slice.begin(), slice.end());
  return {.bytes = Slice::copy_of(octets), .checksum_verified = true, .segment_size = packet.segment_size};
}

/// A server, and the client of one handshake at a time: what the client remembers of them is forgotten by its copy.
class World {
 public:
  World() { listener_ = server.listen({server_address, port}, {.backlog = 16}).value(); }

  std::pair<ConnectionId, ConnectionId> establish(Stack& client) {
    OpenOptions options;
    options.local_address = client.config().addresses[opened_ / ports_an_address].address;
    options.local_port = static_cast<std::uint16_t>(first_port + opened_ % ports_an_address);
    ++opened_;
    const ConnectionId mine = client.connect(now, {server_address, port}, options).value();
    settle(client);
    return {mine, server.accept(listener_).value()};
  }
  void settle(Stack& client) {
    for (bool any = true; std::exchange(any, false);) {
      while (const auto* packet = client.poll_transmit(now)) any = true, server.receive(now, on_the_wire(*packet));
      while (server.poll_event()) any = true;
      while (const auto* packet = server.poll_transmit(now)) any = true, client.receive(now, on_the_wire(*packet));
      while (client.poll_event()) any = true;
    }
  }
  /// A second, in which whatever a handshake has left behind ends.
  void pass(Stack& client) {
    now += 1s;
    client.handle_timeout(now);
    server.handle_timeout(now);
    settle(client);
  }

  Instant now{};
  Stack server{config_of({{server_address, 24}}), secret_from_seed(2)};

 private:
  ListenerId listener_;
  unsigned opened_ = 0;
};

/// Nanoseconds that the server's stack takes for a request, the best of several tries: the rest is other work's.
double request_time(World& world, Stack& client, double seconds) {
  const auto [mine, its] = world.establish(client);
  const std::vector<std::uint8_t> request(100, 'q');
  const std::vector<std::uint8_t> response(200, 'a');
  constexpr int requests = 2000;
  double best = 1e9;
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
    Clock::duration taken{};
    for (int i = 0; i < requests; ++i) {
      must(client.send(world.now, mine, Bytes{request}).has_value(), "the client cannot ask");
      IncomingPacket packet = on_the_wire(*client.poll_transmit(world.now));
      const auto begin = Clock::now();
      world.server.receive(world.now, std::move(packet));
      while (world.server.poll_event()) {
      }
      const auto read = world.server.receive(world.now, its);
      must(read && read->size() == request.size(), "the request is not there");
      (void)world.server.send(world.now, its, Bytes{response});
      const OutgoingPacket* answer = world.server.poll_transmit(world.now);
      taken += Clock::now() - begin;
      must(answer != nullptr, "no answer");
      client.receive(world.now, on_the_wire(*answer));
      while (client.poll_event()) {
      }
      (void)client.receive(world.now, mine);
      world.now += 1ms;
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(taken).count() / requests);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || std::atoi(argv[1]) < 1 || std::atof(argv[2]) <= 0) {
    std::cerr << "usage: " << argv[0] << " CONNECTIONS SECONDS\n";
    return 2;
  }
  const unsigned connections = static_cast<unsigned>(std::atoi(argv[1]));
  World world;
  const Stack nobody(config_of(client_addresses()), secret_from_seed(1));
  Stack client(nobody);
  for (unsigned i = 0; i < 8; ++i) (void)world.establish(client);  // the tables' first allocations
  world.pass(client);
  const std::size_t before = octets_allocated();
  for (unsigned i = 0; i < connections; ++i) {
    if (i % 1000 == 0) client = nobody;
    (void)world.establish(client);
  }
  world.pass(client);
  client = nobody;
  const double each = (static_cast<double>(octets_allocated()) - static_cast<double>(before)) / connections;
  std::cout << each << ' ' << request_time(world, client, std::atof(argv[2])) << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << argv[0] << ": " << error.what() << '\n';
  return 1;
}
