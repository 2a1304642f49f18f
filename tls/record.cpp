#include "tls/record.hpp"

#include <algorithm>

namespace handwave::tls {

void RecordReader::advance(Bytes octets) {
  while (!octets.empty()) {
    if (head_ < RecordHeader::size) {
      octets_[head_++] = octets.front();
      octets = octets.subspan(1);
      if (head_ < RecordHeader::size) continue;
      header_ = {octets_[0], static_cast<std::uint16_t>(octets_[1] << 8 | octets_[2]),
                 static_cast<std::uint16_t>(octets_[3] << 8 | octets_[4])};
      body_ = header_.length;
    } else {
      const std::size_t some = std::min(body_, octets.size());
      const std::size_t at = header_.length - body_;
      if (at < start_.size()) std::copy_n(octets.begin(), std::min(some, start_.size() - at), start_.begin() + at);
      octets = octets.subspan(some);
      body_ -= some;
    }
    if (body_ != 0) continue;
    head_ = 0;
    ++records_;
  }
}

}  // namespace handwave::tls
