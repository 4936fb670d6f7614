"""Best-of-n by formula: what every subset says, with ties too; large numbers; the KL divergence it costs."""

import itertools
import math
import random
import time

import pytest

from course_lib.best_of_n import best_of_n, by_prompt, chances, curve, distance, kl_of_best_of, kl_with_ties
from course_lib.errors import CourseError
from course_lib.statistics import mean


def over_all_subsets(proxy, gold, n):
    """The estimator word for word: in every subset of n the best by proxy, among several a lot."""
    found = []
    for subset in itertools.combinations(range(len(proxy)), n):
        most = max(proxy[i] for i in subset)
        found.append(mean([gold[i] for i in subset if proxy[i] == most]))
    return mean(found)


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("levels", [2, 3, 1000])
def test_it_is_the_mean_over_all_subsets_with_ties_and_without(n, levels):
    rng = random.Random(f"{n}-{levels}")
    for _ in range(5):
        proxy, gold = ([rng.randrange(levels) / 7 for _ in range(7)], [rng.gauss(0, 1) for _ in range(7)])
        assert best_of_n(proxy, gold, n) == pytest.approx(over_all_subsets(proxy, gold, n), abs=1e-12)
        assert best_of_n(proxy, proxy, n) == pytest.approx(over_all_subsets(proxy, proxy, n), abs=1e-12)


def test_ties_are_shared_equally_whatever_the_order():
    proxy, gold = [1, 1, 1, 0], [9.0, 0.0, 3.0, 100.0]
    assert best_of_n(proxy, gold, 4) == pytest.approx(4.0)
    assert best_of_n(proxy[::-1], gold[::-1], 2) == best_of_n(proxy, gold, 2)
    assert best_of_n([5.0] * 4, gold, 3) == pytest.approx(mean(gold)), "a proxy that knows nothing changes nothing"


def test_the_best_of_one_is_the_mean_and_the_best_of_all_is_the_best():
    rng = random.Random(0)
    proxy, gold = [rng.random() for _ in range(50)], [rng.random() for _ in range(50)]
    assert best_of_n(proxy, gold, 1) == pytest.approx(mean(gold))
    assert best_of_n(proxy, gold, 50) == pytest.approx(gold[proxy.index(max(proxy))])


def test_the_proxy_itself_rises_with_n_and_so_does_a_gold_that_rises_with_it():
    rng = random.Random(1)
    proxy = [rng.gauss(0, 1) for _ in range(60)]
    for gold in (proxy, [math.tanh(x) for x in proxy]):
        values = [best_of_n(proxy, gold, n) for n in range(1, 61)]
        assert all(a < b for a, b in itertools.pairwise(values))
        falling = [best_of_n(proxy, [-g for g in gold], n) for n in range(1, 61)]
        assert falling == pytest.approx([-v for v in values])


def test_it_is_unbiased_from_few_samples():
    """The best of 3 fair dice is 4.958 on average (119/24); from 5 throws at a time the estimate centres there."""
    rng = random.Random(2)
    throws = [[rng.randint(1, 6) for _ in range(5)] for _ in range(4000)]
    found = mean([row[0] for row in by_prompt(throws, throws, [3])])
    assert found == pytest.approx(119 / 24, abs=0.05)


def test_large_numbers_stay_numbers():
    weights = chances(4096, 512)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12) and (weights >= 0).all() and weights[:511].max() == 0
    for i in (2000, 3500, 4096):
        exact = math.comb(i - 1, 511) / math.comb(4096, 512)
        assert weights[i - 1] == pytest.approx(exact, rel=1e-9)
    ordered = list(range(4096))
    assert best_of_n(ordered, ordered, 512) == pytest.approx(512 * 4097 / 513 - 1), "mean of a maximum without return"


def test_a_curve_over_prompts_tells_proxy_and_gold_with_intervals_that_hold_the_mean():
    rng = random.Random(3)
    proxies = [[rng.gauss(0, 1) for _ in range(64)] for _ in range(20)]
    golds = [[p - 0.4 * p * p + rng.gauss(0, 0.3) for p in row] for row in proxies]
    ns = [1, 2, 4, 8, 16, 32, 64]
    rows = curve(proxies, golds, ns)
    assert [row["n"] for row in rows] == ns and rows[0]["d"] == 0.0
    assert rows[2]["d"] == pytest.approx(math.sqrt(math.log(4) - 3 / 4))
    for i, row in enumerate(rows):
        for name, scores in (("proxy", proxies), ("gold", golds)):
            low, high = row[name]["interval"]
            assert low < row[name]["value"] < high
            assert row[name]["value"] == pytest.approx(
                mean([best_of_n(p, s, ns[i]) for p, s in zip(proxies, scores, strict=True)])
            )
    twice = (proxies * 2, golds * 2, ns)
    assert curve(*twice) == curve(*twice) != curve(*twice, seed=1), "of 30 prompts and more a bootstrap, by its seed"
    values = [row["gold"]["value"] for row in rows]
    assert max(values) > values[-1] + 0.1, "a gold that bends has its peak before the last n"


def test_a_curve_is_quick_enough_for_a_slider():
    rng = random.Random(4)
    scores = [[rng.random() for _ in range(1024)] for _ in range(32)]
    begun = time.process_time()
    curve(scores, scores, [2**i for i in range(11)] + [768])
    assert time.process_time() - begun < 1.0


def test_prompts_may_have_different_numbers_of_samples():
    assert by_prompt([[1, 2], [1, 2, 3]], [[5, 6], [7, 8, 9]], [1, 2]) == [
        pytest.approx([5.5, 6.0]),
        pytest.approx([8.0, 8 / 3 + 9 * 2 / 3 - 0.0]),
    ]


# ---- how far it goes


def test_the_divergence_by_the_formula():
    assert kl_of_best_of(1) == 0.0 and kl_of_best_of(2) == pytest.approx(0.193147, abs=1e-6)
    assert kl_of_best_of(512) == pytest.approx(6.238325 - 511 / 512, abs=1e-6)
    assert distance(4) == pytest.approx(kl_of_best_of(4) ** 0.5)


def enumerated(levels, n):
    """KL of best-of-n by writing out every possible draw from completions of these proxies, each equally likely."""
    chance = [0.0] * len(levels)
    for draw in itertools.product(range(len(levels)), repeat=n):
        best = [i for i in draw if levels[i] == max(levels[j] for j in draw)]
        for i in best:
            chance[i] += 1 / len(best) / len(levels) ** n
    return sum(c * math.log(c * len(levels)) for c in chance if c > 0)


@pytest.mark.parametrize("levels", [[1, 2, 3], [1, 1, 2, 2], [0, 1, 1, 1], [5, 5, 5]])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_divergence_with_ties_is_that_of_every_draw(levels, n):
    assert kl_with_ties(levels, max(1, min(n, len(levels)))) == pytest.approx(
        enumerated(levels, max(1, min(n, len(levels)))), abs=1e-12
    )


def test_the_formula_is_an_upper_bound_that_is_tight_without_ties():
    many, coin = list(range(20_000)), [0, 1] * 100
    for n in (2, 8, 64):
        assert kl_with_ties(many, n) == pytest.approx(kl_of_best_of(n), abs=0.01)
        assert kl_with_ties(coin, n) < min(kl_of_best_of(n), math.log(2) + 1e-9)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: best_of_n([1, 2], [1, 2], 3), "n is 3, and a prompt has 2 samples: take n up to 2, or draw more"),
        (lambda: best_of_n([1, 2], [1, 2], 0), "n is 0: it must be a whole number of 1 or more"),
        (lambda: best_of_n([1, 2], [1], 1), "a prompt has 2 proxies and 1 golds: give both for every sample"),
        (lambda: best_of_n([1, float("nan")], [1, 2], 1), "a score is not a number: leave out the samples"),
        (lambda: best_of_n([1, 2], [1, float("inf")], 1), "a score is not a number"),
        (lambda: by_prompt([[1]], [], [1]), "1 prompts have a proxy and 0 a gold"),
        (lambda: kl_of_best_of(0), "n is 0: it must be a whole number"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make, sentence):
    with pytest.raises(CourseError, match=sentence):
        make()
