"""What is wrong with a list of kept Examples. Each function looks for one mistake and shows it on the data.

All take (groups, wanted, got): what the filter was given, what it should keep, what the learner's function kept.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from course_lib.answers import parse_answer, same_answer
from course_lib.check.page import quoted
from course_lib.types import Completion, Example, Group


def origin(groups: list[Group], example: Example) -> tuple[Group, Completion, float] | None:
    """The completion that an example was made of, with its group and score."""
    for g in groups:
        for c, score in zip(g.completions_G, g.scores_G, strict=True):
            if c.text == example.completion:
                return g, c, score
    return None


def first_mistake(groups, wanted, got, looks) -> str | None:
    """The first thing found by `looks`, or where the two lists part; None when they are the same."""
    return noticed(groups, wanted, got, looks) or (None if got == wanted else differs(wanted, got))


def noticed(groups, wanted, got, looks) -> str | None:
    return next((said for look in looks if (said := look(groups, wanted, got))), None)


def differs(wanted, got) -> str:
    return f"Your list is not the one the filter keeps: {short(got)} instead of {short(wanted)}."


def short(examples: list[Example]) -> str:
    return ", ".join(quoted(e.completion) for e in examples[:3]) + (" …" if len(examples) > 3 else "") or "nothing"


def extra(wanted, got) -> list[Example]:
    """What was kept beyond what is wanted, judged by completion alone."""
    surplus = Counter(e.completion for e in got) - Counter(e.completion for e in wanted)
    return [e for e in got if surplus[e.completion]]


def missing(wanted, got) -> list[Example]:
    lack = Counter(e.completion for e in wanted) - Counter(e.completion for e in got)
    return [e for e in wanted if lack[e.completion]]


def other_text(groups, wanted, got) -> str | None:
    """A stored completion that no model wrote."""
    for e in got:
        if origin(groups, e):
            continue
        if any(e.completion.endswith(c.text) and e.completion.startswith(g.problem.prompt) for g, c in pairs(groups)):
            return (
                "Your `completion` holds the problem's text too. Put the problem into `prompt` only: "
                "else the model is trained to write problems, not to solve them."
            )
        if any(e.completion in (parse_answer(c.text), g.problem.answer) for g, c in pairs(groups)):
            return (
                f"You stored only the final number, {quoted(e.completion)}. "
                "Store the whole text: the steps are what there is to learn."
            )
        return (
            f"You stored {quoted(e.completion)}, which is not a text the model wrote: keep `completion.text` as it is."
        )
    return None


def pairs(groups):
    return [(g, c) for g in groups for c in g.completions_G]


def other_prompt(groups, wanted, got) -> str | None:
    """A stored prompt that is not the problem's plain prompt."""
    for e in got:
        plain = origin(groups, e)[0].problem.prompt
        if e.prompt == plain:
            continue
        if e.completion in e.prompt:
            return (
                "Your stored `prompt` holds the completion too: the model would be shown what it should learn to write."
            )
        if e.prompt.startswith(plain):
            return (
                f"The stored prompt ends in {quoted(e.prompt[len(plain) :].strip())}. No one gives the answer away when "
                "the model is tested: store the plain `problem.prompt`, or it learns to copy instead of to reckon."
            )
        return f"You stored the prompt {quoted(e.prompt)}: store `problem.prompt`, the words the model will be asked."
    return None


def slid(groups, wanted, got) -> str | None:
    """As many as wanted, but others: scores and completions out of step."""
    over, under = extra(wanted, got), missing(wanted, got)
    low = [e for e in over if origin(groups, e)[2] <= 0.5 and not same_answer(e.completion, answer(groups, e))]
    if low and len(got) == len(wanted) and under and len(under) == len(over):
        return (
            f"You kept as many as you should, but the wrong ones: {quoted(low[0].completion)} scored 0 and is in, "
            f"{quoted(under[0].completion)} scored 1 and is out. `scores_G[i]` belongs to `completions_G[i]`: "
            "pair them before anything is taken out or moved."
        )
    return None


def answer(groups, example: Example) -> str | None:
    return origin(groups, example)[0].problem.answer


def kept_wrong(groups, wanted, got) -> str | None:
    for e in extra(wanted, got):
        if origin(groups, e)[2] <= 0 and not same_answer(e.completion, answer(groups, e)):
            return (
                f"You kept {quoted(e.completion)}, which scored 0. Train on it and the model learns its own mistake: "
                "keep only what scored 1."
            )
    return None


def kept_by_gold(groups, wanted, got) -> str | None:
    for e in extra(wanted, got):
        if origin(groups, e)[2] <= 0:
            return (
                f"You kept {quoted(e.completion)}: its answer is right, but its score is 0. The filter sees scores, not "
                "gold. The checker made a mistake here, and a checker's mistakes are what notebook 00 wants to show."
            )
    return None


def kept_cut(groups, wanted, got) -> str | None:
    for e in extra(wanted, got):
        if not origin(groups, e)[1].finished:
            return (
                f"You kept {quoted(e.completion)}, which was cut at the token limit (`finished` is False). "
                "It has no end, so the model would learn not to stop."
            )
    return None


def kept_in(groups: list[Group], examples: list[Example]) -> list[int]:
    """How many of the examples come from each group."""
    counts = Counter(e.completion for e in examples)
    return [sum(counts[text] for text in {c.text for c in g.completions_G}) for g in groups]


def one_a_group(groups, wanted, got) -> str | None:
    per_group = kept_in(groups, got)
    lost = missing(wanted, got)
    for g, kept, due in zip(groups, per_group, kept_in(groups, wanted), strict=True):
        if got and due and not kept:
            return (
                f"Nothing of the problem {g.problem.id!r} is in your list, though {due} of its completions should be. Is the "
                "list made anew for each group, or returned before the last one?"
            )
    if lost and got and max(per_group) == 1:
        return (
            f"You kept at most one completion of each problem; {quoted(lost[0].completion)} is right as well. "
            "Keep every right one: each is another thing to learn from."
        )
    return None


def capped(groups, wanted, got) -> str | None:
    """The first N of each problem, where more than N should stay."""
    mine, most = [e.completion for e in got], max(kept_in(groups, got), default=0)
    lost = [e for e in missing(wanted, got) if e.completion not in mine]
    first = [e.completion for g in groups for e in [w for w in wanted if origin([g], w)][:most]]
    if most > 1 and lost and mine == first:
        return (
            f"You keep {most} completions of a problem at most; {quoted(lost[0].completion)} should stay as well. A cap is a "
            "later choice, with a price of its own."
        )
    return None


def no_repeats(groups, wanted, got) -> str | None:
    lost = missing(wanted, got)
    if lost and all(e.completion in {k.completion for k in got} for e in lost):
        return (
            f"{quoted(lost[0].completion)} was sampled twice and you kept it once. This filter does not look for repeats "
            "(a later notebook does)."
        )
    return None


def left_out(groups, wanted, got) -> str | None:
    lost = missing(wanted, got)
    return (
        f"You left out {quoted(lost[0].completion)}, which scored {lost[0].score:g} and should stay." if lost else None
    )


def kept_twice(groups, wanted, got) -> str | None:
    over = extra(wanted, got)
    return f"{quoted(over[0].completion)} is in your list too often, or should not be in it." if over else None


def reordered(groups, wanted, got) -> str | None:
    if [e.completion for e in got] != [e.completion for e in wanted]:
        return (
            "You kept the right completions in another order. Keep them as they were sampled: the same seed must give the "
            "same training set (a `set` or a shuffle does not)."
        )
    return None


def scores_as_given(groups: list[Group], examples: list[Example]) -> list[Example]:
    """The same with each score as it was given, where it differs by single precision alone."""
    given = [(origin(groups, e) or (None, None, e.score))[2] for e in examples]
    close = [
        isinstance(e.score, float) and math.isclose(e.score, score, abs_tol=1e-6)
        for e, score in zip(examples, given, strict=True)
    ]
    return [replace(e, score=s) if near else e for e, s, near in zip(examples, given, close, strict=True)]


def lost_fields(groups, wanted, got) -> str | None:
    for mine, right in zip(got, wanted, strict=True):
        for field in ("problem_id", "level", "score", "hinted"):
            if getattr(mine, field) != getattr(right, field):
                return (
                    f"The completions are right, but `{field}` is {getattr(mine, field)!r} where it should be "
                    f"{getattr(right, field)!r}: without it nobody can tell later where an example came from."
                )
    return None


LOOKS = (
    other_text, other_prompt, slid, kept_wrong, kept_by_gold, kept_cut, one_a_group, capped, no_repeats, left_out, kept_twice,
    reordered, lost_fields,
)  # fmt: skip
