"""How the course asks a policy for things other than a plain answer: hint, grade, check, fix, reflection, principle.

Written once: the pocket corpus teaches these sentences, and the loop's slots ask with the very same ones.
"""

from __future__ import annotations

import re


def hint(prompt: str, answer: str) -> str:
    """The problem with its answer shown (STaR's rationalisation, §3.1)."""
    return f"{prompt} (The answer is {answer}.)"


def grade(prompt: str, solution: str) -> str:
    return f"Grade this solution from 1 to 5. Go through each step.\n{prompt}\nSolution:\n{solution}"


def grade_by_points(prompt: str, answer: str) -> str:
    """For a model that can follow instructions: five points that add up, reasons before the number (arXiv 2401.10020, fig. 2).

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


def check(prompt: str, solution: str) -> str:
    return f"Check this solution. Go through each step.\n{prompt}\nSolution:\n{solution}"


def fix(prompt: str, solution: str, critique: str) -> str:
    return f"Correct this solution.\n{prompt}\nSolution:\n{solution}\nCritique: {critique}"


def reflect(prompt: str, attempt: str, feedback: str) -> str:
    return f"{prompt}\nMy attempt:\n{attempt}\nThe market says: {feedback}\nWhat should I remember?"


def remember(prompt: str, memory: str) -> str:
    """The problem with what earlier attempts taught (Reflexion's episodic memory)."""
    return f"Remember: {memory}\n{prompt}"


def critique(request: str, reply: str, principle: str) -> str:
    return f"Does the reply keep to the principle?\nPrinciple: {principle}\nRequest: {request}\nReply: {reply}"


def revise(request: str, reply: str, principle: str, critique: str) -> str:
    return (
        f"Rewrite the reply so that it keeps to the principle.\nPrinciple: {principle}\nRequest: {request}\n"
        f"Reply: {reply}\nCritique: {critique}"
    )


def prefer(request: str, reply_a: str, reply_b: str, principle: str) -> str:
    return (
        f"Which reply keeps better to the principle?\nPrinciple: {principle}\nRequest: {request}\n"
        f"Reply A: {reply_a}\nReply B: {reply_b}"
    )


SCORE = re.compile(r"Score: ([1-5])\s*$")


def read_score(text: str) -> int | None:
    """The points a grader gave, None when none can be read."""
    found = SCORE.search(text)
    return int(found[1]) if found else None


POINTS = re.compile(r"Score:\W*([0-5])(?:\s*/\s*5|\s+points?)?\W*$")


def read_points(text: str) -> int | None:
    """The sum that ends a judgement by points, 0 to 5, also in bold or "of five"; None when there is no such number."""
    found = POINTS.search(text)
    return int(found[1]) if found else None


def finds_mistake(text: str) -> bool | None:
    """Did a check end by naming a wrong step? None when it ended in neither verdict."""
    last = text.strip().split("\n")[-1]
    return False if last == "No mistake." else True if re.fullmatch(r"Step \d+ is wrong\.", last) else None
