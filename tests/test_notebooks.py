"""The notebooks hold what every lesson promises, agree with their sources, and run with another model by one line.

That each cell runs is nbval's part: `pytest` collects notebooks/*.ipynb beside these tests (notebooks/conftest.py).
"""

import ast
import importlib
import importlib.util
import os
import re
import sys
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from course_lib import sandbox
from course_lib.check import quiz
from course_lib.claims.run import CLAIMS

FOLDER = Path(__file__).parent.parent / "notebooks"
sys.path.insert(0, str(FOLDER))
spec = importlib.util.spec_from_file_location("notebooks_build", FOLDER / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)

SOURCES = sorted((FOLDER / "src").glob("*.py"))
BOOKS = sorted(FOLDER.glob("*.ipynb"))
MACHINE = re.compile(r"(?<![\w.~/-])/(?:work|home|tmp|root|Users|private)/\w|[A-Z]:\\\\Users")
HEADINGS = {"## Predict first", "## Three problems", "## Where it stands before", "## The idea", "## The run, with its control",
            "## Before and after, side by side", "## Questions you may be asked", "## Fidelity", "## On a GPU"}  # fmt: skip
RUNS = (
    "room.run",
    "feed",
    "search",
    "collect",
)  # a loop of five slots; generations; a workflow, a library: nothing is trained
BUTTONS = ("room.play", "dials", "try_out")
TABLES = {  # what a lesson lets the reader see, by the kinds of text it is about: answers, transcripts of an agent, passages
    "what it writes": ("show.answers", "show.transcripts", "show.passages"),
    "before and after": ("show.beside", "show.transcripts", "show.passages"),
    "what it was trained on": (
        "show.lineage",
        "show.pairs",
        "show.pushed",
        "show.transcripts",
        "show.passages",
        "show.skills",
    ),
    "what changed in the code": ("show.diff", "show.source"),
}
MODEL_LINE, TASK_LINE, PEOPLE_LINE = 'MODEL = "pocket"', 'TASK = "stories"', 'PEOPLE = ""'
DATA = Path(__file__).parent / "data"  # stand-ins of the hub's sets, in their columns
PUBLIC = {  # the lessons that take a public set in the place of stories
    "00_the_loop": "gsm8k",
    "01_star": "gsm8k",
    "02_rft": "gsm8k",
    "03_rest": "gsm8k",
    "07_reflexion_and_self_refine": "gsm8k",
    "08_ttrl": "math500.jsonl",
}
ABLE = ("01_star", "08_ttrl")  # run with a model that solves some


def named(path):
    return path.stem


@pytest.fixture(params=BOOKS, ids=named)
def path(request):
    return request.param


@pytest.fixture
def book(path):
    return nbformat.read(path, 4)


@pytest.fixture(params=SOURCES, ids=named)
def lesson(request):
    """A notebook's source as the notebook it stands for, with its name: what a lesson holds can be read without running it."""
    book = build.convert(request.param)
    book.metadata.name = request.param.stem
    return book


def sources(book, kind):
    return [c.source for c in book.cells if c.cell_type == kind]


def words(book):
    return "\n\n".join(sources(book, "markdown"))


def code(book):
    return "\n\n".join(sources(book, "code"))


def calls(book, name):
    """The calls of `name` ("room.run") in a notebook: (arguments, keywords), constants of the notebook put in for names."""
    tree = ast.parse(code(book))
    told = {
        t.id: n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)
    }
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == name]
    value = lambda a: ast.unparse(told.get(a.id, a) if isinstance(a, ast.Name) else a)  # noqa: E731
    return [([value(a) for a in c.args], {k.arg: value(k.value) for k in c.keywords}) for c in found]


def called(book, names):
    """The calls of any of `names`."""
    return [call for name in names for call in calls(book, name)]


def bound_anew(tree):
    """The names that a cell binds outside its functions, but for `room = replace(room, ...)` and the like."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and not ast.unparse(node.value).startswith(
            f"replace({ast.unparse(node.targets[0])},"
        ):
            targets = node.targets
        else:
            targets = [node.target] if isinstance(node, ast.AugAssign | ast.For) else []
        yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def reads(function):
    """The names that a function takes from outside of it."""
    names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    own = {a.arg for a in [*function.args.args, *function.args.kwonlyargs]}
    return (
        {n.id for n in names if isinstance(n.ctx, ast.Load)}
        - own
        - {n.id for n in names if isinstance(n.ctx, ast.Store)}
    )


RUN_WITH_CONTROL = re.compile(r"^(\w+) = (?:room\.run|feed|search|collect)\((?!.*control=False)", flags=re.M)
CONTROL = re.compile("random keeping|at random|coin|control|not filtered|% real")
INTERVAL = re.compile(r"\[[+−]?[\d.]+, [+−]?[\d.]+\]")


def shown_runs(book):
    """Of each run with a control the cells that hold its figure: the run's own, and one that ends in its name."""
    cells = [c for c in book.cells if c.cell_type == "code"]
    made = {name: c for c in cells for name in RUN_WITH_CONTROL.findall(c.source)}
    return {name: [run, *(c for c in cells if c.source.splitlines()[-1] == name)] for name, run in made.items()}


def outputs(book, text):
    """The outputs of the cells whose code holds `text`, as mime bundles."""
    cells = [c for c in book.cells if c.cell_type == "code" and text in c.source]
    assert cells, f"no cell holds {text}"
    return [o.data for c in cells for o in c.outputs if "data" in o]


# ---- every notebook on disk


def test_every_source_has_its_notebook_and_every_notebook_its_source():
    if not BOOKS:
        pytest.skip("no notebook is built yet: make notebooks")
    assert list(map(named, BOOKS)) == list(map(named, SOURCES))


def test_notebook_and_source_agree(path, book):
    wanted = build.convert(FOLDER / "src" / f"{path.stem}.py")
    assert [(c.cell_type, c.source) for c in book.cells] == [(c.cell_type, c.source) for c in wanted.cells], (
        "make notebooks"
    )


def test_source_exercises_quiz_and_claims_are_shown_as_they_are(path, book):
    shown = deepcopy(book)
    renewed = build.renew(shown)
    assert [c.get("outputs") for c in shown.cells] == [c.get("outputs") for c in book.cells], (
        f"{renewed} outputs are older than the package: notebooks/build.py --no-run {path.stem}"
    )


def test_the_notebook_ran_from_its_first_cell_to_its_last_without_an_error(book):
    cells = [c for c in book.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    assert not [o for c in cells for o in c.outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert sum(bool(c.outputs) for c in cells) > len(cells) / 2


def test_the_notebook_holds_nothing_of_the_machine_it_was_built_on(path, book):
    text = path.read_text(encoding="utf-8")
    assert not MACHINE.findall(text)
    assert "widgets" not in book.metadata and build.VIEW not in text
    assert set(book.metadata) == {"kernelspec", "language_info"} and book.metadata.language_info == {"name": "python"}
    assert path.stat().st_size <= build.LIMIT


def test_every_picture_has_words(book):
    pictures = [o for c in book.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(pictures) >= 4
    for o in pictures:
        assert len(o.metadata["image/png"]["alt"]) > 30 and len(o.data["text/plain"]) > 30
    html = [o.data["text/html"] for c in book.cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})]
    assert not [tag for text in html for tag in re.findall(r"<img[^>]*>", text) if not re.search(r'alt="[^"]+"', tag)]


def test_no_output_needs_a_script_or_a_network(book):
    html = [o.data["text/html"] for c in book.cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})]
    assert not [t for t in html if re.search(r"<script|<iframe|<link|src=\"http|\bonclick=|@import", t)]


def test_what_moves_has_a_still_twin(book):
    assert all("image/png" in data for data in outputs(book, "controls.panel("))
    (button,) = (name for name in BUTTONS if calls(book, name))
    for call in ("room.predict(", f"{button}(", "quiz.cards("):
        assert all("image/png" in data or "text/html" in data for data in outputs(book, call)), call


def test_the_run_stands_beside_its_control_with_an_interval(book):
    for name, cells in shown_runs(book).items():
        shown = [o.data["text/plain"] for c in cells for o in c.outputs if "image/png" in o.get("data", {})]
        assert any(CONTROL.search(t) and INTERVAL.search(t) for t in shown), name


# ---- every lesson, as written


def test_the_first_cell_is_a_card(lesson):
    card = lesson.cells[0].source
    assert card.startswith("# ") and "**The claim: " in card
    for row in ("| minutes |", "| hardware |", "| you will be able to |", "| needs |"):
        assert row in card


def test_headings_are_in_order(lesson):
    prose = re.sub(r"```.*?```", "", words(lesson), flags=re.S)
    levels = [len(m) for m in re.findall(r"^(#+) ", prose, flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    told = set(re.findall(r"^## .*$", prose, flags=re.M))
    assert not HEADINGS - told
    assert any(h.startswith("## Break it") for h in told)


def test_a_prediction_is_asked_and_shown_again(lesson):
    asked, again = (calls(lesson, f"room.{name}") for name in ("predict", "recall"))
    assert asked and [a[0] for a, _ in asked] == [a[0] for a, _ in again]
    assert all(len(a) >= 3 for a, _ in asked), "a prediction has two options at least"
    text = code(lesson)
    asked_at = text.index("room.predict(")
    assert all(asked_at < text.index(f"{name}(") for name in ("room.recall", *RUNS) if calls(lesson, name))


def test_two_exercises_stand_as_their_stubs(lesson):
    module = re.search(r"^from (course_lib\.check\.\w+) import ex1, ex2$", code(lesson), flags=re.M)
    assert module
    cells = sources(lesson, "code")
    for name in ("ex1", "ex2"):
        exercise = getattr(importlib.import_module(module[1]), name)
        assert any(c.splitlines()[-1] == name for c in cells), f"{name}'s card is shown"
        assert [c for c in cells if c.endswith(exercise.stub)], f"{name}'s stub is not the cell"
        assert f"## Exercise {name[-1]}" in words(lesson)


def test_a_run_a_panel_and_a_button(lesson):
    assert any(k.get("control", "True") == "True" for _, k in called(lesson, RUNS))
    assert shown_runs(lesson), "the run's own figure, with its control and intervals"
    assert calls(lesson, "controls.panel") and called(lesson, BUTTONS)
    for what, tables in TABLES.items():
        assert called(lesson, tables), what


def test_what_a_slider_calls_reads_no_name_that_a_later_cell_binds_anew(lesson):
    """Moved after "Run All", it would meet another value than the one it was written with. A room stays the same policy's."""
    read = {}
    for number, cell in enumerate(c for c in lesson.cells if c.cell_type == "code"):
        tree = ast.parse(cell.source)
        for name in bound_anew(tree):
            assert read.get(name, number) == number, (
                f"cell {number} binds {name}, which a function of an earlier one reads"
            )
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)):
            read |= {name: number for name in reads(function) if name not in read}


def test_the_quiz_has_this_lesson_s_cards(lesson):
    (name,) = [ast.literal_eval(args[0]) for args, _ in calls(lesson, "quiz.cards")]
    assert f"from course_lib.check.{name} import ex1, ex2" in code(lesson) and quiz.cards(name).cards


def test_the_fidelity_card_names_paper_what_is_kept_and_what_is_simplified(lesson):
    card = next(t for t in sources(lesson, "markdown") if t.startswith("## Fidelity"))
    assert re.search(r"\barXiv \d{4}\.\d{5}", card)
    assert (
        "| kept |" in card
        and "| simplified |" in card
        and ("| paper |" in card or "| where the idea comes from |" in card)
    )


def test_each_claim_of_the_lesson_has_its_row(lesson):
    wanted = {c.id: c for c in CLAIMS if c.notebook == lesson.metadata.name}
    shown = [ast.literal_eval(args[0]) for args, _ in calls(lesson, "room.claim")]
    assert wanted and set(shown) == set(wanted)
    for claim in wanted.values():
        assert f"**{claim.id}. {claim.claim.rstrip('.')}" in words(lesson), f"{claim.id} is not called {claim.claim!r}"


def test_links_lead_to_notebooks_that_are_there(lesson):
    known = {f"{p.stem}.ipynb" for p in SOURCES}
    assert set(re.findall(r"\]\(([^):#]+\.ipynb)\)", words(lesson))) <= known


# ---- other machines


def test_where_walls_are_missing_the_sandbox_s_lesson_tries_nothing_that_they_would_stop(capsys, monkeypatch):
    """As on macOS and Windows: there open('/etc/passwd') would print it, and ten gigabytes would be taken."""
    book, tried = build.convert(FOLDER / "src" / "09b_tampering.py"), []
    (cell,) = (c.source for c in book.cells if "import doors, run" in c.source)

    def run(program, files, trusted):
        tried.append(program)
        return sandbox.Ended("", "", None, "time", {})

    monkeypatch.setattr(sandbox, "run", run)
    held = dict.fromkeys(["files", "network", "processes", "memory"], False) | {"time": True}
    monkeypatch.setattr(sandbox, "doors", lambda: held)
    exec(cell, {})
    assert tried == ["while True: pass"]
    out = capsys.readouterr().out
    for wall in ("files", "network", "processes", "memory"):
        assert f"not tried: no wall around {wall} here" in out
    monkeypatch.setattr(sandbox, "doors", lambda: dict.fromkeys(held, True))
    exec(cell, {})
    assert len(tried) == 1 + 6 and "not tried" not in capsys.readouterr().out


# ---- another model, by one line


def run_with(source, model, folder):
    """The notebook with another model, executed; raises at the first error. What its cells printed."""
    book = build.convert(source)
    assert code(book).count(MODEL_LINE) == 1
    for cell in book.cells:
        cell.source = cell.source.replace(MODEL_LINE, f"MODEL = {str(model)!r}")
        cell.source = cell.source.replace(PEOPLE_LINE, f"PEOPLE = {str(DATA / 'oasst1')!r}")  # in those that have one
    build.execute(book, folder)
    return "".join(o.get("text", "") for c in book.cells for o in c.get("outputs", []))


@pytest.mark.slow
@pytest.mark.parametrize("source", [p for p in SOURCES if p.stem not in ABLE], ids=named)
def test_a_hugging_face_chat_model_runs_it_by_changing_one_line(source, roomy_folder, tmp_path, monkeypatch):
    """Of random weights: nothing is kept, and that is said. The lessons of ABLE run so on public sets, below."""
    monkeypatch.setenv("COURSE_FAST", "1")
    said = "kept nothing" in run_with(source, roomy_folder, tmp_path)
    keeps_all = ("05_spin", "06_constitutional_ai", "09c_collapse")  # whatever has an end is kept, or nothing is scored
    assert said or source.stem in keeps_all
    assert os.listdir(tmp_path) == [source.stem]


@pytest.mark.slow
@pytest.mark.parametrize("name", ABLE)
def test_a_chat_model_that_solves_some_runs_it_and_keeps_some(name, able_folder, tmp_path, monkeypatch):
    """So that a run with another model goes through all of its phases."""
    monkeypatch.setenv("COURSE_FAST", "1")
    assert "kept nothing" not in run_with(FOLDER / "src" / f"{name}.py", able_folder, tmp_path)
    (run, *_) = sorted((tmp_path / name).glob("*/method/01/adapter/done.json"))
    assert (run.parents[2] / "01" / "measure.json").exists(), "it learned, and was measured"


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLIC)
def test_it_runs_on_a_public_set_by_changing_one_more_line(name, roomy_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    book = build.convert(FOLDER / "src" / f"{name}.py")
    assert code(book).count(TASK_LINE) == 1
    for cell in book.cells:
        cell.source = cell.source.replace(MODEL_LINE, f"MODEL = {str(roomy_folder)!r}")
        cell.source = cell.source.replace(TASK_LINE, f"TASK = {str(DATA / PUBLIC[name])!r}")
    build.execute(book, tmp_path)  # raises at the first error
    said = "".join(o.get("text", "") for c in book.cells for o in c.get("outputs", []))
    assert re.search(r"\d+ of \d+ problems to train on, \d+ of \d+ others to measure on", said)
    assert os.listdir(tmp_path) == [name]


def test_each_lesson_of_right_answers_has_a_public_set_one_line_away():
    assert [p.stem for p in SOURCES if f"\n{TASK_LINE}  # " in p.read_text(encoding="utf-8")] == list(PUBLIC)


def test_the_lessons_of_preferences_have_people_s_questions_one_line_away():
    with_people = [p.stem for p in SOURCES if f"\n{PEOPLE_LINE}  # " in p.read_text(encoding="utf-8")]
    assert with_people == ["04_self_rewarding", "05_spin"]


# ---- the builder


def toy_book(*cells):
    text = "# %% [markdown]\n# # Title\n" + "".join(f"\n# %%\n{c}\n" for c in cells)
    return text


def built(tmp_path, *cells, run=True):
    (tmp_path / "toy.py").write_text(toy_book(*cells), encoding="utf-8")
    build.build(tmp_path / "toy.py", tmp_path, run)
    return nbformat.read(tmp_path / "toy.ipynb", 4)


def test_a_built_notebook_hides_this_machine_and_keeps_the_twin(tmp_path):
    book = built(
        tmp_path,
        "import os, sys\nprint(os.environ['COURSE_RUNS'] + '/07', file=sys.stdout)\nprint('noise', file=sys.stderr)",
        "from course_lib import controls\ncontrols.choose('Which?', ['this', 'that'])",
    )
    printed, asked = book.cells[1].outputs, book.cells[2].outputs
    assert [o.text for o in printed] == ["runs/07\n"]
    assert set(asked[0].data) == {"text/html", "text/plain"}
    assert "widgets" not in book.metadata and all("execution" not in c.metadata for c in book.cells)


def test_an_error_ends_the_build_and_leaves_the_notebook_as_it_was(tmp_path):
    (tmp_path / "toy.ipynb").write_text("as it was", encoding="utf-8")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        built(tmp_path, "1 / 0")
    assert (tmp_path / "toy.ipynb").read_text(encoding="utf-8") == "as it was"


def test_without_a_run_outputs_stay_while_only_words_change(tmp_path):
    built(tmp_path, "1 + 1")
    source = (tmp_path / "toy.py").read_text(encoding="utf-8")
    (tmp_path / "toy.py").write_text(source.replace("Title", "Other title"), encoding="utf-8")
    build.build(tmp_path / "toy.py", tmp_path, run=False)
    book = nbformat.read(tmp_path / "toy.ipynb", 4)
    assert book.cells[0].source == "# Other title" and book.cells[1].outputs[0].data["text/plain"] == "2"
    assert not built(tmp_path, "1 + 2", run=False).cells[1].outputs


def test_without_a_run_the_package_s_source_is_shown_as_it_is_now(tmp_path):
    now = built(tmp_path, "from course_lib import select, show\n\nshow.source(select.passing)")
    old = now.cells[1].outputs[0].data
    was = {kind: re.sub(r"(select\.py:)\d+", r"\g<1>7", text) for kind, text in old.items()}
    was["text/plain"], was["text/html"] = (
        text.replace("finished", "ended") for text in (was["text/plain"], was["text/html"])
    )
    assert was != old
    (shown := nbformat.read(tmp_path / "toy.ipynb", 4)).cells[1].outputs[0].data = nbformat.NotebookNode(was)
    nbformat.write(shown, tmp_path / "toy.ipynb")
    build.build(tmp_path / "toy.py", tmp_path, run=False)
    assert nbformat.read(tmp_path / "toy.ipynb", 4).cells[1].outputs[0].data == old


def test_without_a_run_exercises_and_quiz_are_shown_as_they_are_now(tmp_path):
    now = built(
        tmp_path,
        "from course_lib.check import quiz\nfrom course_lib.check.loop import ex1, ex2\n\nex1",
        'quiz.cards("loop")',
    )
    (shown := nbformat.read(tmp_path / "toy.ipynb", 4)).cells[1].outputs[0].data["text/html"] = (
        "<b>an older exercise</b>"
    )
    shown.cells[2].outputs[0].data["text/plain"] = "older questions"
    nbformat.write(shown, tmp_path / "toy.ipynb")
    build.build(tmp_path / "toy.py", tmp_path, run=False)
    again = nbformat.read(tmp_path / "toy.ipynb", 4)
    assert [c.outputs for c in again.cells if c.cell_type == "code"] == [
        c.outputs for c in now.cells if c.cell_type == "code"
    ]


def test_a_rebuild_gives_the_same_cells_the_same_ids(tmp_path):
    first = [c.id for c in built(tmp_path, "1", "2", "2", run=False).cells]
    second = [c.id for c in built(tmp_path, "0", "1", "2", "2", run=False).cells]
    assert len(set(first)) == 4 and first[1:] == second[2:]


def test_a_notebook_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "LIMIT", 50)
    with pytest.raises(SystemExit, match=r"toy.ipynb would be .* bytes, and 50 is the limit"):
        built(tmp_path, "1", run=False)
