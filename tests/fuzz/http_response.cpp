// Invariant: however a response is cut, the client's parser says the same about it, whether or not the connection ends
// after it; a response is never complete twice; nothing crashes.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http_transcript.hpp"

namespace {

void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace

/// The first octet says where the rest is cut in two, the second into pieces of what size, the third the method.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handwave::http;
  if (size < 3 || size > 4096) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::size_t middle = stream.size() * data[0] / 256;
  const std::size_t step = std::max<std::size_t>(1, data[1]);
  const Method method = data[2] % 2 == 0 ? Method::get : Method::head;

  const std::vector<std::string_view> in_two{stream.substr(0, middle), stream.substr(middle)};
  std::vector<std::string_view> in_pieces;
  for (std::size_t at = 0; at < stream.size(); at += step) in_pieces.push_back(stream.substr(at, step));
  for (const bool closed : {false, true}) {
    const std::string transcript = response_transcript({stream}, method, closed);
    require(!transcript.ends_with("not all is consumed\n"), "an event always comes of some octets");
    require(response_transcript(in_two, method, closed) == transcript, "cut in two the response is the same");
    require(response_transcript(in_pieces, method, closed) == transcript, "cut in pieces the response is the same");
  }
  return 0;
}
