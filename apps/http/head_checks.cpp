// Host, framing, Expect and Connection: RFC 9112 §3.2, §6, §9.3, RFC 9110 §10.1.1.
#include "apps/http/head_checks.hpp"

#include <algorithm>

namespace handwave::http {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// unreserved, sub-delims and "%" of RFC 3986 §2.
bool is_name_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || is_digit(c) || std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
}

/// Calls `visit` with every element of the lists in all fields of that name.
template <class Visit>
void for_each_element(Fields fields, std::string_view name, Visit visit) {
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    std::string_view list = field.value;
    while (const auto element = next_list_element(list)) visit(*element);
  }
}

bool has_element(Fields fields, std::string_view name, std::string_view wanted) {
  bool found = false;
  for_each_element(fields, name, [&](std::string_view element) { found |= equals_ignoring_case(element, wanted); });
  return found;
}

std::expected<Framing, Status> read_transfer_codings(Fields fields) {
  std::size_t codings = 0;
  std::size_t times_chunked = 0;
  bool chunked_last = false;
  for_each_element(fields, "Transfer-Encoding", [&](std::string_view coding) {
    chunked_last = equals_ignoring_case(coding, "chunked");
    times_chunked += chunked_last;
    ++codings;
  });
  // §6.3, 4: without chunked as the last coding of a request its length is unknown; §6.1: never chunked twice.
  if (!chunked_last || times_chunked > 1) return std::unexpected(Status::bad_request);
  if (codings > 1) return std::unexpected(Status::not_implemented);
  return Framing{.chunked = true};
}

}  // namespace

bool is_valid_host(std::string_view value) {
  if (value.starts_with('[')) {
    const std::size_t bracket = value.find(']');
    if (bracket == std::string_view::npos || bracket == 1) return false;
    const auto address = value.substr(1, bracket - 1);
    if (!std::ranges::all_of(address, [](char c) { return c == ':' || is_name_character(c); })) return false;
    value.remove_prefix(bracket + 1);
    if (!value.empty() && value.front() != ':') return false;
  }
  const std::size_t colon = std::min(value.find(':'), value.size());
  const auto port = value.substr(std::min(colon + 1, value.size()));
  return std::ranges::all_of(value.substr(0, colon), is_name_character) && std::ranges::all_of(port, is_digit);
}

bool has_proper_host(Fields fields, int minor_version) {
  const std::size_t hosts = count_fields(fields, "Host");
  if (hosts == 0) return minor_version == 0;
  const auto host = single_field(fields, "Host");
  return host && is_valid_host(*host);
}

std::expected<Framing, Status> read_framing(Fields fields, int minor_version) {
  const std::size_t lengths = count_fields(fields, "Content-Length");
  if (count_fields(fields, "Transfer-Encoding") > 0) {
    // §6.3, 3: both fields are an attempt at smuggling; §6.1: HTTP/1.0 has no transfer codings.
    if (lengths > 0 || minor_version == 0) return std::unexpected(Status::bad_request);
    return read_transfer_codings(fields);
  }
  if (lengths == 0) return Framing{};
  // §6.3, 5: we refuse even repeated equal lengths.
  const auto field = single_field(fields, "Content-Length");
  const auto length = field ? parse_decimal(*field) : std::nullopt;
  if (!length) return std::unexpected(Status::bad_request);
  return Framing{.content_length = *length};
}

std::expected<bool, Status> read_expectation(Fields fields, int minor_version) {
  if (minor_version == 0) return false;  // §10.1.1: ignored in HTTP/1.0
  bool expects_continue = false;
  bool unknown = false;
  for_each_element(fields, "Expect", [&](std::string_view expectation) {
    const bool known = equals_ignoring_case(expectation, "100-continue");
    expects_continue |= known;
    unknown |= !known;
  });
  if (unknown) return std::unexpected(Status::expectation_failed);
  return expects_continue;
}

bool wants_keep_alive(Fields fields, int minor_version) {
  if (count_fields(fields, "Connection") == 0) return minor_version >= 1;
  if (has_element(fields, "Connection", "close")) return false;
  return minor_version >= 1 || has_element(fields, "Connection", "keep-alive");
}

}  // namespace handwave::http
