"""A learned reward of steps, a process reward model (PRM): the chance that each line of an answer is right.

Lightman et al. 2023, arXiv 2305.20050. §2.6 reads a chance at the end of every step and multiplies them into one number, the
chance that all are right; appendix F has the least of them too. The last step's alone is how an outcome is often read.
Kept: one forward pass reads all steps; labels go as far as the first wrong step and no further.
Simplified: a step is a line, and is right or wrong; the paper's labels know "neutral" too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.answers import same_answer
from course_lib.policy import Policy
from course_lib.reward import ROWS, right_padded
from course_lib.rollout import batches
from course_lib.score import Score, valid_steps, with_scores
from course_lib.types import Group, Problem, Turn

Judge = Callable[[Problem, str], list[bool]]  # is each line of the text right?
Aggregate = Callable[[list[float]], float]


@dataclass(frozen=True)
class Marked:
    """An answer and which of its lines are right, from the first on; lines that `marks` doesn't reach are not labelled."""

    prompt: str
    answer: str
    marks: tuple[bool, ...]


@dataclass(frozen=True)
class StepReward:
    """`model` is a network under a head of one number, read wherever a line ends. `reader` is as in RewardModel."""

    reader: Policy
    model: Any

    def steps(self, asked: list[tuple[str, str]]) -> list[list[float]]:
        """For each (prompt, answer) the chance, 0 to 1, that each of its lines is right."""
        once = list(dict.fromkeys(asked))  # small models repeat themselves
        rows = lined(self.reader, once)
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i][0]))
        found = dict(x for done in batches(order, ROWS, lambda chunk: self._read(chunk, rows)) for x in done)
        told = {said: found[i] for i, said in enumerate(once)}
        return [told[said] for said in asked]

    def _read(self, chunk: list[int], rows: list[tuple[list[int], list[int]]]) -> list[tuple[int, list[float]]]:
        import torch

        with torch.inference_mode():
            batch = right_padded([rows[i][0] for i in chunk], self.model.config.pad_token_id)
            logits = at_every_token(self.model, **{k: v.to(self.model.device) for k, v in batch.items()})
            chances = logits.double().sigmoid().cpu()  # in single precision 1 would be reached too soon
        return [(i, chances[row, rows[i][1]].tolist()) for row, i in enumerate(chunk)]


def at_every_token(model, **batch):
    """What the head says at every token (B, T), where the model itself would answer for the last one alone."""
    bare = model.get_base_model() if hasattr(model, "get_base_model") else model
    network = getattr(bare, bare.base_model_prefix)
    return bare.score(network(**batch, use_cache=False).last_hidden_state)[..., 0]


def lined(reader: Policy, asked: list[tuple[str, str]]) -> list[tuple[list[int], list[int]]]:
    """Token ids of each prompt and answer, and the places of the tokens that end its lines: a newline's, or the end token."""
    texts = [lines_of(answer) for _, answer in asked]
    prompts = ids_of(reader, [reader.chat(prompt) for prompt, _ in asked])
    pieces = iter(ids_of(reader, [piece for lines in texts for piece in [*(x + "\n" for x in lines[:-1]), lines[-1]]]))
    end = reader.end_id()
    return [joined(p, [next(pieces) for _ in lines], end) for p, lines in zip(prompts, texts, strict=True)]


def lines_of(answer: str) -> list[str]:
    """The steps: as `valid_steps` counts them."""
    return answer.strip().split("\n")


def ids_of(reader: Policy, texts: list[str]) -> list[list[int]]:
    return reader.tokenizer(texts, add_special_tokens=False).input_ids if texts else []


def joined(prompt: list[int], lines: list[list[int]], end: int) -> tuple[list[int], list[int]]:
    row, ends = list(prompt), []
    for line in [*lines[:-1], [*lines[-1], end]]:
        row += line
        ends.append(len(row) - 1)
    return row, ends


def sound_steps(problem: Problem, text: str) -> list[bool]:
    """valid_steps, whose last line must be the right answer too, as in `step_share`: a step that is left out shows there."""
    *valid, follows = valid_steps(problem, text)
    return [*valid, follows and same_answer(text, problem.answer)]


def until_wrong(right: list[bool]) -> tuple[bool, ...]:
    """Labels as far as the first wrong step, that one included: what follows a mistake is neither right nor wrong."""
    return tuple(right[: right.index(False) + 1] if False in right else right)


def marked(groups: list[Group], judge: Judge = sound_steps) -> list[Marked]:
    """Every answer of the groups with its labels."""
    asked = [(g.problem, c.text) for g in groups for c in g.completions_G]
    return [Marked(problem.prompt, text, until_wrong(judge(problem, text))) for problem, text in asked]


def by_outcome(groups: list[Group]) -> list[Marked]:
    """The same answers labelled only by whether they end right, which every line then is told. So an outcome reward model is
    trained, and is read at the last line (Cobbe et al. 2021, arXiv 2110.14168, §4; Lightman et al., §2.5)."""
    asked = [(g.problem, c.text) for g in groups for c in g.completions_G]
    return [Marked(p.prompt, text, (same_answer(text, p.answer),) * len(lines_of(text))) for p, text in asked]


def product(steps: list[float]) -> float:
    """The chance that all steps are right, if each is so independently of the others. The fewer steps, the higher."""
    return math.prod(steps)


def least(steps: list[float]) -> float:
    """The weakest step."""
    return min(steps)


def last(steps: list[float]) -> float:
    """The last step alone, which in a story is the answer."""
    return steps[-1]


def by_steps(reward: StepReward, aggregate: Aggregate = product) -> Score:
    """The score slot of a learned reward of steps."""

    def score(policy: Policy, groups: list[Group], turn: Turn) -> list[Group]:
        steps = reward.steps([(g.problem.prompt, c.text) for g in groups for c in g.completions_G])
        return with_scores(groups, [aggregate(each) for each in steps])

    return score
