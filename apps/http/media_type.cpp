// Media types by suffix: RFC 9110 §8.3; RFC 9239 for JavaScript.
#include "apps/http/media_type.hpp"

#include <algorithm>
#include <array>

#include "apps/http/fields.hpp"

namespace handwave::http {
namespace {

struct Entry {
  std::string_view suffix;
  std::string_view type;
};

constexpr std::array entries{
    Entry{"html", "text/html; charset=utf-8"},
    Entry{"htm", "text/html; charset=utf-8"},
    Entry{"css", "text/css; charset=utf-8"},
    Entry{"js", "text/javascript; charset=utf-8"},
    Entry{"mjs", "text/javascript; charset=utf-8"},
    Entry{"json", "application/json"},
    Entry{"txt", "text/plain; charset=utf-8"},
    Entry{"md", "text/markdown; charset=utf-8"},
    Entry{"csv", "text/csv; charset=utf-8"},
    Entry{"xml", "application/xml"},
    Entry{"svg", "image/svg+xml"},
    Entry{"png", "image/png"},
    Entry{"jpg", "image/jpeg"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"gif", "image/gif"},
    Entry{"webp", "image/webp"},
    Entry{"avif", "image/avif"},
    Entry{"ico", "image/vnd.microsoft.icon"},
    Entry{"woff", "font/woff"},
    Entry{"woff2", "font/woff2"},
    Entry{"ttf", "font/ttf"},
    Entry{"otf", "font/otf"},
    Entry{"mp3", "audio/mpeg"},
    Entry{"ogg", "audio/ogg"},
    Entry{"wav", "audio/wav"},
    Entry{"mp4", "video/mp4"},
    Entry{"webm", "video/webm"},
    Entry{"pdf", "application/pdf"},
    Entry{"wasm", "application/wasm"},
    Entry{"zip", "application/zip"},
    Entry{"gz", "application/gzip"},
    Entry{"tar", "application/x-tar"},
    Entry{"pcap", "application/vnd.tcpdump.pcap"},
};

}  // namespace

std::string_view media_type(std::string_view file_name) {
  constexpr std::string_view unknown = "application/octet-stream";
  const std::size_t slash = file_name.rfind('/');
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return unknown;
  const std::string_view suffix = file_name.substr(dot + 1);
  const auto found =
      std::ranges::find_if(entries, [&](const Entry& entry) { return equals_ignoring_case(entry.suffix, suffix); });
  return found == entries.end() ? unknown : found->type;
}

}  // namespace handwave::http
