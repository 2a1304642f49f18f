// Packets with random octets changed or cut off, given to libtins and to us: where the verdicts differ, it is for a
// reason that is listed here.
//
// libtins 4.0 is more lenient than we are: it takes any version and any total or payload length, reading up to the
// end of the buffer. It is stricter about options: one with an illegal length makes it refuse the whole header, where
// we must survive (MUST-7) or do not look at all (IPv4). And it goes on behind an end-of-list, where we stop (MUST-69).
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <vector>

#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/libtins.hpp"

using namespace handwave;
using namespace handwave::wire;
using namespace handwave::test;

namespace {

using Octets = std::vector<std::uint8_t>;

/// What libtins makes of it; nothing if it calls it malformed.
template <class Header>
std::optional<Header> by_libtins(const Octets& octets) {
  try {
    return Header(octets.data(), static_cast<std::uint32_t>(octets.size()));
  } catch (const Tins::malformed_packet&) {
    return std::nullopt;
  }
}

/// Up to four octets changed, most of them in the first `header` octets, and sometimes the end cut off.
void mutate(Dice& dice, Octets& octets, std::size_t header) {
  for (std::uint64_t changes = dice.between(0, 4); changes != 0; --changes) {
    const std::size_t at = dice.between(0, (dice.one_in(4) ? octets.size() : header) - 1);
    octets[at] = dice.one_in(2) ? dice.any<std::uint8_t>() : static_cast<std::uint8_t>(dice.between(0, 12));
  }
  if (dice.one_in(4)) octets.resize(dice.between(0, octets.size()));
}

/// The options that libtins found, as we would take them: up to an end-of-list, the last one of a kind, and only of
/// the right length.
TcpOptions as_ours(const Tins::TCP& theirs) {
  TcpOptions ours;
  for (const auto& option : theirs.options()) {
    if (option.option() == Tins::TCP::EOL) break;
    const std::uint8_t* const data = option.data_ptr();
    const std::size_t size = option.data_size();
    if (option.option() == Tins::TCP::MSS && size == 2) ours.mss = load_be16(data);
    if (option.option() == Tins::TCP::WSCALE && size == 1) ours.window_scale = *data;
    if (option.option() == Tins::TCP::SACK_OK && size == 0) ours.sack_permitted = true;
    if (option.option() == Tins::TCP::TSOPT && size == 8) ours.timestamps = {load_be32(data), load_be32(data + 4)};
    if (option.option() == 28 && size == 2) ours.user_timeout = load_be16(data);  // RFC 5482
    if (option.option() != Tins::TCP::SACK || size % 8 != 0 || size == 0 || size > 32) continue;
    ours.sack_count = static_cast<std::uint8_t>(size / 8);
    for (std::size_t i = 0; i < ours.sack_count; ++i) {
      ours.sack_blocks[i] = {Seq{load_be32(data + 8 * i)}, Seq{load_be32(data + 8 * i + 4)}};
    }
  }
  return ours;
}

/// True if legal options have an end-of-list among them.
bool has_end_of_list(Bytes options) {
  while (!options.empty() && options[0] != 0) options = options.subspan(options[0] == 1 ? 1 : options[1]);
  return !options.empty();
}

/// Compares the SACK blocks that count: what an earlier, longer option left behind them does not.
bool same_options(TcpOptions a, TcpOptions b) {
  for (TcpOptions* options : {&a, &b}) {
    std::fill(options->sack_blocks.begin() + options->sack_count, options->sack_blocks.end(), SackBlock{});
  }
  return a == b;
}

/// What the verdicts of a run were, so that a test can say that it has seen both.
struct Tally {
  int accepted = 0;
  int refused = 0;
  int differing = 0;
};

}  // namespace

TEST_CASE("Mutated TCP segments: libtins and we agree but on illegal options and what follows the last",
          "[oracle][tcp][MUST-7]") {
  Dice dice(121);
  Tally tally;
  for (int round = 0; round < 50000; ++round) {
    const TcpHeader header = dice.tcp();
    Octets octets(tcp_size(header) + dice.between(0, 20), 0x55);
    write_tcp(header, MutableBytes(octets).first(tcp_size(header)));
    mutate(dice, octets, tcp_size(header));
    CAPTURE(round, octets);
    const auto ours = parse_tcp(octets);
    const auto theirs = by_libtins<Tins::TCP>(octets);
    if (!ours || ours->header.options.illegal_length) {
      REQUIRE_FALSE(theirs);
      ++(ours ? tally.differing : tally.refused);
      continue;
    }
    if (!theirs) {
      REQUIRE(has_end_of_list(Bytes(octets).first(ours->header_size).subspan(tcp_header_size)));
      ++tally.differing;
      continue;
    }
    ++tally.accepted;
    REQUIRE(theirs->sport() == ours->header.source_port);
    REQUIRE(theirs->dport() == ours->header.destination_port);
    REQUIRE(theirs->seq() == ours->header.seq.value());
    REQUIRE(theirs->ack_seq() == ours->header.ack.value());
    REQUIRE(theirs->window() == ours->header.wnd);
    REQUIRE(theirs->urg_ptr() == ours->header.up);
    REQUIRE(theirs->data_offset() * 4U == ours->header_size);
    REQUIRE(same_options(as_ours(*theirs), ours->header.options));
    const auto* text = theirs->find_pdu<Tins::RawPDU>();
    REQUIRE((text == nullptr ? 0 : text->payload_size()) == octets.size() - ours->header_size);
  }
  CHECK(tally.accepted > 10000);
  CHECK(tally.refused > 1000);
  CHECK(tally.differing > 1000);
}

TEST_CASE("Mutated IPv4 packets: libtins and we agree but on version, total length and options", "[oracle][ipv4]") {
  Dice dice(122);
  Tally tally;
  for (int round = 0; round < 50000; ++round) {
    Ipv4Header header = dice.ipv4();
    header.protocol = 253;
    Octets octets(ipv4_header_size + dice.between(1, 40), 0x55);
    header.total_length = static_cast<std::uint16_t>(octets.size());
    write_ipv4(header, octets);
    mutate(dice, octets, ipv4_header_size);
    CAPTURE(round, octets);
    const auto ours = parse_ipv4(octets);
    const auto theirs = by_libtins<Tins::IP>(octets);
    if (!ours) {
      ++tally.refused;
      if (!theirs) continue;
      ++tally.differing;
      const std::uint16_t total_length = load_be16(&octets.at(2));
      const bool lenient = octets[0] >> 4 != 4 || total_length > octets.size() || total_length < theirs->header_size();
      REQUIRE(lenient);
      continue;
    }
    ++tally.accepted;
    if (!theirs) {  // strict: only about options
      ++tally.differing;
      REQUIRE(ours->header_size > ipv4_header_size);
      continue;
    }
    REQUIRE(theirs->head_len() * 4U == ours->header_size);
    REQUIRE(theirs->tos() == ours->traffic_class);
    REQUIRE(theirs->tot_len() == ours->total_length);
    REQUIRE(theirs->id() == ours->identification);
    REQUIRE(theirs->fragment_offset() * 8U == ours->fragment_offset);
    REQUIRE(((theirs->flags() & Tins::IP::MORE_FRAGMENTS) != 0) == ours->more_fragments);
    REQUIRE(theirs->ttl() == ours->ttl);
    REQUIRE(theirs->protocol() == ours->protocol);
    REQUIRE(address_of(theirs->src_addr()) == ours->source);
    REQUIRE(address_of(theirs->dst_addr()) == ours->destination);
  }
  CHECK(tally.accepted > 10000);
  CHECK(tally.refused > 1000);
  CHECK(tally.differing > 1000);
}

TEST_CASE("Mutated IPv6 packets: libtins and we agree but on version and payload length", "[oracle][ipv6]") {
  Dice dice(123);
  Tally tally;
  for (int round = 0; round < 50000; ++round) {
    Ipv6Header header = dice.ipv6();
    header.next_header = 253;
    Octets octets(ipv6_header_size + dice.between(1, 40), 0x55);
    header.payload_length = static_cast<std::uint16_t>(octets.size() - ipv6_header_size);
    write_ipv6(header, octets);
    mutate(dice, octets, ipv6_header_size);
    if (octets.size() > 6) octets[6] = 253;  // extension headers have a test of their own
    CAPTURE(round, octets);
    const auto ours = parse_ipv6(octets);
    const auto theirs = by_libtins<Tins::IPv6>(octets);
    if (!ours) {
      ++tally.refused;
      if (!theirs) continue;
      ++tally.differing;
      const bool lenient = octets[0] >> 4 != 6 || load_be16(&octets.at(4)) > octets.size() - ipv6_header_size;
      REQUIRE(lenient);
      continue;
    }
    ++tally.accepted;
    REQUIRE(theirs);
    REQUIRE(theirs->traffic_class() == ours->traffic_class);
    REQUIRE(theirs->flow_label() == ours->flow_label);
    REQUIRE(theirs->payload_length() == ours->payload_length);
    REQUIRE(theirs->hop_limit() == ours->hop_limit);
    REQUIRE(address_of(theirs->src_addr()) == ours->source);
    REQUIRE(address_of(theirs->dst_addr()) == ours->destination);
  }
  CHECK(tally.accepted > 10000);
  CHECK(tally.refused > 1000);
  CHECK(tally.differing > 1000);
}

TEST_CASE("Mutated chains of IPv6 extension headers: the payload begins where libtins says", "[oracle][ipv6]") {
  Dice dice(124);
  Tally tally;
  constexpr std::array<std::uint8_t, 3> kinds = {43, 60, 253};
  for (int round = 0; round < 50000; ++round) {
    Octets octets(ipv6_header_size + dice.between(8, 80), 0);
    octets[0] = 0x60;
    store_be16(&octets[4], static_cast<std::uint16_t>(octets.size() - ipv6_header_size));
    octets[6] = kinds.at(dice.between(0, kinds.size() - 1));
    for (std::size_t at = ipv6_header_size; at + 8 <= octets.size(); at += 8) {
      octets[at] = kinds.at(dice.between(0, kinds.size() - 1));
      octets[at + 1] = static_cast<std::uint8_t>(dice.one_in(4) ? dice.between(0, 4) : 0);
    }
    CAPTURE(round, octets);
    const Ipv6Payload payload = walk_extension_headers(octets);
    const auto theirs = by_libtins<Tins::IPv6>(octets);
    if (payload.problem == Ipv6Payload::Problem::truncated) {
      ++tally.refused;
      // Of a header that runs past the packet's end libtins says the same. It is lenient if there is nothing at all in
      // the header's place, and about options, at which it does not look.
      if (payload.problem_pointer == payload.offset && payload.offset != octets.size()) REQUIRE_FALSE(theirs);
      continue;
    }
    if (payload.problem != Ipv6Payload::Problem::none) continue;  // options, types and limits that libtins has not
    REQUIRE(theirs);
    ++tally.accepted;
    std::size_t size = ipv6_header_size;
    for (const auto& header : theirs->headers()) size += 2 + header.data_size();
    REQUIRE(size == payload.offset);
    REQUIRE(theirs->next_header() == (theirs->headers().empty() ? payload.protocol : octets[6]));
  }
  CHECK(tally.accepted > 5000);
  CHECK(tally.refused > 1000);
}
