#include "stack/wire/source_route.hpp"

#include <algorithm>

#include "stack/expects.hpp"

namespace handwave::wire {
namespace {

constexpr std::uint8_t end_of_ip_options = 0;
constexpr std::uint8_t ip_no_operation = 1;
constexpr std::uint8_t loose_source_route = 131;
constexpr std::uint8_t strict_source_route = 137;
constexpr std::size_t before_addresses = 3;  ///< type, length and pointer
constexpr std::size_t first_pointer = 4;     ///< "the smallest legal value": it counts the type as 1

std::optional<SourceRouteOption> read_source_route(Bytes option) {
  if (option.size() < before_addresses || (option.size() - before_addresses) % 4 != 0) return std::nullopt;
  const std::size_t pointer = option[2];
  if (pointer < first_pointer || pointer % 4 != 0) return std::nullopt;
  const Bytes addresses = option.subspan(before_addresses);
  return SourceRouteOption{option[0] == strict_source_route, std::min(pointer - first_pointer, addresses.size()),
                           addresses};
}

}  // namespace

std::optional<SourceRouteOption> find_source_route(Bytes options) {
  while (!options.empty() && options[0] != end_of_ip_options) {
    if (options[0] == ip_no_operation) {
      options = options.subspan(1);
      continue;
    }
    // RFC 1122 §3.2.1.8: "erroneous option lengths have been observed to put some IP implementations into infinite
    // loops."
    const std::size_t length = options.size() < 2 ? 0 : options[1];
    if (length < 2 || length > options.size()) return std::nullopt;
    if (options[0] == loose_source_route || options[0] == strict_source_route)
      return read_source_route(options.first(length));
    options = options.subspan(length);
  }
  return std::nullopt;
}

SourceRoute return_route(const SourceRouteOption& arrived, const IpAddress& source) {
  SourceRoute back;
  back.strict = arrived.strict;
  for (std::size_t at = 0; at < arrived.addresses.size(); at += 4)
    back.gateways.push_back(IpAddress::from_octets(arrived.addresses.subspan(at, 4)));
  // RFC 1122 §3.2.1.8 (c): also "if the recorded route included the source host", as the first.
  if (!back.gateways.empty() && back.gateways.front() == source) back.gateways.erase(back.gateways.begin());
  std::ranges::reverse(back.gateways);
  return back;
}

/// RFC 1122 §3.2.1.8 (c), case (A): {>>G2, G3, ... Gn, D}; G1 is in the header.
SourceRouteOptions::SourceRouteOptions(const SourceRoute& route, const IpAddress& destination)
    : size_(route.option_size()) {
  const std::size_t count = route.gateways.size();
  expects(count >= 1 && count <= SourceRoute::max_gateways, "a source route fits the IP header");
  octets_[0] = route.strict ? strict_source_route : loose_source_route;
  octets_[1] = static_cast<std::uint8_t>(before_addresses + 4 * count);
  octets_[2] = first_pointer;
  std::uint8_t* to = octets_.data() + before_addresses;
  for (std::size_t i = 1; i < count; ++i) to = std::ranges::copy(route.gateways[i].octets(), to).out;
  std::ranges::copy(destination.octets(), to);  // and an end of the option list behind it
}

}  // namespace handwave::wire
