// Entropy: the machine's, for the secret that a stack keys its unpredictable numbers with.
#pragma once

#include "stack/bytes.hpp"
#include "stack/random.hpp"

namespace handwave {

/// Fills all of `into` from the kernel's generator. Throws SystemError if it gives none.
void machine_random(MutableBytes into);
/// 256 bits of it.
Secret machine_secret();

}  // namespace handwave
