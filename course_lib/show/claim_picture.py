"""A claim's evidence: the difference of each seed, of all together with its interval, and of the run on this page."""

from __future__ import annotations

from textwrap import fill

from course_lib.show.picture import Picture
from course_lib.show.plots import dots
from course_lib.show.style import BASE, CONTROL, GOLD, METHOD

WIDE = 30  # characters of a name beside the figure


def claim(row: dict, here: dict | None = None) -> Picture:
    """`row` of data/claims.json; `here` is a gain {value, interval} measured on this page, in the same unit.

    Under a claim stands what else its experiment compares, each with its own interval.
    """
    points = {f"seed {s['seed']}": (*[100 * s["effect"]] * 3, BASE) for s in row["seeds"]}
    points["all seeds"] = (100 * row["effect"], *(100 * x for x in row["interval"]), METHOD)
    if here:
        points["here, now"] = (100 * here["value"], *(100 * x for x in here["interval"]), GOLD)
    for other in row["also"]:
        name = fill(f"also: {other['what']}", WIDE)
        points[name] = (100 * other["effect"], *(100 * x for x in other["interval"]), CONTROL)
    verdict = "holds" if row["holds"] else "does not hold at this scale"
    title = f"{row['id']} {verdict}: {row['treatment']['what']}\nagainst {row['control']['what']}"
    note = f"n = {row['n']} a seed, {len(row['seeds'])} seeds; whiskers: 95 % (bootstrap over seeds and problems)"
    return dots(points, f"difference in points: {row['unit']}", note, title, zero=0.0)
