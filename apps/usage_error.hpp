// What is thrown when a command line asks for what cannot be: one line for a person to read.
#pragma once

#include <stdexcept>

namespace handwave {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace handwave
