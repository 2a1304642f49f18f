#include "apps/get.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "apps/fetch.hpp"
#include "apps/host.hpp"
#include "apps/usage_error.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

bool has_family(const StackConfig& config, IpAddress::Family family) {
  return std::ranges::any_of(config.addresses, [&](const auto& prefix) { return prefix.address.family() == family; });
}

IpAddress from_sockaddr(const sockaddr& address) {
  if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return IpAddress::from_octets({v6.sin6_addr.s6_addr, 16});
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  return IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4});
}

/// The URL's server: an address as it stands, or what the machine's resolver makes of a name.
Endpoint resolve_server(const http::Url& url, const StackConfig& config) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(url.host.c_str(), nullptr, &hints, &list);
  if (error != 0) throw UsageError(fmt::format("cannot find the host '{}': {}", url.host, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    const IpAddress address = from_sockaddr(*entry->ai_addr);
    if (has_family(config, address.family())) return {address, url.port};
  }
  throw UsageError(fmt::format("the host '{}' has no address of a family that --address gives us", url.host));
}

/// The file that the body goes to, made when the first of it comes.
class Output {
 public:
  explicit Output(std::string name) : name_(std::move(name)) {}
  ~Output() { (void)close(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool open() {
    if (file_ == nullptr) file_ = name_.empty() ? stdout : std::fopen(name_.c_str(), "wb");
    return file_ != nullptr || fail();
  }
  bool write(std::string_view octets) {
    if (!open()) return false;
    return std::fwrite(octets.data(), 1, octets.size(), file_) == octets.size() || fail();
  }
  /// True if everything was written to its end.
  bool close() {
    std::FILE* const file = std::exchange(file_, nullptr);
    if (file == nullptr) return true;
    return (file == stdout ? std::fflush(file) : std::fclose(file)) == 0 || fail();
  }
  [[nodiscard]] int error() const { return error_; }

 private:
  bool fail() {
    error_ = errno;
    return false;
  }

  std::string name_;
  std::FILE* file_ = nullptr;
  int error_ = 0;
};

/// What came of it.
struct Outcome {
  bool over = false;
  std::string error;  ///< empty: all is well
};

Task<void> run_get(Sockets& sockets, const http::Url& url, Endpoint server, Output& output, Outcome& outcome) {
  auto stream = co_await sockets.connect(server);
  if (!stream) {
    outcome = {true, fmt::format("cannot connect to {}: {}", server.to_string(), stream.error().message())};
    co_return;
  }
  const BodySink sink = [&](const FetchedHead& head, std::string_view octets) {
    return head.status / 100 != 2 || output.write(octets);
  };
  const auto head = co_await fetch(sockets, *stream, url, sink);
  if (!head)
    outcome.error = head.error();
  else if (head->status / 100 != 2)
    outcome.error = fmt::format("the server answered {} {}", head->status, head->reason);
  else if (!output.open())
    outcome.error = "the body could not be stored";
  outcome.over = true;
}

}  // namespace

void add_get(CLI::App& program, GetOptions& options) {
  // Not the addresses of `serve`: both may run at once.
  options.network.addresses = {"198.51.100.2/24", "2001:db8:1::2/64"};
  options.network.msl_seconds = 1;  // the program ends with its connection: nobody is left to wait
  CLI::App& command =
      *program.add_subcommand("get", "Fetch a URL over a TCP of our own, from a server on the kernel's side");
  command.add_option("URL", options.url, "Such as http://198.51.100.1:8000/")->required();
  command.add_option("-o,--output", options.output, "Write the body to this file")->type_name("FILE");
  add_network_options(command, options.network);
}

int get(const GetOptions& options) {
  const auto url = http::parse_url(options.url);
  if (!url) throw UsageError(url.error());
  if (url->scheme == http::Url::Scheme::https) throw UsageError("https is not there yet: use an http URL");
  const Network network = resolve(options.network);
  const Endpoint server = resolve_server(*url, network.stack);

  Host host{network, options.network.ladder};
  Output output{options.output};
  Outcome outcome;
  host.sockets().start(run_get(host.sockets(), *url, server, output, outcome));
  host.run([&] { return outcome.over; });

  if (!output.close() || output.error() != 0)
    throw SystemError(fmt::format("write {}", options.output.empty() ? "the body" : options.output), output.error());
  if (!outcome.over) outcome.error = "interrupted";
  if (outcome.error.empty()) return 0;
  fmt::print(stderr, "handwave get: {}\n", outcome.error);
  return 1;
}

}  // namespace handwave
