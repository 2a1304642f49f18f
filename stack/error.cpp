#include "stack/error.hpp"

#include <string>

namespace handwave {
namespace {

struct Description {
  const char* message;
  std::errc nearest;
};

Description describe(TcpError error) {
  using enum TcpError;
  switch (error) {
    case connection_refused:
      return {"connection refused", std::errc::connection_refused};
    case connection_reset:
      return {"connection reset by the peer", std::errc::connection_reset};
    case connection_aborted:
      return {"connection aborted", std::errc::connection_aborted};
    case connection_does_not_exist:
      return {"connection does not exist", std::errc::not_connected};
    case connection_already_exists:
      return {"connection already exists", std::errc::already_connected};
    case connection_closing:
      return {"connection closing", std::errc::broken_pipe};
    case user_timeout:
      return {"connection aborted due to user timeout", std::errc::timed_out};
    case not_acknowledged:
      return {"the peer acknowledges nothing", std::errc::timed_out};
    case keep_alive_timeout:
      return {"the peer answered no keep-alive probe", std::errc::timed_out};
    case host_unreachable:
      return {"no route to the host", std::errc::host_unreachable};
    case protocol_unreachable:
      return {"the remote host has no TCP", std::errc::no_protocol_option};
    case port_unreachable:
      return {"the remote port is unreachable", std::errc::connection_refused};
    case message_too_long:
      return {"the path's MTU is too small for a segment", std::errc::message_size};
    case foreign_endpoint_unspecified:
      return {"remote socket unspecified", std::errc::destination_address_required};
    case invalid_remote_address:
      return {"the remote address is not that of one host", std::errc::invalid_argument};
    case address_not_available:
      return {"the local address is not ours", std::errc::address_not_available};
    case address_in_use:
      return {"there is a listener on that port already", std::errc::address_in_use};
    case no_free_port:
      return {"no free local port for that remote socket", std::errc::address_in_use};
    case insufficient_resources:
      return {"insufficient resources", std::errc::no_buffer_space};
    case would_block:
      return {"not ready yet", std::errc::operation_would_block};
  }
  return {"unknown TCP error", std::errc::io_error};
}

class TcpErrorCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tcp"; }
  [[nodiscard]] std::string message(int value) const override { return describe(static_cast<TcpError>(value)).message; }
  [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
    return describe(static_cast<TcpError>(value)).nearest;
  }
};

}  // namespace

const std::error_category& tcp_error_category() {
  static const TcpErrorCategory category;
  return category;
}

}  // namespace handwave
