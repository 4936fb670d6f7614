"""How a card looks: plain HTML with inline colours, no script; without its colours it still reads."""

from __future__ import annotations

import html
import re

from course_lib.show.page import BLOCK, MONO
from course_lib.show.style import GOLD, METHOD, PROXY

IDEA, GOOD, BAD = METHOD["color"], GOLD["color"], PROXY["color"]
CODE = f'<code style="{MONO};background:#ececec;padding:0 3px;border-radius:3px">'


def rich(text: str) -> str:
    """Plain text as HTML: `code` and *stress*."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"`([^`]+)`", rf"{CODE}\1</code>", safe)
    return re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<em>\1</em>", safe)


def paragraphs(text: str, lead: str = "") -> str:
    """Plain text with blank lines as HTML paragraphs, `lead` (HTML) before the first."""
    style = "margin:0 0 8px;max-width:740px"
    return "".join(f'<p style="{style}">{lead * (i == 0)}{rich(t)}</p>' for i, t in enumerate(text.split("\n\n")))


def box(inner: str, edge: str = IDEA) -> str:
    """The course's white block with a coloured left edge."""
    return f'<div style="{BLOCK};margin:8px 0;border-left:6px solid {edge}">{inner}</div>'


def quoted(text: str) -> str:
    """A completion on one line: its lines joined by slashes."""
    return "`" + " / ".join(text.split("\n")) + "`"
