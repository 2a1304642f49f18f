// What a parser makes of a stream of octets, as text: the same text must come of every way to cut the octets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/http/request_parser.hpp"
#include "apps/http/response_parser.hpp"

namespace handwave::http {

/// Parses the pieces one after the other; adjacent pieces of a body are joined. Stops at an error.
std::string request_transcript(const std::vector<std::string_view>& pieces, const RequestLimits& limits = {});

/// Likewise for the response to a request with that method. `closed`: the connection ends after the pieces.
std::string response_transcript(const std::vector<std::string_view>& pieces, Method request_method, bool closed);

/// The octets as one piece, in two at every place, and octet by octet.
std::vector<std::vector<std::string_view>> all_cuts(std::string_view octets);

}  // namespace handwave::http
