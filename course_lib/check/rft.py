"""Exercises of notebook 02: one example a path, and a fair budget."""

from __future__ import annotations

import itertools
from functools import partial

from course_lib.answers import calculations, path_of
from course_lib.check import guard, kept, made
from course_lib.check.budget import ex2
from course_lib.check.exercise import Exercise
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.select import distinct_correct, first_of_each_path, passing
from course_lib.types import Example, Turn

MANY = group(
    made.MIA,
    (made.MISREAD, 0.0),
    (made.CUT, 1.0),
    (made.RIGHT, 1.0),
    (made.RIGHT, 1.0),
    (made.SPACED, 1.0),
    (made.WORDED, 1.0),
    (made.OTHER, 1.0),
    (made.WRONG, 0.0),
    (made.TENS, 1.0),
    (made.RIGHT, 1.0),  # copies that come later than another path
    (made.WORDED, 1.0),
    cut=(made.CUT,),
)
FEW = group(made.BEN, (made.BEN_WRONG, 0.0), (made.BEN_RIGHT, 1.0))
NONE = group(made.BEN, (made.BEN_WRONG, 0.0))
ORDER = group(
    made.EVA,
    (made.EVA_10, 1.0),
    (made.EVA_TURNED, 1.0),
    (made.EVA_SKIP, 1.0),
    (made.EVA_LUCKY, 1.0),
    (made.EVA_MIXED, 1.0),
)
PARTS = group(  # alike in a part of each calculation
    made.BEN,
    ("40+5=45\n45-6=39\n#### 39", 1.0),
    ("5+40=45\n45-6=39\n#### 39", 1.0),
    ("40+5=46\n45-6=39\n#### 39", 1.0),
)
ALL = (MANY, FEW, NONE, ORDER, PARTS)

SIEVED = (
    "The path of {lost} is lost: {spoilt} takes the same path, came first and was then thrown out. "
    "First keep what is right and finished, then look for duplicates."
)


def look_at_distinct(f) -> str | None:
    told = [([one], distinct_correct()([one], Turn(0, 1)), f(one)) for one in ALL]
    if said := by_part(told):
        return said
    for groups, wanted, got in told:
        looks = (
            kept.other_text,
            kept.other_prompt,
            kept.kept_wrong,
            kept.kept_cut,
            by_text,
            no_sieve,
            sieved_first,
            unordered,
        )
        if said := kept.first_mistake(groups, wanted, got, (*looks, by_answer, kept_last, *kept.LOOKS)):
            return said
    if {path_of(e.completion) for e in f(MANY)} != {
        path_of(e.completion) for e in distinct_correct()([MANY], Turn(0, 1))
    }:
        return (
            "The same group once more, and your list is another one: what was seen in an earlier call still counts. Make the "
            "set of paths inside the function, anew for each group."
        )
    return None


def by_text(groups, wanted, got) -> str | None:
    mine = [e.completion for e in got]
    for text, other in ((made.SPACED, "white space"), (made.WORDED, "words between")):
        if text in mine and mine.count(made.RIGHT) == 1:
            return (
                f"You kept both {quoted(made.RIGHT)} and {quoted(text)}: the same calculations with other {other}. Compare "
                "paths (`path_of(text)`), not texts."
            )
    return None


def no_sieve(groups, wanted, got) -> str | None:
    mine = [e.completion for e in got]
    twice = next((e for e in got if mine.count(e.completion) > 1), None)
    if twice and all(a != b for a, b in itertools.pairwise(mine)):
        return (
            f"{quoted(twice.completion)} is in your list twice, with another path between: you compare with the completion "
            "before only. A copy may come later: remember every path that you have kept."
        )
    return twice and (
        f"{quoted(twice.completion)} is in your list twice. A copy adds weight, not a new way to solve: keep one "
        "completion for each path."
    )


def sieved_first(groups, wanted, got) -> str | None:
    mine = {path_of(e.completion) for e in got}
    for e in wanted:
        spoilt = earlier_twin(groups, e) if path_of(e.completion) not in mine else None
        if spoilt and [k.completion for k in got] in deduplicated_first(groups[0]):
            return SIEVED.format(lost=quoted(e.completion), spoilt=quoted(spoilt))
    return None


def deduplicated_first(group) -> list[list[str]]:
    """What is left where duplicates go before wrong ones, before cut ones, or before both."""
    rows = list(zip(group.completions_G, group.scores_G, strict=True))
    sieves = (list, lambda rows: [r for r in rows if r[1] > 0.5], lambda rows: [r for r in rows if r[0].finished])
    return [[c.text for c, s in firsts(path_of_row, sieve(rows)) if s > 0.5 and c.finished] for sieve in sieves]


def firsts(key, rows: list) -> list:
    """The first row of each key, in order."""
    found = {}
    for row in rows:
        found.setdefault(key(row), row)
    return list(found.values())


def path_of_row(row) -> str:
    return path_of(row[0].text)


def unordered(groups, wanted, got) -> str | None:
    mine = {path_of(e.completion) for e in got}
    for e in (e for e in kept.missing(wanted, got) if path_of(e.completion) not in mine):
        twin = next((p for p in mine if sorted(p.split()) == sorted(path_of(e.completion).split())), None)
        if twin:
            return (
                f"{quoted(e.completion)} is lost. Its calculations are those of another completion in another order, and a path "
                "is its calculations *in order*: compare `path_of(text)` as it is."
            )
    return None


def by_part(told) -> str | None:
    """Paths compared by a part of their calculations: in every group the first of each is kept, and no other."""
    for name, part in PART_OF.items():
        key = partial(by, part)
        odd = next((row for row in told if row[1] != row[2]), None)
        if odd and all(got == firsts(key, wanted) for _, wanted, got in told):
            lost = kept.missing(*odd[1:])[0]
            twin = next(e for e in odd[2] if key(e) == key(lost))
            return (
                f"{quoted(lost.completion)} is lost: {name} as {quoted(twin.completion)}. A path is all of its calculations, "
                "each with both of its sides: compare `path_of(text)` as it is."
            )
    return None


def by(part, example: Example):
    return part(calculations(example.completion))


PART_OF = {
    "it has the same results": lambda steps: tuple(result for _, result in steps),
    "it has the same left sides": lambda steps: tuple(left for left, _ in steps),
    "it has the same last calculation": lambda steps: steps[-1],
    "it has as many calculations": len,
}


def earlier_twin(groups, example: Example) -> str | None:
    """A text of the same path that the filter does not pass, sampled before the example."""
    for g in groups:
        for i, c in enumerate(g.completions_G):
            if c.text == example.completion:
                break
            if path_of(c.text) == path_of(example.completion) and i not in passing(g, 0.5):
                return c.text
    return None


def by_answer(groups, wanted, got) -> str | None:
    lost = kept.missing(wanted, got)
    if len(got) == 1 < len(wanted) and lost:
        return (
            f"You kept one completion; {quoted(lost[0].completion)} is right too, on another path. Right solutions all share "
            "one answer, so comparing by answer leaves one of them: compare by path."
        )
    return None


def kept_last(groups, wanted, got) -> str | None:
    paths = [[path_of(e.completion) for e in part] for part in (got, wanted)]
    over = kept.extra(wanted, got)
    if over and sorted(paths[0]) == sorted(paths[1]):
        return (
            f"The paths are right, but for one of them you kept {quoted(over[0].completion)}, a later copy. Keep the first "
            "one sampled, as the package does, so that the same seed gives the same training set."
        )
    return None


ex1 = Exercise(
    name="ex1",
    call="distinct(group)",
    title="Exercise 1: one example for each path",
    task=(
        "Write RFT's filter for one group. Keep what is right (score 1) and finished, but only the first completion of "
        "each *path*. `path_of(text)` gives the calculations of a solution in order, whatever the white space "
        "and the words between: two solutions with the same calculations are the same path.\n\n"
        "Return a list of `Example(prompt, completion, score, problem_id, level, hinted)`, in the order sampled."
    ),
    stub=(
        "from course_lib import Example\n"
        "from course_lib.answers import path_of\n"
        "\n"
        "\n"
        "def distinct(group):\n"
        '    """One right completion for each path."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(distinct)"
    ),
    minutes=6,
    stars=2,
    hint_text=(
        "Walk through completions and scores together and remember the paths you have kept in a set. Which question comes "
        "first: is it right, or have I seen its path?"
    ),
    confirms=(
        "One completion a path, the same as `select.distinct_correct()`: eleven samples, eight right and finished, three "
        "paths. More samples mostly add copies; this filter does not count them."
    ),
    answer_of=(distinct_correct, first_of_each_path, path_of),
    complain=guard.examples,
    examine=look_at_distinct,
)

__all__ = ["ex1", "ex2"]
