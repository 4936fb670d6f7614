"""Notebooks as students hand them in, and `course grade` on them, for tests/test_grading.py and tests/test_grade_class.py."""

import argparse
import json

import pytest

from course_lib.grading.command import add_grade, grade
from course_lib.sandbox import doors

walled = pytest.mark.skipif(
    not all(doors().values()), reason="a wall is missing here: Landlock needs Linux 5.13 or later"
)
IMPORT = "from course_lib.check.loop import ex1, ex2\n\nex1"
KEEP = """from course_lib import Example


def keep(groups):
    return [
        Example(g.problem.prompt, c.text, s, g.problem.id, g.problem.level)
        for g in groups
        for c, s in zip(g.completions_G, g.scores_G)
        if c.finished and s > 0.5
    ]


ex1.check(keep)"""
READ = """import re

from course_lib.answers import NUMBER, normal


def read_answer(text):
    after = text.rpartition("####")
    found = re.match(r"\\s*" + NUMBER, after[2]) if after[1] else None
    return normal(found.group().strip()) if found else None


ex2.check(read_answer)"""


def notebook(path, *sources):
    """A notebook with these code cells, saved as Jupyter does."""
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": s.splitlines(True)} for s in sources]
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# ex1.check(this)"]}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [text, *cells]}))
    return path


def arguments(*given):
    parser = argparse.ArgumentParser()
    add_grade(parser.add_subparsers(dest="command"))
    return parser.parse_args(["grade", *map(str, given)])


def graded(capsys, *given):
    """The exit code and the JSON of `course grade`."""
    code = grade(arguments("--json", *given))
    return code, json.loads(capsys.readouterr().out)["notebooks"]


def marks(row):
    return {name: mark["status"] for name, mark in row["marks"].items()}
