"""Exercise 2 of notebook 10: may a skill be stored? Results made by hand, and what each wrong rule makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from course_lib.check.exercise import Exercise
from course_lib.check.guard import kind
from course_lib.methods.voyager import passes

CALL = "passes(source, results)"
MIA = "mia"
CASES = (  # the results of a skill written down from Mia's story, the case that says most first
    {"mia": True, "tom": False},
    {"mia": True},
    {"mia": True, "tom": True},
    {"mia": True, "tom": None},
    {"mia": True, "tom": True, "lea": None},
    {"tom": True, "lea": False},
    {"mia": True, "tom": True, "lea": True, "ana": False},
    {"tom": None, "lea": None},
    {"mia": True, "tom": False, "lea": False},
    {"tom": True, "lea": True},
    {},
    {"tom": True},  # the check of the package never asks the source itself
    {"tom": False, "mia": True},
    {"tom": False, "lea": True},
    {"ben": True, "mia": False},  # written down from Ben's story
)
SOURCES = (*[MIA] * (len(CASES) - 1), "ben")

OWN = (
    "You count the story that the skill was written down from. It came out right there already, or the skill would not exist: "
    "only *other* stories are a test."
)
ONLY_OWN = (
    "You ask the story that the skill was written down from, and no other. It comes out right there by construction."
)
UNTESTED = "Where no other story was carried out you store the skill. `all([])` is true, but no test proves nothing."
TWO = "You ask for two stories or more. One other story that was carried out, and came out right, is enough."
ANY = "One right story is enough for you. A wrong skill is right by luck now and then: every story that was tried must be right."
MOST = "More than half is enough for you. A stored skill is used again and again: one story that it gets wrong speaks against it."
NONE_WRONG = (
    "You take `None` for wrong. It says that the story could not be carried out, because another skill is missing: that tells "
    "nothing about this one. Leave it out."
)
NONE_RIGHT = "You take `None` for right. It says that the story could not be carried out: leave it out."
TURNED = "Your rule is turned: what passes is refused, and what fails is stored."
NEVER, ALWAYS = "You store nothing.", "You store everything, checked or not. The town's dozen goes in as a ten."

FIRST = "You leave out the first result, whichever story's it is: the source is known by its name, and it need not be among them."
BY_NAME = "You leave out 'mia' by name. The source is handed to you: another skill was written down from another story."

SEEN = (  # which results are looked at
    ("", lambda results, source: [r for name, r in results.items() if name != source]),
    (OWN, lambda results, source: list(results.values())),
    (ONLY_OWN, lambda results, source: [r for name, r in results.items() if name == source]),
    (FIRST, lambda results, source: list(results.values())[1:]),
    (BY_NAME, lambda results, source: [r for name, r in results.items() if name != MIA]),
)
UNKNOWN: tuple[tuple[str, Callable], ...] = (  # what becomes of None
    ("", lambda seen: [r for r in seen if r is not None]),
    (NONE_WRONG, lambda seen: [bool(r) for r in seen]),
    (NONE_RIGHT, lambda seen: [r is not False for r in seen]),
)
RULES: tuple[tuple[str, Callable], ...] = (
    ("", lambda seen: bool(seen) and all(seen)),
    (UNTESTED, all),
    (TWO, lambda seen: len(seen) > 1 and all(seen)),
    (ANY, any),
    (MOST, lambda seen: 2 * sum(seen) > len(seen)),
    (TURNED, lambda seen: not (seen and all(seen))),
    (NEVER, lambda seen: False),
    (ALWAYS, lambda seen: True),
)


def names(way) -> list[str]:
    return [name for name, _ in (way[2], way[0], way[1]) if name]


WAYS = sorted(itertools.product(SEEN, UNKNOWN, RULES), key=lambda way: len(names(way)))  # fewest slips first


def verdicts(way) -> list[bool]:
    (_, see), (_, known), (_, rule) = way
    return [bool(rule(known(see(results, source)))) for source, results in zip(SOURCES, CASES, strict=True)]


def look_at_rule(f) -> str | None:
    said = []
    for source, results in zip(SOURCES, CASES, strict=True):
        given = dict(results)
        said.append(bool(f(source, given)))
        if given != results:
            return (
                "You change the results that you were given; the log of the check still needs them. Only look at them."
            )
    wanted = [passes(source, results) for source, results in zip(SOURCES, CASES, strict=True)]
    wrong = next((i for i, (a, b) in enumerate(zip(said, wanted, strict=True)) if a != b), None)
    if wrong is None:
        return None
    way = next((way for way in WAYS if verdicts(way) == said), None)
    told = f"For {CASES[wrong]} and the source {SOURCES[wrong]!r} you give {said[wrong]}; it should be {wanted[wrong]}."
    return " ".join([*(names(way)[:1] if way else []), told])


def yes_or_no(result) -> str | None:
    good = isinstance(result, bool) or type(result).__name__ in ("bool_", "bool") or result in (0, 1)
    return None if good else f"returns {kind(result)}; return `True` (store it) or `False`."


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: may it be stored?",
    task=(
        "What a library holds is used again and again, so a skill is checked before it goes in. It was carried out in several "
        "stories whose answers are known. `source` is the id of the story that it was written down from. `results` is a dict: a "
        "story's id, and `True` (it came out right), `False` (wrong) or `None` (not carried out, because another skill is "
        "missing).\n\n"
        "The rule below lets through what it should not, and refuses what it should store. Repair it. A skill is stored if it "
        "was carried out in at least one *other* story, and every other story that was carried out came out right."
    ),
    stub=(
        "def passes(source, results):\n"
        '    """May the skill that was written down from `source` be stored?"""\n'
        "    return all(results.values())\n"
        "\n"
        "\n"
        "ex2.check(passes)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "First make a list of the results that count: not the source's, and not `None`. What is `all([])`? And what does a skill "
        "deserve that nobody could try?"
    ),
    confirms=(
        "The same as `voyager.passes`. Note what it leans on: answers that are known. Take the model's own word for `True`, and "
        "the dozen goes in as a ten, for the model finds no mistake in it."
    ),
    answer_of=(passes,),
    complain=yes_or_no,
    examine=look_at_rule,
)
