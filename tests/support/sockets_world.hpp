// Two hosts with coroutine sockets, joined by a wire of memory that loses nothing and takes no time.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "stack/sockets.hpp"
#include "stack/wire/segmentation.hpp"

namespace handwave::test {

using namespace std::chrono_literals;

inline StackConfig config_with(const char* address) {
  StackConfig config;
  config.addresses = {*AddressPrefix::parse(address)};
  return config;
}

struct SocketsHost {
  SocketsHost(const char* address, std::uint64_t seed, Instant now)
      : stack(config_with(address), secret_from_seed(seed)), sockets(std::in_place, stack, now) {}
  Stack stack;
  std::optional<Sockets> sockets;
};

struct SocketsWorld {
  Instant now = Instant{} + 1h;
  SocketsHost client{"192.0.2.1/24", 1, now};
  SocketsHost server{"192.0.2.2/24", 2, now};
  bool cut = false;

  bool turn(SocketsHost& from, SocketsHost& to) {
    bool any = false;
    while (const auto event = from.stack.poll_event()) {
      if (from.sockets) from.sockets->handle(now, *event);
      any = true;
    }
    std::vector<std::uint8_t> bytes;
    while (const OutgoingPacket* packet = from.stack.poll_transmit(now)) {
      for (wire::Segmentation pieces{*packet}; pieces.next(bytes);)
        if (!cut) to.stack.receive(now, Bytes{bytes});
      any = true;
    }
    return any;
  }
  void time() {
    for (SocketsHost* const host : {&client, &server}) {
      host->stack.handle_timeout(now);
      if (host->sockets) host->sockets->handle_timeout(now);
    }
  }
  void settle() {
    for (bool moved = true; moved;) {
      time();
      const bool from_client = turn(client, server);
      const bool from_server = turn(server, client);
      moved = from_client || from_server;
    }
  }
  void wait(Duration duration) {
    const Instant end = now + duration;
    settle();
    while (true) {
      std::optional<Instant> next;
      for (SocketsHost* const host : {&client, &server})
        for (const auto& at :
             {host->stack.poll_timeout(), host->sockets ? host->sockets->poll_timeout() : std::nullopt})
          if (at && (!next || *at < *next)) next = at;
      if (!next || *next > end) break;
      now = std::max(now, *next);
      settle();
    }
    now = end;
    settle();
  }
};

}  // namespace handwave::test
