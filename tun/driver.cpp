#include "tun/driver.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tun/clock.hpp"
#include "tun/deadline.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

timespec to_timespec(Duration duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {.tv_sec = whole.count(), .tv_nsec = (duration - whole).count()};
}

}  // namespace

Driver::Ending Driver::run(const StopSignals& signals) {
  while (true) {
    const Instant now = monotonic_now();
    if (stop_wanted(signals)) begin_stopping(now);
    const bool moved = turn(now);
    if (give_up_) {
      if (stack_.population().connections == 0) return Ending::closed;
      if (now >= *give_up_) {
        app_.abort(now);
        turn(now);  // lets the resets out
        return Ending::aborted;
      }
    }
    // After a turn that moved something the next packet is often there already: the kernel answers during our write.
    if (!moved && !stop_wanted(signals)) wait(signals);
  }
}

bool Driver::turn(Instant now) {
  bool moved = receive_batch(now);
  device_.handle_timeout(now);
  stack_.handle_timeout(now);
  // What has come is told first: a turn may be late, and the peer was not.
  moved = pass_events(now) || moved;
  app_.handle_timeout(now);
  // What is sent may make an event, and an event something to send: until neither does.
  for (bool busy = true; busy; moved = moved || busy) {
    busy = pass_events(now);
    busy = transmit(now) || busy;
  }
  return moved;
}

bool Driver::receive_batch(Instant now) {
  std::size_t count = 0;
  for (; count < max_reads; ++count) {
    std::optional<IncomingPacket> packet = device_.read(now);
    if (!packet) break;
    if (observer_ == nullptr) {
      stack_.receive(now, std::move(*packet));
    } else {
      stack_.receive(now, *packet);
      observer_->received(now, *packet);
    }
  }
  return count > 0;
}

bool Driver::pass_events(Instant now) {
  bool any = false;
  while (const std::optional<Event> event = stack_.poll_event()) {
    app_.handle(now, *event);
    any = true;
  }
  return any;
}

bool Driver::transmit(Instant now) {
  bool any = false;
  while (const OutgoingPacket* packet = stack_.poll_transmit(now)) {
    if (observer_ != nullptr) observer_->sending(now, *packet);
    device_.write(now, *packet);
    any = true;
  }
  return any;
}

bool Driver::stop_wanted(const StopSignals& signals) const {
  return !give_up_ && (signals.requested() || app_.finished());
}

void Driver::begin_stopping(Instant now) {
  give_up_ = now + stop_limit_;
  app_.stop(now);
}

void Driver::wait(const StopSignals& signals) const {
  std::optional<Instant> deadline = earlier(stack_.poll_timeout(), app_.poll_timeout());
  deadline = earlier(deadline, device_.poll_timeout());
  deadline = earlier(deadline, give_up_);

  // The signals' descriptor stays readable once one has come: looked at again it would keep us awake.
  std::array<pollfd, 2> descriptors = {{{.fd = device_.descriptor(), .events = POLLIN, .revents = 0},
                                        {.fd = give_up_ ? -1 : signals.descriptor(), .events = POLLIN, .revents = 0}}};
  timespec timeout{};
  if (deadline) timeout = to_timespec(std::max(*deadline - monotonic_now(), Duration::zero()));
  if (::ppoll(descriptors.data(), descriptors.size(), deadline ? &timeout : nullptr, nullptr) < 0 && errno != EINTR)
    throw SystemError("wait for the device", errno);
}

}  // namespace handwave
