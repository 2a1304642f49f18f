#!/usr/bin/env python3
# What the hand-written pages point at exists: links, files, and the names of functions on docs/PACKET_PATH.md.
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
sources = [path for folder in ("stack", "tls", "tun", "apps", "tests") for path in (root / folder).rglob("*") if path.is_file()]
paths = ["/" + str(path.relative_to(root)) for path in sources]
code = "\n".join(path.read_text() for path in sources if path.suffix in (".hpp", ".cpp"))
words = set(re.findall(r"\w+", code))
findings = []
for page in pages:
    text = page.read_text()
    name = page.relative_to(root)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"https?:", target) and not (page.parent / target).exists():
            findings.append(f"{name}: links to {target}, which does not exist")
    for mentioned in re.findall(r"`((?:[\w]+/)*[\w]+\.(?:hpp|cpp|py|sh))`", text):
        if not any(path.endswith("/" + mentioned) for path in paths):
            findings.append(f"{name}: mentions {mentioned}, which does not exist")
    if page.name == "PACKET_PATH.md":
        for mentioned in re.findall(r"`((?:\w+::)*\w+)`", text):
            findings += [f"{name}: mentions {mentioned}, but nothing is called {part}" for part in mentioned.split("::") if part not in words]
print("\n".join(findings) or f"{len(pages)} pages")
sys.exit(1 if findings else 0)
