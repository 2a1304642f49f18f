// The reference model and the oracle (tests/model, tests/oracle), taken through the corpus of the state_machine target:
// what the fuzzer found once holds in every build.
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/oracle/walk.hpp"

namespace handwave::oracle {

TEST_CASE("The stack is where the model of RFC 9293 §3.10 is, on every walk of the corpus", "[3.10.7][3.3.2]") {
  std::size_t walks = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/corpus/state_machine")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<std::uint8_t> octets{std::istreambuf_iterator<char>(file), {}};
    INFO(entry.path());
    CHECK_NOTHROW(walk(octets, true));
    ++walks;
  }
  CHECK(walks > 100);
}

}  // namespace handwave::oracle
