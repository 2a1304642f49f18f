#include "apps/host.hpp"

#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <iterator>
#include <stdexcept>
#include <utility>

#include "apps/sockets_application.hpp"
#include "tun/clock.hpp"
#include "tun/entropy.hpp"

namespace handwave {
namespace {

/// Blocks of text are made and freed all the time. glibc gives a large one, or the end of its heap, back to the kernel
/// at once, and the next pays for its pages anew: up to a fault for each 4 KiB sent.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int at_most = 64 << 20;  // octets
  mallopt(M_TRIM_THRESHOLD, at_most);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

}  // namespace

Host::Host(const Network& network, bool ladder, Say say)
    : say_(say),
      opened_(open_device(network.device)),
      stack_(network.stack, machine_secret()),
      sockets_(stack_, monotonic_now()) {
  if (ladder) ladder_.emplace(stack_, "kernel", say);
}

Driver::Ending Host::run(std::function<bool()> finished) {
  keep_freed_memory();
  SocketsApplication application{sockets_, std::move(finished)};
  Driver driver{*opened_.device, stack_, application};
  if (ladder_) driver.observe(&*ladder_);
  const Driver::Ending ending = driver.run(signals_);
  sockets_.end_tasks();  // some wait for no connection: for their turn with a handshake
  if (ladder_) {
    ladder_->print_unfinished();
    if (ladder_->unwatched() > 0) say_(fmt::format("{} connections were not drawn\n", ladder_->unwatched()));
  }
  if (opened_.impaired != nullptr) opened_.impaired->drain(monotonic_now());  // the last words of connections
  return ending;
}

void Host::finish_capture() {
  if (opened_.capture != nullptr && !opened_.capture->finish())
    throw std::runtime_error("the capture is not complete: its file could not be written; is the disk full?");
}

std::string Host::statistics() const {
  const DeviceStatistics& device = opened_.device->statistics();
  std::string out = fmt::format("Statistics\n  device: {} packets read ({} octets), {} written ({} octets)",  //
                                device.packets_read, device.octets_read, device.packets_written, device.octets_written);
  if (device.packets_refused > 0) fmt::format_to(std::back_inserter(out), ", {} refused", device.packets_refused);
  out += '\n';
  for (std::size_t i = 0; i < counter_descriptions.size(); ++i) {
    const std::uint64_t figure = stack_.counters()[static_cast<Counter>(i)];
    const auto& [name, meaning] = counter_descriptions[i];
    if (figure > 0) fmt::format_to(std::back_inserter(out), "  {:<30} {:>12}  {}\n", name, figure, meaning);
  }
  return out;
}

}  // namespace handwave
