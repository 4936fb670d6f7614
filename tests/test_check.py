"""Every check accepts the package's own function and names each known mistake, with an example that shows it."""

import itertools
import re
import sys
from dataclasses import replace

import pytest

from course_lib import asks, revise
from course_lib.answers import NUMBER, calculations, normal, parse_answer, path_of, same_answer
from course_lib.asks import read_score
from course_lib.check import budget, exam, grades, guard, loop, rest, rft, star
from course_lib.score import right
from course_lib.select import as_example, correct, distinct_correct, threshold
from course_lib.types import Example, Turn

TURN = Turn(0, 1)
EXERCISES = [(m, name) for m in (loop, star, rft, rest) for name in ("ex1", "ex2")]
IDS = [f"{m.__name__.split('.')[-1]}-{name}" for m, name in EXERCISES]
RIGHT = {
    "loop-ex1": lambda groups: correct()(groups, TURN),
    "loop-ex2": parse_answer,
    "star-ex1": star.to_store,
    "star-ex2": exam.share_right,
    "rft-ex1": lambda group: distinct_correct()([group], TURN),
    "rft-ex2": budget.within,
    "rest-ex1": lambda groups, tau: threshold(tau)(groups, TURN),
    "rest-ex2": grades.rewards_of,
}


def exercise(id):
    return dict(zip(IDS, (getattr(m, name) for m, name in EXERCISES), strict=True))[id]


def arguments(exercise):
    return exercise.call.split("(")[1].rstrip(")").split(", ")


# ---- mistakes in the filter of notebook 00 -----------------------------------------------------------------------


def made(groups, which, **fields):
    """Examples of the completions that `which(group, i)` picks, some fields changed."""
    return [replace(as_example(g, i), **fields) for g in groups for i in range(len(g.completions_G)) if which(g, i)]


def good(g, i):
    return g.scores_G[i] > 0.5 and g.completions_G[i].finished


def in_step_lost(groups):
    out = []
    for g in groups:
        finished = [c for c in g.completions_G if c.finished]
        out += [
            Example(g.problem.prompt, c.text, s, g.problem.id, g.problem.level)
            for c, s in zip(finished, g.scores_G, strict=False)
            if s > 0.5
        ]
    return out


def changed(groups, **make):
    return [replace(e, **{k: f(g, e) for k, f in make.items()}) for g in groups for e in made([g], good)]


KEEP = {
    "scored 0. Train on it": lambda gs: made(gs, lambda g, i: g.completions_G[i].finished),
    "cut at the token limit": lambda gs: made(gs, lambda g, i: g.scores_G[i] > 0.5),
    "at most one completion of each problem": lambda gs: [e for g in gs for e in made([g], good)[:1]],
    "Nothing of the problem 'mia' is in your list": lambda gs: made(gs[-1:], good),
    "sampled twice and you kept it once": lambda gs: list(dict.fromkeys(made(gs, good))),
    "The answer is 28": lambda gs: changed(gs, prompt=lambda g, e: asks.hint(g.problem.prompt, g.problem.answer)),
    "holds the completion too": lambda gs: changed(gs, prompt=lambda g, e: e.prompt + e.completion),
    "holds the problem's text too": lambda gs: changed(gs, completion=lambda g, e: e.prompt + e.completion),
    "only the final number": lambda gs: changed(gs, completion=lambda g, e: parse_answer(e.completion)),
    "not a text the model wrote": lambda gs: changed(gs, completion=lambda g, e: e.completion.upper() + "!"),
    "store `problem.prompt`": lambda gs: changed(gs, prompt=lambda g, e: "Solve this."),
    "in another order": lambda gs: made(gs, good)[::-1],
    "`score` is 0.5": lambda gs: made(gs, good, score=0.5),
    "`problem_id` is ''": lambda gs: made(gs, good, problem_id=""),
    "`level` is 0": lambda gs: made(gs, good, level=0),
    "pair them before anything is taken out": in_step_lost,
    "sees scores, not gold": lambda gs: made(
        gs, lambda g, i: same_answer(g.completions_G[i].text, g.problem.answer) and g.completions_G[i].finished
    ),
    "You left out": lambda gs: made(gs, good)[1:],
    "too often": lambda gs: made(gs, good) + made(gs, good)[-1:],
    "You keep 2 completions of a problem at most": lambda gs: [e for g in gs for e in made([g], good)[:2]],
    "You keep 4 completions of a problem at most": lambda gs: [e for g in gs for e in made([g], good)[:4]],
}


def read(pattern, pick=-1, none=None, tidy=lambda n: n):
    def read_answer(text):
        found = re.findall(pattern, text)
        return tidy(found[pick]) if found else none

    return read_answer


READ = {
    "last number anywhere": read(r"\d+", none=""),
    "or the last one after the mark": lambda t: (
        (t.rpartition("####")[1] or None) and read(NUMBER, tidy=normal)(t.rpartition("####")[2])
    ),
    "first `####`": read(rf"####\s*({NUMBER})", pick=0, tidy=normal),
    "no `####` here": lambda t: parse_answer(t) or (read(NUMBER, tidy=normal)(t) if "####" not in t else None),
    "comma only groups thousands": read(r"####\s*(-?\d+(?:\.\d+)?)", tidy=normal),
    "take the comma out": read(rf"####\s*({NUMBER})", tidy=lambda n: n if "," in n else normal(n)),
    "`28.0` and `28` are the same number": read(rf"####\s*({NUMBER})", tidy=lambda n: n.replace(",", "")),
    "cut `28.50` at its point": read(r"####\s*(-?[\d,]+)", tidy=normal),
    "White space after the mark may be missing": read(rf"#### ({NUMBER})", tidy=normal),
    "lose the minus sign": read(rf"####\s*({NUMBER})", tidy=lambda n: normal(n).lstrip("-")),
    "No answer is `None`": lambda t: parse_answer(t) or "",
    "nothing follows the mark": lambda t: (
        parse_answer(t) or (normal(re.findall(NUMBER, t)[-1]) if t.endswith("####") else None)
    ),
    "as text": lambda t: int(float(parse_answer(t) or 0)),
    "IndexError": lambda t: normal(re.findall(rf"####\s*({NUMBER})", t)[-1]),
}


# ---- mistakes in the retry of notebook 01 ------------------------------------------------------------------------


def storing(
    when=lambda g: max(g.scores_G) <= 0, prompt=asks.hint, trust=False, cut=False, stored=None, hinted=True, own=True
):
    def to_store(group, ask):
        p = group.problem
        rows = [(c, s, False) for c, s in zip(group.completions_G, group.scores_G, strict=True)] if own else []
        if when(group):
            rows += [(c, 1.0 if trust else right(p, c.text), hinted) for c in ask(prompt(p.prompt, p.answer))]
        return [
            Example(stored(p.prompt, p.answer) if stored and h else p.prompt, c.text, s, p.id, p.level, h)
            for c, s, h in rows
            if s > 0.5 and (c.finished or cut)
        ]

    return to_store


STORE = {
    "did not ask again": storing(when=lambda g: False),
    "although": storing(when=lambda g: True),
    "does not show the answer": storing(prompt=lambda p, a: p),
    "No one gives the answer away": storing(stored=asks.hint),
    "check a retry with `right": storing(trust=True),
    "cut at the token limit": storing(cut=True),
    "hinted=True": storing(hinted=False),
    "You left out": storing(own=False),
    "nobody has scored the new ones yet": lambda g, ask: [e for e in star.to_store(g, ask) if max(g.scores_G) > 0],
    "its steps are not": lambda g, ask: [e for e in star.to_store(g, ask) if not e.completion.startswith("40-6=36")],
    "scored 0. Train on it": lambda g, ask: (
        made([g], lambda *_: True) if max(g.scores_G) > 0 else star.to_store(g, ask)
    ),
}


def dropping(problems, texts, unread=None, per=None):
    said = [parse_answer(t) for t in texts]
    hits = sum((unread if s is None else float(s) == float(p.answer)) or 0 for p, s in zip(problems, said, strict=True))
    return hits / (per(said) if per else len(said))


ACCURACY = {
    "not excused": lambda ps, ts: dropping(ps, ts, per=lambda said: max(1, sum(s is not None for s in said))),
    "counted as right": lambda ps, ts: dropping(ps, ts, unread=1),
    "the number of right answers": lambda ps, ts: dropping(ps, ts, per=lambda said: 1),
    "share from 0 to 1": lambda ps, ts: 100 * dropping(ps, ts),
    "another spelling": lambda ps, ts: sum(t.endswith(f"#### {p.answer}") for p, t in zip(ps, ts, strict=True)) / len(ps),
    "last `####` counts": lambda ps, ts: sum(
        read(rf"####\s*({NUMBER})", 0, tidy=normal)(t) == p.answer for p, t in zip(ps, ts, strict=True)
    ) / len(ps),
    "that is 0.25; you say 0": lambda ps, ts: 0,
    "with TypeError": lambda ps, ts: sum(float(parse_answer(t)) == float(p.answer) for p, t in zip(ps, ts, strict=True)) / 4,
}  # fmt: skip


# ---- mistakes in the filter of notebook 02 -----------------------------------------------------------------------


def first_by(key, keeps=good, sieve_first=False):
    def distinct(g):
        order = [i for i in range(len(g.completions_G)) if sieve_first or keeps(g, i)]
        first = {}
        for i in order:
            first.setdefault(key(g.completions_G[i].text), i)
        return [as_example(g, i) for i in first.values() if keeps(g, i)]

    return distinct


def next_to_each_other(g):
    """One of each run of copies, as itertools.groupby gives them."""
    kept = [as_example(g, i) for i in range(len(g.completions_G)) if good(g, i)]
    return [next(run) for _, run in itertools.groupby(kept, key=lambda e: path_of(e.completion))]


def last_of_each(g):
    last = {path_of(c.text): i for i, c in enumerate(g.completions_G) if good(g, i)}
    return [as_example(g, i) for i in last.values()]


DISTINCT = {
    "comparing by answer": first_by(parse_answer),
    "with other white space. Compare paths": first_by(lambda t: t),
    "with other words between. Compare paths": first_by(lambda t: "".join(t.split())),
    "is in your list twice": lambda g: made([g], good),
    "scored 0. Train on it": first_by(path_of, keeps=lambda g, i: g.completions_G[i].finished),
    "cut at the token limit": first_by(path_of, keeps=lambda g, i: g.scores_G[i] > 0.5),
    "First keep what is right": first_by(path_of, sieve_first=True),
    "a later copy": last_of_each,
    "remember every path that you have kept": next_to_each_other,
    "calculations *in order*": first_by(lambda t: frozenset(path_of(t).split())),
    "in another order": lambda g: first_by(path_of)(g)[::-1],
    "No one gives the answer away": lambda g: changed([g], prompt=lambda g, e: asks.hint(e.prompt, g.problem.answer)),
    "You keep 2 completions of a problem at most": lambda g: first_by(path_of)(g)[:2],
    "You keep 3 completions of a problem at most": lambda g: first_by(path_of)(g)[:3],
    "the same results": first_by(lambda t: tuple(b for _, b in calculations(t))),
    "the same left sides": first_by(lambda t: tuple(a for a, _ in calculations(t))),
    "the same last calculation": first_by(lambda t: calculations(t)[-1]),
    "it has as many calculations": first_by(lambda t: len(calculations(t)), keeps=good),
}
WITHIN = {
    "count characters": lambda s, b, n: budget.cut(s, b, lambda e: len(e.completion)),
    "words between blanks": lambda s, b, n: budget.cut(s, b, lambda e: len(e.completion.split())),
    "count examples": lambda s, b, n: s[:b],
    "the line breaks between them count": lambda s, b, n: max(
        (s[:i] for i in range(len(s) + 1) if n("\n".join(e.completion for e in s[:i])) <= b), key=len
    ),
    "prompt's tokens": lambda s, b, n: budget.cut(s, b, lambda e: n(e.prompt) + n(e.completion)),
    "breaks the budget": lambda s, b, n: budget.cut(s, b, budget.by_tokens, over=True),
    "fits exactly": lambda s, b, n: budget.cut(s, b, budget.by_tokens, at_limit=False),
    "prefers short solutions": lambda s, b, n: budget.cut(s, b, budget.by_tokens, skip=True),
    "never call `tokens`": lambda s, b, n: s,
    "the first 2 fit; you keep 0": lambda s, b, n: [e for e in s if n(e.completion) < 0],
}


# ---- mistakes in the bar of notebook 03 --------------------------------------------------------------------------


def over(passes):
    """passes(group, i, tau, groups)"""
    return lambda groups, tau: made(groups, lambda g, i: g.completions_G[i].finished and passes(g, i, tau, groups))


def rescaled(g, i, tau, groups):
    low, high = min(g.scores_G), max(g.scores_G)
    return (g.scores_G[i] - low) / max(high - low, 1e-9) > tau


def ranked(g, i, tau, groups):
    scores = sorted(s for h in groups for s in h.scores_G)
    return sum(s <= g.scores_G[i] for s in scores) / len(scores) > tau


def best(g):
    return max((i for i, c in enumerate(g.completions_G) if c.finished), key=lambda i: g.scores_G[i])


def fifths(replies):
    """One point is a fifth: the worst grade is above 0."""
    return [None if p is None else {1: 0.2}.get(p, (p - 1) / 4) for p in map(read_score, replies)]


IMPROVE = {
    "`>`, not `>=`": over(lambda g, i, tau, gs: g.scores_G[i] >= tau),
    "only the best of each": over(lambda g, i, tau, gs: g.scores_G[i] > tau and i == best(g)),
    "a rescaled score": over(rescaled),
    "not a rank": over(ranked),
    "*below*": over(lambda g, i, tau, gs: g.scores_G[i] < tau),
    "only right answers": over(lambda g, i, tau, gs: g.scores_G[i] > tau and right(g.problem, g.completions_G[i].text)),
    "does not look at `tau`": over(lambda g, i, tau, gs: g.scores_G[i] > 0.5),
    "cut at the token limit": lambda gs, tau: made(gs, lambda g, i: g.scores_G[i] > tau),
    "`score` is 1.0": lambda gs, tau: [replace(e, score=1.0) for e in threshold(tau)(gs, TURN)],
}  # fmt: skip


def rewarding(unread=None, scale=lambda p, all: (p - 1) / 4, drop=False):
    def rewards(replies):
        points = [unread if (p := read_score(r)) is None else p for r in replies]
        return [
            None if p is None else scale(p, [q for q in points if q is not None])
            for p in points
            if p is not None or not drop
        ]

    return rewards


REWARDS = {
    "soon used as one": lambda rs: [-1 if p is None else (p - 1) / 4 for p in map(read_score, rs)],
    "now gets 0.33": rewarding(-1, lambda p, all: (p - min(all)) / max(max(all) - min(all), 1)),
    "nobody graded it": lambda rs: [0.0 if p is None else (p - 1) / 4 for p in map(read_score, rs)],
    "a guess can pass the bar": lambda rs: [0.5 if p is None else (p - 1) / 4 for p in map(read_score, rs)],
    "another thing in every round": rewarding(scale=lambda p, all: (p - min(all)) / max(max(all) - min(all), 1)),
    "slide by one place": rewarding(drop=True),
    "the worst grade passes": fifths,
    "should give 1": rewarding(scale=lambda p, all: p / 6),
    "holds a score and you give `None`": lambda rs: [None for _ in rs],
    "it should be [1.0, 1.0]": lambda rs: [None] * 2 if rs == grades.SAME else grades.rewards_of(rs),
}  # fmt: skip
MISTAKES = {
    "loop-ex1": KEEP, "loop-ex2": READ, "star-ex1": STORE, "star-ex2": ACCURACY,
    "rft-ex1": DISTINCT, "rft-ex2": WITHIN, "rest-ex1": IMPROVE, "rest-ex2": REWARDS,
}  # fmt: skip
CASES = [pytest.param(id, words, f, id=f"{id}: {words}") for id, all in MISTAKES.items() for words, f in all.items()]


@pytest.mark.parametrize("id", IDS)
def test_the_packages_own_function_passes(id):
    verdict = exercise(id).check(RIGHT[id])
    assert verdict.passed, verdict.says


def test_a_reward_may_be_off_by_a_rounding_error():
    rounded = lambda rs: [r if r is None else r + 1e-12 for r in grades.rewards_of(rs)]  # noqa: E731
    assert grades.ex2.check(rounded).passed
    assert not grades.ex2.check(lambda rs: [r if r is None else r + 1e-3 for r in grades.rewards_of(rs)]).passed


@pytest.mark.parametrize("id, words, mistaken", CASES)
def test_a_known_mistake_is_named(id, words, mistaken):
    verdict = exercise(id).check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("result", [None, ...], ids=["None", "Ellipsis"])
def test_an_unfilled_stub_is_said(id, result):
    assert "empty stub" in exercise(id).check(lambda *args: result).says


@pytest.mark.parametrize("id", IDS)
def test_not_implemented_a_crash_and_a_wrong_type_are_sentences(id):
    def todo(*args):
        raise NotImplementedError

    def broken(*args):
        return [][3]

    ex = exercise(id)
    assert "empty stub" in ex.check(todo).says
    said = ex.check(broken).says
    assert "IndexError" in said and "return [][3]" in said
    assert "returns" in ex.check(lambda *args: {"a": 1}).says
    assert "your function does not take" in ex.check(lambda: 1).says
    assert "the function itself" in ex.check([1]).says


def test_a_list_of_nothing_and_an_error_without_a_message_are_sentences():
    for wanted in (guard.examples, guard.pairs):
        assert "a list that holds None" in wanted([None])

    def broken(groups):
        raise KeyError

    assert "KeyError: no message" in guard.stopped(broken, "broken(groups)", ([],), KeyError())


def test_completions_instead_of_examples_are_named():
    said = loop.ex1.check(lambda groups: [c for g in groups for c in g.completions_G]).says
    assert "a `Completion`" in said and "`Example`s" in said
    assert "generator" in loop.ex1.check(lambda groups: (e for e in correct()(groups, TURN))).says


def test_a_learners_interrupt_is_not_swallowed():
    def stop(*args):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.ex1.check(stop)


def test_a_function_that_empties_its_input_spoils_no_later_check():
    def emptying(groups):
        kept = correct()(groups, TURN)
        groups.clear()
        return kept

    assert loop.ex1.check(emptying).passed and loop.ex1.check(emptying).passed


def test_the_key_of_the_retry_is_the_packages_hint_and_filter(qwen, monkeypatch):
    monkeypatch.setattr(revise, "sample", lambda policy, prompts, k, *rest: [star.RETRIES for _ in prompts])
    for group in (star.SOLVED, star.FAILED):
        loops = correct()(revise.hint()(qwen, [group], TURN), TURN)
        assert star.to_store(group, star.Asked(star.RETRIES)) == loops


def test_made_groups_show_what_their_names_say():
    shares = dict(zip((c.text for c in rest.GROUPS[0].completions_G), rest.GROUPS[0].scores_G, strict=True))
    from course_lib.check import made as m

    assert [shares[t] for t in (m.EVA_10, m.EVA_SKIP, m.EVA_06, m.EVA_LUCKY, m.EVA_02, m.EVA_00)] == [
        1,
        0.75,
        0.6,
        0.6,
        0.2,
        0,
    ]
    assert (
        path_of(m.SPACED)
        == path_of(m.WORDED)
        == path_of(m.RIGHT)
        == path_of(m.MISREAD)
        != path_of(m.OTHER)
        == path_of(m.CUT)
    )
    for group in (*loop.GROUPS, star.SOLVED, star.FAILED, rft.MANY, rft.FEW, rft.ORDER, rft.PARTS):
        assert list(group.scores_G) == [right(group.problem, c.text) for c in group.completions_G]


def test_a_verdict_is_told_by_words_and_escaped():
    bad = loop.ex2.check(lambda text: "<b>")
    assert "Not yet" in bad._repr_html_() and "&lt;b&gt;" in bad._repr_html_() and "✗" in repr(bad)
    good_ = loop.ex2.check(parse_answer)
    assert "Right" in good_._repr_html_() and "✓" in repr(good_)


def test_a_set_of_paths_that_lives_between_calls_is_named():
    seen = set()

    def distinct(group):
        fresh = [
            e
            for e in correct()([group], Turn(0, 1))
            if not (path_of(e.completion) in seen or seen.add(path_of(e.completion)))
        ]
        return fresh

    assert "Make the set of paths inside the function" in rft.ex1.check(distinct).says


def test_asking_twice_or_the_wrong_way_round_is_named():
    def twice(group, ask):
        return star.to_store(group, lambda prompt: (ask(prompt), ask(prompt))[1])

    def swapped(group, ask):
        problem = group.problem
        return star.to_store(group, lambda prompt: ask(asks.hint(problem.answer, problem.prompt)))

    assert "You asked 2 times" in star.ex1.check(twice).says
    assert "does not begin with the problem" in star.ex1.check(swapped).says


def test_an_answer_without_return_is_not_called_empty_alone():
    said = loop.ex1.check(lambda groups: groups and None).says
    assert "or a way through it ends without `return`" in said
    assert "calls `exit()`" in loop.ex1.check(lambda groups: sys.exit()).says


# ---- what a reader's copies showed -------------------------------------------------------------------------------


def above_the_bar(groups, tau, as_score=lambda score: score):
    return [
        replace(as_example(g, i), score=as_score(s))
        for g in groups
        for i, (c, s) in enumerate(zip(g.completions_G, g.scores_G, strict=True))
        if c.finished and s > tau
    ]


def test_a_score_that_went_through_single_precision_is_the_same_score():
    import torch

    assert rest.ex1.check(lambda groups, tau: above_the_bar(groups, tau, lambda s: torch.tensor(s).item())).passed
    assert not rest.ex1.check(lambda groups, tau: above_the_bar(groups, tau, lambda s: round(s, 1))).passed


@pytest.mark.parametrize("some", [lambda groups: groups[:1], lambda groups: groups[1:]])
def test_a_group_that_is_left_out_is_not_taken_for_a_choice_among_answers(some):
    verdict = rest.ex1.check(lambda groups, tau: above_the_bar(some(groups), tau))
    assert not verdict.passed and "keep nothing of" in verdict.says and "`return` inside the loop" in verdict.says


def test_each_number_of_points_is_asked_for():
    table = {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.9, 5: 1.0, None: None}
    assert not rest.ex2.check(lambda replies: [table[read_score(reply)] for reply in replies]).passed
