// One connection: its TCB, and what RFC 9293 §3.10 does to it. The class is the table of contents; each heading of the
// RFC has a file of its own: user_calls.cpp (§3.10.1-6), syn_sent.cpp (§3.10.7.3), segment_arrives.cpp (§3.10.7.4),
// acknowledgment.cpp (its fifth step), timeouts.cpp (§3.10.8), output.cpp (§3.7, §3.8), path_mtu_probes.cpp (§3.7.5).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <system_error>

#include "stack/error.hpp"
#include "stack/event.hpp"
#include "stack/tcp/buffer_tuning.hpp"
#include "stack/tcp/challenge_ack.hpp"
#include "stack/tcp/congestion/congestion_control.hpp"
#include "stack/tcp/congestion/pacer.hpp"
#include "stack/tcp/context.hpp"
#include "stack/tcp/delayed_ack.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/keep_alive.hpp"
#include "stack/tcp/path_mtu_search.hpp"
#include "stack/tcp/persist.hpp"
#include "stack/tcp/reassembly.hpp"
#include "stack/tcp/receive_queue.hpp"
#include "stack/tcp/receive_window.hpp"
#include "stack/tcp/recovery/loss_recovery.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/tcp/segment.hpp"
#include "stack/tcp/send_queue.hpp"
#include "stack/tcp/state.hpp"
#include "stack/tcp/syn_cache.hpp"
#include "stack/tcp/tcb.hpp"
#include "stack/tcp/time_wait.hpp"

namespace handwave::tcp {

/// Octets of the IP header, without options.
inline std::uint16_t ip_header_size(const FourTuple& sockets) { return sockets.remote.address.is_v4() ? 20 : 40; }
/// MUST-15 (§3.7.1): the MSS of a peer that gave none.
std::uint16_t default_mss(const FourTuple& sockets);
/// The MSS to announce to the remote socket's host: what an interface with this MTU can receive (MUST-67, SHLD-6).
std::uint16_t announced_mss(const FourTuple& sockets, std::uint16_t mtu);
/// The shift to announce for a receive buffer of that size (RFC 7323 §2.3).
std::uint8_t announced_scale(const ConnectionOptions& options);

class Connection {
 public:
  template <class T>
  using Result = std::expected<T, std::error_code>;

  /// What both kinds of OPEN need to know beforehand.
  struct Opening {
    FourTuple sockets;
    ConnectionOptions options;
    Seq iss;
    std::uint32_t timestamp_offset = 0;
    std::uint16_t path_mtu = 0;
    Indirect<SourceRoute> route;
  };

  /// Active OPEN: the SYN is due, the state is SYN-SENT.
  Connection(Instant now, const Opening& opening, std::optional<Duration> connect_timeout, Context& context);
  /// Passive OPEN: the handshake of `half_open` is about to be completed by the segment that arrives next; the state is
  /// SYN-RECEIVED.
  Connection(Instant now, const Opening& opening, const HalfOpen& half_open, Context& context);

  // ---- Arrivals ----

  void segment_arrives(Instant now, Segment seg, Context& context);
  /// Something is due by `now`, or nothing is: no harm done.
  void handle_timeout(Instant now, Context& context);
  /// An ICMP error quoted `seq` (RFC 9293 §3.9.2.2, RFC 5927): true if that is in flight, so that the error is
  /// believed.
  [[nodiscard]] bool believes_icmp(Seq seq) const { return snd_.una <= seq && seq < snd_.nxt; }
  void icmp_error_arrives(Instant now, std::error_code error, bool hard, Context& context);
  void path_mtu_changed(Instant now, std::uint16_t path_mtu, const StackConfig& config);

  // ---- User calls ----

  Result<std::size_t> send(Instant now, Bytes octets);
  Result<std::size_t> send(Instant now, Slice octets);
  Result<std::size_t> send_urgent(Instant now, Bytes octets);
  Result<Slice> receive(std::size_t max);
  Result<void> close(Instant now, CloseKind kind, Context& context);
  void abort(Instant now, Context& context);
  [[nodiscard]] Status status() const;
  [[nodiscard]] const ConnectionOptions& options() const { return options_; }
  void set_options(Instant now, const ConnectionOptions& options);

  // ---- Output ----

  /// The next segment to send, its text added to `packet`; false if there is nothing to send now.
  bool next_segment(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);

  // ---- Getters ----

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const FourTuple& sockets() const { return sockets_; }
  [[nodiscard]] Seq snd_nxt() const { return snd_.nxt; }
  /// When handle_timeout wants to be called, at the latest.
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// The TCB is gone (CLOSED) or only the TIME-WAIT entry is left of it.
  [[nodiscard]] bool gone() const { return state_ == State::closed || state_ == State::time_wait; }
  /// The TCB is gone and the application has nothing left to read: its name may go too.
  [[nodiscard]] bool finished() const { return gone() && reading_done_; }
  /// What has happened and was not told yet. The identifiers in it are left empty.
  [[nodiscard]] Event& happened() { return event_; }
  [[nodiscard]] bool anything_happened() const;
  /// What the TIME-WAIT entry needs to know once the state is TIME-WAIT, and whether the peer's FIN wants its ACK
  /// still.
  [[nodiscard]] TimeWaitEntry time_wait_entry() const;
  [[nodiscard]] bool owes_ack() const { return acks_.pending(); }
  /// Octets by which its buffers have grown.
  [[nodiscard]] std::size_t buffer_growth() const {
    return std::size_t{send_buffer_} - options_.send_buffer.initial + window_.buffer() -
           ReceiveWindow(options_.receive_buffer.initial).buffer();
  }

 private:
  /// What a step of SEGMENT ARRIVES says where the RFC says "return".
  enum class Step : bool { done, go_on };

  // §3.10.7.3
  void arrives_in_syn_sent(Instant now, const Segment& seg, Context& context);
  void learn_from_syn(Instant now, const Segment& seg);
  // §3.10.7.4
  Step first_check_sequence_number(Instant now, Segment& seg, Context& context);
  Step check_timestamps(Instant now, const Segment& seg, Context& context);
  Step unacceptable(Instant now, const Segment& seg, Counter reason, Context& context);
  Step second_check_rst(Instant now, const Segment& seg, Context& context);
  Step fourth_check_syn(Instant now, const Segment& seg, Context& context);
  Step fifth_check_ack(Instant now, const Segment& seg, Context& context);
  void follow_timestamp(Instant now, const Segment& seg);
  void follow_route(const Segment& seg);
  void sixth_check_urg(const Segment& seg);
  void note_marks(const Segment& seg, Context& context);
  Step seventh_process_text(Instant now, const Segment& seg, Context& context);
  void eighth_check_fin(const Segment& seg);
  /// Figure 7 (§3.5), lines 6 and 7: the peer's SYN once more, now with an ACK of ours.
  [[nodiscard]] bool completes_simultaneous_open(const Segment& seg) const;
  void without_known_syn(Segment& seg);
  void trim_to_window(Segment& seg, Context& context);
  void note_duplicate(Seq from, Seq to);
  void deliver(Slice text);
  void tune_receive_buffer(Instant now, Context& context);
  static std::uint32_t grown(std::uint32_t current, std::uint32_t wanted, Context& context);
  // The fifth step's "processing for the ESTABLISHED state"
  Step acknowledged(Instant now, const Segment& seg, Context& context);
  void advance_una(Instant now, const Segment& seg, Context& context);
  bool measure_rtt(Instant now, const Segment& seg);
  void update_window(const Segment& seg);
  void react(Instant now, const Reaction& reaction, Context& context);
  void mark_echoed(Instant now, const Acknowledgment& ack, Context& context);
  [[nodiscard]] bool is_duplicate_ack(const Segment& seg) const;
  void challenge(Instant now, Context& context);
  void acknowledge_progress() { acks_.acknowledge_progress(); }
  void acknowledge_at_once() { acks_.acknowledge_at_once(); }

  // §3.10.8
  void retransmission_timeout(Instant now, Context& context);
  void start_retransmission_timer(Instant now) { retransmit_at_ = now + rto_.value(); }
  void arm_timers(Instant now);
  [[nodiscard]] std::optional<Instant> user_timeout_at() const;
  // RFC 5482
  void adopt_user_timeout(Instant now);
  void heed_user_timeout(Instant now, const Segment& seg);
  void tell_user_timeout(OutgoingSegment& out, std::uint32_t room);
  [[nodiscard]] bool user_timeout_changeable() const;
  [[nodiscard]] bool follows_user_timeout() const;
  [[nodiscard]] KeepAlive keep_alive() const;

  // RFC 4821
  bool send_path_mtu_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);
  [[nodiscard]] std::optional<std::uint16_t> probe_wanted(Instant now, const StackConfig& config);
  [[nodiscard]] bool waits_for_probe(Instant now, const StackConfig& config);
  void follow_path_mtu_search(Instant now, Context& context);
  void path_mtu_timeout(Instant now, bool persistent, Context& context);
  [[nodiscard]] std::uint16_t largest_packet(const StackConfig& config) const;
  [[nodiscard]] Duration probe_headway() const;

  // §3.7, §3.8
  void begin(Instant now, OutgoingSegment& out, Seq seq);
  bool send_syn(Instant now, OutgoingSegment& out, Context& context);
  bool send_again(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);
  bool send_loss_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);
  bool send_new(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);
  void say_ecn_capable(OutgoingSegment& out);
  bool send_window_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context);
  bool send_keep_alive(Instant now, OutgoingSegment& out, Context& context);
  bool send_acknowledgment(Instant now, OutgoingSegment& out);
  void report_what_is_held(wire::TcpOptions& options);
  Seq fill_text(OutgoingSegment& out, OutgoingPacket& packet, std::uint32_t count);
  void text_left(Instant now, Seq begin, Seq end, Context& context);
  [[nodiscard]] std::uint32_t text_limit(const Context& context) const;
  std::uint32_t at_pace(Instant now, std::uint32_t count);
  [[nodiscard]] std::optional<Pace> pace() const;
  [[nodiscard]] std::uint32_t congestion_room() const { return recovery_.room(flight(), congestion_); }

  // What follows from the variables
  [[nodiscard]] bool syn_outstanding() const { return snd_.una == snd_.iss; }
  /// The sequence number of the send queue's first octet.
  [[nodiscard]] Seq text_una() const { return syn_outstanding() ? snd_.iss + 1 : snd_.una; }
  /// The sequence number after the last octet written: the FIN's, once there is one.
  [[nodiscard]] Seq text_end() const { return text_una() + static_cast<std::uint32_t>(send_queue_.size()); }
  /// SEG.SEQ of a segment without text: SND.NXT, unless that lies beyond the window, where a probe went or the window
  /// shrank: the peer would find it unacceptable there, and drop its ACK or RST (§3.10.7.4 first, Appendix A.2).
  [[nodiscard]] Seq seq_without_text() const { return earlier(snd_.nxt, text_una() + snd_.wnd); }
  [[nodiscard]] bool outstanding() const { return snd_.una != snd_.nxt; }
  /// RFC 8985 §8: they and the persist timer are never needed together.
  [[nodiscard]] bool recovery_timers_run() const { return outstanding() && !window_closed(); }
  /// The retransmission timer expires then, unless the recovery has it wait.
  [[nodiscard]] std::optional<Instant> retransmission_at() const {
    return recovery_timers_run() && recovery_.delays_timeout() ? std::nullopt : retransmit_at_;
  }
  [[nodiscard]] bool fin_sent() const { return fin_acknowledged_ || (closing_ && snd_.nxt == text_end() + 1); }
  /// Octets of text a segment in packets of `packet` octets, as far as the peer's MSS allows.
  [[nodiscard]] std::uint32_t mss_within(std::uint16_t packet) const;
  [[nodiscard]] std::uint32_t effective_mss() const { return mss_within(path_mtu_); }  ///< Eff.snd.MSS (MUST-16)
  [[nodiscard]] std::uint32_t receive_mss() const;  ///< what we offered, for the rules of ACKs and windows
  [[nodiscard]] Flight flight() const {
    return {snd_.una, snd_.nxt, effective_mss(), rto_.smoothed(), search_ ? search_->probe() : std::nullopt};
  }
  [[nodiscard]] std::uint32_t rcv_wnd() const { return window_.current(rcv_.nxt); }
  [[nodiscard]] std::uint32_t scaled_window(const Segment& seg) const;
  [[nodiscard]] wire::Timestamps timestamps(Instant now) const;  ///< TSval and TSecr of a segment sent now
  [[nodiscard]] std::size_t unread() const { return receive_queue_.size(); }
  [[nodiscard]] bool window_closed() const { return snd_.wnd == 0; }
  [[nodiscard]] bool unsent() const { return snd_.nxt < text_end() || (closing_ && !fin_sent()); }

  void enter(State next);
  void establish(Instant now);
  void finish(std::error_code why);
  void abort(Instant now, std::error_code why, Context& context);
  void report(std::error_code soft_error);
  void reset_peer(Instant now, Context& context);
  template <class Octets>
  Result<std::size_t> append(Instant now, Octets octets, std::size_t count);

  FourTuple sockets_;
  State state_ = State::closed;
  bool passive_ = false;  ///< MUST-11: opened by a passive OPEN
  bool closing_ = false;  ///< CLOSE was called: a FIN follows the last octet
  bool fin_acknowledged_ = false;
  bool fin_received_ = false;  ///< RCV.NXT is past the peer's FIN
  bool reading_done_ = false;  ///< the application has read the end, or said that it will not read
  bool abandoned_ = false;     ///< CLOSE of both directions was called: no application holds it any more
  bool wants_room_ = false;    ///< a SEND found no room: say when there is
  bool syn_due_ = false;
  bool probe_unanswered_ = false;  ///< R2 counts from the probe that was sent first since the peer was last heard
  bool probe_due_ = false;         ///< the persist timer expired
  bool pace_waits_ = false;        ///< something could be sent but for the pace
  bool loss_probe_due_ = false;    ///< the TLP PTO timer expired
  bool keep_alive_due_ = false;
  bool override_due_ = false;         ///< the silly window override timer expired
  bool window_scaling_ = true;        ///< RFC 7323 §2: offered, and once both SYNs are known, agreed on
  bool sack_permitted_ = true;        ///< RFC 2018 §2, likewise
  bool told_r1_ = false;              ///< SHLD-9: the application knows of the trouble
  bool user_timeout_due_ = false;     ///< the peer is to be told of it (RFC 5482)
  bool told_reason_ = false;          ///< ICMP has told of trouble since SND.UNA last moved
  std::uint8_t retransmissions_ = 0;  ///< of the octet at SND.UNA
  std::uint16_t path_mtu_ = 0;        ///< octets of the largest packet to send: eff_pmtu (RFC 4821 §7.1)
  std::uint16_t local_mss_ = 0;       ///< the MSS that we announce

  std::uint16_t remote_user_timeout_ = 0;  ///< REMOTE_UTO (RFC 5482 §3.1), as it stood in the option; 0: none

  SendVariables snd_;
  ReceiveVariables rcv_;
  TimestampVariables ts_;
  std::optional<Seq> fin_at_;                 ///< where the peer's FIN is, if it arrived ahead of text
  std::optional<wire::SackBlock> duplicate_;  ///< RFC 2883: what arrived twice, until an ACK has told so
  std::optional<Seq> timed_seq_;              ///< RFC 6298 §3, Karn: the RTT is being measured up to here
  Instant timed_at_{};
  Instant timed_out_at_{};          ///< when the retransmission timer last expired
  Instant last_sent_{};             ///< when text left last, for the restart after idle (RFC 5681 §4.1)
  Instant unacknowledged_since_{};  ///< when SND.UNA last moved, or the first octet became outstanding

  std::optional<Instant> retransmit_at_;
  std::optional<Instant> override_at_;
  std::optional<Instant> silent_until_;    ///< RFC 3168 §6.1.2: cwnd can shrink no more, and new text has to wait
  std::optional<Duration> give_up_after_;  ///< R2 as a time: of the SYN first, of data then
  std::optional<Instant> orphan_at_;       ///< nobody reads any more: when to stop waiting for the peer's FIN
  RetransmissionTimeout rto_;
  Persist persist_;
  DelayedAck acks_;
  KeepAliveTimer keep_alive_;
  ChallengeAckLimit challenges_;
  ReceiveWindow window_;
  ReceiveTuning receive_tuning_;
  std::uint32_t send_buffer_ = 0;     ///< octets that may be queued, at present
  std::uint32_t full_segment_ = 536;  ///< octets of the largest segment that the peer sent: MUST-15's default at first
  CongestionControl congestion_;
  Pacer pacer_;
  Ecn ecn_;
  LossRecovery recovery_;

  SendQueue send_queue_;
  ReceiveQueue receive_queue_;
  Reassembly reassembly_;
  ConnectionOptions options_;
  Indirect<PathMtuSearch> search_;  ///< only where the path may carry more than path_mtu_
  Indirect<SourceRoute> route_;     ///< by which everything is sent, if not straight
  Event event_;
};

}  // namespace handwave::tcp
