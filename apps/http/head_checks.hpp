// What llhttp leaves to us to refuse in a head: Host (RFC 9112 §3.2), framing (§6), Expect (RFC 9110 §10.1.1).
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "apps/http/fields.hpp"
#include "apps/http/status.hpp"

namespace handwave::http {

/// uri-host [ ":" port ] (RFC 9110 §7.2); empty is valid: the target has no authority.
bool is_valid_host(std::string_view value);

/// RFC 9112 §3.2: exactly one Host in HTTP/1.1, at most one in HTTP/1.0, and a valid one.
bool has_proper_host(Fields fields, int minor_version);

/// How the octets after a head are counted.
struct Framing {
  bool chunked = false;
  std::uint64_t content_length = 0;  ///< if not chunked
};

/// RFC 9112 §6.1 to §6.3. Errors: bad_request for everything that two readers could understand differently (request
/// smuggling, §11.2), not_implemented for transfer codings other than chunked.
std::expected<Framing, Status> read_framing(Fields fields, int minor_version);

/// Whether the client waits for 100 (Continue). Error: expectation_failed for any other expectation.
std::expected<bool, Status> read_expectation(Fields fields, int minor_version);

/// RFC 9112 §9.3: whether the sender of these fields wants the connection to persist.
bool wants_keep_alive(Fields fields, int minor_version);

}  // namespace handwave::http
