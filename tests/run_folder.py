"""Small run folders made by hand: what test_evidence.py and test_signs.py open."""

import json

from course_lib.record import group_line, write_lines
from course_lib.sealed import write
from course_lib.types import Completion, Group, Problem

ASKED = [Problem(f"q{i}", f"What is {i} and 10?", str(i + 10), 1) for i in range(32)]


def answer(problem, good, mark="", tokens=8, logprob=-2.0):
    """A right or a wrong answer; `mark` makes its text another one."""
    said = int(problem.answer) + (0 if good else 1)
    return Completion(f"{said - 10}+10={said}{mark}\n#### {said}", tokens, logprob)


def groups(golds, scores=None, problems=ASKED, **how):
    """A group for each problem: `golds[p][k]` is whether answer k is right, `scores` the run's score (default: gold)."""
    scores = scores or golds
    return [
        Group(p, tuple(answer(p, good, f" ({k})", **how) for k, good in enumerate(row)), tuple(map(float, points)))
        for p, row, points in zip(problems, golds, scores, strict=False)
    ]


def sampled(arm, round, given):
    """What a round sampled and scored, as a run writes it."""
    write_lines(arm / f"{round:02d}" / "score.jsonl", given, group_line)


def measured(arm, round, outcomes, **told):
    """What was measured after a round."""
    row = {"accuracy": sum(outcomes) / max(1, len(outcomes)), "n": len(outcomes), "outcomes": outcomes} | told
    write(arm / f"{round:02d}" / "measure.json", json.dumps(row))


def half(good, n=32, k=4):
    """`n` rows of `k` answers, of which `good` in all are right, spread over the rows."""
    return [[int((i + n * j) < good) for j in range(k)] for i in range(n)]


def a_run(folder, good=(48, 64, 96), held=(20, 30, 40, 60), kl=(0.0, 0.2, 0.5, 1.0), scores=None):
    """Policies one by one: how many of 128 trained answers and of 64 held-out ones are right. The last sampled nothing."""
    for i, n in enumerate(good):
        sampled(folder / "method", i + 1, groups(half(n), scores and scores[i]))
    for i, (n, nats) in enumerate(zip(held, kl, strict=True)):
        measured(folder / "method", i, [int(j < n) for j in range(64)], kl=nats, axis="fresh sums right (%)")
    return folder
