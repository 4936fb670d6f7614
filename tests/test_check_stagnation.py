"""The exercises of notebook 09f: a cause and a next level pass however they are found, and each known mistake is named."""

import itertools
import math
import statistics
from collections import Counter

import numpy as np
import pytest
from exercises import cases, is_named, passes

from course_lib.check import level_slips, standstill, standstill_slips
from course_lib.check.stagnation import ex1, ex2
from course_lib.check.standstill import ALIKE, BEYOND, NONE, SATURATED

# ---- mistakes of the cause ---------------------------------------------------------------------------------------


def judged(group):
    """(score, text) of what was judged."""
    rows = zip(group.scores_G, group.completions_G, strict=True)
    return [(s, c.text) for s, c in rows if not math.isnan(s)]


def taking(value):
    """NaN as if it were another score."""
    return lambda g: [(value if math.isnan(s) else s, c.text) for s, c in zip(g.scores_G, g.completions_G, strict=True)]


def whole(group):
    rows = judged(group)
    return rows if len(rows) == len(group.scores_G) else []


def cause(rows):
    scores, texts = zip(*rows, strict=True)
    if 0 in scores and 1 in scores:
        return NONE
    return SATURATED if 1 in scores else ALIKE if len(set(texts)) == 1 else BEYOND


def of_texts(alike):
    """Another way to call what is wrong every time alike, from its texts."""

    def told(rows):
        return cause(rows) if any(s for s, _ in rows) else ALIKE if alike([t for _, t in rows]) else BEYOND

    return told


def commonest_stuck(count, n):
    stuck = {c: k for c, k in count.items() if c != NONE}
    return NONE if count[NONE] >= n / 3 else max(stuck, key=stuck.get)


def looking(see=judged, read=cause, empty=None, end=commonest_stuck, n=None):
    def why(groups):
        said = [read(rows) if (rows := see(g)) else empty for g in groups]
        count = Counter(c for c in said if c)
        return end(count, n(groups) if n else count.total())

    return why


def by_mean(high, low):
    def why(groups):
        found = statistics.fmean(s for g in groups for s, _ in judged(g))
        return SATURATED if found >= high else BEYOND if found < low else NONE

    return why


def texts_of_all(groups):
    def read(g):
        said = cause(judged(g))
        return said if said in (NONE, SATURATED) else ALIKE if len({c.text for c in g.completions_G}) == 1 else BEYOND

    count = Counter(read(g) for g in groups if judged(g))
    return commonest_stuck(count, count.total())


def other_value(rows):
    """NaN is neither 0 nor 1, so the scores of a problem that holds one are not all the same."""
    return NONE if len({s for s, _ in rows}) > 1 else cause(rows)


def first_found(count, n):
    return NONE if count[NONE] >= n / 3 else next(c for c in (SATURATED, BEYOND, ALIKE) if count[c])


def all_of_one(count, n):
    return next((c for c in (SATURATED, BEYOND, ALIKE) if count[c] > 0.8 * n), NONE)


def most(count, n):
    return NONE if count[NONE] > n / 2 else commonest_stuck(count - Counter({NONE: n}), n)


WHY = {
    "You count a problem with right and wrong samples as solved": looking(
        read=lambda rows: cause([(float(any(s for s, _ in rows)), t) for _, t in rows])
    ),
    "It is neither: there a filter chooses": looking(
        read=lambda rows: cause([(float(statistics.fmean(s for s, _ in rows) > 0.5), t) for _, t in rows])
    ),
    "You look at the texts before the scores": looking(
        read=lambda rows: ALIKE if len({t for _, t in rows}) == 1 else cause(rows)
    ),
    "You do not look at the texts.": looking(read=of_texts(lambda texts: False)),
    "You call all that is wrong every time alike": looking(read=of_texts(lambda texts: True)),
    "You ask whether the *texts* differ": looking(
        read=lambda rows: NONE if len({t for _, t in rows}) > 1 else cause(rows)
    ),
    "Asked is whether there is one text only": looking(read=of_texts(lambda texts: len(set(texts)) < len(texts))),
    "You compare the answers, the last lines": looking(
        read=of_texts(lambda texts: len({t.strip().split("\n")[-1] for t in texts}) == 1)
    ),
    "You take right for wrong": looking(read=lambda rows: cause([(1 - s, t) for s, t in rows])),
    "is left out with its text": texts_of_all,
    "could not be judged (NaN) as wrong": looking(see=taking(0)),
    "Nobody said so: leave it out": looking(see=lambda g: taking(0)(g) if judged(g) else []),
    "Python takes NaN for true": looking(see=taking(1)),
    "You take NaN for a score of its own": looking(
        see=lambda g: taking(0.5)(g) if judged(g) else [], read=other_value
    ),
    "You leave out a problem as soon as one": looking(see=whole),
    "`all` of an empty list is true": looking(empty=SATURATED),
    "of which nothing was judged you count as wrong": looking(empty=BEYOND),
    "You take the third of all problems": looking(n=len),
    "One problem that differs is enough for you": looking(
        end=lambda count, n: NONE if count[NONE] else commonest_stuck(count, n)
    ),
    "You say “none” only if most problems differ": looking(end=lambda count, n: count.most_common(1)[0][0]),
    "At least a third is asked for": looking(end=lambda count, n: commonest_stuck(count, 1.02 * n)),
    "7 of 21 are enough": looking(end=lambda count, n: commonest_stuck(count, 1.1 * n)),
    "fewer than a third differ": looking(end=lambda count, n: commonest_stuck(count, 0.9 * n)),
    "whatever the rest looks like": looking(end=most),
    "You do not ask how many problems differ": looking(
        end=lambda count, n: commonest_stuck(count - Counter({NONE: n}), n)
    ),
    "as soon as one problem has it": looking(end=first_found),
    "where several causes stand side by side": looking(end=all_of_one),
    "half of the problems always right and half always wrong make 0.5": by_mean(0.5, 0.5),
    "You go by the mean of all scores": by_mean(0.9, 0.1),
    "0.9 may leave much": by_mean(0.8, 0.2),
    "Count problems": lambda groups: standstill_slips.by_mean(0.9, 0.1).say(groups),
    "Of 21 problems: 8 that differ, 13 all right. That is “none”; you say “alike”.": lambda groups: ALIKE,
    "says “converged”; say one of four": lambda groups: "converged",
    "returns a `Counter`; return one of four": lambda groups: Counter(g.scores_G for g in groups),
    "returns a `bool`": lambda groups: False,
}  # fmt: skip

# ---- mistakes of the next level ----------------------------------------------------------------------------------


def differ(problems):
    return [len(set(scores)) > 1 for scores in problems]


def share(problems):
    return sum(differ(problems)) / max(1, len(problems))


def pooled(problems):
    return [s for scores in problems for s in scores]


def choosing(worth, order=sorted, nothing=None):
    """The best level by another measure, among those that were sampled."""

    def next_level(levels):
        if nothing is None and not any(map(share, levels.values())):
            return None
        return max((n for n in order(levels) if levels[n]), key=lambda n: worth(n, levels[n]))

    return next_level


def mean(n, problems):
    return statistics.fmean(pooled(problems))


def over_all(levels):
    """Without a thought of empty levels."""
    return max(sorted(levels), key=lambda n: sum(differ(levels[n])) / len(levels[n]))


def by_variance_within(levels):
    """A finer measure: p(1 - p) of each problem."""
    worth = {n: statistics.fmean(map(statistics.pvariance, level)) for n, level in sorted(levels.items()) if level}
    best = max(worth, key=worth.get)
    return np.int64(best) if worth[best] else None


NEXT = {
    "That is finer than what was asked": by_variance_within,
    "You take the largest *number* of problems": choosing(lambda n, level: sum(differ(level))),
    "the level whose mean is nearest to 0.5": choosing(lambda n, level: -abs(mean(n, level) - 0.5)),
    "the largest variance of *all* its samples": choosing(lambda n, level: statistics.pvariance(pooled(level))),
    "You take the hardest level. Where no sample": choosing(lambda n, level: n),
    "One lucky problem teaches little": choosing(lambda n, level: n if any(pooled(level)) else 0),
    "You take the hardest level at which any problem differs": choosing(lambda n, level: n * any(differ(level))),
    "The easier one is for a tie only": choosing(lambda n, level: any(differ(level))),
    "You take the level that is solved best": choosing(mean),
    "You take the level that is solved worst": choosing(lambda n, level: -mean(n, level)),
    "Where *all* are wrong there is nothing": choosing(lambda n, level: sum(0 in s for s in level) / len(level)),
    "Where *all* are right there is nothing": choosing(lambda n, level: sum(1 in s for s in level) / len(level)),
    "you take the harder one": choosing(lambda n, level: share(level), lambda levels: sorted(levels, reverse=True)),
    "you take the one that happens to stand first": choosing(lambda n, level: share(level), list),
    "though no problem of any level differs": choosing(lambda n, level: share(level), nothing=True),
    "Of level 9 nothing was sampled here": over_all,
    "an empty list has no share": lambda levels: max(sorted(levels), key=lambda n: statistics.fmean(differ(levels[n]))),
    "Problems that differ, level 3: 1 of 8; level 4: 0 of 8; level 5: 3 of 8; level 6: 0 of 8. Next is level 5; you say "
    "level 4.": lambda levels: 4,
    "There is no level 2": lambda levels: sorted(levels).index(level_slips.next_level(levels) or 3),
    "you say `None`": lambda levels: next((n for n in levels if share(levels[n]) > 0.6), None),
    "or `None`. Is this its share?": lambda levels: max(map(share, levels.values())),
    "returns a `list`; return one of the levels": sorted,
    "returns a `bool`": lambda levels: True,
}  # fmt: skip


@pytest.mark.parametrize("ex, words, mistaken", cases({ex1: WHY, ex2: NEXT}))
def test_a_known_mistake_is_named(ex, words, mistaken):
    is_named(ex, words, mistaken)


# ---- right ways, however they are written ------------------------------------------------------------------------


def in_numpy(groups):
    kinds = []
    for g in groups:
        scores = np.array(g.scores_G, dtype=float)
        seen = ~np.isnan(scores)
        if seen.any():
            texts = {c.text for c, s in zip(g.completions_G, seen, strict=True) if s}
            low, high = np.nanmin(scores), np.nanmax(scores)
            kinds.append(0 if low < high else 1 if high == 1 else 2 if len(texts) == 1 else 3)
    counts = np.bincount(kinds, minlength=4)
    return standstill.CAUSES[0 if counts[0] / len(kinds) >= 1 / 3 else 1 + int(counts[1:].argmax())]


def in_loose_words(groups):
    return f" {looking()(groups).capitalize()}. "


@pytest.mark.parametrize("f", [standstill.why, looking(), in_numpy, in_loose_words])
def test_a_cause_passes_in_whatever_way_it_is_found(f):
    passes(ex1, f)


def asking(share):
    return looking(end=lambda count, n: commonest_stuck(count, 3 * share * n))


@pytest.mark.parametrize("share", [0.32, 0.333, 1 / 3])
def test_a_third_may_be_written_with_few_decimals(share):
    passes(ex1, asking(share))


def by_sorting(levels):
    ranked = sorted((-share(level), n) for n, level in levels.items() if level)
    return ranked[0][1] if ranked[0][0] else None


@pytest.mark.parametrize("f", [level_slips.next_level, by_sorting])
def test_a_level_passes_in_whatever_way_it_is_chosen(f):
    passes(ex2, f)


# ---- the made-up cases -------------------------------------------------------------------------------------------


def test_an_empty_level_is_blamed_only_where_there_is_one():
    broken = {"early": lambda levels: 1 / 0, "late": over_all}
    said = {name: ex2.check(f).says for name, f in broken.items()}
    assert "Of level" not in said["early"] and "Of level 9 nothing was sampled" in said["late"]


def test_two_slips_at_once_are_both_named():
    said = ex1.check(looking(see=taking(0), end=first_found)).says
    assert "could not be judged (NaN) as wrong" in said and "as soon as one problem has it" in said
    said = ex2.check(choosing(lambda n, level: sum(differ(level)), list, nothing=True)).says
    assert "the largest *number*" in said and "you take the one that happens to stand first" in said


def outcomes(ways):
    """What each single slip says of all cases, by its name."""
    found = {}
    for names, said in ways:
        if len(names) <= 1:
            found.setdefault("".join(names), set()).add(said)
    return found


@pytest.mark.parametrize(
    "found, wanted",
    [
        (
            lambda: outcomes((w.names, tuple(map(w.say, standstill.ROUNDS))) for w in standstill_slips.WAYS if len(w.names) < 2),
            lambda: tuple(map(standstill.why, standstill.ROUNDS)),
        ),
        (
            lambda: outcomes(
                (level_slips.names(w), tuple(level_slips.slipped(w, c) for c in level_slips.CASES)) for w in level_slips.WAYS
            ),
            lambda: tuple(map(level_slips.next_level, level_slips.CASES)),
        ),
    ],
    ids=["ex1", "ex2"],
)  # fmt: skip
def test_no_single_slip_passes_for_right_or_for_another(found, wanted):
    found = found()
    assert found[""] == {wanted()}
    assert len(found) > 12 and not any(a & b for a, b in itertools.combinations(found.values(), 2))


def test_every_cause_has_its_rounds_and_none_is_tied():
    said = [standstill.why(groups) for groups in standstill.ROUNDS]
    assert set(said) == set(standstill.CAUSES)
    for groups, verdict in zip(standstill.ROUNDS, said, strict=True):
        count = Counter(cause(rows) for g in groups if (rows := judged(g)))
        ranked = sorted((count[c] for c in (SATURATED, ALIKE, BEYOND)), reverse=True)
        assert verdict == NONE or ranked[0] > ranked[1]


def test_the_made_up_scores_are_those_of_the_course_s_checker():
    from course_lib.score import right

    for groups in standstill.ROUNDS:
        for g in groups:
            assert all(
                right(g.problem, c.text) == s for s, c in zip(g.scores_G, g.completions_G, strict=True) if s == s
            )


def test_the_answer_takes_the_groups_of_a_run():
    """Scores as a loop's groups hold them: a tuple, and any number of samples."""
    group = standstill.ROUNDS[0][0]
    assert standstill.why([group] * 3) == SATURATED
    assert level_slips.next_level({3: [group.scores_G], 4: [(1.0, 0.0)], 5: []}) == 4
    assert level_slips.next_level({}) is level_slips.next_level({3: []}) is None


def test_a_function_that_empties_its_input_does_no_harm():
    def emptying(groups):
        said = standstill.why(groups)
        groups.clear()
        return said

    def clearing(levels):
        said = level_slips.next_level(levels)
        for level in levels.values():
            for scores in level:
                scores.clear()
        levels.clear()
        return said

    for _ in range(2):
        passes(ex1, emptying)
        passes(ex2, clearing)
