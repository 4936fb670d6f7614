"""Public sets behind the stories' interface: GSM8K (Cobbe et al. 2021, arXiv 2110.14168) and MATH-500.

GSM8K: a row is {"question": "...", "answer": "... #### 31"}. The gold answer is the number after the last ####, and the level is
the number of calculations that the answer's author marked, <<12*3=36>>.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

from course_lib.answers import NUMBER, normal, parse_answer
from course_lib.errors import CourseError, need
from course_lib.plural import counted
from course_lib.tasks import columns
from course_lib.tasks.columns import GSM8K, MATH500
from course_lib.tasks.stories import without
from course_lib.types import Problem

ASK = "{question}\nWork step by step. End with a line '#### ' and the number."
NAMED = {"gsm8k": GSM8K, "math500": MATH500}


def as_problem(row: dict, id: str) -> Problem | None:
    """A problem from a row of GSM8K's columns, None when the row lacks them or has no #### answer."""
    question, answer = row.get("question"), row.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str) or not question.strip():
        return None
    gold = parse_answer(answer)
    return Problem(id, ASK.format(question=question.strip()), gold, answer.count("<<")) if gold is not None else None


def read_file(path: Path) -> list[Problem]:
    """Problems from a JSONL file of GSM8K's shape. Raises CourseError naming the file and the line that is not so."""
    need_file(path)
    problems = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            problems.append(_read_line(path, number, line))
    need(bool(problems), f"problem file {str(path)!r} is empty: each line must hold a question and an answer.")
    return problems


def need_file(path: Path) -> None:
    need(
        path.is_file(),
        f"problem file {str(path)!r} is not there: give a JSONL file, a number of stories, 'gsm8k', 'math500', or a folder "
        "with such a set's own files.",
    )


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
    need(
        whole(row),
        f"{path}, line {number}: half of a character (such as \\ud83d) stands in it: mend it or leave the line out.",
    )
    problem = as_problem(row, f"{path.stem}-{number}") if isinstance(row, dict) else None
    if problem is None:
        raise CourseError(
            f"{path}, line {number}: needs the texts 'question' and 'answer', the answer ending in '#### ' and a number."
        )
    return problem


def whole(row) -> bool:
    """Can it be written as UTF-8? JSON lets a lone half of a surrogate pair through, as a cut text has, and no tokenizer does."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def gsm8k(split: str = "train", where: str | Path | None = None) -> list[Problem]:
    """GSM8K (MIT licence) from the hub or from a folder of its files: 7,473 problems in "train", 1,319 in "test"."""
    found = [as_problem(row, f"gsm8k-{split}-{i}") for i, row in enumerate(columns.rows(GSM8K, split, where))]
    return [p for p in found if p is not None]


def math500(where: str | Path | None = None) -> list[Problem]:
    """MATH-500 (MIT licence), 500 problems of MATH (Hendrycks et al. 2021, arXiv 2103.03874) that Lightman et al. 2023
    (arXiv 2305.20050) picked: those whose answer is a plain number, which is what this course's checker reads exactly.

    From the hub, a folder or a file. `level` is the set's own, 1 to 5. How many are left is counted when it is read.
    """
    found = [from_math(row) for row in columns.rows(MATH500, "test", where)]
    return [p for p in found if p is not None]


def from_math(row: dict) -> Problem | None:
    """A problem from a row of MATH-500's columns; None where the answer is anything but a number."""
    answer, level = str(row["answer"] or "").strip(), re.search(r"\d+", str(row["level"]))
    if not re.fullmatch(NUMBER, answer):
        return None
    need(
        level is not None,
        f"problem {row['unique_id']!r} has the level {row['level']!r}: it needs a number, as in 'Level 3'.",
    )
    return Problem(row["unique_id"], ASK.format(question=row["problem"].strip()), normal(answer), int(level[0]))


def halves(problems: list[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Two sets with as many problems of each level, give or take one: a set with one split, cut in two.

    Which half a problem falls into is decided by the hash of its name, so it is the same on every machine and for every seed.
    """
    parts, seen = ([], []), Counter()
    for p in sorted(problems, key=lambda p: sha256(p.id.encode()).hexdigest()):
        parts[seen[p.level] % 2].append(p)
        seen[p.level] += 1
    return parts


def both(task: str) -> tuple[list[Problem], list[Problem]]:
    """(to train on, to measure on) of "gsm8k", of "math500", or of a folder or file with the columns of either.

    GSM8K has two splits, MATH-500 has halves(); of a single file of GSM8K's columns the last fifth is measured on.
    """
    where = None if task in NAMED else Path(task)
    if where is not None and by_hand(where):
        return last_fifth(read_file(where), task)
    if kind_of(task) is MATH500:
        return halves(math500(where))
    if where is not None and where.is_file():
        return last_fifth(gsm8k("train", where), task)
    return gsm8k("train", where), gsm8k("test", where)


def by_hand(path: Path) -> bool:
    """Is it to be read line by line, with a word about each that is not right? Not a table, nor MATH-500's lines."""
    if not path.is_file() or path.suffix == ".parquet":
        return False
    first = read_text(path).lstrip().partition("\n")[0]
    return not first.startswith("[") and '"unique_id"' not in first


def kind_of(task: str) -> columns.Set:
    """The set that `task` names, or whose columns the folder or file has."""
    return NAMED.get(task) or columns.kind_of(task, tuple(NAMED.values()))


def last_fifth(problems: list[Problem], name: str) -> tuple[list[Problem], list[Problem]]:
    """(the first four fifths, the last), no prompt in both."""
    need(
        len(problems) >= 5,
        f"problem file {name!r} holds {counted(len(problems), 'problem')}: at least 5 are needed, one in five is held out.",
    )
    cut = len(problems) - max(1, len(problems) // 5)
    return problems[:cut], without(problems[cut:], problems[:cut])
