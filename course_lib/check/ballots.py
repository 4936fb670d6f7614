"""Votes made by hand, and what each wrong way of counting makes of them."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from course_lib.answers import NUMBER, normal, parse_answer
from course_lib.check import made
from course_lib.check.page import quoted


class Ballot(NamedTuple):
    """The completions of one problem, and what they show."""

    shows: str
    texts: tuple[str, ...]


def says(*numbers: str) -> tuple[str, ...]:
    return tuple(f"#### {n}" for n in numbers)


WORDY = "23 and 14 more are found, so 23+14=37\nAfter that 9 are added to these, so 37+9=46\n#### 46"
UNREAD = ("I do not know.", "", "23+14=37\n37-9=28", "The answer is 28.\n####")  # none has a number after the mark
WAYS = Ballot(
    "Three texts say 28, each by another way of working, and two say 36, word for word alike. Count answers, not texts",
    ("#### 30", "23+14=36\n#### 36", made.RIGHT, WORDY, made.OTHER, "23+14=36\n#### 36", made.TENS, "#### 37"),
)
FEW = Ballot(
    "Most texts here have no number after `####`, and these have no vote. Of those that can be read, two say 28 and one 27",
    ("23+14=37", made.WRONG, "23+14=37", made.RIGHT, "", made.OTHER, "I do not know.", "23+14=37"),
)
SPELT = Ballot(
    "`28`, `28.0` and `28.00` are one number in three spellings: three votes, against two for 27. `parse_answer` gives one "
    "spelling to all",
    says("27", "28.0", "28", "27", "28.00"),
)
COMMA = Ballot(
    "`1,028` and `1028` are one number: three votes, against two for 1. The comma only groups thousands, and `parse_answer` "
    "takes it out",
    says("1", "1,028", "1028", "1", "1,028"),
)
LAST = Ballot(
    "Two texts correct themselves from 27 to 28, and two say 28 at once: four votes, against two for 27. "
    "Of several `####` the *last* one counts",
    (
        "#### 27\nNo, 28.\n#### 28",
        "#### 27\n37-9 is 28.\n#### 28",
        *says("28", "27", "28", "29", "27"),
    ),
)
AFTER = Ballot(
    "Three texts say 28 and go on to speak of 2 steps, two say 27. The number right after `####` is the answer",
    ("#### 28\nThis took 2 steps", "#### 28\nDone in 2 steps", "#### 28 apples, in 2 steps", *says("27", "27")),
)
BELOW = Ballot("Two texts say −4, one says 4: the minus sign is a part of the answer", says("-4", "4", "-4"))
BALLOTS = (WAYS, FEW, SPELT, COMMA, LAST, AFTER, BELOW)
TIE = (made.WRONG, made.RIGHT, "I do not know.", made.OTHER, made.WRONG)


def elected(votes: Sequence) -> Any:
    return Counter(votes).most_common(1)[0][0] if votes else None


def read(texts: Sequence[str]) -> list[str]:
    return [answer for text in texts if (answer := parse_answer(text)) is not None]


def numbers(texts: Sequence[str]) -> list[float]:
    return [float(answer) for answer in read(texts)]


def anywhere(texts: Sequence[str], at: int) -> list[str]:
    return [normal(found[at]) for text in texts if (found := re.findall(NUMBER, text))]


def more_than_half(texts: Sequence[str], of: Sequence) -> str | None:
    answer, votes = Counter(read(texts)).most_common(1)[0]
    return answer if 2 * votes > len(of) else None


WHOLE = (
    f"You count whole texts. {quoted(made.RIGHT)} and {quoted(made.OTHER)} give the same answer by two ways of working, and "
    "should count as two votes for it. Read each answer first (`parse_answer`), then count."
)
UNREADABLE = (
    "Texts that cannot be read vote together, and win. A text without a number after `####` has no vote: leave out the `None`s "
    "before you count."
)
ANYWHERE = (
    "You take the {which} number anywhere in a text. Only a number after `####` is an answer; others belong to the working or to "
    "what is said after it. `parse_answer` reads the right one."
)
AVERAGE = (
    "You take the {which} of the answers. Answers are names here, not amounts, so their size says nothing, and one wild answer "
    "would move the result. Take the answer that most texts give."
)
HALF = "You ask for more than half of the {whom}. Most votes are enough; a problem without a label teaches nothing."
ONE_TEXT = (
    "You take the answer of the {which} text. One text decides nothing here: count how often each answer is given."
)
SLIPS = (  # a wrong way from texts to a label, and its name
    (elected, f"{WHOLE} And the label is the answer alone, not the text."),
    (lambda texts: parse_answer(elected(texts) or ""), WHOLE),
    (lambda texts: parse_answer(elected([t for t in texts if parse_answer(t)])), WHOLE),
    (lambda texts: elected([t for t in texts if parse_answer(t)]), f"{WHOLE} And the label is the answer alone."),
    (lambda texts: elected([parse_answer(t) for t in texts]), UNREADABLE),
    (lambda texts: elected([parse_answer(t) or "" for t in texts]), UNREADABLE),
    (lambda texts: elected([str(parse_answer(t)) for t in texts]), UNREADABLE),
    (lambda texts: elected([parse_answer(t) or "0" for t in texts]), UNREADABLE),
    (lambda texts: elected(anywhere(texts, -1)), ANYWHERE.format(which="last")),
    (lambda texts: elected(anywhere(texts, 0)), ANYWHERE.format(which="first")),
    (lambda texts: statistics.fmean(numbers(texts)), AVERAGE.format(which="mean")),
    (lambda texts: round(statistics.fmean(numbers(texts))), AVERAGE.format(which="mean")),
    (lambda texts: statistics.median(numbers(texts)), AVERAGE.format(which="median")),
    (lambda texts: statistics.median_low(numbers(texts)), AVERAGE.format(which="median")),
    (lambda texts: statistics.median_high(numbers(texts)), AVERAGE.format(which="median")),
    (lambda texts: max(numbers(texts)), AVERAGE.format(which="largest")),
    (lambda texts: min(numbers(texts)), AVERAGE.format(which="smallest")),
    (lambda texts: parse_answer(max(texts, key=len)), ONE_TEXT.format(which="longest")),
    (lambda texts: parse_answer(min(filter(parse_answer, texts), key=len)), ONE_TEXT.format(which="shortest")),
    (lambda texts: read(texts)[0], ONE_TEXT.format(which="first readable")),
    (lambda texts: read(texts)[-1], ONE_TEXT.format(which="last readable")),
    (lambda texts: parse_answer(texts[0]), ONE_TEXT.format(which="first")),
    (lambda texts: max(Counter(read(texts)).values()), "You give the number of votes. Give the answer that got them."),
    (
        lambda texts: Counter(read(texts)).most_common()[-1][0],
        "You give the answer with the *fewest* votes: turn it round.",
    ),
    (lambda texts: more_than_half(texts, read(texts)), HALF.format(whom="votes")),
    (lambda texts: more_than_half(texts, texts), HALF.format(whom="texts")),
)


def plain(value: Any) -> Any:
    """One spelling for a number, be it text, int or float."""
    text = f"{value:.6f}" if isinstance(value, int | float) else str(value).strip()
    return normal(text) if re.fullmatch(NUMBER, text) else value
