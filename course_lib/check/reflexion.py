"""Exercises of notebook 07: an episodic memory, and who decides which text stands."""

from __future__ import annotations

import itertools

from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready, returns_nothing
from course_lib.check.settled import ex2, texts
from course_lib.episodic import kept

CALL = "remember(sentences, new, capacity)"
ZIB, TWICE, ONES, SLOWLY, CARRY = (
    "A zib is 8 coins.",
    "Read it twice.",
    "Take the ones first.",
    "Go slowly.",
    "Carry the one.",
)
THREE, FOUR = [ONES, TWICE, ZIB], [SLOWLY, ONES, TWICE, ZIB]  # the newest first, as they are stored
CASES = (  # sentences, new, capacity
    ([], ZIB, 3),
    ([ZIB], TWICE, 3),
    (THREE, SLOWLY, 3),
    ([TWICE, ZIB], ONES, 2),
    ([ZIB], TWICE, 1),
    (FOUR, CARRY, 3),  # written by hand: more than the capacity
    (THREE, "", 3),
    ([TWICE, ZIB], " \n", 3),
    ([ZIB], f"  {TWICE}\n", 3),
    (FOUR, "", 3),
    ([TWICE, ZIB], ZIB, 3),  # a sentence that is there already
)

# The names of slips. After each comes the first case that shows it.
LOST = "The new sentence is not stored: it goes in first."
ONLY = "You keep the new sentence only. A memory of one failure repeats the failure before it: put the others after it."
TURNED = "You store the oldest first. The newest stands first: put `new` in front."
GROWS = (
    "Your memory grows without end. It stands before every prompt, so each failure would make all later prompts longer: keep "
    "the first `capacity`."
)
REFUSES = (
    "You drop the newest where the memory is full: what was learned last is not there at the next attempt. Drop the oldest, "
    "which is the last one."
)
REPLACES = "You drop the wrong one: the oldest is at the *end* of the list, and that is the one to go."
CLEARS = "You empty the memory when it is full. Only its oldest sentence makes room; the others stay."
LESS = "You keep one too few: `capacity` counts the new sentence as well."
MORE = "You keep one too many: `capacity` counts the new sentence as well."
ONCE = "You store a sentence once only. What is asked is less: `new` goes in front, whatever is there already."
FIXED = "You keep three whatever `capacity` says. Use the argument, not the number."
ONE_OUT = (
    "You drop one sentence and stop there. A memory written by hand may hold more: cut the whole list to `capacity`."
)
SPACES = "You keep the white space around the sentence: store `new.strip()`."
BLANK = (
    "You store a blank sentence. It says nothing, and it pushes out one that says something: test `new.strip()` first."
)
EMPTY_ONLY = "An empty text is not stored, but white space is: ask about `new.strip()`, not about `new`."
UNCUT = "Where `new` is blank you return more than `capacity` sentences: cut the list there too."


def full(old, capacity) -> bool:
    return len(old) >= capacity


ENTERS = (  # what of the new text goes in; the first of each table is right
    ("", lambda new: [new.strip()] if new.strip() else []),
    (SPACES, lambda new: [new] if new.strip() else []),
    (BLANK, lambda new: [new.strip()]),
    (BLANK, lambda new: [new]),
    (EMPTY_ONLY, lambda new: [new.strip()] if new else []),
    (EMPTY_ONLY, lambda new: [new] if new else []),
)
CUTS = (  # what is stored then
    ("", lambda new, old, n: (new + old)[:n]),
    (LOST, lambda new, old, n: old[:n]),
    (LOST, lambda new, old, n: old),
    (ONLY, lambda new, old, n: new),
    (TURNED, lambda new, old, n: (old + new)[-n:]),
    (TURNED, lambda new, old, n: old + new),
    (TURNED, lambda new, old, n: (old + new)[:n]),
    (TURNED, lambda new, old, n: (new + old)[:n][::-1]),
    (GROWS, lambda new, old, n: new + old),
    (REFUSES, lambda new, old, n: (new + old)[-n:]),
    (REFUSES, lambda new, old, n: old if full(old, n) else new + old),
    (REFUSES, lambda new, old, n: old[:n] if full(old, n) else new + old),
    (REPLACES, lambda new, old, n: new + old[1:] if full(old, n) else new + old),
    (REPLACES, lambda new, old, n: new + old[len(old) - n + 1 :] if full(old, n) else new + old),
    (REPLACES, lambda new, old, n: new + old[-(n - 1) :]),
    (REPLACES, lambda new, old, n: (new + old[1:])[:n] if full(old, n) else new + old),
    (CLEARS, lambda new, old, n: new if full(old, n) else new + old),
    (LESS, lambda new, old, n: (new + old)[: n - 1]),
    (MORE, lambda new, old, n: (new + old)[: n + 1]),
    (ONCE, lambda new, old, n: (new + [s for s in old if s not in new])[:n]),
    (ONCE, lambda new, old, n: ([s for s in new if s not in old] + old)[:n]),
    (FIXED, lambda new, old, n: (new + old)[:3]),
    (ONE_OUT, lambda new, old, n: new + (old[:-1] if full(old, n) else old)),
)
QUIET = (  # what is returned where nothing goes in; None: what the cut makes of it
    ("", lambda old, n: old[:n]),
    ("", None),
    (UNCUT, lambda old, n: old),
)


def slipped(way, case) -> list[str]:
    """What is remembered with one way of each table."""
    ((_, enters), (_, cut), (_, quiet)), (old, new, n) = way, case
    goes_in = enters(new)
    return cut(goes_in, old, n) if goes_in or quiet is None else quiet(old, n)


def names(way) -> list[str]:
    return [name for name, _ in (way[1], way[0], way[2]) if name]


WAYS = sorted(itertools.product(ENTERS, CUTS, QUIET), key=lambda way: len(names(way)))  # fewest slips first


def look_at_memory(f) -> str | None:
    said = []
    for old, new, capacity in CASES:
        given = list(old)
        got = remembered(f, given, new, capacity)
        if given != old:
            return changed(old, given)
        said.append(got)
    way = next((way for way in WAYS if said == [slipped(way, case) for case in CASES]), None)
    shown = [sentence for case, got in zip(CASES, said, strict=True) if (sentence := differs(case, got))]
    return " ".join([*(names(way)[:1] if way else []), shown[0]]) if shown else None


def remembered(f, given: list[str], new: str, capacity: int) -> list[str]:
    """What the function returns; a list that was changed and not returned is judged by that."""
    before = list(given)
    try:
        return list(f(given, new, capacity))
    except Unready as why:
        if given != before and str(why) == str(returns_nothing(CALL)):
            return []
        raise


def changed(old: list[str], given: list[str]) -> str:
    return (
        f"You change the list you were given: it was `{old}` and is `{given}` now. The record of an attempt notes what was "
        "remembered *then*, and it would change with it. Make a new list, for example `[a, *rest]`, and return that."
    )


def differs(case, got: list[str]) -> str | None:
    old, new, capacity = case
    wanted = list(kept(tuple(old), new, capacity))
    if got == wanted:
        return None
    return f"To `{old}` comes `{new!r}`, with a capacity of {capacity}: you give `{got}`; it should be `{wanted}`."


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: an episodic memory",
    task=(
        "Reflexion learns without training: after a failed attempt one sentence goes into a small memory, and the memory stands "
        "before the next prompt. Write the piece that stores it.\n\n"
        "`sentences` is a list, the newest first. Return a list with `new` added in front, white space around it taken off. "
        "A blank `new` is not stored. At most `capacity` sentences come back, also where more were given, and the oldest are "
        "dropped. Leave the list you were given as it is."
    ),
    stub=(
        "def remember(sentences, new, capacity):\n"
        '    """The sentences once `new` is there, the newest first."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(remember)"
    ),
    minutes=4,
    stars=1,
    hint_text=(
        "`[a, *rest]` makes a new list with `a` in front. The oldest sentences are at the end: which slice leaves them off, "
        "however many there are? And what is `new.strip()` where `new` is blank?"
    ),
    confirms=(
        "The same as `episodic.kept`, which works on tuples, so that nobody can change a memory in place. Note what it does not "
        "ask: is the sentence true? With a capacity of 3 a wrong one stands in the prompt until three others have come."
    ),
    answer_of=(kept,),
    complain=texts("each entry is one sentence. `[a, *rest]` puts `a` before those of `rest`"),
    examine=look_at_memory,
)

__all__ = ["ex1", "ex2"]
