#include "apps/in_process.hpp"

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/built_in_site.hpp"
#include "apps/fetch.hpp"
#include "apps/host.hpp"
#include "apps/http/static_site.hpp"
#include "apps/http_server.hpp"
#include "apps/ladder.hpp"
#include "apps/services.hpp"
#include "stack/random.hpp"
#include "stack/sockets.hpp"

namespace handwave {
namespace {

using namespace std::chrono_literals;

constexpr Duration one_way_delay = 5ms;
const AddressPrefix client_address = *AddressPrefix::parse("192.0.2.1/24");
const AddressPrefix server_address = *AddressPrefix::parse("192.0.2.2/24");
constexpr std::uint16_t http_port = 80;

StackConfig host_config(const AddressPrefix& address) {
  StackConfig config;
  config.addresses = {address};
  config.max_packet = config.mtu;  // a wire without super-segments
  return config;
}

/// One of the two hosts.
struct End {
  End(const AddressPrefix& address, std::uint64_t seed)
      : stack(host_config(address), secret_from_seed(seed)), sockets(stack) {}
  Stack stack;
  Sockets sockets;
};

/// Two hosts and the wire between them. Time jumps to whatever is next.
class World {
 public:
  World() : client(client_address, 1), server(server_address, 2) {}

  /// Runs until nothing is left to happen, or the connection is over.
  void run() {
    settle(client, true);
    settle(server, false);
    while (!(ladder && ladder->finished())) {
      const auto next = next_instant();
      if (!next) return;
      now_ = *next;
      while (!wire_.empty() && wire_.front().arrives <= now_) arrive();
      for (End* const end : {&client, &server}) {
        end->stack.handle_timeout(now_);
        end->sockets.handle_timeout(now_);
      }
      settle(client, true);
      settle(server, false);
    }
  }

  End client;
  End server;
  std::optional<Ladder> ladder;

 private:
  struct Flight {
    Instant sent;
    Instant arrives;
    bool to_server;
    tcp::State sender_state;
    std::vector<std::uint8_t> octets;
    std::optional<SegmentView> segment;
  };

  /// Events to the application, packets onto the wire, until the host is at rest.
  void settle(End& end, bool is_client) {
    bool moved = true;
    while (std::exchange(moved, false)) {
      while (const auto event = end.stack.poll_event()) {
        end.sockets.handle(now_, *event);
        moved = true;
      }
      while (const OutgoingPacket* const packet = end.stack.poll_transmit(now_)) {
        depart(*packet, end.stack, is_client);
        moved = true;
      }
    }
  }

  void depart(const OutgoingPacket& packet, const Stack& sender, bool from_client) {
    Flight flight{now_, now_ + one_way_delay, from_client, tcp::State::closed, {}, view_segment(packet)};
    const Bytes header = packet.header();
    flight.octets.assign(header.begin(), header.end());
    for (const Bytes slice : packet.payload()) flight.octets.insert(flight.octets.end(), slice.begin(), slice.end());
    if (flight.segment) flight.sender_state = state_of(sender, flight.segment->sockets);
    wire_.push_back(std::move(flight));
  }

  void arrive() {
    const Flight flight = std::move(wire_.front());
    wire_.pop_front();
    End& receiver = flight.to_server ? server : client;
    receiver.stack.receive(now_, {.bytes = Slice::copy_of(flight.octets), .checksum_verified = true});
    if (!flight.segment) return;
    const tcp::State there = state_of(receiver.stack, flight.segment->sockets.reversed());
    if (!ladder) ladder.emplace(flight.sent, *flight.segment, "client", "server");
    ladder->add(now_, *flight.segment,
                flight.to_server ? LadderStates{flight.sender_state, there} : LadderStates{there, flight.sender_state});
    settle(receiver, !flight.to_server);
  }

  /// A listener may still be there when a connection is gone.
  tcp::State state_of(const Stack& stack, const FourTuple& sockets) const {
    const tcp::State state = stack.state_of(sockets);
    return state == tcp::State::listen ? tcp::State::closed : state;
  }

  std::optional<Instant> next_instant() const {
    std::optional<Instant> next;
    const auto consider = [&](std::optional<Instant> at) {
      if (at && (!next || *at < *next)) next = at;
    };
    for (const End* const end : {&client, &server}) {
      consider(end->stack.poll_timeout());
      consider(end->sockets.poll_timeout());
    }
    if (!wire_.empty()) consider(wire_.front().arrives);
    return next ? std::max(*next, now_) : next;
  }

  Instant now_{};
  std::deque<Flight> wire_;
};

/// Fetches the page, reads on to the server's FIN, and closes too, as a browser would: a moment later.
Task<void> visit(Sockets& sockets, std::string& page) {
  auto stream = co_await sockets.connect({server_address.address, http_port});
  if (!stream) co_return;
  const auto url = http::parse_url("http://192.0.2.2/");
  const BodySink sink = [&](const FetchedHead&, std::string_view octets) {
    page += octets;
    return true;
  };
  const auto head = co_await fetch(sockets, *stream, *url, sink);
  if (!head || head->status != 200) page.clear();
  while (true) {
    const auto rest = co_await stream->read();
    if (!rest || rest->empty()) break;
  }
  co_await sockets.sleep_for(1ms);
}

}  // namespace

std::string draw_in_process() {
  BuiltInSite files{{}};
  http::StaticSite site{files};
  World world;
  Sockets& sockets = world.server.sockets;
  HttpServer server{.sockets = sockets, .site = site, .date = [] { return std::chrono::sys_seconds{}; }};
  auto listener = sockets.listen({IpAddress{}, http_port});
  if (!listener) return {};
  sockets.start(
      accept_each(sockets, *std::move(listener), [&](Stream stream) { return serve_http(server, std::move(stream)); }));
  std::string page;
  world.client.sockets.start(visit(world.client.sockets, page));
  world.run();

  const auto expected = files.open("index.html");
  const bool same = expected && page.size() == (*expected)->info().size;
  if (!same || !world.ladder || !world.ladder->finished()) return {};
  return world.ladder->draw("=== Connection 1: two of our stacks, in virtual time ===") + "\n";
}

int in_process() {
  const std::string drawing = draw_in_process();
  if (drawing.empty()) throw std::runtime_error("the exchange did not come to its end");
  print(drawing);
  return 0;
}

}  // namespace handwave
