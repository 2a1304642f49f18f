// SYN cookies alone: what they carry, how long they last, and what is taken for one (RFC 4987 §3.6, Appendix A).
#include "stack/tcp/syn_cookie.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <utility>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::sockets_number;

constexpr SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
constexpr Instant start{64s * 1000};
constexpr std::uint32_t clock_now = 5'000'000;

HalfOpen syn_of(std::uint32_t n) {
  HalfOpen syn;
  syn.sockets = sockets_number(n);
  syn.irs = Seq{0xffff'fff0 + n};
  syn.peer_mss = 1460;
  return syn;
}

HalfOpen with_timestamps(std::uint32_t n) {
  HalfOpen syn = syn_of(n);
  syn.timestamps = true;
  syn.ts_recent = 77;
  return syn;
}

/// The ACK of the peer that sent `syn` and was answered with `cookie`.
Segment ack_of(const HalfOpen& syn, const SynCookies::Cookie& cookie) {
  Segment seg;
  seg.sockets = syn.sockets;
  seg.seq = syn.irs + 1;
  seg.ack = cookie.iss + 1;
  seg.flags.ack = true;
  seg.wnd = 4711;
  if (syn.timestamps) seg.options.timestamps = {syn.ts_recent + 5, cookie.tsval};
  return seg;
}

TEST_CASE("RFC 4987 App. A: a cookie brings back the largest MSS of its table that the peer takes",
          "[cookie][RFC4987][4987-3.6-a]") {
  const auto comes_back_as = [](int mss) {
    SynCookies cookies{key};
    HalfOpen syn = syn_of(1);
    syn.peer_mss = static_cast<std::uint16_t>(mss);
    const auto read = cookies.read(start, ack_of(syn, cookies.make(start, syn, clock_now)));
    REQUIRE(read);
    return read->peer_mss;
  };
  for (const int mss : {64, 536, 1220, 1360, 1440, 1452, 1460, 8940}) {
    CHECK(comes_back_as(mss) == mss);
    CHECK(comes_back_as(mss + 1) == mss);
  }
  CHECK(comes_back_as(535) == 64);
  CHECK(comes_back_as(1459) == 1452);
  CHECK(comes_back_as(8939) == 1460);
  CHECK(comes_back_as(65535) == 8940);
  CHECK(comes_back_as(0) == 64);  // no MSS is smaller than that here
}

TEST_CASE("RFC 4987 §3.6: a cookie says whose it is, and what its ACK says beside", "[cookie][RFC4987]") {
  for (std::uint32_t n = 0; n < 4; ++n) {
    SynCookies cookies{key};
    const HalfOpen syn = syn_of(n);
    const auto cookie = cookies.make(start, syn, clock_now);
    const auto read = cookies.read(start, ack_of(syn, cookie));
    REQUIRE(read);
    CHECK(read->sockets == syn.sockets);
    CHECK(read->irs == syn.irs);
    CHECK(read->iss == cookie.iss);
    CHECK(read->wnd == 4711);
    CHECK(read->from_cookie);
    CHECK_FALSE(read->timestamps);
    CHECK_FALSE(read->sack_permitted);
    CHECK(read->peer_window_scale == -1);
  }
}

TEST_CASE("RFC 4987 §3.6: TSval brings back the window scale and SACK, and lies at most 63 ticks in the past",
          "[cookie][RFC4987][RFC7323][4987-3.6-d]") {
  for (int scale = -1; scale <= 14; ++scale)
    for (const bool sack : {false, true})
      for (const std::uint32_t clock : {clock_now, 0U, 1U, 63U, 64U, 0x7fff'ffffU, 0x8000'0000U, 0xffff'ffffU}) {
        SynCookies cookies{key};
        HalfOpen syn = with_timestamps(2);
        syn.peer_window_scale = static_cast<std::int8_t>(scale);
        syn.sack_permitted = sack;
        const auto cookie = cookies.make(start, syn, clock);
        CHECK(clock - cookie.tsval <= 63);
        const auto read = cookies.read(start, ack_of(syn, cookie));
        REQUIRE(read);
        CHECK(read->timestamps);
        CHECK(read->ts_recent == 82);
        CHECK(read->peer_window_scale == scale);
        CHECK(read->sack_permitted == sack);
      }
}

TEST_CASE("RFC 4987 §3.6: a cookie is good for its own period of 64 seconds and the next, and no longer",
          "[cookie][RFC4987][4987-3.6-b]") {
  for (const Duration into : {Duration{0s}, Duration{1s}, Duration{63s}})
    for (const std::int64_t period : {1000, 1001}) {
      SynCookies cookies{key};
      const HalfOpen syn = with_timestamps(3);
      const Instant made{64s * period + into};
      const Segment ack = ack_of(syn, cookies.make(made, syn, clock_now));
      for (const Duration age : {Duration{0s}, Duration{1s}, Duration{64s}, 128s - into - 1ns})
        CHECK(cookies.read(made + age, ack));
      // Others may have had cookies since.
      for (const Duration age : {128s - into, Duration{128s}, Duration{192s}, Duration{64s * 100}}) {
        SynCookies busy = cookies;
        busy.make(made + age, syn_of(4), clock_now);
        CHECK_FALSE(busy.read(made + age, ack));
      }
    }
}

TEST_CASE("RFC 4987 App. A: where no cookie was sent for as long as one is good, none is looked for",
          "[cookie][RFC4987]") {
  SynCookies cookies{key};
  const HalfOpen syn = syn_of(1);
  SynCookies other = cookies;  // the same key, and so the same cookies
  const Segment ack = ack_of(syn, other.make(start, syn, clock_now));
  CHECK_FALSE(cookies.sent_recently(start));
  CHECK_FALSE(cookies.read(start, ack));
  cookies.make(start, syn_of(9), clock_now);
  CHECK(cookies.sent_recently(start + 128s));
  CHECK(cookies.read(start, ack));
  CHECK_FALSE(cookies.sent_recently(start + 128s + 1ns));
}

TEST_CASE("RFC 4987 §3.6: a cookie with any one bit changed, of whatever it depends on, is none",
          "[cookie][RFC4987][4987-3.6-c]") {
  for (const HalfOpen& syn : {syn_of(1), syn_of(2), with_timestamps(3), with_timestamps(4)}) {
    SynCookies cookies{key};
    const Segment right = ack_of(syn, cookies.make(start, syn, clock_now));
    REQUIRE(cookies.read(start, right));
    const auto refused = [&](auto change) {
      Segment wrong = right;
      change(wrong);
      return !cookies.read(start, wrong);
    };
    for (unsigned bit = 0; bit < 32; ++bit) {
      const std::uint32_t flip = 1U << bit;
      CHECK(refused([&](Segment& seg) { seg.ack = Seq{(seg.ack - 1).value() ^ flip} + 1; }));
      CHECK(refused([&](Segment& seg) { seg.seq = Seq{(seg.seq - 1).value() ^ flip} + 1; }));
      if (syn.timestamps) CHECK(refused([&](Segment& seg) { seg.options.timestamps->echo_reply ^= flip; }));
    }
    for (unsigned bit = 0; bit < 16; ++bit) {
      const auto flip = static_cast<std::uint16_t>(1U << bit);
      CHECK(refused([&](Segment& seg) { seg.sockets.remote.port ^= flip; }));
      CHECK(refused([&](Segment& seg) { seg.sockets.local.port ^= flip; }));
    }
    CHECK(refused([&](Segment& seg) { std::swap(seg.sockets.local, seg.sockets.remote); }));
    CHECK(refused([&](Segment& seg) {
      if (syn.timestamps) {
        seg.options.timestamps.reset();
      } else {
        seg.options.timestamps = {1, 0};
      }
    }));
  }
}

TEST_CASE("RST+ACK does not complete a cookie handshake, nor does SYN+ACK", "[cookie][RFC4987]") {
  SynCookies cookies{key};
  const HalfOpen syn = syn_of(1);
  Segment seg = ack_of(syn, cookies.make(start, syn, clock_now));
  seg.flags.rst = true;
  CHECK_FALSE(cookies.read(start, seg));
  seg.flags = {.syn = true};
  CHECK_FALSE(cookies.read(start, seg));
  seg.flags.ack = true;
  CHECK_FALSE(cookies.read(start, seg));
  seg.flags = {.psh = true, .fin = true};
  CHECK_FALSE(cookies.read(start, seg));
  seg.flags.ack = true;
  CHECK(cookies.read(start, seg));
}

TEST_CASE("RFC 4987 §3.6: guesses at cookies fail, and cookies look like any numbers",
          "[cookie][RFC4987][4987-3.6-c]") {
  SynCookies cookies{key};
  Random random{secret_from_seed(1)};
  const HalfOpen syn = syn_of(1);
  cookies.make(start, syn, clock_now);
  for (int i = 0; i < 100'000; ++i) {
    const SynCookies::Cookie guess{Seq{static_cast<std::uint32_t>(random.next())}, 0};
    REQUIRE_FALSE(cookies.read(start, ack_of(syn, guess)));
  }
  std::set<std::uint32_t> seen;
  SynCookies others{SipKey{key.low + 1, key.high}};
  for (std::uint32_t n = 0; n < 1000; ++n) {
    seen.insert(cookies.make(start, syn_of(n), clock_now).iss.value() & 0x0fff'ffff);
    seen.insert(others.make(start, syn_of(n), clock_now).iss.value() & 0x0fff'ffff);
    seen.insert(cookies.make(start + 64s, syn_of(n), clock_now).iss.value() & 0x0fff'ffff);
  }
  CHECK(seen.size() > 2990);
}

}  // namespace
}  // namespace handwave::tcp
