#!/usr/bin/env python3
# docs/CONFORMANCE.md: each requirement of the RFCs that we follow (tests/requirements/, a table an RFC) joined with the
# code that cites it and the tests that bear its tag.
# Arguments: the build folder (not used), and --update to write the page anew instead of comparing it.
import difflib
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
page = root / "docs/CONFORMANCE.md"
identifier = r"(?:MUST|SHLD|MAY|REC|U)-\d+|\d{4}-[\w.-]+"
kinds = ("MUST", "SHOULD", "MAY", "in plain words")


def files(folder, *suffixes):
    return sorted(str(path.relative_to(root)) for path in (root / folder).rglob("*")
                  if path.is_file() and path.name.endswith(suffixes) and "__pycache__" not in path.parts)


def tables():
    """[{number, title, notes, rows}]: "# title" and "# note" lines, then the names of the columns, then a row a rule."""
    found = []
    for path in sorted((root / "tests/requirements").glob("rfc*.tsv"), key=lambda path: int(path.stem[3:])):
        lines = path.read_text().splitlines()
        remarks = [line[2:] for line in lines if line.startswith("# ")]
        names, *rows = [line.split("\t") for line in lines if not line.startswith("# ")]
        for row in rows:
            if len(row) != len(names):
                sys.exit(f"{path.relative_to(root)}: {row[0]} has {len(row)} columns, not {len(names)}")
        found.append({"number": path.stem[3:], "title": remarks[0], "notes": remarks[1:], "rows": [dict(zip(names, row)) for row in rows]})
    found.sort(key=lambda table: table["number"] != "9293")
    return found


def kind(row):
    word = row["level"].split()[0]
    return {"MUST": "MUST", "SHOULD": "SHOULD", "RECOMMENDED": "SHOULD", "MAY": "MAY"}.get(word, "in plain words")


def citations():
    """{id: {file}} and {(RFC, section): {file}}: where the code says what it obeys. "MUST-30..33" cites four requirements,
    "MUST-58, 59" two. A section without an RFC is one of the RFC that the file, or its header, names first; (RFC, "") has
    the files that name it first."""
    found = {}
    for name in [name for folder in ("stack", "tun", "tls", "apps") for name in files(folder, ".hpp", ".cpp")]:
        text = (root / name).read_text()
        for label, first, rest in re.findall(r"\b(MUST|SHLD|MAY|REC|U)-(\d+)((?:\.\.\d+|, \d+\b(?! ms| s))*)", text):
            numbers = {int(first)}
            for more in re.findall(r"\.\.(\d+)", rest):
                numbers |= set(range(int(first), int(more) + 1))
            numbers |= {int(more) for more in re.findall(r", (\d+)", rest)}
            for number in numbers:
                found.setdefault(f"{label}-{number}", set()).add(name)
        comments = " ".join(re.sub(r"^/+<?|^ *\*", "", line).strip() for line in re.findall(r"//.*|^ *\*.*", text, re.M))
        header = root / name.replace(".cpp", ".hpp")
        first_named = re.search(r"RFC (\d+)", (header.read_text() if header.is_file() else "") + text)
        if first_named:
            found.setdefault((first_named[1], ""), set()).add(name)
        place = r"§[\dA-Z][\d.]*|\(\d\.\d+\)"
        for rfc, places in re.findall(rf"(?:RFC (\d+):? )?((?:(?:, |,? and | \(\d\w?\),? |; )?(?:{place}))+)", comments):
            rfc = rfc or (first_named and first_named[1])
            for section in re.findall(place, places):
                found.setdefault((rfc, section.strip("§().")), set()).add(name)
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


def line(row, code, shown):
    by_file = {}
    for name, title in shown:
        by_file.setdefault(name, []).append(title)
    shown_in = "<br>".join(f"{link(name)}: " + "; ".join(f"“{cell(title)}”" for title in titles) for name, titles in by_file.items())
    return (f"| {row['id']} | {row['level']} | {row['section']} | {cell(row['requirement'])} "
            f"| {', '.join(link(name) for name in sorted(code)) or '–'} | {shown_in or cell(row['decision']) or 'not yet'} |")


def check(rows, shown):
    ids = [row["id"] for row in rows]
    problems = [f"{name} bears the tag [{tag}], but no file in tests/requirements knows that id"
                for tag in sorted(set(shown) - set(ids)) for name, _ in shown[tag]]
    problems += [f"{tag} is in tests/requirements twice" for tag in sorted({tag for tag in ids if ids.count(tag) > 1})]
    problems += [f"{row['id']} has no test, and its row does not say why" for row in rows
                 if kind(row) in ("MUST", "in plain words") and row["id"] not in shown and not row["decision"]]
    if problems:
        sys.exit("\n".join(problems))


def render():
    all_tables, code, shown = tables(), citations(), tests()
    check([row for table in all_tables for row in table["rows"]], shown)
    out = [
        "# Conformance", "",
        "<!-- Generated from tests/requirements/, the citations in the code and the tags of the tests by",
        "     `tests/run --update-docs docs`: edit those, not this. -->", "",
        "Each requirement of the RFCs that we follow, in our own words, with the code that cites it and the tests that show it.",
        "The labels of RFC 9293 are its own; U- numbers, and the ids of the other RFCs, are ours. What is \"in plain words\" is a",
        "rule without a capital letter: a formula, a step. Code is listed where it cites the requirement, or its section, or else is",
        "about its RFC. A requirement that no line of code cites may still have its test.",
        "Cells have what a test shows, of how many there are.", "",
        f"| RFC | | {' | '.join(kinds)} | otherwise, with a reason | not yet |", "| --- | --- |" + " --- |" * (len(kinds) + 2)]
    for table in all_tables:
        left = [row for row in table["rows"] if row["id"] not in shown]
        later = [row for row in left if not row["decision"] or row["decision"].startswith("not yet")]
        counts = []
        for name in kinds:
            of_kind = [row for row in table["rows"] if kind(row) == name]
            counts.append(f"{sum(row not in left for row in of_kind)} of {len(of_kind)}" if of_kind else "")
        out.append(f"| [{table['number']}](#rfc-{table['number']}) | {table['title']} | {' | '.join(counts)} "
                   f"| {len(left) - len(later) or ''} | {', '.join(row['id'] for row in later)} |")
    for table in all_tables:
        out += ["", f"## RFC {table['number']}", "", f"{table['title']}. {' '.join(table['notes'])}".rstrip(), "",
                "| id | level | § | requirement | code | tests |", "| --- | --- | --- | --- | --- | --- |"]
        for row in table["rows"]:
            cited = code.get(row["id"], set())
            if table["number"] != "9293":
                cited = set.union(cited, *(code.get((table["number"], section), set()) for section in row["section"].split("; ")))
                if not cited and row["id"] in shown:
                    cited = code.get((table["number"], ""), set())
            out.append(line(row, cited, shown.get(row["id"], ())))
    return "\n".join(out) + "\n"


new = render()
if "--update" in sys.argv[1:]:
    page.write_text(new)
elif (page.read_text() if page.exists() else "") != new:
    old = page.read_text().splitlines() if page.exists() else []
    for difference in list(difflib.unified_diff(old, new.splitlines(), "docs/CONFORMANCE.md", "generated", n=0, lineterm=""))[:20]:
        print(difference[:200])
    sys.exit("docs/CONFORMANCE.md is not up to date: tests/run --update-docs docs")
