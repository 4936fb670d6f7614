"""A method, its matched control and the base, on the same problems: one run, one result with intervals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from course_lib import asks, progress, ranks, record, sealed
from course_lib.errors import need
from course_lib.loop import improve
from course_lib.measure import held_out
from course_lib.methods import control, grpo, rest, rft, star
from course_lib.policy import Policy
from course_lib.rollout import need_room
from course_lib.run import lead
from course_lib.run.settings import Settings
from course_lib.statistics import paired_gain
from course_lib.types import KEPT_BY_LOT, Method, Problem, Round


def build(settings: Settings, bar=progress.quiet) -> Method:
    """The method these settings name."""
    common = {"k": settings.k, "temperature": settings.temperature, "lr": settings.lr}
    common |= {"max_tokens": settings.max_tokens, "bar": bar}
    made = {
        "star": lambda: star(**common),
        "rft": lambda: rft(**common),
        "rest": lambda: rest(**common, taus=settings.tau),
        "grpo": lambda: grpo(settings.k, beta=settings.beta, **{k: v for k, v in common.items() if k != "k"}),
    }
    return made[settings.method]()


def check(settings: Settings, policy: Policy, problems: tuple[list[Problem], list[Problem]]) -> None:
    """Raise CourseError for what a run would find wrong only once its folder was begun."""
    train, fresh = problems
    build(settings, progress.quiet)
    need(bool(train), f"problems are {settings.problems}: they hold none to train on.")
    need(
        bool(fresh), f"problems are {settings.problems}: none is left to measure on; train on fewer, or hold out more."
    )
    asked = [p.prompt for p in train + fresh]
    if settings.method == "star":  # which asks again, with the answer in the prompt
        asked += [asks.hint(p.prompt, p.answer) for p in train if p.answer is not None]
    need_room(policy, asked, settings.max_tokens)


def problems_hash(problems: tuple[list[Problem], list[Problem]]) -> str:
    """SHA-256 of the problems, so that a resumed run is known to be about the same ones."""
    text = json.dumps([[asdict(p) for p in part] for part in problems])
    return hashlib.sha256(text.encode()).hexdigest()


def run(
    policy: Policy,
    settings: Settings,
    problems: tuple[list[Problem], list[Problem]],
    folder: Path,
    bar=progress.quiet,
    show: Callable = lambda arm, log: None,
    say=print,
) -> dict:
    """Run the method and, if asked for, its control, each phase recorded in `folder`. Returns the result as plain JSON."""
    train, fresh = problems
    measure = held_out(fresh, settings.seed, max_tokens=settings.max_tokens, bar=bar, spread=ranks.spread)
    method = build(settings, bar)
    found = both_arms(
        policy,
        method,
        train,
        measure,
        folder,
        rounds=settings.rounds,
        seed=settings.seed,
        with_control=settings.control,
        show=show,
        say=say,
    )
    logs = {arm: log for arm, (_, log) in found.items()}
    return result(settings.method, settings.model, settings.seed, logs, folder) | control_named(method)


def both_arms(
    policy: Policy,
    method: Method,
    train: list[Problem],
    measure: Callable[[Policy], dict],
    folder: Path,
    *,
    rounds: int,
    seed: int,
    with_control: bool = True,
    twin: Method | None = None,
    show: Callable = lambda arm, log: None,
    say=print,
) -> dict[str, tuple[Policy, list[Round]]]:
    """("method", then "control") -> (last policy, log). An interrupted method has no control yet.

    The control is `twin`, or else the method with a random selection. A twin samples as the method does; if it scores alike, it
    revises alike.
    """
    found: dict[str, tuple[Policy, list[Round]]] = {}
    for arm, chosen in {"method": method, "control": twin or control(method)}.items():
        if arm == "control" and (not with_control or unfinished([r.kept for r in found["method"][1]], rounds)):
            continue
        if arm == "control" and ranks.lead():
            share_first_round(folder, same_score=chosen.score is method.score)
        found[arm] = improve(
            policy,
            train,
            lead.method(chosen, partial(record.recorded, folder=folder / arm)),
            rounds=rounds,
            seed=seed,
            measure=lead.measure(measure, partial(record.recorded_measure, folder=folder / arm)),
            show=lambda log, arm=arm: show(arm, log) if arm == "method" or len(log) > 1 else None,
            say=say if arm == "method" else lambda text: say(f"Control: {text}"),
        )
    return found


def unfinished(kept: list[int], rounds: int) -> bool:
    """Was an arm interrupted, rather than ended by its last round or by one that kept nothing? `kept` is of each round."""
    return not kept or (len(kept) <= rounds and (len(kept) == 1 or kept[-1] > 0))


def came_to_end(found: dict, rounds: int, with_control: bool) -> bool:
    """Did every arm of a result end by its last round, or by one that kept nothing?"""
    arms = [found, *([found.get("control", {"rounds": []})] if with_control else [])]
    return not any(unfinished([r["kept"] for r in arm["rounds"]], rounds) for arm in arms)


def share_first_round(folder: Path, same_score: bool = True) -> None:
    """Method and control start from the same policy and seed: what it was before round 1 and what it sampled are the same."""
    shared = ["00/measure.json", "01/rollout.jsonl", *(["01/score.jsonl", "01/revise.jsonl"] if same_score else [])]
    for name in (n for file in shared for n in (file, f"{file}.seconds")):
        source, target = folder / "method" / name, folder / "control" / name
        if sealed.finished(source) and not sealed.finished(target):
            sealed.write(target, source.read_text(encoding="utf-8"))


def result(method: str, model: str, seed: int, arms: dict[str, list[Round]], folder: Path) -> dict:
    """The rounds of both arms and the paired gains of the last round."""
    out = {"method": method, "model": model, "seed": seed, "rounds": rows(arms.get("method", []), folder / "method")}
    if arms.get("control"):
        out["control"] = {"rounds": rows(arms["control"], folder / "control")}
    out["gain"] = gains(arms)
    return out


def control_named(method: Method, twin: Method | None = None) -> dict[str, str]:
    """What a result's control did instead, in words, where that is something else than keeping as many at random."""
    if twin is None and method.twin == KEPT_BY_LOT:
        return {}
    return {"control_is": twin.name if twin else method.twin}


def rows(log: list[Round], folder: Path) -> list[dict]:
    """The log as plain JSON, without each problem's outcome; seconds are the sum of the phases', as recorded when each ended."""
    return [
        {
            "round": r.round,
            **without_outcomes(r.metrics),
            "kept": r.kept,
            "seconds": record.seconds(folder, r.round),
        }
        for r in log
    ]


def without_outcomes(metrics: dict) -> dict:
    kept = {k: v for k, v in metrics.items() if k != "outcomes"}
    return {k: without_outcomes(v) if isinstance(v, dict) else v for k, v in kept.items()}


def gains(arms: dict[str, list[Round]]) -> dict:
    """Difference in held-out accuracy on the same problems: last round against base, and against the control's last round."""
    method, twin = arms.get("method", []), arms.get("control", [])
    found = {}
    if len(method) > 1:
        last = method[-1].metrics["outcomes"]
        found["vs_base"] = paired_gain(last, method[0].metrics["outcomes"])
        if comparable(method, twin):
            found["vs_control"] = paired_gain(last, twin[-1].metrics["outcomes"])
    return found


def comparable(method: list[Round], twin: list[Round]) -> bool:
    """Do both arms end where they were to end? One that kept nothing in a round has ended, and its last policy stands."""
    shorter = min(method, twin, key=len)
    return len(method) == len(twin) or (len(shorter) > 1 and shorter[-1].kept == 0)
