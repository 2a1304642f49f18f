// The timers that keep a quiet connection honest: persist (RFC 9293 §3.8.6.1), keep-alive (§3.8.4), and the limit on
// challenge ACKs (RFC 5961 §7).
#include <catch2/catch_test_macros.hpp>
#include <deque>

#include "stack/tcp/challenge_ack.hpp"
#include "stack/tcp/keep_alive.hpp"
#include "stack/tcp/persist.hpp"
#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;
using Verdict = KeepAliveTimer::Verdict;

TEST_CASE("RFC 9293 §3.8.6.1: the first probe of a zero window goes out after one RTO", "[persist][MUST-36][SHLD-29]") {
  Persist persist;
  CHECK_FALSE(persist.running());
  CHECK_FALSE(persist.deadline());
  persist.start(at(10s), 1500ms);
  CHECK(persist.running());
  CHECK(persist.deadline() == at(11500ms));
}

TEST_CASE("RFC 9293 §3.8.6.1: the waits between probes double up to a minute, and never end",
          "[persist][SHLD-30][MUST-37]") {
  Persist persist;
  Instant now = at(0s);
  persist.start(now, 1s);
  for (const Duration expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    CHECK(*persist.deadline() - now == expected);
    now = *persist.deadline();
    persist.probed(now);
  }
  for (int i = 0; i < 1000; ++i) persist.probed(now += 60s);
  CHECK(*persist.deadline() == now + 60s);
}

TEST_CASE("RFC 9293 §3.8.6.1: starting a persist timer that runs does not put the probe off", "[persist]") {
  Persist persist;
  persist.start(at(0s), 1s);
  persist.start(at(900ms), 1s);
  CHECK(persist.deadline() == at(1s));
  persist.probed(at(1s));
  persist.start(at(2s), 1s);
  CHECK(persist.deadline() == at(3s));
  persist.stop();
  CHECK_FALSE(persist.running());
  persist.start(at(5s), 1s);
  CHECK(persist.deadline() == at(6s));  // the backoff begins anew
}

TEST_CASE("RFC 9293 §3.8.6.1: an RTO beyond a minute still lets a probe out each minute", "[persist]") {
  Persist persist;
  persist.start(at(0s), 90s);
  CHECK(persist.deadline() == at(60s));
}

/// With the options that a connection would have for it.
struct Probing {
  KeepAlive options{};
  KeepAliveTimer timer{};

  void configure(Instant now, const KeepAlive& wanted) {
    options = wanted;
    heard(now);
  }
  void heard(Instant now) { timer.heard(now, options); }
  std::optional<Instant> deadline(bool outstanding) const { return timer.deadline(options, outstanding); }
  Verdict handle_timeout(Instant now, bool outstanding) { return timer.handle_timeout(now, options, outstanding); }
};

KeepAlive every(Duration idle, Duration interval, unsigned probes) {
  return {.enabled = true, .idle = idle, .interval = interval, .probes = probes};
}

TEST_CASE("RFC 9293 §3.8.4: keep-alives are off unless asked for, and then wait two hours",
          "[keep_alive][MUST-25][MUST-28]") {
  Probing timer;
  CHECK_FALSE(timer.deadline(false));
  timer.configure(at(1s), KeepAlive{});
  CHECK_FALSE(timer.deadline(false));
  CHECK(timer.handle_timeout(at(1000h), false) == Verdict::idle);
  KeepAlive on;
  on.enabled = true;
  timer.configure(at(1s), on);
  CHECK(timer.deadline(false) == at(2h + 1s));
}

TEST_CASE("RFC 9293 §3.8.4: a connection whose peer is heard is never probed", "[keep_alive][MUST-26][MUST-27]") {
  Probing timer;
  timer.configure(at(0s), every(10s, 2s, 3));
  for (int i = 1; i <= 20; ++i) {
    timer.heard(at(i * 9s));
    CHECK(timer.handle_timeout(at(i * 9s + 9s), false) == Verdict::idle);
    CHECK(timer.deadline(false) == at(i * 9s + 10s));
  }
}

TEST_CASE("RFC 9293 §3.8.4: no probe while data is outstanding", "[keep_alive][MUST-26]") {
  Probing timer;
  timer.configure(at(0s), every(10s, 2s, 3));
  CHECK_FALSE(timer.deadline(true));
  CHECK(timer.handle_timeout(at(11s), true) == Verdict::idle);
  CHECK(timer.handle_timeout(at(11s), false) == Verdict::probe);
}

TEST_CASE("RFC 9293 §3.8.4: dead only after all the probes went unanswered", "[keep_alive][MUST-29]") {
  Probing timer;
  timer.configure(at(0s), every(10s, 2s, 3));
  CHECK(timer.handle_timeout(at(9999ms), false) == Verdict::idle);
  CHECK(timer.handle_timeout(at(10s), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(11s), false) == Verdict::idle);
  CHECK(timer.handle_timeout(at(12s), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(14s), false) == Verdict::probe);
  CHECK(timer.deadline(false) == at(16s));
  CHECK(timer.handle_timeout(at(16s), false) == Verdict::dead);
}

TEST_CASE("RFC 9293 §3.8.4: one answer to any probe starts it all over", "[keep_alive][MUST-29]") {
  Probing timer;
  timer.configure(at(0s), every(10s, 2s, 2));
  CHECK(timer.handle_timeout(at(10s), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(12s), false) == Verdict::probe);
  timer.heard(at(13s));
  CHECK(timer.deadline(false) == at(23s));
  CHECK(timer.handle_timeout(at(23s), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(25s), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(27s), false) == Verdict::dead);
}

TEST_CASE("RFC 9293 §3.8.4: one probe alone proves nothing, whatever was asked for", "[keep_alive][MUST-29]") {
  for (const unsigned probes : {0U, 1U}) {
    Probing timer;
    timer.configure(at(0s), every(10s, 2s, probes));
    CHECK(timer.handle_timeout(at(10s), false) == Verdict::probe);
    CHECK(timer.handle_timeout(at(12s), false) == Verdict::probe);
    CHECK(timer.handle_timeout(at(14s), false) == Verdict::dead);
  }
}

TEST_CASE("A keep-alive turn that comes late sends one probe, not all that were missed", "[keep_alive]") {
  Probing timer;
  timer.configure(at(0s), every(10s, 2s, 3));
  CHECK(timer.handle_timeout(at(1h), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(1h), false) == Verdict::idle);
  CHECK(timer.deadline(false) == at(1h + 2s));
}

TEST_CASE("Keep-alive waits of no time at all are not taken at their word", "[keep_alive]") {
  Probing timer;
  timer.configure(at(0s), every(0s, -1s, 5));
  CHECK(timer.handle_timeout(at(0s), false) == Verdict::idle);
  CHECK(timer.handle_timeout(at(1ms), false) == Verdict::probe);
  CHECK(timer.handle_timeout(at(1ms), false) == Verdict::idle);
}

TEST_CASE("RFC 5961 §7: ten challenge ACKs may leave at once, and then none for a while",
          "[challenge_ack][RFC5961][5961-7-a]") {
  ChallengeAckLimit limit;
  for (int i = 0; i < 10; ++i) CHECK(limit.allow(at(100s)));
  CHECK_FALSE(limit.allow(at(100s)));
  CHECK_FALSE(limit.allow(at(104999ms)));
  for (int i = 0; i < 10; ++i) CHECK(limit.allow(at(106s)));
  CHECK_FALSE(limit.allow(at(106s)));
  for (int i = 0; i < 10; ++i) CHECK(limit.allow(at(1h)));
}

TEST_CASE("RFC 5961 §7: never more than ten challenge ACKs in any five seconds", "[challenge_ack][RFC5961][5961-7-a]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    ChallengeAckLimit limit;
    std::deque<Instant> allowed;
    // Times around the epoch, where seconds change their sign, and around 2^32 seconds.
    Instant now = seed % 3 == 0 ? at(-30s) : seed % 3 == 1 ? at(4'294'967'286s) : at(1h);
    const Instant end = now + 60s;
    std::size_t total = 0;
    while (now < end) {
      now += Duration{static_cast<std::int64_t>(random.below(1'000'000'000 / (1 + seed)))};
      if (!limit.allow(now)) continue;
      ++total;
      allowed.push_back(now);
      while (now - allowed.front() >= 5s) allowed.pop_front();
      REQUIRE(allowed.size() <= 10);
    }
    CHECK(total >= 30);  // and it does not starve those who ask all the time
  }
}

TEST_CASE("RFC 5961 §7: the limit costs a connection a few words", "[challenge_ack]") {
  CHECK(sizeof(ChallengeAckLimit) <= 16);
}

}  // namespace
}  // namespace handwave::tcp
