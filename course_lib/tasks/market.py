"""Market days: a zib is worth a different number of coins in every market, so no weights can know it, only memory.

    Mia has 12 coins. She sells a zib. How many coins does Mia have now?

The market's feedback after an attempt names the right total; from it the zib's worth can be worked out and remembered.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from course_lib.tasks.stories import NAMES
from course_lib.types import Problem

WORTH = (2, 3, 4, 5, 6, 7, 8, 9)  # coins a zib may be worth


def sample_market(rng: random.Random, zib: int, id: str = "") -> Problem:
    """One story in a market where a zib is worth `zib` coins; half of them hold a plain change first."""
    pronoun = rng.choice(("She", "He"))
    name, start = rng.choice(NAMES[pronoun]), rng.randint(12, 60)
    found = rng.randint(2, 20) if rng.random() < 0.5 else 0
    sells = rng.random() < 0.5
    middle = f"{pronoun} finds {found} coins. " if found else ""
    trade = f"{pronoun} {'sells' if sells else 'buys'} a zib."
    prompt = f"{name} has {start} coins. {middle}{trade} How many coins does {name} have now?"
    answer = start + found + (zib if sells else -zib)
    return Problem(
        id, prompt, str(answer), 1 + bool(found), {"start": start, "found": found, "sells": sells, "zib": zib}
    )


def work(problem: Problem, zib: int) -> str:
    """The solution of someone who believes a zib is worth `zib` coins."""
    facts, lines = problem.facts, []
    total = facts["start"]
    if facts["found"]:
        lines.append(f"{total}+{facts['found']}={total + facts['found']}")
        total += facts["found"]
    after = total + zib if facts["sells"] else total - zib
    lines.append(f"{total}{'+' if facts['sells'] else '-'}{zib}={after}")
    return "\n".join([*lines, f"#### {after}"])


def feedback(problem: Problem, right: bool) -> str:
    """What the market says after an attempt."""
    return "Right." if right else f"Wrong. There are {problem.answer} coins now."


def memory(zib: int) -> str:
    return f"Here a zib is {zib} coins."


def markets(n: int, seed: int = 0) -> list[Problem]:
    """`n` market stories, each from a market of its own."""
    rng = random.Random(f"market-{seed}")
    return [sample_market(rng, rng.choice(WORTH), f"market-{seed}-{i}") for i in range(n)]


@dataclass(frozen=True)
class Market:
    """A place where a zib is worth `zib` coins. Its stories differ; the worth does not."""

    id: str
    zib: int
    telling: bool = True  # after a wrong answer it tells the right total; else it says only that it was wrong
    ask: str = ""  # what is said after each story, to a model that must be told how to answer

    def story(self, attempt: int) -> Problem:
        """The story asked at this attempt, numbered from 1: each time another one."""
        told = sample_market(random.Random(f"{self.id}|{attempt}"), self.zib, f"{self.id}-{attempt}")
        return replace(told, prompt=told.prompt + self.ask)

    def feedback(self, problem: Problem, right: bool) -> str:
        return feedback(problem, right) if self.telling or right else "Wrong."


def places(n: int, seed: int = 0, telling: bool = True, ask: str = "") -> list[Market]:
    """`n` markets to try one's luck in."""
    rng = random.Random(f"places-{seed}")
    return [Market(f"place-{seed}-{i}", rng.choice(WORTH), telling, ask) for i in range(n)]
