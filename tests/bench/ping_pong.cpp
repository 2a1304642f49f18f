// One small message to and fro over one connection of the kernel's TCP: how often a second, and how long it takes.
//
//   usage: bench_ping_pong serve PORT                     the kernel's echo service, on any address
//          bench_ping_pong ADDRESS PORT OCTETS SECONDS    prints exchanges a second, and p50, p99 and p99.9 in
//          microseconds
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto warm_up = 200ms;

/// Nothing that is asked for here may fail.
int must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string("cannot ") + what);
  return result;
}

void send_at_once(int socket) {
  const int on = 1;
  must(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "set TCP_NODELAY");
}

void echo(int connection) {
  send_at_once(connection);
  std::vector<char> octets(1 << 16);
  for (ssize_t count = 0; (count = ::recv(connection, octets.data(), octets.size(), 0)) > 0;) {
    if (::send(connection, octets.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count) break;
  }
  ::close(connection);
}

[[noreturn]] void serve(std::uint16_t port) {
  const int listener = must(::socket(AF_INET, SOCK_STREAM, 0), "make a socket");
  const int on = 1;
  must(::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "set SO_REUSEADDR");
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  must(::bind(listener, reinterpret_cast<const sockaddr*>(&local), sizeof local), "bind");
  must(::listen(listener, 1), "listen");
  std::cout << "ready" << std::endl;
  while (true) echo(must(::accept(listener, nullptr, nullptr), "accept"));
}

int connect_to(const char* address, std::uint16_t port) {
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  remote.sin_port = htons(port);
  if (::inet_pton(AF_INET, address, &remote.sin_addr) != 1) throw std::runtime_error("that is no address");
  const int connection = must(::socket(AF_INET, SOCK_STREAM, 0), "make a socket");
  must(::connect(connection, reinterpret_cast<const sockaddr*>(&remote), sizeof remote), "connect");
  send_at_once(connection);
  return connection;
}

void exchange(int connection, std::vector<char>& message) {
  if (::send(connection, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size()))
    throw std::runtime_error("cannot send");
  if (::recv(connection, message.data(), message.size(), MSG_WAITALL) != static_cast<ssize_t>(message.size()))
    throw std::runtime_error("the echo ended early");
}

void measure(int connection, std::size_t octets, double seconds) {
  std::vector<char> message(octets, 'x');
  for (const auto begin = Clock::now(); Clock::now() < begin + warm_up;) exchange(connection, message);
  std::vector<double> taken;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  auto last = begin;
  while (last < end) {
    exchange(connection, message);
    const auto now = Clock::now();
    taken.push_back(std::chrono::duration<double, std::micro>(now - last).count());
    last = now;
  }
  std::ranges::sort(taken);
  const auto count = static_cast<double>(taken.size());
  const auto at = [&](double share) { return taken[static_cast<std::size_t>(share * (count - 1))]; };
  std::cout << std::fixed << std::setprecision(2) << count / std::chrono::duration<double>(last - begin).count() << ' '
            << at(0.5) << ' ' << at(0.99) << ' ' << at(0.999) << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 3 && argv[1] == std::string_view("serve")) serve(static_cast<std::uint16_t>(std::atoi(argv[2])));
  if (argc != 5 || std::atoi(argv[3]) <= 0) {
    std::cerr << "usage: " << argv[0] << " serve PORT | ADDRESS PORT OCTETS SECONDS\n";
    return 2;
  }
  const int connection = connect_to(argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])));
  measure(connection, static_cast<std::size_t>(std::atoi(argv[3])), std::atof(argv[4]));
  ::close(connection);
  return 0;
} catch (const std::exception& error) {
  std::cerr << argv[0] << ": " << error.what() << '\n';
  return 1;
}
