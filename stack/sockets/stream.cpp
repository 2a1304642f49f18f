#include "stack/sockets/stream.hpp"

#include "stack/expects.hpp"
#include "stack/sockets.hpp"

namespace handwave {

namespace {

std::unexpected<std::error_code> failure(std::errc reason) { return std::unexpected(std::make_error_code(reason)); }

}  // namespace

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    close_both();
    state_ = std::move(other.state_);
  }
  return *this;
}

Stream::~Stream() { close_both(); }

void Stream::close_both() {
  if (state_ == nullptr || state_->sockets == nullptr) return;
  for (Wait* const wait : {state_->reader, state_->writer})
    if (wait != nullptr) state_->scheduler->interrupt(*wait, std::make_error_code(std::errc::operation_canceled));
  if (state_->closed) return;
  state_->sockets->linger(*state_);
  // The only error would be that it is closed already, which is as well.
  (void)state_->stack->close(state_->scheduler->now(), state_->id, CloseKind::both);
}

Stream::Read Stream::read(std::size_t max, std::optional<Instant> deadline) {
  return Read{*state_, max, deadline, false};
}
Stream::Read Stream::read_idle(std::size_t max, std::optional<Instant> deadline) {
  return Read{*state_, max, deadline, true};
}
Stream::Write Stream::write(Bytes octets, std::optional<Instant> deadline) { return Write{*state_, octets, deadline}; }
Stream::Write Stream::write(Slice octets, std::optional<Instant> deadline) {
  return Write{*state_, std::move(octets), deadline};
}
Stream::Flush Stream::flushed(std::optional<Instant> deadline) { return Flush{*state_, deadline}; }

Stream::Result<std::size_t> Stream::send_urgent(Bytes octets) {
  const auto sent = state_->stack->send_urgent(state_->scheduler->now(), state_->id, octets);
  if (!sent) return std::unexpected(state_->reason(sent.error()));
  return sent;
}

Stream::Result<void> Stream::shutdown() {
  const auto closed = state_->stack->close(state_->scheduler->now(), state_->id, CloseKind::sending);
  if (!closed) return std::unexpected(state_->reason(closed.error()));
  state_->shut_down = true;
  return {};
}

void Stream::abort() {
  if (state_->closed) return;
  state_->stack->abort(state_->scheduler->now(), state_->id);
  state_->sockets->forget(*state_);
  state_->closed = true;
  state_->error = TcpError::connection_aborted;
  for (Wait* const wait : {state_->reader, state_->writer})
    if (wait != nullptr) state_->scheduler->interrupt(*wait, state_->error);
}

Stream::Result<Status> Stream::status() const {
  auto status = state_->stack->status(state_->id);
  if (!status) return std::unexpected(state_->reason(status.error()));
  return status;
}

Stream::Result<ConnectionOptions> Stream::options() const {
  auto options = state_->stack->options(state_->id);
  if (!options) return std::unexpected(state_->reason(options.error()));
  return options;
}

Stream::Result<void> Stream::set_options(const ConnectionOptions& options) {
  const auto set = state_->stack->set_options(state_->scheduler->now(), state_->id, options);
  if (!set) return std::unexpected(state_->reason(set.error()));
  return {};
}

// ---- Read ----

Stream::Read::Read(StreamState& state, std::size_t max, std::optional<Instant> deadline, bool idle)
    : state_(state), max_(max), deadline_(deadline), idle_(idle), wait_(*state.scheduler, &attempt, this) {}

bool Stream::Read::await_ready() {
  if (state_.reader != nullptr) {
    result_ = failure(std::errc::operation_in_progress);
    return true;
  }
  if (attempt(this)) return true;
  if (!idle_ || !state_.sockets->stopping()) return false;
  result_ = failure(std::errc::operation_canceled);
  return true;
}

void Stream::Read::await_suspend(std::coroutine_handle<> coroutine) {
  state_.reader_is_idle = idle_;
  wait_.suspend(coroutine, deadline_, &state_.reader);
}

bool Stream::Read::attempt(void* self) {
  Read& read = *static_cast<Read*>(self);
  StreamState& state = read.state_;
  read.result_ = state.stack->receive(state.scheduler->now(), state.id, read.max_);
  if (read.result_) return true;
  if (read.result_.error() == TcpError::would_block) return false;
  // A close without an error is the end of the stream, even if its name has gone with it.
  if (state.closed && !state.error)
    read.result_ = Slice{};
  else
    read.result_ = std::unexpected(state.reason(read.result_.error()));
  return true;
}

Stream::Result<Slice> Stream::Read::await_resume() {
  if (wait_.interruption()) return std::unexpected(wait_.interruption());
  return std::move(result_);
}

// ---- Write ----

Stream::Write::Write(StreamState& state, Bytes octets, std::optional<Instant> deadline)
    : state_(state), shared_(false), octets_(octets), deadline_(deadline), wait_(*state.scheduler, &attempt, this) {}

Stream::Write::Write(StreamState& state, Slice octets, std::optional<Instant> deadline)
    : state_(state),
      shared_(true),
      slice_(std::move(octets)),
      deadline_(deadline),
      wait_(*state.scheduler, &attempt, this) {}

bool Stream::Write::await_ready() {
  if (state_.writer != nullptr) {
    result_ = failure(std::errc::operation_in_progress);
    return true;
  }
  return attempt(this);
}

Stream::Result<std::size_t> Stream::Write::send_some() {
  const Instant now = state_.scheduler->now();
  return shared_ ? state_.stack->send(now, state_.id, slice_) : state_.stack->send(now, state_.id, octets_);
}

bool Stream::Write::attempt(void* self) {
  Write& write = *static_cast<Write*>(self);
  while (!write.octets_.empty() || !write.slice_.empty()) {
    const auto taken = write.send_some();
    if (!taken && taken.error() == TcpError::would_block) return false;
    if (!taken) {
      write.result_ = std::unexpected(write.state_.reason(taken.error()));
      return true;
    }
    write.octets_ = write.octets_.subspan(write.shared_ ? 0 : *taken);
    if (write.shared_) write.slice_.remove_prefix(*taken);
  }
  write.result_ = {};
  return true;
}

Stream::Result<void> Stream::Write::await_resume() {
  if (wait_.interruption()) return std::unexpected(wait_.interruption());
  return result_;
}

// ---- Flush ----

Stream::Flush::Flush(StreamState& state, std::optional<Instant> deadline)
    : state_(state), deadline_(deadline), wait_(*state.scheduler, &attempt, this) {}

bool Stream::Flush::await_ready() {
  if (state_.writer != nullptr)
    result_ = failure(std::errc::operation_in_progress);
  else if (!state_.shut_down)
    result_ = failure(std::errc::invalid_argument);
  else
    return attempt(this);
  return true;
}

bool Stream::Flush::attempt(void* self) {
  Flush& flush = *static_cast<Flush*>(self);
  const StreamState& state = flush.state_;
  flush.result_ = {};
  if (state.closed && state.error) flush.result_ = std::unexpected(state.error);
  return state.closed || state.all_acknowledged;
}

Stream::Result<void> Stream::Flush::await_resume() {
  if (wait_.interruption()) return std::unexpected(wait_.interruption());
  return result_;
}

}  // namespace handwave
