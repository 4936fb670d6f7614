"""The same work done by course_lib and by what people use today, in one run, interleaved: `make bench`.

Writes benchmarks/results.json: each figure as median, min and max over the repetitions. Ratios are taken within a
repetition, so that a busy machine disturbs both sides alike. Above 1 is faster than the other side.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from seed_script import finetune
from seed_script import rollout as seed_rollout

from course_lib.branches import tokenise
from course_lib.cli.doctor import matmul_gflops
from course_lib.loading import load
from course_lib.policy import Policy
from course_lib.quiet import hush
from course_lib.record import recorded, versions
from course_lib.rollout import ROWS, sample
from course_lib.sampling.decode import Sampling
from course_lib.score import verify
from course_lib.select import correct, distinct_correct
from course_lib.tasks.stories import stories
from course_lib.train import sft
from course_lib.types import Group, Turn

K, MAX_TOKENS, EPOCHS, LR, BATCH = 8, 160, 2, 2e-3, 32
TURN = Turn(0, 1)


def clock(work, *args) -> tuple[float, object]:
    began = time.perf_counter()
    out = work(*args)
    return time.perf_counter() - began, out


def our_rollout(policy: Policy, problems, seed: int) -> list[Group]:
    answers = sample(policy, [p.prompt for p in problems], K, Sampling(max_tokens=MAX_TOKENS), seed)
    return [Group(p, tuple(a)) for p, a in zip(problems, answers, strict=True)]


def our_training(policy: Policy, examples, seed: int) -> Policy:
    return sft(policy, examples, lr=LR, epochs=EPOCHS, batch=BATCH, seed=seed)


def generate_rollout(policy: Policy, problems) -> int:
    """Transformers' batched generate on the same prompts, like lengths together, in batches of as many rows. Returns tokens."""
    import torch

    texts, tokens = sorted((policy.chat(p.prompt) for p in problems), key=len), 0
    for at in range(0, len(texts), ROWS // K):
        batch = policy.tokenizer(
            texts[at : at + ROWS // K], return_tensors="pt", padding=True, add_special_tokens=False
        )
        with torch.inference_mode():
            ids = policy.base.generate(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], do_sample=True, temperature=1.0,
                top_k=0, top_p=1.0, num_return_sequences=K, max_new_tokens=MAX_TOKENS, pad_token_id=policy.tokenizer.pad_token_id,
            )  # fmt: skip
        new = ids[:, batch["input_ids"].shape[1] :]
        policy.tokenizer.batch_decode(new, skip_special_tokens=True)
        tokens += int((new != policy.tokenizer.pad_token_id).sum())
    return tokens


def trl_training(policy: Policy, examples, seed: int) -> None:
    """TRL's SFTTrainer alone, as its documentation shows it: prompt and completion as text, LoRA by peft_config."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from course_lib.policy import lora_config

    with tempfile.TemporaryDirectory() as folder:
        args = SFTConfig(
            output_dir=folder, learning_rate=LR, num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH,
            seed=seed, use_cpu=True, bf16=False, gradient_checkpointing=False, report_to="none",
            save_strategy="no", logging_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        rows = Dataset.from_list([{"prompt": policy.chat(e.prompt), "completion": e.completion} for e in examples])
        SFTTrainer(
            model=copy.deepcopy(policy.base),
            args=args,
            train_dataset=rows,
            processing_class=policy.tokenizer,
            peft_config=lora_config(policy.lora),
        ).train()


def seed_round(policy: Policy, problems) -> None:
    model = copy.deepcopy(policy.base).requires_grad_(True)
    samples = [s for s in seed_rollout(model, policy.tokenizer, problems, K, MAX_TOKENS) if s["correct"]]
    finetune(model, policy.tokenizer, samples, lr=2e-4, epochs=EPOCHS, batch=2)


def our_round(policy: Policy, problems, seed: int) -> None:
    groups = verify(policy, our_rollout(policy, problems, seed), TURN)
    our_training(policy, correct()(groups, TURN), seed)


def compare_rounds(policy: Policy, rep: int, problems: int) -> dict:
    told = stories(problems, (4, 5, 6), seed=100 + rep)
    theirs, _ = clock(seed_round, policy, told)
    ours, _ = clock(our_round, policy, told, rep)
    return {"round_vs_seed_script": theirs / ours, "seed_script_round_s": theirs, "round_s": ours}


def compare_rollouts(policy: Policy, rep: int, problems: int, peak: float) -> dict:
    told = stories(problems, (4, 5, 6), seed=200 + rep)
    theirs, tokens = clock(generate_rollout, policy, told)
    ours, groups = clock(our_rollout, policy, told, rep)
    said = sum(c.tokens for g in groups for c in g.completions_G)
    rate = said / ours
    return {
        "rollout_vs_generate": rate / (tokens / theirs),
        "generate_tokens_per_s": tokens / theirs,
        "rollout_tokens_per_s": rate,
        "rollout_peak_share": 2 * policy.base.num_parameters() * rate / 1e9 / peak,
    }


def compare_training(policy: Policy, rep: int, problems: int, peak: float) -> dict:
    groups = verify(policy, our_rollout(policy, stories(problems, (4, 5, 6), seed=300 + rep), rep), TURN)
    kept = correct()(groups, TURN)[:400]
    theirs, _ = clock(trl_training, policy, kept, rep)
    ours, _ = clock(our_training, policy, kept, rep)
    rate = EPOCHS * sum(len(p) + len(a) for p, a in tokenise(policy, kept)) / ours
    return {
        "sft_vs_trl": theirs / ours,
        "training_tokens_per_s": rate,
        # forward and the gradient of activations; frozen weights need none of their own: 4 operations a parameter and token
        "peak_share": 4 * policy.base.num_parameters() * rate / 1e9 / peak,
    }


def one_side(script: str, side: str, *settings: object) -> dict:
    """What dpo.py or grpo.py prints of one side, in a process of its own: its peak memory is then its own."""
    command = [sys.executable, str(Path(__file__).with_name(script)), side, *map(str, settings)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # above it stands what TRL prints


def compare_preference(rep: int, pairs: int) -> dict:
    """DPO: rates in pairs a second, of a whole training with its set-up, and of the steps alone."""
    sides = {"trl_dpo": "trl", "dpo": "ours", "trl_dpo_unchecked": "trl_unchecked"}
    how = ("--pairs", pairs, "--seed", 600 + rep)
    found = {f"{name}_{k}": v for name, side in sides.items() for k, v in one_side("dpo.py", side, *how).items()}
    return found | {
        "dpo_vs_trl": found["dpo_pairs_per_s"] / found["trl_dpo_pairs_per_s"],
        "dpo_steps_vs_trl": found["dpo_steps_pairs_per_s"] / found["trl_dpo_steps_pairs_per_s"],
        "dpo_vs_trl_unchecked": found["dpo_pairs_per_s"] / found["trl_dpo_unchecked_pairs_per_s"],
    }


def compare_policy_gradient(rep: int, problems: int) -> dict:
    """GRPO: rates in answers sampled a second, of whole runs; the accuracies tell whether they learned alike."""
    sides = {"trl_grpo": "trl", "grpo": "ours", "trl_grpo_tuned": "trl_tuned"}
    how = ("--problems", problems, "--seed", 700 + rep)
    found = {f"{name}_{k}": v for name, side in sides.items() for k, v in one_side("grpo.py", side, *how).items()}
    numbers = {k: v for k, v in found.items() if not isinstance(v, list)}  # the repetitions give intervals of their own
    return numbers | {
        "grpo_vs_trl": found["grpo_answers_per_s"] / found["trl_grpo_answers_per_s"],
        "grpo_vs_trl_tuned": found["grpo_answers_per_s"] / found["trl_grpo_tuned_answers_per_s"],
    }


def phase_cost(policy: Policy, problems: int, seed: int) -> float:
    """Seconds a completion to sample, score, select and write."""
    from course_lib.methods import rft

    told = stories(problems, (4, 5, 6), seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        method = recorded(rft(K), Path(folder))

        def work():
            groups = method.score(policy, method.rollout(policy, told, Turn(seed, 1)), Turn(seed, 1))
            return distinct_correct()(groups, Turn(seed, 1))

        return clock(work)[0] / (problems * K)


def growth(policy: Policy, rep: int, small: int, large: int) -> dict:
    few = statistics.mean(phase_cost(policy, small // K, 400 + rep * 10 + i) for i in range(3))
    many = phase_cost(policy, large // K, 500 + rep)
    return {"growth_1k_to_20k": many / few, "ms_per_completion_1k": 1000 * few, "ms_per_completion_20k": 1000 * many}


def peak_memory() -> dict:
    """Of a whole `course star` of one round, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "course_lib",
            "star",
            "--rounds",
            "1",
            "--no-control",
            "--json",
            "--out",
            f"{folder}/run",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"peak_memory_mb": json.loads(done.stdout)["peak_memory_mb"]}


def summary(rows: list[dict]) -> dict:
    """Median, min and max of each figure."""
    found = {}
    for name in sorted({k for row in rows for k in row}):
        values = [row[name] for row in rows if name in row]
        found[name] = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--quick", action="store_true", help="a small trial: one repetition, little work; writes nothing"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results.json")
    args = parser.parse_args()
    hush()
    policy, rows, scale = load(device="cpu"), [], 8 if args.quick else 1
    our_round(policy, stories(8, (2,), seed=1), 0)  # imports and first-use costs are nobody's
    for rep in range(1 if args.quick else args.repeats):
        peak = matmul_gflops("cpu", seconds=2)
        row = (
            {"matmul_gflops": peak}
            | compare_rounds(policy, rep, 128 // scale)
            | compare_rollouts(policy, rep, 128 // scale, peak)
        )
        row |= (
            compare_training(policy, rep, 256 // scale, peak)
            | compare_preference(rep, 256 // scale)
            | compare_policy_gradient(rep, 64 // scale)
            | growth(policy, rep, 1000 // scale, 20_000 // scale)
            | peak_memory()
        )
        rows.append(row)
        print(json.dumps({k: round(v, 3) for k, v in row.items()}), flush=True)
        if not args.quick:
            about = {"repeats": len(rows), "machine": f"{platform.machine()}, cpu", "versions": versions()}
            args.out.write_text(json.dumps(summary(rows) | about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
