// Capture files, read back by libpcap through libtins: an oracle that is not ours.
#include "tun/capture.hpp"

#include <tins/tins.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>

#include "tests/support/fake_device.hpp"
#include "tests/support/tcp_packet.hpp"
#include "tun/system_error.hpp"

using namespace handwave;
using namespace std::chrono_literals;
using handwave::test::FakeDevice;

namespace {

const IpAddress v4_a = IpAddress::v4(192, 0, 2, 1);
const IpAddress v4_b = IpAddress::v4(192, 0, 2, 2);
const IpAddress v6_a = *IpAddress::parse("2001:db8::1");
const IpAddress v6_b = *IpAddress::parse("2001:db8::2");
constexpr PcapFile::Time start{1'700'000'000s};

wire::TcpHeader ports(std::uint16_t source, std::uint16_t destination) {
  wire::TcpHeader header;
  header.source_port = source;
  header.destination_port = destination;
  return header;
}

/// A file of its own that is gone at the end.
struct TemporaryFile {
  std::string path = std::filesystem::temp_directory_path() / "handwave-capture-XXXXXX";
  TemporaryFile() { ::close(::mkstemp(path.data())); }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

std::vector<Tins::Packet> read_back(const std::string& path) {
  Tins::FileSniffer sniffer(path);
  std::vector<Tins::Packet> packets;
  while (Tins::Packet packet = sniffer.next_packet()) packets.push_back(std::move(packet));
  return packets;
}

}  // namespace

TEST_CASE("capture: both directions are there with their times, and their checksums are right", "[tun][capture]") {
  const TemporaryFile file;
  const auto text = test::counting_text(100);
  OutgoingPacket out;
  test::make_tcp(out, v4_a, v4_b, ports(1, 2), text);
  OutgoingPacket in;
  test::make_tcp(in, v6_b, v6_a, ports(3, 4), text);
  {
    auto owned = std::make_unique<FakeDevice>();
    FakeDevice& below = *owned;
    Capture capture(std::move(owned), file.path, Instant{5s}, start);
    below.to_read.push_back(test::incoming(in));
    capture.write(Instant{5s + 250us}, out);
    CHECK(below.written.size() == 1);
    CHECK(below.written[0].checksum_partial);  // what is written below is not changed
    const auto packet = capture.read(Instant{7s});
    REQUIRE(packet);
    CHECK(packet->checksum_verified);
    CHECK_FALSE(capture.read(Instant{7s}));
    CHECK(capture.complete());
  }
  const auto packets = read_back(file.path);
  REQUIRE(packets.size() == 2);
  CHECK(std::chrono::microseconds(packets[0].timestamp()) == start.time_since_epoch() + 250us);
  CHECK(std::chrono::microseconds(packets[1].timestamp()) == start.time_since_epoch() + 2s);
  // serialize() computes checksums anew: what was right comes out as it went in.
  const auto& v4 = packets[0].pdu()->rfind_pdu<Tins::IP>();
  CHECK(v4.src_addr() == "192.0.2.1");
  const std::uint16_t v4_checksum = v4.rfind_pdu<Tins::TCP>().checksum();
  auto v4_again = packets[0].pdu()->rfind_pdu<Tins::IP>();
  const auto v4_octets = v4_again.serialize();
  CHECK(v4_again.rfind_pdu<Tins::TCP>().checksum() == v4_checksum);
  CHECK(test::checksums_right(v4_octets));
  CHECK(v4.rfind_pdu<Tins::TCP>().dport() == 2);
  const auto& v6 = packets[1].pdu()->rfind_pdu<Tins::IPv6>();
  CHECK(v6.dst_addr() == "2001:db8::1");
  const std::uint16_t v6_checksum = v6.rfind_pdu<Tins::TCP>().checksum();
  auto v6_again = packets[1].pdu()->rfind_pdu<Tins::IPv6>();
  v6_again.serialize();
  CHECK(v6_again.rfind_pdu<Tins::TCP>().checksum() == v6_checksum);
  CHECK(v6.rfind_pdu<Tins::RawPDU>().payload() == text);
}

TEST_CASE("capture: a super-segment stands in the file whole, as the device carries it", "[tun][capture]") {
  const TemporaryFile file;
  const auto text = test::counting_text(60000);
  {
    auto owned = std::make_unique<FakeDevice>();
    Capture capture(std::move(owned), file.path, Instant{}, start);
    OutgoingPacket out;
    test::make_tcp(out, v4_a, v4_b, {}, text, 1460);
    capture.write(Instant{}, out);
  }
  const auto packets = read_back(file.path);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].pdu()->rfind_pdu<Tins::RawPDU>().payload() == text);
}

TEST_CASE("capture: the file can be read while it grows, a moment late", "[tun][capture]") {
  const TemporaryFile file;
  Capture capture(std::make_unique<FakeDevice>(), file.path, Instant{}, start);
  CHECK(read_back(file.path).empty());  // the header is there
  CHECK_FALSE(capture.poll_timeout());
  OutgoingPacket out;
  test::make_tcp(out, v4_a, v4_b, {}, {});
  capture.write(Instant{}, out);
  REQUIRE(capture.poll_timeout());
  capture.handle_timeout(*capture.poll_timeout());
  CHECK(read_back(file.path).size() == 1);
  CHECK_FALSE(capture.poll_timeout());
}

TEST_CASE("capture: a file that cannot be made is an error that names it", "[tun][capture]") {
  try {
    const Capture capture(std::make_unique<FakeDevice>(), "/nonexistent/x.pcap", Instant{}, start);
    FAIL("made");
  } catch (const SystemError& error) {
    CHECK(std::string(error.what()) == "cannot make the capture /nonexistent/x.pcap: No such file or directory");
    CHECK(error.code() == std::errc::no_such_file_or_directory);
  }
}

TEST_CASE("capture: a disk that is full from the start is an error", "[tun][capture]") {
  if (!std::filesystem::exists("/dev/full")) SKIP("there is no /dev/full");
  CHECK_THROWS_AS(PcapFile("/dev/full"), SystemError);
}
