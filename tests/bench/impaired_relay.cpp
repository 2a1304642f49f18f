// A bad network between two kernels: a TUN device in this network namespace, one in another, and between them the
// impairments of `handwave serve --impair`. What the kernel's TCP reaches through it is what ours is held against.
//
//   usage: bench_impaired_relay NAMESPACE SPEC     192.0.2.1 is on this side, 192.0.2.2 in /run/netns/NAMESPACE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <system_error>

#include "tun/clock.hpp"
#include "tun/deadline.hpp"
#include "tun/file_descriptor.hpp"
#include "tun/impaired_device.hpp"
#include "tun/packet_views.hpp"
#include "tun/signals.hpp"
#include "tun/tun_device.hpp"

using namespace handwave;

namespace {

TunConfig with_address(const char* address) {
  TunConfig config;
  config.kernel_addresses = {*AddressPrefix::parse(address)};
  return config;
}

/// The namespace of this thread from here on.
void enter(const std::string& name) {
  const FileDescriptor space{::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC)};
  if (space.number() < 0 || ::setns(space.number(), CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::generic_category(), "enter the network namespace " + name);
}

/// Everything that has come through from one side goes out on the other; true if anything did.
bool pass_on(Instant now, Device& from, Device& to) {
  OutgoingPacket view;
  bool any = false;
  while (const auto packet = from.read(now)) {
    view_incoming(*packet, view);
    to.write(now, view);
    any = true;
  }
  return any;
}

void relay(Device& near, Device& far) {
  const StopSignals signals;
  while (!signals.requested()) {
    const Instant now = monotonic_now();
    near.handle_timeout(now);
    const bool there = pass_on(now, near, far);
    const bool moved = pass_on(now, far, near) || there;
    if (moved) continue;
    std::array<pollfd, 3> descriptors = {{{.fd = near.descriptor(), .events = POLLIN, .revents = 0},
                                          {.fd = far.descriptor(), .events = POLLIN, .revents = 0},
                                          {.fd = signals.descriptor(), .events = POLLIN, .revents = 0}}};
    timespec timeout{};
    const auto deadline = near.poll_timeout();
    if (deadline) timeout.tv_nsec = std::clamp<Duration>(*deadline - now, {}, std::chrono::milliseconds{500}).count();
    ::ppoll(descriptors.data(), descriptors.size(), deadline ? &timeout : nullptr, nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto impairments = argc == 3 ? parse_impairments(argv[2]) : std::unexpected(std::string("NAMESPACE SPEC"));
    if (!impairments) {
      std::fprintf(stderr, "usage: %s NAMESPACE SPEC (%s)\n", argv[0], impairments.error().c_str());
      return 2;
    }
    ImpairedDevice near{std::make_unique<TunDevice>(with_address("192.0.2.1/24")), *impairments, 1};
    enter(argv[1]);
    TunDevice far{with_address("192.0.2.2/24")};
    std::puts("ready");
    std::fflush(stdout);
    relay(near, far);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
