#include "apps/network_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "apps/usage_error.hpp"

namespace handwave {
namespace {

// What the stack will work with. IPv4 alone would go down to 68 octets (RFC 791), but every host has to take 576.
constexpr std::int64_t minimum_ipv4_mtu = 576;
constexpr std::int64_t minimum_ipv6_mtu = 1280;  // RFC 8200 §5
constexpr std::int64_t maximum_mtu = 65535;
/// A day: more is a mistake.
constexpr double maximum_msl_seconds = 86'400;

/// RFC 6298 (2.4) says that the RTO SHOULD be no less than a second, for the sake of coarse clocks and long delayed
/// ACKs. The peer here is the kernel behind a TUN device, whose ACKs are delayed by 40 ms at most; it uses 200 ms
/// itself.
constexpr Duration minimum_rto = std::chrono::milliseconds{200};

bool is_host(const AddressPrefix& prefix) {
  const IpAddress& address = prefix.address;
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback() || address.is_limited_broadcast())
    return false;
  return prefix.broadcast() != address;
}

std::vector<AddressPrefix> parse_addresses(const std::vector<std::string>& texts, std::string_view option) {
  std::vector<AddressPrefix> prefixes;
  for (const std::string& text : texts) {
    const auto prefix = AddressPrefix::parse(text);
    if (!prefix)
      throw UsageError(
          fmt::format("bad address for {}: '{}' (write it like 192.0.2.2/24 or 2001:db8::2/64)", option, text));
    if (!is_host(*prefix)) throw UsageError(fmt::format("bad address for {}: no host can have {}", option, text));
    if (std::ranges::any_of(prefixes, [&](const auto& other) { return other.address == prefix->address; }))
      throw UsageError(fmt::format("address given twice for {}: {}", option, prefix->address.to_string()));
    prefixes.push_back(*prefix);
  }
  return prefixes;
}

/// The address `number` places after the beginning of the network; `number` is small.
IpAddress nth_host(const AddressPrefix& network, std::uint8_t number) {
  const Bytes octets = network.address.octets();
  std::array<std::uint8_t, 16> host{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const int kept_bits = std::clamp(static_cast<int>(network.length) - static_cast<int>(8 * i), 0, 8);
    host[i] = static_cast<std::uint8_t>(octets[i] & (0xff00 >> kept_bits));
  }
  host[octets.size() - 1] = static_cast<std::uint8_t>(host[octets.size() - 1] | number);
  return IpAddress::from_octets(Bytes{host}.first(octets.size()));
}

/// The kernel's own address in the stack's network: the first one, or the second if the stack has that.
std::vector<AddressPrefix> kernel_addresses_beside(const std::vector<AddressPrefix>& ours) {
  std::vector<AddressPrefix> kernel;
  for (const AddressPrefix& prefix : ours) {
    const std::size_t bits = prefix.address.is_v4() ? 32 : 128;
    if (prefix.length + 2U > bits) continue;  // no room for a neighbour and a broadcast address
    const auto taken = [&](const IpAddress& address) {
      const auto same = [&](const AddressPrefix& other) { return other.address == address; };
      return std::ranges::any_of(ours, same) || std::ranges::any_of(kernel, same);
    };
    const auto in_network = [&](const AddressPrefix& other) { return prefix.contains(other.address); };
    if (std::ranges::any_of(kernel, in_network)) continue;
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
      const AddressPrefix candidate{nth_host(prefix, number), prefix.length};
      if (taken(candidate.address)) continue;
      kernel.push_back(candidate);
      break;
    }
  }
  return kernel;
}

void check_mtu(std::int64_t mtu, bool ipv6) {
  if (mtu > maximum_mtu) throw UsageError(fmt::format("an MTU of {} is too large: {} at the most", mtu, maximum_mtu));
  if (mtu < minimum_ipv4_mtu)
    throw UsageError(fmt::format("an MTU of {} is too small: {} at least, and {} with IPv6 (RFC 8200 §5)", mtu,
                                 minimum_ipv4_mtu, minimum_ipv6_mtu));
  if (ipv6 && mtu < minimum_ipv6_mtu)
    throw UsageError(
        fmt::format("an MTU of {} is too small: IPv6 needs {} (RFC 8200 §5); with IPv4 addresses only, {} "
                    "would do",
                    mtu, minimum_ipv6_mtu, minimum_ipv4_mtu));
}

Duration parse_msl(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > maximum_msl_seconds)
    throw UsageError(fmt::format("bad --msl: {} (seconds, from 0 to {})", seconds, maximum_msl_seconds));
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{seconds});
}

CongestionAvoidance parse_congestion(const std::string& name) {
  if (name == "cubic") return CongestionAvoidance::cubic;
  if (name == "newreno") return CongestionAvoidance::new_reno;
  throw UsageError(fmt::format("bad --congestion: {} (cubic or newreno)", name));
}

EcnUse parse_ecn(const std::string& use) {
  if (use == "on") return EcnUse::on;
  if (use == "accept") return EcnUse::accept;
  if (use == "off") return EcnUse::off;
  throw UsageError(fmt::format("bad --ecn: {} (on, accept or off)", use));
}

}  // namespace

Network resolve(const NetworkOptions& options) {
  Network network;
  const std::vector<AddressPrefix> ours = parse_addresses(options.addresses, "--address");
  const std::vector<AddressPrefix> kernel = options.kernel_addresses.empty()
                                                ? kernel_addresses_beside(ours)
                                                : parse_addresses(options.kernel_addresses, "--kernel-address");
  for (const AddressPrefix& prefix : kernel)
    if (std::ranges::any_of(ours, [&](const auto& other) { return other.address == prefix.address; }))
      throw UsageError(fmt::format("{} cannot be both --address and --kernel-address", prefix.address.to_string()));
  const auto is_v6 = [](const AddressPrefix& prefix) { return prefix.address.is_v6(); };
  check_mtu(options.mtu, std::ranges::any_of(ours, is_v6) || std::ranges::any_of(kernel, is_v6));

  network.stack.addresses = ours;
  network.stack.mtu = static_cast<std::uint16_t>(options.mtu);
  network.stack.msl = parse_msl(options.msl_seconds);
  network.stack.minimum_rto = minimum_rto;
  network.connection.congestion_avoidance = parse_congestion(options.congestion);
  network.connection.ecn = parse_ecn(options.ecn);
  network.connection.pacing = !options.no_pacing;
  network.device.tun = {
      .name = options.tun, .kernel_addresses = kernel, .mtu = network.stack.mtu, .offload = !options.no_offload};
  network.device.capture = options.capture;
  network.device.seed = options.seed;
  if (!options.impair.empty()) {
    const auto impairments = parse_impairments(options.impair);
    if (!impairments) throw UsageError("bad --impair: " + impairments.error());
    network.device.impairments = *impairments;
  }
  return network;
}

}  // namespace handwave
