"""In which words a model is asked to grade, check, fix, reflect, criticise, rewrite and prefer: the town's own, or plain ones.

A policy carries the wording that it understands, so no slot has to know which model it asks. The plain words are for models that
follow instructions: each says what form the answer must have, because what can't be read is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from course_lib import asks


@dataclass(frozen=True)
class Wording:
    """One function a question: it makes the prompt. `read` gives the points that a grade ends in, None when there are none."""

    grade: Callable[[str, str], str]
    read: Callable[[str], int | None]
    check: Callable[[str, str], str]
    fix: Callable[[str, str, str], str]
    reflect: Callable[[str, str, str], str]
    critique: Callable[[str, str, str], str]
    revise: Callable[[str, str, str, str], str]
    prefer: Callable[[str, str, str, str], str]


def grade_by_points(prompt: str, answer: str) -> str:
    """Five points that add up, reasons before the number (Self-Rewarding, arXiv 2401.10020, fig. 2).

    The paper's rubric in our own words. A rubric that adds up was what its judges could use: asked to pick one of five verdicts
    they agreed with people far less often.
    """
    return (
        "Below are a request and a reply. Judge the reply by adding up points, one for each sentence that is true of it:\n"
        "- It is about what was asked, even if it leaves out much or wanders.\n"
        "- It deals with a large part of what was asked.\n"
        "- What the person needs at the least is there and can be used.\n"
        "- It is clear, orderly and to the point, as a good assistant would write it.\n"
        "- It is right and fits this very request, shows that its author knows the subject, and holds nothing needless.\n"
        f"\nRequest:\n{prompt}\n\nReply:\n{answer}\n\n"
        "Say in a hundred words or fewer why you give which points. Then end with a line 'Score: ' and their sum, 0 to 5."
    )


POINTS = re.compile(
    r"Score[\s*_`]*:[\s*_`(\[]*(?:[\d\s+]+=[\s*_`]*)?([0-5])(?:\s*/\s*5|\s+out\s+of\s+(?:5|five))?(?:\s+points?)?[\s*_`)\].]*$",
    re.IGNORECASE,
)


def read_points(text: str) -> int | None:
    """The sum that ends a judgement by points, 0 to 5: in bold or not, added up before it, "of five" or in "points" after it.

    None when there is no such number.
    """
    found = POINTS.search(text)
    return int(found[1]) if found else None


def check(prompt: str, solution: str) -> str:
    return (
        f"Problem:\n{prompt}\n\nSolution:\n{solution}\n\nGo through the solution step by step, and work each step out yourself. "
        "Then end with one line. If all is right: 'No mistake.' If not, name the first wrong step like this: 'Step 2 is wrong.'"
    )


def fix(prompt: str, solution: str, critique: str) -> str:
    return (
        f"Problem:\n{prompt}\n\nSolution:\n{solution}\n\nWhat a reader found: {critique}\n"
        "Write the whole solution again, corrected and in the form that the problem asks for. Write nothing else."
    )


def reflect(prompt: str, attempt: str, feedback: str) -> str:
    return (
        f"Problem:\n{prompt}\n\nYour attempt:\n{attempt}\n\nIt was rejected: {feedback}\n"
        "What should you remember for the next problem of this kind? Answer in one sentence and nothing else."
    )


def critique(request: str, reply: str, principle: str) -> str:
    return (
        f"Request:\n{request}\n\nReply:\n{reply}\n\nPrinciple: {principle}\n"
        "Does the reply keep to the principle? Say in two sentences or fewer where it does not, or that it does."
    )


def revise(request: str, reply: str, principle: str, critique: str) -> str:
    return (
        f"Request:\n{request}\n\nReply:\n{reply}\n\nPrinciple: {principle}\nCritique: {critique}\n"
        "Rewrite the reply so that it keeps to the principle. Write only the new reply: no preface and no comment."
    )


def prefer(request: str, reply_a: str, reply_b: str, principle: str) -> str:
    return (
        f"Request:\n{request}\n\nReply A:\n{reply_a}\n\nReply B:\n{reply_b}\n\nPrinciple: {principle}\n"
        "Which reply keeps better to the principle? Answer with one letter, A or B, and nothing else."
    )


TOWN = Wording(asks.grade, asks.read_score, asks.check, asks.fix, asks.reflect, asks.critique, asks.revise, asks.prefer)
PLAIN = Wording(grade_by_points, read_points, check, fix, reflect, critique, revise, prefer)
