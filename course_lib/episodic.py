"""Episodic memory: a few sentences about earlier attempts, put before the next prompt.
Shinn et al. 2023, Reflexion, arXiv 2303.11366, §3.

Kept: plain text, a small capacity (the public code keeps three), the oldest dropped. A person can read, edit and poison it.
Changed: the newest sentence stands first. The pocket model believes the first of two that contradict each other; see notebook 07.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from course_lib import asks
from course_lib.errors import need, need_count

CAPACITY = 3


@dataclass(frozen=True)
class Memory:
    """At most `capacity` sentences, the newest first. `Memory(sentences=("Here a zib is 8 coins.",))` is one written by hand."""

    sentences: tuple[str, ...] = ()
    capacity: int = CAPACITY

    def __post_init__(self):
        need_count("capacity", self.capacity)
        need(not isinstance(self.sentences, str), f"a memory holds sentences: write ({self.sentences!r},).")

    def add(self, sentence: str) -> Memory:
        return replace(self, sentences=kept(self.sentences, sentence, self.capacity))

    def before(self, prompt: str) -> str:
        """The prompt with what is remembered before it."""
        told = " ".join(self.sentences[: self.capacity]).strip()
        return asks.remember(prompt, told) if told else prompt


def kept(sentences: tuple[str, ...], new: str, capacity: int) -> tuple[str, ...]:
    """What is remembered once `new` is there: newest first, the oldest dropped, nothing blank stored."""
    return (new.strip(), *sentences)[:capacity] if new.strip() else sentences[:capacity]
