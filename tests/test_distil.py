"""Self-Refine made to last, and the table of what a policy gradient was given."""

from dataclasses import replace

import pytest

from course_lib import show
from course_lib.critics import dialled
from course_lib.loop import improve
from course_lib.methods import distil
from course_lib.methods.distil import refining
from course_lib.score import verify
from course_lib.select import above
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Group, Problem, Turn

RIGHT, WRONG = "23+14=37\n37-9=28\n#### 28", "23+14=36\n36-9=27\n#### 27"
STORY = Problem("m", "Mia has 23 pears. How many?", "28", 2, {"start": 23, "changes": [14, -9], "dozen_at": None})
TURN = Turn(0, 1)


def test_a_draft_gives_way_to_what_it_was_refined_into_and_is_scored_anew(pocket):
    drafts = [
        Group(replace(STORY, id=text[-2:]), (Completion(text, 5, -1.0),), (score,))
        for text, score in ((RIGHT, 1.0), (WRONG, 0.0))
    ]
    same, refined = refining(2, dialled(1.0))(pocket, drafts, TURN)
    assert same == drafts[0], "what is right to the critic stays as it was drawn"
    assert refined.completions_G[0].text != WRONG and len(refined.completions_G) == 1
    assert refined.scores_G == verify(pocket, [refined], TURN)[0].scores_G


def test_a_revision_that_was_cut_is_not_kept(pocket):
    (cut,) = refining(1, dialled(1.0), max_tokens=4)(pocket, [Group(STORY, (Completion(WRONG),), (0.0,))], TURN)
    assert not cut.completions_G[0].finished and above(-1.0)([cut], TURN) == []


@pytest.mark.slow
def test_it_trains_on_what_is_right_in_the_end(pocket):
    method, kept = distil(2, lr=1e-3, epochs=1), []

    def train(policy, examples, turn):
        kept.extend(examples)
        return method.train(policy, examples, turn)

    told = stories(24, (3, 4), 5)
    after, log = improve(pocket, told, replace(method, train=train), rounds=1, measure=lambda policy: {}, seed=1)
    prompts = {p.id: p for p in told}
    assert 0 < log[-1].kept == len(kept) <= 24 and after.weights is not None
    assert all(
        e.prompt == prompts[e.problem_id].prompt and e.completion.endswith(f"#### {prompts[e.problem_id].answer}")
        for e in kept
    )


def test_what_a_policy_gradient_was_given_shows_wrongly_rewarded_questions_first():
    good = Group(replace(STORY, id="good"), (Completion(RIGHT), Completion(WRONG)), (1.0, 0.0))
    bad = Group(replace(STORY, id="bad"), (Completion(RIGHT), Completion(WRONG)), (0.0, 1.0))
    page = show.pushed([([], [good]), ([], [bad])], limit=1)
    assert "2 times a question was trained on in 2 rounds" in repr(page)
    assert "1 times a wrong answer had the highest reward; 1 times some wrong answer was pushed up" in repr(page)
    assert "round 2" in repr(page) and "round 1" not in repr(page)
    assert "1 (+0.50)  ✗ wrong answer: 27" in repr(page) and "down (-0.50)" in page.html and "up (+0.50)" in page.html
