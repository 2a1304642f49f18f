// The loop: what it does in which order, and how it ends.
#include "tun/driver.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "stack/wire/tcp.hpp"
#include "tests/support/fake_device.hpp"
#include "tests/support/tcp_packet.hpp"
#include "tun/clock.hpp"

using namespace handwave;
using namespace std::chrono_literals;
using handwave::test::FakeDevice;

namespace {

const IpAddress kernel = IpAddress::v4(192, 0, 2, 1);
const IpAddress ours = IpAddress::v4(192, 0, 2, 2);

/// Accepts connections on port 80 and keeps a diary.
struct Listening final : Application {
  Stack& stack;
  std::vector<std::string> diary;
  std::optional<ListenerId> listener;
  std::optional<ConnectionId> connection;
  std::optional<Instant> alarm;
  bool close_when_stopped = true;
  bool done = false;

  explicit Listening(Stack& a_stack) : stack(a_stack) { listener = stack.listen({ours, 80}).value(); }
  void handle(Instant /*now*/, const Event& event) override {
    if (event.acceptable) connection = stack.accept(*listener).value();
    diary.emplace_back(event.acceptable ? "acceptable" : event.closed ? "closed" : "event");
  }
  void handle_timeout(Instant now) override {
    if (!alarm || now < *alarm) return;
    diary.emplace_back("alarm");
    alarm.reset();
    done = true;
  }
  [[nodiscard]] std::optional<Instant> poll_timeout() const override { return alarm; }
  [[nodiscard]] bool finished() const override { return done; }
  void stop(Instant now) override {
    diary.emplace_back("stop");
    if (!close_when_stopped) return;
    stack.close(now, *listener);
    if (connection) stack.abort(now, *connection);
  }
  void abort(Instant now) override {
    diary.emplace_back("abort");
    if (connection) stack.abort(now, *connection);
  }
};

struct Counting final : PacketObserver {
  std::vector<std::string> diary;
  void received(Instant /*now*/, const IncomingPacket& packet) override {
    diary.push_back("in " + std::to_string(packet.bytes.size()));
  }
  void sending(Instant /*now*/, const OutgoingPacket& /*packet*/) override { diary.emplace_back("out"); }
};

/// A host on a device, and the other end of a connection to its port 80.
struct World {
  FakeDevice device;
  Stack stack{StackConfig{.addresses = {*AddressPrefix::parse("192.0.2.2/24")}}, secret_from_seed(1)};
  Listening app{stack};

  void arrive(Seq seq, Seq ack, wire::TcpFlags flags) {
    wire::TcpHeader header;
    header.source_port = 5000;
    header.destination_port = 80;
    header.seq = seq;
    header.ack = ack;
    header.flags = flags;
    header.wnd = 10000;
    OutgoingPacket packet;
    test::make_tcp(packet, kernel, ours, header, {});
    device.to_read.push_back(test::incoming(packet));
  }
  wire::TcpHeader answered() { return wire::parse_tcp(Bytes(device.written.back().octets).subspan(20)).value().header; }
  /// The three-way handshake.
  void establish(Driver& driver) {
    wire::TcpFlags flags;
    flags.syn = true;
    arrive(Seq(1000), Seq(0), flags);
    REQUIRE(driver.turn(monotonic_now()));
    REQUIRE(device.written.size() == 1);
    flags.syn = false;
    flags.ack = true;
    arrive(Seq(1001), answered().seq + 1, flags);
    REQUIRE(driver.turn(monotonic_now()));
    REQUIRE(app.connection);
  }
};

}  // namespace

TEST_CASE("driver: one turn reads, passes events on, and writes", "[tun][driver]") {
  World world;
  Driver driver(world.device, world.stack, world.app);
  Counting observer;
  driver.observe(&observer);
  CHECK_FALSE(driver.turn(monotonic_now()));
  world.establish(driver);
  CHECK(world.answered().flags.syn);
  CHECK(world.app.diary == std::vector<std::string>{"acceptable"});
  CHECK(observer.diary == std::vector<std::string>{"in 40", "out", "in 40"});
  CHECK_FALSE(driver.turn(monotonic_now()));
}

TEST_CASE("driver: what has come is told before a deadline that passed in the same turn", "[tun][driver]") {
  World world;
  Driver driver(world.device, world.stack, world.app);
  world.app.alarm = monotonic_now() + 1h;
  world.establish(driver);
  world.app.diary.clear();
  wire::TcpFlags fin;
  fin.fin = fin.ack = true;
  world.arrive(Seq(1001), world.answered().seq + 1, fin);
  driver.turn(*world.app.alarm);
  CHECK(world.app.diary == std::vector<std::string>{"event", "alarm"});
}

TEST_CASE("driver: a turn reads a bounded batch", "[tun][driver]") {
  World world;
  Driver driver(world.device, world.stack, world.app);
  for (std::size_t i = 0; i < Driver::max_reads + 10; ++i)
    world.device.to_read.push_back({.bytes = Slice::copy_of(test::counting_text(30))});
  CHECK(driver.turn(monotonic_now()));
  CHECK(world.device.to_read.size() == 10);
}

TEST_CASE("driver: it sleeps until the application's deadline, and ends when the application has finished",
          "[tun][driver]") {
  World world;
  const StopSignals signals;
  const Instant alarm = monotonic_now() + 30ms;
  world.app.alarm = alarm;
  Driver driver(world.device, world.stack, world.app);
  CHECK(driver.run(signals) == Driver::Ending::closed);
  CHECK(monotonic_now() >= alarm);
  CHECK(world.app.diary == std::vector<std::string>{"alarm", "stop"});
}

TEST_CASE("driver: a signal stops the application, and the loop ends with the last connection", "[tun][driver]") {
  World world;
  const StopSignals signals;
  Driver driver(world.device, world.stack, world.app);
  world.establish(driver);
  ::raise(SIGTERM);
  CHECK(driver.run(signals) == Driver::Ending::closed);
  CHECK(world.app.diary == std::vector<std::string>{"acceptable", "stop"});
  CHECK(world.answered().flags.rst);
}

TEST_CASE("driver: connections that do not close in time are aborted, and their peers are told", "[tun][driver]") {
  World world;
  const StopSignals signals;
  world.app.close_when_stopped = false;
  Driver driver(world.device, world.stack, world.app, 20ms);
  world.establish(driver);
  ::raise(SIGINT);
  CHECK(driver.run(signals) == Driver::Ending::aborted);
  CHECK(world.app.diary == std::vector<std::string>{"acceptable", "stop", "abort"});
  CHECK(world.answered().flags.rst);
}
