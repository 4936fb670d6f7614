"""Workflows: what an agent does with one frozen model, written as a value. Zhang et al. 2024, AFlow, arXiv 2410.10762, §3.

Kept: a workflow is made of operators (generate, revise, ensemble, verify), and it is data: it can be printed, compared, edited
and searched. No gold is read in here, and no weight is written.
Simplified: a workflow is an expression, such as `ensemble(generate, rewrite(generate))`; the paper's are Python code, with
prompts of their own. One condition stands for the control flow that code has: `agree` stops as soon as two answers agree.
Counted: every answer that the model is asked for is one call, whatever it is for. Two workflows that ask the same question share
one draw, which saves time; both pay for it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from course_lib import asks, progress
from course_lib.answers import parse_answer
from course_lib.critics import some_step, verdict
from course_lib.errors import need
from course_lib.policy import Policy
from course_lib.rollout import sample
from course_lib.statistics import majority
from course_lib.types import Problem

CALLS = {"generate": 1, "revise": 2, "rewrite": 1, "ensemble": 0, "verify": 0, "agree": 0}  # of its own, at most
ONE, SEVERAL = ("revise", "rewrite"), ("ensemble", "verify", "agree")  # of one part, and of as many as are given
CRITIQUE = 256  # tokens at most


@dataclass(frozen=True)
class Workflow:
    """An operator and the workflows whose answers it works on.

    generate: one sampled answer. revise: the model's critique of a part's answer, and its correction where a step is named.
    rewrite: a correction with no critique, of a step drawn by lot. ensemble: the answer that most parts give. verify: the
    model checks each part's answer; the most frequent of those in which it finds no mistake, of all where none is left. agree:
    one part after the other until two give the same answer; the most frequent where no two do.
    """

    operator: str
    parts: tuple[Workflow, ...] = ()

    def __post_init__(self):
        need(self.operator in CALLS, f"there is no operator {self.operator!r}: there is {', '.join(CALLS)}.")
        n, name = len(self.parts), self.operator
        fits = n == 0 if name == "generate" else n == 1 if name in ONE else n >= 1
        need(fits, f"{name} with {n} parts: generate has none, {' and '.join(ONE)} have one, the others one or more.")

    @property
    def most(self) -> int:
        """Calls of the model for one problem, at most."""
        own = len(self.parts) if self.operator == "verify" else CALLS[self.operator]
        return own + sum(part.most for part in self.parts)

    @property
    def least(self) -> int:
        """The same at least: a critique may find nothing to correct, and two answers may agree at once."""
        own = len(self.parts) if self.operator == "verify" else min(1, CALLS[self.operator])
        asked = self.parts[:2] if self.operator == "agree" else self.parts
        return own + sum(part.least for part in asked)

    def __str__(self) -> str:
        """One line, equal neighbours counted: `ensemble(2 × generate, rewrite(generate))`."""
        told = [(str(part), len(list(same))) for part, same in groupby(self.parts)]
        inside = ", ".join(f"{n} × {text}" if n > 1 else text for text, n in told)
        return f"{self.operator}({inside})" if inside else self.operator

    def nodes(self) -> Iterator[Workflow]:
        """This workflow and all inside it, outermost first."""
        yield self
        for part in self.parts:
            yield from part.nodes()


GENERATE = Workflow("generate")


def vote(n: int) -> Workflow:
    """The single operator that a search must beat: the most frequent of `n` answers."""
    return Workflow("ensemble", (GENERATE,) * n)


def chain(operator: str, n: int) -> Workflow:
    """One answer, and `operator` on it `n` times."""
    return Workflow(operator, (chain(operator, n - 1),)) if n else GENERATE


@dataclass(frozen=True)
class Said:
    """A workflow's answer to one problem, and what it took: calls of the model, tokens written."""

    text: str
    calls: int = 0
    tokens: int = 0

    def after(self, others: Sequence[Said]) -> Said:
        """The same text, with what these took as well."""
        return Said(self.text, self.calls + sum(o.calls for o in others), self.tokens + sum(o.tokens for o in others))


Part = Callable[[list[Problem]], list[Said]]


@dataclass(frozen=True)
class Desk:
    """Where a model is asked: its policy, the seed of all draws, and what was asked and said so far. Nothing is drawn twice."""

    policy: Policy
    seed: int = 0
    max_tokens: int = 160
    bar: object = progress.quiet
    known: dict[tuple[str, str], Said] = field(default_factory=dict)

    def ask(self, what: str, problems: list[Problem], prompts: list[str], tokens: int = 0) -> list[Said]:
        """One call for each prompt. `what` and the problem's id name the lots that are drawn."""
        from course_lib.sampling.decode import Sampling

        keys = [f"{what}|{p.id}" for p in problems]
        new = list({pair: None for pair in zip(keys, prompts, strict=True) if pair not in self.known})
        how, asked, named = Sampling(max_tokens=tokens or self.max_tokens), [p for _, p in new], [k for k, _ in new]
        drawn = sample(self.policy, asked, 1, how, self.seed, named, self.bar, what) if new else []
        self.known.update((pair, Said(c.text, 1, c.tokens)) for pair, (c,) in zip(new, drawn, strict=True))
        return [self.known[pair] for pair in zip(keys, prompts, strict=True)]


def run(workflow: Workflow, desk: Desk, problems: list[Problem]) -> list[Said]:
    """What the workflow answers to each problem, with its calls. It never looks at `problem.answer`."""
    return carried_out(workflow, desk, Counter(), problems)


def carried_out(workflow: Workflow, desk: Desk, used: Counter, problems: list[Problem]) -> list[Said]:
    """The operator asks its parts. `used` numbers an operator's places, so that no two draw the same lots."""
    used[workflow.operator] += 1
    place = used[workflow.operator]
    parts = [partial(carried_out, part, desk, used) for part in workflow.parts]
    return OPERATORS[workflow.operator](desk, problems, parts, place)


def generate(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    return desk.ask(f"generate {place}", problems, [p.prompt for p in problems])


def revise(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    """The model's own critique names a step, or nothing is changed. An unreadable critique changes nothing."""
    drafts = parts[0](problems)
    critiques = check(desk, problems, drafts, f"critique {place}")
    told = [draft.after([critique]) for draft, critique in zip(drafts, critiques, strict=True)]
    named = [i for i, c in enumerate(critiques) if asks.finds_mistake(c.text)]
    asked = [[row[i] for i in named] for row in (problems, told, critiques)]
    for i, new in zip(
        named, fix(desk, *asked[:2], [verdict(c.text) for c in asked[2]], f"revise {place}"), strict=True
    ):
        told[i] = new.after([told[i]])
    return told


def rewrite(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    drafts = parts[0](problems)
    steps = [some_step(p, d.text, place, desk.seed) for p, d in zip(problems, drafts, strict=True)]
    fixed = fix(desk, problems, drafts, steps, f"rewrite {place}")
    return [new.after([draft]) for new, draft in zip(fixed, drafts, strict=True)]


def ensemble(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    told = zip(*(part(problems) for part in parts), strict=True)
    return [most_frequent(t, t, f"{desk.seed}-{place}-{p.id}") for p, t in zip(problems, told, strict=True)]


def verify(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    answers = [part(problems) for part in parts]
    checks = [check(desk, problems, told, f"verify {place}.{i}") for i, told in enumerate(answers)]
    rows = zip(problems, zip(*answers, strict=True), zip(*checks, strict=True), strict=True)
    return [
        most_frequent(passing(told, said) or told, (*told, *said), f"{desk.seed}-{place}-{p.id}")
        for p, told, said in rows
    ]


def passing(told: Sequence[Said], checks: Sequence[Said]) -> list[Said]:
    """The answers in which the model's own check finds no mistake."""
    return [t for t, c in zip(told, checks, strict=True) if asks.finds_mistake(c.text) is False]


def agree(desk: Desk, problems: list[Problem], parts: list[Part], place: int) -> list[Said]:
    told: list[list[Said]] = [[] for _ in problems]
    for part in parts:
        going = [i for i, given in enumerate(told) if not two_agree(given)]
        for i, said in zip(going, part([problems[i] for i in going]), strict=True):
            told[i].append(said)
    return [most_frequent(t, t, f"{desk.seed}-{place}-{p.id}") for p, t in zip(problems, told, strict=True)]


def two_agree(told: Sequence[Said]) -> bool:
    """Do two of them give the same answer? What can't be read agrees with nothing."""
    votes = Counter(parse_answer(t.text) for t in told)
    return any(n > 1 for answer, n in votes.items() if answer is not None)


OPERATORS = {
    "generate": generate,
    "revise": revise,
    "rewrite": rewrite,
    "ensemble": ensemble,
    "verify": verify,
    "agree": agree,
}


def check(desk: Desk, problems: list[Problem], drafts: list[Said], what: str) -> list[Said]:
    ask = desk.policy.wording.check
    return desk.ask(what, problems, [ask(p.prompt, d.text) for p, d in zip(problems, drafts, strict=True)], CRITIQUE)


def fix(desk: Desk, problems: list[Problem], drafts: list[Said], steps: list[str], what: str) -> list[Said]:
    ask = desk.policy.wording.fix
    told = zip(problems, drafts, steps, strict=True)
    return desk.ask(what, problems, [ask(p.prompt, d.text, step) for p, d, step in told])


def most_frequent(candidates: Sequence[Said], paid: Sequence[Said], lot: str) -> Said:
    """The first candidate with the answer that most of them give; ties by lot. Unreadable ones have no vote."""
    answers = [parse_answer(c.text) for c in candidates]
    first = answers.index(majority(answers, random.Random(lot)))
    return Said(candidates[first].text).after(paid)
