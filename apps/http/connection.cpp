// The server's side of a connection: RFC 9112 §9 (persistence, pipelining, close), RFC 9110 §10.1.1 (Expect).
#include "apps/http/connection.hpp"

#include <algorithm>

namespace handwave::http {
namespace {

/// Responses to pipelined requests are sent together, up to about this much.
constexpr std::size_t output_batch = 16 * 1024;
/// Bodies of files up to this size are sent together with their head.
constexpr std::uint64_t small_body = 8 * 1024;
/// Buffers that have grown beyond this are given back while the connection is idle.
constexpr std::size_t idle_capacity = 4 * 1024;

Step make_step(Step::Kind kind, std::chrono::nanoseconds deadline = {}) {
  Step step;
  step.kind = kind;
  step.deadline = deadline;
  return step;
}

Step make_read_step(std::chrono::nanoseconds deadline, bool idle) {
  Step step = make_step(Step::Kind::read, deadline);
  step.idle = idle;
  return step;
}

void shrink(std::string& buffer) {
  if (buffer.capacity() > idle_capacity) std::string().swap(buffer);
}

}  // namespace

ServerConnection::ServerConnection(Site& site, ExchangeLog* log, const TimeLimits& times, const RequestLimits& limits)
    : site_(&site), log_(log), times_(times), parser_(limits) {}

Step ServerConnection::next(const Moment& now) {
  if (output_sent_) output_.clear();
  output_sent_ = false;
  for (;;) {
    std::optional<Step> step;
    switch (phase_) {
      case Phase::reading:
        step = read_requests(now);
        break;
      case Phase::responding:
        step = send_body(now);
        break;
      case Phase::finishing:
        if (!output_.empty()) return send_step(now, false);
        phase_ = Phase::lingering;
        wait_began_ = now.monotonic;
        return make_step(Step::Kind::finish_sending);
      case Phase::lingering:
        // RFC 9112 §9.6: what still arrives is read and thrown away, else a RST could overtake our last response.
        if (!input_ended_ && !timed_out_ && now.monotonic < wait_began_ + times_.lingering) {
          return make_read_step(wait_began_ + times_.lingering, true);
        }
        phase_ = Phase::closed;
        break;
      case Phase::aborted:
        return make_step(Step::Kind::abort);
      case Phase::closed:
        return make_step(Step::Kind::close);
    }
    if (step) return *step;
  }
}

void ServerConnection::receive(std::string_view octets) {
  if (phase_ != Phase::reading) return;
  input_.erase(0, parsed_);
  parsed_ = 0;
  input_ += octets;
}

void ServerConnection::receive(std::span<const std::uint8_t> octets) {
  receive(std::string_view(reinterpret_cast<const char*>(octets.data()), octets.size()));
}

void ServerConnection::end_of_input() { input_ended_ = true; }

void ServerConnection::time_out() { timed_out_ = true; }

/// Parses one event further; a step if something has to be sent or read first.
std::optional<Step> ServerConnection::read_requests(const Moment& now) {
  if (output_.size() >= output_batch) return send_step(now, false);
  const auto parsed = parser_.parse(std::string_view(input_).substr(parsed_));
  parsed_ += parsed.consumed;
  switch (parsed.event) {
    case RequestParser::Event::need_more:
      return starved(now);
    case RequestParser::Event::head:
      if (parser_.request().expects_continue) begin_body(now);
      break;
    case RequestParser::Event::body:
      break;  // no resource here wants one
    case RequestParser::Event::end:
      answer(now);
      break;
    case RequestParser::Event::error:
      answer_error(parser_.error(), now);
      break;
  }
  return std::nullopt;
}

/// RFC 9110 §10.1.1: a refusal that needs no body is sent at once, else 100 (Continue).
void ServerConnection::begin_body(const Moment& now) {
  site_->respond(parser_.request(), now.date, response_);
  if (code(response_.status) >= 400) {
    close_after_ = true;  // the body may or may not follow: the framing is lost
    begin_response(now);
    return;
  }
  response_.clear();
  // Sent even if the body has begun to arrive, which §10.1.1 allows: what is sent does not depend on how octets were
  // cut.
  output_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void ServerConnection::answer(const Moment& now) {
  site_->respond(parser_.request(), now.date, response_);
  close_after_ = !parser_.request().keep_alive;
  begin_response(now);
}

/// Refuses what cannot be understood or came too slowly. Where the next request would begin is unknown: close.
void ServerConnection::answer_error(Status status, const Moment& now) {
  response_.clear();
  make_error_page(response_, status, parser_.request().method == Method::head);
  close_after_ = true;
  begin_response(now);
}

void ServerConnection::begin_response(const Moment& now) {
  const Request& request = parser_.request();
  Persistence persistence = Persistence::implied;
  if (close_after_) {
    persistence = Persistence::close;
  } else if (request.minor_version == 0) {
    persistence = Persistence::keep_alive;
  }
  response_.fields += common_fields_;
  append_head(output_, response_, now.date, persistence);
  answered_any_ = true;
  wait_.reset();
  piece_ = 0;
  text_done_ = false;
  phase_ = Phase::responding;
  if (!log_) return;
  const auto or_dash = [](std::string_view text) { return text.empty() ? std::string_view("-") : text; };
  log_->record({.method = or_dash(parser_.method_name()),
                .target = or_dash(request.target),
                .minor_version = request.minor_version,
                .status = response_.status,
                .body_octets = response_.body_octets,
                .fields = request.fields});
}

/// Goes through the pieces of the body: text and small parts of files by way of output_, large ones directly.
std::optional<Step> ServerConnection::send_body(const Moment& now) {
  while (piece_ < response_.body.size()) {
    const Response::Piece& piece = response_.body[piece_];
    if (!text_done_) output_ += piece.text;
    text_done_ = true;
    if (piece.length > small_body) {
      if (!output_.empty()) return send_step(now, true);
      Step step = make_step(Step::Kind::send_file, now.monotonic + times_.sending);
      step.file = response_.file.get();
      step.offset = piece.offset;
      step.length = piece.length;
      text_done_ = false;
      step.more = ++piece_ < response_.body.size();
      return step;
    }
    if (output_.size() >= output_batch) return send_step(now, true);
    if (!append_from_file(piece.offset, static_cast<std::size_t>(piece.length))) {
      phase_ = Phase::aborted;
      return std::nullopt;
    }
    ++piece_;
    text_done_ = false;
  }
  response_.clear();
  phase_ = close_after_ ? Phase::finishing : Phase::reading;
  return std::nullopt;
}

bool ServerConnection::append_from_file(std::uint64_t offset, std::size_t length) {
  const std::size_t before = output_.size();
  std::size_t done = 0;
  output_.resize_and_overwrite(before + length, [&](char* data, std::size_t) {
    auto* const to = reinterpret_cast<std::uint8_t*>(data) + before;
    while (done < length) {
      const std::size_t octets = response_.file->read(offset + done, {to + done, length - done});
      if (octets == 0) break;
      done += octets;
    }
    return before + done;
  });
  return done == length;
}

/// Everything received is parsed: send what is ready, then wait for more, unless there will be no more.
std::optional<Step> ServerConnection::starved(const Moment& now) {
  if (!output_.empty()) return send_step(now, false);
  if (!input_ended_ && !timed_out_) {
    const Step step = read_step(now);
    // The deadline holds for a peer, too, whose octets trickle in too fast for any read to reach it.
    if (now.monotonic < step.deadline) return step;
    timed_out_ = true;
  }
  if (parser_.idle()) {
    phase_ = Phase::finishing;
  } else {
    // RFC 9112 §8: an incomplete request; RFC 9110 §15.5.9: a slow one.
    answer_error(timed_out_ ? Status::request_timeout : Status::bad_request, now);
  }
  timed_out_ = false;
  return std::nullopt;
}

Step ServerConnection::read_step(const Moment& now) {
  Wait wait = Wait::head;
  if (parser_.idle()) wait = answered_any_ ? Wait::idle : Wait::first_octet;
  if (parser_.in_body()) wait = Wait::body;
  if (wait_ != wait) wait_began_ = now.monotonic;
  wait_ = wait;
  if (wait == Wait::idle) {
    shrink(input_);
    shrink(output_);
    parsed_ = 0;
    input_.clear();
  }
  return make_read_step(wait_began_ + patience(wait), wait == Wait::idle || wait == Wait::first_octet);
}

Step ServerConnection::send_step(const Moment& now, bool more) {
  output_sent_ = true;
  Step step = make_step(Step::Kind::send, now.monotonic + times_.sending);
  step.octets = output_;
  step.more = more;
  return step;
}

std::chrono::nanoseconds ServerConnection::patience(Wait wait) const {
  switch (wait) {
    case Wait::first_octet:
      return times_.first_octet;
    case Wait::idle:
      return times_.idle;
    case Wait::head:
      return times_.head;
    case Wait::body:
      break;
  }
  return times_.body;
}

}  // namespace handwave::http
