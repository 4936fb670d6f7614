"""A library of skills outside the weights. Wang et al. 2023, Voyager, arXiv 2305.16291, §2.2, code MineDojo/Voyager.

Kept: a skill is a small function in a programming language, with the words it is found by; skills are called one after the other
to do what no single one does; a person can read, edit and delete them.
Simplified: GPT-4 writes Voyager's skills. The pocket model writes calculations only, so a skill is written down from one line of
its solution, beside the sentence of the story that the line answers. A skill is found by the kind of its sentence, where Voyager
compares embeddings of descriptions.
The town's own: which words make the kind of a sentence, the form of a skill, and that a story begins with its first number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from course_lib import sandbox
from course_lib.answers import EQUATION, parse_answer
from course_lib.errors import need
from course_lib.types import Completion, Problem

QUESTION = "How many "
LINKS, PRONOUNS = ("then", "later", "next"), ("she", "he")
FORM = re.compile(r"def [a-z_]+\(have, n\):\n    return (have [+-] )?(n|\d+)\n?")  # nothing else is ever run
AT_ONCE = 100  # programs carried out by one process
RUNNER = """\
import json
for name in sorted(os.listdir("."), key=int):
    text, trace = open(name).read(), []
    try:
        exec(text, {"told": trace.append})
        print(json.dumps(trace))
    except Exception as error:
        print(json.dumps(type(error).__name__))
"""


@dataclass(frozen=True)
class Skill:
    """`kind`: the kind of sentence that it is for. `code`: a function of what somebody has, and of the number in the sentence.
    `sentence`, `source`: what it was written down from, and the id of that story."""

    kind: str
    code: str
    sentence: str = ""
    source: str = ""

    def __post_init__(self):
        need(
            FORM.fullmatch(self.code) is not None,
            f"{self.code!r} is no skill: write `def name(have, n):` and one line, `    return have + n`, "
            "with + or - and n or a number.",
        )

    @property
    def name(self) -> str:
        return self.code[4 : self.code.index("(")]


@dataclass(frozen=True)
class Library:
    """Skills by the kind of sentence that they are for."""

    skills: dict[str, Skill] = field(default_factory=dict)

    def add(self, skill: Skill) -> Library:
        """The library with this skill; one of the same kind gives way."""
        return Library({**self.skills, skill.kind: skill})

    def knows(self, problem: Problem) -> bool:
        """Is there a skill for every sentence?"""
        return all(kind_of(s) in self.skills for s in sentences(problem.prompt)[1:])

    def program(self, problem: Problem) -> str:
        """The skills that a story needs, and their calls in its order. Raises CourseError where one is missing."""
        first, *rest = sentences(problem.prompt)
        kinds = [kind_of(s) for s in rest]
        missing = [k for k in kinds if k not in self.skills]
        need(
            not missing, f"no skill for {missing[0] if missing else ''!r}: ask the model instead (Library.knows tells)."
        )
        called = [self.skills[k] for k in kinds]
        calls = [f"have = {s.name}(have, {number_in(text)})\ntold(have)" for s, text in zip(called, rest, strict=True)]
        return "\n".join([*dict.fromkeys(s.code for s in called), f"have = {number_in(first)}", *calls])


# ---- reading a story


def sentences(prompt: str) -> list[str]:
    """The sentences of a story before its question, the first of which says what there is to begin with."""
    return [s.strip() for s in prompt.split(QUESTION)[0].split(".") if s.strip()]


def number_in(sentence: str) -> int | None:
    found = re.search(r"\d+", sentence)
    return int(found[0]) if found else None


def kind_of(sentence: str) -> str:
    """The kind of a sentence: no link, no pronoun, # for its number, @ for a name.

    >>> kind_of("Then she gives 9 to Tom")
    'gives # to @'
    """
    words = [w for w in sentence.split() if w.lower() not in LINKS + PRONOUNS]
    return " ".join("#" if w.isdigit() else "@" if w[0].isupper() else w for w in words)


def called_after(kind: str) -> str:
    """A function's name from a kind: letters and underscores."""
    return "_".join(re.findall(r"[a-z]+", kind.lower())) or "skill"


# ---- writing skills down


def written_down(problem: Problem, solution: str) -> list[Skill]:
    """A skill for each sentence of a story, from the line of the solution at the same place; none unless there are as many lines.

    A line that uses the sentence's number becomes a rule about that number; another one a rule with a fixed number.
    """
    rest, lines = sentences(problem.prompt)[1:], EQUATION.findall(solution)
    if len(rest) != len(lines):
        return []
    return [
        written_one(text, sign, int(size), problem.id) for text, (_, sign, size, _) in zip(rest, lines, strict=True)
    ]


def written_one(sentence: str, sign: str, size: int, source: str) -> Skill:
    kind, what = kind_of(sentence), "n" if size == number_in(sentence) else str(size)
    return Skill(kind, f"def {called_after(kind)}(have, n):\n    return have {sign} {what}\n", sentence, source)


# ---- carrying them out


def solve(library: Library, problems: Sequence[Problem]) -> list[Completion | None]:
    """Each story worked out by the library's skills, a calculation a line; None where a skill is missing or fails."""
    known = [library.knows(p) for p in problems]
    programs = [library.program(p) for p, knows in zip(problems, known, strict=True) if knows]
    traces = iter(carried_out(programs))
    return [told(p, next(traces)) if knows else None for p, knows in zip(problems, known, strict=True)]


def carried_out(programs: Sequence[str]) -> list[list[int] | None]:
    """What each program has after each of its calls; None where it failed. A process for every AT_ONCE of them, walled off.

    The functions have one form, which `Skill` checks, so no text of a model's own is run.
    """
    found: list[list[int] | None] = []
    for at in range(0, len(programs), AT_ONCE):
        some = programs[at : at + AT_ONCE]
        files = {str(i): text for i, text in enumerate(some)}
        limits = sandbox.Limits(files=AT_ONCE + 8, output_kb=256)
        ended = sandbox.run("import os\n" + RUNNER, files, limits=limits, trusted=True)
        need(ended.code == 0, f"the skills were not carried out: {ended.stopped or ended.errors.strip()}.")
        found += [trace if isinstance(trace, list) else None for trace in map(json.loads, ended.output.splitlines())]
    return found


def told(problem: Problem, trace: list[int] | None) -> Completion | None:
    """A trace in the words of a solution, so that it is shown and graded as any other."""
    if trace is None:
        return None
    have = [number_in(sentences(problem.prompt)[0]), *trace]
    lines = [f"{a}{b - a:+d}={b}" for a, b in zip(have, trace, strict=False)]
    return Completion("\n".join([*lines, f"#### {trace[-1]}"]))


# ---- a control: exact arithmetic, and no library


def recalculated(solution: str) -> str:
    """The same steps with exact arithmetic: what a calculator alone would mend. A number worked out above is used as mended."""
    mended: dict[int, int] = {}
    lines = []
    for a, sign, b, c in EQUATION.findall(solution):
        left, right = (mended.get(int(x), int(x)) for x in (a, b))
        mended[int(c)] = left + right if sign == "+" else left - right
        lines.append(f"{left}{sign}{right}={mended[int(c)]}")
    if not lines or parse_answer(solution) is None:
        return solution
    return "\n".join([*lines, f"#### {lines[-1].partition('=')[2]}"])


def edited(library: Library, kind: str, code: str) -> Library:
    """The library with one skill's code written by hand. Raises CourseError for an unknown kind or another form."""
    need(kind in library.skills, f"there is no skill for {kind!r}: choose one of {', '.join(sorted(library.skills))}.")
    return library.add(replace(library.skills[kind], code=code))


def kinds(problems: Iterable[Problem]) -> list[str]:
    """The kinds of sentences in these stories, in order of appearance."""
    return list(dict.fromkeys(kind_of(s) for p in problems for s in sentences(p.prompt)[1:]))
