// `handwave ladder --in-process`: the demo's exchanges between two of our stacks, in one process, in virtual time.
#pragma once

#include <string>

namespace handwave {

/// The ladder of one HTTP exchange, always the same; empty if it did not come to its proper end.
std::string draw_in_process();
/// The same over TLS. Its keys and its certificate are made anew each time.
std::string draw_https_in_process();
/// Prints both; the exit status.
int in_process();

}  // namespace handwave
