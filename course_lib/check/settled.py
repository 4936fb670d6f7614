"""Repair a real bug: gold decides which answers are revised."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from course_lib.answers import parse_answer, same_answer
from course_lib.asks import finds_mistake
from course_lib.check import made
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Complaint, kind
from course_lib.check.page import quoted
from course_lib.critics import NO_MISTAKE, settled
from course_lib.types import Problem


class Row(NamedTuple):
    """One problem in one pass."""

    problem: Problem
    draft: str
    critique: str
    revision: str

    @property
    def whose(self) -> str:
        return f"{self.problem.id.capitalize()}'s"


def sold(id: str, a: int, b: int, c: int, name: str) -> Problem:
    prompt = f"{name} has {a} pens. {name} buys {b} more and sells {c}. How many pens does {name} have now?"
    return Problem(id, prompt, str(a + b - c), 2)


CAUGHT = Row(made.MIA, made.WRONG, "23+14=36 37 wrong\n36-9=27 27 fine\nStep 1 is wrong.", made.RIGHT)
SOUND = Row(made.BEN, made.BEN_RIGHT, "40-6=34 34 fine\n34+5=39 39 fine\nNo mistake.", made.BEN_WRONG)
MISSED = Row(made.EVA, made.EVA_06, "33+7=40 40 fine\n40-4=35 35 fine\nNo mistake.", made.EVA_10)
ALARM = Row(  # the draft was right
    sold("zoe", 20, 6, 8, "Zoe"),
    "20+6=26\n26-8=18\n#### 18",
    "20+6=26 26 fine\n26-8=18 17 wrong\nStep 2 is wrong.",
    "20+6=26\n26-8=17\n#### 17",
)
CUT = Row(
    sold("lea", 50, 3, 20, "Lea"),
    "50+3=53\n53-20=34\n#### 34",
    "50+3=53 53 fine\n53-20=34 3",
    "50+3=53\n53-20=33\n#### 33",
)
TAKEN_BACK = Row(
    sold("max", 31, 8, 4, "Max"),
    "31+8=39\n39-4=35\n#### 35",
    "Step 1 is wrong.\n31+8=39 49 wrong\n39-4=35 35 fine\nNo mistake.",
    "31+8=49\n49-4=45\n#### 45",
)
SECOND_LOOK = Row(
    sold("amy", 25, 9, 6, "Amy"),
    "25+9=34\n34-6=29\n#### 29",
    "No mistake.\n25+9=34 34 fine\n34-6=29 28 wrong\nStep 2 is wrong.",
    "25+9=34\n34-6=28\n#### 28",
)
BARE = Row(sold("ida", 14, 5, 7, "Ida"), "14+5=19\n19-7=12\n#### 12", NO_MISTAKE, "14+5=19\n19-7=13\n#### 13")
SPACED = Row(
    sold("tom", 36, 7, 2, "Tom"), "36+7=33\n33-2=31\n#### 31", "Step 1 is wrong. \n", "36+7=43\n43-2=41\n#### 41"
)
NEITHER = Row(
    sold("kim", 12, 9, 3, "Kim"),
    "12+9=21\n21-3=18\n#### 18",
    "12+9=21 21 fine\n21-3=18 18 fine\nI see nothing wrong.",
    "12+9=21\n21-3=17\n#### 17",
)
NOTHING_WRONG = Row(  # it ends as a verdict does, and is none
    sold("lee", 27, 4, 9, "Lee"),
    "27+4=31\n31-9=22\n#### 22",
    "27+4=31 31 fine\n31-9=22 22 fine\nNothing is wrong.",
    "27+4=31\n31-9=21\n#### 21",
)
SAME_NUMBER = Row(  # another text, the same number
    sold("sue", 18, 7, 6, "Sue"),
    "18+7=24\n24-6=18\n#### 18",
    "18+7=24 25 wrong\n24-6=18 18 fine\nStep 1 is wrong.",
    "18+7=25\n25-6=18\n#### 18",
)
FAR = Row(
    sold("jan", 41, 6, 5, "Jan"),
    "41+6=48\n48-5=43\n#### 43",
    "I count from ten.\nStep 12 is wrong.",
    "41+6=47\n47-5=42\n#### 42",
)
DISBELIEF = Row(  # a verdict stands at its end, and the line says the opposite
    sold("ray", 33, 5, 8, "Ray"),
    "33+5=38\n38-8=30\n#### 30",
    "33+5=38 38 fine\n38-8=30 30 fine\nI do not believe that Step 2 is wrong.",
    "33+5=38\n38-8=29\n#### 29",
)
RECANTED = Row(  # its last line begins as a verdict does
    sold("eli", 16, 8, 5, "Eli"),
    "16+8=24\n24-5=19\n#### 19",
    "16+8=24 24 fine\n24-5=19 19 fine\nStep 2 is wrong. No, it is fine.",
    "16+8=24\n24-5=18\n#### 18",
)
FINE = Row(sold("pia", 22, 9, 4, "Pia"), "22+9=31\n31-4=27\n#### 27", "Step 2 is fine.", "22+9=31\n31-4=26\n#### 26")
SETTLED = (CAUGHT, SOUND, MISSED, ALARM, TAKEN_BACK, SECOND_LOOK, BARE, SPACED, SAME_NUMBER, FAR)
ROWS = (*SETTLED, CUT, NEITHER, NOTHING_WRONG, DISBELIEF, RECANTED, FINE)
PROBLEMS, DRAFTS, CRITIQUES, REVISIONS = (list(column) for column in zip(*ROWS, strict=True))
WANTED = settled(DRAFTS, CRITIQUES, REVISIONS)
BY_GOLD = [row.draft if same_answer(row.draft, row.problem.answer) else row.revision for row in ROWS]  # the bug

GOLD = (
    "Gold decides: with other gold answers your function chooses other texts. Where the loop runs in earnest nobody has gold, "
    "and here it never lets a right draft be spoiled. Read the critique only."
)
ALWAYS = (
    "You take every revision, whatever its critique says. That presupposes a mistake, as Self-Refine's public prompt for word "
    "problems does, and right drafts are rewritten too. Read the critique first."
)
NEVER = "You keep every draft, so no critique has an effect. Take the revision where the last line names a wrong step."
TURNED = "The condition is turned: you take the revision where *no* step is named. Turn it round."
UNREAD = (
    "You take a critique that can't be read for one that found a mistake. It gave neither verdict, so the draft stands: ask "
    "whether a wrong step is named, not whether `No mistake.` is absent."
)
WORD = (
    "You look for a word, and “wrong” may stand in a row or in “nothing wrong”. Compare the whole last line with "
    "`Step 2 is wrong.` (any number)."
)
ANYWHERE = "You search the whole critique. It may change its mind on the way: only the last line is its verdict."
PART = "You search inside the last line. A verdict is the whole line: compare all of it with `Step 2 is wrong.` (any number)."
WHOLE = "You compare the whole critique with a verdict. Rows of steps may stand above it: compare the last line."
FIRST = "You read the first line. The verdict is the last one."
END = "White space after the verdict hides it from you: use `critique.strip()` before you take the last line."
NUMBER = "You look at the numbers of draft and revision. The critique alone decides, also where both come to the same number."


def last(critique: str) -> str:
    return critique.strip().split("\n")[-1]


def names_step(text: str) -> bool:
    return re.search(r"Step \d+ is wrong\.", text) is not None


TAKES: tuple[tuple[str, Callable[[Row], bool]], ...] = (  # whether the revision is taken, by known mistakes
    (ALWAYS, lambda row: True),
    (NEVER, lambda row: False),
    (TURNED, lambda row: not finds_mistake(row.critique)),
    (TURNED, lambda row: finds_mistake(row.critique) is False),
    (UNREAD, lambda row: finds_mistake(row.critique) is not False),
    (UNREAD, lambda row: row.critique.split("\n")[-1] != NO_MISTAKE),
    (WORD, lambda row: "wrong" in row.critique),
    (WORD, lambda row: "wrong" in last(row.critique)),
    (WORD, lambda row: "is wrong" in last(row.critique)),
    (WORD, lambda row: last(row.critique).endswith("is wrong.")),
    (ANYWHERE, lambda row: NO_MISTAKE not in row.critique),
    (ANYWHERE, lambda row: names_step(row.critique)),
    (WHOLE, lambda row: row.critique.strip() != NO_MISTAKE),
    (WHOLE, lambda row: re.fullmatch(r"Step \d+ is wrong\.\s*", row.critique) is not None),
    (FIRST, lambda row: bool(finds_mistake(row.critique.split("\n")[0]))),
    (PART, lambda row: names_step(last(row.critique))),
    (PART, lambda row: re.match(r"Step \d+ is wrong", last(row.critique)) is not None),
    (END, lambda row: names_step(row.critique.split("\n")[-1])),
    (END, lambda row: re.fullmatch(r"Step \d+ is wrong\.", row.critique.split("\n")[-1]) is not None),
    (NUMBER, lambda row: finds_mistake(row.critique) and parse_answer(row.draft) != parse_answer(row.revision)),
)


def look_at_texts(f) -> str | None:
    got = list(f(list(PROBLEMS), list(DRAFTS), list(CRITIQUES), list(REVISIONS)))
    if said := odd_length(got) or odd_text(got):
        return said
    other_gold = [replace(p, answer="0") for p in PROBLEMS]
    shown = next((differs(row, a) for row, a, b in zip(ROWS, got, WANTED, strict=True) if a != b), "")
    if list(f(other_gold, list(DRAFTS), list(CRITIQUES), list(REVISIONS))) != got:
        return f"{GOLD} {shown}".strip()
    takes = [text == row.revision for row, text in zip(ROWS, got, strict=True)]
    name = next((name for name, take in TAKES if takes == [bool(take(row)) for row in ROWS]), "")
    return f"{name} {shown}".strip() if shown else None


def differs(row: Row, got: str) -> str:
    taken, right = ("revision", row.draft) if got == row.revision else ("draft", row.revision)
    other = "draft" if taken == "revision" else "revision"
    return (
        f"{row.whose} critique is {quoted(row.critique)}. You take the {taken}, {quoted(got)}; it should be the {other}, "
        f"{quoted(right)}."
    )


def odd_length(got: list[str]) -> str | None:
    if len(got) == len(ROWS):
        return None
    start = f"For {len(ROWS)} problems you return a list of {len(got)}."
    if got == [text for text, row in zip(WANTED, ROWS, strict=True) if finds_mistake(row.critique) is not None]:
        return (
            f"{start} Those whose critique can't be read are gone, {CUT.whose} among them: {quoted(CUT.critique)}. An accuracy "
            "would then be over fewer problems, the easier ones perhaps. Let the draft stand there."
        )
    if got == [row.revision for row, text in zip(ROWS, WANTED, strict=True) if text == row.revision]:
        return f"{start} Those that are not revised are gone. Let the draft stand there."
    return f"{start} Return one for each problem, in their order."


def odd_text(got: list[str]) -> str | None:
    """The first text that is neither the draft nor the revision of its problem."""
    for row, text in zip(ROWS, got, strict=True):
        if text in (row.draft, row.revision):
            continue
        start = f"{row.whose} text should be its draft, {quoted(row.draft)}, or its revision, {quoted(row.revision)}. "
        if text == row.critique:
            return f"{start}You return its critique. Return one of the two."
        if text in DRAFTS + REVISIONS:
            return f"{start}You give {quoted(text)}, which is another problem's. Keep the order of the problems."
        return f"{start}You give {quoted(text)}. Return one of the two as it is."
    return None


def texts(each: str) -> Complaint:
    """A list or a tuple of texts is wanted; `each` says what an entry is."""

    def complain(result: Any) -> str | None:
        if not isinstance(result, list | tuple):
            return f"returns {kind(result)}; return a list of texts."
        odd = [r for r in result if not isinstance(r, str)]
        return f"returns a list that holds {kind(odd[0])}; {each}." if odd else None

    return complain


def right(standing: list[str]) -> int:
    return sum(same_answer(text, p.answer) for text, p in zip(standing, PROBLEMS, strict=True))


ex2 = Exercise(
    name="ex2",
    call="settle(problems, drafts, critiques, revisions)",
    title="Exercise 2: who decides? Repair a real bug",
    task=(
        "Reflexion's public code for HotpotQA reads the gold answer to decide whether to reflect. A loop that is told which of "
        "its answers are wrong leaves the right ones alone, so it can hardly lose. Outside an exam nobody tells it. Below, one "
        "pass of Self-Refine has the same flaw (this version is ours).\n\n"
        "Repair it: the critique alone decides. Its *last line* is its verdict, `Step 2 is wrong.` (with any number) or "
        "`No mistake.`, and nothing else but white space; rows of steps may stand above. Where it names a wrong step the "
        "revision stands. Everywhere else the draft does, also where the last line is neither. Return one text for each "
        "problem, in their order."
    ),
    stub=(
        "from course_lib.answers import same_answer\n"
        "\n"
        "\n"
        "def settle(problems, drafts, critiques, revisions):\n"
        '    """The text of each problem that stands after one pass."""\n'
        "    rows = zip(problems, drafts, critiques, revisions, strict=True)\n"
        "    return [\n"
        "        draft if same_answer(draft, problem.answer) else revision\n"
        "        for problem, draft, critique, revision in rows\n"
        "    ]\n"
        "\n"
        "\n"
        "ex2.check(settle)"
    ),
    minutes=6,
    stars=2,
    hint_text=(
        "`finds_mistake` in `course_lib.asks` reads the last line of a critique: True, False, or None where it is neither "
        "verdict. Which of the three lets the revision stand? `problem.answer` is not needed at all."
    ),
    confirms=(
        f"The same as `critics.settled`. Of these {len(ROWS)} drafts {right(DRAFTS)} are right. After the pass it is "
        f"{right(BY_GOLD)} where gold decides, and {right(WANTED)} with your function. {MISSED.whose} mistake is missed and "
        f"stays; {ALARM.whose} right draft is spoiled by a false alarm. That is what this critic costs, and gold had hidden it."
    ),
    answer_of=(settled, finds_mistake),
    complain=texts("each entry is the draft or the revision of one problem"),
    examine=look_at_texts,
)
