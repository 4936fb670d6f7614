"""What a built notebook shows of the package alone, as it is now: listings of its source, exercises, quiz cards, claims.

Nothing is run: what a cell has computed stays.
"""

from __future__ import annotations

import ast
import html
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course_lib import show
from course_lib.check import quiz
from course_lib.claims import table
from course_lib.show.code import coloured

REPOSITORY = Path(__file__).parent.parent
LISTING = re.compile(r"^# (course_lib/[\w/]+\.py):(\d+)\n(.*?)(?=^# course_lib/|\Z)", re.MULTILINE | re.DOTALL)
EXERCISES = re.compile(r"from course_lib\.check\.(\w+) import ex1, ex2")


def renew(book: NotebookNode) -> int:
    """Show all of it as it is now; returns how many pieces were another."""
    return renew_listings(book) + renew_cards(book) + renew_claims(book)


def listings(book: NotebookNode) -> list[tuple[NotebookNode, tuple[str, str, str]]]:
    """Every piece of the package that is shown: the data of its output, and (file, line, code)."""
    shown = [o.data for c in book.cells for o in c.get("outputs", []) if "text/plain" in o.get("data", {})]
    return [(data, found) for data in shown for found in LISTING.findall(data["text/plain"])]


def as_it_is(file: str, code: str) -> tuple[int, str]:
    """(line, code) of the function or class that `code` was once."""
    name = re.search(r"^(?:def|class) (\w+)", code, re.MULTILINE)[1]
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    nodes = [n for n in ast.parse(text).body if getattr(n, "name", "") == name]
    if not nodes:
        raise SystemExit(f"{name} is no longer in {file}, and a notebook shows it: build that notebook anew.")
    first = min([nodes[0].lineno, *(d.lineno for d in nodes[0].decorator_list)])
    return first, inspect.cleandoc("\n" + "\n".join(text.split("\n")[first - 1 : nodes[0].end_lineno])) + "\n"


def renew_listings(book: NotebookNode) -> int:
    """The package's source."""
    changed = 0
    for data, (file, line, code) in listings(book):
        now, text = as_it_is(file, code)
        was = code.rstrip("\n") + "\n"
        if (int(line), was) == (now, text):
            continue
        for kind, write in (
            ("text/plain", str.rstrip),
            ("text/html", lambda s: coloured(s) if "\n" in s else html.escape(s)),
        ):
            for old, new in ((f"{file}:{line}", f"{file}:{now}"), (was, text)):
                if write(old) not in data[kind]:
                    raise SystemExit(f"{file}:{line} is shown in another form now: build that notebook anew.")
                data[kind] = data[kind].replace(write(old), write(new))
        changed += was != text
    return changed


def renew_cards(book: NotebookNode) -> int:
    """Exercises, with the answers folded into them, and quiz cards."""
    changed = 0
    for cell, card in cards(book):
        for output in (o for o in cell.outputs if o.output_type == "execute_result"):
            now = {"text/html": card._repr_html_(), "text/plain": repr(card)}
            changed += dict(output.data) != now
            output.data.update(now)
    return changed


def cards(book: NotebookNode) -> Iterator[tuple[NotebookNode, Any]]:
    """(cell, what its last line shows) of the cells that end in an exercise or in quiz cards."""
    cells = [c for c in book.cells if c.cell_type == "code" and c.source]
    home = next((m[1] for c in cells if (m := EXERCISES.search(c.source))), None)
    for cell in cells:
        last = cell.source.splitlines()[-1]
        if home and last in ("ex1", "ex2"):
            yield cell, getattr(import_module(f"course_lib.check.{home}"), last)
        if asked := re.fullmatch(r'quiz\.cards\("(\w+)"\)', last):
            yield cell, quiz.cards(asked[1])


def renew_claims(book: NotebookNode) -> int:
    """Claims that stand alone, where their row of data/claims.json is another; one beside a run of its page is left."""
    rows = {r["id"]: r for r in table.read(REPOSITORY / "data" / "claims.json")}
    changed = 0
    for cell in (c for c in book.cells if c.cell_type == "code"):
        asked = re.fullmatch(r'room\.claim\("(C\d+)"\)', cell.source)
        if asked and asked[1] in rows:
            drawn, also = show.claim(rows[asked[1]], None), show.also(rows[asked[1]])
            changed += sum(put(o, drawn if "image/png" in o.data else also) for o in cell.outputs)
    return changed


def put(output: NotebookNode, shown: Any) -> bool:
    """Put it into the output if its words are other ones; a picture's bytes hang on the machine's fonts."""
    if output.data["text/plain"] == repr(shown):
        return False
    if hasattr(shown, "_repr_mimebundle_"):
        data, about = shown._repr_mimebundle_()
        output.data.update(data)
        output.metadata.update(about)
    else:
        output.data.update({"text/html": shown._repr_html_(), "text/plain": repr(shown)})
    return True
