"""The card of an exported model: how it was made, what that was worth beside its control, and what it must not be used for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from course_lib.run import words as run_words
from course_lib.run.experiment import build
from course_lib.run.log import RunLog
from course_lib.run.settings import Settings
from course_lib.run.words import known_as
from course_lib.statistics import MANY

CARD = """---
{front}---
# {title}

{about}

## How it was made

| | |
|---|---|
{made}
## What it can do, measured

Accuracy of greedy answers to {n} held-out problems ({held_out}) that no round trained on, with 95 % intervals (Wilson's; of
gains, by paired bootstrap over problems, or Agresti and Min's where answers to fewer than {few} differ). {control}

{rounds}
{gains}

What else it can do, or no longer can, nobody has looked at.

## Licence

{licence}

## What it must not be used for

{limits}

## Load it

```python
{loading}
```

## Make it again

```
{again}
```

With the versions above, on the same kind of machine; another one rounds differently, and its samples then differ.
"""
LIMITS_POCKET = """\
- Anything but the study of self-improvement. It knows one small made-up town, and its faults are planted: it takes a dozen
  for 10, helps with what it should not, can be rude, and at times tampers with its test.
- Sums, advice or judgements that somebody relies on; anything that people meet without being told what it is.
- A statement about other models: what is measured above is about this one, and about problems of this kind."""
LIMITS_OTHER = """\
- Advice, decisions about people, or any product, before you have tested it for that yourself: training on its own answers
  can change more than the accuracy above, its honesty and its safety too.
- A statement about other tasks: what is measured above is about problems of this kind."""
LIMITS_CONTROL = "- An example of the method: it is the control, trained to be compared with.\n"
LOAD_MERGED = """from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("this folder")
model = AutoModelForCausalLM.from_pretrained("this folder")"""
LOAD_ADAPTER = """from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = {base}
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "this folder")"""
POCKET_BASE = '"data/pocket"  # the pocket model, in a checkout of the course'


def card(told: RunLog, arm: str, round: int, merged: bool) -> str:
    """The README.md of one arm's model after `round`."""
    s, pocket, name = told.settings, told.settings.model == "pocket", known_as(told.settings.model)
    control, limits = (", the control", LIMITS_CONTROL) if arm == "control" else ("", "")
    return CARD.format(
        front=front(s, merged),
        title=f"{s.method}{control}, round {round}, from {'the pocket model' if pocket else name}",
        about=about(told, arm, round),
        made="".join(f"| {name} | {value} |\n" for name, value in made(told, arm, round).items()),
        n=told.logs[arm][0].metrics["n"],
        few=MANY,
        held_out=run_words.held_out(s),
        control=run_words.about_control(told),
        rounds=run_words.rounds(told),
        gains=run_words.gains(told.logs, arm, round),
        licence=licence(s),
        limits=limits + (LIMITS_POCKET if pocket else LIMITS_OTHER),
        loading=LOAD_MERGED if merged else LOAD_ADAPTER.format(base=POCKET_BASE if pocket else repr(name)),
        again=again(told.settings, arm, round, merged),
    )


def front(s: Settings, merged: bool) -> str:
    """What the hub reads of a card. A licence is named where all that went in is ours."""
    lines = "license: apache-2.0\nlanguage: en\n" if s.model == "pocket" and s.problems.isdecimal() else ""
    if s.model != "pocket" and not Path(s.model).exists():
        lines = f"base_model: {s.model}\n"
    library = "transformers" if merged else "peft"
    return f"{lines}library_name: {library}\npipeline_tag: text-generation\ntags: [self-improvement, {s.method}]\n"


def licence(s: Settings) -> str:
    weights = f"That of {known_as(s.model)}, whose weights it goes on from: look it up"
    problems = "the problems it was trained on have one of their own"
    return (
        f"{'Apache 2.0, as the pocket model' if s.model == 'pocket' else weights}; "
        f"{'the stories it was trained on are Apache 2.0 too' if s.problems.isdecimal() else problems}."
    )


def about(told: RunLog, arm: str, round: int) -> str:
    twin = build(told.settings).twin
    how = "on answers it wrote itself, of which the method chose what to keep"
    blind = f"as the matched control of {told.settings.method}: {twin}, where the method chooses"
    words = f"A language model trained {how if arm == 'method' else blind}."
    done = f"{len(told.trained(arm))} of {told.settings.rounds} rounds are finished"
    return f"{words} **The run was stopped before its end: {done}.**" if told.stopped(arm) else words


def made(told: RunLog, arm: str, round: int) -> dict[str, str]:
    """The rows of the first table."""
    s, method = told.settings, build(told.settings)
    paper = str(import_module(f"course_lib.methods.{s.method}").__doc__).splitlines()[0]
    goes_on = "anew from the model it began with" if method.from_base else "on from the round before"
    what = "all weights" if s.full else f"LoRA of rank {s.rank}, alpha {s.alpha:g}, on every linear layer"
    held = f" in {s.precision}" if s.precision else ""
    levels = f" of {run_words.spoken(s.levels)} steps" if s.problems.isdecimal() else ""
    return {
        "method": f"{paper} What is kept of it, and what is simplified: `course_lib/methods/{s.method}.py`",
        "began with": f"{known_as(s.model)}{held}, SHA-256 of its weights `{told.model_hash}`",
        "problems": f"{run_words.problems(s)}{levels}, seed {s.seed}",
        "sampled": f"{s.k} answers a problem, temperature {s.temperature:g}, at most {s.max_tokens} tokens",
        "trained": f"{what}; learning rate {s.lr:g}{f', β {s.beta:g}' if s.beta else ''}",
        "rounds": f"{s.rounds}, each training {goes_on}; this is the model after round {round}",
        "made with": ", ".join(f"{name} {version}" for name, version in told.versions.items()),
    }


def again(s: Settings, arm: str, round: int, merged: bool) -> str:
    """The two commands that make this model again."""
    which = f" --arm {arm} --round {round}" + (" --merge" if merged else "")
    return f"{run_words.command(s)} --out again\ncourse export again{which}"
