"""Exercises of notebook 00: the filter, and reading an answer."""

from __future__ import annotations

from course_lib import answers, select
from course_lib.check import guard, kept, made
from course_lib.check.exercise import Exercise
from course_lib.check.made import group
from course_lib.check.page import quoted
from course_lib.types import Turn

GROUPS = [
    group(
        made.MIA,
        (made.CUT, 1.0),
        (made.WRONG, 0.0),
        (made.OTHER, 1.0),
        (made.RIGHT, 1.0),
        (made.RIGHT, 1.0),
        cut=(made.CUT,),
    ),
    group(made.BEN, (made.BEN_WRONG, 0.0), (made.BEN_WORSE, 0.0)),
    group(
        made.EVA,
        (made.EVA_00, 0.0),
        (made.EVA_10, 1.0),
        (made.EVA_SKIP, 1.0),
        (made.EVA_TURNED, 1.0),
        (made.EVA_LUCKY, 1.0),
        (made.EVA_MIXED, 1.0),
    ),
]
MISJUDGED = [group(made.BEN, (made.BEN_RIGHT, 0.0), (made.BEN_WRONG, 1.0))]  # a checker that tossed a coin
NOTHING = [group(made.BEN, (made.BEN_WRONG, 0.0))]


def look_at_keep(f) -> str | None:
    for groups in (GROUPS, MISJUDGED, NOTHING):
        wanted = select.correct()(groups, Turn(0, 1))
        if said := kept.first_mistake(groups, wanted, f(list(groups)), kept.LOOKS):
            return said
    return None


ex1 = Exercise(
    name="ex1",
    call="keep(groups)",
    title="Exercise 1: the filter",
    task=(
        "Write the piece that teaches. From scored groups to the list of `Example`s to train on: every completion that "
        "scored 1 and came to its end (`completion.finished`), in the order sampled.\n\n"
        "An `Example` is a pair to imitate, with a note of where it came from: "
        "`Example(prompt, completion, score, problem_id, level, hinted)`."
    ),
    stub=('def keep(groups):\n    """From scored groups to the examples to train on."""\n    ...\n\n\nex1.check(keep)'),
    minutes=5,
    stars=1,
    hint_text=(
        "Two loops: over the groups, and over `zip(group.completions_G, group.scores_G)`. Ask two things of a completion: "
        "did it score more than 0.5, and is it finished? The prompt to store is `group.problem.prompt`, as it was asked."
    ),
    confirms=(
        "You keep what `select.correct()` keeps, even where the checker was wrong: the filter sees scores and nothing "
        "else. That is why the loop can be no better than its checker."
    ),
    answer_of=(select.correct, select.above, select.passing, select.as_example),
    complain=guard.examples,
    examine=look_at_keep,
)

TEXTS = {  # a text, and what each mistake reads in it
    "23+14=37\n37-9=28\n#### 28": {},
    "#### 27\nNo, 37-9 is 28.\n#### 28": {
        "27": "You take the first `####`. A solution that corrects itself means its *last* word",
    },
    "23+14=37\n37-9=28\n#### 28 apples, found in 2 steps": {
        "2": (
            "You take the last number anywhere, or the last one after the mark, and text may follow the answer. Take the number "
            "right after the last `####`"
        ),
    },
    "23+14=37\n37-9=28": {
        "28": (
            "There is no `####` here, so no answer was given: return `None`. Otherwise any number in the working, "
            "even that of an unfinished solution, counts as an answer"
        ),
    },
    "I do not know.": {},
    "The answer is 28.\n####": {
        "28": "A number before the `####` is not the answer: here nothing follows the mark, so return `None`",
    },
    "600+423=1023\n#### 1,023": {
        "023": "You read `1,023` as two numbers: the comma only groups thousands",
        "23": "You read `1,023` as two numbers: the comma only groups thousands",
        "1": "You read `1,023` as two numbers: the comma only groups thousands",
        "1,023": "`1,023` and `1023` are the same number: take the comma out, or they do not compare as equal",
    },
    "14+14=28.0\n#### 28.0": {
        "0": "You cut `28.0` at its point",
        "28.0": "`28.0` and `28` are the same number: give both one spelling (`normal` does)",
    },
    "57/2=28.5\n#### 28.50": {
        "50": "You cut `28.50` at its point",
        "28": "You cut `28.50` at its point",
        "28.50": "`28.50` and `28.5` are the same number: give both one spelling (`normal` does)",
    },
    "14+14=28\n####28": {None: "White space after the mark may be missing: allow for it"},
    "5-9=-4\n#### -4": {"4": "You lose the minus sign: 4 is another answer"},
}


def look_at_read_answer(f) -> str | None:
    said = {text: f(text) for text in TEXTS}
    if all(value is None for value in said.values()):
        raise guard.returns_nothing("read_answer(text)")
    for text, mistakes in TEXTS.items():
        got, wanted = said[text], answers.parse_answer(text)
        if got == wanted:
            continue
        what = f"In {quoted(text)} your function reads {got!r}, not {wanted!r}."
        if got == "":
            return f"{what} No answer is `None`: an empty text would be compared as if it were one."
        named = mistakes.get(got)
        return f"{what} {named}." if named else what
    return None


ex2 = Exercise(
    name="ex2",
    call="read_answer(text)",
    title="Exercise 2: repair a real bug",
    task=(
        "The study notes' script takes the last run of digits in a text as its answer. So an unfinished solution has an "
        "answer, `1,023` is 23, `-4` is 4 and `28.0` is 0. A checker that reads badly trains the model on mistakes.\n\n"
        "Repair it: return the number after the *last* `####` in one spelling, as text (`'28'`, `'1023'`, `'28.5'`, "
        "`'-4'`), and `None` where there is no such number. You have two helpers: `NUMBER`, a regular expression for a "
        "number with its sign, commas and point; and `normal('1,023.50')`, which gives `'1023.5'`."
    ),
    stub=(
        "import re\n"
        "\n"
        "from course_lib.answers import NUMBER, normal\n"
        "\n"
        "\n"
        "def read_answer(text):\n"
        '    """The final number of a solution, or None."""\n'
        '    numbers = re.findall(r"\\d+", text)\n'
        '    return numbers[-1] if numbers else ""\n'
        "\n"
        "\n"
        "ex2.check(read_answer)"
    ),
    minutes=7,
    stars=2,
    hint_text=(
        "Look for the mark and the number together: `re.findall(rf'####\\s*({NUMBER})', text)` gives every marked number. "
        "Which of them is the answer, and what if there is none?"
    ),
    confirms=(
        "Your reader agrees with `answers.parse_answer` on all eleven texts. A text without a marked answer is now wrong, "
        "not lucky: that is what a checker is for."
    ),
    answer_of=(answers.parse_answer, answers.normal),
    complain=guard.text_or_none,
    examine=look_at_read_answer,
)
