"""Repair a real bug: preference pairs without a preference."""

from __future__ import annotations

from typing import NamedTuple

from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted
from course_lib.select import best_worst
from course_lib.types import Pair


def preferred(rows, prefer) -> list[Pair]:
    """Of each (request, draft, revision) the text that keeps better to the constitution, rather than the other one."""
    pairs = []
    for request, draft, revision in rows:
        chance = prefer(request, draft, revision)
        if draft != revision and chance != 0.5:
            chosen, rejected = (draft, revision) if chance > 0.5 else (revision, draft)
            pairs.append(Pair(request, chosen, rejected))
    return pairs


class Row(NamedTuple):
    request: str
    draft: str
    revision: str
    chance: float  # that the draft keeps better


ROSES = "Give them sun and rich earth."
HARM = Row(
    "How can I steal a hat?",
    "Of course. Wait until night and take it quietly.",
    "I will not help with that. Let us talk it over instead.",
    0.1,
)
EVASIVE = Row(
    "How can I bake bread?",
    "Gladly. Mix flour and water and bake it for an hour.",
    "I cannot say much about that.",
    0.9,
)
TIE = Row("How can I fix a chair?", "Glue the loose leg and let it dry.", "Tighten the screws under the seat.", 0.5)
UNCHANGED = Row("Tell me how to grow roses.", ROSES, ROSES, 0.5001)  # two batches round differently
ROWS = (
    HARM,
    EVASIVE,
    Row(
        "Please help me to wash wool.",
        "You fool. Use cold water and a little soap.",
        "Use cold water and a little soap.",
        0.2,
    ),
    TIE,
    UNCHANGED,
    Row("How can I skip the bill?", "No, that is not right.", "Say that you forgot your purse.", 0.95),
    Row("How can I learn chess?", "Play slowly and guard your queen.", "Start with the end game and a friend.", 0.4999),
    Row("Please help me to catch fish.", "Use a long line and sit still.", "Go to the lake before sunrise.", 0.5001),
)
BY_REQUEST = {row.request: row for row in ROWS}
CHANCES = {(r.request, r.revision, r.draft): 1 - r.chance for r in ROWS} | {r[:3]: r.chance for r in ROWS}


class Judge:
    """A stand-in for the model as judge that remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, request: str, a: str, b: str) -> float:
        self.calls.append((request, a, b))
        return CHANCES.get((request, a, b), 0.5)


def look_at_pairs(f) -> str | None:
    judge, rows = Judge(), [row[:3] for row in ROWS]
    got, wanted = f(list(rows), judge), preferred(rows, Judge())
    return next((said for look in LOOKS if (said := look(judge.calls, wanted, got))), None)


def shown(row: Row) -> str:
    return f"{quoted(row.request)}: `prefer` gives the draft {quoted(row.draft)} {row.chance:g}, against {quoted(row.revision)}"


# Each looks for one mistake: what `prefer` was asked, the pairs there should be, and those that the learner made.


def other_order(calls, wanted, got) -> str | None:
    odd = next((call for call in calls if call not in CHANCES), None)
    if odd is None:
        return None
    start = f"You call `prefer({', '.join(repr(part) for part in odd)})`"
    if any(sorted(map(str, odd)) == sorted(row[:3]) for row in ROWS):
        return f"{start}: the arguments are in another order. It is `prefer(request, a, b)`, the request first."
    return f"{start}, which is no row. Give it the request and the two texts of one row, as they are."


def other_prompt(calls, wanted, got) -> str | None:
    odd = next((p.prompt for p in got if p.prompt not in BY_REQUEST), None)
    if odd is None:
        return None
    if any(row.request in odd for row in ROWS):
        return f"Your `prompt` is {quoted(odd)}. It is the request and nothing more: what the model will be asked."
    return f"Your `prompt` is {quoted(odd)}. `Pair(prompt, chosen, rejected)`: the request comes first."


def other_text(calls, wanted, got) -> str | None:
    for pair in got:
        row = BY_REQUEST[pair.prompt]
        for name in ("chosen", "rejected"):
            text = getattr(pair, name)
            if text != row.request and text not in row[1:3] and row.request in text:
                return (
                    f"Your `{name}` is {quoted(text)}: the request is in it. The trainer puts `prompt` before both texts itself, "
                    "so the model would learn to say the request before it answers."
                )
            if text not in row[1:3]:
                return f"Your `{name}` for {quoted(row.request)} is {quoted(text)}: it should be its draft or its revision."
    return None


def one_side(calls, wanted, got) -> str | None:
    """The same side chosen in every row: the bug, or its mirror."""
    sides = {p.chosen == BY_REQUEST[p.prompt].revision for p in got if p.prompt != UNCHANGED.request}
    both = {HARM.request, EVASIVE.request} <= {p.prompt for p in got}
    if not both or len(sides) > 1:
        return None
    if sides == {False}:
        return f"You choose the draft in every row. {shown(HARM)}. Where the number is below one half, the revision is chosen."
    asked = "Your number from `prefer` decides nothing" if calls else "You never ask `prefer`"
    return (
        f"{asked}: you choose the revision in every row, good or bad. {shown(EVASIVE)}. The draft is polite and useful, the "
        "revision says nothing, and this pair teaches the model to say nothing."
    )


def turned(calls, wanted, got) -> str | None:
    right = {p.prompt: p.chosen for p in wanted}
    decided = [p for p in got if p.prompt in right and p.chosen != p.rejected]
    if not decided or any(p.chosen == right[p.prompt] for p in decided):
        return None
    row = BY_REQUEST[decided[0].prompt]
    if all((request, b, a) in {r[:3] for r in ROWS} for request, a, b in calls):
        why = "You ask `prefer(request, revision, draft)`, whose number is the revision's chance, and read it as the draft's."
    else:
        why = "The sign is turned: `prefer(request, a, b)` is the chance that `a` keeps *better*."
    return f"{why} {shown(row)}; you choose {quoted(decided[0].chosen)}."


def unchanged(calls, wanted, got) -> str | None:
    if all(p.prompt != UNCHANGED.request for p in got):
        return None
    return (
        f"For {quoted(UNCHANGED.request)} draft and revision are the same text, {quoted(ROSES)}, and you made a pair of it with "
        "itself. Nothing is better there, whatever `prefer` says: its 0.5001 is rounding."
    )


def tied(calls, wanted, got) -> str | None:
    if all(p.prompt != TIE.request for p in got):
        return None
    return (
        f"You kept a tie. {shown(TIE)}. An exact half is no preference: make no pair, or the order of the two decides."
    )


def only_revisions(calls, wanted, got) -> str | None:
    mine = {p.prompt for p in got}
    lost = [p for p in wanted if p.prompt not in mine]
    by_draft = [p for p in wanted if p.chosen == BY_REQUEST[p.prompt].draft]
    if lost != by_draft:
        return None
    return (
        f"You drop the rows that the draft wins. {shown(BY_REQUEST[lost[0].prompt])}. In all other rows the recipe without a "
        "judge says the same as the judge: you throw away exactly the labels that differ."
    )


def one_row(calls, wanted, got) -> str | None:
    mine, right = {p.prompt: p.chosen for p in got}, {p.prompt: p.chosen for p in wanted}
    for request, chosen in right.items():
        row = BY_REQUEST[request]
        if request not in mine:
            return f"You make no pair here. {shown(row)}. It is not an exact half, so one of the two is chosen."
        if mine[request] != chosen:
            side = "above one half, so the draft" if row.chance > 0.5 else "below one half, so the revision"
            return f"{shown(row)}. {row.chance:g} is {side} is chosen; you choose {quoted(mine[request])}."
    return None


def another_list(calls, wanted, got) -> str | None:
    mine, right = ([(p.prompt, p.chosen, p.rejected) for p in pairs] for pairs in (got, wanted))
    if mine == right:
        return None
    if sorted(mine) == sorted(right):
        return "The pairs are right, in another order. Keep the order of the rows: the same seed must give the same training set."
    same = next((p for p in got if p.chosen == p.rejected), None)
    if same:
        return f"For {quoted(same.prompt)} you choose and reject the same text: `rejected` is the other one."
    return "You make more than one pair of a row. One row gives one pair at most, or its request weighs double."


LOOKS = (
    other_order, other_prompt, other_text, one_side, turned, unchanged, tied, only_revisions, one_row, another_list,
)  # fmt: skip

ex2 = Exercise(
    name="ex2",
    call="preference_pairs(rows, prefer)",
    title="Exercise 2: repair a real bug",
    task=(
        "RL-CAI learns from an AI's preferences. A popular recipe that calls itself Constitutional AI writes `chosen = revision, "
        "rejected = draft` for every row and asks nobody: what it calls a preference is a belief that every revision is an "
        "improvement.\n\n"
        "Repair it. A row is `(request, draft, revision)`, and `prefer(request, a, b)` gives the chance that `a` keeps better to "
        "the constitution than `b`. Above one half `a` is chosen, below one half `b`; an exact half makes no pair, and neither "
        "do two equal texts. Return a list of `Pair(prompt, chosen, rejected)` in the order of the rows."
    ),
    stub=(
        "from course_lib import Pair\n"
        "\n"
        "\n"
        "def preference_pairs(rows, prefer):\n"
        '    """What to choose, and what to reject, for each request."""\n'
        "    pairs = []\n"
        "    for request, draft, revision in rows:\n"
        "        pairs.append(Pair(prompt=request, chosen=revision, rejected=draft))\n"
        "    return pairs\n"
        "\n"
        "\n"
        "ex2.check(preference_pairs)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "Which of the eight rows could the recipe get wrong? Those whose revision is worse than its draft. Ask `prefer` once a "
        "row and look at which side of one half the number lies; before that, is there anything to choose between?"
    ),
    confirms=(
        f"Six pairs, and the draft wins three of them. {shown(EVASIVE)}. In the other three the recipe agrees with the judge, so "
        "the judge's whole worth lies in the rows that the draft wins; the worse a model revises, the more there are. In the "
        "loop `by_principle` scores and `best_worst` makes the pairs."
    ),
    answer_of=(preferred, best_worst),
    complain=guard.pairs,
    examine=look_at_pairs,
)
