"""The loss of one token: what each slip makes of it, and how it is named."""

from __future__ import annotations

import math
from typing import NamedTuple


class Token(NamedTuple):
    """What the loss of a token is made of: three log-probabilities in nats, its answer's advantage, and β."""

    logp: float
    sampled: float
    reference: float
    advantage: float
    beta: float


def e_x(x: float) -> float:
    """An estimate of the KL: e^x − x − 1."""
    return math.exp(x) - x - 1


def token_loss(logp: float, sampled: float, reference: float, advantage: float, beta: float) -> float:
    """`token_losses` for one token, without its clip."""
    return beta * e_x(reference - logp) - math.exp(logp - sampled) * advantage


START = Token(-1.0, -1.0, -1.0, 0.5, 0.1)  # nothing has moved yet
ALONE = Token(-3.0, -3.2, -0.7, 0.0, 0.2)  # no advantage: the KL alone
FREE = Token(-0.5, -0.9, -2.5, 0.75, 0.0)  # no β: the gain alone
UP = Token(-1.0, -1.6, -2.2, 0.5, 0.1)
DOWN = Token(-2.0, -1.7, -1.1, -0.25, 0.5)
CASES = (START, ALONE, FREE, UP, DOWN)

# The names of slips. {start}, {alone} and {free} are what the learner's function says for the first three tokens.
AT_START = (
    "At the start, where nothing has moved yet, the KL is 0, the ratio 1 and the advantage 0.5, so the loss is −0.5; you give "
    "{start}."
)
AT_ALONE = (
    "With an advantage of 0 and β = 0.2 only the KL is left. The policy gives its token −3 nats, the reference −0.7, so x is 2.3 "
    f"and the loss 0.2 · (e^2.3 − 2.3 − 1) = {0.2 * e_x(2.3):.3g}; you give {{alone}}."
)
AT_FREE = (
    "With β = 0 only the gain is left. The token has risen from −0.9 to −0.5 nats and its advantage is 0.75, so the loss is "
    f"−e^0.4 · 0.75 = −{math.exp(0.4) * 0.75:.3g}; you give {{free}}."
)
REVERSED = (
    f"Your x is turned: take x = reference − logp, not logp − reference. {AT_ALONE} Turned it is never below 0 either, but "
    "averaged over tokens that the policy drew it is not KL(policy ‖ reference)."
)
K1 = (
    "You take logp − reference as the KL. On average over the policy's own tokens it is the KL, but for a single token it can "
    f"lie below 0. {AT_ALONE} And as a loss it holds nothing: averaged over those tokens its gradient is 0. Use e^x − x − 1."
)
K1_TURNED = f"You take reference − logp as the KL: that is x itself, and falls without end as logp rises. {AT_ALONE}"
NO_ONE = (
    f"The −1 is missing. Where policy and reference agree, x = 0 and e^x − x is 1, not 0. {AT_START} The gradient is the "
    "same, but nobody could read a KL off your number."
)
NO_X = f"The −x is missing: e^x − 1 is below 0 wherever the token is likelier than under the reference. {AT_ALONE}"
EXP_ONLY = f"You take e^x alone as the KL: 1 where policy and reference agree. It is e^x − x − 1. {AT_START}"
PLUS_X = f"You add x where it is taken away. Only with −x is e^x − x − 1 flat at x = 0 and never below 0. {AT_ALONE}"
K2 = (
    "You square the difference. Close to the reference half the square is nearly the same, for e^x is about 1 + x + x²/2 there. "
    f"Further off it is not. {AT_ALONE}"
)
ABSOLUTE = f"You take the distance |logp − reference| as the KL. Use e^x − x − 1. {AT_ALONE}"
WEIGHTED = (
    "You multiply by the token's probability, as in the sum over *all* tokens that defines the KL. But this token was drawn from "
    f"the policy, and being drawn often is its weight already. {AT_ALONE}"
)
TO_SAMPLED = (
    "You hold the policy to `sampled`: what it was itself when it wrote the answer. That moves along with it, round by "
    f"round. The KL is to the frozen `reference`. {AT_ALONE}"
)
STILL = (
    "Your KL compares `sampled` with `reference` and leaves `logp` out, so its gradient is 0. Take x = reference − logp. "
    f"{AT_ALONE}"
)
NO_KL = f"The KL is missing. {AT_ALONE}"
UPSIDE = (
    "Your ratio is upside down: it is the probability now over that when sampled, exp(logp − sampled). Yours falls as the token "
    f"gets likelier, so it trains the wrong way. {AT_FREE}"
)
NO_RATIO = (
    "You multiply the advantage by logp, as plain REINFORCE does. Its gradient is the same as long as the policy is the one that "
    "sampled. After the first of several steps it no longer is, and the ratio exp(logp − sampled) makes up for that. "
    f"{AT_FREE}"
)
NO_EXP = (
    "The exponential is missing: logp − sampled is the *logarithm* of the ratio, 0 where nothing has moved. Take its `math.exp`. "
    f"{AT_START}"
)
PROBABILITY = (
    "You weigh the advantage by the token's probability, exp(logp), and leave `sampled` out. A rare token then hardly counts, "
    f"although it was drawn. Take the ratio exp(logp − sampled). {AT_START}"
)
BARE = (
    "Your gain is the advantage alone. It does not hold `logp`, so it has no gradient and nothing is learned from the score. "
    f"Multiply it by exp(logp − sampled). {AT_FREE}"
)
BY_REFERENCE = (
    "Your ratio is to the reference. It should be to what the policy said when it sampled this token, exp(logp − sampled): "
    f"that is what makes an old sample count as if it were new. {AT_FREE}"
)
DIVIDED = (
    "You divide log-probabilities. The ratio of two probabilities is the exponential of their difference, exp(logp − sampled). "
    f"{AT_FREE}"
)
CLIPPED = (
    "You clip the ratio to 0.8 … 1.2. The trainer does so too, so that a step too far pays no more, but here the clip is left "
    f"out. {AT_FREE}"
)
KL_SIGN = (
    f"Your KL has a minus. {AT_ALONE} Training makes the loss small, so yours *pays* the policy for going away from its "
    "reference. A paper's objective, which is made large, has −β KL; a loss has +β KL."
)
GAIN_SIGN = (
    f"Your gain has a plus. {AT_START} Training makes the loss small, so yours makes answers better than their group less "
    "likely. Take the gain away."
)
OBJECTIVE = (
    f"You return the objective, which is to be made large. {AT_START} A trainer makes its loss small, so it would unlearn "
    "what is good and run from the reference. Turn both signs."
)
NO_BETA = f"You forget β: multiply the KL by it. {AT_ALONE}"
BETA_ON_GAIN = (
    f"Your β stands before the gain instead of the KL. With β = 0 it is the KL that should drop out. {AT_FREE}"
)
BETA_ON_BOTH = f"Your β weighs the gain as well, so it only acts like a learning rate. Multiply the KL alone. {AT_FREE}"
SHARED_OUT = f"You give the gain the weight 1 − β. It has the weight 1. {AT_START}"

KLS = (  # the KL's estimate from logp, sampled, reference; the first of each table is right
    ("", lambda p, s, r: e_x(r - p)),
    (REVERSED, lambda p, s, r: e_x(p - r)),
    (K1, lambda p, s, r: p - r),
    (K1_TURNED, lambda p, s, r: r - p),
    (NO_ONE, lambda p, s, r: e_x(r - p) + 1),
    (NO_X, lambda p, s, r: math.expm1(r - p)),
    (EXP_ONLY, lambda p, s, r: math.exp(r - p)),
    (PLUS_X, lambda p, s, r: math.expm1(r - p) + (r - p)),
    (K2, lambda p, s, r: (r - p) ** 2 / 2),
    (K2, lambda p, s, r: (r - p) ** 2),
    (ABSOLUTE, lambda p, s, r: abs(r - p)),
    (WEIGHTED, lambda p, s, r: math.exp(p) * (p - r)),
    (TO_SAMPLED, lambda p, s, r: e_x(s - p)),
    (STILL, lambda p, s, r: e_x(r - s)),
    (NO_KL, lambda p, s, r: 0.0),
)
GAINS = (  # what is to be made large, for each point of advantage
    ("", lambda p, s, r, a: math.exp(p - s) * a),
    (UPSIDE, lambda p, s, r, a: math.exp(s - p) * a),
    (NO_RATIO, lambda p, s, r, a: p * a),
    (NO_EXP, lambda p, s, r, a: (p - s) * a),
    (PROBABILITY, lambda p, s, r, a: math.exp(p) * a),
    (BARE, lambda p, s, r, a: a),
    (BY_REFERENCE, lambda p, s, r, a: math.exp(p - r) * a),
    (DIVIDED, lambda p, s, r, a: p / s * a),
    (CLIPPED, lambda p, s, r, a: min(math.exp(p - s) * a, min(1.2, max(0.8, math.exp(p - s))) * a)),
    (CLIPPED, lambda p, s, r, a: min(1.2, max(0.8, math.exp(p - s))) * a),
)
SIGNS = (("", 1, -1), (KL_SIGN, -1, -1), (GAIN_SIGN, 1, 1), (OBJECTIVE, -1, 1))
WEIGHTS = (  # of the KL, and of the gain
    ("", lambda b: (b, 1.0)),
    (NO_BETA, lambda b: (1.0, 1.0)),
    (BETA_ON_GAIN, lambda b: (1.0, b)),
    (BETA_ON_BOTH, lambda b: (b, b)),
    (SHARED_OUT, lambda b: (b, 1 - b)),
)


def slipped(way, token: Token) -> float:
    """The loss of a token with one way of each table."""
    (_, distance), (_, gain), (_, plus, minus), (_, weights) = way
    on_kl, on_gain = weights(token.beta)
    return plus * on_kl * distance(*token[:3]) + minus * on_gain * gain(*token[:4])


def names(way) -> list[str]:
    return [row[0] for row in way if row[0]]
