#!/usr/bin/env python3
# Who may include whom: vocabulary <- wire <- ip, tcp <- stack <- sockets; tun may include the stack; tls and apps/http
# include nothing of ours; only apps/ sees them all; nothing but tests includes tests/. Inside tcp/ the small algorithms
# never include the connection: each can be read and tested alone.
import re

import project


def layer(name):
    """The layer that a file belongs to."""
    if name.startswith("stack/"):
        parts = name.split("/")
        if len(parts) > 2:
            return parts[1]  # wire, ip, tcp, sockets
        stem = parts[1].split(".")[0]
        return {"stack": "stack", "sockets": "sockets"}.get(stem, "stack" if stem.startswith("stack_") else "vocabulary")
    if name.startswith("apps/http/"):
        return "http"
    return name.split("/")[0]


may_include = {
    "vocabulary": {"vocabulary"},
    "wire": {"vocabulary", "wire"},
    "ip": {"vocabulary", "wire", "ip"},
    "tcp": {"vocabulary", "wire", "tcp"},
    "stack": {"vocabulary", "wire", "ip", "tcp", "stack"},
    "sockets": {"vocabulary", "stack", "sockets"},
    "tun": {"vocabulary", "wire", "stack", "tun"},
    "tls": {"tls"},
    "http": {"http"},
    "apps": {"vocabulary", "wire", "stack", "sockets", "tun", "tls", "http", "apps", "tcp"},
}
# What the parts of the public face show of the layer below: the states and their names.
everyones = {"stack/tcp/state.hpp", "stack/wire/seq.hpp"}

# The orchestration of §3.10; everything else in tcp/ is a small algorithm.
orchestration = {"acknowledgment", "connection", "context", "endpoints", "listen_state", "listener", "output",
                 "path_mtu_probes", "reset", "segment", "segment_arrives", "syn_sent", "tcb", "time_wait_arrives", "timeouts", "user_calls"}

system_headers = re.compile(r"#include <((sys|netinet|arpa|linux|net|asm)/.*|unistd\.h|fcntl\.h|poll\.h|pthread\.h|time\.h|ctime|"
                            r"thread|mutex|condition_variable|future|iostream|fstream|filesystem|random|locale|atomic)>")
third_party = {"mbedtls/": "tls/", "psa/": "tls/", "llhttp": "apps/http/", "CLI/": "apps/main.cpp", "tins/": "tests/", "catch2/": "tests/"}
# The tests that need Mbed TLS itself: what a move to its next version would touch besides tls/.
knows_mbed_tls = {"tests/bench/tls_records.cpp", "tests/determinism/cryptography.cpp", "tests/support/record_forge.cpp",
                  "tests/unit/tls_certificate.cpp"}

findings = []
graph = {}
for name in project.files(".hpp", ".cpp"):
    ours = layer(name)
    for number, line in enumerate(project.text(name).splitlines(), 1):
        if match := re.match(r'#include "([^"]+)"', line):
            target = match[1]
            graph.setdefault(name, set()).add(target)
            if not (project.root / target).is_file():
                findings.append(f"{name}:{number}: {target} is not a path from the project's root")
            elif ours != "tests" and target not in everyones and layer(target) not in may_include[ours]:
                findings.append(f"{name}:{number}: {ours} may not include {layer(target)} ({target})")
        elif match := re.match(r"#include <([^>]+)>", line):
            for prefix, home in third_party.items():
                excused = name in knows_mbed_tls if home == "tls/" else name.startswith("tests/")
                if match[1].startswith(prefix) and not name.startswith(home) and not excused:
                    findings.append(f"{name}:{number}: <{match[1]}> belongs to {home} alone")
            if name.startswith(("stack/", "tls/", "apps/http/")) and system_headers.match(line):
                if not (name.startswith("apps/http/") and match[1] == "filesystem"):
                    findings.append(f"{name}:{number}: {match[0]} has no business in the pure parts")


def reaches(name, seen):
    """Everything that a file includes, directly or not."""
    for target in graph.get(name, ()):
        if target not in seen:
            seen.add(target)
            reaches(target, seen)
    return seen


small = 0
for name in graph:
    stem = name.rsplit("/", 1)[-1].split(".")[0]
    folder = name.rsplit("/", 1)[0]
    if not name.startswith("stack/tcp/") or (folder == "stack/tcp" and stem in orchestration):
        continue
    small += 1
    for target in sorted(reaches(name, set())):
        if target in ("stack/tcp/connection.hpp", "stack/tcp/endpoints.hpp"):
            findings.append(f"{name}: a small algorithm reaches {target}")
    if name in reaches(name, set()):
        findings.append(f"{name}: includes itself in a circle")
# Entropy that a seed decides is for tests: whoever could switch it on in the program would have every key of it.
deterministic = [line.strip() for line in project.text("CMakeLists.txt").splitlines()
                 if "deterministic_cryptography" in line and not line.lstrip().startswith("#")]
itself = re.compile(r"(add_library|target_link_libraries|target_link_options)\(deterministic_cryptography |"
                    r"handwave_tests\(|handwave_programs\(tests/fuzz ")
findings += [f"CMakeLists.txt: deterministic cryptography outside of the tests: {line}" for line in deterministic
             if not itself.match(line)]
if small < 10 or not deterministic:
    findings.append("found next to no small algorithm in stack/tcp, or no deterministic cryptography: does this test still look "
                    "at the right places?")
project.finish(findings)
