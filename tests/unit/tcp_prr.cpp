// Proportional Rate Reduction: the examples of RFC 6937 §3.1, ACK by ACK, in octets.
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>

#include "stack/tcp/recovery/prr.hpp"

namespace handwave::tcp {
namespace {

constexpr std::uint32_t smss = 1000;

/// Lets ACKs of one segment each come in; gives how many segments were sent for each.
std::string answers(ProportionalRateReduction& prr, int acks, std::uint32_t& pipe, std::uint32_t ssthresh, bool safe) {
  std::string sent;
  for (int i = 0; i < acks; ++i) {
    pipe -= smss;
    prr.acknowledged(smss, pipe, ssthresh, safe, smss);
    const std::uint32_t segments = prr.room() / smss;
    prr.sent(segments * smss);
    pipe += segments * smss;
    sent += std::to_string(segments);
  }
  return sent;
}

}  // namespace

TEST_CASE("RFC 6937 §3.1: one loss of twenty: every other ACK sends one, down to ssthresh",
          "[prr][RFC6937][5681-4.3-b][6937-3-a]") {
  ProportionalRateReduction prr;
  std::uint32_t pipe = 19 * smss;
  prr.begin(pipe, 0, smss);
  CHECK(prr.room() == smss);
  const std::string sent = answers(prr, 19, pipe, 10 * smss, true);
  // Ten or eleven segments for nineteen ACKs, never two in a row of silence.
  CHECK(sent.find("000") == std::string::npos);
  CHECK(sent.find('2') == std::string::npos);
  CHECK(pipe == 10 * smss);
}

TEST_CASE("RFC 6937 §3.1: fifteen losses of twenty: slow start back to ssthresh while SND.UNA advances",
          "[prr][RFC6937][6937-3-b]") {
  ProportionalRateReduction prr;
  std::uint32_t pipe = 5 * smss;
  prr.begin(pipe, 0, smss);
  CHECK(answers(prr, 3, pipe, 10 * smss, true) == "222");
  CHECK(answers(prr, 4, pipe, 10 * smss, true) == "2211");
  CHECK(pipe == 10 * smss);
}

TEST_CASE("RFC 9937: an ACK that tells of further loss sends no more than it delivers", "[prr][RFC6937][6937-3-c]") {
  ProportionalRateReduction prr;
  std::uint32_t pipe = 5 * smss;
  prr.begin(pipe, 0, smss);
  CHECK(answers(prr, 5, pipe, 10 * smss, false) == "11111");
  CHECK(pipe == 5 * smss);
}

TEST_CASE("RFC 9937: the fast retransmit is sent even if nothing else may be", "[prr][RFC6937][6937-3-d]") {
  ProportionalRateReduction prr;
  prr.begin(20 * smss, 0, smss);
  CHECK(prr.room() == smss);
  prr.acknowledged(1, 20 * smss, 10 * smss, false, smss);
  CHECK(prr.room() == smss);
  prr.sent(smss);
  CHECK(prr.room() == 0);
  prr.acknowledged(0, 20 * smss, 10 * smss, false, smss);
  CHECK(prr.room() == 0);
}

TEST_CASE("RFC 8985 §6.2 step 5: what the reordering timer finds lost may leave again, up to ssthresh",
          "[prr][RFC6937][RFC8985][8985-9.3-a][8985-9.3-b]") {
  ProportionalRateReduction prr;
  prr.begin(5 * smss, 0, smss);
  prr.sent(smss);
  prr.found_lost(smss, 4 * smss, 10 * smss);
  CHECK(prr.room() == smss);
  prr.found_lost(smss, 9 * smss, 10 * smss);
  CHECK(prr.room() == smss);
  prr.found_lost(smss, 11 * smss, 10 * smss);
  CHECK(prr.room() == smss);
  prr.found_lost(smss, 8 * smss, 10 * smss);
  CHECK(prr.room() == 2 * smss);
}

}  // namespace handwave::tcp
