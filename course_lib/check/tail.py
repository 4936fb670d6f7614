"""How much of a language's tail is still written: words counted by hand, and what each wrong measure makes of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.tasks.passages import WORDS, tail
from course_lib.variety import variety

CALL = "alive(generations, words)"


class Case(NamedTuple):
    """The words of a slot, from the commonest to the rarest, and how often each generation wrote them."""

    words: list[str]
    counts: tuple[tuple[int, ...], ...]

    @property
    def generations(self) -> list[Counter]:
        return [Counter({w: n for w, n in zip(self.words, row, strict=True) if n}) for row in self.counts]


WEATHER = Case(  # Rain Fog Wind Snow Thunder, and rarer Hail Frost Drizzle Sleet Dusk
    WORDS["weather"],
    (
        (30, 16, 11, 7, 6, 5, 4, 4, 3, 0),  # people: too few texts to hold all words
        (35, 14, 12, 9, 5, 6, 0, 3, 1, 2),
        (41, 15, 10, 8, 0, 4, 2, 0, 0, 0),
        (50, 12, 9, 0, 1, 3, 0, 0, 0, 0),
    ),
)
WHERE = Case(WORDS["where"], ((9, 4, 3, 2, 2, 1), (12, 5, 0, 0, 1, 0)))
CASES = (WEATHER, WHERE)


def rarer_half(words: list[str]) -> list[str]:
    return words[len(words) // 2 :]


def still_written(generations: list[Counter], words: list[str]) -> list[float]:
    """The share of the rarer half of the words that each generation wrote."""
    rare = words[len(words) // 2 :]
    return [sum(seen[word] > 0 for word in rare) / len(rare) for seen in generations]


def part(seen: Counter, words: list[str]) -> float:
    return sum(seen[w] > 0 for w in words) / len(words)


def by_generation(measure: Callable[[Counter], float]) -> Callable[[list[Counter], list[str]], list[float]]:
    return lambda generations, words: [measure(seen) for seen in generations]


def ranked(seen: Counter) -> list[str]:
    """The words that were written, from the commonest to the rarest in this text."""
    return [word for word, _ in seen.most_common()]


def of_first(generations: list[Counter], words: list[str]) -> list[float]:
    held = [w for w in rarer_half(words) if generations[0][w]]
    return [part(seen, held) for seen in generations]


def ranked_by_first(generations: list[Counter], words: list[str]) -> list[float]:
    return [part(seen, rarer_half(ranked(generations[0]))) for seen in generations]


def against_first(generations: list[Counter], words: list[str]) -> list[float]:
    shares = still_written(generations, words)
    return [s / shares[0] for s in shares]


def whole_tail(join: Callable) -> Callable[[list[Counter], list[str]], list[float]]:
    """A tail word counts by what all generations up to this one say of it, joined by `any` or `all`."""

    def measure(generations: list[Counter], words: list[str]) -> list[float]:
        upto = [generations[: i + 1] for i in range(len(generations))]
        return [sum(join(g[w] for g in seen) for w in rarer_half(words)) / len(rarer_half(words)) for seen in upto]

    return measure


def from_here(generations: list[Counter], words: list[str]) -> list[float]:
    later = [sum(generations[i:], Counter()) for i in range(len(generations))]
    return still_written(later, words)


def of_words(measure: Callable[[Counter, list[str]], float]) -> Callable[[list[Counter], list[str]], list[float]]:
    return lambda generations, words: [measure(seen, words) for seen in generations]


ALL = (
    "You ask about all words. The common half is written to the last, and hides what happens to the rare one. Ask about the "
    "rarer half only."
)
COMMON = "You take the commoner half. It is the last to go; the rarer half is the second half of `words`."
OF_SEEN = (
    "You divide by the number of different words that this generation wrote. What is lost drops out of your whole with it. "
    "Divide by the number of rare words that there *are*."
)
OWN_TAIL = (
    "You take for rare what this generation wrote least often. A lost word is then no longer rare: it isn't there at all, and "
    "every model has a tail of its own. What is rare is a matter of the *true* language: the second half of `words`."
)
FIRST_TAIL = (
    "You take the rare words from what the first generation wrote. That is a sample too, and it missed a word (`Dusk`). The "
    "words that there are stand in `words`."
)
MASS = (
    "You measure how *often* rare words are written. That is their mass, not their number: one rare word said all the time "
    "would hide that the others are gone. Count which words occur at all."
)
EVER = (
    "You count a word as alive once any generation up to now has written it. Then nothing can ever be lost. Look at each "
    "generation by itself."
)
NEVER_AGAIN = (
    "You count a word as lost for good once it was missed. A small sample misses a word that the model still knows: `Frost` is "
    "back in the third generation. Look at each generation by itself."
)
LATER = (
    "You count a word as alive if it is written now *or later*. That corrects for words missed by chance, but the last "
    "generation has no later one, so it always looks worse. Look at each generation by itself."
)
RELATIVE = (
    "You divide by the first generation's share. It is a sample that misses words as well: give the share itself."
)
LOST = "You give the share that is *lost*. Asked is what is left."
NUMBER = "You give the number of words. Give their share: divide by how many rare words there are."
PERCENT = "You give percentages. A share lies between 0 and 1."
SLIPS = (  # a wrong way to measure, and its name
    (of_words(part), ALL),
    (of_words(lambda seen, words: part(seen, words[: len(words) // 2])), COMMON),
    (of_words(lambda seen, words: sum(seen[w] > 0 for w in rarer_half(words)) / len(seen)), OF_SEEN),
    (of_words(lambda seen, words: part(seen, rarer_half(ranked(seen)))), OWN_TAIL),
    (of_words(lambda seen, words: len(rarer_half(ranked(seen))) / len(words)), OWN_TAIL),
    (of_words(lambda seen, words: part(seen, sorted(words, key=lambda w: seen[w])[: len(words) // 2])), OWN_TAIL),
    (of_words(lambda seen, words: part(seen, sorted(words, key=lambda w: -seen[w])[len(words) // 2 :])), OWN_TAIL),
    (of_first, FIRST_TAIL),
    (ranked_by_first, FIRST_TAIL),
    (of_words(lambda seen, words: sum(seen[w] for w in rarer_half(words)) / seen.total()), MASS),
    (of_words(lambda seen, words: sum(seen[w] for w in rarer_half(words))), MASS),
    (of_words(lambda seen, words: sum(seen[w] for w in rarer_half(words)) / len(rarer_half(words))), MASS),
    (whole_tail(any), EVER),
    (whole_tail(all), NEVER_AGAIN),
    (from_here, LATER),
    (against_first, RELATIVE),
    (lambda generations, words: [1 - s for s in still_written(generations, words)], LOST),
    (of_words(lambda seen, words: sum(seen[w] > 0 for w in rarer_half(words))), NUMBER),
    (lambda generations, words: [100 * s for s in still_written(generations, words)], PERCENT),
)


def look_at_alive(f) -> str | None:
    f = ending(f, CALL)
    said = [list(f(case.generations, list(case.words))) for case in CASES]
    wanted = [still_written(case.generations, case.words) for case in CASES]
    for got, case in zip(said, CASES, strict=True):
        if len(got) != len(case.counts):
            return f"There are {len(case.counts)} generations, and your list has {len(got)} in it: give one share for each."
    if all(map(near, said, wanted)):
        return None
    name = next(
        (f"{n} " for slip, n in SLIPS if all(map(near, said, (slip(c.generations, c.words) for c in CASES)))), ""
    )
    return name + next(differs(c, g, w) for c, g, w in zip(CASES, said, wanted, strict=True) if not near(g, w))


def near(a: list[float], b: list[float]) -> bool:
    """Two figures are enough."""
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=0.0051) for x, y in zip(a, b, strict=True))


def differs(case: Case, got: list[float], wanted: list[float]) -> str:
    """The first generation that is wrong, with its words."""
    i = next(i for i, (x, y) in enumerate(zip(got, wanted, strict=True)) if not near([x], [y]))
    rare = rarer_half(case.words)
    written = [w for w in rare if case.generations[i][w]]
    return (
        f"The rare words are {', '.join(rare)}. Generation {i} wrote {', '.join(written) or 'none'} of them: {len(written)} of "
        f"{len(rare)}, {wanted[i]:.3g}; you give {got[i]:.3g}."
    )


def shares(result: Any) -> str | None:
    """A list of numbers is wanted."""
    if not isinstance(result, list | tuple):
        return f"returns {guard.kind(result)}; return a list with one share for each generation."
    odd = [x for x in result if guard.one_number(x)]
    return f"returns a list that holds {guard.kind(odd[0])}; each entry is one number from 0 to 1." if odd else None


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: how much of the tail is alive?",
    task=(
        "Sentences stay faultless while rare words disappear. Measure that: the share of the rare words that each generation "
        "still writes.\n\n"
        "`words` are the words of the true language, from the commonest to the rarest, an even number of them: the *rarer half* "
        "are the rare ones. `generations` has one `Counter` for each generation, from word to how often it was written; a word "
        "that was not written counts 0. Generation 0 is people's text. Return a list with one number from 0 to 1 for each."
    ),
    stub=(
        "def alive(generations, words):\n"
        '    """For each generation, the share of the rare words that it wrote."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(alive)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "What do you divide by, when half of the rare words are gone? And who decides which words are rare: the model's own "
        "text, or the language it once learned?"
    ),
    confirms=(
        "As in `variety`, which does it for every kind of word at once. Look at the first value: 0.8, and that is *people's* "
        "text. A short sample misses rare words though nobody has forgotten them, and `Frost`, missed once, came back. So "
        "compare with real text of the same length, and do not take one 0 for a death."
    ),
    answer_of=(still_written, tail, variety),
    complain=shares,
    examine=look_at_alive,
)
