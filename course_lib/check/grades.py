"""Repair a real bug: scores that could not be read, used as scores."""

from __future__ import annotations

from course_lib.asks import read_score
from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted


def rewards_of(replies: list[str]) -> list[float | None]:
    """Points from 1 to 5 as rewards from 0 to 1; None where a reply holds no score."""
    points = [read_score(reply) for reply in replies]
    return [None if p is None else (p - 1) / 4 for p in points]


MIXED = ["Step 1 is fine. Score: 5", "Step 2 is wrong. Score: 3", "I like this one very much.", "All wrong. Score: 1"]
LOW, SAME, NEARLY, SILENT = (
    ["Step 2 is wrong. Score: 3", "Hm. Score: 2"],
    ["Good. Score: 5", "Fine. Score: 5"],
    ["Nearly. Score: 4"],
    ["Hm.", "Well."],
)


def look_at_rewards(f) -> str | None:
    got = f(list(MIXED))
    if len(got) != len(MIXED):
        return (
            f"Four replies, {len(got)} rewards. If the unreadable one is left out, all that follow slide by one place and "
            "belong to the wrong completion: keep its place with `None`."
        )
    three_again = f(list(LOW))[0]
    return unreadable(got[2], got) or steady(got[1], three_again) or scale(got) or rest_of(f)


def unreadable(value, got) -> str | None:
    """The third reply holds no score."""
    if value is None:
        return None
    start = f"{quoted(MIXED[2])} holds no score and you give it {value:g}."
    if value < 0:
        return (
            f"{start} A number that means “no number” is soon used as one: the next script took the smallest score as the "
            "worst answer. Say `None`."
        )
    if value == 0:
        lowest = f" And the worst real grade, 1 point, now gets {got[3]:.2g}, which passes τ = 0." if got[3] else ""
        return f"{start} That says the grader found it worthless, but nobody graded it. Say `None`.{lowest}"
    return f"{start} A reward nobody gave is a guess, and a guess can pass the bar. Say `None`."


def steady(first, again) -> str | None:
    if first is not None and again is not None and abs(first - again) > 1e-9:
        return (
            f"{quoted(MIXED[1])} gets {first:.2g} in one batch and {again:.2g} in another. You rescale by the batch's own "
            "smallest and largest score, so τ means another thing in every round. Use the fixed scale: 1 is 0, 5 is 1."
        )
    return None


def scale(got) -> str | None:
    wanted = rewards_of(MIXED)
    for reply, mine, right in zip(MIXED, got, wanted, strict=True):
        if mine is None and right is not None:
            return f"{quoted(reply)} holds a score and you give `None`: `read_score` finds it."
        if right is not None and abs(mine - right) > 1e-9:
            more = " If 1 point is more than 0, the worst grade passes τ = 0." if right == 0 else ""
            return f"{quoted(reply)} should give {right:g}; you give {mine:.3g}. 1 point is 0.0 and 5 points are 1.0.{more}"
    return None


def rest_of(f) -> str | None:
    for replies in (LOW, SAME, NEARLY, SILENT):
        got, wanted = f(list(replies)), rewards_of(replies)
        if len(got) != len(wanted) or not all(map(alike, got, wanted)):
            return f"For {', '.join(map(quoted, replies))} you give {got}; it should be {wanted}."
    return None


def alike(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else abs(a - b) < 1e-9


ex2 = Exercise(
    name="ex2",
    call="rewards(replies)",
    title="Exercise 2: repair a real bug",
    task=(
        "Rewards often come from a grader that writes `Score: 1` to `Score: 5`. A public reproduction wrote −1 where it "
        "could not read a score, and its next script took the smallest score of a group as the worst answer: unreadable "
        "became worst. Below, the −1 meets a rescaling of each batch by its own smallest and largest score (that part we "
        "added), so a bar τ means something else in every round.\n\n"
        "Repair it: one reward for each reply, 1 point is 0.0, 5 points are 1.0, and `None` where there is no score. "
        "`read_score(reply)` gives the points or `None`."
    ),
    stub=(
        "from course_lib.asks import read_score\n"
        "\n"
        "\n"
        "def rewards(replies):\n"
        '    """A reward from 0 to 1 for each reply of a grader, None where it gave no score."""\n'
        "    points = [read_score(reply) or -1 for reply in replies]\n"
        "    low, high = min(points), max(points)\n"
        "    return [(p - low) / (high - low) for p in points]\n"
        "\n"
        "\n"
        "ex2.check(rewards)"
    ),
    minutes=5,
    stars=2,
    hint_text=(
        "Two questions. Should a reply that nobody could read move the rewards of the others? And should 3 points be worth "
        "more in a batch of bad answers?"
    ),
    confirms=(
        "The same reply gets the same reward in every batch, and an unreadable one gets none: τ keeps its meaning from round "
        "to round."
    ),
    answer_of=(rewards_of, read_score),
    complain=guard.numbers_or_none,
    examine=look_at_rewards,
)
