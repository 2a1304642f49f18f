// Eavesdropper: reads along a TLS connection between two others, as an onlooker who may have the key log. RFC 8446
// §4-§7, RFC 5246 §6-§7. Octets of both directions and lines of the key log go in, what was said comes out.
//
// Whatever the octets, it holds a bounded number of them, and what it cannot follow it says once and ignores from then
// on. What is only more of the same it does not decrypt: reading along must not cost as much as TLS itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/handshake.hpp"
#include "tls/key_log_line.hpp"
#include "tls/record_splitter.hpp"
#include "tls/registry.hpp"
#include "tls/traffic_keys.hpp"

namespace handwave::tls {

/// How a message went over the wire. RFC 8446 §2, Figure 1 writes {} and [].
enum class Protection : std::uint8_t {
  none,
  handshake_keys,    ///< {}
  application_keys,  ///< []; also all that TLS 1.2 encrypts: there the same keys protect its Finished
  unknown_keys,      ///< encrypted, and not decrypted
};

/// One message.
struct Overheard {
  enum class Kind : std::uint8_t {
    handshake,
    change_cipher_spec,
    alert,
    application_data,
    encrypted,  ///< a record that was not decrypted
    trouble,    ///< not a message: from here on this direction is not followed
  };

  Speaker from{};
  Kind kind{};
  Protection protection = Protection::none;
  std::string name;        ///< the RFC's: "ClientHello", "Alert", "Application Data"
  std::string text;        ///< what it says, in a few words; may be empty
  std::size_t length = 0;  ///< its octets, without record headers and encryption if it was decrypted
  std::uint64_t end = 0;   ///< how far into the stream the record reaches that completed it
  std::string beginning;   ///< of application data: up to max_beginning octets, raw

  static constexpr std::size_t max_beginning = 256;
  /// RFC 8446 §6.1.
  [[nodiscard]] bool is_close_notify() const { return kind == Kind::alert && text == "close_notify"; }
  friend bool operator==(const Overheard&, const Overheard&) = default;
};

class Eavesdropper {
 public:
  /// Encrypted octets that wait for their keys, a direction: more than a server's flight with a long chain.
  static constexpr std::size_t max_waiting = std::size_t{1} << 16;
  /// Larger messages are no handshake's.
  static constexpr std::size_t max_handshake_message = std::size_t{1} << 17;
  /// TLS 1.3 hides what a record is, and AEADs let one be left out: a record of the same size as the application data
  /// before it, which nobody has answered yet, is taken for more of that, and its beginning for nothing new. Smaller
  /// ones than this are all decrypted: an alert might have their size.
  static constexpr std::size_t min_repeated = 1024;

  /// The next octets that `from` says, in the order of the stream; those of both directions in the order in which they
  /// came by, so that an answer follows what it answers.
  void hear(Speaker from, Bytes octets);
  /// A line of the key log. Counts if it is of this connection, whose ClientHello has been heard. It may come after
  /// what it decrypts: an end of the connection knows a secret only once it has read the messages before.
  void add_secret(std::string_view key_log_line);
  /// There will be no more secrets: what waits for one is told as it is.
  void stop_waiting();
  /// Octets of `from` are missing, say: it is not followed any further.
  void give_up(Speaker from, std::string why);
  /// What was understood since the last time, each direction in its order.
  std::vector<Overheard> take();

  /// This is TLS, as far as could be seen: the client has begun with a handshake record.
  [[nodiscard]] bool is_tls() const { return is_tls_; }
  /// What was settled on; zeros before the ServerHello.
  [[nodiscard]] const Settled& settled() const { return settled_; }

 private:
  struct Direction {
    RecordSplitter records;
    std::vector<std::uint8_t> handshake;  ///< the beginning of a message that goes on in the next record
    Protection protection = Protection::none;
    std::optional<TrafficKeys> keys;  ///< of the present protection
    Secret updated;                   ///< TLS 1.3: the secret of the last KeyUpdate, if there was one
    std::deque<Record> waiting;       ///< encrypted, and the key is not there yet
    std::size_t waiting_octets = 0;
    std::size_t repeated_size = 0;    ///< of the fragment of the last record, if it was much application data; else 0
    std::size_t repeated_length = 0;  ///< of what was inside
    bool opaque = false;              ///< what is encrypted is not decrypted any more
    bool ignored = false;             ///< nothing is read any more
  };
  /// What a record has inside, in the clear or decrypted.
  struct Content {
    Speaker from;
    ContentType type;
    Bytes octets;
    Protection protection;
    std::uint64_t end;  ///< the record's
  };

  Direction& direction(Speaker from) { return directions_[static_cast<std::size_t>(from)]; }
  const Secret* find_secret(SecretLabel label) const;
  void take_record(Speaker from, const Record& record);
  bool understand(Speaker from, const Record& record);
  bool pass_over(Speaker from, const Record& record);
  void read_waiting(Speaker from);
  bool find_keys(Speaker from);
  std::optional<TrafficKeys> derive_keys(Speaker from);

  void take_content(const Content& content);
  void take_alert(const Content& content);
  void take_application_data(const Content& content);
  void take_handshake(const Content& content);
  void take_message(const Content& content, HandshakeType type, Bytes whole);
  void take_client_hello(Bytes body, Overheard& message);
  void take_server_hello(Bytes body, Overheard& message);
  void take_change_cipher_spec(const Content& content);
  void finish(Speaker from);
  void update_keys(Speaker from);

  Overheard& tell(const Content& content, Overheard::Kind kind, std::string name);
  void tell_encrypted(Speaker from, const Record& record);
  void make_opaque(Speaker from);
  void ignore(Speaker from, std::string why, std::uint64_t end);

  std::array<Direction, 2> directions_;
  std::array<Secret, secret_label_count> secrets_;  ///< empty: not known
  std::optional<HelloRandom> client_random_;
  HelloRandom server_random_{};
  Settled settled_;
  bool is_tls_ = false;
  std::vector<Overheard> messages_;
};

}  // namespace handwave::tls
