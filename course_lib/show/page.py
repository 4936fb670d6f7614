"""Things shown as HTML: plain tables and folds that still read when a site strips every style, and in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass

BLOCK = "background:#ffffff;color:#1a1a1a;padding:10px 12px;border:1px solid #cccccc;border-radius:6px;"
BLOCK += (
    "max-width:960px;margin:0 0 8px;font-family:system-ui,sans-serif;font-size:14px;line-height:1.45;text-align:left"
)
CELL = "text-align:left;vertical-align:top;padding:5px 8px;border:0;border-bottom:1px solid #e3e3e3"
ROW = "background:#ffffff;color:#1a1a1a"
MONO = "background:none;color:inherit;padding:0;font:13px ui-monospace,Menlo,Consolas,monospace"
QUIET = "#5f5f5f"  # 6:1 on white
WRONG = "#A63A00"  # 6:1 on white; dark in greyscale


@dataclass(frozen=True, repr=False)
class Page:
    """HTML for a notebook, and the same in plain text for a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def block(*parts: str) -> str:
    """One white block: it brings its own background and ink, so it reads on light and dark pages."""
    return f'<div style="{BLOCK}">{"".join(parts)}</div>'


def title(text: str) -> str:
    return plain(f"<b>{html.escape(text)}</b>") if text else ""


def plain(text: str) -> str:
    """A line that is to be read, in the block's own ink. Takes HTML."""
    return f'<p style="margin:0 0 8px;color:#1a1a1a">{text}</p>'


def aside(text: str) -> str:
    """A quiet line under or over a table. Takes HTML."""
    return f'<p style="margin:6px 0;color:{QUIET}">{text}</p>'


def cell(content: str, style: str = "", tag: str = "td", span: int = 1) -> str:
    """One cell. Takes HTML; later styles win over earlier ones."""
    wide = f' colspan="{span}"' if span > 1 else ""
    return f'<{tag}{wide} align="left" style="{CELL};{style}">{content}</{tag}>'


def row(*cells: str) -> str:
    return f'<tr style="{ROW}">{"".join(cells)}</tr>'


def table(rows: list[str], head: list[str] = ()) -> str:
    """A real table; `rows` are made by row(), `head` names the columns."""
    top = f"<thead>{row(*(cell(html.escape(h), 'font-weight:bold', 'th') for h in head))}</thead>" if head else ""
    style = "border-collapse:collapse;table-layout:auto;border:0;margin:0;width:100%;font-size:14px"
    return f'<table style="{style}">{top}<tbody>{"".join(rows)}</tbody></table>'


def fold(summary: str, *inside: str) -> str:
    """Something to click open, without a script. Takes HTML."""
    style = "margin:4px 0;background:#ffffff;color:#1a1a1a"
    body = f'<div style="margin:6px 0 10px 16px">{"".join(inside)}</div>'
    return f'<details style="{style}"><summary style="cursor:pointer">{summary}</summary>{body}</details>'


def mono(text: str) -> str:
    """Words of a model or of Python, letter for letter. Takes plain text."""
    return code(html.escape(text))


def code(content: str) -> str:
    """The same for what is HTML already."""
    return f'<code style="{MONO}">{content}</code>'
