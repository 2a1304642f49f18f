// The bad network around a device, and software segmentation: what reaches the device below, and the stack above.
#include "tun/impaired_device.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/fake_device.hpp"
#include "tests/support/tcp_packet.hpp"
#include "tun/segmenter.hpp"

using namespace handwave;
using namespace std::chrono_literals;
using handwave::test::FakeDevice;

namespace {

const IpAddress v4_a = IpAddress::v4(192, 0, 2, 1);
const IpAddress v4_b = IpAddress::v4(192, 0, 2, 2);
const IpAddress v6_a = *IpAddress::parse("2001:db8::1");
const IpAddress v6_b = *IpAddress::parse("2001:db8::2");

wire::TcpHeader data_header() {
  wire::TcpHeader header;
  header.source_port = 1000;
  header.destination_port = 2000;
  header.seq = Seq(0xfffffff0);  // wraps inside the first packet
  header.flags.ack = true;
  header.flags.psh = true;
  return header;
}

}  // namespace

TEST_CASE("segmenter: the device below is given finished packets of wire size", "[tun][offload]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  Segmenter segmenter(std::move(owned));
  const auto text = test::counting_text(3000);
  const bool v6 = GENERATE_COPY(false, true);
  OutgoingPacket packet;
  test::make_tcp(packet, v6 ? v6_a : v4_a, v6 ? v6_b : v4_b, data_header(), text, 1400);
  segmenter.write(Instant{}, packet);

  REQUIRE(below.written.size() == 3);
  std::vector<std::uint8_t> received;
  const std::size_t header_size = packet.header().size();
  for (const FakeDevice::Written& written : below.written) {
    CHECK_FALSE(written.checksum_partial);
    CHECK(written.segment_size == 0);
    CHECK(test::checksums_right(written.octets));
    received.insert(received.end(), written.octets.begin() + static_cast<std::ptrdiff_t>(header_size),
                    written.octets.end());
  }
  CHECK(received == text);
}

TEST_CASE("impaired device: a super-segment that was read is cut into finished packets", "[tun][impairment]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  ImpairedDevice device(std::move(owned), {}, 1);
  const auto text = test::counting_text(3000);
  const bool v6 = GENERATE_COPY(false, true);
  OutgoingPacket packet;
  test::make_tcp(packet, v6 ? v6_a : v4_a, v6 ? v6_b : v4_b, data_header(), text, 1400);
  below.to_read.push_back(test::incoming(packet));

  std::vector<std::uint8_t> received;
  std::uint32_t seq = 0xfffffff0;
  for (int i = 0; i < 3; ++i) {
    const auto piece = device.read(Instant{});
    REQUIRE(piece);
    CHECK(piece->checksum_verified);
    CHECK(piece->segment_size == 0);
    const Bytes bytes = piece->bytes.bytes();
    CHECK(test::checksums_right(bytes));
    CHECK(load_be32(bytes.data() + (v6 ? 40 : 20) + 4) == seq);
    const Bytes piece_text = bytes.subspan(packet.header().size());
    seq += static_cast<std::uint32_t>(piece_text.size());
    received.insert(received.end(), piece_text.begin(), piece_text.end());
  }
  CHECK_FALSE(device.read(Instant{}));
  CHECK(received == text);
}

TEST_CASE("impaired device: loss is per packet of the wire, not per super-segment", "[tun][impairment]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  ImpairedDevice device(std::move(owned), {.in = {}, .out = {.loss = 0.5}}, 1);
  const auto text = test::counting_text(64000);
  OutgoingPacket packet;
  test::make_tcp(packet, v4_a, v4_b, data_header(), text, 1000);
  device.write(Instant{}, packet);
  CHECK(device.counters_out().packets == 64);
  CHECK(below.written.size() > 10);
  CHECK(below.written.size() < 54);
  CHECK(below.written.size() + device.counters_out().lost == 64);
}

TEST_CASE("impaired device: a corrupted packet is no longer vouched for, and its checksum is wrong",
          "[tun][impairment]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  ImpairedDevice device(std::move(owned), {.in = {.corrupt = 1}, .out = {.corrupt = 1}}, 1);
  const auto text = test::counting_text(500);
  for (int i = 0; i < 50; ++i) {
    OutgoingPacket packet;
    test::make_tcp(packet, v4_a, v4_b, data_header(), text);
    below.to_read.push_back(test::incoming(packet));
    const auto piece = device.read(Instant{});
    REQUIRE(piece);
    CHECK_FALSE(piece->checksum_verified);
    CHECK_FALSE(test::checksums_right(piece->bytes.bytes()));
    device.write(Instant{}, packet);
    REQUIRE(below.written.size() == static_cast<std::size_t>(i) + 1);
    CHECK_FALSE(below.written.back().checksum_partial);
    CHECK_FALSE(test::checksums_right(below.written.back().octets));
  }
}

TEST_CASE("impaired device: delayed packets go out and come in when their time has come", "[tun][impairment]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  ImpairedDevice device(std::move(owned), {.in = {.delay = 3ms}, .out = {.delay = 7ms}}, 1);
  OutgoingPacket packet;
  test::make_tcp(packet, v4_a, v4_b, data_header(), {});
  CHECK_FALSE(device.poll_timeout());

  device.write(Instant{}, packet);
  CHECK(below.written.empty());
  CHECK(device.poll_timeout() == Instant{7ms});
  below.to_read.push_back(test::incoming(packet));
  CHECK_FALSE(device.read(Instant{}));
  CHECK(device.poll_timeout() == Instant{3ms});

  CHECK_FALSE(device.read(Instant{2999us}));
  CHECK(device.read(Instant{3ms}));
  device.handle_timeout(Instant{6999us});
  CHECK(below.written.empty());
  device.handle_timeout(Instant{7ms});
  CHECK(below.written.size() == 1);
  CHECK_FALSE(device.poll_timeout());
}

TEST_CASE("impaired device: what cannot be parsed passes as it is", "[tun][impairment]") {
  auto owned = std::make_unique<FakeDevice>();
  FakeDevice& below = *owned;
  ImpairedDevice device(std::move(owned), {}, 1);
  const auto garbage = test::counting_text(300);
  for (const std::size_t size : {1U, 19U, 40U, 128U, 129U, 300U}) {
    const Bytes octets = Bytes(garbage).first(size);
    below.to_read.push_back({.bytes = Slice::copy_of(octets), .checksum_verified = true, .segment_size = 100});
    const auto packet = device.read(Instant{});
    REQUIRE(packet);
    CHECK(std::ranges::equal(packet->bytes.bytes(), octets));
  }
}
