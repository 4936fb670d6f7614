"""Policy gradient on scored groups: GRPO (Shao et al. 2024, arXiv 2402.03300); its loss is in policy_loss.py.

Simplified: what is trained on is the text as the tokenizer spells it, for a recorded run keeps texts and no token ids; and an
answer's log-probability before training is read from the merged model, so the first ratio is 1 within the rounding of bfloat16.
Dropout is off, or that would not hold. The last step of a pass may be a short one: it is a step like any other.
Several processes (ranks.py) each take their share of a step's rows, and sum their gradients.
TRL's GRPOTrainer itself can't be handed answers that were sampled and scored elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from course_lib import progress, ranks
from course_lib.branches import can_share
from course_lib.errors import need, need_between, need_count, need_positive
from course_lib.memory import TILE, free_memory, settled
from course_lib.policy import Policy, trainable, trained
from course_lib.select import with_signal
from course_lib.train.answer_rows import Answer, Row, fuse, laid_out, longest, parts, read
from course_lib.train.attention import plain_attention
from course_lib.train.fitting import Load, checkpointed, first_load, until_it_fits
from course_lib.train.policy_loss import centred, part_loss
from course_lib.train.trainers import OVERFLOWED, cpu_has_bf16, seed_of
from course_lib.types import Group, Turn

NO_SIGNAL = (
    "there is nothing to learn from: within each problem all scores are alike. Take a larger K or another score."
)


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
    temperature: float = 1.0,
    seed: int,
    bar=progress.quiet,
    title: str = "policy gradient",
) -> Policy:
    """Make answers above their group's mean more likely, held to `reference` (default: the given policy) by β ≥ 0 (nats).

    `batch` counts answers of a step; `temperature` is the one they were sampled at. Returns a new policy.
    """
    need(beta >= 0, f"β is {beta}: give 0 or more; 0 leaves out the KL.")
    need_between("clip", clip, 1e-6, 1.0)
    need_count("epochs", epochs)
    need_count("batch", batch)
    (half, _), shared, fused = lower(policy), can_share(policy.base), policy.base.device.type != "cpu"
    reading = {"shared": shared, "temperature": temperature, "tiles": fused}
    told = before(policy, answers(policy, groups, scale), reference if beta > 0 else None, half, reading)
    planned = [laid_out(chunk, shared) for chunk in steps(told, epochs, batch, random.Random(seed))]
    if fused:  # the longest first: memory trouble shows at once
        planned.insert(0, planned.pop(max(range(len(planned)), key=lambda i: longest(planned[i]))))
    logits, how = policy.base.config.vocab_size, (beta, clip, shared, temperature, fused)
    split = partial(parts, vocabulary=min(TILE, logits) if fused else logits)

    def train(load: Load) -> Any:
        module = checkpointed(trainable(policy, seed), load.checkpointing)
        still(module)
        if fused:
            fuse(module, temperature)
        with bar(title, total=epochs * sum(map(len, told)), unit="answers") as shown:
            learn(policy, module, planned, partial(split, most=load.rows), how, lr, shown)
        return module

    most = ranks.from_lead(lambda: max(len(part) for rows in planned for part in split(ranks.mine(rows))))
    load = first_load(policy, most, max(map(longest, planned)))
    module = until_it_fits(train, load, most, policy.base.device.type)
    free_memory()
    return trained(policy, module)


def still(module: Any) -> None:
    """Turn dropout off, also the attention's, which is a number and no module."""
    from torch.nn import Dropout

    for part in module.modules():
        if isinstance(part, Dropout):
            part.p = 0.0
        if hasattr(part, "attention_dropout"):
            part.attention_dropout = 0.0


def learn(policy: Policy, module: Any, planned: Iterable, split: Callable, how: tuple, lr: float, shown) -> None:
    """The planned optimiser steps, each of them rows, of which this process takes its share and `split`s it into parts that fit.

    `how` is as in part_loss.
    """
    import torch

    half, scaler = lower(policy)
    weights = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=lr, weight_decay=0.0)
    # It has a factor then, in a process without rows of a step too.
    scaler.scale(torch.zeros((), device=policy.base.device))
    with settled(), plain_attention(module, plainly(policy, how[2])):
        for rows in planned:
            tokens, taken = sum(len(a.answer) for row in rows for a in row.answers), False
            while not taken:  # in float16 a gradient may overflow: once more, with half the factor
                optimiser.zero_grad()
                backward(module, split(ranks.mine(rows)), tokens, how, half, scaler)
                ranks.add_up_gradients(weights)
                taken = stepped(optimiser, weights, scaler)
            shown.update(sum(len(row.answers) for row in rows))


def stepped(optimiser: Any, weights: list, scaler: Any) -> bool:
    """Make the step, unless its gradient holds an infinity; then the scaler's factor is halved."""
    import torch

    scaler.unscale_(optimiser)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    scaler.step(optimiser)
    factor = scaler.get_scale()
    scaler.update()
    need(factor >= 1, OVERFLOWED)
    return scaler.get_scale() >= factor


def answers(policy: Policy, groups: list[Group], scale: bool) -> list[list[Answer]]:
    """For each group whose scores differ its answers with their advantages."""
    told = with_signal(groups)
    need(bool(told), NO_SIGNAL)
    prompts = policy.tokenizer([policy.chat(g.problem.prompt) for g in told], add_special_tokens=False).input_ids
    return [
        [Answer(ids, drawn(policy, c), a) for c, a in zip(g.completions_G, centred(g.scores_G, scale), strict=True)]
        for ids, g in zip(prompts, told, strict=True)
    ]


def before(policy: Policy, told: list[list[Answer]], reference: Policy | None, half, how: dict) -> list[list[Answer]]:
    """The answers with what the policy gives their tokens now, and what the reference does: by default the same.

    `how` is what answer_rows.read takes.
    """
    model, plain = policy.model, plainly(policy, how["shared"])
    with settled(), half, plain_attention(model, plain):
        told = ranks.spread(partial(read, model, name="sampled", **how), told)
    if reference is None or reference is policy:
        return [[replace(a, reference=a.sampled) for a in group] for group in told]
    model = reference.model
    with settled(), half, plain_attention(model, plain):
        return ranks.spread(partial(read, model, name="reference", **how), told)


def plainly(policy: Policy, shared: bool) -> bool:
    """Does the plain attention (attention.py) pay here?"""
    return shared and policy.base.device.type == "cpu" and cpu_has_bf16()


def drawn(policy: Policy, completion) -> list[int]:
    """The tokens that were sampled; read from disk, where ids are not kept, those of the text and its end."""
    if completion.ids:
        return list(completion.ids)
    ids = policy.tokenizer(completion.text, add_special_tokens=False).input_ids
    return [*ids, policy.end_id()] if completion.finished else ids


def steps(told: list[list[Answer]], epochs: int, batch: int, rng: random.Random) -> Iterator[list[list[Answer]]]:
    """Whole groups in another order each epoch, as many as come nearest to `batch` answers a step."""
    groups = max(1, round(batch * len(told) / sum(map(len, told))))
    for _ in range(epochs):
        mixed = rng.sample(told, len(told))
        yield from (mixed[i : i + groups] for i in range(0, len(mixed), groups))


def backward(module: Any, mine: list[list[Row]], tokens: int, how: tuple, half, scaler) -> None:
    """This process's part of a step's gradient: of the mean loss of all the step's `tokens`, part by part."""
    for part in mine:
        with half:
            loss = part_loss(module, part, *how) / tokens
        scaler.scale(loss).backward()


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
    clip: float = 0.2,
    temperature: float = 1.0,
    bar=progress.quiet,
) -> Callable[..., Policy]:
    """The train slot of RL-CAI, GRPO and TTRL: one policy-gradient phase on the scored groups, held to a frozen `reference`
    (default: the policy this round began with).
    """
    need(beta >= 0, f"β is {beta}: give 0 or more; 0 leaves out the KL.")
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)
    need_between("clip", clip, 1e-6, 1.0)
    need_positive("temperature", temperature)

    def train(policy: Policy, groups: list[Group], turn: Turn) -> Policy:
        how = {
            "beta": beta,
            "lr": lr,
            "epochs": epochs,
            "batch": batch,
            "scale": scale,
            "clip": clip,
            "temperature": temperature,
        }
        title = f"round {turn.round}: policy gradient"
        return policy_gradient(policy, groups, reference=reference, **how, seed=seed_of(turn), bar=bar, title=title)

    return train
