// `handwave get`: fetches a URL over a TCP of our own, through TUN, from a server on the kernel's side.
#pragma once

#include <string>

#include "apps/network_options.hpp"

namespace handwave {

/// The exit status; `handwave get --help` lists them.
enum class GetStatus : int {
  ok = 0,
  failed = 1,               ///< the device, the file, the network's set-up
  usage = 2,                ///< the command line
  cannot_connect = 3,       ///< no connection to the server
  certificate_refused = 4,  ///< the server's certificate proves nothing to us
  tls_failed = 5,           ///< TLS, for any other reason
  http_status = 6,          ///< the server answered, but not with 2xx
  cut_short = 7,            ///< the response ended before its end, or did not come
  malformed = 8,            ///< what came is no HTTP response
  interrupted = 130,        ///< SIGINT or SIGTERM, as shells number it
};

struct GetOptions {
  NetworkOptions network;
  std::string url;
  std::string output;       ///< empty: standard output
  std::string authorities;  ///< PEM file of whom to trust; empty: the system's
  std::string certificate;  ///< ours, if the server asks for one, with its key
  std::string key;
  std::string highest_tls;  ///< "1.2" or "1.3"; empty: the highest there is
  std::string key_log;
  bool insecure = false;
};

/// Fetches; the exit status. Throws UsageError and SystemError.
int get(const GetOptions& options);

}  // namespace handwave
