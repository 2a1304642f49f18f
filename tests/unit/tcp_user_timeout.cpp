// The user timeout option alone: RFC 5482 §3.1, §3.3, §3.4.
#include <catch2/catch_test_macros.hpp>

#include "stack/tcp/user_timeout.hpp"

namespace handwave::tcp {

using namespace std::chrono_literals;

TEST_CASE("RFC 5482 §3.3: seconds without G, minutes with it; zero says nothing",
          "[uto][RFC5482][5482-3.3-b][5482-3.4-b]") {
  CHECK(user_timeout_of(1) == 1s);
  CHECK(user_timeout_of(0x7fff) == 32767s);
  CHECK(user_timeout_of(0x8001) == 1min);
  CHECK(user_timeout_of(0xffff) == 32767min);
  CHECK_FALSE(user_timeout_of(0));
  CHECK_FALSE(user_timeout_of(0x8000));
}

TEST_CASE("RFC 5482 §3.3: what is told is no less than what was meant, and never zero",
          "[uto][RFC5482][5482-3.3-b][5482-3.4-a]") {
  CHECK(user_timeout_field(0s) == 1);
  CHECK(user_timeout_field(1ms) == 1);
  CHECK(user_timeout_field(5min) == 300);
  CHECK(user_timeout_field(32767s) == 32767);
  CHECK(user_timeout_field(32767s + 1ns) == (0x8000 | 547));
  CHECK(user_timeout_field(24h * 366) == 0xffff);
  CHECK(user_timeout_field(Duration::max()) == 0xffff);
  for (Duration timeout = 1s; timeout < 24h * 22; timeout += timeout / 3 + 1s)
    CHECK(user_timeout_of(user_timeout_field(timeout)) >= timeout);
}

TEST_CASE("RFC 5482 §3.1: the longer of both counts, between the limits",
          "[uto][RFC5482][5482-3-e][5482-3.1-c][5482-3.1-d][5482-3.1-e]") {
  CHECK(adopted_user_timeout(5min, 10min, 1h) == 10min);
  CHECK(adopted_user_timeout(5min, 2min, 1h) == 5min);
  CHECK(adopted_user_timeout(10s, 20s, 1h) == 100s);
  CHECK(adopted_user_timeout(5min, 24h, 1h) == 1h);
  CHECK(shortest_user_timeout >= 100s);
}

}  // namespace handwave::tcp
