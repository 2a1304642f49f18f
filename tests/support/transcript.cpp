// The numbered history of a test, printed when an assertion fails in it.
#include "tests/support/transcript.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
#include <cstdio>
#include <iostream>
#include <utility>

namespace handwave::test {
namespace {

std::vector<const Transcript*>& living() {
  static std::vector<const Transcript*> transcripts;
  return transcripts;
}

class TranscriptPrinter : public Catch::EventListenerBase {
 public:
  using EventListenerBase::EventListenerBase;

  void assertionEnded(const Catch::AssertionStats& stats) override {
    if (stats.assertionResult.isOk()) return;
    for (const Transcript* transcript : living()) std::cerr << "Transcript:\n" << transcript->to_string();
  }
};
CATCH_REGISTER_LISTENER(TranscriptPrinter)

}  // namespace

Transcript::Transcript() { living().push_back(this); }
Transcript::~Transcript() { std::erase(living(), this); }

std::uint32_t Transcript::add(Instant at, std::string what) {
  if (lines_.size() < max_lines) lines_.push_back({at, std::move(what)});
  return static_cast<std::uint32_t>(++count_);
}

std::string Transcript::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    std::array<char, 64> start;
    std::snprintf(start.data(), start.size(), "%4zu. %12s  ", i + 1, seconds_text(lines_[i].at - begin_).c_str());
    text += start.data() + lines_[i].what + '\n';
  }
  if (count_ > lines_.size()) text += "and " + std::to_string(count_ - lines_.size()) + " more\n";
  return text;
}

std::string seconds_text(Duration duration) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.6f", std::chrono::duration<double>(duration).count());
  return text.data();
}

}  // namespace handwave::test
