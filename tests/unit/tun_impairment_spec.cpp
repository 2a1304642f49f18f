// The language of --impair.
#include "tun/impairment_spec.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace handwave;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("impairment spec: every key, for both directions", "[tun][impairment]") {
  const auto parsed = parse_impairments(
      "loss=5%,mark=3%,reorder=2%,duplicate=1%,corrupt=0.1%,delay=20ms,jitter=5ms,detour=8ms,rate=100mbit,queue=50ms");
  REQUIRE(parsed);
  CHECK(parsed->in == parsed->out);
  CHECK(parsed->in.loss == 0.05);
  CHECK(parsed->in.mark == 0.03);
  CHECK(parsed->in.reorder == 0.02);
  CHECK(parsed->in.duplicate == 0.01);
  CHECK(parsed->in.corrupt == 0.001);
  CHECK(parsed->in.delay == 20ms);
  CHECK(parsed->in.jitter == 5ms);
  CHECK(parsed->in.detour == 8ms);
  CHECK(parsed->in.rate == 100'000'000);
  CHECK(parsed->in.queue == 50ms);
}

TEST_CASE("impairment spec: one direction alone, and the later word counts", "[tun][impairment]") {
  const auto parsed = parse_impairments("loss=5%,in.loss=1%,out.delay=1.5s");
  REQUIRE(parsed);
  CHECK(parsed->in.loss == 0.01);
  CHECK(parsed->out.loss == 0.05);
  CHECK(parsed->in.delay == 0s);
  CHECK(parsed->out.delay == 1500ms);
}

TEST_CASE("impairment spec: units", "[tun][impairment]") {
  const auto parsed = parse_impairments("in.delay=7ns,out.delay=7us,in.rate=56kbit,out.rate=2.5gbit,jitter=3s");
  REQUIRE(parsed);
  CHECK(parsed->in.delay == 7ns);
  CHECK(parsed->out.delay == 7us);
  CHECK(parsed->in.rate == 56'000);
  CHECK(parsed->out.rate == 2'500'000'000);
  CHECK(parsed->out.jitter == 3s);
}

TEST_CASE("impairment spec: what is wrong is named, with what would be right", "[tun][impairment]") {
  const auto error = [](std::string_view spec) {
    const auto parsed = parse_impairments(spec);
    return parsed ? std::string("accepted") : parsed.error();
  };
  CHECK_THAT(error(""), ContainsSubstring("'' is not of the form KEY=VALUE"));
  CHECK_THAT(error("loss=5%,"), ContainsSubstring("'' is not of the form KEY=VALUE"));
  CHECK_THAT(error("lose=5%"), ContainsSubstring("'lose=5%' is none of loss, mark, duplicate"));
  CHECK_THAT(error("up.loss=5%"), ContainsSubstring("is none of"));
  CHECK_THAT(error("in.out.loss=5%"), ContainsSubstring("is none of"));
  CHECK_THAT(error("loss=5"), ContainsSubstring("'loss=5' is not a share such as 5%"));
  CHECK_THAT(error("loss=101%"), ContainsSubstring("more than all packets"));
  CHECK_THAT(error("loss=-1%"), ContainsSubstring("is not a share"));
  CHECK_THAT(error("loss=nan%"), ContainsSubstring("is not a share"));
  CHECK_THAT(error("loss=%"), ContainsSubstring("is not a share"));
  CHECK_THAT(error("delay=20"), ContainsSubstring("is not a time such as 20ms"));
  CHECK_THAT(error("delay=2h"), ContainsSubstring("is not a time"));
  CHECK_THAT(error("delay=4000s"), ContainsSubstring("more than an hour"));
  CHECK_THAT(error("rate=0mbit"), ContainsSubstring("is not from 1kbit"));
  CHECK_THAT(error("rate=100mb"), ContainsSubstring("is not a rate such as 100mbit"));
  CHECK_THAT(error("rate=1e99gbit"), ContainsSubstring("is not a rate"));
}
