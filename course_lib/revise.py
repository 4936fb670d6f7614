"""The revise slot: what happens between scoring and selecting. Most methods change nothing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from course_lib import asks, progress
from course_lib.errors import need_count
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.score import Score, verify
from course_lib.types import Group, Turn


def unchanged(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
    return groups


def unsolved(group: Group) -> bool:
    """No completion that may be kept: none scored as right and came to its end."""
    return not any(c.finished and s > 0.5 for c, s in zip(group.completions_G, group.scores_G, strict=True))


def hint(
    k: int = 2, temperature: float = 1.0, max_tokens: int = 160, score: Score = verify, bar=progress.quiet
) -> Callable[..., list[Group]]:
    """Problems without any right completion are asked again with the answer shown (STaR's rationalisation, §3.2).

    The hinted completions join their group, marked as hinted and scored like the others. The group's problem keeps its
    plain prompt, so what is stored for training never holds the hint.
    """
    from course_lib.sampling.decode import Sampling

    need_count("K of the hint", k)
    how = Sampling(temperature, max_tokens=max_tokens)

    def revise(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        failed = [g for g in groups if unsolved(g) and g.problem.answer is not None]
        prompts = [asks.hint(g.problem.prompt, g.problem.answer) for g in failed]
        keys = [f"{turn.round}|hint|{g.problem.id}" for g in failed]
        answers = sample(policy, prompts, k, how, turn.seed, keys, bar, f"round {turn.round}: hints")
        retried = [
            Group(g.problem, tuple(replace(c, hinted=True) for c in a)) for g, a in zip(failed, answers, strict=True)
        ]
        extra = {g.problem.id: g for g in score(policy, retried, turn)}
        return [joined(g, extra[g.problem.id]) if g.problem.id in extra else g for g in groups]

    return revise


def joined(group: Group, more: Group) -> Group:
    """One group of both groups' completions."""
    return Group(group.problem, group.completions_G + more.completions_G, group.scores_G + more.scores_G)
