"""Exercises of notebook 05: SPIN's loss, and an opponent that was cut short."""

from __future__ import annotations

import itertools
import math

from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.check.opponent import ex2
from course_lib.margin import preference_loss

CASES = (  # human, own, human_before, own_before, beta
    (-40.0, -20.0, -40.0, -20.0, 0.1),  # nothing has changed yet
    (-30.0, -22.0, -40.0, -20.0, 0.1),  # as it should go
    (-30.0, -22.0, -40.0, -20.0, 0.5),  # the same under another beta
    (-45.0, -45.0, -40.0, -20.0, 0.1),  # both lose, the own answer more
    (-44.0, -18.0, -40.0, -20.0, 0.1),  # the wrong way
)
EXTREMES = ((-2040.0, -20.0, -40.0, -20.0, 1.0), (-40.0, -2020.0, -40.0, -20.0, 1.0))  # margins of -2000 and 2000
START, RIGHT_WAY, HEAVY, BOTH, _ = (preference_loss(*case) for case in CASES)

# The names of slips. {start}, {went}, {heavy} and {both} are what the learner's function says for the first four cases.
NO_REFERENCE = (
    "You leave the previous self out, so your margin is not 0 at the start: when nothing has changed yet, you give {start}. "
    f"The loss of every pair is then −log σ(0) = log 2 = {START:.3f}. Count each answer from where it was: "
    "`human - human_before` and `own - own_before`."
)
TURNED = (
    "Your sign is turned: you take the own answer's gain less the human one's. The human answer has gained 10 nats and the own "
    f"answer has lost 2, as it should be: the loss falls from {START:.3f} to {RIGHT_WAY:.3f}; you give {{went}}. Training on "
    "yours would lead away from the human answer."
)
CROSSED = (
    "You add what the previous self says instead of taking it away: when nothing has changed yet you give {start}, and the loss "
    f"is log 2 = {START:.3f} there. Each answer is counted from where it was: `human - human_before`, `own - own_before`."
)
RATIO = (
    "You divide log-probabilities. The ratio of two *probabilities* is the difference of their logarithms: from −40 to −30 nats "
    "is a gain of 10, that is e^10 = 22,026 times as likely; −30/−40 = 0.75 says nothing of the kind. Subtract."
)
HUMAN_ONLY = (
    "You look at the human answer only. Let it fall from −40 to −45 and the own answer from −20 to −45: the gap has grown by 20 "
    f"nats, so the loss is {BOTH:.3f}; you give {{both}}. Without the own answer there is no opponent."
)
OWN_ONLY = (
    "You look at the own answer only: any text but its own would do. From −40 to −30 for the human answer and from −20 to −22 "
    f"for the own one the loss is {RIGHT_WAY:.3f}; you give {{went}}. The human answer says where to go."
)
MEAN_GAIN = (
    "You take the mean (or sum) of the two gains. Let the human answer lose 5 nats and the own answer 25: the gap has grown by "
    f"20, and the loss is {BOTH:.3f}; you give {{both}}. It is their *difference* that tells the two apart."
)
HALVED = (
    "You halve the margin: gains of 10 and −2 make a margin of 12, not 6, and the loss is "
    f"{RIGHT_WAY:.3f}; you give {{went}}. The only weight is β."
)
EACH = (
    "You take one loss for each answer and then their mean or sum. SPIN takes one of the difference: with the human answer 5 "
    f"nats down and the own one 25 down it is {BOTH:.3f}; you give {{both}}. Only the gap must grow, not each half for itself."
)
NO_BETA = (
    f"You forget β. With β = 0.1 the loss is {RIGHT_WAY:.3f}, with β = 0.5 it is {HEAVY:.3g}; you give {{went}} both times. "
    "Multiply the margin by β inside the sigmoid."
)
OUTSIDE = (
    "Your β stands outside the sigmoid: when nothing has changed yet you give {start}, and the loss is log 2 = "
    f"{START:.3f} there, whatever β is. Inside, β says how many nats are enough; outside it would only be a second learning rate."
)
DIVIDED = (
    f"You divide the margin by β: with β = 0.1 and a margin of 12 nats the loss is −log σ(1.2) = {RIGHT_WAY:.3f}; you give "
    "{went}. Multiply."
)
NO_MINUS = (
    "The minus is missing: log σ is never above 0, and you give {went}. Training makes the loss small, so yours would push the "
    "margin down without end. Return −log σ."
)
NO_LOG = (
    f"You return the sigmoid without its logarithm: {{start}} at the start, where −log σ(0) = log 2 = {START:.3f}. A sigmoid is "
    "flat at both ends, so a pair that is badly wrong would hardly pull; −log σ is steep there."
)
BASE = (
    "Your logarithm has base {base}: {{start}} at the start instead of log 2 = "
    f"{START:.3f}. Log-probabilities are in nats here, so take the natural one: `math.log`, `math.log1p`."
)
NO_SIGMOID = (
    "The sigmoid is missing: you return the (weighted) margin itself, {start} at the start instead of log 2 = "
    f"{START:.3f}. It has no floor, so a pair that is told apart already would pull as strongly as any other."
)

SIDES = (  # what becomes the margin; the first of each table is right
    ("", preference_loss),
    (NO_REFERENCE, lambda h, o, h0, o0, b: preference_loss(h, o, 0, 0, b)),
    (TURNED, lambda h, o, h0, o0, b: preference_loss(o, h, o0, h0, b)),
    (CROSSED, lambda h, o, h0, o0, b: preference_loss(h, o, o0, h0, b)),
    (RATIO, lambda h, o, h0, o0, b: preference_loss(h / h0, o / o0, 0, 0, b)),
    (RATIO, lambda h, o, h0, o0, b: preference_loss(h / o, h0 / o0, 0, 0, b)),
    (RATIO, lambda h, o, h0, o0, b: preference_loss(h / h0 / (o / o0), 0, 0, 0, b)),
    (RATIO, lambda h, o, h0, o0, b: preference_loss(math.log(h / h0), math.log(o / o0), 0, 0, b)),
    (HUMAN_ONLY, lambda h, o, h0, o0, b: preference_loss(h, 0, h0, 0, b)),
    (OWN_ONLY, lambda h, o, h0, o0, b: preference_loss(0, o, 0, o0, b)),
    (MEAN_GAIN, lambda h, o, h0, o0, b: preference_loss(h, -o, h0, -o0, b / 2)),
    (MEAN_GAIN, lambda h, o, h0, o0, b: preference_loss(h, -o, h0, -o0, b)),
    (HALVED, lambda h, o, h0, o0, b: preference_loss(h, o, h0, o0, b / 2)),
    (EACH, lambda h, o, h0, o0, b: (preference_loss(h, 0, h0, 0, b) + preference_loss(0, o, 0, o0, b)) / 2),
    (EACH, lambda h, o, h0, o0, b: preference_loss(h, 0, h0, 0, b) + preference_loss(0, o, 0, o0, b)),
)
WEIGHTS = (  # beta inside the sigmoid, and outside
    ("", lambda b: (b, 1.0)),
    (NO_BETA, lambda b: (1.0, 1.0)),
    (OUTSIDE, lambda b: (1.0, b)),
    (DIVIDED, lambda b: (1 / b, 1.0)),
)
SHAPES = (  # what is made of the loss
    ("", lambda loss: loss),
    (NO_MINUS, lambda loss: -loss),
    (NO_LOG, lambda loss: 1 - math.exp(-loss)),
    (NO_LOG, lambda loss: math.exp(-loss)),
    (NO_LOG, lambda loss: -math.exp(-loss)),
    (BASE.format(base=2), lambda loss: loss / math.log(2)),
    (BASE.format(base=10), lambda loss: loss / math.log(10)),
    (NO_SIGMOID, lambda loss: math.log(math.expm1(loss))),
    (NO_SIGMOID, lambda loss: -math.log(math.expm1(loss))),
)


def slipped(way, case) -> float:
    """The loss of a case with one way of each table."""
    (_, side), (_, weight), (_, shape) = way
    inside, outside = weight(case[-1])
    return outside * shape(side(*case[:-1], inside))


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(SIDES, WEIGHTS, SHAPES), key=lambda way: len(names(way)))  # fewest slips first


def near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)


def look_at_loss(f) -> str | None:
    said = [f(*case) for case in CASES]
    for way in WAYS:
        if all(near(got, slipped(way, case)) for got, case in zip(said, CASES, strict=True)):
            return named(names(way), said) or look_at_extremes(f)
    return unnamed(said)


def number(x: float) -> str:
    return f"{x + 0.0:.3g}".replace("-", "−")  # + 0.0 makes 0 of −0


def named(slips: list[str], said: list[float]) -> str | None:
    start, went, heavy, both = (number(value) for value in said[:4])
    told = " And: ".join(slip.format(start=start, went=went, heavy=heavy, both=both) for slip in slips)
    return told or None


def unnamed(said: list[float]) -> str:
    """The first case that is wrong, with its arithmetic."""
    case, got = next((c, got) for c, got in zip(CASES, said, strict=True) if not near(got, preference_loss(*c)))
    h, o, h0, o0, beta = case
    margin = (h - h0) - (o - o0)
    right = preference_loss(*case)
    more = " You round, or count in single precision: losses are compared to six digits."
    rounded = more if number(got) == number(right) else ""
    return (
        f"The human answer goes from {number(h0)} to {number(h)} nats, the own one from {number(o0)} to {number(o)}, and "
        f"β = {beta:g}. The margin is ({number(h - h0)}) − ({number(o - o0)}) = {number(margin)}, so the loss is "
        f"−log σ({number(beta * margin)}) = {number(right)}; you give {number(got)}.{rounded}"
    )


CURE = (
    "`math.exp` of more than 709 is too large for a float, and of less than −745 it is 0, which has no logarithm. So take the "
    "exponential of negative numbers only: −log σ(x) is log(1 + e^−x) where x > 0, and log(1 + e^x) − x elsewhere."
)


def look_at_extremes(f) -> str | None:
    """Long answers have margins of thousands of nats, where the plain formula leaves what a float can hold."""
    for case, margin in zip(EXTREMES, ("−2000", "2000"), strict=True):
        start = f"Your formula is right. But let the margin be {margin} nats, with β = 1: "
        wanted = preference_loss(*case)
        try:
            got = f(*case)
        except Unready as why:
            return f"{start}the loss is {wanted:g}. {why} {CURE}"
        if not near(got, wanted):
            return f"{start}the loss is {wanted:g}, and you give {got:.4g}. {CURE}"
    return None


ex1 = Exercise(
    name="ex1",
    call="loss(human, own, human_before, own_before, beta)",
    title="Exercise 1: the loss of one pair",
    task=(
        "A pair holds the human answer to a prompt and the *own* answer: what the previous self, the policy of the round "
        "before, wrote. You get four log-probabilities of whole answers, in nats. `human` and `own` are by the policy in "
        "training, `human_before` and `own_before` by the previous self.\n\n"
        "The *margin* is what the human answer has gained since then, less what the own answer has gained. Return "
        "−log σ(β · margin), where σ(x) = 1/(1 + e^−x). It must stand margins of ±2000 as well."
    ),
    stub=(
        "import math\n"
        "\n"
        "\n"
        "def loss(human, own, human_before, own_before, beta):\n"
        '    """-log sigmoid(beta * margin) of one pair."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(loss)"
    ),
    minutes=6,
    stars=2,
    hint_text=(
        "First the two gains, then their difference, then times β: call that x. What is x when nothing has changed yet, and "
        "what is the loss then? −log σ(x) is log(1 + e^−x). If x is −2000 that exponential is too large; multiply inside and "
        "outside until its exponent is negative."
    ),
    confirms=(
        "The same as `margin.preference_loss`, far out too. Two things to keep in mind: each round starts at log 2 = 0.693, for "
        "the policy is then its own opponent; and in one of the cases *both* answers became less likely, and the loss fell all "
        "the same. It sees the gap only."
    ),
    answer_of=(preference_loss,),
    complain=guard.one_number,
    examine=look_at_loss,
)

__all__ = ["ex1", "ex2"]
