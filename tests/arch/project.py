# What the architecture tests share: the project's files, and how findings are reported.
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes):
    """Every file of the project (what git knows or would add), as paths relative to the root."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True) if shutil.which("git") else None
    if listed and listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:  # no git here, or an unpacked archive
        names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
        names = [name for name in names
                 if not name.startswith(("build", ".git/")) and name != ".git" and "__pycache__" not in name]
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
