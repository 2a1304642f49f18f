// Entropy: the machine's, for the secret that a stack keys its unpredictable numbers with.
#pragma once

#include "stack/random.hpp"

namespace handwave {

/// 256 bits from the kernel's generator. Throws SystemError if it gives none.
Secret machine_secret();

}  // namespace handwave
