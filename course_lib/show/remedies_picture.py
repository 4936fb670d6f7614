"""A run that came to a stand, and in a panel for each remedy: going on unchanged, and going on with it."""

from __future__ import annotations

from course_lib.errors import need
from course_lib.show.figure import axis, note, percent
from course_lib.show.picture import Picture
from course_lib.show.plots import heading, span
from course_lib.show.rounds_picture import ROUND
from course_lib.show.style import BASE, CONTROL, METHOD, dressed, new_figure

BEFORE, TRIED = "up to here", "the way named above"
APART = 0.4  # rounds from the end of the lines to the control's whisker, and from there to the remedy's


def remedies(before: dict, after: dict[str, dict], title: str = "") -> Picture:
    """Accuracy by round: `before` as `course star --json` prints a run, then name → the run that went on from its last policy.

    The first of `after` is the control, drawn in every panel; ways without a round yet are left out. Only the last value of each
    has its interval drawn.
    """
    need(bool(before["rounds"]), "the run that came to a stand has no round yet: run it first.")
    last, first = before["rounds"][-1]["round"], next(iter(after), "")
    ways = {name: later(found["rounds"], last) for name, found in after.items() if found["rounds"]}
    tried = {name: rows for name, rows in ways.items() if name != first} or {"": []}
    figure, panels = grid(len(tried))
    for axes, (name, rows) in zip(panels, tried.items(), strict=True):
        way(axes, before["rounds"], BEFORE, BASE, 0)
        way(axes, ways.get(first, []), f"{first} (control)", CONTROL, APART)
        way(axes, rows, TRIED, METHOD, 2 * APART)
        axes.axvline(last, color="#777777", linewidth=1, linestyle=(0, (1, 3)))
        words = f"{name}: {percent(rows[-1]):.1f} %" if rows else ""
        axes.set_title(words, loc="left", fontsize=10.5, fontweight="bold")
    panels[0].set_xticks(range(max(rows[-1]["round"] for rows in (before["rounds"], *ways.values())) + 1))
    n = f"{note(before)}; whiskers: 95 % (Wilson)"
    named(figure, panels, axis(before["rounds"][0]), n, title)
    ends = "; ".join(in_words(*one) for one in ({BEFORE: before["rounds"]} | ways).items())
    return Picture(
        figure, f"{heading(title)}Lines of {axis(before['rounds'][0])} by round, ends with intervals. {ends}. {n}"
    )


def later(rounds: list[dict], start: int) -> list[dict]:
    """The rows of a run that began at round `start` of another."""
    return [r | {"round": start + r["round"]} for r in rounds]


def grid(n: int) -> tuple:
    """A figure with `n` panels in rows of two, on the same axes."""
    high, wide = -(-n // 2), min(n, 2)
    figure, one = new_figure(height=1.2 + 2.2 * high)
    one.remove()
    panels = list(figure.subplots(high, wide, sharex=True, sharey=True, squeeze=False).flat)
    for axes in panels:
        dressed(axes).tick_params(labelbottom=True, labelleft=True)
    for axes in panels[n:]:
        axes.remove()
    return figure, panels[:n]


def way(axes, rounds: list[dict], name: str, style: dict, aside: float) -> None:
    """A line with a whisker at its end, or so many rounds aside of it."""
    if not rounds:
        return
    xs, ys = [r["round"] for r in rounds], [percent(r) for r in rounds]
    axes.plot(xs, ys, label=name, linewidth=2.2, markersize=6.5, **style)
    axes.plot([xs[-1] + aside] * 2, [100 * end for end in rounds[-1]["interval"]], color=style["color"], marker="_")
    if aside:
        axes.plot(xs[-1] + aside, ys[-1], color=style["color"], marker=style["marker"], markersize=5)


def named(figure, panels: list, ylabel: str, note: str, title: str) -> None:
    """The names of all panels together, once."""
    for axes in panels[-2:]:  # the lowest of each column
        axes.set_xlabel(ROUND, fontsize=10.5)
    figure.supylabel(ylabel, fontsize=10.5)
    figure.supxlabel(note, fontsize=8.5, color="#444444", x=0.99, ha="right")
    how = {"loc": "outside upper left", "ncols": 3, "frameon": False, "fontsize": 10, "handlelength": 3}
    above = {"title": title, "alignment": "left", "title_fontproperties": {"weight": "bold", "size": 11}}
    figure.legend(*panels[0].get_legend_handles_labels(), **how, **above)


def in_words(name: str, rounds: list[dict]) -> str:
    low, high = (100 * end for end in rounds[-1]["interval"])
    return f"{name}: {span([r['round'] for r in rounds], [percent(r) for r in rounds])} [{low:.3g}, {high:.3g}]"
