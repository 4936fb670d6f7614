"""Exercises of notebook 09c: an anchor of real text, and how much of the tail is still written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from course_lib.check.endless import ending
from course_lib.check.exercise import Exercise
from course_lib.check.settled import texts
from course_lib.check.tail import ex2
from course_lib.methods.generations import mixed
from course_lib.variety import real

CALL = "diet(eaten, real, share)"


@dataclass(frozen=True)
class Meal:
    """A case: how many texts a generation has, how many fresh real ones are there, and the share."""

    n: int
    spare: int
    share: float

    def eaten(self) -> list[list[str]]:
        """The first real text, and what two generations wrote."""
        return [real(self.n, f"eaten {i} of {self}") for i in range(3)]

    def fresh(self) -> list[str]:
        return real(self.spare, f"fresh of {self}")

    @property
    def wanted(self) -> set[int]:
        """How many texts are real: rounded up or down."""
        exact = round(self.share * self.n, 6)
        return {math.floor(exact), math.ceil(exact)}

    @property
    def told(self) -> str:
        return f"With {self.n} texts and a share of {self.share:g}"


MEALS = (Meal(64, 64, 0.1), Meal(20, 30, 0.25), Meal(10, 10, 0.5), Meal(8, 8, 1.0), Meal(12, 12, 0.0))


class Plate(NamedTuple):
    """What a function made of a meal: where its texts come from, each counted, and how many of each are different."""

    meal: Meal
    size: int
    own: int  # by the last generation
    older: int  # by generations before it
    people: int  # the first real text
    fresh: int
    unknown: int
    own_kinds: int
    fresh_kinds: int


def plate(meal: Meal, eaten: list[list[str]], fresh: list[str], got: list[str]) -> Plate:
    people, older, own = map(set, eaten)
    parts = [[text for text in got if text in source] for source in (own, older, people, set(fresh))]
    counts = [len(part) for part in parts]
    return Plate(meal, len(got), *counts, len(got) - sum(counts), len(set(parts[0])), len(set(parts[3])))


def look_at_diet(f) -> str | None:
    f, plates = ending(f, CALL), []
    for meal in MEALS:
        eaten, fresh = meal.eaten(), meal.fresh()
        given, spare = [list(texts) for texts in eaten], list(fresh)
        got = list(f(given, spare, meal.share))
        if (given, spare) != (eaten, fresh):
            return changed(given != eaten)
        plates.append(plate(meal, eaten, fresh, got))
    found = [said for p in plates if (said := odd_sources(p) or odd_size(p) or odd_share(p) or odd_copies(p))]
    return rounded_away(plates) or (found[0] if found else None)


def changed(old: bool) -> str:
    """In a run the next generation would be given the changed lists."""
    what = "`eaten`: it is the record of what every generation wrote" if old else "`real`"
    return f"You change {what}, and the next generation would be given what you left of it. Make a new list."


def odd_sources(p: Plate) -> str | None:
    """Texts that are neither the last generation's nor fresh ones."""
    told = p.meal.told
    if p.unknown:
        return f"{told} you return {p.unknown} texts that are nowhere among the texts you were given. Take texts as they are."
    if p.people and p.older:
        return (
            f"{told} you return texts of every generation. That is a diet too, called *accumulate*, but not this one: "
            "take those of the last generation, `eaten[-1]`, and put fresh real ones in the place of some."
        )
    if p.people and p.own:
        return (
            f"{told} your {p.people} real texts come from `eaten[0]`. They are real, but these few are eaten again by every "
            "generation, and what they lack stays lacking. Take *fresh* ones, from `real`."
        )
    if p.people or p.older:
        return f"{told} you take {p.people + p.older} texts of an earlier generation: the last one is `eaten[-1]`."
    return None


def odd_size(p: Plate) -> str | None:
    n, told = p.meal.n, p.meal.told
    if p.size == n:
        return None
    if not p.size and not p.meal.share:
        return (
            f"{told} nothing is left. Did you leave off the last k texts with `own[:-k]`? For k = 0 that is `own[:0]`, an empty "
            "list."
        )
    if p.size > n and p.meal.share in (0, 1):
        return (
            f"{told} you return {p.size}. Did you take the last k texts with `texts[-k:]`? For k = 0 that is `texts[0:]`, the "
            "whole list."
        )
    if p.size > n and p.own == n:
        return (
            f"{told} you return {p.size}: real text is *added*. Each generation would train on more than the one before it, and "
            f"a gain could come from the amount. Put the real texts in the *place* of some: {n} in all."
        )
    if p.size < n and not p.fresh:
        return f"{told} you return {p.size}: you take texts out and put none in their place. It should be {n} again."
    return f"{told} you return {p.size} texts, {p.own} of the last generation and {p.fresh} real ones. It should be {n} in all."


def odd_share(p: Plate) -> str | None:
    n, told, wanted = p.meal.n, p.meal.told, p.meal.wanted
    if p.fresh in wanted:
        return None
    if p.fresh == n:
        return (
            f"{told} all your texts are real. A generation that eats nothing of its own is no test of what that does."
        )
    if not p.fresh:
        return (
            f"{told} there is no real text in what you return; it should be {listed(wanted)}. Nothing brings a lost word back "
            "then."
        )
    if n - p.fresh in wanted:
        return (
            f"{told} you return {p.fresh} real texts and {p.own} of the model's own. `share` is the share of *real* text: the "
            "other way round."
        )
    whole = next((w for s, w in ((3 * n, "all texts so far"), (p.meal.spare, "the fresh texts")) if about(p, s)), None)
    if whole:
        return (
            f"{told}, {p.fresh} are real: you take that share of {whole}. Take it of what one generation wrote: "
            f"{listed(wanted)}."
        )
    return (
        f"{told}, {p.fresh} of them are real; it should be {listed(wanted)}. (If you draw a lot for each text: take the "
        "number itself.)"
    )


def about(p: Plate, whole: int) -> bool:
    return abs(p.fresh - p.meal.share * whole) < 1


def odd_copies(p: Plate) -> str | None:
    """The same text more than once."""
    if p.fresh_kinds == 1 < p.fresh:
        return (
            f"{p.meal.told} you take the same real text {p.fresh} times. It brings back its own few words only: take {p.fresh} "
            "different ones."
        )
    if (p.fresh_kinds, p.own_kinds) != (p.fresh, p.own):
        which, kinds, n = (
            ("real texts", p.fresh_kinds, p.fresh) if p.fresh_kinds < p.fresh else ("own texts", p.own_kinds, p.own)
        )
        return (
            f"{p.meal.told} you take {n} {which}, but only {kinds} different ones: some stand there twice. Did you draw with "
            "`random.choices`, which puts back what it drew? `random.sample` does not. Copies thin out the tail."
        )
    return None


def rounded_away(plates: list[Plate]) -> str | None:
    """No real text at any share below 1, and nothing but real text at 1: the share itself was rounded."""
    *parts, all_ = [p for p in plates if p.meal.share]
    if any(p.fresh for p in parts) or all_.fresh < all_.meal.n:
        return None
    p = parts[0]
    return (
        f"{p.meal.told} there is no real text in what you return; with a share of 1 all is real. You round the share before you "
        f"multiply: `int({p.meal.share:g})` is 0. Multiply first: {p.meal.share:g} × {p.meal.n} is about {min(p.meal.wanted)}."
    )


def listed(wanted: set[int]) -> str:
    return " or ".join(map(str, sorted(wanted)))


ex1 = Exercise(
    name="ex1",
    call=CALL,
    title="Exercise 1: an anchor",
    task=(
        "A generation learns what the one before it wrote, and rare words go missing. Give it an anchor: put *fresh* real text "
        "in the place of some.\n\n"
        "`eaten` is a list of lists of texts: the first real text, `eaten[0]`, then what each generation wrote; the last one is "
        "`eaten[-1]`. `real` holds fresh real texts, at least as many as a generation has. Return what is learned next: as many "
        "texts as the last generation wrote, of which a `share` (0 to 1) is from `real`, to the nearest whole text, and the rest "
        "its own. No text twice. The order, and which ones you take, is up to you."
    ),
    stub=('def diet(eaten, real, share):\n    """What the next generation learns."""\n    ...\n\n\nex1.check(diet)'),
    minutes=5,
    stars=1,
    hint_text=(
        "How many are to be real? `round(share * len(eaten[-1]))`. Slices do the rest: `[*own[k:], *real[:k]]` has as many "
        "texts as `own`. What is it for k = 0?"
    ),
    confirms=(
        "The same as `generations.mixed`. 6 of 64 texts look like little. But they are drawn from the true language each time, "
        "so a word that the model has lost comes back to it, again and again. A model's own text can't do that, however much "
        "there is of it: what it does not write, it does not read."
    ),
    answer_of=(mixed,),
    complain=texts("each entry is one text"),
    examine=look_at_diet,
)

__all__ = ["ex1", "ex2"]
