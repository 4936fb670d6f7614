"""Notebook 09c: C31 keeping the best narrows, C32 replacing collapses and real text does not, C33 which cure cures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from filelock import FileLock

from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.claims.learned import looped
from course_lib.claims.scale import PERCENT
from course_lib.measure import distinct_paths
from course_lib.methods import rft
from course_lib.methods.generations import accumulated, generations, mixed, replaced, subsampled
from course_lib.rollout import samples
from course_lib.run.fingerprint import fingerprint
from course_lib.sealed import LOCK
from course_lib.select import correct, most_varied, random_like, top_k
from course_lib.tasks.stories import stories
from course_lib.train import improve_steps
from course_lib.types import Turn
from course_lib.variety import variety

GENERATIONS, ROUNDS, OVER, WARM = 8, 4, 4, 1.3
SEEN = 400  # passages that are measured on


def fed(lab: Lab, seed: int, **how: Any) -> list[dict]:
    """What was left after each generation, from 0. A run that is on disk is read; one that was killed goes on."""
    n, size = max(8, lab.problems * 2 // 3), min(SEEN, lab.fresh)
    made_of = fingerprint(generations, how, variety, n, size, lab.policy.model)
    folder = lab.folder.parent / "generations" / f"{seed}-{made_of}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):  # another claim may be at the same run
        _, log = generations(
            lab.policy, n=n, rounds=GENERATIONS, seed=seed, folder=folder, say=lambda text: None, **how,
            measure=lambda policy: variety(policy, size, 9_600_000 + seed),
        )  # fmt: skip
    return [r.metrics for r in log]


def last(found: list[dict], what: str) -> list[float]:
    return found[-1][what]["outcomes"]


def by_generation(found: dict[str, list[dict]]) -> dict:
    """Every measured number of every diet, generation by generation."""
    return {
        name: {k: [m[k]["value"] for m in log] for k in ("tail", "loss", "grammatical", "entropy")}
        for name, log in found.items()
    }


def c31(lab: Lab, seed: int) -> Outcome:
    """The share of rare words still written: the likeliest of four passages kept each time, and one of four by lot."""
    chosen = {"likeliest": top_k(1), "by lot": random_like(top_k(1)), "most varied": most_varied}
    found = {name: fed(lab, seed, over=OVER, keep=keep) for name, keep in chosen.items()}
    one, every = (right_paths(lab, seed, select) for select in (top_k(1, 0.5), correct()))
    also = {
        "loss on real text (nats a word)": (last(found["likeliest"], "loss"), last(found["by lot"], "loss")),
        "entropy (nats a word)": (last(found["likeliest"], "entropy"), last(found["by lot"], "entropy")),
        "stories: different right paths of 16, one right answer kept against all": (one[0], every[0]),
        "stories: one of 16 right, one right answer kept against all": (one[1], every[1]),
    }
    return Outcome(last(found["likeliest"], "tail"), last(found["by lot"], "tail"), also, by_generation(found))


def right_paths(lab: Lab, seed: int, select) -> tuple[list[float], list[float]]:
    """Of fresh stories, after some rounds of keeping: different right paths of 16 samples, and whether there is any."""
    told = stories(lab.problems // 4, (4, 5, 6), 9_700_000 + seed)
    train = improve_steps((0.5,), seen=max(1, lab.seen // 4))  # as many examples, however few are kept
    method = replace(rft(lab.k), name="collapse rft", select=select, train=train, from_base=False)
    policy = looped(lab, method, told, ROUNDS, seed)[-1]
    groups = samples(16)(policy, lab.fresh_stories(seed, told)[:200], Turn(seed, 0))
    paths = [distinct_paths(g.problem, g.completions_G) for g in groups]
    return [float(n) for n in paths], [float(n > 0) for n in paths]


def c32(lab: Lab, seed: int) -> Outcome:
    """What real text costs after eight generations: on their own words only, and with one passage in ten real."""
    diets = {"replace": replaced, "mix": mixed(0.1), "accumulate": accumulated, "subsample": subsampled}
    found = {name: fed(lab, seed, diet=diet) for name, diet in diets.items()}
    found["from base"] = fed(lab, seed, diet=replaced, from_base=True)
    found["no cut"] = fed(lab, seed, diet=replaced, top_p=1.0)
    loss, tail, faultless = (
        {n: last(log, what) for n, log in found.items()} for what in ("loss", "tail", "grammatical")
    )
    also = {
        "rare words still written: own words only, against 10 % real": (tail["replace"], tail["mix"]),
        "passages without a fault: own words only, against 10 % real": (faultless["replace"], faultless["mix"]),
        "own words only, against everything accumulated": (loss["replace"], loss["accumulate"]),
        "own words only, against as many drawn from everything": (loss["replace"], loss["subsample"]),
        "own words only, against each generation trained from the first model": (loss["replace"], loss["from base"]),
        "10 % real, against the start": (loss["mix"], found["mix"][0]["loss"]["outcomes"]),
        "own words only, against own words drawn without the cut of top-p": (loss["replace"], loss["no cut"]),
        "rare words still written: own words only, against drawn without the cut": (tail["replace"], tail["no cut"]),
        "passages without a fault: own words only, against drawn without the cut": (
            faultless["replace"],
            faultless["no cut"],
        ),
    }
    return Outcome(loss["replace"], loss["mix"], also, by_generation(found))


def c33(lab: Lab, seed: int) -> Outcome:
    """What real text costs after eight generations: the temperature raised, and one passage in ten real."""
    found = {
        "nothing": fed(lab, seed, diet=replaced),
        "mix": fed(lab, seed, diet=mixed(0.1)),
        "temperature": fed(lab, seed, diet=replaced, temperature=WARM),
        "bonus": fed(lab, seed, diet=replaced, over=OVER, keep=most_varied),
        "both": fed(lab, seed, diet=mixed(0.1), temperature=WARM),
    }
    loss, tail = ({name: last(log, what) for name, log in found.items()} for what in ("loss", "tail"))
    also = {
        "temperature 1.3, against nothing": (loss["temperature"], loss["nothing"]),
        "a bonus for diversity, against nothing": (loss["bonus"], loss["nothing"]),
        "a bonus for diversity, against 10 % real": (loss["bonus"], loss["mix"]),
        "both temperature and real text, against real text": (loss["both"], loss["mix"]),
        "rare words still written: temperature 1.3, against nothing": (tail["temperature"], tail["nothing"]),
        "rare words still written: bonus, against nothing": (tail["bonus"], tail["nothing"]),
        "rare words still written: 10 % real, against nothing": (tail["mix"], tail["nothing"]),
    }
    return Outcome(loss["temperature"], loss["mix"], also, by_generation(found))


NATS, LOSS = "nats a word", "loss on real text after eight generations"
CLAIMS = (
    Claim(
        "C31", "Keeping only the best narrows what is written.", "§6.2", "09c_collapse",
        "the likeliest of four kept", "one of four kept by lot", "rare words still written after eight generations", c31, sign=-1,
        scales={"loss": NATS, "entropy": NATS, "stories: different right paths": "paths"},
    ),
    Claim(
        "C32", "Living on its own words, a model collapses; a little real text holds that back.", "Q2", "09c_collapse",
        "own words only", "one passage in ten real", LOSS, c32, scale=NATS, scales={"rare words": PERCENT, "passages": PERCENT},
    ),
    Claim(
        "C33", "Temperature delays collapse, real text holds it back further.", "L3-9", "09c_collapse",
        "own words only, drawn at temperature 1.3", "one passage in ten real, drawn at 1", LOSS, c33,
        scale=NATS, scales={"rare words": PERCENT},
    ),
)  # fmt: skip
