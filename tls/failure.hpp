// What Mbed TLS's error codes mean: for the caller an error, for the peer an alert (RFC 8446 §6.2, RFC 5246 §7.2.2).
#pragma once

#include <optional>
#include <string>
#include <system_error>

#include "tls/alert.hpp"
#include "tls/error.hpp"
#include "tls/record.hpp"

namespace handwave::tls {

struct Failure {
  std::error_code error;
  std::optional<Alert> alert;  ///< to be sent, unless Mbed TLS has sent one; none: the peer would not understand it
  std::string sentence;        ///< empty: the error's message says it all
};

/// `result`, while the stream was read as far as `reader` says.
Failure failure_of(int result, const RecordReader& reader);
/// The peer's fatal alert.
Failure failure_of(Alert received);

}  // namespace handwave::tls
