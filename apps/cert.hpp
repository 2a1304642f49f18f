// `handwave cert`: a small certificate authority, and certificates signed by it, for trying HTTPS out.
#pragma once

#include <string>
#include <vector>

namespace handwave {

/// How long a new authority is good for, and so the most that a certificate can be.
constexpr int authority_days = 3650;

struct CertOptions {
  std::string folder = ".";
  std::vector<std::string> names;  ///< DNS names and IP addresses; none: those of the demo
  std::string files;               ///< what the leaf's files are called; empty: leaf, or client
  std::string key = "ecdsa";
  int days = 365;
  bool client = false;  ///< for a client to show, instead of a server
  bool force = false;   ///< overwrite a leaf's files
};

/// Makes what is missing; the exit status. Throws UsageError and SystemError.
int cert(const CertOptions& options);

}  // namespace handwave
