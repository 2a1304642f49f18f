// Responses: a status, header fields and a body made of text and pieces of a file. RFC 9110 §15, RFC 9112 §4.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/http/file.hpp"
#include "apps/http/status.hpp"

namespace handwave::http {

/// The name in the field Server (RFC 9110 §10.2.4). No version: it helps nobody but attackers.
inline constexpr std::string_view server_name = "handwave";

/// What to answer. Meant to be used again for the next response: clear() keeps the buffers.
struct Response {
  /// A part of the body: first the text, then `length` octets of the file from `offset` on. Either may be empty.
  struct Piece {
    std::string text;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  Status status = Status::ok;
  std::string fields;                ///< complete field lines, each with its CRLF
  std::shared_ptr<const File> file;  ///< what the pieces are pieces of
  std::vector<Piece> body;           ///< empty for HEAD, and for a status without content
  std::uint64_t body_octets = 0;     ///< the sum of all pieces

  void clear();
  /// Adds the field line `name: value`.
  void add_field(std::string_view name, std::string_view value);
  void add_field(std::string_view name, std::uint64_t value);
  /// Adds a piece to the body.
  void add_piece(std::string_view text, std::uint64_t offset = 0, std::uint64_t length = 0);
};

/// Makes `response` a short page that says its status (RFC 9110 §15.5: explain the error), with Content-Type and
/// Content-Length. Fields that are there already stay. For HEAD the page is announced but not sent.
void make_error_page(Response& response, Status status, bool head_only = false);

/// What the field Connection says (RFC 9112 §9.3, §9.6).
enum class Persistence : std::uint8_t {
  implied,     ///< nothing: HTTP/1.1 persists
  keep_alive,  ///< an HTTP/1.0 client asked for it
  close,
};

/// Appends the whole head: status line, Date, Server, Connection, the response's own fields, the empty line.
void append_head(std::string& out, const Response& response, std::chrono::sys_seconds now, Persistence persistence);

}  // namespace handwave::http
