"""A rate as its cases are read, one after the other: how sure can one be of it after n of them?"""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need, need_count
from course_lib.show.picture import Picture
from course_lib.show.plots import heading, one_line, shares
from course_lib.show.style import METHOD, label, marks, new_figure
from course_lib.statistics import wilson

PLACES = 16  # at most so many points on a line


def rates(outcomes: dict[str, Sequence[int]], n: int, ylabel: str, xlabel: str, title: str = "") -> Picture:
    """`outcomes`: name → 0 or 1 of each case in the order they are read, of which the first `n` are. Bands: Wilson, 95 %."""
    need(bool(outcomes), "rates() needs the outcomes of one at least.")
    need_count("n", n)
    for name, each in outcomes.items():
        need(n <= len(each), f"n is {n}, and {name!r} has {len(each)} cases: take n up to {len(each)}.")
    figure, axes = new_figure()
    xs = sorted({max(1, round(n * i / PLACES)) for i in range(1, PLACES + 1)})
    for name, style in marks(outcomes, METHOD).items():
        one_line(axes, xs, *shares([outcomes[name][:x] for x in xs]), name, style)
    axes.set_ylim(0, None)
    corner = f"the first {n} of {min(map(len, outcomes.values()))}, 1 seed; bands: 95 % (Wilson)"
    words = "; ".join(f"{name}: {in_words(each[:n])}" for name, each in outcomes.items())
    label(figure, axes, xlabel, ylabel, corner, title or words)
    axes.legend(frameon=False, fontsize=10, handlelength=3)
    return Picture(figure, f"{heading(title)}Lines of {ylabel} by {xlabel}. {words}. {corner}")


def in_words(hits: Sequence[int]) -> str:
    low, high = wilson(sum(hits), len(hits))
    return f"{sum(hits)} of {len(hits)} [{100 * low:.1f}, {100 * high:.1f}] %"
