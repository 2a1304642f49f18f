// Invariant: however a stream of requests is cut, the parser says the same about it and the server sends the same
// octets back; the server's memory stays within its limits; nothing crashes.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "apps/http/connection.hpp"
#include "apps/http/static_site.hpp"
#include "tests/support/http_transcript.hpp"
#include "tests/support/memory_files.hpp"

namespace {

using namespace handwave::http;

/// Small, so that a fuzzer reaches them.
constexpr RequestLimits limits{.method = 32, .request_line = 128, .head = 512, .fields = 8, .body = 64};

void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

MemoryFiles make_files() {
  MemoryFiles files;
  files.add("index.html", "<p>home");
  files.add("a/index.html", "<p>a");
  files.add("large", std::string(20'000, 'L'));
  return files;
}

/// Everything that a server sends to a client which sends these pieces and then closes.
std::string serve(const std::vector<std::string_view>& pieces) {
  static MemoryFiles files = make_files();
  StaticSite site(files);
  ServerConnection connection(site, nullptr, {}, limits);
  std::string sent;
  auto piece = pieces.begin();
  for (;;) {
    const Step step = connection.next({});
    switch (step.kind) {
      case Step::Kind::read:
        if (piece == pieces.end()) {
          connection.end_of_input();
        } else {
          connection.receive(*piece++);
        }
        break;
      case Step::Kind::send:
        require(!step.octets.empty(), "a step sends something");
        require(step.octets.size() < 64 * 1024, "what is ready to be sent is bounded");
        sent += step.octets;
        break;
      case Step::Kind::send_file: {
        std::vector<std::uint8_t> octets(step.length);
        require(step.file->read(step.offset, octets) == step.length, "a range lies within its file");
        sent.append(octets.begin(), octets.end());
        break;
      }
      case Step::Kind::finish_sending:
        break;
      case Step::Kind::close:
        return sent;
      case Step::Kind::abort:
        require(false, "no file is shorter than promised");
    }
  }
}

}  // namespace

/// The first octet says where the rest is cut in two; it is also cut into pieces of the second octet's size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t middle = stream.size() * data[0] / 256;
  const std::size_t step = std::max<std::size_t>(1, data[1]);

  const std::vector<std::string_view> in_two{stream.substr(0, middle), stream.substr(middle)};
  std::vector<std::string_view> in_pieces;
  for (std::size_t at = 0; at < stream.size(); at += step) in_pieces.push_back(stream.substr(at, step));

  const std::string transcript = request_transcript({stream}, limits);
  require(!transcript.ends_with("not all is consumed\n"), "an event always comes of some octets");
  require(request_transcript(in_two, limits) == transcript, "cut in two the requests are the same");
  require(request_transcript(in_pieces, limits) == transcript, "cut in pieces the requests are the same");
  const std::string sent = serve({stream});
  require(serve(in_two) == sent, "cut in two the responses are the same");
  require(serve(in_pieces) == sent, "cut in pieces the responses are the same");
  return 0;
}
