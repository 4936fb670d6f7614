"""Where the hint comes in: which problems first tries solve, and which only the hint brings into the training set."""

from __future__ import annotations

from itertools import accumulate

from course_lib.score import sound
from course_lib.show.picture import Picture
from course_lib.show.plots import lines, stacked
from course_lib.statistics import mean, of_shares, pass_at_k, wilson
from course_lib.types import Example, Group


def reached(groups: list[Group], kept: list[Example]) -> Picture:
    """For each number of steps: the share of problems with an example from first tries, only from the hint, with none."""
    own = {e.problem_id for e in kept if not e.hinted}
    helped = {e.problem_id for e in kept} - own
    ids = {level: [g.problem.id for g in groups if g.problem.level == level] for level in levels(groups)}
    series = {
        "from a first try": [share(i in own for i in these) for these in ids.values()],
        "only thanks to the hint": [share(i in helped for i in these) for these in ids.values()],
        "nothing to train on": [share(i not in own | helped for i in these) for these in ids.values()],
    }
    names = [f"{level} steps" for level in ids]
    note = f"{counted(ids)} problems a bar"
    return stacked(names, series, "problems by length", "problems (%)", note, "Who gets into the training set")


def counted(by_level: dict[int, list]) -> str:
    """How many each length has: "12", or "12 to 14"."""
    least, most = (f(map(len, by_level.values())) for f in (min, max))
    return f"{least}" if least == most else f"{least} to {most}"


def unsound_by_level(groups: list[Group], kept: list[Example]) -> Picture:
    """For each number of steps: the share of kept answers with a step that does not hold, first tries and hinted apart."""
    told, found = {g.problem.id: g.problem for g in groups}, levels(groups)
    series = {}
    for name, hinted in (("first tries", False), ("with the hint", True)):
        bad = [
            [not sound(told[e.problem_id], e.completion) for e in kept if e.level == n and e.hinted == hinted]
            for n in found
        ]
        rows = [(share(b), *(100 * x for x in wilson(sum(b), len(b)))) if b else (float("nan"),) * 3 for b in bad]
        series[name] = tuple(map(list, zip(*rows, strict=True)))
    note = f"{len(kept)} kept answers; bands: 95 % (Wilson)"
    return lines(
        found, series, "steps of the story", "kept answers with a wrong step (%)", note, "Right answer, wrong reasoning"
    )


def unsolved(groups: list[Group], k: int) -> Picture:
    """The share of problems that K tries leave without a right answer, by K and length; `k` is read off for the longest."""
    most = len(groups[0].completions_G)
    ks = [n for n in (1, 2, 4, 8, 16, 32) if n <= most]
    by_level = {n: [sum(s > 0.5 for s in g.scores_G) for g in groups if g.problem.level == n] for n in levels(groups)}
    longest = max(by_level)
    here, _, _ = missed(by_level[longest], most, k)
    title = f"K = {k}: {here:.0f} % of the {longest}-step stories have no right answer"
    series = {f"{n} steps": falling([missed(rights, most, j) for j in ks]) for n, rights in by_level.items()}
    return lines(
        ks,
        series,
        "K, tries a problem",
        "problems without a right answer (%)",
        f"{counted(by_level)} recorded stories a line; bands: 95 %",
        title,
    )


def falling(found: list[tuple[float, float, float]]) -> tuple[list[float], list[float], list[float]]:
    """(values, lows, highs). With more tries the share can only fall, so what it may be with more it may be with fewer."""
    values, lows, highs = map(list, zip(*found, strict=True))
    return values, lows, list(accumulate(reversed(highs), max))[::-1]


def missed(rights: list[int], most: int, k: int) -> tuple[float, float, float]:
    """Percent of problems without a right answer at K = `k`, with its interval; `rights` of `most` tries were right."""
    values = never(rights, most, k)
    low, high = of_shares(values)
    return 100 * mean(values), 100 * low, 100 * high


def never(rights: list[int], most: int, k: int) -> list[float]:
    """Of each problem the chance that `k` of its tries hold no right one."""
    return [1 - pass_at_k(most, r, k) for r in rights]


def levels(groups: list[Group]) -> list[int]:
    return sorted({g.problem.level for g in groups})


def share(flags) -> float:
    return 100 * mean([float(f) for f in flags])
