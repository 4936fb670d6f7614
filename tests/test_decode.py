"""The decoding engine against transformers' own generate, on a random Qwen2 and on the pocket model."""

import math

import pytest
import torch
from generate import reference

from course_lib import rollout
from course_lib.errors import CourseError
from course_lib.measure import next_logprobs, score_all
from course_lib.sampling.decode import Sampling, decode, distribution, draw, score_tokens
from course_lib.tasks.stories import stories

PROMPTS = [p.prompt for p in stories(12, (1, 3, 5), seed=7)]


@pytest.mark.parametrize("which", ["qwen", "pocket"])
def test_greedy_is_generate_token_for_token(which, request):
    policy = request.getfixturevalue(which)
    ours = rollout.greedy(policy, PROMPTS, max_tokens=60)
    theirs = policy.tokenizer.batch_decode(
        reference(policy, PROMPTS, do_sample=False, max_new_tokens=60), skip_special_tokens=True
    )
    assert [c.text for c in ours] == theirs


@pytest.mark.parametrize("which", ["qwen", "pocket"])
def test_logprobs_of_samples_are_the_models_own(which, request):
    policy = request.getfixturevalue(which)
    ids = policy.tokenizer([policy.chat(p) for p in PROMPTS], add_special_tokens=False).input_ids
    groups = decode(policy.model, ids, PROMPTS, 4, Sampling(max_tokens=80), 3, policy.end_ids())
    end = [policy.tokenizer.eos_token_id]
    pairs = [(p, d) for p, g in zip(ids, groups, strict=True) for d in g]
    again = score_tokens(policy.model, [p for p, _ in pairs], [d.ids + end * d.finished for _, d in pairs])
    assert again == pytest.approx([d.logprob for _, d in pairs], abs=2e-3)


def test_a_problem_draws_the_same_whatever_its_batch(pocket, monkeypatch):
    together = rollout.sample(pocket, PROMPTS, 4, Sampling(), seed=1, keys=PROMPTS)
    alone = [rollout.sample(pocket, [p], 4, Sampling(), seed=1, keys=[p])[0] for p in PROMPTS]
    monkeypatch.setattr(rollout, "ROWS", 8)
    small = rollout.sample(pocket, PROMPTS, 4, Sampling(), seed=1, keys=PROMPTS)
    texts = [[[c.text for c in g] for g in run] for run in (together, alone, small)]
    assert texts[0] == texts[1] == texts[2]
    other = rollout.sample(pocket, PROMPTS, 4, Sampling(), seed=2, keys=PROMPTS)
    assert [[c.text for c in g] for g in other] != texts[0]


def test_samples_follow_the_models_distribution(pocket):
    """First tokens of 4,000 samples against the model's probabilities: a chi-square test at one in ten thousand."""
    prompt, n = PROMPTS[1], 4000
    ids = pocket.tokenizer([pocket.chat(prompt)], add_special_tokens=False).input_ids
    with torch.no_grad():
        chances = pocket.model(torch.tensor(ids)).logits[0, -1].float().softmax(-1)
    drawn = decode(pocket.model, ids, ["x"], n, Sampling(max_tokens=1), 0, [])[0]
    counts = torch.bincount(torch.tensor([d.ids[0] for d in drawn]), minlength=len(chances)).double()
    big = chances * n >= 5
    expected = torch.cat([chances[big], chances[~big].sum()[None]]).double() * n
    observed = torch.cat([counts[big], counts[~big].sum()[None]])
    chi2, degrees = float(((observed - expected) ** 2 / expected.clamp(min=1)).sum()), len(expected) - 1
    assert chi2 < degrees + 4 * math.sqrt(2 * degrees) + 8


def test_nothing_is_cut_unless_asked():
    logits = torch.tensor([[2.0, 1.0, 0.0, -9.0]])
    assert torch.allclose(distribution(logits, Sampling()), logits.log_softmax(-1)), "no hidden top_k"
    assert distribution(logits, Sampling(top_k=2)).exp()[0, 2:].sum() == 0
    assert distribution(logits, Sampling(top_p=0.5)).exp()[0].tolist() == [1.0, 0.0, 0.0, 0.0]
    hot = distribution(logits, Sampling(temperature=2.0))
    assert torch.allclose(hot, (logits / 2).log_softmax(-1))


def test_draw_never_takes_a_token_without_probability():
    logprobs_ = torch.tensor([[-math.inf, 0.0, -math.inf]] * 3)
    assert draw(logprobs_, torch.tensor([0.0, 0.5, 1.0]).double(), greedy=False).tolist() == [1, 1, 1]


@pytest.mark.parametrize("greedy", [True, False])
def test_numbers_that_are_none_are_said_plainly(greedy):
    with pytest.raises(CourseError, match="overflow float16: set COURSE_PRECISION=float32"):
        draw(torch.tensor([[math.nan, 0.0]]), torch.tensor([0.5]), greedy)


def test_completions_end_at_the_end_token(pocket):
    for group in rollout.sample(pocket, PROMPTS[:4], 8, Sampling(), seed=0):
        for c in group:
            assert "<|end|>" not in c.text and "<|user|>" not in c.text
            assert not c.finished or "\n####" in c.text


def test_a_cut_completion_says_so(pocket):
    cut = rollout.sample(pocket, PROMPTS[:2], 2, Sampling(max_tokens=3), seed=0)
    assert all(c.tokens == 3 and not c.finished for g in cut for c in g)


def test_several_end_tokens_are_honoured(qwen):
    drawn = decode(qwen.model, [[5, 6, 7]], ["x"], 64, Sampling(max_tokens=50), 0, list(range(0, 300, 3)))[0]
    assert all(d.finished and all(i % 3 for i in d.ids) for d in drawn if len(d.ids) < 50)


def test_out_of_memory_halves_the_batch_and_goes_on():
    sizes = []

    def work(chunk):
        sizes.append(len(chunk))
        if len(chunk) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return chunk

    done = [x for part in rollout.batches(list(range(10)), 8, work) for x in part]
    assert done == list(range(10)) and sizes == [8, 4, 2, 2, 2, 2, 2]


def test_out_of_memory_at_one_is_said_plainly():
    def work(chunk):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(CourseError, match="even a batch of one"):
        list(rollout.batches([1, 2], 2, work))


def test_other_errors_are_not_swallowed():
    def work(chunk):
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        list(rollout.batches([1], 1, work))


@pytest.mark.parametrize(
    "bad", [{"temperature": 0}, {"temperature": math.nan}, {"top_p": 0}, {"top_k": -1}, {"max_tokens": 0}]
)
def test_bad_sampling_is_named(pocket, bad):
    with pytest.raises(CourseError, match=next(iter(bad))):
        rollout.sample(pocket, PROMPTS[:1], 1, Sampling(**bad), seed=0)


def test_too_long_a_prompt_is_named(qwen):
    with pytest.raises(CourseError, match="512 positions"):
        rollout.sample(qwen, ["x" * 600], 1, Sampling(), seed=0)


def test_no_prompts_give_no_answers(pocket):
    assert rollout.sample(pocket, [], 4, Sampling(), seed=0) == []


@pytest.mark.parametrize("which", ["qwen", "pocket", "mistral"])
def test_how_an_answer_begins_is_read_off_one_pass_as_by_a_pass_for_each(which, request):
    policy = request.getfixturevalue(which)
    tokens = [policy.tokenizer(letter, add_special_tokens=False).input_ids[0] for letter in "AB"]
    found = next_logprobs(policy, PROMPTS, tokens)
    for i, token in enumerate(tokens):
        assert [row[i] for row in found] == pytest.approx(
            score_all(policy, policy.model, PROMPTS, [[token]] * 12), abs=1e-4
        )
