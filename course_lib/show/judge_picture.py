"""Behind sliders: what pairs the judge's points make of recorded answers, and how right those pairs are."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.answers import equations
from course_lib.errors import need
from course_lib.judge import UNJUDGED
from course_lib.plural import counted
from course_lib.score import lengthened
from course_lib.select import best_worst
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent
from course_lib.show.style import BLIND, PLAIN
from course_lib.statistics import mean, wilson
from course_lib.types import Group, Pair, Turn

Judged = Sequence[
    tuple[Group, Sequence[Sequence[int]]]
]  # a story's completions, and the points of each one's judgements


def judged_pairs(recorded: Judged, k: int, n: int, least: float, bonus: float = 0.0) -> Picture:
    """The pairs that K answers and n judgements make, best against worst; `bonus` is added for each line of an answer."""
    groups = [scored(group, points, k, n, bonus) for group, points in recorded]
    pairs = best_worst(least)(groups, Turn(0, 1))
    need(bool(pairs), "no pair is left: all points lie too close. Lower the margin, or raise K.")
    points = rows(pairs, [group for group, _ in recorded])
    title = f"{len(pairs)} pairs of {len(groups)} stories"
    note = f"K = {k}, {counted(n, 'judgement')} each, 1 recording; whiskers: 95 % (Wilson)"
    return dots(points, "share of the pairs (%)", note, title)


def scored(group: Group, points: Sequence[Sequence[int]], k: int, n: int, bonus: float) -> Group:
    """The first `k` completions, each with the mean of its first `n` points and what its lines bring."""
    scores = tuple(mean(p[:n]) if p else UNJUDGED for p in points[:k])
    return lengthened(Group(group.problem, group.completions_G[:k], scores), bonus)


def rows(pairs: list[Pair], verified: list[Group]) -> dict[str, tuple]:
    """What is true of the pairs' answers; `verified` groups know which are right, and which stories say "a dozen"."""
    truth = {g.problem.id: dict(zip((c.text for c in g.completions_G), g.scores_G, strict=True)) for g in verified}
    dozens = {g.problem.id for g in verified if g.problem.facts["dozen_at"] is not None}
    plain, dozen = ([p for p in pairs if (p.problem_id in dozens) == told] for told in (False, True))

    def right(pair: Pair, text: str) -> bool:
        return truth[pair.problem_id][text] > 0.5

    found = {
        "chosen is right": ([right(p, p.chosen) for p in plain], PLAIN[0]),
        "rejected is right": ([right(p, p.rejected) for p in plain], PLAIN[1]),
        "chosen is the longer one": ([longer(p.chosen, p.rejected) for p in plain], PLAIN[0]),
        "rejected is the longer one": ([longer(p.rejected, p.chosen) for p in plain], PLAIN[1]),
        "dozen: chosen is right": ([right(p, p.chosen) for p in dozen], BLIND),
        "dozen: rejected is right": ([right(p, p.rejected) for p in dozen], BLIND),
    }
    return {
        name: in_percent(mean([float(v) for v in values]), wilson(sum(values), len(values)), style)
        for name, (values, style) in found.items()
        if values
    }


def longer(one: str, other: str) -> bool:
    return len(equations(one)) > len(equations(other))
