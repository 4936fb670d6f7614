"""TTRL: an exam without its answers. pass@1 by round on plain and on dozen stories, and what votes are worth."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent, lines
from course_lib.show.rounds_picture import ROUND, bands
from course_lib.show.style import BASE, BLIND, CONTROL, METHOD, PLAIN, PROXY, VOTE
from course_lib.statistics import by, mean, of_shares
from course_lib.types import Group, Turn
from course_lib.votes import vote_log

WORTH = {  # what `vote_log` counts: how it is called on a figure, and its style
    "label_accuracy": ("labels that are right", VOTE),
    "reward_accuracy": ("rewards as gold would give", METHOD),
    "zeros_accuracy": ("the same, were all rewards 0", CONTROL),
    "majority_ratio": ("samples that agree with the label", PROXY),
    "no_signal": ("problems without a signal", PLAIN[0]),
}


def exam(found: dict, things: str = "stories") -> Picture:
    """pass@1 of a run measured by `lesson.gauges.without_labels`: plain up, dozen down, the vote it began with as a line.

    `things` is what the plain questions are called.
    """
    rounds, control = found["rounds"], (found.get("control") or {}).get("rounds", [])
    xs = [r["round"] for r in rounds]
    series = {f"plain {things}": (*bands([r["plain"] for r in rounds]), METHOD)}
    if len(control) == len(rounds):
        series[f"plain, control: {found.get('control_is', 'control')}"] = (
            *bands([r["plain"] for r in control]),
            CONTROL,
        )
    if "blind" in rounds[0]:
        series["dozen stories"] = (*bands([r["blind"] for r in rounds]), BLIND)
    series["plain, a vote of the base"] = (*bands([rounds[0]["vote"]] * len(xs)), VOTE)
    dozen = f" and {rounds[0]['blind']['n']} dozen stories" if "blind" in rounds[0] else ""
    n = f"n = {rounds[0]['plain']['n']} plain {things}{dozen} of the exam, 1 seed ({found['seed']}); bands: 95 %"
    picture = lines(xs, series, ROUND, "pass@1 (%)", n, f"{found['method']}: an exam of plain and dozen {things}")
    roomy(picture, xs)
    ends = "; ".join(
        f"{name} {ys[-1]:.1f} [{lows[-1]:.1f}, {highs[-1]:.1f}]" for name, (ys, lows, highs, _) in series.items()
    )
    return Picture(picture.figure, f"{picture.alt} In the end, with 95 % intervals: {ends}.")


def roomy(picture: Picture, xs: list[int]) -> None:
    """A scale of 0 to 100 % with the names above the lines."""
    axes = picture.figure.axes[0]
    axes.set_xticks(xs)
    axes.set_ylim(-3, 128)
    axes.set_yticks(range(0, 101, 20))
    axes.legend(frameon=False, fontsize=10, handlelength=3, ncol=2, loc="upper left")


def votes(rounds: Sequence[tuple[Sequence[Group], Sequence]], seed: int, g: int, title: str = "") -> Picture:
    """What the votes of each round were worth, by gold, which the method never saw. `rounds` holds (groups, kept)."""
    need(any(groups for groups, _ in rounds), "no round has ended yet, so there is no vote to show.")
    logs = [vote_log(list(groups), Turn(seed, i), g) for i, (groups, _) in enumerate(rounds, 1)]
    told = [log[key] for log in logs for key in WORTH]
    series = {name: (*percents([log[key] for log in logs]), style) for key, (name, style) in WORTH.items()}
    m = len(rounds[0][0][0].completions_G)
    n = f"n = {len(rounds[0][0])} problems, {m} votes each, 1 seed ({seed}); bands: 95 % ({by(told)})"
    xs = list(range(1, len(logs) + 1))
    picture = lines(xs, series, "round", "share (%)", n, title)
    roomy(picture, xs)
    return picture


def percents(rows: Sequence[Sequence[float]]) -> tuple[list[float], list[float], list[float]]:
    ends = [of_shares(row) for row in rows]
    return [100 * mean(row) for row in rows], [100 * a for a, _ in ends], [100 * b for _, b in ends]


def votes_by_m(groups: Sequence[Group], m: int, g: int, title: str = "") -> Picture:
    """What a vote among the first `m` recorded completions is worth, and the first `g` of them to train on."""
    most = min(len(x.completions_G) for x in groups)
    need(
        2 <= g <= m <= most, f"G is {g} and M is {m}: take G from 2 to M, and M up to {most}, as many as are recorded."
    )
    cut = [Group(x.problem, x.completions_G[:m]) for x in groups]
    log = vote_log(cut, Turn(0, 0), g)
    points = {name: in_percent(mean(log[key]), of_shares(log[key]), style) for key, (name, style) in WORTH.items()}
    alone = [mean([float(ok) for ok in x.scores_G]) for x in groups]
    points["one sample right (pass@1)"] = in_percent(mean(alone), of_shares(alone), BASE)
    how = by([alone, *(log[key] for key in WORTH)])
    return dots(points, "share (%)", f"{len(groups)} recorded stories; M = {m}, G = {g}; whiskers: 95 % ({how})", title)
