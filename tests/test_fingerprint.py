"""The fingerprint by which a notebook knows a run again: it must change with all that changes a result, and else not."""

import builtins
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from course_lib import confine, tampering
from course_lib.methods import grpo, rft, star
from course_lib.policy import load_adapter, save_adapter
from course_lib.progress import quiet, shown
from course_lib.run.fingerprint import fingerprint
from course_lib.train import sft
from course_lib.types import Example


def in_cell(text: str):
    """The function `slot` that a notebook's cell would define."""
    cell = {"__name__": "__main__"}
    exec(text, cell)
    return cell["slot"]


CHANGES = {
    "a line": ("def slot(g): return g[:1]", "def slot(g): return g[:2]"),
    "a keyword's default": ("def slot(g, *, cap=1): return g[:cap]", "def slot(g, *, cap=2): return g[:cap]"),
    "a helper": ("def h(g): return g\ndef slot(g): return h(g)", "def h(g): return g[1:]\ndef slot(g): return h(g)"),
    "a constant": ("CAP = 1\ndef slot(g): return g[:CAP]", "CAP = 2\ndef slot(g): return g[:CAP]"),
    "a dict": ("CAPS = {4: 1}\ndef slot(g): return CAPS", "CAPS = {4: 2}\ndef slot(g): return CAPS"),
    "a class": tuple(f"class C:\n  def keep(s, g): return g[:{n}]\ndef slot(g): return C().keep(g)" for n in (1, 2)),
    "a set": ("CAPS = {4, 5}\ndef slot(g): return CAPS", "CAPS = {4, 6}\ndef slot(g): return CAPS"),
    "bytes": ("CAP = b'1'\ndef slot(g): return CAP", "CAP = b'2'\ndef slot(g): return CAP"),
    "a property": tuple(
        f"class C:\n  @property\n  def n(s): return {n}\ndef slot(g): return g[:C().n]" for n in (1, 2)
    ),
    "a static method": tuple(
        f"class C:\n  @staticmethod\n  def n(): return {n}\ndef slot(g): return g[:C.n()]" for n in (1, 2)
    ),
    "a class's number": tuple(f"class C:\n  n = {n}\ndef slot(g): return g[:C.n]" for n in (1, 2)),
    "an object's number": tuple(
        f"class C:\n  def __init__(s): s.n = {n}\n  def keep(s, g): return g[:s.n]\nslot = C().keep" for n in (1, 2)
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_the_code_or_of_what_it_uses_is_another_run(what):
    before, after = map(in_cell, CHANGES[what])
    assert fingerprint(before) != fingerprint(after)
    assert fingerprint(before) == fingerprint(in_cell(CHANGES[what][0]))


@pytest.mark.parametrize(
    "piece", ["asks.hint", "train.batches.ByLength.__iter__", "sampling.decode.decode", "branches.STRIDE"]
)
def test_what_a_method_reaches_through_a_module_a_class_or_an_import_of_its_own_counts(piece, monkeypatch):
    before = fingerprint(star())
    monkeypatch.setattr(f"course_lib.{piece}", lambda *_: None)
    assert fingerprint(star()) != before


@pytest.mark.parametrize("module", ["ranks", "statistics"])
def test_two_modules_with_a_function_of_one_name_both_count(module, monkeypatch):
    """One of them alone would be whichever comes last in a set, which another process orders otherwise."""
    text = "from course_lib import ranks, statistics\ndef slot(x): return ranks.mean(x) + statistics.mean(x)"
    before = fingerprint(in_cell(text))
    monkeypatch.setattr(f"course_lib.{module}.mean", lambda numbers: 0.0)
    assert fingerprint(in_cell(text)) != before


def test_settings_count_and_a_progress_bar_does_not():
    prints = [fingerprint(m) for m in (star(), star(k=4), star(lr=1e-3), star(cap=3), rft())]
    assert len(set(prints)) == 5
    assert fingerprint(star(bar=shown)) == fingerprint(star(bar=quiet)) == prints[0]


def test_a_set_of_functions_and_an_array_of_texts_have_one_that_another_process_finds():
    held = "import numpy\ndef h(g): return g\nALL, NAMES = {{h, len}}, numpy.array(['a', {}], dtype=object)\n"
    one, again, other = (in_cell(held.format(x) + "def slot(g): return ALL, NAMES") for x in ("'b'", "'b'", "'c'"))
    assert fingerprint(one) == fingerprint(again) != fingerprint(other)


@pytest.mark.parametrize("made", ["import torch\nW = torch.{}(3)", "import numpy\nW = numpy.{}(3)"])
def test_numbers_in_a_tensor_or_an_array_count(made):
    zeros, ones = (in_cell(f"{made.format(what)}\ndef slot(g): return W") for what in ("zeros", "ones"))
    assert fingerprint(zeros) != fingerprint(ones)
    assert fingerprint(zeros) == fingerprint(in_cell(f"{made.format('zeros')}\ndef slot(g): return W"))


def test_two_references_that_differ_only_in_their_adapter_are_two_runs(qwen):
    one, other = (replace(qwen, weights={"A": torch.full((2, 2), x)}) for x in (0.0, 1.0))
    prints = [fingerprint(grpo(4, beta=0.1, reference=p)) for p in (one, other, one)]
    assert prints[0] == prints[2] != prints[1]


def test_a_function_that_calls_itself_has_one():
    assert fingerprint(in_cell("def slot(n): return n and slot(n - 1)"))


@pytest.mark.parametrize(
    "slot", ["return __builtins__", "return [__builtins__ for _ in g]", "return vars(__builtins__)"]
)
def test_a_function_that_reads_what_python_itself_names_has_one(slot, monkeypatch):
    """Also where these hold a cycle, as those of a notebook may: they are no part of a method."""
    text = f"def slot(g): {slot}"
    before = fingerprint(in_cell(text))
    cycle = {}
    cycle["again"] = [cycle]
    monkeypatch.setattr(builtins, "held", cycle, raising=False)
    assert fingerprint(in_cell(text)) == before != fingerprint(in_cell("def slot(g): return g"))
    cell = {"__name__": "__main__", "__builtins__": {"held": cycle}}
    exec(text, cell)
    assert fingerprint(cell["slot"]) == before, "and another's are not another method"


def test_so_has_what_closes_the_sandbox_s_doors_and_an_agent_s_score(monkeypatch):
    assert fingerprint(confine.start) and fingerprint(tampering.play)
    scores = [tampering.OPEN, tampering.LOCKED, tampering.AUDITED, tampering.HALF_BLIND]
    before = [fingerprint(tampering.evaluated(e)) for e in scores]
    assert len(set(before)) == 4 and before == [fingerprint(tampering.evaluated(e)) for e in scores]
    monkeypatch.setattr(tampering, "WORKBENCH", "another text of the tools")
    assert not set(before) & {fingerprint(tampering.evaluated(e)) for e in scores}


def test_another_process_finds_the_same_run():
    text = (
        "from course_lib.run.fingerprint import fingerprint\nfrom course_lib.methods import star\n"
        "def slot(x): return x in {'one', 'two', 'three', 'four'}\nprint(fingerprint(slot, star()))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", text], env=os.environ | {"PYTHONHASHSEED": s}, capture_output=True, text=True
        )
        for s in "12"
    ]
    assert runs[0].stdout == runs[1].stdout != "", runs[0].stderr


def test_weights_that_were_read_back_are_the_same_weights(qwen, tmp_path):
    """PEFT gives them in the order of the layers, a file in that of their names: a new runtime must find the run again."""
    learned = sft(qwen, [Example("1+1?", "2")] * 4, lr=1e-3, epochs=1, batch=4, seed=0)
    save_adapter(learned, tmp_path)
    back = load_adapter(qwen, tmp_path)
    assert list(back.weights) != list(learned.weights)
    assert fingerprint({"reference": back.weights}) == fingerprint({"reference": learned.weights})
