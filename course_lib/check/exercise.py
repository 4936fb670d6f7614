"""An exercise: its card, a hint, the answer (the package's own source), and a check that names the mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from course_lib.check.guard import Complaint, Unready, guarded
from course_lib.check.page import box, paragraphs, rich
from course_lib.check.verdict import Note, Verdict
from course_lib.show import source
from course_lib.show.page import fold

ANSWER = "the package's own source"


@dataclass(frozen=True, repr=False)
class Exercise:
    """`examine(f)` runs the learner's function on hand-made data: None when it is right, else the mistake in words."""

    name: str
    call: str  # how the check calls the function, for example "keep(groups)"
    title: str
    task: str
    stub: str  # the cell as it stands in the notebook
    minutes: int
    stars: int  # 1 to 3
    hint_text: str
    confirms: str  # said when the function is right
    answer_of: tuple[Callable, ...]  # whose source is the answer
    complain: Complaint  # what is wrong with the type of a result, or None
    examine: Callable[[Callable], str | None]

    def check(self, f: Callable) -> Verdict:
        """Run `f` on hand-made data beside the answer key, and say what it shows. Never a traceback."""
        try:
            mistake = self.examine(guarded(f, self.call, self.complain))
        except Unready as why:
            return Verdict(False, str(why))
        return Verdict(mistake is None, mistake or self.confirms)

    def hint(self) -> Note:
        return Note("Hint.", self.hint_text)

    def answer(self) -> Answer:
        """The package's own code: what runs in the loop."""
        return Answer(self.answer_of)

    @property
    def difficulty(self) -> str:
        words = {1: "easy", 2: "medium", 3: "hard"}[self.stars]
        return f"{'★' * self.stars}{'☆' * (3 - self.stars)} {words}, about {self.minutes} minutes"

    def _repr_html_(self) -> str:
        head = f"<b>{rich(self.title)}</b><br><small>{self.difficulty}</small>"
        hint = fold("<b>Hint</b>", paragraphs(self.hint_text))
        answer = fold(f"<b>Answer</b>: {ANSWER}", self.answer().sources_html())
        return box(f'<p style="margin:0 0 8px">{head}</p>{paragraphs(self.task)}{hint}{answer}')

    def __repr__(self) -> str:
        return (
            f"{self.title} ({self.difficulty})\n{self.task}\nCheck yours: {self.name}.check({self.call.split('(')[0]})"
        )


@dataclass(frozen=True, repr=False)
class Answer:
    """The source of some functions, one after the other."""

    functions: tuple[Callable, ...]

    def sources_html(self) -> str:
        return "".join(source(f)._repr_html_() for f in self.functions)

    def _repr_html_(self) -> str:
        return box(f"<b>Answer</b>: {ANSWER}." + self.sources_html())

    def __repr__(self) -> str:
        return "\n\n".join(repr(source(f)) for f in self.functions)
