"""The exercises of notebook 05: the package's own function passes, and each known mistake is named with an example."""

import math
from dataclasses import replace
from itertools import product

import pytest

from course_lib.answers import parse_answer, path_of, same_answer
from course_lib.check import opponent, spin
from course_lib.margin import preference_loss
from course_lib.select import against
from course_lib.types import Pair, Turn

EXERCISES = {"ex1": spin.ex1, "ex2": spin.ex2}
RIGHT = {"ex1": preference_loss, "ex2": lambda groups, given: against(given)(groups, Turn(0, 1))}


# ---- mistakes in the loss ----------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def of_margin(margin, shape=lambda x: softplus(-x), weigh=lambda b, m: b * m):
    return lambda h, o, h0, o0, b: shape(weigh(b, margin(h, o, h0, o0)))


def gap(h, o, h0, o0):
    return (h - h0) - (o - o0)


def half(h, o, h0, o0):
    return 0.5 * gap(h, o, h0, o0)


LOSS = [
    ("leave the previous self out", of_margin(lambda h, o, h0, o0: h - o)),
    ("log 2 = 0.693", of_margin(lambda h, o, h0, o0: h - o)),
    ("you give 2.13", of_margin(lambda h, o, h0, o0: h - o)),
    ("sign is turned", of_margin(lambda *a: -gap(*a))),
    ("sign is turned", of_margin(gap, softplus)),
    ("add what the previous self says", of_margin(lambda h, o, h0, o0: (h - o) + (h0 - o0))),
    ("add what the previous self says", of_margin(lambda h, o, h0, o0: (h - o0) - (o - h0))),
    ("divide log-probabilities", of_margin(lambda h, o, h0, o0: h / h0 - o / o0)),
    ("divide log-probabilities", of_margin(lambda h, o, h0, o0: h / o - h0 / o0)),
    ("divide log-probabilities", of_margin(lambda h, o, h0, o0: math.log(h / h0) - math.log(o / o0))),
    ("human answer only", of_margin(lambda h, o, h0, o0: h - h0)),
    ("own answer only", of_margin(lambda h, o, h0, o0: o0 - o)),
    ("mean (or sum) of the two gains", of_margin(lambda h, o, h0, o0: ((h - h0) + (o - o0)) / 2)),
    ("mean (or sum) of the two gains", of_margin(lambda h, o, h0, o0: (h - h0) + (o - o0))),
    ("halve the margin", of_margin(half)),
    ("one loss for each answer", lambda h, o, h0, o0, b: (softplus(-b * (h - h0)) + softplus(b * (o - o0))) / 2),
    ("one loss for each answer", lambda h, o, h0, o0, b: softplus(-b * (h - h0)) + softplus(b * (o - o0))),
    ("forget β", of_margin(gap, weigh=lambda b, m: m)),
    ("stands outside the sigmoid", lambda *a: a[-1] * softplus(-gap(*a[:4]))),
    ("divide the margin by β", of_margin(gap, weigh=lambda b, m: m / b)),
    ("The minus is missing", of_margin(gap, lambda x: -softplus(-x))),
    ("sigmoid without its logarithm", of_margin(gap, sigmoid)),
    ("sigmoid without its logarithm", of_margin(gap, lambda x: 1 - sigmoid(x))),
    ("sigmoid without its logarithm", of_margin(gap, lambda x: -sigmoid(x))),
    ("has base 2", of_margin(gap, lambda x: -math.log2(sigmoid(x)))),
    ("has base 10", of_margin(gap, lambda x: -math.log10(sigmoid(x)))),
    ("The sigmoid is missing", of_margin(gap, lambda x: -x)),
    ("2000 nats, with β = 1: the loss is 2000. Your function stops", of_margin(gap, lambda x: -math.log(sigmoid(x)))),
    ("OverflowError", of_margin(gap, lambda x: math.log(1 + math.exp(-x)))),
    ("exponential of negative numbers only", of_margin(gap, lambda x: math.log(1 + math.exp(-x)))),
    ("and you give 27.63", of_margin(gap, lambda x: min(softplus(-x), -math.log(1e-12)))),
    ("with ValueError", of_margin(gap, lambda x: -math.log(sigmoid(x) if x > -700 else 0.0))),
    ("and you give inf", of_margin(gap, lambda x: softplus(-x) if x > -700 else math.inf)),
    ("be 2000 nats", of_margin(gap, lambda x: softplus(-x) if x < 700 else math.nan)),
    ("= 12, so the loss is −log σ(1.2) = 0.263; you give 0.693", lambda h, o, h0, o0, b: math.log(2)),
    ("you give nan", lambda *a: math.nan),
]


# ---- mistakes in the pairs ---------------------------------------------------------------------------------------


def pairing(
    keep=lambda p, ours, own: own.finished and own.text != ours, chosen=None, rejected=None, swap=False, prompt=None
):
    def pairs(groups, given):
        out = []
        for g in groups:
            p, own, ours = g.problem, g.completions_G[0], given[g.problem.id]
            if keep(p, ours, own):
                texts = (chosen(p, ours, own) if chosen else ours, rejected(p, ours, own) if rejected else own.text)
                out.append(Pair(prompt(p) if prompt else p.prompt, *(texts[::-1] if swap else texts), p.id, p.level))
        return out

    return pairs


def in_order(groups, given):
    rows = zip(groups, given.values(), strict=True)
    return [Pair(g.problem.prompt, a, g.completions_G[0].text, g.problem.id, g.problem.level) for g, a in rows]


def right_pairs(groups, given):
    return RIGHT["ex2"](groups, given)


def finished(own):
    return own.finished


PAIRS = [
    ("which was cut at the token limit", pairing(lambda p, ours, own: own.text != ours)),
    ("`30+8=38 / 38-5=33 / 33+7`", pairing(lambda p, ours, own: own.text != ours)),
    ("#### 33 / So Lea`, which was cut", pairing(lambda p, ours, own: "####" in own.text and own.text != ours)),
    ("with itself", pairing(lambda p, ours, own: own.finished)),
    ("You swapped the two", pairing(swap=True)),
    (
        "SPIN never looks at correctness",
        pairing(lambda p, ours, own: finished(own) and not same_answer(own.text, p.answer)),
    ),
    (
        "the answer given, `20+6=26 / 26-8=17 / #### 17`, is wrong",
        pairing(lambda p, ours, own: finished(own) and own.text != ours and same_answer(ours, p.answer)),
    ),
    (
        "the *chosen* one has no end",
        pairing(lambda p, ours, own: own.text != ours, chosen=lambda p, a, own: a[: len(own.text)]),
    ),
    (
        "the *chosen* one has no end",
        pairing(
            lambda p, ours, own: own.text != ours,
            chosen=lambda p, a, own: "\n".join(a.split("\n")[: own.text.count("\n")]),
        ),
    ),
    ("only the own answers that were cut", pairing(lambda p, ours, own: not own.finished)),
    ("given for another problem", in_order),
    (
        "problem's text",
        pairing(chosen=lambda p, a, own: f"{p.prompt}\n{a}", rejected=lambda p, a, own: f"{p.prompt}\n{own.text}"),
    ),
    ("nobody gave", pairing(chosen=lambda p, a, own: p.answer)),
    ("not what the model wrote", pairing(rejected=lambda p, a, own: parse_answer(own.text) or "")),
    ("store `problem.prompt`", pairing(prompt=lambda p: p.id)),
    ("white space too", pairing(lambda p, ours, own: finished(own) and path_of(own.text) != path_of(ours))),
    (
        "ended it itself",
        pairing(lambda p, ours, own: finished(own) and own.text != ours and len(own.text) >= len(ours)),
    ),
    ("You left out", lambda groups, given: []),
    ("more than one pair", lambda groups, given: right_pairs(groups, given) * 2),
    ("in another order", lambda groups, given: right_pairs(groups, given)[::-1]),
    ("`problem_id` is ''", lambda groups, given: [replace(p, problem_id="") for p in right_pairs(groups, given)]),
    ("`level` is 0", lambda groups, given: [replace(p, level=0) for p in right_pairs(groups, given)]),
    ("`chosen` is a `Completion`", pairing(lambda *_: True, chosen=lambda p, a, own: own)),
    ("holds a `tuple`", lambda groups, given: [(g.problem.prompt, "a", "b") for g in groups]),
]

CASES = [("ex1", *case) for case in LOSS] + [("ex2", *case) for case in PAIRS]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_packages_own_function_passes(name):
    verdict = EXERCISES[name].check(RIGHT[name])
    assert verdict.passed, verdict.says


@pytest.mark.parametrize("name, words, mistaken", CASES)
def test_a_known_mistake_is_named(name, words, mistaken):
    verdict = EXERCISES[name].check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says and "{" not in verdict.says


def test_other_right_ways_to_write_the_loss_pass():
    for shape in (lambda x: softplus(-x), lambda x: -x if x < -700 else math.log(1 + math.exp(-x))):
        assert spin.ex1.check(of_margin(gap, shape)).passed


def test_two_slips_at_once_are_both_named():
    said = spin.ex1.check(of_margin(lambda h, o, h0, o0: h - o, lambda x: -softplus(-x), lambda b, m: m)).says
    assert "leave the previous self out" in said and "forget β" in said and "The minus is missing" in said


def test_no_slip_passes_for_right_or_for_another_single_slip():
    seen = {}
    for way in product(spin.SIDES, spin.WEIGHTS, spin.SHAPES):
        if len(spin.names(way)) <= 1:
            said = tuple(round(spin.slipped(way, case), 6) for case in spin.CASES)
            assert seen.setdefault(said, spin.names(way)) == spin.names(way)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_unfilled_stub_a_crash_and_a_wrong_type_are_sentences(name):
    def todo(*args):
        raise NotImplementedError

    def broken(*args):
        return [][3]

    ex = EXERCISES[name]
    for stub in (todo, lambda *args: None, lambda *args: ...):
        assert "empty stub" in ex.check(stub).says
    said = ex.check(broken).says
    assert "IndexError" in said and "return [][3]" in said
    assert "returns" in ex.check(lambda *args: {"a": 1}).says
    assert "your function does not take" in ex.check(lambda: 1).says
    assert "the function itself" in ex.check([1]).says


def test_a_tensor_is_no_number():
    import torch

    assert "a `Tensor`" in spin.ex1.check(lambda *a: torch.tensor(0.5)).says


def test_made_answers_show_what_their_names_say():
    wrong = [row.problem.id for row in opponent.ROWS if not same_answer(row.given, row.problem.answer)]
    assert wrong == ["zoe"], "one given answer holds a slip"
    assert same_answer(opponent.ZOE.own.text, opponent.ZOE.problem.answer)
    assert not same_answer(opponent.MAX.own.text, opponent.MAX.problem.answer)
    assert path_of(opponent.MIA.own.text) == path_of(opponent.MIA.given) and opponent.MIA.own.text != opponent.MIA.given


def test_the_same_words_in_another_string_are_the_same_answer():
    def by_identity(groups, given):
        return [
            Pair(g.problem.prompt, given[g.problem.id], own.text)
            for g in groups
            for own in g.completions_G
            if own.finished and own.text is not given[g.problem.id]
        ]

    assert not spin.ex2.check(by_identity).passed
