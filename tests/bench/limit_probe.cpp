// The limit probe: the least that a TCP over TUN can do. It answers one connection of the kernel's with forged headers
// and as good as no state, and sends super-segments as fast as the kernel acknowledges them, or acknowledges whatever
// the kernel sends. What it reaches on a machine is what a real TCP over the same device cannot exceed.
//
//   usage: bench_limit_probe send|receive SECONDS     then connect to 192.0.2.2, any port
#include <poll.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/tcp.hpp"
#include "tun/clock.hpp"
#include "tun/tun_device.hpp"

using namespace handwave;

namespace {

constexpr std::uint16_t mss = 1460;                  // MTU 1500 without options
constexpr std::size_t segments = 65535 / mss;        // as many as fit the IPv4 total length
constexpr std::size_t burst = (segments - 1) * mss;  // and headers
constexpr std::uint32_t most_in_flight = 2U << 20;   // more would only displace the caches
constexpr std::uint8_t our_window_scale = 10;        // so that 0xffff stands for 64 MiB
constexpr Duration patience = std::chrono::milliseconds{20};

/// Half of a connection: where we are, and where the kernel is.
class Probe {
 public:
  Probe(TunDevice& device, bool sending) : device_(device), sending_(sending), text_(burst, 'x') {}

  void turn(Instant now) {
    while (const auto packet = device_.read(now)) receive(now, packet->bytes.bytes());
    if (!sending_ || !connected_) return;
    if (now > last_progress_ + patience) snd_nxt_ = snd_una_;  // something was lost: all of it again
    while (snd_nxt_ - snd_una_ + burst <= std::min(snd_wnd_, most_in_flight)) {
      write(now, {.ack = true, .psh = true}, text_);
      snd_nxt_ += static_cast<std::uint32_t>(text_.size());
    }
  }

 private:
  void receive(Instant now, Bytes packet) {
    const auto ip = wire::parse_ipv4(packet);
    if (!ip || ip->protocol != wire::protocol_tcp) return;
    const auto tcp = wire::parse_tcp(packet.subspan(ip->header_size));
    if (!tcp) return;
    const wire::TcpHeader& header = tcp->header;
    if (header.flags.syn) {
      source_ = ip->destination;
      destination_ = ip->source;
      ports_ = {header.destination_port, header.source_port};
      rcv_nxt_ = header.seq + 1;
      peer_shift_ = header.options.window_scale.value_or(0);
      snd_una_ = 0;
      snd_nxt_ = 0;
      write(now, {.ack = true, .syn = true}, {});
      snd_nxt_ = 1;
      last_progress_ = now;
      return;
    }
    const std::size_t length = packet.size() - ip->header_size - tcp->header_size;
    snd_wnd_ = std::uint32_t{header.wnd} << peer_shift_;
    if (const std::uint32_t ack = header.ack.value(); ack - snd_una_ <= snd_nxt_ - snd_una_ && ack != snd_una_) {
      snd_una_ = ack;
      last_progress_ = now;
      connected_ = true;
    }
    if (length == 0) return;
    if (header.seq == rcv_nxt_) rcv_nxt_ = rcv_nxt_ + static_cast<std::uint32_t>(length);
    write(now, {.ack = true}, {});
  }

  void write(Instant now, wire::TcpFlags flags, Bytes text) {
    wire::TcpHeader header;
    header.source_port = ports_.first;
    header.destination_port = ports_.second;
    header.seq = Seq(snd_nxt_);
    header.ack = rcv_nxt_;
    header.flags = flags;
    header.wnd = 0xffff;
    if (flags.syn) {
      header.options.mss = mss;
      header.options.window_scale = our_window_scale;
    }
    const std::size_t tcp_size = wire::tcp_size(header);
    packet_.clear();
    const MutableBytes bytes = packet_.resize_header(wire::ipv4_header_size + tcp_size);
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(bytes.size() + text.size());
    ip.dont_fragment = true;
    ip.protocol = wire::protocol_tcp;
    ip.source = source_;
    ip.destination = destination_;
    wire::write_ipv4(ip, bytes);
    const MutableBytes tcp = bytes.subspan(wire::ipv4_header_size);
    wire::write_tcp(header, tcp);
    store_be16(tcp.data() + wire::tcp_checksum_offset,
               wire::pseudo_header_sum(source_, destination_, wire::protocol_tcp,
                                       static_cast<std::uint32_t>(tcp_size + text.size())));
    packet_.checksum_partial = true;
    packet_.checksum_start = wire::ipv4_header_size;
    packet_.checksum_offset = wire::tcp_checksum_offset;
    packet_.segment_size = mss;
    packet_.add_payload(text);
    device_.write(now, packet_);
  }

  TunDevice& device_;
  bool sending_;
  std::vector<std::uint8_t> text_;
  OutgoingPacket packet_;
  bool connected_ = false;
  IpAddress source_;
  IpAddress destination_;
  std::pair<std::uint16_t, std::uint16_t> ports_;
  std::uint32_t snd_una_ = 0;
  std::uint32_t snd_nxt_ = 0;
  std::uint32_t snd_wnd_ = 0;
  std::uint8_t peer_shift_ = 0;
  Seq rcv_nxt_;
  Instant last_progress_{};
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 || (argv[1] != std::string_view("send") && argv[1] != std::string_view("receive"))) {
    std::cerr << "usage: " << argv[0] << " send|receive SECONDS\n";
    return 2;
  }
  TunConfig config;
  config.kernel_addresses = {*AddressPrefix::parse("192.0.2.1/24")};
  TunDevice device(config);
  Probe probe(device, argv[1] == std::string_view("send"));
  const Instant end = monotonic_now() + std::chrono::seconds{std::atoi(argv[2])};
  for (Instant now = monotonic_now(); now < end; now = monotonic_now()) {
    probe.turn(now);
    pollfd descriptor{.fd = device.descriptor(), .events = POLLIN, .revents = 0};
    ::poll(&descriptor, 1, 10);
  }
  const DeviceStatistics& done = device.statistics();
  std::cerr << done.packets_read << " packets read, " << done.octets_read << " octets; " << done.packets_written
            << " written, " << done.octets_written << " octets; " << done.packets_refused << " refused\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
