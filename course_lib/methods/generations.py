"""A model that eats its own words: each generation is trained on what the one before wrote. Shumailov et al. 2023, The Curse of
Recursion, arXiv 2305.17493; Gerstgrasser et al. 2024, Is Model Collapse Inevitable?, arXiv 2404.01413.

Kept: the diets. Replace: only the last generation's words. Accumulate: everything written so far beside the first real text.
Subsample: as many as replace, drawn from all that (Kazdan et al. 2024, arXiv 2410.16713). Mixed: a share of fresh real text.
Simplified: each generation goes on from the one before, where the papers train anew from one start: a model that knew the truth
at the start keeps most of it then. `from_base` does as they do. LoRA; 128 passages a generation.
Owns its loop: what is trained on comes from several generations, where a slot sees one round.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from course_lib import progress
from course_lib.errors import need_between, need_count
from course_lib.plural import counted
from course_lib.policy import Policy
from course_lib.record import recorded, recorded_measure
from course_lib.revise import unchanged
from course_lib.rollout import samples
from course_lib.score import unscored
from course_lib.select import Select, drafts
from course_lib.tasks.passages import PROMPT
from course_lib.train import imitate
from course_lib.types import Example, Method, Round, Turn
from course_lib.variety import MAX_TOKENS, prompts, real

NOTHING_KEPT = (
    "Generation {round} kept nothing: no passage it wrote had an end, or none passed the choice, so there is nothing to learn "
    "from. Take more passages, another model, or a diet with real text. The policy so far is returned."
)
Diet = Callable[
    [list[list[str]], Turn], list[str]
]  # what every generation wrote, the first one people → what is learned


def replaced(eaten: list[list[str]], turn: Turn) -> list[str]:
    """Only what the last generation wrote."""
    return eaten[-1]


def accumulated(eaten: list[list[str]], turn: Turn) -> list[str]:
    """Everything so far, the first real text too."""
    return [text for texts in eaten for text in texts]


def subsampled(eaten: list[list[str]], turn: Turn) -> list[str]:
    """As many as one generation wrote, drawn from everything so far."""
    return random.Random(f"subsample-{turn}").sample(accumulated(eaten, turn), len(eaten[-1]))


def mixed(share: float) -> Diet:
    """What the last generation wrote, with this share of fresh real text in the place of some."""
    need_between("share of real text", share, 0.0, 1.0)

    def diet(eaten: list[list[str]], turn: Turn) -> list[str]:
        n = round(share * len(eaten[-1]))
        return [*eaten[-1][n:], *real(n, f"{turn.seed}|{turn.round}")]

    return diet


def generations(
    policy: Policy,
    diet: Diet = replaced,
    *,
    n: int = 128,
    rounds: int = 8,
    measure: Callable[[Policy], dict],
    temperature: float = 1.0,
    top_p: float = 0.95,
    keep: Select = drafts,
    over: int = 1,
    lr: float = 2e-3,
    epochs: int = 3,
    from_base: bool = False,
    seed: int = 0,
    folder: Path | None = None,
    show=lambda log: None,
    say=print,
    bar=progress.quiet,
) -> tuple[Policy, list[Round]]:
    """Write `n` passages, learn what the `diet` makes of them, again. Returns as `improve` does, and ends as it does where
    there is nothing to learn.

    `over` are written for each that is kept, and `keep` chooses; by default there is nothing to choose.

    With a `folder` every phase is written as it ends, and a run that was stopped goes on from there.
    """
    need_count("over", over)
    method, base, log = phases(over, temperature, top_p, keep, lr, epochs, bar), policy, []
    if folder is not None:
        method, measure = recorded(method, folder), recorded_measure(measure, folder)
    eaten = [real(n, seed)]
    try:
        log.append(Round(0, measure(policy)))
        show(log)
        for turn in (Turn(seed, r) for r in range(1, rounds + 1)):
            own = method.select(method.score(policy, method.rollout(policy, prompts(n), turn), turn), turn)
            eaten.append([e.completion for e in own])
            food = [Example(PROMPT, text) for text in diet(eaten, turn)]
            if not food:
                say(NOTHING_KEPT.format(round=turn.round))
                log.append(replace(log[-1], round=turn.round, kept=0))
                show(log)
                break
            learned = method.train(base if from_base else policy, food, turn)
            log.append(Round(turn.round, measure(learned), len(food)))
            policy = learned
            show(log)
    except KeyboardInterrupt:
        say(f"Stopped. {counted(max(0, len(log) - 1), 'finished generation')} kept.")
    return policy, log


def phases(over: int, temperature: float, top_p: float, keep: Select, lr: float, epochs: int, bar) -> Method:
    return Method(
        name="generations",
        rollout=samples(over, temperature, top_p=top_p, max_tokens=MAX_TOKENS, bar=bar),
        score=unscored,
        revise=unchanged,
        select=keep,
        train=imitate(lr, epochs, bar=bar),
    )
