"""What the course does with the pocket model it does with models of other families: Qwen2.5, Llama 3, SmolLM2, Gemma 3.

The weights are random; the configuration, tokenizer and chat template have the family's form (models.py).
"""

import datetime
from dataclasses import replace

import pytest
import torch
from generate import reference, sampled_reference

from course_lib import loading, rollout
from course_lib import policy as P
from course_lib.branches import can_share, tokenise
from course_lib.cost import prompt_tokens
from course_lib.measure import logprobs
from course_lib.sampling.decode import Sampling, decode, score_tokens
from course_lib.step_reward import at_every_token, lined
from course_lib.train import dpo, policy_gradient, reward_model, sft
from course_lib.types import Completion, Example, Group, Pair, Problem

FAMILIES = ["qwen", "llama", "smol", "gemma"]
PROMPTS = ["Hi", "What is 23 and 14? Write one step a line.", "Name a town.", "Count to three, then stop, and say why."]
LESSON = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(3)]
PAIRS = [Pair(e.prompt, e.completion, f"{i}+1={i}\n#### {i}") for i, e in enumerate(LESSON)]
ENDS = {  # the token an answer ends with, and all that end one when they are drawn
    "qwen": ("<|im_end|>", ["<|im_end|>"]),
    "llama": ("<|eot_id|>", ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"]),
    "smol": ("<|im_end|>", ["<|im_end|>"]),
    "gemma": ("<end_of_turn>", ["<eos>", "<end_of_turn>"]),
    "mistral": ("</s>", ["</s>"]),
}
TALKS = {
    "llama": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday is 26 Jul 2024<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes?<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nGo<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "smol": "<|im_start|>system\nBe of use.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"
    "<|im_start|>user\nGo<|im_end|>\n<|im_start|>assistant\n",
    "gemma": "<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nYes?<end_of_turn>\n"
    "<start_of_turn>user\nGo<end_of_turn>\n<start_of_turn>model\n",
    "mistral": "<s>[INST] Hi[/INST] Yes?</s>[INST] Go[/INST]",
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def policy(family, request):
    return request.getfixturevalue(family)


@pytest.fixture(scope="module")
def learned(policy):
    """The policy after a lesson, with an adapter."""
    return sft(policy, LESSON, lr=1e-2, epochs=20, batch=3, seed=0)


def ids_of(policy, prompts):
    return policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids


def logits_of(model, rows):
    """Next-token logits of each row, read alone and whole."""
    with torch.no_grad():
        return [model(torch.tensor([row]), use_cache=False).logits[0] for row in rows]


# ---- loading, and what the chat template says


@pytest.mark.parametrize("name", ENDS)
def test_it_loads_with_a_padding_token_and_all_of_its_end_tokens(name, request):
    policy = request.getfixturevalue(name)
    token = policy.tokenizer.convert_ids_to_tokens
    assert policy.tokenizer.pad_token_id is not None
    assert (token(policy.end_id()), token(policy.end_ids())) == ENDS[name]


@pytest.mark.parametrize("name", TALKS)
def test_a_talk_is_rendered_as_the_family_does(name, request):
    assert request.getfixturevalue(name).chat(("Hi", "Yes?", "Go")) == TALKS[name]


@pytest.mark.parametrize("name", ["llama", "gemma", "mistral"])
def test_begin_of_text_is_not_doubled(name, request):
    policy = request.getfixturevalue(name)
    bos = policy.tokenizer.bos_token_id
    assert policy.tokenizer(policy.chat("Hi")).input_ids[:2] == [bos, bos], "the tokenizer would put another"
    ((prompt, _),) = tokenise(policy, [Example("Hi", "Yes")])
    ((row, _),) = lined(policy, [("Hi", "Yes")])
    assert prompt.count(bos) == row.count(bos) == 1 and prompt[0] == row[0] == bos
    assert prompt_tokens(policy, [Problem("a", "Hi", "1")]) == len(prompt)


def test_the_prompt_is_the_same_on_another_day(llama, monkeypatch):
    """A run that goes on tomorrow asks what it asked today."""

    class Tomorrow(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 1, 2)

    before = llama.chat("Hi")
    monkeypatch.setattr("transformers.utils.chat_template_utils.datetime", Tomorrow)
    said = llama.tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert "02 Jan 2031" in said and llama.chat("Hi") == before


# ---- answers


@pytest.mark.parametrize("name", [*FAMILIES, "mistral"])
def test_greedy_answers_are_generate_s_token_for_token(name, request):
    policy = request.getfixturevalue(name)
    drawn = decode(
        policy.model, ids_of(policy, PROMPTS), PROMPTS, 1, Sampling(max_tokens=40, greedy=True), 0, policy.end_ids()
    )
    assert [d.ids for (d,) in drawn] == reference(policy, PROMPTS, do_sample=False, max_new_tokens=40)


@pytest.mark.parametrize("name", [*FAMILIES, "mistral"])
def test_samples_are_generate_s_token_for_token(name, request):
    """Also with rows that end and leave the batch, and, with a sliding window, far beyond it."""
    policy, how = request.getfixturevalue(name), Sampling(temperature=1.3, top_p=0.95, max_tokens=60)
    prompts, keys = PROMPTS * 6, [f"{i}" for i in range(6 * len(PROMPTS))]
    drawn = [d for (d,) in decode(policy.model, ids_of(policy, prompts), keys, 1, how, 5, policy.end_ids())]
    assert [d.ids for d in drawn] == sampled_reference(policy, prompts, keys, how, 5)
    assert len({tuple(d.ids) for d in drawn}) == len(drawn)


def test_what_else_is_in_the_batch_changes_no_answer(policy):
    together = rollout.sample(policy, PROMPTS, 3, Sampling(max_tokens=30), 1, PROMPTS)
    alone = [rollout.sample(policy, [p], 3, Sampling(max_tokens=30), 1, [p])[0] for p in PROMPTS]
    assert [[c.ids for c in g] for g in together] == [[c.ids for c in g] for g in alone]


def test_log_probabilities_are_those_of_a_plain_forward(policy):
    prompts, ends = ids_of(policy, PROMPTS), policy.end_ids()
    drawn = [d for g in decode(policy.model, prompts, PROMPTS, 2, Sampling(max_tokens=30), 3, ends) for d in g]
    asked = [p for p in prompts for _ in range(2)]
    plain = [
        float(logits.log_softmax(-1)[len(p) - 1 : -1].gather(-1, torch.tensor(d.drawn)[:, None]).sum())
        for p, d, logits in zip(
            asked, drawn, logits_of(policy.model, [p + d.drawn for p, d in zip(asked, drawn, strict=True)]), strict=True
        )
    ]
    assert [d.logprob for d in drawn] == pytest.approx(plain, abs=1e-3)
    assert score_tokens(policy.model, asked, [d.drawn for d in drawn]) == pytest.approx(plain, abs=1e-3)


# ---- learning


def test_sft_teaches_the_answer_and_its_end_token(family, policy):
    """All weights are trained: an adapter on random ones can learn little by heart."""
    known = sft(
        replace(policy, lora=None), [Example(p, "yes") for p in PROMPTS[:2]], lr=5e-3, epochs=60, batch=2, seed=0
    )
    end = policy.tokenizer.convert_tokens_to_ids(ENDS[family][0])
    for c in rollout.greedy(known, PROMPTS[:2], 10):
        assert c.text == "yes" and c.finished and c.ids[-1] == end


def test_an_adapter_learns_and_the_end_tokens_stay_as_they_were(policy, learned):
    prompts, texts = [e.prompt for e in LESSON], [e.completion for e in LESSON]
    before, after = (logprobs(p, p.model, prompts, texts) for p in (policy, learned))
    assert all(y > x + 2 for x, y in zip(before, after, strict=True))
    assert learned.end_ids() == policy.end_ids()


def test_dpo_raises_the_margin(policy):
    prompts, sides = [p.prompt for p in PAIRS], [[p.chosen for p in PAIRS], [p.rejected for p in PAIRS]]

    def margin(p):
        chosen, rejected = (sum(logprobs(p, p.model, prompts, texts)) for texts in sides)
        return chosen - rejected

    assert margin(dpo(policy, PAIRS, lr=1e-2, epochs=8, batch=3, seed=0)) > margin(policy) + 3


def test_a_policy_gradient_moves_towards_the_rewarded_answer(policy):
    said = ("yes", "no")
    group = Group(Problem("a", "Hi", "1"), tuple(Completion(t, 4, 0.0, True) for t in said), (1.0, 0.0))
    moved = policy_gradient(policy, [group], beta=0.05, lr=1e-2, epochs=8, seed=0)
    yes, no = (
        logprobs(moved, moved.model, ["Hi"], [t])[0] - logprobs(policy, policy.model, ["Hi"], [t])[0] for t in said
    )
    assert yes > 0.5 and yes > no + 1


@pytest.mark.parametrize("name", [*FAMILIES, "mistral"])
def test_a_reward_is_read_at_the_end_token_also_where_that_pads(name, request):
    policy = request.getfixturevalue(name)
    before = policy.tokenizer.pad_token
    reward = reward_model(policy, PAIRS, lr=5e-3, epochs=1, batch=3)
    asked = [("Hi", "yes"), (PROMPTS[1], "a longer answer")]
    rows = [p + a for p, a in tokenise(policy, [Example(*a) for a in asked])]
    with torch.no_grad():
        at_end = [at_every_token(reward.model, input_ids=torch.tensor([row]))[0, -1].item() for row in rows]
    assert reward.rewards(asked) == pytest.approx(at_end, abs=1e-4)
    assert policy.tokenizer.pad_token == before, "the policy's own tokenizer stays as it was"


# ---- what is kept


def test_an_adapter_comes_back_with_the_same_logits(policy, learned, tmp_path):
    P.save_adapter(learned, tmp_path)
    back, rows = P.load_adapter(policy, tmp_path), ids_of(policy, PROMPTS)
    for one, other in zip(logits_of(back.model, rows), logits_of(learned.model, rows), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", [*FAMILIES, "mistral"])
def test_an_export_s_tokenizer_pads_as_the_model_s_own_does(name, request, folder_of, tmp_path):
    """Ours pads on the left, and where a model has no pad token with the end token: that is nobody else's business.

    The batch padded and cut before is one that a fast tokenizer would keep in mind, down to its file."""
    from transformers import AutoTokenizer

    policy, own = request.getfixturevalue(name), AutoTokenizer.from_pretrained(folder_of(name))
    policy.tokenizer(PROMPTS, padding=True, truncation=True, max_length=5)
    P.export(policy, tmp_path)
    given = AutoTokenizer.from_pretrained(tmp_path)
    assert (given.pad_token, given.padding_side) == (own.pad_token, own.padding_side)
    assert given(PROMPTS).input_ids == own(PROMPTS).input_ids
    assert policy.tokenizer.pad_token is not None and policy.tokenizer.padding_side == "left"


def test_an_export_is_read_by_transformers_with_the_same_logits_and_ends(family, learned, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    P.export(learned, tmp_path)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    rows = ids_of(learned, PROMPTS)
    assert ids_of(replace(learned, tokenizer=tokenizer), PROMPTS) == rows
    for one, other in zip(logits_of(model, rows), logits_of(learned.model, rows), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    said = model.generate(torch.tensor([rows[0]]), do_sample=False, max_new_tokens=40)[0, len(rows[0]) :].tolist()
    assert said == list(rollout.greedy(learned, PROMPTS[:1], 40)[0].ids)
    assert loading.load(str(tmp_path), device="cpu").end_ids() == learned.end_ids()


@pytest.mark.parametrize(
    ("name", "can"), [("qwen", True), ("llama", True), ("smol", True), ("gemma", False), ("mistral", False)]
)
def test_answers_share_a_row_where_every_layer_sees_all(name, can, request):
    assert can_share(request.getfixturevalue(name).base) is can
