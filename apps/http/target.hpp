// From request-target to a path below the root: RFC 9112 §3.2, RFC 9110 §4.2.4, RFC 3986 §2.1 and §5.2.4.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "apps/http/method.hpp"
#include "apps/http/status.hpp"

namespace handwave::http {

/// A request-target, understood.
struct Target {
  bool asterisk = false;   ///< "*", the server as a whole (only for OPTIONS)
  bool directory = false;  ///< the path ended in '/', or in a dot segment, or was empty
  std::string authority;   ///< of an absolute-form; empty: see Host
  std::string path;        ///< decoded: "a/b c", without '/' at either end; "" is the root
  std::string query;       ///< as received, without its '?'
};

/// Understands origin-form, absolute-form and "*". The path is decoded once, then freed of empty and dot segments.
/// Errors: bad_request for bad syntax (a user's name in the authority is that, RFC 9110 §4.2.4), for control
/// characters, backslashes and NUL (encoded or not), and for ".." above the root; not_found for an encoded '/', which
/// no file's name can contain.
std::expected<void, Status> parse_target(std::string_view text, Method method, Target& target);

/// `path` with everything percent-encoded that may not stand in a path (RFC 3986 §3.3); '/' stays.
std::string encode_path(std::string_view path);

}  // namespace handwave::http
