"""Repair a real bug: an error that only judgements with a score raise, and a mean over those that were not read."""

from __future__ import annotations

import math

from course_lib.asks import read_score
from course_lib.check import guard
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted
from course_lib.statistics import mean


def mean_points(judgements: list[str]) -> float | None:
    """The mean of the points that could be read, None where none could."""
    points = [p for text in judgements if (p := read_score(text)) is not None]
    return mean(points) if points else None


TUPLE = (
    "All three can be read. `groups` gives *all* groups of a match, as a tuple; a tuple has no `isnumeric`, so every judgement "
    "that can be read raises an error, and the `except` passes over it. The first group is `found[1]`"
)
ROUNDED = "You round the mean. Best and worst then tie more often, and each tie costs a pair"
OFF_SCALE = "A number off the scale of 1 to 5 tells no points: leave it out like any other that cannot be read"
VERDICT = "A judge may mention a score in its reasons. Its verdict is what the text *ends* in"
NOBODY = "Nobody gave these points: say `None`"
READINGS = (  # the judgements of one answer, and what each mistake says of them
    (
        ["Both steps are right. Score: 5", "Right. Score: 4", "I do not like step 2. Score: 1"],
        {
            0: TUPLE,
            4: "You take the median. It drops how far the third judgement lies from the others; the paper takes the mean",
            5: "You take the highest, or the first. One generous judgement would then outweigh all others: take the mean",
            1: "You take the lowest, or the last. One harsh judgement would then outweigh all others: take the mean",
            10: "That is the sum: an answer would be the better the more of its judgements can be read. Take the mean",
            3: ROUNDED,
            3.3: ROUNDED,
        },
    ),
    (
        ["Good. Score: 5", "I like this one very much.", "Step 2 is wrong. Score: 2"],
        {
            2.33: "The second holds no score and counts as 0: it is added as 0, or you divide by three. Divide by the two read",
            2: "The second holds no score and counts as −1. Notebook 03 met that number; here it hides in a mean",
            2.67: "The second holds no score and counts as 1, the lowest grade. The judge did not give it",
            3: "The second holds no score and counts as 2, the lowest that was read. The judge did not give it",
            3.33: "The second holds no score and counts as 3. The middle of the scale is a guess as well",
            4: "The second holds no score and counts as 5. It reads like praise, but the judge gave no points",
            7: "That is the sum. Take the mean of the two that can be read",
            None: "One judgement without a score does not spoil the other two. `None` is for an answer with none to read",
        },
    ),
    (["I like it.", "Hm."], {0: NOBODY, -1: NOBODY, 1: NOBODY, 3: NOBODY}),
    (
        ["Score: 5 would be too much, for step 2 is wrong. Score: 2"],
        {5: f"{VERDICT}: you take the first, or the highest", 3.5: f"{VERDICT}: you count both"},
    ),
    (["A Score: 5 would need"], {5: f"{VERDICT}, and this one was cut before it came to one: say `None`"}),
    (
        ["Very good. Score: 10", "Good. Score: 4"],
        {
            2.5: f"You read 10 as 1: your pattern takes one digit and lets others follow (a public script does so). {OFF_SCALE}",
            7: f"You count 10 points. {OFF_SCALE}",
            4.5: f"You cut 10 down to 5. {OFF_SCALE}",
            2: f"You count 10 as 0. {OFF_SCALE}",
        },
    ),
    (
        ["All wrong. Score: 0", "Wrong. Score: 2"],
        {1: f"You count 0 points. {OFF_SCALE}", 1.5: f"You make 1 of 0. {OFF_SCALE}"},
    ),
    (
        ["Every step holds, and I count 3", "Good. Score: 5"],
        {4: "The first gives no points: its 3 counts steps. Read a number only where `Score:` stands before it"},
    ),
    (
        ["23+14=37 37 fine\n37-9=28 28 fine\nScore: 5\n", "Score: 2\nNo, step 2 is fine after all."],
        {
            None: "A judgement has several lines, and your pattern stops where the first one ends: let it reach the last",
            3.5: f"{VERDICT}, not what one of its lines ends in: the second tells no points",
            2: f"{VERDICT}, not what its first line says",
        },
    ),
    (["Fine. Score: 4 \n"], {None: "White space after the score does no harm: allow for it"}),
)


def look_at_points(f) -> str | None:
    told = [(judgements, names, f(list(judgements))) for judgements, names in READINGS]
    if all(got is None for *_, got in told):
        return (
            "Your function says `None` for every answer, even for judgements of 5, 4 and 1. Either it is still the empty stub, "
            f"or nothing is read. {TUPLE}."
        )
    for judgements, names, got in told:
        if said := differs(judgements, got, names):
            return said
    return None


def differs(judgements: list[str], got: float | None, names: dict) -> str | None:
    wanted = mean_points(judgements)
    if got == wanted or (None not in (got, wanted) and abs(got - wanted) < 1e-6):
        return None
    what = f"For {', '.join(map(quoted, judgements))} you say {shown(got)}; it should be {shown(wanted)}."
    if got is not None and math.isnan(got):
        return (
            f"{what} In `scores_G`, which holds numbers only, NaN marks what is not judged. Before that say `None`: adding "
            "to it stops with an error, while adding to NaN goes on and makes all NaN."
        )
    named = names.get(got if got is None else round(got, 2))
    return f"{what} {named}." if named else what


def shown(value: float | None) -> str:
    return "`None`" if value is None else f"{value:.3g}"


ex2 = Exercise(
    name="ex2",
    call="points(judgements)",
    title="Exercise 2: repair a real bug",
    task=(
        "The public script of notebook 03 gave points to judgements it could not read. Another reproduction of Self-Rewarding "
        "fails the other way round. It reads a score with `match.groups(1).isnumeric()`, and that raises an error just when "
        "there *is* a score. There it stops the run, which is lucky. Below stands a `try` around it, as one adds when a long "
        "run must not stop, and a mean over all judgements (both are ours): no error any more, and every answer gets 0.\n\n"
        "Repair it: the mean of the points of one answer's judgements, over those that can be read, and `None` where none can. "
        "A judgement can be read if it *ends* in `Score: 1` to `Score: 5`; white space "
        "after that does not count."
    ),
    stub=(
        "import re\n"
        "\n"
        "\n"
        "def points(judgements):\n"
        '    """The mean points of one answer, None where no judgement can be read."""\n'
        "    total = 0\n"
        "    for text in judgements:\n"
        '        found = re.search(r"Score: ([0-5])", text)\n'
        "        try:\n"
        "            if found.groups(1).isnumeric():\n"
        "                total += int(found.groups(1))\n"
        "        except AttributeError:  # no score in this text\n"
        "            pass\n"
        "    return total / len(judgements)\n"
        "\n"
        "\n"
        "ex2.check(points)"
    ),
    minutes=7,
    stars=2,
    hint_text=(
        "Take the `try` away and run it on `['Score: 4']`: the error names the first fault. Then ask what the pattern finds in "
        "`Score: 5 would be too much. Score: 2` and in `Score: 10` (`read_score` in `course_lib.asks` reads with care), and "
        "by how many you should divide."
    ),
    confirms=(
        "Points come from judgements that give some, and from no others. An `except` around a reader deserves a counter: the "
        "package counts what it could not read and says so, and stops where nothing could be read."
    ),
    answer_of=(mean_points, read_score, mean),
    complain=guard.points_or_none,
    examine=look_at_points,
)
