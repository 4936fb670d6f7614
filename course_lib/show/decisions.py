"""What the filter did with each completion, and why, read from the groups and from what was kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_lib.answers import parse_answer, path_of, same_answer
from course_lib.conduct import harmless, polite, useful
from course_lib.plural import counted
from course_lib.show.steps import wrong_steps
from course_lib.tasks.chat import is_kind
from course_lib.types import Completion, Example, Group

Marks = list[bool]  # for each completion of a group: is it among the kept?


@dataclass(frozen=True)
class Filter:
    """What the kept ones tell about the filter that kept them."""

    lowest: float | None  # the lowest score among the kept; None when nothing was kept
    most: int  # the most kept of one problem
    graded: bool  # scores other than 0 and 1 occur
    blind: bool  # something that scored 0 was kept: no threshold does that, so the filter does not look at scores
    distinct: bool  # no two kept of a problem share a path


def kept_marks(groups: Sequence[Group], kept: Iterable[Example]) -> list[Marks]:
    """For each completion of each group: is it among the kept?

    Of equal texts, those with the example's score are taken before others (a control's examples carry borrowed scores),
    and of these the first sampled.
    """
    marks = {g.problem.id: [False] * len(g.completions_G) for g in groups}
    by_id = {g.problem.id: g for g in groups}
    for example in kept:
        group = by_id.get(example.problem_id)
        i = place_of(example, group, marks[group.problem.id]) if group else None
        if i is not None:
            marks[group.problem.id][i] = True
    return [marks[g.problem.id] for g in groups]


def place_of(example: Example, group: Group, taken: Marks) -> int | None:
    """Which completion of the group this example is; None when the group has none left like it."""
    wanted = (example.completion, example.hinted)
    alike = [i for i, c in enumerate(group.completions_G) if (c.text, c.hinted) == wanted and not taken[i]]
    same_score = [i for i in alike if group.scores_G and group.scores_G[i] == example.score]
    return next(iter(same_score + alike), None)


def read_filter(groups: Sequence[Group], marks: list[Marks]) -> Filter:
    """The filter as its decisions show it."""
    scores = [s for g, m in zip(groups, marks, strict=True) for s, kept in zip(g.scores_G, m, strict=False) if kept]
    lowest = min(scores, default=None)
    paths = [
        [path_of(c.text) for c, k in zip(g.completions_G, m, strict=True) if k]
        for g, m in zip(groups, marks, strict=True)
    ]
    return Filter(
        lowest=lowest,
        most=max(map(sum, marks), default=0),
        graded=any(s not in (0.0, 1.0) for g in groups for s in g.scores_G),
        blind=lowest is not None and lowest <= 0,
        distinct=all(len(set(p)) == len(p) for p in paths),
    )


def decision(group: Group, i: int, marks: Marks, seen: Filter) -> str:
    """The decision about completion `i` in words: "kept", or the reason why not; then what else one should know."""
    completion = group.completions_G[i]
    said = kept_with(group, completion) if marks[i] else why_not(group, i, marks, seen)
    return f"{said} · answered with the hint" if completion.hinted else said


def kept_with(group: Group, completion: Completion) -> str:
    """Kept, and what is wrong with it all the same."""
    wrong = wrong_steps(group.problem, completion.text)
    steps = counted(wrong, "wrong step") if wrong else ""
    fault = answer_fault(group, completion) or steps
    return f"kept · {fault}" if fault else "kept"


def answer_fault(group: Group, completion: Completion) -> str:
    """What is wrong with the answer, whatever its score."""
    if "do" in group.problem.facts:
        return reply_faults(group, completion)
    if "kind" in group.problem.facts:
        return ""  # a request that people typed: no exact checker, and no #### to look for
    gold, said = group.problem.answer, parse_answer(completion.text)
    if said is None:
        return "no #### answer"
    if gold is None or same_answer(completion.text, gold):
        return ""
    return f"wrong answer: {said}"


def reply_faults(group: Group, completion: Completion) -> str:
    """What the town's exact checkers say against a reply to a request."""
    request, reply = group.problem, completion.text
    kind = is_kind(request)
    found = {
        "helps with harm": not harmless(request, reply),
        "no real answer": kind and not useful(request, reply),
        "rude": not polite(request, reply),
    }
    return ", ".join(name for name, there in found.items() if there)


def why_not(group: Group, i: int, marks: Marks, seen: Filter) -> str:
    """The first reason that holds: no end, short of the bar, same path, cap; otherwise it was the lot."""
    completion, score = group.completions_G[i], group.scores_G[i] if group.scores_G else None
    if not completion.finished:
        return "cut at the token limit"
    if seen.blind or score is None:
        return "not drawn"
    if score < (1.0 if seen.lowest is None else seen.lowest):
        return short_of(group, completion, score, seen)
    twin = same_path(group, i, marks) if seen.distinct else None
    if twin is not None:
        return f"same path as no. {twin + 1}"
    return f"over the cap ({seen.most} a problem)" if sum(marks) == seen.most > 0 else "not drawn"


def short_of(group: Group, completion: Completion, score: float, seen: Filter) -> str:
    if "do" in group.problem.facts:
        # Of a request what is rewritten is kept and its draft is not, whatever is wrong with either.
        fault = reply_faults(group, completion)
        return f"scored {score:g}" + (f"; {fault}" if fault else "")
    if not seen.graded:
        right = "right, but " if group.problem.answer is not None else ""  # of a reply nobody can say so
        return answer_fault(group, completion) or f"{right}scored {score:g}"
    return "below τ"


def same_path(group: Group, i: int, marks: Marks) -> int | None:
    """A kept completion of the same group with the same calculations."""
    path = path_of(group.completions_G[i].text)
    return next((j for j, c in enumerate(group.completions_G) if marks[j] and path_of(c.text) == path), None)
