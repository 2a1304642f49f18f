// One direction of a bad network, in virtual time.
#include "tun/impaired_path.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <set>
#include <variant>

#include "tests/support/oracle_packet.hpp"

using namespace handwave;
using namespace std::chrono_literals;

namespace {

/// A packet that carries its number, and its delivery.
PacketOnPath numbered(std::uint32_t number, std::size_t size = 100) {
  PacketOnPath packet{.octets = std::vector<std::uint8_t>(size), .checksum_verified = true};
  store_be32(packet.octets.data(), number);
  return packet;
}

struct Delivery {
  std::uint32_t number;
  Instant at;
  bool checksum_verified;
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// Sends `count` packets, one each `gap`, and plays the path to its end, jumping from deadline to deadline.
std::vector<Delivery> play(ImpairedPath& path, std::uint32_t count, Duration gap, std::size_t size = 100) {
  std::vector<Delivery> deliveries;
  const auto collect_until = [&](Instant now) {
    while (const auto next = path.next()) {
      if (*next > now) break;
      while (const auto packet = path.pop(*next))
        deliveries.push_back({load_be32(packet->octets.data()), *next, packet->checksum_verified});
    }
  };
  Instant now{};
  for (std::uint32_t number = 0; number < count; ++number, now += gap) {
    collect_until(now);
    path.push(now, numbered(number, size));
  }
  collect_until(Instant::max());
  return deliveries;
}

ImpairedPath path_with(const Impairment& impairment, std::uint64_t seed = 1) {
  return ImpairedPath(impairment, secret_from_seed(seed));
}

}  // namespace

TEST_CASE("impaired path: without impairment all packets come through at once and in order", "[tun][impairment]") {
  ImpairedPath path = path_with({});
  const auto deliveries = play(path, 100, 1ms);
  REQUIRE(deliveries.size() == 100);
  for (std::uint32_t i = 0; i < 100; ++i) CHECK(deliveries[i] == Delivery{i, Instant{i * 1ms}, true});
  CHECK_FALSE(path.next());
}

TEST_CASE("impaired path: loss takes its share, and all or nothing at the ends", "[tun][impairment]") {
  ImpairedPath some = path_with({.loss = 0.05});
  const std::size_t arrived = play(some, 20000, 1us).size();
  CHECK(some.counters().lost + arrived == 20000);
  CHECK(some.counters().lost > 850);  // 1000 are expected; 5 standard deviations are 154
  CHECK(some.counters().lost < 1150);
  ImpairedPath all = path_with({.loss = 1});
  CHECK(play(all, 100, 1us).empty());
}

TEST_CASE("impaired path: a duplicate follows its original", "[tun][impairment]") {
  ImpairedPath path = path_with({.duplicate = 1});
  const auto deliveries = play(path, 3, 1ms);
  REQUIRE(deliveries.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(deliveries[i].number == i / 2);
  CHECK(path.counters().duplicated == 3);
}

TEST_CASE("impaired path: a reordered packet is overtaken by a few and arrives", "[tun][impairment]") {
  ImpairedPath path = path_with({.reorder = 0.02});
  const auto deliveries = play(path, 5000, 10us);
  REQUIRE(deliveries.size() == 5000);
  CHECK(path.counters().reordered > 50);
  std::uint64_t late = 0;
  std::uint32_t highest = 0;
  for (const Delivery& delivery : deliveries) {
    if (delivery.number < highest) ++late;
    highest = std::max(highest, delivery.number);
    // Overtaken by max_overtaking others, which may be reordered ones as well.
    CHECK(delivery.number + 3 * ImpairedPath::max_overtaking > highest);
  }
  CHECK(late == path.counters().reordered);
}

TEST_CASE("impaired path: a reordered packet that nothing overtakes goes on after a while", "[tun][impairment]") {
  ImpairedPath path = path_with({.reorder = 1, .delay = 3ms});
  const auto deliveries = play(path, 1, 0ms);
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].at == Instant{3ms + ImpairedPath::max_holding});
}

TEST_CASE("impaired path: a detour takes its time, and whatever was sent meanwhile comes first", "[tun][impairment]") {
  ImpairedPath path = path_with({.reorder = 0.02, .delay = 3ms, .detour = 2ms});
  const auto deliveries = play(path, 5000, 100us);
  REQUIRE(deliveries.size() == 5000);
  std::uint64_t detours = 0;
  for (const Delivery& delivery : deliveries) {
    const Duration taken = delivery.at - Instant{delivery.number * 100us};
    if (taken == 5ms) ++detours;
    CHECK((taken == 3ms || taken == 5ms));
  }
  CHECK(detours == path.counters().reordered);
  CHECK(detours > 50);
}

TEST_CASE("impaired path: corruption flips one bit and takes the device's word back", "[tun][impairment]") {
  ImpairedPath path = path_with({.corrupt = 1});
  std::set<std::size_t> places;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const PacketOnPath original = numbered(i, 40);
    path.push(Instant{}, original);
    const auto packet = path.pop(Instant{});
    REQUIRE(packet);
    CHECK_FALSE(packet->checksum_verified);
    std::size_t flipped = 0;
    for (std::size_t bit = 0; bit < 320; ++bit) {
      if (((packet->octets[bit / 8] ^ original.octets[bit / 8]) >> (bit % 8) & 1) == 0) continue;
      ++flipped;
      places.insert(bit);
    }
    CHECK(flipped == 1);
  }
  CHECK(places.size() > 100);  // anywhere
}

TEST_CASE("impaired path: a packet takes the delay, and up to the jitter longer", "[tun][impairment]") {
  ImpairedPath path = path_with({.delay = 20ms, .jitter = 5ms});
  const auto deliveries = play(path, 1000, 10ms);
  REQUIRE(deliveries.size() == 1000);
  Duration least = 1h;
  Duration most{};
  for (const Delivery& delivery : deliveries) {
    const Duration taken = delivery.at - Instant{delivery.number * 10ms};
    least = std::min(least, taken);
    most = std::max(most, taken);
  }
  CHECK(least >= 20ms);
  CHECK(least < 21ms);
  CHECK(most <= 25ms);
  CHECK(most > 24ms);
}

TEST_CASE("impaired path: jitter does not change the order", "[tun][impairment]") {
  ImpairedPath path = path_with({.delay = 20ms, .jitter = 5ms});
  const auto deliveries = play(path, 1000, 100us);
  REQUIRE(deliveries.size() == 1000);
  for (std::uint32_t i = 0; i < 1000; ++i) CHECK(deliveries[i].number == i);
}

TEST_CASE("impaired path: a rate spaces packets by their size", "[tun][impairment]") {
  ImpairedPath path = path_with({.rate = 8'000'000});  // an octet a microsecond
  const auto deliveries = play(path, 10, 0us, 1000);
  REQUIRE(deliveries.size() == 10);
  for (std::uint32_t i = 0; i < 10; ++i) CHECK(deliveries[i].at == Instant{(i + 1) * 1ms});
}

TEST_CASE("impaired path: the queue before a rate is bounded, and what finds it full is lost", "[tun][impairment]") {
  ImpairedPath path = path_with({.rate = 8'000'000});
  const auto deliveries = play(path, 1000, 0us, 1000);
  CHECK(deliveries.size() >= 100);  // 100 ms' worth
  CHECK(deliveries.size() <= 102);
  CHECK(path.counters().queue_full == 1000 - deliveries.size());
}

TEST_CASE("impaired path: a queue of one's own size, and how full it is", "[tun][impairment]") {
  ImpairedPath path = path_with({.rate = 8'000'000, .queue = 20ms});  // an octet a microsecond
  CHECK(path.queue().octets(Instant{}) == 0);
  CHECK(path.queue().idle(Instant{5ms}) == 5ms);
  for (std::uint32_t i = 0; i < 100; ++i) path.push(Instant{}, numbered(i, 1000));
  CHECK(path.counters().queue_full == 79);  // one that finds it just not full is taken
  CHECK(path.queue().octets(Instant{}) == 21'000);
  CHECK(path.queue().octets(Instant{20ms}) == 1000);
  CHECK(path.queue().octets(Instant{30ms}) == 0);
  CHECK(path.queue().idle(Instant{30ms}) == 9ms);
}

TEST_CASE("impaired path: however slow the rate, ten large packets have room", "[tun][impairment]") {
  ImpairedPath path = path_with({.rate = 1000});
  CHECK(play(path, 10, 0us, 1500).size() == 10);
}

TEST_CASE("impaired path: one seed, one fate; another seed, another", "[tun][impairment]") {
  const Impairment bad{.loss = 0.1, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1, .delay = 1ms, .jitter = 1ms};
  ImpairedPath one = path_with(bad, 7);
  ImpairedPath same = one;  // a value: a copy goes on by itself
  ImpairedPath other = path_with(bad, 8);
  const auto deliveries = play(one, 500, 50us);
  CHECK(play(same, 500, 50us) == deliveries);
  CHECK(play(other, 500, 50us) != deliveries);
}

TEST_CASE("impaired path: changing one share leaves the fates by the others alone", "[tun][impairment]") {
  ImpairedPath one = path_with({.loss = 0.1});
  ImpairedPath two = path_with({.loss = 0.1, .duplicate = 0.5});
  const auto numbers = [](const std::vector<Delivery>& deliveries) {
    std::set<std::uint32_t> all;
    for (const Delivery& delivery : deliveries) all.insert(delivery.number);
    return all;
  };
  CHECK(numbers(play(one, 500, 1us)) == numbers(play(two, 500, 1us)));
}

TEST_CASE("impaired path: marks take their share of what is ECN-capable, and decide nothing else (RFC 3168 §5)",
          "[tun][impairment][RFC3168]") {
  test::TcpPacket segment;
  segment.source = {IpAddress::v4(192, 0, 2, 1), 1};
  segment.destination = {IpAddress::v4(192, 0, 2, 2), 2};
  segment.flags = test::ACK;
  // Whether of each of 1000 segments it came through, and if so, whether it is marked.
  const auto fates = [&](double mark, std::uint8_t traffic_class) {
    ImpairedPath path = path_with({.loss = 0.1, .mark = mark});
    segment.traffic_class = traffic_class;
    std::vector<std::optional<bool>> result;
    for (std::uint32_t number = 0; number < 1000; ++number) {
      path.push(Instant{}, {.octets = test::build(segment), .checksum_verified = true});
      const auto packet = path.pop(Instant{});
      result.emplace_back();
      if (!packet) continue;
      const test::ReadPacket read_packet = test::read(packet->octets);
      result.back() = std::get<test::TcpPacket>(read_packet).traffic_class == 0b11;
    }
    const auto marked = static_cast<std::uint64_t>(std::ranges::count(result, std::optional{true}));
    CHECK(marked == path.counters().marked);
    return result;
  };
  const auto marked = fates(0.3, 0b10);
  const auto unmarked = fates(0, 0b10);
  for (std::size_t i = 0; i < marked.size(); ++i) CHECK(marked[i].has_value() == unmarked[i].has_value());
  CHECK(std::ranges::count(marked, std::optional{true}) > 200);
  CHECK(std::ranges::count(marked, std::optional{true}) < 350);
  CHECK(std::ranges::count(unmarked, std::optional{true}) == 0);
  CHECK(std::ranges::count(fates(1, 0b01), std::optional{false}) == 0);
  CHECK(std::ranges::count(fates(1, 0b00), std::optional{true}) == 0);
}
