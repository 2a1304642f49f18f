// What was written and is not acknowledged.
#include "stack/tcp/send_queue.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "stack/tcp/spare_room.hpp"
#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using test::random_octets;
using test::slice_with_waste;

/// What a packet would carry.
std::string gathered(const SendQueue& queue, std::size_t offset, std::size_t count) {
  OutgoingPacket packet;
  const std::size_t added = queue.gather(offset, count, packet);
  std::string text;
  for (const Bytes view : packet.payload()) text += as_text(view);
  REQUIRE(added == text.size());
  REQUIRE(packet.payload_size() == added);
  return text;
}

/// All of it, in as many packets as it takes.
std::string contents(const SendQueue& queue) {
  std::string text;
  while (text.size() < queue.size()) text += gathered(queue, text.size(), SIZE_MAX);
  return text;
}

TEST_CASE("A new send queue is empty and allocates nothing", "[send_queue]") {
  SendQueue queue;
  CHECK(queue.empty());
  CHECK(queue.memory() == 0);
  CHECK(gathered(queue, 0, 100).empty());
  CHECK(queue.append(Bytes{}) == 0);
  CHECK(queue.append(Slice{}) == 0);
  CHECK(queue.memory() == 0);
}

TEST_CASE("Small writes are collected in one chunk, and any part of them is gathered", "[send_queue]") {
  SendQueue queue;
  CHECK(queue.append(as_bytes("GET / HTTP/1.1\r\n")) == 16);
  CHECK(queue.append(as_bytes("Host: example\r\n\r\n")) == 17);
  OutgoingPacket packet;
  CHECK(queue.gather(0, 1000, packet) == 33);
  CHECK(packet.payload().size() == 1);
  CHECK(gathered(queue, 4, 3) == "/ H");
  CHECK(gathered(queue, 33, 1).empty());
  queue.acknowledge(16);
  CHECK(queue.size() == 17);
  CHECK(gathered(queue, 0, 4) == "Host");
  queue.acknowledge(17);
  CHECK(queue.memory() == 0);
}

TEST_CASE("A small response costs a small chunk, a bulk writer gets large ones", "[send_queue]") {
  SendQueue small;
  small.append(as_bytes(std::string(200, 'x')));
  CHECK(small.memory() < 400);
  SendQueue bulk;
  for (int i = 0; i < 256; ++i) bulk.append(as_bytes(std::string(4096, 'x')));
  CHECK(bulk.memory() < (1 << 20) + (1 << 18));
  // A super-segment anywhere in it needs few slices.
  for (std::size_t offset = 1 << 17; offset + 65'536 <= bulk.size(); offset += 12'345) {
    OutgoingPacket packet;
    CHECK(bulk.gather(offset, 65'536, packet) == 65'536);
    CHECK(packet.payload().size() <= 3);
  }
}

TEST_CASE("A writer of single octets gets chunks that grow", "[send_queue]") {
  SendQueue queue;
  for (int i = 0; i < 100'000; ++i) queue.append(as_bytes("x"));
  CHECK(queue.size() == 100'000);
  CHECK(queue.memory() < 200'000);
  OutgoingPacket packet;
  CHECK(queue.gather(0, 65'536, packet) == 65'536);
}

TEST_CASE("A large slice is shared, a small one is copied", "[send_queue]") {
  const std::string text(SendQueue::share_threshold, 's');
  const Slice large = Slice::copy_of(as_bytes(text));
  SendQueue queue;
  queue.append(large);
  OutgoingPacket packet;
  queue.gather(0, SIZE_MAX, packet);
  CHECK(packet.payload()[0].data() == large.data());

  const Slice small = large.subslice(0, SendQueue::share_threshold - 1);
  SendQueue copied;
  copied.append(small);
  OutgoingPacket second;
  copied.gather(0, SIZE_MAX, second);
  CHECK(second.payload()[0].data() != small.data());
  CHECK(contents(copied) == as_text(small.bytes()));
}

TEST_CASE("Nothing is written behind a slice while anybody else holds its block", "[send_queue]") {
  Block block = Block::allocate(8192);
  std::memset(block.data(), 'b', 8192);
  SendQueue queue;
  queue.append(Slice{block, 0, 4096});
  queue.append(as_bytes("more"));
  CHECK(std::string(reinterpret_cast<char*>(block.data()) + 4096, 4096) == std::string(4096, 'b'));
  CHECK(contents(queue) == std::string(4096, 'b') + "more");
}

TEST_CASE("Views handed out stay as they were when more is written", "[send_queue]") {
  SendQueue queue;
  queue.append(as_bytes("first"));
  OutgoingPacket packet;
  queue.gather(0, 5, packet);
  queue.append(as_bytes(" second"));
  CHECK(as_text(packet.payload()[0]) == "first");
  CHECK(contents(queue) == "first second");
}

TEST_CASE("A copy of a queue goes on by itself", "[send_queue]") {
  SendQueue one;
  one.append(as_bytes("common "));
  SendQueue other = one;
  one.append(as_bytes("one"));
  other.append(as_bytes("other"));
  CHECK(contents(one) == "common one");
  CHECK(contents(other) == "common other");
  other = one;
  one.acknowledge(10);
  CHECK(contents(other) == "common one");
}

TEST_CASE("A packet takes no more slices than it has room for, and gather says so", "[send_queue]") {
  SendQueue queue;
  const Slice page = Slice::copy_of(as_bytes(std::string(SendQueue::share_threshold, 'p')));
  for (int i = 0; i < 100; ++i) queue.append(page);
  OutgoingPacket packet;
  CHECK(queue.gather(10, SIZE_MAX, packet) == OutgoingPacket::max_payload_slices * page.size() - 10);
  CHECK(packet.payload_full());
  CHECK(queue.gather(0, 1, packet) == 0);
}

TEST_CASE("Clearing gives everything back, and the queue goes on", "[send_queue]") {
  SendQueue queue;
  queue.append(as_bytes(std::string(100'000, 'x')));
  queue.clear();
  CHECK(queue.empty());
  CHECK(queue.memory() == 0);
  queue.append(as_bytes("again"));
  CHECK(contents(queue) == "again");
}

TEST_CASE("A few octets between shared slices cost little more than their octets", "[send_queue]") {
  SendQueue queue;
  while (queue.size() < 1 << 20) {
    queue.append(as_bytes("a header"));
    queue.append(Slice::copy_of(as_bytes(std::string(SendQueue::share_threshold, 'p'))));
  }
  CHECK(queue.memory() < 5 * queue.size());
}

TEST_CASE("Gathering at the end of a queue of very many chunks takes no walk through them", "[send_queue]") {
  SendQueue queue;
  const Slice page = Slice::copy_of(as_bytes(std::string(SendQueue::share_threshold, 'p')));
  constexpr std::size_t pages = 100'000;
  for (std::size_t i = 0; i < pages; ++i) queue.append(page);
  // A walk from the front would make this 10^10 steps, and this test the one that never ends.
  std::size_t total = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    OutgoingPacket packet;
    total += queue.gather(queue.size() - 1 - i, 1, packet);
  }
  CHECK(total == 100'000);
}

TEST_CASE("Any mix of writes, acknowledgments and gathers agrees with one long string", "[send_queue]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    SendQueue queue;
    std::string model;
    std::vector<std::pair<SendQueue, std::string>> copies;
    const std::size_t largest = std::array<std::size_t, 4>{3, 300, 6000, 50'000}[seed % 4];
    for (int step = 0; step < 400; ++step) {
      const std::string text = random_octets(random, random.below(largest));
      switch (random.below(7)) {
        case 0:
        case 1:
          REQUIRE(queue.append(as_bytes(text)) == text.size());
          model += text;
          break;
        case 2:
          REQUIRE(queue.append(slice_with_waste(text, random.below(5000))) == text.size());
          model += text;
          break;
        case 3:
        case 4: {
          const std::size_t count = random.below(std::min(model.size(), 2 * largest) + 1);
          queue.acknowledge(count);
          model.erase(0, count);
          break;
        }
        case 5: {
          const std::size_t offset = random.below(model.size() + 2);
          const std::size_t count = random.below(70'000);
          const std::string expected = offset < model.size() ? model.substr(offset, count) : "";
          const std::string text_gathered = gathered(queue, offset, count);
          REQUIRE(expected.starts_with(text_gathered));
          if (text_gathered.size() < expected.size()) {  // then only because the packet was full
            OutgoingPacket packet;
            queue.gather(offset, count, packet);
            REQUIRE(packet.payload_full());
          }
          break;
        }
        default:
          if (copies.size() < 3) copies.emplace_back(queue, model);
      }
      REQUIRE(queue.size() == model.size());
    }
    REQUIRE(contents(queue) == model);
    for (const auto& [copy, expected] : copies) REQUIRE(contents(copy) == expected);
  }
}

TEST_CASE("Spare room is filled only by a block's sole holder", "[send_queue]") {
  Slice chunk = start_chunk(as_bytes("abc"), 0);
  CHECK(extend_in_place(chunk, as_bytes("def")) == 3);
  CHECK(as_text(chunk.bytes()) == "abcdef");
  const Slice shared = chunk;
  CHECK(extend_in_place(chunk, as_bytes("ghi")) == 0);
  Slice exact = Slice::copy_of(as_bytes("abc"));
  CHECK(extend_in_place(exact, as_bytes("def")) == 0);
  Slice nothing;
  CHECK(extend_in_place(nothing, as_bytes("def")) == 0);
}

}  // namespace
}  // namespace handwave::tcp
