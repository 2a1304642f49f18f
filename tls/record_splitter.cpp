#include "tls/record_splitter.hpp"

#include "tls/octet_reader.hpp"

namespace handwave::tls {
namespace {

/// What can be seen of a header that is not all there yet is looked at too: plain text is no record after one octet.
bool plausible(Bytes header) {
  if (!header.empty() && (header[0] < 20 || header[0] > 23)) return false;
  return header.size() < 2 || header[1] == 3;  // 0x0301 to 0x0303: the versions that a record may name (RFC 8446 §5.1)
}

}  // namespace

void RecordSplitter::add(Bytes octets) {
  passed_ += read_;
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  if (!malformed_) rest_.insert(rest_.end(), octets.begin(), octets.end());
}

std::optional<Record> RecordSplitter::next() {
  const Bytes rest = Bytes{rest_}.subspan(read_);
  OctetReader reader{rest};
  Record record;
  record.type = static_cast<ContentType>(reader.u8());
  record.version = reader.u16();
  const std::size_t length = reader.u16();
  const Bytes fragment = reader.octets(length);
  if (malformed_ || !plausible(rest) || length > RecordHeader::longest_fragment) {
    malformed_ = true;
    rest_.resize(read_);
    return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  read_ += RecordHeader::size + length;
  record.fragment.assign(fragment.begin(), fragment.end());
  record.end = passed_ + read_;
  return record;
}

}  // namespace handwave::tls
