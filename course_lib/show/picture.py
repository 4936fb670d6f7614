"""A figure with its words: what a reader who can't see it is told."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, repr=False)
class Picture:
    """A matplotlib figure and its alt text. The last value of a cell, it shows itself."""

    figure: Any
    alt: str
    width: int = 720  # CSS pixels on a page; the file holds half as many again, for sharp screens

    def png(self) -> bytes:
        """The drawing in 128 colours: a quarter of the bytes, and no difference to the eye."""
        from PIL import Image

        canvas = agg(self.figure)
        canvas.draw()
        image, out = Image.fromarray(canvas_rgb(canvas)), io.BytesIO()
        image.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "png")
        return out.getvalue()

    def html(self) -> str:
        """An <img> that holds the picture, for widgets and pages."""
        data = base64.b64encode(self.png()).decode()
        return f'<img src="data:image/png;base64,{data}" alt="{html.escape(self.alt)}" width="{self.width}">'

    def save(self, path: Path | str) -> Path:
        self.figure.savefig(path)  # PNG, PDF or SVG, by the name
        return Path(path)

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"width": self.width, "alt": self.alt}}

    def __repr__(self) -> str:
        return f"[picture] {self.alt}"


def agg(figure: Any) -> Any:
    """The figure's canvas in memory; a figure made elsewhere is given one."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return figure.canvas if hasattr(figure.canvas, "buffer_rgba") else FigureCanvasAgg(figure)


def canvas_rgb(canvas: Any) -> Any:
    """Pixels (height, width, 3) of what was drawn."""
    import numpy

    return numpy.asarray(canvas.buffer_rgba())[:, :, :3].copy()
