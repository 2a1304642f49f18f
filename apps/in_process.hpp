// `handwave ladder --in-process`: the demo's exchange between two of our stacks, in one process, in virtual time.
#pragma once

namespace handwave {

/// Draws the ladder of one HTTP exchange; the exit status.
int in_process();

}  // namespace handwave
