"""docs/class.md, the teacher's page: what it copies from the notebooks is theirs, word for word."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs/class.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "notebooks/src").glob("*.py"))


def asked(source: str) -> tuple[str, list[str]]:
    """The question that a notebook asks for a prediction of, and its options."""
    tree = ast.parse("\n".join(line for line in source.splitlines() if not line.startswith(("%", "!"))))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "room.predict"]
    texts = {ast.unparse(n.targets[0]): n.value for n in ast.walk(tree) if isinstance(n, ast.Assign)}
    question, *options = calls[0].args
    return ast.literal_eval(texts[question.id]), [ast.literal_eval(option) for option in options]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_the_room_is_asked_what_the_notebook_asks(path):
    question, options = asked(path.read_text(encoding="utf-8"))
    assert f"| {path.stem.split('_')[0]} | {question} | {' / '.join(options)} |" in GUIDE


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_what_a_notebook_needs_is_what_its_card_says(path):
    card = re.search(r"^# \| needs \| (.*) \|$", path.read_text(encoding="utf-8"), re.M)[1]
    assert f"| {path.stem.split('_')[0]} | {card} |" in GUIDE


def test_a_session_ends_with_a_section_that_the_notebook_has():
    titles = {re.sub(r"^# ## ", "", line) for p in SOURCES for line in p.read_text(encoding="utf-8").splitlines()}
    table = GUIDE.split("## Six sessions")[1].split("## What to run")[0]
    ends = re.findall(r"to \*([^*]+)\*", table)
    assert len(ends) >= 11
    for end in ends:
        assert any(title == end or title.startswith(f"{end}:") for title in titles), end
