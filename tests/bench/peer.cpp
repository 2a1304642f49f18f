// The kernel's end of a measured flow: connects, moves octets in pieces of a mebibyte for some seconds, and prints how
// many gigabits a second the application saw.
//
//   usage: bench_peer sink|source ADDRESS PORT SECONDS
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iomanip>
#include <iostream>
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: " << argv[0] << " sink|source ADDRESS PORT SECONDS\n";
    return 2;
  }
  const bool sink = argv[1] == std::string_view("sink");
  const std::chrono::duration<double> measured(std::atof(argv[4]));
  const int fd = connect_to(argv[2], argv[3]);
  if (fd < 0) {
    std::cerr << "cannot connect to " << argv[2] << " port " << argv[3] << '\n';
    return 1;
  }
  // A flow that stands still is a result as well: it ends the measurement rather than hang it.
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

  std::vector<char> piece(1 << 20, 'x');
  std::uint64_t octets = 0;
  Clock::time_point begin = Clock::now() + warm_up;
  Clock::time_point end = begin + std::chrono::duration_cast<Clock::duration>(measured);
  bool warm = false;
  while (true) {
    const ssize_t moved =
        sink ? ::recv(fd, piece.data(), piece.size(), 0) : ::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL);
    const Clock::time_point now = Clock::now();
    if (moved <= 0) {
      std::cerr << "the flow ended early: " << (moved == 0 ? "closed" : std::strerror(errno)) << '\n';
      return 1;
    }
    if (!warm && now >= begin) {
      warm = true;
      octets = 0;
      begin = now;
    } else {
      octets += static_cast<std::uint64_t>(moved);
    }
    if (now >= end) {
      const double seconds = std::chrono::duration<double>(now - begin).count();
      std::cout << std::fixed << std::setprecision(2) << static_cast<double>(octets) * 8e-9 / seconds << '\n';
      break;
    }
  }
  ::close(fd);
  return 0;
}
