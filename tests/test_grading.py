"""`course grade`: answers pass as they do in the notebook, and a notebook that misbehaves neither passes nor stops the others."""

import csv
import json
import os
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from handed_in import IMPORT, KEEP, READ, arguments, graded, marks, notebook, walled

from course_lib.check import cai, collapse, genuine, loop, overoptimisation, reflexion, rft, spin, star, tampering
from course_lib.errors import CourseError
from course_lib.grading import desk, room, values
from course_lib.grading import sheet as sheet_module
from course_lib.grading.book import code_cells, parsed
from course_lib.grading.cells import parts, program
from course_lib.grading.command import grade
from course_lib.grading.judge import verdict_on
from course_lib.grading.there import There
from course_lib.sandbox import doors


@pytest.fixture(autouse=True)
def rooms(tmp_path_factory, monkeypatch):
    """Where the rooms stand; nothing of them stays."""
    folder = tmp_path_factory.mktemp("rooms")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


# ---- a judge outside the walls sees what a check in the notebook sees


class Loopback:
    """The line to a desk in this process."""

    def __init__(self, function):
        (there, self.out), (self.back, here) = os.pipe(), os.pipe()
        line = os.fdopen(there, "rb"), os.fdopen(here, "wb")
        self.to, self.from_ = os.fdopen(self.out, "wb"), os.fdopen(self.back, "rb")
        threading.Thread(target=self.serve, args=(function, line), daemon=True).start()

    def serve(self, function, line):
        while asked := line[0].readline():
            values.send(line[1], desk.answered(function, values.received(asked), line, [], {}))

    def asks(self, message):
        values.send(self.to, message)
        return values.received(self.from_.readline())


def emptied(sentences, new, capacity):
    sentences.clear()
    return [new]


def of_seen(generations, words):
    return [sum(seen[w] > 0 for w in words) / len(words) for seen in generations]


def by_lot(scores, n, rng):
    return genuine.ex2.answer_of[0](scores, n, rng)


SAME = {
    "a list of examples": (loop.ex1, lambda groups: loop.ex1.answer_of[0]()(groups, None)),
    "a text": (loop.ex2, loop.ex2.answer_of[0]),
    "a function to ask": (star.ex1, star.ex1.answer_of[0]),
    "a function to count with": (rft.ex2, rft.ex2.answer_of[0]),
    "a model that is asked twice": (cai.ex1, cai.ex1.answer_of[0]),
    "a list that was changed": (reflexion.ex1, emptied),
    "records with a property": (tampering.ex1, lambda run: "key" if f"open {run.key}" in run.commands else None),
    "records or none": (tampering.ex2, tampering.ex2.answer_of[0]),
    "counters": (collapse.ex2, of_seen),
    "a mistake by numbers": (spin.ex1, lambda human, own, human_before, own_before, beta: beta * (human - own)),
    "a number": (overoptimisation.ex1, lambda proxy, gold, n: max(gold)),
    "a number of numpy's": (overoptimisation.ex1, lambda *args: np.float32(overoptimisation.ex1.answer_of[0](*args))),
    "a source of lots": (genuine.ex2, by_lot),
    "nothing": (loop.ex1, lambda groups: groups and None),
    "todo": (loop.ex2, lambda text: ...),
    "a stranger": (loop.ex2, lambda text: {text}),
    "no examples": (loop.ex1, lambda groups: ({"a": 1}, 2)),
}


@pytest.mark.parametrize("what", SAME)
def test_a_function_gets_the_same_verdict_from_outside_the_walls(what):
    exercise, function = SAME[what]
    assert verdict_on(exercise, Loopback(function), {"found": "function"}) == exercise.check(function)


def test_an_exception_is_told_with_its_line():
    def stops(text):
        return [][3]

    says = verdict_on(loop.ex2, Loopback(stops), {"found": "function"}).says
    assert says == "Your function stops with IndexError: list index out of range."
    cells = ["import math\n\ndef f(x):\n    return math.sqrt(x)\n"]
    scope = {}
    exec(compile(cells[0], "cell 0", "exec"), scope)
    said = desk.answered(scope["f"], {"args": [-1]}, (None, None), cells, {})
    assert said == {"raises": "ValueError", "words": "math domain error", "at": "return math.sqrt(x)"}


def test_what_can_not_be_judged_does_not_pass():
    for value in (10**400, [None], float("nan")):
        for exercise in (loop.ex1, spin.ex1, overoptimisation.ex1):
            assert not verdict_on(exercise, Loopback(lambda *args, v=value: v), {"found": "function"}).passed


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"gives": 1},
        {"gives": {"exec": "1"}, "changed": {}},
        {"gives": 1, "changed": {"9": []}},
        {"gives": {"Example": {"x": 1}}, "changed": {}},
    ],
)
def test_a_reply_of_another_form_ends_the_answer(reply):
    class Odd:
        def asks(self, message):
            return reply

    with pytest.raises(room.Stopped, match="garbled"):
        There(Odd())("text")


# ---- which cells are run


def cells(*sources):
    return [parsed(source) for source in sources]


def test_only_the_answer_and_what_it_needs_is_run():
    book = cells(
        "import math\nimport random\nroom = begin('00')\nroom",
        "groups = room.answers(room.train)\nLIMIT = 0.5\nLIMIT = LIMIT * 2",
        "def passes(s):\n    return math.floor(s) > LIMIT and near(s)",
        IMPORT,
        "result = room.run(plain())",
        "def near(s):\n    return True",
        "def keep(groups):\n    return [g for g in groups if passes(g)]\n\nex1.check(keep)",
        "def near(s):\n    return False",
    )
    assert program(book, "ex1") == [
        "import math",
        "LIMIT = 0.5",
        "LIMIT = LIMIT * 2",
        "def passes(s):\n    return math.floor(s) > LIMIT and near(s)",
        "from course_lib.check.loop import ex1, ex2",
        "def near(s):\n    return True",
        book[6].source,
    ]


def test_what_a_star_brings_and_what_is_counted_up_is_taken_along():
    book = cells("from math import *\nfrom random import *", "LIMIT = 0", "LIMIT += 1", "total = sum(range(9**9))", IMPORT,
                 "def keep(groups):\n    total = 0\n    total += LIMIT + floor(pi)\n    return total",
                 "seen = 0\nseen += 1\nex1.check(keep)")  # fmt: skip
    ran = program(book, "ex1")
    assert ran[:4] == ["from math import *", "from random import *", "LIMIT = 0", "LIMIT += 1"]
    assert not any("9**9" in source or "9 ** 9" in source for source in ran), "a function's own names are no one else's"
    counting = "def count():\n    global n\n    n += 1"
    assert "n = 0" in program(cells("n = 0", counting, IMPORT, f"count()\n{KEEP}"), "ex1"), "what a helper changes"
    assert "LIMIT = 0" in program(cells("LIMIT = 0", IMPORT, f"LIMIT += 1\n{KEEP}"), "ex1"), (
        "in the answer's own cell too"
    )


def test_what_changes_a_list_in_place_is_taken_along():
    book = cells("MARKS = []\nOTHER = []", "MARKS.append(1)\nOTHER.append(2)", "MARKS[0] = 2", IMPORT,
                 "def keep(groups):\n    return MARKS\n\nex1.check(keep)", "MARKS.clear()")  # fmt: skip
    assert program(book, "ex1")[:3] == ["MARKS = []", "MARKS.append(1)", "MARKS[0] = 2"]
    assert not {"OTHER.append(2)", "MARKS.clear()"} & set(program(book, "ex1"))


def test_magics_and_cells_that_are_no_python_are_passed_over(tmp_path):
    path = notebook(tmp_path / "a.ipynb", "%%bash\nls | wc", "%pip install x\n!ls", IMPORT, "def half(:\n", KEEP)
    book = code_cells(path)
    assert [part[:2] for part in parts(book)] == [("loop", {"ex1": loop.ex1, "ex2": loop.ex2})]
    assert program(book, "ex1")[-1] == KEEP


@pytest.mark.parametrize(
    "line",
    [
        IMPORT + "\nlets see (",  # a typo below it
        "from course_lib.check import loop\nex1 = loop.ex1",
        "import course_lib.check.loop as loop\nex1, ex2 = loop.ex1, loop.ex2",
    ],
)
@walled
def test_the_exercises_are_found_however_they_are_imported(line, tmp_path, capsys):
    dotted = READ.replace("ex2.check", "loop.ex2.check" if "loop.ex1" in line else "ex2.check")
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", line, KEEP, dotted))
    assert row["of"] == "loop" and marks(row) == {"ex1": "passed", "ex2": "passed"}


STORE = """from course_lib import Example, asks
from course_lib.score import right


def to_store(group, ask):
    rows = list(zip(group.completions_G, group.scores_G))
    if not any(s > 0.5 for _, s in rows):
        p = group.problem
        rows = [(c, right(p, c.text)) for c in ask(asks.hint(p.prompt, p.answer))]
        own = False
    else:
        own = True
    p = group.problem
    return [Example(p.prompt, c.text, s, p.id, p.level, not own) for c, s in rows if s > 0.5 and c.finished]


ex1.check(to_store)"""


@walled
def test_two_notebooks_in_one_file_are_two_rows(tmp_path, capsys):
    second = "from course_lib.check.star import ex1, ex2\n\nex1"
    path = notebook(tmp_path / "a.ipynb", "import math", IMPORT, KEEP, READ, second, STORE)
    _, rows = graded(capsys, path)
    assert [(row["of"], marks(row)) for row in rows] == [
        ("loop", {"ex1": "passed", "ex2": "passed"}),
        ("star", {"ex1": "passed", "ex2": "not tried"}),
    ]


@walled
def test_a_name_that_is_not_here_takes_no_other_with_it(tmp_path, capsys):
    """Students add to the import line that stands there; of it, controls are not behind the walls."""
    line = "from course_lib import controls, Example, lesson, show"
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", line, IMPORT, KEEP.partition("\n")[2], READ))
    assert marks(row) == {"ex1": "passed", "ex2": "passed"}


def test_a_link_is_graded_for_nobody(tmp_path, capsys):
    """It would carry another student's answers, and theirs would be taken for the copy."""
    own = notebook(tmp_path / "zoe.ipynb", IMPORT, KEEP)
    (tmp_path / "adam.ipynb").symlink_to(own)
    code, rows = graded(capsys, tmp_path, "--trust")
    assert code == 1 and [bool(row["error"]) for row in rows] == [True, False]
    assert "is a link to another file" in rows[0]["error"] and marks(rows[1])["ex1"] == "passed"


@pytest.mark.parametrize("much", ["x = 1\n" * 6_000, f"x = '{'a' * 120_000}'"])
def test_more_code_than_can_be_read_in_time_is_refused_in_a_sentence(much, tmp_path, capsys):
    code, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", IMPORT, KEEP, much), "--trust")
    assert code == 2 and "is the limit: put data into a file" in row["error"]


NEEDS = {
    "threads": "from concurrent.futures import ThreadPoolExecutor\n\ndef keep(groups):\n"
    "    return list(ThreadPoolExecutor(2).map(str, groups))",
    "somebody who answers": "def keep(groups):\n    return input('which? ')",
    "a folder for temporary files": "import tempfile\n\ndef keep(groups):\n    return tempfile.NamedTemporaryFile()",
}


@walled
@pytest.mark.parametrize("words", NEEDS)
def test_what_the_room_has_not_is_no_mistake_of_the_learner_s(words, tmp_path, capsys):
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", IMPORT, NEEDS[words] + "\n\nex1.check(keep)"))
    mark = row["marks"]["ex1"]
    assert mark["status"] == "could not run" and words in mark["says"], mark


@walled
def test_an_honest_line_is_no_attempt_to_get_out(tmp_path, capsys):
    cell = "import platform\n\nprint(platform.platform())\n\ndef keep(groups):\n    return []\n\nex1.check(keep)"
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", IMPORT, cell))
    assert row["marks"]["ex1"]["status"] == "mistake"


@walled
def test_an_exact_fraction_is_a_number(tmp_path, capsys):
    cell = (
        "from fractions import Fraction\nfrom course_lib.answers import same_answer\n\ndef accuracy(problems, texts):\n"
        "    right = [same_answer(t, p.answer) for p, t in zip(problems, texts)]\n"
        "    return Fraction(sum(right), len(right))\n\nex2.check(accuracy)"
    )
    line = "from course_lib.check.star import ex1, ex2"
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", line, cell))
    assert row["marks"]["ex2"]["status"] == "passed", row["marks"]["ex2"]


def test_where_the_course_is_installed_its_checks_are_not_among_what_can_be_read(tmp_path, monkeypatch):
    for file in ("numpy/__init__.py", "numpy.libs/blas.so", "tqdm/__init__.py", "course_lib/check/loop.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    monkeypatch.setattr(room, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / name / "__init__.py")))
    with room.library() as folders:
        held = {p.relative_to(folder).as_posix() for folder in map(Path, folders) for p in folder.rglob("*")}
        assert {"numpy/__init__.py", "numpy.libs/blas.so", "tqdm", "course_lib/types.py"} <= held
        assert not any(name.startswith("course_lib/check") for name in held)


# ---- the command


@walled
def test_right_wrong_untried_and_no_python(tmp_path, capsys):
    right = notebook(tmp_path / "=right.ipynb", "%time x = 1", IMPORT, KEEP, "1 / 0", READ)
    other = notebook(
        tmp_path / "other.ipynb", IMPORT, loop.ex1.stub, READ.replace("normal(found.group().strip())", "found.group()")
    )
    broken = notebook(tmp_path / "broken.ipynb", IMPORT, "def keep(groups:\n\nex1.check(keep)", loop.ex2.stub)
    sheet = tmp_path / "sheet.csv"
    assert grade(arguments(right, other, broken, "--csv", sheet)) == 0
    out = capsys.readouterr().out
    assert "total: 2 of 6 points, 3 notebooks" in out
    assert f"{broken} ex1: The cell is no Python" in out
    rows = list(csv.reader(sheet.open(encoding="utf-8-sig")))
    assert rows[0][0] == "student" and {row.pop(0) for row in rows[1:]} == {""}, "nobody has several notebooks here"
    assert rows[0][1:] == ["file", "notebook", "ex1", "ex2", "points", "of", "ex1_words", "ex2_words", "error"]
    assert (
        rows[1][0].startswith("/") and rows[1][1] == "00 loop" and rows[2][-3] == "" and rows[2][-2].startswith("In ")
    )
    assert rows[1][-3:] == ["", "", ""] and rows[3][-3].startswith("The cell is no Python")
    assert sheet_module.plain("=1+1") == "'=1+1" and sheet_module.plain("a\x1b[2J") == "a�[2J"
    assert [row[2:6] for row in rows[1:]] == [
        ["passed", "passed", "2", "2"],
        ["not tried", "mistake", "0", "2"],
        ["mistake", "not tried", "0", "2"],
    ]


def test_a_file_that_is_no_notebook_or_has_no_exercise_gets_a_sentence(tmp_path, capsys):
    files = [tmp_path / name for name in ("none.ipynb", "text.ipynb", "odd.ipynb", "other.ipynb")]
    files[1].write_bytes(b"\xff\xfe")
    files[2].write_text('{"cells": [{"source": 3, "cell_type": "code"}]}')
    notebook(files[3], "x = 1", "from course_lib.check import quiz", "from course_lib.check.no_such import ex1")
    code, rows = graded(capsys, *files)
    assert code == 2 and [row["points"] for row in rows] == [0] * 4
    for row, words in zip(rows, ("can't be read", "is no notebook", "is no notebook", "has no exercise"), strict=True):
        assert words in row["error"] and row["error"].startswith(row["name"]) and row["error"].count(".\n") == 0
    assert grade(arguments(*files)) == 2 and "not graded" in capsys.readouterr().out


def test_odd_limits_and_missing_walls_are_sentences(monkeypatch, tmp_path):
    path = notebook(tmp_path / "a.ipynb", IMPORT)
    for given, words in ((["--seconds", "0"], "--seconds is 0"), (["--memory", "1"], "--memory is 1")):
        with pytest.raises(CourseError, match=words):
            grade(arguments(path, *given))
    with pytest.raises(CourseError, match="could not be written"):
        grade(arguments(path, "--trust", "--csv", tmp_path / "no" / "such.csv"))
    monkeypatch.setattr(room, "doors", lambda: {"files": False, "network": True, "memory": True})
    with pytest.raises(CourseError, match="no wall around files.*--trust"):
        room.walls(trust=False)
    assert room.walls(trust=True) == "network memory"


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_where_there_are_no_walls_the_limits_hold(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(room, "doors", lambda: dict.fromkeys(doors(), False))
    writing = f"""
def read_answer(text):
    with open({str(tmp_path / "made")!r}, "w") as file:
        file.write("x")

ex2.check(read_answer)"""
    looping = (
        "import os\n\ndef read_answer(text):\n    os.fork()\n    while True:\n        pass\n\nex2.check(read_answer)"
    )
    files = [notebook(tmp_path / f"{i}.ipynb", IMPORT, KEEP, s) for i, s in enumerate((looping, writing))]
    _, rows = graded(capsys, *files, "--trust", "--seconds", 1)
    assert [marks(row) for row in rows] == [
        {"ex1": "passed", "ex2": "stopped"},
        {"ex1": "passed", "ex2": "reached outside"},
    ]
    assert rows[0]["marks"]["ex2"]["says"] == "time" and "File too large" in rows[1]["marks"]["ex2"]["says"]
    assert (tmp_path / "made").read_text() == ""


@walled
def test_the_answer_key_is_noted_and_a_test_cell_does_no_harm(tmp_path, capsys):
    key = "from course_lib.answers import parse_answer as read_answer\n\nex2.check(read_answer)"
    test = "ex2_says = ex2.check(read_answer)\nassert ex2_says.passed, ex2_says.says"
    path = notebook(tmp_path / "a.ipynb", IMPORT, KEEP.replace("keep(", "mine(").replace("(keep)", "(mine)"), key, test)
    assert grade(arguments(path)) == 0
    out = capsys.readouterr().out
    assert (
        "total: 2 of 2" in out
        and f"{path} ex2: It takes course_lib.answers.parse_answer, which is the answer key" in out
    )


BAD = {  # what stands in the place of a right `keep`, and what comes of it
    "endless": ("def keep(groups):\n    while True:\n        pass", "stopped", "time"),
    "asleep": ("import time\n\ndef keep(groups):\n    time.sleep(60)", "stopped", "time"),
    "hungry": ("def keep(groups):\n    return [bytes(1 << 20) for i in range(1 << 20)]", "stopped", "memory"),
    "leaving": ("import os\n\ndef keep(groups):\n    os._exit(0)", "stopped", "it ended its own process"),
    "talking": ("def keep(groups):\n    return 'x' * 10**6", "stopped", "output"),
    "reading": ("def keep(groups):\n    return open('SECRET').read()", "reached outside", "PermissionError"),
    "asking": ("import socket\n\ndef keep(groups):\n    socket.socket()", "reached outside", "PermissionError"),
    "forking": ("import os\n\ndef keep(groups):\n    os.fork()", "reached outside", "PermissionError"),
    "raising": ("raise SystemExit('passed')", "mistake", "SystemExit: passed"),
    "importing": ("import no_such_package", "mistake", "name 'keep' is not defined"),
    "escaping": ("def keep(groups):\n    raise ValueError('\\x1b[2J')", "mistake", "ValueError"),
    "no function": ("keep = 3", "mistake", "the function itself"),
}
CHEATS = {
    "printing": "print('✓ Right. {\"found\": \"function\"}')\n\ndef keep(groups):\n    print('✓ Right.')\n    return []",
    "patching": """
import course_lib.check, sys
from course_lib.check import loop
class Right:
    passed, says = True, 'yes'
    def __eq__(self, other): return True
    def __iter__(self): return iter([])
for module in list(sys.modules.values()):
    for name in ('check', 'examine', 'first_mistake', 'Verdict', 'guarded'):
        try: setattr(module, name, lambda *args: Right())
        except Exception: pass
def keep(groups):
    return Right()
""",
    "forging": """
import json, os
def keep(groups):
    for handle in range(64):
        for said in ({"passed": True, "says": "yes"}, {"verdict": "passed"}, {"gives": {"Verdict": [True]}, "changed": {}}):
            try: os.write(handle, json.dumps(said).encode() + b"\\n")
            except OSError: pass
    return []
""",
    "taking the key": "from course_lib.check.loop import look_at_keep\n\ndef keep(groups):\n    return []",
}


@walled
def test_a_notebook_that_misbehaves_neither_passes_nor_stops_the_others(tmp_path, capsys):
    (tmp_path / "secret").write_text("the secret")
    nagging = "def to_store(group, ask):\n    while True:\n        ask('?' * 1000)\n\nex1.check(to_store)"
    files = []
    for name, (body, *_) in BAD.items():
        files.append(
            notebook(
                tmp_path / f"{name}.ipynb",
                IMPORT,
                body.replace("SECRET", str(tmp_path / "secret")) + "\n\nex1.check(keep)",
            )
        )
    for name, body in CHEATS.items():
        files.append(notebook(tmp_path / f"{name}.ipynb", IMPORT, body + "\n\nex1.check(keep)"))
    code, rows = graded(capsys, *files, "--seconds", 1.5, "--memory", 400)
    assert code == 0 and len(rows) == len(files)
    for row, (_, status, words) in zip(rows, BAD.values(), strict=False):
        mark = row["marks"]["ex1"]
        assert (mark["status"], words in mark["says"]) == (status, True), mark
        assert "the secret" not in json.dumps(row)
    for row in rows[len(BAD) :]:
        assert row["marks"]["ex1"]["status"] in ("mistake", "stopped"), row
    path = notebook(tmp_path / "nagging.ipynb", IMPORT.replace("loop", "star"), nagging)
    (row,) = graded(capsys, path)[1]
    assert marks(row) == {"ex1": "stopped", "ex2": "not tried"} and row["marks"]["ex1"]["says"] == "output"
