"""Self-Refine made to last: what was refined is imitated. The study notes' answer to "can these improvements persist?" (L1-3).

Each problem gets a draft, which the policy criticises and revises; a verifier lets through what ended right; the policy is
trained from the base on that, under the plain prompt. The next answer then needs no refining. Without the filter it learns its
slips, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from course_lib import progress
from course_lib.answers import parse_answer
from course_lib.critics import Critic, own
from course_lib.methods.self_refine import Refined, refine, sampling
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import Score, verify
from course_lib.select import above, correct
from course_lib.train import imitate
from course_lib.train.trainers import seed_of
from course_lib.types import Completion, Group, Method, Turn


def distil(
    passes: int = 3,
    temperature: float = 1.0,
    lr: float = 1e-3,
    epochs: int = 2,
    critic: Critic | None = None,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Draft, criticise and revise, verify, imitate."""
    return Method(
        name="distil",
        rollout=samples(1, temperature, max_tokens=max_tokens, bar=bar),
        score=verify,
        revise=refining(passes, critic or own(temperature, bar=bar), temperature, max_tokens, bar=bar),
        select=correct(),
        train=imitate(lr, epochs, bar=bar),
        from_base=True,
    )


def unfiltered(method: Method) -> Method:
    """The control: the same without its filter. (One completion a problem leaves a random selection nothing to choose.)"""
    return replace(method, name="refined, not filtered", select=above(-1.0))


def refining(
    passes: int,
    critic: Critic,
    temperature: float = 1.0,
    max_tokens: int = 160,
    score: Score = verify,
    bar=progress.quiet,
) -> Callable[..., list[Group]]:
    """The revise slot: the first completion of each group gives way to what it was refined into, scored anew."""
    how = sampling(passes, temperature, max_tokens)

    def revise(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        drafts = [Refined(g.problem, (g.completions_G[0].text,)) for g in groups]
        told = refine(policy, drafts, passes, critic, how, seed_of(turn), bar=bar)
        ended = [replace(g, completions_G=(standing(g, r),)) for g, r in zip(groups, told, strict=True)]
        return score(policy, ended, turn)

    return revise


def standing(group: Group, refined: Refined):
    """The draft as it was drawn, or the last revision as a completion."""
    draft = group.completions_G[0]
    if refined.text == draft.text:
        return draft
    ended = parse_answer(refined.text) is not None  # one that was cut before its answer has none
    return Completion(refined.text, finished=ended)
