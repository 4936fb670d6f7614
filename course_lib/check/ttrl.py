"""Exercises of notebook 08: a label without a label, advantages, and the sign of the KL."""

from __future__ import annotations

import random
from typing import Any

from course_lib.answers import parse_answer
from course_lib.check import guard
from course_lib.check.advantages import ex2
from course_lib.check.ballots import BALLOTS, SLIPS, TIE, UNREAD, plain
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.check.kl_sign import ex3
from course_lib.statistics import majority
from course_lib.votes import consensus

LOT = random.Random(0)  # no ballot is a tie, so it decides nothing


def look_at_vote(f) -> str | None:
    said = [f(list(ballot.texts)) for ballot in BALLOTS]
    if all(got is None for got in said):
        raise guard.returns_nothing("vote(texts)")
    wanted = [majority([parse_answer(t) for t in ballot.texts], LOT) for ballot in BALLOTS]
    if said == wanted:
        return look_at_silence(f) or look_at_tie(f)
    return odd_spelling(said, wanted) or other_vote(said, wanted)


def other_vote(said: list, wanted: list) -> str:
    at = next(i for i in range(len(said)) if said[i] != wanted[i])
    result = f"the label is {wanted[at]!r}; you give {said[at]!r}."
    for slip, name in SLIPS:
        if list(map(plain, said)) == [plain(slip(ballot.texts)) for ballot in BALLOTS]:
            answers = ", ".join(parse_answer(text) or "none" for text in BALLOTS[at].texts)
            return f"{name} Where the answers are {answers}, {result}"
    return f"{BALLOTS[at].shows}. So {result}"


def odd_spelling(said: list, wanted: list) -> str | None:
    """The right number each time, but not as `parse_answer` writes it."""
    if list(map(plain, said)) != wanted:
        return None
    got, right = next((a, b) for a, b in zip(said, wanted, strict=True) if a != b)
    return (
        f"You give {got!r} where the label is {right!r}: the same number, written otherwise. Labels are compared as texts later "
        "on, so give the text that `parse_answer` gives."
    )


def look_at_silence(f) -> str | None:
    start = "Your vote is right wherever there is one. But let no text have a number after `####`: no vote, so no label, `None`."
    try:
        got = f(list(UNREAD))
    except Unready as why:
        return (
            f"{start} {why} TTRL's public code stops here too, with an IndexError: it drops what it cannot read and then "
            "takes the first of nothing. One such problem stops the whole run. Ask first whether any vote is left."
        )
    if got is None:
        return None
    return (
        f"{start} You give {got!r}. A label that nobody voted for is compared with answers like any other, and whoever "
        "happens to say it is rewarded. Without a label no answer scores, and the problem is counted as unlabelled."
    )


def look_at_tie(f) -> str | None:
    got = f(list(TIE))
    if got in ("27", "28"):
        return None
    told = "Two texts say 27, two say 28 and one cannot be read: a tie. Any of the tied answers is fine"
    if got is None:
        return f"{told}; you give `None`, and the problem teaches nothing this round. The package draws a lot."
    return f"{told}, but one of them alone; you give {got!r}."


def one_label(result: Any) -> str | None:
    """A text or None is wanted; numbers pass, for the check has words for them."""
    if isinstance(result, tuple | list):
        return (
            f"returns {guard.kind(result)}; return one answer as text, or `None`. (`Counter.most_common(1)` is a list of "
            "one pair, the answer and its votes: take `[0][0]`.)"
        )
    return guard.text_or_none(result) if guard.one_number(result) else None


ex1 = Exercise(
    name="ex1",
    call="vote(texts)",
    title="Exercise 1: a label without a label",
    task=(
        "Nobody knows the answer to this problem, but the policy has answered it several times. TTRL takes the answer that most "
        "completions give as the label.\n\n"
        "Write the vote: from the texts of one problem's completions to the label as text, or `None`. An answer is the number "
        "after the last `####`, and `parse_answer` reads it; a text without one has no vote. If no text can be read there is no "
        "label: `None`. In a tie any of the tied answers is fine."
    ),
    stub=(
        "from course_lib.answers import parse_answer\n"
        "\n"
        "\n"
        "def vote(texts):\n"
        '    """The answer that most texts give, or None."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(vote)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "First make a list of the answers, without the `None`s. `collections.Counter` counts them, and `most_common(1)` "
        "gives the most frequent with its votes. What does it give when the list is empty?"
    ),
    confirms=(
        "You elect what `votes.consensus` elects. See what you did not need: gold. See also what the vote cannot do: it counts "
        "how many say 28, and never whether 28 is true. Where most completions make the same mistake, the mistake is the label."
    ),
    answer_of=(consensus, majority),
    complain=one_label,
    examine=look_at_vote,
)

__all__ = ["ex1", "ex2", "ex3"]
