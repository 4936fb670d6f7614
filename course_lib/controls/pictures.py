"""Anything that can be shown, as what a front end displays and as HTML inside a widget."""

from __future__ import annotations

import base64
import io
import threading
from html import escape
from typing import Any

from course_lib.errors import need

PNG, HTML, TEXT = "image/png", "text/html", "text/plain"
WIDE = 720  # pixels a picture takes on the page at most; the file holds more, for sharp screens and zooming
ONE_AT_A_TIME = (
    threading.Lock()
)  # a slider may be moved while a run draws in its thread, and figures are drawn one at a time


def bundle(thing: Any) -> dict[str, Any]:
    """What can be shown of `thing` by its type: image/png (bytes) or text/html, and text/plain, a picture's alt text."""
    need(
        thing is not None, "draw returned nothing: let it return a picture, for example with `return show.lines(...)`."
    )
    with ONE_AT_A_TIME:
        shown = own_bundle(thing)
    if isinstance(shown.get(PNG), str):
        shown[PNG] = base64.b64decode(shown[PNG])
    if isinstance(thing, str):
        shown = {HTML: f'<div style="white-space:pre-wrap;line-height:1.4">{escape(thing)}</div>'}
    return {TEXT: str(thing)} | shown


def own_bundle(thing: Any) -> dict[str, Any]:
    """The first of: its own bundle, a figure's file, its HTML, its PNG."""
    if hasattr(thing, "_repr_mimebundle_"):
        found = thing._repr_mimebundle_()
        data, about = found if isinstance(found, tuple) else (found or {}, {})
        alt = about.get(PNG, {}).get("alt")
        return dict(data) | ({TEXT: alt} if alt else {})
    if hasattr(thing, "savefig"):
        return {PNG: figure_bytes(thing), TEXT: "a figure"}
    for name, kind in (("_repr_html_", HTML), ("_repr_png_", PNG)):
        found = getattr(thing, name, lambda: None)()
        if found is not None:
            return {kind: found}
    return {}


def figure_bytes(figure: Any) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png")
    return held.getvalue()


def as_html(shown: dict[str, Any]) -> str:
    """A bundle as HTML for a widget."""
    if HTML in shown:
        return shown[HTML]
    if PNG in shown:
        return image(shown[PNG], shown[TEXT])
    return f'<pre style="white-space:pre-wrap">{escape(shown[TEXT])}</pre>'


def image(png: bytes, alt: str) -> str:
    """The picture with its size stated, so that the page does not jump when another one takes its place.

    An HTML widget and not an Image widget: that one has no alternative text.
    """
    wide, high = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))  # the PNG's header
    width = min(WIDE, wide) or WIDE
    return (
        f'<img alt="{escape(alt)}" decoding="sync" width="{width}" height="{round(width * high / max(1, wide))}" '
        f'style="max-width:100%;height:auto" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    )


def sentence(text: str) -> str:
    """One sentence to the reader, on a background of its own so that it reads on dark pages too."""
    return (
        '<div style="background:#fff6e5;color:#222222;border-left:4px solid #E69F00;padding:6px 10px;'
        f'line-height:1.4;max-width:{WIDE}px">{escape(text)}</div>'
    )
