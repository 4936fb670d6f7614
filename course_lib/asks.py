"""How the pocket town asks for things other than a plain answer: hint, grade, check, fix, reflection, principle.

Written once: the pocket corpus teaches these sentences, and the loop's slots ask with the very same ones. A model that was never
in the town is asked in other words (wording.py), hint and memory apart: those two are plain enough.
"""

from __future__ import annotations

import re


def hint(prompt: str, answer: str) -> str:
    """The problem with its answer shown (STaR's rationalisation, §3.2)."""
    return f"{prompt} (The answer is {answer}.)"


def grade(prompt: str, solution: str) -> str:
    return f"Grade this solution from 1 to 5. Go through each step.\n{prompt}\nSolution:\n{solution}"


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


SOUND, WRONG = (re.compile(rf"\W*{said}\W*", re.IGNORECASE) for said in (r"no mistakes?", r"step \d+ is wrong"))


def finds_mistake(text: str) -> bool | None:
    """Did a check end by naming a wrong step, be it in bold? None when it ended in neither verdict."""
    last = text.strip().split("\n")[-1]
    return False if SOUND.fullmatch(last) else True if WRONG.fullmatch(last) else None
