"""Policy gradient on scored groups: GRPO. Shao et al. 2024, DeepSeekMath, arXiv 2402.03300, §4.1, eq. 3 and 4.

loss = mean over answer tokens of  β · KL − min(ρ A, clip(ρ, 1 ± ε) A),   ρ = π(token) / π_sampled(token)

Kept: A is an answer's score less the mean of its own group; the ratio ρ is clipped; the KL to a reference that stays frozen is
the low-variance estimate e^x − x − 1 with x = log π_ref − log π, and stands in the loss, not in the score.
Simplified: A is not divided by the group's spread unless asked for (Liu et al. 2025, arXiv 2503.20783, show the bias that
brings); tokens weigh alike across the batch rather than within each answer, as in TRL's `loss_type="bnpo"`.
Loss and gradient are those of TRL's GRPOTrainer (tests/test_policy_gradient.py), which itself can't be handed answers that were
sampled and scored elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib import progress
from course_lib.branches import padded
from course_lib.errors import need, need_between, need_count, need_positive
from course_lib.measure import LOGITS
from course_lib.memory import free_memory, settled
from course_lib.policy import Policy, trainable, trained
from course_lib.rollout import batches
from course_lib.select import differs
from course_lib.statistics import mean
from course_lib.train.trainers import cpu_has_bf16, seed_of
from course_lib.types import Group, Turn

NO_SIGNAL = (
    "there is nothing to learn from: within each problem all scores are alike. Take a larger K or another score."
)


@dataclass(frozen=True)
class Answer:
    """One answer to learn from: token ids, its advantage, and each token's log-probability (nats) before this training."""

    prompt: list[int]
    answer: list[int]
    advantage: float
    sampled: list[float]
    reference: list[float]


def centred(scores_G: tuple[float, ...], scale: bool = False) -> list[float]:
    """Each score less its group's mean; `scale` also divides by the group's standard deviation."""
    middle = mean(list(scores_G))
    away = [s - middle for s in scores_G]
    spread = (sum(a * a for a in away) / max(1, len(away) - 1)) ** 0.5 + 1e-4
    return [a / spread for a in away] if scale else away


def policy_gradient(
    policy: Policy,
    groups: list[Group],
    *,
    beta: float,
    reference: Policy | None = None,
    lr: float,
    epochs: int = 1,
    batch: int = 64,
    clip: float = 0.2,
    scale: bool = False,
    seed: int,
    bar=progress.quiet,
    title: str = "policy gradient",
) -> Policy:
    """Make answers above their group's mean more likely, held to `reference` (default: the given policy) by β ≥ 0 (nats).

    `batch` counts answers of a step. Returns a new policy.
    """
    import torch

    need(beta >= 0, f"β is {beta}: give 0 or more; 0 leaves out the KL.")
    need_between("clip", clip, 1e-6, 1.0)
    told = answers(policy, groups, scale, (reference or policy).model)
    module = trainable(policy, seed)
    half, scaler = lower(policy)
    weights = [p for p in module.parameters() if p.requires_grad]
    optimiser, rng = torch.optim.AdamW(weights, lr=lr, weight_decay=0.0), random.Random(seed)
    with settled(), bar(title, total=epochs * len(told), unit="answers") as shown:
        for chunk in chunks(told, epochs, batch, rng):
            optimiser.zero_grad()
            for part in parts(chunk, policy.base.config.vocab_size):
                with half:
                    loss = part_loss(module, part, beta, clip) / sum(len(a.answer) for a in chunk)
                scaler.scale(loss).backward()
            scaler.unscale_(optimiser)
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            scaler.step(optimiser)
            scaler.update()
            shown.update(len(chunk))
    free_memory()
    return trained(policy, module)


def answers(policy: Policy, groups: list[Group], scale: bool, reference: Any) -> list[Answer]:
    """The answers of all groups whose scores differ, each with what was and what the reference gives its tokens."""
    rows = [
        (g.problem.prompt, c, a)
        for g in groups
        for c, a in zip(g.completions_G, centred(g.scores_G, scale), strict=True)
        if differs(g)
    ]
    need(bool(rows), NO_SIGNAL)
    prompts = policy.tokenizer([policy.chat(p) for p, _, _ in rows], add_special_tokens=False).input_ids
    said = [drawn(policy, c) for _, c, _ in rows]
    now, then = (token_logprobs(model, prompts, said) for model in (policy.model, reference))
    return [Answer(*row) for row in zip(prompts, said, [a for _, _, a in rows], now, then, strict=True)]


def drawn(policy: Policy, completion) -> list[int]:
    """The tokens that were sampled; read from disk, where ids are not kept, those of the text and its end."""
    if completion.ids:
        return list(completion.ids)
    ids = policy.tokenizer(completion.text, add_special_tokens=False).input_ids
    return [*ids, policy.tokenizer.eos_token_id] if completion.finished else ids


def chunks(told: list[Answer], epochs: int, batch: int, rng: random.Random):
    for _ in range(epochs):
        mixed = rng.sample(told, len(told))
        yield from (mixed[i : i + batch] for i in range(0, len(mixed), batch))


def parts(chunk: list[Answer], vocabulary: int):
    """The answers of a step in parts whose logits fit into LOGITS numbers; together they are one step."""
    longest = max(len(a.prompt) + len(a.answer) for a in chunk)
    rows = max(1, LOGITS // (longest * vocabulary))
    return [chunk[i : i + rows] for i in range(0, len(chunk), rows)]


def token_logprobs(model: Any, prompts: list[list[int]], said: list[list[int]]) -> list[list[float]]:
    """Log-probability (nats) of each token of each answer."""
    import torch

    order = sorted(range(len(said)), key=lambda i: -len(prompts[i]) - len(said[i]))

    @torch.inference_mode()
    def read(chunk: list[int]) -> list[tuple[int, list[float]]]:
        found, mask = taken(model, [prompts[i] for i in chunk], [said[i] for i in chunk])
        return [(i, row[m].tolist()) for i, row, m in zip(chunk, found, mask, strict=True)]

    found = dict(x for done in batches(order, 64, read) for x in done)
    return [found[i] for i in range(len(said))]


def taken(model: Any, prompts: list[list[int]], said: list[list[int]]):
    """(B, T) log-probabilities of the tokens that follow, and where they belong to an answer."""
    ids = padded([p + s for p, s in zip(prompts, said, strict=True)]).to(model.device)
    seen = padded([[1] * len(p + s) for p, s in zip(prompts, said, strict=True)]).to(model.device)
    mask = padded([[0] * (len(p) - 1) + [1] * len(s) + [0] for p, s in zip(prompts, said, strict=True)])
    logits = model(input_ids=ids, attention_mask=seen, use_cache=False).logits[:, :-1].float()
    chosen = logits.gather(-1, ids[:, 1:, None])[..., 0] - logits.logsumexp(-1)
    return chosen, mask[:, : ids.shape[1] - 1].bool().to(model.device)


def part_loss(module: Any, part: list[Answer], beta: float, clip: float):
    """The summed loss of a part's tokens."""
    import torch

    logps, mask = taken(module, [a.prompt for a in part], [a.answer for a in part])
    advantage = torch.tensor([a.advantage for a in part], device=logps.device)[:, None].expand_as(logps)[mask]
    sampled, reference = (
        torch.tensor([x for a in part for x in getattr(a, name)], device=logps.device)
        for name in ("sampled", "reference")
    )
    return token_losses(logps[mask], sampled, reference, advantage, beta, clip).sum()


def token_losses(logps, sampled, reference, advantage, beta: float, clip: float):
    """The loss of each of N tokens; all but β and clip are (N,)."""
    ratio = (logps - sampled).exp()
    gain = (ratio * advantage).minimum(ratio.clamp(1 - clip, 1 + clip) * advantage)
    away = reference - logps
    return beta * (away.exp() - away - 1) - gain


def lower(policy: Policy):
    """The half precision this machine multiplies in, as TRL's trainers are told to, and the scaler that float16 needs."""
    import torch

    kind, dtype = policy.base.device.type, policy.base.dtype
    half = dtype if dtype in (torch.float16, torch.bfloat16) else torch.bfloat16
    able = half == dtype or (kind == "cpu" and cpu_has_bf16())
    return torch.autocast(kind, half, enabled=able), torch.amp.GradScaler(kind, enabled=able and half == torch.float16)


def reinforce(
    reference: Policy | None = None,
    beta: float = 0.05,
    lr: float = 1e-3,
    epochs: int = 1,
    batch: int = 64,
    scale: bool = False,
    bar=progress.quiet,
) -> Callable[..., Policy]:
    """The train slot of RL-CAI and GRPO: one policy-gradient phase on the scored groups, held to a frozen `reference`."""
    need(beta >= 0, f"β is {beta}: give 0 or more; 0 leaves out the KL.")
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)

    def train(policy: Policy, groups: list[Group], turn: Turn) -> Policy:
        how = {"beta": beta, "lr": lr, "epochs": epochs, "batch": batch, "scale": scale}
        title = f"round {turn.round}: policy gradient"
        return policy_gradient(policy, groups, reference=reference, **how, seed=seed_of(turn), bar=bar, title=title)

    return train
