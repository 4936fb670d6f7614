"""Reflexion: how many places are solved by which attempt, beside what it must be compared with."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent, lines, shares
from course_lib.show.style import METHOD, marks
from course_lib.statistics import by, mean, of_shares


def attempts(arms: dict[str, Sequence[Sequence[int]]], title: str = "", seed: int = 0) -> Picture:
    """`arms`: name → for each number of attempts, from 1, a 0 or 1 for every place; the method first."""
    need(
        bool(arms) and all(map(len, arms.values())),
        "attempts() needs for each name the outcomes of one attempt at least.",
    )
    n, most = len(next(iter(arms.values()))[0]), max(map(len, arms.values()))
    styles = marks(arms, METHOD)
    series = {name: (*shares(rows), styles[name]) for name, rows in arms.items()}
    note = f"n = {n} markets, 1 seed ({seed}); bands: 95 % (Wilson)"
    xs = list(range(1, most + 1))
    picture = lines(xs, series, "attempts so far", "markets solved (%)", note, title)
    axes = picture.figure.axes[0]
    axes.set_xticks(xs)
    axes.set_ylim(-3, 105)
    axes.legend(frameon=False, fontsize=10, handlelength=3, loc="center right", bbox_to_anchor=(1, 0.62))
    return picture


def restarts(shares: dict[str, Sequence[float]], title: str = "", seed: int = 0) -> Picture:
    """`shares`: name → for each market the share of new stories answered right; the method first."""
    styles = marks(shares, METHOD)
    points = {name: in_percent(mean(row), of_shares(row), styles[name]) for name, row in shares.items()}
    sizes = sorted({len(row) for row in shares.values()})
    n = f"n = {' or '.join(map(str, sizes))} markets, 1 seed ({seed}); whiskers: 95 % ({by(shares.values())})"
    return dots(points, "new stories of the same markets right (%)", n, title)
