"""Behind a slider: what a checker that errs with some chance keeps, on recorded samples."""

from __future__ import annotations

from course_lib.answers import same_answer
from course_lib.score import noisy, verify
from course_lib.select import Select, correct, random_like
from course_lib.show.picture import Picture
from course_lib.show.plots import lines
from course_lib.show.style import CONTROL, METHOD
from course_lib.types import Example, Group, Turn

STEPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
TURN = Turn(0, 1)


def checker_noise(groups: list[Group], noise: float) -> Picture:
    """The share of really right answers among those kept, by the chance that the checker errs; `noise` is read off."""
    shares = [kept_right(groups, p, correct()) for p in STEPS]
    blind = [kept_right(groups, p, random_like(correct())) for p in STEPS]
    series = {
        "kept by the checker": (shares, None, None, METHOD),
        "kept at random": (blind, None, None, CONTROL),
    }
    here = kept_right(groups, noise, correct())
    title = f"a checker that errs {100 * noise:.0f} % of the time: {here:.0f} % of what it keeps is right"
    note = f"recorded samples, {len(groups)} stories, K = {len(groups[0].completions_G)}"
    return lines(STEPS, series, "chance that the checker errs", "really right among kept (%)", note, title)


def kept_right(groups: list[Group], noise: float, select: Select) -> float:
    """Of what `select` keeps where the checker errs, the share that is really right, in percent."""
    return share_right(groups, select(noisy(verify, noise)(None, groups, TURN), TURN))


def share_right(groups: list[Group], kept: list[Example]) -> float:
    """Of the kept answers, the share that is right, in percent."""
    gold = {g.problem.id: g.problem.answer for g in groups}
    return 100 * sum(same_answer(e.completion, gold[e.problem_id]) for e in kept) / max(1, len(kept))
