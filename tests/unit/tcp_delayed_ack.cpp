// When ACKs are sent: RFC 9293 §3.8.6.3, RFC 5681 §4.2.
#include "stack/tcp/delayed_ack.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;

TEST_CASE("RFC 9293 §3.8.6.3: one segment waits, but less than half a second",
          "[delayed_ack][MUST-40][SHLD-18][5681-4.2-b]") {
  DelayedAck ack;
  CHECK_FALSE(ack.pending());
  ack.text_arrived(at(1s), 1460, 1460);
  CHECK(ack.pending());
  CHECK(ack.owed() == 0);
  CHECK_FALSE(ack.due(at(1s)));
  REQUIRE(ack.deadline());
  CHECK(*ack.deadline() - at(1s) < 500ms);
  CHECK_FALSE(ack.due(*ack.deadline() - 1ns));
  CHECK(ack.due(*ack.deadline()));
  ack.sent();
  CHECK_FALSE(ack.pending());
  CHECK_FALSE(ack.deadline());
}

TEST_CASE("RFC 9293 §3.8.6.3: when the wait is over the ACK is owed, and the deadline is gone",
          "[delayed_ack][MUST-40]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 100, 1460);
  ack.handle_timeout(at(1s) + DelayedAck::delay - 1ns);
  CHECK(ack.owed() == 0);
  CHECK(ack.deadline());
  ack.handle_timeout(at(1s) + DelayedAck::delay);
  CHECK(ack.owed() == 1);
  CHECK_FALSE(ack.deadline());  // a timer that has fired must not fire at once again
  ack.sent();
  CHECK_FALSE(ack.pending());
}

TEST_CASE("RFC 5681 §4.2: every second full-sized segment is acknowledged at once",
          "[delayed_ack][RFC5681][SHLD-19][5681-4.2-c]") {
  DelayedAck ack;
  for (int i = 0; i < 10; ++i) {
    ack.text_arrived(at(1s), 1460, 1460);
    CHECK_FALSE(ack.due(at(1s)));
    ack.text_arrived(at(1s), 1460, 1460);
    CHECK(ack.due(at(1s)));
    CHECK(ack.owed() == 1);
    CHECK_FALSE(ack.deadline());
    ack.sent();
    CHECK_FALSE(ack.pending());
  }
}

TEST_CASE("RFC 5681 §4.2: small segments count by their octets", "[delayed_ack][RFC5681][SHLD-19][5681-4.2-c]") {
  DelayedAck ack;
  for (int octet = 0; octet < 2919; ++octet) ack.text_arrived(at(1s), 1, 1460);
  CHECK_FALSE(ack.due(at(1s)));
  ack.text_arrived(at(1s), 1, 1460);
  CHECK(ack.due(at(1s)));
}

TEST_CASE("RFC 9293 §3.8.6.3: later text does not prolong the wait of the first", "[delayed_ack][MUST-40]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 10, 1460);
  const auto deadline = ack.deadline();
  ack.text_arrived(at(1s + 30ms), 10, 1460);
  CHECK(ack.deadline() == deadline);
}

TEST_CASE("RFC 9293 §3.10: a super-segment, or a batch of segments, gets one ACK", "[delayed_ack][MUST-58]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 65160, 1448);
  ack.text_arrived(at(1s), 65160, 1448);
  CHECK(ack.owed() == 1);
  ack.sent();
  CHECK_FALSE(ack.pending());
}

TEST_CASE("RFC 5681 §4.2: each segment out of order has an immediate ACK of its own",
          "[delayed_ack][RFC5681][5681-4.2-d]") {
  DelayedAck ack;
  for (int i = 0; i < 3; ++i) ack.acknowledge_at_once();
  CHECK(ack.owed() == 3);
  CHECK(ack.due(at(0s)));
  for (unsigned left = 3; left > 0; --left) {
    CHECK(ack.owed() == left);
    ack.sent();
  }
  CHECK_FALSE(ack.pending());
  ack.sent();  // one more than was owed changes nothing
  CHECK_FALSE(ack.pending());
}

TEST_CASE("RFC 5681 §3.2: the ACK of new text does not use up a duplicate ACK that is owed",
          "[delayed_ack][RFC5681][5681-3.2-a]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 2920, 1460);
  ack.acknowledge_at_once();
  CHECK(ack.owed() == 2);
  ack.sent();
  CHECK(ack.owed() == 1);
  ack.sent();
  CHECK(ack.owed() == 0);
}

TEST_CASE("RFC 5681 §2: an ACK on a segment with text is no duplicate ACK", "[delayed_ack][RFC5681]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 100, 1460);
  ack.piggybacked();
  CHECK_FALSE(ack.pending());
  ack.acknowledge_at_once();
  ack.text_arrived(at(1s), 2920, 1460);
  ack.piggybacked();
  CHECK(ack.owed() == 1);
}

TEST_CASE("MUST-58 (§3.10): progress is acknowledged without delay, once, by whatever segment leaves next",
          "[delayed_ack][MUST-58]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 100, 1460);
  ack.acknowledge_progress();  // a FIN behind the text
  ack.acknowledge_progress();  // and the application has read it all
  CHECK(ack.due(at(1s)));
  CHECK(ack.owed() == 1);
  CHECK_FALSE(ack.deadline());
  ack.piggybacked();  // our FIN carries the ACK of the peer's
  CHECK_FALSE(ack.pending());

  ack.acknowledge_progress();
  ack.acknowledge_at_once();  // out of order: its ACK is a duplicate of the one before
  CHECK(ack.owed() == 2);
  ack.sent();
  ack.sent();
  CHECK_FALSE(ack.pending());
}

TEST_CASE("RFC 5681 §4.2: delayed text is acknowledged by whatever ACK leaves first",
          "[delayed_ack][RFC5681][5681-4.2-f]") {
  DelayedAck ack;
  ack.text_arrived(at(1s), 1000, 1460);
  ack.acknowledge_at_once();
  ack.sent();
  CHECK_FALSE(ack.pending());
  ack.text_arrived(at(2s), 2000, 1460);  // the octets before do not count any more
  CHECK_FALSE(ack.due(at(2s)));
  CHECK(ack.deadline() == at(2s) + DelayedAck::delay);
}

}  // namespace
}  // namespace handwave::tcp
