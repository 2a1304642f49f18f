// The line between hostile input and our own bugs: what `expects` checks can only be false if this code is wrong.
#pragma once

#include <source_location>

namespace handwave {

/// Prints the broken expectation with its place to standard error, and aborts.
[[noreturn]] void expectation_failed(const char* what, std::source_location where);

/// Stops the program at `where` if `condition` is false, in release builds too. Never used on anything that a peer
/// or a caller of the public face can bring about: those are dropped and counted, or returned as error codes.
inline void expects(bool condition, const char* what, std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    expectation_failed(what, where);
}

}  // namespace handwave
