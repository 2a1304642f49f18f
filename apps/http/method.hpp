// Request methods: RFC 9110 §9, and PATCH from RFC 5789.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace handwave::http {

/// The methods that the server knows: it answers 405 to those it does not allow, and 501 to all others (§9.1). CONNECT
/// is among the others: there is no tunnel here.
enum class Method : std::uint8_t { get, head, options, post, put, delete_, patch, trace };

/// The method of that name, which is case-sensitive (§9.1).
constexpr std::optional<Method> parse_method(std::string_view name) {
  if (name == "GET") return Method::get;
  if (name == "HEAD") return Method::head;
  if (name == "OPTIONS") return Method::options;
  if (name == "POST") return Method::post;
  if (name == "PUT") return Method::put;
  if (name == "DELETE") return Method::delete_;
  if (name == "PATCH") return Method::patch;
  if (name == "TRACE") return Method::trace;
  return std::nullopt;
}

constexpr std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::options:
      return "OPTIONS";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::delete_:
      return "DELETE";
    case Method::patch:
      return "PATCH";
    case Method::trace:
      return "TRACE";
  }
  return "";
}

}  // namespace handwave::http
