// Reads along the TLS of one TCP connection: segments and lines of the key log in, messages out.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "apps/stream_reader.hpp"
#include "stack/slice.hpp"
#include "stack/wire/seq.hpp"
#include "tls/eavesdropper.hpp"

namespace handwave {

class TlsReader {
 public:
  /// `from` has sent its SYN at `iss`.
  void synchronize(tls::Speaker from, Seq iss) { stream(from).synchronize(iss); }
  /// `from` has sent a segment with this text from `place` on.
  void hear(tls::Speaker from, Seq place, const Slice& text);
  /// A line of the key log, of this connection or another. It may come after the records that it decrypts.
  void add_secret(std::string_view key_log_line) { eavesdropper_.add_secret(key_log_line); }
  /// No more secrets will come.
  void stop_waiting() { eavesdropper_.stop_waiting(); }
  /// The messages that were understood since the last time; none if the connection carries no TLS.
  std::vector<tls::Overheard> take();

  /// How far into the stream of `from` a place lies, as messages say where they end.
  [[nodiscard]] std::uint64_t offset_of(tls::Speaker from, Seq place) const {
    return streams_[static_cast<std::size_t>(from)].offset_of(place);
  }
  /// What was settled on; zeros before the ServerHello.
  [[nodiscard]] const tls::Settled& settled() const { return eavesdropper_.settled(); }

 private:
  StreamReader& stream(tls::Speaker from) { return streams_[static_cast<std::size_t>(from)]; }

  std::array<StreamReader, 2> streams_;
  tls::Eavesdropper eavesdropper_;
};

}  // namespace handwave
