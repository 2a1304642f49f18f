#include "stack/tcp/endpoints.hpp"

#include <algorithm>

#include "stack/expects.hpp"

namespace handwave::tcp {

Endpoints::Endpoints(const StackConfig& config, Random& random)
    : config_(config),
      isns_(random.key()),
      timestamps_(random.key()),
      port_key_(random.key()),
      flows_(random.key()),
      half_open_(config.max_half_open, random.key()),
      time_wait_(config.max_time_wait, random.key()),
      cookies_(random.key()),
      replies_(config.max_replies),
      buffers_(config.max_buffer_growth) {}

// ---- Arrivals ----

void Endpoints::segment_arrives(Instant now, Segment seg, std::uint16_t path_mtu, Counters& counters) {
  if (const std::uint32_t* index = flows_.find(seg.sockets)) {
    const std::uint32_t slot = *index;
    Context context{config_, counters, replies_, buffers_};
    slots_[slot].connection->segment_arrives(now, std::move(seg), context);
    return settle(now, slot, counters);
  }
  if (HalfOpen* half_open = half_open_.find(seg.sockets))
    return arrives_half_open(now, seg, *half_open, path_mtu, counters);
  if (TimeWaitEntry* entry = time_wait_.find(seg.sockets)) return arrives_in_time_wait(now, seg, *entry, counters);
  if (Listener* listener = listeners_.find(seg.sockets.local))
    return arrives_in_listen(now, seg, *listener, path_mtu, counters);
  // U-11 (§3.10.7.1), CLOSED: a RST is discarded, everything else is answered with one.
  if (seg.flags.rst) return counters.add(Counter::tcp_rst_ignored);
  counters.add(Counter::tcp_no_connection);
  Context context{config_, counters, replies_, buffers_};
  reply_with_reset(seg, context);
}

void Endpoints::handle_timeout(Instant now, Counters& counters) {
  Context context{config_, counters, replies_, buffers_};
  // First all that are due, then what they do: a timer of no length that starts again waits for the next call.
  std::vector<std::uint32_t> due;
  while (const auto index = timers_.pop_due(now)) due.push_back(*index);
  for (const std::uint32_t index : due) {
    Slot& slot = slots_[index];
    slot.timer.reset();
    if (!slot.connection) continue;
    slot.connection->handle_timeout(now, context);
    settle(now, index, counters);
  }
  while (HalfOpen* half_open = half_open_.due(now)) half_open_timeout(now, *half_open, counters);
  time_wait_.expire(now, [](const TimeWaitEntry&) {});
}

bool Endpoints::believes_icmp(const FourTuple& sockets, Seq seq, Counters& counters) {
  bool believed = false;
  if (const std::uint32_t* index = flows_.find(sockets))
    believed = slots_[*index].connection->believes_icmp(seq);
  else if (const HalfOpen* half_open = half_open_.find(sockets))
    believed = seq == half_open->iss;
  else
    return counters.add(Counter::icmp_error_for_nobody), false;
  if (!believed) counters.add(Counter::icmp_error_out_of_window);
  return believed;
}

void Endpoints::icmp_error_arrives(Instant now, const FourTuple& sockets, std::error_code error, bool hard,
                                   Counters& counters) {
  if (const std::uint32_t* index = flows_.find(sockets)) {
    const std::uint32_t slot = *index;
    Context context{config_, counters, replies_, buffers_};
    slots_[slot].connection->icmp_error_arrives(now, error, hard, context);
    return settle(now, slot, counters);
  }
  // A half-open connection: nobody waits for it yet. A hard error ends it, a soft one is left to the timer.
  counters.add(Counter::icmp_errors_delivered);
  if (const HalfOpen* half_open = half_open_.find(sockets); half_open != nullptr && hard)
    half_open_closed(HalfOpen{*half_open}, counters);
}

void Endpoints::path_mtu_changed(Instant now, const FourTuple& sockets, std::uint16_t path_mtu) {
  const std::uint32_t* index = flows_.find(sockets);
  if (index == nullptr) return;  // a half-open connection asks for the path's MTU when it is completed
  const std::uint32_t slot = *index;
  slots_[slot].connection->path_mtu_changed(now, path_mtu, config_);
  if (!slots_[slot].output_queued) {
    slots_[slot].output_queued = true;
    outputs_.push_back(slot);
  }
  set_timer(slot);
}

// ---- User calls ----

Endpoints::Result<ConnectionId> Endpoints::accept(ListenerId id) {
  Listener* listener = listeners_.find(id);
  if (listener == nullptr) return std::unexpected(TcpError::connection_does_not_exist);
  while (!listener->waiting.empty()) {
    const ConnectionId connection = listener->waiting.front();
    listener->waiting.erase(listener->waiting.begin());
    if (find(connection) != nullptr) return connection;  // else it ended before anybody took it
  }
  return std::unexpected(TcpError::would_block);
}

void Endpoints::close(Instant now, ListenerId id, Counters& counters) {
  Listener* listener = listeners_.find(id);
  if (listener == nullptr) return;
  const std::vector<ConnectionId> waiting = listener->waiting;
  listeners_.close(id);
  for (const ConnectionId connection : waiting) abort(now, connection, counters);
  std::vector<HalfOpen> under_way;
  half_open_.erase_if([&](const HalfOpen& half_open) {
    const bool ours = half_open.listener == id.index;
    if (ours) under_way.push_back(half_open);
    return ours;
  });
  for (const HalfOpen& half_open : under_way) {
    Segment reset;  // as if its ACK had come and nobody listened any more
    reset.sockets = half_open.sockets;
    reset.flags.ack = true;
    reset.ack = half_open.iss + 1;
    reset.return_route = half_open.return_route;
    if (half_open.timestamps) reset.options.timestamps = {half_open.ts_recent, 0};
    Context context{config_, counters, replies_, buffers_};
    reply_with_reset(reset, context);
    counters.add(Counter::tcp_connections_closed);
  }
}

Endpoints::Result<ConnectionId> Endpoints::connect(Instant now, FourTuple sockets, const OpenOptions& options,
                                                   std::uint16_t path_mtu, Counters& counters) {
  if (sockets.local.port == 0) {
    const auto port = ports_.choose(port_key_, sockets.local.address, sockets.remote, [&](std::uint16_t candidate) {
      sockets.local.port = candidate;
      return in_use(sockets) || listeners_.find(sockets.local) != nullptr;
    });
    if (!port) return std::unexpected(TcpError::no_free_port);
    sockets.local.port = *port;
  }
  if (in_use(sockets)) return std::unexpected(TcpError::connection_already_exists);
  Context context{config_, counters, replies_, buffers_};
  auto opened = opening(now, sockets, options.connection, path_mtu);
  if (!options.source_route.gateways.empty()) opened.route.emplace(options.source_route);
  const Connection connection{now, opened, options.connect_timeout, context};
  const auto id = add(connection, counters);
  if (!id) return id;
  counters.add(Counter::tcp_connections_opened);
  settle(now, id->index, counters);
  return id;
}

void Endpoints::abort(Instant now, ConnectionId id, Counters& counters) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  Context context{config_, counters, replies_, buffers_};
  connection->abort(now, context);
  // §3.10.5: in TIME-WAIT, and where only the reading was left, the TCB goes without a word. By now a later connection
  // may be in TIME-WAIT between the same sockets: not ours to end.
  const TimeWaitEntry* entry = time_wait_.find(connection->sockets());
  if (connection->state() == State::time_wait && entry != nullptr && entry->snd_nxt == connection->snd_nxt())
    time_wait_.erase(connection->sockets());
  counters.add(Counter::tcp_connections_closed);
  release(id.index);
}

Connection* Endpoints::find(ConnectionId id) {
  if (id.index >= slots_.size() || slots_[id.index].generation != id.generation) return nullptr;
  return slots_[id.index].connection ? &*slots_[id.index].connection : nullptr;
}

// ---- Polls ----

bool Endpoints::poll_transmit(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Counters& counters) {
  if (const OutgoingSegment* reply = replies_.front()) {
    out = *reply;
    replies_.pop();
    return true;
  }
  Context context{config_, counters, replies_, buffers_};
  while (!outputs_.empty()) {
    const std::uint32_t index = outputs_.front();
    outputs_.pop_front();
    Slot& slot = slots_[index];
    if (slot.connection && slot.connection->next_segment(now, out, packet, context)) {
      outputs_.push_back(index);  // the others first
      return true;
    }
    slot.output_queued = false;
    if (slot.connection) set_timer(index);
  }
  return false;
}

std::optional<Instant> Endpoints::poll_timeout() const {
  std::optional<Instant> earliest = timers_.next();
  for (const auto& candidate : {half_open_.next_deadline(), time_wait_.next_deadline()})
    if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
  return earliest;
}

std::optional<Event> Endpoints::poll_event(Counters& counters) {
  while (!events_.empty()) {
    Event event = events_.front();
    events_.pop_front();
    if (event.acceptable) {
      Listener* listener = listeners_.find(event.listener);
      if (listener == nullptr) continue;
      listener->told = false;
      return event;
    }
    Connection* connection = find(event.connection);
    if (connection == nullptr) continue;
    Slot& slot = slots_[event.connection.index];
    slot.event_queued = false;
    const ConnectionId id = event.connection;
    event = std::exchange(connection->happened(), Event{});
    event.connection = id;
    event.closed = connection->finished();
    if (event.closed) {
      counters.add(Counter::tcp_connections_closed);
      release(id.index);
    }
    return event;
  }
  return std::nullopt;
}

// ---- Getters ----

State Endpoints::state_of(const FourTuple& sockets) const {
  if (const std::uint32_t* index = flows_.find(sockets)) return slots_[*index].connection->state();
  if (half_open_.find(sockets) != nullptr) return State::syn_received;
  if (time_wait_.find(sockets) != nullptr) return State::time_wait;
  return listeners_.find(sockets.local) != nullptr ? State::listen : State::closed;
}

Population Endpoints::population() const { return {flows_.size(), half_open_.size(), time_wait_.size()}; }

// ---- Slots ----

Endpoints::Result<ConnectionId> Endpoints::add(const Connection& connection, Counters&) {
  if (slots_.size() - free_.size() >= config_.max_connections) return std::unexpected(TcpError::insufficient_resources);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.connection = connection;
  slot.reachable = true;
  expects(flows_.insert(connection.sockets(), index), "a pair of sockets names one connection");
  return ConnectionId{index, slot.generation};
}

void Endpoints::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.reachable) flows_.erase(slot.connection->sockets());
  buffers_.give_back(slot.connection->buffer_growth());
  timers_.clear(index);
  const bool output_queued = slot.output_queued;
  const std::uint32_t generation = slot.generation + 1;
  slot = Slot{};
  slot.output_queued = output_queued;  // outputs_ still has it
  slot.generation = generation == 0 ? 1 : generation;
  free_.push_back(index);
}

/// After anything was done to a connection: its place in the tables, its event, its turn to send, its timer.
void Endpoints::settle(Instant now, std::uint32_t index, Counters& counters) {
  Slot& slot = slots_[index];
  Connection& connection = *slot.connection;
  if (connection.gone() && slot.reachable) {
    slot.reachable = false;
    flows_.erase(connection.sockets());
    timers_.clear(index);
    slot.timer.reset();
    if (connection.state() == State::time_wait) enter_time_wait(now, connection, counters);
  }
  if (connection.anything_happened() || connection.finished()) queue_event(index);
  if (connection.gone()) return;
  if (!slot.output_queued) {
    slot.output_queued = true;
    outputs_.push_back(index);
  }
  set_timer(index);
}

void Endpoints::set_timer(std::uint32_t index) {
  Slot& slot = slots_[index];
  const auto deadline = slot.connection->deadline();
  if (!deadline || (slot.timer && *slot.timer <= *deadline)) return;
  slot.timer = deadline;
  timers_.set(index, *deadline);
}

void Endpoints::queue_event(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.event_queued) return;
  slot.event_queued = true;
  Event event;
  event.connection = {index, slot.generation};
  events_.push_back(event);
}

bool Endpoints::in_use(const FourTuple& sockets) const {
  return flows_.find(sockets) != nullptr || half_open_.find(sockets) != nullptr || time_wait_.find(sockets) != nullptr;
}

Connection::Opening Endpoints::opening(Instant now, const FourTuple& sockets, const ConnectionOptions& options,
                                       std::uint16_t path_mtu) const {
  return {sockets, options, isns_.choose(now, sockets), timestamps_.offset(sockets), path_mtu, {}};
}

}  // namespace handwave::tcp
