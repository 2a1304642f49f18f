// The limit probe: the least that a TCP over TUN can do. It answers one connection of the kernel's with forged headers
// and as good as no state, and sends packets as fast as the kernel acknowledges them, or acknowledges whatever the
// kernel sends. What it reaches on a machine is what a real TCP over the same device cannot exceed by much.
//
//   usage: bench_limit_probe send|receive SECONDS [MTU] [--no-offload]     then connect to 192.0.2.2, any port
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

constexpr std::size_t headers = 40;                 // without options
constexpr std::uint32_t most_in_flight = 2U << 20;  // more would only displace the caches
constexpr std::uint8_t our_window_scale = 10;       // so that 0xffff stands for 64 MiB
constexpr Duration patience = std::chrono::milliseconds{20};
constexpr int packets_a_turn = 64;

struct Options {
  bool sending = false;
  int seconds = 0;
  std::uint16_t mtu = 1500;
  bool offload = true;

  [[nodiscard]] std::uint16_t mss() const { return static_cast<std::uint16_t>(mtu - headers); }
  /// The text of a packet: with offload as many segments as fit the total length of IPv4.
  [[nodiscard]] std::size_t burst() const {
    return offload ? std::max<std::size_t>((65535 - headers) / mss(), 1) * mss() : mss();
  }
};

/// Half of a connection: where we are, and where the kernel is.
class Probe {
 public:
  Probe(TunDevice& device, const Options& options)
      : device_(device), options_(options), text_(options.burst(), 'x'), text_sum_(wire::ones_complement_sum(text_)) {}

  void turn(Instant now) {
    owes_ack_ = false;
    for (int i = 0; i < packets_a_turn; ++i) {
      const auto packet = device_.read(now);
      if (!packet) break;
      receive(now, packet->bytes.bytes());
    }
    if (owes_ack_) write(now, {.ack = true}, {});
    if (!options_.sending || !connected_) return;
    if (now > last_progress_ + patience) snd_nxt_ = snd_una_;  // something was lost: all of it again
    while (snd_nxt_ - snd_una_ + text_.size() <= std::min(snd_wnd_, most_in_flight)) {
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
    // A super-segment is acknowledged at once, as §4.2 of RFC 5681 would have it; single segments once a turn.
    if (options_.offload) {
      write(now, {.ack = true}, {});
    } else {
      owes_ack_ = true;
    }
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
      header.options.mss = options_.mss();
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
    std::uint16_t sum = wire::pseudo_header_sum(source_, destination_, wire::protocol_tcp,
                                                static_cast<std::uint32_t>(tcp_size + text.size()));
    if (!options_.offload) {  // the text is always the same, and so is its sum
      sum = static_cast<std::uint16_t>(
          ~wire::add_sums(wire::ones_complement_sum(tcp, sum), text.empty() ? std::uint16_t{0} : text_sum_));
    }
    store_be16(tcp.data() + wire::tcp_checksum_offset, sum);
    packet_.checksum_partial = options_.offload;
    packet_.checksum_start = wire::ipv4_header_size;
    packet_.checksum_offset = wire::tcp_checksum_offset;
    packet_.segment_size = text.size() > options_.mss() ? options_.mss() : std::uint16_t{0};
    packet_.add_payload(text);
    device_.write(now, packet_);
  }

  TunDevice& device_;
  Options options_;
  std::vector<std::uint8_t> text_;
  std::uint16_t text_sum_;
  OutgoingPacket packet_;
  bool connected_ = false;
  bool owes_ack_ = false;
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

std::optional<Options> read_arguments(int count, char** arguments) {
  if (count < 3) return std::nullopt;
  const std::string_view direction = arguments[1];
  if (direction != "send" && direction != "receive") return std::nullopt;
  Options options{.sending = direction == "send", .seconds = std::atoi(arguments[2])};
  for (int i = 3; i < count; ++i) {
    if (arguments[i] == std::string_view("--no-offload")) {
      options.offload = false;
    } else {
      options.mtu = static_cast<std::uint16_t>(std::atoi(arguments[i]));
    }
  }
  return options.mtu > headers && options.seconds > 0 ? std::optional(options) : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = read_arguments(argc, argv);
  if (!options) {
    std::cerr << "usage: " << argv[0] << " send|receive SECONDS [MTU] [--no-offload]\n";
    return 2;
  }
  TunConfig config;
  config.kernel_addresses = {*AddressPrefix::parse("192.0.2.1/24")};
  config.mtu = options->mtu;
  config.offload = options->offload;
  TunDevice device(config);
  std::cout << "ready" << std::endl;
  Probe probe(device, *options);
  const Instant end = monotonic_now() + std::chrono::seconds{options->seconds};
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
