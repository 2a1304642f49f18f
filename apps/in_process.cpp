#include "apps/in_process.hpp"

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/built_in_site.hpp"
#include "apps/certificate_files.hpp"
#include "apps/console.hpp"
#include "apps/fetch.hpp"
#include "apps/http/static_site.hpp"
#include "apps/http_server.hpp"
#include "apps/https_server.hpp"
#include "apps/ladder.hpp"
#include "apps/network_options.hpp"
#include "apps/services.hpp"
#include "apps/tls_stream.hpp"
#include "stack/random.hpp"
#include "stack/sockets.hpp"
#include "tls/context.hpp"
#include "tun/entropy.hpp"

namespace handwave {
namespace {

using namespace std::chrono_literals;

constexpr Duration one_way_delay = 5ms;
const AddressPrefix client_address = *AddressPrefix::parse("192.0.2.1/24");
const AddressPrefix server_address = *AddressPrefix::parse("192.0.2.2/24");
constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

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

/// Fetches the page, and reads on to the end of what the server says.
template <ByteStream S>
Task<void> read_page(Sockets& sockets, S& stream, const http::Url& url, std::string& page) {
  const BodySink sink = [&](const FetchedHead&, std::string_view octets) {
    page += octets;
    return true;
  };
  const auto head = co_await fetch(sockets, stream, url, sink);
  if (!head || head->status != 200) page.clear();
  while (true) {
    const auto rest = co_await stream.read();
    if (!rest || rest->empty()) break;
  }
}

/// Closes behind the server, as a browser would: a moment later.
Task<void> visit(Sockets& sockets, std::string& page) {
  auto stream = co_await sockets.connect({server_address.address, http_port});
  if (!stream) co_return;
  co_await read_page(sockets, *stream, *http::parse_url("http://192.0.2.2/"), page);
  co_await sockets.sleep_for(1ms);
}

Task<void> visit_securely(Sockets& sockets, const tls::ClientContext& context, std::string& page) {
  auto transport = co_await sockets.connect({server_address.address, https_port});
  if (!transport) co_return;
  TlsStream stream{sockets, *std::move(transport), context, server_address.address.to_string()};
  if (!co_await stream.handshake({})) co_return;
  co_await read_page(sockets, stream, *http::parse_url("https://192.0.2.2/"), page);
  co_await sockets.sleep_for(1ms);
  (void)co_await stream.finish_sending();
}

/// Runs the world to the end of its connection. The ladder, if the page came whole.
std::string draw(World& world, http::FileSystem& files, const std::string& page, std::string_view title) {
  world.run();
  const auto expected = files.open("index.html");
  const bool same = expected && page.size() == (*expected)->info().size;
  if (!same || !world.ladder || !world.ladder->finished()) return {};
  world.ladder->stop_waiting();
  return world.ladder->draw(title) + "\n";
}

/// Starts a server of the world's.
bool offer(Sockets& sockets, std::uint16_t port, Service service) {
  auto listener = sockets.listen({IpAddress{}, port});
  if (!listener) return false;
  sockets.start(accept_each(sockets, *std::move(listener), std::move(service)));
  return true;
}

std::chrono::sys_seconds no_date() { return {}; }

}  // namespace

std::string draw_in_process() {
  BuiltInSite files{{}};
  http::StaticSite site{files};
  std::string page;
  std::optional<HttpServer> server;  // outlives the tasks of the world's sockets
  World world;
  server.emplace(HttpServer{.sockets = world.server.sockets, .site = site, .date = no_date});
  const auto serve = [&](Stream stream) { return serve_http(*server, std::move(stream)); };
  if (!offer(world.server.sockets, http_port, serve)) return {};
  world.client.sockets.start(visit(world.client.sockets, page));
  return draw(world, files, page, "=== Connection 1: two of our stacks, in virtual time ===");
}

std::string draw_https_in_process(KeyExchange exchange) {
  const bool textbook = exchange == KeyExchange::static_rsa;
  BuiltInSite files{{}};
  http::StaticSite site{files};
  std::string page;
  using Key = tls::CertificateRequest::Key;
  const OwnIdentity own =
      make_own_identity({server_address.address.to_string()}, textbook ? Key::rsa_2048 : Key::ecdsa_p256);
  tls::ClientOptions trusting;
  trusting.authorities = *tls::Authorities::from_pem(own.certificate_pem);
  trusting.random = machine_random;
  trusting.teach_static_rsa = textbook;
  const tls::ClientContext context{std::move(trusting)};

  std::optional<HttpServer> http;
  std::optional<HttpsServer> https;
  World world;
  tls::ServerOptions options;
  options.identities = {own.identity};
  options.random = machine_random;
  options.teach_static_rsa = textbook;
  options.key_log = [&world](std::string_view line) {
    if (world.ladder) world.ladder->add_secret(line);
  };
  http.emplace(HttpServer{.sockets = world.server.sockets, .site = site, .date = no_date});
  https.emplace(*http, tls::ServerContext{std::move(options)});
  const auto serve = [&](Stream stream) { return serve_https(*https, std::move(stream)); };
  if (!offer(world.server.sockets, https_port, serve)) return {};
  world.client.sockets.start(visit_securely(world.client.sockets, context, page));
  return draw(world, files, page,
              textbook ? "=== Connection 3: TLS 1.2 with static RSA, as the textbooks draw it ==="
                       : "=== Connection 2: the same over TLS 1.3 ===");
}

int in_process() {
  const std::string plain = draw_in_process();
  const std::string secure = draw_https_in_process(KeyExchange::ephemeral);
  const std::string textbook = draw_https_in_process(KeyExchange::static_rsa);
  if (plain.empty() || secure.empty() || textbook.empty())
    throw std::runtime_error("the exchange did not come to its end");
  print(plain + secure + textbook);
  return 0;
}

}  // namespace handwave
