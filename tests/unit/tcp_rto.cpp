// The retransmission timeout: RFC 6298.
#include "stack/tcp/rto.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("RFC 6298 (2.1): before any measurement the timeout is one second", "[rto][RFC6298][MUST-18][6298-2.1]") {
  const RetransmissionTimeout rto;
  CHECK(rto.value() == 1s);
  CHECK_FALSE(rto.smoothed());
  CHECK(rto.variation() == 0s);
  CHECK(rto.backoffs() == 0);
}

TEST_CASE("RFC 6298 (2.2): the first measurement R makes SRTT = R, RTTVAR = R/2, RTO = 3 R",
          "[rto][RFC6298][6298-2.2]") {
  RetransmissionTimeout rto;
  rto.sample(800ms);
  CHECK(rto.smoothed() == 800ms);
  CHECK(rto.variation() == 400ms);
  CHECK(rto.value() == 2400ms);
}

TEST_CASE("RFC 6298 (2.3): later measurements weigh 1/8 in SRTT and 1/4 in RTTVAR, RTTVAR first",
          "[rto][RFC6298][6298-2.3-a][6298-2.3-b][6298-2.3-c]") {
  RetransmissionTimeout rto;
  rto.sample(800ms);
  rto.sample(1600ms);
  CHECK(rto.variation() == 500ms);  // 3/4 * 400 + 1/4 * |800 - 1600|
  CHECK(rto.smoothed() == 900ms);   // 7/8 * 800 + 1/8 * 1600
  CHECK(rto.value() == 2900ms);
  rto.sample(100ms);
  CHECK(rto.variation() == 575ms);  // the distance counts whichever way it points
  CHECK(rto.smoothed() == 800ms);
}

TEST_CASE("RFC 6298 (2.3): the variation counts for at least the clock's granularity", "[rto][RFC6298][6298-4]") {
  RetransmissionTimeout rto{0s};
  for (int i = 0; i < 200; ++i) rto.sample(2ms);
  CHECK(rto.variation() < 1us);
  CHECK(rto.value() == 3ms);
}

TEST_CASE("RFC 6298 (2.4): the timeout is rounded up to one second, or to the minimum asked for",
          "[rto][RFC6298][6298-2.4]") {
  RetransmissionTimeout usual, quick{200ms};
  usual.sample(1ms);
  quick.sample(1ms);
  CHECK(usual.value() == 1s);
  CHECK(quick.value() == 200ms);
}

TEST_CASE("RFC 6298 (2.5): the timeout never exceeds a minute, however slow the path", "[rto][RFC6298][6298-2.5]") {
  RetransmissionTimeout rto;
  rto.sample(50s);
  CHECK(rto.value() == 60s);
  rto.sample(24h);
  CHECK(rto.value() == 60s);
  rto.back_off();
  CHECK(rto.value() == 60s);
}

TEST_CASE("RFC 6298 (5.5): the timeout doubles each time it expires", "[rto][RFC6298][MUST-19][6298-5.5]") {
  RetransmissionTimeout rto;
  for (const Duration expected : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    rto.back_off();
    CHECK(rto.value() == expected);
  }
  CHECK(rto.backoffs() == 7);
  for (int i = 0; i < 1000; ++i) rto.back_off();
  CHECK(rto.value() == 60s);
}

TEST_CASE("RFC 6298 §5: a new measurement ends the backoff", "[rto][RFC6298]") {
  RetransmissionTimeout rto;
  rto.sample(400ms);
  rto.back_off();
  rto.back_off();
  CHECK(rto.value() == 4800ms);
  rto.sample(400ms);
  CHECK(rto.backoffs() == 0);
  CHECK(rto.value() == 1s);  // 400 + 4 * 150, which is the minimum
}

TEST_CASE("RFC 6298 (5.7): after a lost SYN data begins with three seconds, until there is a measurement",
          "[rto][RFC6298][6298-5.7]") {
  RetransmissionTimeout rto;
  rto.back_off();
  rto.syn_was_retransmitted();
  CHECK(rto.value() == 3s);
  CHECK(rto.backoffs() == 0);
  rto.back_off();
  CHECK(rto.value() == 6s);
  rto.sample(10ms);
  CHECK(rto.value() == 1s);
}

TEST_CASE("RFC 6298 (5.7): a handshake measured by its timestamps keeps what was measured",
          "[rto][RFC6298][6298-5.7]") {
  RetransmissionTimeout rto;
  rto.back_off();
  rto.sample(500ms);
  rto.syn_was_retransmitted();
  CHECK(rto.value() == 1500ms);
}

TEST_CASE("RFC 7323 Appendix G: with several samples a window each weighs that much less", "[rto][RFC7323]") {
  RetransmissionTimeout many, one;
  many.sample(800ms);
  one.sample(800ms);
  many.sample(1600ms, 4);
  CHECK(many.smoothed() == 825ms);   // 1/32 of the distance
  CHECK(many.variation() == 425ms);  // 1/16 of the distance
  // After a window of such samples the average has moved about as far as one sample would have moved it.
  for (int i = 0; i < 3; ++i) many.sample(1600ms, 4);
  one.sample(1600ms);
  CHECK(std::chrono::abs(*many.smoothed() - *one.smoothed()) < 10ms);
  CHECK(std::chrono::abs(many.variation() - one.variation()) < 40ms);
}

TEST_CASE("RFC 7323 Appendix G: no samples to expect counts as one", "[rto][RFC7323]") {
  RetransmissionTimeout none, one;
  for (const Duration rtt : {300ms, 500ms}) {
    none.sample(rtt, 0);
    one.sample(rtt, 1);
  }
  CHECK(none.value() == one.value());
}

TEST_CASE("A round trip that seems to have taken less than no time counts as none", "[rto]") {
  RetransmissionTimeout rto;
  rto.sample(-5s);
  CHECK(rto.smoothed() == 0s);
  CHECK(rto.value() == 1s);
}

TEST_CASE("RFC 6298 §2: any sequence of round trips agrees with the formulas in floating point",
          "[rto][RFC6298][6298-1][6298-2.3-a][6298-2.3-b][6298-2.3-d]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    RetransmissionTimeout rto{0s};
    double srtt = 0, rttvar = 0;
    for (int i = 0; i < 500; ++i) {
      const auto r = static_cast<double>(random.below(5'000'000'000));
      rto.sample(Duration{static_cast<std::int64_t>(r)});
      rttvar = i == 0 ? r / 2 : 0.75 * rttvar + 0.25 * std::abs(srtt - r);
      srtt = i == 0 ? r : 0.875 * srtt + 0.125 * r;
      const double expected = srtt + std::max(1e6, 4 * rttvar);
      REQUIRE(std::abs(static_cast<double>(rto.value().count()) - expected) < 1000);
    }
  }
}

}  // namespace
}  // namespace handwave::tcp
