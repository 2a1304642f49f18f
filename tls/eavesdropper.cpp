#include "tls/eavesdropper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tls/alert.hpp"
#include "tls/octet_reader.hpp"

namespace handwave::tls {
namespace {

constexpr const char* application_data = "Application Data";

Speaker other(Speaker one) { return one == Speaker::client ? Speaker::server : Speaker::client; }

}  // namespace

void Eavesdropper::hear(Speaker from, Bytes octets) {
  Direction& heard = direction(from);
  if (heard.ignored) return;
  heard.records.add(octets);
  while (const auto record = heard.records.next()) {
    take_record(from, *record);
    if (heard.ignored) return;
  }
  if (heard.records.malformed()) ignore(from, "not TLS", heard.records.position() + 1);
}

void Eavesdropper::add_secret(std::string_view key_log_line) {
  auto line = parse_key_log_line(key_log_line);
  if (!line || !client_random_ || line->client_random != *client_random_) return;
  secrets_[static_cast<std::size_t>(line->label)] = std::move(line->secret);
  for (const Speaker from : {Speaker::client, Speaker::server}) read_waiting(from);
}

void Eavesdropper::stop_waiting() {
  for (const Speaker from : {Speaker::client, Speaker::server}) make_opaque(from);
}

void Eavesdropper::give_up(Speaker from, std::string why) {
  if (!direction(from).ignored) ignore(from, std::move(why), direction(from).records.position());
}

std::vector<Overheard> Eavesdropper::take() { return std::exchange(messages_, {}); }

// ---- Records: RFC 8446 §5, RFC 5246 §6 ----

void Eavesdropper::take_record(Speaker from, const Record& record) {
  is_tls_ = is_tls_ || (from == Speaker::client && record.type == ContentType::handshake);
  Direction& heard = direction(from);
  direction(other(from)).repeated_size = 0;  // what it says next is an answer
  if (heard.waiting.empty() && understand(from, record)) return;
  heard.waiting.push_back(record);
  heard.waiting_octets += record.size();
  if (heard.waiting_octets > max_waiting) make_opaque(from);
}

/// False if the record is encrypted, and its keys may yet come.
bool Eavesdropper::understand(Speaker from, const Record& record) {
  Direction& heard = direction(from);
  const Protection protection = heard.protection;
  // RFC 8446 §5: TLS 1.3 may send ChangeCipherSpec in the clear at any time, for middleboxes, and it means nothing
  // (§D.4). An end that could not read the other's first messages has no keys for the alert that says so.
  const bool stays_clear = record.type == ContentType::change_cipher_spec || record.type == ContentType::alert;
  if (protection == Protection::none || (settled_.version == tls1_3_number && stays_clear)) {
    take_content({from, record.type, record.fragment, Protection::none, record.end});
    return true;
  }
  if (!heard.opaque && !find_keys(from)) return false;
  if (!heard.opaque && pass_over(from, record)) return true;
  if (auto opened = heard.opaque ? std::nullopt : heard.keys->open(record)) {
    const bool much = opened->type == ContentType::application_data && record.fragment.size() >= min_repeated;
    heard.repeated_size = much ? record.fragment.size() : 0;
    heard.repeated_length = opened->octets.size();
    take_content({from, opened->type, opened->octets, protection, record.end});
    return true;
  }
  tell_encrypted(from, record);
  make_opaque(from);
  return true;
}

/// True if the record is taken for more of the same: told without its beginning, and not decrypted.
bool Eavesdropper::pass_over(Speaker from, const Record& record) {
  Direction& heard = direction(from);
  if (heard.repeated_size == 0 || record.fragment.size() != heard.repeated_size ||
      record.type != ContentType::application_data)
    return false;
  heard.keys->pass_over();
  tell({from, record.type, {}, heard.protection, record.end}, Overheard::Kind::application_data, application_data)
      .length = heard.repeated_length;
  return true;
}

/// Goes on with what waited, as far as there are keys: one message may be the last under its keys.
void Eavesdropper::read_waiting(Speaker from) {
  Direction& heard = direction(from);
  while (!heard.waiting.empty()) {
    Record record = std::move(heard.waiting.front());
    heard.waiting.pop_front();
    heard.waiting_octets -= record.size();
    if (understand(from, record)) continue;
    heard.waiting_octets += record.size();
    return heard.waiting.push_front(std::move(record));
  }
}

/// True if there are keys for what `from` says next.
bool Eavesdropper::find_keys(Speaker from) {
  Direction& heard = direction(from);
  if (!heard.keys) heard.keys = derive_keys(from);
  return heard.keys.has_value();
}

/// Null if it is not known, or cannot be one of this connection: its size is that of another.
const Secret* Eavesdropper::find_secret(SecretLabel label) const {
  const Secret& secret = secrets_[static_cast<std::size_t>(label)];
  const std::size_t size = label == SecretLabel::CLIENT_RANDOM ? master_secret_size : size_of(settled_.suite->hash);
  return secret.size() == size ? &secret : nullptr;
}

std::optional<TrafficKeys> Eavesdropper::derive_keys(Speaker from) {
  const Direction& heard = direction(from);
  const bool client = from == Speaker::client;
  if (settled_.version != tls1_3_number) {
    const Secret* const master = find_secret(SecretLabel::CLIENT_RANDOM);
    if (master == nullptr) return std::nullopt;
    return TrafficKeys::of_tls12(*settled_.suite, *master, *client_random_, server_random_, from);
  }
  if (!heard.updated.empty()) return TrafficKeys::of_tls13(*settled_.suite, heard.updated);
  const bool handshake = heard.protection == Protection::handshake_keys;
  const Secret* const traffic_secret = find_secret(
      handshake ? (client ? SecretLabel::CLIENT_HANDSHAKE_TRAFFIC_SECRET : SecretLabel::SERVER_HANDSHAKE_TRAFFIC_SECRET)
                : (client ? SecretLabel::CLIENT_TRAFFIC_SECRET_0 : SecretLabel::SERVER_TRAFFIC_SECRET_0));
  if (traffic_secret == nullptr) return std::nullopt;
  return TrafficKeys::of_tls13(*settled_.suite, *traffic_secret);
}

// ---- Messages: RFC 8446 §4 and §6, RFC 5246 §7 ----

void Eavesdropper::take_content(const Content& content) {
  switch (content.type) {
    case ContentType::handshake:
      return take_handshake(content);
    case ContentType::alert:
      return take_alert(content);
    case ContentType::change_cipher_spec:
      return take_change_cipher_spec(content);
    case ContentType::application_data:
      return take_application_data(content);
  }
  ignore(content.from, "a record of an unknown type", content.end);
}

void Eavesdropper::take_alert(const Content& content) {
  OctetReader alert{content.octets};
  alert.u8();  // the level says nothing that the description does not (RFC 8446 §6)
  const std::uint8_t description = alert.u8();
  if (!alert.ok()) return ignore(content.from, "a malformed alert", content.end);
  tell(content, Overheard::Kind::alert, "Alert").text = name_of(static_cast<Alert>(description));
}

void Eavesdropper::take_application_data(const Content& content) {
  if (content.protection != Protection::none) {
    const Bytes beginning = content.octets.first(std::min(content.octets.size(), Overheard::max_beginning));
    tell(content, Overheard::Kind::application_data, application_data)
        .beginning.assign(beginning.begin(), beginning.end());
    return;
  }
  // RFC 8446 §4.2.10: right behind the ClientHello it is early data. Its keys are in no key log of ours.
  if (content.from == Speaker::server || settled_.version != 0)
    return ignore(content.from, "application data in the clear", content.end);
  direction(content.from).opaque = true;
  tell(content, Overheard::Kind::encrypted, "early data").protection = Protection::unknown_keys;
}

/// A record may have several messages, and a message several records (RFC 8446 §5.1).
void Eavesdropper::take_handshake(const Content& content) {
  constexpr std::size_t header_size = 4;
  Direction& heard = direction(content.from);
  heard.handshake.insert(heard.handshake.end(), content.octets.begin(), content.octets.end());
  std::size_t read = 0;
  while (read < heard.handshake.size()) {
    const Bytes rest = Bytes{heard.handshake}.subspan(read);
    OctetReader reader{rest};
    const auto type = static_cast<HandshakeType>(reader.u8());
    const std::size_t length = header_size + reader.number(3);
    if (length > max_handshake_message)
      return ignore(content.from, "a handshake message that is too long", content.end);
    if (!reader.ok() || length > rest.size()) break;
    take_message(content, type, rest.first(length));
    if (heard.ignored) return;
    read += length;
  }
  heard.handshake.erase(heard.handshake.begin(), heard.handshake.begin() + static_cast<std::ptrdiff_t>(read));
}

void Eavesdropper::take_message(const Content& content, HandshakeType type, Bytes whole) {
  const Bytes body = whole.subspan(4);
  Overheard& message = tell(content, Overheard::Kind::handshake, name_of(type));
  message.length = whole.size();
  const bool in_clear = content.protection == Protection::none;
  if (type == HandshakeType::client_hello && content.from == Speaker::client && in_clear)
    return take_client_hello(body, message);
  if (type == HandshakeType::server_hello && content.from == Speaker::server && in_clear)
    return take_server_hello(body, message);
  if (type == HandshakeType::finished) return finish(content.from);
  if (type == HandshakeType::key_update) return update_keys(content.from);
  message.text = describe(type, body, settled_);
}

void Eavesdropper::take_client_hello(Bytes body, Overheard& message) {
  const auto hello = parse_client_hello(body);
  if (!hello) return ignore(Speaker::client, "a malformed ClientHello", message.end);
  message.text = describe(*hello);
  if (!client_random_) client_random_ = hello->random;  // the one after a HelloRetryRequest has the same (§4.1.2)
}

void Eavesdropper::take_server_hello(Bytes body, Overheard& message) {
  const auto hello = parse_server_hello(body);
  if (!hello || !client_random_ || settled_.version != 0)
    return ignore(Speaker::server, "a malformed ServerHello", message.end);
  message.text = describe(*hello);
  if (hello->retry) {
    message.name = "HelloRetryRequest";
    return;
  }
  settled_ = {hello->version, find_suite(hello->suite)};
  server_random_ = hello->random;
  const bool known = hello->version == tls1_2_number || hello->version == tls1_3_number;
  for (Direction& heard : directions_) {
    // §5.2: from here on TLS 1.3 encrypts; TLS 1.2 waits for ChangeCipherSpec.
    if (hello->version == tls1_3_number) heard.protection = Protection::handshake_keys;
    if (!known || settled_.suite == nullptr) heard.opaque = true;
  }
}

/// RFC 5246 §7.1: the next record is protected with the keys that were agreed on. In TLS 1.3 it says nothing (§D.4).
void Eavesdropper::take_change_cipher_spec(const Content& content) {
  Overheard& message = tell(content, Overheard::Kind::change_cipher_spec, "ChangeCipherSpec");
  if (settled_.version == tls1_3_number) message.text = "for middleboxes only";
  if (settled_.version == 0 || settled_.version == tls1_3_number) return;
  Direction& heard = direction(content.from);
  // A second time it is for a renegotiation, whose keys no key log of ours has.
  if (heard.protection != Protection::none) heard.opaque = true;
  heard.protection = Protection::application_keys;
}

/// RFC 8446 §4.4.4: what follows is under the keys of the application.
void Eavesdropper::finish(Speaker from) {
  Direction& heard = direction(from);
  if (heard.protection != Protection::handshake_keys) return;
  heard.protection = Protection::application_keys;
  heard.keys.reset();
}

/// RFC 8446 §4.6.3: what follows is under the next keys.
void Eavesdropper::update_keys(Speaker from) {
  Direction& heard = direction(from);
  if (settled_.version != tls1_3_number || heard.protection != Protection::application_keys) return;
  const bool client = from == Speaker::client;
  const Secret* const first =
      find_secret(client ? SecretLabel::CLIENT_TRAFFIC_SECRET_0 : SecretLabel::SERVER_TRAFFIC_SECRET_0);
  if (first == nullptr) return make_opaque(from);
  heard.updated = next_traffic_secret(*settled_.suite, heard.updated.empty() ? *first : heard.updated);
  heard.keys.reset();
}

// ---- Telling ----

Overheard& Eavesdropper::tell(const Content& content, Overheard::Kind kind, std::string name) {
  Overheard message;
  message.from = content.from;
  message.kind = kind;
  message.protection = content.protection;
  message.name = std::move(name);
  message.length = content.octets.size();
  message.end = content.end;
  return messages_.emplace_back(std::move(message));
}

/// What was not decrypted: TLS 1.2 shows its content type, TLS 1.3 hides it.
void Eavesdropper::tell_encrypted(Speaker from, const Record& record) {
  std::string name = "encrypted record";
  if (settled_.version != tls1_3_number) {
    if (record.type == ContentType::handshake) name = "encrypted handshake message";
    if (record.type == ContentType::alert) name = "encrypted alert";
    if (record.type == ContentType::application_data) name = "encrypted application data";
  }
  tell({from, record.type, record.fragment, Protection::unknown_keys, record.end}, Overheard::Kind::encrypted,
       std::move(name));
}

/// What waits, and what is still to come, is not decrypted any more.
void Eavesdropper::make_opaque(Speaker from) {
  Direction& heard = direction(from);
  heard.opaque = true;
  read_waiting(from);
}

void Eavesdropper::ignore(Speaker from, std::string why, std::uint64_t end) {
  make_opaque(from);
  direction(from) = {};
  direction(from).ignored = true;
  tell({from, ContentType{}, {}, Protection::none, end}, Overheard::Kind::trouble, std::move(why));
}

}  // namespace handwave::tls
