"""The exercises of notebook 08: the package's own functions pass, and each known mistake is named."""

import math
import random
import re
import statistics
from collections import Counter
from itertools import product

import pytest

from course_lib.answers import MARKED, NUMBER, normal, parse_answer
from course_lib.check import advantage_slips, ballots, kl_slips, ttrl
from course_lib.statistics import majority
from course_lib.train.policy_loss import centred, token_losses
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.votes import consensus


def elected(texts):
    """TTRL's vote, by the package."""
    return consensus(Group(Problem("", "0"), tuple(map(Completion, texts))), Turn(0, 1))


def by_group(way):
    return lambda groups: [way(list(g)) for g in groups]


EX = {"ex1": ttrl.ex1, "ex2": ttrl.ex2, "ex3": ttrl.ex3}
RIGHT = {"ex1": elected, "ex2": by_group(centred), "ex3": kl_slips.token_loss}


# ---- mistakes in the vote ----------------------------------------------------------------------------------------


def most(votes):
    return Counter(votes).most_common(1)[0][0]


def answers(texts):
    return [a for t in texts if (a := parse_answer(t)) is not None]


def guess(value):
    """The vote, but with `value` where nothing can be read."""
    return lambda texts: most(answers(texts)) if answers(texts) else value


def first_mark(texts):
    return most([normal(MARKED.findall(t)[0]) for t in texts if MARKED.findall(t)])


def spelt(texts):
    return most([MARKED.findall(t)[-1] for t in texts if MARKED.findall(t)])


def whole_number(texts):
    return most([MARKED.findall(t)[-1].split(",")[0].split(".")[0] for t in texts if MARKED.findall(t)])


def or_else_the_last(text):
    """A reader that falls back to the last number where there is no mark."""
    found = re.findall(NUMBER, text)
    return parse_answer(text) or (found[-1] if found else None)


def no_tie(texts):
    two = Counter(answers(texts)).most_common(2)
    return None if not two or (len(two) == 2 and two[0][1] == two[1][1]) else two[0][0]


def both_of_a_tie(texts):
    votes = Counter(answers(texts))
    return ", ".join(a for a, n in votes.items() if n == max(votes.values())) or None


def unsigned(texts):
    return most([a.lstrip("-") for a in answers(texts)])


def above_half(texts):
    answer, n = Counter(answers(texts)).most_common(1)[0]
    return answer if n > len(answers(texts)) / 2 else None


VOTE = {
    "You count whole texts": lambda texts: parse_answer(most(texts)),
    "not the text": most,
    "two ways of working": lambda texts: parse_answer(most([t for t in texts if parse_answer(t)])),
    "28, none, none, the label is '28'; you give None": lambda texts: most(map(parse_answer, texts)),
    "28, none, none, the label is '28'; you give ''": lambda texts: most([parse_answer(t) or "" for t in texts]),
    "the label is '28'; you give 'None'": lambda texts: most([str(parse_answer(t)) for t in texts]),
    "Texts that cannot be read vote together": lambda texts: most([parse_answer(t) or "0" for t in texts]),
    "one number in three spellings": spelt,
    "only groups thousands": whole_number,
    "the *last* one counts": first_mark,
    "number right after `####` is the answer": lambda texts: most(
        [normal(re.findall(NUMBER, t)[-1]) for t in texts if "####" in t]
    ),
    "and these have no vote": lambda texts: most([a for t in texts if (a := or_else_the_last(t))]),
    "minus sign is a part": unsigned,
    "You take the mean of the answers": lambda texts: statistics.mean(map(float, answers(texts))),
    "mean of the answers. Answers are names": lambda texts: str(round(statistics.mean(map(float, answers(texts))))),
    "You take the median of the answers": lambda texts: statistics.median(map(float, answers(texts))),
    "median of the answers. Answers are names": lambda texts: str(statistics.median_low(map(int, answers(texts)))),
    "You take the largest": lambda texts: max(answers(texts), key=float),
    "You take the smallest": lambda texts: min(answers(texts), key=float),
    "You take the answer of the longest text": lambda texts: parse_answer(max(texts, key=len)),
    "the first readable text": lambda texts: answers(texts)[0],
    "the last readable text": lambda texts: answers(texts)[-1],
    "the last number anywhere": lambda texts: ballots.elected(ballots.anywhere(texts, -1)),
    "the first number anywhere": lambda texts: ballots.elected(ballots.anywhere(texts, 0)),
    "the number of votes": lambda texts: max(Counter(answers(texts)).values()),
    "*fewest* votes": lambda texts: Counter(answers(texts)).most_common()[-1][0],
    "more than half of the votes": above_half,
    "with IndexError": lambda texts: most(answers(texts)),
    "TTRL's public code stops here too": lambda texts: Counter(answers(texts)).most_common(1)[0][0],
    "with ValueError": lambda texts: max(set(answers(texts)), key=answers(texts).count),
    "You give '0'": guess("0"),
    "You give 'None'": guess("None"),
    "You give ''": guess(""),
    "You give 0. A label that nobody voted for": guess(0),
    "The package draws a lot": no_tie,
    "one of them alone": both_of_a_tie,
    "You give 28 where the label is '28'": lambda texts: int(most(answers(texts))) if answers(texts) else None,
    "You give '28.0' where the label": lambda texts: str(float(most(answers(texts)))) if answers(texts) else None,
    "returns a `tuple`": lambda texts: Counter(answers(texts)).most_common(1)[0],
    "take `[0][0]`": lambda texts: Counter(answers(texts)).most_common(1),
    "returns a `bool`": lambda texts: True,
    "you give 'x'": lambda texts: "x",
}


# ---- mistakes in the advantages ----------------------------------------------------------------------------------


def mean(scores):
    return sum(scores) / len(scores)


def flat(groups):
    return [s for g in groups for s in g]


def of_batch(way):
    return lambda groups: [way(g, flat(groups)) for g in groups]


def spread(scores, eps=1e-4):
    return statistics.stdev(scores) + eps


def others(g):
    return [s - mean(g[:i] + g[i + 1 :]) for i, s in enumerate(g)]


def unless_alike(way, alike):
    return by_group(lambda g: way(g) if max(g) > min(g) else alike(g))


ADVANTAGES = {
    "You centre over the whole batch": of_batch(lambda g, all: [s - mean(all) for s in g]),
    "gets the same, 0.56, and a wrong one −0.44": of_batch(lambda g, all: [s - mean(all) for s in g]),
    "Your sign is turned": by_group(lambda g: [mean(g) - s for s in g]),
    "arXiv 2503.20783": by_group(lambda g: centred(tuple(g), scale=True)),
    "by the group's standard deviation": by_group(lambda g: [(s - mean(g)) / (statistics.pstdev(g) + 1e-8) for s in g]),
    "You do not centre": lambda groups: groups,
    "the group's best": by_group(lambda g: [s - max(g) for s in g]),
    "the best of the group only": by_group(lambda g: [1.0 if s == max(g) else 0.0 for s in g]),
    "what *not* to do": by_group(lambda g: [s - mean(g) if s == max(g) else 0 for s in g]),
    "the group's worst": by_group(lambda g: [s - min(g) for s in g]),
    "You make 0 of what is below": by_group(lambda g: [max(0, s - mean(g)) for s in g]),
    "leave-one-out": by_group(others),
    "G/(G−1)": by_group(lambda g: [(s - mean(g)) * len(g) / (len(g) - 1) for s in g]),
    "You take away the median": by_group(lambda g: [s - statistics.median(g) for s in g]),
    "the sum of the group": by_group(lambda g: [s - sum(g) for s in g]),
    "You measure from 0.5": by_group(lambda g: [2 * s - 1 for s in g]),
    "from 0.5 in every group": by_group(lambda g: [s - 0.5 for s in g]),
    "You divide by the group's mean": by_group(lambda g: [s / (mean(g) + 1e-6) - 1 for s in g]),
    "from the worst to the best": by_group(lambda g: [(s - min(g)) / (max(g) - min(g) + 1e-9) for s in g]),
    "the distance from the mean without its sign": by_group(lambda g: [abs(s - mean(g)) for s in g]),
    "standard deviation of the whole batch": of_batch(lambda g, all: [(s - mean(g)) / spread(all) for s in g]),
    "centre over the whole batch and divide by its spread": of_batch(
        lambda g, all: [(s - mean(all)) / spread(all) for s in g]
    ),
    "one flat list": lambda groups: [s - mean(g) for g in groups for s in g],
    "of 4 and 5 scores; you return 1, of 9": lambda groups: [[s - mean(flat(groups)) for s in flat(groups)]],
    "you return none": lambda groups: [],
    "the mean is 0.75, so the advantages are 0.25, 0.25, −0.75, 0.25": by_group(lambda g: [0.0 for s in g]),
    "all 0. For 1, 1, 1 you give 1, 1, 1": unless_alike(centred, list),
    "you give nan, nan": unless_alike(centred, lambda g: [math.nan] * len(g)),
    "the selection's business": lambda groups: [centred(tuple(g)) for g in groups if max(g) > min(g)],
    "with ZeroDivisionError": unless_alike(centred, lambda g: [1 / 0]),
    "groups that hold a `str`": by_group(lambda g: ["0"] * len(g)),
    "a list that holds None": lambda groups: [None for g in groups],
    "a list that holds a `generator`": lambda groups: [(s for s in g) for g in groups],
}


# ---- mistakes in the loss ----------------------------------------------------------------------------------------


def k3(x):
    return math.exp(x) - x - 1


def of_parts(kl=lambda p, s, r: k3(r - p), gain=lambda p, s, r, a: math.exp(p - s) * a, join=lambda k, g, b: b * k - g):
    return lambda p, s, r, a, b: join(kl(p, s, r), gain(p, s, r, a), b)


def clip(ratio):
    return min(1.2, max(0.8, ratio))


LOSS = {
    "Your KL has a minus": of_parts(join=lambda k, g, b: -b * k - g),
    "1) = 1.33; you give −1.33": of_parts(join=lambda k, g, b: -b * k - g),
    "Your gain has a plus": of_parts(join=lambda k, g, b: b * k + g),
    "You return the objective": of_parts(join=lambda k, g, b: g - b * k),
    "Your x is turned": of_parts(lambda p, s, r: k3(p - r)),
    "can lie below 0": of_parts(lambda p, s, r: p - r),
    "that is x itself": of_parts(lambda p, s, r: r - p),
    "The −1 is missing": of_parts(lambda p, s, r: math.exp(r - p) - (r - p)),
    "The −x is missing": of_parts(lambda p, s, r: math.exp(r - p) - 1),
    "You take e^x alone": of_parts(lambda p, s, r: math.exp(r - p)),
    "You add x where it is taken away": of_parts(lambda p, s, r: math.exp(r - p) + (r - p) - 1),
    "You square the difference": of_parts(lambda p, s, r: 0.5 * (p - r) ** 2),
    "half the square is nearly the same": of_parts(lambda p, s, r: (p - r) ** 2),
    "|logp − reference|": of_parts(lambda p, s, r: abs(p - r)),
    "by the token's probability, as in the sum": of_parts(lambda p, s, r: math.exp(p) * (p - r)),
    "hold the policy to `sampled`": of_parts(lambda p, s, r: k3(s - p)),
    "leaves `logp` out": of_parts(lambda p, s, r: k3(r - s)),
    "The KL is missing": of_parts(lambda p, s, r: 0),
    "upside down": of_parts(gain=lambda p, s, r, a: math.exp(s - p) * a),
    "as plain REINFORCE does": of_parts(gain=lambda p, s, r, a: p * a),
    "The exponential is missing": of_parts(gain=lambda p, s, r, a: (p - s) * a),
    "leave `sampled` out": of_parts(gain=lambda p, s, r, a: math.exp(p) * a),
    "the advantage alone": of_parts(gain=lambda p, s, r, a: a),
    "Your ratio is to the reference": of_parts(gain=lambda p, s, r, a: math.exp(p - r) * a),
    "You divide log-probabilities": of_parts(gain=lambda p, s, r, a: p / s * a),
    "You clip the ratio": of_parts(gain=lambda p, s, r, a: min(math.exp(p - s) * a, clip(math.exp(p - s)) * a)),
    "here the clip is left out": of_parts(gain=lambda p, s, r, a: clip(math.exp(p - s)) * a),
    "You forget β": of_parts(join=lambda k, g, b: k - g),
    "before the gain instead of the KL": of_parts(join=lambda k, g, b: k - b * g),
    "acts like a learning rate": of_parts(join=lambda k, g, b: b * (k - g)),
    "the weight 1 − β": of_parts(join=lambda k, g, b: b * k - (1 - b) * g),
    "The KL is missing. With an advantage": of_parts(lambda p, s, r: 0, lambda p, s, r, a: p * a),
    "with OverflowError": of_parts(lambda p, s, r: math.exp(1000)),
    "So the loss is −0.5; you give 7": lambda *args: 7,
    "you give nan": lambda *args: math.nan,
    "returns a `str`": lambda *args: "0.5",
}  # fmt: skip
CASES = [
    pytest.param(EX[name], words, f, id=f"{name}: {words}")
    for name, all in (("ex1", VOTE), ("ex2", ADVANTAGES), ("ex3", LOSS))
    for words, f in all.items()
]
ALL = pytest.mark.parametrize("name", EX)


@ALL
def test_the_packages_own_function_passes(name):
    verdict = EX[name].check(RIGHT[name])
    assert verdict.passed, verdict.says


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!)" and "Traceback" not in verdict.says and "{" not in verdict.says


def test_other_right_ways_pass():
    assert ttrl.ex1.check(lambda texts: majority([parse_answer(t) for t in texts], random.Random(3))).passed
    assert ttrl.ex1.check(lambda texts: statistics.mode(answers(texts)) if answers(texts) else None).passed
    assert ttrl.ex2.check(lambda groups: tuple(tuple(centred(tuple(g))) for g in groups)).passed
    assert ttrl.ex3.check(lambda p, s, r, a, b: b * (math.expm1(r - p) + p - r) - a * math.exp(p) / math.exp(s)).passed


def test_two_slips_at_once_are_both_named():
    said = ttrl.ex3.check(of_parts(lambda p, s, r: k3(p - r), join=lambda k, g, b: -b * k - g)).says
    assert "Your x is turned" in said and "Your KL has a minus" in said


def test_no_single_slip_passes_for_right_or_for_another():
    seen = {}
    for way in product(kl_slips.KLS, kl_slips.GAINS, kl_slips.SIGNS, kl_slips.WEIGHTS):
        if len(kl_slips.names(way)) <= 1:
            said = tuple(round(kl_slips.slipped(way, token), 6) for token in kl_slips.CASES)
            assert seen.setdefault(said, kl_slips.names(way)) == kl_slips.names(way)


@pytest.mark.parametrize(
    "slips, cases", [(ballots.SLIPS, ballots.BALLOTS), (advantage_slips.SLIPS, advantage_slips.BATCHES)]
)
def test_each_slip_of_a_table_is_a_mistake_of_its_own(slips, cases):
    seen = {}
    for slip, name in slips:
        said = [slip(c.texts if isinstance(c, ballots.Ballot) else c) for c in cases]
        assert seen.setdefault(repr([ballots.plain(s) for s in said]), name) == name


def test_the_float_loss_is_that_of_the_trainer_where_nothing_is_clipped():
    import torch

    tokens = [t for t in kl_slips.CASES if abs(math.exp(t.logp - t.sampled) - 1) < 1]
    assert len(tokens) == len(kl_slips.CASES)
    for token in tokens:
        four = (torch.tensor([x], dtype=torch.float64) for x in token[:4])
        assert kl_slips.token_loss(*token) == pytest.approx(token_losses(*four, token.beta, clip=1.0).item())


def test_a_tensor_is_no_number():
    import torch

    assert "a `Tensor`" in ttrl.ex3.check(lambda *args: torch.tensor(0.5)).says
    assert "a `Tensor`" in ttrl.ex2.check(lambda groups: [torch.tensor(g) for g in groups]).says


def test_the_ballots_are_what_the_messages_say():
    votes = [Counter(parse_answer(t) for t in ballot.texts) for ballot in ballots.BALLOTS]
    assert all(n[0][1] > n[1][1] for n in (Counter(answers(b.texts)).most_common(2) for b in ballots.BALLOTS)), (
        "no ties"
    )
    assert votes[0].most_common(2) == [("28", 3), ("36", 2)]
    assert votes[1] == {None: 5, "28": 2, "27": 1}
    assert not answers(ballots.UNREAD) and Counter(answers(ballots.TIE)) == {"27": 2, "28": 2}
