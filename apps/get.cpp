#include "apps/get.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/certificate_files.hpp"
#include "apps/console.hpp"
#include "apps/fetch.hpp"
#include "apps/host.hpp"
#include "apps/key_logs.hpp"
#include "apps/tls_stream.hpp"
#include "apps/usage_error.hpp"
#include "tun/entropy.hpp"
#include "tun/interfaces.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

bool has_family(const StackConfig& config, IpAddress::Family family) {
  return std::ranges::any_of(config.addresses, [&](const auto& prefix) { return prefix.address.family() == family; });
}

/// "198.51.100.1 or 2001:db8:1::1"
std::string addresses_of(const std::vector<AddressPrefix>& prefixes) {
  if (prefixes.empty()) return "--kernel-address";
  std::vector<std::string> texts;
  texts.reserve(prefixes.size());
  for (const AddressPrefix& prefix : prefixes) texts.push_back(prefix.address.to_string());
  return fmt::format("{}", fmt::join(texts, " or "));
}

/// The URL's server: an address as it stands, or what the machine's resolver makes of a name.
Endpoint resolve_server(const http::Url& url, const Network& network) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(url.host.c_str(), nullptr, &hints, &list);
  if (error != 0) throw UsageError(fmt::format("cannot find the host '{}': {}", url.host, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
  bool is_loopback = false;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto address = address_of(*entry->ai_addr);
    if (!address || !has_family(network.stack, address->family())) continue;
    if (!address->is_loopback()) return {*address, url.port};
    is_loopback = true;
  }
  if (is_loopback)
    throw UsageError(
        fmt::format("'{}' is the kernel's loopback, and no TUN device leads there: {} is where the kernel is", url.host,
                    addresses_of(network.device.tun.kernel_addresses)));
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
  GetStatus status = GetStatus::ok;
  std::string error;  ///< a sentence, unless all is well

  void fail(GetStatus with, std::string sentence) {
    status = with;
    error = std::move(sentence);
  }
};

GetStatus status_of(FetchError::Kind kind) {
  switch (kind) {
    case FetchError::Kind::transport:
    case FetchError::Kind::cut_short:
      return GetStatus::cut_short;
    case FetchError::Kind::tls:
      return GetStatus::tls_failed;
    case FetchError::Kind::malformed:
      return GetStatus::malformed;
    case FetchError::Kind::sink:
      break;
  }
  return GetStatus::failed;
}

/// Asks and stores the answer.
template <ByteStream S>
Task<void> exchange(Sockets& sockets, S& stream, const http::Url& url, Output& output, Outcome& outcome) {
  const BodySink sink = [&](const FetchedHead& head, std::string_view octets) {
    return head.status / 100 != 2 || output.write(octets);
  };
  const auto head = co_await fetch(sockets, stream, url, sink);
  if (!head)
    outcome.fail(status_of(head.error().kind), head.error().sentence);
  else if (head->status / 100 != 2)
    outcome.fail(GetStatus::http_status, fmt::format("the server answered {} {}", head->status, head->reason));
  else if (!output.open())
    outcome.fail(GetStatus::failed, "the body could not be stored");
}

Task<void> exchange_over_tls(Sockets& sockets, Stream transport, const tls::ClientContext& context,
                             const http::Url& url, Output& output, Outcome& outcome) {
  TlsStream stream{sockets, std::move(transport), context, url.host};
  const auto shaken = co_await stream.handshake(sockets.now() + fetch_patience);
  if (!shaken) {
    const std::string why = stream.session().failure();
    outcome.fail(tls::is_certificate_error(shaken.error()) ? GetStatus::certificate_refused : GetStatus::tls_failed,
                 fmt::format("no TLS with {}: {}", url.authority(), why.empty() ? shaken.error().message() : why));
    co_return co_await take_leave(sockets, stream.transport());  // with the alert, whatever is still on its way to us
  }
  co_await exchange(sockets, stream, url, output, outcome);
  co_await take_leave(sockets, stream);
}

/// `context` is null for plain HTTP.
Task<void> run_get(Sockets& sockets, const http::Url& url, Endpoint server, const OpenOptions& open,
                   const tls::ClientContext* context, Output& output, Outcome& outcome) {
  auto stream = co_await sockets.connect(server, open);
  if (!stream)
    outcome.fail(GetStatus::cannot_connect,
                 fmt::format("cannot connect to {}: {}", server.to_string(), stream.error().message()));
  else if (context != nullptr)
    co_await exchange_over_tls(sockets, *std::move(stream), *context, url, output, outcome);
  else
    co_await exchange(sockets, *stream, url, output, outcome);
  outcome.over = true;
}

/// Whoever asks for something that cannot be has made a slip: to go on would hide it.
void check(const GetOptions& options, const http::Url& url) {
  const std::array<std::pair<std::string_view, bool>, 6> given = {{{"--cacert", !options.authorities.empty()},
                                                                   {"--insecure", options.insecure},
                                                                   {"--tls-max", !options.highest_tls.empty()},
                                                                   {"--cert", !options.certificate.empty()},
                                                                   {"--key", !options.key.empty()},
                                                                   {"--keylog", !options.key_log.empty()}}};
  const auto* const first = std::ranges::find(given, true, &std::pair<std::string_view, bool>::second);
  if (url.scheme != http::Url::Scheme::https && first != given.end())
    throw UsageError(
        fmt::format("{} is for TLS, and {} is fetched without: write https://", first->first, options.url));
  if (options.insecure && !options.authorities.empty())
    throw UsageError("--cacert says whom to trust, and --insecure to trust everybody: give one of them");
  if (options.certificate.empty() != options.key.empty())
    throw UsageError("--cert and --key belong together: give the other one too");
}

tls::Version highest_version(const std::string& text) {
  if (text == "1.3" || text.empty()) return tls::Version::tls1_3;
  if (text == "1.2") return tls::Version::tls1_2;
  throw UsageError(fmt::format("bad --tls-max: {} (1.2 or 1.3)", text));
}

tls::ClientContext make_context(const GetOptions& options, tls::KeyLog key_log) {
  tls::ClientOptions client;
  client.highest = highest_version(options.highest_tls);
  client.random = machine_random;
  client.key_log = std::move(key_log);
  if (!options.insecure)
    client.authorities = options.authorities.empty() ? system_authorities() : load_authorities(options.authorities);
  if (!options.certificate.empty()) client.identity = load_identity(options.certificate, options.key);
  return tls::ClientContext{std::move(client)};
}

}  // namespace

int get(const GetOptions& options) {
  const auto url = http::parse_url(options.url);
  if (!url) throw UsageError(url.error());
  check(options, *url);
  const bool secure = url->scheme == http::Url::Scheme::https;
  KeyLogs key_logs{secure ? key_log_name(options.key_log) : ""};
  std::optional<tls::ClientContext> context;
  if (secure) context = make_context(options, key_logs.sink());
  const Network network = resolve(options.network);
  const Endpoint server = resolve_server(*url, network);

  // The body may be on standard output: then it is alone there.
  Host host{network, options.network.ladder, options.output.empty() ? complain : print};
  key_logs.watch(host.ladder());
  Output output{options.output};
  Outcome outcome;
  OpenOptions open{.connection = network.connection};
  open.connection.nagle = false;  // the request is written whole
  host.sockets().start(run_get(host.sockets(), *url, server, open, context ? &*context : nullptr, output, outcome));
  bool came_to_its_end = false;
  host.run([&] { return came_to_its_end = outcome.over; });

  if (!output.close() || output.error() != 0)
    throw SystemError(fmt::format("write {}", options.output.empty() ? "the body" : options.output), output.error());
  if (!came_to_its_end) outcome.fail(GetStatus::interrupted, "interrupted");
  if (!outcome.error.empty()) {
    complain(fmt::format("handwave get: {}\n", outcome.error));
  } else {
    host.finish_capture();
    key_logs.finish();
  }
  return static_cast<int>(outcome.status);
}

}  // namespace handwave
