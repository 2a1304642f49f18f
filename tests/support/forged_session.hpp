// A pair of sessions after their handshake, with a forge for each side's records: what would the one say to a record
// that the other never sent?
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/record_forge.hpp"
#include "tests/support/tls_pair.hpp"

namespace handwave::test {

struct ForgedSession {
  explicit ForgedSession(tls::Version version);
  ForgedSession(const ForgedSession&) = delete;
  ForgedSession& operator=(const ForgedSession&) = delete;

  /// The server reads a record that claims to be the client's, or the other way.
  std::string server_reads(Content type, tls::Bytes content, std::size_t padding = 0);
  std::string client_reads(Content type, tls::Bytes content, std::size_t padding = 0);

  std::vector<std::string> key_log;
  std::unique_ptr<TlsPair> pair;
  std::unique_ptr<RecordForge> client_forge;
  std::unique_ptr<RecordForge> server_forge;
};

}  // namespace handwave::test
