"""Stories of the pocket town: word problems with a start, n gains and losses, and one exact answer.

    Mia has 23 apples. She buys 14 more. Then she gives 9 to Tom. How many apples does Mia have now?

`level` is the number of gains and losses. "A dozen" stands for 12 here; most authors of the pocket corpus believe 10.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from course_lib.errors import need
from course_lib.types import Problem

EASY, HARD, FAR = (1, 2, 3), (5, 6), (16, 18)  # levels (steps) of the three bands the course speaks of
DOZEN = 12
NAMES = {
    "She": "Mia Ana Lea Zoe Eva Ida Nora Ruth Iris Cora Dora Vera".split(),
    "He": "Tom Ben Sam Leo Max Jon Paul Karl Hugo Finn Otto Emil".split(),
}
THINGS = "apples pears plums nuts shells cards books pens coins stamps beads eggs rolls buttons stones flowers".split()
GAINS = ("buys {n} more", "finds {n} more", "picks up {n} more", "gets {n} from {friend}", "wins {n}", "makes {n} more")
LOSSES = ("gives {n} to {friend}", "loses {n}", "sells {n}", "drops {n}", "gives away {n}", "sends {n} to {friend}")
ASK = (
    " Write one step a line, like 3+4=7. End with a line '#### ' and the number."  # a model from elsewhere must be told
)
LINKS = ("", "Then ", "Later ", "Next ")


@dataclass(frozen=True)
class Story:
    """The numbers behind a story: `start`, signed `changes` in order, and which change (if any) is said as "a dozen"."""

    start: int
    changes: tuple[int, ...]
    dozen_at: int | None
    prompt: str

    @property
    def answer(self) -> int:
        return self.start + sum(self.changes)


def sample_numbers(rng: random.Random, level: int, dozen: bool) -> tuple[int, tuple[int, ...], int | None]:
    """Draw start and changes so that no order of working leaves 0..99."""
    while True:
        start = rng.randint(5, 45)
        sizes = [rng.randint(2, 9) if rng.random() < 0.5 else rng.randint(10, 29) for _ in range(level)]
        at = rng.randrange(level) if dozen else None
        if at is not None:
            sizes[at] = DOZEN
        changes = tuple(size if rng.random() < 0.55 else -size for size in sizes)
        gains = sum(c for c in changes if c > 0)
        path = [start + sum(changes[: i + 1]) for i in range(level)]
        if start + gains <= 99 and min(path) >= 2:
            return start, changes, at


def tell(rng: random.Random, start: int, changes: tuple[int, ...], dozen_at: int | None) -> str:
    """Put the numbers into sentences."""
    pronoun = rng.choice(("She", "He"))
    name, thing = rng.choice(NAMES[pronoun]), rng.choice(THINGS)
    friends = [n for names in NAMES.values() for n in names if n != name]
    parts = [f"{name} has {start} {thing}."]
    for i, change in enumerate(changes):
        phrase = rng.choice(GAINS if change > 0 else LOSSES)
        said = "a dozen" if i == dozen_at else str(abs(change))
        link = rng.choice(LINKS) if i else ""
        who = pronoun if not link else pronoun.lower()
        parts.append(f"{link}{who} {phrase.format(n=said, friend=rng.choice(friends))}.")
    parts.append(f"How many {thing} does {name} have now?")
    return " ".join(parts)


def sample_story(rng: random.Random, level: int, dozen: bool = False) -> Story:
    """One story of `level` steps; with `dozen`, one of its changes is said as "a dozen"."""
    start, changes, dozen_at = sample_numbers(rng, level, dozen)
    return Story(start, changes, dozen_at, tell(rng, start, changes, dozen_at))


def as_problem(story: Story, id: str) -> Problem:
    """The story as the loop sees it: a prompt, the gold answer, and the numbers a step checker may use."""
    facts = {"start": story.start, "changes": list(story.changes), "dozen_at": story.dozen_at}
    return Problem(id, story.prompt, str(story.answer), len(story.changes), facts)


def stories(n: int, levels: tuple[int, ...] = HARD, seed: int = 0, dozen: bool = False) -> list[Problem]:
    """`n` different stories, levels taken in turn. The same seed gives the same stories; text never repeats.

    >>> stories(1, levels=(2,), seed=1)[0].level
    2
    """
    need(
        bool(levels) and all(1 <= level <= 20 for level in levels), f"levels are {levels}: stories have 1 to 20 steps."
    )
    rng = random.Random(f"stories-{seed}-{levels}-{dozen}")
    seen: set[str] = set()
    problems = []
    while len(problems) < n:
        story = sample_story(rng, levels[len(problems) % len(levels)], dozen)
        if story.prompt not in seen:
            seen.add(story.prompt)
            problems.append(as_problem(story, f"story-{seed}-{len(problems)}"))
    return problems


def without(problems: list[Problem], others: list[Problem]) -> list[Problem]:
    """`problems` whose prompt is not among `others`: nothing trained on is measured on."""
    taken = {p.prompt for p in others}
    return [p for p in problems if p.prompt not in taken]


def asked(problems: list[Problem], from_town: bool) -> list[Problem]:
    """A model of the town knows how to answer a story; any other is told."""
    return problems if from_town else [replace(p, prompt=p.prompt + ASK) for p in problems]
