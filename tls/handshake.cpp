#include "tls/handshake.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "tls/octet_reader.hpp"
#include "tls/suites.hpp"

namespace handwave::tls {
namespace {

/// §4.1.3: a ServerHello with this random, the SHA-256 of "HelloRetryRequest", is one.
constexpr HelloRandom hello_retry_request = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                             0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                             0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
/// Names on the wire have up to 255 octets; a drawing has less room.
constexpr std::size_t max_name = 64;
/// Of lists that a client may make long, this many are kept.
constexpr std::size_t max_kept = 8;

std::string printable(Bytes octets) {
  std::string text;
  for (const std::uint8_t octet : octets.first(std::min(octets.size(), max_name)))
    text += octet > ' ' && octet <= '~' ? static_cast<char>(octet) : '?';
  return text;
}

HelloRandom read_random(OctetReader& reader) {
  HelloRandom random{};
  const Bytes octets = reader.octets(random.size());
  std::ranges::copy(octets, random.begin());
  return random;
}

/// §4.2: calls `visit` with each extension's type and data; true if they are well formed.
template <class Visit>
bool for_each_extension(OctetReader& message, const Visit& visit) {
  if (message.at_end()) return message.ok();  // RFC 5246 §7.4.1.4: there may be none at all
  OctetReader extensions{message.vector(2)};
  while (!extensions.at_end()) {
    const auto type = static_cast<ExtensionType>(extensions.u16());
    const Bytes data = extensions.vector(2);
    if (extensions.ok()) visit(type, OctetReader{data});
  }
  return extensions.ok() && message.ok();
}

/// RFC 6066 §3: the first host_name of the list.
std::string read_server_name(OctetReader data) {
  OctetReader list{data.vector(2)};
  const std::uint8_t host_name = 0;
  if (list.u8() != host_name) return {};
  return printable(list.vector(2));
}

/// RFC 7301 §3.1.
std::vector<std::string> read_protocols(OctetReader data) {
  std::vector<std::string> protocols;
  OctetReader list{data.vector(2)};
  while (!list.at_end() && protocols.size() < max_kept) protocols.push_back(printable(list.vector(1)));
  return protocols;
}

std::vector<std::uint16_t> read_versions(OctetReader data) {
  std::vector<std::uint16_t> versions;
  OctetReader list{data.vector(1)};
  while (!list.at_end() && versions.size() < max_kept) versions.push_back(list.u16());
  return versions;
}

/// How many suites a ClientHello offers. Two of the numbers are signals: RFC 5746 §3.3, RFC 7507 §2.
std::size_t count_suites(OctetReader list) {
  std::size_t count = 0;
  while (!list.at_end()) {
    const std::uint16_t suite = list.u16();
    if (suite != 0x00ff && suite != 0x5600) ++count;
  }
  return count;
}

/// As the registry has it, without the "TLS_" of all of them.
std::string suite_name(std::uint16_t number) {
  const std::string_view name = suite_of(number).name;
  return name.empty() ? fmt::format("{:#06x}", number) : std::string{name.substr(4)};
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

/// "TLS 1.3, 1.2 or 1.1".
std::string alternatives(std::vector<std::string> names) {
  if (names.size() < 2) return join(names);
  const std::string last = std::move(names.back());
  names.pop_back();
  return join(names) + " or " + last;
}

std::string describe_certificate(OctetReader body, bool tls13) {
  if (tls13) body.vector(1);  // §4.4.2: certificate_request_context
  OctetReader list{body.vector(3)};
  std::size_t count = 0;
  std::size_t octets = 0;
  while (!list.at_end()) {
    octets += list.vector(3).size();
    if (tls13) list.vector(2);  // its extensions
    ++count;
  }
  if (!list.ok() || !body.ok()) return {};
  if (count == 0) return "none";
  return fmt::format("{}, {} octets", counted(count, "certificate"), octets);
}

/// RFC 8422 §5.4.
std::string describe_server_key_exchange(OctetReader body) {
  const std::uint8_t named_curve = 3;
  if (body.u8() != named_curve) return {};
  const std::uint16_t group = body.u16();
  body.vector(1);  // the public key
  const std::uint16_t scheme = body.u16();
  return body.ok() ? fmt::format("{}, signed with {}", group_name(group), signature_scheme_name(scheme)) : "";
}

std::string describe_encrypted_extensions(OctetReader body) {
  std::string text;
  for_each_extension(body, [&](ExtensionType type, OctetReader data) {
    if (type != ExtensionType::application_layer_protocol_negotiation) return;
    const auto protocols = read_protocols(data);
    if (!protocols.empty()) text = "ALPN " + protocols.front();
  });
  return text;
}

}  // namespace

std::optional<ClientHello> parse_client_hello(Bytes body) {
  OctetReader reader{body};
  ClientHello hello;
  const std::uint16_t legacy_version = reader.u16();
  hello.random = read_random(reader);
  reader.vector(1);  // legacy_session_id
  hello.suites = count_suites(OctetReader{reader.vector(2)});
  reader.vector(1);  // legacy_compression_methods
  const bool well_formed = for_each_extension(reader, [&](ExtensionType type, OctetReader data) {
    if (type == ExtensionType::server_name) hello.server_name = read_server_name(data);
    if (type == ExtensionType::application_layer_protocol_negotiation) hello.protocols = read_protocols(data);
    if (type == ExtensionType::supported_versions) hello.versions = read_versions(data);
    if (type == ExtensionType::pre_shared_key) hello.resumes = true;
  });
  if (!well_formed) return std::nullopt;
  if (hello.versions.empty()) hello.versions.push_back(legacy_version);
  return hello;
}

std::optional<ServerHello> parse_server_hello(Bytes body) {
  OctetReader reader{body};
  ServerHello hello;
  hello.version = reader.u16();
  hello.random = read_random(reader);
  hello.retry = hello.random == hello_retry_request;
  reader.vector(1);  // legacy_session_id_echo
  hello.suite = reader.u16();
  reader.u8();  // legacy_compression_method
  const bool well_formed = for_each_extension(reader, [&](ExtensionType type, OctetReader data) {
    if (type == ExtensionType::supported_versions) hello.version = data.u16();
    if (type == ExtensionType::key_share) hello.group = data.u16();
    if (type == ExtensionType::pre_shared_key) hello.resumes = true;
    if (type != ExtensionType::application_layer_protocol_negotiation) return;
    const auto protocols = read_protocols(data);
    if (!protocols.empty()) hello.protocol = protocols.front();
  });
  if (!well_formed) return std::nullopt;
  return hello;
}

std::string describe(const ClientHello& hello) {
  std::vector<std::string> versions;
  for (const std::uint16_t version : hello.versions) {
    const std::string name = version_name(version);
    // RFC 8701: a number that means nothing, to keep servers supple.
    if (name.starts_with("TLS ")) versions.push_back(versions.empty() ? name : name.substr(4));
  }
  std::vector<std::string> parts = {alternatives(versions), counted(hello.suites, "suite")};
  if (hello.resumes) parts.emplace_back("resuming");
  if (!hello.server_name.empty()) parts.push_back("for " + hello.server_name);
  if (!hello.protocols.empty()) parts.push_back("ALPN " + alternatives(hello.protocols));
  return join(parts);
}

std::string describe(const ServerHello& hello) {
  std::vector<std::string> parts = {version_name(hello.version), suite_name(hello.suite)};
  if (hello.group != 0) parts.push_back(group_name(hello.group));
  if (hello.resumes) parts.emplace_back("resumed");
  if (!hello.protocol.empty()) parts.push_back("ALPN " + hello.protocol);
  return join(parts);
}

std::string describe(HandshakeType type, Bytes body, const Settled& settled) {
  OctetReader reader{body};
  const bool tls13 = settled.version == tls1_3_number;
  switch (type) {
    case HandshakeType::certificate:
      return describe_certificate(reader, tls13);
    case HandshakeType::certificate_verify: {
      const std::uint16_t scheme = reader.u16();
      return reader.ok() ? "signed with " + signature_scheme_name(scheme) : "";
    }
    case HandshakeType::server_key_exchange:
      return describe_server_key_exchange(reader);
    case HandshakeType::client_key_exchange:
      if (settled.suite != nullptr && settled.suite->static_rsa) return "PreMasterSecret, encrypted to the certificate";
      return "the client's half of the key agreement";
    case HandshakeType::encrypted_extensions:
      return describe_encrypted_extensions(reader);
    case HandshakeType::new_session_ticket: {
      const std::uint32_t lifetime = reader.number(4);
      return reader.ok() ? fmt::format("good for {} s", lifetime) : "";
    }
    default:
      return {};
  }
}

}  // namespace handwave::tls
