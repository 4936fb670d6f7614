"""The dashboard: a run's five signs side by side, each with its intervals, and the verdict above them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from course_lib.evidence import LABELS, Evidence, Reading, evidence
from course_lib.show.picture import Picture
from course_lib.show.plots import one_line
from course_lib.show.style import BASE, CONTROL, GOLD, PLAIN, PROXY, ink, new_figure
from course_lib.signs import GENUINE, HACKED, NOTHING, OPEN, Sign, reason, signs, verdict
from course_lib.small_samples import ratio
from course_lib.statistics import bootstrap, mean, span, wilson

VOTES = {1: GENUINE, 0: OPEN, -1: HACKED}
MARKS = {1: "+", 0: "·", -1: "−"}
INKS = {1: ink(GOLD["color"]), 0: BASE["color"], -1: ink(PROXY["color"])}
ROUND = "rounds of training"
LONG = 36  # letters of a folder's name
HEADS = {
    GENUINE: "Genuine, by {signs}",
    HACKED: "Hacked, by {signs}",
    OPEN: "These labels cannot tell whether the gain is genuine",
    NOTHING: "The score is not shown to have risen: there is nothing to explain",
}
WARNED = "{head}. But look at: {signs}"
Ends = tuple[float, float, float]  # a value and its 95 % interval


def dashboard(folder: Path | str, gold: int = LABELS, seed: int = 0) -> Picture:
    """The dashboard of the run in a folder, from `gold` labels a policy drawn by `seed`."""
    run = evidence(folder, gold, seed)
    found = signs(run)
    return inspected(run, found, verdict(run, found))


def inspected(run: Evidence, found: Sequence[Sign], outcome: str) -> Picture:
    """A run with its five signs (signs.py), and what their votes come to."""
    figure, axes = new_figure(width=9.4, height=6.0)
    axes.remove()
    *panels, last = figure.subplots(2, 3).flat
    said = [draw(axes, run) for axes, draw in zip(panels, (score, unseen, liked, different, distance), strict=True)]
    for axes, sign in zip(panels, found, strict=True):
        framed(axes, sign)
    votes(last, found)
    title, note = headline(found, outcome), corner(run)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    figure.supxlabel(note, fontsize=8.5, color="#444444", x=0.99, ha="right")
    words = " ".join(f"{s.name} votes {VOTES[s.vote]}, {number(s)}: {s.words}." for s in found)
    return Picture(figure, f"{title}. {words} {' '.join(filter(None, said))} {note}", width=900)


def headline(found: Sequence[Sign], outcome: str) -> str:
    """The verdict, and which signs it rests on."""
    head, named = HEADS[outcome], reason(found, outcome)
    return WARNED.format(head=head, signs=named) if outcome == NOTHING and named else head.format(signs=named)


def corner(run: Evidence) -> str:
    trained = max((len(r.scores_PK) for r in run.readings), default=0)
    labels = max(r.labels for r in run.readings)
    name = run.name if len(run.name) <= LONG else f"{run.name[: LONG - 1]}…"
    n = f"{name}, 1 run: n = {trained} problems trained on, {labels} gold labels a policy (lot {run.seed})"
    return f"{n}; bands and whiskers: 95 %"


# ---- the panels: each draws what there is, and tells it


def score(axes, run: Evidence) -> str:
    known = [s for r in run.sampled for row in r.scores_PK for s in row if not math.isnan(s)]
    wide, low = span(known) or 1.0, 0.0 if known and min(known) >= 0 and max(known) <= 1 else min(known, default=0.0)
    scores = [(r, averaged([(m - low) / wide for m in r.means if not math.isnan(m)])) for r in run.sampled]
    golds = [(r, averaged([a.gold for a in r.drawn])) for r in run.sampled if r.drawn]
    axes.set_ylabel("trained problems (% of the scale)", fontsize=9)
    return sentence(
        "Trained problems, % of the scale", [drawn(axes, scores, "score", PROXY), drawn(axes, golds, "gold", GOLD)]
    )


def unseen(axes, run: Evidence) -> str:
    rows = [(r, averaged(r.held_out)) for r in run.readings if r.held_out]
    twins = [(Reading(i), averaged(row)) for i, row in enumerate(run.control) if row]
    axes.set_ylabel("held-out gold (%)", fontsize=9)
    return sentence(run.axis, [drawn(axes, rows, "this run", GOLD), drawn(axes, twins, "its control", CONTROL)])


def liked(axes, run: Evidence) -> str:
    golds = [(r, [a.gold for a in r.best if a.gold is not None]) for r in run.sampled]
    rows = [(r, averaged(row)) for r, row in golds if row]
    axes.set_ylabel("best-liked answers, gold (%)", fontsize=9)
    return sentence("Best-liked answers that are good, %", [drawn(axes, rows, "good by gold", GOLD)])


def different(axes, run: Evidence) -> str:
    rows = [r for r in run.sampled if r.distinct_P]
    left = [(r, ends(*ratio(r.distinct_P, rows[0].distinct_P))) for r in rows]
    nats = [(r, ends(*ratio(r.nats_P, rows[0].nats_P))) for r in rows if r.nats_P and rows[0].nats_P]
    repeated = [(r, ends(mean(r.repeated_P), bootstrap(r.repeated_P))) for r in rows]
    axes.set_ylabel("left, and repeated (%)", fontsize=9)
    lines = (left, "texts", PLAIN[0]), (nats, "entropy", PLAIN[1]), (repeated, "repeats", PLAIN[2])
    return sentence("Different texts and entropy left, 4-grams repeated, %", [drawn(axes, *one) for one in lines])


def distance(axes, run: Evidence) -> str:
    rows = [(r, averaged(r.held_out)) for r in run.readings if r.held_out and r.kl is not None]
    axes.set_ylabel("held-out gold (%)", fontsize=9)
    axes.set_xlabel("√KL to the base (√nats an answer)", fontsize=9)
    if not rows:
        return ""
    xs, ys = [math.sqrt(max(0.0, r.kl)) for r, _ in rows], [100 * at[0] for _, at in rows]
    reach = [[100 * abs(at[i] - at[0]) for _, at in rows] for i in (1, 2)]
    axes.errorbar(xs, ys, reach, color=GOLD["color"], linewidth=2.2, elinewidth=1.2, marker=GOLD["marker"], capsize=3)
    below = {"xytext": (0, -4), "textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 9}
    for i in apart(xs, ys):
        axes.annotate(str(rows[i][0].round), (xs[i], 100 * rows[i][1][1]), **below)
    path = ", ".join(f"{y:.0f} at {x:.2f}" for x, y in zip(xs, ys, strict=True))
    return f"Held-out gold in % at √KL, round by round: {path}."


def apart(xs: list[float], ys: list[float], least: float = 0.07) -> list[int]:
    """Which points can carry a word: the last, and each that lies away from those, in shares of the axes (ys run to 100)."""
    wide, chosen = max(xs) - min(xs) or 1.0, []
    for i in range(len(xs) - 1, -1, -1):
        if all(math.hypot((xs[i] - xs[j]) / wide, (ys[i] - ys[j]) / 100) >= least for j in chosen):
            chosen.append(i)
    return chosen


def drawn(axes, rows: list[tuple[Reading, Ends]], name: str, style: dict) -> str:
    """A line with its band, in percent; in words its two ends with their intervals."""
    if not rows:
        return ""
    xs = [r.round for r, _ in rows]
    values, lows, highs = ([100 * at[i] for _, at in rows] for i in range(3))
    one_line(axes, xs, values, lows, highs, name, style)
    first, last = (f"{values[i]:.0f} [{lows[i]:.0f}, {highs[i]:.0f}] at {xs[i]}" for i in (0, -1))
    return f"{name} {first}" + (f", {last}" if len(rows) > 1 else "")


def sentence(what: str, words: list[str]) -> str:
    return f"{what}: {'; '.join(filter(None, words))}." if any(words) else ""


def averaged(values: Sequence[float]) -> Ends:
    """A mean with its interval: Wilson's for 0 and 1, else the bootstrap's."""
    values = list(values)
    return ends(
        mean(values), wilson(round(sum(values)), len(values)) if set(values) <= {0.0, 1.0} else bootstrap(values)
    )


def ends(value: float, interval: tuple[float, float]) -> Ends:
    return value, *interval


# ---- around them


def framed(axes, sign: Sign) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.tick_params(labelsize=9)
    axes.set_title(sign.name, loc="left", fontsize=10.5, fontweight="bold")
    axes.set_title(f"{MARKS[sign.vote]} {VOTES[sign.vote]}", loc="right", fontsize=9.5, color=INKS[sign.vote])
    if not axes.get_xlabel():
        axes.set_xlabel(ROUND, fontsize=9)
    if not axes.lines:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", fontsize=10, color="#444444")
        axes.set_xticks([])
        axes.set_yticks([])
        return
    names = axes.get_legend_handles_labels()[1]
    headroom(axes, len(names))
    if axes.get_xlabel() == ROUND:
        axes.set_xticks(range(int(max(max(line.get_xdata()) for line in axes.lines)) + 1))
    if len(names) > 1 or names == ["score"]:
        axes.legend(frameon=False, fontsize=8.5, handlelength=2.4, loc="upper left", ncol=2, columnspacing=0.8)


def headroom(axes, names: int) -> None:
    """Room for a row of two names above the lines, or for two rows; shares stand on one scale."""
    low, high = axes.get_ylim()
    if low < -10 or high > 110:
        axes.set_ylim(low, high + (0.28 if names < 3 else 0.45) * (high - low))
        return
    axes.set_ylim(-4, 128 if names < 3 else 150)
    axes.set_yticks(range(0, 101, 20))


def votes(axes, found: Sequence[Sign]) -> None:
    """The numbers behind the votes, as a small table."""
    axes.set_axis_off()
    axes.set_title("votes", loc="left", fontsize=10.5, fontweight="bold")
    for i, s in enumerate(found):
        y = 0.9 - 0.185 * i
        axes.text(0.0, y, f"{MARKS[s.vote]}  {s.name}", transform=axes.transAxes, fontsize=10, color=INKS[s.vote])
        axes.text(0.09, y - 0.075, number(s), transform=axes.transAxes, fontsize=9, color="#444444")


def number(sign: Sign) -> str:
    """A sign's number with its interval and its unit."""
    if sign.value is None:
        return "no data"
    low, high = sign.interval
    return f"{sign.value:.2f} [{low:.2f}, {high:.2f}]".replace("-", "−") + f" {sign.unit}"


def lines(found: Sequence[Sign], outcome: str) -> str:
    """The same as a table for a terminal: a line for each sign, and the verdict."""
    rows = [f"{MARKS[s.vote]} {s.name:16}{VOTES[s.vote]:13}{number(s):50}  {s.words}" for s in found]
    return "\n".join([*rows, f"{headline(found, outcome)} ({sum(s.vote for s in found):+d})".replace("-", "−")])
