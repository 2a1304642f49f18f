// TCP options: every layout, every length, legal or not. RFC 9293 §3.1 and §3.2, RFC 7323, RFC 2018.
#include "stack/wire/tcp_options.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

using Octets = std::vector<std::uint8_t>;

Octets written(const TcpOptions& options) {
  Octets octets(tcp_options_size(options), 0xee);
  write_tcp_options(options, octets);
  return octets;
}

TcpOptions parsed(const Octets& octets) { return parse_tcp_options(octets); }

TcpOptions options_with_blocks(std::uint8_t count) {
  TcpOptions options;
  for (std::uint32_t i = 0; i < count; ++i) options.sack_blocks.at(i) = {Seq{0x10 * i}, Seq{0x10 * i + 8}};
  options.sack_count = count;
  return options;
}

const TcpOptions nothing;

}  // namespace

TEST_CASE("RFC 9293 (3.1): the mandatory options are read", "[options][MUST-4][MUST-14]") {
  CHECK(parsed({}) == nothing);
  CHECK(parsed({0}) == nothing);
  CHECK(parsed({1, 1, 1, 1}) == nothing);
  CHECK(parsed({2, 4, 0x05, 0xb4}).mss == 1460);
  CHECK(parsed({2, 4, 0, 0}).mss == 0);
}

TEST_CASE("RFC 7323, RFC 2018: window scale, timestamps, SACK", "[options][RFC7323][RFC2018]") {
  CHECK(parsed({3, 3, 7}).window_scale == 7);
  CHECK(parsed({3, 3, 200}).window_scale == 200);  // for the caller to take as 14 (§2.3)
  CHECK(parsed({4, 2}).sack_permitted);
  CHECK(parsed({8, 10, 1, 2, 3, 4, 5, 6, 7, 8}).timestamps == Timestamps{0x01020304, 0x05060708});
  const TcpOptions sack = parsed({5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 3});
  REQUIRE(sack.sack_count == 2);
  CHECK(sack.sack_blocks[0] == SackBlock{Seq{1}, Seq{2}});
  CHECK(sack.sack_blocks[1] == SackBlock{Seq{0xfffffffe}, Seq{3}});
}

TEST_CASE("RFC 5482 §3.3: the user timeout option is read and written as it stands", "[options][RFC5482][5482-3.3-a]") {
  CHECK(parsed({28, 4, 0x80, 0x05}).user_timeout == 0x8005);
  CHECK(parsed({28, 3, 0x80}) == nothing);
  CHECK(parsed({28, 6, 0, 1, 0, 1}) == nothing);
  TcpOptions options;
  options.user_timeout = 0x7ffe;
  CHECK(written(options) == Octets{28, 4, 0x7f, 0xfe});
  options.timestamps = Timestamps{1, 2};
  options.sack_blocks[0] = {Seq{1}, Seq{2}};
  options.sack_count = 4;
  CHECK(tcp_options_size(options) == 36);  // beside it, two blocks
  CHECK(parsed(written(options)).user_timeout == 0x7ffe);
  CHECK(parsed(written(options)).sack_count == 2);
}

TEST_CASE("RFC 9293 (3.2): options begin on any octet boundary", "[options][MUST-64]") {
  TcpOptions expected;
  expected.mss = 1460;
  expected.timestamps = Timestamps{0x0a0b0c0d, 0x0e0f1011};
  for (std::size_t before = 0; before <= 4; ++before) {
    for (std::size_t between = 0; between <= 4; ++between) {
      Octets octets(before, 1);
      octets.insert(octets.end(), {2, 4, 0x05, 0xb4});
      octets.insert(octets.end(), between, 1);
      octets.insert(octets.end(), {8, 10, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11});
      CAPTURE(before, between);
      CHECK(parsed(octets) == expected);
      // The same octets at an odd address.
      Octets shifted(octets.size() + 1);
      std::copy(octets.begin(), octets.end(), shifted.begin() + 1);
      CHECK(parse_tcp_options(Bytes(shifted).subspan(1)) == expected);
    }
  }
}

TEST_CASE("RFC 9293 (3.1): unknown options are skipped by their length", "[options][MUST-6][MUST-68]") {
  TcpOptions expected;
  expected.mss = 1460;
  for (unsigned kind = 0; kind < 256; ++kind) {
    if (kind <= 5 || kind == 8 || kind == 28) continue;
    for (std::size_t length = 2; length <= 36; ++length) {
      CAPTURE(kind, length);
      Octets octets(length, 0xff);
      octets[0] = static_cast<std::uint8_t>(kind);
      octets[1] = static_cast<std::uint8_t>(length);
      octets.insert(octets.end(), {2, 4, 0x05, 0xb4});
      CHECK(parsed(octets) == expected);
    }
  }
}

TEST_CASE("An option of ours with another length than its own is skipped", "[options][MUST-7]") {
  TcpOptions expected;
  expected.mss = 1460;
  const auto legal = [](unsigned kind, std::size_t length) {
    switch (kind) {
      case 2:
        return length == 4;
      case 3:
        return length == 3;
      case 4:
        return length == 2;
      case 5:
        return length == 10 || length == 18 || length == 26 || length == 34;
      default:
        return length == 10;
    }
  };
  for (const unsigned kind : {2U, 3U, 4U, 5U, 8U}) {
    for (std::size_t length = 2; length <= 36; ++length) {
      if (legal(kind, length)) continue;
      CAPTURE(kind, length);
      Octets octets(length, 0x33);
      octets[0] = static_cast<std::uint8_t>(kind);
      octets[1] = static_cast<std::uint8_t>(length);
      octets.insert(octets.end(), {2, 4, 0x05, 0xb4});
      CHECK(parsed(octets) == expected);
    }
  }
}

TEST_CASE("More SACK blocks than a header has room for are none", "[options][RFC2018]") {
  Octets octets(2 + 5 * 8, 1);
  octets[0] = 5;
  octets[1] = static_cast<std::uint8_t>(octets.size());
  octets.insert(octets.end(), {3, 3, 7, 0});
  TcpOptions expected;
  expected.window_scale = 7;
  CHECK(parsed(octets) == expected);
}

TEST_CASE("RFC 9293 (3.1): illegal option lengths are survived, and said", "[options][MUST-7]") {
  TcpOptions expected;
  expected.window_scale = 7;
  expected.illegal_length = true;
  for (unsigned kind = 2; kind < 256; ++kind) {
    for (unsigned length = 0; length < 256; ++length) {
      // A legal option, then one with that length and four octets left, its own two included.
      const Octets octets = {3, 3, 7, static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(length), 3, 3};
      const TcpOptions options = parsed(octets);
      CAPTURE(kind, length);
      if (length < 2 || length > 4) {
        REQUIRE(options == expected);
      } else if (length == 2) {  // what is left is a window scale cut short
        REQUIRE(options.illegal_length);
      } else if (length == 3) {  // a kind without its length octet
        REQUIRE(options.illegal_length);
      } else {
        REQUIRE_FALSE(options.illegal_length);
      }
    }
  }
  CHECK(parsed({2}).illegal_length);
  CHECK(parsed({1, 8}).illegal_length);
}

TEST_CASE("What follows an End of Option List is not read", "[options][MUST-69]") {
  CHECK(parsed({0, 2, 4, 5, 0xb4}) == nothing);
  CHECK(parsed({0, 99, 0}) == nothing);  // not even as an illegal length
  TcpOptions expected;
  expected.window_scale = 7;
  CHECK(parsed({3, 3, 7, 0}) == expected);
  CHECK(parsed({3, 3, 7, 0, 0xff, 0xff, 0xff, 0xff}) == expected);
}

TEST_CASE("Of an option that is there twice, the last counts", "[options]") {
  CHECK(parsed({2, 4, 0, 1, 2, 4, 0, 2}).mss == 2);
}

TEST_CASE("Options cut short at every length are read up to there", "[options][MUST-7]") {
  TcpOptions all;
  all.mss = 1460;
  all.sack_permitted = true;
  all.timestamps = Timestamps{1, 2};
  all.window_scale = 7;
  const Octets octets = written(all);
  REQUIRE(octets.size() == 20);
  for (std::size_t size = 0; size <= octets.size(); ++size) {
    CAPTURE(size);
    const Octets exact(octets.begin(),
                       octets.begin() + static_cast<std::ptrdiff_t>(size));  // so that ASan sees its end
    const TcpOptions options = parsed(exact);
    CHECK(options.mss.has_value() == (size >= 4));
    CHECK(options.sack_permitted == (size >= 6));
    CHECK(options.timestamps.has_value() == (size >= 16));
    CHECK(options.window_scale.has_value() == (size >= 20));
    // Whole options end at 0, 4, 6, 16, 17 (NOP) and 20.
    CHECK(options.illegal_length == (size != 0 && size != 4 && size != 6 && size != 16 && size != 17 && size != 20));
  }
}

TEST_CASE("Timestamps alone take the layout of RFC 7323 Appendix A", "[options][RFC7323]") {
  TcpOptions options;
  options.timestamps = Timestamps{0x01020304, 0x05060708};
  const Octets expected = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(written(options) == expected);
  CHECK(parsed(expected) == options);
}

TEST_CASE("The layouts that are written", "[options]") {
  TcpOptions options;
  CHECK(written(options).empty());
  options.mss = 1460;
  CHECK(written(options) == Octets{2, 4, 0x05, 0xb4});
  options.window_scale = 7;
  CHECK(written(options) == Octets{2, 4, 0x05, 0xb4, 1, 3, 3, 7});
  options.sack_permitted = true;
  CHECK(written(options) == Octets{2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7});
  options.timestamps = Timestamps{1, 2};
  CHECK(written(options) == Octets{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7});
  CHECK(written(options_with_blocks(1)) == Octets{1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 8});
}

TEST_CASE("RFC 2018 (3): as many SACK blocks as fit beside the other options", "[options][RFC2018][2018-4-g]") {
  CHECK(tcp_options_size(options_with_blocks(4)) == 36);
  TcpOptions options = options_with_blocks(4);
  options.timestamps = Timestamps{1, 2};
  CHECK(tcp_options_size(options) == 40);
  CHECK(parsed(written(options)).sack_count == 3);
  options.mss = 1460;
  CHECK(parsed(written(options)).sack_count == 2);
  options.window_scale = 7;
  options.sack_permitted = true;
  const TcpOptions back = parsed(written(options));
  CHECK(back.sack_count == 2);
  CHECK(back.sack_blocks[1] == options.sack_blocks[1]);
  CHECK(back.mss == options.mss);
  CHECK(back.timestamps == options.timestamps);
}

TEST_CASE("Random options are read back as they were written, in whole words without EOL", "[options][MUST-69]") {
  Dice dice(41);
  for (int round = 0; round < 20000; ++round) {
    const TcpOptions options = dice.options();
    const Octets octets = written(options);
    REQUIRE(octets.size() % 4 == 0);
    REQUIRE(octets.size() <= max_tcp_options_size);
    REQUIRE(parsed(octets) == options);
  }
}

TEST_CASE("Random octets as options: read, written and read again they are the same", "[options]") {
  Dice dice(42);
  for (int round = 0; round < 50000; ++round) {
    Octets octets = dice.octets(dice.between(0, max_tcp_options_size));
    // Small numbers in most places, so that kinds and lengths are often ours.
    for (auto& octet : octets) octet = dice.one_in(5) ? octet : static_cast<std::uint8_t>(octet % 12);
    TcpOptions first = parsed(octets);
    first.illegal_length = false;
    const TcpOptions second = parsed(written(first));
    // Packed closer than we pack them, more SACK blocks may fit than we can write.
    REQUIRE(second.sack_count <= first.sack_count);
    first.sack_count = second.sack_count;
    for (std::size_t i = first.sack_count; i < first.sack_blocks.size(); ++i) first.sack_blocks[i] = {};
    REQUIRE(second == first);
    REQUIRE(parsed(written(second)) == second);
  }
}
