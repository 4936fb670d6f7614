"""Notebook 10: C40 a search over workflows improves without weights, C41 a skill library solves what the frozen base cannot."""

from __future__ import annotations

from math import ceil

from course_lib.answers import same_answer
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.methods.aflow import Tried, aflow, by_lot, judged, on, right, winner
from course_lib.methods.voyager import Learned, answered, checked, self_checked, unchecked, voyager
from course_lib.policy import weights_hash
from course_lib.rollout import samples
from course_lib.skill_library import recalculated
from course_lib.statistics import mean
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.votes import right_by_vote
from course_lib.workflow import CALLS, GENERATE, Desk, Workflow, chain, run, vote

LEVELS, VALIDATION = (3, 4, 5, 6), 64  # steps; stories with answers that a search may look at
EVALUATIONS, LIMIT = 24, 4  # workflows tried; calls for one story, on average
BY_HAND = Workflow("agree", (GENERATE,) * 8)  # what a person writes who knows when to stop
LESSONS, LONG = (1, 2, 3, 4), (8, 10)
K, LESSON_SEED, LONG_SEED = 4, 8_100_000, 8_200_000


def singles(limit: int) -> list[Workflow]:
    """One operator, as often as the limit allows."""
    return [vote(limit), chain("rewrite", limit - 1), chain("revise", max(1, limit // 2 - 1)), paired_check(limit)]


def paired_check(limit: int) -> Workflow:
    return Workflow("verify", (GENERATE,) * max(1, limit // 2))


def searched(desk: Desk, told: list[Problem], seed: int, **how) -> Tried:
    return winner(aflow(on(desk, told), evaluations=EVALUATIONS, limit=LIMIT, seed=seed, **how))


def c40(lab: Lab, seed: int) -> Outcome:
    """The workflow that was found, and the best single operator within the same limit, on stories that no search saw."""
    before, told = weights_hash(lab.policy.base), lab.stories(seed, LEVELS)[: min(VALIDATION, lab.problems)]
    fresh, desk = lab.fresh_stories(seed, told, LEVELS)[: lab.fresh // 2], Desk(lab.policy, seed)
    found, lot = searched(desk, told, seed), searched(desk, told, seed, choose=by_lot, remember=False)
    even = searched(desk, told, seed, operators=[name for name in CALLS if name != "agree"])
    single = winner([judged(on(desk, told), w, LIMIT) for w in singles(LIMIT)])
    exam = Desk(lab.policy, seed + 1_000_000)

    def gold(workflow: Workflow) -> list[float]:
        return right(run(workflow, exam, fresh), fresh)

    ours = gold(found.workflow)
    also = {
        "against one answer": (ours, gold(GENERATE)),
        "against the best of as many workflows changed by lot": (ours, gold(lot.workflow)),
        "against a vote that stops when two agree, written by hand": (ours, gold(BY_HAND)),
        "searched without that condition, against the best single operator": (
            gold(even.workflow),
            gold(single.workflow),
        ),
        "its score where it was chosen, against fresh stories": ([found.score], [mean(ours)]),
    }
    named = {"found": found, "by lot": lot, "without the condition": even, "single": single}
    calls = {name: mean([float(s.calls) for s in run(t.workflow, exam, fresh)]) for name, t in named.items()}
    calls["by hand"] = mean([float(s.calls) for s in run(BY_HAND, exam, fresh)])
    beside = {"calls": calls, "workflows": {name: str(t.workflow) for name, t in named.items()}}
    return Outcome(
        ours, gold(single.workflow), also, beside | {"weights_changed": before != weights_hash(lab.policy.base)}
    )


def lessons(lab: Lab, seed: int, levels: tuple[int, ...] = LESSONS) -> list[Problem]:
    """Short stories whose answers are known, half of them with a dozen."""
    n = max(1, lab.problems * 3 // 8)
    return [p for dozen in (False, True) for p in stories(n, levels, LESSON_SEED + 2 * seed + dozen, dozen)]


def one_attempt(lab: Lab, learned: Learned, groups: list[Group]) -> list[float]:
    """Each story once: by the library, or by the base where a skill is missing."""
    told = [g.problem for g in groups]
    said = answered(learned.library, told, [g.completions_G[0] for g in groups])
    return [float(same_answer(c.text, p.answer)) for c, p in zip(said, told, strict=True)]


def any_of(groups: list[Group], text=lambda c: c.text) -> list[float]:
    """Is one of a story's answers right? A lucky hit counts."""

    def hit(c: Completion, p: Problem) -> bool:
        return same_answer(text(c), p.answer)

    return [float(any(hit(c, g.problem) for c in g.completions_G)) for g in groups]


def c41(lab: Lab, seed: int) -> Outcome:
    """Long stories: one attempt with a library, lessons counted, and as many answers of the frozen base without one."""
    before, turn, n = weights_hash(lab.policy.base), Turn(seed, 0), max(2, lab.fresh // 4)
    learned = voyager(lab.policy, lessons(lab, seed), k=K, seed=seed)
    m = 1 + ceil(learned.answers / n)  # the lessons' answers, shared among the stories, and one more
    plain, dozen = (
        samples(m)(lab.policy, stories(n, LONG, LONG_SEED + 2 * seed + is_dozen, is_dozen), turn) for is_dozen in (0, 1)
    )
    loose, own = (Learned(store(lab.policy, learned.groups, seed)[0], []) for store in (unchecked, self_checked))
    steep = voyager(lab.policy, lessons(lab, seed, (3, 4)), k=K, seed=seed, store=checked)
    ours, blind = one_attempt(lab, learned, plain), one_attempt(lab, learned, dozen)
    also = {
        "against as many answers, their arithmetic done anew": (ours, any_of(plain, lambda c: recalculated(c.text))),
        "against a vote of as many answers": (ours, [float(right_by_vote(g, turn)) for g in plain]),
        "against a library that nothing was checked for": (ours, one_attempt(lab, loose, plain)),
        "against a library from lessons of 3 and 4 steps only": (ours, one_attempt(lab, steep, plain)),
        "dozen stories: with the library, against as many answers": (blind, any_of(dozen)),
        "dozen stories: a library unchecked, against as many answers": (one_attempt(lab, loose, dozen), any_of(dozen)),
        "dozen stories: a library checked by the model itself, against as many answers": (
            one_attempt(lab, own, dozen), any_of(dozen),
        ),
    }  # fmt: skip
    skills = {name: len(x.library.skills) for name, x in (("checked", learned), ("unchecked", loose), ("steep", steep))}
    beside = {"skills": skills, "answers": m, "weights_changed": before != weights_hash(lab.policy.base)}
    return Outcome(ours, any_of(plain), also, beside)


CLAIMS = (
    Claim(
        "C40", "A search over workflows improves without weights.", "§8.2", "10_self_evolving_agents",
        "the workflow found", "the best single operator within the same calls", "fresh stories right", c40,
    ),
    Claim(
        "C41", "A library of skills solves what the frozen base cannot.", "§8.2", "10_self_evolving_agents",
        "one attempt with the library", "as many answers without it, one right is enough", "stories of 8 and 10 steps solved",
        c41,
    ),
)  # fmt: skip
