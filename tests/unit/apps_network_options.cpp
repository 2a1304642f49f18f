// What the command line may ask of a network, and what is said about the rest.
#include "apps/network_options.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "apps/usage_error.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

NetworkOptions with_addresses(std::vector<std::string> addresses) {
  NetworkOptions options;
  options.addresses = std::move(addresses);
  return options;
}

std::vector<std::string> kernel_side(std::vector<std::string> addresses) {
  std::vector<std::string> texts;
  for (const AddressPrefix& prefix : resolve(with_addresses(std::move(addresses))).device.tun.kernel_addresses)
    texts.push_back(prefix.to_string());
  return texts;
}

void check_refused(const NetworkOptions& options, const std::string& because) {
  CHECK_THROWS_MATCHES(resolve(options), UsageError, MessageMatches(ContainsSubstring(because)));
}

}  // namespace

TEST_CASE("The kernel's side has the first address of each network, unless that is ours", "[apps]") {
  using Texts = std::vector<std::string>;
  CHECK(kernel_side({"192.0.2.2/24", "2001:db8::2/64"}) == Texts{"192.0.2.1/24", "2001:db8::1/64"});
  CHECK(kernel_side({"192.0.2.1/24"}) == Texts{"192.0.2.2/24"});
  CHECK(kernel_side({"192.0.2.2/24", "192.0.2.3/24"}) == Texts{"192.0.2.1/24"});
  CHECK(kernel_side({"10.1.2.2/30"}) == Texts{"10.1.2.1/30"});
  CHECK(kernel_side({"10.1.2.200/25"}) == Texts{"10.1.2.129/25"});
  CHECK(kernel_side({"192.0.2.2/32"}).empty());
}

TEST_CASE("Addresses that no host can have are refused", "[apps]") {
  check_refused(with_addresses({"192.0.2.2"}), "'192.0.2.2'");
  check_refused(with_addresses({"192.0.2.2/33"}), "'192.0.2.2/33'");
  check_refused(with_addresses({"192.0.2.255/24"}), "no host can have 192.0.2.255/24");
  check_refused(with_addresses({"224.0.0.1/4"}), "no host");
  check_refused(with_addresses({"127.0.0.1/8"}), "no host");
  check_refused(with_addresses({"::/64"}), "no host");
  check_refused(with_addresses({"192.0.2.2/24", "192.0.2.2/25"}), "twice");
  NetworkOptions options = with_addresses({"192.0.2.2/24"});
  options.kernel_addresses = {"192.0.2.2/24"};
  check_refused(options, "both");
}

TEST_CASE("An MTU below what IPv4 or IPv6 needs is refused, and says which", "[apps]") {
  NetworkOptions options = with_addresses({"192.0.2.2/24", "2001:db8::2/64"});
  options.mtu = 1279;
  check_refused(options, "IPv6 needs 1280");
  options.mtu = 1280;
  CHECK(resolve(options).stack.mtu == 1280);
  options.addresses = {"192.0.2.2/24"};
  options.mtu = 576;
  CHECK(resolve(options).device.tun.mtu == 576);
  for (const std::int64_t small : {575, 10, 0, -1}) {
    options.mtu = small;
    check_refused(options, "too small");
  }
  options.mtu = 65536;
  check_refused(options, "too large");
}

TEST_CASE("Time limits and impairments are checked before anything is opened", "[apps]") {
  NetworkOptions options = with_addresses({"192.0.2.2/24"});
  options.msl_seconds = 0.5;
  CHECK(resolve(options).stack.msl == 500ms);
  options.msl_seconds = -1;
  check_refused(options, "--msl");
  options.msl_seconds = 1e300;
  check_refused(options, "--msl");
  options.msl_seconds = 1;
  options.impair = "loss=5%,in.delay=20ms";
  CHECK(resolve(options).device.impairments->in.delay == 20ms);
  CHECK(resolve(options).device.impairments->out.delay == 0ms);
  options.impair = "loss=plenty";
  check_refused(options, "bad --impair");
}

TEST_CASE("ECN is agreed to, unless the caller wants more of it or none", "[apps][RFC3168]") {
  NetworkOptions options = with_addresses({"192.0.2.2/24"});
  CHECK(resolve(options).connection.ecn == EcnUse::accept);
  options.ecn = "on";
  CHECK(resolve(options).connection.ecn == EcnUse::on);
  options.ecn = "off";
  CHECK(resolve(options).connection.ecn == EcnUse::off);
  options.ecn = "no";
  check_refused(options, "bad --ecn: no");
}
