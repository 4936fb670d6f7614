"""The loss of one token: a gain to be made large, and a KL to be kept small, in one number to be made small."""

from __future__ import annotations

import itertools
import math

from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.kl_slips import CASES, GAINS, KLS, SIGNS, WEIGHTS, e_x, names, slipped, token_loss
from course_lib.train.policy_loss import kl, token_losses

WAYS = sorted(itertools.product(KLS, GAINS, SIGNS, WEIGHTS), key=lambda way: len(names(way)))  # fewest slips first


def near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)


def look_at_loss(f) -> str | None:
    said = [f(*token) for token in CASES]
    for way in WAYS:
        if all(near(got, slipped(way, token)) for got, token in zip(said, CASES, strict=True)):
            return named(names(way), said)
    return unnamed(said)


def number(x: float) -> str:
    return f"{x + 0.0:.3g}".replace("-", "−")  # + 0.0 makes 0 of −0


def named(slips: list[str], said: list[float]) -> str | None:
    start, alone, free = (number(value) for value in said[:3])
    return " And: ".join(slip.format(start=start, alone=alone, free=free) for slip in slips) or None


def unnamed(said: list[float]) -> str:
    """The first token that is wrong, with its arithmetic."""
    token, got = next((t, got) for t, got in zip(CASES, said, strict=True) if not near(got, token_loss(*t)))
    logp, sampled, reference, advantage, beta = token
    return (
        f"Let logp be {number(logp)}, sampled {number(sampled)}, reference {number(reference)}, the advantage "
        f"{number(advantage)} and β {beta:g}. Then x = {number(reference - logp)} and the KL is "
        f"{number(e_x(reference - logp))}; the ratio is {number(math.exp(logp - sampled))} and the gain "
        f"{number(math.exp(logp - sampled) * advantage)}. So the loss is {number(token_loss(*token))}; you give "
        f"{number(got)}."
    )


ex3 = Exercise(
    name="ex3",
    call="loss(logp, sampled, reference, advantage, beta)",
    title="Exercise 3: the sign of the KL",
    task=(
        "Write the loss of one token. It is in an answer that the policy sampled. You get its log-probability in nats three "
        "times: `logp` by the policy in training, `sampled` by the policy as it was when it wrote the answer, `reference` by a "
        "model that stays frozen. `advantage` is its answer's, and β ≥ 0 weighs the KL.\n\n"
        "The *gain* is the advantage times the ratio of the token's probability now to that when it was sampled. The *KL* of the "
        "policy to the reference is estimated by e^x − x − 1 with x = reference − logp. The gain is to become large and the KL "
        "to stay small; a trainer makes what you return *small*. There is no clip here."
    ),
    stub=(
        "import math\n"
        "\n"
        "\n"
        "def loss(logp, sampled, reference, advantage, beta):\n"
        '    """The loss of one token: a trainer makes it small."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex3.check(loss)"
    ),
    minutes=8,
    stars=3,
    hint_text=(
        "Set the advantage to 0: what is left should grow as the policy moves away from its reference. Set β to 0: what is left "
        "should fall as a good answer gets likelier. The ratio of two probabilities is `math.exp` of the difference of their "
        "logarithms."
    ),
    confirms=(
        "The same as `token_losses` where nothing is clipped. Note the start: policy, sampler and reference are one, so "
        "the KL is 0, the ratio 1 and the loss −advantage, which over a group adds up to 0 (for answers of one length). A "
        "loss of 0 that does learn: its gradient is not 0. Watch the score and the KL, not the loss."
    ),
    answer_of=(token_losses, kl),
    complain=guard.one_number,
    examine=look_at_loss,
)
