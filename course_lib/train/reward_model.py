"""A reward model from pairs. Ouyang et al. 2022, arXiv 2203.02155, §3.5, eq. 1; by TRL's RewardTrainer.

Kept: the Bradley–Terry loss −log σ(r(chosen) − r(rejected)); the policy's own network under a head of one number, read at the
last token. A label that is less than sure (`Pair.chance`) counts for both answers, as far as either may be the better one: the
soft labels of Constitutional AI, arXiv 2212.08073, §4.1.
Simplified: pairs stand alone, where the paper puts all pairs of a prompt into one batch.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import partial

from course_lib import progress
from course_lib.copies import size
from course_lib.errors import need, need_count
from course_lib.policy import Policy, fresh, frozen, in_four_bits, in_precision, lora_config, merged, old_torchao_told
from course_lib.reward import RewardModel, right_padded
from course_lib.train.preference import pair_rows
from course_lib.train.trainers import Pace, Table, fit
from course_lib.types import Pair


@dataclass(frozen=True)
class Shape:
    """A reward model of its own size, raised from nothing on its pairs: hidden width (a multiple of 8) and number of layers."""

    hidden: int
    layers: int


def reward_model(
    policy: Policy,
    pairs: list[Pair],
    *,
    shape: Shape | None = None,
    lr: float = 1e-3,
    epochs: float = 1,
    batch: int = 16,
    seed: int = 0,
    bar=progress.quiet,
    title: str = "training a reward model",
) -> RewardModel:
    """A model that gives `chosen` a higher number than `rejected`. It starts from the policy, which is not changed, or from
    nothing where a `shape` is given.

    `batch` counts pairs.
    """
    from trl import RewardConfig

    need(bool(pairs), "there is nothing to train on: no pair was kept.")
    rows = [
        {side: r["prompt_ids"] + r[side] for side in ("chosen_ids", "rejected_ids")} | {"chance": p.chance}
        for r, p in zip(pair_rows(policy, pairs), pairs, strict=True)
    ]
    policy = padding_apart(policy)
    widths = [max(len(r["chosen_ids"]), len(r["rejected_ids"])) for r in rows]
    module = fit(
        policy,
        partial(headed, policy, seed) if shape is None else partial(raised, policy, shape, seed),
        trainer_class(),
        RewardConfig,
        Table(rows, widths, partial(collate, pad=policy.tokenizer.pad_token_id), texts=2),
        Pace(batch, lr, epochs, seed),
        bar=bar,
        title=title,
        besides=0 if shape else size(policy.base),
    )
    return RewardModel(fresh(policy), read_only(policy, module))


def padding_apart(policy: Policy) -> Policy:
    """The policy with a padding token that ends no answer. The head is read at the last token that is no padding: where an end
    token pads (SmolLM2, or Llama 3, which has none of its own), that would be the one before the end.
    """
    ends, tokenizer = policy.end_ids(), policy.tokenizer
    others = [token.content for i, token in sorted(tokenizer.added_tokens_decoder.items()) if i not in ends]
    if tokenizer.pad_token_id not in ends or not others:
        return policy
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.pad_token = others[0]
    return replace(policy, tokenizer=tokenizer)


def headed(policy: Policy, seed: int):
    """The policy's network under a new head of one number, with an adapter on it unless all weights are trained."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForSequenceClassification

    need(
        not in_four_bits(policy.base), f"{policy.name!r} is in four bits, which carry no reward head: load it without."
    )
    torch.manual_seed(seed)
    config = copy.deepcopy(policy.model.config)
    config.num_labels = 1
    config.pad_token_id = policy.tokenizer.pad_token_id
    model = AutoModelForSequenceClassification.from_config(config, dtype=policy.base.dtype)
    missing, _ = model.load_state_dict(policy.model.state_dict(), strict=False)
    need(
        missing == ["score.weight"], f"{policy.name!r} can't carry a reward head: {', '.join(missing[:3])} did not fit."
    )
    model = model.to(policy.base.device)
    if policy.lora is None:
        return model.float().train()  # half-precision steps would round away
    with old_torchao_told():
        module = get_peft_model(model, lora_config(policy.lora, "SEQ_CLS"))
    for p in module.parameters():
        p.data = p.data.float() if p.requires_grad else p.data  # PEFT does so with adapters, not with the head
    return module.train()


def read_only(policy: Policy, module):
    """A trained network ready to give its numbers: merged, its weights in the base's precision where it is made of the base."""
    whole = merged(module)
    if whole is not module or policy.lora is None:
        in_precision(whole, policy.base.dtype)
    return frozen(whole)


def raised(policy: Policy, shape: Shape, seed: int):
    """A new network of the policy's architecture in another size; all its weights are trained."""
    import torch
    from transformers import AutoModelForSequenceClassification

    whole = shape.hidden >= 8 and shape.hidden % 8 == 0
    need(whole, f"hidden is {shape.hidden}: give a multiple of 8, so that heads come out even.")
    need_count("layers", shape.layers)
    torch.manual_seed(seed)
    config = copy.deepcopy(policy.base.config)
    some = range(max(1, shape.hidden // 32), 0, -1)
    heads = next(
        h for h in some if shape.hidden % (2 * h) == 0
    )  # positions turn pairs of numbers, so a head has an even size
    sizes = {"hidden_size": shape.hidden, "intermediate_size": 8 * shape.hidden // 3, "num_hidden_layers": shape.layers}
    sizes |= {"num_attention_heads": heads, "num_key_value_heads": heads, "head_dim": shape.hidden // heads}
    if kinds := getattr(config, "layer_types", None):
        sizes["layer_types"] = [kinds[i % len(kinds)] for i in range(shape.layers)]
    for name, value in (sizes | {"num_labels": 1, "pad_token_id": policy.tokenizer.pad_token_id}).items():
        setattr(config, name, value)
    return AutoModelForSequenceClassification.from_config(config, dtype=torch.float32).to(policy.base.device).train()


def collate(rows: list[dict[str, list[int]]], pad: int) -> dict:
    """Right-padded tensors (2 B, T), the chosen answers first, as TRL's RewardTrainer takes them."""
    import torch

    texts = right_padded([r[side] for side in ("chosen_ids", "rejected_ids") for r in rows], pad)
    return texts | {"chance": torch.tensor([r["chance"] for r in rows])}


def trainer_class():
    """TRL's RewardTrainer, whose loss counts a pair for either answer as far as its label is sure."""
    from torch.nn.functional import logsigmoid
    from trl import RewardTrainer

    class Trainer(RewardTrainer):
        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            chance = inputs.pop("chance").to(model.device)
            if (chance == 1).all():
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            chosen, rejected = model(**inputs, use_cache=False).logits[:, 0].chunk(2)
            ahead = chosen - rejected  # (B,)
            return -(chance * logsigmoid(ahead) + (1 - chance) * logsigmoid(-ahead)).mean()

    return Trainer
