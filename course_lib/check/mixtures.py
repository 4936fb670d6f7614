"""Exercise 1 of notebook 10: the chance of each workflow to be changed next, and what wrong formulas make of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready, is_number, kind
from course_lib.methods.aflow import mixture

CALL = "chances(scores, lam, alpha)"
CASES = (  # scores in percent, λ, α. After each slip comes the first case that shows it
    ([60.0, 70.0, 80.0], 0.2, 0.1),
    ([60.0, 70.0, 80.0], 0.5, 0.05),
    ([50.0, 50.0], 0.2, 0.4),
    ([75.0, 71.0, 78.0, 30.0], 0.3, 0.2),
    ([80.0], 0.2, 0.4),
    ([60.0, 62.0], 0.0, 0.4),
    ([60.0, 62.0], 1.0, 0.4),
    ([0.0, 0.0, 0.0], 0.2, 0.4),
    ([90.0, 80.0], 0.2, 10.0),
)

OVERFLOW = (
    "`exp` of a large number is beyond what a float holds: here α · s is 900. Take the largest score off first, "
    "`math.exp(alpha * (s - max(scores)))`: the softmax stays the same."
)
SWAPPED = "You have λ and 1 − λ the wrong way round: λ is the share that is spread evenly."
ONLY_SOFT = "Nothing is spread evenly: without λ a workflow that scored badly once is hardly ever tried again."
ONLY_EVEN = (
    "All are alike, whatever they scored. That is the control: a search that learns nothing from its evaluations."
)
LINEAR = (
    "You share out in proportion to the scores. Between 70 and 80 % there is then hardly a difference: take `exp` of α times "
    "the score."
)
NO_EXP = (
    "`exp` is missing: you share out the distances from the best, so the worst gets most. Take `exp` of each first."
)
DIVIDED = "You divide by α, as by a temperature. Here α multiplies: the larger it is, the more the best is preferred."
AS_SHARE = "You make shares of the scores. They are in percent, as in the paper: 80, not 0.8."
NOT_ONE = "The softmax is not divided by its sum, so the chances do not add up to 1."
ADDED = "You add λ to each. It is shared among all: λ / n for each of n."
TURNED = "The sign is turned: you prefer the worst."
BEST_ONLY = (
    "You give the whole rest to the best. It should go by `exp(α · score)`, so that the second best has a part as well."
)
NO_ALPHA = "α has no effect: multiply the scores by it inside `exp`."


def weights(scores: Sequence[float], alpha: float) -> list[float]:
    return [math.exp(max(-700.0, min(0.0, alpha * (s - max(scores))))) for s in scores]


def shared(values: Sequence[float]) -> list[float]:
    total = sum(values)
    return [v / total if total else 0.0 for v in values]


def mix(even: float, rest: Sequence[float], lam: float) -> list[float]:
    return [lam * even + (1 - lam) * r for r in rest]


def soft(s: Sequence[float], a: float) -> list[float]:
    return shared(weights(s, a))


def top(s: Sequence[float]) -> list[float]:
    return [float(i == list(s).index(max(s))) for i in range(len(s))]


def tops(s: Sequence[float]) -> list[float]:
    return shared([float(x == max(s)) for x in s])


Way = Callable[[Sequence[float], float, float], list[float]]
SLIPS: tuple[tuple[str, Way], ...] = (
    (SWAPPED, lambda s, lam, a: mix(1 / len(s), soft(s, a), 1 - lam)),
    (ONLY_SOFT, lambda s, lam, a: soft(s, a)),
    (ONLY_SOFT, lambda s, lam, a: [(1 - lam) * x for x in soft(s, a)]),
    (ONLY_EVEN, lambda s, lam, a: [1 / len(s)] * len(s)),
    (LINEAR, lambda s, lam, a: mix(1 / len(s), shared(s), lam)),
    (LINEAR, lambda s, lam, a: mix(1 / len(s), shared([a * x for x in s]), lam)),
    (NO_EXP, lambda s, lam, a: mix(1 / len(s), shared([a * (x - max(s)) for x in s]), lam)),
    (DIVIDED, lambda s, lam, a: mix(1 / len(s), soft(s, 1 / a), lam)),
    (AS_SHARE, lambda s, lam, a: mix(1 / len(s), soft(s, a / 100), lam)),
    (NOT_ONE, lambda s, lam, a: mix(1 / len(s), weights(s, a), lam)),
    (ADDED, lambda s, lam, a: mix(1, soft(s, a), lam)),
    (TURNED, lambda s, lam, a: mix(1 / len(s), soft([-x for x in s], a), lam)),
    (BEST_ONLY, lambda s, lam, a: mix(1 / len(s), top(s), lam)),
    (BEST_ONLY, lambda s, lam, a: mix(1 / len(s), tops(s), lam)),
    (NO_ALPHA, lambda s, lam, a: mix(1 / len(s), soft(s, 1), lam)),
)


def look_at_chances(f) -> str | None:
    said = []
    for case in CASES:
        try:
            got, odd = asked(f, case)
        except Unready as why:
            got, odd = None, f"{OVERFLOW} {why}" if "OverflowError" in str(why) else f"{of(case)}: {why}"
        if got is None:
            return judged(said) or odd  # what was wrong before comes first
        said.append(got)
    return judged(said)


def asked(f, case: tuple) -> tuple[list[float] | None, str]:
    """What the function returns for a case, or None and why that can't be judged."""
    scores, lam, alpha = case
    given = list(scores)
    got = [float(x) for x in f(given, lam, alpha)]
    if given != scores:
        return None, "You change the list of scores that you were given; the search still needs it. Make a new list."
    if len(got) != len(scores):
        return None, f"For {len(scores)} scores you return {len(got)} chances: one for each, in their order."
    return (got, "") if all(map(math.isfinite, got)) else (None, OVERFLOW)


def judged(said: list[list[float]]) -> str | None:
    """The first case that came out wrong, with the slip that would give all of them; None if none did."""
    wrong = next((i for i, got in enumerate(said) if not same(got, wanted(i))), None)
    if wrong is None:
        return None
    cases = list(zip(said, CASES, strict=False))
    name = next((name for name, way in SLIPS if all(same(got, way(*case)) for got, case in cases)), "")
    return " ".join([*([name] if name else []), differs(wrong, said[wrong])])


def wanted(i: int) -> list[float]:
    return mixture(*CASES[i])


def same(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b, strict=True))


def differs(i: int, got: Sequence[float]) -> str:
    return f"{of(CASES[i])} you give {rounded(got)}; it should be {rounded(wanted(i))}."


def of(case: tuple) -> str:
    scores, lam, alpha = case
    return f"For the scores {scores}, λ = {lam:g} and α = {alpha:g}"


def rounded(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{v:.3f}" for v in values) + "]"


def some_numbers(result) -> str | None:
    if isinstance(result, str | bytes | dict) or not hasattr(result, "__iter__"):
        return f"returns {kind(result)}; return a list with one chance for each score."
    if isinstance(result, Iterator):
        return f"returns {kind(result)}, which can be read only once; return a list with one chance for each score."
    odd = [x for x in (result.tolist() if hasattr(result, "tolist") else result) if not number_like(x)]
    return f"returns a list that holds {kind(odd[0])}; each entry is a number from 0 to 1." if odd else None


def number_like(x) -> bool:
    """A number, or a tensor that holds one."""
    return is_number(x) or (hasattr(x, "item") and not getattr(x, "shape", True))


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: which workflow is changed next?",
    task=(
        "AFlow draws the next parent by a soft mixed probability. `lam` (λ) of it is spread evenly, so that nothing is given up "
        "for good; the rest goes by a softmax, so that good ones are changed more often.\n\n"
        "`scores` is a list of validation scores in percent. Return a list of chances, one for each score: λ / n, and (1 − λ) "
        "times `exp(α · s)` divided by the sum of all these. Take the largest score off each `s` first, as the paper does."
    ),
    stub=(
        "def chances(scores, lam, alpha):\n"
        '    """The chance of each workflow to be changed next."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(chances)"
    ),
    minutes=6,
    stars=2,
    hint_text=(
        "First the weights, `math.exp(alpha * (s - max(scores)))` for each `s`; then their sum. Each chance is "
        "`lam / len(scores) + (1 - lam) * weight / total`."
    ),
    confirms=(
        "The same as `aflow.mixture`. With α = 0.4 five points less make the softmax's part e² or seven times smaller. On 64 "
        "stories five points are three stories: chance. λ is what pays for such mistakes."
    ),
    answer_of=(mixture,),
    complain=some_numbers,
    examine=look_at_chances,
)
