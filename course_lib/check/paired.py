"""What is wrong with a list of preference Pairs. Each function looks for one mistake and shows it on the data.

All take (groups, wanted, got): what was judged, the pairs of best and worst, the pairs the learner's function made. No text
stands twice in the data, so that a text tells its problem and its points.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from course_lib.answers import parse_answer
from course_lib.check.page import quoted
from course_lib.score import right
from course_lib.types import Group, Pair

RUN_S = 1.5  # points: the lead that notebook 04's run asks for


class Side(NamedTuple):
    """One half of a pair, as it was sampled and judged."""

    group: Group
    text: str
    points: float
    finished: bool


def sides(group: Group) -> list[Side]:
    rows = zip(group.completions_G, group.scores_G, strict=True)
    return [Side(group, c.text, points, c.finished) for c, points in rows]


def side(groups: list[Group], text: str) -> Side | None:
    return next((s for g in groups for s in sides(g) if s.text == text), None)


def both(groups: list[Group], pair: Pair) -> tuple[Side, Side]:
    return side(groups, pair.chosen), side(groups, pair.rejected)


def whose(group: Group) -> str:
    return f"{group.problem.id.capitalize()}'s"


def said_of(s: Side) -> str:
    return f"{quoted(s.text)} ({s.points:g} points)"


def other_text(groups, wanted, got) -> str | None:
    """A half that no model wrote."""
    for name, text in ((name, getattr(p, name)) for p in got for name in ("chosen", "rejected")):
        if side(groups, text):
            continue
        if any(text.startswith(g.problem.prompt) for g in groups):
            return (
                f"Your `{name}` holds the problem's text too. Put that into `prompt` only: a pair is two answers to one "
                "prompt, and the answers are what is compared."
            )
        if any(text == parse_answer(s.text) for g in groups for s in sides(g)):
            return (
                f"Your `{name}` is only the final number, {quoted(text)}. Store the whole text: the steps were judged."
            )
        return f"Your `{name}` is {quoted(text)}, which is not a text the model wrote: keep `completion.text` as it is."
    return None


def crossed(groups, wanted, got) -> str | None:
    for p in got:
        yes, no = both(groups, p)
        if yes.group is not no.group:
            return (
                f"One of your pairs sets {said_of(yes)} against {said_of(no)}: the first answers {whose(yes.group)} problem, "
                f"the second {whose(no.group)}. Look for best and worst within each problem: an easy problem earns more "
                "points, and that says nothing about how well it was solved."
            )
    return None


def other_prompt(groups, wanted, got) -> str | None:
    for p in got:
        if p.prompt != side(groups, p.chosen).group.problem.prompt:
            return f"You stored the prompt {quoted(p.prompt)}: store `problem.prompt`, the words the model was asked."
    return None


def unjudged(groups, wanted, got) -> str | None:
    """A half whose score is NaN."""
    for yes, no in (both(groups, p) for p in got):
        if yes.text == no.text and math.isnan(yes.points):
            return (
                f"Both halves of your pair are {quoted(yes.text)}, whose score is NaN. NaN is neither more nor less than a "
                "number, so `max` and `min` both keep a NaN that comes first: leave it out before you compare."
            )
        if math.isnan(no.points):
            return (
                f"You rejected {quoted(no.text)}, whose score is NaN: no judgement of it could be read. Unjudged is not "
                "worst, and this solution is right. A 0 or −1 in place of NaN has this effect; so has `min` or `sorted` "
                "on a list with NaN, which is neither more nor less than a number. Leave it out first."
            )
        if math.isnan(yes.points):
            return (
                f"You chose {quoted(yes.text)}, whose score is NaN: no judgement of it could be read, so nobody called it "
                "good. Leave it out first, together with its score: `max` keeps a NaN that comes first, `sorted` leaves it "
                "anywhere, and scores that lose an entry slide to other completions."
            )
    return None


def cut(groups, wanted, got) -> str | None:
    for yes, no in (both(groups, p) for p in got):
        if not yes.finished:
            return (
                f"You chose {quoted(yes.text)}, which was cut at the token limit (`finished` is False). It has no end, so "
                "the model would learn not to stop."
            )
        if not no.finished:
            return (
                f"You rejected {quoted(no.text)}, which was cut at the token limit (`finished` is False). The judge saw half "
                "an answer, and the model would learn to avoid its good first half. Leave it out."
            )
    return None


def level(groups, wanted, got) -> str | None:
    """A pair of equals."""
    for yes, no in (both(groups, p) for p in got):
        if yes.text == no.text:
            return (
                f"`chosen` and `rejected` are the same text, {quoted(yes.text)}: nothing is better than itself. Where only one "
                "completion is left, make no pair."
            )
        if yes.points == no.points:
            return (
                f"In {whose(yes.group)} pair both halves have {yes.points:g} points: {quoted(yes.text)} and {quoted(no.text)}. "
                "The judge sees no difference, so which one you call better is chance. Make no pair of a tie; ask for one "
                "*after* cut and unjudged completions are out."
            )
    return None


def many(groups, wanted, got) -> str | None:
    counts = Counter(whose(side(groups, p.chosen).group) for p in got)
    name, most = counts.most_common(1)[0] if counts else ("", 0)
    return (
        f"You made {most} pairs of {name} answers. Take one for each problem, the best against the worst: more pairs of the "
        "same few answers give this problem more weight, and the closer two scores are, the less the judge is sure."
        if most > 1
        else None
    )


def by_gold(groups, wanted, got) -> str | None:
    """Right against wrong, where the judge likes a wrong one best."""
    for yes, no in (both(groups, p) for p in got):
        best = max((s for s in sides(yes.group) if s.finished and not math.isnan(s.points)), key=lambda s: s.points)
        if is_right(yes) and not is_right(no) and not is_right(best):
            return (
                f"You chose {said_of(yes)}: its answer is right, but the judge prefers {said_of(best)}. This filter sees the "
                "judge's points, not gold. If the judge is wrong, so is the pair; notebook 04 is about that."
            )
    return None


def is_right(s: Side) -> bool:
    return right(s.group.problem, s.text) > 0


def turned(groups, wanted, got) -> str | None:
    for yes, no in (both(groups, p) for p in got):
        if yes.points >= no.points:
            continue
        start = f"You chose {said_of(yes)} and rejected {said_of(no)}."
        if all(s.finished and not math.isnan(s.points) for s in sides(yes.group)):
            return f"{start} `chosen` is the better one: swapped like this, DPO trains the model to write what was judged worst."
        return (
            f"{start} Where nothing was cut or unjudged you had it right. `scores_G[i]` belongs to `completions_G[i]`: take a "
            "completion out together with its score, or the scores after it slide to other completions."
        )
    return None


def not_the_ends(groups, wanted, got) -> str | None:
    for p in got:
        yes, no = both(groups, p)
        ends = next((both(groups, w) for w in wanted if side(groups, w.chosen).group is yes.group), None)
        if ends and yes.text != ends[0].text:
            return f"You chose {said_of(yes)}, but the best answer to this problem is {said_of(ends[0])}."
        if ends and no.text != ends[1].text:
            return f"You rejected {said_of(no)}, but the worst answer to this problem is {said_of(ends[1])}."
    return None


def left_out(groups, wanted, got) -> str | None:
    made = [side(groups, p.chosen).group for p in got]
    for yes, no in (both(groups, w) for w in wanted):
        if any(g is yes.group for g in made):
            continue
        start = f"You made no pair of {whose(yes.group)} answers, though {said_of(yes)} is better than {said_of(no)}."
        if any(math.isnan(s.points) for s in sides(yes.group)):
            return (
                f"{start} One score here is NaN. Leave out that completion, not the problem, and do so before you compare: "
                "`max` and `min` keep a NaN that comes first."
            )
        if not all(s.finished for s in sides(yes.group)):
            return f"{start} One completion here was cut: leave out that one, not the problem."
        if yes.points - no.points <= RUN_S:
            return (
                f"{start} Did you ask for a lead, such as the run's {RUN_S}? Or measure by the whole batch? Here any lead "
                "counts, within the problem: where all do well, or all badly, there is still a best and a worst."
            )
        return (
            f"{start} Best and worst are meant within the problem: where all do well, or all badly by the measure of the whole "
            "batch, there is still a best and a worst."
        )
    return None


def reordered(groups, wanted, got) -> str | None:
    if [p.chosen for p in got] != [p.chosen for p in wanted]:
        return "Your pairs are right but in another order: keep that of the groups, so that the same seed trains the same way."
    return None


def lost_fields(groups, wanted, got) -> str | None:
    for mine, key in zip(got, wanted, strict=True):
        for field in ("problem_id", "level"):
            if getattr(mine, field) != getattr(key, field):
                return (
                    f"The texts are right, but `{field}` is {getattr(mine, field)!r} where it should be "
                    f"{getattr(key, field)!r}: without it nobody can tell later where a pair came from."
                )
    return None


LOOKS = (
    other_text, crossed, other_prompt, many, unjudged, cut, by_gold, turned, level, not_the_ends, left_out, reordered,
    lost_fields,
)  # fmt: skip
