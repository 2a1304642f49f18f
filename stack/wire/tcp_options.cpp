// Reading and writing TCP options: RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2 and §3, RFC 5482 §3.3.
#include "stack/wire/tcp_options.hpp"

#include <algorithm>

#include "stack/expects.hpp"

namespace handwave::wire {
namespace {

// Kinds, MUST-4 (§3.1) and the RFCs above.
constexpr std::uint8_t end_of_option_list = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t maximum_segment_size = 2;
constexpr std::uint8_t window_scale = 3;
constexpr std::uint8_t sack_permitted = 4;
constexpr std::uint8_t selective_acknowledgment = 5;
constexpr std::uint8_t timestamps = 8;
constexpr std::uint8_t user_timeout = 28;

// Lengths, kind and length octets included.
constexpr std::uint8_t mss_length = 4;
constexpr std::uint8_t window_scale_length = 3;
constexpr std::uint8_t sack_permitted_length = 2;
constexpr std::uint8_t timestamps_length = 10;
constexpr std::uint8_t user_timeout_length = 4;
constexpr std::uint8_t sack_block_length = 8;

/// The first word of the layout that RFC 7323 Appendix A recommends, which nearly every segment of a connection has.
constexpr std::uint32_t timestamps_layout =
    no_operation << 24 | no_operation << 16 | timestamps << 8 | timestamps_length;

Timestamps read_timestamps(const std::uint8_t* from) { return {load_be32(from), load_be32(from + 4)}; }

/// The blocks of a SACK option, if `data` is a whole number of them.
void read_sack_blocks(TcpOptions& options, Bytes data) {
  const std::size_t count = data.size() / sack_block_length;
  if (data.size() % sack_block_length != 0 || count == 0 || count > options.sack_blocks.size()) return;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const block = data.data() + i * sack_block_length;
    options.sack_blocks[i] = {Seq{load_be32(block)}, Seq{load_be32(block + 4)}};
  }
  options.sack_count = static_cast<std::uint8_t>(count);
}

/// One option that has a length: `option` is all of it, kind and length included.
void read_option(TcpOptions& options, Bytes option) {
  const std::uint8_t* const data = option.data() + 2;
  switch (option[0]) {
    case maximum_segment_size:
      if (option.size() == mss_length) options.mss = load_be16(data);
      break;
    case window_scale:
      if (option.size() == window_scale_length) options.window_scale = *data;
      break;
    case sack_permitted:
      if (option.size() == sack_permitted_length) options.sack_permitted = true;
      break;
    case selective_acknowledgment:
      read_sack_blocks(options, option.subspan(2));
      break;
    case timestamps:
      if (option.size() == timestamps_length) options.timestamps = read_timestamps(data);
      break;
    case user_timeout:
      if (option.size() == user_timeout_length) options.user_timeout = load_be16(data);
      break;
    default:  // MUST-6 (§3.1): unknown options are ignored
      break;
  }
}

std::size_t size_without_sack_blocks(const TcpOptions& options) {
  std::size_t size = 0;
  if (options.mss) size += mss_length;
  if (options.timestamps) {
    size += 2 + timestamps_length;  // SACK-permitted takes the place of the two NOPs
  } else if (options.sack_permitted) {
    size += 2 + sack_permitted_length;
  }
  if (options.window_scale) size += 1 + window_scale_length;
  if (options.user_timeout) size += user_timeout_length;
  return size;
}

/// How many of the SACK blocks fit behind the other options (RFC 2018 §3: three beside timestamps).
std::size_t sack_blocks_that_fit(const TcpOptions& options) {
  const std::size_t room = max_tcp_options_size - size_without_sack_blocks(options);
  return room < 4 ? 0 : std::min<std::size_t>({options.sack_count, options.sack_blocks.size(), (room - 4) / 8});
}

/// Writes one octet after another.
class Writer {
 public:
  explicit Writer(std::uint8_t* to) : to_(to) {}
  Writer& octets(std::initializer_list<std::uint8_t> values) {
    to_ = std::copy(values.begin(), values.end(), to_);
    return *this;
  }
  Writer& be16(std::uint16_t value) {
    store_be16(to_, value);
    to_ += 2;
    return *this;
  }
  Writer& be32(std::uint32_t value) {
    store_be32(to_, value);
    to_ += 4;
    return *this;
  }

 private:
  std::uint8_t* to_;
};

}  // namespace

TcpOptions parse_tcp_options(Bytes octets) {
  TcpOptions options;
  if (octets.size() == 2 + timestamps_length && load_be32(octets.data()) == timestamps_layout) {
    options.timestamps = read_timestamps(octets.data() + 4);
    return options;
  }
  // MUST-64 (§3.2): options follow one another with no regard to word boundaries.
  while (!octets.empty()) {
    if (octets[0] == end_of_option_list) break;
    if (octets[0] == no_operation) {
      octets = octets.subspan(1);
      continue;
    }
    // MUST-68 (§3.1): every other kind has a length, which counts itself and the kind. MUST-7: it may be a lie.
    const std::size_t length = octets.size() < 2 ? 0 : octets[1];
    if (length < 2 || length > octets.size()) {
      options.illegal_length = true;
      break;
    }
    read_option(options, octets.first(length));
    octets = octets.subspan(length);
  }
  return options;
}

std::size_t tcp_options_size(const TcpOptions& options) {
  const std::size_t blocks = sack_blocks_that_fit(options);
  return size_without_sack_blocks(options) + (blocks == 0 ? 0 : 4 + blocks * sack_block_length);
}

// Every group begins and ends on a word boundary, so that neither an end-of-list nor the padding behind it is ever
// needed: MUST-69 (§3.1) holds for want of an EOL.
void write_tcp_options(const TcpOptions& options, MutableBytes to) {
  expects(to.size() == tcp_options_size(options), "options are written where they just fit");
  Writer writer(to.data());
  if (options.mss) writer.octets({maximum_segment_size, mss_length}).be16(*options.mss);
  if (options.sack_permitted && options.timestamps) {
    writer.octets({sack_permitted, sack_permitted_length});
  } else if (options.sack_permitted) {
    writer.octets({no_operation, no_operation, sack_permitted, sack_permitted_length});
  } else if (options.timestamps) {
    writer.octets({no_operation, no_operation});
  }
  if (options.timestamps) {
    writer.octets({timestamps, timestamps_length}).be32(options.timestamps->value).be32(options.timestamps->echo_reply);
  }
  if (options.window_scale) {
    writer.octets({no_operation, window_scale, window_scale_length, *options.window_scale});
  }
  if (options.user_timeout) writer.octets({user_timeout, user_timeout_length}).be16(*options.user_timeout);
  const std::size_t blocks = sack_blocks_that_fit(options);
  if (blocks == 0) return;
  writer.octets({no_operation, no_operation, selective_acknowledgment,
                 static_cast<std::uint8_t>(2 + blocks * sack_block_length)});
  for (std::size_t i = 0; i < blocks; ++i) {
    writer.be32(options.sack_blocks[i].left.value()).be32(options.sack_blocks[i].right.value());
  }
}

}  // namespace handwave::wire
