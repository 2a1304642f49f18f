// The tables that find a connection by its sockets: live ones, half-open ones (RFC 4987 §3.5), those in TIME-WAIT.
#include "stack/tcp/flow_table.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <list>
#include <map>
#include <set>

#include "stack/tcp/ephemeral_port.hpp"
#include "stack/tcp/syn_cache.hpp"
#include "stack/tcp/time_wait.hpp"
#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::sockets_number;

constexpr SipKey key{11, 22};

TEST_CASE("RFC 9293 §3.3.1: a connection is found by both of its sockets, and by nothing less", "[flow_table]") {
  FlowTable<int> table{key};
  const FourTuple sockets = sockets_number(1);
  CHECK(table.find(sockets) == nullptr);
  CHECK_FALSE(table.erase(sockets));
  CHECK(table.insert(sockets, 5));
  CHECK_FALSE(table.insert(sockets, 6));
  REQUIRE(table.find(sockets) != nullptr);
  CHECK(*std::as_const(table).find(sockets) == 5);
  CHECK(table.find(sockets.reversed()) == nullptr);
  FourTuple other = sockets;
  ++other.remote.port;
  CHECK(table.find(other) == nullptr);
  CHECK(table.erase(sockets));
  CHECK(table.size() == 0);
}

TEST_CASE("Any mix of insertions and removals agrees with a map", "[flow_table]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    FlowTable<std::uint64_t> table{random.key()};
    std::map<FourTuple, std::uint64_t> model;
    const std::uint64_t variety = 10 + random.below(2000);
    for (int step = 0; step < 10'000; ++step) {
      const FourTuple sockets = sockets_number(static_cast<std::uint32_t>(random.below(variety)));
      const std::uint64_t value = random.next();
      switch (random.below(3)) {
        case 0:
          REQUIRE(table.insert(sockets, value) == model.emplace(sockets, value).second);
          break;
        case 1:
          REQUIRE(table.erase(sockets) == (model.erase(sockets) == 1));
          break;
        default: {
          const std::uint64_t* found = table.find(sockets);
          const auto expected = model.find(sockets);
          REQUIRE((found != nullptr) == (expected != model.end()));
          if (found != nullptr) REQUIRE(*found == expected->second);
        }
      }
      REQUIRE(table.size() == model.size());
    }
    for (const auto& [sockets, value] : model) {
      REQUIRE(table.find(sockets) != nullptr);
      REQUIRE(*table.find(sockets) == value);
    }
  }
}

TEST_CASE("Connections that come and go for ever leave no decay behind", "[flow_table]") {
  FlowTable<std::uint32_t> table{key};
  for (std::uint32_t n = 0; n < 1000; ++n) table.insert(sockets_number(n), n);
  const std::size_t memory = table.memory();
  for (std::uint32_t n = 1000; n < 300'000; ++n) {
    REQUIRE(table.erase(sockets_number(n - 1000)));
    REQUIRE(table.insert(sockets_number(n), n));
  }
  CHECK(table.size() == 1000);
  CHECK(table.memory() == memory);
  for (std::uint32_t n = 299'000; n < 300'000; ++n) REQUIRE(*table.find(sockets_number(n)) == n);
}

TEST_CASE("Erasing shifts back what probing would lose, all around the end of the array", "[flow_table]") {
  // Hashes of few different values, so that long runs form and wrap.
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    FlowIndex index;
    std::map<std::uint32_t, std::uint64_t> model;
    const auto is_found = [&](std::uint32_t id, std::uint64_t hash) {
      return index.find(hash, [id](std::uint32_t other) { return other == id; }) == id;
    };
    for (int step = 0; step < 2000; ++step) {
      const auto id = static_cast<std::uint32_t>(random.below(40));
      if (model.contains(id)) {
        if (random.below(4) == 0) {
          const auto renamed = static_cast<std::uint32_t>(1000 + step);
          index.rename(model.at(id), id, renamed);
          REQUIRE(is_found(renamed, model.at(id)));
          index.erase(model.at(id), renamed);
        } else {
          index.erase(model.at(id), id);
        }
        REQUIRE_FALSE(is_found(id, model.at(id)));
        model.erase(id);
      } else {
        const std::uint64_t hash = random.below(2) == 0 ? 0xffffffff - random.below(3) : random.below(3);
        index.insert(hash, id);
        model.emplace(id, hash);
      }
      REQUIRE(index.size() == model.size());
      for (const auto& [held, hash] : model) REQUIRE(is_found(held, hash));
    }
  }
}

TEST_CASE("A copy of a flow table is a table of its own", "[flow_table]") {
  FlowTable<int> table{key};
  for (std::uint32_t n = 0; n < 100; ++n) table.insert(sockets_number(n), 1);
  FlowTable<int> copy = table;
  for (std::uint32_t n = 0; n < 100; ++n) table.erase(sockets_number(n));
  CHECK(table.size() == 0);
  CHECK(copy.size() == 100);
  CHECK(copy.find(sockets_number(99)) != nullptr);
}

TEST_CASE("A quarter of a million connections cost the table less than a hundred octets each", "[flow_table]") {
  FlowTable<std::uint32_t> table{key};
  for (std::uint32_t n = 0; n < 1 << 18; ++n) table.insert(sockets_number(n), n);
  CHECK(table.memory() < std::size_t{100} << 18);
}

// ---- The SYN cache ----

HalfOpen half_open(std::uint32_t n, Instant deadline) {
  HalfOpen entry;
  entry.sockets = sockets_number(n);
  entry.irs = Seq{n};
  entry.deadline = deadline;
  entry.listener = n % 3;
  return entry;
}

TEST_CASE("RFC 4987 §3.5: half-open connections are found, and are refused beyond the limit",
          "[syn_cache][RFC4987][4987-3.5-b]") {
  SynCache cache{2, key};
  CHECK(cache.memory() == 0);
  CHECK(cache.find(sockets_number(1)) == nullptr);
  REQUIRE(cache.insert(half_open(1, at(1s))) != nullptr);
  REQUIRE(cache.insert(half_open(2, at(1s))) != nullptr);
  CHECK(cache.insert(half_open(3, at(1s))) == nullptr);
  CHECK(cache.size() == 2);
  CHECK(cache.find(sockets_number(2))->irs == Seq{2});
  cache.erase(sockets_number(1));
  cache.erase(sockets_number(1));
  CHECK(cache.find(sockets_number(1)) == nullptr);
  CHECK(cache.insert(half_open(3, at(1s))) != nullptr);
}

TEST_CASE("RFC 4987 §3.5: each half-open connection comes up when it is due, until it is dealt with", "[syn_cache]") {
  SynCache cache{10, key};
  cache.insert(half_open(1, at(3s)));
  cache.insert(half_open(2, at(1s)));
  CHECK(cache.next_deadline() == at(1s));
  CHECK(cache.due(at(999ms)) == nullptr);
  REQUIRE(cache.due(at(1s)) != nullptr);
  HalfOpen& first = *cache.due(at(1s));
  CHECK(first.irs == Seq{2});
  ++first.retransmissions;
  cache.reschedule(first, at(5s));
  CHECK(cache.due(at(1s)) == nullptr);
  CHECK(cache.next_deadline() == at(3s));
  CHECK(cache.due(at(10s))->irs == Seq{1});
  cache.erase(sockets_number(1));
  CHECK(cache.due(at(10s))->irs == Seq{2});
  CHECK(cache.due(at(10s))->retransmissions == 1);
  CHECK(cache.due(at(10s))->deadline == at(5s));
}

TEST_CASE("A listener that closes takes its half-open connections along", "[syn_cache]") {
  SynCache cache{100, key};
  for (std::uint32_t n = 0; n < 30; ++n) cache.insert(half_open(n, at(1s)));
  cache.erase(sockets_number(0));
  cache.erase_if([](const HalfOpen& entry) { return entry.listener == 0; });
  CHECK(cache.size() == 20);
  for (std::uint32_t n = 0; n < 30; ++n) CHECK((cache.find(sockets_number(n)) == nullptr) == (n % 3 == 0));
}

TEST_CASE("Ten thousand half-open connections cost less than 4 MB, however often they are replaced",
          "[syn_cache][4987-3.5-a]") {
  SynCache cache{10'000, key};
  for (std::uint32_t n = 0; n < 50'000; ++n) {
    if (n >= 10'000) cache.erase(sockets_number(n - 10'000));
    REQUIRE(cache.insert(half_open(n, at(std::chrono::milliseconds{n}))) != nullptr);
  }
  CHECK(cache.size() == 10'000);
  CHECK(cache.memory() < 4'000'000);
}

TEST_CASE("Any mix of SYNs, retransmissions and completions agrees with a map", "[syn_cache]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    SynCache cache{50, random.key()};
    std::map<std::uint32_t, Instant> model;
    for (int step = 0; step < 3000; ++step) {
      const auto n = static_cast<std::uint32_t>(random.below(100));
      const Instant when = at(std::chrono::milliseconds{random.below(10'000)});
      switch (random.below(4)) {
        case 0:
          if (model.contains(n)) break;
          REQUIRE((cache.insert(half_open(n, when)) != nullptr) == (model.size() < 50));
          if (model.size() < 50) model.emplace(n, when);
          break;
        case 1:
          cache.erase(sockets_number(n));
          model.erase(n);
          break;
        case 2:
          if (HalfOpen* entry = cache.find(sockets_number(n))) {
            cache.reschedule(*entry, when);
            model.at(n) = when;
          }
          break;
        default:
          if (HalfOpen* entry = cache.due(when)) {
            REQUIRE(model.at(entry->irs.value()) == entry->deadline);
            REQUIRE(entry->deadline <= when);
          }
      }
      REQUIRE(cache.size() == model.size());
      REQUIRE((cache.find(sockets_number(n)) != nullptr) == model.contains(n));
      std::optional<Instant> earliest;
      for (const auto& [number, deadline] : model) earliest = std::min(earliest.value_or(deadline), deadline);
      REQUIRE(cache.next_deadline() == earliest);
    }
  }
}

// ---- TIME-WAIT ----

TimeWaitEntry time_wait(std::uint32_t n, Instant deadline) {
  TimeWaitEntry entry;
  entry.sockets = sockets_number(n);
  entry.rcv_nxt = Seq{n};
  entry.deadline = deadline;
  return entry;
}

std::vector<std::uint32_t> expired(TimeWaitTable& table, Instant now) {
  std::vector<std::uint32_t> numbers;
  const std::size_t count =
      table.expire(now, [&](const TimeWaitEntry& entry) { numbers.push_back(entry.rcv_nxt.value()); });
  CHECK(count == numbers.size());
  return numbers;
}

TEST_CASE("RFC 9293 §3.6.1: TIME-WAIT entries expire in the order in which they came", "[time_wait][MUST-13]") {
  TimeWaitTable table{100, key};
  CHECK_FALSE(table.next_deadline());
  for (std::uint32_t n = 0; n < 5; ++n) CHECK_FALSE(table.insert(time_wait(n, at(n * 1s))));
  CHECK(table.next_deadline() == at(0s));
  CHECK(expired(table, at(2s)) == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(table.find(sockets_number(1)) == nullptr);
  CHECK(table.find(sockets_number(3)) != nullptr);
  CHECK(table.next_deadline() == at(3s));
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: a FIN that comes again restarts the 2 MSL timeout", "[time_wait]") {
  TimeWaitTable table{100, key};
  for (std::uint32_t n = 0; n < 3; ++n) table.insert(time_wait(n, at(n * 1s)));
  table.restart(*table.find(sockets_number(0)), at(10s));
  table.restart(*table.find(sockets_number(0)), at(11s));
  CHECK(expired(table, at(10s)) == std::vector<std::uint32_t>{1, 2});
  CHECK(table.next_deadline() == at(11s));
  CHECK(expired(table, at(11s)) == std::vector<std::uint32_t>{0});
  CHECK_FALSE(table.next_deadline());
}

TEST_CASE("At the limit of TIME-WAIT the oldest entry goes", "[time_wait]") {
  TimeWaitTable table{3, key};
  for (std::uint32_t n = 0; n < 3; ++n) CHECK_FALSE(table.insert(time_wait(n, at(n * 1s))));
  CHECK(table.insert(time_wait(3, at(3s))));
  CHECK(table.size() == 3);
  CHECK(table.find(sockets_number(0)) == nullptr);
  CHECK(expired(table, at(1h)) == std::vector<std::uint32_t>{1, 2, 3});
  TimeWaitTable none{0, key};
  CHECK(none.insert(time_wait(1, at(1s))));
  CHECK(none.size() == 0);
}

TEST_CASE("An expired TIME-WAIT entry may be inserted again while the others are told of", "[time_wait]") {
  TimeWaitTable table{100, key};
  for (std::uint32_t n = 0; n < 3; ++n) table.insert(time_wait(n, at(1s)));
  std::size_t told = table.expire(at(1s), [&](const TimeWaitEntry& entry) {
    TimeWaitEntry again = entry;
    again.deadline = at(2s);
    table.insert(again);
  });
  CHECK(told == 3);
  CHECK(table.size() == 3);
  CHECK(table.next_deadline() == at(2s));
}

TEST_CASE("A hundred thousand TIME-WAIT entries cost about a hundred octets each", "[time_wait]") {
  TimeWaitTable table{1 << 17, key};
  CHECK(table.memory() == 0);
  for (std::uint32_t n = 0; n < 1 << 17; ++n) table.insert(time_wait(n, at(1s)));
  CHECK(table.memory() <= std::size_t{128} << 17);
  CHECK(sizeof(TimeWaitEntry) <= 96);
}

/// Processor time of looking up, as each segment does, a live connection and then what is nowhere.
std::clock_t time_of_lookups(std::uint32_t in_time_wait) {
  FlowTable<std::uint32_t> live{key};
  TimeWaitTable table{1 << 18, key};
  for (std::uint32_t n = 0; n < 100; ++n) live.insert(sockets_number(n), n);
  for (std::uint32_t n = 0; n < in_time_wait; ++n) table.insert(time_wait(1000 + n, at(1s)));
  const std::clock_t start = std::clock();
  std::size_t found = 0;
  for (std::uint32_t n = 0; n < 100'000; ++n) {
    if (live.find(sockets_number(n % 100)) != nullptr) ++found;
    if (table.find(sockets_number(n % 100)) != nullptr) ++found;
  }
  const std::clock_t time = std::clock() - start;
  CHECK(found == 100'000);
  return time;
}

TEST_CASE("TIME-WAIT entries slow no lookup", "[time_wait][regression]") {
  // A list of them would take hundreds of times longer; ten leaves room for caches and for others at the machine.
  CHECK(time_of_lookups(1 << 17) < 10 * time_of_lookups(1));
}

TEST_CASE("TIME-WAIT entries that come and go use the same places again", "[time_wait]") {
  TimeWaitTable table{1 << 17, key};
  for (std::uint32_t n = 0; n < 10'000; ++n) {
    table.insert(time_wait(n, at(n * 1ms)));
    table.expire(at(n * 1ms - 100ms), [](const TimeWaitEntry&) {});
  }
  CHECK(table.size() == 100);
  CHECK(table.memory() < 128 * 128 + 2048);
}

TEST_CASE("Any mix of TIME-WAIT entries coming, restarting and going agrees with a list", "[time_wait]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    TimeWaitTable table{40, random.key()};
    std::list<std::pair<std::uint32_t, Instant>> model;  // the oldest first
    const auto find = [&](std::uint32_t n) {
      return std::ranges::find_if(model, [n](const auto& entry) { return entry.first == n; });
    };
    Instant now = at(0s);
    for (int step = 0; step < 3000; ++step) {
      now += std::chrono::milliseconds{random.below(20)};
      const auto n = static_cast<std::uint32_t>(random.below(80));
      const auto held = find(n);
      switch (random.below(4)) {
        case 0:
        case 1:
          if (held != model.end()) {
            table.restart(*table.find(sockets_number(n)), now + 1s);
            model.erase(held);
          } else {
            REQUIRE(table.insert(time_wait(n, now + 1s)) == (model.size() == 40));
            if (model.size() == 40) model.pop_front();
          }
          model.emplace_back(n, now + 1s);
          break;
        case 2:
          table.erase(sockets_number(n));
          if (held != model.end()) model.erase(held);
          break;
        default: {
          std::vector<std::uint32_t> expected;
          for (; !model.empty() && model.front().second <= now; model.pop_front())
            expected.push_back(model.front().first);
          REQUIRE(expired(table, now) == expected);
        }
      }
      REQUIRE(table.size() == model.size());
      REQUIRE((table.find(sockets_number(n)) != nullptr) == (find(n) != model.end()));
      REQUIRE(table.next_deadline() == (model.empty() ? std::nullopt : std::optional{model.front().second}));
    }
  }
}

// ---- Ephemeral ports ----

TEST_CASE("RFC 6056 §3.3.4: ports for one remote socket follow one another, and do not soon come back",
          "[ephemeral_port][RFC6056]") {
  EphemeralPorts ports;
  const FourTuple sockets = sockets_number(1);
  std::set<std::uint16_t> seen;
  for (std::uint32_t i = 0; i < EphemeralPorts::count; ++i) {
    const auto port = ports.choose(key, sockets.local.address, sockets.remote, [](std::uint16_t) { return false; });
    REQUIRE(port);
    REQUIRE(*port >= EphemeralPorts::first);
    seen.insert(*port);
  }
  CHECK(seen.size() == EphemeralPorts::count);
}

TEST_CASE("RFC 6056 §3.3.4: ports in use are passed over, and when all are, there is none",
          "[ephemeral_port][RFC6056]") {
  EphemeralPorts ports;
  const FourTuple sockets = sockets_number(2);
  const auto all_but_one = [](std::uint16_t port) { return port != 60'000; };
  for (int i = 0; i < 3; ++i) CHECK(ports.choose(key, sockets.local.address, sockets.remote, all_but_one) == 60'000);
  std::set<std::uint16_t> asked;
  CHECK_FALSE(ports.choose(key, sockets.local.address, sockets.remote,
                           [&](std::uint16_t port) { return asked.insert(port), true; }));
  CHECK(asked.size() == EphemeralPorts::count);
}

TEST_CASE("RFC 6056 §3.3.4: the first port depends on the remote socket and on the secret",
          "[ephemeral_port][RFC6056]") {
  const auto free = [](std::uint16_t) { return false; };
  std::set<std::uint16_t> by_remote, by_key;
  for (std::uint32_t n = 0; n < 200; ++n) {
    EphemeralPorts fresh, other;
    const FourTuple sockets = sockets_number(n);
    by_remote.insert(*fresh.choose(key, sockets.local.address, sockets.remote, free));
    by_key.insert(*other.choose({n, 5}, sockets_number(0).local.address, sockets_number(0).remote, free));
  }
  CHECK(by_remote.size() > 190);
  CHECK(by_key.size() > 190);
}

}  // namespace
}  // namespace handwave::tcp
