// Software segmentation: what stack/wire/segmentation.hpp makes of a super-segment, checked packet by packet.
#include "stack/wire/segmentation.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

using Packet = std::vector<std::uint8_t>;

/// A TCP packet as the stack hands it out, and what was put into it.
struct Sample {
  OutgoingPacket packet;
  TcpHeader tcp;
  IpAddress source;
  IpAddress destination;
  Packet text;
};

struct SampleOptions {
  bool v6 = false;
  std::size_t text_size = 0;
  std::uint16_t segment_size = 0;
  std::size_t slices = 1;
  TcpHeader tcp;
  std::uint16_t identification = 0;
};

/// Fills `sample` in place, since the packet's payload views its text.
void make_sample(Sample& sample, Dice& dice, const SampleOptions& options) {
  sample.tcp = options.tcp;
  sample.source = options.v6 ? dice.v6() : dice.v4();
  sample.destination = options.v6 ? dice.v6() : dice.v4();
  sample.text = dice.octets(options.text_size);
  OutgoingPacket& packet = sample.packet;
  const std::size_t ip_size = options.v6 ? ipv6_header_size : ipv4_header_size;
  const std::size_t transport_size = tcp_size(options.tcp) + options.text_size;
  const MutableBytes header = packet.resize_header(ip_size + tcp_size(options.tcp));
  if (options.v6) {
    write_ipv6({.traffic_class = 0x2a,
                .flow_label = 0x12345,
                .payload_length = static_cast<std::uint16_t>(transport_size),
                .next_header = protocol_tcp,
                .hop_limit = 61,
                .source = sample.source,
                .destination = sample.destination},
               header);
  } else {
    write_ipv4({.traffic_class = 0x2a,
                .total_length = static_cast<std::uint16_t>(ip_size + transport_size),
                .identification = options.identification,
                .dont_fragment = true,
                .ttl = 61,
                .protocol = protocol_tcp,
                .source = sample.source,
                .destination = sample.destination},
               header);
  }
  write_tcp(options.tcp, header.subspan(ip_size));
  store_be16(
      header.data() + ip_size + tcp_checksum_offset,
      pseudo_header_sum(sample.source, sample.destination, protocol_tcp, static_cast<std::uint32_t>(transport_size)));
  packet.checksum_partial = true;
  packet.checksum_start = static_cast<std::uint16_t>(ip_size);
  packet.checksum_offset = tcp_checksum_offset;
  packet.segment_size = options.segment_size;
  for (std::size_t i = 0; i < options.slices; ++i) {
    const std::size_t from = options.text_size * i / options.slices;
    const std::size_t to = options.text_size * (i + 1) / options.slices;
    packet.add_payload(Bytes(sample.text).subspan(from, to - from));
  }
}

std::vector<Packet> cut(const OutgoingPacket& packet) {
  std::vector<Packet> pieces;
  Packet piece;
  Segmentation segmentation(packet);
  while (segmentation.next(piece)) pieces.push_back(piece);
  CHECK(pieces.size() == segmentation.count());
  return pieces;
}

/// One piece, read back; requires that its lengths and checksums are right.
struct Piece {
  ParsedTcp tcp;
  Bytes text;
  std::optional<Ipv4Header> v4;
  std::optional<Ipv6Header> v6;
};

Piece read_back(const Packet& packet) {
  Piece piece;
  Bytes segment;
  IpAddress source;
  IpAddress destination;
  if (packet.at(0) >> 4 == 4) {
    piece.v4 = parse_ipv4(packet);
    REQUIRE(piece.v4);
    REQUIRE(piece.v4->total_length == packet.size());
    REQUIRE(ipv4_checksum_right(packet, piece.v4->header_size));
    segment = Bytes(packet).subspan(ipv4_header_size);
    source = piece.v4->source;
    destination = piece.v4->destination;
  } else {
    piece.v6 = parse_ipv6(packet);
    REQUIRE(piece.v6);
    REQUIRE(piece.v6->payload_length == packet.size() - ipv6_header_size);
    segment = Bytes(packet).subspan(ipv6_header_size);
    source = piece.v6->source;
    destination = piece.v6->destination;
  }
  REQUIRE(ones_complement_sum(segment, pseudo_header_sum(source, destination, protocol_tcp,
                                                         static_cast<std::uint32_t>(segment.size()))) == 0xffff);
  const auto parsed = parse_tcp(segment);
  REQUIRE(parsed);
  piece.tcp = *parsed;
  piece.text = segment.subspan(parsed->header_size);
  return piece;
}

TcpHeader data_header() {
  TcpHeader header;
  header.source_port = 80;
  header.destination_port = 50000;
  header.seq = Seq{0xfffff000};
  header.ack = Seq{77};
  header.flags = {.ack = true};
  header.wnd = 1000;
  header.options.timestamps = Timestamps{1, 2};
  return header;
}

}  // namespace

TEST_CASE("A super-segment is cut at the segment size, and its text stays whole", "[segmentation]") {
  Dice dice(1);
  for (const bool v6 : {false, true}) {
    Sample sample;
    make_sample(sample, dice,
                {.v6 = v6,
                 .text_size = 65000,
                 .segment_size = 1448,
                 .slices = 7,
                 .tcp = data_header(),
                 .identification = 0xfff8});
    const auto pieces = cut(sample.packet);
    REQUIRE(pieces.size() == (65000 + 1447) / 1448);
    Packet text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Piece piece = read_back(pieces[i]);
      TcpHeader expected = sample.tcp;
      expected.seq += static_cast<std::uint32_t>(i * 1448);  // passes 2^32 on the way
      CHECK(piece.tcp.header == expected);
      CHECK(piece.text.size() == (i + 1 < pieces.size() ? 1448 : 65000 % 1448));
      text.insert(text.end(), piece.text.begin(), piece.text.end());
      if (piece.v4) {
        CHECK(piece.v4->identification == static_cast<std::uint16_t>(0xfff8 + i));
        CHECK(piece.v4->dont_fragment);
        CHECK(piece.v4->ttl == 61);
        CHECK(piece.v4->traffic_class == 0x2a);
      } else {
        CHECK(piece.v6->flow_label == 0x12345);
        CHECK(piece.v6->traffic_class == 0x2a);
        CHECK(piece.v6->hop_limit == 61);
      }
    }
    CHECK(text == sample.text);
  }
}

TEST_CASE("FIN and PSH stay on the last piece only, CWR on the first only (RFC 3168 §6.1.2)", "[segmentation]") {
  Dice dice(2);
  Sample sample;
  TcpHeader header = data_header();
  header.flags = {.cwr = true, .ece = true, .ack = true, .psh = true, .fin = true};
  make_sample(sample, dice, {.text_size = 300, .segment_size = 100, .tcp = header});
  const auto pieces = cut(sample.packet);
  REQUIRE(pieces.size() == 3);
  CHECK(read_back(pieces[0]).tcp.header.flags == TcpFlags{.cwr = true, .ece = true, .ack = true});
  CHECK(read_back(pieces[1]).tcp.header.flags == TcpFlags{.ece = true, .ack = true});
  CHECK(read_back(pieces[2]).tcp.header.flags == TcpFlags{.ece = true, .ack = true, .psh = true, .fin = true});
}

TEST_CASE("The urgent pointer of every piece points to the same octet of the stream", "[segmentation][MUST-62]") {
  Dice dice(3);
  for (const std::uint16_t up : {std::uint16_t{1}, std::uint16_t{100}, std::uint16_t{101}, std::uint16_t{250},
                                 std::uint16_t{300}, std::uint16_t{9000}}) {
    CAPTURE(up);
    Sample sample;
    TcpHeader header = data_header();
    header.flags.urg = true;
    header.up = up;
    make_sample(sample, dice, {.text_size = 300, .segment_size = 100, .tcp = header});
    const Seq urgent_end = header.seq + up;
    for (const Packet& packet : cut(sample.packet)) {
      const TcpHeader piece = read_back(packet).tcp.header;
      CHECK(piece.flags.urg == (piece.seq < urgent_end));
      if (piece.flags.urg) {
        CHECK(piece.seq + piece.up == urgent_end);
      } else {
        CHECK(piece.up == 0);
      }
    }
  }
}

TEST_CASE("A packet that is not to be cut only gets its checksum finished", "[segmentation]") {
  Dice dice(4);
  for (const std::uint16_t segment_size : {std::uint16_t{0}, std::uint16_t{501}, std::uint16_t{500}}) {
    for (const std::size_t text_size : {std::size_t{0}, std::size_t{1}, std::size_t{500}}) {
      Sample sample;
      TcpHeader header = data_header();
      header.flags = {.cwr = true, .urg = true, .ack = true, .psh = true, .fin = true};
      header.up = 3;
      make_sample(sample, dice,
                  {.text_size = text_size, .segment_size = segment_size, .tcp = header, .identification = 9});
      const auto pieces = cut(sample.packet);
      REQUIRE(pieces.size() == 1);
      const Piece piece = read_back(pieces[0]);
      CHECK(piece.tcp.header == header);
      CHECK(piece.v4->identification == 9);
      CHECK(std::equal(piece.text.begin(), piece.text.end(), sample.text.begin(), sample.text.end()));
      Packet whole;
      complete_packet(sample.packet, whole);
      CHECK(whole == pieces[0]);
    }
  }
}

TEST_CASE("A packet whose checksum is not partial goes out octet for octet", "[segmentation]") {
  Dice dice(5);
  const Packet header = dice.octets(28);
  const Packet payload = dice.octets(57);
  OutgoingPacket packet;
  std::memcpy(packet.resize_header(header.size()).data(), header.data(), header.size());
  packet.add_payload(Bytes(payload).first(20));
  packet.add_payload(Bytes(payload).subspan(20));
  Packet expected = header;
  expected.insert(expected.end(), payload.begin(), payload.end());
  CHECK(cut(packet) == std::vector<Packet>{expected});
}

TEST_CASE("RFC 768: a UDP checksum that comes out as zero is sent as all ones", "[segmentation][RFC768]") {
  // Ports, length and pseudo-header sum up so that nothing is left for the checksum.
  OutgoingPacket packet;
  const MutableBytes header = packet.resize_header(ipv4_header_size + 8);
  std::fill(header.begin(), header.end(), std::uint8_t{0});
  store_be16(header.data() + 20, 0xfff0);
  store_be16(header.data() + 26, 0x000f);  // the partial sum
  packet.checksum_partial = true;
  packet.checksum_start = ipv4_header_size;
  packet.checksum_offset = 6;
  Packet whole;
  complete_packet(packet, whole);
  CHECK(load_be16(&whole[26]) == 0xffff);
  CHECK(cut(packet) == std::vector<Packet>{whole});
}

TEST_CASE("A super-segment completed as one packet is right as a whole", "[segmentation]") {
  Dice dice(6);
  Sample sample;
  TcpHeader header = data_header();
  header.flags.fin = true;
  make_sample(sample, dice, {.v6 = true, .text_size = 5001, .segment_size = 1000, .slices = 3, .tcp = header});
  Packet whole{1, 2, 3};
  complete_packet(sample.packet, whole);
  const Piece piece = read_back(whole);
  CHECK(piece.tcp.header == header);
  CHECK(piece.text.size() == 5001);
}

TEST_CASE("A wrong partial checksum stays wrong in every piece", "[segmentation]") {
  Dice dice(7);
  Sample sample;
  make_sample(sample, dice, {.text_size = 300, .segment_size = 100, .tcp = data_header()});
  std::uint8_t* const field = sample.packet.header().data() + sample.packet.checksum_start + tcp_checksum_offset;
  store_be16(field, add_sums(load_be16(field), 1));
  for (const Packet& packet : cut(sample.packet)) {
    const Bytes segment = Bytes(packet).subspan(ipv4_header_size);
    const std::uint16_t pseudo =
        pseudo_header_sum(sample.source, sample.destination, protocol_tcp, static_cast<std::uint32_t>(segment.size()));
    CHECK(ones_complement_sum(segment, pseudo) != 0xffff);
  }
}

TEST_CASE("Random super-segments: every piece is right, and together they are the whole", "[segmentation]") {
  Dice dice(8);
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    Sample sample;
    TcpHeader header = dice.tcp();
    make_sample(sample, dice,
                {.v6 = dice.one_in(2),
                 .text_size = dice.between(0, dice.one_in(4) ? 60000 : 400),
                 .segment_size = static_cast<std::uint16_t>(dice.between(1, dice.one_in(4) ? 65535 : 90)),
                 .slices = dice.between(1, OutgoingPacket::max_payload_slices),
                 .tcp = header,
                 .identification = dice.any<std::uint16_t>()});
    Packet text;
    for (const Packet& packet : cut(sample.packet)) {
      const Piece piece = read_back(packet);
      CHECK(piece.tcp.header.seq == header.seq + static_cast<std::uint32_t>(text.size()));
      CHECK(piece.tcp.header.options == header.options);
      CHECK(piece.text.size() <= sample.packet.segment_size);
      text.insert(text.end(), piece.text.begin(), piece.text.end());
    }
    REQUIRE(text == sample.text);
  }
}
