"""Raise the pocket model from nothing: `make pocket`. Seeded, resumable, with a progress bar; a GPU is used if there is one.

A Llama-shaped model of about two million parameters sees each of its 38 million tokens once, in two years: the second,
shorter one keeps all skills up and gives room to those that are learned late. Training is transformers' own Trainer; the
corpus and its packing are ours.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from course_lib.pocket import rows as packing
from course_lib.pocket.corpus import FINISH, MIXTURE, corpus
from course_lib.pocket.tokenizer import train_tokenizer

BATCH = 24  # rows a step


@dataclass(frozen=True)
class Year:
    """One stretch of raising: so many steps on one mixture of skills, its learning rate rising and falling once."""

    name: str
    steps: int
    learning_rate: float
    warmup: int
    mixture: tuple
    stream: str  # appended to the seed, so that years draw different conversations


YEARS = (
    Year("first", 5000, 2.5e-3, 200, MIXTURE, ""),
    Year("second", 1200, 1e-3, 50, FINISH, "-second"),
)
SHAPE = {
    "hidden_size": 192,
    "num_hidden_layers": 4,
    "intermediate_size": 512,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,  # a third of the cache: sampling on a CPU is bound by reading it
    "tie_word_embeddings": True,
    "max_position_embeddings": 1024,
}


def new_model(tokenizer, seed: int, shape: dict = SHAPE):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape, **ids))


class Rows:
    """The packed corpus as a torch map-style dataset."""

    def __init__(self, arrays: dict):
        self.arrays = arrays

    def __len__(self) -> int:
        return len(self.arrays["input_ids"])

    def __getitem__(self, i: int) -> dict:
        import torch

        return {key: torch.from_numpy(array[i].astype("int64")) for key, array in self.arrays.items()}


def settings(work: Path, year: Year, seed: int):
    """Trainer settings: bf16 autocast where the machine multiplies in it, cosine, a checkpoint every few minutes."""
    import torch
    from transformers import TrainingArguments

    from course_lib.train.trainers import cpu_has_bf16

    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(work),
        seed=seed,
        data_seed=seed,
        max_steps=year.steps,
        per_device_train_batch_size=BATCH,
        learning_rate=year.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=year.warmup,
        weight_decay=0.05,
        adam_beta2=0.98,
        max_grad_norm=1.0,
        bf16=torch.cuda.get_device_capability()[0] >= 8 if cuda else cpu_has_bf16(),
        use_cpu=not cuda,
        logging_steps=100,
        save_steps=500,
        save_total_limit=2,
        report_to="none",
        remove_unused_columns=False,
        dataloader_pin_memory=cuda,
    )


def teach(model, tokenizer, year: Year, work: Path, seed: int) -> None:
    """One year: draw and pack its rows, train, going on from the last checkpoint in `work`."""
    import torch
    from transformers import Trainer
    from transformers.trainer_utils import get_last_checkpoint

    print(f"{year.name} year: drawing {year.steps * BATCH:,} rows of {packing.ROW} tokens", flush=True)
    stream = corpus(f"{seed}{year.stream}", year.mixture)
    data = Rows(packing.pack(tokenizer, stream, year.steps * BATCH))
    if shutil.which("g++") and not torch.cuda.is_available():
        model.compile()  # a third faster on a CPU; without a C++ compiler it runs as it is
    work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(model=model, args=settings(work, year, seed), train_dataset=data)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)))


def raise_model(out: Path, work: Path, years: tuple[Year, ...] = YEARS, seed: int = 0, shape: dict = SHAPE) -> None:
    """Train tokenizer and model and save them to `out`; checkpoints go to `work`, and a second call goes on from there.

    `shape` are the sizes of a LlamaConfig: another than the pocket model's makes a larger or smaller sibling.
    """
    from transformers import LlamaForCausalLM

    tokenizer = train_tokenizer(text for turns in itertools.islice(corpus(seed), 20_000) for text in turns)
    model = new_model(tokenizer, seed, shape)
    for year in years:
        done = work / year.name / "done"
        if not (done / "model.safetensors").exists():
            teach(model, tokenizer, year, work / year.name, seed)
            model.save_pretrained(done)
        model = LlamaForCausalLM.from_pretrained(done)
    model.config.use_cache = True  # a trainer turns it off
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", type=Path, default=Path("data/pocket"), help="folder of the model (default: data/pocket)"
    )
    parser.add_argument(
        "--work", type=Path, default=Path("build/pocket"), help="folder of checkpoints (default: build/pocket)"
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the steps, for a trial (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of corpus and weights (default: 0)")
    args = parser.parse_args(argv)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    years = tuple(replace(y, steps=max(1, int(y.steps * args.share))) for y in YEARS)
    raise_model(args.out, args.work, years, args.seed)


if __name__ == "__main__":
    main()
