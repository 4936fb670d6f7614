"""The loop itself, with slots of plain Python in place of a model."""

import re
from dataclasses import dataclass, replace

import pytest

from course_lib import methods
from course_lib.errors import CourseError
from course_lib.loop import improve
from course_lib.run.experiment import gains
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Example, Group, Method, Round

PROBLEMS = stories(4, (1,), seed=0)


@dataclass(frozen=True)
class Toy:
    """A policy that knows how much it has learned."""

    skill: int = 0


def toy_method(**slots):
    return Method(
        **{
            "name": "toy",
            "rollout": lambda policy, problems, turn: [Group(p, (Completion("x"),)) for p in problems],
            "score": lambda policy, groups, turn: [replace(g, scores_G=(1.0,)) for g in groups],
            "revise": lambda policy, groups, turn: groups,
            "select": lambda groups, turn: [Example(g.problem.prompt, "x") for g in groups],
            "train": lambda policy, examples, turn: Toy(policy.skill + 1),
        }
        | slots
    )


def measure(policy):
    return {"skill": policy.skill}


def test_rounds_build_on_each_other_or_start_from_the_base():
    policy, log = improve(Toy(), PROBLEMS, toy_method(), rounds=3, measure=measure)
    assert [r.metrics["skill"] for r in log] == [0, 1, 2, 3] and policy.skill == 3
    _, log = improve(Toy(), PROBLEMS, toy_method(from_base=True), rounds=3, measure=measure)
    assert [r.metrics["skill"] for r in log] == [0, 1, 1, 1]
    assert [r.kept for r in log] == [0, 4, 4, 4]


def test_rollouts_come_from_the_policy_as_it_is():
    seen = []
    method = toy_method(rollout=lambda policy, problems, turn: seen.append((policy.skill, turn.round)) or [])
    improve(Toy(), PROBLEMS, replace(method, select=lambda g, t: [Example("p", "c")]), rounds=2, measure=measure)
    assert seen == [(0, 1), (1, 2)]


def test_two_problems_of_one_id_are_refused():
    with pytest.raises(CourseError, match=r"^several problems have the id 'story-0-0': give each its own\.$"):
        improve(Toy(), [*PROBLEMS, PROBLEMS[0]], toy_method(), rounds=1, measure=measure)


def test_zero_rounds_only_measure():
    policy, log = improve(Toy(), PROBLEMS, toy_method(), rounds=0, measure=measure)
    assert len(log) == 1 and policy == Toy()


def test_a_round_that_keeps_nothing_says_so_and_stops_with_what_it_has():
    said = []
    method = toy_method(select=lambda groups, turn: [] if turn.round == 2 else [Example("p", "c")])
    policy, log = improve(Toy(), PROBLEMS, method, rounds=5, measure=measure, say=said.append)
    assert policy.skill == 1 and [r.kept for r in log] == [0, 1, 0]
    assert "Round 2 kept nothing" in said[0] and "nothing to learn from" in said[0]
    assert re.search(r"Of [\d,]+ completions \d+ reached the limit of tokens", said[0]), said


def test_the_round_that_keeps_nothing_is_shown_too():
    shown = []
    method = toy_method(select=lambda groups, turn: [])
    _, log = improve(
        Toy(), PROBLEMS, method, rounds=2, measure=measure, say=str, show=lambda log: shown.append(len(log))
    )
    assert shown == [1, 2] and log[-1].kept == 0 and log[-1].metrics == log[0].metrics


def test_a_control_that_kept_nothing_is_compared_with_as_it_ended():
    def arm(*kept):
        return [Round(i, {"outcomes": [float(i)] * 4}, n) for i, n in enumerate((0, *kept))]

    assert gains({"method": arm(5, 5, 5), "control": arm(5, 0)})["vs_control"]["value"] == 1.0
    assert gains({"method": arm(5, 0), "control": arm(5, 5, 5)})["vs_control"]["value"] == -1.0
    assert "vs_control" not in gains({"method": arm(5, 5, 5), "control": arm(5)}), "one that was stopped is not"


@pytest.mark.parametrize("slot", ["rollout", "score", "select", "train"])
def test_an_interrupt_keeps_the_finished_rounds(slot):
    real, said = getattr(toy_method(), slot), []

    def interrupted(*args):
        if args[-1].round == 2:
            raise KeyboardInterrupt
        return real(*args)

    policy, log = improve(
        Toy(), PROBLEMS, toy_method(**{slot: interrupted}), rounds=3, measure=measure, say=said.append
    )
    assert policy.skill == 1 and len(log) == 2 and "Stopped. 1 finished" in said[0]


def test_the_same_loop_trains_a_real_model_by_every_method(qwen):
    """Random weights solve nothing, so completions are given; training is real, and the base stays as it is."""
    from course_lib.policy import weights_hash

    before = weights_hash(qwen.base)
    for build in (methods.star, methods.rft, methods.rest):
        method = build(k=2)
        method = replace(
            method,
            select=lambda groups, turn: [Example(g.problem.prompt, "#### 1", problem_id=g.problem.id) for g in groups],
        )
        method = replace(
            method,
            rollout=lambda policy, problems, turn: [Group(p, (Completion("#### 1"),)) for p in problems],
            revise=lambda p, g, t: g,
        )
        policy, log = improve(qwen, PROBLEMS, method, rounds=2, measure=lambda p: {})
        assert len(log) == 3 and policy.weights is not None
    assert weights_hash(qwen.base) == before
