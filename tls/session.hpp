// Session: one TLS connection as a filter of octets (RFC 8446, RFC 5246). Ciphertext goes in and out, plaintext goes in
// and out. It knows nothing of what carries the ciphertext, and of time only what certificates and tickets want.
//
//   while (!*session.handshake(ciphertext)) ciphertext = more();     // both sides; what is to be sent goes to the sink
//   session.write(request);
//   while ((count = *session.read(ciphertext, buffer)) == 0 && !session.peer_closed()) ciphertext = more();
//   session.close_notify();
//
// After an error the session is over: the alert that the RFCs ask for is in the sink already, and every further call
// gives the same error.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "tls/bytes.hpp"
#include "tls/context.hpp"
#include "tls/error.hpp"

namespace handwave::tls {

/// What a client keeps of a session to resume it (RFC 8446 §2.2, RFC 5077). Copies share it.
class Resumption {
 public:
  struct Parts;
  explicit Resumption(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};

/// True if octets that begin like this may be TLS: the first record of a connection is a handshake record (RFC 8446
/// §5.1). Decide by one octet or more.
bool looks_like_tls(Bytes beginning);

class Session {
 public:
  template <class T>
  using Result = std::expected<T, std::error_code>;
  /// Takes records on their way to the peer, several calls a flight: whoever has the transport collects them until the
  /// call that made them returns, so that a flight leaves in as few segments as it fits. Copies what it keeps.
  using Sink = std::function<void(Bytes ciphertext)>;

  /// The server's side. Allocates its buffers (about 40 KiB): make it when the first octet of a ClientHello is there.
  Session(const ServerContext& context, Sink sink);
  /// The client's side, towards the server of that DNS name or IP address, which its certificate must be for. With what
  /// an earlier session left, the server is asked to resume it.
  Session(const ClientContext& context, std::string_view server, Sink sink, const Resumption* resume = nullptr);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // ---- The handshake ----

  /// Goes on as far as `ciphertext` leads; what was used is dropped from its front. True once it is complete, false if
  /// it wants more octets. One call may take a millisecond or two: a signature, a key exchange.
  Result<bool> handshake(Bytes& ciphertext);
  [[nodiscard]] bool established() const;

  // ---- Afterwards ----

  /// Decrypts into `plaintext`, and says how many octets: 0 if there are none before more ciphertext comes, or ever
  /// (see peer_closed). Ask until it gives 0: what was decrypted may be more than fitted.
  Result<std::size_t> read(Bytes& ciphertext, MutableBytes plaintext);
  /// The peer's close_notify has been read: a clean end. Our own side may still send (RFC 8446 §6.1).
  [[nodiscard]] bool peer_closed() const;
  /// What the end of the transport's input (FIN) means: nothing after close_notify, else `truncated`, which reading
  /// gives from then on. Writing is still possible. Before the end of the handshake, `truncated` is the session's
  /// error.
  Result<void> end_of_input();
  /// Encrypts all of `plaintext`, in records of at most `record_size` octets of it (and at most max_record()). With the
  /// error keys_exhausted the session is over like with any other; until then close_notify still finds its record.
  Result<void> write(Bytes plaintext, std::size_t record_size = SIZE_MAX);
  /// Says that we send no more (RFC 8446 §6.1). Reading goes on. Does nothing a second time, before the handshake is
  /// complete, and after an error.
  void close_notify();

  // ---- Getters ----

  /// The most octets of plaintext that one record of this session takes.
  [[nodiscard]] std::size_t max_record() const;
  [[nodiscard]] Version version() const;
  /// As the registry names it: "TLS_CHACHA20_POLY1305_SHA256".
  [[nodiscard]] std::string_view suite() const;
  /// ALPN's choice; empty if there was none.
  [[nodiscard]] std::string_view protocol() const;
  /// The name that the client asked for (SNI); empty if none.
  [[nodiscard]] std::string_view server_name() const;
  /// True if an earlier session was resumed instead of a full handshake.
  [[nodiscard]] bool resumed() const;
  /// A client's: what to resume from next time; null until the server has sent a ticket.
  [[nodiscard]] std::shared_ptr<const Resumption> resumption() const;
  /// The session's error in a sentence with its particulars ("the certificate expired on 2025-01-31"); empty if none.
  [[nodiscard]] std::string failure() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace handwave::tls
