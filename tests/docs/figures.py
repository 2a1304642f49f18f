#!/usr/bin/env python3
# The pictures of docs/figures, each drawn from the table beside it (which tests/sim keeps true). Arguments: the build
# folder (not used), and --update to draw them anew instead of comparing them.
import pathlib
import sys

from drawing import bars, curves

folder = pathlib.Path(__file__).resolve().parents[2] / "docs/figures"
# name: (kind, title, axis, columns that are drawn as bars or curves, columns that are ticks on the bars, logarithmic)
pictures = {
    "goodput": ("bars", "One flow over 20 Mbit/s: goodput by loss, round trip and buffer", "Mbit/s", (3, 5), (4, 6), False),
    "fairness": ("bars", "Several flows share 20 Mbit/s: Jain's index (1: all get the same)", "Jain's index", (2,), (), False),
    "recovery": ("bars", "Transfers over bad paths: time until all is there", "s, logarithmic", (2, 3), (), True),
    "short_transfers": ("bars", "Short transfers whose last segments are lost: time until all is there", "ms", (2, 3), (), False),
    "reordering": ("bars", "A path without loss that reorders: goodput of 20 Mbit/s", "Mbit/s", (2, 3), (), False),
    "pacing": ("bars", "One flow over 20 Mbit/s and 100 ms by the queue before them: goodput", "Mbit/s", (1, 2), (), False),
    "red": ("bars", "Four flows over 20 Mbit/s and 40 ms before a queue of 100 ms: packets lost in 20 s", "packets", (3,), (), False),
    "policer": ("bars", "Behind a policer of 10 Mbit/s: goodput", "Mbit/s", (3, 4, 5, 6), (), False),
    "bursts": ("bars", "0.2% of all packets lost in bursts: goodput of 20 Mbit/s", "Mbit/s", (1, 2, 3), (), False),
    "window_after_loss": ("curves", "A flow over 20 Mbit/s and 100 ms; a segment is lost after 3 s", "cwnd, KiB", (1, 2), (), False),
    "tail_loss": ("curves", "100 KiB whose last two segments are lost", "KiB delivered", (1, 2), (), False),
    "slow_start": ("curves", "The first slow start, over 20 Mbit/s and 40 ms", "cwnd, KiB", (1, 2), (), False),
}


def read(name):
    lines = (folder / f"{name}.tsv").read_text().splitlines()
    return lines[0].split("\t"), [line.split("\t") for line in lines[1:]]


stale = []
for name, (kind, *how) in pictures.items():
    drawing = {"bars": bars, "curves": curves}[kind](*how, *read(name))
    file = folder / f"{name}.svg"
    if "--update" in sys.argv[1:]:
        file.write_text(drawing)
    elif not file.exists() or file.read_text() != drawing:
        stale.append(f"docs/figures/{name}.svg is not up to date: tests/run --update-docs docs")
stale += [f"{path.name}: no picture of it, or no table for it" for path in sorted(folder.iterdir()) if path.stem not in pictures]
print("\n".join(stale) or f"{len(pictures)} pictures")
sys.exit(1 if stale else 0)
