# Bars and curves as SVG: plain text, the same octets for the same figures.
import math

colours = ("#1f6f8b", "#d1603d", "#7a9e3f", "#6b5b95")
ink, faint, paper = "#24292f", "#d0d7de", "#ffffff"


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text(x, y, words, anchor="start", colour=ink, size=12, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
            f'fill="{colour}">{escape(words)}</text>')


def line(x1, y1, x2, y2, colour=faint, width=1):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def steps(most):
    """Round numbers from 0 on, about five of them, the last no less than `most`."""
    unit = 10 ** math.floor(math.log10(most / 5))
    unit *= next(factor for factor in (1, 2, 5, 10) if factor * unit >= most / 5.0001)
    return [round(unit * i, 10) for i in range(math.ceil(most / unit - 1e-9) + 1)]


def legend(entries, y):
    out, x = [], 20
    for words, colour, tick in entries:
        out.append(line(x + 5, y - 10, x + 5, y + 1, ink, 2) if tick else f'<rect x="{x}" y="{y - 10}" width="11" height="11" fill="{colour}"/>')
        out.append(text(x + 16, y, words))
        x += 42 + 6.6 * len(words)
    return out


def picture(title, width, height, parts):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
                      f'font-family="sans-serif">', f"<title>{escape(title)}</title>",
                      f'<rect width="{width}" height="{height}" fill="{paper}"/>', text(20, 26, title, size=15, weight="bold"),
                      *parts, "</svg>", ""])


def bars(title, axis, drawn, ticked, logarithmic, columns, rows, left=300):
    """A row of the table is a group of horizontal bars, named by the columns before the first that is drawn."""
    keys, width, right, top, thick = drawn[0], 460 + left, 60, 84, 10
    group = thick * len(drawn) + 8
    bottom = top + group * len(rows)
    values = [float(row[column]) for row in rows for column in (*drawn, *ticked)]
    if logarithmic:
        grid = [10 ** power for power in range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)]
        place = lambda value: left + (width - left - right) * math.log10(value / grid[0]) / math.log10(grid[-1] / grid[0])
    else:
        grid = steps(max(values))
        place = lambda value: left + (width - left - right) * value / grid[-1]
    out = legend([(columns[c], colours[i], False) for i, c in enumerate(drawn)] +
                 ([("theory", ink, True)] if ticked else []), 48)
    out.append(text(left - 8, top - 8, " · ".join(columns[:keys]), "end", size=11, colour="#57606a"))
    for value in grid:
        out += [line(place(value), top - 4, place(value), bottom), text(place(value), bottom + 16, f"{value:g}", "middle")]
    out.append(text((left + width - right) / 2, bottom + 34, axis, "middle"))
    for number, row in enumerate(rows):
        y = top + number * group
        out.append(text(left - 8, y + thick * len(drawn) / 2 + 4, " · ".join(row[:keys]), "end"))
        for i, column in enumerate(drawn):
            end = place(float(row[column]))
            out.append(f'<rect x="{left}" y="{y + i * thick}" width="{max(end - left, 0.5):.1f}" height="{thick - 1}" fill="{colours[i]}"/>')
            if ticked:
                theory = place(float(row[ticked[i]]))
                out.append(line(theory, y + i * thick - 1, theory, y + (i + 1) * thick, ink, 2))
                end = max(end, theory)
            out.append(text(end + 4, y + (i + 1) * thick - 1, row[column], size=9))
    return picture(title, width, bottom + 48, out)


def curves(title, axis, drawn, ticked, logarithmic, columns, rows):
    """Over the first column, in seconds."""
    width, height, left, right, top, bottom = 760, 360, 70, 30, 66, 310
    times = [float(row[0]) for row in rows]
    across, up = steps(times[-1]), steps(max(float(row[column]) for row in rows for column in drawn))
    x = lambda value: left + (width - left - right) * value / across[-1]
    y = lambda value: bottom - (bottom - top) * value / up[-1]
    out = legend([(columns[c].split(",")[0], colours[i], False) for i, c in enumerate(drawn)], 48)
    for value in up:
        out += [line(left, y(value), width - right, y(value)), text(left - 8, y(value) + 4, f"{value:g}", "end")]
    for value in across:
        out += [line(x(value), top, x(value), bottom), text(x(value), bottom + 16, f"{value:g}", "middle")]
    out += [text((left + width - right) / 2, bottom + 36, "seconds", "middle"),
            f'<g transform="rotate(-90 18 {(top + bottom) / 2})">{text(18, (top + bottom) / 2, axis, "middle")}</g>']
    for i, column in enumerate(drawn):
        points = " ".join(f"{x(time):.1f},{y(float(row[column])):.1f}" for time, row in zip(times, rows))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colours[i]}" stroke-width="2"/>')
    return picture(title, width, height, out)
