// Timeouts: RFC 9293 §3.10.8, §3.8.3 (R1 and R2), §3.8.4 (keep-alives), §3.8.6.1 (zero windows); RFC 6298 §5.
#include <algorithm>
#include <limits>

#include "stack/tcp/connection.hpp"
#include "stack/tcp/user_timeout.hpp"

namespace handwave::tcp {
namespace {

/// SHLD-10 (§3.8.3): R1, in retransmissions.
constexpr std::uint8_t r1 = 3;

/// How long a connection that nobody reads any more waits in FIN-WAIT-2 for a FIN that may never come. The RFC sets no
/// limit; without one, a peer could keep our memory by doing nothing. A minute is what most hosts allow.
constexpr Duration orphan_timeout = std::chrono::seconds{60};

/// R2 of a connection whose application wanted none and has given it up: the RFC's default (§3.9.1.1).
constexpr Duration abandoned_timeout = std::chrono::minutes{5};

void take_earlier(std::optional<Instant>& earliest, std::optional<Instant> candidate) {
  if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
}

}  // namespace

std::optional<Instant> Connection::deadline() const {
  if (gone()) return std::nullopt;
  std::optional<Instant> earliest = retransmission_at();
  if (recovery_timers_run()) take_earlier(earliest, recovery_.deadline());
  take_earlier(earliest, override_at_);
  take_earlier(earliest, silent_until_);
  take_earlier(earliest, orphan_at_);
  take_earlier(earliest, persist_.deadline());
  take_earlier(earliest, acks_.deadline());
  take_earlier(earliest, keep_alive_.deadline(keep_alive(), outstanding()));
  if (pace_waits_) take_earlier(earliest, pacer_.next());
  take_earlier(earliest, user_timeout_at());
  return earliest;
}

/// R2 as a time (SHLD-11, MUST-21): counted from when the peer last acknowledged anything new. MUST-37, SHLD-17: with a
/// closed window, from the first probe that it did not answer; between an answer and the next probe nobody is late. For
/// a connection that no application holds any more, which could not end it, answers are no progress (RFC 6429 §3).
std::optional<Instant> Connection::user_timeout_at() const {
  if (!outstanding() && !persist_.running()) return std::nullopt;
  if (persist_.running() && !probe_unanswered_ && !abandoned_) return std::nullopt;
  // A timeout so long that the sum would overflow is none.
  if (give_up_after_ && *give_up_after_ <= Instant::max() - unacknowledged_since_)
    return unacknowledged_since_ + *give_up_after_;
  if (!abandoned_) return std::nullopt;
  return unacknowledged_since_ + abandoned_timeout;
}

bool Connection::user_timeout_changeable() const {
  return options_.user_timeout_option.changeable.value_or(options_.user_timeout == ConnectionOptions{}.user_timeout);
}

/// RFC 5482 §3.1: the peer has told of its user timeout, and ours may follow it.
bool Connection::follows_user_timeout() const {
  return options_.user_timeout_option.enabled && options_.user_timeout && user_timeout_changeable() &&
         user_timeout_of(remote_user_timeout_);
}

/// R2 as a time: what the application says, or what both ends agree on.
void Connection::adopt_user_timeout(Instant now) {
  give_up_after_ = options_.user_timeout;
  if (!follows_user_timeout()) return;
  give_up_after_ = adopted_user_timeout(*options_.user_timeout, *user_timeout_of(remote_user_timeout_),
                                        options_.user_timeout_option.longest);
  keep_alive_.heard(now, keep_alive());
}

/// RFC 5482 §4.2: keep-alives MUST NOT end sooner what the user timeout would let live.
KeepAlive Connection::keep_alive() const {
  KeepAlive wanted = options_.keep_alive;
  if (follows_user_timeout()) wanted.idle = std::max(wanted.idle, *give_up_after_ + std::chrono::seconds{1});
  return wanted;
}

/// RFC 5482 §3.4: zero is reserved, and ignored. Without ENABLED nothing is read (§3).
void Connection::heed_user_timeout(Instant now, const Segment& seg) {
  const std::uint16_t field = seg.options.user_timeout.value_or(0);
  if (!options_.user_timeout_option.enabled || !user_timeout_of(field) || field == remote_user_timeout_) return;
  remote_user_timeout_ = field;
  adopt_user_timeout(now);
}

/// Makes the timers follow from the variables: one of retransmission and persist runs while something waits for the
/// peer.
void Connection::arm_timers(Instant now) {
  if (gone()) return;
  if (window_closed() && !syn_outstanding() && (outstanding() || unsent())) {
    if (!persist_.running()) {
      probe_unanswered_ = false;
      if (!outstanding()) unacknowledged_since_ = now;
    }
    persist_.start(now, rto_.value());
    retransmit_at_.reset();
  } else {
    persist_.stop();
    probe_due_ = false;
    if (!outstanding()) {
      retransmit_at_.reset();
    } else if (!retransmit_at_) {
      start_retransmission_timer(now);
    }
  }
  if (state_ == State::fin_wait_2 && reading_done_ && !orphan_at_) orphan_at_ = now + orphan_timeout;
}

void Connection::handle_timeout(Instant now, Context& context) {
  if (gone()) return;
  if (const auto at = user_timeout_at(); at && *at <= now) {  // MUST-20: R2
    context.counters.add(Counter::tcp_user_timeouts);
    return abort(now, TcpError::user_timeout, context);  // §3.9.1.1: "the TCP endpoint will abort the connection"
  }
  if (orphan_at_ && *orphan_at_ <= now) return abort(now, {}, context);
  if (recovery_timers_run()) {
    const bool due = retransmit_at_ && *retransmit_at_ <= now;
    const bool waits = recovery_.delays_timeout();
    react(now, recovery_.handle_timeout(now, due && !waits, flight(), congestion_), context);
    // RFC 8985 §8: of the two timers one runs; the other one has expired, and has sent again what it found.
    if (due && waits && !recovery_.delays_timeout()) start_retransmission_timer(now);
  }
  if (const auto at = retransmission_at(); at && *at <= now) retransmission_timeout(now, context);
  acks_.handle_timeout(now);  // MUST-40 (§3.8.6.3)
  if (persist_.deadline() && *persist_.deadline() <= now) {
    probe_due_ = true;
    persist_.probed(now);
  }
  if (silent_until_ && *silent_until_ <= now) silent_until_.reset();
  if (override_at_ && *override_at_ <= now) {
    override_at_.reset();
    override_due_ = true;
  }
  if (const auto at = keep_alive_.deadline(keep_alive(), outstanding()); at && *at <= now) {
    switch (keep_alive_.handle_timeout(now, keep_alive(), outstanding())) {
      case KeepAliveTimer::Verdict::probe:
        keep_alive_due_ = true;
        break;
      case KeepAliveTimer::Verdict::dead:
        return abort(now, TcpError::keep_alive_timeout, context);
      case KeepAliveTimer::Verdict::idle:
        break;
    }
  }
  arm_timers(now);
}

void Connection::retransmission_timeout(Instant now, Context& context) {
  context.counters.add(Counter::tcp_retransmission_timeouts);
  if (retransmissions_ < std::numeric_limits<std::uint8_t>::max()) ++retransmissions_;
  if (syn_outstanding()) {
    syn_due_ = true;  // MUST-22 (§3.8.3): R1 and R2 count for a SYN as they do for text
  } else {
    path_mtu_timeout(now, retransmissions_ >= r1, context);
    recovery_.timed_out(now, flight(), congestion_);
  }
  timed_seq_.reset();  // Karn
  timed_out_at_ = now;
  rto_.back_off();  // MUST-19 (§3.8.2), RFC 6298 (5.5)
  start_retransmission_timer(now);
  if (retransmissions_ == r1 && !told_r1_) {
    told_r1_ = true;  // MUST-20, SHLD-9: the application hears of it before R2
    report(TcpError::not_acknowledged);
  }
}

void Connection::icmp_error_arrives(Instant now, std::error_code error, bool hard, Context& context) {
  context.counters.add(Counter::icmp_errors_delivered);
  told_reason_ = true;
  const bool opening = state_ == State::syn_sent || state_ == State::syn_received;
  // SHLD-26 (§3.9.2.2): a hard error aborts; but RFC 5927 §5.2: in the synchronized states it is soft as well, since a
  // retransmission will tell the truth and an ICMP message can be forged.
  if (hard && opening)
    finish(error);
  else
    report(error);  // MUST-56, SHLD-25
  arm_timers(now);
}

/// MUST-47 (§3.9.1.8): ERROR_REPORT. SHLD-20: unless the application does not want to hear of it.
void Connection::report(std::error_code soft_error) {
  if (options_.error_reports) event_.notice = soft_error;
}

}  // namespace handwave::tcp
