"""Run the claims over seeds in worker processes: `make claims`. What a seed gave is on disk when it ends; a second call goes on.

usage: python -m course_lib.claims.run [C03 C07 ...] [--seeds 5]
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import MISSING, asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path

from course_lib.claims import (
    agents,
    cai,
    collapse,
    genuine,
    hacking,
    kl_penalty,
    loop,
    overoptimisation,
    process,
    reflexion,
    rest,
    rft,
    self_rewarding,
    spin,
    stagnation,
    star,
    table,
    tampering,
    ttrl,
)  # fmt: skip
from course_lib.claims.lab import SEEDS, Claim, Lab
from course_lib.errors import CourseError, need, need_count
from course_lib.run.fingerprint import fingerprint
from course_lib.sealed import finished, write

BOOTSTRAP = loop.CLAIMS + star.CLAIMS + rft.CLAIMS + rest.CLAIMS
PREFERENCE = self_rewarding.CLAIMS + spin.CLAIMS + cai.CLAIMS
UNLABELLED = reflexion.CLAIMS + ttrl.CLAIMS
OVER = overoptimisation.CLAIMS + kl_penalty.CLAIMS + process.CLAIMS
AGENTS = agents.CLAIMS
FAILURES = hacking.CLAIMS + tampering.CLAIMS + collapse.CLAIMS + OVER + genuine.CLAIMS + stagnation.CLAIMS
CLAIMS: tuple[Claim, ...] = tuple(
    sorted(BOOTSTRAP + PREFERENCE + UNLABELLED + FAILURES + AGENTS, key=lambda claim: claim.id)
)
SHIPPED = Path("data/claims.json")


@dataclass(frozen=True)
class Task:
    claim: str
    seed: int
    folder: Path


def pick(ids: list[str]) -> list[Claim]:
    """The claims called `ids`, all of them when there are none."""
    known = {c.id: c for c in CLAIMS}
    for name in ids:
        need(name in known, f"there is no claim {name!r} here: choose from {', '.join(known)}.")
    return [known[name] for name in ids] or list(CLAIMS)


def made_with(claim: Claim) -> str:
    """A hash of the experiment's code, of what it calls here, and of its sizes: one that was changed is run again."""
    sizes = {f.name: f.default for f in fields(Lab) if f.default is not MISSING}
    return fingerprint(claim.run, [f for f in vars(Lab).values() if inspect.isfunction(f)], sizes)


MADE_WITH = {claim.id: made_with(claim) for claim in CLAIMS}  # now: a file edited later is not what this process runs


def result_file(task: Task) -> Path:
    return task.folder / f"{task.claim}-{task.seed}.json"


def done(task: Task) -> dict | None:
    """What this claim gave for this seed, None when it has not run yet or has changed since."""
    path = result_file(task)
    if not finished(path):
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if found["made_with"] == MADE_WITH[task.claim] else None


def work(task: Task, lab: Lab | None = None) -> str:
    """Run one claim with one seed and write what it gave. Returns a line for the log."""
    lab = lab or worker_lab(task.folder)
    claim, began = pick([task.claim])[0], time.monotonic()
    outcome = claim.run(lab, task.seed)
    found = asdict(outcome) | {
        "claim": claim.id,
        "seed": task.seed,
        "made_with": MADE_WITH[claim.id],
        "date": time.strftime("%Y-%m-%d"),
        "seconds": time.monotonic() - began,
    }
    write(result_file(task), json.dumps(found))
    a, b = (sum(x) / max(1, len(x)) for x in (outcome.treatment, outcome.control))
    return f"{claim.id} seed {task.seed}: {a:.3f} against {b:.3f}, {found['seconds']:.0f} s"


def worker_lab(folder: Path) -> Lab:
    """A worker's own policy, on one thread: two workers of one thread each beat one of two."""
    from course_lib.loading import load

    return Lab(load("pocket", device="cpu"), folder / "samples")


def start_worker() -> None:
    from course_lib.quiet import hush

    hush()


def seeds_of(claim: Claim, asked: int) -> int:
    """How many seeds of a claim are run: what it needs, unless fewer are asked for as a trial, or more."""
    return asked if asked < SEEDS else max(asked, claim.seeds)


def run(claims: list[Claim], seeds: int, folder: Path, workers: int) -> None:
    """Every claim with every seed that is still missing, a claim after the other: one finds what an earlier one left on disk."""
    tasks = [Task(c.id, seed, folder) for c in claims for seed in range(seeds_of(c, seeds))]
    missing = [t for t in tasks if done(t) is None]
    print(f"{len(tasks) - len(missing)} of {len(tasks)} are there already; {folder}", flush=True)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=start_worker) as pool:
        jobs = {pool.submit(work, t): t for t in missing}
        try:
            for i, job in enumerate(as_completed(jobs)):
                print(f"[{i + 1}/{len(missing)}] {told(job, jobs[job])}", flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            print("Stopped; what had ended is kept. The same command goes on.")
            raise


def told(job: Future, task: Task) -> str:
    """What a job says; one that failed is named, and the others go on."""
    error = job.exception()
    return f"{task.claim} seed {task.seed} FAILED: {error!r}" if error else job.result()


def main(argv: list[str] | None = None) -> None:
    from course_lib.loading import load
    from course_lib.policy import weights_hash

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", nargs="*", metavar="ID", help="which claims (default: all)")
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, help=f"paired seeds, from 0 (default: {SEEDS}; C07, C34: 10)"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each (default: 2)")
    parser.add_argument("--folder", type=Path, default=Path("build/claims"), help="where seeds' outcomes are kept")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--readme", type=Path, default=Path("README.md"))
    parser.add_argument(
        "--beside", type=Path, default=Path("docs/claims.md"), help="what else each experiment compares"
    )
    args = parser.parse_args(argv)
    need_count("seeds", args.seeds)
    enough = args.seeds >= SEEDS or args.out != SHIPPED
    need(enough, f"{args.seeds} seeds are too few for {SHIPPED}: take at least {SEEDS}, or another file by --out.")
    need_count("workers", args.workers)
    model = weights_hash(load("pocket", device="cpu").base)
    folder = args.folder / model[:12]
    claims = pick(args.claims)
    run(claims, args.seeds, folder, args.workers)
    found = {c: [done(Task(c.id, s, folder)) for s in range(seeds_of(c, args.seeds))] for c in claims}
    rows = {r["id"]: r for r in table.read(args.out) if r["model_hash"] == model}
    rows |= {c.id: table.row(c, each, model) for c, each in found.items() if None not in each}
    ordered = [rows[k] for k in sorted(rows)]
    args.out.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    table.between_marks("claims", shown := table.markdown(ordered), args.readme)
    for name, told in (("beside", table.beside), ("seeds", table.by_seeds)):
        table.between_marks(name, told(ordered), args.beside)
    print(shown)
    failed = [c.id for c, each in found.items() if None in each]
    need(not failed, f"{', '.join(failed)} did not run to the end: the log above says why. The same command goes on.")


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        raise SystemExit(str(error)) from None
