"""A figure with its words: what a reader who can't see it is told."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.show.png import png


@dataclass(frozen=True, repr=False)
class Picture:
    """A matplotlib figure and its alt text. The last value of a cell, it shows itself."""

    figure: Any
    alt: str
    width: int = 720  # CSS pixels on a page; the file holds half as many again, for sharp screens

    def png(self) -> bytes:
        return png(self.figure)

    def save(self, path: Path | str) -> Path:
        self.figure.savefig(path)  # PNG, PDF or SVG, by the name
        return Path(path)

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"width": self.width, "alt": self.alt}}

    def __repr__(self) -> str:
        return f"[picture] {self.alt}"
