"""Samples of the pocket model drawn once and shipped, so that sliders answer at once: `python -m course_lib.recordings`.

48 stories of three to six steps, at four temperatures, 32 verified completions each. 64 stories of two to four steps, a quarter
with a dozen, 16 completions each and 6 judgements of each by the model itself. 64 requests, half of them unkind, 6 replies each
and the chance that each keeps better to each house rule than the others do, as the model itself says. 240 drafts of stories, and
for every step that a critic may name the model's fix.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from course_lib import asks
from course_lib.answers import calculations, holds, same_answer
from course_lib.constitution import by_principle
from course_lib.critics import names
from course_lib.errors import need
from course_lib.judge import judgements
from course_lib.loading import load, pocket_folder
from course_lib.record import group_line, read_group
from course_lib.rollout import sample, samples
from course_lib.score import verify
from course_lib.statistics import mean
from course_lib.tasks.chat import mixed
from course_lib.tasks.house_rules import PRINCIPLES
from course_lib.tasks.stories import stories
from course_lib.types import Group, Problem, Turn

TEMPERATURES = (0.5, 0.8, 1.0, 1.3)
LEVELS = (3, 4, 5, 6)
PROBLEMS, K, SEED = 48, 32, 3_000_000


def recorded(temperature: float = 1.0, k: int = K) -> list[Group]:
    """The recorded groups at one of TEMPERATURES, the first `k` completions of each."""
    need(temperature in TEMPERATURES, f"temperature is {temperature}: samples are recorded at {TEMPERATURES}.")
    need(1 <= k <= K, f"K is {k}: {K} samples of each story are recorded.")
    groups = [read_group(line) for line in unzipped(f"stories-{float(temperature)}")]
    return [Group(g.problem, g.completions_G[:k], g.scores_G[:k]) for g in groups]


def judged() -> list[tuple[Group, tuple[tuple[int, ...], ...]]]:
    """Each story with its completions (verified), and for each completion the points of its readable judgements."""
    rows = [json.loads(line) for line in unzipped("judged")]
    return [(read_group(json.dumps(r["group"])), tuple(map(tuple, r["points"]))) for r in rows]


def preferred() -> list[tuple[Group, dict[str, tuple[float, ...]]]]:
    """Each request with its replies, and for each house rule the mean chance that a reply keeps better to it than another."""
    rows = [json.loads(line) for line in unzipped("preferred")]
    return [(read_group(json.dumps(r["group"])), {k: tuple(v) for k, v in r["chances"].items()}) for r in rows]


@dataclass(frozen=True)
class Recorded:
    """A draft and the model's fix for each of its steps, were a critic to name it."""

    band: str
    problem: Problem
    draft: str
    fixes: tuple[str, ...]

    @property
    def right(self) -> bool:
        return same_answer(self.draft, self.problem.answer)

    @property
    def wrong_step(self) -> int | None:
        """The first step whose arithmetic does not hold, from 0."""
        return next((i for i, step in enumerate(calculations(self.draft)) if not holds(*step)), None)

    def expected(self, accuracy: float, oracle: bool) -> float:
        """The chance that the story ends right after one pass under a critic of the arithmetic of this accuracy."""
        if (oracle and self.right) or not self.fixes:
            return float(self.right)
        fixed = [float(same_answer(fix, self.problem.answer)) for fix in self.fixes]
        if self.wrong_step is not None:
            return accuracy * fixed[self.wrong_step] + (1 - accuracy) * self.right
        return accuracy * self.right + (1 - accuracy) * mean(fixed)


def refinable() -> list[Recorded]:
    """The recorded drafts, with their fixes."""
    rows = [json.loads(line) for line in unzipped("refinable")]
    return [Recorded(r["band"], Problem(**r["problem"]), r["draft"], tuple(r["fixes"])) for r in rows]


def unzipped(name: str) -> list[str]:
    with gzip.open(place(name), "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def place(name: str) -> Path:
    """Beside the pocket model: inside the installed package, or in data/ of a checkout."""
    return pocket_folder().parent / "recorded" / f"{name}.jsonl.gz"


def zipped(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0))


def record_all(problems: int = PROBLEMS, k: int = K) -> None:
    policy, told, turn = load("pocket", device="cpu"), stories(problems, LEVELS, SEED), Turn(0, 1)
    for temperature in TEMPERATURES:
        groups = verify(policy, samples(k, temperature)(policy, told, turn), turn)
        zipped(place(f"stories-{temperature}"), [group_line(g) for g in groups])


def record_judged(problems: int = 64, k: int = 16, n: int = 6, path: Path | None = None) -> None:
    from course_lib.sampling.decode import Sampling

    policy, turn, levels = load("pocket", device="cpu"), Turn(0, 1), (2, 3, 4)
    told = stories(problems - problems // 4, levels, SEED + 1) + stories(problems // 4, levels, SEED + 2, dozen=True)
    groups = verify(policy, samples(k)(policy, told, turn), turn)
    asked = [(g.problem.prompt, c.text) for g in groups for c in g.completions_G]
    points = iter(judgements(policy, asked, n, Sampling(max_tokens=256), SEED))
    rows = [{"group": json.loads(group_line(g)), "points": [next(points) for _ in g.completions_G]} for g in groups]
    zipped(path or place("judged"), [json.dumps(r) for r in rows])


def record_preferred(requests: int = 64, k: int = 6, path: Path | None = None) -> None:
    policy, turn = load("pocket", device="cpu"), Turn(0, 1)
    groups = samples(k, max_tokens=60)(policy, mixed(requests, SEED), turn)
    scored = {rule: by_principle((rule,))(policy, groups, turn) for rule in PRINCIPLES}
    chances = [
        {rule: [round(s, 4) for s in told[i].scores_G] for rule, told in scored.items()} for i in range(len(groups))
    ]
    rows = [{"group": json.loads(group_line(g)), "chances": c} for g, c in zip(groups, chances, strict=True)]
    zipped(path or place("preferred"), [json.dumps(r) for r in rows])


BANDS = {"3 and 4 steps": (96, (3, 4), False), "5 and 6 steps": (96, (5, 6), False), "a dozen": (48, (3, 4), True)}


def record_refinable(path: Path | None = None) -> None:
    from course_lib.sampling.decode import Sampling

    policy, how = load("pocket", device="cpu"), Sampling()
    told = [(band, p) for band, (n, levels, dozen) in BANDS.items() for p in stories(n, levels, SEED + 3, dozen)]
    drafts = [c.text for (c,) in sample(policy, [p.prompt for _, p in told], 1, how, SEED)]
    steps = [len(calculations(text)) for text in drafts]
    asked = [
        asks.fix(p.prompt, t, names(i + 1)) for (_, p), t, n in zip(told, drafts, steps, strict=True) for i in range(n)
    ]
    fixes = iter(c.text for (c,) in sample(policy, asked, 1, how, SEED))
    rows = [
        {"band": band, "problem": asdict(p), "draft": text, "fixes": [next(fixes) for _ in range(n)]}
        for (band, p), text, n in zip(told, drafts, steps, strict=True)
    ]
    zipped(path or place("refinable"), [json.dumps(r) for r in rows])


if __name__ == "__main__":
    record_all()
    record_judged()
    record_preferred()
    record_refinable()
