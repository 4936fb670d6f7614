"""Repair a real bug: an opponent that was cut short, paired as if it had ended there."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import NamedTuple

from course_lib.check import guard, made
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted
from course_lib.select import against
from course_lib.tasks.stories import Story, as_problem
from course_lib.types import Completion, Group, Pair, Problem, Turn


class Played(NamedTuple):
    """A problem, the answer given for it, and the policy's own."""

    problem: Problem
    given: str
    own: Completion


def story(id: str, start: int, changes: tuple[int, ...], told: str) -> Problem:
    return as_problem(Story(start, changes, None, told), id)


MIA = Played(made.MIA, made.RIGHT, Completion(made.SPACED))  # the same calculations, other white space
EVA = Played(made.EVA, made.EVA_10, Completion("30+8=38\n38-5=33\n33+7", finished=False))
BEN = Played(made.BEN, made.BEN_RIGHT, Completion("".join([*made.BEN_RIGHT])))  # word for word, and a string of its own
ZOE = Played(  # the person made a slip, the policy did not
    story("zoe", 20, (6, -8), "Zoe has 20 cards. She wins 6. Then she loses 8. How many cards does Zoe have now?"),
    "20+6=26\n26-8=17\n#### 17",
    Completion("20-8=12\n12+6=18\n#### 18"),
)
LEA = Played(  # all there, but cut
    story(
        "lea", 50, (-20, 3), "Lea has 50 beads. She sells 20. Then she buys 3 more. How many beads does Lea have now?"
    ),
    "50-20=30\n30+3=33\n#### 33",
    Completion("50-20=30\n30+3=33\n#### 33\nSo Lea", finished=False),
)
MAX = Played(  # short and without a mark, but finished
    story("max", 31, (8, -4), "Max has 31 nuts. He finds 8 more. He drops 4. How many nuts does Max have now?"),
    "31+8=39\n39-4=35\n#### 35",
    Completion("He has 31 nuts."),
)
IDA = Played(  # as long as the given answer, and wrong
    story(
        "ida", 12, (9, -5), "Ida has 12 pens. She finds 9 more. Then she gives 5 away. How many pens does Ida have now?"
    ),
    "12+9=21\n21-5=16\n#### 16",
    Completion("12+9=22\n22-5=17\n#### 17"),
)
ROWS = (MIA, EVA, BEN, ZOE, LEA, MAX, IDA)
GROUPS = [Group(row.problem, (row.own,)) for row in ROWS]
GIVEN = {row.problem.id: row.given for row in (LEA, MAX, IDA, BEN, EVA, ZOE, MIA)}  # not in the order of the groups
BY_PROMPT = {row.problem.prompt: row for row in ROWS}


def rows_of(pairs: list[Pair]) -> list[Played]:
    return [BY_PROMPT[pair.prompt] for pair in pairs]


def look_at_pairs(f) -> str | None:
    wanted, got = against(GIVEN)(GROUPS, Turn(0, 1)), f(list(GROUPS), dict(GIVEN))
    for pair in got:
        if said := odd_prompt(pair) or odd_text(pair, BY_PROMPT[pair.prompt]):
            return said
    return odd_choice(rows_of(got), rows_of(wanted)) or odd_list(wanted, got)


def odd_prompt(pair: Pair) -> str | None:
    if pair.prompt not in BY_PROMPT:
        return f"You stored the prompt {quoted(pair.prompt)}: store `problem.prompt`, the words the model is asked."
    return None


def odd_text(pair: Pair, row: Played) -> str | None:
    """What is wrong with the two texts of one pair."""
    texts, right = (pair.chosen, pair.rejected), (row.given, row.own.text)
    if texts == right:
        return None
    if texts == right[::-1]:
        return (
            f"You swapped the two: {quoted(pair.chosen)} is the model's own answer, and you made it the chosen one. "
            "SPIN moves towards the given answer and away from the own one."
        )
    if any(text.startswith(row.problem.prompt) for text in texts):
        return (
            "Your answers begin with the problem's text. It belongs into `prompt` only: the trainer puts the prompt before "
            "both answers, and here it would stand there twice."
        )
    return odd_given(pair.chosen, row) or odd_own(pair.rejected, row)


def odd_given(chosen: str, row: Played) -> str | None:
    if chosen == row.given:
        return None
    if row.given.startswith(chosen.rstrip()):
        return (
            f"You cut the given answer to {quoted(chosen)}. Both halves are equally long now, but the *chosen* one has no end: "
            "the model would be drawn towards stopping in the middle. Leave given answers whole, and make no pair of an own "
            "answer that was cut."
        )
    if chosen in GIVEN.values():
        return (
            f"To {quoted(row.problem.prompt)} you chose {quoted(chosen)}, which was given for another problem. `given` is not "
            "in the order of the groups: look it up by id, `given[problem.id]`."
        )
    return f"You chose {quoted(chosen)}, which nobody gave: take `given[problem.id]` as it is."


def odd_own(rejected: str, row: Played) -> str | None:
    if rejected == row.own.text:
        return None
    return (
        f"Your rejected answer {quoted(rejected)} is not what the model wrote, {quoted(row.own.text)}: take `completion.text` "
        "as it is, for it is this very text the model learns to tell from the given one."
    )


def odd_choice(got: list[Played], wanted: list[Played]) -> str | None:
    """Which completions should not have made a pair, and which should have."""
    if got and all(not row.own.finished for row in got):
        return (
            f"You keep only the own answers that were cut, such as {quoted(got[0].own.text)}. `finished` is False for these: "
            "turn the condition round."
        )
    for row in got:
        if row not in wanted:
            return kept_cut(row) if not row.own.finished else kept_equal(row)
    lost = [row for row in wanted if row not in got]
    return left_out(lost, got) if lost else None


def kept_cut(row: Played) -> str:
    return (
        f"You made a pair of {quoted(row.own.text)}, which was cut at the token limit (`finished` is False), and "
        f"{quoted(row.given)}. Trained on as if it ended there, it can be told from the given answer by where it stops. So the "
        "policy can win by learning ends and lengths, and learn nothing of the sums."
    )


def kept_equal(row: Played) -> str:
    return (
        f"You paired {quoted(row.own.text)} with itself: here the model wrote the given answer word for word. Its margin is 0 "
        "and its loss log 2 = 0.693 whatever the model does, so there is nothing to learn."
    )


def left_out(lost: list[Played], got: list[Played]) -> str:
    text = quoted(lost[0].own.text)
    if IDA in lost and MAX in got:
        return (
            f"You left out {quoted(IDA.own.text)}: it is as long as {quoted(IDA.given)}, and another text. Whether two answers "
            "are the same is a question of their words, and whether one was cut is told by `finished`; neither by a length."
        )
    if ZOE in lost and MAX in got:
        return (
            f"You left out {quoted(ZOE.own.text)}: it is right, and the answer given, {quoted(ZOE.given)}, is wrong. A good eye! "
            "But SPIN never looks at correctness: the one is rejected because the model wrote it, the other chosen because it "
            "was given. So it needs no checker, and so its given answers are its ceiling."
        )
    if lost == [MIA]:
        return (
            f"You left out {text}: its answer and calculations are those of {quoted(MIA.given)}, its text is not. SPIN tells "
            "texts apart, white space too. Only what is the same word for word makes no pair."
        )
    if lost == [MAX]:
        return (
            f"You left out {text}. It is short, wrong and has no `####`, but the model ended it itself (`finished` is True), so "
            "it makes a pair: whether an answer was cut cannot be seen from its text or its length."
        )
    return f"You left out {text}: it is finished and not the given answer, so it makes a pair."


def odd_list(wanted: list[Pair], got: list[Pair]) -> str | None:
    """The right pairs, but too often, in another order, or without their notes."""
    if got == wanted:
        return None
    twice = next((prompt for prompt, n in Counter(pair.prompt for pair in got).items() if n > 1), None)
    if twice:
        return f"{quoted(twice)} makes more than one pair: each group holds one completion."
    if [pair.prompt for pair in got] != [pair.prompt for pair in wanted]:
        return "Your pairs are right, but in another order: keep that of the groups, so that a seed gives the same training."
    pair, right, name = next(
        (a, b, field.name)
        for a, b in zip(got, wanted, strict=True)
        for field in fields(Pair)
        if getattr(a, field.name) != getattr(b, field.name)
    )
    return (
        f"The texts are right, but `{name}` is {getattr(pair, name)!r} where it should be {getattr(right, name)!r}: a `Pair` "
        "has the fields prompt, chosen, rejected, problem_id, level."
    )


ex2 = Exercise(
    name="ex2",
    call="pairs(groups, given)",
    title="Exercise 2: repair a real bug",
    task=(
        "SPIN's public scripts stop the opponent after 256 tokens, and training then puts an end token behind every stored "
        "answer. So an answer that was cut looks as if the model had ended it there, and “stops early” can be enough to tell it "
        "from a longer human one. The function below has the same flaw, and a second one that shows when the model gets good.\n\n"
        "Repair it. Each group holds one completion, the policy's own; `given[problem.id]` is the human answer. Return "
        "`Pair(prompt, chosen, rejected, problem_id, level)`s with the given answer chosen, in the order of the groups. Leave "
        "out completions that can teach nothing, or the wrong thing."
    ),
    stub=(
        "from course_lib import Pair\n"
        "\n"
        "\n"
        "def pairs(groups, given):\n"
        '    """The given answer rather than the policy\'s own, for each problem."""\n'
        "    made = []\n"
        "    for group in groups:\n"
        "        problem, own = group.problem, group.completions_G[0]\n"
        "        made.append(\n"
        "            Pair(problem.prompt, given[problem.id], own.text, problem.id, problem.level)\n"
        "        )\n"
        "    return made\n"
        "\n"
        "\n"
        "ex2.check(pairs)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "Two questions about a completion. Did it come to its end by itself (`completion.finished`)? And does it differ from "
        "the given answer at all? What would the margin of two equal answers be?"
    ),
    confirms=(
        "The same pairs as `select.against(given)`: four of seven. This has a price: where own answers are too long for the "
        "limit, their problems drop out of training. If that is many of them, raise the limit."
    ),
    answer_of=(against,),
    complain=guard.pairs,
    examine=look_at_pairs,
)
