"""Generations that learn from their own samples: every seed as a thin line, their mean as a thick one, diet by diet."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.plots import one_line
from course_lib.show.style import KNOWN, label, marks, new_figure
from course_lib.statistics import bootstrap, mean

THEORY = KNOWN | {"linestyle": (0, (1, 1.5)), "zorder": 4}

Rows = Sequence[Sequence[float]]  # a row for each seed, in it a value for each generation


def drifted(
    diets: dict[str, Rows], ylabel: str, title: str = "", note: str = "", truth: float | None = None,
    theory: dict[str, Sequence[float]] | None = None, log: bool = False,
) -> Picture:  # fmt: skip
    """`diets`: name → rows as `drift.gaussian` or `drift.vocabulary` give them, from generation 0.

    `truth` draws a line at the real value; `theory` (name → a value for each generation) a dotted one over the mean it predicts;
    `log` takes a scale on which a share that halves falls by equal steps: there most seeds are seen to lie below their mean.
    """
    need(
        bool(diets) and all(map(len, diets.values())), "drifted() needs for each diet the values of one seed at least."
    )
    figure, axes = new_figure()
    if truth is not None:
        axes.axhline(truth, label="real", **KNOWN)
    styles = marks(diets)
    for name, rows in diets.items():
        traces(axes, name, rows, styles[name])
    for values in (theory or {}).values():
        axes.plot(range(len(values)), values, **THEORY)
    if theory:
        axes.plot([], [], label="theory, for the mean", **THEORY)
    corner = f"{note}{'; ' if note else ''}{seeds(diets)}; bands: 95 % of the mean (bootstrap over seeds)"
    label(figure, axes, "generation (0: real)", ylabel, corner, title)
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=10, handlelength=3)
    return Picture(figure, told(diets, ylabel, title, truth, corner))


def traces(axes, name: str, rows: Rows, style: dict) -> None:
    """A thin line for each seed, under a thick one for their mean with its band."""
    xs = range(len(rows[0]))
    for row in rows:
        axes.plot(xs, row, color=style["color"], linestyle=style["linestyle"], linewidth=0.7, alpha=0.4)
    columns = list(zip(*rows, strict=True))
    lows, highs = zip(*map(bootstrap, columns), strict=True)
    marks = {"markevery": max(1, len(xs) // 10)}
    one_line(axes, xs, [mean(c) for c in columns], lows, highs, name, {**style, **marks})


def seeds(diets: dict[str, Rows]) -> str:
    many = sorted({len(rows) for rows in diets.values()})
    return f"{' or '.join(map(str, many))} seed{'s' if many != [1] else ''} (thin lines)"


def told(diets: dict[str, Rows], ylabel: str, title: str, truth: float | None, corner: str) -> str:
    """The figure in words: for each diet the mean at its end with its interval, and how far apart the seeds are."""
    real = f" Real: {truth:.3g}." if truth is not None else ""
    ends = "; ".join(one_end(name, rows) for name, rows in diets.items())
    return f"{title + '. ' if title else ''}Lines of {ylabel} by generation.{real} {ends}. {corner}"


def one_end(name: str, rows: Rows) -> str:
    last = [row[-1] for row in rows]
    low, high = bootstrap(last)
    start = mean([row[0] for row in rows])
    spread = f"seeds from {min(last):.3g} to {max(last):.3g}"
    return f"{name}: {start:.3g} at 0, {mean(last):.3g} [{low:.3g}, {high:.3g}] at {len(rows[0]) - 1}, {spread}"
