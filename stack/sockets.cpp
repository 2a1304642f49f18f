#include "stack/sockets.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace handwave {

namespace {

std::error_code canceled() { return std::make_error_code(std::errc::operation_canceled); }

/// The element at `index`, growing `table` as needed.
template <class Element>
Element& at(std::vector<Element>& table, std::size_t index) {
  if (index >= table.size()) table.resize(std::max(index + 1, table.size() * 2));
  return table[index];
}

}  // namespace

/// The frame that owns a started task: linked into the list of all while it lives, gone by itself at its end.
struct Sockets::Root {
  struct promise_type;
  static Root run(Sockets& sockets, Task<void> task);

  Sockets& sockets;
  std::coroutine_handle<> coroutine;
  Root* previous = nullptr;
  Root* next = nullptr;
};

struct Sockets::Root::promise_type {
  promise_type(Sockets& sockets, const Task<void>&)
      : root{sockets, std::coroutine_handle<promise_type>::from_promise(*this)} {
    root.next = sockets.first_root_;
    if (root.next != nullptr) root.next->previous = &root;
    sockets.first_root_ = &root;
    ++sockets.task_count_;
  }
  promise_type(const promise_type&) = delete;
  promise_type& operator=(const promise_type&) = delete;
  ~promise_type() {
    (root.previous == nullptr ? root.sockets.first_root_ : root.previous->next) = root.next;
    if (root.next != nullptr) root.next->previous = root.previous;
    --root.sockets.task_count_;
  }

  Root get_return_object() const { return root; }
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_never final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  Root root;
};

Sockets::Root Sockets::Root::run(Sockets&, Task<void> task) { co_await task; }

void Sockets::end_tasks() {
  while (first_root_ != nullptr) first_root_->coroutine.destroy();
}

Sockets::~Sockets() {
  end_tasks();
  for (const Slot& slot : streams_)
    if (slot.state != nullptr) slot.state->sockets = nullptr;
  for (ListenerState* state : listeners_)
    if (state != nullptr) state->sockets = nullptr;
}

void Sockets::start(Task<void> task) { Root::run(*this, std::move(task)); }

Sockets::Result<Listener> Sockets::listen(const Endpoint& local, const ListenOptions& options) {
  if (stopping_) return std::unexpected(canceled());
  const auto id = stack_.listen(local, options);
  if (!id) return std::unexpected(id.error());
  auto state = std::make_unique<ListenerState>(*this, *id, local);
  at(listeners_, id->index) = state.get();
  return Listener{std::move(state)};
}

Stream Sockets::adopt(ConnectionId connection) {
  auto state = std::make_unique<StreamState>(*this, stack_, scheduler_, connection);
  if (const auto status = stack_.status(connection)) state->endpoints = status->sockets;
  at(streams_, connection.index) = {state.get(), {}};
  return Stream{std::move(state)};
}

Sockets::Result<Stream> Sockets::accept_now(ListenerId listener) {
  const auto id = stack_.accept(listener);
  if (!id) return std::unexpected(id.error());
  return adopt(*id);
}

void Sockets::linger(const StreamState& state) {
  if (find(state.id) == &state) streams_[state.id.index] = {nullptr, state.id};
}

void Sockets::forget(const StreamState& state) {
  if (find(state.id) == &state) streams_[state.id.index] = {};
}

void Sockets::forget(const ListenerState& state) {
  if (find(state.id) == &state) listeners_[state.id.index] = nullptr;
}

StreamState* Sockets::find(ConnectionId connection) const {
  if (connection.index >= streams_.size()) return nullptr;
  StreamState* const state = streams_[connection.index].state;
  return state != nullptr && state->id == connection ? state : nullptr;
}

ListenerState* Sockets::find(ListenerId listener) const {
  if (listener.index >= listeners_.size()) return nullptr;
  ListenerState* const state = listeners_[listener.index];
  return state != nullptr && state->id == listener ? state : nullptr;
}

void Sockets::handle(Instant now, const Event& event) {
  scheduler_.set_now(now);
  if (event.acceptable) {
    if (ListenerState* const state = find(event.listener)) scheduler_.retry(state->acceptor);
  } else if (StreamState* const state = find(event.connection)) {
    handle_stream(*state, event);
  } else if (event.closed && event.connection.index < streams_.size()) {
    Slot& slot = streams_[event.connection.index];
    if (slot.lingering == event.connection) slot = {};
  }
  scheduler_.run();
}

void Sockets::handle_stream(StreamState& state, const Event& event) {
  state.established |= event.established;
  state.all_acknowledged |= event.all_acknowledged;
  if (event.notice) state.notice = event.notice;
  if (event.closed) {
    state.closed = true;
    state.error = event.error;
    forget(state);
  }
  // Only tries and marks as ready: nothing runs yet, so the state is still there for the second one.
  if (event.readable || event.peer_closed || event.urgent || event.closed) scheduler_.retry(state.reader);
  if (event.writable || event.established || event.all_acknowledged || event.closed) scheduler_.retry(state.writer);
}

void Sockets::handle_timeout(Instant now) {
  scheduler_.set_now(now);
  scheduler_.expire();
  scheduler_.run();
}

void Sockets::stop() {
  stopping_ = true;
  for (ListenerState*& slot : listeners_) {
    if (slot == nullptr) continue;
    ListenerState& state = *std::exchange(slot, nullptr);
    state.stopped = true;
    stack_.close(now(), state.id);
    if (state.acceptor != nullptr) scheduler_.interrupt(*state.acceptor, canceled());
  }
  for (const auto& [state, lingering] : streams_)
    if (state != nullptr && state->reader != nullptr && state->reader_is_idle)
      scheduler_.interrupt(*state->reader, canceled());
}

void Sockets::abort_all() {
  for (Slot& slot : streams_) {
    const auto [state, lingering] = std::exchange(slot, {});
    if (lingering != ConnectionId{}) stack_.abort(now(), lingering);
    if (state == nullptr) continue;
    stack_.abort(now(), state->id);
    state->closed = true;
    state->error = TcpError::connection_aborted;
    for (Wait* const wait : {state->reader, state->writer})
      if (wait != nullptr) scheduler_.interrupt(*wait, state->error);
  }
}

// ---- Connect ----

Sockets::Connect::Connect(Sockets& sockets, const Endpoint& remote, const OpenOptions& options)
    : stream_(std::unexpected(std::error_code{})), wait_(sockets.scheduler_, &attempt, this) {
  const auto id = sockets.stack_.connect(sockets.now(), remote, options);
  if (id)
    stream_ = sockets.adopt(*id);
  else
    stream_ = std::unexpected(id.error());
}

void Sockets::Connect::await_suspend(std::coroutine_handle<> coroutine) {
  wait_.suspend(coroutine, std::nullopt, &stream_->state_->writer);
}

bool Sockets::Connect::attempt(void* self) {
  const StreamState& state = *static_cast<Connect*>(self)->stream_->state_;
  return state.established || state.closed;
}

Sockets::Result<Stream> Sockets::Connect::await_resume() {
  if (!stream_) return std::unexpected(stream_.error());
  if (wait_.interruption()) return std::unexpected(wait_.interruption());
  const StreamState& state = *stream_->state_;
  if (state.closed && !state.established)
    return std::unexpected(state.reason(make_error_code(TcpError::connection_closing)));
  return *std::move(stream_);
}

Sockets::Connect Sockets::connect(const Endpoint& remote, const OpenOptions& options) {
  return Connect{*this, remote, options};
}

// ---- Sleep ----

Sockets::Sleep::Sleep(Scheduler& scheduler, Instant wake_up)
    : scheduler_(scheduler), wake_up_(wake_up), wait_(scheduler, [](void*) { return true; }, nullptr) {}

Sockets::Sleep Sockets::sleep_until(Instant wake_up) { return Sleep{scheduler_, wake_up}; }
Sockets::Sleep Sockets::sleep_for(Duration duration) { return Sleep{scheduler_, now() + duration}; }

}  // namespace handwave
