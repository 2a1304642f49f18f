// Invariant: whatever packets come, Ip::receive neither crashes nor holds more memory than it may; what it hands to the
// transport has valid addresses; and each of its answers is in order to another host, which answers nothing to it.
//
// The input is a list of records: a control octet, a length of two octets, and a packet of that length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "stack/ip/ip.hpp"
#include "stack/wire/checksum.hpp"
#include "tests/support/ip_host.hpp"

namespace handwave::test {
namespace {

// What the control octet asks for, so that mutations get past the first checks.
constexpr std::uint8_t mend_addresses = 0x01;  ///< from the peer to us
constexpr std::uint8_t mend_checksums = 0x02;  ///< of IPv4, ICMP and ICMPv6
constexpr std::uint8_t mend_length = 0x04;
constexpr std::uint8_t vouch = 0x08;    ///< the device vouches for the transport's checksum
constexpr std::uint8_t wait = 0x10;     ///< half a minute passes
constexpr std::uint8_t believe = 0x20;  ///< errors about the path's MTU are believed

StackConfig small_host() {
  StackConfig config = ip_config();
  config.max_reassembly = std::size_t{1} << 17;
  config.max_replies = 16;
  return config;
}

StackConfig peer_of_it() {
  StackConfig config;
  config.addresses = {{peer_v4, 24}, {peer_v6(), 64}};
  return config;
}

void mend(Octets& packet, std::uint8_t control) {
  const bool v4 = packet.size() >= wire::ipv4_header_size && packet[0] >> 4 == 4;
  const bool v6 = packet.size() >= wire::ipv6_header_size && packet[0] >> 4 == 6;
  if (!v4 && !v6) return;
  if ((control & mend_addresses) != 0) {
    const Octets addresses =
        v4 ? joined({peer_v4.octets(), our_v4.octets()}) : joined({peer_v6().octets(), our_v6().octets()});
    std::ranges::copy(addresses, packet.begin() + (v4 ? 12 : 8));
  }
  if ((control & mend_length) != 0) {
    const std::size_t length = v4 ? packet.size() : packet.size() - wire::ipv6_header_size;
    store_be16(&packet[v4 ? 2 : 4], static_cast<std::uint16_t>(length));
  }
  if ((control & mend_checksums) == 0) return;
  std::size_t payload = 4 * (packet[0] & 0xfU);
  std::uint8_t protocol = packet[9];
  if (v6) {
    const auto walked = wire::walk_extension_headers(packet);
    if (walked.problem != wire::Ipv6Payload::Problem::none) return;
    payload = walked.offset;
    protocol = walked.protocol;
  }
  if (payload > packet.size()) return;
  const MutableBytes message = MutableBytes{packet}.subspan(payload);
  if (message.size() >= 8 && protocol == (v4 ? wire::protocol_icmp : wire::protocol_icmpv6)) {
    const Bytes whole{packet};
    store_be16(&message[2], 0);
    wire::ChecksumAccumulator sum{v4 ? std::uint16_t{0}
                                     : wire::pseudo_header_sum(IpAddress::from_octets(whole.subspan(8, 16)),
                                                               IpAddress::from_octets(whole.subspan(24, 16)), protocol,
                                                               static_cast<std::uint32_t>(message.size()))};
    sum.add(message);
    store_be16(&message[2], sum.checksum());
  }
  if (v4 && payload >= wire::ipv4_header_size) {
    store_be16(&packet[10], 0);
    const std::uint16_t sum = wire::ones_complement_sum(Bytes{packet}.first(payload));
    store_be16(&packet[10], static_cast<std::uint16_t>(~sum));
  }
}

/// The host under test and a peer of the same make, who reads its answers.
class World {
 public:
  void receive(std::uint8_t control, Octets packet) {
    mend(packet, control);
    if ((control & wait) != 0) pass(std::chrono::seconds{30});
    const bool verified = (control & vouch) != 0;
    check(host_.ip.receive(host_.now, {Slice::copy_of(packet), verified, 0}, host_.counters), control);
    expects(host_.ip.octets_of_fragments() <= small_host().max_reassembly, "fragments stay within their limit");
    check_answers();
  }

  void finish() {
    for (int i = 0; i < 40; ++i) pass(std::chrono::seconds{30});
    check_answers();
    expects(!host_.ip.poll_timeout().has_value(), "all that waits ends in time");
    expects(host_.ip.octets_of_fragments() == 0, "nothing is held for ever");
    for (const Counter bad : {Counter::ip_malformed, Counter::ip_bad_checksum, Counter::icmp_malformed,
                              Counter::ip_invalid_source, Counter::ip_unknown_protocol, Counter::fragments_invalid,
                              Counter::fragments_timed_out, Counter::udp_no_port}) {
      expects(peer_.count(bad) == 0, "our answers are in order");
    }
  }

 private:
  void pass(Duration time) {
    host_.advance(time);
    peer_.advance(time);
    expects(!host_.ip.poll_timeout() || *host_.ip.poll_timeout() > host_.now, "what was due is done");
  }

  void check(const ip::Arrival& arrival, std::uint8_t control) {
    if (const auto* tcp = std::get_if<ip::TcpArrival>(&arrival)) {
      expects(host_.ip.is_local(tcp->destination), "a segment is for us");
      expects(host_.ip.is_valid_remote(tcp->source), "a segment is from another host");
    }
    const auto* error = std::get_if<ip::IcmpError>(&arrival);
    if (error == nullptr) return;
    const IpAddress& remote = error->sockets.remote.address;
    expects(host_.ip.is_local(error->sockets.local.address), "an error quotes a segment of ours");
    expects(!error->mtu || remote.is_v4() || *error->mtu >= ip::PathMtus::floor_v6, "IPv6 carries 1280 octets");
    if (!error->mtu || (control & believe) == 0) return;
    const std::uint16_t before = host_.ip.path_mtu(remote);
    host_.ip.lower_path_mtu(host_.now, remote, *error->mtu);
    const std::uint16_t after = host_.ip.path_mtu(remote);
    expects(after <= before && after >= ip::PathMtus::floor_v4, "a path MTU is lowered, down to the floor");
  }

  void check_answers() {
    for (const Octets& answer : host_.answers()) {
      const bool v4 = answer[0] >> 4 == 4;
      const IpAddress destination =
          IpAddress::from_octets(v4 ? Bytes{answer}.subspan(16, 4) : Bytes{answer}.subspan(24, 16));
      expects(host_.ip.is_valid_remote(destination), "answers go to single hosts");
      expects(answer.size() <= host_.ip.path_mtu(destination), "answers fit their path");
      if (!peer_.ip.is_local(destination)) continue;
      peer_.receive(answer);
      expects(peer_.answers().empty(), "an answer is not answered");
    }
  }

  IpHost host_{small_host()};
  IpHost peer_{peer_of_it()};
};

}  // namespace
}  // namespace handwave::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handwave;
  test::World world;
  for (Bytes input{data, size}; input.size() >= 3;) {
    const std::size_t length = std::min<std::size_t>(load_be16(&input[1]), input.size() - 3);
    world.receive(input[0], test::Octets(input.begin() + 3, input.begin() + 3 + static_cast<std::ptrdiff_t>(length)));
    input = input.subspan(3 + length);
  }
  world.finish();
  return 0;
}
