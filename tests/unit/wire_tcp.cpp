// The TCP header: RFC 9293 §3.1, field by field.
#include "stack/wire/tcp.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

using Octets = std::vector<std::uint8_t>;

Octets written(const TcpHeader& header) {
  Octets octets(tcp_size(header), 0xee);
  write_tcp(header, octets);
  return octets;
}

}  // namespace

TEST_CASE("RFC 9293 (3.1): every field stands where the figure shows it", "[tcp]") {
  TcpHeader header;
  header.source_port = 0x0102;
  header.destination_port = 0x0304;
  header.seq = Seq{0x05060708};
  header.ack = Seq{0x090a0b0c};
  header.flags = {.ack = true, .syn = true};
  header.wnd = 0x0d0e;
  header.up = 0x0f10;
  header.options.mss = 0x1112;
  const Octets expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x60, 0x12, 13, 14, 0, 0, 15, 16, 2, 4, 0x11, 0x12};
  CHECK(written(header) == expected);
  const auto parsed = parse_tcp(expected);
  REQUIRE(parsed);
  CHECK(parsed->header == header);
  CHECK(parsed->header_size == 24);
}

TEST_CASE("RFC 9293 (3.1): each control bit is its own", "[tcp]") {
  const std::vector<std::pair<std::uint8_t, TcpFlags>> bits = {
      {0x80, {.cwr = true}}, {0x40, {.ece = true}}, {0x20, {.urg = true}}, {0x10, {.ack = true}},
      {0x08, {.psh = true}}, {0x04, {.rst = true}}, {0x02, {.syn = true}}, {0x01, {.fin = true}}};
  for (const auto& [octet, flags] : bits) {
    TcpHeader header;
    header.flags = flags;
    const Octets octets = written(header);
    CHECK(octets[13] == octet);
    CHECK(parse_tcp(octets)->header.flags == flags);
  }
}

TEST_CASE("Every data offset: below 5 and past the end are refused", "[tcp]") {
  for (std::size_t size = 20; size <= 64; ++size) {
    Octets octets(size, 1);  // NOPs as options
    for (unsigned offset = 0; offset < 16; ++offset) {
      CAPTURE(size, offset);
      octets[12] = static_cast<std::uint8_t>(offset << 4);
      const auto parsed = parse_tcp(octets);
      REQUIRE(parsed.has_value() == (offset >= 5 && offset * 4 <= size));
      if (parsed) CHECK(parsed->header_size == offset * 4);
    }
  }
}

TEST_CASE("A header cut short at any length is refused", "[tcp]") {
  Dice dice(51);
  for (int round = 0; round < 200; ++round) {
    const Octets octets = written(dice.tcp());
    for (std::size_t size = 0; size < octets.size(); ++size) {
      const Octets cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE_FALSE(parse_tcp(cut));
    }
    REQUIRE(parse_tcp(octets));
  }
}

TEST_CASE("RFC 9293 (3.1): the reserved bits are ignored when read and zero when written", "[tcp]") {
  TcpHeader header;
  header.options.window_scale = 3;
  Octets octets = written(header);
  CHECK((octets[12] & 0x0f) == 0);
  for (unsigned reserved = 0; reserved < 16; ++reserved) {
    octets[12] = static_cast<std::uint8_t>((octets[12] & 0xf0) | reserved);
    REQUIRE(parse_tcp(octets));
    CHECK(parse_tcp(octets)->header == header);
  }
}

TEST_CASE("RFC 9293 (3.1): options are read on any segment", "[tcp][MUST-5]") {
  Dice dice(52);
  for (unsigned bits = 0; bits < 256; ++bits) {
    TcpHeader header = dice.tcp();
    header.options = {};
    header.options.timestamps = Timestamps{1, 2};
    Octets octets = written(header);
    octets[13] = static_cast<std::uint8_t>(bits);
    CHECK(parse_tcp(octets)->header.options == header.options);
  }
}

TEST_CASE("Options end where the data offset says, and text that looks like options is text", "[tcp]") {
  TcpHeader header;
  header.options.mss = 1460;
  Octets octets = written(header);
  octets.insert(octets.end(), {3, 3, 7, 0});
  const auto parsed = parse_tcp(octets);
  REQUIRE(parsed);
  CHECK(parsed->header == header);
  CHECK(parsed->header_size == 24);
}

TEST_CASE("Random headers are read back as they were written", "[tcp]") {
  Dice dice(53);
  for (int round = 0; round < 20000; ++round) {
    const TcpHeader header = dice.tcp();
    Octets octets = written(header);
    REQUIRE(load_be16(&octets[tcp_checksum_offset]) == 0);
    const std::size_t size = octets.size();
    const Octets text = dice.octets(dice.between(0, 9));
    octets.insert(octets.end(), text.begin(), text.end());
    const auto parsed = parse_tcp(octets);
    REQUIRE(parsed);
    REQUIRE(parsed->header == header);
    REQUIRE(parsed->header_size == size);
  }
}
