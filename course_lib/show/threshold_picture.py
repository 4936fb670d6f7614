"""Behind a slider: what a bar τ keeps of recorded answers, by a graded and by a 0/1 reward; then what a run's bars kept."""

from __future__ import annotations

from course_lib.errors import need
from course_lib.score import right, sound, step_share
from course_lib.show.picture import Picture
from course_lib.show.plots import stacked
from course_lib.show.style import FILLS, GOLD, PLAIN, ink, new_figure
from course_lib.types import Example, Group

NAMES = {"graded": "graded reward", "0/1": "0/1 reward"}
GRADES = [i / 20 for i in range(21)]  # upper edges of the histogram's bars; all but the last are bars τ to stop at

FAR = 0.8  # a bar beyond it has its words on the left

Row = tuple[float, bool]  # an answer's reward, and the hidden truth: is it fully sound?


def threshold(groups: list[Group], tau: float, reward: str = "graded") -> Picture:
    """The rewards of recorded answers with the bar τ in them; below it how many are left, and how many of those are sound."""
    need(reward in NAMES, f"reward is {reward!r}: give 'graded' or '0/1'.")
    rows = rewarded(groups)[reward]
    figure, panels = grid(columns=1)
    column(panels[:, 0], rows, tau, NAMES[reward])
    panels[0, 0].set_title(f"τ = {tau:.2f}: {told(rows, tau)}", loc="left", fontsize=11, fontweight="bold")
    return finish(figure, panels, f"{NAMES[reward]}, τ = {tau:.2f}: {told(rows, tau)}", note(rows, groups))


def two_rewards(groups: list[Group], tau: float) -> Picture:
    """The same bar over two rewards of the same answers: one with grades, one that is 0 or 1."""
    both = {NAMES[reward]: rows for reward, rows in rewarded(groups).items()}
    figure, panels = grid(columns=2)
    for panel, (name, rows) in zip(panels.T, both.items(), strict=True):
        column(panel, rows, tau, name)
        panel[0].set_title(f"{name}\n{told(rows, tau)}", loc="left", fontsize=10.5, fontweight="bold")
    alt = ". ".join(f"{name}, τ = {tau:.2f}: {told(rows, tau)}" for name, rows in both.items())
    return finish(figure, panels, alt, note(rows, groups))


def rewarded(groups: list[Group]) -> dict[str, list[Row]]:
    """For each reward its (reward, sound) of every finished answer: one cut at the token limit is never kept."""
    told = [(g.problem, c.text) for g in groups for c in g.completions_G if c.finished]
    shares = [step_share(problem, text) for problem, text in told]  # read once: a slider waits for it
    graded = [(share, share == 1.0) for share in shares]
    yes_no = [(right(*one), is_sound) for one, (_, is_sound) in zip(told, graded, strict=True)]
    return {"graded": graded, "0/1": yes_no}


def above(rows: list[Row], tau: float) -> tuple[int, float]:
    """How many rewards lie above τ, and the share of those answers that is fully sound, in percent."""
    kept = [is_sound for score, is_sound in rows if score > tau]
    return len(kept), 100 * sum(kept) / max(1, len(kept))


def told(rows: list[Row], tau: float) -> str:
    n, share = above(rows, tau)
    return f"{n:,} of {len(rows):,} left, {share:.0f} % sound"


def note(rows: list[Row], groups: list[Group]) -> str:
    return f"{len(rows):,} recorded answers to {len(groups)} stories"


def grid(columns: int):
    """Two panels on top of each other, once or twice."""
    figure, axes = new_figure(height=5.4)
    axes.remove()
    figure.set_layout_engine("none")  # a slider waits for it, and finding a layout takes a fifth of the drawing
    place = {
        "left": 0.09,
        "right": 0.985,
        "top": 0.9,
        "bottom": 0.165,
        "hspace": 0.12,
        "wspace": 0.08,
        "height_ratios": (3, 2),
    }
    panels = figure.subplots(2, columns, sharex=True, sharey="row", squeeze=False, gridspec_kw=place)
    for one in panels.flat:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(axis="y", color="#dddddd", linewidth=0.6)
        one.set_axisbelow(True)
    return figure, panels


def column(panels, rows: list[Row], tau: float, name: str) -> None:
    """Above the rewards, below what a bar leaves; one τ line through both."""
    bars(panels[0], rows, tau)
    left(panels[1], rows, tau)
    for one in panels:
        one.axvline(tau, color="#1a1a1a", linewidth=2.2, linestyle="--")
    panels[1].set_xlabel(f"{name}, and the bar τ", fontsize=10.5)


def bars(axes, rows: list[Row], tau: float) -> None:
    """One bar for each grade of 0.05; those that the bar τ keeps in full colour, the rest pale."""
    counts = [[0] * 21, [0] * 21]
    for score, is_sound in rows:
        counts[not is_sound][bin_of(score)] += 1
    under = [0] * 21
    for name, heights, fill in zip(("fully sound", "not sound"), counts, FILLS, strict=False):
        middles = [grade - 0.025 for grade in GRADES]
        drawn = axes.bar(middles, heights, 0.045, under, label=name, edgecolor="#1a1a1a", linewidth=0.6, **fill)
        for grade, bar in zip(GRADES, drawn, strict=True):
            bar.set_alpha(1.0 if grade > tau + 1e-9 else 0.25)
        under = [a + b for a, b in zip(under, heights, strict=True)]
    axes.annotate("kept →", (tau, 0.9), xycoords=axes.get_xaxis_transform(), textcoords="offset points", fontsize=10,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5}, **beside(tau, 0))  # fmt: skip


def beside(tau: float, up: int) -> dict:
    """Words on the right of the bar τ, or on its left where the right has no room."""
    left = tau > FAR
    return {"xytext": (-8 if left else 8, up), "ha": "right" if left else "left"}


def bin_of(score: float) -> int:
    """The bar of a reward: i holds rewards in ((i − 1) / 20, i / 20], so that a bar is wholly above τ or wholly not."""
    return max(0, -int(-(score * 20 - 1e-9) // 1))


def left(axes, rows: list[Row], tau: float) -> None:
    """The share still kept and the share of it that is sound, for every τ; dots where the bar stands."""
    found = [above(rows, t) for t in (*GRADES[:-1], tau)]
    kept, sound_among = [100 * n / max(1, len(rows)) for n, _ in found], [share for _, share in found]
    curve(axes, "left", kept, tau, PLAIN[0], high=kept[-1] >= sound_among[-1])
    curve(axes, "sound among them", sound_among, tau, GOLD, high=kept[-1] < sound_among[-1])
    axes.set_ylim(-4, 125)
    axes.set_yticks([0, 50, 100])


def curve(axes, name: str, values: list[float], tau: float, style: dict, high: bool) -> None:
    """A line over every τ, its last value read off at the bar; the word stands above the line where it is the higher one."""
    *ys, at = values
    axes.plot(GRADES[:-1], ys, label=name, linewidth=2.2, markersize=5, markevery=4, **style)
    axes.plot(tau, at, style["marker"], color=style["color"], markersize=9)
    axes.annotate(f"{at:.0f} %", (tau, at), textcoords="offset points", fontsize=10.5, fontweight="bold",
                  color=ink(style["color"]), **beside(tau, 7 if high else -16))  # fmt: skip


def finish(figure, panels, alt: str, corner: str) -> Picture:
    panels[0, 0].set_ylabel("answers", fontsize=10.5)
    panels[1, 0].set_ylabel("%", fontsize=10.5)
    for one, place in zip(panels[:, 0], ("upper left", "lower left"), strict=True):
        for patch in one.legend(frameon=False, fontsize=9.5, loc=place).get_patches():
            patch.set_alpha(1.0)  # the words speak of the full colour
    figure.supxlabel(corner, fontsize=8.5, color="#444444", x=0.99, ha="right")
    return Picture(
        figure, f"Histogram of rewards with a line at the bar τ, and under it what is left. {alt}. {corner}."
    )


def improve_sets(groups: list[Group], kept: list[Example], taus: tuple[float, ...]) -> Picture:
    """What each Improve step of a run trained on: examples by the length of their story, and how many are fully sound."""
    problems = {g.problem.id: g.problem for g in groups}
    sets = [[e for e in kept if e.score > tau] for tau in taus]
    levels = sorted({p.level for p in problems.values()})
    series = {f"{n} steps": [sum(e.level == n for e in one) for one in sets] for n in levels}
    names = [f"τ = {tau:g}\n{sound_share(problems, one):.0f} % sound" for tau, one in zip(taus, sets, strict=True)]
    drawn, used = sum(len(g.completions_G) for g in groups), sum(map(len, sets))
    title = f"{drawn:,} answers drawn once; {len(sets[0]):,} of them trained on, {used / max(1, len(sets[0])):.1f} times each"
    return stacked(names, series, "Improve step", "examples trained on", f"{len(groups)} problems, 1 run", title)


def sound_share(problems: dict, examples: list[Example]) -> float:
    return 100 * sum(sound(problems[e.problem_id], e.completion) for e in examples) / max(1, len(examples))
