#include "tests/oracle/lockstep.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "stack/wire/segmentation.hpp"
#include "tests/model/segment_arrives.hpp"
#include "tests/model/user_calls.hpp"
#include "tests/oracle/matrix.hpp"
#include "tests/support/icmp_packet.hpp"

namespace handwave::oracle {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t listening_port = 80;
constexpr std::uint16_t other_port = 6000;
constexpr std::size_t most_packets_a_step = 3000;
/// Deadlines of one and the same instant.
constexpr int most_turns_at_once = 4;

model::Time model_time(Instant now) { return now.time_since_epoch(); }

/// What left or arrived, without the headers of IP.
std::span<const std::uint8_t> segment_in(const std::vector<std::uint8_t>& packet) {
  const std::size_t ip = packet[0] >> 4 == 4 ? std::size_t{4} * (packet[0] & 0x0f) : 40;
  return std::span{packet}.subspan(ip);
}

bool looks_like_a_loss(const Step& step) {
  return step.counted(Counter::tcp_retransmission_timeouts) + step.counted(Counter::tcp_fast_retransmits) +
             step.counted(Counter::tcp_retransmitted_segments) + step.counted(Counter::tcp_ecn_reductions) +
             step.counted(Counter::tcp_tail_loss_probes) >
         0;
}

}  // namespace

Lockstep::Lockstep(const StackConfig& config, const Secret& secret, Instant start, bool recording)
    : stack_(config, secret), now_(start), recording_(recording) {
  const IpAddress host_v4 = config.addresses[0].address;
  const IpAddress host_v6 = config.addresses[1].address;
  const IpAddress peer_v4 = IpAddress::v4(192, 0, 2, 1);
  const IpAddress peer_v6 = *IpAddress::parse("2001:db8::1");
  flows_[0].sockets = {{host_v4, listening_port}, {peer_v4, 5000}};
  flows_[1].sockets = {{host_v6, listening_port}, {peer_v6, 5001}};
  flows_[2].sockets = {{host_v4, other_port}, {peer_v4, 5002}};
  flows_[3].sockets = {{host_v6, other_port}, {peer_v6, 5003}};
}

test::TcpPacket Lockstep::packet_of(std::size_t index) const {
  test::TcpPacket packet;
  packet.source = flows_[index].sockets.remote;
  packet.destination = flows_[index].sockets.local;
  return packet;
}

std::string Lockstep::text_for(std::size_t index, const test::TcpPacket& packet, std::size_t count) const {
  const model::Number first = packet.has(test::SYN) ? packet.seq.value() : flows_[index].model.irs + 1;
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) text[i] = pattern(packet.seq.value() - first + static_cast<std::uint32_t>(i));
  return text;
}

// ---- The network ----

void Lockstep::arrives(std::size_t index, const test::TcpPacket& packet) {
  const std::vector<std::uint8_t> octets = test::build(packet);
  begin(Stimulus::segment, index);
  Flow& flow = flows_[index];
  Step& step = steps_[index];
  if (recording_)
    record("-> " + test::describe(packet, Seq{flow.model.irs}, Seq{flow.model.iss}) +
           (packet.wrong_checksum ? " wrong checksum" : ""));
  if (packet.wrong_checksum) {  // MUST-3: dropped silently
    step.decision = {.reply = model::Reply::nothing};
    matrix().reached(flow.model.state, Event::bad_checksum);
  } else {
    step.arrived = model::parse(segment_in(octets));
    matrix().reached(flow.model.state, event_of(flow.model, step.arrived, model_time(now_)));
    const model::Connection before = flow.model;
    step.decision = model::segment_arrives(flow.model, step.arrived, model_time(now_));
    const bool duplicate = step.arrived.has_ack && step.arrived.ack == before.snd_una && step.arrived.text == 0;
    if (!packet.sack.empty() || !packet.raw_options.empty() || packet.has(test::ECE) || duplicate)
      flow.disturbed = true;
    if (step.arrived.syn || flow.model.state != before.state) flow.challenges.clear();
    if (flow.model.state == model::State::syn_received && flow.model.passive) forget_name(index);
  }
  stack_.receive(now_, Bytes{octets});
  end();
}

void Lockstep::icmp_arrives(std::size_t index, Icmp kind, std::uint16_t mtu, model::Number quoted) {
  Flow& flow = flows_[index];
  begin(Stimulus::icmp, index);
  record("-> ICMP " + std::string(kind == Icmp::soft ? "soft" : kind == Icmp::hard ? "hard" : "too big"));
  constexpr std::array events = {Event::icmp_soft, Event::icmp_hard, Event::icmp_too_big};
  matrix().reached(flow.model.state, events[static_cast<std::size_t>(kind)]);
  test::TcpPacket sent;
  sent.source = flow.sockets.local;
  sent.destination = flow.sockets.remote;
  sent.seq = Seq{quoted};
  const bool v4 = sent.source.address.is_v4();
  constexpr std::array<std::array<std::uint8_t, 2>, 3> types_v4 = {{{3, 1}, {3, 3}, {3, 4}}};
  constexpr std::array<std::array<std::uint8_t, 2>, 3> types_v6 = {{{1, 0}, {1, 4}, {2, 0}}};
  const auto [type, code] = (v4 ? types_v4 : types_v6)[static_cast<std::size_t>(kind)];
  const std::uint32_t word = kind == Icmp::too_big ? mtu : 0;
  const auto packet = test::build_icmp_error(flow.sockets.remote.address, flow.sockets.local.address, type, code, word,
                                             test::build(sent), 60);
  model::icmp_arrives(flow.model, quoted, kind == Icmp::hard);
  flow.disturbed = true;
  stack_.receive(now_, Bytes{packet});
  end();
}

// ---- The user ----

void Lockstep::listen(const ConnectionOptions& options) {
  if (!listeners_.empty()) return;
  begin(Stimulus::call, std::nullopt);
  record("listen");
  listening_options_ = options;
  for (const AddressPrefix& address : stack_.config().addresses) {
    const auto listener = stack_.listen({address.address, listening_port}, {.connection = options});
    if (listener) listeners_.push_back(*listener);
  }
  for (Flow& flow : flows_) {
    if (flow.sockets.local.port != listening_port) continue;
    matrix().reached(flow.model.state, Event::open_passive);
    model::listen(flow.model);
  }
  end();
}

void Lockstep::close_listeners() {
  begin(Stimulus::call, std::nullopt);
  record("close the listeners");
  for (std::size_t i = 0; i < flow_count; ++i) {
    model::Connection& c = flows_[i].model;
    if (!c.listening) continue;
    matrix().reached(c.state, Event::close_listener);
    const model::Number reset = c.iss + 1;
    if (model::close_listener(c)) steps_[i].decision = {.reply = model::Reply::reset, .reset_seq = reset};
  }
  for (const ListenerId listener : std::exchange(listeners_, {})) stack_.close(now_, listener);
  end();
}

void Lockstep::open(std::size_t index, const OpenOptions& options) {
  Flow& flow = flows_[index];
  if (flow.model.has_tcb()) return;
  forget_name(index);
  begin(Stimulus::call, index);
  record("open");
  matrix().reached(flow.model.state, Event::open_active);
  OpenOptions chosen = options;
  chosen.local_address = flow.sockets.local.address;
  chosen.local_port = flow.sockets.local.port;
  const auto connection = stack_.connect(now_, flow.sockets.remote, chosen);
  demand(index, "OPEN", connection ? std::nullopt : Finding{"it fails: " + connection.error().message()});
  flow.id = *connection;
  flow.patient = !options.connection.user_timeout;
  flow.challenges.clear();
  model::open_active(flow.model);
  end();
}

void Lockstep::send(std::size_t index, std::size_t count, bool urgent) {
  Flow& flow = flows_[index];
  if (!flow.id) return;
  begin(Stimulus::call, index);
  record("send " + std::to_string(count));
  matrix().reached(flow.model.state, Event::send);
  std::vector<std::uint8_t> octets(count);
  for (std::size_t i = 0; i < count; ++i)
    octets[i] = static_cast<std::uint8_t>(pattern(flow.model.written + static_cast<std::uint32_t>(i)));
  const auto sent = urgent ? stack_.send_urgent(now_, *flow.id, octets) : stack_.send(now_, *flow.id, Bytes{octets});
  const bool open = flow.model.has_tcb() && flow.model.state != model::State::time_wait && !flow.model.close_called;
  if (sent && count > 0 && !open) demand(index, "SEND", "it is taken after CLOSE");
  if (sent) flow.model.written += static_cast<std::uint32_t>(*sent);
  end();
}

void Lockstep::receive(std::size_t index, std::size_t max) {
  Flow& flow = flows_[index];
  if (!flow.id || max == 0) return;
  begin(Stimulus::call, index);
  matrix().reached(flow.model.state, Event::receive);
  const auto text = stack_.receive(now_, *flow.id, max);
  record("receive " + (text ? std::to_string(text->size()) : text.error().message()));
  model::Connection& c = flow.model;
  if (c.synchronized()) {
    if (!text || text->empty()) {
      demand(index, "RECEIVE",
             c.unread() == 0 || c.reading_over ? std::nullopt : Finding{"what has arrived is missing"});
      if (text) demand(index, "RECEIVE", c.fin_received ? std::nullopt : Finding{"an end that nobody has sent"});
      if (text) c.reading_over = true;
    } else {
      demand(index, "RECEIVE", text->size() <= c.unread() ? std::nullopt : Finding{"more than has arrived"});
      for (std::size_t i = 0; i < text->size(); ++i)
        if (static_cast<char>(text->bytes()[i]) != pattern(c.read + static_cast<std::uint32_t>(i)))
          demand(index, "RECEIVE", "octet " + std::to_string(c.read + i) + " is not what the peer sent");
      c.read += static_cast<std::uint32_t>(text->size());
    }
  }
  end();
}

void Lockstep::close(std::size_t index, CloseKind kind) {
  Flow& flow = flows_[index];
  if (!flow.id) return;
  begin(Stimulus::call, index);
  const bool both = kind == CloseKind::both;
  record(both ? "close both directions" : "close");
  matrix().reached(flow.model.state, both ? Event::close_both : Event::close);
  const model::Number reset = model::number_without_text(flow.model);
  if (model::close(flow.model, both)) steps_[index].decision = {.reply = model::Reply::reset, .reset_seq = reset};
  static_cast<void>(stack_.close(now_, *flow.id, kind));
  end();
}

void Lockstep::abort(std::size_t index) {
  Flow& flow = flows_[index];
  if (!flow.id) return;
  begin(Stimulus::call, index);
  record("abort");
  matrix().reached(flow.model.state, Event::abort);
  const model::Number reset = model::number_without_text(flow.model);
  if (model::abort(flow.model)) steps_[index].decision = {.reply = model::Reply::reset, .reset_seq = reset};
  stack_.abort(now_, *flow.id);
  flow.id.reset();
  end();
}

void Lockstep::set_options(std::size_t index, const ConnectionOptions& options) {
  Flow& flow = flows_[index];
  if (!flow.id) return;
  begin(Stimulus::call, index);
  record("set options");
  if (stack_.set_options(now_, *flow.id, options)) flow.patient = !options.user_timeout;
  end();
}

/// Of a connection that is over, of which there may be something left to read.
void Lockstep::forget_name(std::size_t index) {
  Flow& flow = flows_[index];
  if (flow.id) static_cast<void>(stack_.close(now_, *flow.id, CloseKind::both));
  flow.id.reset();
}

// ---- The time ----

void Lockstep::passes(Duration duration, unsigned most) {
  const Instant until = now_ + duration;
  for (unsigned i = 0; i < most; ++i) {
    const auto next = stack_.poll_timeout();
    if (!next || *next > until) break;
    time_goes_on(std::max(now_, *next));
  }
  time_goes_on(until);
}

void Lockstep::to_the_next_deadline() {
  if (const auto next = stack_.poll_timeout()) time_goes_on(std::max(now_, *next));
}

void Lockstep::comes_to_its_end() {
  passes(24h, 100);
  for (std::size_t i = 0; i < flow_count; ++i) demand(i, "has_given_up", has_given_up(flows_[i]));
}

void Lockstep::time_goes_on(Instant to) {
  if (recording_)
    record("   " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(to - now_).count()) + " ms");
  now_ = to;
  begin(Stimulus::time, std::nullopt);
  for (Flow& flow : flows_) {
    matrix().reached(flow.model.state, Event::time);
    model::time_passes(flow.model, model_time(now_), stack_.config().msl);
  }
  for (int turns = 0;; ++turns) {
    const auto next = stack_.poll_timeout();
    if (turns > 0 && (!next || *next > now_)) break;
    demand(0, "time", turns < most_turns_at_once ? std::nullopt : Finding{"the deadline does not move on"});
    stack_.handle_timeout(now_);
    accept();
    hear_events();
    transmit();
  }
  end();
}

// ---- A step ----

void Lockstep::begin(Stimulus stimulus, std::optional<std::size_t> index) {
  for (std::size_t i = 0; i < flow_count; ++i) {
    Step& step = steps_[i];
    step = Step{};
    step.stimulus = stimulus;
    step.now = now_;
    step.to_this_flow = i == index;
    step.before = flows_[i].model.state;
    step.stack_before = stack_.state_of(flows_[i].sockets);
    step.counters_before = stack_.counters();
  }
}

void Lockstep::end() {
  accept();
  hear_events();
  transmit();
  for (std::size_t i = 0; i < flow_count; ++i) {
    Step& step = steps_[i];
    step.stack_after = stack_.state_of(flows_[i].sockets);
    step.counters_after = stack_.counters();
    if (step.stimulus == Stimulus::time) note_giving_up(i);
    note_answers(i);
  }
  for (std::size_t i = 0; i < flow_count; ++i) check(i);
}

void Lockstep::accept() {
  for (const ListenerId listener : listeners_)
    while (const auto connection = stack_.accept(listener)) {
      const auto status = stack_.status(*connection);
      for (std::size_t i = 0; i < flow_count; ++i) {
        Flow& flow = flows_[i];
        if (flow.sockets.local != status->sockets.local || flow.sockets.remote != status->sockets.remote) continue;
        forget_name(i);
        flow.id = *connection;
        flow.patient = !listening_options_.user_timeout;
      }
    }
}

void Lockstep::hear_events() {
  while (const auto event = stack_.poll_event()) {
    if (event->acceptable) continue;
    for (std::size_t i = 0; i < flow_count; ++i) {
      if (flows_[i].id != event->connection) continue;
      Step& step = steps_[i];
      step.told_closing |= event->peer_closed;
      step.told_closed |= event->closed;
      if (event->error) step.error = event->error;
    }
  }
}

void Lockstep::transmit() {
  for (Flow& flow : flows_) {
    const auto status = flow.id ? stack_.status(*flow.id) : Stack::Result<Status>{std::unexpect};
    flow.cwnd = status ? status->congestion_window : 0;
  }
  for (Step& step : steps_) step.counters_after = stack_.counters();
  std::size_t packets = 0;
  std::vector<std::uint8_t> octets;
  while (const OutgoingPacket* packet = stack_.poll_transmit(now_)) {
    for (Step& step : steps_) step.counters_after = stack_.counters();
    for (wire::Segmentation cut(*packet); cut.next(octets);) {
      demand(0, "output", ++packets < most_packets_a_step ? std::nullopt : Finding{"it does not end"});
      const test::ReadPacket read = test::read(octets);
      if (const auto* bad = std::get_if<test::BadPacket>(&read)) demand(0, "well-formed packets", bad->reason);
      if (const auto* segment = std::get_if<test::TcpPacket>(&read)) leaves(*segment, octets);
    }
  }
}

void Lockstep::leaves(const test::TcpPacket& packet, const std::vector<std::uint8_t>& octets) {
  for (std::size_t i = 0; i < flow_count; ++i) {
    Flow& flow = flows_[i];
    if (flow.sockets.remote != packet.destination || flow.sockets.local != packet.source) continue;
    const Sent sent{packet, model::parse(segment_in(octets))};
    if (recording_) record("<- " + test::describe(packet, Seq{flow.model.iss}, Seq{flow.model.irs}));
    if (octets.size() > stack_.config().mtu) demand(i, "MTU", "a packet is larger");
    demand(i, "may_leave", may_leave(flow, sent, steps_[i]));
    if (looks_like_a_loss(steps_[i])) flow.disturbed = true;
    model::leaves(flow.model, sent.seg);
    if (sent.seg.timestamps) flow.tsval = sent.seg.timestamps->value;
    steps_[i].sent.push_back(sent);
    return;
  }
  demand(0, "output", "a packet to nobody");
}

/// The model knows of no timer but that of TIME-WAIT: where one has ended the connection, the stack says so.
void Lockstep::note_giving_up(std::size_t index) {
  Flow& flow = flows_[index];
  const Step& step = steps_[index];
  const bool gone = step.stack_after == tcp::State::closed || step.stack_after == tcp::State::listen ||
                    (step.stack_after == tcp::State::time_wait && !flow.model.behind.empty());
  if (!gone || !flow.model.has_tcb() || flow.model.state == model::State::time_wait) return;
  const bool with_reason = step.counted(Counter::tcp_user_timeouts) > 0 ||
                           step.counted(Counter::tcp_syn_cache_expired) > 0 ||
                           step.error == TcpError::keep_alive_timeout ||
                           (flow.model.state == model::State::fin_wait_2 && flow.model.reading_over);
  if (with_reason) model::give_up(flow.model);
}

void Lockstep::note_answers(std::size_t index) {
  Flow& flow = flows_[index];
  const Step& step = steps_[index];
  if (looks_like_a_loss(step)) flow.disturbed = true;
  if (flow.model.snd_una == flow.model.snd_nxt) flow.disturbed = false;
  if (step.decision.reply == model::Reply::ack_later && flow.acknowledge_by == Instant::max())
    flow.acknowledge_by = now_ + 500ms;
  for (const Sent& sent : step.sent)
    if (sent.seg.has_ack && sent.seg.ack == flow.model.rcv_nxt) flow.acknowledge_by = Instant::max();
  if (!flow.model.synchronized()) flow.acknowledge_by = Instant::max();
  if (step.decision.reply == model::Reply::challenge && !step.sent.empty()) flow.challenges.push_back(now_);
  std::erase_if(flow.challenges, [&](Instant at) { return at < now_ - 5s; });
}

void Lockstep::check(std::size_t index) {
  Flow& flow = flows_[index];
  const Step& step = steps_[index];
  demand(index, "answers_no_reset", answers_no_reset(step));
  demand(index, "is_silent_where_it_must", is_silent_where_it_must(step));
  demand(index, "answers_as_the_rfc", answers_as_the_rfc(flow, step));
  demand(index, "counts_the_right_reason", counts_the_right_reason(step));
  demand(index, "makes_no_ack_storm", makes_no_ack_storm(step));
  demand(index, "is_in_the_models_state", is_in_the_models_state(flow, step));
  demand(index, "follows_the_table", follows_the_table(step));
  demand(index, "tells_the_user", tells_the_user(flow, step));
  demand(index, "keeps_the_challenge_rate", keeps_the_challenge_rate(flow));
  demand(index, "acknowledges_in_time", acknowledges_in_time(flow, step));
  demand(index, "keeps_time_wait", keeps_time_wait(flow, step, stack_.config().msl));
  demand(index, "waits_with_a_deadline", waits_with_a_deadline(flow, stack_));
  demand(index, "knows_the_peers_window", knows_the_peers_window(flow, stack_));
  demand(index, "keeps_its_limits", keeps_its_limits(flow, stack_));
  if (step.told_closed) flow.id.reset();
}

void Lockstep::demand(std::size_t index, std::string_view rule, const Finding& finding) const {
  if (!finding) return;
  std::string text;
  for (const std::string& line : history_) text += line + "\n";
  text += "flow " + std::to_string(index) + ", in " +
          std::string(tcp::to_string(static_cast<tcp::State>(steps_[index].before))) + ": " + std::string(rule) + ": " +
          *finding + "\n";
  throw Broken(text);
}

void Lockstep::record(std::string line) {
  if (!recording_) return;
  for (std::size_t i = 0; i < flow_count; ++i)
    if (steps_[i].to_this_flow) line = std::to_string(i) + " " + line;
  history_.push_back(std::move(line));
}

}  // namespace handwave::oracle
