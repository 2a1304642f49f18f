// What runs on the hosts of the simulator's tests.
#include "tests/sim/talker.hpp"

#include <algorithm>

namespace handwave::sim {
namespace {

/// A connection that waits for an acknowledgment hears from its peer or ends within its user timeout, and this for the
/// longest wait between two retransmissions (RFC 6298 (2.5): 60 seconds or more).
constexpr Duration slack = std::chrono::seconds{130};
constexpr std::size_t write_chunk = 64 * 1024;

std::pair<std::uint32_t, std::uint32_t> key_of(ConnectionId id) { return {id.index, id.generation}; }
std::pair<std::uint32_t, std::uint32_t> key_of(ListenerId id) { return {id.index, id.generation}; }

}  // namespace

void stream_octets(std::uint32_t key, std::uint64_t offset, MutableBytes to) {
  // Neighbours differ, and so do octets any power of two apart. From one multiple of 251 to the next all grow by 7.
  constexpr std::uint64_t run = 251;
  for (std::size_t i = 0; i < to.size();) {
    const std::uint64_t at = offset + i;
    const std::uint64_t first = key + at * 7 + at / run * 13 + at / (run * run) * 3;
    const std::size_t length = std::min<std::size_t>(to.size() - i, run - at % run);
    for (std::size_t k = 0; k < length; ++k) to[i + k] = static_cast<std::uint8_t>(first + 7 * k);
    i += length;
  }
}

std::uint32_t stream_key(const Endpoint& sender, const Endpoint& receiver) {
  return static_cast<std::uint32_t>(siphash({1, 2}, as_bytes(sender.to_string() + ">" + receiver.to_string())));
}

ListenerId Talkers::listen(const Endpoint& local, const Plan& plan, const ListenOptions& options) {
  const auto listener = node_.stack().listen(local, options);
  if (!listener) node_.world().fail("listen: " + listener.error().message());
  listeners_[key_of(*listener)] = plan;
  return *listener;
}

std::size_t Talkers::connect(const Endpoint& remote, const Plan& plan, const OpenOptions& options) {
  const auto connection = node_.stack().connect(node_.now(), remote, options);
  if (!connection) node_.world().fail("connect: " + connection.error().message());
  return add(*connection, plan);
}

std::size_t Talkers::add(ConnectionId id, const Plan& plan) {
  Talk talk;
  talk.id = id;
  talk.plan = plan;
  talk.to_send = plan.answer_each != 0 ? 0 : plan.octets;
  talk.outcome.sockets = node_.stack().status(id)->sockets;
  talk.outcome.opened = node_.now();
  talk.key_out = stream_key(talk.outcome.sockets.local, talk.outcome.sockets.remote);
  talk.key_in = stream_key(talk.outcome.sockets.remote, talk.outcome.sockets.local);
  talk.read_at = node_.now() + plan.read_after;
  talks_.push_back(talk);
  by_id_[key_of(id)] = talks_.size() - 1;
  return talks_.size() - 1;
}

void Talkers::handle(Instant now, const Event& event) {
  if (event.acceptable) {
    while (const auto connection = node_.stack().accept(event.listener)) {
      Talk& talk = talks_[add(*connection, listeners_.at(key_of(event.listener)))];
      talk.established = true;
      talk.readable = true;  // octets may have come with the last ACK of the handshake
      go_on(talk);
    }
    return;
  }
  const auto found = by_id_.find(key_of(event.connection));
  if (found == by_id_.end()) return;
  Talk& talk = talks_[found->second];
  if (event.established) {
    talk.established = true;
    talk.read_at = now + talk.plan.read_after;
  }
  talk.readable = talk.readable || event.readable || event.peer_closed;
  talk.writable = talk.writable || event.writable;
  talk.outcome.all_acknowledged = talk.outcome.all_acknowledged || event.all_acknowledged;
  if (event.notice) talk.outcome.notice = event.notice;
  if (event.closed) {
    // Nothing was left to read, so the end of the stream comes with the event.
    talk.outcome.peer_closed = talk.outcome.peer_closed || event.peer_closed;
    return gone(talk, event.error);
  }
  go_on(talk);
}

void Talkers::gone(Talk& talk, std::error_code error) {
  talk.outcome.closed = true;
  talk.outcome.error = error;
  talk.outcome.ended = node_.now();
  by_id_.erase(key_of(talk.id));
}

void Talkers::handle_timeout(Instant now) {
  for (auto next = by_id_.begin(); next != by_id_.end();) {
    Talk& talk = talks_[(next++)->second];
    if (talk.readable && talk.read_at <= now) go_on(talk);
  }
}

std::optional<Instant> Talkers::poll_timeout() const {
  std::optional<Instant> earliest;
  for (const auto& [id, number] : by_id_) {
    const Talk& talk = talks_[number];
    if (talk.readable && talk.established && (!earliest || talk.read_at < *earliest)) earliest = talk.read_at;
  }
  return earliest;
}

void Talkers::go_on(Talk& talk) {
  if (talk.established && talk.readable && talk.read_at <= node_.now()) read(talk);
  if (talk.outcome.aborted) return;
  write(talk);
  close_if_done(talk);
}

void Talkers::read(Talk& talk) {
  std::size_t room = talk.plan.read_size;
  while (room > 0) {
    const auto slice = node_.stack().receive(node_.now(), talk.id, room);
    if (!slice || slice->empty()) {
      talk.readable = false;
      if (slice) talk.outcome.peer_closed = true;
      break;
    }
    compare(talk, slice->bytes());
    room -= slice->size();
  }
  if (talk.plan.read_interval > Duration::zero()) talk.read_at = node_.now() + talk.plan.read_interval;
  if (talk.plan.abort_after && talk.outcome.received >= *talk.plan.abort_after) {
    node_.stack().abort(node_.now(), talk.id);
    talk.outcome.aborted = true;
    by_id_.erase(key_of(talk.id));
  }
}

void Talkers::compare(Talk& talk, Bytes octets) {
  std::vector<std::uint8_t> expected(octets.size());
  stream_octets(talk.key_in, talk.outcome.received, expected);
  const auto differs = std::ranges::mismatch(octets, expected);
  if (differs.in1 != octets.end()) {
    const auto offset = talk.outcome.received + static_cast<std::uint64_t>(differs.in1 - octets.begin());
    node_.world().fail(node_.name() + ": octet " + std::to_string(offset) + " of the stream is wrong");
  }
  const std::uint64_t before = talk.outcome.received;
  talk.outcome.received += octets.size();
  if (const std::uint64_t each = talk.plan.answer_each; each != 0)
    talk.to_send += (talk.outcome.received / each - before / each) * each;
}

void Talkers::write(Talk& talk) {
  std::vector<std::uint8_t> octets;
  while (talk.writable && talk.outcome.sent < talk.to_send) {
    const std::size_t most = talk.plan.write_size == 0 ? write_chunk : talk.plan.write_size;
    octets.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most, talk.to_send - talk.outcome.sent)));
    stream_octets(talk.key_out, talk.outcome.sent, octets);
    const auto taken = node_.stack().send(node_.now(), talk.id, Bytes{octets});
    talk.outcome.sent += taken.value_or(0);
    talk.writable = taken && *taken == octets.size();
  }
}

void Talkers::close_if_done(Talk& talk) {
  if (!talk.plan.close || talk.outcome.close_called || !talk.established) return;
  const bool all_sent = talk.outcome.sent >= talk.to_send;
  const bool may = talk.outcome.peer_closed || (!talk.plan.wait_for_peer && talk.plan.answer_each == 0);
  if (!all_sent || !may) return;
  talk.outcome.close_called = true;
  talk.outcome.abandoned = talk.plan.abandon;
  const auto closed =
      node_.stack().close(node_.now(), talk.id, talk.plan.abandon ? CloseKind::both : CloseKind::sending);
  if (!closed) node_.world().fail(node_.name() + ": CLOSE fails: " + closed.error().message());
}

void Talkers::check_all() {
  for (const auto& [id, number] : by_id_) check(talks_[number]);
}

void Talkers::check(const Talk& talk) {
  const auto fail_if = [&](const Finding& finding) {
    if (finding) node_.world().fail(node_.name() + ", " + talk.outcome.sockets.local.to_string() + ": " + *finding);
  };
  fail_if(waits_with_a_deadline(node_.stack(), talk.id));
  fail_if(keeps_its_buffers(node_.stack(), talk.id));
  const auto flow = node_.flows().find(talk.outcome.sockets);
  const auto status = node_.stack().status(talk.id);
  const auto options = node_.stack().options(talk.id);
  if (flow == node_.flows().end() || !status || !options || !options->user_timeout) return;
  if (!talk.established || status->awaiting_acknowledgment == 0) return;
  const Instant heard = std::max(flow->second.last_arrival, World::beginning);
  if (node_.world().now() > heard + *options->user_timeout + slack)
    fail_if(Finding("nothing was heard for longer than the user timeout, and the connection goes on"));
}

const Outcome* Talkers::find(const FourTuple& sockets) const {
  for (std::size_t i = talks_.size(); i-- > 0;)
    if (talks_[i].outcome.sockets == sockets) return &talks_[i].outcome;
  return nullptr;
}

void check_streams(const World& world, const Outcome& a, const Outcome& b) {
  for (const auto& [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    const std::string name = from->sockets.local.to_string() + " to " + to->sockets.local.to_string() + ": ";
    if (to->received > from->sent) world.fail(name + "more octets were received than sent");
    if (from->cut_short() || to->cut_short()) continue;
    if (to->received != from->sent)
      world.fail(name + std::to_string(to->received) + " of " + std::to_string(from->sent) +
                 " octets arrived, and nobody was told of an error");
    if (from->close_called && !to->peer_closed) world.fail(name + "the end of the stream did not arrive");
    if (from->close_called && !from->all_acknowledged) world.fail(name + "CLOSE was not acknowledged");
  }
}

}  // namespace handwave::sim
