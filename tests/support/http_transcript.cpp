// Writing down what the HTTP parsers say.
#include "tests/support/http_transcript.hpp"

namespace handwave::http {
namespace {

void write_fields(std::string& out, Fields fields) {
  for (const Field& field : fields) {
    out += "  ";
    out += field.name;
    out += '=';
    out += field.value;
    out += '\n';
  }
}

void write_body(std::string& out, std::string& body) {
  if (!body.empty()) out += "body " + body + '\n';
  body.clear();
}

void write_request_head(std::string& out, const Request& request) {
  out += "head ";
  out += to_string(request.method);
  out += ' ';
  out += request.target;
  out += " 1." + std::to_string(request.minor_version);
  if (!request.keep_alive) out += " close";
  if (request.has_body) out += " has-body";
  if (request.expects_continue) out += " expects-continue";
  out += '\n';
  write_fields(out, request.fields);
}

void write_response_head(std::string& out, const ResponseHead& head) {
  out += "head 1." + std::to_string(head.minor_version) + ' ' + std::to_string(code(head.status)) + " '";
  out += head.reason;
  out += '\'';
  if (head.body_octets) out += " length " + std::to_string(*head.body_octets);
  if (head.keep_alive) out += " keep-alive";
  out += '\n';
  write_fields(out, head.fields);
}

}  // namespace

std::string request_transcript(const std::vector<std::string_view>& pieces, const RequestLimits& limits) {
  using Event = RequestParser::Event;
  RequestParser parser(limits);
  std::string out;
  std::string body;
  for (std::string_view rest : pieces) {
    for (;;) {
      const auto parsed = parser.parse(rest);
      rest.remove_prefix(parsed.consumed);
      if (parsed.event == Event::body) body += parsed.body;
      if (parsed.event == Event::need_more) break;
      if (parsed.event == Event::body) continue;
      write_body(out, body);
      if (parsed.event == Event::error) return out + "error " + std::to_string(code(parser.error())) + '\n';
      if (parsed.event == Event::head) write_request_head(out, parser.request());
      if (parsed.event == Event::end) out += "end\n";
    }
    if (!rest.empty()) return out + "not all is consumed\n";
  }
  write_body(out, body);
  return out + (parser.idle() ? "" : parser.in_head() ? "in head\n" : "in body\n");
}

std::string response_transcript(const std::vector<std::string_view>& pieces, Method request_method, bool closed) {
  using Event = ResponseParser::Event;
  ResponseParser parser(request_method);
  std::string out;
  std::string body;
  const auto end_with = [&](Event event) {
    write_body(out, body);
    if (event == Event::end) return out + "end\n";
    out += "error: ";
    out += parser.error();
    return out + '\n';
  };
  for (std::string_view rest : pieces) {
    for (;;) {
      const auto parsed = parser.parse(rest);
      rest.remove_prefix(parsed.consumed);
      if (parsed.event == Event::need_more) break;
      if (parsed.event == Event::head) write_response_head(out, parser.head());
      if (parsed.event == Event::body) body += parsed.body;
      if (parsed.event == Event::end || parsed.event == Event::error) return end_with(parsed.event);
    }
    if (!rest.empty()) return out + "not all is consumed\n";
  }
  if (closed) return end_with(parser.finish());
  write_body(out, body);
  return out + "incomplete\n";
}

std::vector<std::vector<std::string_view>> all_cuts(std::string_view octets) {
  std::vector<std::vector<std::string_view>> cuts{{octets}};
  for (std::size_t at = 0; at <= octets.size(); ++at) cuts.push_back({octets.substr(0, at), octets.substr(at)});
  if (octets.empty()) return cuts;
  cuts.emplace_back();
  for (std::size_t at = 0; at < octets.size(); ++at) cuts.back().push_back(octets.substr(at, 1));
  return cuts;
}

}  // namespace handwave::http
