#include "apps/key_logs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

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
  fmt::print(stderr, "handwave: warning: TLS secrets go to {}: whoever reads it can read every connection\n",
             file_name);
}

void KeyLogs::add(std::string_view line) {
  if (file_) {
    const std::string whole = std::string{line} + '\n';
    (void)!::write(file_.number(), whole.data(), whole.size());
  }
  if (ladder_ != nullptr) ladder_->add_secret(line);
}

}  // namespace handwave
