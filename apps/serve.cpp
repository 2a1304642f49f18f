#include "apps/serve.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/access_log.hpp"
#include "apps/built_in_site.hpp"
#include "apps/console.hpp"
#include "apps/file_system.hpp"
#include "apps/host.hpp"
#include "apps/http/https_redirect.hpp"
#include "apps/http/static_site.hpp"
#include "apps/http_server.hpp"
#include "apps/https_server.hpp"
#include "apps/key_logs.hpp"
#include "apps/services.hpp"
#include "apps/usage_error.hpp"
#include "tun/clock.hpp"

namespace handwave {
namespace {

/// A service to be, by the name of its option.
struct Offer {
  std::string_view name;
  std::int64_t port;
  Service service;
  ListenOptions options;
};

/// HSTS for a year (RFC 6797 §6.1).
constexpr std::string_view strict_transport_field = "Strict-Transport-Security: max-age=31536000\r\n";

void check_ports(const ServeOptions& options) {
  const std::array<std::pair<std::string_view, std::int64_t>, 5> ports = {{{"--http", options.http},
                                                                           {"--https", options.https.port},
                                                                           {"--echo", options.echo},
                                                                           {"--discard", options.discard},
                                                                           {"--chargen", options.chargen}}};
  std::map<std::int64_t, std::string_view> taken;
  for (const auto& [option, port] : ports) {
    if (port < 0 || port > 65535)
      throw UsageError(fmt::format("bad port for {}: {} (from 1 to 65535, or 0 for none)", option, port));
    if (port == 0) continue;
    const auto [other, is_free] = taken.emplace(port, option);
    if (!is_free) throw UsageError(fmt::format("port {} is in use twice: {} and {}", port, other->second, option));
  }
  if (taken.empty()) throw UsageError("nothing to serve: every port is 0");
  check(options.https, options.http != 0);
}

std::unique_ptr<http::FileSystem> open_site(const std::string& root) {
  if (root.empty()) return std::make_unique<BuiltInSite>(wall_clock_now());
  return std::make_unique<RootedFileSystem>(root);
}

std::chrono::sys_seconds date_now() { return std::chrono::floor<std::chrono::seconds>(wall_clock_now()); }

/// Listens at the port in each family that the stack has an address of.
void offer(Host& host, const Offer& what) {
  bool has_v4 = false;
  bool has_v6 = false;
  for (const AddressPrefix& prefix : host.stack().config().addresses) (prefix.address.is_v4() ? has_v4 : has_v6) = true;
  const std::array<std::pair<bool, IpAddress>, 2> families = {
      {{has_v4, IpAddress{}}, {has_v6, IpAddress::from_octets(std::array<std::uint8_t, 16>{})}}};
  for (const auto& [has, any] : families) {
    if (!has) continue;
    auto listener = host.sockets().listen({any, static_cast<std::uint16_t>(what.port)}, what.options);
    if (!listener)
      throw UsageError(
          fmt::format("cannot listen for {} on port {}: {}", what.name, what.port, listener.error().message()));
    host.sockets().start(accept_each(host.sockets(), *std::move(listener), what.service));
  }
}

std::string url(std::string_view scheme, const Endpoint& endpoint) {
  if (endpoint.port != (scheme == "http" ? 80 : 443)) return fmt::format("{}://{}/", scheme, endpoint.to_string());
  const std::string address = endpoint.address.to_string();
  return endpoint.address.is_v6() ? fmt::format("{}://[{}]/", scheme, address)
                                  : fmt::format("{}://{}/", scheme, address);
}

/// Where to find what is served: a line a service.
std::string announcement(const Host& host, const std::vector<Offer>& offers) {
  std::string out = fmt::format("handwave: serving on {}\n", host.device_name());
  for (const Offer& what : offers) {
    if (what.port == 0) continue;
    out += fmt::format("  {:<8}", what.name);
    for (const AddressPrefix& prefix : host.stack().config().addresses) {
      const Endpoint endpoint{prefix.address, static_cast<std::uint16_t>(what.port)};
      if (what.name.starts_with("http"))
        fmt::format_to(std::back_inserter(out), " {}", url(what.name, endpoint));
      else
        fmt::format_to(std::back_inserter(out), " {}", endpoint.to_string());
    }
    out += '\n';
  }
  return out;
}

}  // namespace

int serve(const ServeOptions& options) {
  check_ports(options);
  const Network network = resolve(options.network);
  const std::unique_ptr<http::FileSystem> files = open_site(options.root);
  http::StaticSite site{*files};
  http::HttpsRedirect redirect{static_cast<std::uint16_t>(options.https.port)};
  KeyLogs key_logs{options.https.port == 0 ? "" : key_log_name(options.https.key_log)};
  std::optional<HttpsSetup> setup;
  if (options.https.port != 0) setup = set_up_https(options.https, network.stack.addresses, key_logs.sink());

  Host host{network, options.network.ladder, print};
  key_logs.watch(host.ladder());
  Sockets& sockets = host.sockets();
  AccessLog log{sockets, print};
  http::Site& plain_site = options.https.redirect_http ? static_cast<http::Site&>(redirect) : site;
  HttpServer http{.sockets = sockets, .site = plain_site, .date = date_now, .log = &log};
  HttpServer secure_http{.sockets = sockets, .site = site, .date = date_now, .log = &log};
  if (options.https.strict_transport) secure_http.common_fields = strict_transport_field;
  std::optional<HttpsServer> https;
  if (setup) https.emplace(secure_http, setup->context);
  const Slice pattern = chargen_pattern();
  const ListenOptions usual = {.connection = network.connection};
  // Responses and flights are written whole: there is nothing for Nagle's algorithm to join.
  ListenOptions at_once = usual;
  at_once.connection.nagle = false;
  const std::vector<Offer> offers = {
      {"http", options.http, [&](Stream stream) { return serve_http(http, std::move(stream)); }, at_once},
      {"https", options.https.port, [&](Stream stream) { return serve_https(*https, std::move(stream)); }, at_once},
      {"echo", options.echo, [&](Stream stream) { return serve_echo(sockets, std::move(stream)); }, usual},
      {"discard", options.discard, [&](Stream stream) { return serve_discard(sockets, std::move(stream)); }, usual},
      {"chargen", options.chargen, [&](Stream stream) { return serve_chargen(sockets, std::move(stream), pattern); },
       usual},
  };
  for (const Offer& what : offers)
    if (what.port != 0) offer(host, what);
  print(announcement(host, offers) + (setup ? setup->announcement : ""));
  if (network.device.tun.kernel_addresses.empty())
    print("  the kernel has no address beside ours: reach us by a route of your own, or give --kernel-address\n");

  const Driver::Ending ending = host.run();
  log.flush();
  if (ending == Driver::Ending::aborted) print("Some connections took too long to close and were reset.\n");
  print(host.statistics() + (https ? https->statistics.to_string() : ""));
  host.finish_capture();
  key_logs.finish();
  return 0;
}

}  // namespace handwave
