"""DPO, direct preference optimisation. Rafailov et al. 2023, arXiv 2305.18290, eq. 7; by TRL's DPOTrainer.

loss = −log σ(β m), with the margin m = [log π(chosen) − log π_ref(chosen)] − [log π(rejected) − log π_ref(rejected)].

Kept: the loss; the reference π_ref is the policy that this training starts from, so m begins at 0 and the loss at log 2
(tests/test_preference.py, in round 2 too: TRL alone would take the base of an adapter, or the checkpoint on disk).
Added: `nll` mixes in the chosen answer's own loss (Pang et al. 2024, arXiv 2404.19733, §2), which keeps its probability
from falling together with the rejected one's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from course_lib import progress, ranks
from course_lib.branches import padded, tokenise
from course_lib.errors import need, need_count, need_positive
from course_lib.policy import Policy, trainable, trained, twin
from course_lib.train.trainers import Pace, Table, fit, seed_of
from course_lib.types import Example, Pair, Turn


def dpo(
    policy: Policy,
    pairs: list[Pair],
    *,
    beta: float = 0.1,
    lr: float,
    epochs: float,
    batch: int,
    seed: int,
    nll: float = 0.0,
    bar=progress.quiet,
    title: str = "training on pairs",
) -> Policy:
    """Make each `chosen` more likely than its `rejected`, held to the given policy by `beta`. Returns a new policy.

    `batch` counts pairs. Raises CourseError when there is no pair or β is not above 0.
    """
    from trl import DPOConfig

    need_positive("β", beta)
    need(nll >= 0, f"nll is {nll}: give 0 or more.")
    need_positive("epochs", epochs)
    need_count("batch", batch)
    need(bool(pairs), "there is nothing to train on: no pair was kept.")
    rows, mix = pair_rows(policy, pairs), {"loss_type": ["sigmoid"]}
    if nll:
        mix = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, nll]}
    widths = [len(r["prompt_ids"]) + max(len(r["chosen_ids"]), len(r["rejected_ids"])) for r in rows]
    module = fit(
        policy,
        partial(trainable, policy, seed),
        trainer_class(nll),
        partial(DPOConfig, beta=beta, **mix),
        Table(rows, widths, collate, texts=2),
        Pace(batch, lr, epochs, seed),
        bar=bar,
        title=title,
        ref_model=reference(policy),
    )
    return trained(policy, module)


def reference(policy: Policy):
    """The policy as it is now, for π_ref. Beside an adapter TRL keeps a frozen copy of it by itself, so None there."""
    return twin(policy.model) if policy.lora is None else None


def pair_rows(policy: Policy, pairs: list[Pair]) -> list[dict[str, list[int]]]:
    """Token ids of each pair: its prompt, and either answer with the end token."""
    chosen = tokenise(policy, [Example(p.prompt, p.chosen) for p in pairs])
    rejected = tokenise(policy, [Example(p.prompt, p.rejected) for p in pairs])
    return [
        {"prompt_ids": prompt, "chosen_ids": yes, "rejected_ids": no}
        for (prompt, yes), (_, no) in zip(chosen, rejected, strict=True)
    ]


def collate(rows: list[dict[str, list[int]]]) -> dict:
    """Right-padded tensors (2 B, T), the chosen answers first, as TRL's DPOTrainer takes them."""
    both = [(r["prompt_ids"], r[side]) for side in ("chosen_ids", "rejected_ids") for r in rows]
    return {
        "input_ids": padded([prompt + answer for prompt, answer in both]),
        "attention_mask": padded([[1] * len(prompt + answer) for prompt, answer in both]),
        "completion_mask": padded([[0] * len(prompt) + [1] * len(answer) for prompt, answer in both]),
    }


def trainer_class(nll: float):
    """TRL's DPOTrainer on rows that are token ids already.

    Its NLL is a mean over tokens, the rest of its loss over pairs. A micro-batch counts by its pairs (trainers.by_length), so
    there its NLL is put right by how many tokens its pairs have, beside those of the step.
    """
    from trl import DPOTrainer

    class Trainer(DPOTrainer):
        def _prepare_dataset(self, dataset, *args, **kwargs):
            return dataset

        def get_batch_samples(self, *args):
            parts, tokens = super().get_batch_samples(*args)
            self.usual_tokens = ranks.mean(chosen_tokens(parts))
            return parts, tokens

        def compute_loss(self, model, inputs, *args, **kwargs):
            if nll:
                tokens = chosen_tokens([inputs])
                self.loss_weights = [1.0, nll * (sum(tokens) / len(tokens)) / self.usual_tokens]
            return super().compute_loss(model, inputs, *args, **kwargs)

    return Trainer


def chosen_tokens(batches: list[dict]) -> list[int]:
    """How many tokens the chosen answer of each pair has."""
    return [n for b in batches for n in b["completion_mask"].chunk(2)[0].sum(-1).tolist()]


def prefer(
    beta: float = 0.1, lr: float = 5e-4, epochs: int = 1, batch: int = 16, nll: float = 0.0, bar=progress.quiet
) -> Callable[..., Policy]:
    """The train slot of Self-Rewarding and SPIN: DPO on the pairs that were kept."""
    need_positive("β", beta)
    need_positive("lr", lr)
    need_count("epochs", epochs)
    need_count("batch", batch)

    def train(policy: Policy, pairs: list[Pair], turn: Turn) -> Policy:
        title = f"round {turn.round}: training on pairs"
        how = {"beta": beta, "lr": lr, "epochs": epochs, "batch": batch, "nll": nll}
        return dpo(policy, pairs, **how, seed=seed_of(turn), bar=bar, title=title)

    return train
