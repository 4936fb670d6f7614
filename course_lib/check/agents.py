"""Exercises of notebook 10: which workflow is changed next, and which skill may be stored."""

from __future__ import annotations

from course_lib.check.mixtures import ex1
from course_lib.check.proofs import ex2

__all__ = ["ex1", "ex2"]
