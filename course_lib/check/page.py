"""How a card looks: plain HTML with inline colours, no script; without its colours it still reads."""

from __future__ import annotations

import html
import re

INK = "#1a1a1a"
GOOD, BAD, PLAIN, IDEA = "#009E73", "#D55E00", "#555555", "#0072B2"
CODE = f'<code style="background:#e9e9e9;color:{INK};padding:0 3px;border-radius:3px">'
FOLD = "margin:6px 0 2px 0"


def rich(text: str) -> str:
    """Plain text as HTML: `code`, *stress*, and a blank line between paragraphs."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"`([^`]+)`", rf"{CODE}\1</code>", safe)
    safe = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<em>\1</em>", safe)
    return "<br><br>".join(safe.split("\n\n"))


def box(inner: str, edge: str = IDEA) -> str:
    """A light card with a coloured left edge."""
    style = f"border:1px solid #c8c8c8;border-left:6px solid {edge};background:#fafafa;color:{INK}"
    return f'<div style="{style};padding:10px 14px;margin:8px 0;max-width:46em;line-height:1.45">{inner}</div>'


def fold(summary: str, inner: str) -> str:
    """A part that opens on a click. Both are HTML."""
    return (
        f'<details style="{FOLD}"><summary style="cursor:pointer">{summary}</summary>'
        f'<div style="margin:4px 0 8px 18px">{inner}</div></details>'
    )


def code_block(text: str) -> str:
    style = f"background:#f0f0f0;color:{INK};padding:8px 10px;overflow-x:auto;line-height:1.35"
    return f'<pre style="{style}">{html.escape(text, quote=False)}</pre>'


def quoted(text: str) -> str:
    """A completion on one line: its lines joined by slashes."""
    return "`" + " / ".join(text.split("\n")) + "`"
