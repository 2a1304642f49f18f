#include "stack/expects.hpp"

#include <cstdio>
#include <cstdlib>

namespace handwave {

void expectation_failed(const char* what, std::source_location where) {
  std::fprintf(stderr, "%s:%u: broken expectation in %s: %s\n", where.file_name(), static_cast<unsigned>(where.line()),
               where.function_name(), what);
  std::abort();
}

}  // namespace handwave
