"""The package's own source, on the page: what you read is what runs."""

from __future__ import annotations

import html
import inspect
import sys
from pathlib import Path
from typing import Any

from course_lib.errors import need
from course_lib.show.page import Page, aside, block
from course_lib.types import Method

PRE = "background:#ffffff;color:#1a1a1a;margin:0;padding:0;border:0;overflow-x:auto;white-space:pre;line-height:1.4;"
PRE += "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12.5px"


def source(thing: Any) -> Page:
    """The source of a function, class or module, with its file and line. A slot made by a function shows its maker."""
    return listing(*lines_of(maker(thing)))


def listing(where: str, text: str) -> Page:
    body = f'<pre style="{PRE}">{coloured(text)}</pre>'
    return Page(block(aside(f"<b>{html.escape(where)}</b>"), body), f"# {where}\n{text}")


def lines_of(thing: Any) -> tuple[str, str]:
    """(file:line, source)."""
    need(
        not isinstance(thing, Method),
        f"a Method is a value: show what makes it, source({getattr(thing, 'name', 'star')}), or one slot, source(method.select).",
    )
    try:
        text, first = inspect.getsourcelines(thing)
        file = inspect.getsourcefile(thing) or ""
    except (TypeError, OSError):
        need(False, f"{thing!r} has no source to show: give a function, a class or a module written in Python.")
    return f"{short(file)}:{max(1, first)}", inspect.cleandoc("\n" + "".join(text)) + "\n"


def short(file: str) -> str:
    """The path inside the course; of a notebook's cell or another file, no more than a name."""
    parts = Path(file).parts
    if "course_lib" in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index("course_lib") :])
    return "this notebook" if "ipykernel" in file or file.startswith("<") else Path(file).name


def maker(thing: Any) -> Any:
    """For a function made inside another, that other one: `star().revise` was made by `hint`. Others are themselves."""
    thing = inspect.unwrap(thing) if callable(thing) else thing
    name, _, inner = getattr(thing, "__qualname__", "").partition(".<locals>")
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    return getattr(module, name, thing) if inner else thing


def coloured(text: str) -> str:
    """Highlighted, colours inline; without pygments (it comes with Jupyter) in plain ink."""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        return html.escape(text)
    return highlight(text, PythonLexer(), HtmlFormatter(noclasses=True, nowrap=True, style="default"))
