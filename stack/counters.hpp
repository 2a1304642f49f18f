// Counters by named reason: whatever is dropped, refused or given up on is counted here, and nowhere in silence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace handwave {

// X(name, what one count means)
#define HANDWAVE_COUNTERS(X)                                                                        \
  X(packets_received, "packets handed to the stack")                                                \
  X(packets_sent, "packets the stack handed out")                                                   \
  X(octets_received, "octets of those received")                                                    \
  X(octets_sent, "octets of those sent")                                                            \
  X(ip_bad_version, "dropped: neither IPv4 nor IPv6")                                               \
  X(ip_malformed, "dropped: an IP header that contradicts itself or the packet's length")           \
  X(ip_bad_checksum, "dropped: IPv4 header checksum wrong")                                         \
  X(ip_invalid_source, "dropped: source address is broadcast, multicast, unspecified or our own")   \
  X(ip_not_for_us, "dropped: destination is none of our addresses")                                 \
  X(ip_broadcast_or_multicast, "dropped: sent to a broadcast or multicast address")                 \
  X(ip_extension_header_refused, "dropped: IPv6 extension header or option that we must not skip")  \
  X(ip_unknown_protocol, "refused: a transport protocol we do not have")                            \
  X(ip_options_ignored, "IPv4 options or IPv6 extension headers stepped over")                      \
  X(ip_source_route_refused, "dropped: a source route that goes on from here; we are no gateway")   \
  X(fragments_received, "fragments received")                                                       \
  X(fragments_reassembled, "datagrams put together from fragments")                                 \
  X(fragments_invalid, "dropped: fragments that overlap, exceed 64 KiB or are cut wrongly")         \
  X(fragments_duplicate, "fragments received again, ignored")                                       \
  X(fragments_over_limit, "dropped: fragments over the limit of reassembly memory")                 \
  X(fragments_timed_out, "datagrams given up on: fragments missing at the time limit")              \
  X(icmp_malformed, "dropped: ICMP message cut short or with a wrong checksum")                     \
  X(icmp_echo_replied, "echo requests answered")                                                    \
  X(icmp_ignored, "ICMP messages of no concern to us")                                              \
  X(icmp_source_quench, "dropped: ICMP Source Quench (MUST-55)")                                    \
  X(icmp_error_for_nobody, "dropped: ICMP error that quotes no connection of ours")                 \
  X(icmp_error_out_of_window, "dropped: ICMP error quoting a sequence number not in flight")        \
  X(icmp_errors_delivered, "ICMP errors delivered to their connection (MUST-54)")                   \
  X(icmp_errors_sent, "ICMP errors sent")                                                           \
  X(icmp_rate_limited, "ICMP messages not sent: over the rate limit")                               \
  X(udp_malformed, "dropped: UDP datagram cut short or with a wrong checksum")                      \
  X(udp_no_port, "UDP datagrams, to no port of ours; port unreachable is the answer")               \
  X(replies_over_limit, "replies not sent: too many waiting for the device")                        \
  X(tcp_segments_received, "TCP segments received (a super-segment counts once)")                   \
  X(tcp_segments_sent, "TCP segments sent (a super-segment counts once)")                           \
  X(tcp_malformed, "dropped: TCP header cut short or with an impossible data offset")               \
  X(tcp_bad_checksum, "dropped: TCP checksum wrong (MUST-3)")                                       \
  X(tcp_bad_option_length, "TCP options with an illegal length; the rest not read (MUST-7)")        \
  X(tcp_invalid_address, "dropped: TCP segment to or from a broadcast or multicast address")        \
  X(tcp_no_connection, "segments for no connection and no listener, answered with RST")             \
  X(tcp_resets_received, "connections ended by the peer's RST")                                     \
  X(tcp_resets_sent, "RST segments sent")                                                           \
  X(tcp_rst_ignored, "dropped: RST outside the window, or where no RST counts")                     \
  X(tcp_rst_in_window, "dropped: RST in the window but not at RCV.NXT; challenged (RFC 5961)")      \
  X(tcp_unacceptable, "dropped: segment outside the receive window")                                \
  X(tcp_paws_rejected, "dropped: timestamp older than the last (PAWS, RFC 7323 §5)")                \
  X(tcp_timestamp_missing, "dropped: no timestamp where timestamps were agreed (RFC 7323 §3.2)")    \
  X(tcp_syn_challenged, "dropped: SYN in a synchronized state; challenged (RFC 5961 §4)")           \
  X(tcp_ack_missing, "dropped: no ACK bit where there must be one")                                 \
  X(tcp_ack_unacceptable, "dropped: ACK of what was never sent, or too old (RFC 5961 §5)")          \
  X(tcp_text_ignored, "text after the peer's FIN, ignored")                                         \
  X(tcp_text_over_window, "octets dropped: beyond the receive window")                              \
  X(tcp_out_of_order, "segments held for later (SHLD-31)")                                          \
  X(tcp_out_of_order_over_limit, "out-of-order text dropped: over the limit")                       \
  X(tcp_duplicate_octets, "octets received again")                                                  \
  X(tcp_challenge_acks_sent, "challenge ACKs sent")                                                 \
  X(tcp_challenge_acks_limited, "challenge ACKs not sent: over the rate (RFC 5961 §7)")             \
  X(tcp_retransmitted_segments, "segments retransmitted")                                           \
  X(tcp_retransmission_timeouts, "retransmission timeouts")                                         \
  X(tcp_spurious_timeouts, "retransmission timeouts undone: an ACK was only late (RFC 3522, 5682)") \
  X(tcp_fast_retransmits, "fast retransmits (RFC 5681 §3.2)")                                       \
  X(tcp_ecn_marks_received, "segments of text that the network had marked CE (RFC 3168)")           \
  X(tcp_ecn_reductions, "windows reduced because the peer echoed a mark (RFC 3168 §6.1.2)")         \
  X(tcp_tail_loss_probes, "tail loss probes sent (RFC 8985 §7)")                                    \
  X(tcp_path_mtu_black_holes, "connections whose path swallowed large packets (RFC 4821)")          \
  X(tcp_path_mtu_probes, "probes of the path's MTU sent (RFC 4821)")                                \
  X(tcp_path_mtu_probes_lost, "probes of the path's MTU that were lost: too big for it")            \
  X(tcp_sack_reneged, "SACKed text that the peer gave up again (RFC 2018 §8)")                      \
  X(tcp_zero_window_probes, "zero-window probes sent")                                              \
  X(tcp_keep_alives_sent, "keep-alive probes sent")                                                 \
  X(tcp_user_timeouts, "connections given up on: R2 or the user timeout")                           \
  X(tcp_connections_opened, "active OPENs")                                                         \
  X(tcp_connections_accepted, "connections established by passive OPEN")                            \
  X(tcp_connections_closed, "connections gone, whatever the way")                                   \
  X(tcp_syn_cache_full, "dropped: SYN to a TIME-WAIT with the SYN cache full")                      \
  X(tcp_syn_cache_expired, "half-open connections given up on")                                     \
  X(tcp_syn_cookies_sent, "SYN cookies sent: the SYN cache was full (RFC 4987)")                    \
  X(tcp_syn_cookies_accepted, "connections established by a SYN cookie")                            \
  X(tcp_syn_cookies_failed, "dropped: text or FIN without a good SYN cookie, while they were sent") \
  X(tcp_backlog_full, "dropped: last ACK of a handshake with the backlog full")                     \
  X(tcp_connection_limit, "dropped: last ACK of a handshake with all connections in use")           \
  X(tcp_buffer_growth_refused, "times a buffer did not grow: all of them have grown to the limit")  \
  X(tcp_time_wait_entered, "connections that entered TIME-WAIT")                                    \
  X(tcp_time_wait_reused, "connections reopened out of TIME-WAIT by a new SYN (MAY-2)")             \
  X(tcp_time_wait_over_limit, "TIME-WAITs ended early: over their limit")

enum class Counter : std::uint8_t {
#define X(name, meaning) name,
  HANDWAVE_COUNTERS(X)
#undef X
};

struct CounterDescription {
  std::string_view name;
  std::string_view meaning;
};

inline constexpr auto counter_descriptions = std::to_array<CounterDescription>({
#define X(name, meaning) {#name, meaning},
    HANDWAVE_COUNTERS(X)
#undef X
});

/// One figure a counter; they only grow.
class Counters {
 public:
  void add(Counter counter, std::uint64_t amount = 1) { figures_[static_cast<std::size_t>(counter)] += amount; }
  [[nodiscard]] std::uint64_t operator[](Counter counter) const { return figures_[static_cast<std::size_t>(counter)]; }

 private:
  std::array<std::uint64_t, counter_descriptions.size()> figures_{};
};

}  // namespace handwave
