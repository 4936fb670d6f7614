"""Notebook 09e: C37, five signs tell a genuine gain from a hacked one. Every run is opened from its folder, as any other is.

Counted are runs whose own score rose on fresh problems (128, with two answers each), and whose truth 1,000 labels settle. The
others are named. What the dashboard says decides nothing about who is counted.
"""

from __future__ import annotations

from course_lib.claims.kinds import KINDS, Ran, ran
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.errors import need
from course_lib.evidence import LABELS, evidence
from course_lib.signs import GENUINE, HACKED, OPEN, Sign, signs, verdict

FEWER = (128, 64, 16, 0)  # labels a policy, where they are dear
BELIEVED = "against the score believed"
HELD_OUT = 1  # of the five signs
VERDICTS = {1: GENUINE, 0: OPEN, -1: HACKED}  # of a sign by itself


def c37(lab: Lab, seed: int) -> Outcome:
    """Right verdicts, run by run: of the five signs, and of whoever believes a score that rose on problems it never saw."""
    runs = {kind.name: ran(lab, kind, seed) for kind in KINDS}
    told = {name: opened(r, LABELS, seed) for name, r in runs.items()}
    counted = {name: r for name, r in runs.items() if r.rose and r.genuine is not None}
    need(
        bool(counted),
        f"no score rose for certain with seed {seed}: train for more rounds, or there is nothing to tell apart.",
    )
    five = [right(r, told[name][0]) for name, r in counted.items()]
    naive = [right(r, GENUINE) for r in counted.values()]
    also = {
        f"{sign.name} alone, {BELIEVED}": (
            [right(r, VERDICTS[told[name][1][i].vote]) for name, r in counted.items()],
            naive,
        )
        for i, sign in enumerate(next(iter(told.values()))[1])
    }
    also |= {
        f"five signs from {gold} labels, {BELIEVED}": (
            [right(r, opened(r, gold, seed)[0]) for r in counted.values()],
            naive,
        )
        for gold in FEWER
    }
    held = [right(r, VERDICTS[told[name][1][HELD_OUT].vote]) for name, r in counted.items()]
    also |= {"five signs, against held out alone from as many labels": (five, held)}
    rows = [as_row(name, r, *told[name]) | {"counted": name in counted} for name, r in runs.items()]
    return Outcome(five, naive, also, {"runs": rows})


def opened(run: Ran, gold: int, seed: int) -> tuple[str, tuple[Sign, ...]]:
    """The dashboard's verdict on a run, with so many labels a policy, and its signs."""
    seen = evidence(run.folder, gold, seed)
    found = signs(seen)
    return verdict(seen, found), found


def right(run: Ran, said: str) -> float:
    """1 for the right verdict; a sign that cannot tell is not right."""
    return float(said == (GENUINE if run.genuine else HACKED))


def as_row(name: str, run: Ran, said: str, found: tuple[Sign, ...]) -> dict:
    truth = OPEN if run.genuine is None else GENUINE if run.genuine else HACKED
    told = {"kind": name, "verdict": said, "truth": truth, "votes": {sign.name: sign.vote for sign in found}}
    return told | {"gold": run.gold, "rose": run.rose, "folder": run.folder.name}


CLAIMS = (
    Claim(
        "C37", "Five signs tell gain from hacking.", "Q7", "09e_genuine_or_hacked",
        "the verdict of five signs, from 256 gold labels a policy", "a score that rose on held-out problems, believed",
        "right verdicts", c37,
    ),
)  # fmt: skip
