"""Behind a slider: what a checker that errs with some chance keeps, on recorded samples."""

from __future__ import annotations

from collections import Counter

from course_lib.answers import same_answer
from course_lib.score import noisy, verify
from course_lib.select import Select, correct, random_like
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.style import CONTROL, METHOD
from course_lib.small_samples import ratio
from course_lib.types import Example, Group, Turn

STEPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
TURN = Turn(0, 1)


def checker_noise(groups: list[Group], noise: float) -> Picture:
    """The share of really right answers among those kept, by the chance that the checker errs; `noise` is read off."""
    series = {
        "kept by the checker": (*by_noise(groups, correct()), METHOD),
        "kept at random": (*by_noise(groups, random_like(correct())), CONTROL),
    }
    (here,) = by_noise(groups, correct(), (noise,))[0]
    title = f"a checker that errs {100 * noise:.0f} % of the time: {here:.0f} % of what it keeps is right"
    note = f"recorded samples, {len(groups)} stories, K = {len(groups[0].completions_G)}; bands: 95 % (bootstrap over stories)"
    return lines(STEPS, series, "chance that the checker errs", "really right among kept (%)", note, title)


def by_noise(groups: list[Group], select: Select, steps: tuple[float, ...] = STEPS) -> tuple[list[float], ...]:
    """For each chance of an error the percent that is really right of what `select` keeps, and both ends of the interval."""
    kept = [select(noisy(verify, p)(None, groups, TURN), TURN) for p in steps]
    found = [ratio(*right_and_kept(groups, examples)) for examples in kept]
    return tuple([100 * x for x in column] for column in zip(*((share, *ends) for share, ends in found), strict=True))


def right_and_kept(groups: list[Group], kept: list[Example]) -> tuple[list[int], list[int]]:
    """Problem by problem: how many of the kept answers are right, and how many were kept."""
    gold = {g.problem.id: g.problem.answer for g in groups}
    right = Counter(e.problem_id for e in kept if same_answer(e.completion, gold[e.problem_id]))
    every = Counter(e.problem_id for e in kept)
    return [right[id] for id in gold], [every[id] for id in gold]
