// The ladder: one connection as it happened on the wire, a rung a segment, as the figures of RFC 9293 §3.5 and §3.6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/message_lines.hpp"
#include "apps/segment_view.hpp"
#include "apps/tls_reader.hpp"
#include "stack/tcp/state.hpp"
#include "stack/time.hpp"

namespace handwave {

/// Both ends' states.
struct LadderStates {
  tcp::State left = tcp::State::closed;
  tcp::State right = tcp::State::listen;
  friend bool operator==(const LadderStates&, const LadderStates&) = default;
};

/// Draws one connection. Left stands the end that sent the first segment. Each rung says when it was, what state either
/// end was in after it, what it did for the connection, and if that carries TLS, which messages it completed. Of bulk
/// that is encrypted only the first record and those of another size are decrypted, so that to watch a connection costs
/// no more than to have it; a response that a server pipelines into the middle of such a run is not named.
class Ladder {
 public:
  static constexpr std::size_t columns = 100;
  static constexpr std::size_t arrow_columns = 43;  ///< of them, for the arrow of a rung with its label
  /// Of a run of plain data and ACKs, this many rungs are drawn, and the rest is summed up in one.
  static constexpr std::size_t plain_run = 6;
  /// From so many rungs on, only those that change a state are drawn: a long connection does not fill the memory.
  static constexpr std::size_t max_rungs = 200;

  using States = LadderStates;

  /// For the connection whose first segment is `first`, sent at `now`. The names say who the ends are.
  Ladder(Instant now, const SegmentView& first, std::string_view left_name, std::string_view right_name,
         States initial = {});

  /// True if `segment` goes from left to right.
  [[nodiscard]] bool is_rightward(const SegmentView& segment) const { return segment.sockets == sockets_; }
  /// A segment of this connection, and the states after it.
  void add(Instant now, const SegmentView& segment, States after);
  /// A line of TLS's key log, of this connection or another, before or after the segments that it decrypts.
  void add_secret(std::string_view key_log_line);
  /// No more secrets will come: what waits for one is drawn as it is.
  void stop_waiting();
  [[nodiscard]] const States& states() const { return states_; }
  /// Neither end has anything left to do but wait in TIME-WAIT.
  [[nodiscard]] bool finished() const;
  /// The drawing so far, many lines; `title` stands above it.
  [[nodiscard]] std::string draw(std::string_view title) const;

 private:
  /// What is known of what one end has sent.
  struct Side {
    std::optional<Seq> iss;
    Seq nxt;                 ///< the highest sent, and one
    std::optional<Seq> fin;  ///< its FIN's place
    bool fin_acknowledged = false;
    bool closed_first = false;
    bool close_notify = false;  ///< TLS's own end of what it says (RFC 8446 §6.1)
  };
  /// Segments that were summed up.
  struct Sum {
    std::uint64_t segments = 0;
    std::uint64_t octets = 0;
  };
  struct Rung {
    Duration at{};
    States after;
    bool rightward = true;
    std::string label;
    std::string note;
    std::string text;                            ///< a line of the application's, below the rung
    std::uint64_t text_begin = 0, text_end = 0;  ///< its place in its direction's stream
    MessageLines messages;
    Sum rightwards, leftwards;  ///< if it sums up others: how many each way
  };

  std::string note(const SegmentView& segment, Side& sender, Side& receiver);
  static std::string opening_note(const SegmentView& segment, Side& sender, const Side& receiver);
  static std::string closing_note(const SegmentView& segment, Side& sender, Side& receiver);
  void read_tls(const SegmentView& segment, Rung& rung);
  void attach(const tls::Overheard& message, Rung& rung);
  void attach_late();
  void sum_up(const SegmentView& segment, bool rightward, const Rung& rung);
  static void draw(const Rung& rung, std::string& out);
  static void draw(const MessageLines& messages, std::string& out);

  Instant began_;
  FourTuple sockets_;  ///< local: left
  std::string left_name_, right_name_;
  States initial_, states_;
  Side left_, right_;
  TlsReader tls_;          ///< the client is who opened the connection
  bool open_ = false;      ///< the third segment of the handshake has been seen
  std::size_t plain_ = 0;  ///< length of the present run of plain rungs
  std::vector<Rung> rungs_;
};

}  // namespace handwave
