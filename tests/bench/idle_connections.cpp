// What an established connection costs that is idle, and what it costs the others: its octets, as malloc counts them,
// and the time that a request of 100 octets and its answer of 200 take on one busy connection among so many.
//
//   usage: bench_idle_connections CONNECTIONS SECONDS    prints octets a connection, and nanoseconds a request
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/client_and_server.hpp"
#include "tests/support/tcp_packet.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

void must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

std::size_t octets_allocated() {
  const struct mallinfo2 all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
}

/// Nanoseconds that the server's stack takes for a request, the best of several tries: the rest is other work's.
double request_time(ClientAndServer& world, double seconds) {
  const auto [mine, its] = world.establish();
  const std::vector<std::uint8_t> request(100, 'q');
  const std::vector<std::uint8_t> response(200, 'a');
  constexpr int requests = 2000;
  double best = std::numeric_limits<double>::infinity();
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
    Clock::duration taken{};
    for (int i = 0; i < requests; ++i) {
      must(world.client.send(world.now, mine, Bytes{request}).has_value(), "the client cannot ask");
      IncomingPacket packet = world.from_client();
      const auto begin = Clock::now();
      world.server.receive(world.now, std::move(packet));
      while (world.server.poll_event()) {
      }
      const auto read = world.server.receive(world.now, its);
      must(read && read->size() == request.size(), "the request is not there");
      must(world.server.send(world.now, its, Bytes{response}).has_value(), "the server cannot answer");
      const OutgoingPacket* answer = world.server.poll_transmit(world.now);
      taken += Clock::now() - begin;
      must(answer != nullptr && answer->payload_size() == response.size(), "no answer");
      world.client.receive(world.now, incoming(*answer));
      while (const auto event = world.client.poll_event()) world.read(world.client, *event);
      world.now += 1ms;
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(taken).count() / requests);
  }
  return best;
}

/// Octets of a connection at the server, by the memory that so many of them take. The client forgets them.
double octets_each(ClientAndServer& world, unsigned connections) {
  constexpr unsigned at_a_time = 1000;
  for (unsigned i = 0; i < 8; ++i) world.establish();  // the tables' first allocations
  world.pass(1s);
  world.forget_clients();
  const std::size_t before = octets_allocated();
  for (unsigned i = 0; i < connections; ++i) {
    world.establish();
    if (i % at_a_time == at_a_time - 1) world.forget_clients();
  }
  world.pass(1s);  // whatever the handshakes have left behind ends
  world.forget_clients();
  return (static_cast<double>(octets_allocated()) - static_cast<double>(before)) / connections;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || std::atoi(argv[1]) < 1 || std::atof(argv[2]) <= 0) {
    std::cerr << "usage: " << argv[0] << " CONNECTIONS SECONDS\n";
    return 2;
  }
  ClientAndServer world;
  const double octets = octets_each(world, static_cast<unsigned>(std::atoi(argv[1])));
  std::cout << octets << ' ' << request_time(world, std::atof(argv[2])) << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << argv[0] << ": " << error.what() << '\n';
  return 1;
}
