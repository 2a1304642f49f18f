#!/usr/bin/env python3
# docs/CONFORMANCE.md: each requirement of RFC 9293 joined with the code that cites it and the tests that bear its tag.
# Arguments: the build folder (not used), and --update to write the page anew instead of comparing it.
import difflib
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
page = root / "docs/CONFORMANCE.md"
identifier = r"(?:MUST|SHLD|MAY|REC|U)-\d+"


def files(folder, *suffixes):
    return sorted(str(path.relative_to(root)) for path in (root / folder).rglob("*")
                  if path.is_file() and path.name.endswith(suffixes) and "__pycache__" not in path.parts)


def requirements():
    lines = (root / "tests/rfc9293/requirements.tsv").read_text().splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]


def citations():
    """{id: {file}}: where the code says that it obeys. "MUST-30..33" cites four, and "MUST-58, 59" two."""
    found = {}
    for folder in ("stack", "tun", "tls", "apps"):
        for name in files(folder, ".hpp", ".cpp"):
            text = (root / name).read_text()
            for kind, first, rest in re.findall(r"\b(MUST|SHLD|MAY|REC|U)-(\d+)((?:\.\.\d+|, \d+\b(?! ms| s))*)", text):
                numbers = {int(first)}
                for more in re.findall(r"\.\.(\d+)", rest):
                    numbers |= set(range(int(first), int(more) + 1))
                numbers |= {int(more) for more in re.findall(r", (\d+)", rest)}
                for number in numbers:
                    found.setdefault(f"{kind}-{number}", set()).add(name)
    return found


def unquote(literals):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace('\\"', '"').replace("\\\\", "\\")


def tests():
    """{id: [(file, name of the test)]}, by the tags of Catch2 tests and by "# [MUST-10]" in scripts."""
    found = {}
    literals = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    for name in files("tests", ".cpp"):
        for title, tags in re.findall(rf"TEST_CASE(?:_METHOD)?\(\s*(?:\w+,\s*)?{literals},\s*{literals}", (root / name).read_text()):
            for tag in sorted(set(re.findall(rf"\[({identifier})\]", unquote(tags)))):
                found.setdefault(tag, []).append((name, unquote(title)))
    for name in files("tests/interop", ""):
        if name.endswith((".cpp", ".hpp")):
            continue
        for line in (root / name).read_text().splitlines():
            if line.startswith("#"):
                for tag in re.findall(rf"\[({identifier})\]", line):
                    found.setdefault(tag, []).append((name, "against the kernel"))
    return found


def link(name):
    return f"[{name.split('/', 1)[1] if name.startswith('stack/') else name}](../{name})"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;").replace("[", "\\[")


def row(requirement, code, shown):
    left = requirement["decision"] or "not yet"
    by_file = {}
    for name, title in shown:
        by_file.setdefault(name, []).append(title)
    shown_in = "<br>".join(f"{link(name)}: " + "; ".join(f"“{cell(title)}”" for title in titles) for name, titles in by_file.items())
    return (f"| {requirement['id']} | {requirement['level']} | {requirement['section']} | {cell(requirement['requirement'])} "
            f"| {', '.join(link(name) for name in sorted(code)) or left} | {shown_in or left} |")


def render():
    wanted, code, shown = requirements(), citations(), tests()
    known = {requirement["id"] for requirement in wanted}
    unknown = sorted((set(code) | set(shown)) - known)
    if unknown:
        sys.exit(f"tests/rfc9293/requirements.tsv knows no {', '.join(unknown)}")
    done = [r for r in wanted if r["id"] in shown]
    decided = [r for r in wanted if r["decision"] and r not in done]
    left = [r for r in wanted if r not in done and r not in decided]
    musts = [r for r in wanted if r["id"].startswith("MUST-")]
    musts_done = [r for r in musts if r in done]
    out = [
        "# Conformance with RFC 9293", "",
        "<!-- Generated from tests/rfc9293/requirements.tsv, the citations in the code and the tags of the tests by",
        "     `tests/run --update-docs docs`: edit those, not this. -->", "",
        "Each requirement in our own words, the code that cites it, and the tests that show it. U- numbers are ours: rules that",
        "bear no label in the RFC. A test that needs no line of code of its own (U-9, say) still counts as one that shows it.", "",
        "| | all | shown by a test | deliberately otherwise | not yet |", "| --- | --- | --- | --- | --- |"]
    for title, prefix in (("MUST, MUST NOT", "MUST-"), ("SHOULD, SHOULD NOT", "SHLD-"), ("MAY, RECOMMENDED", ("MAY-", "REC-")),
                          ("without a label", "U-")):
        count = [sum(r["id"].startswith(prefix) for r in group) for group in (wanted, done, decided, left)]
        out.append(f"| {title} | {count[0]} | {count[1]} | {count[2]} | {count[3]} |")
    out += ["", f"Not yet: {', '.join(r['id'] for r in left) or 'nothing'}.", ""]
    for title, prefix in (("MUST and MUST NOT", "MUST-"), ("SHOULD and SHOULD NOT", "SHLD-"), ("MAY and RECOMMENDED", ("MAY-", "REC-")),
                          ("Rules without a label", "U-")):
        out += [f"## {title}", "", "| id | level | § | requirement | code | tests |", "| --- | --- | --- | --- | --- | --- |"]
        out += [row(r, code.get(r["id"], ()), shown.get(r["id"], ())) for r in wanted if r["id"].startswith(prefix)]
        out.append("")
    print(f"{len(musts_done)} of {len(musts)} MUSTs are shown by a test")
    return "\n".join(out)


new = render()
if "--update" in sys.argv[1:]:
    page.write_text(new)
elif (page.read_text() if page.exists() else "") != new:
    old = page.read_text().splitlines() if page.exists() else []
    for line in list(difflib.unified_diff(old, new.splitlines(), "docs/CONFORMANCE.md", "generated", n=0, lineterm=""))[:20]:
        print(line[:200])
    sys.exit("docs/CONFORMANCE.md is not up to date: tests/run --update-docs docs")
