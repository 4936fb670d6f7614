"""A checker without that hole: texts made by hand, what each wrong way of reading makes of them, and its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from course_lib.answers import MARKED, NUMBER, normal, parse_answer, same_answer
from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.check.page import quoted
from course_lib.loopholes import mentioned, said_last
from course_lib.types import Problem

CALL = "passed(text, answer)"


class Case(NamedTuple):
    """A text, the right answer, and what the two show."""

    text: str
    answer: str
    shows: str


MARK = "What stands after the last `####` is its answer"
GOES_ON = "What follows the number does not count"
SPELLING = "The same number, written otherwise"
OTHER = "That is another number"
UNREAD = "It has no number after a `####`, so it has no answer"
CASES = (
    Case("23+14=37\n37-9=28\n#### 28", "28", MARK),
    Case("23+14=36\n36-9=27\n#### 27", "28", MARK),
    Case("23+5=28\n28-1=27\n#### 27", "28", f"28 stands in its working. {MARK}"),
    Case("#### 27\nOr 28.", "28", GOES_ON),
    Case("#### 28\nThis took 2 steps.", "28", GOES_ON),
    Case("#### 28 apples, in 2 steps", "28", GOES_ON),
    Case("#### 28.", "28", "The full stop ends the sentence; it follows the number and does not count"),
    Case("#### 27\nNo, 37-9 is 28.\n#### 28", "28", f"It corrects itself. {MARK}"),
    Case("#### 28\nNo, 27.\n#### 27", "28", f"It takes 28 back. {MARK}"),
    Case("#### 27 or 28", "28", f"It names two answers, and the first one counts. {GOES_ON}"),
    Case("#### 128", "28", OTHER),
    Case("#### 280", "28", OTHER),
    Case("#### 2.8", "8", OTHER),
    Case("#### 28.5", "28", OTHER),
    Case("#### 27.9", "28", OTHER),
    Case("#### 1,028", "1", OTHER),
    Case("#### -28", "28", OTHER),
    Case("#### -4", "-4", "The minus sign is a part of the number"),
    Case("#### 1,028", "1028", f"{SPELLING}: the comma groups thousands"),
    Case("#### 28.3", "28", OTHER),
    Case("####28", "28", "The mark need not be followed by white space"),
    Case("#### 28.0", "28", SPELLING),
    Case("23+14=37\n37-9=28", "28", UNREAD),
    Case("28 apples, for 37-9 is 28.", "28", UNREAD),
    Case("I do not know.", "28", UNREAD),
    Case("The answer is 28.\n####", "28", UNREAD),
    Case("", "28", UNREAD),
    Case("#### not 28", "28", "The number does not stand right after the mark"),
)
WANTED = [same_answer(case.text, case.answer) for case in CASES]


def tail(text: str) -> str:
    """What follows the last mark."""
    return text.rpartition("####")[2] if "####" in text else ""


def number_after(text: str, pattern: str) -> str:
    """What a pattern reads right after the last mark."""
    found = re.findall(rf"####\s*({pattern})", text)
    return found[-1] if found else ""


def by_problem(grade: Callable[[Problem, str], float]) -> Callable[[str, str], bool]:
    return lambda text, answer: bool(grade(Problem("", "", answer), text))


def value(text: str) -> float | None:
    """The number after the last mark as a float."""
    said = parse_answer(text)
    return None if said is None else float(said)


ANYWHERE = (
    "You look for the answer anywhere in the text. That is the hole of exercise 1: whoever writes many numbers passes. Read one "
    "number only, the one after the last `####`."
)
LAST = (
    "You take the last number of the text. No form is asked for then, so a text gets a second chance after its answer. Read the "
    "number after the last `####`."
)
FIRST = "You take the first `####`. A text that corrects itself means its last word."
ANY = "You let a text pass if *any* of its `####` is right. It may then try one answer after the other. Read the last one only."
TWO = "You look for the answer among all that follows the mark, so “27 or 28” passes for both. The first number there counts."
AFTER = "You take the last number after the mark. It may belong to a remark. The first one counts."
INSIDE = "You look for the answer's digits inside what is said, so 128 passes for 28. Compare whole numbers."
BEGINS = "You ask what the rest *begins* with, so 280 and 28.5 pass for 28. Compare whole numbers."
SPELT = "You compare texts. `1,028` and `28.0` are the numbers 1028 and 28 in another spelling: compare numbers."
COMMA = "The comma that groups thousands stops you: `1,028` is 1028. Take the commas out."
DIGITS = "Your pattern reads digits only: it stops at a comma and at a point, so `1,028` is 1 and `28.5` is 28."
ROUNDED = "You round or cut off decimals, so 28.5 passes for 28. Compare the numbers as they are."
NEAR = "You let a number pass that lies near. 27.9 is another answer than 28: compare the numbers as they are."
GAP = (
    "You take the first number somewhere after the mark. Words may stand between the two, such as “not”: read the number right "
    "after the mark, with nothing but white space before it."
)
SIGN = "You drop the minus sign, so −28 passes for 28."
UNMARKED = (
    "You let a text pass that cannot be read. A policy would learn to say nothing. No answer is not right: say False."
)
NO_MARK = (
    "You read a number where there is no `####`: `text.split('####')[-1]` is then the whole text. Ask first whether the mark is "
    "there."
)
WHOLE = (
    "You take all that follows the mark for the number, so a word or a full stop after it spoils a right answer. Read the "
    "number only."
)
ALWAYS = "You let every text pass: a reward that is always 1 teaches nothing."
NEVER = (
    "You let no text pass, not even `#### 28` for 28. "
    "Do you compare a number with a text? `28 == '28'` is never true in Python."
)
TURNED = "Your answer is turned: True where it should be False."
SLIPS: tuple[tuple[Callable[[str, str], Any], str], ...] = (  # whether a text passes, by known mistakes
    (lambda text, answer: True, ALWAYS),
    (lambda text, answer: False, NEVER),
    (lambda text, answer: not same_answer(text, answer), TURNED),
    (by_problem(mentioned), ANYWHERE),
    (lambda text, answer: answer in text, ANYWHERE),
    (lambda text, answer: answer in re.findall(r"\d+", text), ANYWHERE),
    (by_problem(said_last), LAST),
    (lambda text, answer: re.findall(NUMBER, text)[-1:] == [answer], LAST),
    (lambda text, answer: re.findall(r"\d+", text)[-1:] == [answer], LAST),
    (lambda text, answer: text.endswith(answer), LAST),
    (lambda text, answer: [normal(n) for n in MARKED.findall(text)][:1] == [answer], FIRST),
    (lambda text, answer: answer in map(normal, MARKED.findall(text)), ANY),
    (lambda text, answer: f"#### {answer}" in text, f"{ANY} And 280 passes for 28: compare whole numbers."),
    (lambda text, answer: answer in map(normal, re.findall(NUMBER, tail(text))), TWO),
    (lambda text, answer: answer in re.findall(NUMBER, tail(text)), TWO),
    (lambda text, answer: answer in tail(text).split(), TWO),
    (lambda text, answer: [normal(n) for n in re.findall(NUMBER, tail(text))][-1:] == [answer], AFTER),
    (lambda text, answer: answer in tail(text), INSIDE),
    (lambda text, answer: answer in (parse_answer(text) or ""), INSIDE),
    (lambda text, answer: (parse_answer(text) or "").endswith(answer), INSIDE),
    (lambda text, answer: tail(text).strip().startswith(answer), BEGINS),
    (lambda text, answer: number_after(text, NUMBER) == answer, SPELT),
    (lambda text, answer: number_after(text, r"-?\d+(?:\.\d+)?") == answer, SPELT),
    (lambda text, answer: number_after(text, r"-?[\d,]+(?:\.\d+)?").replace(",", "") == answer, SPELT),
    (lambda text, answer: float(number_after(text, r"-?\d+(?:\.\d+)?") or "nan") == float(answer), COMMA),
    (lambda text, answer: number_after(text, r"-?\d+") == answer, DIGITS),
    (lambda text, answer: number_after(text, r"\d+") == answer, DIGITS),
    (lambda text, answer: number_after(text, r"-?[\d,]+").replace(",", "") == answer, ROUNDED),
    (lambda text, answer: value(text) is not None and int(value(text)) == float(answer), ROUNDED),
    (lambda text, answer: value(text) is not None and round(value(text)) == float(answer), ROUNDED),
    *(
        (lambda text, answer, far=far: value(text) is not None and abs(value(text) - float(answer)) < far, NEAR)
        for far in (0.15, 0.2, 0.4)
    ),
    (lambda text, answer: [normal(n) for n in re.findall(NUMBER, tail(text))][:1] == [answer], GAP),
    (lambda text, answer: value(text) is not None and abs(value(text)) == abs(float(answer)), SIGN),
    (lambda text, answer: parse_answer(text) in (None, answer), UNMARKED),
    (lambda text, answer: [normal(n) for n in re.findall(NUMBER, text.split("####")[-1])][:1] == [answer], NO_MARK),
    (lambda text, answer: [normal(n) for n in re.findall(NUMBER, text.split("####")[-1])][-1:] == [answer], AFTER),
    (lambda text, answer: answer in map(normal, re.findall(NUMBER, text.split("####")[-1])), TWO),
    (lambda text, answer: tail(text).strip() == answer, WHOLE),
    (lambda text, answer: read_whole(text) == float(answer), WHOLE),
    (lambda text, answer: tail(text).split()[:1] == [answer], SPELT),
)


def read_whole(text: str) -> float | None:
    """All that follows the mark as one number; None where that cannot be."""
    try:
        return float(tail(text).replace(",", ""))
    except ValueError:
        return None


def look_at_checker(f) -> str | None:
    f = ending(f, CALL)
    said = [f(CASES[0].text, CASES[0].answer)]
    for case in CASES[1:]:
        try:
            said.append(f(case.text, case.answer))
        except Unready as why:
            return stopped(case, why)
    if all(got is None for got in said):
        raise guard.returns_nothing(CALL)
    return mistaken([bool(got) for got in said])


def stopped(case: Case, why: Unready) -> str:
    text = quoted(case.text) if case.text else "an empty text"
    if case.shows == UNREAD:
        return (
            f"Take {text}. {UNREAD}. {why} One such text, and a policy writes many, would end the whole run: say False."
        )
    return f"Take {text}. {why} {case.shows}."


def mistaken(said: list[bool]) -> str | None:
    """The mistake by its name, where it is known, and the first text that shows it."""
    if said == WANTED:
        return None
    case, got = next((c, got) for c, got, wanted in zip(CASES, said, WANTED, strict=True) if got != wanted)
    name = next((f"{name} " for slip, name in SLIPS if said == [bool(slip(c.text, c.answer)) for c in CASES]), "")
    text = quoted(case.text) if case.text else "an empty text"
    return (
        f"{name}With {case.answer} as the right answer you {'let' if got else 'do not let'} {text} pass. {case.shows}."
    )


def yes_or_no(result: Any) -> str | None:
    """True, False, 1, 0 or None (as False); a `bool` of another library too."""
    if (
        result is None
        or type(result).__name__.startswith("bool")
        or (isinstance(result, int | float) and result in (0, 1))
    ):
        return None
    return f"returns {guard.kind(result)}; return True or False (`bool(...)` makes one of the two)."


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: close the hole",
    task=(
        "Write a checker that asks for the answer where it belongs: `passed(text, answer)` is True if the number right after "
        "the *last* `####` is the answer, and False otherwise.\n\n"
        "`answer` is text, such as `'28'`. A number may have a minus sign, decimals, and commas that group thousands; `28.0` is "
        "28. What follows the number does not count: words, a full stop, other numbers. A text without a number after a `####` "
        "does not pass."
    ),
    stub=(
        "def passed(text, answer):\n"
        '    """Is the number after the last `####` the answer?"""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(passed)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "Two steps: read the number, then compare *numbers*. `re.findall(r'####\\s*(...)', text)` gives what follows each mark. "
        "What does it give for a text without one? (`parse_answer` in `course_lib.answers` is the first step, `normal` spells "
        "numbers alike for the second.)"
    ),
    confirms=(
        "The same as `answers.same_answer`: one number counts, in one place. What this checker still cannot see: a right number "
        "after wrong steps, a lucky guess, a number copied from elsewhere. It is exact, and it checks the answer only. Each of "
        "its rules was a decision, and a policy is trained on all of them."
    ),
    answer_of=(same_answer, parse_answer, normal),
    complain=yes_or_no,
    examine=look_at_checker,
)
