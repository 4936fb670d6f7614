"""The one door to ipywidgets, 7.7 to 8: widgets where they exist, and the displayed bundle that carries a static twin."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from course_lib.controls.pictures import HTML, PNG, TEXT, WIDE, as_html, sentence

VIEW = "application/vnd.jupyter.widget-view+json"
MISSING = "This notebook has no widgets (ipywidgets is not installed), so nothing moves here."


def present() -> bool:
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def make(kind: str, **traits: Any) -> Any:
    """A widget of ipywidgets; where that is missing, a bare holder of the same values."""
    if not present():
        return SimpleNamespace(**traits)
    import ipywidgets

    return getattr(ipywidgets, kind)(**traits)


def watch(widget: Any, react) -> None:
    """Call `react()` when the widget's value changes."""
    if hasattr(widget, "observe"):
        widget.observe(lambda change: react(), names="value")


def row(children: list) -> Any:
    """Widgets side by side, in more lines where the page is narrow."""
    layout = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "2px 16px"}
    return make("Box", children=tuple(children), layout=layout)


def with_twin(box: Any, twin: dict[str, Any], words: str, without: str) -> tuple[dict, dict]:
    """What is displayed, with its metadata: the widget where there are some, the twin for GitHub, print and headless runs.

    `words` is the twin as plain text. Without ipywidgets the twin stands under a sentence that says so, and `without`
    says what to do instead.
    """
    if not present():
        return {TEXT: f"{MISSING} {without}\n{words}", HTML: sentence(f"{MISSING} {without}") + as_html(twin)}, {}
    view = {VIEW: {"version_major": 2, "version_minor": 0, "model_id": box.model_id}, TEXT: words}
    about = {PNG: {"width": WIDE, "alt": twin[TEXT]}} if PNG in twin else {}
    return view | {kind: twin[kind] for kind in (PNG, HTML) if kind in twin}, about
