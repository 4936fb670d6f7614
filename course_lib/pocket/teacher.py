"""A teacher of the pocket town: where the policy never gets a story right, someone who can do it writes the solution down."""

from __future__ import annotations

import random
from dataclasses import replace

from course_lib.errors import need
from course_lib.pocket.authors import solve
from course_lib.policy import Policy
from course_lib.revise import joined, unsolved
from course_lib.tasks.stories import Story
from course_lib.types import Completion, Group, Problem, Turn


def worked(problem: Problem) -> str:
    """The story's solution in the order told, without a slip."""
    need(
        "changes" in problem.facts,
        f"problem {problem.id!r} holds no numbers of a story: the teacher solves stories only (tasks/stories.py).",
    )
    facts = {name: problem.facts[name] for name in ("start", "dozen_at")}
    story = Story(**facts, changes=tuple(problem.facts["changes"]), prompt=problem.prompt)
    return solve(random.Random(0), story)  # nothing is drawn: the order is given, and nobody slips


def taught(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
    """A revise slot, in the place of STaR's hint: a problem without a right completion gets the teacher's, scored 1."""
    return [joined(g, lesson(g)) if unsolved(g) else g for g in groups]


def lesson(group: Group) -> Group:
    return replace(group, completions_G=(Completion(worked(group.problem)),), scores_G=(1.0,))
