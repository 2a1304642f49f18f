#!/usr/bin/env python3
# Counts the instructions of the operations in operations.cpp with callgrind, and holds them against budgets.tsv: an
# operation may take a twentieth more or less than is written there. A change that makes it more says why in that file;
# `tests/run --update-budgets budget` writes what was counted.
# limit: 240
import pathlib
import re
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
table = here / "budgets.tsv"
tolerance = 1 / 20
build = pathlib.Path(sys.argv[1])
update = "--update" in sys.argv[2:]


def begin(folder, connections):
    return subprocess.Popen(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--instr-atstart=no",
                             f"--callgrind-out-file={folder}/{connections}", build / "budget_operations", str(connections)],
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def result(folder, connections, process):
    """Instructions of one operation each, by name."""
    said, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"budget_operations {connections} ended with {process.returncode}:\n{errors[-2000:]}")
    times = {name: int(count) for name, count in (line.split() for line in said.splitlines())}
    counted = {}
    for dump in pathlib.Path(folder).glob(f"{connections}.*"):
        text = dump.read_text()
        name = re.search(r"^desc: Trigger: Client Request: (\w+)$", text, re.MULTILINE)
        if name:
            counted[name[1]] = int(re.search(r"^totals: (\d+)", text, re.MULTILINE)[1])
    if counted.keys() != times.keys():
        sys.exit(f"callgrind counted {sorted(counted)}, the program did {sorted(times)}")
    return {name: counted[name] / times[name] for name in times}


if not (build / "budget_operations").exists():
    print("callgrind's header was not there when this was built (install valgrind, and build anew)")
    sys.exit(77)
lines = table.read_text().splitlines()
compiler = re.search(r"^# compiler: (.*)$", table.read_text(), re.MULTILINE)[1]
used = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE)[1]
version = subprocess.run([used, "-dumpversion"], capture_output=True, text=True).stdout.split(".")[0].strip()
name = ("clang" if "clang" in used else "g++") + f" {version}"
rows = [line.split("\t") for line in lines if line and not line.startswith("#")][1:]

with tempfile.TemporaryDirectory() as folder:
    sizes = sorted({int(connections) for _, connections, *_ in rows})
    running = {connections: begin(folder, connections) for connections in sizes}
    found = {connections: result(folder, connections, process) for connections, process in running.items()}

wrong = []
for row in rows:
    operation, connections, budget = row[0], int(row[1]), int(row[2])
    count = found[connections].pop(operation)
    change = count / budget - 1
    print(f"{operation:30} {connections:7} connections {count:9.0f} of {budget:6} instructions {change:+7.1%}")
    if abs(change) > tolerance:
        wrong.append(f"{operation} at {connections} connections: {count:.0f} instructions, the budget says {budget}")
    row[2] = f"{count:.0f}"
for connections, left in found.items():
    wrong += [f"{operation} at {connections} connections has no budget" for operation in left]
if update:
    kept = [line for line in lines if line.startswith("#") or line.startswith("operation")]
    table.write_text("\n".join(kept + ["\t".join(row) for row in rows]) + "\n")
    sys.exit(0)
if name != compiler:
    print(f"the budgets are for {compiler}, and this is {name}: counted, not held against them")
    sys.exit(77)
if wrong:
    print("\n".join(wrong))
    sys.exit("more: mend it, or say why in tests/budget/budgets.tsv; less: write the new figure down, with --update-budgets")
