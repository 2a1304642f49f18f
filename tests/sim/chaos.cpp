// Worlds that are thrown wholly by their seed: networks, buffers, options, plans. Most of what the simulator ever found
// was found here first.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// What a seed decides about the network and the hosts.
class Throws {
 public:
  explicit Throws(std::uint64_t seed) : random_(secret_from_seed(seed * 7919 + 1)) {}

  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  template <class T>
  T any_of(std::initializer_list<T> choice) {
    return choice.begin()[random_.below(choice.size())];
  }

  std::string direction(const std::string& prefix) {
    std::string text = prefix + "delay=" + std::to_string(below(one_in(5) ? 300 : 40)) + "ms";
    const auto share = [&](const char* what, std::uint64_t most) {
      if (one_in(2)) text += "," + prefix + what + "=" + std::to_string(below(most + 1)) + "%";
    };
    share("loss", 12);
    share("reorder", 25);
    share("duplicate", 25);
    share("corrupt", 5);
    if (one_in(3)) text += "," + prefix + "jitter=" + std::to_string(below(60)) + "ms";
    if (one_in(3)) text += "," + prefix + "rate=" + any_of<std::string>({"256kbit", "2mbit", "50mbit"});
    return text;
  }

  PairOptions pair() {
    PairOptions options;
    options.impairments = direction("in.") + "," + direction("out.");
    options.family = any_of({IpAddress::Family::v4, IpAddress::Family::v6});
    options.super_segments = one_in(8);
    options.config.mtu = any_of<std::uint16_t>({1280, 1500, 1500, 9000});
    if (one_in(3)) options.config.max_packet = options.config.mtu;
    if (one_in(4)) options.config.max_out_of_order = any_of<std::size_t>({0, 2000, 20'000});
    options.config.minimum_rto = any_of<Duration>({1s, 1s, 200ms});
    options.connection.nagle = !one_in(3);
    options.connection.receive_buffer = any_of<BufferSize>(
        {500, 4000, 65'536, 1 << 20, BufferSize::growing(4000, 1 << 20), BufferSize::growing(1 << 20, 16 << 20)});
    options.connection.send_buffer =
        any_of<BufferSize>({500, 4000, 65'536, 1 << 20, BufferSize::growing(4000, 1 << 20)});
    options.connection.user_timeout = std::nullopt;  // a network this bad is no reason to give up
    // A peer that went away while its last segments were lost is noticed in the end.
    options.connection.keep_alive = {.enabled = true, .idle = 2min, .interval = 20s, .probes = 20};
    if (one_in(2))
      options.client_isn = any_of({Seq{0x7fff'ff00}, Seq{0xffff'ff00}, Seq{0x7fff'ffff}, Seq{0xffff'ffff}});
    if (one_in(2)) options.server_isn = any_of({Seq{0x7fff'f000}, Seq{0xffff'f000}});
    if (one_in(2)) {
      options.connection.ecn = EcnUse::on;
      options.impairments += ",mark=" + std::to_string(any_of({1, 10, 100})) + "%";
    }
    return options;
  }

  Plan plan(bool may_abort) {
    Plan plan;
    plan.octets = below(one_in(3) ? 100'000 : 5000);
    if (one_in(3)) plan.write_size = 1 + below(2000);
    if (plan.write_size != 0 && plan.write_size < 50) plan.octets = below(2000);
    plan.wait_for_peer = one_in(4);
    if (one_in(4)) {
      plan.read_size = 1 + below(3000);
      plan.read_interval = std::chrono::milliseconds{1 + below(50)};
    }
    if (one_in(6)) plan.read_after = std::chrono::seconds{below(400)};
    if (may_abort && one_in(8)) plan.abort_after = below(3000);
    if (may_abort && one_in(8)) plan.abandon = true;
    return plan;
  }

 private:
  Random random_;
};

void one_connection(std::uint64_t seed) {
  Throws throws(seed);
  const PairOptions options = throws.pair();
  CAPTURE(seed, options.impairments);
  const bool may_abort = throws.one_in(3);
  Plan near = throws.plan(may_abort);
  Plan far = throws.plan(may_abort);
  if (near.wait_for_peer) far.wait_for_peer = false;
  Pair pair(seed, options);
  const auto [here, there] = pair.converse(near, far, 24h);
  if (may_abort) return;
  CHECK_FALSE(here.error);
  CHECK_FALSE(there.error);
  CHECK(here.received == far.octets);
  CHECK(there.received == near.octets);
}

}  // namespace

TEST_CASE("sim: a world thrown by its seed keeps every invariant", "[sim][chaos]") {
  for (const std::uint64_t seed : seeds(60, 5000)) one_connection(seed);
}

/// 8259: the ACK of a half-open connection, to a segment out of order, had a window that was not shifted.
TEST_CASE("sim: the worlds that once broke an invariant keep them all", "[sim][chaos]") {
  for (const std::uint64_t seed : {std::uint64_t{8259}}) one_connection(seed);
}

TEST_CASE("sim: several connections in a world thrown by its seed", "[sim][chaos]") {
  for (const std::uint64_t seed : seeds(10, 9000)) {
    Throws throws(seed);
    PairOptions options = throws.pair();
    options.connection.receive_buffer = std::max(options.connection.receive_buffer.initial, 4000U);
    CAPTURE(seed, options.impairments);
    Pair pair(seed, options);
    Plan far = throws.plan(false);
    far.wait_for_peer = false;
    pair.listen(far);
    const std::size_t count = 2 + throws.below(8);
    for (std::size_t i = 0; i < count; ++i) {
      pair.connect(throws.plan(false));
      pair.world().run_for(std::chrono::milliseconds{throws.below(100)});
    }
    pair.finish(24h);
    for (std::size_t i = 0; i < count; ++i) {
      const Outcome& near = pair.near().outcome(i);
      CHECK_FALSE(near.error);
      check_streams(pair.world(), near, pair.far_outcome(near));
    }
  }
}

}  // namespace handwave::sim
