// A server's stack and the stack of all its clients, without a network between them: for what is counted or timed of
// the server, with so many other connections established and idle.
#pragma once

#include <utility>

#include "stack/stack.hpp"

namespace handwave::test {

class ClientAndServer {
 public:
  /// The server listens on 192.0.2.2, port 80; the client has addresses and ports for some three million connections.
  ClientAndServer();

  /// A connection: its name at the client, and at the server.
  std::pair<ConnectionId, ConnectionId> establish();
  /// The client's half of it: a SYN that waits to be sent.
  ConnectionId connect();
  ConnectionId accept() { return server.accept(listener_).value(); }

  /// Packets to and fro until nobody has more; both read all that comes.
  void settle();
  /// Reads all that the event tells of, the end of the stream as well.
  void read(Stack& stack, const Event& event);
  /// A moment later; whatever was due in it has happened.
  void pass(Duration duration);
  /// The client's next packet, which there must be.
  IncomingPacket from_client();
  /// The client has no connection any more, and the server does not know.
  void forget_clients();

  Instant now{};
  Stack client;
  Stack server;

 private:
  ListenerId listener_;
  unsigned opened_ = 0;
};

}  // namespace handwave::test
