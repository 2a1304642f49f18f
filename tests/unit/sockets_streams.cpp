// Listener and Stream: two stacks joined in memory, applications on both that read from top to bottom.
#include "stack/sockets.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sockets_world.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

const Endpoint server_endpoint{IpAddress::v4(192, 0, 2, 2), 80};

struct World : test::SocketsWorld {
  Listener listen() {
    auto listener = server.sockets->listen(server_endpoint);
    REQUIRE(listener);
    return *std::move(listener);
  }
};

Task<void> connect_to(Sockets& sockets, std::optional<Stream>& stream, std::error_code& error) {
  auto connected = co_await sockets.connect(server_endpoint);
  if (connected)
    stream = *std::move(connected);
  else
    error = connected.error();
}

Task<void> accept_from(Listener& listener, std::optional<Stream>& stream, std::error_code& error) {
  auto accepted = co_await listener.accept();
  if (accepted)
    stream = *std::move(accepted);
  else
    error = accepted.error();
}

/// What a read ended with.
struct ReadResult {
  bool done = false;
  std::string text;
  std::error_code error;
};

Task<void> read_once(Stream& stream, ReadResult& result, std::optional<Instant> deadline = {}) {
  const auto octets = co_await stream.read(SIZE_MAX, deadline);
  result.done = true;
  if (octets)
    result.text = as_text(octets->bytes());
  else
    result.error = octets.error();
}

Task<void> read_idle_once(Stream& stream, ReadResult& result) {
  const auto octets = co_await stream.read_idle();
  result.done = true;
  if (!octets) result.error = octets.error();
}

Task<void> write_all(Stream& stream, std::string text, std::optional<Instant> deadline, bool& done,
                     std::error_code& error) {
  const auto written = co_await stream.write(as_bytes(text), deadline);
  done = true;
  if (!written) error = written.error();
}

Task<void> await_flush(Stream& stream, bool& done, std::error_code& error) {
  const auto flushed = co_await stream.flushed();
  done = true;
  if (!flushed) error = flushed.error();
}

/// Both ends of one connection.
struct Pair : World {
  Listener listener = listen();
  std::optional<Stream> here, there;

  Pair() {
    std::error_code error;
    client.sockets->start(connect_to(*client.sockets, here, error));
    server.sockets->start(accept_from(listener, there, error));
    settle();
    REQUIRE(here);
    REQUIRE(there);
  }
};

}  // namespace

TEST_CASE("A stream knows both its ends, whichever end opened it", "[sockets]") {
  Pair pair;
  CHECK(pair.here->peer() == server_endpoint);
  CHECK(pair.there->local() == server_endpoint);
  CHECK(pair.here->local() == pair.there->peer());
  CHECK(pair.here->status()->state == tcp::State::established);
}

TEST_CASE("A read waits for octets, gives them in order, and an empty slice at the end", "[sockets][MUST-12]") {
  Pair pair;
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result));
  pair.settle();
  CHECK_FALSE(result.done);
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, "one two", {}, written, error));
  CHECK(written);  // it fits the send buffer: no waiting
  pair.settle();
  CHECK(result.text == "one two");

  REQUIRE(pair.here->shutdown());
  CHECK(pair.here->shutdown().error() == TcpError::connection_closing);
  pair.settle();
  ReadResult end;
  pair.server.sockets->start(read_once(*pair.there, end));
  CHECK(end.done);
  CHECK(end.text.empty());
  CHECK_FALSE(end.error);
}

TEST_CASE("A write larger than all buffers completes as the peer reads, and nothing is lost", "[sockets]") {
  Pair pair;
  std::string text;
  for (int i = 0; text.size() < 5'000'000; ++i) text += std::to_string(i) + ' ';
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, text, {}, written, error));
  pair.settle();
  CHECK_FALSE(written);
  std::string got;
  while (got.size() < text.size()) {
    ReadResult result;
    pair.server.sockets->start(read_once(*pair.there, result));
    pair.wait(1s);
    REQUIRE(result.done);
    REQUIRE_FALSE(result.error);
    got += result.text;
  }
  CHECK(written);
  CHECK_FALSE(error);
  CHECK(got == text);
}

TEST_CASE("Deadlines end reads and writes with timed_out, and not before", "[sockets]") {
  Pair pair;
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result, pair.now + 5s));
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, std::string(5'000'000, 'x'), pair.now + 3s, written, error));
  pair.settle();
  CHECK(result.text.size() > 0);  // octets came in time
  result = {};
  pair.client.sockets->start(read_once(*pair.here, result, pair.now + 5s));
  pair.wait(2999ms);
  CHECK_FALSE(written);
  pair.wait(1ms);
  CHECK(written);
  CHECK(error == std::errc::timed_out);
  pair.wait(1999ms);
  CHECK_FALSE(result.done);
  pair.wait(1ms);
  CHECK(result.error == std::errc::timed_out);
}

TEST_CASE("A connection refused is an error of connect", "[sockets]") {
  World world;
  std::optional<Stream> stream;
  std::error_code error;
  world.client.sockets->start(connect_to(*world.client.sockets, stream, error));
  world.settle();
  CHECK_FALSE(stream);
  CHECK(error == TcpError::connection_refused);
  CHECK(error == std::errc::connection_refused);
}

TEST_CASE("MUST-12: a reset ends operations with an error, and is no end of stream", "[sockets][MUST-12]") {
  Pair pair;
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result));
  pair.here->abort();
  pair.settle();
  CHECK(result.done);
  CHECK(result.error == TcpError::connection_reset);
  ReadResult again;
  pair.server.sockets->start(read_once(*pair.there, again));
  CHECK(again.error == TcpError::connection_reset);
  bool written = false;
  std::error_code error;
  pair.server.sockets->start(write_all(*pair.there, "x", {}, written, error));
  CHECK(error == TcpError::connection_reset);
  ReadResult ours;
  pair.client.sockets->start(read_once(*pair.here, ours));
  CHECK(ours.error == TcpError::connection_aborted);
}

TEST_CASE("Octets that came before the peer's FIN are read, even once the connection is gone", "[sockets]") {
  Pair pair;
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, "the last words", {}, written, error));
  REQUIRE(pair.here->shutdown());
  REQUIRE(pair.there->shutdown());
  pair.settle();
  CHECK(pair.server.stack.population().time_wait + pair.client.stack.population().time_wait > 0);
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result));
  CHECK(result.text == "the last words");
  ReadResult end;
  pair.server.sockets->start(read_once(*pair.there, end));
  pair.settle();
  CHECK(end.done);
  CHECK(end.text.empty());
  CHECK_FALSE(end.error);
}

TEST_CASE("Destroying a stream closes it without waiting: what was written still arrives", "[sockets]") {
  Pair pair;
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, "farewell", {}, written, error));
  pair.here.reset();
  pair.settle();
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result));
  CHECK(result.text == "farewell");
  result = {};
  pair.server.sockets->start(read_once(*pair.there, result));
  CHECK(result.done);
  CHECK_FALSE(result.error);
}

TEST_CASE("flushed() completes when the peer has acknowledged everything, our FIN too", "[sockets]") {
  Pair pair;
  bool flushed = false;
  std::error_code error;
  pair.client.sockets->start(await_flush(*pair.here, flushed, error));
  CHECK(error == std::errc::invalid_argument);  // before shutdown there is no end to wait for
  error = {};
  pair.cut = true;
  bool written = false;
  pair.client.sockets->start(write_all(*pair.here, "octets", {}, written, error));
  REQUIRE(pair.here->shutdown());
  flushed = false;
  pair.client.sockets->start(await_flush(*pair.here, flushed, error));
  pair.settle();
  CHECK_FALSE(flushed);
  pair.cut = false;
  pair.wait(5s);
  CHECK(flushed);
  CHECK_FALSE(error);
}

TEST_CASE("One operation a direction: the second one is told so, the first one goes on", "[sockets]") {
  Pair pair;
  ReadResult first, second;
  pair.server.sockets->start(read_once(*pair.there, first));
  pair.server.sockets->start(read_once(*pair.there, second));
  CHECK_FALSE(first.done);
  CHECK(second.error == std::errc::operation_in_progress);
  bool written = false;
  std::error_code error;
  pair.client.sockets->start(write_all(*pair.here, "x", {}, written, error));
  pair.settle();
  CHECK(first.text == "x");
}

TEST_CASE("stop() ends accepts and idle reads, and leaves the other reads to finish", "[sockets]") {
  Pair pair;
  std::optional<Stream> none;
  std::error_code error;
  pair.server.sockets->start(accept_from(pair.listener, none, error));
  ReadResult idle;
  pair.server.sockets->start(read_idle_once(*pair.there, idle));
  ReadResult busy;
  pair.client.sockets->start(read_once(*pair.here, busy));
  pair.server.sockets->stop();
  pair.client.sockets->stop();
  pair.settle();
  CHECK(pair.server.sockets->stopping());
  CHECK(error == std::errc::operation_canceled);
  CHECK(idle.error == std::errc::operation_canceled);
  CHECK_FALSE(busy.done);
  CHECK(pair.server.sockets->listen(server_endpoint).error() == std::errc::operation_canceled);
  idle = {};
  pair.server.sockets->start(read_idle_once(*pair.there, idle));
  CHECK(idle.error == std::errc::operation_canceled);
}

TEST_CASE("abort_all() resets the connections of tasks, and those whose stream is gone", "[sockets]") {
  Pair pair;
  pair.cut = true;  // the FIN cannot be acknowledged
  pair.here.reset();
  pair.settle();
  CHECK(pair.client.stack.population().connections == 1);
  ReadResult result;
  pair.server.sockets->start(read_once(*pair.there, result));
  pair.client.sockets->abort_all();
  pair.server.sockets->abort_all();
  pair.settle();
  CHECK(pair.client.stack.population().connections == 0);
  CHECK(pair.server.stack.population().connections == 0);
  CHECK(result.error == TcpError::connection_aborted);
}

TEST_CASE("Destroying the sockets destroys the tasks under way, with what they hold", "[sockets]") {
  Pair pair;
  const auto witness = std::make_shared<int>(1);
  const auto hold = [](Sockets& sockets, Stream stream, std::shared_ptr<int> kept) -> Task<void> {
    auto listener = sockets.listen({IpAddress{}, 81});
    const auto octets = co_await stream.read(SIZE_MAX, sockets.now() + 1h);
    CHECK_FALSE(octets);  // never reached
    CHECK(kept);
  };
  pair.server.sockets->start(hold(*pair.server.sockets, *std::move(pair.there), witness));
  pair.there.reset();
  CHECK(pair.server.sockets->tasks() == 1);
  CHECK(witness.use_count() == 2);
  pair.listener = [&] {
    auto other = pair.server.sockets->listen({IpAddress{}, 82});
    return *std::move(other);
  }();
  pair.server.sockets.reset();
  CHECK(witness.use_count() == 1);
  pair.settle();
  ReadResult result;
  pair.client.sockets->start(read_once(*pair.here, result));
  CHECK(result.done);  // its stream was closed
}

TEST_CASE("A coroutine that is resumed may close and open whatever it likes", "[sockets]") {
  Pair pair;
  // The reader of one connection destroys another one that somebody waits on, and opens a third.
  std::optional<Stream> other_here, other_there;
  std::error_code error;
  pair.client.sockets->start(connect_to(*pair.client.sockets, other_here, error));
  pair.server.sockets->start(accept_from(pair.listener, other_there, error));
  pair.settle();
  REQUIRE(other_there);
  ReadResult other;
  pair.server.sockets->start(read_once(*other_there, other));
  const auto meddle = [](Sockets& sockets, Stream& mine, std::optional<Stream>& victim, Listener& listener,
                         std::optional<Stream>& third) -> Task<void> {
    const auto octets = co_await mine.read();
    victim.reset();
    auto accepted = co_await listener.accept();
    if (accepted) third = *std::move(accepted);
    CHECK(sockets.tasks() > 0);
  };
  std::optional<Stream> third_here, third_there;
  pair.server.sockets->start(meddle(*pair.server.sockets, *pair.there, other_there, pair.listener, third_there));
  bool written = false;
  pair.client.sockets->start(write_all(*pair.here, "now", {}, written, error));
  pair.client.sockets->start(connect_to(*pair.client.sockets, third_here, error));
  pair.settle();
  CHECK(other.error == std::errc::operation_canceled);
  CHECK(third_there);
  CHECK(third_here);
  CHECK(pair.server.sockets->tasks() == 0);
}

TEST_CASE("Giving up a connect gives up the connection", "[sockets]") {
  World world;
  std::optional<Stream> stream;
  std::error_code error;
  world.cut = true;
  world.client.sockets->start(connect_to(*world.client.sockets, stream, error));
  world.settle();
  CHECK(world.client.stack.population().connections == 1);
  world.client.sockets.reset();
  world.settle();
  CHECK(world.client.stack.population().connections == 0);
}
