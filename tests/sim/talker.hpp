// What runs on the hosts of the simulator's tests: it sends octets that it can recognise, reads, closes, and remembers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "tests/sim/world.hpp"

namespace handwave::sim {

/// How one end of a connection behaves.
struct Plan {
  std::uint64_t octets = 0;       ///< to send
  std::size_t write_size = 0;     ///< octets a SEND at most; 0: all that there is room for
  bool close = true;              ///< CLOSE once everything is sent
  bool wait_for_peer = false;     ///< ... and only when the peer has closed, too
  std::uint64_t answer_each = 0;  ///< if not 0: for each so many octets read, so many are sent (ignores `octets`)
  std::size_t read_size = SIZE_MAX;
  Duration read_interval{};                    ///< reads `read_size` at most, once an interval; 0: everything at once
  Duration read_after{};                       ///< begins to read so long after the connection is there
  std::optional<std::uint64_t> abort_after{};  ///< ABORT when so many octets were read
  bool abandon = false;                        ///< CLOSE of both directions instead of CLOSE
};

/// What became of it.
struct Outcome {
  FourTuple sockets;
  std::uint64_t sent = 0;      ///< taken by SEND
  std::uint64_t received = 0;  ///< each octet of them compared with what the peer was to send
  bool peer_closed = false;    ///< the end of the stream was read
  bool close_called = false;
  bool aborted = false;    ///< ABORT was called
  bool abandoned = false;  ///< CLOSE of both directions was called
  [[nodiscard]] bool cut_short() const { return error || aborted || abandoned; }
  bool all_acknowledged = false;
  bool closed = false;  ///< the stack has said that the connection is gone
  std::error_code error;
  std::error_code notice;
  Instant opened;
  Instant ended;
};

/// The octets from `offset` on of what `sender` sends to `receiver`, as stream_key has it.
void stream_octets(std::uint32_t key, std::uint64_t offset, MutableBytes to);
std::uint32_t stream_key(const Endpoint& sender, const Endpoint& receiver);

/// All connections of a node, opened or accepted, each with its plan.
class Talkers final : public Application {
 public:
  explicit Talkers(Node& node) : node_(node) {
    node.check_with([this] { check_all(); });
  }

  /// Passive OPEN; each connection that is accepted follows `plan`.
  ListenerId listen(const Endpoint& local, const Plan& plan, const ListenOptions& options = {});
  /// Active OPEN; gives the number of the connection, for outcome().
  std::size_t connect(const Endpoint& remote, const Plan& plan, const OpenOptions& options = {});

  void handle(Instant now, const Event& event) override;
  void handle_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> poll_timeout() const override;
  void stop(Instant /*now*/) override {}

  [[nodiscard]] std::size_t count() const { return talks_.size(); }
  [[nodiscard]] const Outcome& outcome(std::size_t number) const { return talks_.at(number).outcome; }
  [[nodiscard]] ConnectionId connection(std::size_t number) const { return talks_.at(number).id; }
  /// How many are not gone yet.
  [[nodiscard]] std::size_t alive() const { return by_id_.size(); }
  /// The outcome of the connection between these sockets, the latest of them.
  [[nodiscard]] const Outcome* find(const FourTuple& sockets) const;

 private:
  struct Talk {
    ConnectionId id;
    Plan plan;
    Outcome outcome;
    std::uint32_t key_out = 0;
    std::uint32_t key_in = 0;
    std::uint64_t to_send = 0;
    Instant read_at;
    bool readable = false;
    bool writable = true;
    bool established = false;
  };

  std::size_t add(ConnectionId id, const Plan& plan);
  void go_on(Talk& talk);
  void read(Talk& talk);
  void compare(Talk& talk, Bytes octets);
  void write(Talk& talk);
  void close_if_done(Talk& talk);
  void gone(Talk& talk, std::error_code error);
  void check_all();
  void check(const Talk& talk);

  Node& node_;
  std::vector<Talk> talks_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> by_id_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Plan> listeners_;
};

/// What must be true of the two outcomes of one connection when both ends are gone: no end has more than was sent to
/// it; where nobody was told of an error, all has arrived, and the end of the stream too; throws a Violation otherwise.
void check_streams(const World& world, const Outcome& a, const Outcome& b);

}  // namespace handwave::sim
