#include "stack/sockets/listener.hpp"

#include "stack/sockets.hpp"

namespace handwave {

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::move(other.state_);
  }
  return *this;
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (state_ == nullptr || state_->sockets == nullptr) return;
  Sockets& sockets = *state_->sockets;
  if (state_->acceptor != nullptr)
    sockets.scheduler_.interrupt(*state_->acceptor, std::make_error_code(std::errc::operation_canceled));
  if (!state_->stopped) sockets.stack_.close(sockets.now(), state_->id);
  sockets.forget(*state_);
}

Listener::Accept Listener::accept() { return Accept{*state_, state_->sockets->scheduler_}; }

Listener::Accept::Accept(ListenerState& state, Scheduler& scheduler)
    : state_(state), result_(std::unexpected(std::error_code{})), wait_(scheduler, &attempt, this) {}

bool Listener::Accept::await_ready() {
  if (state_.acceptor != nullptr) {
    result_ = std::unexpected(std::make_error_code(std::errc::operation_in_progress));
    return true;
  }
  return attempt(this);
}

bool Listener::Accept::attempt(void* self) {
  Accept& accept = *static_cast<Accept*>(self);
  if (accept.state_.stopped) {
    accept.result_ = std::unexpected(std::make_error_code(std::errc::operation_canceled));
    return true;
  }
  accept.result_ = accept.state_.sockets->accept_now(accept.state_.id);
  return accept.result_ || accept.result_.error() != TcpError::would_block;
}

Stack::Result<Stream> Listener::Accept::await_resume() {
  if (wait_.interruption()) return std::unexpected(wait_.interruption());
  return std::move(result_);
}

}  // namespace handwave
