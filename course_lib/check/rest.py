"""Exercises of notebook 03: the threshold, and a reward that means the same in every round."""

from __future__ import annotations

from functools import partial

from course_lib.answers import same_answer
from course_lib.check import guard, kept, made
from course_lib.check.exercise import Exercise
from course_lib.check.grades import ex2
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.score import graded, step_share
from course_lib.select import above, passing, threshold
from course_lib.types import Turn


def rows(*texts: str):
    return [(text, 0.0) for text in texts]


GROUPS = graded(
    None,
    [
        group(
            made.EVA,
            *rows(made.EVA_06, made.EVA_10, made.EVA_SKIP, made.EVA_LUCKY, made.EVA_CUT, made.EVA_02, made.EVA_00),
            cut=(made.EVA_CUT,),
        ),
        group(made.BEN, *rows(made.BEN_WRONG, made.BEN_WORSE, made.BEN_FUDGED)),
        group(made.MIA, *rows(made.LUCKY, made.WRONG)),
    ],
    Turn(0, 1),
)
TAUS = (0.6, 0.0, 0.7, 0.95)


def look_at_improve_set(f) -> str | None:
    lists = [kept.scores_as_given(GROUPS, f(list(GROUPS), tau)) for tau in TAUS]
    if all(got == lists[0] for got in lists) and lists[0]:
        return (
            f"Your list is the same for τ = 0 and for τ = 0.95: it does not look at `tau`. {quoted(made.EVA_06)} scored 0.6; "
            "it is in for τ = 0 and out for τ = 0.95."
        )
    tried = [(tau, threshold(tau)(GROUPS, Turn(0, 1)), got) for tau, got in zip(TAUS, lists, strict=True)]
    by_answer = [rightness] if all(is_right(e) for got in lists for e in got) else []
    for looks in (
        (kept.other_text, kept.other_prompt),
        (below, relative),
        (at_the_bar, *by_answer, whole_problem, best_only),
        kept.LOOKS,
    ):
        for tau, wanted, got in tried:
            tuned = [partial(look, tau) if look in BY_TAU else look for look in looks]
            if said := kept.noticed(GROUPS, wanted, got, tuned):
                return said
    return next((kept.differs(wanted, got) for _, wanted, got in tried if got != wanted), None)


def below(tau, groups, wanted, got) -> str | None:
    low = [e for e in kept.extra(wanted, got) if kept.origin(groups, e)[2] < tau]
    if low and len(low) >= len(got) - 2 and len(kept.missing(wanted, got)) == len(wanted):
        return (
            f"You keep what lies *below* τ = {tau:g}, such as {quoted(low[0].completion)} with "
            f"{low[0].score:.2g}. Turn the comparison round."
        )
    return None


def is_right(e) -> bool:
    return same_answer(e.completion, kept.answer(GROUPS, e))


def rightness(tau, groups, wanted, got) -> str | None:
    lost = kept.missing(wanted, got)
    wrong = [e for e in lost if not is_right(e)]
    if got and wrong and len(wrong) == len(lost) and all(map(is_right, got)):
        return (
            f"You keep only right answers. At τ = {tau:g} {quoted(wrong[0].completion)} belongs in as well: its answer is "
            f"wrong, its reward is {wrong[0].score:.2g}. This filter sees the reward and nothing else, holes included."
        )
    return None


def at_the_bar(tau, groups, wanted, got) -> str | None:
    at = [e for e in kept.extra(wanted, got) if kept.origin(groups, e)[2] == tau]
    return at and (
        f"You kept {quoted(at[0].completion)}, which scored exactly τ = {tau:g}. The paper keeps what is *above* τ: "
        "`>`, not `>=`. It matters: with `>=`, τ = 0 would keep everything, even what scored 0."
    )


def relative(tau, groups, wanted, got) -> str | None:
    for e in kept.extra(wanted, got):
        found = kept.origin(groups, e)
        if found[1].finished and found[2] < tau:
            return (
                f"At τ = {tau:g} you kept {quoted(e.completion)}, which scored {found[2]:.2g}. Good among its neighbours "
                "is not enough: τ is a bar of one height for all, not a rank, a share of the best or a rescaled score."
            )
    return None


def best_only(tau, groups, wanted, got) -> str | None:
    lost = kept.missing(wanted, got)
    per = {e.problem_id: sum(kept_one.problem_id == e.problem_id for kept_one in got) for e in wanted}
    if lost and got and set(per.values()) == {1} and not kept.extra(wanted, got):
        return (
            f"You keep only the best of each problem. At τ = {tau:g} {quoted(lost[0].completion)} with "
            f"{lost[0].score:.2g} is above the bar as well: keep all that are."
        )
    return None


def whole_problem(tau, groups, wanted, got) -> str | None:
    there, lost = {e.problem_id for e in got}, kept.missing(wanted, got)
    gone = [g for g in groups if g.problem.id not in there and any(e.problem_id == g.problem.id for e in wanted)]
    if gone and got and not kept.extra(wanted, got) and all(e.problem_id not in there for e in lost):
        return (
            f"At τ = {tau:g} you keep nothing of {quoted(gone[0].problem.prompt)}, though some of its completions lie above "
            "the bar. Do you go through all groups? A `return` inside the loop ends it early."
        )
    return None


BY_TAU = (below, relative, at_the_bar, whole_problem, rightness, best_only)

ex1 = Exercise(
    name="ex1",
    call="improve_set(groups, tau)",
    title="Exercise 1: the bar",
    task=(
        "Write the filter of an Improve step. A reward is now a number from 0 to 1, here the share of valid steps. Keep "
        "every finished completion whose reward is *above* τ, in the order sampled.\n\n"
        "Return a list of `Example(prompt, completion, score, problem_id, level, hinted)`. The check tries several τ."
    ),
    stub=(
        "from course_lib import Example\n"
        "\n"
        "\n"
        "def improve_set(groups, tau):\n"
        '    """The examples of one Improve step."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(improve_set)"
    ),
    minutes=4,
    stars=1,
    hint_text=(
        "It is notebook 00's filter with a number in place of one half. Must a completion that scores exactly τ stay? What "
        "would that mean for τ = 0?"
    ),
    confirms=(
        f"The same as `select.threshold(tau)`. Did you see {quoted(made.BEN_WORSE)}? It adds where it should take away, "
        "but adds correctly, so its reward is 0.67 and τ = 0.6 keeps it. A higher bar drops it."
    ),
    answer_of=(threshold, above, passing, step_share),
    complain=guard.examples,
    examine=look_at_improve_set,
)

__all__ = ["ex1", "ex2"]
