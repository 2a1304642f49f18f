// RFC 9293 §3.3.2: every event in every state, as a table written from the text of §3.10: what the next state is, and
// which segments leave at once.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <functional>
#include <set>
#include <sstream>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using tcp::State;

/// Left of the slash the next state ("=": the same), right of it the segments sent: R a RST, RA a RST,ACK, S a SYN, SA
/// a SYN,ACK, F a FIN, T text, A a bare ACK, "-" none, "*" any.
struct Cell {
  std::string next;
  std::string answers;
};

struct Row {
  std::string event;
  std::function<void(Conversation&, State)> happens;
  std::string cells;  ///< one for each of `columns`
};

/// All were opened actively but for those that only a passive OPEN leads to, so that no listener is behind the rest.
struct Column {
  State state;
  Open open;
};

constexpr Column columns[] = {
    {State::closed, Open::active},        {State::listen, Open::passive},      {State::syn_sent, Open::active},
    {State::syn_received, Open::passive}, {State::syn_received, Open::active}, {State::established, Open::active},
    {State::fin_wait_1, Open::active},    {State::fin_wait_2, Open::active},   {State::close_wait, Open::active},
    {State::closing, Open::active},       {State::last_ack, Open::active},     {State::time_wait, Open::active}};

constexpr std::pair<std::string_view, State> abbreviations[] = {
    {"CL", State::closed},      {"LI", State::listen},     {"SS", State::syn_sent},   {"SR", State::syn_received},
    {"ES", State::established}, {"F1", State::fin_wait_1}, {"F2", State::fin_wait_2}, {"CW", State::close_wait},
    {"CG", State::closing},     {"LA", State::last_ack},   {"TW", State::time_wait}};

constexpr std::int64_t far = 100'000;  // beyond any window here

/// A segment that begins `ahead` of RCV.NXT and acknowledges `beyond` more than SND.NXT.
auto segment(const Segment& what, std::int64_t ahead, std::int64_t beyond) {
  return [=](Conversation& c, State s) { c.peer.sends(what.seq(rcv_nxt(s) + ahead).ack(snd_nxt(s) + beyond)); };
}

/// One that acknowledges `beyond` more than SND.UNA.
auto old_ack(const Segment& what, std::int64_t ahead, std::int64_t beyond) {
  return [=](Conversation& c, State s) { c.peer.sends(what.seq(rcv_nxt(s) + ahead).ack(snd_una(s) + beyond)); };
}

auto without_ack(const Segment& what, std::int64_t ahead) {
  return [=](Conversation& c, State s) { c.peer.sends(what.seq(rcv_nxt(s) + ahead)); };
}

/// The same wherever the connection is.
auto exactly(const Segment& what) {
  return [=](Conversation& c, State) { c.peer.sends(what); };
}

auto passes(Duration duration) {
  return [=](Conversation& c, State) { c.host.tick(duration); };
}

void passive_open(Conversation& c, State) { static_cast<void>(c.host.listens(c.peer.sockets().local)); }

void active_open(Conversation& c, State) {
  OpenOptions options;
  options.local_address = c.peer.sockets().local.address;
  options.local_port = c.peer.sockets().local.port;
  static_cast<void>(c.host.connects(c.peer.sockets().remote, options));
}

/// Nothing but the listener has a name before the handshake of a passive OPEN is complete.
bool only_listener(const Conversation& c, State s) {
  return s == State::listen || (s == State::syn_received && c.setup.open == Open::passive);
}

void close_call(Conversation& c, State s) {
  if (only_listener(c, s)) return c.host.closes_listener();
  static_cast<void>(c.host.closes());
}

void abort_call(Conversation& c, State s) {
  if (only_listener(c, s)) return c.host.closes_listener();
  c.host.aborts();
}

const std::vector<Row>& table() {
  // clang-format off
  static const std::vector<Row> rows = {
    //                                                                   CLOSED LISTEN SYN-S SYN-R SYN-R ESTAB FIN-W FIN-W CLOSE CLOS- LAST- TIME-
    //                                                                                 ENT   pass. act.        AIT-1 AIT-2 -WAIT ING   ACK   WAIT
    {"passive OPEN", passive_open,                                      "LI/-  =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"active OPEN", active_open,                                        "SS/S  SS/S  =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"SEND", [](Conversation& c, State) { static_cast<void>(c.host.sends("text")); },
                                                                        "=/-   =/-   =/-   =/-   =/-   =/T   =/-   =/-   =/T   =/-   =/-   =/-"},
    {"RECEIVE", [](Conversation& c, State) { static_cast<void>(c.host.receives()); },
                                                                        "=/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"CLOSE", close_call,                                               "=/-   CL/-  CL/-  CL/R  F1/F  F1/F  =/-   =/-   LA/F  =/-   =/-   =/-"},
    {"ABORT", abort_call,                                               "=/-   CL/-  CL/-  CL/R  CL/R  CL/R  CL/R  CL/R  CL/R  CL/-  CL/-  CL/-"},
    {"STATUS", [](Conversation& c, State) { static_cast<void>(c.host.stack().status(c.host.connection())); },
                                                                        "=/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},

    {"SYN, the connection's own", exactly(syn().seq(0)),                "=/RA  SR/SA SR/SA =/SA  =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"SYN in the window", without_ack(syn(), 5),                        "=/RA  SR/SA SR/SA LI/-  =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"SYN outside the window", without_ack(syn(), far),                 "=/RA  SR/SA SR/SA =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"SYN,ACK of our SYN", exactly(syn_ack().seq(0).ack(1)),            "=/R   =/R   ES/A  =/A   ES/A  =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"SYN,ACK of nothing sent", exactly(syn_ack().seq(0).ack(999)),     "=/R   =/R   =/R   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"SYN,FIN in the window", without_ack(syn().flag(FIN), 5),          "=/RA  SR/SA SR/SA LI/-  =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},

    {"ACK of all", segment(ack(), 0, 0),                                "=/R   =/R   =/-   ES/-  ES/-  =/-   F2/-  =/-   =/-   TW/-  CL/-  =/-"},
    {"ACK of all, with URG", segment(ack().urgent(5), 0, 0),            "=/R   =/R   =/-   ES/-  ES/-  =/-   F2/-  =/-   =/-   TW/-  CL/-  =/-"},
    {"ACK, duplicate", old_ack(ack(), 0, 0),                            "=/R   =/R   =/R   =/R   =/R   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"ACK of nothing sent", segment(ack(), 0, 1),                       "=/R   =/R   =/R   =/R   =/R   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"ACK too old", old_ack(ack(), 0, -far),                            "=/R   =/R   =/R   =/R   =/R   =/A   =/A   =/A   =/A   =/A   =/A   =/-"},
    {"ACK before the window", segment(ack(), -1, 0),                    "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"ACK beyond the window", segment(ack(), far, 0),                   "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"no control bit", without_ack(bare(), 0),                          "=/RA  =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},

    {"text in order", segment(data("text"), 0, 0),                      "=/R   =/R   =/-   ES/-  ES/-  =/-   F2/-  =/-   =/-   TW/-  CL/-  =/A"},
    {"text out of order", segment(data("text"), 5, 0),                  "=/R   =/R   =/-   ES/A  ES/A  =/A   F2/A  =/A   =/-   TW/-  CL/-  =/A"},
    {"text, old", segment(data("text"), -4, 0),                         "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"text beyond the window", segment(data("text"), far, 0),           "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"text with an ACK of nothing sent", segment(data("text"), 0, 9),   "=/R   =/R   =/R   =/R   =/R   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"text without ACK", without_ack(bare().text("text"), 0),           "=/RA  =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},

    {"FIN, with an ACK of all", segment(fin(), 0, 0),                   "=/R   =/R   =/-   CW/A  CW/A  CW/A  TW/A  TW/A  =/-   TW/-  CL/-  =/A"},
    {"FIN, our FIN not acknowledged", old_ack(fin(), 0, 0),             "=/R   =/R   =/R   =/R   =/R   CW/A  CG/A  TW/A  =/-   =/-   =/-   =/A"},
    {"FIN with text", segment(data("text").flag(FIN), 0, 0),            "=/R   =/R   =/-   CW/A  CW/A  CW/A  TW/A  TW/A  =/-   TW/-  CL/-  =/A"},
    {"FIN out of order", old_ack(fin(), 5, 0),                          "=/R   =/R   =/R   =/R   =/R   =/A   =/A   =/A   =/-   =/-   =/-   =/A"},
    {"FIN just before RCV.NXT", segment(fin(), -1, 0),                  "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"FIN beyond the window", segment(fin(), far, 0),                   "=/R   =/R   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"FIN without ACK", without_ack(bare().flag(FIN), 0),               "=/RA  =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},

    {"RST at RCV.NXT", without_ack(rst(), 0),                           "=/-   =/-   =/-   LI/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-"},
    {"RST,ACK at RCV.NXT", segment(rst_ack(), 0, 0),                    "=/-   =/-   CL/-  LI/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-"},
    {"RST,ACK of nothing sent", segment(rst_ack(), 0, 9),               "=/-   =/-   =/-   LI/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-"},
    {"RST in the window", without_ack(rst(), 5),                        "=/-   =/-   =/-   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A   =/A"},
    {"RST before the window", without_ack(rst(), -1),                   "=/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"RST beyond the window", without_ack(rst(), far),                  "=/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-   =/-"},
    {"RST,SYN at RCV.NXT", without_ack(rst().flag(SYN), 0),             "=/-   =/-   =/-   LI/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-  CL/-"},

    {"retransmission timeout", passes(1500ms),                          "=/-   =/-   =/S   =/SA  =/SA  =/-   =/F   =/-   =/-   =/F   =/F   =/-"},
    {"user timeout, and more than 2 MSL", passes(301s),                 "=/-   =/-   CL/*  LI/*  CL/*  =/-   CL/*  =/-   =/-   CL/*  CL/*  CL/-"},
  };
  // clang-format on
  return rows;
}

std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> cells;
  std::istringstream words(row.cells);
  for (std::string word; words >> word;)
    cells.push_back({word.substr(0, word.find('/')), word.substr(word.find('/') + 1)});
  return cells;
}

State next_state(const Cell& cell, State from) {
  for (const auto& [abbreviation, state] : abbreviations)
    if (cell.next == abbreviation) return state;
  return from;
}

std::string code_of(const TcpPacket& packet) {
  if (packet.has(RST)) return packet.has(ACK) ? "RA" : "R";
  if (packet.has(SYN)) return packet.has(ACK) ? "SA" : "S";
  if (packet.has(FIN)) return "F";
  return packet.text.empty() ? "A" : "T";
}

std::string answers_of(Conversation& c) {
  std::string codes;
  for (const TcpPacket& packet : c.peer.ignores_answers()) codes += (codes.empty() ? "" : "+") + code_of(packet);
  return codes.empty() ? "-" : codes;
}

}  // namespace

TEST_CASE("RFC 9293 §3.3.2: every event in every state leads where §3.10 says, and sends what it says",
          "[3.3.2][3.10][U-9][U-11]") {
  auto setup = GENERATE(from_range(active_setups()));
  for (const Row& row : table()) {
    const std::vector<Cell> cells = cells_of(row);
    REQUIRE(cells.size() == std::size(columns));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& [state, open] = columns[i];
      setup.open = open;
      Conversation c = in_state(state, setup);
      row.happens(c, state);
      INFO(row.event << " in " << name_of(state) << (open == Open::passive ? " (passive OPEN)" : ""));
      CHECK(state_of(c) == name_of(next_state(cells[i], state)));
      if (cells[i].answers != "*") CHECK(answers_of(c) == cells[i].answers);
    }
  }
}

TEST_CASE("RFC 9293 §3.3.2: each way from state to state is in the table of transitions, and each of those is taken",
          "[3.3.2]") {
  // An active OPEN beside a listener begins in CLOSED: the listener stays.
  std::set<std::pair<State, State>> taken;
  for (const Row& row : table()) {
    const std::vector<Cell> cells = cells_of(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const State from = columns[i].state;
      const State to = next_state(cells[i], from);
      if (from == to || (from == State::listen && to == State::syn_sent)) continue;
      INFO(row.event << ": " << name_of(from) << " to " << name_of(to));
      CHECK(tcp::may_enter(from, to));
      taken.emplace(from, to);
    }
  }
  // MAY-2 needs a listener behind TIME-WAIT: section_3_6_1_time_wait.cpp.
  taken.emplace(State::time_wait, State::syn_received);
  taken.emplace(State::syn_received, State::time_wait);
  for (const tcp::Transition& transition : tcp::transitions) {
    INFO(name_of(transition.from) << " to " << name_of(transition.to));
    CHECK(taken.contains({transition.from, transition.to}));
  }
}

TEST_CASE("RFC 9293 §3.3.2: whatever may be entered by the table of transitions, nothing else may", "[3.3.2]") {
  // Figure 5 and the text of §3.10, as who may follow whom.
  const std::pair<State, std::string> followers[] = {
      {State::closed, "LI SS"},         {State::listen, "CL SR"},
      {State::syn_sent, "CL SR ES"},    {State::syn_received, "CL LI ES F1 CW TW"},
      {State::established, "CL F1 CW"}, {State::fin_wait_1, "CL F2 CG TW"},
      {State::fin_wait_2, "CL TW"},     {State::close_wait, "CL LA"},
      {State::closing, "CL TW"},        {State::last_ack, "CL"},
      {State::time_wait, "CL SR"}};
  for (const auto& [from, list] : followers)
    for (const auto& [abbreviation, to] : abbreviations) {
      INFO(name_of(from) << " to " << name_of(to));
      CHECK(tcp::may_enter(from, to) == (list.find(abbreviation) != std::string::npos));
    }
}

}  // namespace handwave::test
