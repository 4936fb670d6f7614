"""The matched control of a method: everything the same, but what is kept is drawn at random.

A gain over it is due to *which* completions were kept, not to how many, to the problems they belong to, or to training
on one's own text. The habit is rlhf-book's: for each way of selecting, its random twin.
"""

from __future__ import annotations

from dataclasses import replace

from course_lib.select import random_like
from course_lib.types import Method


def control(method: Method) -> Method:
    return replace(method, name=f"{method.name} (random keep)", select=random_like(method.select))
