"""A reward of steps: read where lines end, labelled as far as the first mistake, and no policy is changed by it."""

import math
from dataclasses import replace

import pytest

from course_lib.errors import CourseError
from course_lib.loading import load
from course_lib.policy import weights_hash
from course_lib.score import valid_steps
from course_lib.step_reward import Marked, by_outcome, by_steps, last, least, lined, marked, product, until_wrong
from course_lib.tasks.stories import stories
from course_lib.train.reward_model import Shape
from course_lib.train.step_reward import IGNORE, collate, step_reward, step_rows
from course_lib.types import Completion, Group, Problem, Turn

GOOD, BAD = "{0}+1={1}", "So {0} is it!"


def marks(numbers):
    """For each number an answer whose lines are good, one whose second is bad, and one whose first is."""
    for i in numbers:
        good, bad = GOOD.format(i, i + 1), BAD.format(i)
        yield Marked(f"What is {i}+1?", f"{good}\n{good}", (True, True))
        yield Marked(f"What is {i}+1?", f"{good}\n{bad}", (True, False))
        yield Marked(f"What is {i}+1?", f"{bad}\n{good}", (False,))


ANSWERS, FRESH = list(marks(range(10, 26))), list(marks(range(40, 50)))
HOW = {"lr": 1e-2, "epochs": 6, "batch": 8}


def told_apart(reward, answers):
    """The share of labelled lines on the right side of one half."""
    found = reward.steps([(a.prompt, a.answer) for a in answers])
    both = [pair for a, row in zip(answers, found, strict=True) for pair in zip(a.marks, row, strict=False)]
    return sum((chance > 0.5) == mark for mark, chance in both) / len(both)


@pytest.fixture(scope="module")
def reward(qwen):
    return step_reward(qwen, ANSWERS, **HOW)


def test_it_tells_right_lines_of_fresh_answers_from_wrong_ones(qwen, reward):
    assert told_apart(reward, FRESH) >= 0.9
    assert reward.reader.weights is None and not any(p.requires_grad for p in reward.model.parameters())


def test_with_all_weights_trained_and_no_policy_is_changed(qwen_folder):
    policy = load(str(qwen_folder), lora=None, device="cpu")
    before = weights_hash(policy.base)
    assert told_apart(step_reward(policy, ANSWERS, lr=5e-3, epochs=6, batch=8), FRESH) >= 0.9
    assert weights_hash(policy.base) == before and policy.weights is None


def test_turned_labels_teach_the_opposite(qwen):
    turned = [replace(a, marks=tuple(not m for m in a.marks)) for a in ANSWERS]
    assert told_apart(step_reward(qwen, turned, **HOW), FRESH) <= 0.1


def test_one_raised_from_nothing(qwen):
    raised = step_reward(qwen, ANSWERS, shape=Shape(32, 1), lr=1e-2, epochs=8, batch=8)
    assert told_apart(raised, FRESH) >= 0.9 and raised.model.config.hidden_size == 32


def test_a_chance_for_each_line_that_does_not_hang_on_the_batch_and_repeats_with_the_seed(qwen, reward):
    asked = [(a.prompt, a.answer) for a in FRESH] + [("Why?", "Because " * 30), ("Why?", ""), ("Why?", "a\n\nb\n")]
    together = reward.steps(asked + asked[:2])
    assert together[: len(asked)] == [pytest.approx(reward.steps([a])[0], abs=1e-4) for a in asked]
    assert together[-2:] == together[:2] and list(map(len, together[-5:-2])) == [1, 1, 3]
    assert all(0 <= chance <= 1 for row in together for chance in row)
    assert step_reward(qwen, ANSWERS, **HOW).steps(asked) == reward.steps(asked)
    assert reward.steps([]) == []


def test_a_step_is_judged_by_what_stands_up_to_its_end_alone(reward):
    """One pass reads all lines, and no line is told of what comes after it."""
    one, other = reward.steps([(FRESH[0].prompt, FRESH[0].answer), (FRESH[1].prompt, FRESH[1].answer)])
    assert one[0] == pytest.approx(other[0], abs=1e-4) and abs(one[1] - other[1]) > 0.1


def test_lines_end_where_their_last_token_stands(pocket):
    problem = stories(1, (3,), 1)[0]
    answer = "20+3=23\n23-1=22\n#### 22"
    ((row, ends),) = lined(pocket, [(problem.prompt, f"\n{answer}\n")])
    tokens = pocket.tokenizer
    assert [tokens.decode([row[end]]) for end in ends] == ["\n", "\n", tokens.eos_token]
    start = len(tokens(pocket.chat(problem.prompt), add_special_tokens=False).input_ids)
    starts = [start, *(end + 1 for end in ends[:-1])]
    assert [tokens.decode(row[a:b]) for a, b in zip(starts, ends, strict=True)] == answer.split("\n")
    assert row[start:-1] == tokens(answer, add_special_tokens=False).input_ids, "as the policy itself writes it"


# ---- labels


def test_labels_go_as_far_as_the_first_mistake():
    assert until_wrong([True, False, True, False]) == (True, False)
    assert until_wrong([True, True]) == (True, True) and until_wrong([]) == ()


def test_answers_are_marked_by_the_exact_checker():
    problem = Problem("p", "?", "14", 2, {"start": 10, "changes": [6, -2], "dozen_at": None})
    texts = ["10+6=16\n16-2=14\n#### 14", "10+6=17\n17-2=15\n#### 15", "10+6=16\n#### 16", "no idea", ""]
    groups = [Group(problem, tuple(map(Completion, texts)))]
    yes, no = True, False
    assert [m.marks for m in marked(groups)] == [(yes, yes, yes), (no,), (yes, no), (no,), (no,)]
    assert [m.marks for m in marked(groups, valid_steps)][2] == (yes, yes), "nothing is wrong with what it says"
    assert [m.marks for m in by_outcome(groups)] == [(yes,) * 3, (no,) * 3, (no, no), (no,), (no,)]


def test_only_labelled_lines_are_learned_and_nothing_of_what_follows(qwen):
    rows = step_rows(qwen, ANSWERS[:3])
    kept = [[label for label in row["labels"] if label != IGNORE] for row in rows]
    assert kept == [[1, 1], [1, 0], [0]]
    batch = collate(rows, pad=0)
    assert batch["labels"].shape == batch["input_ids"].shape and (batch["labels"] != IGNORE).sum() == 5
    assert (batch["attention_mask"][batch["labels"] != IGNORE] == 1).all()


# ---- one number of many


def test_aggregates():
    steps = [0.9, 0.5, 0.8]
    assert (product(steps), least(steps), last(steps)) == (pytest.approx(0.36), 0.5, 0.8)
    assert product([0.9]) > product([0.9, 0.99]), "the product favours few steps; the least does not mind them"
    assert least([0.9]) == least([0.9, 0.99])


@pytest.mark.parametrize("aggregate", [product, least, last])
def test_as_the_score_slot(qwen, reward, aggregate):
    groups = [Group(Problem(str(i), a.prompt), (Completion(a.answer), Completion("Why?"))) for i, a in enumerate(FRESH)]
    scored = by_steps(reward, aggregate)(qwen, groups, Turn(0, 1))
    assert scored[1].scores_G[0] == pytest.approx(aggregate(reward.steps([(FRESH[1].prompt, FRESH[1].answer)])[0]))
    assert [g.problem for g in scored] == [g.problem for g in groups]
    assert all(math.isfinite(s) for g in scored for s in g.scores_G)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([], "no step is labelled"),
        ([Marked("?", "1+1=2", ())], "no step is labelled"),
        ([Marked("?", "1+1=2", (True, True))], "an answer of 1 lines has 2 labels"),
    ],
)
def test_bad_input_is_named(qwen, answers, sentence):
    with pytest.raises(CourseError, match=sentence):
        step_reward(qwen, answers)
