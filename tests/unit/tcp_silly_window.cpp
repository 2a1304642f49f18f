// When to send, and how much: RFC 9293 §3.8.6.2.1, §3.7.4.
#include "stack/tcp/silly_window.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

/// A wide-open connection: nothing in flight, nothing queued.
SenderView wide_open() {
  return {.usable = 1 << 20,
          .queued = 0,
          .effective_mss = 1000,
          .largest_window = 1 << 20,
          .outstanding = false,
          .nagle = true,
          .pushed = true,
          .override_timeout = false,
          .limit = 64'000};
}

TEST_CASE("RFC 9293 §3.8.6.2.1: nothing queued, or no window, sends nothing", "[silly_window]") {
  SenderView view = wide_open();
  CHECK(octets_to_send(view) == 0);
  view.queued = 5000;
  view.usable = 0;
  CHECK(octets_to_send(view) == 0);
  view.override_timeout = true;
  CHECK(octets_to_send(view) == 0);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (1): a maximum-sized segment is sent, whatever is in flight",
          "[silly_window][MUST-38]") {
  SenderView view = wide_open();
  view.outstanding = true;
  view.pushed = false;
  view.queued = 999;
  CHECK(octets_to_send(view) == 0);
  view.queued = 1000;
  CHECK(octets_to_send(view) == 1000);
  view.queued = 3999;
  CHECK(octets_to_send(view) == 3000);
  view.usable = 2500;
  CHECK(octets_to_send(view) == 2000);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (2): a short segment that ends a SEND goes if nothing is in flight",
          "[silly_window][MUST-38][SHLD-7]") {
  SenderView view = wide_open();
  view.queued = 10;
  CHECK(octets_to_send(view) == 10);
  view.outstanding = true;
  CHECK(octets_to_send(view) == 0);
}

TEST_CASE("RFC 9293 §3.7.4: without the Nagle algorithm a short segment goes at once", "[silly_window][MUST-17]") {
  SenderView view = wide_open();
  view.queued = 10;
  view.outstanding = true;
  view.nagle = false;
  CHECK(octets_to_send(view) == 10);
  view.queued = 2010;
  CHECK(octets_to_send(view) == 2010);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (2): what is not pushed waits for more", "[silly_window]") {
  SenderView view = wide_open();
  view.pushed = false;
  view.queued = 10;
  CHECK(octets_to_send(view) == 0);
  view.queued = 1010;
  CHECK(octets_to_send(view) == 1000);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (2): a window that takes the queue only in part makes no short segment",
          "[silly_window][MUST-38]") {
  SenderView view = wide_open();
  view.queued = 1900;
  view.usable = 1800;
  CHECK(octets_to_send(view) == 1000);
  view.queued = 900;
  view.usable = 800;
  CHECK(octets_to_send(view) == 0);
  view.nagle = false;  // MUST-38 holds for those who want no Nagle, too
  CHECK(octets_to_send(view) == 0);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (3): half of the largest window ever seen is enough", "[silly_window][MUST-38]") {
  SenderView view = wide_open();
  view.queued = 5000;
  view.largest_window = 600;
  view.usable = 299;
  CHECK(octets_to_send(view) == 0);
  view.usable = 300;
  CHECK(octets_to_send(view) == 300);
  view.outstanding = true;
  CHECK(octets_to_send(view) == 0);
  view.nagle = false;
  CHECK(octets_to_send(view) == 300);
}

TEST_CASE("RFC 9293 §3.8.6.2.1 (4): the override timeout sends what can be sent", "[silly_window][MUST-38]") {
  SenderView view = wide_open();
  view.queued = 5000;
  view.usable = 7;
  view.outstanding = true;
  view.override_timeout = true;
  CHECK(octets_to_send(view) == 7);
}

TEST_CASE("RFC 9293 §3.7.4: a short end rides on a super-segment if nothing was in flight before",
          "[silly_window][SHLD-7]") {
  SenderView view = wide_open();
  view.queued = 5500;
  CHECK(octets_to_send(view) == 5500);
  view.outstanding = true;
  CHECK(octets_to_send(view) == 5000);
}

TEST_CASE("A super-segment is cut at its limit into whole segments", "[silly_window]") {
  SenderView view = wide_open();
  view.queued = 500'000;
  view.limit = 64'999;
  CHECK(octets_to_send(view) == 64'000);
  view.limit = 10;  // less than a segment counts as one
  CHECK(octets_to_send(view) == 1000);
}

/// Sends as the rules say until they say wait; the sizes of all segments below the MSS.
std::size_t short_segments_sent(SenderView view) {
  std::size_t shorts = 0;
  while (const std::uint32_t count = octets_to_send(view)) {
    if (count % view.effective_mss != 0) ++shorts;
    view.queued -= count;
    view.usable -= count;
    view.outstanding = true;
  }
  return shorts;
}

TEST_CASE("RFC 9293 §3.7.4: no more than one short segment is ever in flight under Nagle", "[silly_window][SHLD-7]") {
  Random random{secret_from_seed(7)};
  for (int i = 0; i < 20'000; ++i) {
    SenderView view = wide_open();
    view.usable = static_cast<std::uint32_t>(random.below(200'000));
    view.queued = static_cast<std::uint32_t>(random.below(200'000));
    view.effective_mss = static_cast<std::uint32_t>(1 + random.below(1500));
    view.largest_window = static_cast<std::uint32_t>(random.below(200'000));
    view.limit = static_cast<std::uint32_t>(random.below(65'000));
    view.outstanding = random.below(2) == 0;
    view.pushed = random.below(2) == 0;
    REQUIRE(short_segments_sent(view) <= (view.outstanding ? 0 : 1));
  }
}

TEST_CASE("RFC 9293 §3.8.6.2.1: the decision is one of the four conditions, and never exceeds D, U or the limit",
          "[silly_window][MUST-38]") {
  Random random{secret_from_seed(8)};
  for (int i = 0; i < 50'000; ++i) {
    SenderView view{.usable = static_cast<std::uint32_t>(random.below(10'000)),
                    .queued = static_cast<std::uint32_t>(random.below(10'000)),
                    .effective_mss = static_cast<std::uint32_t>(1 + random.below(1500)),
                    .largest_window = static_cast<std::uint32_t>(random.below(20'000)),
                    .outstanding = random.below(2) == 0,
                    .nagle = random.below(2) == 0,
                    .pushed = random.below(2) == 0,
                    .override_timeout = random.below(4) == 0,
                    .limit = static_cast<std::uint32_t>(random.below(5000))};
    const std::uint32_t least = std::min(view.queued, view.usable);
    const bool bracket = !view.outstanding || !view.nagle;
    const bool may_send =
        least > 0 && (least >= view.effective_mss || (bracket && view.pushed && view.queued <= view.usable) ||
                      (bracket && least * 2 >= view.largest_window) || view.override_timeout);
    const std::uint32_t count = octets_to_send(view);
    REQUIRE((count > 0) == may_send);
    REQUIRE(count <= least);
    REQUIRE(count <= std::max(view.limit, view.effective_mss));
  }
}

}  // namespace
}  // namespace handwave::tcp
