# What the architecture tests share: the project's files, and how findings are reported.
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes):
    """Every file of the project (what git knows or would add), as paths relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build", ".git/"))]
    return sorted(name for name in names if (root / name).is_file() and (not suffixes or name.endswith(suffixes)))


def text(name):
    return (root / name).read_text(encoding="utf-8", errors="replace")


def finish(findings, signals=()):
    """Signals are for people; findings fail the test."""
    for signal in signals:
        print("signal:", signal)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings, {len(signals)} signals")
    sys.exit(1 if findings else 0)
