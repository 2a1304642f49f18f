// One server connection as a value machine: octets in, the next thing to do out. RFC 9112 §9, RFC 9110 §10.1.1.
//
// Whoever has the transport loops: ask for the next step, do it, say what came of it. Nothing else is decided there.
//
//   for (;;) {
//     const Step step = connection.next(moment);
//     switch (step.kind) {
//       case Step::Kind::read:            read once until step.deadline; receive(octets), end_of_input() or time_out()
//       case Step::Kind::send:            send all of step.octets
//       case Step::Kind::send_file:       send step.length octets of *step.file from step.offset on; if short, abort
//       case Step::Kind::finish_sending:  send FIN (with TLS: close_notify first); reading goes on
//       case Step::Kind::close:           done, close
//       case Step::Kind::abort:           a promised body cannot be sent: RST
//     }
//   }
//
// When a send makes no progress until step.deadline, or the transport fails, abort it and forget the connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/http/file.hpp"
#include "apps/http/request_parser.hpp"
#include "apps/http/response.hpp"
#include "apps/http/site.hpp"

namespace handwave::http {

/// The time, as the caller measured it.
struct Moment {
  std::chrono::nanoseconds monotonic{};  ///< since any fixed origin; never goes back
  std::chrono::sys_seconds date{};       ///< the wall clock, for Date and Last-Modified
};

/// How long a slow peer is waited for.
struct TimeLimits {
  std::chrono::seconds first_octet{30};  ///< from the start of the connection to the first octet of a request
  std::chrono::seconds idle{60};         ///< from a response to the next request's first octet
  std::chrono::seconds head{15};         ///< from a request's first octet to its complete head: 408
  std::chrono::seconds body{30};         ///< for the rest of the request, all of it: 408
  std::chrono::seconds sending{60};      ///< without any progress in sending
  std::chrono::seconds lingering{10};    ///< from our FIN to the peer's (RFC 9112 §9.6)
};

/// What to do next.
struct Step {
  enum class Kind : std::uint8_t { read, send, send_file, finish_sending, close, abort };
  Kind kind = Kind::close;
  std::string_view octets;              ///< send: valid until next() is called again
  const File* file = nullptr;           ///< send_file: likewise
  std::uint64_t offset = 0;             ///< send_file
  std::uint64_t length = 0;             ///< send_file: never 0
  bool idle = false;                    ///< read: no request has begun, a server that stops may treat it as the end
  bool more = false;                    ///< send, send_file: another send follows at once, hold back a short segment
  std::chrono::nanoseconds deadline{};  ///< on the scale of Moment::monotonic; for sends: if there is no progress
};

/// One request and what was answered, for an access log.
struct Exchange {
  std::string_view method;        ///< "-" if not even that was received
  std::string_view target;        ///< "-" likewise
  int minor_version = 1;          ///< of HTTP/1.x
  Status status = Status::ok;     ///< of the answer
  std::uint64_t body_octets = 0;  ///< of the answer
  Fields fields;                  ///< of the request
};

/// Is told of each exchange when its response begins to be sent.
class ExchangeLog {
 public:
  virtual ~ExchangeLog() = default;
  virtual void record(const Exchange& exchange) = 0;
};

/// The protocol logic of one connection: pipelined requests answered in their order, bodies of requests read and
/// discarded within a limit, persistence, time limits, an orderly close that lets the last response arrive.
class ServerConnection {
 public:
  /// What one read should ask for at most: bounds what is kept of a peer that sends ahead.
  static constexpr std::size_t read_size = 16 * 1024;

  /// `site` and `log` must outlive the connection; `log` may be null.
  explicit ServerConnection(Site& site, ExchangeLog* log = nullptr, const TimeLimits& times = {},
                            const RequestLimits& limits = {});

  /// Complete field lines that go into every response; they must outlive the connection.
  void set_common_fields(std::string_view fields) { common_fields_ = fields; }

  /// What to do next. Each step is done completely before the next call.
  Step next(const Moment& now);

  /// The answer to a step `read`: what arrived, copied. (An empty view changes nothing.)
  void receive(std::string_view octets);
  void receive(std::span<const std::uint8_t> octets);
  /// The answer to a step `read`: the peer has closed its side. Requests received before are still answered.
  void end_of_input();
  /// The answer to a step `read`: the deadline passed.
  void time_out();

 private:
  enum class Phase : std::uint8_t {
    reading,     ///< requests, one after the other
    responding,  ///< the body of response_ from piece_ on
    finishing,   ///< nothing more will be answered: output_, then FIN
    lingering,   ///< for the peer's FIN
    aborted,     ///< a promised body cannot be sent
    closed,
  };
  /// What the next octets from the peer will be.
  enum class Wait : std::uint8_t { first_octet, idle, head, body };

  std::optional<Step> read_requests(const Moment& now);
  std::optional<Step> send_body(const Moment& now);
  void begin_body(const Moment& now);
  void answer(const Moment& now);
  void answer_error(Status status, const Moment& now);
  void begin_response(const Moment& now);
  bool append_from_file(std::uint64_t offset, std::size_t length);
  std::optional<Step> starved(const Moment& now);
  Step read_step(const Moment& now);
  Step send_step(const Moment& now, bool more);
  [[nodiscard]] std::chrono::nanoseconds patience(Wait wait) const;

  Site* site_;
  ExchangeLog* log_;
  TimeLimits times_;
  std::string_view common_fields_;
  RequestParser parser_;
  Phase phase_ = Phase::reading;

  std::string input_;         // received, not parsed: never more than was read at once
  std::size_t parsed_ = 0;    // octets of input_ that are done with
  bool input_ended_ = false;  // the peer's FIN
  bool timed_out_ = false;

  std::string output_;        // to be sent before anything else
  bool output_sent_ = false;  // the latest step did that
  Response response_;
  std::size_t piece_ = 0;     // of response_.body, to be sent next
  bool text_done_ = false;    // its text is in output_ already
  bool close_after_ = false;  // response_ is the last

  std::optional<Wait> wait_;  // what we waited for at the latest step `read`
  std::chrono::nanoseconds wait_began_{};
  bool answered_any_ = false;
};

}  // namespace handwave::http
