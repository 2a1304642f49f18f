#!/usr/bin/env python3
# The top level is fixed, the two commands are there with their run bits, and what is built stays out of the checkout.
import os

import project

fixed = {"CMakeLists.txt", "CMakePresets.json", "stack", "tls", "tun", "apps", "tests", "docs", "README.md", "LICENSE"}
findings = []
names = project.files()
for entry in sorted({name.split("/")[0] for name in names}):
    if entry not in fixed and not entry.startswith("."):
        findings.append(f"{entry}: not an entry of the top level")
for script in ("apps/demo", "tests/run", ".ci/run", ".ci/setup"):
    if not os.access(project.root / script, os.X_OK):
        findings.append(f"{script}: missing, or without its run bit")
for page in ("ARCHITECTURE", "PACKET_PATH", "STATE_MACHINE", "STATE_COVERAGE", "CONFORMANCE", "RECOVERY", "STYLE", "TESTING", "CHANGELOG"):
    if f"docs/{page}.md" not in names:
        findings.append(f"docs/{page}.md: missing")
for name in names:
    if name.endswith((".o", ".a", ".so", ".deb")) or "/build/" in name or name.startswith("build"):
        findings.append(f"{name}: something built is in the checkout")
    if (project.root / name).stat().st_size > 1 << 20:
        findings.append(f"{name}: larger than 1 MiB")
project.finish(findings)
