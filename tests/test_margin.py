"""The margin and its loss, and a game replayed: nothing has changed means log 2."""

import math

import pytest

from course_lib.margin import game, margins, preference_loss
from course_lib.pocket.humans import given_answers
from course_lib.tasks.stories import stories
from course_lib.train import dpo
from course_lib.types import Pair

LOG2 = math.log(2)


def test_the_loss_of_a_pair():
    assert preference_loss(-5.0, -7.0, -5.0, -7.0, beta=0.1) == pytest.approx(LOG2)
    assert preference_loss(-4.0, -8.0, -5.0, -7.0, beta=0.5) == pytest.approx(math.log(1 + math.exp(-1)))
    assert preference_loss(0.0, 0.0, 1000.0, -1000.0, beta=1.0) == pytest.approx(2000.0), "no overflow"
    assert preference_loss(1000.0, -1000.0, 0.0, 0.0, beta=1.0) == pytest.approx(0.0, abs=1e-12)


def test_a_policy_against_itself_has_no_margin(pocket):
    told = stories(6, (2, 3), 5)
    given = given_answers(told)
    played = game(pocket, pocket, told, given, seed=0)
    assert played.given == played.own == [0.0] * 6 and played.losses(1.0) == pytest.approx([LOG2] * 6)
    assert len(played.same) == 6 and not all(played.same)


def test_what_was_cut_is_no_move_in_the_game(pocket):
    told = stories(6, (2, 3), 5)
    given = given_answers(told)
    whole, cut = game(pocket, pocket, told, given, seed=0), game(pocket, pocket, told, given, seed=0, max_tokens=20)
    assert len(whole.given) == 6 > len(cut.given) == len(cut.own) == len(cut.same)


def test_training_on_pairs_opens_the_margin_it_was_trained_on(pocket):
    told = stories(8, (2, 3), 5)
    pairs = [Pair(p.prompt, given_answers(told)[p.id], "#### 0", p.id) for p in told]
    policy = dpo(pocket, pairs, beta=0.5, lr=2e-3, epochs=2, batch=4, seed=0)
    assert margins(pocket, pocket, pairs) == [0.0] * 8
    assert min(margins(policy, pocket, pairs)) > 0.5
