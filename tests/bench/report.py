# Rows, what they are held against, and how they are told: a table on the terminal, a page with pictures in docs/performance.
import dataclasses
import datetime
import os
import pathlib
import statistics
import sys
from collections.abc import Callable

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "tests/docs"))
import drawing  # noqa: E402  (it lies beside what draws the other pictures)

folder = root / "docs/performance"


@dataclasses.dataclass
class Row:
    """One thing that is measured. `against` has the keys of the rows whose share it is, and what those are called."""
    key: str
    name: str
    unit: str
    measure: Callable
    against: dict = dataclasses.field(default_factory=dict)
    once: bool = False  # in the first round only: it takes long


@dataclasses.dataclass
class Goal:
    """What is wanted: at least (or, if `less`, at most) so much of another row, or so many if there is no other."""
    name: str
    key: str
    of: str | None
    bound: float
    less: bool = False


class Results:
    def __init__(self):
        self.figures = {}  # key of a row: what each round gave

    def add(self, key, figure):
        self.figures.setdefault(key, []).append(figure)

    def median(self, key):
        return statistics.median(self.figures[key]) if self.figures.get(key) else None

    def share(self, key, of):
        """Of two rows of one round at a time, the median: a machine that was slow in a round was so for both."""
        mine, others = self.figures.get(key, []), self.figures.get(of, [])
        shares = [a / b for a, b in zip(mine, others) if b] if len(mine) == len(others) else []
        return statistics.median(shares) if shares else None


def short(figure):
    return "-" if figure is None else f"{figure:,.0f}" if figure >= 1000 else f"{figure:.1f}" if figure >= 100 else f"{figure:.2f}"


def cells(row, results):
    figures = results.figures.get(row.key)
    if not figures:
        return None
    beside = [f"{share:.2f} of {name}" for key, name in row.against.items() if (share := results.share(row.key, key))]
    spread = f"{short(min(figures))} to {short(max(figures))}" if len(figures) > 1 else ""
    return [row.name, short(statistics.median(figures)), row.unit, spread, "; ".join(beside)]


def goal_cells(goal, results):
    reached = results.share(goal.key, goal.of) if goal.of else results.median(goal.key)
    if reached is None:
        return None
    fulfilled = reached <= goal.bound if goal.less else reached >= goal.bound
    wanted = f"{'at most' if goal.less else 'at least'} {goal.bound:g}"
    return [goal.name, wanted, short(reached), "yes" if fulfilled else "no"]


def in_columns(header, lines):
    widths = [max(len(line[i]) for line in [header, *lines]) for i in range(len(header))]
    for line in [header, *lines]:
        yield "  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip()


def in_markdown(header, lines):
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for line in lines:
        yield "| " + " | ".join(word.replace("|", "\\|") for word in line) + " |"


ROW_HEADER = ["what", "median", "unit", "rounds", "beside"]
GOAL_HEADER = ["goal", "wanted", "measured", "reached"]


def tables(sections, goals, results, style):
    """Of each section that has figures: its title, and its table."""
    reached = [line for goal in goals if (line := goal_cells(goal, results))]
    if reached:
        yield "Goals", style(GOAL_HEADER, reached)
    for title, rows in sections.items():
        lines = [line for row in rows if (line := cells(row, results))]
        if lines:
            yield title, style(ROW_HEADER, lines)


def conditions(options, control):
    processor = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), "a processor")
    yield f"{processor}, {os.cpu_count()} cores, Linux {os.uname().release}, its TCP with {control}."
    yield (f"Medians of {options.rounds} rounds, {options.seconds} s a row, the rows in turn; a share is the median of the rounds' own "
           "shares. Machines like this one are shared and noisy: only the shares mean anything.")


def show(sections, goals, results, options, control):
    print(*conditions(options, control), sep="\n")
    for title, lines in tables(sections, goals, results, in_columns):
        print(f"\n{title}\n" + "\n".join(lines))


def pictures(sections, results):
    """Of each section and unit, a bar a row."""
    for title, rows in sections.items():
        for unit in dict.fromkeys(row.unit for row in rows):
            bars = [[row.name, short(results.median(row.key)).replace(",", "")] for row in rows
                    if row.unit == unit and results.median(row.key) is not None]
            if len(bars) > 1:
                words = "".join(letter if letter.isalnum() else "-" for letter in f"{title.partition(':')[0]} {unit}".lower())
                logarithmic = max(float(bar[1]) for bar in bars) > 50 * min(float(bar[1]) for bar in bars)
                yield title, f"{words}.svg", drawing.bars(title, unit + (", logarithmic" if logarithmic else ""), (1,), (), logarithmic,
                                                          ["", unit], bars, left=440)


def write(sections, goals, results, options, control):
    """The page, and its pictures; those of an earlier one go."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    drawn = {}
    for title, name, picture in pictures(sections, results):
        (folder / name).write_text(picture)
        drawn.setdefault(title, []).append(name)
    lines = ["# Measured", "", f"Written by `tests/bench/run --write` on {datetime.date.today()}; [what it means](README.md).", "",
             *conditions(options, control)]
    for title, table in tables(sections, goals, results, in_markdown):
        lines += ["", f"## {title}", "", *table]
        lines += [line for name in drawn.get(title, []) for line in ("", f"![{title}]({name})")]
    (folder / "MEASURED.md").write_text("\n".join(lines) + "\n")
