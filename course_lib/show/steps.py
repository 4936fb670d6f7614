"""A solution line by line, each wrong step marked and told in words what is wrong with it."""

from __future__ import annotations

import html

from course_lib.answers import EQUATION, calculations, holds, true_equation
from course_lib.score import licensed, valid_steps
from course_lib.show.page import WRONG, code
from course_lib.types import Problem

SHORT = 18  # characters: a step of a story, so that answers to one problem can be compared line by line


def marked(problem: Problem, text: str) -> list[tuple[str, str]]:
    """Each line of a solution with what is wrong with it; an empty string where nothing is."""
    lines = text.strip().split("\n")
    if "changes" not in problem.facts:
        return [(line, broken_calculation(line)) for line in lines]
    valid = valid_steps(problem, text)
    return [
        (line, "" if ok else fault(problem, lines[:i], line))
        for i, (line, ok) in enumerate(zip(lines, valid, strict=True))
    ]


def broken_calculation(line: str) -> str:
    """For problems whose numbers we do not know: the first calculation of a line that does not hold."""
    broken = [f"{left}={right}" for left, right in calculations(line) if not holds(left, right)]
    return f"{broken[0]} does not hold" if broken else ""


def fault(problem: Problem, before: list[str], line: str) -> str:
    """Why valid_steps calls a story's line wrong."""
    step = EQUATION.fullmatch(line.strip())
    if not step:
        return "not the last result" if "####" in line else "not a step"
    a, sign, b, c = int(step[1]), step[2], int(step[3]), int(step[4])
    if not true_equation(a, sign, b, c):
        return f"{a}{sign}{b} is {a + b if sign == '+' else a - b}"
    known = licensed(problem) | {int(m[4]) for m in (EQUATION.fullmatch(s.strip()) for s in before) if m}
    return f"{a if a not in known else b} comes from nowhere"


def wrong_steps(problem: Problem, text: str) -> int:
    return sum(bool(why) for _, why in marked(problem, text))


def steps_html(problem: Problem, text: str) -> str:
    """The lines, wrong ones in bold with a cross and the reason; short lines side by side, parted by dots."""
    lines = marked(problem, text)
    if any(len(line) > SHORT for line, _ in lines):
        return code("<br>".join(line_html(line, why) for line, why in lines))
    whole = [f'<span style="white-space:nowrap">{line_html(*line)}' for line in lines]  # a step is never broken in two
    return code(" ·</span> ".join(whole) + "</span>")


def line_html(line: str, why: str) -> str:
    if not why:
        return html.escape(line)
    return f'<b style="color:{WRONG}">{html.escape(line)} ✗ {html.escape(why)}</b>'


def steps_text(problem: Problem, text: str) -> list[str]:
    return [f"{line}   ✗ {why}" if why else line for line, why in marked(problem, text)]
