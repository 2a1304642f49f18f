#!/usr/bin/env python3
# Every counter is raised somewhere, and asserted by name in a test: a reason that nobody checks may be the wrong one.
import re

import project

names = re.findall(r"^  X\((\w+), ", project.text("stack/counters.hpp"), re.MULTILINE)
raised = "\n".join(project.text(name) for name in project.files(".cpp", ".hpp")
                   if name.startswith("stack/") and name != "stack/counters.hpp")
asserted = "\n".join(project.text(name) for name in project.files(".cpp", ".hpp", ".py") if name.startswith("tests/"))
findings = [] if names else ["stack/counters.hpp: no counter was found in it"]
for name in names:
    if not re.search(rf"Counter::{name}\b", raised):
        findings.append(f"stack/counters.hpp: {name} is never raised")
    if not re.search(rf"\b{name}\b", asserted):
        findings.append(f"stack/counters.hpp: {name} is in no test")
project.finish(findings)
