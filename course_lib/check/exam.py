"""Repair a real bug: an accuracy that forgets what it could not read."""

from __future__ import annotations

from course_lib.answers import parse_answer, same_answer
from course_lib.check import guard, made
from course_lib.check.exercise import Exercise
from course_lib.check.page import quoted


def share_right(problems, texts) -> float:
    """Right answers out of all problems: a text without an answer is a wrong answer."""
    return sum(same_answer(text, p.answer) for p, text in zip(problems, texts, strict=True)) / len(problems)


EXAM = (made.MIA, made.BEN, made.EVA, made.MIA)
TEXTS = (made.RIGHT, made.BEN_WRONG, "30+8=38\n38-5=33\n33+7", "I do not know.")  # right, wrong, cut, no answer
SPELT = ("23+14=37\n37-9=28\n#### 28.0", made.BEN_WRONG, made.EVA_06, made.WRONG)
REREAD = ("#### 27\nNo, 28.\n#### 28", made.BEN_WRONG, made.EVA_06, made.WRONG)
SILENT = ("I do not know.", "", "30+8", "23+14=37\n37-9=28")


def look_at_accuracy(f) -> str | None:
    if said := look_at_unread(f(list(EXAM), list(TEXTS))):
        return said
    if (got := f(list(EXAM), list(SILENT))) != 0:
        return f"No text here gives an answer after `####`, and your accuracy is {got:g}; it should be 0."
    if abs((got := f(list(EXAM[:2]), list(TEXTS[:2]))) - 0.5) > 1e-9:
        return f"Two problems, one of them right: that is 0.5, and you say {got:.3g}. Divide by the number of problems."
    if f(list(EXAM), list(SPELT)) != 0.25:
        return "`28.0` is the gold answer `28` in another spelling: compare numbers, for example with `same_answer`."
    if f(list(EXAM), list(REREAD)) != 0.25:
        return f"In {quoted(REREAD[0])} the last `####` counts, so the answer 28 is right. `parse_answer` reads it so."
    return None


def look_at_unread(got: float) -> str | None:
    """The exam has four problems: one right, one wrong, two without an answer."""
    shown = "Four problems, one right, one wrong, two without an answer"
    known = {
        0.25: None,
        0.5: f"{shown}: you say 0.5, which is 1 of the 2 that could be read. A model that stays silent is not excused: "
        "divide by all four.",
        0.75: f"{shown}: you say 0.75, so texts without an answer were counted as right. They are wrong.",
        1.0: f"{shown}: you say 1, the number of right answers, not their share. Divide by all four.",
        25: f"{shown}: you say 25. Give a share from 0 to 1: 0.25.",
    }
    return known.get(got, f"{shown}: that is 0.25; you say {got:g}.")


ex2 = Exercise(
    name="ex2",
    call="accuracy(problems, texts)",
    title="Exercise 2: repair a real bug",
    task=(
        "In the public code of a self-improvement paper, a problem whose answer could not be read raised an exception, "
        "which was caught and passed over: the problem vanished from the results. Run the same slip on four problems of "
        "which the model solves one, misses one and leaves two without an answer: it says 50 %.\n\n"
        "Repair it. Return the share of right answers among *all* problems, from 0 to 1."
    ),
    stub=(
        "from course_lib.answers import parse_answer\n"
        "\n"
        "\n"
        "def accuracy(problems, texts):\n"
        '    """The share of right answers; texts[i] answers problems[i]."""\n'
        "    right, seen = 0, 0\n"
        "    for problem, text in zip(problems, texts, strict=True):\n"
        "        try:\n"
        "            right += float(parse_answer(text)) == float(problem.answer)\n"
        "            seen += 1\n"
        "        except Exception:\n"
        "            pass\n"
        "    return right / seen\n"
        "\n"
        "\n"
        "ex2.check(accuracy)"
    ),
    minutes=4,
    stars=1,
    hint_text=(
        "What does `parse_answer` return for a text without an answer, and what does `float` make of that? Then ask: which "
        "problems does `seen` count? (`same_answer` in `course_lib.answers` compares a text with a gold answer.)"
    ),
    confirms=(
        "All problems count. With the bug, training that merely teaches a model to fall silent on hard problems looks like "
        "progress, and training that teaches it to answer at all looks like decline."
    ),
    answer_of=(share_right, same_answer, parse_answer),
    complain=guard.number,
    examine=look_at_accuracy,
)
