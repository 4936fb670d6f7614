"""The exercises of notebook 09c: a diet and a measure pass however they are written, and each known mistake is named."""

import math
import random
import re
import sys
from collections import Counter

import pytest

from course_lib.check import collapse, tail
from course_lib.check.collapse import MEALS
from course_lib.methods.generations import mixed
from course_lib.tasks import passages
from course_lib.types import Turn

EX = {"ex1": collapse.ex1, "ex2": collapse.ex2}


# ---- mistakes of the diet ----------------------------------------------------------------------------------------


def k_of(eaten, share):
    return round(share * len(eaten[-1]))


def in_place(eaten, real, share):
    for i in range(k_of(eaten, share)):
        eaten[-1][i] = real[i]
    return eaten[-1]


def popping(eaten, real, share):
    k = k_of(eaten, share)
    return [*eaten[-1][k:], *[real.pop() for _ in range(k)]]


def with_k(count):
    """A diet with another number of real texts."""
    return lambda eaten, real, share: [*eaten[-1][count(eaten, real, share) :], *real[: count(eaten, real, share)]]


def by_lot(eaten, real, share):
    rng = random.Random(5)
    return [new if rng.random() < share else old for old, new in zip(eaten[-1], real[: len(eaten[-1])], strict=True)]


DIET = {
    "With 64 texts and a share of 0.1 you return 70: real text is *added*": lambda e, r, s: [*e[-1], *r[: k_of(e, s)]],
    "Did you take the last k texts with `texts[-k:]`?": lambda e, r, s: [*e[-1][k_of(e, s) :], *r[-k_of(e, s) :]],
    "For k = 0 that is `texts[0:]`": lambda e, r, s: [*e[-1][-(len(e[-1]) - k_of(e, s)) :], *r[: k_of(e, s)]],
    "a gain could come from the amount": lambda e, r, s: e[-1] + r,
    "all your texts are real": lambda e, r, s: r[: len(e[-1])],
    "there is no real text in what you return; it should be 6 or 7": lambda e, r, s: e[-1],
    "you return 58 real texts and 6 of the model's own": with_k(lambda e, r, s: len(e[-1]) - k_of(e, s)),
    "the other way round": lambda e, r, s: [*e[-1][: k_of(e, s)], *r[k_of(e, s) : len(e[-1])]],
    "your 6 real texts come from `eaten[0]`": lambda e, r, s: [*e[-1][k_of(e, s) :], *e[0][: k_of(e, s)]],
    "what they lack stays lacking": lambda e, r, s: [*e[0][: k_of(e, s)], *e[-1][k_of(e, s) :]],
    "called *accumulate*": lambda e, r, s: [text for texts in e for text in texts],
    "texts of every generation": lambda e, r, s: [
        *random.Random(1).sample([t for texts in e for t in texts], len(e[0])),
        *r[:6],
    ],
    "an earlier generation: the last one is `eaten[-1]`": lambda e, r, s: [*e[1][k_of(e, s) :], *r[: k_of(e, s)]],
    "you take 58 texts of an earlier": lambda e, r, s: [*e[0][k_of(e, s) :], *r[: k_of(e, s)]],
    "you take the same real text 6 times": lambda e, r, s: [*e[-1][k_of(e, s) :], *r[:1] * k_of(e, s)],
    "You change `eaten`": in_place,
    "You change `real`": popping,
    "You round the share before you multiply": with_k(lambda e, r, s: int(s) * len(e[-1])),
    "`int(0.1)` is 0": with_k(lambda e, r, s: round(s) * len(e[-1])),
    "0.1 × 64 is about 6": with_k(lambda e, r, s: math.floor(s) * len(e[-1])),
    "an empty list": lambda e, r, s: [*e[-1][: -k_of(e, s)], *r[: k_of(e, s)]],
    "you return 58: you take texts out": lambda e, r, s: e[-1][k_of(e, s) :],
    "you return 6 texts, 0 of the last generation and 6 real ones": lambda e, r, s: r[: k_of(e, s)],
    "19 are real: you take that share of all texts so far": with_k(lambda e, r, s: round(s * sum(map(len, e)))),
    "8 are real: you take that share of the fresh texts": with_k(lambda e, r, s: round(s * len(r))),
    "(If you draw a lot for each text": by_lot,
    "0.1, 3 of them are real; it should be 6 or 7": with_k(lambda e, r, s: k_of(e, s) // 2),
    "`random.sample` does not": lambda e, r, s: [
        *random.Random(1).choices(e[-1], k=len(e[-1]) - k_of(e, s)),
        *r[: k_of(e, s)],
    ],
    "real texts, but only": lambda e, r, s: [*e[-1][k_of(e, s) :], *random.Random(3).choices(r, k=k_of(e, s))],
    "64 texts that are nowhere among the texts": lambda e, r, s: [text.upper() for text in e[-1]],
    "returns a `str`": lambda e, r, s: " ".join(e[-1]),
    "a list that holds a `list`": lambda e, r, s: [e[-1], r],
}

# ---- mistakes of the measure -------------------------------------------------------------------------------------


def half(words):
    return words[len(words) // 2 :]


def each(way):
    return lambda generations, words: [way(g, words) for g in generations]


def ever(generations, words):
    seen, out = set(), []
    for g in generations:
        seen |= set(g)
        out.append(len(seen & set(half(words))) / len(half(words)))
    return out


def never_again(generations, words):
    left, out = set(half(words)), []
    for g in generations:
        left &= set(g)
        out.append(len(left) / len(half(words)))
    return out


def later(generations, words):
    return [
        len({w for g in generations[i:] for w in g} & set(half(words))) / len(half(words))
        for i in range(len(generations))
    ]


def rarest_written(g, words):
    """The rarer half of what was written; are they written? Of course."""
    own = [w for w, _ in g.most_common()]
    return sum(g[w] > 0 for w in half(own)) / len(half(own))


def first_tail(generations, words):
    held = [w for w in half(words) if w in generations[0]]
    return [sum(w in g for w in held) / len(held) for g in generations]


def relative(generations, words):
    found = tail.still_written(generations, words)
    return [x / found[0] for x in found]


ALIVE = {
    "You ask about all words": each(lambda g, words: len(g) / len(words)),
    "You take the commoner half": each(lambda g, words: sum(w in g for w in words[: len(words) // 2]) * 2 / len(words)),
    "What is lost drops out of your whole": each(lambda g, words: sum(w in g for w in half(words)) / len(g)),
    "every model has a tail of its own": each(rarest_written),
    "What is rare is a matter of the *true* language": each(
        lambda g, words: sum(g[w] > 0 for w in sorted(words, key=lambda w: g[w])[: len(words) // 2]) / len(half(words))
    ),
    "That is a sample too, and it missed a word (`Dusk`)": first_tail,
    "That is their mass, not their number": each(lambda g, words: sum(g[w] for w in half(words)) / sum(g.values())),
    "one rare word said all the time": each(lambda g, words: sum(g[w] for w in half(words))),
    "Then nothing can ever be lost": ever,
    "`Frost` is back in the third generation": never_again,
    "written now *or later*": later,
    "the first generation's share": relative,
    "You give the share that is *lost*": each(lambda g, words: sum(w not in g for w in half(words)) / len(half(words))),
    "You give the number of words": each(lambda g, words: sum(w in g for w in half(words))),
    "You give percentages": each(lambda g, words: 100 * sum(w in g for w in half(words)) / len(half(words))),
    "Generation 0 wrote Hail, Frost, Drizzle, Sleet of them: 4 of 5, 0.8; you give 0.": each(lambda g, words: 0),
    "There are 4 generations, and your list has 1 in it": lambda generations, words: [0.8],
    "returns a `float`; return a list": lambda generations, words: 0.8,
    "returns a `dict`": lambda generations, words: dict(enumerate(tail.still_written(generations, words))),
    "holds None": lambda generations, words: [None for _ in generations],
    "you give nan": each(lambda g, words: math.nan),
}
CASES = [
    pytest.param(EX[name], words, f, id=f"{name}: {words}")
    for name, all_ in (("ex1", DIET), ("ex2", ALIVE))
    for words, f in all_.items()
]
ALL = pytest.mark.parametrize("name", EX)


def without_code(says):
    """The line where a function stopped may hold these very words."""
    return re.sub(r" at `.*` with", " with", says, flags=re.DOTALL)


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in without_code(verdict.says), verdict.says
    assert verdict.says[-1] in ".?!)" and "Traceback" not in verdict.says and "{" not in without_code(verdict.says)


def sampled(eaten, real, share):
    rng, n = random.Random(7), len(eaten[-1])
    k = int(share * n)
    both = rng.sample(eaten[-1], n - k) + rng.sample(real, k)
    rng.shuffle(both)
    return tuple(both)


def one_by_one(eaten, real, share):
    kept = list(eaten[-1])
    for i in range(math.ceil(share * len(kept))):
        kept[-1 - i] = real[-1 - i]
    return kept


@pytest.mark.parametrize("diet", [with_k(lambda e, r, s: k_of(e, s)), sampled, one_by_one])
def test_a_diet_passes_in_whatever_way_it_is_made(diet):
    verdict = collapse.ex1.check(diet)
    assert verdict.passed, verdict.says


def test_the_key_is_the_packages_diet():
    for meal in MEALS:
        eaten = meal.eaten()
        food = mixed(meal.share)(eaten, Turn(0, 3))
        assert len(food) == meal.n and len(set(food) - set(eaten[-1])) in meal.wanted


def test_no_two_texts_of_a_meal_are_alike():
    for meal in MEALS:
        all_ = [*(text for texts in meal.eaten() for text in texts), *meal.fresh()]
        assert len(set(all_)) == len(all_) == 3 * meal.n + meal.spare


def by_sets(generations, words):
    rare = set(words[len(words) // 2 :])
    return tuple(len(rare & {w for w, n in g.items() if n}) / len(rare) for g in generations)


def in_two_figures(generations, words):
    out = []
    for g in generations:
        alive = 0
        for i in range(len(words) // 2, len(words)):
            if g.get(words[i], 0) > 0:
                alive += 1
        out.append(round(alive / (len(words) / 2), 2))
    return out


@pytest.mark.parametrize("alive", [tail.still_written, by_sets, in_two_figures])
def test_a_measure_passes_in_whatever_way_it_is_written(alive):
    verdict = collapse.ex2.check(alive)
    assert verdict.passed, verdict.says


def test_the_key_is_the_packages_measure():
    """`tail` of the package's variety, for one slot: counts in the order of the words, the second half of them."""
    for case in tail.CASES:
        for row, share in zip(case.counts, tail.still_written(case.generations, case.words), strict=True):
            rare = row[len(row) // 2 :]
            assert share == sum(n > 0 for n in rare) / len(rare)
    assert (
        tail.rarer_half(tail.WEATHER.words) == passages.tail("weather") == ["Hail", "Frost", "Drizzle", "Sleet", "Dusk"]
    )


def test_each_slip_is_a_mistake_of_its_own():
    seen = {}
    right = [tail.still_written(c.generations, c.words) for c in tail.CASES]
    for slip, name in tail.SLIPS:
        outcome = [slip(c.generations, c.words) for c in tail.CASES]
        assert not all(map(tail.near, outcome, right)), name
        assert seen.setdefault(repr([[round(x, 2) for x in o] for o in outcome]), name) == name


def test_what_the_messages_say_of_the_words_is_so():
    first, second, third, _ = tail.WEATHER.generations
    assert not first["Dusk"] and first["Frost"] and not second["Frost"] and third["Frost"]


def test_a_function_that_empties_its_input_is_told_so_or_does_no_harm():
    def clearing(eaten, real, share):
        food = with_k(lambda e, r, s: k_of(e, s))(eaten, real, share)
        eaten.clear()
        return food

    def emptying(generations, words):
        found = tail.still_written(generations, words)
        generations.clear()
        words.clear()
        return found

    assert "You change `eaten`" in collapse.ex1.check(clearing).says
    assert collapse.ex2.check(emptying).passed and collapse.ex2.check(tail.still_written).passed


@ALL
def test_a_function_without_an_end_is_ended(name):
    def forever(*args):
        while True:
            pass

    def growing(*args):
        found = Counter()
        while len(found) < 3:
            found["more"] += 1

    for f in (forever, growing):
        assert "has not ended after 2,000,000 lines" in EX[name].check(f).says
    assert sys.gettrace() is None
