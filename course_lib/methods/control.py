"""The matched control of a method: everything the same, but what is kept is drawn at random, or its labels are.

For each problem it keeps as many of its own completions as the filter would keep of them. A gain over it is due to *which*
completions were kept, not to the problems they belong to or to training on one's own text. Numbers of examples match exactly
in the first round (optimiser steps do to within one or two a pass, for answers of one prompt share rows, and rows make up a
step); later each arm samples from its own policy, and the log shows what either kept. With K = 1 there is one
completion to draw from, so a filter's control keeps what the filter keeps: compare at K of 2 or more. Pairs stay, and a coin
says which is chosen; the groups of a policy gradient stay, and their scores are dealt out anew. The habit is rlhf-book's: for
each way of selecting, its random twin.
"""

from __future__ import annotations

from dataclasses import replace

from course_lib.select import random_like
from course_lib.types import Method


def control(method: Method) -> Method:
    """The method with a blind selection (select.random_like)."""
    return replace(method, name=f"{method.name} (random keep)", select=random_like(method.select))
