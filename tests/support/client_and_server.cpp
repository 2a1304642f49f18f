#include "tests/support/client_and_server.hpp"

#include <stdexcept>

#include "tests/support/tcp_packet.hpp"

namespace handwave::test {
namespace {

const Endpoint server_endpoint{IpAddress::v4(192, 0, 2, 2), 80};
constexpr unsigned ports_an_address = 60'000;
constexpr std::uint16_t first_port = 2000;

StackConfig of_clients() {
  StackConfig config;
  for (std::uint8_t last = 11; last < 60; ++last) config.addresses.push_back({IpAddress::v4(192, 0, 2, last), 24});
  return config;
}

StackConfig of_server() {
  StackConfig config;
  config.addresses = {{server_endpoint.address, 24}};
  return config;
}

}  // namespace

ClientAndServer::ClientAndServer()
    : client(of_clients(), secret_from_seed(1)), server(of_server(), secret_from_seed(2)) {
  listener_ = server.listen(server_endpoint, {.backlog = 1 << 20}).value();
}

std::pair<ConnectionId, ConnectionId> ClientAndServer::establish() {
  const ConnectionId mine = connect();
  settle();
  return {mine, accept()};
}

ConnectionId ClientAndServer::connect() {
  OpenOptions options;
  options.local_address = client.config().addresses.at(opened_ / ports_an_address).address;
  options.local_port = static_cast<std::uint16_t>(first_port + opened_ % ports_an_address);
  ++opened_;
  return client.connect(now, server_endpoint, options).value();
}

void ClientAndServer::settle() {
  for (bool any = true; std::exchange(any, false);) {
    while (const OutgoingPacket* packet = client.poll_transmit(now)) any = true, server.receive(now, incoming(*packet));
    while (const auto event = server.poll_event()) any = true, read(server, *event);
    while (const OutgoingPacket* packet = server.poll_transmit(now)) any = true, client.receive(now, incoming(*packet));
    while (const auto event = client.poll_event()) any = true, read(client, *event);
  }
}

void ClientAndServer::read(Stack& stack, const Event& event) {
  if (!event.readable && !event.peer_closed) return;
  for (auto part = stack.receive(now, event.connection); part && !part->empty();)
    part = stack.receive(now, event.connection);
}

void ClientAndServer::pass(Duration duration) {
  now += duration;
  client.handle_timeout(now);
  server.handle_timeout(now);
  settle();
}

IncomingPacket ClientAndServer::from_client() {
  const OutgoingPacket* packet = client.poll_transmit(now);
  if (packet == nullptr) throw std::runtime_error("the client has nothing to say");
  return incoming(*packet);
}

void ClientAndServer::forget_clients() { client = Stack(of_clients(), secret_from_seed(1)); }

}  // namespace handwave::test
