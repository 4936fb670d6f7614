"""The exercises of notebook 10: the package's own functions pass, and each known mistake is named."""

import math

import pytest

from course_lib.check import agents, mixtures, proofs
from course_lib.methods.aflow import mixture
from course_lib.methods.voyager import passes


def soft(s, a):
    w = [math.exp(a * (x - max(s))) for x in s]
    return [x / sum(w) for x in w]


def mix(even, rest, lam):
    return [lam * even + (1 - lam) * r for r in rest]


def unshifted(s, lam, a):
    w = [math.exp(a * x) for x in s]
    return mix(1 / len(s), [x / sum(w) for x in w], lam)


def half_shifted(s, lam, a):
    """The largest score taken off above the line and not below it; the last case is beyond a float."""
    return [lam / len(s) + (1 - lam) * math.exp(a * (x - max(s))) / sum(math.exp(a * y) for y in s) for x in s]


def without_exp(s, lam, a):
    w = [a * (x - max(s)) for x in s]
    return mix(1 / len(s), [x / sum(w) for x in w], lam)


def stops_at_equals(s, lam, a):
    return [x for x in mixture(s, lam, a) if s[0] != s[1] or 1 / 0]


def in_place(s, lam, a):
    s.sort()
    return mixture(s, lam, a)


CHANCES = {
    "wrong way round": lambda s, lam, a: mix(1 / len(s), soft(s, a), 1 - lam),
    "Nothing is spread evenly": lambda s, lam, a: soft(s, a),
    "learns nothing from its evaluations": lambda s, lam, a: [1 / len(s)] * len(s),
    "in proportion to the scores": lambda s, lam, a: mix(1 / len(s), [x / (sum(s) or 1) for x in s], lam),
    "You divide by α": lambda s, lam, a: mix(1 / len(s), soft(s, 1 / a), lam),
    "80, not 0.8": lambda s, lam, a: mix(1 / len(s), soft(s, a / 100), lam),
    "not divided by its sum": lambda s, lam, a: mix(1 / len(s), [math.exp(a * (x - max(s))) for x in s], lam),
    "You add λ to each": lambda s, lam, a: mix(1, soft(s, a), lam),
    "prefer the worst": lambda s, lam, a: mix(1 / len(s), soft([min(s) - x for x in s], a), lam),
    "the whole rest to the best": lambda s, lam, a: mix(
        1 / len(s), [float(i == s.index(max(s))) for i in range(len(s))], lam
    ),
    "α has no effect": lambda s, lam, a: mix(1 / len(s), soft(s, 1), lam),
    "Take the largest score off": unshifted,
    "For the scores [60.0, 70.0, 80.0], λ = 0.2 and α = 0.1 you give": half_shifted,
    "`exp` is missing": without_exp,
    "For the scores [50.0, 50.0], λ = 0.2 and α = 0.4: Your function stops": stops_at_equals,
    "read only once": lambda s, lam, a: (x for x in mixture(s, lam, a)),
    "You change the list": in_place,
    "you return 2 chances": lambda s, lam, a: mixture(s, lam, a)[:2],
    "it should be [0.139, 0.262, 0.599]": lambda s, lam, a: [x + 0.01 for x in mixture(s, lam, a)],
    "returns a `float`": lambda s, lam, a: 0.5,
    "holds a `str`": lambda s, lam, a: ["a"] * len(s),
    "returns a `str`": lambda s, lam, a: "half",
}


def rule(see, known, store):
    return lambda source, results: store(known(see(source, results)))


def others(source, results):
    return [r for name, r in results.items() if name != source]


def seen(rows):
    return [r for r in rows if r is not None]


def whole(rows):
    return bool(seen(rows)) and all(seen(rows))


def emptied(source, results):
    results.pop(source, None)
    return bool(seen(results.values())) and all(seen(results.values()))


STORED = {
    "You count the story": lambda source, results: bool(seen(results.values())) and all(seen(results.values())),
    "and no other": lambda source, results: bool(results.get(source)),
    "`all([])` is true": rule(others, seen, all),
    "`all([])` is true, but no test proves nothing. For {'mia': True}": rule(others, seen, all),
    "One right story is enough": rule(others, seen, any),
    "More than half": rule(others, seen, lambda rows: 2 * sum(rows) > len(rows)),
    "take `None` for wrong": rule(others, list, lambda rows: bool(rows) and all(rows)),
    "take `None` for right": rule(others, list, lambda rows: bool(rows) and all(r is not False for r in rows)),
    "Your rule is turned": lambda source, results: not passes(source, results),
    "You store nothing": lambda source, results: False,
    "You store everything": lambda source, results: True,
    "You change the results": emptied,
    "You ask for two stories or more": rule(others, seen, lambda rows: len(rows) > 1 and all(rows)),
    "You leave out the first result": lambda source, results: whole(list(results.values())[1:]),
    "You leave out 'mia' by name": lambda source, results: whole([r for k, r in results.items() if k != "mia"]),
    "For {'tom': True} and the source 'mia'": lambda source, results: (
        len(seen(results.values())) >= 2 and whole(others(source, results))
    ),
    "returns a `list`": lambda source, results: [True],
}
CASES = [
    pytest.param(getattr(agents, name), words, f, id=f"{name}: {words}")
    for name, all_of in (("ex1", CHANCES), ("ex2", STORED))
    for words, f in all_of.items()
]


def test_the_packages_own_functions_pass():
    assert agents.ex1.check(mixture).passed and agents.ex2.check(passes).passed


def test_other_right_ways_pass():
    import numpy as np
    import torch

    def by_numpy(scores, lam, alpha):
        w = np.exp(alpha * (np.array(scores) - np.max(scores)))
        return lam / len(w) + (1 - lam) * w / w.sum()

    def with_a_loop(source, results):
        tested = 0
        for name, right in results.items():
            if name == source or right is None:
                continue
            if not right:
                return False
            tested += 1
        return tested > 0

    def by_torch(scores, lam, alpha):
        w = torch.softmax(alpha * torch.tensor(scores, dtype=torch.float64), 0)
        return lam / len(w) + (1 - lam) * w

    assert agents.ex1.check(by_torch).passed and agents.ex1.check(lambda *given: list(by_torch(*given))).passed
    assert agents.ex1.check(by_numpy).passed and agents.ex2.check(with_a_loop).passed
    assert agents.ex1.check(lambda *given: tuple(mixture(*given))).passed
    assert agents.ex2.check(lambda *given: int(passes(*given))).passed


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says


def test_every_slip_of_the_tables_shows_in_the_cases():
    wanted = [mixture(*case) for case in mixtures.CASES]
    for name, way in mixtures.SLIPS:
        assert not all(mixtures.same(way(*c), w) for c, w in zip(mixtures.CASES, wanted, strict=True)), name
    right = [passes(*case) for case in zip(proofs.SOURCES, proofs.CASES, strict=True)]
    assert proofs.verdicts(proofs.WAYS[0]) == right and not proofs.names(proofs.WAYS[0])
    assert not [
        w for w in proofs.WAYS[1:] if proofs.names(w) and len(proofs.names(w)) == 1 and proofs.verdicts(w) == right
    ]
