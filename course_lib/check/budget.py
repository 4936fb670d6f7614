"""Repair a real bug: a budget of tokens, counted in characters."""

from __future__ import annotations

import re

from course_lib.check import guard, made
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted
from course_lib.types import Example


def within(examples: list[Example], budget: int, tokens) -> list[Example]:
    """The first examples whose completions hold at most `budget` tokens together; `tokens(text)` counts them."""
    taken, spent = [], 0
    for e in examples:
        spent += tokens(e.completion)
        if spent > budget:
            break
        taken.append(e)
    return taken


WORDY = "First she has 23 and then 14 more are found, so 23+14=37\nAfter that 9 are given to Tom, so 37-9=28\n#### 28"


def tokens(text: str) -> int:
    """As the pocket model's tokenizer counts: every digit, every sign, every word and every new line is one."""
    return len(re.findall(r"\d|[^\W\d]+|#+|[^\w\s]|\n", text))


SET = [Example(made.MIA.prompt, t, 1.0, "mia", 2) for t in (made.RIGHT, WORDY, made.TENS, made.OTHER)]
FIRST_TWO = tokens(made.RIGHT) + tokens(WORDY)
BUDGETS = (FIRST_TWO + 3, FIRST_TWO, tokens(made.RIGHT) + tokens(made.TENS), tokens(made.RIGHT), 1000, 30, 3)


def cut(examples, budget, count, at_limit=True, over=False, skip=False):
    """`within` with one thing done wrong."""
    taken, spent = [], 0
    for e in examples:
        spent += count(e)
        if spent > budget or (spent == budget and not at_limit):
            taken += [e] if over else []
            if not skip:
                break
            spent -= count(e)
            continue
        taken.append(e)
    return taken


def joined(examples, budget):
    """Texts put together line by line before they are counted: each line break is a token more."""
    fits = [n for n in range(len(examples) + 1) if tokens("\n".join(e.completion for e in examples[:n])) <= budget]
    return examples[: fits[-1]]


def by_tokens(e: Example) -> int:
    return tokens(e.completion)


SLIPS = (  # a wrong way to spend the budget, and its name
    (
        lambda s, b: cut(s, b, lambda e: len(e.completion)),
        f"You count characters. {quoted(made.RIGHT)} has {len(made.RIGHT)} characters and {tokens(made.RIGHT)} tokens, the "
        f"wordy solution {len(WORDY)} and {tokens(WORDY)}: a set of wordy solutions would get far fewer tokens to learn from. "
        "Use `tokens(text)`",
    ),
    (
        lambda s, b: cut(s, b, lambda e: len(e.completion.split())),
        "You count words between blanks. A model reads tokens, and `23+14=37` is eight of them: use `tokens(text)`",
    ),
    (
        lambda s, b: s[:b],
        "You count examples. A long solution then weighs as much as a short one: spend the budget in tokens",
    ),
    (
        lambda s, b: cut(s, b, lambda e: tokens(e.prompt) + by_tokens(e)),
        "You count the prompt's tokens as well. The loss is taken on completions only, so only these are learned from",
    ),
    (
        joined,
        "You join the texts before you count, and the line breaks between them count as well. Count each completion by itself",
    ),
    (
        lambda s, b: cut(s, b, by_tokens, over=True),
        "You keep the example that breaks the budget. Add its tokens first, then ask whether it still fits",
    ),
    (
        lambda s, b: cut(s, b, by_tokens, at_limit=False),
        "You drop an example that fits exactly. A budget may be used up: stop only when it is exceeded",
    ),
    (
        lambda s, b: cut(s, b, by_tokens, skip=True),
        "You skip what is too long and go on with what still fits. That prefers short solutions, so the two sets differ in "
        "more than their paths: stop at the first that does not fit",
    ),
)


def look_at_within(f) -> str | None:
    counted: list[str] = []

    def counting(text: str) -> int:
        counted.append(text)
        return tokens(text)

    said = [f(list(SET), budget, counting) for budget in BUDGETS]
    wanted = [within(SET, budget, tokens) for budget in BUDGETS]
    if said == wanted:
        return None
    for slip, name in SLIPS:
        if said == [slip(SET, budget) for budget in BUDGETS]:
            return f"{name}."
    if not counted:
        return "You never call `tokens`: count tokens with `tokens(example.completion)`, not characters, words or examples."
    budget, got, want = next(t for t in zip(BUDGETS, said, wanted, strict=True) if t[1] != t[2])
    sizes = ", ".join(str(by_tokens(e)) for e in SET)
    return (
        f"Four examples of {sizes} tokens and a budget of {budget}: the first {len(want)} fit; you keep {len(got)}"
        + (", or others." if len(got) == len(want) else ".")
    )


ex2 = Exercise(
    name="ex2",
    call="within(examples, budget, tokens)",
    title="Exercise 2: repair a real bug",
    task=(
        "“Many paths beat one path” is a fair claim only if both training sets hold equally many *tokens*: that is what a "
        "model learns from. A public course limited a completion to “50 tokens” and measured `len(completion)`, which "
        "counts characters. The same slip is in this function, which cuts a set to a budget.\n\n"
        "Repair it: the first examples whose completions together hold at most `budget` tokens. `tokens(text)` counts the "
        "tokens of a text."
    ),
    stub=(
        "def within(examples, budget, tokens):\n"
        '    """The first examples that fit into a budget of tokens."""\n'
        "    kept, spent = [], 0\n"
        "    for example in examples:\n"
        "        spent += len(example.completion)\n"
        "        if spent > budget:\n"
        "            break\n"
        "        kept.append(example)\n"
        "    return kept\n"
        "\n"
        "\n"
        "ex2.check(within)"
    ),
    minutes=5,
    stars=1,
    hint_text=("What does `len` of a text count? And what does the model's training loop count?"),
    confirms=(
        "Both sets can now be cut to the same number of tokens. Whatever difference remains is due to what the tokens say."
    ),
    answer_of=(within,),
    complain=guard.examples,
    examine=look_at_within,
)
