"""Samples of the pocket model drawn once and shipped, so that sliders answer at once: `python -m course_lib.recordings`.

48 stories of three to six steps, at four temperatures, 32 verified completions each. 64 stories of two to four steps, a quarter
with a dozen, 16 completions each and 6 judgements of each by the model itself. 64 requests, half of them unkind, 6 replies each
and the chance that each keeps better to each house rule than the others do, as the model itself says.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from course_lib.constitution import by_principle
from course_lib.errors import need
from course_lib.judge import judgements
from course_lib.policy import load, pocket_folder
from course_lib.record import group_line, read_group
from course_lib.rollout import samples
from course_lib.score import verify
from course_lib.tasks.chat import mixed
from course_lib.tasks.house_rules import PRINCIPLES
from course_lib.tasks.stories import stories
from course_lib.types import Group, Turn

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
    from course_lib.decode import Sampling

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


if __name__ == "__main__":
    record_all()
    record_judged()
    record_preferred()
