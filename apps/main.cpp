// The program: its commands, what can be typed after each, and which of them is run. The one file that reads CLI11,
// whose templates cost a compiler more time than all else in it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cert.hpp"
#include "apps/console.hpp"
#include "apps/get.hpp"
#include "apps/https_options.hpp"
#include "apps/in_process.hpp"
#include "apps/network_options.hpp"
#include "apps/serve.hpp"
#include "apps/usage_error.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

constexpr int usage_status = 2;

/// One line on standard error: which command, and what is wrong.
int refuse(const CLI::App& program, const std::string& what, int status) {
  const auto chosen = program.get_subcommands();
  complain(fmt::format("handwave{}{}: {}\n", chosen.empty() ? "" : " ",
                       chosen.empty() ? "" : chosen.front()->get_name(), what.substr(0, what.find('\n'))));
  return status;
}

/// CLI11's words, but where it says of a number only that it could not be converted.
std::string explain(const CLI::ParseError& error) {
  constexpr std::string_view no_number = "Could not convert: ";
  const std::string what = error.what();
  return what.starts_with(no_number) ? "a number is wanted: " + what.substr(no_number.size()) : what;
}

/// An option whose value is not empty, as it would be after a slip in a script: `--root "$UNSET"`.
CLI::Option& add_text(CLI::App& command, const std::string& name, std::string& value, const std::string& type,
                      const std::string& description) {
  const auto is_something = [](const std::string& text) { return text.empty() ? "the value is empty" : ""; };
  return *command.add_option(name, value, description)->type_name(type)->check(CLI::Validator{is_something, ""});
}

/// An option that may be repeated, with one value each time: what stands behind that is not its own.
void add_list(CLI::App& command, const std::string& name, std::vector<std::string>& values, const std::string& type,
              const std::string& description) {
  command.add_option(name, values, description)->type_name(type)->allow_extra_args(false);
}

template <class Number>
void add_number(CLI::App& command, const std::string& name, Number& value, const std::string& type,
                const std::string& description) {
  command.add_option(name, value, description)->type_name(type)->capture_default_str();
}

void add_network_options(CLI::App& command, NetworkOptions& options) {
  command.option_defaults()->group("Network");
  add_text(command, "--tun", options.tun, "NAME", "Name of the TUN device; %d stands for a free number");
  add_list(command, "--address", options.addresses, "A/P",
           "An address of ours with its network; may be repeated; replaces the defaults, " + options.addresses.at(0) +
               " and " + options.addresses.at(1));
  add_list(command, "--kernel-address", options.kernel_addresses, "A/P",
           "An address of the kernel's side; by default the first of each network of ours");
  add_number(command, "--mtu", options.mtu, "N", "Octets of a packet on the wire");
  command.add_flag("--no-offload", options.no_offload, "Carry packets as a wire would: no super-segments");
  add_text(command, "--congestion", options.congestion, "NAME",
           "Congestion control: cubic (RFC 9438) or newreno (RFC 5681)");
  command.add_flag("--no-pacing", options.no_pacing, "Send what the window lets out at once, not over the round trip");
  add_text(
      command, "--ecn", options.ecn, "USE",
      "Explicit Congestion Notification (RFC 3168): on asks for it, accept (the default) agrees to it, off does not");
  add_text(command, "--capture", options.capture, "FILE", "Write every packet to this pcap file");
  add_text(
      command, "--impair", options.impair, "SPEC",
      "A bad network: loss=5%,mark=1%,duplicate=1%,reorder=2%,corrupt=0.1%,delay=20ms,jitter=5ms,rate=100mbit, or some "
      "of these; queue=50ms is the queue before the rate, detour=10ms how much longer a reordered packet takes; "
      "in.loss=5% or out.loss=5% is for one direction");
  add_number(command, "--seed", options.seed, "N", "Of the impairments");
  command.add_flag("--ladder", options.ladder, "Draw every connection as it happened on the wire");
  add_number(command, "--msl", options.msl_seconds, "SECONDS", "Maximum segment lifetime: TIME-WAIT lasts two of them");
}

void add_key_log(CLI::App& command, std::string& file) {
  add_text(command, "--keylog", file, "FILE", "Append the TLS secrets to this file, for Wireshark; or SSLKEYLOGFILE");
}

void add_https_options(CLI::App& command, HttpsOptions& options) {
  command.option_defaults()->group("HTTPS");
  add_number(command, "--https", options.port, "PORT", "Port of HTTPS; 0 for none");
  add_list(command, "--cert", options.certificates, "FILE",
           "PEM file of a certificate and the chain above it; may be repeated");
  add_list(command, "--key", options.keys, "FILE", "PEM file of its private key, one for each --cert");
  add_list(command, "--cert-name", options.names, "NAME",
           "A DNS name for the certificate that is made if no --cert is given");
  add_text(command, "--cert-out", options.certificate_out, "FILE", "Write the certificate that is made to this file");
  add_text(command, "--client-ca", options.client_authorities, "FILE",
           "Ask clients for a certificate signed by one of these");
  add_key_log(command, options.key_log);
  command.add_flag("--hsts", options.strict_transport, "Tell browsers to use HTTPS only, for a year (RFC 6797)");
  command.add_flag("--redirect-http", options.redirect_http, "Answer plain HTTP with a redirect to HTTPS");
  command.add_flag("--teach-static-rsa", options.teach_static_rsa,
                   "TLS 1.2 with the static RSA key exchange, as textbooks draw it; no forward secrecy");
}

void add_serve(CLI::App& program, ServeOptions& options) {
  options.network.addresses = {"192.0.2.2/24", "2001:db8::2/64"};
  CLI::App& command = *program.add_subcommand("serve", "Serve HTTP and HTTPS on a TCP of our own, behind a TUN device");
  add_text(command, "--root", options.root, "DIR", "Directory to serve; without it, a page that says what this is");
  add_number(command, "--http", options.http, "PORT", "Port of HTTP; 0 for none");
  add_number(command, "--echo", options.echo, "PORT", "Port of the echo service (RFC 862); 0 for none");
  add_number(command, "--discard", options.discard, "PORT", "Port of the discard service (RFC 863); 0 for none");
  add_number(command, "--chargen", options.chargen, "PORT", "Port of the character generator (RFC 864); 0 for none");
  add_https_options(command, options.https);
  add_network_options(command, options.network);
  command.footer(
      "It runs until SIGINT or SIGTERM; then it closes its connections, and prints its statistics.\n"
      "Exit status: 0 it was asked to stop; 1 failed on this machine; 2 bad command line.");
}

void add_get(CLI::App& program, GetOptions& options) {
  // Not the addresses of `serve`: both may run at once.
  options.network.addresses = {"198.51.100.2/24", "2001:db8:1::2/64"};
  options.network.msl_seconds = 1;  // the program ends with its connection: nobody is left to wait
  CLI::App& command =
      *program.add_subcommand("get", "Fetch a URL over a TCP of our own, from a server on the kernel's side");
  command.add_option("URL", options.url, "Such as http://198.51.100.1:8000/ or https://198.51.100.1/")->required();
  add_text(command, "-o,--output", options.output, "FILE", "Write the body to this file, not to standard output");
  command.option_defaults()->group("HTTPS");
  add_text(command, "--cacert", options.authorities, "FILE",
           "PEM file of the authorities to trust, instead of the system's");
  command.add_flag("-k,--insecure", options.insecure, "Verify nothing: whoever answers will do");
  add_text(command, "--tls-max", options.highest_tls, "VERSION",
           "The highest version of TLS: 1.2 or 1.3 (1.3 if none is given)");
  add_text(command, "--cert", options.certificate, "FILE",
           "PEM file of our own certificate, if the server asks for one");
  add_text(command, "--key", options.key, "FILE", "PEM file of its private key");
  add_key_log(command, options.key_log);
  add_network_options(command, options.network);
  command.footer(
      "Exit status: 0 the body was stored; 1 failed on this machine; 2 bad command line; 3 cannot connect;\n"
      "4 the server's certificate was refused; 5 TLS failed; 6 the answer was not 2xx; 7 the response was cut short;\n"
      "8 what came is no HTTP; 130 interrupted.");
}

void add_cert(CLI::App& program, CertOptions& options) {
  CLI::App& command = *program.add_subcommand("cert", "Make a certificate, signed by a small authority of your own");
  add_text(command, "--out", options.folder, "DIR", "Directory for the files; an authority that is there is used again")
      .capture_default_str();
  add_list(command, "--name", options.names, "NAME",
           "DNS name or IP address that the certificate is for; may be repeated (192.0.2.2, 2001:db8::2 and localhost "
           "if none is given)");
  add_text(command, "--as", options.files, "NAME", "What the certificate's files are called (leaf, or client)");
  add_text(command, "--key", options.key, "KIND", "Kind of the keys: ecdsa (P-256) or rsa (2048 bits)")
      .check(CLI::IsMember({"ecdsa", "rsa"}))
      ->capture_default_str();
  command.add_option("--days", options.days, "How long the certificate is good for")
      ->type_name("N")
      ->check(CLI::Range(1, authority_days))
      ->capture_default_str();
  command.add_flag("--client", options.client, "For a client to show, instead of a server");
  command.add_flag("--force", options.force, "Overwrite the certificate's files; never the authority's");
  command.footer("Exit status: 0 the files are written; 1 failed on this machine; 2 bad command line.");
}

void add_ladder(CLI::App& program) {
  CLI::App& command = *program.add_subcommand("ladder", "Draw the ladder of one connection");
  const std::string description = "Between two of our stacks in this process, in virtual time";
  command.add_flag("--in-process", description)->required();
}

}  // namespace
}  // namespace handwave

int main(int argc, char** argv) {
  using namespace handwave;
  hold_standard_streams();
  CLI::App program{"Handwave: a TCP in user space, done by hand, and TLS on top."};
  program.name("handwave");
  program.require_subcommand(1);
  ServeOptions serve_options;
  add_serve(program, serve_options);
  GetOptions get_options;
  add_get(program, get_options);
  CertOptions cert_options;
  add_cert(program, cert_options);
  add_ladder(program);

  try {
    program.parse(argc, argv);
    if (program.got_subcommand("serve")) return serve(serve_options);
    if (program.got_subcommand("get")) return get(get_options);
    const int status = program.got_subcommand("cert") ? cert(cert_options) : in_process();
    return printed_all() ? status : refuse(program, "cannot write to standard output", 1);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help
    if (program.get_subcommands().empty()) {
      constexpr std::string_view commands = "serve, get, cert or ladder; handwave --help says more";
      const std::string first = argc > 1 && argv[1][0] != '-' ? argv[1] : "";
      return refuse(program,
                    first.empty() ? fmt::format("what to do? {}", commands)
                                  : fmt::format("there is no command '{}': {}", first, commands),
                    usage_status);
    }
    return refuse(program, explain(error), usage_status);
  } catch (const UsageError& error) {
    return refuse(program, error.what(), usage_status);
  } catch (const std::exception& error) {
    return refuse(program, error.what(), 1);
  }
}
