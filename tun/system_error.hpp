// What is thrown when the operating system says no: one line for a person to read.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace handwave {

/// "cannot ATTEMPT: REASON (ADVICE)". The only kind of exception that `tun/` throws.
class SystemError : public std::runtime_error {
 public:
  /// `error` is an errno value. `attempt` completes "cannot ..."; `advice`, if any, says what to do about it.
  SystemError(const std::string& attempt, int error, const std::string& advice = {})
      : SystemError(attempt, std::generic_category().message(error), std::error_code(error, std::generic_category()),
                    advice) {}
  /// For what was found wrong before any system call was made, or better explained than errno does it.
  SystemError(const std::string& attempt, const std::string& reason, std::error_code code,
              const std::string& advice = {})
      : std::runtime_error("cannot " + attempt + ": " + reason + (advice.empty() ? "" : " (" + advice + ")")),
        code_(code) {}

  [[nodiscard]] std::error_code code() const { return code_; }

 private:
  std::error_code code_;
};

}  // namespace handwave
