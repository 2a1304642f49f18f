// The window we offer: RFC 9293 §3.8.6, §3.8.6.2.2; RFC 7323 §2.
#include "stack/tcp/receive_window.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using test::starts_near_wraps;

TEST_CASE("RFC 9293 §3.8.6: a quiescent connection offers its whole buffer", "[receive_window]") {
  ReceiveWindow window{20'000};
  CHECK(window.current(Seq{1}) == 0);
  CHECK(window.on_first_syn() == 20'000);
  CHECK(window.offer(Seq{1}, 0, 1000, 0) == 20'000);
  CHECK(window.current(Seq{1}) == 20'000);
  CHECK(window.current(Seq{5001}) == 15'000);
  CHECK(window.current(Seq{20'001}) == 0);
}

TEST_CASE("RFC 7323 §2.2: a SYN's window is not scaled, and no field exceeds 65535",
          "[receive_window][RFC7323][7323-2.2-d]") {
  ReceiveWindow window{1 << 20};
  CHECK(window.on_first_syn() == 65535);
  CHECK(window.offer(Seq{1}, 0, 1000, 0) == 65535);
  CHECK(window.offer(Seq{1}, 0, 1000, 5) == 1 << 20);
  CHECK(window.offer(Seq{1}, 0, 1000, 4) == 65535 << 4);  // the field's limit
  CHECK(window.current(Seq{1}) == 1 << 20);               // and yet what was promised stays promised
}

TEST_CASE("RFC 9293 §3.8.6.2.2: the right edge stays until it can move by a segment", "[receive_window][MUST-39]") {
  for (const std::uint32_t start : starts_near_wraps) {
    CAPTURE(start);
    const Seq irs{start};
    ReceiveWindow window{20'000};
    CHECK(window.offer(irs, 0, 1000, 0) == 20'000);
    CHECK(window.offer(irs + 500, 500, 1000, 0) == 19'500);
    CHECK(window.offer(irs + 999, 0, 1000, 0) == 19'001);  // read, but not yet a segment's worth
    CHECK(window.offer(irs + 1000, 0, 1000, 0) == 20'000);
  }
}

TEST_CASE("RFC 9293 §3.8.6.2.2: where the buffer is small, half of it is enough", "[receive_window][MUST-39]") {
  ReceiveWindow window{1000};
  CHECK(window.offer(Seq{0}, 0, 1460, 0) == 1000);
  CHECK(window.offer(Seq{1000}, 501, 1460, 0) == 0);
  CHECK(window.offer(Seq{1000}, 500, 1460, 0) == 500);
}

TEST_CASE("RFC 9293 §3.8.6: a buffer that holds more than was offered does not shrink the window",
          "[receive_window][SHLD-14]") {
  ReceiveWindow window{10'000};
  CHECK(window.offer(Seq{0}, 0, 1000, 0) == 10'000);
  CHECK(window.offer(Seq{0}, 9000, 1000, 0) == 10'000);
  CHECK(window.offer(Seq{0}, 90'000, 1000, 0) == 10'000);
}

TEST_CASE("RFC 9293 §3.8.6.2.2: a window update is worth two segments, or opening", "[receive_window][MUST-39]") {
  ReceiveWindow window{20'000};
  window.offer(Seq{0}, 0, 1000, 0);
  const Seq full{20'000};
  CHECK_FALSE(window.would_grow(full, 20'000, 1000, 0));
  CHECK_FALSE(window.would_grow(full, 19'001, 1000, 0));  // less than a segment: still closed
  CHECK(window.would_grow(full, 19'000, 1000, 0));        // opens from zero
  CHECK(window.offer(full, 19'000, 1000, 0) == 1000);
  CHECK_FALSE(window.would_grow(full, 17'500, 1000, 0));
  CHECK(window.would_grow(full, 17'000, 1000, 0));
  CHECK(window.current(full) == 1000);  // asking promises nothing
}

TEST_CASE("RFC 7323 §2.3: an edge between two units of the scale is not taken back while there is room",
          "[receive_window][RFC7323][SHLD-14][7323-2.3-e][7323-2.4-b][7323-2.4-c]") {
  ReceiveWindow window{100'000};
  CHECK(window.offer(Seq{0}, 0, 1000, 7) == 99'968);  // 781 units of 128
  // 100 octets arrived and were read: the edge lies 99,868 ahead, not a multiple of 128; the buffer has room for more.
  CHECK(window.offer(Seq{100}, 0, 1000, 7) == 99'968 - 128 + 128);
  // 200 arrived, all unread: there is room for 99,800 only, so the field falls short of what stays promised.
  ReceiveWindow busy{100'000};
  busy.offer(Seq{0}, 0, 1000, 7);
  CHECK(busy.offer(Seq{200}, 200, 1000, 7) == 779 * 128);
  CHECK(busy.current(Seq{200}) == 99'768);
}

TEST_CASE("RFC 9293 §3.8.6: buffers beyond what the field can say are cut to that", "[receive_window][RFC7323]") {
  ReceiveWindow window{UINT32_MAX};
  CHECK(window.offer(Seq{0xfffffff0}, 0, 1000, 14) == ReceiveWindow::max_buffer);
}

/// A receiver and what its peer believes, through random arrivals and reads.
void run_window(std::uint64_t seed, std::uint32_t irs, std::uint32_t buffer, unsigned scale) {
  CAPTURE(seed, irs, buffer, scale);
  Random random{secret_from_seed(seed)};
  constexpr std::uint32_t mss = 1460;
  const std::uint32_t unit = std::uint32_t{1} << scale;
  ReceiveWindow window{buffer};
  Seq rcv_nxt{irs};
  std::size_t unread = 0;
  Seq edge = rcv_nxt;  // the farthest that the peer was ever told
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t open = window.current(rcv_nxt);
    const bool grows = window.would_grow(rcv_nxt, unread, mss, scale);
    const std::uint32_t offered = window.offer(rcv_nxt, unread, mss, scale);
    REQUIRE(offered % unit == 0);
    REQUIRE(offered >> scale <= 65535);
    const Seq told = rcv_nxt + offered;
    if (i > 0) {
      const std::int32_t moved = told - edge;
      REQUIRE(moved > -static_cast<std::int32_t>(unit));  // SHLD-14: back by rounding at most
      const auto increment = static_cast<std::int32_t>(std::min<std::size_t>(buffer / 2, mss));
      REQUIRE((moved < static_cast<std::int32_t>(unit) || moved >= increment - static_cast<std::int32_t>(unit)));
    }
    if (grows) REQUIRE(offered > open);
    if (told > edge) {
      REQUIRE(offered + unread <= buffer);  // nothing is newly promised that there is no room for
      edge = told;
    }
    REQUIRE(window.current(rcv_nxt) == static_cast<std::uint32_t>(edge - rcv_nxt));

    const auto arriving = static_cast<std::uint32_t>(random.below(std::min(offered, 4 * mss) + 1));
    rcv_nxt += arriving;
    unread += arriving;
    REQUIRE(unread <= buffer + unit);
    if (random.below(3) == 0) unread -= random.below(unread + 1);
  }
}

TEST_CASE("RFC 9293 §3.8.6.2.2: random arrivals and reads keep the receiver's rules",
          "[receive_window][MUST-39][SHLD-14]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    run_window(seed, starts_near_wraps[seed % starts_near_wraps.size()],
               std::array<std::uint32_t, 5>{100, 3000, 65'535, 1 << 20, 5'000'000}[seed % 5], seed % 5 < 3 ? 0 : 7);
}

}  // namespace
}  // namespace handwave::tcp
