"""The quiz cards: complete, folded without a script, and plain enough for a page that strips all styles."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_lib.check import quiz
from course_lib.errors import CourseError

FOLDER = Path(quiz.__file__).parent / "questions"


class Folds(HTMLParser):
    """Collects the text that shows while every <details> is closed; checks that tags close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.shown = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "details" not in self.open or ("summary" in self.open and self.open.count("details") == 1):
            self.shown.append(data)


@pytest.fixture(params=quiz.DECKS)
def deck(request):
    return quiz.cards(request.param)


def test_every_deck_has_a_file_and_every_file_a_deck():
    assert sorted(p.stem for p in FOLDER.glob("*.json")) == sorted(quiz.DECKS)


def test_a_card_asks_answers_and_follows_up(deck):
    assert 4 <= len(deck.cards) <= 6
    for card in deck.cards:
        assert card["question"] and card["answer"] and 1 <= len(card["follow_ups"]) <= 3
        assert ("options" in card) != ("write" in card), "choose or write, one of the two"
        assert set(card) <= {"question", "options", "write", "answer", "follow_ups"}
        for follow in card["follow_ups"]:
            assert set(follow) == {"question", "answer"} and follow["question"].rstrip("*”").endswith(("?", "."))


def test_a_choice_has_one_right_option_and_a_reason_for_each(deck):
    for card in deck.cards:
        options = card.get("options", ())
        assert not options or (3 <= len(options) <= 4 and sum(o["right"] for o in options) == 1)
        assert all(o["because"].endswith((".", "”")) for o in options)


def test_the_right_option_is_not_told_by_its_place():
    places = [
        [o["right"] for o in card["options"]].index(True)
        for name in quiz.DECKS
        for card in quiz.cards(name).cards
        if "options" in card
    ]
    assert max(map(places.count, set(places))) <= 0.6 * len(places)


def test_answers_are_folded_and_questions_are_not(deck):
    page = deck._repr_html_()
    reader = Folds()
    reader.feed(page)
    shown = re.sub(r"\s+", " ", "".join(reader.shown))
    assert not reader.open, "every tag is closed"
    for card in deck.cards:
        plain = re.sub(r"[`*]", "", card["question"])
        assert plain in shown
        hidden = [
            card["answer"],
            *(o["because"] for o in card.get("options", ())),
            *(f["answer"] for f in card["follow_ups"]),
        ]
        for text in hidden:
            first = re.split(r"[`*\n]", text)[0] or text[:20]
            assert len(first) < 25 or first not in shown


def test_a_page_needs_no_script_no_network_and_no_style_sheet(deck):
    page = deck._repr_html_()
    for word in ("<script", "<style", "http", "onclick", "<input", "src="):
        assert word not in page
    bare = re.sub(r' style="[^"]*"', "", page)
    assert "✓ Yes." in bare and "✗ No." in bare and "<summary>" in bare, "it reads without colours"


def test_in_a_terminal_question_options_and_answer_are_text(deck):
    text = repr(deck)
    assert "<" not in text.replace("<<", "") and deck.cards[0]["question"] in text and "Answer:" in text


def test_an_unknown_deck_is_said_in_a_sentence():
    with pytest.raises(CourseError, match=r"no quiz cards named 'stars': choose one of loop, star, rft, rest"):
        quiz.cards("stars")


def test_question_files_are_data_only():
    for path in FOLDER.glob("*.json"):
        assert set(json.loads(path.read_text(encoding="utf-8"))) == {"words", "cards"}
