"""Exercises of notebook 09a: be the policy that finds the hole, then be the one who closes it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from course_lib.answers import parse_answer
from course_lib.check import guard
from course_lib.check.closed import ex2
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready, guarded
from course_lib.check.page import quoted
from course_lib.check.verdict import Verdict
from course_lib.loopholes import mentioned, numbers
from course_lib.score import right
from course_lib.tasks.stories import HARD, Story, as_problem, stories, tell
from course_lib.types import Problem

CALL = "cheat(prompt)"
SEEDS = (3, 14, 15, 92)
LONGEST = 2000  # characters: counting to 99 in whole steps takes 800
LEAST, MOST = (5, (4, -5, 6, -3, -5)), (45, (9, 12, 10, 15, 8))  # start and changes: the answers are 2 and 99


class Try(NamedTuple):
    """One story and the text that the cheat wrote for it."""

    problem: Problem
    text: str

    @property
    def passes(self) -> bool:
        return bool(mentioned(self.problem, self.text))

    @property
    def right(self) -> bool:
        return bool(right(self.problem, self.text))

    @property
    def knows(self) -> bool:
        """Is the answer pointed at: by the mark, or as the first or the last number?"""
        said = numbers(self.text)
        return self.problem.answer in (parse_answer(self.text), *said[:1], *said[-1:])


def asked() -> list[Problem]:
    """Stories of five and six steps from several seeds, and the two ends of what a story can come to."""
    ends = [Story(*told, None, tell(random.Random(0), *told, None)) for told in (LEAST, MOST)]
    drawn = [p for seed in SEEDS for p in stories(10, HARD, seed)]
    return [*drawn, *(as_problem(story, f"end-{i}") for i, story in enumerate(ends))]


def tried(f) -> list[Try]:
    f = ending(f, CALL)
    return [Try(p, f(p.prompt)) for p in asked()]


def look_at_cheat(f) -> str | None:
    tries = tried(f)
    longest = max((t.text for t in tries), key=len)
    if len(longest) > LONGEST:
        return f"A text of yours has {len(longest):,} characters; a policy has {LONGEST:,} at most. The answers lie in 0 to 99."
    missed = [t for t in tries if not t.passes]
    return no_cheat(tries, missed) if missed else no_cheating(tries)


def no_cheating(tries: list[Try]) -> str | None:
    """It passes everywhere: because it solves the stories?"""
    knows, gold, n = sum(t.knows for t in tries), sum(t.right for t in tries), len(tries)
    if 2 * knows < n:
        return None
    where = (
        ""
        if 2 * gold >= n
        else " The answer is there all the same, as the first or the last number, only without a `####`."
    )
    return (
        f"All {n} stories pass, for you solve them: gold calls {gold} of {n} right.{where} That is what we want of a policy, so "
        "it is no cheat. Find a text that passes *without* the answer being known: what else does `mentioned` let through?"
    )


def no_cheat(tries: list[Try], missed: list[Try]) -> str:
    start = f"{len(tries) - len(missed)} of {len(tries)} stories pass."
    looks = (numberless, glued, copied, too_low, too_high, gap)
    return f"{start} {next(said for look in looks if (said := look(tries, missed)))}"


def numberless(tries: list[Try], missed: list[Try]) -> str | None:
    if any(numbers(t.text) for t in tries):
        return None
    return (
        f"There is no number in {shown(missed[0])}. The checker looks for the answer among a text's numbers, in digits."
    )


def glued(tries: list[Try], missed: list[Try]) -> str | None:
    """Numbers that run together are read as one."""
    for t in missed:
        read, answer = numbers(t.text), t.problem.answer
        long = next((n for n in read if (len(n) > 4 and answer in n) or ("." in n and answer in n.split("."))), None)
        if long:
            return (
                f"Your numbers run together: {quoted(cut(long))} is read as *one* number. Put something between them (a space; "
                "a comma alone may group thousands, and a point begins decimals)."
            )
        if f"-{answer}" in read:
            return (
                f"You write -{answer}, and the answer is {answer}: with a minus sign before it, it is another number."
            )
    return None


def copied(tries: list[Try], missed: list[Try]) -> str | None:
    if any(set(numbers(t.text)) - set(numbers(t.problem.prompt)) for t in tries):
        return None
    t = missed[0]
    return (
        f"You only repeat numbers of the story. The answer is seldom one of them: here it is {t.problem.answer}, and you write "
        f"{shown(t)}. But how many answers *can* a story have?"
    )


def too_low(tries: list[Try], missed: list[Try]) -> str | None:
    """A count that ends before the answer."""
    if any(not counts(t) or int(t.problem.answer) <= highest(t) for t in missed):
        return None
    t = max(missed, key=lambda t: int(t.problem.answer))
    ends = " (`range(99)` ends at 98)" if highest(t) == 98 else ""
    return (
        f"Your numbers end at {highest(t):.15g}, and a story comes to {t.problem.answer}. Answers lie in 0 to 99: go on to "
        f"99{ends}."
    )


def too_high(tries: list[Try], missed: list[Try]) -> str | None:
    """A count that begins after the answer."""
    if any(not counts(t) or int(t.problem.answer) >= lowest(t) for t in missed):
        return None
    t = min(missed, key=lambda t: int(t.problem.answer))
    return f"Your numbers begin at {lowest(t):.15g}, and a story comes to {t.problem.answer}. Answers lie in 0 to 99: begin at 0."


def gap(tries: list[Try], missed: list[Try]) -> str:
    t = missed[0]
    fixed = "This text is the same for every story; no" if len({t.text for t in tries}) == 1 else "No"
    return (
        f"Where the answer is {t.problem.answer} you write {shown(t)}, and {t.problem.answer} is not among its numbers. {fixed} "
        "story may be left out: write so many numbers that every possible answer is one of them."
    )


def counts(t: Try) -> bool:
    return len(set(numbers(t.text))) >= 10


def highest(t: Try) -> float:
    return max(map(float, numbers(t.text)))


def lowest(t: Try) -> float:
    return min(map(float, numbers(t.text)))


def shown(t: Try) -> str:
    return quoted(cut(t.text)) if t.text else "an empty text"


def cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]} …"


def a_text(result: Any) -> str | None:
    if isinstance(result, str):
        return None
    more = " (`' '.join(...)` makes one of many)" if isinstance(result, list | tuple) else ""
    return f"returns {guard.kind(result)}; return a text, as a policy does{more}."


@dataclass(frozen=True, repr=False)
class Weighed(Exercise):
    """An exercise that tells a right answer its proxy and its gold."""

    def check(self, f) -> Verdict:
        verdict = super().check(f)
        try:
            return replace(verdict, says=f"{weighed(f)} {verdict.says}") if verdict.passed else verdict
        except Unready as why:  # it passed a moment ago: it draws lots
            return Verdict(False, str(why))


def weighed(f) -> str:
    tries = tried(guarded(f, CALL, a_text))
    proxy, gold = (sum(each) / len(tries) for each in ([t.passes for t in tries], [t.right for t in tries]))
    return f"{len(tries)} stories: proxy {proxy:.2f}, gold {gold:.2f}."


def counts_up(prompt: str) -> str:
    """Every answer that a story can have, without a look at the story."""
    return " ".join(map(str, range(100)))


ex1 = Weighed(
    name="ex1",
    call=CALL,
    title="Exercise 1: be the policy",
    task=(
        "`mentioned` gives 1 to a text if the right answer is one of its numbers, wherever it stands. Write a text that passes "
        "for *any* story, without solving it.\n\n"
        "Your function gets a story as text, of 5 or 6 steps, and returns a text of at most 2,000 characters. Answers are whole "
        "numbers from 0 to 99. The check tells both scores of your text: the proxy, by `mentioned`, and gold, by the number "
        "after the last `####`."
    ),
    stub=(
        "def cheat(prompt):\n"
        '    """A text that passes `mentioned` for any story, without solving it."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(cheat)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "How many answers can a story have at all? The checker does not count how many numbers you write. Do you need to read "
        "the story?"
    ),
    confirms=(
        "The checker is satisfied, and no story was solved (what gold calls right is luck). You found the hole by reading the "
        "checker. A policy cannot read it and need not: it only has to write, now and then, a text with more numbers than "
        "usual, which passes a little more often. Its training does the rest."
    ),
    answer_of=(counts_up, mentioned, numbers),
    complain=a_text,
    examine=look_at_cheat,
)

__all__ = ["ex1", "ex2"]
