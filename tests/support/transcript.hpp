// The numbered history of a test, printed when an assertion fails in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/time.hpp"

namespace handwave::test {

/// While one lives, a failing assertion of Catch2's prints it to standard error.
class Transcript {
 public:
  Transcript();
  Transcript(const Transcript&) = delete;
  Transcript& operator=(const Transcript&) = delete;
  ~Transcript();

  void begin(Instant at) { begin_ = at; }
  /// Adds a line, and gives its number.
  std::uint32_t add(Instant at, std::string what);
  [[nodiscard]] std::string to_string() const;

 private:
  struct Line {
    Instant at;
    std::string what;
  };
  static constexpr std::size_t max_lines = 20'000;  ///< later ones are counted only

  Instant begin_;
  std::vector<Line> lines_;
  std::size_t count_ = 0;
};

/// Seconds with six decimals: "12.000350".
std::string seconds_text(Duration duration);

}  // namespace handwave::test
