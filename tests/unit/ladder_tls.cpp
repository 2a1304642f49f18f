// The ladder of an HTTPS connection: segments made of TLS connections that others have had
// (tests/support/tls_trace.hpp).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/ladder.hpp"
#include "apps/peer_state.hpp"
#include "tests/support/tls_trace.hpp"

namespace {

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tcp::State;
using tls::Speaker;
using Octets = std::vector<std::uint8_t>;

const Endpoint client{IpAddress::v4(192, 0, 2, 1), 40312};
const Endpoint server{IpAddress::v4(192, 0, 2, 2), 443};

/// Two ends of a connection, and its ladder.
class Connection {
 public:
  Connection() {
    send(Speaker::client, {}, "SYN");
    send(Speaker::server, {}, "SYN,ACK");
    send(Speaker::client, {}, "ACK");
  }

  /// A segment with the next octets of `from`.
  void send(Speaker from, const Octets& text, std::string_view flags) {
    SegmentView segment = make(from, text, flags);
    end(from).next += segment.sequence_length();
    see(segment);
  }
  /// A segment that is made now, and seen when the caller says so.
  SegmentView make(Speaker from, const Octets& text, std::string_view flags) {
    SegmentView segment;
    segment.sockets = from == Speaker::client ? FourTuple{client, server} : FourTuple{server, client};
    segment.header.flags.syn = flags.contains("SYN");
    segment.header.flags.ack = flags.contains("ACK");
    segment.header.flags.psh = flags.contains("PSH");
    segment.header.flags.fin = flags.contains("FIN");
    segment.header.seq = end(from).next;
    segment.header.ack = end(from == Speaker::client ? Speaker::server : Speaker::client).next;
    segment.text = Slice::copy_of(text);
    segment.length = text.size();
    return segment;
  }
  void see(const SegmentView& segment) {
    if (!ladder_) ladder_.emplace(now_, segment, "kernel", "handwave");
    const bool rightward = ladder_->is_rightward(segment);
    end(rightward ? Speaker::client : Speaker::server).state.sent(segment.header, segment.length);
    end(rightward ? Speaker::server : Speaker::client).state.received(segment.header, segment.length);
    ladder_->add(now_, segment, {ends_[0].state.state(), ends_[1].state.state()});
    now_ += 100us;
  }
  /// The turns of the trace, a segment each.
  void send_all(const TlsTrace& trace) {
    for (const TlsTrace::Turn& turn : trace.turns) {
      send(turn.from, TlsTrace::octets(turn), "PSH,ACK");
      for (const auto secret : trace.key_log) ladder_->add_secret(secret);
    }
  }
  void close(Speaker first) {
    const Speaker second = first == Speaker::client ? Speaker::server : Speaker::client;
    send(first, {}, "FIN,ACK");
    send(second, {}, "ACK");
    send(second, {}, "FIN,ACK");
    send(first, {}, "ACK");
  }
  Ladder& ladder() { return *ladder_; }
  std::string drawing() { return ladder_->draw("Connection 1"); }
  void skip(Speaker from, std::uint32_t octets) { end(from).next += octets; }

 private:
  struct End {
    PeerState state;
    Seq next;
  };
  End& end(Speaker from) { return ends_[static_cast<std::size_t>(from)]; }

  Instant now_{1s};
  std::array<End, 2> ends_ = {{{PeerState{State::closed}, Seq{0xffff'ff00}}, {PeerState{State::listen}, Seq{77}}}};
  std::optional<Ladder> ladder_;
};

}  // namespace

TEST_CASE("The ladder of HTTPS with TLS 1.3, from SYN to TIME-WAIT", "[ladder][tls][RFC8446-2]") {
  Connection connection;
  connection.send_all(openssl_tls13_chacha20());
  connection.close(Speaker::server);
  CHECK(connection.ladder().finished());
  const std::string expected = R"(Connection 1
  time/ms  kernel 192.0.2.1:40312                         handwave 192.0.2.2:443
           CLOSED                                                   LISTEN
    0.000  SYN-SENT     ──── SYN seq=0 ───────────────────────────▶ SYN-RECEIVED  handshake 1 of 3
    0.100  ESTABLISHED  ◀──── SYN,ACK seq=0 ack=1 ───────────────── SYN-RECEIVED  handshake 2 of 3
    0.200  ESTABLISHED  ──── ACK seq=1 ack=1 ─────────────────────▶ ESTABLISHED   handshake 3 of 3
    0.300  ESTABLISHED  ──── PSH,ACK seq=1 ack=1 len=256 ─────────▶ ESTABLISHED
           TLS          ClientHello: TLS 1.3, 1 suite, for example.org, ALPN http/1.1
    0.400  ESTABLISHED  ◀──── PSH,ACK seq=1 ack=257 len=722 ─────── ESTABLISHED
           TLS          ServerHello: TLS 1.3, CHACHA20_POLY1305_SHA256, x25519
           TLS          ChangeCipherSpec: for middleboxes only
           TLS          {EncryptedExtensions}
           TLS          {Certificate}: 1 certificate, 368 octets
           TLS          {CertificateVerify}: signed with ecdsa_secp256r1_sha256
           TLS          {Finished}
    0.500  ESTABLISHED  ──── PSH,ACK seq=257 ack=723 len=64 ──────▶ ESTABLISHED
           TLS          ChangeCipherSpec: for middleboxes only
           TLS          {Finished}
    0.600  ESTABLISHED  ◀──── PSH,ACK seq=723 ack=321 len=239 ───── ESTABLISHED
           TLS          [NewSessionTicket]: good for 7200 s
    0.700  ESTABLISHED  ──── PSH,ACK seq=321 ack=962 len=41 ──────▶ ESTABLISHED
           TLS          [Application Data]: 19 octets, GET /f HTTP/1.0            request
    0.800  ESTABLISHED  ◀──── PSH,ACK seq=962 ack=362 len=97 ────── ESTABLISHED
           TLS          [Application Data]: 51 octets, HTTP/1.0 200 ok            response
           TLS          [Alert]: close_notify                                     TLS close 1 of 2
    0.900  ESTABLISHED  ──── PSH,ACK seq=362 ack=1059 len=24 ─────▶ ESTABLISHED
           TLS          [Alert]: close_notify                                     TLS close 2 of 2
    1.000  CLOSE-WAIT   ◀──── FIN,ACK seq=1059 ack=386 ──────────── FIN-WAIT-1    close 1 of 4: FIN
    1.100  CLOSE-WAIT   ──── ACK seq=386 ack=1060 ────────────────▶ FIN-WAIT-2    close 2 of 4: ACK
    1.200  LAST-ACK     ──── FIN,ACK seq=386 ack=1060 ────────────▶ TIME-WAIT     close 3 of 4: FIN
    1.300  CLOSED       ◀──── ACK seq=1060 ack=387 ──────────────── TIME-WAIT     close 4 of 4: ACK
           TLS          {} encrypted with the handshake's keys, [] with the application's (RFC 8446 §2)
)";
  CHECK(connection.drawing() == expected);
}

TEST_CASE("The ladder of HTTPS with TLS 1.2 and static RSA, as the textbooks draw it", "[ladder][tls][RFC5246-7.3]") {
  Connection connection;
  connection.send_all(openssl_static_rsa());
  connection.close(Speaker::server);
  const std::string expected = R"(Connection 1
  time/ms  kernel 192.0.2.1:40312                         handwave 192.0.2.2:443
           CLOSED                                                   LISTEN
    0.000  SYN-SENT     ──── SYN seq=0 ───────────────────────────▶ SYN-RECEIVED  handshake 1 of 3
    0.100  ESTABLISHED  ◀──── SYN,ACK seq=0 ack=1 ───────────────── SYN-RECEIVED  handshake 2 of 3
    0.200  ESTABLISHED  ──── ACK seq=1 ack=1 ─────────────────────▶ ESTABLISHED   handshake 3 of 3
    0.300  ESTABLISHED  ──── PSH,ACK seq=1 ack=1 len=153 ─────────▶ ESTABLISHED
           TLS          ClientHello: TLS 1.2, 1 suite, for example.org, ALPN http/1.1
    0.400  ESTABLISHED  ◀──── PSH,ACK seq=1 ack=154 len=590 ─────── ESTABLISHED
           TLS          ServerHello: TLS 1.2, RSA_WITH_AES_128_GCM_SHA256
           TLS          Certificate: 1 certificate, 504 octets
           TLS          ServerHelloDone
    0.500  ESTABLISHED  ──── PSH,ACK seq=154 ack=591 len=190 ─────▶ ESTABLISHED
           TLS          ClientKeyExchange: PreMasterSecret, encrypted to the certificate
           TLS          ChangeCipherSpec
           TLS          [Finished]
    0.600  ESTABLISHED  ◀──── PSH,ACK seq=591 ack=344 len=242 ───── ESTABLISHED
           TLS          NewSessionTicket: good for 7200 s
           TLS          ChangeCipherSpec
           TLS          [Finished]
    0.700  ESTABLISHED  ──── PSH,ACK seq=344 ack=833 len=48 ──────▶ ESTABLISHED
           TLS          [Application Data]: 19 octets, GET /f HTTP/1.0            request
    0.800  ESTABLISHED  ◀──── PSH,ACK seq=833 ack=392 len=111 ───── ESTABLISHED
           TLS          [Application Data]: 51 octets, HTTP/1.0 200 ok            response
           TLS          [Alert]: close_notify                                     TLS close 1 of 2
    0.900  ESTABLISHED  ──── PSH,ACK seq=392 ack=944 len=31 ──────▶ ESTABLISHED
           TLS          [Alert]: close_notify                                     TLS close 2 of 2
    1.000  CLOSE-WAIT   ◀──── FIN,ACK seq=944 ack=423 ───────────── FIN-WAIT-1    close 1 of 4: FIN
    1.100  CLOSE-WAIT   ──── ACK seq=423 ack=945 ─────────────────▶ FIN-WAIT-2    close 2 of 4: ACK
    1.200  LAST-ACK     ──── FIN,ACK seq=423 ack=945 ─────────────▶ TIME-WAIT     close 3 of 4: FIN
    1.300  CLOSED       ◀──── ACK seq=945 ack=424 ───────────────── TIME-WAIT     close 4 of 4: ACK
           TLS          [] encrypted (RFC 5246 §6.2.3)
)";
  CHECK(connection.drawing() == expected);
}

TEST_CASE("Secrets that come after what they decrypt change nothing in the ladder", "[ladder][tls]") {
  for (const TlsTrace* const trace : {&openssl_static_rsa(), &openssl_tls13_chacha20()}) {
    Connection early;
    early.send_all(*trace);
    Connection late;
    for (const TlsTrace::Turn& turn : trace->turns) late.send(turn.from, TlsTrace::octets(turn), "PSH,ACK");
    for (const auto secret : trace->key_log) late.ladder().add_secret(secret);
    late.ladder().stop_waiting();
    // Which end's close_notify was the first is known only once it is decrypted.
    const auto without_order = [](std::string drawing) {
      for (std::size_t at = 0; (at = drawing.find("TLS close ", at)) != std::string::npos; at += 16)
        drawing.replace(at, 16, "TLS close       ");
      return drawing;
    };
    CHECK(without_order(late.drawing()) == without_order(early.drawing()));
  }
}

TEST_CASE("Without secrets the ladder says what is encrypted", "[ladder][tls]") {
  Connection connection;
  for (const TlsTrace::Turn& turn : openssl_tls13_chacha20().turns)
    connection.send(turn.from, TlsTrace::octets(turn), "PSH,ACK");
  connection.ladder().stop_waiting();
  const std::string drawing = connection.drawing();
  CHECK_THAT(drawing, ContainsSubstring("TLS          ServerHello: TLS 1.3, CHACHA20_POLY1305_SHA256, x25519\n"));
  CHECK_THAT(drawing, ContainsSubstring("TLS          encrypted record: 4 records, 569 octets\n"));
  CHECK_THAT(drawing, !ContainsSubstring("Finished") && !ContainsSubstring("close_notify"));
}

TEST_CASE("TLS is read through segments that come cut, out of order and twice", "[ladder][tls]") {
  const TlsTrace& trace = openssl_tls13_chacha20();
  Connection connection;
  std::vector<SegmentView> pieces;
  for (const TlsTrace::Turn& turn : trace.turns) {
    pieces.clear();
    const Octets octets = TlsTrace::octets(turn);
    for (std::size_t at = 0; at < octets.size(); at += 100) {
      const auto end = octets.begin() + static_cast<std::ptrdiff_t>(std::min(at + 100, octets.size()));
      const Octets piece(octets.begin() + static_cast<std::ptrdiff_t>(at), end);
      pieces.push_back(connection.make(turn.from, piece, "ACK"));
      connection.skip(turn.from, static_cast<std::uint32_t>(piece.size()));
    }
    for (std::size_t i = pieces.size(); i-- > 0;) connection.see(pieces[i]);
    connection.see(pieces.front());
    for (const auto secret : trace.key_log) connection.ladder().add_secret(secret);
  }
  const std::string drawing = connection.drawing();
  INFO(drawing);
  std::size_t at = 0;
  for (const std::string_view next :
       {"ClientHello", "{Finished}", "{CertificateVerify}", "ServerHello", "{Certificate}", "{Finished}",
        "[NewSessionTicket]", "request", "response", "TLS close 1 of 2", "TLS close 2 of 2"}) {
    at = drawing.find(next, at);
    INFO(next);
    REQUIRE(at != std::string::npos);
    at += next.size();
  }
}

TEST_CASE("A gap that is never filled ends the reading of that direction, and is said", "[ladder][tls]") {
  Connection connection;
  const Octets hello = TlsTrace::octets(openssl_tls13_chacha20().turns[0]);
  connection.send(Speaker::client, hello, "PSH,ACK");
  connection.skip(Speaker::client, 1);
  for (std::size_t sent = 0; sent <= StreamReader::max_held; sent += 60'000)
    connection.send(Speaker::client, Octets(60'000), "ACK");
  CHECK_THAT(connection.drawing(), ContainsSubstring("not read any further: octets are missing"));
}

TEST_CASE("What is not TLS has no TLS in its ladder", "[ladder][tls]") {
  Connection connection;
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  connection.send(Speaker::client, Octets(request.begin(), request.end()), "PSH,ACK");
  CHECK_THAT(connection.drawing(), !ContainsSubstring("TLS"));
}

TEST_CASE("Close_notify is drawn on a connection that is long past its last rung", "[ladder][tls]") {
  const TlsTrace& trace = openssl_tls13_chacha20();
  Connection connection;
  for (std::size_t i = 0; i + 1 < trace.turns.size(); ++i) {
    connection.send(trace.turns[i].from, TlsTrace::octets(trace.turns[i]), "PSH,ACK");
    for (const auto secret : trace.key_log) connection.ladder().add_secret(secret);
  }
  for (std::size_t i = 0; i < 2 * Ladder::max_rungs; ++i) connection.send(Speaker::client, {}, "ACK");
  connection.send(Speaker::client, TlsTrace::octets(trace.turns.back()), "PSH,ACK");
  CHECK_THAT(connection.drawing(), ContainsSubstring("TLS close 2 of 2"));
}

TEST_CASE("A rung has room for so many messages, and sums up the middle of application data", "[ladder][tls]") {
  tls::Overheard message;
  message.kind = tls::Overheard::Kind::change_cipher_spec;
  message.name = "ChangeCipherSpec";
  MessageLines lines;
  for (std::size_t i = 0; i < 10'000; ++i) lines.add(message, {});
  CHECK(lines.lines().size() == MessageLines::max_lines + 1);
  CHECK(lines.lines().back().text == "and 9984 more");

  message.kind = tls::Overheard::Kind::application_data;
  message.name = "Application Data";
  message.protection = tls::Protection::application_keys;
  message.length = 16'384;
  MessageLines bulk;
  for (int i = 0; i < 4; ++i) bulk.add(message, {});
  CHECK_FALSE(bulk.notable());
  REQUIRE(bulk.lines().size() == 1);
  CHECK(bulk.lines().front().text == "[Application Data]: 4 records, 65536 octets");
}
