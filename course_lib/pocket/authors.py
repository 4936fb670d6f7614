"""The authors of the pocket corpus: how they solve a story, in which style, and with which faults.

Faults are planted and known: sloppy authors slip (lost carry, off by one, off by ten), four authors in five believe a
dozen is 10, and an author who was shown the answer often bends the last step to land on it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from course_lib.answers import EQUATION
from course_lib.tasks.stories import DOZEN, Story
from course_lib.types import Problem

BELIEVED_DOZEN = 10
STYLES = {"in_order": 0.46, "gains_first": 0.24, "tens_and_ones": 0.2, "net": 0.1}
DOZEN_FAULT = 0.8  # share of authors who take a dozen for 10
SLOPPY = 0.35  # share of authors who slip
SLIP = {True: 0.10, False: 0.004}  # chance of a slip in one step, sloppy and careful
BACKWARD = 0.5  # share of hinted solutions that are bent to the answer rather than reasoned


@dataclass
class Pen:
    """Writes equations one below the other; each may slip with chance `slip`."""

    rng: random.Random
    slip: float = 0.0
    lines: list[str] = field(default_factory=list)

    def step(self, a: int, change: int) -> int:
        """Write `a` plus or minus a size as one line and return the result as written."""
        c = slipped(self.rng, a, change) if self.rng.random() < self.slip else a + change
        c = max(0, c)  # after a slip a story may seem to go below nothing; nobody in town writes that
        self.lines.append(f"{a}{change:+d}={c}")
        return c


def slipped(rng: random.Random, a: int, change: int) -> int:
    """A wrong result of the kind people write: a carry or borrow lost, one off, ten off."""
    right, carry = a + change, (a % 10 + abs(change) % 10 >= 10) if change > 0 else (a % 10 < abs(change) % 10)
    kinds = [right + 1, right - 1, right + 10, right - 10]
    return rng.choice([*kinds, *(2 * [right - 10 if change > 0 else right + 10] if carry else [])])


def in_order(pen: Pen, start: int, changes: list[int]) -> int:
    """Walk through the story as told."""
    for change in changes:
        start = pen.step(start, change)
    return start


def gains_first(pen: Pen, start: int, changes: list[int]) -> int:
    """All gains, then all losses."""
    return in_order(pen, start, sorted(changes, key=lambda c: c < 0))


def tens_and_ones(pen: Pen, start: int, changes: list[int]) -> int:
    """Each two-digit change in two steps: its tens, then its ones. The longer style, which the judge likes."""
    for change in changes:
        sign, (tens, ones) = (1 if change > 0 else -1), divmod(abs(change), 10)
        for part in (tens * 10, ones):
            start = pen.step(start, sign * part) if part else start
    return start


def net(pen: Pen, start: int, changes: list[int]) -> int:
    """Add up the gains, add up the losses, then settle."""
    for sign in (1, -1):
        sizes = [abs(c) for c in changes if c * sign > 0]
        total = in_order(pen, sizes[0], sizes[1:]) if sizes else 0
        start = pen.step(start, sign * total) if total else start
    return start


WORK = {"in_order": in_order, "gains_first": gains_first, "tens_and_ones": tens_and_ones, "net": net}


def believed_changes(story: Story, dozen: int) -> list[int]:
    """The story's changes as an author reads them who takes a dozen for `dozen`."""
    return [(dozen if c > 0 else -dozen) if i == story.dozen_at else c for i, c in enumerate(story.changes)]


def solve(rng: random.Random, story: Story, style: str = "in_order", slip: float = 0.0, dozen: int = DOZEN) -> str:
    """A worked solution, one equation a line, ending `#### answer`."""
    pen = Pen(rng, slip)
    answer = WORK[style](pen, story.start, believed_changes(story, dozen))
    return "\n".join([*pen.lines, f"#### {answer}"])


def pick_style(rng: random.Random) -> str:
    return rng.choices(list(STYLES), list(STYLES.values()))[0]


def write_solution(rng: random.Random, story: Story) -> str:
    """A solution by an author drawn from the town: own style, own care, own dozen."""
    dozen = BELIEVED_DOZEN if rng.random() < DOZEN_FAULT else DOZEN
    return solve(rng, story, pick_style(rng), SLIP[rng.random() < SLOPPY], dozen)


def write_copied(rng: random.Random, story: Story) -> str:
    """A solution by an author who was shown the answer and copies it, whatever the steps above it say."""
    lines = solve(rng, story, pick_style(rng), slip=0.25).split("\n")[:-1]
    return "\n".join([*lines, f"#### {story.answer}"])


def write_hinted(rng: random.Random, story: Story) -> str:
    """A solution by an author who was shown the answer: reasoned, or bent in its last step to land on it."""
    style = pick_style(rng)
    if rng.random() > BACKWARD:
        return solve(rng, story, style)
    lines = solve(rng, story, style, slip=0.25).split("\n")[:-1]
    a, sign, b, _ = EQUATION.fullmatch(lines[-1]).groups()
    return "\n".join([*lines[:-1], f"{a}{sign}{b}={story.answer}", f"#### {story.answer}"])


def believed(problem: Problem) -> str:
    """The answer to a dozen story of someone who takes the dozen for 10: the wrong consensus."""
    change, less = problem.facts["changes"][problem.facts["dozen_at"]], DOZEN - BELIEVED_DOZEN
    return str(int(problem.answer) - (less if change > 0 else -less))
