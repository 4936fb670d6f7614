"""What a check says: passed or not, and one or two sentences that confirm, or name the mistake."""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.check.page import BAD, GOOD, box, paragraphs


@dataclass(frozen=True, repr=False)
class Verdict:
    passed: bool
    says: str

    @property
    def title(self) -> str:
        return "✓ Right." if self.passed else "✗ Not yet."

    def _repr_html_(self) -> str:
        return box(paragraphs(self.says, f"<b>{self.title}</b> "), GOOD if self.passed else BAD)

    def __repr__(self) -> str:
        return f"{self.title} {self.says}"


@dataclass(frozen=True, repr=False)
class Note:
    """Words to show, for a hint."""

    title: str
    says: str

    def _repr_html_(self) -> str:
        return box(paragraphs(self.says, f"<b>{self.title}</b> "))

    def __repr__(self) -> str:
        return f"{self.title} {self.says}"
