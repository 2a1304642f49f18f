// One Stack in virtual time, with its user.
#include "tests/support/host.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <utility>

#include "stack/wire/segmentation.hpp"
#include "tests/support/segment.hpp"

namespace handwave::test {
namespace {

constexpr std::size_t kept_packets = 256;
/// More deadlines than this at one instant mean that a timer which is due is not served.
constexpr int max_deadlines_at_once = 1000;

std::string event_text(const Event& event) {
  std::string text = "event:";
  const std::pair<bool, const char*> parts[] = {{event.acceptable, " acceptable"},
                                                {event.established, " established"},
                                                {event.readable, " readable"},
                                                {event.writable, " writable"},
                                                {event.peer_closed, " peer_closed"},
                                                {event.urgent, " urgent"},
                                                {event.all_acknowledged, " all_acknowledged"}};
  for (const auto& [happened, name] : parts)
    if (happened) text += name;
  if (event.notice) text += " notice (" + event.notice.message() + ")";
  if (event.closed) text += " closed (" + (event.error ? event.error.message() : "normally") + ")";
  return text;
}

}  // namespace

Endpoint host_endpoint_v6() { return {*IpAddress::parse("2001:db8::2"), 80}; }
Endpoint peer_endpoint_v6() { return {*IpAddress::parse("2001:db8::1"), 50'000}; }

StackConfig default_config() {
  StackConfig config;
  config.addresses = {*AddressPrefix::parse("192.0.2.2/24"), *AddressPrefix::parse("2001:db8::2/64")};
  return config;
}

Host::Host(const StackConfig& config, const Secret& secret, Instant start) : stack_(config, secret), now_(start) {
  transcript_.begin(start);
}

void Host::tick(Duration duration) {
  const Instant end = now_ + duration;
  int at_once = 0;
  while (true) {
    const std::optional<Instant> deadline = stack_.poll_timeout();
    if (!deadline || *deadline > end) break;
    at_once = *deadline > now_ ? 0 : at_once + 1;
    if (at_once > max_deadlines_at_once) FAIL("the stack's deadline stays in the past");
    now_ = std::max(now_, *deadline);
    turn();
  }
  now_ = end;
  transcript_.add(now_, "tick: " + seconds_text(duration) + " s have passed");
  turn();
}

std::optional<Duration> Host::tick_to_deadline() {
  const std::optional<Instant> deadline = stack_.poll_timeout();
  if (!deadline) return std::nullopt;
  const Duration passed = std::max(*deadline - now_, Duration::zero());
  now_ += passed;
  transcript_.add(now_, "tick: " + seconds_text(passed) + " s have passed, to the deadline");
  turn();
  return passed;
}

template <class T>
Host::Result<T> Host::call(std::string what, Result<T> result) {
  transcript_.add(now_, "user: " + std::move(what) + (result ? "" : " fails: " + result.error().message()));
  turn();
  return result;
}

Host::Result<ListenerId> Host::listens(const Endpoint& local, const ListenOptions& options) {
  auto result = call("passive OPEN at " + local.to_string(), stack_.listen(local, options));
  if (result) listener_ = *result;
  return result;
}

Host::Result<ConnectionId> Host::connects(const Endpoint& remote, const OpenOptions& options) {
  auto result = stack_.connect(now_, remote, options);
  if (result) {
    connection_ = *result;
    if (const auto status = stack_.status(connection_)) sockets_ = status->sockets;
  }
  return call("active OPEN to " + remote.to_string(), result);
}

Host::Result<ConnectionId> Host::accepts() {
  auto result = call("accept", stack_.accept(listener_));
  if (result) connection_ = *result;
  return result;
}

Host::Result<std::size_t> Host::sends(std::string_view text) {
  return call("SEND of " + std::to_string(text.size()), stack_.send(now_, connection_, as_bytes(text)));
}

Host::Result<std::size_t> Host::sends_octets(std::size_t count) {
  const std::string text = pattern_text(pattern_sent_, count);
  const auto taken = stack_.send(now_, connection_, as_bytes(text));
  if (taken) pattern_sent_ += *taken;
  return call("SEND of " + std::to_string(count), taken);
}

Host::Result<std::size_t> Host::sends_urgent(std::string_view text) {
  return call("urgent SEND of " + std::to_string(text.size()), stack_.send_urgent(now_, connection_, as_bytes(text)));
}

Host::Result<std::string> Host::receives(std::size_t max) {
  std::string text;
  while (text.size() < max) {
    const auto slice = stack_.receive(now_, connection_, max - text.size());
    if (!slice && text.empty()) return call("RECEIVE", Result<std::string>(std::unexpected(slice.error())));
    if (!slice || slice->empty()) break;
    text += as_text(slice->bytes());
  }
  return call("RECEIVE gives " + std::to_string(text.size()), Result<std::string>(text));
}

Host::Result<void> Host::closes(CloseKind kind) {
  return call(kind == CloseKind::both ? "CLOSE of both directions" : "CLOSE", stack_.close(now_, connection_, kind));
}

void Host::closes_listener() {
  stack_.close(now_, listener_);
  transcript_.add(now_, "user: CLOSE of the listener");
  turn();
}

void Host::aborts() {
  stack_.abort(now_, connection_);
  transcript_.add(now_, "user: ABORT");
  turn();
}

Host::Result<void> Host::sets_options(const ConnectionOptions& options) {
  return call("sets options", stack_.set_options(now_, connection_, options));
}

Status Host::status() {
  const auto status = stack_.status(connection_);
  if (!status) FAIL("STATUS: " << status.error().message());
  return *status;
}

void Host::expects_event(bool Event::* what) {
  for (Event& event : events_) {
    if (!(event.*what)) continue;
    event.*what = false;
    return;
  }
  FAIL("the stack did not tell of the event that was expected");
}

void Host::expects_no_event(bool Event::* what) {
  if (std::ranges::any_of(events_, [&](const Event& event) { return event.*what; }))
    FAIL("the stack told of an event that was not to happen");
}

void Host::expects_closed(std::error_code error) {
  for (Event& event : events_) {
    if (!event.closed) continue;
    event.closed = false;
    if (event.error != error) FAIL("closed with \"" << event.error.message() << "\", not \"" << error.message() << '"');
    return;
  }
  FAIL("the stack did not tell that the connection is closed");
}

void Host::expects_notice(std::error_code notice) {
  for (Event& event : events_) {
    if (event.notice != notice) continue;
    event.notice = {};
    return;
  }
  FAIL("the stack did not give notice of \"" << notice.message() << '"');
}

void Host::arrives(Bytes packet) {
  stack_.receive(now_, packet);
  turn();
}

void Host::arrives_together(const std::vector<std::vector<std::uint8_t>>& packets) {
  for (const auto& packet : packets) stack_.receive(now_, Bytes{packet});
  turn();
}

void Host::turn() {
  stack_.handle_timeout(now_);
  while (const auto event = stack_.poll_event()) record(*event);
  transmit();
  while (const auto event = stack_.poll_event()) record(*event);
}

void Host::record(const Event& event) {
  events_.push_back(event);
  transcript_.add(now_, event_text(event));
}

void Host::transmit() {
  std::vector<std::uint8_t> on_the_wire;
  while (const OutgoingPacket* packet = stack_.poll_transmit(now_)) {
    wire::Segmentation segments(*packet);
    while (segments.next(on_the_wire)) take(on_the_wire);
  }
}

void Host::take(Bytes packet) {
  ReadPacket read_packet = read(packet);
  if (auto* segment = std::get_if<TcpPacket>(&read_packet)) {
    segment->at = now_;
    auto& [ours, the_peers] = initial_[segment->destination];
    if (segment->has(SYN)) ours = segment->seq;
    segment->number = transcript_.add(
        now_, "stack -> " + segment->destination.to_string() + "  " + describe(*segment, ours, the_peers));
    recent_.emplace_back(segment->number, std::vector<std::uint8_t>(packet.begin(), packet.end()));
    if (recent_.size() > kept_packets) recent_.pop_front();
    answers_.push_back(std::move(*segment));
  } else if (auto* other = std::get_if<OtherPacket>(&read_packet)) {
    transcript_.add(now_, "stack -> " + other->destination.to_string() + "  protocol " +
                              std::to_string(other->protocol) + ", " + std::to_string(other->payload.size()) +
                              " octets");
    others_.push_back(std::move(*other));
  } else {
    transcript_.add(now_, "stack -> a bad packet");
    FAIL("the stack sent a bad packet: " << std::get<BadPacket>(read_packet).reason);
  }
}

Bytes Host::octets_of(const TcpPacket& packet) const {
  for (const auto& [number, octets] : recent_)
    if (number == packet.number) return octets;
  FAIL("that packet is no longer kept");
  return {};
}

}  // namespace handwave::test
