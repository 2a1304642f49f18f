// The last packets of a world as a ladder: who sent what, and what arrived where.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "stack/time.hpp"
#include "tests/support/oracle_packet.hpp"

namespace handwave::sim {

/// Lines of the newest `limit` happenings; older ones are forgotten.
class Ladder {
 public:
  explicit Ladder(std::size_t limit) : limit_(limit) {}

  void sent(Instant at, const std::string& node, const test::TcpPacket& packet, Seq seq_base, Seq ack_base);
  void arrived(Instant at, const std::string& node, const test::TcpPacket& packet, Seq seq_base, Seq ack_base);
  void note(Instant at, const std::string& what);
  [[nodiscard]] std::string to_string() const;

 private:
  struct Line {
    Instant at;
    std::string arrow;
    test::TcpPacket packet;  ///< without its text
    std::size_t text_size = 0;
    Seq seq_base;
    Seq ack_base;
    bool is_note = false;
  };
  void add(Line line);

  std::size_t limit_;
  std::size_t forgotten_ = 0;
  std::deque<Line> lines_;
};

}  // namespace handwave::sim
