"""Repair a bug: advantages that compare an answer with answers to other problems."""

from __future__ import annotations

import math
from typing import Any

from course_lib.check import guard
from course_lib.check.advantage_slips import ALIKE, BATCHES, SLIPS, Scores, mean, right
from course_lib.check.exercise import Exercise
from course_lib.check.guard import Unready
from course_lib.train.policy_loss import centred


def near(a: Scores, b: Scores, within: float = 1e-9) -> bool:
    pairs = zip((s for g in a for s in g), (s for g in b for s in g), strict=True)
    return all(math.isclose(x, y, rel_tol=within, abs_tol=within) for x, y in pairs)


def look_at_advantages(f) -> str | None:
    said = [f(copied(batch)) for batch in BATCHES]
    for got, batch in zip(said, BATCHES, strict=True):
        if odd := odd_shape(got, batch):
            return odd
    if all(near(got, right(batch)) for got, batch in zip(said, BATCHES, strict=True)):
        return look_at_alike(f)
    told = next(told for got, batch in zip(said, BATCHES, strict=True) if (told := first_odd_group(got, batch)))
    for slip, name in SLIPS:  # a small number added to a divisor makes no other slip
        if all(near(got, slip(batch), 1e-3) for got, batch in zip(said, BATCHES, strict=True)):
            return f"{name} {told}"
    return told


def copied(groups: Scores) -> Scores:
    return [list(group) for group in groups]


def odd_shape(got: Scores, groups: Scores) -> str | None:
    """Advantages need the shape of the scores: each belongs to one answer."""
    sizes, wanted = [len(g) for g in got], [len(g) for g in groups]
    if sizes == wanted:
        return None
    mine = f"{len(sizes)}, of {listed(sizes)}" if sizes else "none"
    told = f"Here are {len(wanted)} groups, of {listed(wanted)} scores; you return {mine}."
    return f"{told} Each answer needs its own advantage, at its own place: return one number for each score."


def listed(sizes: list[int]) -> str:
    return " and ".join(", ".join(map(str, part)) for part in (sizes[:-1], sizes[-1:]) if part)


def first_odd_group(got: Scores, groups: Scores) -> str | None:
    for mine, wanted, group in zip(got, right(groups), groups, strict=True):
        if not near([mine], [wanted]):
            return (
                f"In the group {shown(group)} the mean is {mean(group):.3g}, so the advantages are {shown(wanted)}; you give "
                f"{shown(mine)}."
            )
    return None


def shown(scores) -> str:
    return ", ".join(f"{s + 0.0:.3g}".replace("-", "−") for s in scores)


def look_at_alike(f) -> str | None:
    """Groups in which all answers score alike: nothing is better than anything else."""
    start = (
        "Right where scores differ. But in a group whose scores are all alike no answer is better than another: all 0."
    )
    try:
        got = f(copied(ALIKE))
    except Unready as why:
        return f"{start} {why}"
    if [len(g) for g in got] != [len(g) for g in ALIKE]:
        return f"{start} {odd_shape(got, ALIKE)} That such a group teaches nothing is the selection's business, before this step."
    odd = next((i for i, g in enumerate(got) if not near([g], [centred(ALIKE[i])])), None)
    if odd is None:
        return None
    if len(set(ALIKE[odd])) > 1:
        return f"For {shown(ALIKE[odd])} you give {shown(got[odd])}, and nearly so is not quite: do not round."
    return f"{start} For {shown(ALIKE[odd])} you give {shown(got[odd])}."


def scores_in_groups(result: Any) -> str | None:
    """A list of lists of numbers is wanted."""
    if not isinstance(result, list | tuple):
        return f"returns {guard.kind(result)}; return a list with one list of numbers for each group."
    odd = next((g for g in result if not isinstance(g, list | tuple)), None)
    if odd is not None and guard.one_number(odd) is None:
        return (
            "returns one flat list of numbers. Which answers belong to one problem is then lost: return a list with one list for "
            "each group."
        )
    if odd is not None or None in result:
        return f"returns a list that holds {guard.kind(odd)}; return one list of numbers for each group."
    wrong = [s for g in result for s in g if guard.one_number(s)]
    return f"returns groups that hold {guard.kind(wrong[0])}; each advantage is one number." if wrong else None


ex2 = Exercise(
    name="ex2",
    call="advantages(groups)",
    title="Exercise 2: repair a bug",
    task=(
        "GRPO asks of each answer: was it better than the *other answers to the same problem*? Its *advantage* is its score less "
        "the mean of its group. What is above 0 becomes more likely, what is below becomes less likely.\n\n"
        "The function below runs, and training with it even seems to work. But it compares with the wrong answers. Repair it. "
        "`groups` is a list of lists: the scores of one problem's answers in each. Return advantages in the same shape; groups "
        "may differ in size. Divide by nothing but a number of scores."
    ),
    stub=(
        "def advantages(groups):\n"
        '    """Each score less the mean of its group."""\n'
        "    scores = [score for group in groups for score in group]\n"
        "    mean = sum(scores) / len(scores)\n"
        "    return [[score - mean for score in group] for group in groups]\n"
        "\n"
        "\n"
        "ex2.check(advantages)"
    ),
    minutes=5,
    stars=2,
    hint_text=(
        "Take an easy problem, scores 1 1 0 1, and a hard one, 0 0 1 0 0. Which sum do the advantages of the easy one have now? "
        "What should it be, if an answer is compared with answers to its own problem?"
    ),
    confirms=(
        "The same as `centred` for every group. Each group's advantages add up to 0, so a problem pushes neither up nor down for "
        "being easy or hard. And a group whose answers all score alike gives zeros: in TTRL that is every problem on which all "
        "votes agree, right or wrong."
    ),
    answer_of=(centred,),
    complain=scores_in_groups,
    examine=look_at_advantages,
)
