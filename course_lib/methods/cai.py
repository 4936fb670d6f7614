"""SL-CAI, the supervised half of Constitutional AI. Bai et al. 2022, arXiv 2212.08073, §3.

Kept: a draft by the policy as it is; critique and revision under a principle drawn for each pass; fine-tuning on the last
revisions; every round trains from the base.
Simplified: the paper also trains on helpful replies to ordinary requests, so as not to lose them; here kind requests stand among
the problems and their drafts are revised as well.
"""

from __future__ import annotations

from course_lib import progress
from course_lib.constitution import constitution
from course_lib.rollout import samples
from course_lib.score import unscored
from course_lib.select import correct
from course_lib.train import imitate
from course_lib.types import Method


def sl_cai(
    principles: tuple[str, ...],
    passes: int = 1,
    temperature: float = 1.0,
    lr: float = 1e-3,
    epochs: int = 2,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Draft, criticise, rewrite; imitate what was rewritten."""
    return Method(
        name="sl-cai",
        rollout=samples(1, temperature, max_tokens=max_tokens, bar=bar),
        score=unscored,
        revise=constitution(principles, passes, temperature, max_tokens, bar),
        select=correct(),
        train=imitate(lr, epochs, bar=bar),
        from_base=True,
    )
