"""Exercises of notebook 02: one example a path, and a fair budget."""

from __future__ import annotations

import re

from course_lib.answers import path_of
from course_lib.check import guard, kept, made
from course_lib.check.exercise import Exercise
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.select import distinct_correct, first_of_each_path, passing
from course_lib.types import Example, Turn

MANY = group(
    made.MIA,
    (made.MISREAD, 0.0),
    (made.CUT, 1.0),
    (made.RIGHT, 1.0),
    (made.RIGHT, 1.0),
    (made.SPACED, 1.0),
    (made.OTHER, 1.0),
    (made.WRONG, 0.0),
    (made.TENS, 1.0),
    cut=(made.CUT,),
)
FEW = group(made.BEN, (made.BEN_WRONG, 0.0), (made.BEN_RIGHT, 1.0))
NONE = group(made.BEN, (made.BEN_WRONG, 0.0))


def look_at_distinct(f) -> str | None:
    for one in (MANY, FEW, NONE):
        wanted = distinct_correct()([one], Turn(0, 1))
        looks = (kept.other_text, kept.other_prompt, kept.kept_wrong, kept.kept_cut, by_text, no_sieve, sieved_first)
        if said := kept.first_mistake([one], wanted, f(one), (*looks, by_answer, kept_last, *kept.LOOKS)):
            return said
    return None


def by_text(groups, wanted, got) -> str | None:
    mine = [e.completion for e in got]
    if made.SPACED in mine and mine.count(made.RIGHT) == 1:
        return (
            f"You kept both {quoted(made.RIGHT)} and {quoted(made.SPACED)}: the same calculations with other white space. "
            "Compare paths (`path_of(text)`), not raw text."
        )
    return None


def no_sieve(groups, wanted, got) -> str | None:
    twice = next((e for e in got if [k.completion for k in got].count(e.completion) > 1), None)
    return twice and (
        f"{quoted(twice.completion)} is in your list twice. A copy adds weight, not a new way to solve: keep one "
        "completion for each path."
    )


def sieved_first(groups, wanted, got) -> str | None:
    mine = {path_of(e.completion) for e in got}
    for e in wanted:
        if path_of(e.completion) not in mine and (spoilt := earlier_twin(groups, e)):
            return (
                (
                    f"The path of {quoted(e.completion)} is lost: {quoted(spoilt)} takes the same path, came first and was then "
                    "thrown out. First keep what is right and finished, then look for duplicates."
                )
                if len(wanted) - len(got) >= 1 and made.TENS in {k.completion for k in got}
                else None
            )
    return None


def earlier_twin(groups, example: Example) -> str | None:
    """A text of the same path that the filter does not pass, sampled before the example."""
    for g in groups:
        for i, c in enumerate(g.completions_G):
            if c.text == example.completion:
                break
            if path_of(c.text) == path_of(example.completion) and i not in passing(g, 0.5):
                return c.text
    return None


def by_answer(groups, wanted, got) -> str | None:
    lost = kept.missing(wanted, got)
    if len(got) == 1 < len(wanted) and lost:
        return (
            f"You kept one completion; {quoted(lost[0].completion)} is right too, on another path. Right solutions all share "
            "one answer, so comparing by answer leaves one of them: compare by path."
        )
    return None


def kept_last(groups, wanted, got) -> str | None:
    paths = [[path_of(e.completion) for e in part] for part in (got, wanted)]
    over = kept.extra(wanted, got)
    if over and sorted(paths[0]) == sorted(paths[1]):
        return (
            f"The paths are right, but for one of them you kept {quoted(over[0].completion)}, a later copy. Keep the first "
            "one sampled, as the package does, so that the same seed gives the same training set."
        )
    return None


ex1 = Exercise(
    name="ex1",
    call="distinct(group)",
    title="Exercise 1: one example for each path",
    task=(
        "Write RFT's filter for one group. Keep what is right (score 1) and finished, but only the first completion of "
        "each *path*. `path_of(text)` gives the calculations of a solution in order, whatever the white space: two "
        "solutions with the same calculations are the same path.\n\n"
        "Return a list of `Example(prompt, completion, score, problem_id, level, hinted)`, in the order sampled."
    ),
    stub=(
        "from course_lib import Example\n"
        "from course_lib.answers import path_of\n"
        "\n"
        "\n"
        "def distinct(group):\n"
        '    """One right completion for each path."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(distinct)"
    ),
    minutes=6,
    stars=2,
    hint_text=(
        "Walk through completions and scores together and remember the paths you have kept in a set. Which question comes "
        "first: is it right, or have I seen its path?"
    ),
    confirms=(
        "One completion a path, the same as `select.distinct_correct()`: eight samples, five right and finished, three "
        "paths. More samples mostly add copies; this filter does not count them."
    ),
    answer_of=(distinct_correct, first_of_each_path, path_of),
    complain=guard.examples,
    examine=look_at_distinct,
)


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
BUDGETS = (FIRST_TWO + 3, FIRST_TWO, tokens(made.RIGHT) + tokens(made.TENS), 1000, 30, 3)


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
