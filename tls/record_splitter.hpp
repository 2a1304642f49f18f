// The record layer as an onlooker reads it: octets of one direction in, records out. RFC 8446 §5.1, RFC 5246 §6.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/record.hpp"
#include "tls/registry.hpp"

namespace handwave::tls {

/// A whole record (tls/record.hpp draws its header).
struct Record {
  ContentType type{};
  std::uint16_t version = 0;
  std::vector<std::uint8_t> fragment;
  std::uint64_t end = 0;  ///< how far into its stream it reaches

  [[nodiscard]] std::size_t size() const { return RecordHeader::size + fragment.size(); }
};

/// Holds what is not yet a whole record, and no more.
class RecordSplitter {
 public:
  /// The next octets of the stream. Ask for the records afterwards, until there is none.
  void add(Bytes octets);
  /// The next whole record.
  std::optional<Record> next();
  /// What comes next can be no record: there will be no more of them.
  [[nodiscard]] bool malformed() const { return malformed_; }
  /// How far into the stream the records reach that there were.
  [[nodiscard]] std::uint64_t position() const { return passed_ + read_; }

 private:
  std::vector<std::uint8_t> rest_;
  std::size_t read_ = 0;      ///< of rest_, what was given away as records
  std::uint64_t passed_ = 0;  ///< octets of the stream before rest_
  bool malformed_ = false;
};

}  // namespace handwave::tls
