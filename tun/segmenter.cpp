#include "tun/segmenter.hpp"

#include "stack/wire/segmentation.hpp"
#include "tun/packet_views.hpp"

namespace handwave {

void Segmenter::write(Instant now, const OutgoingPacket& packet) {
  wire::Segmentation segments(packet);
  while (segments.next(finished_)) {
    view_finished(finished_, view_);
    inner().write(now, view_);
  }
}

}  // namespace handwave
