"""Student versions: stubs, no outputs, nbgrader's metadata, and `course grade` reads them."""

import argparse
import importlib.util
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.grading.book import parsed
from course_lib.grading.cells import calls, parts, untouched
from course_lib.grading.command import add_grade, grade

FOLDER = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted((FOLDER / "src").glob("*.py"))
FIELDS = {
    "schema_version",
    "grade",
    "locked",
    "solution",
    "task",
    "grade_id",
    "points",
    "checksum",
    "cell_type",
}  # v3.json


@pytest.fixture(scope="module")
def release():
    sys.path.insert(0, str(FOLDER))  # it imports build, which stands beside it
    spec = importlib.util.spec_from_file_location("notebooks_release", FOLDER / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_student_version_has_stubs_tests_and_valid_metadata(release, source):
    book = release.released(source)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    all_cells = [parsed(cell.source) for cell in code]
    ((_, found, _),) = parts(all_cells)
    assert "What is graded" in book.cells[1].source
    assert len(found) >= 2
    marked = [(i, cell, cell.metadata.nbgrader) for i, cell in enumerate(code) if "nbgrader" in cell.metadata]
    assert len({told.grade_id for *_, told in marked}) == len(marked) == 2 * len(found)
    for i, cell, told in marked:
        assert set(told) <= FIELDS and re.fullmatch(r"[\w-]+", told.grade_id)
        assert (told.schema_version, told.cell_type, told.task) == (3, "code", False)
        if told.solution:
            assert not told.grade and not told.locked and "points" not in told
            assert code[i + 1].metadata.nbgrader.grade_id == f"{told.grade_id}-test"
        else:
            assert told.grade and told.locked and told.points == 1
            assert re.fullmatch(r"int\(ex\d\.check\(\w+\)\.passed\)  # .*", cell.source), "its result is the point"
    for name, exercise in found.items():
        assert len(calls(all_cells, name)) == 2 and untouched(all_cells, exercise)


def test_a_student_version_never_links_to_the_one_that_shows_every_result(release, tmp_path):
    import stamp

    published = tmp_path / SOURCES[1].name
    published.write_text(
        stamp.stamped(SOURCES[1].read_text(encoding="utf-8"), SOURCES[1].stem, "own/course"), encoding="utf-8"
    )
    assert "Open in Colab" in published.read_text(encoding="utf-8")
    plain, linked = release.released(published), release.released(published, "my/class")
    assert "colab" not in plain.cells[0].source and "binder" not in plain.cells[0].source
    assert f"github/my/class/blob/main/{SOURCES[1].stem}.ipynb)" in linked.cells[0].source
    assert linked.cells[0].source.replace(linked.cells[0].source.split("\n")[2] + "\n\n", "") == plain.cells[0].source
    assert any('REPOSITORY = "own/course"' in c.source for c in plain.cells), "what Colab installs"


def test_a_notebook_with_a_solution_in_it_is_refused(release, tmp_path):
    text = SOURCES[0].read_text(encoding="utf-8")
    assert text.count("    ...\n") == 1
    solved = tmp_path / SOURCES[0].name
    solved.write_text(text.replace("    ...\n", "    return []\n"), encoding="utf-8")
    with pytest.raises(SystemExit, match="ex1 is not its stub"):
        release.released(solved)


def test_the_command_writes_all_and_course_grade_reads_them(release, tmp_path, capsys):
    release.main(["--out", str(tmp_path)])
    written = sorted(tmp_path.glob("*.ipynb"))
    assert [path.stem for path in written] == [path.stem for path in SOURCES]
    parser = argparse.ArgumentParser()
    add_grade(parser.add_subparsers())
    capsys.readouterr()
    assert grade(parser.parse_args(["grade", "--json", "--trust", *map(str, written[3:6])])) == 0
    rows = json.loads(capsys.readouterr().out)["notebooks"]
    assert {mark["status"] for row in rows for mark in row["marks"].values()} == {"not tried"}
