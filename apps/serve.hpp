// `handwave serve`: HTTP, HTTPS and the small services on a TCP of our own, behind a TUN device.
#pragma once

#include <cstdint>
#include <string>

#include "apps/https_options.hpp"
#include "apps/network_options.hpp"

namespace handwave {

struct ServeOptions {
  NetworkOptions network;
  HttpsOptions https;
  std::string root;        ///< empty: the built-in site
  std::int64_t http = 80;  ///< ports; 0: not served
  std::int64_t echo = 0;
  std::int64_t discard = 0;
  std::int64_t chargen = 0;
};

/// Serves until SIGINT or SIGTERM; the exit status. Throws UsageError and SystemError.
int serve(const ServeOptions& options);

}  // namespace handwave
