// Handshakes of HTTPS in virtual time that do not go as they should: slow, silent, refused, forsaken, or too many at
// once.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/secure_web.hpp"

namespace handwave::sim {

using namespace std::chrono_literals;

TEST_CASE("sim: a client that sends its ClientHello an octet a second is cut off", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "\x16\x03\x01\x02" + std::string(500, 'x'), 1s, answer, over));
  Visit meanwhile;
  web.near.sockets.start(visit(web, {1024}, meanwhile));
  CHECK(web.world.run_until([&] { return over; }, 15s));
  CHECK(answer.empty());
  CHECK(meanwhile.pages_right == 1);
  CHECK(web.https.statistics.timed_out == 1);
  web.world.run_for(1s);
  CHECK(failures(web) == Failures{"the client was not done with it within 10 s"});
  check_nothing_is_left(web);
}

TEST_CASE("sim: a client that connects and says nothing costs no session, and is let go", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "", 0s, answer, over));
  web.world.run_for(5s);
  CHECK(web.https.statistics.open == 0);
  CHECK(web.server.stack().population().connections == 1);
  CHECK(web.world.run_until([&] { return over; }, 15s));
  check_nothing_is_left(web);
  CHECK(web.log_lines.empty());  // browsers do this
}

TEST_CASE("sim: plain HTTP on the TLS port is answered with a 400 page", "[sim][https]") {
  SecureWeb web(1, "delay=10ms,loss=10%");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "GET / HTTP/1.1\r\nHost: test\r\n\r\n", 0s, answer, over));
  CHECK(web.world.run_until([&] { return over; }, 1min));
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.ends_with("</html>\n"));
  CHECK(web.https.statistics.not_tls == 1);
  check_nothing_is_left(web);
  CHECK(failures(web) == Failures{"what came is not TLS, but plain HTTP or noise"});
}

TEST_CASE("sim: who was refused holds no session and no place while the goodbye lasts", "[sim][https]") {
  SecureWeb web(1, "delay=10ms", {.time = 1s, .at_once = 1});
  const auto be_refused_and_stay = [&]() -> Task<void> {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
    (void)co_await stream->write(as_bytes(std::string_view{"\x16\x03\x01\x00\x04\x0e\x00\x00\x00", 9}));
    co_await web.near.sockets.sleep_for(5s);
  };
  web.near.sockets.start(be_refused_and_stay());
  web.world.run_for(200ms);
  CHECK(web.https.statistics.failed == 1);
  CHECK(web.https.statistics.open == 0);
  Visit meanwhile;
  web.near.sockets.start(visit(web, {1024}, meanwhile));
  web.world.run_for(1s);
  CHECK(meanwhile.pages_right == 1);
  check_nothing_is_left(web);
}

TEST_CASE("sim: an exception in one session ends that session and no other", "[sim][https]") {
  const auto once = [thrown = false](std::string_view) mutable {
    if (!std::exchange(thrown, true)) throw std::bad_alloc{};
  };
  SecureWeb web(1, "delay=10ms", {}, tls::Version::tls1_3, once);
  Visit first;
  web.near.sockets.start(visit(web, {1024}, first));
  web.world.run_for(10s);
  CHECK(first.trouble.starts_with("handshake: "));
  CHECK(web.https.statistics.failed == 1);
  CHECK(failures(web) == Failures{"std::bad_alloc"});
  Visit second;
  web.near.sockets.start(visit(web, {1024}, second));
  web.world.run_for(10s);
  CHECK(second.pages_right == 1);
  check_nothing_is_left(web);
}

TEST_CASE("sim: of a crowd that comes at once everybody gets the page, a few handshakes at a time", "[sim][https]") {
  SecureWeb web(3, "delay=10ms", {.time = 60s, .at_once = 8, .steps_a_turn = 1});
  std::vector<Visit> visits(100);
  std::uint64_t most = 0;
  web.server.check_with([&] { most = std::max(most, web.https.statistics.open); });
  for (Visit& result : visits) web.near.sockets.start(visit(web, {1024}, result));
  CHECK(web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 5min));
  for (const Visit& result : visits) {
    INFO(result.trouble);
    CHECK(result.pages_right == 1);
  }
  CHECK(web.https.statistics.full == 100);
  check_nothing_is_left(web);
}

TEST_CASE("sim: who waits behind clients that say nothing has their turn, or is turned away at once", "[sim][https]") {
  SecureWeb web(1, "delay=10ms", {.time = 2s, .at_once = 1, .waiting = 3});
  std::string answers;
  bool over = false;
  for (int i = 0; i < 3; ++i) web.near.sockets.start(send_to_server(web, "\x16\x03\x01", 0s, answers, over));
  web.world.run_for(100ms);
  Visit patient;
  Visit refused;
  web.near.sockets.start(visit(web, {1024}, patient));
  web.world.run_for(100ms);
  web.near.sockets.start(visit(web, {1024}, refused));
  web.world.run_for(1s);
  CHECK(refused.trouble.starts_with("handshake: "));
  CHECK(web.https.statistics.turned_away == 1);
  web.world.run_for(4s);
  CHECK(patient.pages_right == 0);
  web.world.run_for(1s);  // three held the place for two seconds each
  CHECK(patient.pages_right == 1);
  CHECK(web.https.statistics.timed_out == 3);
  CHECK(answers.empty());
  CHECK(failures(web).front() == "too many others are waiting for theirs");
  check_nothing_is_left(web);
}

TEST_CASE("sim: the log says whose handshake failed and why, the statistics how often each", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answers;
  bool over = false;
  const auto fail_with = [&](std::string octets) {
    web.near.sockets.start(send_to_server(web, std::move(octets), 0s, answers, over));
    web.world.run_for(1s);
  };
  const std::string out_of_place{"\x16\x03\x01\x00\x04\x0e\x00\x00\x00", 9};  // ServerHelloDone
  fail_with(out_of_place);
  CHECK(web.log_lines.starts_with("192.0.2.1:"));
  fail_with(out_of_place);
  const auto leave = [&](std::string_view octets) -> Task<void> {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
    if (!octets.empty()) (void)co_await stream->write(as_bytes(octets));
    (void)stream->shutdown();
    co_await web.near.sockets.sleep_for(5s);
  };
  web.near.sockets.start(leave(""));  // changed its mind: nothing failed
  web.world.run_for(1s);
  web.near.sockets.start(leave("\x16\x03\x01"));
  web.world.run_for(1s);
  const auto stranger = tls::ClientContext{{.authorities = credentials(web.random).authorities, .random = web.random}};
  web.context = stranger;
  Visit visitor;
  web.near.sockets.start(visit(web, {1}, visitor));
  web.world.run_for(1s);
  const std::string place = "a message that has no place here";
  const std::string cut = "the connection ended in the middle of the handshake";
  const std::string unknown = "the peer refused with the alert unknown_ca (48)";
  CHECK(failures(web) == Failures{place, place, cut, unknown});
  CHECK(web.https.statistics.failed == 4);
  const std::string figures = web.https.statistics.to_string();
  CHECK(figures.contains("\n    2 failed: " + place + "\n"));
  CHECK(figures.contains("\n    1 failed: " + unknown + "\n"));
  check_nothing_is_left(web);
}

TEST_CASE("sim: a client that vanishes in the handshake or after it leaves no session behind", "[sim][https]") {
  const Duration when = GENERATE(25ms, 45ms, 65ms, 200ms);
  SecureWeb web(1, "delay=10ms,rate=1mbit");
  Visit result;
  web.near.sockets.start(visit(web, {100'000}, result));
  web.world.run_for(when);
  web.client.vanish();
  check_nothing_is_left(web);
}

}  // namespace handwave::sim
