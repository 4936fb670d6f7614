"""Exercises of notebook 06: a soft label from two orders, and pairs that somebody was asked about."""

from __future__ import annotations

import math

from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted
from course_lib.check.preferred import ex2
from course_lib.constitution import both_orders, preferences

VAGUE, USEFUL = "It depends.", "Mix flour and water and bake it for an hour."


def soft_label(ask, reply_1: str, reply_2: str) -> float:
    """The chance that reply 1 is better, asked in both orders."""
    return both_orders(ask(reply_1, reply_2), ask(reply_2, reply_1))


class Asked:
    """A stand-in for the model: how sure it is of the useful reply, and what it adds to whatever stands at place A."""

    def __init__(self, sure: float, place_a: float):
        self.sure, self.place_a, self.calls = sure, place_a, []

    def __call__(self, first: str, second: str) -> float:
        self.calls.append((first, second))
        return min(1.0, (self.sure if first == USEFUL else 1 - self.sure) + self.place_a)


MODELS = {  # what it is: how sure it is, what it adds to place A
    "A model that looks at nothing but the replies": (0.8, 0.0),
    "A model that adds 0.3 to place A": (0.65, 0.3),
    "A model that always says A": (0.5, 0.5),
}
CASES = [(who, one, two) for who in MODELS for one, two in ((VAGUE, USEFUL), (USEFUL, VAGUE))]


def log_odds(p: float) -> float:
    p = min(1 - 1e-9, max(1e-9, p))
    return math.log(p / (1 - p))


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def held(p: float) -> float:
    return min(0.6, max(0.4, p))


ONE_ORDER = (
    f"You ask in one order only, so the place can decide. A model that adds 0.3 to place A gives {quoted(VAGUE)} 0.65 when it "
    f"is shown first, and {quoted(USEFUL)} 0.95 when that is shown first. Ask both: the chance of the vague reply is 0.35"
)
TIMES = (
    "You multiply the two orders. They are two readings of one chance, not two events that must both happen. A model that always "
    "says A then gives 0 to either reply; it knows nothing, and the average says so: 0.5"
)
TIMES_RAW = (
    "You multiply `ask(reply_1, reply_2)` and `ask(reply_2, reply_1)`. The second speaks for reply 2, and two readings of one "
    "chance are averaged, not multiplied. A model that always says A then gives 1 to either reply; it knows nothing: 0.5"
)
FIRMER = (
    "Of the two orders you take the one that is surer of reply 1, or less sure. A model that adds 0.3 to place A speaks too "
    "well of whatever stands there, of either reply in one of them: only the mean takes that out"
)
ODDS = (
    "You bring the two orders together by their odds. A model that adds 0.3 to place A adds it to the chance, so it is the "
    "chances whose mean takes it out"
)
CLAMPED = (
    "You hold the label between 0.4 and 0.6. The paper does so where the model writes its reasons first, for after them it is "
    "nearly always sure of its letter. Here it writes none: 0.2 should stay 0.2"
)
SLIPS = (  # a wrong way from p = ask(reply_1, reply_2) and q = ask(reply_2, reply_1) to a label, and its name
    (
        lambda p, q: (p + q) / 2,
        "You average both orders as they come, but `ask(reply_2, reply_1)` speaks for reply 2. A model that looks at nothing but "
        "the replies says 0.2 in one order and 0.8 in the other, and agrees with itself; your average is 0.5. Turn the second "
        "over: 1 − 0.8",
    ),
    (
        lambda p, q: (q + 1 - p) / 2,
        f"This is the label of reply 2. With {quoted(VAGUE)} as reply 1 and a model that is 0.8 sure of {quoted(USEFUL)} you say "
        "0.8; it should be 0.2. Trained on it, the reward model would like what the principle forbids",
    ),
    (lambda p, q: math.sqrt(p * (1 - q)), TIMES),
    (lambda p, q: p * (1 - q), TIMES),
    (lambda p, q: math.sqrt(p * q), TIMES_RAW),
    (lambda p, q: p * q, TIMES_RAW),
    (lambda p, q: max(p, 1 - q), FIRMER),
    (lambda p, q: min(p, 1 - q), FIRMER),
    (lambda p, q: chance(log_odds(p) / 2 + log_odds(1 - q) / 2), ODDS),
    (lambda p, q: chance(log_odds(p) + log_odds(1 - q)), ODDS),
    (lambda p, q: held(both_orders(p, q)), CLAMPED),
    (lambda p, q: both_orders(held(p), held(q)), CLAMPED),
    (
        lambda p, q: p + 1 - q,
        "You add the two orders and do not halve the sum: 0.8 and 0.8 make 1.6, which is no chance. Divide by 2",
    ),
    (
        lambda p, q: p - q,
        "`ask(reply_1, reply_2) - ask(reply_2, reply_1)` runs from −1 to 1. An even chance comes out as 0, which "
        "as a label means “never”: add 1 and halve it",
    ),
    (
        lambda p, q: p / (p + q),
        "You divide by the sum of the two orders. They do not share one whole: each divides its own 1 between A and B. "
        "A model that adds 0.3 to place A says 0.65 and 0.95, and your label is 0.41 where it should be 0.35. Average them",
    ),
)


def look_at_soft_label(f) -> str | None:
    cases = [(Asked(*MODELS[who]), one, two) for who, one, two in CASES]
    said = [f(*case) for case in cases]
    if wrong := next((w for m, *two in cases if (w := wrong_question(m.calls, two))), None):
        return wrong
    answers = [(model(one, two), model(two, one)) for model, one, two in cases]
    wanted = [both_orders(p, q) for p, q in answers]
    return None if same(said, wanted) else other_label(said, wanted, answers)


def other_label(said, wanted, answers) -> str:
    if all(label in (0, 1) for label in said[:2]):
        return (
            f"You say {said[0]:g}: a hard label. The model is 0.8 sure of {quoted(USEFUL)}, and of a close call it might be 0.51 "
            "sure; both would become the same 1, and nobody could tell later. Return the chance itself, 0.2 for the vague reply."
        )
    named = next((name for slip, name in SLIPS if same(said, [slip(p, q) for p, q in answers])), None)
    return f"{named}." if named else other_number(said, wanted, answers)


def wrong_question(calls: list, two: list[str]) -> str | None:
    if not calls:
        return "You never call `ask`. Only the model can say which reply is better: `ask(reply_1, reply_2)`."
    if odd := next((call for call in calls if sorted(map(str, call)) != sorted(two)), None):
        return f"You show {quoted(str(odd[0]))} and {quoted(str(odd[1]))}. Show the two replies, each once and as they are."
    return f"{ONE_ORDER}." if len(set(calls)) == 1 else None


def same(said: list[float], wanted: list[float]) -> bool:
    return all(near(a, b) for a, b in zip(said, wanted, strict=True))


def near(a: float, b: float) -> bool:
    """Half precision will do."""
    return math.isclose(a, b, abs_tol=1e-3)


def other_number(said, wanted, answers) -> str:
    at = next(i for i in range(len(said)) if not near(said[i], wanted[i]))
    p, q = answers[at]
    return (
        f"{CASES[at][0]}: `ask(reply_1, reply_2)` is {p:.2g} and `ask(reply_2, reply_1)` is {q:.2g}, so reply 1 is better with "
        f"chance {wanted[at]:.2g}; you give {said[at]:.3g}."
    )


ex1 = Exercise(
    name="ex1",
    call="soft_label(ask, reply_1, reply_2)",
    title="Exercise 1: a soft label",
    task=(
        "RL-CAI needs no person to say which of two replies keeps better to a principle: the model is asked. "
        "`ask(first, second)` shows it `first` as reply A and `second` as reply B, and gives the probability that it answers "
        "“A”.\n\n"
        "Models like a letter for its place. So ask in both orders and average. Return the chance that *reply 1* is the better "
        "one, a number from 0 to 1: the label as sure as the model is, no surer."
    ),
    stub=(
        "def soft_label(ask, reply_1, reply_2):\n"
        '    """The chance that reply 1 keeps better to the principle."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(soft_label)"
    ),
    minutes=4,
    stars=1,
    hint_text=(
        "In the second order reply 1 stands at place B. If “A” has probability q there, what is left for “B”? You then have two "
        "readings of one chance."
    ),
    confirms=(
        "What a place adds in one order it takes away in the other: the model that adds 0.3 to place A gives the same labels as "
        "one that adds nothing, and the model that always says A gives 0.5, which tells a reward model nothing. "
        "`constitution.preferences` labels its pairs in this way."
    ),
    answer_of=(soft_label, both_orders, preferences),
    complain=guard.number,
    examine=look_at_soft_label,
)

__all__ = ["ex1", "ex2"]
