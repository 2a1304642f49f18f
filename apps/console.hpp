// What the program says to whoever started it. A stream that is gone or full is no reason to stop: nothing here throws.
#pragma once

#include <string_view>

namespace handwave {

/// Writes all of `text` to standard output at once, so that a reader sees it.
void print(std::string_view text);
/// The same to standard error.
void complain(std::string_view text);
/// False once something could not be written to standard output.
bool printed_all();
/// A standard stream that was closed is opened, so that no file or device gets its number, and what is meant for a
/// person goes into it. The other way round, so that reading and writing it fail as they should.
void hold_standard_streams();

}  // namespace handwave
