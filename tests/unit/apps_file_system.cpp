// Files below a root: what is found, and that there is no way out.
#include "apps/file_system.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tun/system_error.hpp"

namespace {

using namespace handwave;
using http::FileInfo;
using http::OpenError;

/// A root with something to find in it, beside something that is nobody's business.
class Tree {
 public:
  Tree() {
    std::string name = (std::filesystem::temp_directory_path() / "handwave-files-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    base_ = name;
    std::filesystem::create_directories(root() / "sub");
    write("root/index.html", "front");
    write("root/sub/page.txt", "inside");
    write("root/empty", "");
    write("secret", "outside");
    std::filesystem::create_symlink("sub/page.txt", root() / "good-link");
    std::filesystem::create_symlink("../secret", root() / "bad-link");
    std::filesystem::create_symlink(base_ / "secret", root() / "absolute-link");
    std::filesystem::create_symlink("loop", root() / "loop");
    REQUIRE(::mkfifo((root() / "pipe").c_str(), 0600) == 0);
  }
  ~Tree() { std::filesystem::remove_all(base_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  [[nodiscard]] std::filesystem::path root() const { return base_ / "root"; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream{base_ / name, std::ios::binary} << content;
  }

 private:
  std::filesystem::path base_;
};

std::string content(const http::File& file) {
  std::string text(file.info().size + 1, '\0');
  const std::size_t count = file.read(0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return text.substr(0, count);
}

}  // namespace

TEST_CASE("Files and directories below the root are found", "[files]") {
  const Tree tree;
  RootedFileSystem files{tree.root().string()};
  CHECK(files.open("")->get()->info().kind == FileInfo::Kind::directory);
  CHECK(files.open("sub/")->get()->info().kind == FileInfo::Kind::directory);
  CHECK(content(**files.open("index.html")) == "front");
  CHECK(content(**files.open("index.html")) == "front");  // from memory this time
  CHECK(content(**files.open("sub/page.txt")) == "inside");
  CHECK(content(**files.open("good-link")) == "inside");
  CHECK(content(**files.open("empty")).empty());
  CHECK(files.open("none").error() == OpenError::not_found);
  CHECK(files.open("index.html/").error() == OpenError::not_found);
  CHECK(files.open("index.html/deeper").error() == OpenError::not_found);
  CHECK(files.open(std::string(5000, 'x')).error() == OpenError::not_found);
}

TEST_CASE("No symbolic link and no path leads out of the root", "[files]") {
  const Tree tree;
  RootedFileSystem files{tree.root().string()};
  CHECK(files.open("bad-link").error() == OpenError::not_found);
  CHECK(files.open("absolute-link").error() == OpenError::not_found);
  CHECK(files.open("loop").error() == OpenError::not_found);
  // The HTTP layer lets none of these through; the kernel would not either.
  CHECK(files.open("../secret").error() == OpenError::not_found);
  CHECK(files.open("sub/../../secret").error() == OpenError::not_found);
  CHECK(files.open("/etc/passwd").error() == OpenError::not_found);
}

TEST_CASE("A named pipe neither blocks nor is a file", "[files]") {
  const Tree tree;
  RootedFileSystem files{tree.root().string()};
  const auto pipe = files.open("pipe");
  REQUIRE(pipe);
  CHECK((*pipe)->info().kind == FileInfo::Kind::other);
  CHECK(content(**pipe).empty());
}

TEST_CASE("A large file is read in pieces, and stays readable when its name is gone", "[files]") {
  const Tree tree;
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i) + ',';
  tree.write("root/large", text);
  RootedFileSystem files{tree.root().string()};
  const auto file = files.open("large");
  REQUIRE(file);
  std::filesystem::remove(tree.root() / "large");
  CHECK((*file)->info().size == text.size());
  CHECK(content(**file) == text);
  std::string piece(1000, '\0');
  CHECK((*file)->read(123'456, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}) == 1000);
  CHECK(piece == text.substr(123'456, 1000));
  CHECK((*file)->read(text.size(), {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}) == 0);
}

TEST_CASE("A root that is missing or no directory is refused with one line", "[files]") {
  const Tree tree;
  CHECK_THROWS_AS(RootedFileSystem{(tree.root() / "none").string()}, SystemError);
  CHECK_THROWS_AS(RootedFileSystem{(tree.root() / "index.html").string()}, SystemError);
}
