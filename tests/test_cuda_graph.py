"""Recorded steps on a CPU, where a stand-in for the GPU's recording does the work each time; test_cuda.py has the real one."""

import gc
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from course_lib.memory import settled
from course_lib.rollout import greedy, sample
from course_lib.sampling import cuda_graph, decode
from course_lib.sampling.decode import Sampling
from course_lib.sampling.roomy_cache import new_cache
from course_lib.tasks.stories import stories

PROMPTS = [p.prompt for p in stories(4, (2, 5), seed=1)]
ENOUGH = 60  # tokens: the room is full several times


@pytest.fixture
def recordings(monkeypatch):
    """The recordings made, now that all models take recorded steps with little room."""
    made = []
    monkeypatch.setattr(decode, "can_record", lambda *args: True)
    monkeypatch.setattr(cuda_graph, "recorded", lambda work: made.append(work) or work)
    monkeypatch.setattr(cuda_graph, "AHEAD", 8)
    return made


def drawn(policy):
    return [c for group in sample(policy, PROMPTS, 6, Sampling(max_tokens=ENOUGH), 0) for c in group]


@pytest.mark.parametrize("which", ["pocket", "qwen", "llama", "smol"])
def test_recorded_steps_draw_what_single_steps_draw(which, request, recordings, monkeypatch):
    policy = request.getfixturevalue(which)
    sampled, likeliest = drawn(policy), greedy(policy, PROMPTS, ENOUGH)
    assert len(recordings) >= 2 * (ENOUGH - cuda_graph.WORTH) // 8 - 2, "anew wherever the room was full"
    monkeypatch.undo()
    for one, other in zip(sampled + likeliest, drawn(policy) + greedy(policy, PROMPTS, ENOUGH), strict=True):
        assert one.ids == other.ids and one.logprob == pytest.approx(other.logprob, rel=1e-4)


def test_rows_that_end_leave_and_the_rest_is_recorded_anew(pocket, recordings, monkeypatch):
    """The pocket model's answers end at many lengths; with room enough nothing but rows that leave asks for a recording."""
    monkeypatch.setattr(cuda_graph, "AHEAD", 512)
    rows = []
    monkeypatch.setattr(cuda_graph, "recorded", lambda work: rows.append(len(work.__self__.seen)) or work)
    lengths = [c.tokens for c in drawn(pocket)]
    assert len(set(lengths)) > 5 and rows[0] == 24 and len(rows) > 1
    assert all(after < 0.5 * before for before, after in pairwise(rows))


def test_what_cannot_be_recorded_goes_on_one_by_one(qwen, recordings, monkeypatch):
    tried = []
    monkeypatch.setattr(cuda_graph, "recorded", lambda work: tried.append(1) and None)
    found = drawn(qwen)
    monkeypatch.undo()
    assert [c.ids for c in found] == [c.ids for c in drawn(qwen)] and len(tried) == 1


def test_the_last_tokens_are_not_worth_a_recording(qwen, recordings):
    greedy(qwen, PROMPTS, cuda_graph.WORTH)
    assert not recordings


@pytest.mark.parametrize(
    ("which", "same"), [("pocket", 1), ("qwen", 1), ("llama", 1), ("smol", 1), ("gemma", 0), ("mistral", 0)]
)
def test_models_without_a_sliding_window_do_the_same_every_step(which, same, request):
    model = request.getfixturevalue(which).model
    assert cuda_graph.same_every_step(model, new_cache(model)) == bool(same)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_local_experts", 4),
        ("alibi", True),
        ("rope_parameters", {"rope_type": "dynamic"}),
        ("_attn_implementation", "eager"),
    ],
)
def test_what_would_fail_is_not_tried(qwen, monkeypatch, name, value):
    monkeypatch.setattr(qwen.model.config, name, value, raising=False)
    assert not cuda_graph.same_every_step(qwen.model, new_cache(qwen.model))


@pytest.mark.parametrize(
    ("device", "steps", "can"), [("cuda:0", 17, True), ("cuda:1", 17, False), ("cuda:0", 16, False), ("cpu", 99, False)]
)
def test_steps_are_recorded_on_the_gpu_in_use_if_enough_are_left(device, steps, can, monkeypatch):
    monkeypatch.setattr(cuda_graph, "same_every_step", lambda model, cache: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    model = SimpleNamespace(device=torch.device(device))
    assert cuda_graph.can_record(model, None, steps) is can
    monkeypatch.setenv("COURSE_ONE_BY_ONE", "1")
    assert not cuda_graph.can_record(model, None, steps), "forbidden"


def test_what_is_kept_from_the_collector_stays_so_until_the_outermost_ends():
    with settled():
        with settled():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_there_is_room_for_what_is_left_and_no_more(qwen, recordings, monkeypatch):
    monkeypatch.setattr(cuda_graph, "AHEAD", 128)
    rooms, grow = [], cuda_graph.Recorded.grow

    def seen(self):
        assert self.replay is None, "the old recording's memory is given back first"
        grow(self)
        rooms.append(self.room - self.used)

    monkeypatch.setattr(cuda_graph.Recorded, "grow", seen)
    greedy(qwen, PROMPTS, 21)
    assert len(rooms) == 1 and 20 <= rooms[0] < 28
