"""Merged models: only the last are kept, and one that was let go comes back with the same numbers."""

import gc
import weakref
from dataclasses import replace

import pytest
import torch

from course_lib.copies import Copies, size
from course_lib.loading import load
from course_lib.policy import Lora, fresh, weights_hash
from course_lib.rollout import greedy
from course_lib.tasks.stories import stories
from course_lib.train import sft
from course_lib.types import Example

TOLD = stories(4, (1,))


def taught(policy, text, seed=0):
    return sft(policy, [Example(p.prompt, text) for p in TOLD], lr=5e-3, epochs=2, batch=4, seed=seed)


@pytest.fixture(params=["lora", "all weights"])
def narrow(request):
    """The pocket model with room for one merged copy, as a large model on a GPU has."""
    return replace(load("pocket", Lora() if request.param == "lora" else None, device="cpu"), copies=Copies(room=0))


def test_of_many_policies_only_the_last_has_a_model_in_memory(narrow):
    one, two = taught(narrow, "One."), taught(narrow, "Two.")
    before, gone = weights_hash(one.model), weakref.ref(one.model)
    assert weights_hash(two.model) != before and len(narrow.copies.kept) == 1
    gc.collect()
    assert gone() is None, "what was let go is free"
    assert weights_hash(one.model) == before, "and comes back bit for bit"
    assert one.model is one.model, "while it is the last it is not made again"


def test_answers_do_not_depend_on_what_was_let_go(narrow):
    one = taught(narrow, "One.")
    said = [c.text for c in greedy(one, [p.prompt for p in TOLD], 8)]
    taught(narrow, "Two.")
    assert [c.text for c in greedy(one, [p.prompt for p in TOLD], 8)] == said != []
    assert fresh(one).model is narrow.base


def test_making_a_model_again_takes_no_random_numbers(narrow):
    one = taught(narrow, "One.")
    narrow.copies.kept.clear()
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    assert one.model is not None and torch.equal(torch.rand(2), wanted)


def test_a_model_asked_for_inside_autocast_is_made_in_full_precision(narrow):
    one = taught(narrow, "One.")
    whole = weights_hash(one.model)
    narrow.copies.kept.clear()
    with torch.autocast("cpu", torch.bfloat16):
        again = one.model
    assert weights_hash(again) == whole


def test_as_many_are_kept_as_there_is_room_for_those_used_last():
    small, made = torch.nn.Linear(8, 8, bias=False), []
    copies, weights = Copies(room=3 * size(small)), [{"w": i} for i in range(4)]

    def of(i):
        def make():
            made.append(i)
            return torch.nn.Linear(8, 8, bias=False)

        return copies.of(weights[i], make)

    for i in (0, 1, 2, 0, 3):
        of(i)
    assert made == [0, 1, 2, 3] and len(copies.kept) == 3
    of(0), of(2), of(3)
    assert made == [0, 1, 2, 3], "1 was used longest ago"
    of(1)
    assert made[-1] == 1


def test_whoever_changes_a_merged_model_changes_no_other(pocket):
    one, before = taught(pocket, "One."), weights_hash(pocket.base)
    with torch.no_grad():
        for p in one.model.parameters():
            p.mul_(0.5)
    assert weights_hash(pocket.base) == before
