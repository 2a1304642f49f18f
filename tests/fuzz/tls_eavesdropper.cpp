// Any octets of two ends, and any lines of a key log, through the eavesdropper. Invariants:
//  - nothing crashes, reads outside or throws;
//  - heard whole or octet by octet, the streams say the same;
//  - each message ends within what was heard, those of one end in order, and none comes after "not followed further";
//  - what is said about them can be printed, and is short.
//
// The input is a list of pieces: who says it (or that it is a line of the key log), a length of two octets, the octets.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stack/expects.hpp"
#include "tests/support/fuzz_input.hpp"
#include "tls/eavesdropper.hpp"

namespace {

using namespace handwave;
using tls::Eavesdropper;
using tls::Overheard;
using tls::Speaker;

struct Piece {
  std::uint8_t kind;
  Bytes octets;
};

std::vector<Piece> read_pieces(Bytes data) {
  std::vector<Piece> pieces;
  test::FuzzInput input{data};
  while (!input.empty()) {
    const auto kind = static_cast<std::uint8_t>(input.choice(3));
    pieces.push_back({kind, input.octets(input.word())});
  }
  return pieces;
}

std::vector<Overheard> listen(const std::vector<Piece>& pieces, std::size_t step) {
  Eavesdropper eavesdropper;
  for (const Piece& piece : pieces) {
    if (piece.kind == 2) {
      eavesdropper.add_secret(as_text(piece.octets));
      continue;
    }
    for (Bytes rest = piece.octets; !rest.empty(); rest = rest.subspan(std::min(step, rest.size())))
      eavesdropper.hear(piece.kind == 0 ? Speaker::client : Speaker::server, rest.first(std::min(step, rest.size())));
  }
  eavesdropper.stop_waiting();
  return eavesdropper.take();
}

bool is_short_and_printable(const std::string& text) {
  return text.size() < 1000 && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check(const std::vector<Overheard>& messages, const std::array<std::uint64_t, 2>& heard) {
  std::array<std::uint64_t, 2> end{};
  std::array<bool, 2> over{};
  for (const Overheard& message : messages) {
    const auto from = static_cast<std::size_t>(message.from);
    expects(!over[from], "what is given up is not taken up again");
    over[from] = message.kind == Overheard::Kind::trouble;
    expects(message.end >= end[from] && message.end <= heard[from], "messages end in order, within what was heard");
    end[from] = message.end;
    expects(is_short_and_printable(message.name) && is_short_and_printable(message.text), "texts can be shown");
    expects(message.beginning.size() <= Overheard::max_beginning, "of data only the beginning is kept");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Piece> pieces = read_pieces({data, size});
  std::array<std::uint64_t, 2> heard{};
  for (const Piece& piece : pieces)
    if (piece.kind < 2) heard[piece.kind] += piece.octets.size();
  const std::vector<Overheard> whole = listen(pieces, SIZE_MAX);
  check(whole, heard);
  const std::vector<Overheard> octet_by_octet = listen(pieces, 1);
  expects(whole == octet_by_octet, "it does not matter how the octets come");
  return 0;
}
