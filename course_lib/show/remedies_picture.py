"""A run that came to a stand, and from its end a line for each way to go on."""

from __future__ import annotations

from course_lib.errors import need
from course_lib.show.figure import axis, note, percent
from course_lib.show.picture import Picture
from course_lib.show.plots import heading, span
from course_lib.show.rounds_picture import ROUND
from course_lib.show.style import BASE, BLIND, CONTROL, GOLD, METHOD, PROXY, cycle, label, new_figure

WAYS = (CONTROL, METHOD, PROXY, GOLD, BLIND)  # going on unchanged is the control, and stands first
ASIDE, APART = 0.22, 0.14  # rounds from the ends of the lines to the first whisker, and from one to the next


def remedies(before: dict, after: dict[str, dict], title: str = "") -> Picture:
    """Accuracy by round: `before` as `course star --json` prints a run, then name → the run that went on from its last policy.

    The first of `after` is the control. Only the last value of each has its interval drawn.
    """
    need(bool(before["rounds"]), "the run that came to a stand has no round yet: run it first.")
    figure, axes = new_figure(height=4.4)
    last, told = before["rounds"][-1]["round"], []
    told.append(way(axes, before["rounds"], 0, "up to here", BASE, 0.0))
    for i, ((name, found), style) in enumerate(zip(after.items(), cycle(WAYS), strict=False)):
        if found["rounds"]:
            told.append(way(axes, found["rounds"], last, name, style, ASIDE + APART * i))
    axes.axvline(last, color="#777777", linewidth=1, linestyle=(0, (1, 3)))
    n = f"{note(before)}; whiskers: 95 % (Wilson)"
    label(figure, axes, ROUND, axis(before["rounds"][0]), n, title)
    axes.set_xticks(range(last + max([len(f["rounds"]) for f in after.values()], default=1)))
    axes.legend(frameon=False, fontsize=10, handlelength=3, loc="center left", bbox_to_anchor=(1, 0.5))
    ends = "; ".join(told)
    return Picture(
        figure, f"{heading(title)}Lines of {axis(before['rounds'][0])} by round, ends with intervals. {ends}. {n}"
    )


def way(axes, rounds: list[dict], start: int, name: str, style: dict, aside: float) -> str:
    """A line that begins at round `start`, with a whisker at its end; returns it in words."""
    xs, ys = [start + r["round"] for r in rounds], [percent(r) for r in rounds]
    axes.plot(xs, ys, label=name, linewidth=2.2, markersize=6.5, **style)
    low, high = (100 * end for end in rounds[-1]["interval"])
    axes.plot([xs[-1] + aside] * 2, [low, high], color=style["color"], linewidth=1.5, marker="_")
    if aside:
        axes.plot(xs[-1] + aside, ys[-1], color=style["color"], marker=style["marker"], markersize=5)
    return f"{name}: {span(xs, ys)} [{low:.3g}, {high:.3g}]"
