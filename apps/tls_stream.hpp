// TLS over a stream of octets, with the operations of a Stream, so that whoever uses it cannot tell them apart.
// RFC 8446 §5, §6.1.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "apps/byte_stream.hpp"
#include "apps/handshake_gate.hpp"
#include "stack/sockets.hpp"
#include "tls/session.hpp"

namespace handwave {

/// Move-only. One read and one write at a time, as for a Stream. Destroying it closes the transport without a
/// close_notify, which the peer will take for a truncation: finish_sending first.
template <ByteStream Transport>
class TlsOver {
 public:
  template <class T>
  using Result = Stream::Result<T>;

  /// The server's side of `transport`, from which `received` has been read already: the ClientHello or its beginning,
  /// so that a session's memory comes with its first octet.
  TlsOver(Sockets& sockets, Transport transport, const tls::ServerContext& context, Slice received);
  /// The client's side, towards a server of that name or address.
  TlsOver(Sockets& sockets, Transport transport, const tls::ClientContext& context, std::string_view server,
          const tls::Resumption* resume = nullptr);
  TlsOver(TlsOver&&) noexcept;
  TlsOver& operator=(TlsOver&&) noexcept;
  ~TlsOver();

  /// First of all. Each flight leaves as one write. Through a gate, its steps wait their turn, and the deadline, which
  /// is for the peer to keep, moves by as much. Errors are of TLS (tls_error_category), the transport's, or
  /// `timed_out`; the alert, if one is due, was sent.
  Task<Result<void>> handshake(std::optional<Instant> deadline, HandshakeGate* gate = nullptr);

  /// Plaintext, as soon as there is any, at most one record's. An empty slice is the peer's close_notify; its FIN
  /// without one is the error `truncated`.
  Task<Result<Slice>> read(std::size_t max = SIZE_MAX, std::optional<Instant> deadline = {});
  Task<Result<Slice>> read_idle(std::size_t max = SIZE_MAX, std::optional<Instant> deadline = {});
  /// Encrypts and sends all of it. The deadline is for the whole.
  Task<Result<void>> write(Bytes octets, std::optional<Instant> deadline = {});
  Task<Result<void>> write(Slice octets, std::optional<Instant> deadline = {});
  /// Sends close_notify, then the transport's own end: a FIN. Reading goes on.
  Task<Result<void>> finish_sending(std::optional<Instant> deadline = {});
  void abort();

  [[nodiscard]] const Endpoint& local() const;
  [[nodiscard]] const Endpoint& peer() const;
  [[nodiscard]] const tls::Session& session() const;
  /// What lies below. For its last words after a handshake that failed.
  [[nodiscard]] Transport& transport();

 private:
  struct State;
  Task<Result<Slice>> read(std::size_t max, std::optional<Instant> deadline, bool idle);
  Task<Result<void>> receive(std::optional<Instant> deadline, bool idle);
  Task<Result<void>> flush(std::optional<Instant> deadline);

  std::unique_ptr<State> state_;
};

template <ByteStream Transport>
Task<Stream::Result<void>> finish_sending(TlsOver<Transport>& stream, std::optional<Instant> deadline = {}) {
  return stream.finish_sending(deadline);
}

/// TLS over TCP.
using TlsStream = TlsOver<Stream>;
extern template class TlsOver<Stream>;  // others need apps/tls_stream_definitions.hpp

static_assert(ByteStream<Stream> && ByteStream<TlsStream>);

}  // namespace handwave
