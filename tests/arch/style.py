#!/usr/bin/env python3
# The rules of docs/STYLE.md that a script can see. Sizes are signals for a reader, up to the line where they fail.
import re

import project

line_limit, line_signal, function_limit, function_signal = 500, 250, 120, 60

findings, signals = [], []


def functions(lines):
    """(first line, length) of each function body, seen by clang-format's indentation: a `{` that ends a line in namespace
    or class scope, until the `}` in the column where it began."""
    begin = None
    for number, line in enumerate(lines, 1):
        if begin is None:
            match = re.match(r"( {0,2})[^\s/].*\)( const)?( noexcept)?( ->.*)? \{$", line)
            if match and not re.match(r" *(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|return|case)\b", line):
                begin = (number, match[1])
        elif line.startswith(begin[1] + "}"):
            yield begin[0], number - begin[0] + 1
            begin = None


for name in project.files(".hpp", ".cpp"):
    source = project.text(name)
    lines = source.splitlines()
    # The header speaks for the source file beside it.
    if not (name.endswith(".cpp") and (project.root / name).with_suffix(".hpp").exists()):
        if not lines or not re.match(r"// \S", lines[0]):
            findings.append(f"{name}:1: the first line says what the file is")
    if name.endswith(".hpp") and "#pragma once" not in lines:
        findings.append(f"{name}: a header without #pragma once")
    if len(lines) > line_limit:
        findings.append(f"{name}: {len(lines)} lines, more than {line_limit}")
    elif len(lines) > line_signal and not name.startswith("tests/"):
        signals.append(f"{name}: {len(lines)} lines")
    for number, length in functions(lines):
        if name.startswith("tests/"):
            continue
        if length > function_limit:
            findings.append(f"{name}:{number}: a function of {length} lines, more than {function_limit}")
        elif length > function_signal:
            signals.append(f"{name}:{number}: a function of {length} lines")
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented", line):
            findings.append(f"{name}:{number}: a promise left in the code: {line.strip()}")
        if re.match(r"using namespace \w+;", line) and name.endswith(".hpp"):
            findings.append(f"{name}:{number}: using namespace in a header")
        if name.startswith(("stack/", "tls/", "apps/http/")) and re.search(r"_clock::now|\brand\(\)|random_device", line):
            findings.append(f"{name}:{number}: time and randomness are handed in: {line.strip()}")
        # Two exceptions, where the language leaves no choice: std::error_category, and what all promises of coroutines share.
        inherits = re.match(r"\s*(class|struct) \w+( final)? : (?!.*(std::error_category|PromiseBase))", line)
        inherits = inherits or re.search(r"\bvirtual\b", line)
        if name.startswith("stack/") and inherits and not line.lstrip().startswith("//"):
            findings.append(f"{name}:{number}: no inheritance in stack/: {line.strip()}")

for name in project.files():
    source = project.text(name) if not name.endswith((".png", ".pcap", ".ico")) and "/corpus/" not in name else ""
    if source.startswith("#!"):
        if not source.split("\n")[1].startswith("# "):
            findings.append(f"{name}:2: the line after #! says what the script is")
        if not (project.root / name).stat().st_mode & 0o100:
            findings.append(f"{name}: a script without its run bit")
    if source and not source.endswith("\n"):
        findings.append(f"{name}: no newline at its end")
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"(^|[^\w.])/(work|farm|root|home/\w+)/\w|/tmp/[a-z]+\d", line) and "re.search" not in line:
            findings.append(f"{name}:{number}: a path of one machine: {line.strip()}")
        if line != line.rstrip() and not name.endswith((".md", ".tsv")):
            findings.append(f"{name}:{number}: blanks at the end of the line")
project.finish(findings, signals)
