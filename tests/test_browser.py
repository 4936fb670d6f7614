"""A learner's hands on the notebooks: headless Chromium drives JupyterLab on loopback from a fresh kernel."""

import re
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from lab import Notebook, browser, missing, server

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]

SMALL = [  # a notebook of one of each: a panel, a run, a prediction, an exercise, a card
    """
from course_lib import controls
from course_lib.show.style import new_figure

def draw(slope):
    figure, axes = new_figure()
    axes.plot([0, 1], [0, slope])
    axes.set_ylim(0, 10)
    return figure

controls.panel(draw, slope={"values": (0, 9, 1), "label": "slope", "start": 2})
""",
    """
import time

def start(bar, show, say, k):
    done = []
    try:
        for turn in range(1, 100):
            with bar(f"round {turn}: sampling", total=5 * k, unit="answers") as shown:
                for _ in range(5 * k):
                    time.sleep(0.05)
                    shown.update(1)
            done.append(turn)
            show(draw(turn % 10))
    except KeyboardInterrupt:
        say(f"Stopped. {len(done)} kept.")
    return done

long_run = controls.runner(start, label="Run it", k=[1, 2, 4])
long_run
""",
    'controls.choose("Will the line rise?", ["It rises", "It falls"], lambda option: f"Noted: {option}.")',
    'print("kept", long_run.result)',
    """
from course_lib.check.star import ex2

def accuracy(problems, texts):
    ...

ex2.check(accuracy)
""",
    """
from IPython.display import HTML
HTML("<details><summary>What filters?</summary><details><summary>Say more</summary>The score.</details></details>")
""",
]
SKIPS_SILENT = """
from course_lib.answers import same_answer

def accuracy(problems, texts):
    read = [(p, t) for p, t in zip(problems, texts) if "####" in t]
    return sum(same_answer(t, p.answer) for p, t in read) / max(1, len(read))

ex2.check(accuracy)
"""
EMPTY = """
FOR_UNKIND = ""
from course_lib.constitution import read_constitution

unkind_rules = read_constitution(FOR_UNKIND)
"""
BRIEF_ONLY = """
FOR_UNKIND = "Use at most two sentences."
from course_lib.constitution import read_constitution

unkind_rules = kind_rules = read_constitution(FOR_UNKIND)
print(len(unkind_rules), "principles for unkind requests")
"""
COUNTS_ALL = """
from course_lib.answers import same_answer

def accuracy(problems, texts):
    return sum(same_answer(t, p.answer) for p, t in zip(problems, texts)) / len(problems)

ex2.check(accuracy)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A server over a copy of the notebooks and the small one, and a browser: name -> Notebook."""
    folder, home = tmp_path_factory.mktemp("course") / "notebooks", tmp_path_factory.mktemp("home")
    shutil.copytree(NOTEBOOKS, folder)
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in SMALL]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), folder / "small.ipynb")
    with server(folder, home) as address, browser() as chromium:
        yield lambda name: Notebook(chromium, address(name), cells=len(nbformat.read(folder / name, 4).cells))


def test_the_controls_answer_to_a_hand(lab):
    book = lab("small.ipynb")
    book.run_all(120)
    slide(book, book.cell("controls.panel(draw"))
    run_and_stop(book, book.cell("controls.runner(start"))
    book.run(said := book.cell("long_run.result"))
    assert re.search(r"kept \[1(, \d+)*\]", said.locator(".jp-OutputArea").inner_text())
    asked = book.cell("controls.choose(")
    asked.locator("label", has_text="It falls").click()
    asked.get_by_text("Noted: It falls.").wait_for()
    answer(book, book.cell("ex2.check("))
    open_card(book.cell("<details>").locator("details").first)
    for width in (1280, 800):
        book.shoot_all("small", width)
        book.shoot("small-run", width, book.cell("controls.runner(start"))
    assert not book.errors


def test_a_learner_works_through_the_notebook_on_star(lab):
    book = lab("01_star.ipynb")
    book.run_all(240)
    for width in (1280, 800):
        book.shoot_all("01", width)
    predict(book, book.cell("room.predict("), book.cell("room.recall("), "most of them")
    slide(book, book.cell("controls.panel("))
    place = book.cell("room.play(")
    move(place)  # with the values of the run above it would only read that run
    run_and_stop(book, place, after=0.2)  # the fast setting's run is short
    answer(book, book.cell("ex2.check("))
    open_card(book.cell("quiz.cards(").locator(".jp-OutputArea details").first)
    for width in (1280, 800):
        book.shoot("01-panel", width, book.cell("controls.panel("))
        book.shoot("01-run", width, book.cell("room.play("))
        book.shoot("01-exercise", width, book.cell("ex2.check("))
        book.shoot("01-quiz", width, book.cell("quiz.cards("))
    assert not book.errors


def test_a_learner_writes_a_constitution_of_their_own(lab):
    book = lab("06_constitutional_ai.ipynb")
    book.run_all(300)
    rules, diff = book.cell("FOR_UNKIND ="), book.cell("show.diff(")
    book.run(rules, EMPTY)
    said = rules.locator(".jp-OutputArea").inner_text()
    assert "the constitution is empty: write at least one principle" in said and "Traceback" not in said
    book.run(rules, BRIEF_ONLY)
    assert "1 principles for unkind requests" in rules.locator(".jp-OutputArea").inner_text()
    book.run(diff)
    assert "Use at most two sentences." in diff.locator(".jp-OutputArea").inner_text()
    slide(book, book.cell("controls.panel("), "ArrowLeft", "ArrowRight")  # it begins at its right end
    for width in (1280, 800):
        book.shoot("06-constitution", width, rules)
        book.shoot("06-panel", width, book.cell("controls.panel("))
        book.shoot("06-frontier", width, book.cell("show.frontier("))
    assert not book.errors


def test_a_learner_feeds_a_model_its_own_words(lab):
    book = lab("09c_collapse.ipynb")
    book.run_all(300)
    slide(book, book.cell("own samples only"))
    lights = book.cell('own words only": drift.vocabulary')
    slide(book, lights, "ArrowLeft", "ArrowRight")
    for width in (1280, 800):
        book.shoot("09c-gaussian", width, book.cell("own samples only"))
        book.shoot("09c-lights", width, lights)
    assert not book.errors


def predict(book, asked, later, option):
    """A prediction is kept, and stands beside the number where that is shown."""
    asked.locator("label", has_text=option).click()
    book.run(later)
    assert f"You predicted: {option}" in later.locator(".jp-OutputArea").inner_text()


def move(place, key="ArrowRight"):
    """Move the first slider of a cell by the keyboard."""
    handle = place.locator(".noUi-handle").first
    handle.focus()
    handle.press(key)


def slide(book, place, there="ArrowRight", back="ArrowLeft"):
    """Where the first slider moves the picture changes, and changes back."""
    first = book.picture(place)
    move(place, there)
    second = book.changed(place, first)
    move(place, back)
    assert book.changed(place, second) == first


def run_and_stop(book, place, after=1.5):
    """Press Run, see it going, press Stop: it has stopped within two seconds, and half a one for the browser."""
    run, stop = place.get_by_role("button", name="▶"), place.get_by_role("button", name="■")
    run.click()
    place.get_by_text(re.compile(r"\d+ of \d+")).wait_for(timeout=60_000)
    assert run.is_disabled() and stop.is_enabled()
    book.page.wait_for_timeout(int(after * 1000))
    began = time.monotonic()
    stop.click()
    place.get_by_text("Stopped after").wait_for(timeout=10_000)
    assert time.monotonic() - began < 2.5
    assert run.is_enabled() and stop.is_disabled()


def answer(book, place):
    """An exercise answered wrongly, which names the mistake, then rightly."""
    book.run(place, SKIPS_SILENT)
    assert "Not yet" in (said := place.locator(".jp-OutputArea").inner_text()) and "divide by all four" in said
    book.run(place, COUNTS_ALL)
    assert "Right" in place.locator(".jp-OutputArea").inner_text()


def open_card(card):
    """A folded card opens at a click."""
    assert not card.evaluate("card => card.open")
    card.locator("> summary").click()
    assert card.evaluate("card => card.open")
