"""A drawing as a small PNG: at most 256 colours, a third of the bytes, flat areas kept exactly."""

from __future__ import annotations

import io
from typing import Any


def png(figure: Any) -> bytes:
    """The figure as PNG bytes."""
    from PIL import Image

    pixels = drawn(figure)
    palette, lookup = few_colours(Image.fromarray(pixels))
    image, out = Image.fromarray(lookup[cell_of(pixels)]), io.BytesIO()
    image.putpalette(palette.tobytes())
    image.save(out, "png")
    return out.getvalue()


def drawn(figure: Any) -> Any:
    """Pixels (height, width, 3) of the figure, drawn in memory; a figure made elsewhere is given a canvas for it."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = figure.canvas if hasattr(figure.canvas, "buffer_rgba") else FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def few_colours(image: Any) -> tuple[Any, Any]:
    """(palette (≤256, 3), the palette index of each cell). Of the colours in one cell, the commonest stands for all."""
    import numpy as np

    counted = sorted(image.getcolors(image.width * image.height), reverse=True)
    colours = np.array([colour for _, colour in counted], np.uint8)  # the commonest first
    cells, first = np.unique(cell_of(colours), return_index=True)
    palette = colours[np.sort(first)[:256]]
    away = np.abs(colours[first].astype(int)[:, None] - palette.astype(int)[None]).sum(2)
    lookup = np.zeros(1 << 15, np.uint8)
    lookup[cells] = away.argmin(1)
    return palette, lookup


def cell_of(colours: Any) -> Any:
    """Which of 32,768 cells of like colours a colour belongs to: five bits of each of red, green and blue."""
    r, g, b = (colours[..., i].astype("int32") >> 3 for i in range(3))
    return r << 10 | g << 5 | b
