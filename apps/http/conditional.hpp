// Conditional requests: validators (RFC 9110 §8.8), preconditions (§13.1) and their precedence (§13.2.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/http/fields.hpp"
#include "apps/http/file.hpp"

namespace handwave::http {

/// What tells one state of a file from another.
struct Validators {
  std::string entity_tag;                    ///< with its quotes; strong: made of size and time in nanoseconds
  std::chrono::sys_seconds last_modified{};  ///< never later than the response's date (§8.8.2.1)
};

/// The validators of a file, written into `out`.
void make_validators(const FileInfo& info, std::chrono::sys_seconds now, Validators& out);

enum class Precondition : std::uint8_t {
  passed,        ///< go on
  not_modified,  ///< 304: what the client has is current
  failed,        ///< 412: what the client asked for is gone or has changed
};

/// Evaluates If-Match, else If-Unmodified-Since, then If-None-Match, else If-Modified-Since for a GET or HEAD of a
/// representation that exists.
Precondition evaluate_preconditions(Fields fields, const Validators& validators, std::chrono::sys_seconds now);

/// §13.1.5: whether Range holds: there is no If-Range, or it names exactly the current state (strong comparison).
bool range_applies(Fields fields, const Validators& validators, std::chrono::sys_seconds now);

}  // namespace handwave::http
