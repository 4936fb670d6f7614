"""What the check of every exercise promises, whatever it is about. A notebook's test file says what its own mistakes are.

@pytest.mark.parametrize("ex, words, mistaken", cases({ex1: {"words of the verdict": a_mistaken_function}}))
def test_a_known_mistake_is_named(ex, words, mistaken):
    is_named(ex, words, mistaken)

test_exercise_cards.py holds every exercise to PROMISES.
"""

import itertools
import re
import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "numpy", "matplotlib")


def cases(mistakes):
    """{exercise: {words: mistaken function}} as pytest's parameters (exercise, words, function)."""
    return [
        pytest.param(ex, words, f, id=f"{ex.name}: {words}")
        for ex, named in mistakes.items()
        for words, f in named.items()
    ]


def is_named(ex, words, mistaken):
    """The function does not pass, and its verdict holds `words` and reads as sentences."""
    verdict = ex.check(mistaken)
    says = re.sub(
        r" at `.*` with", " with", verdict.says, flags=re.DOTALL
    )  # the line where it stopped may hold anything
    assert not verdict.passed
    assert words in says, verdict.says
    assert says[-1] in ".?!)" and "Traceback" not in says and "{" not in says


def passes(ex, f):
    verdict = ex.check(f)
    assert verdict.passed, verdict.says
    return verdict


def ends_what_has_no_end(ex):
    def forever(*args):
        while True:
            pass

    def catching(*args):
        while True:
            try:
                raise ValueError
            except Exception:
                continue

    def counting(*args):
        return [i for i in itertools.count() if i < 0]

    for f in (forever, catching, counting):
        assert "has not ended after 2,000,000 lines" in ex.check(f).says
    assert "calls `exit()`" in ex.check(lambda *args: sys.exit()).says
    assert sys.gettrace() is None


def lets_an_interrupt_through(ex):
    def stop(*args):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ex.check(stop)
    assert sys.gettrace() is None


def has_a_stub_that_runs_and_does_not_pass(ex):
    """A stub with `...` is told to be empty; one with a bug to repair is told what the bug does."""
    name, scope = ex.call.split("(")[0], {ex.name: ex}
    exec(ex.stub, scope)  # it ends in a check, as in the notebook
    verdict = ex.check(scope[name])
    assert not verdict.passed and ("empty stub" in verdict.says) == ("    ...\n" in ex.stub)
    assert ex.stub.endswith(f"\n\n\n{ex.name}.check({name})") and max(map(len, ex.stub.split("\n"))) <= 88


def says_what_is_no_answer_in_a_sentence(ex):
    def todo(*args):
        raise NotImplementedError

    def broken(*args):
        return [][3]

    for empty in (todo, lambda *args: None, lambda *args: ...):
        assert "empty stub" in ex.check(empty).says
    said = ex.check(broken).says
    assert "IndexError" in said and "return [][3]" in said
    assert "returns an `object`" in ex.check(lambda *args: object()).says
    assert "your function does not take" in ex.check(lambda: 1).says
    assert "the function itself" in ex.check([1]).says


def has_a_card_without_styles_and_scripts(ex):
    page = ex._repr_html_()
    assert "<script" not in page and "http" not in page and "<style" not in page
    assert page.count("<details") == 2 and ex.title in page and "minutes" in page and "★" in page
    assert ex.answer_of[0].__name__ in page and "def " in repr(ex.answer())
    assert ex.hint_text in repr(ex.hint()) and f"{ex.name}.check(" in repr(ex)


PROMISES = [
    pytest.param(keeps, id=keeps.__name__)
    for keeps in (
        lets_an_interrupt_through,
        has_a_stub_that_runs_and_does_not_pass,
        says_what_is_no_answer_in_a_sentence,
        has_a_card_without_styles_and_scripts,
    )
]


def loads_lightly(module):
    """Importing a module of checks loads nothing heavy."""
    code = f"import {module.__name__}, sys; print([m for m in {HEAVY} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
