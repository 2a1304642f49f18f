// Writing responses: RFC 9112 §4, RFC 9110 §6.6.1 (Date), §10.2.4 (Server).
#include "apps/http/response.hpp"

#include <charconv>

#include "apps/http/date.hpp"

namespace handwave::http {
namespace {

void append_decimal(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

}  // namespace

void Response::clear() {
  status = Status::ok;
  fields.clear();
  file.reset();
  body.clear();
  body_octets = 0;
}

void Response::add_field(std::string_view name, std::string_view value) {
  fields += name;
  fields += ": ";
  fields += value;
  fields += "\r\n";
}

void Response::add_field(std::string_view name, std::uint64_t value) {
  fields += name;
  fields += ": ";
  append_decimal(fields, value);
  fields += "\r\n";
}

void Response::add_piece(std::string_view text, std::uint64_t offset, std::uint64_t length) {
  body.push_back({std::string(text), offset, length});
  body_octets += text.size() + length;
}

void make_error_page(Response& response, Status status, bool head_only) {
  std::string title;
  append_decimal(title, static_cast<std::uint64_t>(code(status)));
  title += ' ';
  title += reason(status);
  const std::string page = "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" + title +
                           "</title>\n<h1>" + title + "</h1>\n</html>\n";
  response.status = status;
  response.file.reset();
  response.body.clear();
  response.body_octets = 0;
  response.add_field("Content-Type", "text/html; charset=utf-8");
  response.add_field("Content-Length", page.size());
  if (!head_only) response.add_piece(page);
}

void append_head(std::string& out, const Response& response, std::chrono::sys_seconds now, Persistence persistence) {
  out += "HTTP/1.1 ";
  append_decimal(out, static_cast<std::uint64_t>(code(response.status)));
  out += ' ';
  out += reason(response.status);
  out += "\r\nDate: ";
  const auto date = format_date(now);
  out.append(date.data(), date.size());
  out += "\r\nServer: ";
  out += server_name;
  out += "\r\n";
  if (persistence == Persistence::keep_alive) out += "Connection: keep-alive\r\n";
  if (persistence == Persistence::close) out += "Connection: close\r\n";
  out += response.fields;
  out += "\r\n";
}

}  // namespace handwave::http
