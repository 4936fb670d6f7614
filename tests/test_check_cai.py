"""The exercises of notebook 06: the package's own functions pass, and each known mistake is named."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from course_lib.check import cai, preferred
from course_lib.check.preferred import EVASIVE, ROWS, UNCHANGED
from course_lib.constitution import both_orders, by_principle, with_rewritten
from course_lib.select import best_worst
from course_lib.tasks import chat
from course_lib.types import Completion, Example, Group, Pair, Problem, Turn
from course_lib.wording import TOWN

TURN = Turn(0, 1)
RIGHT = {"ex1": cai.soft_label, "ex2": preferred.preferred}


def label(way):
    """soft_label by a wrong way from the two answers to a label."""
    return lambda ask, one, two: way(ask(one, two), ask(two, one))


LABEL = {
    "one order only": lambda ask, one, two: ask(one, two),
    "so the place can decide": lambda ask, one, two: 1 - ask(two, one),
    "Turn the second over": label(lambda p, q: (p + q) / 2),
    "a hard label": label(lambda p, q: float(both_orders(p, q) > 0.5)),
    "You say 0: a hard label": label(lambda p, q: round(both_orders(p, q))),
    "You say 1: a hard label": label(lambda p, q: ((p < 0.5) + (q > 0.5)) / 2),
    "not two events": label(lambda p, q: math.sqrt(p * (1 - q))),
    "gives 0 to either reply": label(lambda p, q: p * (1 - q)),
    "gives 1 to either reply": label(lambda p, q: math.sqrt(p * q)),
    "averaged, not multiplied": label(lambda p, q: p * q),
    "label of reply 2": label(lambda p, q: both_orders(q, p)),
    "between 0.4 and 0.6": label(lambda p, q: cai.held(both_orders(p, q))),
    "writes its reasons first": label(lambda p, q: both_orders(cai.held(p), cai.held(q))),
    "do not halve": label(lambda p, q: p + 1 - q),
    "from −1 to 1": label(lambda p, q: p - q),
    "divide by the sum": label(lambda p, q: p / (p + q)),
    "never call `ask`": lambda ask, one, two: 0.5,
    "You show `It depends.` and `It depends.`": lambda ask, one, two: both_orders(ask(one, two), ask(one, one)),
    "Of the two orders you take the one that is surer": label(lambda p, q: max(p, 1 - q)),
    "surer of reply 1, or less sure": label(lambda p, q: min(p, 1 - q)),
    "bring the two orders together by their odds": label(
        lambda p, q: cai.chance(cai.log_odds(p) + cai.log_odds(1 - q))
    ),
    "adds 0.3 to place A: `ask(reply_1, reply_2)` is 0.65": label(lambda p, q: (2 * p + 1 - q) / 3),
    "returns a `bool`": label(lambda p, q: p > q),
    "returns a `tuple`": label(lambda p, q: (p, 1 - q)),
}


def pairs(choose=lambda d, r, p: (d, r) if p > 0.5 else (r, d), keep=lambda d, r, p: d != r and p != 0.5, ask=None):
    """preference_pairs with something done wrong."""
    ask = ask or (lambda prefer, request, draft, revision: prefer(request, draft, revision))

    def preference_pairs(rows, prefer):
        asked = [(q, d, r, ask(prefer, q, d, r)) for q, d, r in rows]
        return [Pair(q, *choose(d, r, p)) for q, d, r, p in asked if keep(d, r, p)]

    return preference_pairs


def changed(**make):
    """The right pairs with fields made anew from the right pair."""
    return lambda rows, prefer: [
        replace(p, **{name: f(p) for name, f in make.items()}) for p in preferred.preferred(rows, prefer)
    ]


PAIRS = {
    "never ask `prefer`": lambda rows, prefer: [Pair(q, r, d) for q, d, r in rows],
    "decides nothing": pairs(choose=lambda d, r, p: (r, d)),
    "teaches the model to say nothing": pairs(choose=lambda d, r, p: (r, d), keep=lambda d, r, p: True),
    "the draft in every row": pairs(choose=lambda d, r, p: (d, r)),
    "The sign is turned": pairs(choose=lambda d, r, p: (d, r) if p < 0.5 else (r, d)),
    "the revision's chance": pairs(ask=lambda prefer, q, d, r: prefer(q, r, d)),
    "You kept a tie": pairs(keep=lambda d, r, p: d != r),
    "An exact half is no preference": pairs(
        choose=lambda d, r, p: (d, r) if p >= 0.5 else (r, d), keep=lambda d, r, p: d != r
    ),
    "pair of it with itself": pairs(keep=lambda d, r, p: p != 0.5),
    "exactly the labels that differ": pairs(keep=lambda d, r, p: d != r and p < 0.5),
    "the arguments are in another order": pairs(ask=lambda prefer, q, d, r: prefer(d, r, q)),
    "which is no row": pairs(ask=lambda prefer, q, d, r: prefer(q, q + d, q + r)),
    "holds an `Example`": lambda rows, prefer: [Example(q, r) for q, d, r in rows],
    "holds a `tuple`": lambda rows, prefer: [(q, r, d) for q, d, r in rows],
    "`rejected` is None": changed(rejected=lambda p: None),
    "the request is in it": changed(chosen=lambda p: f"{p.prompt} {p.chosen}", rejected=lambda p: f"{p.prompt} {p.rejected}"),
    "the request and nothing more": changed(prompt=lambda p: f"{p.prompt} {p.chosen}"),
    "the request comes first": changed(prompt=lambda p: p.chosen, chosen=lambda p: p.prompt),
    "its draft or its revision": changed(chosen=lambda p: p.chosen.upper()),
    "`rejected` is the other one": changed(rejected=lambda p: p.chosen),
    "You make no pair here": pairs(keep=lambda d, r, p: d != r and abs(p - 0.5) > 0.1),
    "you choose `Go to the lake": pairs(choose=lambda d, r, p: (d, r) if p > 0.6 else (r, d)),
    "in another order. Keep": lambda rows, prefer: preferred.preferred(rows[::-1], prefer),
    "more than one pair of a row": lambda rows, prefer: [p for p in preferred.preferred(rows, prefer) for _ in "ab"],
    "You make no pair here. `How can I steal a hat?`": lambda rows, prefer: [],
}  # fmt: skip
CASES = [
    pytest.param(getattr(cai, name), words, f, id=f"{name}: {words}")
    for name, all in (("ex1", LABEL), ("ex2", PAIRS))
    for words, f in all.items()
]
BOTH = pytest.mark.parametrize("name", ["ex1", "ex2"])


@BOTH
def test_the_packages_own_function_passes(name):
    verdict = getattr(cai, name).check(RIGHT[name])
    assert verdict.passed, verdict.says


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says


def test_other_right_ways_pass():
    assert cai.ex1.check(lambda ask, a, b: 0.5 * ask(a, b) + 0.5 * (1 - ask(b, a))).passed
    assert cai.ex1.check(lambda ask, a, b: 0.5 + (ask(first=a, second=b) - ask(first=b, second=a)) / 2).passed
    by_the_revision = pairs(choose=lambda d, r, p: (r, d) if p > 0.5 else (d, r), ask=lambda f, q, d, r: f(q, r, d))
    assert cai.ex2.check(by_the_revision).passed
    both = pairs(ask=lambda f, q, d, r: (f(q, d, r) + 1 - f(q, r, d)) / 2)
    assert cai.ex2.check(both).passed


def test_the_made_texts_are_what_the_messages_say():
    assert chat.is_evasive(cai.VAGUE) and chat.is_useful(cai.USEFUL, "bake bread")
    assert chat.is_useful(EVASIVE.draft, "bake bread") and chat.is_evasive(EVASIVE.revision)
    assert not chat.is_rude(EVASIVE.draft) and EVASIVE.draft.startswith(chat.POLITE_OPEN)
    assert [row.request for row in ROWS if chat.is_harmful(row.draft)] == ["How can I steal a hat?"]
    assert [row.request for row in ROWS if chat.is_harmful(row.revision)] == ["How can I skip the bill?"]


def groups():
    return [Group(Problem(r.request, r.request), tuple(map(Completion, r[1:3])), (0.0, 0.0)) for r in ROWS]


def plain(some):
    return [(p.prompt, p.chosen, p.rejected) for p in some if p.prompt != UNCHANGED.request]


def test_the_key_of_the_pairs_is_what_the_loop_makes(monkeypatch):
    def answered(policy, asked):
        return [preferred.CHANCES[tuple(row[:3])] for row in asked]

    monkeypatch.setattr("course_lib.constitution.preferences", answered)
    scored = by_principle(("Be polite.",))(SimpleNamespace(wording=TOWN), groups(), TURN)
    assert plain(best_worst()(scored, TURN)) == plain(preferred.preferred([r[:3] for r in ROWS], preferred.Judge()))


def test_the_bug_is_what_the_scores_of_sl_cai_would_make():
    drafts = [replace(g, completions_G=g.completions_G[:1]) for g in groups()]
    revised = [with_rewritten(g, iter((Completion(row.revision),))) for g, row in zip(drafts, ROWS, strict=True)]
    bug = [Pair(r.request, r.revision, r.draft) for r in ROWS]
    assert plain(best_worst()(revised, TURN)) == plain(bug)


def test_single_precision_is_precise_enough_for_a_label():
    import torch

    assert cai.ex1.check(lambda ask, a, b: torch.tensor([ask(a, b), 1 - ask(b, a)]).mean().item()).passed
