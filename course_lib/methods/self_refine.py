"""Self-Refine. Madaan et al. 2023, arXiv 2303.17651, §2. It owns its loop: it trains nothing and keeps nothing.

Kept: draft, critique, revision by one model, again and again until the critique finds nothing, four times at most.
Simplified: the critique names a step, so that a small model can act on it; drafts are sampled at T = 1.
Guarded against, as found in the public code: a prompt that presupposes an error (critics.presuming shows what it does), and
problems that raise an error and vanish. Here a critique that can't be read ends its problem's loop, and the problem counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from course_lib import asks, progress
from course_lib.answers import same_answer
from course_lib.critics import Critic, own, settled, verdict
from course_lib.errors import need_count
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.types import Problem

NOTHING_FOUND, UNREADABLE, KNOWN = (
    "the critique found no mistake",
    "the critique could not be read",
    "an oracle knew it was right",
)


@dataclass(frozen=True)
class Refined:
    """A problem, its draft and each revision in order, the critiques between them, and why it ended ('' while it goes on)."""

    problem: Problem
    texts: tuple[str, ...]
    critiques: tuple[str, ...] = ()
    ended: str = ""

    @property
    def text(self) -> str:
        """What stands at the end."""
        return self.texts[-1]

    @property
    def letters(self) -> int:
        """How much was written in all: draft, critiques and revisions."""
        return sum(map(len, self.texts + self.critiques))


def self_refine(
    policy: Policy,
    problems: list[Problem],
    *,
    passes: int = 4,
    critic: Critic | None = None,
    oracle: bool = False,
    temperature: float = 1.0,
    seed: int = 0,
    max_tokens: int = 160,
    bar=progress.quiet,
    say=print,
) -> list[Refined]:
    """Draft, then criticise and revise at most `passes` times. `oracle`: gold says when an answer is right and leaves it alone.

    An interrupt after the drafts ends it with what it has. Every problem comes back, whatever became of it.
    """
    how, keys = sampling(passes, temperature, max_tokens), [f"draft|{p.id}" for p in problems]
    drawn = sample(policy, [p.prompt for p in problems], 1, how, seed, keys, bar, "drafts")
    told = [Refined(p, (c.text,)) for p, (c,) in zip(problems, drawn, strict=True)]
    return refine(policy, told, passes, critic or own(temperature, bar=bar), how, seed, oracle, bar, say)


def sampling(passes: int, temperature: float, max_tokens: int):
    from course_lib.sampling.decode import Sampling

    need_count("passes", passes)
    how = Sampling(temperature, max_tokens=max_tokens)
    how.check()
    return how


def refine(
    policy: Policy,
    drafts: list[Refined],
    passes: int,
    critic: Critic,
    how,
    seed: int,
    oracle=False,
    bar=progress.quiet,
    say=print,
) -> list[Refined]:
    """Criticise and revise these drafts, at most `passes` times."""
    told = list(drafts)
    try:
        for n in range(1, passes + 1):
            told = known(told) if oracle else told
            going = [i for i, r in enumerate(told) if not r.ended]
            for i, r in zip(going, one_pass(policy, [told[i] for i in going], critic, n, how, seed, bar), strict=True):
                told[i] = r
    except KeyboardInterrupt:
        say("Stopped. What was revised so far is kept.")
    return told


def known(told: list[Refined]) -> list[Refined]:
    """An oracle ends what is right."""
    return [replace(r, ended=KNOWN) if not r.ended and same_answer(r.text, r.problem.answer) else r for r in told]


def one_pass(policy: Policy, told: list[Refined], critic: Critic, n: int, how, seed: int, bar) -> list[Refined]:
    """Criticise all; revise those whose critique names a step; end the rest."""
    critiques = critic(policy, [r.problem for r in told], [r.text for r in told], n, seed)
    found = [asks.finds_mistake(c) for c in critiques]
    faulty = [i for i, f in enumerate(found) if f]
    prompts = [policy.wording.fix(told[i].problem.prompt, told[i].text, verdict(critiques[i])) for i in faulty]
    drawn = sample(
        policy, prompts, 1, how, seed, [f"fix|{told[i].problem.id}|{n}" for i in faulty], bar, f"pass {n}: revision"
    )
    revisions = dict(zip(faulty, (c.text for (c,) in drawn), strict=True))
    standing = settled([r.text for r in told], critiques, [revisions.get(i, "") for i in range(len(told))])
    return [after(r, c, f, text) for r, c, f, text in zip(told, critiques, found, standing, strict=True)]


def after(r: Refined, critique: str, found: bool | None, text: str) -> Refined:
    r = replace(r, critiques=(*r.critiques, critique))
    if found:
        return replace(r, texts=(*r.texts, text))
    return replace(r, ended=UNREADABLE if found is None else NOTHING_FOUND)


def right_after(told: list[Refined], passes: int) -> list[int]:
    """1 for every problem whose text after so many passes is right. All problems count."""
    return [int(same_answer(r.texts[min(passes, len(r.texts) - 1)], r.problem.answer)) for r in told]


def votes_for(told: list[Refined]) -> int:
    """How many drafts cost what refining wrote, rounded up: a vote among so many is no cheaper."""
    return ceil(sum(r.letters for r in told) / max(1, sum(len(r.texts[0]) for r in told)))
