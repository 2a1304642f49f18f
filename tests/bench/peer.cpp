// The kernel's end of measured flows: connects, moves octets in pieces of a mebibyte for some seconds, and prints how
// many gigabits a second the application saw, of all its flows together.
//
//   usage: bench_peer sink|source ADDRESS PORT SECONDS [FLOWS]
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Slow start and the tuning of buffers are not what is measured.
constexpr auto warm_up = 500ms;
/// How long the other end may take to be there.
constexpr auto connect_patience = 10s;

int connect_to(const char* address, const char* port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address, port, &hints, &found) != 0) return -1;
  const auto give_up = Clock::now() + connect_patience;
  int connected = -1;
  while (connected < 0 && Clock::now() < give_up) {
    const int fd = ::socket(found->ai_family, SOCK_STREAM, 0);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd, found->ai_addr, found->ai_addrlen) == 0) {
      connected = fd;
    } else {
      ::close(fd);
      std::this_thread::sleep_for(50ms);
    }
  }
  ::freeaddrinfo(found);
  return connected;
}

/// The flows, moved in turn as each can be.
class Flows {
 public:
  Flows(bool sink, const char* address, const char* port, std::size_t count) : sink_(sink) {
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = connect_to(address, port);
      if (fd < 0) throw std::runtime_error(std::string("cannot connect to ") + address + " port " + port);
      flows_.push_back({.fd = fd, .events = static_cast<short>(sink ? POLLIN : POLLOUT), .revents = 0});
    }
  }
  /// Octets that were moved; at least one, or the flow has ended.
  std::uint64_t move() {
    // One flow waits in recv() or send() itself; a flow that stands still is a result as well, and ends the
    // measurement.
    if (flows_.size() == 1) return move(flows_.front().fd, 0);
    if (::poll(flows_.data(), flows_.size(), stands_still) <= 0) throw std::runtime_error("the flows stand still");
    std::uint64_t octets = 0;
    for (const pollfd& flow : flows_)
      if (flow.revents != 0) octets += move(flow.fd, MSG_DONTWAIT);
    return octets;
  }

 private:
  static constexpr int stands_still = 5000;  // milliseconds

  std::uint64_t move(int fd, int flags) {
    const ssize_t moved = sink_ ? ::recv(fd, piece_.data(), piece_.size(), flags)
                                : ::send(fd, piece_.data(), piece_.size(), flags | MSG_NOSIGNAL);
    if (moved < 0 && flags != 0 && errno == EAGAIN) return 0;
    if (moved <= 0)
      throw std::runtime_error(std::string("a flow ended early: ") + (moved == 0 ? "closed" : std::strerror(errno)));
    return static_cast<std::uint64_t>(moved);
  }

  bool sink_;
  std::vector<pollfd> flows_;
  std::vector<char> piece_ = std::vector<char>(1 << 20, 'x');
};

/// Gigabits a second.
double measure(Flows& flows, Clock::duration duration) {
  for (const auto begin = Clock::now() + warm_up; Clock::now() < begin;) flows.move();
  std::uint64_t octets = 0;
  const auto begin = Clock::now();
  auto now = begin;
  for (; now < begin + duration; now = Clock::now()) octets += flows.move();
  return static_cast<double>(octets) * 8e-9 / std::chrono::duration<double>(now - begin).count();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5 && argc != 6) {
    std::cerr << "usage: " << argv[0] << " sink|source ADDRESS PORT SECONDS [FLOWS]\n";
    return 2;
  }
  const int count = argc == 6 ? std::atoi(argv[5]) : 1;
  Flows flows(argv[1] == std::string_view("sink"), argv[2], argv[3], static_cast<std::size_t>(count));
  const auto duration = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(argv[4])));
  std::cout << std::fixed << std::setprecision(2) << measure(flows, duration) << std::endl;
  return 0;
} catch (const std::exception& error) {
  std::cerr << argv[0] << ": " << error.what() << '\n';
  return 1;
}
