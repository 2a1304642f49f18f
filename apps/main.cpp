// The program: handwave serve, handwave get, handwave cert, handwave ladder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "apps/cert.hpp"
#include "apps/get.hpp"
#include "apps/in_process.hpp"
#include "apps/serve.hpp"
#include "apps/usage_error.hpp"
#include "tun/system_error.hpp"

namespace {

constexpr int usage_status = 2;

/// One line on standard error: which command, and what is wrong.
int complain(const CLI::App& program, const std::string& what, int status) {
  const auto chosen = program.get_subcommands();
  fmt::print(stderr, "handwave{}{}: {}\n", chosen.empty() ? "" : " ", chosen.empty() ? "" : chosen.front()->get_name(),
             what.substr(0, what.find('\n')));
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Handwave: a TCP in user space, done by hand."};
  program.name("handwave");
  program.require_subcommand(1);
  handwave::ServeOptions serve_options;
  handwave::add_serve(program, serve_options);
  handwave::GetOptions get_options;
  handwave::add_get(program, get_options);
  handwave::CertOptions cert_options;
  handwave::add_cert(program, cert_options);
  CLI::App& ladder = *program.add_subcommand("ladder", "Draw the ladder of one connection");
  bool in_process = false;
  ladder.add_flag("--in-process", in_process, "Between two of our stacks in this process, in virtual time")->required();

  try {
    program.parse(argc, argv);
    if (program.got_subcommand("serve")) return handwave::serve(serve_options);
    if (program.got_subcommand("get")) return handwave::get(get_options);
    if (program.got_subcommand("cert")) return handwave::cert(cert_options);
    return handwave::in_process();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help
    if (program.get_subcommands().empty())
      return complain(program, "what to do? serve, get, cert or ladder; handwave --help says more", usage_status);
    return complain(program, error.what(), usage_status);
  } catch (const handwave::UsageError& error) {
    return complain(program, error.what(), usage_status);
  } catch (const std::exception& error) {
    return complain(program, error.what(), 1);
  }
}
