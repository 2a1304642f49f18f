// The transmission control block's variables, with the RFC's names: RFC 9293 §3.3.1.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/*
            1         2          3          4
       ----------|----------|----------|----------
              SND.UNA    SND.NXT    SND.UNA
                                   +SND.WND

       1 - old sequence numbers that have been acknowledged
       2 - sequence numbers of unacknowledged data
       3 - sequence numbers allowed for new data transmission
       4 - future sequence numbers that are not yet allowed
*/
struct SendVariables {
  Seq una;                    ///< SND.UNA
  Seq nxt;                    ///< SND.NXT; never goes back, what is sent again lies before it
  std::uint32_t wnd = 0;      ///< SND.WND, scaled, an offset from SND.UNA (MUST-1, REC-1: 32 bits, unsigned)
  std::optional<Seq> up;      ///< SND.UP: first octet after the urgent data, while that is unacknowledged
  Seq wl1;                    ///< SND.WL1: SEG.SEQ of the last window update
  Seq wl2;                    ///< SND.WL2: SEG.ACK of the last window update
  Seq iss;                    ///< ISS
  std::uint32_t max_wnd = 0;  ///< MAX.SND.WND (RFC 5961 §5, and Max(SND.WND) of §3.8.6.2.1)
  std::uint8_t scale = 0;     ///< Snd.Wind.Shift (RFC 7323 §2)
  std::uint16_t mss = 0;      ///< SendMSS, as the peer gave it or the default (MUST-15)
};

/*
                1          2          3
            ----------|----------|----------
                   RCV.NXT    RCV.NXT
                             +RCV.WND

       1 - old sequence numbers that have been acknowledged
       2 - sequence numbers allowed for new reception
       3 - future sequence numbers that are not yet allowed
   RCV.WND is kept by ReceiveWindow, which never moves its right edge back.
*/
struct ReceiveVariables {
  Seq nxt;                 ///< RCV.NXT
  std::optional<Seq> up;   ///< RCV.UP: first octet after the urgent data, until all before it was read
  Seq irs;                 ///< IRS
  std::uint8_t scale = 0;  ///< Rcv.Wind.Shift (RFC 7323 §2)
};

/// RFC 7323 §4.3: used only if both SYNs carried the option.
struct TimestampVariables {
  bool enabled = false;      ///< Snd.TS.OK
  std::uint32_t offset = 0;  ///< added to our ticks, so that they tell nothing about this host (§5.4)
  std::uint32_t recent = 0;  ///< TS.Recent
  Instant recent_at{};       ///< when TS.Recent was set: it is outdated after 24 days (§5.5)
  Seq last_ack_sent;         ///< Last.ACK.sent
};

}  // namespace handwave::tcp
