"""Progress bars for long phases, on standard error. Quiet unless a caller asks."""

from __future__ import annotations

import sys
from functools import partial

from tqdm import tqdm


def bar(title: str, total: int, unit: str, quiet: bool) -> tqdm:
    return tqdm(total=total, desc=title, unit=unit, leave=False, disable=quiet, dynamic_ncols=True, mininterval=0.5)


quiet = partial(bar, quiet=True)
shown = partial(bar, quiet=False)


def say(sentence: str) -> None:
    """A line on standard error, above any bar."""
    tqdm.write(f"course: {sentence}", file=sys.stderr)
