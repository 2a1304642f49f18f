#include "stack/tcp/recovery/spurious_timeout.hpp"

#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {
namespace {

/// RFC 3522 §3.2 (4), (5): it was sent before the retransmission; unless all that was lost were ACKs, and the timeout
/// was due: then the retransmission arrived as a duplicate, and its ACK, which echoes what arrived in order last,
/// covers everything.
bool answers_original(const SpuriousTimeout::Report& report, std::uint32_t retransmitted) {
  if (static_cast<std::int32_t>(*report.echoed - retransmitted) >= 0 || report.twice) return false;
  return report.peer_tells_twice || !report.all;
}

}  // namespace

void SpuriousTimeout::timed_out(bool recovering, bool again, std::uint32_t pipe_prev) {
  // RFC 5682 §3.1 (1): not if a recovery was under way; but again from the start if it is the same segment's turn once
  // more. RFC 4015 §3.1: pipe_prev and RetransmitTS remain those of the first time.
  const bool goes_on = again && step_ != Step::off;
  if (!goes_on) {
    retransmitted_.reset();
    pipe_prev_ = pipe_prev;
  }
  step_ = goes_on || !recovering ? Step::second : Step::off;
}

void SpuriousTimeout::retransmitted(Instant now) {
  if (step_ == Step::second && !retransmitted_) retransmitted_ = TimestampClock::ticks(now);
}

bool SpuriousTimeout::acknowledged(const Report& report) {
  switch (step_) {
    case Step::off:
      return false;
    case Step::second:
      if (!report.advanced) return false;
      step_ = Step::off;
      // RFC 3522 §3.2 (3): the first acceptable ACK tells
      if (report.echoed && retransmitted_) return answers_original(report, *retransmitted_);
      // RFC 5682 §3.1 (2b), else (2a). §2.1, §2.2: of a segment that was sent again a peer could acknowledge first one
      // part and then the other, as if the other had been sent before.
      if (!report.covered && !report.partial && report.new_text) step_ = Step::third;
      return false;
    case Step::third:
      if (!report.delivers && !report.duplicate) return false;
      step_ = Step::off;
      return report.delivers && !report.beyond;  // (3b): that was sent before the timeout, and not again since
  }
  return false;
}

}  // namespace handwave::tcp
