#include "apps/tls_reader.hpp"

namespace handwave {

void TlsReader::hear(tls::Speaker from, Seq place, const Slice& text) {
  StreamReader& octets = stream(from);
  const bool was_lost = octets.lost();
  for (const Slice& next : octets.read(place, text)) eavesdropper_.hear(from, next.bytes());
  if (octets.lost() && !was_lost) eavesdropper_.give_up(from, "octets are missing");
}

std::vector<tls::Overheard> TlsReader::take() {
  std::vector<tls::Overheard> messages = eavesdropper_.take();
  if (!eavesdropper_.is_tls()) messages.clear();
  return messages;
}

}  // namespace handwave
