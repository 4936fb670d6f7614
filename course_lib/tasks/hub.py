"""GSM8K (Cobbe et al. 2021, arXiv 2110.14168) behind the stories' interface: from the hub, or from a file of its shape.

A line of the file: {"question": "...", "answer": "... #### 31"}. The gold answer is the number after the last ####.
"""

from __future__ import annotations

import json
from pathlib import Path

from course_lib.answers import parse_answer
from course_lib.errors import CourseError, need
from course_lib.types import Problem

ASK = "{question}\nWork step by step. End with a line '#### ' and the number."


def as_problem(row: dict, id: str) -> Problem | None:
    """A problem from a row of GSM8K's columns, None when the row lacks them or has no #### answer."""
    question, answer = row.get("question"), row.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str) or not question.strip():
        return None
    gold = parse_answer(answer)
    return Problem(id, ASK.format(question=question.strip()), gold) if gold is not None else None


def read_file(path: Path) -> list[Problem]:
    """Problems from a JSONL file of GSM8K's shape. Raises CourseError naming the file and the line that is not so."""
    need(
        path.is_file(), f"problem file {str(path)!r} is not there: give a JSONL file, a number of stories, or 'gsm8k'."
    )
    problems = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            problems.append(_read_line(path, number, line))
    need(bool(problems), f"problem file {str(path)!r} is empty: each line must hold a question and an answer.")
    return problems


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"problem file {str(path)!r} is not UTF-8 text (byte {error.start}): save it as UTF-8."
        ) from error


def _read_line(path: Path, number: int, line: str) -> Problem:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CourseError(
            f'{path}, line {number}: not JSON ({error.msg}). Each line must be like {{"question": ..., "answer": "... #### 31"}}.'
        ) from error
    problem = as_problem(row, f"{path.stem}-{number}") if isinstance(row, dict) else None
    if problem is None:
        raise CourseError(
            f"{path}, line {number}: needs the texts 'question' and 'answer', the answer ending in '#### ' and a number."
        )
    return problem


def gsm8k(split: str = "train") -> list[Problem]:
    """GSM8K from the hub (MIT licence): 7,473 problems in "train", 1,319 in "test"."""
    from datasets import load_dataset

    try:
        rows = load_dataset("openai/gsm8k", "main", split=split)
    except Exception as error:  # the libraries below raise many kinds for one cause: no way to the hub
        raise CourseError(
            "GSM8K could not be fetched: without a network give a local JSONL file by --problems FILE."
        ) from error
    problems = [as_problem(row, f"gsm8k-{split}-{i}") for i, row in enumerate(rows)]
    return [p for p in problems if p is not None]
