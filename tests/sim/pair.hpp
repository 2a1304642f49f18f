// Two hosts and one network between them: the world of most of the simulator's tests.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tests/sim/talker.hpp"
#include "tests/sim/world.hpp"

namespace handwave::sim {

struct PairOptions {
  std::string impairments = "delay=5ms";  ///< "in" is towards the client
  IpAddress::Family family = IpAddress::Family::v4;
  bool super_segments = false;
  ConnectionOptions connection{};   ///< of both ends
  StackConfig config{};             ///< of both ends
  std::optional<Seq> client_isn{};  ///< of the first connection
  std::optional<Seq> server_isn{};
};

class Pair {
 public:
  static constexpr std::uint16_t server_port = 80;
  static constexpr std::uint16_t client_port = 49'999;  ///< of the connection whose numbers are chosen

  Pair(std::uint64_t seed, const PairOptions& options);

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] Node& client() { return client_; }
  [[nodiscard]] Node& server() { return server_; }
  [[nodiscard]] Talkers& near() { return near_; }  ///< runs on the client
  [[nodiscard]] Talkers& far() { return far_; }    ///< runs on the server

  void listen(const Plan& plan, std::size_t backlog = 1024);
  /// Gives the number of the outcome in near().
  std::size_t connect(const Plan& plan);
  [[nodiscard]] Endpoint server_endpoint() const;

  /// One connection from OPEN until both ends are gone and the network is still; its streams are checked. The client's
  /// outcome and the server's.
  std::pair<Outcome, Outcome> converse(const Plan& client, const Plan& server, Duration limit = std::chrono::hours{1});
  /// One connection from OPEN until the server, which listens, has read so many octets; fails if that takes an hour.
  double seconds_to_deliver(std::uint64_t octets);
  /// Until both ends of all connections are gone and nothing is left to happen; fails if that takes longer.
  void finish(Duration limit = std::chrono::hours{1});
  /// The server's outcome of the client's connection; an empty one if the server never had it.
  [[nodiscard]] Outcome far_outcome(const Outcome& near_outcome) const;

 private:
  World world_;
  PairOptions options_;
  Node& client_;
  Node& server_;
  Talkers& near_;
  Talkers& far_;
  bool first_ = true;
};

}  // namespace handwave::sim
