"""The exercises of notebook 04: the package's own functions pass, and each known mistake is named."""

import math
import re
from dataclasses import replace
from statistics import median

import pytest

from course_lib.answers import parse_answer
from course_lib.asks import read_score
from course_lib.check import readings, self_rewarding
from course_lib.check.self_rewarding import BATCHES, CUT, UNREAD
from course_lib.score import right
from course_lib.select import as_example, as_pair, best_worst, judged
from course_lib.types import Pair, Turn

TURN = Turn(0, 1)
NAN = math.nan
RIGHT = {"ex1": lambda groups: best_worst()(groups, TURN), "ex2": readings.mean_points}


# ---- mistakes in the pairs ---------------------------------------------------------------------------------------


def picked(pick, keep=judged):
    """A pair a group: `pick(group, indices)` says which two of those that `keep` leaves, or None."""
    return lambda groups: [as_pair(g, *two) for g in groups if (two := pick(g, keep(g)))]


def ends(g, ids):
    by = sorted(ids, key=lambda i: g.scores_G[i])
    return (by[-1], by[0]) if by and g.scores_G[by[-1]] > g.scores_G[by[0]] else None


def filled(points):
    """NaN replaced by points."""

    def whole(g):
        return replace(g, scores_G=tuple(points if math.isnan(s) else s for s in g.scores_G))

    return lambda groups: best_worst()([whole(g) for g in groups], TURN)


def by_min_and_max(guard):
    """`max` and `min` over scores with NaN among them."""

    def pairs(groups):
        out = []
        for g in groups:
            ids = [i for i, c in enumerate(g.completions_G) if c.finished]
            best, worst = max(ids, key=g.scores_G.__getitem__), min(ids, key=g.scores_G.__getitem__)
            out += [as_pair(g, best, worst)] if guard(g.scores_G[best], g.scores_G[worst]) else []
        return out

    return pairs


def slid(spoilt):
    """Completions taken out, their scores not (`finished`), or scores taken out, their completions not (`nan`)."""

    def pairs(groups):
        out = []
        for g in groups:
            texts = [c for c in g.completions_G if c.finished or spoilt == "nan"]
            scores = [s for s in g.scores_G if not math.isnan(s) or spoilt == "finished"]
            n = min(len(texts), len(scores))
            out += best_worst()([replace(g, completions_G=tuple(texts[:n]), scores_G=tuple(scores[:n]))], TURN)
        return out

    return pairs


def whole_batch(groups):
    rows = [(g.scores_G[i], n, i) for n, g in enumerate(groups) for i in judged(g)]
    if not rows:
        return []
    (_, yes, i), (_, no, j) = max(rows), min(rows)
    pair = as_pair(groups[yes], i, i)
    return [replace(pair, rejected=groups[no].completions_G[j].text)]


def batch_bar(groups):
    """Better than the batch's mean against worse than it."""
    all_points = [g.scores_G[i] for g in groups for i in judged(g)]
    bar = sum(all_points) / max(len(all_points), 1)
    return [p for g in groups for p in above_and_below(g, bar)]


def above_and_below(g, bar):
    ids = ends(g, judged(g))
    return [as_pair(g, *ids)] if ids and g.scores_G[ids[0]] > bar > g.scores_G[ids[1]] else []


def every(better):
    return lambda groups: [as_pair(g, i, j) for g in groups for i in judged(g) for j in judged(g) if better(g, i, j)]


def is_right(g, i):
    return right(g.problem, g.completions_G[i].text) > 0


def gold_pair(g, ids):
    yes, no = [i for i in ids if is_right(g, i)], [i for i in ids if not is_right(g, i)]
    two = (max(yes, key=g.scores_G.__getitem__), min(no, key=g.scores_G.__getitem__)) if yes and no else None
    return two if two and g.scores_G[two[0]] != g.scores_G[two[1]] else None


def changed(**fields):
    return lambda groups: [replace(p, **{k: f(p) for k, f in fields.items()}) for p in best_worst()(groups, TURN)]


def finished(g):
    return [i for i, c in enumerate(g.completions_G) if c.finished]


def with_score(g):
    return [i for i, s in enumerate(g.scores_G) if not math.isnan(s)]


def tie_of_all(g, ids):
    """Asks for a tie before cut ones are out."""
    with_all = [s for s in g.scores_G if not math.isnan(s)]
    by = sorted(ids, key=lambda i: g.scores_G[i])
    return (by[-1], by[0]) if len(by) > 1 and max(with_all) > min(with_all) else None


PAIRS = {
    "swapped like this": changed(chosen=lambda p: p.rejected, rejected=lambda p: p.chosen),
    "In Ben's pair both halves have 3 points": picked(lambda g, ids: sorted(ids, key=lambda i: g.scores_G[i])[:: -len(ids) + 1]
                                                     if len(ids) > 1 else None),
    "ask for one *after* cut": picked(tie_of_all),
    "nothing is better than itself": picked(lambda g, ids: (ids[0], ids[0]) if len(ids) == 1 else ends(g, ids)),
    "Both halves of your pair are": by_min_and_max(lambda best, worst: best != worst),
    "One score here is NaN": by_min_and_max(lambda best, worst: best > worst),
    "Unjudged is not worst": filled(0),
    "A 0 or −1 in place of NaN": filled(-1),
    "`sorted`": picked(  # at which end a NaN comes out is the Python version's
        lambda g, ids: (by := sorted(ids, key=lambda i: g.scores_G[i])) and (by[-1], by[0])
                                       if len({g.scores_G[i] for i in ids}) > 1 else None, finished),
    "nobody called it good": filled(6),
    "slide to other completions": slid("nan"),
    "would learn not to stop": picked(ends, with_score),
    "avoid its good first half": picked(lambda g, ids: ends(g, [i for i in ids if g.completions_G[i].finished or
                                                                g.scores_G[i] < 5]), with_score),
    "Where nothing was cut or unjudged": slid("finished"),
    "You made 4 pairs of Mia's": every(lambda g, i, j: is_right(g, i) and not is_right(g, j)),
    "You made 6 pairs of Mia's": every(lambda g, i, j: g.scores_G[i] > g.scores_G[j]),
    "sees the judge's points, not gold": picked(gold_pair),
    "within each problem": whole_batch,
    "Or measure by the whole batch": batch_bar,
    "Did you ask for a lead, such as the run's 1.5?": lambda gs: best_worst(1.5)(gs, TURN),
    "Did you ask for a lead": lambda gs: best_worst(0.5)(gs, TURN),
    "Leave out that completion, not the problem": lambda gs: best_worst()(
        [g for g in gs if not any(map(math.isnan, g.scores_G))], TURN),
    "leave out that one, not the problem": lambda gs: best_worst()([g for g in gs if len(finished(g)) == len(g.scores_G)], TURN),
    "holds the problem's text too": changed(chosen=lambda p: f"{p.prompt}\n{p.chosen}"),
    "Your `rejected` holds": changed(rejected=lambda p: p.prompt + p.rejected),
    "only the final number": changed(chosen=lambda p: parse_answer(p.chosen)),
    "not a text the model wrote": changed(rejected=lambda p: p.rejected.upper() + "!"),
    "store `problem.prompt`": changed(prompt=lambda p: "Solve this."),
    "the best answer to this problem is": picked(lambda g, ids: (i := sorted(ids, key=lambda i: g.scores_G[i])) and
                                                 ((i[-2], i[0]) if len(i) > 3 else ends(g, ids))),
    "the worst answer to this problem is": picked(lambda g, ids: (i := sorted(ids, key=lambda i: g.scores_G[i])) and
                                                  ((i[-1], i[1]) if len(i) > 3 else ends(g, ids))),
    "in another order": lambda gs: best_worst()(gs, TURN)[::-1],
    "`problem_id` is ''": changed(problem_id=lambda p: ""),
    "`level` is 0": changed(level=lambda p: 0),
    "with ValueError": picked(lambda g, ids: (max(ids), min(ids))),
    "an `Example`": lambda gs: [as_example(g, i) for g in gs for i in judged(g)[:1]],
    "a `tuple`": lambda gs: [(p.prompt, p.chosen, p.rejected) for p in best_worst()(gs, TURN)],
    "`chosen` is a `Completion`": lambda gs: [
        replace(as_pair(g, 0, 1), chosen=g.completions_G[0]) for g in gs],
}  # fmt: skip


# ---- mistakes in the mean of points ------------------------------------------------------------------------------


def averaging(read=read_score, unread=None, per=None, mean=lambda points: sum(points) / len(points), none=None):
    def points(judgements):
        found = [unread if (p := read(text)) is None else p for text in judgements]
        found = [p for p in found if p is not None]
        return mean(found) if found and not per else sum(found) / per(judgements) if per else none

    return points


def first(pattern, pick=0, top=None):
    def read(text):
        found = re.findall(pattern, text)
        return min(int(found[pick]), top or 99) if found else None

    return read


def with_own_lowest(judgements):
    found = [read_score(t) for t in judgements]
    read = [p for p in found if p is not None]
    return sum(min(read) if p is None else p for p in found) / len(found) if read else None


def as_was(judgements):
    """The stub with its first fault repaired, and no other."""
    return sum(int(p[1]) for t in judgements if (p := re.search(r"Score: ([0-5])", t))) / len(judgements)


def both_scores(judgements):
    found = [int(p) for t in judgements for p in re.findall(r"Score: ([1-5])\b", t)]
    return sum(found) / len(found) if found else None


def careless(judgements):
    """The tuple, without the `try`."""
    return [re.search(r"Score: (\d)", t).groups(1).isnumeric() for t in judgements]


POINTS = {
    "its 3 counts steps": averaging(first(r"(?<!\d)([1-5])\s*$")),
    "the `except` passes over it": lambda js: 0.0,
    "Either it is still the empty stub, or nothing is read": lambda js: js and None,
    "AttributeError": careless,
    "you divide by three": as_was,
    "Divide by the two read": averaging(per=len),
    "counts as −1": averaging(unread=-1),
    "counts as 1, the lowest grade": averaging(unread=1),
    "the lowest that was read": with_own_lowest,
    "The middle of the scale": averaging(unread=3),
    "It reads like praise": averaging(unread=5),
    "does not spoil the other two": lambda js: None if None in map(read_score, js) else readings.mean_points(js),
    "the median": averaging(mean=median),
    "the highest": averaging(mean=max),
    "the lowest, or the last": averaging(mean=min),
    "That is the sum": averaging(mean=sum),
    "You round the mean": averaging(mean=lambda ps: round(sum(ps) / len(ps))),
    "each tie costs a pair": averaging(mean=lambda ps: round(sum(ps) / len(ps), 1)),
    "you take the first, or the highest": averaging(first(r"Score: ([1-5])\b")),
    "you count both": both_scores,
    "cut before it came to one": averaging(first(r"Score: ([1-5])\b", -1)),
    "You read 10 as 1": averaging(first(r"Score: ([1-5])(?! would)", -1)),
    "You count 10 points": averaging(first(r"Score: (\d+)\s*$")),
    "You cut 10 down to 5": averaging(first(r"Score: (\d+)\s*$", top=5)),
    "You count 10 as 0": averaging(lambda t: 0 if t.endswith("10") else read_score(t)),
    "You count 0 points": averaging(first(r"Score: ([0-5])\s*$")),
    "You make 1 of 0": averaging(lambda t: 1 if t.endswith(": 0") else read_score(t)),
    "Nobody gave these points": averaging(none=0),
    "you say -1; it should be `None`": averaging(none=-1),
    "makes all NaN": averaging(none=NAN),
    "with ZeroDivisionError": lambda js: sum(ps := [p for p in map(read_score, js) if p]) / len(ps),
    "let it reach the last": averaging(lambda t: int(m[1]) if (m := re.fullmatch(r".*Score: ([1-5])\s*", t)) else None),
    "not what one of its lines ends in": averaging(first(r"(?m)Score: ([1-5])\s*$", -1)),
    "White space after the score": averaging(first(r"Score: ([1-5])$")),
}  # fmt: skip
CASES = [("ex1", words, f) for words, f in PAIRS.items()] + [("ex2", words, f) for words, f in POINTS.items()]


def exercise(name):
    return getattr(self_rewarding, name)


@pytest.mark.parametrize("name", RIGHT)
def test_the_packages_own_function_passes(name):
    verdict = exercise(name).check(RIGHT[name])
    assert verdict.passed, verdict.says


@pytest.mark.parametrize("name, words, mistaken", [pytest.param(*c, id=f"{c[0]}: {c[1]}") for c in CASES])
def test_a_known_mistake_is_named(name, words, mistaken):
    verdict = exercise(name).check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says


def test_the_empty_stub_is_said_and_the_bug_is_named_by_what_it_does():
    said = {}
    for name in RIGHT:
        ex = exercise(name)
        scope = {ex.name: ex}
        exec(ex.stub, scope)  # it ends in a check, as in the notebook
        verdict = ex.check(scope[ex.call.split("(")[0]])
        assert not verdict.passed
        said[name] = verdict.says
    assert "empty stub" in said["ex1"]
    assert "you say 0; it should be 3.33. All three can be read" in said["ex2"]


@pytest.mark.parametrize("name", RIGHT)
def test_a_stub_a_crash_and_a_wrong_type_are_sentences(name):
    def todo(*args):
        raise NotImplementedError

    def broken(*args):
        return [][3]

    ex = exercise(name)
    assert all("empty stub" in ex.check(f).says for f in (todo, lambda *args: None, lambda *args: ...))
    said = ex.check(broken).says
    assert "IndexError" in said and "return [][3]" in said
    assert "returns" in ex.check(lambda *args: {"a": 1}).says
    assert "your function does not take" in ex.check(lambda: 1).says
    assert "the function itself" in ex.check([1]).says


def test_a_learners_own_way_to_best_and_worst_passes():
    def pairs(groups):
        out = []
        for g in groups:
            rows = list(zip(g.scores_G, g.completions_G, strict=True))
            rows = [(s, c.text) for s, c in rows if c.finished and not math.isnan(s)]
            if len({s for s, _ in rows}) > 1:
                out.append(Pair(g.problem.prompt, max(rows)[1], min(rows)[1], g.problem.id, g.problem.level))
        groups.clear()  # and spoils no later check
        return out

    assert self_rewarding.ex1.check(pairs).passed and self_rewarding.ex1.check(pairs).passed


def test_the_data_leave_no_choice():
    """One best and one worst wherever there is a pair, and no text twice in a batch: a text tells its problem and points."""
    for groups in BATCHES:
        texts = [c.text for g in groups for c in g.completions_G]
        assert len(texts) == len(set(texts))
        for g in groups:
            points = sorted(g.scores_G[i] for i in judged(g))
            assert len(set(points)) < 2 or (points[0] < points[1] and points[-2] < points[-1])
    assert math.isnan(UNREAD[0].scores_G[0]) and math.isnan(UNREAD[2].scores_G[1])
    assert [len(finished(g)) for g in CUT] == [2, 2, 2]
