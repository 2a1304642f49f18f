// Sockets over a stack that nobody talks to: for what has to do with coroutines and time alone.
#pragma once

#include <chrono>
#include <optional>

#include "stack/random.hpp"
#include "stack/sockets.hpp"

namespace handwave::test {

struct IdleSockets {
  /// Lets time pass, and runs whatever can go on by it.
  void pass(Duration duration) { sockets->handle_timeout(now += duration); }

  Stack stack{[] {
                StackConfig config;
                config.addresses = {*AddressPrefix::parse("192.0.2.2/24")};
                return config;
              }(),
              secret_from_seed(1)};
  Instant now{std::chrono::hours{1}};
  std::optional<Sockets> sockets{std::in_place, stack, now};
};

}  // namespace handwave::test
