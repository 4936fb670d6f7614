"""Voyager. Wang et al. 2023, arXiv 2305.16291, §2. It owns its loop: what it writes is a library of skills, not weights.

Kept: tasks from easy to hard; the frozen model tries; what worked is written down as a skill; a skill is stored only after it was
checked; later tasks are done by calling skills one after the other.
Simplified: the tasks are short stories whose answers are known, in place of a world that shows what happened. A skill is checked
by the answer of another story, in which it is called among skills that are stored already. Where Voyager's model mends its
program up to four times, the next of the model's answers is taken.
Controls: `unchecked` stores the first that comes; `self_checked` the first from a solution in which the model finds no mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from course_lib import asks, progress
from course_lib.answers import same_answer
from course_lib.errors import need_count
from course_lib.policy import Policy
from course_lib.rollout import sample, samples
from course_lib.score import verify
from course_lib.skill_library import Library, Skill, carried_out, kind_of, sentences, solve, written_down
from course_lib.types import Completion, Group, Problem, Turn

CHECKS = 2  # other stories that a skill must get right, where there are as many


@dataclass(frozen=True)
class Learned:
    """A library, the answers it was written down from (a group a lesson, verified), and what was not stored: skill, why."""

    library: Library
    groups: list[Group]
    refused: tuple[tuple[Skill, str], ...] = ()

    @property
    def answers(self) -> int:
        """How many answers the model was asked for."""
        return sum(len(g.completions_G) for g in self.groups)


Store = Callable[[Policy, list[Group], int], tuple[Library, list[tuple[Skill, str]]]]


def voyager(
    policy: Policy,
    lessons: list[Problem],
    *,
    k: int = 4,
    store: Store | None = None,
    seed: int = 0,
    max_tokens: int = 160,
    bar=progress.quiet,
    say=print,
) -> Learned:
    """Answer each lesson `k` times, short ones first, and fill a library from the answers.

    An interrupt keeps the lengths that are finished. The policy's weights are read and never written.
    """
    need_count("K", k)
    turn, attempt, groups = Turn(seed, 0), samples(k, max_tokens=max_tokens, bar=bar), []
    try:
        for level in sorted({p.level for p in lessons}):
            groups += verify(policy, attempt(policy, [p for p in lessons if p.level == level], turn), turn)
    except KeyboardInterrupt:
        say(f"Stopped. {len(groups)} lessons of {len(lessons)} are kept.")
    library, refused = (store or checked)(policy, groups, seed)
    return Learned(library, groups, tuple(refused))


# ---- what is stored


def proposed(groups: list[Group], keep: Callable[[Completion, float], bool]) -> dict[str, list[Skill]]:
    """For each kind of sentence the skills written down from the answers that `keep` lets through, each code once."""
    found: dict[str, dict[str, Skill]] = {}
    for g in groups:
        for c, score in zip(g.completions_G, g.scores_G, strict=True):
            for skill in written_down(g.problem, c.text) if keep(c, score) else ():
                found.setdefault(skill.kind, {}).setdefault(skill.code, skill)
    return {kind: list(by_code.values()) for kind, by_code in found.items()}


def checked(policy: Policy, groups: list[Group], seed: int) -> tuple[Library, list[tuple[Skill, str]]]:
    """From right answers only, and only what gets other stories right as well. What can be checked first is stored first."""
    library, refused, lessons = Library(), [], [g.problem for g in groups]
    waiting = proposed(groups, lambda c, score: score > 0.5)
    while ready := [skill for skill, *_ in waiting.values() if others(library, skill, lessons)]:
        for skill, results in tried(library, ready, lessons):
            left = waiting.pop(skill.kind)[1:]
            if passes(skill.source, results):
                library = library.add(skill)
                continue
            refused.append((skill, f"wrong in {', '.join(id for id, right in results.items() if not right)}"))
            waiting |= {skill.kind: left} if left else {}
    return library, refused + [(skill, "no other story to check it by") for left in waiting.values() for skill in left]


def passes(source: str, results: dict[str, bool | None]) -> bool:
    """May a skill be stored? `results`: by a story's id, whether it came out right with the skill; None where it was not carried
    out. The story that the skill was written down from proves nothing."""
    others = [right for id, right in results.items() if id != source and right is not None]
    return bool(others) and all(others)


def others(library: Library, skill: Skill, lessons: Sequence[Problem]) -> list[Problem]:
    """Up to CHECKS lessons that need this skill beside stored ones only; not the one that it comes from."""
    trial = library.add(skill)
    fit = (p for p in lessons if p.id != skill.source and needs(p, skill.kind) and trial.knows(p))
    return list(islice(fit, CHECKS))


def needs(problem: Problem, kind: str) -> bool:
    return kind in map(kind_of, sentences(problem.prompt)[1:])


def tried(
    library: Library, skills: list[Skill], lessons: Sequence[Problem]
) -> list[tuple[Skill, dict[str, bool | None]]]:
    """Each skill with what came of the other stories that it was tried in. All are carried out at once."""
    asked = [(skill, p) for skill in skills for p in others(library, skill, lessons)]
    traces = carried_out([library.add(skill).program(p) for skill, p in asked])
    found: dict[str, dict[str, bool | None]] = {skill.kind: {} for skill in skills}
    for (skill, p), trace in zip(asked, traces, strict=True):
        found[skill.kind][p.id] = trace is not None and same_answer(f"#### {trace[-1]}", p.answer)
    return [(skill, found[skill.kind]) for skill in skills]


def unchecked(policy: Policy, groups: list[Group], seed: int) -> tuple[Library, list[tuple[Skill, str]]]:
    """The first skill of each kind that any answer gives, right or wrong."""
    return first_of_each(proposed(groups, lambda c, score: True)), []


def self_checked(policy: Policy, groups: list[Group], seed: int) -> tuple[Library, list[tuple[Skill, str]]]:
    """The first of each kind from an answer in which the model itself finds no mistake. Gold is not read."""
    from course_lib.sampling.decode import Sampling

    told = [(g.problem, c, f"{g.problem.id}|{i}") for g in groups for i, c in enumerate(g.completions_G)]
    prompts = [policy.wording.check(p.prompt, c.text) for p, c, _ in told]
    said = sample(policy, prompts, 1, Sampling(max_tokens=256), seed, [f"own check|{key}" for *_, key in told])
    passed = {id(c) for (_, c, _), (s,) in zip(told, said, strict=True) if asks.finds_mistake(s.text) is False}
    return first_of_each(proposed(groups, lambda c, score: id(c) in passed)), []


def first_of_each(waiting: dict[str, list[Skill]]) -> Library:
    return Library({kind: skills[0] for kind, skills in waiting.items()})


# ---- what it is worth


def answered(library: Library, problems: Sequence[Problem], drafts: Sequence[Completion]) -> list[Completion]:
    """One attempt at each: the library's where it has every skill, else the model's own draft."""
    return [c or draft for c, draft in zip(solve(library, problems), drafts, strict=True)]
