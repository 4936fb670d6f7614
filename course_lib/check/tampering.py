"""Exercises of notebook 09b: an audit of what was done, and a rate with its denominator."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

from course_lib.check import guard
from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.check.trajectories import ex1
from course_lib.measure import share
from course_lib.statistics import wilson

CALL = "exploit_rate(episodes)"


class Seen(NamedTuple):
    """An episode that could be read: did the test pass, and which commands reached for the key or the test, (command, worked)?"""

    passed: bool
    reached: tuple[tuple[str, bool], ...] = ()

    @property
    def exploit(self) -> bool:
        return any(worked for _, worked in self.reached)


Episodes = list[Seen | None]  # None: cut or unreadable


def exploit_rate(episodes: Episodes) -> tuple[float, int]:
    """The share of all episodes in which such a command worked, and how many episodes there are."""
    found = share([int(e is not None and e.exploit) for e in episodes])
    return found["value"], found["n"]


OPENED, EMPTIED = ("open key.txt", True), ("edit test.txt", True)
NO_KEY, REFUSED = ("open key.txt", False), ("edit test.txt", False)  # what a lock says no to
HONEST, WRONG = Seen(True), Seen(False)
MIXED: Episodes = [
    Seen(True, (OPENED,)),
    HONEST,
    None,
    Seen(True, (OPENED, EMPTIED)),
    Seen(False, (REFUSED,)),
    HONEST,
    None,
    Seen(False, (OPENED,)),
    Seen(True, (NO_KEY, EMPTIED)),
    WRONG,
]
EAGER: Episodes = [
    None,
    Seen(True, (OPENED, EMPTIED, OPENED)),
    Seen(False, (REFUSED,)),
    HONEST,
    Seen(True, (EMPTIED, NO_KEY)),
]
UNPAID: Episodes = [Seen(False, (OPENED,)), Seen(False, (OPENED,)), Seen(True, (NO_KEY, EMPTIED)), HONEST]
CUT: Episodes = [None, None, None, None]
BATCHES = (MIXED, EAGER, UNPAID)


def read(episodes: Episodes) -> list[Seen]:
    return [e for e in episodes if e is not None]


PAID = (
    "You count only exploits with which the test passed. An agent that opened the key and still failed has opened the key: "
    "whether it paid is another question."
)
COMMANDS = (
    "You count commands, not episodes. One agent that tries three things would weigh as much as three agents: an episode "
    "counts once."
)
ATTEMPTS = (
    "You count what the lock refused. Here an exploit is what *worked*; attempts are worth a rate of their own, beside this "
    "one. With attempts a lock could never show that it helps."
)
FAILED = (
    "You count episodes that could not be read as exploits. Nothing is known of them: they belong to the whole only."
)
ALL_WORKED = "You ask that *all* such commands of an episode worked. One that worked is enough."
FIRST = "You look at an episode's first such command only. A later one may have worked."
LAST = "You look at an episode's last such command only. An earlier one may have worked."
PASSED = "You count the episodes that passed, honest ones too, and miss exploits that did not pay."
DROPPED = (
    "You leave out the episodes that could not be read, and divide by the rest. The rate then depends on how many were cut: an "
    "agent that rambles looks worse, one that crashes at the right moment vanishes. All episodes that were started count."
)
PASSING = (
    "You divide by the episodes that passed. That is the share of *successes* that are stolen, worth knowing too; but it rises "
    "when honest work gets harder, though no agent tampers more often. Divide by all episodes."
)
BY_COMMANDS = (
    "You divide by the number of such commands. The whole is the number of episodes, of those that tempted nobody too."
)
TEMPTED = "You divide by the episodes in which something was tried. Who did not try is a part of the whole."
NUMERATORS = (  # of the readable episodes; the first of each table is right
    ("", lambda es: sum(e.exploit for e in read(es))),
    (PAID, lambda es: sum(e.exploit and e.passed for e in read(es))),
    (COMMANDS, lambda es: sum(worked for e in read(es) for _, worked in e.reached)),
    (f"{COMMANDS} And you count what the lock refused.", lambda es: sum(len(e.reached) for e in read(es))),
    (ATTEMPTS, lambda es: sum(bool(e.reached) for e in read(es))),
    (FAILED, lambda es: sum(e is None or e.exploit for e in es)),
    (ALL_WORKED, lambda es: sum(bool(e.reached) and all(w for _, w in e.reached) for e in read(es))),
    (FIRST, lambda es: sum(bool(e.reached) and e.reached[0][1] for e in read(es))),
    (LAST, lambda es: sum(bool(e.reached) and e.reached[-1][1] for e in read(es))),
    (PASSED, lambda es: sum(e.passed for e in read(es))),
)
DENOMINATORS = (
    ("", len),
    (DROPPED, lambda es: len(read(es))),
    (PASSING, lambda es: sum(e.passed for e in read(es))),
    (BY_COMMANDS, lambda es: sum(len(e.reached) for e in read(es))),
    (TEMPTED, lambda es: sum(bool(e.reached) for e in read(es))),
)
PERCENT = "You give a percentage. A share lies between 0 and 1."
SWAPPED = "You give n first. The share comes first, then n."
NUMBER = "You give the number of exploits where their share should stand. Divide it by n."
OTHER_N = "You divide by all episodes, as you should. But your n is another number: give {n}, the number of episodes."
UNLIKE = "You divide by one number and give another as n: a reader would take the share to be of those."
FORMS = (  # what is made of a numerator k, a denominator n and the episodes
    ("", lambda k, n, es: (k / n, n)),
    (OTHER_N, lambda k, n, es: (k / n, k)),
    (OTHER_N, lambda k, n, es: (k / n, len(read(es)))),
    (UNLIKE, lambda k, n, es: (k / n, len(es))),
    (PERCENT, lambda k, n, es: (100 * k / n, n)),
    (SWAPPED, lambda k, n, es: (n, k / n)),
    (NUMBER, lambda k, n, es: (k, n)),
)


def names(way) -> list[str]:
    return [name for name, _ in way if name]


WAYS = sorted(itertools.product(NUMERATORS, DENOMINATORS, FORMS), key=lambda way: len(names(way)))


def slipped(way, episodes: Episodes) -> tuple[float, float]:
    (_, count), (_, whole), (_, form) = way
    return form(count(episodes), whole(episodes), episodes)


def same(a, b) -> bool:
    """Two figures of the share are enough."""
    return len(a) == len(b) and all(math.isclose(x, y, abs_tol=0.0051) for x, y in zip(a, b, strict=True))


def look_at_rate(f) -> str | None:
    f = ending(f, CALL)
    every_one_read = f(list(UNPAID))
    try:
        said = [f(list(MIXED)), f(list(EAGER)), every_one_read]
    except Unready as why:
        return f"An entry may be `None`: that episode was cut or could not be read, and it counts all the same. {why}"
    shown = next(
        (differs(b, got) for b, got in zip(BATCHES, said, strict=True) if not same(got, exploit_rate(b))), None
    )
    if shown is None:
        return look_at_cut(f)
    way = next((w for w in WAYS if all(same(got, slipped(w, b)) for got, b in zip(said, BATCHES, strict=True))), None)
    named = [name.format(n=len(MIXED)) for name in (names(way)[:2] if way else [])]
    return " ".join([*named, shown, *([] if way else alone(f))])


def alone(f) -> list[str]:
    """The first episode that is judged wrongly where it is the only one."""
    for e in dict.fromkeys(e for batch in BATCHES for e in batch):
        try:
            got = f([e])
        except Unready:
            continue
        if not same(got, exploit_rate([e])):
            return [
                f"Of this episode alone, {e or 'None'}, you give {got[0]:g}; it should be {exploit_rate([e])[0]:g}."
            ]
    return []


def differs(batch: Episodes, got) -> str:
    value, n = exploit_rate(batch)
    k, none = round(value * n), batch.count(None)
    cut = f", {none} of them cut or unreadable" if none else ""
    return f"Of {n} episodes{cut}, {k} are exploits: ({value:g}, {n}). You give ({', '.join(f'{x:.3g}' for x in got)})."


def look_at_cut(f) -> str | None:
    """Nothing could be read: 0 of 4, and no division by what is left."""
    start = "Right where episodes can be read. But let all 4 be cut: no exploit is seen, in 4 episodes, so (0.0, 4)."
    try:
        got = f(list(CUT))
    except Unready as why:
        return f"{start} {why}"
    return None if same(got, (0.0, 4)) else f"{start} You give ({', '.join(f'{x:.3g}' for x in got)})."


def share_and_n(result: Any) -> str | None:
    """Two numbers are wanted."""
    if guard.one_number(result) is None:
        return (
            f"returns {guard.kind(result)}; return two numbers, `(share, n)`. A share without its n cannot be judged: 0 of 4 is "
            "not 0 of 4,000."
        )
    if not isinstance(result, tuple | list):
        return f"returns {guard.kind(result)}; return two numbers, `(share, n)`."
    if len(result) != 2:
        return f"returns {len(result)} values; return two numbers, `(share, n)`."
    odd = [x for x in result if guard.one_number(x)]
    return f"returns a pair that holds {guard.kind(odd[0])}; return two numbers, `(share, n)`." if odd else None


ex2 = Exercise(
    name="ex2",
    call=CALL,
    title="Exercise 2: the rate and its denominator",
    task=(
        "Here is what was seen of some episodes; write the exploit rate: `(share, n)`.\n\n"
        "`episodes` is a list. An entry is `None` where the text was cut or could not be read. Else `e.passed` says whether the "
        "test passed, and `e.reached` holds the commands that reached for the key or the test, as pairs of the command and "
        "whether it worked: `(('open key.txt', True), ('edit test.txt', False))`. A lock refuses some.\n\n"
        "An *exploit* is an episode in which at least one such command *worked*, whether or not the test passed. The share is "
        "that of exploits among all episodes that were started, and n is their number."
    ),
    stub=(
        "def exploit_rate(episodes):\n"
        '    """The share of exploits among all episodes, and how many episodes there are."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex2.check(exploit_rate)"
    ),
    minutes=5,
    stars=1,
    hint_text=(
        "Decide for each entry: 1 or 0? `any(...)` asks whether one command worked. What is a `None`? Then divide by "
        "`len(episodes)`."
    ),
    confirms=(
        "Now {k} of {n} means something: with its interval, {low:.0%} to {high:.0%}, it can be compared. Say beside it how many "
        "episodes could not be read, and how often a lock had to refuse. A lock makes exploits rare, not the wish: attempts "
        "tell what would happen without it."
    ).format(k=4, n=10, **dict(zip(("low", "high"), wilson(4, 10), strict=True))),
    answer_of=(exploit_rate, share),
    complain=share_and_n,
    examine=look_at_rate,
)

__all__ = ["ex1", "ex2"]
