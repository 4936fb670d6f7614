"""`course grade` as a teacher meets it: cells as people write them, who took the key, who tried to get out, and the sheet."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from handed_in import IMPORT, KEEP, READ, graded, marks, notebook, walled

from course_lib.check import loop, rest, self_rewarding, stagnation
from course_lib.cli import main as cli
from course_lib.grading import room, sheet
from course_lib.grading.keys import borrowed

ROOM = 'from course_lib import lesson\n\nroom = lesson.begin("00_the_loop")\ngroups = room.answers(room.train)'
BY_THRESH = KEEP.replace("> 0.5", "> THRESH")


def first(capsys, tmp_path, *sources, name="ex1"):
    """The mark of one exercise of a notebook with these cells."""
    _, (row,) = graded(capsys, notebook(tmp_path / "a.ipynb", *sources), "--seconds", 5)
    return row["marks"][name]


# ---- cells as people write them


@walled
@pytest.mark.parametrize(
    "line",
    [
        "print(groups[0])",
        "keep?",
        "%timeit 1 + 1",
        "!ls",
        "import asyncio\n\nawait asyncio.sleep(0)",
        "%load_ext autoreload\nfiles = !ls\nprint(files)",
    ],
)
def test_a_right_answer_is_right_whatever_stands_above_it(line, tmp_path, capsys):
    mark = first(capsys, tmp_path, ROOM, IMPORT, f"{line}\n{KEEP}")
    assert mark["status"] == "passed", mark
    assert ("print(groups[0])" in mark["note"]) == (line == "print(groups[0])")


@walled
def test_what_could_not_run_is_told_in_words(tmp_path, capsys):
    mark = first(capsys, tmp_path, ROOM, IMPORT, f"print(groups[0])\n1 / 0\n{KEEP}")
    assert mark["note"] == (
        "A line could not run here: `print(groups[0])` needs `room`, which only the notebook has: its experiment is not run "
        "here (and 1 more)."
    )
    mark = first(capsys, tmp_path, IMPORT, f"1 / 0\n{KEEP}")
    assert mark["note"] == "A line could not run here: `1 / 0` stops with ZeroDivisionError: division by zero."


@walled
@pytest.mark.parametrize("magic", ["%%time\n", "%%capture out\n"])
def test_a_cell_below_a_magic_is_run(magic, tmp_path, capsys):
    assert first(capsys, tmp_path, IMPORT, magic + KEEP)["status"] == "passed"


@walled
@pytest.mark.parametrize("line", ["keep?", "%timeit 1", "files = !ls", "!ls"])
def test_magics_are_skipped_where_ipython_is_not_installed(line, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython.core.inputtransformer2", None)
    assert first(capsys, tmp_path, "%%bash\nls | wc", IMPORT, f"{line}\n{KEEP}")["status"] == "passed"


@walled
@pytest.mark.parametrize(
    "cells",
    [
        ["THRESH = room.budget.k / 16", BY_THRESH],
        [KEEP.replace("> 0.5", "> room.budget.k / 16")],
        [BY_THRESH.replace("(groups):", "(groups, THRESH=room.budget.k / 16):")],
        ["THRESH = room.budget.k / 16\nHALF = THRESH", BY_THRESH.replace("THRESH", "HALF")],
    ],
)
def test_an_answer_that_needs_the_experiment_is_no_mistake(cells, tmp_path, capsys):
    mark = first(capsys, tmp_path, ROOM, IMPORT, *cells)
    assert (mark["status"], "needs `room`, which only the notebook has" in mark["says"]) == ("could not run", True), (
        mark
    )
    assert "room.budget.k / 16" in mark["says"]


@walled
def test_a_package_or_a_file_that_is_not_here_is_no_mistake_and_a_name_that_nobody_makes_is_one(tmp_path, capsys):
    used = KEEP.replace("s > 0.5", "np2.greater(s, 0.5)")
    mark = first(capsys, tmp_path, "import no_such_package as np2", IMPORT, used)
    assert mark["status"] == "could not run" and "`no_such_package`, which is not there" in mark["says"]
    mark = first(capsys, tmp_path, "import torch", IMPORT, KEEP.replace("s > 0.5", "torch.tensor(s) > 0.5"))
    assert mark["status"] == "could not run" and "use plain Python" in mark["says"]
    mark = first(capsys, tmp_path, "np2 = open('beside.txt')", IMPORT, used)
    assert mark["status"] == "could not run" and "the file `beside.txt`, which is not there" in mark["says"]
    mark = first(capsys, tmp_path, ROOM, IMPORT, used)
    assert mark["status"] == "mistake" and "NameError: name 'np2' is not defined" in mark["says"]


@walled
def test_behind_a_missing_name_stands_what_kept_it_from_being_made(tmp_path, capsys):
    mark = first(capsys, tmp_path, "THRESH = 1 / 0", IMPORT, BY_THRESH)
    assert mark["status"] == "mistake" and "ZeroDivisionError: division by zero, at `THRESH = 1 / 0`" in mark["says"]


@walled
def test_what_is_to_come_in_every_cell_holds_in_the_answer(tmp_path, capsys):
    typed = KEEP.replace("(groups):", "(groups: Nobody) -> Knows:")
    assert first(capsys, tmp_path, "from __future__ import annotations", IMPORT, typed)["status"] == "passed"


@walled
def test_a_first_try_that_is_no_python_does_not_count_against_a_second(tmp_path, capsys):
    broken = "def keep(groups:\n\nex1.check(keep)"
    assert first(capsys, tmp_path, IMPORT, broken, KEEP)["status"] == "passed"
    mark = first(capsys, tmp_path, IMPORT, KEEP, broken)
    assert mark["status"] == "passed" and "An earlier answer counts: The cell is no Python" in mark["note"], mark
    assert first(capsys, tmp_path, IMPORT, KEEP.replace("> 0.5", "< 0.5"), broken)["status"] == "mistake", (
        "the answer before it is judged"
    )
    assert first(capsys, tmp_path, IMPORT, broken, "ex1.check(keep)")["says"].startswith("The cell is no Python")


@walled
def test_a_byte_order_mark_does_no_harm(tmp_path, capsys):
    path = notebook(tmp_path / "a.ipynb", IMPORT, KEEP)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert marks(graded(capsys, path)[1][0])["ex1"] == "passed"


# ---- the answer key


@walled
@pytest.mark.parametrize(
    "way",
    [
        "import course_lib.answers as a\nread_answer = a.parse_answer",
        "import course_lib.answers\nread_answer = lambda text: course_lib.answers.parse_answer(text)",
        "from course_lib import answers\n\ndef read_answer(text):\n    return answers.parse_answer(text)",
        "from course_lib.answers import *\n\ndef read_answer(text):\n    return parse_answer(text)",
        "import importlib\n\nread_answer = importlib.import_module('course_lib.answers').parse_answer",
        "from importlib import import_module\n\nm = import_module('course_lib.answers')\nread_answer = m.parse_answer",
        "read_answer = __import__('course_lib.answers').answers.parse_answer",
        "from course_lib.score import parse_answer as read_answer",
        "import course_lib.answers as a\nread_answer, other = a.parse_answer, 1",
        "import course_lib.answers as a\nread_answer: object = a.parse_answer",
        "import course_lib.answers as a\n(m := a)\nread_answer = m.parse_answer",
        "import course_lib.answers as a\nfor m in (a,):\n    read_answer = m.parse_answer",
        "import course_lib.answers as a\nother = read_answer = a.parse_answer",
    ],
)
def test_the_answer_key_is_seen_by_whatever_plain_way_it_is_taken(way, tmp_path, capsys):
    mark = first(capsys, tmp_path, IMPORT, f"{way}\n\nex2.check(read_answer)", name="ex2")
    assert mark["status"] == "passed" and "parse_answer, which is the answer key" in mark["note"], mark


def test_a_word_of_the_card_that_is_the_keys_name_does_not_hide_the_key():
    assert "above" in rest.ex1.task + rest.ex1.hint_text and "above" in [f.__name__ for f in rest.ex1.answer_of]
    taken = "from course_lib.select import above\n\nfilter_by = above\nex1.check(filter_by)"
    assert "above, which is the answer key" in borrowed([taken], rest.ex1)
    whole = "from course_lib.select import top_k\n\ndef keep(groups):\n    return top_k(99, 0.5)(groups, None)"
    assert "course_lib.select.top_k, which its card does not name" in borrowed([whole], loop.ex1)
    around = "from course_lib import lesson\n\nroom = lesson.begin('00_the_loop')"
    assert borrowed([around], loop.ex1) == "", "what a notebook has around its exercises does none of them"
    own = "from course_lib.check.level_slips import next_level\n\nex2.check(next_level)"
    assert "next_level, which is the answer key" in borrowed([own], stagnation.ex2), "the stub has its name"
    mean = "from course_lib.statistics import mean\n\n\ndef mean_points(replies):\n    return mean(replies)"
    assert borrowed([mean], self_rewarding.ex2) == ""


@walled
def test_an_answer_of_ones_own_is_not_taken_for_the_key(tmp_path, capsys):
    own = READ.replace("read_answer", "parse_answer").replace("import NUMBER, normal", "import *")
    helpers = "import course_lib.answers as a\n" + READ.replace(" NUMBER, after", " a.NUMBER, after")
    for answer in (own, helpers):
        mark = first(capsys, tmp_path, IMPORT, answer, name="ex2")
        assert (mark["status"], mark["note"]) == ("passed", ""), mark


# ---- walls


OUT = {
    "a file": "open('/etc/passwd').read()",
    "a file written": "open('/tmp/nobody-has-this-file', 'w')",
    "the network": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "the network by name": "import urllib.request; urllib.request.urlopen('http://localhost:9')",
    "another process": "import subprocess; subprocess.run(['ls'])",
    "a fork": "import os; os.fork()",
}


@walled
@pytest.mark.parametrize("what", OUT)
def test_an_answer_that_reached_outside_is_called_so(what, tmp_path, capsys):
    *before, call = OUT[what].split("; ")
    body = "\n".join(
        ["def keep(groups):", *(f"    {line}" for line in before), f"    return {call}", "", "ex1.check(keep)"]
    )
    assert first(capsys, tmp_path, IMPORT, body)["status"] == "reached outside"
    above = "\n".join(
        [*before, f"secret = {call}", "", "def keep(groups):", "    return secret", "", "ex1.check(keep)"]
    )
    assert first(capsys, tmp_path, IMPORT, above)["status"] == "reached outside"


@walled
def test_an_attempt_that_the_answer_swallows_is_noted_for_network_and_processes(tmp_path, capsys):
    quiet = """import os, socket

for reach in (os.fork, socket.socket):
    try:
        reach()
    except OSError:
        pass"""
    mark = first(capsys, tmp_path, IMPORT, f"{quiet}\n\n{KEEP}")
    assert (mark["status"], mark["note"]) == ("passed", "It reached for another process and the network.")


@walled
def test_a_recording_of_the_course_is_not_taken_for_a_secret(tmp_path, capsys):
    held = "from course_lib.recordings import recorded\n\nheld = recorded(1.0, 4)"
    mark = first(capsys, tmp_path, held, IMPORT, KEEP.replace("s > 0.5", "s > 0.5 and held"))
    assert mark["status"] == "could not run" and "a file of the course" in mark["says"]


# ---- the sheet


def row(name, of, **said):
    """A row as the sheet has it; what is said of an exercise makes it a mistake."""
    found = {k: sheet.Mark("mistake" if text else "passed", text) for k, text in said.items()}
    return sheet.Row(name, of, found)


def rows_of(monkeypatch, rows, *given, stop_after=None):
    """What `course grade` does with rows that are graded already; after some of them somebody presses Ctrl-C."""

    def ready(paths, held, limits):
        for i, one in enumerate(rows):
            if i == stop_after:
                raise KeyboardInterrupt
            yield one

    monkeypatch.setattr(sheet, "graded", ready)
    return cli.main(["grade", "--trust", *(r.name for r in rows), *map(str, given)])


def test_each_notebook_has_its_number():
    for path in sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb")):
        text = "".join("".join(c["source"]) + "\n" for c in nbformat.read(path, 4).cells if c["cell_type"] == "code")
        module = re.search(r"from course_lib\.check\.(\w+) import ex1", text).group(1)
        assert sheet.NOTEBOOKS[module] == path.stem


def test_the_sheet_has_a_column_of_words_for_each_exercise(monkeypatch, tmp_path, capsys):
    rows = [row("a.ipynb", "cai", ex1="One.", ex2="Two."), row("b.ipynb", "loopholes", ex1="", ex2="Three.")]
    assert rows_of(monkeypatch, rows, "--csv", tmp_path / "sheet.csv") == 0
    read = csv.DictReader(io.StringIO((tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")))
    assert [(r["notebook"], r["ex1_words"], r["ex2_words"]) for r in read] == [
        ("06 cai", "One.", "Two."),
        ("09a loopholes", "", "Three."),
    ]


def test_words_and_names_of_a_learner_make_no_line_of_the_sheet(monkeypatch, capsys):
    rows_of(monkeypatch, [row("a\ntotal: 9", "loop", ex1="No.\ntotal: 9", ex2="No.\ntotal: 9")] * 2)
    assert not re.search(r"^total: 9", capsys.readouterr().out, re.MULTILINE)


def test_the_commonest_mistake_stands_first_whatever_it_quotes(monkeypatch, capsys):
    said = [
        "It counts the last number.",
        "In 'a 3' it reads '3', not '4'. Cut.",
        "In 'b 7' it reads '7', not '1'. Cut.",
    ]
    rows = [row(f"{i}.ipynb", "loop", ex1=text, ex2="") for i, text in enumerate(said)]
    rows_of(monkeypatch, rows)
    lines = capsys.readouterr().out.split("How often each mistake was made:\n")[1].splitlines()
    assert lines == [f"   2 × 00 loop ex1: {said[1]}", f"   1 × 00 loop ex1: {said[0]}"]


def test_points_are_added_by_folder_or_by_name_where_these_can_be_students(monkeypatch, capsys):
    def out(*names):
        rows_of(monkeypatch, [row(name, of, ex1="", ex2="" if of == "loop" else "No.") for name, of in names])
        return capsys.readouterr().out

    two = out(("ann/0.ipynb", "loop"), ("ann/1.ipynb", "star"), ("ben/0.ipynb", "loop"))
    assert "Points by folder:\n   3 of 4  ann\n   2 of 2  ben" in two
    copy = out(("ann/0.ipynb", "loop"), ("ann/1.ipynb", "star"), ("ann/1-Copy1.ipynb", "star"), ("ben/0.ipynb", "loop"))
    assert "   3 of 4  ann (the better copy of 01 star counts)\n   2 of 2  ben" in copy
    two = out(("00/ann.ipynb", "loop"), ("00/ben.ipynb", "loop"), ("01/ann.ipynb", "star"))
    assert "Points by file name:\n   3 of 4  ann\n   2 of 2  ben" in two
    assert "Points by" not in out(("all/ann.ipynb", "loop"), ("all/ben.ipynb", "loop"))
    names = ("00_the_loop.ipynb", "00_the_loop-Copy1.ipynb", "01_star.ipynb")
    copies = out(*((f"{who}/{name}", "loop" if "loop" in name else "star") for who in ("ann", "ben") for name in names))
    assert "   3 of 4  ann (the better copy of 00 loop counts)\n   3 of 4  ben" in copies, (
        "Jupyter's copies are no students"
    )


def test_a_file_that_could_not_be_graded_makes_no_total_look_better(monkeypatch, tmp_path, capsys):
    lost = sheet.Row("ben/01_star.ipynb", "", {}, "ben/01_star.ipynb is no notebook.")
    rows = [row(f"{who}/00_the_loop.ipynb", "loop", ex1="", ex2="No.") for who in ("ann", "ben")]
    rows = [*rows, row("ann/01_star.ipynb", "star", ex1="", ex2=""), lost]
    assert rows_of(monkeypatch, rows, "--csv", tmp_path / "sheet.csv") == 1
    out = capsys.readouterr().out
    assert "   3 of 4  ann\n   1 of 2, and 1 file not graded  ben" in out
    read = list(csv.DictReader(io.StringIO((tmp_path / "sheet.csv").read_text(encoding="utf-8-sig"))))
    assert [(r["student"], r["points"], r["of"]) for r in read] == [
        ("ann", "1", "2"),
        ("ben", "1", "2"),
        ("ann", "2", "2"),
        ("ben", "", ""),
    ]
    rows_of(monkeypatch, rows, "--json")
    assert json.loads(capsys.readouterr().out)["students"] == {
        "ann": {"points": 3, "of_points": 4, "not_graded": 0},
        "ben": {"points": 1, "of_points": 2, "not_graded": 1},
    }


def test_a_folder_stands_for_the_notebooks_in_it(tmp_path):
    for name in ("ann/a.ipynb", "ben/a.ipynb", ".ipynb_checkpoints/a.ipynb", "ann/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    own = tmp_path / "ann" / "a.ipynb"
    assert sheet.notebooks([tmp_path, own]) == [own, tmp_path / "ben" / "a.ipynb"]


def test_a_folder_with_no_notebook_and_what_is_no_file_get_a_sentence(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    code, (only,) = graded(capsys, tmp_path / "empty", "--trust")
    assert code == 2 and "no folder with one in it" in only["error"]


# ---- while it works


def test_a_bar_on_standard_error_tells_how_far_it_is(monkeypatch, capsys):
    rows = [row(f"{i}.ipynb", "loop", ex1="", ex2="") for i in range(3)]
    rows_of(monkeypatch, rows)
    told = capsys.readouterr()
    assert "grading" in told.err and "/3" in told.err and "grading" not in told.out
    rows_of(monkeypatch, rows, "--json")
    told = capsys.readouterr()
    assert told.err == "" and len(json.loads(told.out)["notebooks"]) == 3


def test_what_there_is_when_it_is_interrupted_is_printed_and_written(monkeypatch, tmp_path, capsys):
    rows = [row(f"{i}.ipynb", "loop", ex1="", ex2="") for i in range(3)]
    assert rows_of(monkeypatch, rows, "--csv", tmp_path / "sheet.csv", stop_after=2) == 130
    told = capsys.readouterr()
    assert "total: 4 of 4 points, 2 notebooks" in told.out and "2 of 3 notebooks were graded" in told.err
    assert "phase" not in told.err and len((tmp_path / "sheet.csv").read_text().splitlines()) == 3


def test_a_session_that_is_closed_loses_nothing_that_was_graded(tmp_path):
    """As when SSH hangs up in the middle of a class."""
    endless = "def keep(groups):\n    while True:\n        pass\n\nex1.check(keep)"
    resting = (
        "import time\n\ndef keep(groups):\n    time.sleep(0.5)\n    return []\n\nex1.check(keep)"  # a bar moves slowly
    )
    first_, slow = (notebook(tmp_path / f"{n}.ipynb", IMPORT, cell) for n, cell in (("a", resting), ("b", endless)))
    command = [sys.executable, "-m", "course_lib", "grade", "--trust", "--seconds", "600", first_, slow]
    process, said = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE), b""
    while b"1/2" not in said and process.poll() is None:
        said += os.read(process.stderr.fileno(), 1000)  # a bar ends in no new line
    process.send_signal(signal.SIGTERM)
    out, err = (told.decode() for told in process.communicate(timeout=60))
    assert process.returncode == 130 and "total: 0 of 2 points, 1 notebooks" in out and "1 of 2 notebooks" in err


def test_a_sheet_that_cannot_be_written_is_noticed_before_a_class_is_graded(monkeypatch, tmp_path, capsys):
    rows = [row("a.ipynb", "loop", ex1="", ex2="")]
    assert rows_of(monkeypatch, rows, "--csv", tmp_path / "nowhere" / "sheet.csv") == 2
    told = capsys.readouterr()
    assert told.out == "" and "could not be written" in told.err
    assert rows_of(monkeypatch, rows, "--csv", tmp_path / "sheet.csv") == 0


def test_the_exit_code_is_the_one_that_help_says(tmp_path, capsys):
    odd = tmp_path / "odd.ipynb"
    odd.write_text("{}")
    good = notebook(tmp_path / "good.ipynb", IMPORT)
    assert cli.main(["grade", "--trust", str(odd)]) == 2
    assert cli.main(["grade", "--trust", str(odd), str(good)]) == 1
    assert cli.main(["grade", "--trust", str(good)]) == 0


def test_an_interrupt_before_the_first_notebook_says_so(monkeypatch, capsys):
    def interrupted(trust):
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "walls", interrupted)
    assert cli.main(["grade", "a.ipynb"]) == 130
    assert "before the first notebook was graded" in capsys.readouterr().err
