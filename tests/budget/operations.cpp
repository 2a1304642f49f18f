// The operations whose instructions have a budget (tests/budget/budgets.tsv), each done many times by a server's stack,
// with so many other connections established and idle. Run under callgrind, which counts what lies between the two ends
// of a Measured, and writes down what it has counted at the end of each operation.
//
//   usage: budget_operations CONNECTIONS
#include <fmt/core.h>
#include <valgrind/callgrind.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "stack/stack.hpp"
#include "tests/support/client_and_server.hpp"
#include "tests/support/tcp_packet.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;

namespace {

struct Measured {
  Measured() { CALLGRIND_TOGGLE_COLLECT; }
  ~Measured() { CALLGRIND_TOGGLE_COLLECT; }
  Measured(const Measured&) = delete;
  Measured& operator=(const Measured&) = delete;
};

void must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

constexpr std::size_t super_segment = 44 * 1460;  // as many segments of an MTU of 1500 as a packet of 64 KiB holds

/// A server whose work is measured, and a client whose work is not.
class World : public ClientAndServer {
 public:
  World() {
    for (unsigned i = 0; i < 64; ++i) octets_.push_back(Slice::copy_of(std::vector<std::uint8_t>(super_segment, 'x')));
  }
  const Slice& octets() { return octets_[next_++ % octets_.size()]; }

 private:
  std::vector<Slice> octets_;
  std::size_t next_ = 0;
};

/// Text in order, read at once, and acknowledged.
unsigned super_segment_received(World& world) {
  const auto [mine, its] = world.establish();
  constexpr unsigned count = 200;
  for (unsigned i = 0; i < count + 20; ++i) {  // the first ones open the window
    must(world.client.send(world.now, mine, world.octets()).has_value(), "the client's buffer is full");
    if (i < 20) {
      world.settle();
      world.pass(1ms);
      continue;
    }
    IncomingPacket packet = world.from_client();
    must(packet.bytes.size() == super_segment + 20 + 32, "it is no super-segment");
    const OutgoingPacket* answer = nullptr;
    {
      const Measured measured;
      world.server.receive(world.now, std::move(packet));
      while (world.server.poll_event()) {
      }
      while (world.server.receive(world.now, its)) {
      }
      answer = world.server.poll_transmit(world.now);
    }
    must(answer != nullptr && answer->payload_size() == 0, "it is not acknowledged");
    world.client.receive(world.now, incoming(*answer));
    world.pass(1ms);
  }
  CALLGRIND_DUMP_STATS_AT("super_segment_received");
  return count;
}

/// What sends text, and what its acknowledgments cost: two operations of one conversation.
std::pair<unsigned, unsigned> super_segment_sent(World& world, bool acknowledgments) {
  const auto [mine, its] = world.establish();
  constexpr unsigned count = 200;
  unsigned acknowledged = 0;
  for (unsigned i = 0; i < count + 20; ++i) {
    if (i < 20) {
      must(world.server.send(world.now, its, world.octets()).has_value(), "the server's buffer is full");
      world.settle();
      world.pass(1ms);
      continue;
    }
    const OutgoingPacket* packet = nullptr;
    {
      std::optional<Measured> measured;
      if (!acknowledgments) measured.emplace();
      must(world.server.send(world.now, its, world.octets()).has_value(), "the server's buffer is full");
      packet = world.server.poll_transmit(world.now);
    }
    must(packet != nullptr && packet->payload_size() == super_segment, "it is no super-segment");
    world.client.receive(world.now, incoming(*packet));
    while (const auto event = world.client.poll_event()) world.read(world.client, *event);
    while (const OutgoingPacket* answer = world.client.poll_transmit(world.now)) {
      must(answer->payload_size() == 0, "it is no pure acknowledgment");
      IncomingPacket arriving = incoming(*answer);
      std::optional<Measured> measured;
      if (acknowledgments) measured.emplace();
      world.server.receive(world.now, std::move(arriving));
      while (world.server.poll_event()) {
      }
      must(world.server.poll_transmit(world.now) == nullptr, "an acknowledgment is answered");
      ++acknowledged;
    }
    world.pass(1ms);
  }
  if (acknowledgments) {
    CALLGRIND_DUMP_STATS_AT("acknowledgment_received");
  } else {
    CALLGRIND_DUMP_STATS_AT("super_segment_sent");
  }
  return {count, acknowledged};
}

/// A request of 100 octets that is answered with 200.
unsigned request_answered(World& world) {
  const auto [mine, its] = world.establish();
  const std::vector<std::uint8_t> request(100, 'q');
  const std::vector<std::uint8_t> response(200, 'a');
  constexpr unsigned count = 500;
  for (unsigned i = 0; i < count; ++i) {
    must(world.client.send(world.now, mine, Bytes{request}).has_value(), "the client cannot ask");
    IncomingPacket packet = world.from_client();
    const OutgoingPacket* answer = nullptr;
    {
      const Measured measured;
      world.server.receive(world.now, std::move(packet));
      while (world.server.poll_event()) {
      }
      const auto read = world.server.receive(world.now, its);
      if (read && read->size() == request.size()) (void)world.server.send(world.now, its, Bytes{response});
      answer = world.server.poll_transmit(world.now);
    }
    must(answer != nullptr && answer->payload_size() == response.size(), "no answer");
    world.client.receive(world.now, incoming(*answer));
    while (const auto event = world.client.poll_event()) world.read(world.client, *event);
    world.now += 1ms;
  }
  world.settle();
  CALLGRIND_DUMP_STATS_AT("request_answered");
  return count;
}

/// From the SYN to the end of LAST-ACK: the client closes first.
unsigned connection_opened_and_closed(World& world) {
  constexpr unsigned count = 200;
  for (unsigned i = 0; i < count; ++i) {
    const ConnectionId mine = world.connect();
    std::optional<ConnectionId> its;
    bool closed = false;
    const auto hear = [&] {
      while (const auto event = world.server.poll_event()) {
        if (event->acceptable) its = world.accept();
        world.read(world.server, *event);
        if (event->peer_closed) (void)world.server.close(world.now, *its);
        closed = closed || event->closed;
      }
    };
    const auto exchange = [&] {
      while (const OutgoingPacket* packet = world.client.poll_transmit(world.now)) {
        IncomingPacket arriving = incoming(*packet);
        const OutgoingPacket* answer = nullptr;
        {
          const Measured measured;
          world.server.receive(world.now, std::move(arriving));
          hear();
          answer = world.server.poll_transmit(world.now);
        }
        while (answer != nullptr) {
          world.client.receive(world.now, incoming(*answer));
          const Measured measured;
          answer = world.server.poll_transmit(world.now);
        }
        const Measured measured;
        hear();
      }
    };
    exchange();
    must(its.has_value(), "the connection is not established");
    must(world.client.close(world.now, mine).has_value(), "the client cannot close");
    exchange();
    must(closed, "the connection is not closed");
    world.now += 1ms;
  }
  CALLGRIND_DUMP_STATS_AT("connection_opened_and_closed");
  return count;
}

/// The server has closed first; four minutes later all of its TIME-WAITs are over.
unsigned time_wait_expired(World& world) {
  constexpr unsigned count = 1000;
  const std::size_t before = world.server.population().time_wait;
  for (unsigned i = 0; i < count; ++i) {
    const auto [mine, its] = world.establish();
    must(world.server.close(world.now, its).has_value(), "the server cannot close");
    world.settle();
    must(world.client.close(world.now, mine).has_value(), "the client cannot close");
    world.settle();
  }
  must(world.server.population().time_wait == before + count, "they are not in TIME-WAIT");
  world.now += world.server.config().msl * 2;
  {
    const Measured measured;
    world.server.handle_timeout(world.now);
    while (world.server.poll_event()) {
    }
  }
  must(world.server.population().time_wait == 0, "they are still in TIME-WAIT");
  CALLGRIND_DUMP_STATS_AT("time_wait_expired");
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const int connections = argc == 2 ? std::atoi(argv[1]) : 1;
  World world;
  for (int i = 1; i < connections; ++i) world.establish();
  CALLGRIND_START_INSTRUMENTATION;  // until here all went much faster
  fmt::print("super_segment_received {}\n", super_segment_received(world));
  fmt::print("super_segment_sent {}\n", super_segment_sent(world, false).first);
  fmt::print("acknowledgment_received {}\n", super_segment_sent(world, true).second);
  fmt::print("request_answered {}\n", request_answered(world));
  fmt::print("connection_opened_and_closed {}\n", connection_opened_and_closed(world));
  fmt::print("time_wait_expired {}\n", time_wait_expired(world));
}
