"""Constitutional AI. Bai et al. 2022, arXiv 2212.08073: SL-CAI, §3, and RL-CAI, §4.

Kept. SL-CAI: a draft by the policy as it is; critique and revision under a principle drawn for each pass; fine-tuning on the
last revisions, and on plain drafts of ordinary requests, so as not to lose them; every round trains from the base. RL-CAI: the
model itself says which of two replies keeps better to a principle; a reward model is trained on these soft labels; the policy is
trained against that reward with a KL β to where it started.
Simplified. The paper has human labels for helpfulness, where a principle asks for it here; its policy gradient is PPO with a
value network, ours is GRPO's; its pairs are two replies to a request, ours the extremes of a round-robin among four.
RL-CAI needs its reward model before it begins, so it comes in two functions: `preference_model`, then `rl_cai`.
"""

from __future__ import annotations

from dataclasses import replace

from course_lib import progress
from course_lib.constitution import by_principle, constitution, preferences, principle_of
from course_lib.policy import Policy
from course_lib.revise import unchanged
from course_lib.reward import RewardModel, rewarded
from course_lib.rollout import samples
from course_lib.score import unscored
from course_lib.select import best_worst, correct, with_signal
from course_lib.tasks.chat import is_kind
from course_lib.train import imitate, reinforce, reward_model
from course_lib.types import Method, Pair, Problem, Turn


def sl_cai(
    principles: tuple[str, ...],
    passes: int = 1,
    temperature: float = 1.0,
    lr: float = 1e-3,
    epochs: int = 2,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Draft, criticise, rewrite; imitate what was rewritten, and the drafts of kind requests as they are."""
    return Method(
        name="sl-cai",
        rollout=samples(1, temperature, max_tokens=max_tokens, bar=bar),
        score=unscored,
        revise=constitution(principles, passes, temperature, max_tokens, spare=is_kind, bar=bar),
        select=correct(),
        train=imitate(lr, epochs, bar=bar),
        from_base=True,
    )


def ai_preferences(
    policy: Policy,
    requests: list[Problem],
    principles: tuple[str, ...],
    turn: Turn,
    k: int = 4,
    by: Policy | None = None,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> list[Pair]:
    """Of `k` replies to each request the best and the worst under the principles, and how sure `by` is of the two (§4.1)."""
    groups = samples(k, max_tokens=max_tokens, bar=bar)(policy, requests, turn)
    pairs = best_worst()(by_principle(principles, by=by)(policy, groups, turn), turn)
    rules = [principle_of(principles, turn, p.problem_id, k) for p in pairs]
    asked = [(p.prompt, p.chosen, p.rejected, rule) for p, rule in zip(pairs, rules, strict=True)]
    return [replace(p, chance=c) for p, c in zip(pairs, preferences(by or policy, asked), strict=True)]


def preference_model(
    policy: Policy, pairs: list[Pair], seed: int, lr: float = 1e-3, epochs: int = 2, bar=progress.quiet
):
    """The reward model of RL-CAI: it gives the reply that the principles prefer a higher number."""
    return reward_model(policy, pairs, lr=lr, epochs=epochs, seed=seed, bar=bar, title="training the preference model")


def rl_cai(
    reward: RewardModel,
    reference: Policy,
    k: int = 8,
    beta: float = 0.05,
    lr: float = 1e-3,
    max_tokens: int = 160,
    bar=progress.quiet,
) -> Method:
    """Sample, ask the preference model, policy gradient held to `reference`; each round goes on from the one before."""
    return Method(
        name="rl-cai",
        rollout=samples(k, max_tokens=max_tokens, bar=bar),
        score=rewarded(reward),
        revise=unchanged,
        select=with_signal,
        train=reinforce(reference, beta, lr, bar=bar),
        twin="scores dealt at random",
    )
