// The framing of records as it is seen from outside: RFC 8446 §5.1.
#include "tls/record.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <vector>

#include "tls/alert.hpp"
#include "tls/error.hpp"

using namespace handwave;
using Octets = std::vector<std::uint8_t>;

TEST_CASE("a stream is followed through its records, however it is cut", "[tls][record][RFC8446]") {
  const Octets stream{22, 3, 1, 0, 3, 1, 2, 3, 21, 3, 3, 0, 2, 2, 40, 23, 3, 3, 0, 0, 23, 3, 3, 1, 0};
  const auto step = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{100});
  tls::RecordReader reader;
  CHECK(reader.at_first());
  CHECK_FALSE(reader.inside());
  for (std::size_t at = 0; at < stream.size(); at += step) {
    reader.advance(tls::Bytes(stream).subspan(at, std::min(step, stream.size() - at)));
    if (at + step == 15) {  // the alert's end
      CHECK_FALSE(reader.inside());
      CHECK(reader.header().type == tls::RecordHeader::alert);
      CHECK(std::ranges::equal(reader.fragment_start(), Octets{2, 40}));
    }
  }
  CHECK_FALSE(reader.at_first());
  CHECK(reader.inside());
  CHECK(reader.header().type == 23);
  CHECK(reader.header().version == 0x0303);
  CHECK(reader.header().length == 256);
}

TEST_CASE("what is no record of TLS", "[tls][record]") {
  CHECK(tls::RecordHeader{22, 0x0301, 1}.is_tls());
  CHECK_FALSE(tls::RecordHeader{22, 0x0201, 1}.is_tls());
  CHECK_FALSE(tls::RecordHeader{19, 0x0303, 1}.is_tls());
  CHECK_FALSE(tls::RecordHeader{24, 0x0303, 1}.is_tls());
}

TEST_CASE("errors are of one category, alerts apart from the others", "[tls][error]") {
  const std::error_code ours = tls::TlsError::certificate_expired;
  const std::error_code theirs = tls::alert_received(40);
  CHECK_FALSE(tls::is_alert(ours));
  CHECK(tls::is_alert(theirs));
  CHECK_FALSE(tls::is_alert(std::make_error_code(std::errc::io_error)));
  CHECK(ours.message() == "the certificate has expired");
  CHECK(theirs.message() == "the peer refused with the alert handshake_failure (40)");
  CHECK(tls::name_of(tls::Alert{99}) == "unknown");
  CHECK(make_error_code(tls::TlsError::out_of_memory) == std::errc::not_enough_memory);
  for (int value = 1; value <= static_cast<int>(tls::TlsError::internal); ++value) {
    CHECK(tls::tls_error_category().message(value) != "unknown TLS error");
  }
}
