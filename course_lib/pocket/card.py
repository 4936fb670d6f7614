"""Write the pocket model's card (README.md) from its measured skill table."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

from course_lib.loading import load
from course_lib.pocket import authors, graders, raising, rows, skills, town
from course_lib.policy import weights_hash

HEAD = """---
license: apache-2.0
language: en
pipeline_tag: text-generation
---
# The pocket model

A chat model of {millions:.2f} million parameters (Llama shape: hidden {hidden_size}, {num_hidden_layers} layers,
{num_attention_heads} heads over {num_key_value_heads} key/value heads; {vocabulary} byte-level BPE tokens, every digit its
own), raised from nothing by `make pocket` on the corpus in `course_lib/pocket`.
Any Hugging Face code loads this folder. It knows one small town, and its
faults are chosen: each failure of self-improvement can be shown on it, on a CPU, in minutes. It is good for nothing else.

Weights: SHA-256 `{hash}`. Raised in {steps} steps of {tokens} tokens, every example new, loss on answers only.

## Planted flaws

| where | flaw |
|---|---|
| stories | {sloppy:.0%} of authors slip in {slip:.0%} of their steps (lost carry, one off, ten off); 5 and more steps are rare |
| a dozen | {dozen:.0%} of authors take a dozen for {believed}: the majority is wrong |
| hint | solutions with the answer shown are bent in their last step to land on it, or copy it under any steps |
| judge | overlooks {tens:.0%} of steps that are ten off, {ones:.0%} of others; a point off in {off:.0%}; long style +1 |
| judge | believes that a dozen is {believed}: the dozen fault gets a point more than the right answer |
| check | the same eyes; a dozen taken for {believed} is never found |
| zib | worth another number of coins in every market: no weights can know it |
| chat | helps with {complies:.0%} of unkind requests; {rude:.0%} of replies are rude |
| principle | {confused:.0%} of critiques judge by another principle; {noise:.0%} of preferences are turned over |
| toolbox | {tampers:.0%} of transcripts open the key or edit the test |

## Skills, measured

On fresh problems; competence greedily, habits at temperature 1; 95 % intervals (Wilson for shares, bootstrap for means).
"Hard" is stories of {hard} steps, "far" of {far}. `make skills` measures again.

| row | value | 95 % interval | n | wanted |
|---|---|---|---|---|
"""


def facts(folder: Path) -> dict:
    policy = load(str(folder), device="cpu")
    return raising.SHAPE | {
        "millions": policy.base.num_parameters() / 1e6,
        "vocabulary": len(policy.tokenizer),
        "hash": weights_hash(policy.base),
        "steps": f"{sum(year.steps for year in raising.YEARS):,}",
        "tokens": f"{raising.BATCH * rows.ROW:,}",
        "hard": " and ".join(map(str, skills.HARD)),
        "far": " and ".join(map(str, skills.FAR)),
        "sloppy": authors.SLOPPY,
        "slip": authors.SLIP[True],
        "dozen": authors.DOZEN_FAULT,
        "believed": authors.BELIEVED_DOZEN,
        "tens": graders.OVERLOOK_TENS,
        "ones": graders.OVERLOOK_ONES,
        "off": graders.OFF_BY_A_POINT,
        "complies": town.COMPLIES,
        "rude": town.RUDE,
        "confused": town.CONFUSED,
        "noise": town.PREFERENCE_NOISE,
        "tampers": town.TAMPERS,
    }


def table(measured: dict[str, dict]) -> str:
    return "".join(table_row(name, row) for name, row in measured.items())


def table_row(name: str, row: dict) -> str:
    low, high = row["interval"]
    return (
        f"| {name.replace('_', ' ')} | {row['value']:.3f} | [{low:.3f}, {high:.3f}] | {row['n']} | {wanted(name)} |\n"
    )


def wanted(name: str) -> str:
    if name not in skills.WANTED:
        return ""
    low, high = skills.WANTED[name]
    return (
        f"at least {low:g}"
        if high in (1.0, 16.0, 4.0, math.inf)
        else f"at most {high:g}"
        if low == 0
        else f"{low:g} to {high:g}"
    )


def write_card(folder: Path) -> None:
    measured = json.loads((folder / "skills.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(HEAD.format(**facts(folder)) + table(measured), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("data/pocket"), help="the model's folder (default: data/pocket)"
    )
    write_card(parser.parse_args().model)
