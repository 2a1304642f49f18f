#include "apps/key_logs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

#include "apps/console.hpp"
#include "tun/system_error.hpp"

namespace handwave {

std::string key_log_name(const std::string& option) {
  if (!option.empty()) return option;
  const char* const variable = std::getenv("SSLKEYLOGFILE");
  return variable == nullptr ? "" : variable;
}

KeyLogs::KeyLogs(const std::string& file_name) {
  if (file_name.empty()) return;
  file_ = FileDescriptor{::open(file_name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (!file_) throw SystemError("write the key log " + file_name, errno);
  complain(
      fmt::format("handwave: warning: TLS secrets go to {}: whoever reads it can read every connection\n", file_name));
}

void KeyLogs::add(std::string_view line) {
  if (file_) {
    const std::string whole = std::string{line} + '\n';
    if (::write(file_.number(), whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) complete_ = false;
  }
  if (ladder_ != nullptr) ladder_->add_secret(line);
}

void KeyLogs::finish() const {
  if (!complete_)
    throw std::runtime_error("the key log is not complete: its file could not be written; is the disk full?");
}

}  // namespace handwave
