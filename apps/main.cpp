// The program: its commands, what can be typed after each, and which of them is run. The one file that reads CLI11,
// whose templates cost a compiler more time than all else in it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "apps/cert.hpp"
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
int complain(const CLI::App& program, const std::string& what, int status) {
  const auto chosen = program.get_subcommands();
  fmt::print(stderr, "handwave{}{}: {}\n", chosen.empty() ? "" : " ", chosen.empty() ? "" : chosen.front()->get_name(),
             what.substr(0, what.find('\n')));
  return status;
}

void add_network_options(CLI::App& command, NetworkOptions& options) {
  command.add_option("--tun", options.tun, "Name of the TUN device; %d stands for a free number")->type_name("NAME");
  command.add_option("--address", options.addresses, "An address of ours with its network; replaces the defaults")
      ->type_name("A/P");
  command
      .add_option("--kernel-address", options.kernel_addresses,
                  "An address of the kernel's side; by default the first of each network of ours")
      ->type_name("A/P");
  command.add_option("--mtu", options.mtu, "Octets of a packet on the wire")->type_name("N")->capture_default_str();
  command.add_flag("--no-offload", options.no_offload, "Carry packets as a wire would: no super-segments");
  command.add_option("--capture", options.capture, "Write every packet to this pcap file")->type_name("FILE");
  command.add_option("--impair", options.impair, "A bad network: loss=5%,reorder=2%,delay=20ms,in.rate=100mbit,...")
      ->type_name("SPEC");
  command.add_option("--seed", options.seed, "Of the impairments")->type_name("N")->capture_default_str();
  command.add_flag("--ladder", options.ladder, "Draw every connection as it happened on the wire");
  command.add_option("--msl", options.msl_seconds, "Maximum segment lifetime: TIME-WAIT lasts two of them")
      ->type_name("SECONDS")
      ->capture_default_str();
}

void add_https_options(CLI::App& command, HttpsOptions& options) {
  command.add_option("--https", options.port, "Port of HTTPS; 0 for none")->type_name("PORT");
  command
      .add_option("--cert", options.certificates, "PEM file of a certificate and the chain above it; may be repeated")
      ->type_name("FILE");
  command.add_option("--key", options.keys, "PEM file of its private key, one for each --cert")->type_name("FILE");
  command.add_option("--cert-name", options.names, "A DNS name for the certificate that is made if no --cert is given")
      ->type_name("NAME");
  command.add_option("--cert-out", options.certificate_out, "Write the certificate that is made to this file")
      ->type_name("FILE");
  command.add_option("--client-ca", options.client_authorities, "Ask clients for a certificate signed by one of these")
      ->type_name("FILE");
  command
      .add_option("--keylog", options.key_log, "Append the TLS secrets to this file, for Wireshark; or SSLKEYLOGFILE")
      ->type_name("FILE");
  command.add_flag("--hsts", options.strict_transport, "Tell browsers to use HTTPS only, for a year (RFC 6797)");
  command.add_flag("--redirect-http", options.redirect_http, "Answer plain HTTP with a redirect to HTTPS");
  command.add_flag("--teach-static-rsa", options.teach_static_rsa,
                   "TLS 1.2 with the static RSA key exchange, as textbooks draw it; no forward secrecy");
}

void add_serve(CLI::App& program, ServeOptions& options) {
  options.network.addresses = {"192.0.2.2/24", "2001:db8::2/64"};
  CLI::App& command = *program.add_subcommand("serve", "Serve HTTP and HTTPS on a TCP of our own, behind a TUN device");
  command.add_option("--root", options.root, "Directory to serve; without it, a page that says what this is")
      ->type_name("DIR");
  add_network_options(command, options.network);
  command.add_option("--http", options.http, "Port of HTTP; 0 for none")->type_name("PORT")->capture_default_str();
  add_https_options(command, options.https);
  command.add_option("--echo", options.echo, "Port of the echo service (RFC 862)")->type_name("PORT");
  command.add_option("--discard", options.discard, "Port of the discard service (RFC 863)")->type_name("PORT");
  command.add_option("--chargen", options.chargen, "Port of the character generator (RFC 864)")->type_name("PORT");
}

void add_get(CLI::App& program, GetOptions& options) {
  // Not the addresses of `serve`: both may run at once.
  options.network.addresses = {"198.51.100.2/24", "2001:db8:1::2/64"};
  options.network.msl_seconds = 1;  // the program ends with its connection: nobody is left to wait
  CLI::App& command =
      *program.add_subcommand("get", "Fetch a URL over a TCP of our own, from a server on the kernel's side");
  command.add_option("URL", options.url, "Such as http://198.51.100.1:8000/ or https://198.51.100.1/")->required();
  command.add_option("-o,--output", options.output, "Write the body to this file")->type_name("FILE");
  command.add_option("--cacert", options.authorities, "PEM file of the authorities to trust, instead of the system's")
      ->type_name("FILE");
  command.add_flag("-k,--insecure", options.insecure, "Verify nothing: whoever answers will do");
  command.add_option("--tls-max", options.highest_tls, "The highest version of TLS: 1.2 or 1.3")->type_name("VERSION");
  command.add_option("--cert", options.certificate, "PEM file of our own certificate, if the server asks for one")
      ->type_name("FILE");
  command.add_option("--key", options.key, "PEM file of its private key")->type_name("FILE");
  command
      .add_option("--keylog", options.key_log, "Append the TLS secrets to this file, for Wireshark; or SSLKEYLOGFILE")
      ->type_name("FILE");
  add_network_options(command, options.network);
  command.footer(
      "Exit status: 0 the body was stored; 1 failed on this machine; 2 bad command line; 3 cannot connect;\n"
      "4 the server's certificate was refused; 5 TLS failed; 6 the answer was not 2xx; 7 the response was cut short;\n"
      "8 what came is no HTTP.");
}

void add_cert(CLI::App& program, CertOptions& options) {
  CLI::App& command = *program.add_subcommand("cert", "Make a certificate, signed by a small authority of your own");
  command.add_option("--out", options.folder, "Directory for the files; an authority that is there is used again")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--name", options.names,
                  "DNS name or IP address that the certificate is for; may be repeated (192.0.2.2, 2001:db8::2 and "
                  "localhost if none is given)")
      ->type_name("NAME");
  command.add_option("--as", options.files, "What the certificate's files are called (leaf, or client)")
      ->type_name("NAME");
  command.add_option("--key", options.key, "Kind of the keys: ecdsa (P-256) or rsa (2048 bits)")
      ->check(CLI::IsMember({"ecdsa", "rsa"}))
      ->capture_default_str();
  command.add_option("--days", options.days, "How long the certificate is good for")
      ->type_name("N")
      ->check(CLI::Range(1, authority_days))
      ->capture_default_str();
  command.add_flag("--client", options.client, "For a client to show, instead of a server");
  command.add_flag("--force", options.force, "Overwrite the certificate's files; never the authority's");
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
  CLI::App program{"Handwave: a TCP in user space, done by hand."};
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
    if (program.got_subcommand("cert")) return cert(cert_options);
    return in_process();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help
    if (program.get_subcommands().empty())
      return complain(program, "what to do? serve, get, cert or ladder; handwave --help says more", usage_status);
    return complain(program, error.what(), usage_status);
  } catch (const UsageError& error) {
    return complain(program, error.what(), usage_status);
  } catch (const std::exception& error) {
    return complain(program, error.what(), 1);
  }
}
