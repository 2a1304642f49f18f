// RFC 9293 §3.1, §3.2: options, as they are read and as they are written.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using Octets = std::vector<std::uint8_t>;

/// The options of a whole IP packet, as they stand there.
Octets options_of(Bytes packet) {
  const std::size_t tcp_at = packet[0] >> 4 == 4 ? 20 : 40;
  const std::size_t header_size = std::size_t{packet[tcp_at + 12]} / 16 * 4;
  const Bytes options = packet.subspan(tcp_at + 20, header_size - 20);
  return {options.begin(), options.end()};
}

/// The kinds of all options up to the end of the list. Fails the test where one has no right length.
Octets kinds_of(const Octets& options) {
  Octets kinds;
  for (std::size_t at = 0; at < options.size();) {
    kinds.push_back(options[at]);
    if (options[at] == 0) {
      CHECK(std::ranges::all_of(options.begin() + static_cast<std::ptrdiff_t>(at), options.end(),
                                [](std::uint8_t octet) { return octet == 0; }));
      break;
    }
    if (options[at] == 1) {
      ++at;
      continue;
    }
    REQUIRE(at + 1 < options.size());
    REQUIRE(options[at + 1] >= 2);
    REQUIRE(at + options[at + 1] <= options.size());
    at += options[at + 1];
  }
  return kinds;
}

/// Brings a handshake with these options on the peer's SYN to its end, and gives the size of the text sent then.
std::size_t text_sent_after(const Octets& syn_options) {
  Conversation c = in_listen();
  c.peer.sends(syn().raw_options(syn_options));
  c.peer.expects(syn_ack());
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends_octets(4000));
  return c.peer.expects_any().text.size();
}

/// A length of nothing, of the kind alone, past the end of the header, and none at all.
std::vector<Octets> illegal_lengths() {
  return {{253, 0, 1, 1},
          {253, 1, 1, 1},
          {253, 9, 1, 1},
          {1, 1, 1, 253},
          {2, 0, 0, 0},
          {2, 1, 5, 180},
          {1, 1, 8, 11, 0, 0, 0, 0},
          {1, 1, 1, 2},
          {3, 200, 7, 0},
          {5, 255, 1, 2}};
}

}  // namespace

TEST_CASE("RFC 9293 §3.1: end of option list, no-operation and MSS are understood", "[3.1][MUST-4]") {
  CHECK(text_sent_after({2, 4, 0x03, 0xe8}) == 1000);
  CHECK(text_sent_after({1, 1, 1, 1, 2, 4, 0x03, 0xe8}) == 1000);
  CHECK(text_sent_after({2, 4, 0x03, 0xe8, 0, 0, 0, 0}) == 1000);
  CHECK(text_sent_after({0, 0, 0, 0}) == 536);
  CHECK(text_sent_after({1, 1, 1, 1}) == 536);
}

TEST_CASE("RFC 9293 §3.1: what stands behind the end of the list is padding, not options", "[3.1][MUST-4][MUST-69]") {
  CHECK(text_sent_after({0, 1, 1, 1, 2, 4, 0x03, 0xe8}) == 536);
}

TEST_CASE("RFC 9293 §3.2: options need not begin on a word boundary", "[3.2][MUST-64]") {
  CHECK(text_sent_after({1, 2, 4, 0x03, 0xe8, 0, 0, 0}) == 1000);
  CHECK(text_sent_after({1, 1, 2, 4, 0x03, 0xe8, 0, 0}) == 1000);
  CHECK(text_sent_after({1, 1, 1, 2, 4, 0x03, 0xe8, 0}) == 1000);
  CHECK(text_sent_after({254, 3, 9, 2, 4, 0x03, 0xe8, 0}) == 1000);
}

TEST_CASE("RFC 9293 §3.1: an unknown option is stepped over by its length", "[3.1][MUST-6][MUST-68]") {
  CHECK(text_sent_after({253, 2, 2, 4, 0x03, 0xe8, 0, 0}) == 1000);
  CHECK(text_sent_after({30, 8, 2, 4, 1, 1, 1, 1, 2, 4, 0x03, 0xe8}) == 1000);
  CHECK(text_sent_after({255, 6, 0, 0, 0, 0, 2, 4, 0x03, 0xe8, 0, 0}) == 1000);
}

TEST_CASE("RFC 9293 §3.1: options are read on any segment, not on a SYN only", "[3.1][MUST-5][MUST-64]") {
  Conversation c = in_established({.peer_timestamps = true});
  // NOP, then timestamps off any word boundary: TSval = 1000500.
  c.peer.sends(data("x").raw_options({1, 8, 10, 0x00, 0x0f, 0x44, 0x34, 0, 0, 0, 0, 0}));
  c.host.tick(std::chrono::milliseconds{500});
  const TcpPacket answer = c.peer.expects(ack().ack(2));
  REQUIRE(answer.timestamps);
  CHECK(answer.timestamps->second == 1'000'500);
  CHECK(c.host.receives() == "x");
}

TEST_CASE("RFC 9293 §3.1: unknown and misplaced options on a segment with text are ignored",
          "[3.1][MUST-5][MUST-6][7323-2.2-c]") {
  Conversation c = in_established();
  c.peer.sends(data("one").raw_options({253, 4, 1, 2}));
  c.peer.sends(data("two").raw_options({2, 4, 0x00, 0x64, 3, 3, 9, 1}));  // an MSS and a window scale, too late
  CHECK(c.host.receives() == "onetwo");
  CHECK(c.host.status().effective_mss == 1460);
  CHECK(c.host.status().send_window == 65535);
}

TEST_CASE("RFC 9293 §3.1: an illegal option length on a SYN is survived and counted", "[3.1][MUST-7]") {
  const auto options = GENERATE(from_range(illegal_lengths()));
  CHECK(text_sent_after(options) == 536);
  Conversation c = in_listen();
  c.peer.sends(syn().raw_options(options));
  c.peer.expects(syn_ack());
  CHECK(c.host.count(Counter::tcp_bad_option_length) == 1);
}

TEST_CASE("RFC 9293 §3.1: an illegal option length in ESTABLISHED is survived and counted", "[3.1][MUST-7]") {
  const auto options = GENERATE(from_range(illegal_lengths()));
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c = in_established({.family = family});
  c.peer.sends(data("text").raw_options(options));
  CHECK(c.host.receives() == "text");
  CHECK(c.host.count(Counter::tcp_bad_option_length) == 1);
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.1: what stood before an illegal length counts", "[3.1][MUST-7]") {
  CHECK(text_sent_after({2, 4, 0x03, 0xe8, 253, 0, 1, 1}) == 1000);
}

TEST_CASE("RFC 9293 §3.1: every option sent has a length, and nothing but zeros follows the end of the list",
          "[3.1][MUST-68][MUST-69][MUST-4]") {
  const auto sack = GENERATE(false, true);
  const auto timestamps = GENERATE(false, true);
  const auto scale = GENERATE(false, true);
  Setup setup{.peer_window_scale = scale ? std::optional<std::uint8_t>{7} : std::nullopt,
              .peer_sack = sack,
              .peer_timestamps = timestamps};
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  const Octets kinds = kinds_of(options_of(c.host.octets_of(c.peer.expects(syn_ack()))));
  const auto has = [&](std::uint8_t kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  CHECK(has(2));
  CHECK(has(3) == scale);
  CHECK(has(4) == sack);
  CHECK(has(8) == timestamps);
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  c.peer.sends(octets(100).seq(201));
  const Octets later_kinds = kinds_of(options_of(c.host.octets_of(c.peer.expects(ack().ack(1)))));
  CHECK((std::ranges::find(later_kinds, 5) != later_kinds.end()) == sack);
}

TEST_CASE("RFC 9293 §3.2: the MSS option is on segments with SYN, and on no other", "[3.2][MUST-65]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c = in_syn_received({.open = open, .family = family});  // its SYN,ACK was expected with one, see §3.7.1
  c.peer.sends(ack());
  if (open == Open::passive) REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").no_mss());
  c.peer.sends(data("text"));
  c.host.tick(std::chrono::milliseconds{500});
  c.peer.expects(ack().no_mss());
  REQUIRE(c.host.closes());
  c.peer.expects(fin().no_mss());
  c.peer.sends(ack().seq(99'999'999));
  c.peer.expects(ack().no_mss());
  c.host.aborts();
  c.peer.expects(rst().no_mss());
}

}  // namespace handwave::test
