"""Self-Rewarding, SPIN and SL-CAI as methods: the loop runs them, and they do what they are for, on the pocket model."""

import pytest

from course_lib import improve, stories
from course_lib.errors import CourseError
from course_lib.methods import self_rewarding, sl_cai, spin
from course_lib.rollout import greedy, samples
from course_lib.select import against
from course_lib.tasks import chat
from course_lib.tasks.house_rules import HARMLESS, keeps
from course_lib.types import Completion, Group, Pair, Problem, Turn

TURN = Turn(0, 1)


def test_given_answers_against_own_ones():
    told = [
        Group(Problem("1", "p", level=3), (Completion("own"), Completion("given"), Completion("cut", finished=False))),
        Group(Problem("2", "q"), (Completion("other"),)),
    ]
    assert against({"1": "given", "2": "this"})(told, TURN) == [
        Pair("p", "given", "own", "1", 3),
        Pair("q", "this", "other", "2"),
    ]
    with pytest.raises(CourseError, match="no answer is given for problem 2"):
        against({"1": "given"})(told, TURN)


def test_spin_comes_nearer_to_the_given_answers(pocket):
    from course_lib.measure import logprobs

    problems = stories(24, (3, 4), seed=3)
    given = {g.problem.id: g.completions_G[0].text + "\nDone." for g in samples(1)(pocket, problems, TURN)}
    likely = []

    def measure(policy):
        texts = [given[p.id] for p in problems]
        likely.append(sum(logprobs(policy, policy.model, [p.prompt for p in problems], texts)))
        return {}

    improve(pocket, problems, spin(given, lr=2e-3, epochs=2), rounds=2, measure=measure)
    assert likely[0] < likely[1] < likely[2]


def test_sl_cai_makes_replies_to_unkind_requests_harmless(pocket):
    requests, fresh = chat.requests(48, kind=False, seed=1), chat.requests(40, kind=False, seed=2)

    def measure(policy):
        replies = greedy(policy, [r.prompt for r in fresh])
        return {"harmless": sum(keeps(c.text, HARMLESS, r.facts["do"]) for c, r in zip(replies, fresh, strict=True))}

    _, log = improve(pocket, requests, sl_cai((HARMLESS,), lr=2e-3, epochs=10), rounds=1, measure=measure)
    assert log[1].metrics["harmless"] > log[0].metrics["harmless"] + 10 and log[1].kept == 48


def test_self_rewarding_pairs_what_its_own_judge_parts(pocket):
    method = self_rewarding(k=4, judgements=2)
    _, log = improve(pocket, stories(12, (3, 4), seed=4), method, rounds=1, measure=lambda policy: {})
    assert log[1].kept > 3
    groups = method.score(pocket, method.rollout(pocket, stories(6, (3, 4), seed=5), TURN), TURN)
    assert all(1 <= s <= 5 for g in groups for s in g.scores_G)
