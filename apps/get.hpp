// `handwave get`: fetches a URL over a TCP of our own, from a server on the kernel's side.
#pragma once

#include <string>

#include "apps/network_options.hpp"

namespace handwave {

struct GetOptions {
  NetworkOptions network;
  std::string url;
  std::string output;  ///< a file's name; empty: standard output
};

/// Adds the command to the program.
void add_get(CLI::App& program, GetOptions& options);
/// Fetches; the exit status. Throws UsageError and SystemError.
int get(const GetOptions& options);

}  // namespace handwave
