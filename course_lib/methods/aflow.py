"""AFlow. Zhang et al. 2024, arXiv 2410.10762, §3.2, code FoundationAgents/AFlow. It owns its loop: it writes a
workflow, no weights.

Kept: a tree of workflows with their scores; a parent is drawn by a soft mixed probability, among the best and the first; one
change makes a child; the child is carried out on a small validation set with answers; what the change brought is written back to
the parent as experience; a workflow is never tried twice.
Simplified: in the paper a large model reads the parent's code, its failures and its experience, and writes the change. Here the
change is drawn by lot among four kinds, those that helped this parent before more often. One carrying-out instead of five.
Added: a limit on the calls that a workflow takes for a problem, on average. Without one, a larger vote always looks better.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from course_lib.answers import same_answer
from course_lib.errors import need, need_between, need_count
from course_lib.statistics import mean
from course_lib.types import Problem
from course_lib.workflow import CALLS, GENERATE, ONE, SEVERAL, Desk, Said, Workflow, run

LAMBDA, ALPHA, BEST = 0.2, 0.4, 4  # of the choice; scores count in percent, as in the paper
KINDS = ("add", "wrap", "swap", "drop")
TRIES = 200  # lots drawn for a change that is new and cheap enough
DEAREST = 3  # times the limit: what a workflow may take at most where it does not stop early


@dataclass(frozen=True)
class Tried:
    """A workflow that was carried out.

    outcomes: 0 or 1 for each validation problem. calls: what it took for one, on average. refused: it took more than the limit.
    parent, kind: the place of the workflow it was made from, and by which change. experience: the kinds of change tried from it,
    and whether the child was better.
    """

    workflow: Workflow
    outcomes: tuple[float, ...]
    calls: float
    refused: bool = False
    parent: int | None = None
    kind: str = ""
    experience: tuple[tuple[str, bool], ...] = ()

    @property
    def score(self) -> float:
        """The share of validation problems solved; nothing for what costs too much."""
        return 0.0 if self.refused else mean(self.outcomes)


Choose = Callable[[Sequence[Tried], random.Random], int]


Evaluate = Callable[[Workflow], tuple[Sequence[float], float]]


def aflow(
    evaluate: Evaluate,
    *,
    evaluations: int = 24,
    limit: float = 4.0,
    choose: Choose | None = None,
    remember: bool = True,
    operators: Collection[str] = tuple(CALLS),
    start: Workflow = GENERATE,
    seed: int = 0,
    show=lambda tried: None,
    say=print,
) -> list[Tried]:
    """All workflows tried, the first one first. `evaluate` carries one out: 0 or 1 for each validation problem, and mean calls.

    `limit`: calls of the model for one problem, on average. `operators`: those that a workflow may hold. `remember`: write
    experience back, and let it bear on the next change. An interrupt ends it with what was tried.
    """
    need_count("evaluations", evaluations)
    need(
        start.most <= limit, f"the first workflow takes {start.most} calls and the limit is {limit:g}: raise the limit."
    )
    choose, rng = choose or mixed(), random.Random(f"aflow-{seed}")
    tried: list[Tried] = []
    try:
        tried.append(judged(evaluate, start, limit))
        while len(tried) < evaluations and (found := expanded(tried, choose, limit, operators, rng)):
            parent, kind, child = found
            tried.append(replace(judged(evaluate, child, limit), parent=parent, kind=kind))
            tried[parent] = learned(tried[parent], tried[-1]) if remember else tried[parent]
            show(tried)
    except KeyboardInterrupt:
        say(f"Stopped. {len(tried)} workflows were tried.")
    return tried


def judged(evaluate: Evaluate, workflow: Workflow, limit: float) -> Tried:
    outcomes, calls = evaluate(workflow)
    return Tried(workflow, tuple(outcomes), calls, calls > limit)


def expanded(tried: list[Tried], choose: Choose, limit: float, operators: Collection[str], rng: random.Random):
    """A parent's place, a kind of change, and a child that is new and may be tried; None where the lots find none."""
    known = {t.workflow for t in tried}
    for _ in range(TRIES):
        parent = choose(tried, rng)
        kind = drawn_kind(tried[parent], rng)
        child = edited(tried[parent].workflow, kind, rng)
        if child not in known and allowed(child, limit, operators):
            return parent, kind, child
    return None


def allowed(child: Workflow, limit: float, operators: Collection[str]) -> bool:
    """May it be carried out? What must pass the limit, or could pass it by far, is refused unseen."""
    cheap = child.least <= limit and child.most <= DEAREST * limit
    return cheap and all(node.operator in operators for node in child.nodes())


def learned(parent: Tried, child: Tried) -> Tried:
    """The parent, with what this change brought written into its experience."""
    return replace(parent, experience=(*parent.experience, (child.kind, child.score > parent.score)))


def drawn_kind(parent: Tried, rng: random.Random) -> str:
    """A kind of change: the more of its tries from this parent made it better, the likelier."""
    tries = {kind: [better for k, better in parent.experience if k == kind] for kind in KINDS}
    return rng.choices(KINDS, [(1 + sum(tries[k])) / (2 + len(tries[k])) for k in KINDS])[0]


def on(desk: Desk, problems: list[Problem]) -> Evaluate:
    """Carry a workflow out on validation problems whose answers are known. Only this reads them; the workflow does not."""

    def evaluate(workflow: Workflow) -> tuple[list[float], float]:
        said = run(workflow, desk, problems)
        return right(said, problems), mean([float(s.calls) for s in said])

    return evaluate


def right(said: Sequence[Said], problems: Sequence[Problem]) -> list[float]:
    return [float(same_answer(s.text, p.answer)) for s, p in zip(said, problems, strict=True)]


# ---- which parent


def mixture(scores: Sequence[float], lam: float = LAMBDA, alpha: float = ALPHA) -> list[float]:
    """The chance of each to be the next parent: λ shared evenly, the rest by a softmax of α times the scores, in percent."""
    need(len(scores) > 0, "there is no score to choose by: give one for each workflow.")
    need_between("λ", lam, 0.0, 1.0)
    best = max(scores)
    weights = [math.exp(alpha * (s - best)) for s in scores]
    return [lam / len(scores) + (1 - lam) * w / sum(weights) for w in weights]


def mixed(lam: float = LAMBDA, alpha: float = ALPHA, best: int = BEST) -> Choose:
    """AFlow's choice: among the `best` workflows so far and the first one."""

    def choose(tried: Sequence[Tried], rng: random.Random) -> int:
        places = candidates([t.score for t in tried], best)
        return rng.choices(places, mixture([100 * tried[i].score for i in places], lam, alpha))[0]

    return choose


def candidates(scores: Sequence[float], best: int = BEST) -> list[int]:
    """The places of the `best` highest scores, and of the first workflow, in order."""
    return sorted({0, *sorted(range(len(scores)), key=lambda i: -scores[i])[:best]})


def by_lot(tried: Sequence[Tried], rng: random.Random) -> int:
    """The control: a parent whatever its score, so nothing is learned from any evaluation until the best is picked at the end."""
    return rng.randrange(len(tried))


def winner(tried: Sequence[Tried]) -> Tried:
    """The highest score; of equals the one with fewest calls, then the first."""
    return max(tried, key=lambda t: (t.score, -t.calls))


# ---- which change


def edited(workflow: Workflow, kind: str, rng: random.Random) -> Workflow:
    """One change at one place drawn by lot."""
    place = rng.randrange(len(list(workflow.nodes())))
    return simplified(changed_at(workflow, place, lambda node: CHANGES[kind](node, rng)))


def simplified(workflow: Workflow) -> Workflow:
    """One spelling for what comes to the same: a vote within a vote is one vote, a vote of one is its part, cheap parts first."""
    parts = [simplified(part) for part in workflow.parts]
    if workflow.operator not in SEVERAL:
        return replace(workflow, parts=tuple(parts))
    if workflow.operator != "verify":
        parts = [inner for part in parts for inner in (part.parts if part.operator == workflow.operator else (part,))]
    return (
        parts[0] if len(parts) == 1 else replace(workflow, parts=tuple(sorted(parts, key=lambda p: (p.least, str(p)))))
    )


def changed_at(workflow: Workflow, place: int, change: Callable[[Workflow], Workflow]) -> Workflow:
    """The workflow with its node number `place` (outermost first) changed."""
    if place == 0:
        return change(workflow)
    place, parts = place - 1, list(workflow.parts)
    for i, part in enumerate(parts):
        size = len(list(part.nodes()))
        if place < size:
            parts[i] = changed_at(part, place, change)
            break
        place -= size
    return replace(workflow, parts=tuple(parts))


def add(node: Workflow, rng: random.Random) -> Workflow:
    """One more part: a copy of one that is there, or a plain answer. What has no parts to add to joins an ensemble."""
    if node.operator not in SEVERAL:
        return Workflow("ensemble", (node, rng.choice((node, GENERATE)), GENERATE))
    return replace(node, parts=(*node.parts, rng.choice((*node.parts, GENERATE))))


def wrap(node: Workflow, rng: random.Random) -> Workflow:
    return Workflow(rng.choice(ONE), (node,))


def swap(node: Workflow, rng: random.Random) -> Workflow:
    """Another operator that takes as many parts."""
    alike = next((group for group in (ONE, SEVERAL) if node.operator in group), (node.operator,))
    return replace(node, operator=rng.choice(alike))


def drop(node: Workflow, rng: random.Random) -> Workflow:
    """One part less; an operator of one part gives way to its part."""
    if len(node.parts) < 2:
        return node.parts[0] if node.parts else node
    gone = rng.randrange(len(node.parts))
    return replace(node, parts=node.parts[:gone] + node.parts[gone + 1 :])


CHANGES = {"add": add, "wrap": wrap, "swap": swap, "drop": drop}
