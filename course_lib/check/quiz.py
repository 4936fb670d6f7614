"""Quiz cards: an interview question, options that open to why or why not, the folded answer, folded follow-ups. No script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

from course_lib.check.page import box, paragraphs, rich
from course_lib.errors import need
from course_lib.show.page import fold

DECKS = (
    *("loop", "star", "rft", "rest", "cai", "spin", "self_rewarding", "reflexion", "ttrl"),
    *("loopholes", "tampering", "collapse", "overoptimisation", "genuine", "stagnation", "agents"),
)
HOW = "Where there are options, choose one before you open it. Where there are none, write before you open the answer."


@dataclass(frozen=True, repr=False)
class Cards:
    """The questions of one notebook. `cards[i]` has question, options or write, answer, follow_ups."""

    words: str
    cards: tuple[dict, ...]

    def _repr_html_(self) -> str:
        return box(paragraphs(f"{self.words}\n\n{HOW}", "<b>Words you need.</b> ")) + "".join(
            box(card_html(card, f"Question {i} of {len(self.cards)}")) for i, card in enumerate(self.cards, 1)
        )

    def __repr__(self) -> str:
        return "\n\n".join([f"Words you need. {self.words}", *(card_text(c, i) for i, c in enumerate(self.cards, 1))])


def cards(name: str) -> Cards:
    """The cards of a notebook: cards("star")."""
    need(name in DECKS, f"there are no quiz cards named {name!r}: choose one of {', '.join(DECKS)}.")
    data = json.loads((files("course_lib.check") / "questions" / f"{name}.json").read_text(encoding="utf-8"))
    return Cards(data["words"], tuple(data["cards"]))


def card_html(card: dict, head: str) -> str:
    options = "".join(option_html(o, letter) for o, letter in zip(card.get("options", ()), "ABCD", strict=False))
    todo = paragraphs(card["write"]) if "write" in card else ""
    answer = fold("<b>A model answer</b>", paragraphs(card["answer"]))
    more = "".join(
        fold(f"<b>Follow-up.</b> {rich(f['question'])}", paragraphs(f["answer"])) for f in card["follow_ups"]
    )
    asked = paragraphs(card["question"], f"<b>{head}.</b> ")
    return f'{asked}{todo}{options}<div style="margin-top:10px">{answer}{more}</div>'


def option_html(option: dict, letter: str) -> str:
    verdict = "✓ Yes." if option["right"] else "✗ No."
    return fold(f"<b>{letter}.</b> {rich(option['text'])}", paragraphs(option["because"], f"<b>{verdict}</b> "))


def card_text(card: dict, number: int) -> str:
    """For a terminal, where nothing folds: the question, and below it everything that answers it."""
    options = list(zip(card.get("options", ()), "ABCD", strict=False))
    lines = [f"{number}. {card['question']}", *(f"   {letter}. {o['text']}" for o, letter in options)]
    lines += [card["write"]] if "write" in card else []
    lines += [f"   {letter}: {'yes' if o['right'] else 'no'}. {o['because']}" for o, letter in options]
    lines += [f"Answer: {card['answer']}"]
    return "\n".join(lines + [f"Follow-up: {f['question']}\n   {f['answer']}" for f in card["follow_ups"]])
