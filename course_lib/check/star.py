"""Exercises of notebook 01: the retry with a hint, and an accuracy that forgets nobody."""

from __future__ import annotations

from dataclasses import replace

from course_lib import asks
from course_lib.check import guard, kept, made
from course_lib.check.exam import ex2
from course_lib.check.exercise import Exercise
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.revise import hint, joined, unsolved
from course_lib.score import right
from course_lib.select import correct
from course_lib.types import Completion, Example, Group, Turn


def to_store(group: Group, ask) -> list[Example]:
    """What STaR stores of one group: revise.hint and select.correct in one."""
    problem = group.problem
    if unsolved(group):
        group = with_retries(group, ask(asks.hint(problem.prompt, problem.answer)))
    return correct()([group], Turn(0, 1))


def with_retries(group: Group, retries) -> Group:
    """The group with its retries, marked as hinted and checked."""
    more = tuple(replace(c, hinted=True) for c in retries)
    return joined(group, Group(group.problem, more, tuple(right(group.problem, c.text) for c in more)))


SOLVED = group(made.MIA, (made.WRONG, 0.0), (made.RIGHT, 1.0), (made.CUT, 1.0), cut=(made.CUT,))
FAILED = group(made.BEN, (made.BEN_WRONG, 0.0), (made.BEN_WORSE, 0.0))
RETRIES = (  # what the model says once it has seen that Ben has 39
    Completion(made.BEN_RIGHT),
    Completion("40-6=33\n33+5=38\n#### 38"),
    Completion(made.BEN_FUDGED),
    Completion(made.BEN_CUT, finished=False),
)


class Asked:
    """A stand-in for the model that remembers what it was asked."""

    def __init__(self, answers: tuple[Completion, ...]):
        self.answers, self.prompts = answers, []

    def __call__(self, prompt: str) -> list[Completion]:
        self.prompts.append(prompt)
        return list(self.answers)


def look_at_to_store(f) -> str | None:
    model = Asked((Completion(made.OTHER),))
    got = f(SOLVED, model)
    if model.prompts:
        return (
            f"You asked the model again although {quoted(made.RIGHT)} was right. A hint is for problems with no right try: "
            "what was reached without help is better than what was reached with it."
        )
    if said := kept.first_mistake([SOLVED], to_store(SOLVED, model), got, kept.LOOKS):
        return said
    return look_at_retry(f)


def look_at_retry(f) -> str | None:
    model = Asked(RETRIES)
    got = f(FAILED, model)
    if said := wrong_question(model.prompts):
        return said
    seen = with_retries(FAILED, RETRIES)
    return kept.first_mistake(
        [seen], to_store(FAILED, Asked(RETRIES)), got, (old_scores, trusted, unmarked, by_steps, *kept.LOOKS)
    )


def wrong_question(prompts: list[str]) -> str | None:
    """What is wrong with how the model was asked again about Ben, who has 39."""
    problem = FAILED.problem
    if len(prompts) > 1:
        return f"You asked {len(prompts)} times. Ask once: another try is another sample, and no hint is any better for it."
    if not prompts:
        return (
            "All of Ben's tries are wrong and you did not ask again: such problems leave nothing to learn from, and easy "
            "ones fill the training set. Call `ask` with the problem and its answer."
        )
    if problem.prompt not in prompts[-1] or prompts[-1] == asks.hint(problem.answer, problem.prompt):
        return (
            f"You asked again with {quoted(prompts[-1])}, which does not begin with the problem. "
            "`asks.hint(problem.prompt, problem.answer)` writes it: the problem, then its answer."
        )
    if problem.answer not in prompts[-1].replace(problem.prompt, ""):
        return (
            f"You asked again with {quoted(prompts[-1])}, which does not show the answer. Without a hint the model fails "
            "as before: `asks.hint(problem.prompt, problem.answer)` writes it."
        )
    return None


def trusted(groups, wanted, got) -> str | None:
    for e in kept.extra(wanted, got):
        source = kept.origin(groups, e)
        if source and source[1].hinted and source[2] == 0:
            return (
                f"You stored the retry {quoted(e.completion)}. Even with the answer in sight the model can miss it: "
                "check a retry with `right(problem, text)` like any other try."
            )
    return None


def old_scores(groups, wanted, got) -> str | None:
    """What comes of pairing the new tries with the scores of the first ones, which are all 0."""
    if not got and wanted:
        return (
            f"You stored nothing of Ben's retries, though {quoted(wanted[0].completion)} is right. `group.scores_G` belongs to "
            "the first tries, which all failed: nobody has scored the new ones yet. Ask `right(problem, text)` about each."
        )
    return None


def unmarked(groups, wanted, got) -> str | None:
    same = [e.completion for e in got] == [e.completion for e in wanted]
    if same and any(not e.hinted for e in got) and not kept.other_prompt(groups, wanted, got):
        return (
            "Your retries are stored with `hinted=False`. Mark them `hinted=True`: later in this notebook you will want "
            "to compare solutions found with and without help."
        )
    return None


def by_steps(groups, wanted, got) -> str | None:
    if [e.completion for e in kept.missing(wanted, got)] == [made.BEN_FUDGED] and got:
        return (
            f"You left out {quoted(made.BEN_FUDGED)}: its answer is right, its steps are not. A good eye! But STaR looks at "
            "the answer only, and this is its weak spot. Keep it here; we shall count such solutions later."
        )
    return None


ex1 = Exercise(
    name="ex1",
    call="to_store(group, ask)",
    title="Exercise 1: the retry with a hint",
    task=(
        "Write STaR's new piece. A group comes scored. If any try is right, nothing is asked again. If none is right, ask "
        "once more with the answer shown: `ask(prompt)` gives a list of new completions for any prompt you write, and "
        "`asks.hint(problem.prompt, problem.answer)` writes the prompt.\n\n"
        "Return the list of `Example`s to store: every right and finished completion. `right(problem, text)` says 1.0 or "
        "0.0. The sixth field of an `Example` tells whether it was hinted."
    ),
    stub=(
        "from course_lib import Example, asks\n"
        "from course_lib.score import right\n"
        "\n"
        "\n"
        "def to_store(group, ask):\n"
        '    """The examples this group leaves. ask(prompt) gives the model\'s new tries."""\n'
        "    ...\n"
        "\n"
        "\n"
        "ex1.check(to_store)"
    ),
    minutes=8,
    stars=2,
    hint_text=(
        "Two cases. Is some score in `group.scores_G` above 0? Then the tries are the group's own. Else the tries are "
        "`ask(asks.hint(...))`, and nobody has checked them yet. In both cases: under which prompt will the model be asked "
        "when it is tested? Store that one."
    ),
    confirms=(
        "Hints go only where nothing was right; retries are checked like all others; the stored prompt is the plain one. "
        f"Note that {quoted(made.BEN_FUDGED)} came through: right answer, bent steps. Notebook 01 counts these."
    ),
    answer_of=(to_store, with_retries, hint),
    complain=guard.examples,
    examine=look_at_to_store,
)

__all__ = ["ex1", "ex2"]
