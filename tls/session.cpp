#include "tls/session.hpp"

#include <algorithm>
#include <utility>

#include "tls/session_parts.hpp"
#include "tls/suites.hpp"

namespace handwave::tls {

bool looks_like_tls(Bytes beginning) {
  return !beginning.empty() && beginning[0] == RecordHeader::handshake && (beginning.size() < 2 || beginning[1] == 3);
}

Session::Session(const ServerContext& context, Sink sink)
    : parts_(std::make_unique<Parts>(context.parts(), std::move(sink), "")) {
  mbedtls_ssl_set_user_data_p(parts_->ssl.get(), &parts_->asked_name);  // for serve_name()
}

Session::Session(const ClientContext& context, std::string_view server, Sink sink, const Resumption* resume)
    : parts_(std::make_unique<Parts>(context.parts(), std::move(sink), server)) {
  parts_->call(server, context.parts()->authorities.has_value(), resume);
}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

auto Session::handshake(Bytes& ciphertext) -> Result<bool> {
  if (parts_->error) return std::unexpected(parts_->error);
  if (parts_->complete) return true;
  const int result = parts_->run(ciphertext, [this] { return parts_->shake_hands(); });
  if (result == 0) return true;
  if (result == MBEDTLS_ERR_SSL_WANT_READ) return false;
  return std::unexpected(parts_->fail(result));
}

bool Session::established() const { return parts_->complete && !parts_->error; }

auto Session::read(Bytes& ciphertext, MutableBytes plaintext) -> Result<std::size_t> {
  if (parts_->error) return std::unexpected(parts_->error);
  if (parts_->truncated) return std::unexpected(TlsError::truncated);
  if (!parts_->complete || plaintext.empty()) return 0;
  while (!parts_->peer_closed) {
    const int result = parts_->run(
        ciphertext, [&] { return mbedtls_ssl_read(parts_->ssl.get(), plaintext.data(), plaintext.size()); });
    if (result > 0) return static_cast<std::size_t>(result);
    if (result == MBEDTLS_ERR_SSL_WANT_READ && ciphertext.empty() && !parts_->within_ticket()) return 0;
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) parts_->keep_for_resumption();
    if (!parts_->goes_on_after(result)) return std::unexpected(parts_->fail(result));
  }
  ciphertext = {};  // RFC 8446 §6.1: what comes after close_notify is ignored
  return 0;
}

bool Session::peer_closed() const { return parts_->peer_closed; }

auto Session::end_of_input() -> Result<void> {
  if (parts_->error) return std::unexpected(parts_->error);
  if (parts_->peer_closed) return {};
  if (!parts_->complete) {
    return std::unexpected(
        parts_->fail({TlsError::truncated, std::nullopt, "the connection ended in the middle of the handshake"}));
  }
  parts_->truncated = true;
  parts_->failure = parts_->reader.inside() ? "the connection ended in the middle of a record"
                                            : make_error_code(TlsError::truncated).message();
  return std::unexpected(TlsError::truncated);
}

auto Session::write(Bytes plaintext, std::size_t record_size) -> Result<void> {
  if (parts_->error) return std::unexpected(parts_->error);
  if (parts_->closed) return std::unexpected(TlsError::closed);
  if (!parts_->complete) return std::unexpected(TlsError::internal);
  const std::size_t most = std::max<std::size_t>(std::min(record_size, max_record()), 1);
  while (!plaintext.empty()) {
    // RFC 8446 §5.5. The end is no clean one: part of what was to be written may be with the peer already.
    if (parts_->keys_exhausted())
      return std::unexpected(parts_->fail({TlsError::keys_exhausted, Alert::internal_error, ""}));
    const Bytes part = plaintext.first(std::min(plaintext.size(), most));
    Bytes nothing;
    const int result =
        parts_->run(nothing, [&] { return mbedtls_ssl_write(parts_->ssl.get(), part.data(), part.size()); });
    if (result < 0) return std::unexpected(parts_->fail(result));
    plaintext = plaintext.subspan(static_cast<std::size_t>(result));
  }
  return {};
}

void Session::close_notify() {
  if (parts_->error || parts_->closed || !parts_->complete) return;
  parts_->closed = true;
  Bytes nothing;
  const int result = parts_->run(nothing, [this] { return mbedtls_ssl_close_notify(parts_->ssl.get()); });
  if (result != 0) (void)parts_->fail(result);
}

std::size_t Session::max_record() const {
  // Mbed TLS pads the inner plaintext of TLS 1.3, its type included, to a multiple of 16: one octet less fits.
  const std::size_t most = version() == Version::tls1_3 ? (1U << 14) - 1 : 1U << 14;
  const int negotiated = mbedtls_ssl_get_max_out_record_payload(parts_->ssl.get());  // max_fragment_length, RFC 6066 §4
  return negotiated > 0 ? std::min(most, static_cast<std::size_t>(negotiated)) : most;
}

Version Session::version() const {
  return mbedtls_ssl_get_version_number(parts_->ssl.get()) == MBEDTLS_SSL_VERSION_TLS1_3 ? Version::tls1_3
                                                                                         : Version::tls1_2;
}

std::string_view Session::suite() const { return parts_->suite().name; }

std::string_view Session::protocol() const {
  const char* protocol = mbedtls_ssl_get_alpn_protocol(parts_->ssl.get());
  return protocol == nullptr ? std::string_view{} : protocol;
}

std::string_view Session::server_name() const { return parts_->asked_name; }

bool Session::resumed() const { return parts_->complete && !parts_->full_handshake; }

std::shared_ptr<const Resumption> Session::resumption() const { return parts_->resumption; }

std::string Session::failure() const { return parts_->failure; }

}  // namespace handwave::tls
