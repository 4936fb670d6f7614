"""What is asked for reaches what does it: every setting of a command, a method, a trainer; and seeds tell draws apart."""

import inspect
import math
import shutil
from dataclasses import replace
from importlib import import_module
from itertools import product

import pytest
import torch

from course_lib import lesson
from course_lib import policy as P
from course_lib.answers import parse_answer, same_answer
from course_lib.errors import CourseError
from course_lib.loading import load, need_four_bits, pocket_folder
from course_lib.loop import improve
from course_lib.measure import average, distribution, log_ratios
from course_lib.methods import grpo, rest, rft, rl_cai, self_rewarding, spin, star, ttrl
from course_lib.precision import pick_dtype
from course_lib.revise import hint
from course_lib.rollout import sample, samples
from course_lib.run.experiment import build
from course_lib.run.fingerprint import fingerprint
from course_lib.run.settings import Settings, draw_problems
from course_lib.sampling.decode import Sampling
from course_lib.score import verify
from course_lib.select import above, correct, random_like
from course_lib.statistics import bootstrap
from course_lib.tasks.stories import stories
from course_lib.train import dpo, policy_gradient, reinforce, sft
from course_lib.train.grpo_trainer import config
from course_lib.train.reward_model import reward_model
from course_lib.train.trainers import seed_of
from course_lib.types import Completion, Example, Group, Pair, Problem, Turn

TURN = Turn(3, 2)
LESSON = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(6)]
PAIRS = [Pair(e.prompt, e.completion, f"{i}+1={i}\n#### {i}") for i, e in enumerate(LESSON)]


# ---- settings


OTHER = {"k": 5, "temperature": 0.7, "lr": 3e-4, "max_tokens": 77, "tau": (0.1, 0.2), "beta": 0.3}
OF = {"star": set(), "rft": set(), "rest": {"tau"}, "grpo": {"beta"}}
ASKED = [(m, s) for m, own in OF.items() for s in OTHER if s not in ("tau", "beta") or s in own]


@pytest.mark.parametrize(("method", "setting"), ASKED)
def test_every_setting_of_a_command_makes_another_method(method, setting):
    usual = Settings(method=method)
    assert fingerprint(build(replace(usual, **{setting: OTHER[setting]}))) != fingerprint(build(usual))


def spied(monkeypatch, place):
    """What the trainer at `place` is called with; it trains nothing."""
    calls = []
    home, _, name = place.rpartition(".")
    module = import_module(home)
    given = inspect.signature(getattr(module, name))

    def trainer(policy, *args, **how):
        calls.append(given.bind(policy, *args, **how).arguments)
        return policy

    monkeypatch.setattr(module, name, trainer)
    return calls


@pytest.mark.parametrize("make", [grpo, ttrl])
def test_a_policy_gradient_is_told_all_that_its_method_was(make, monkeypatch, qwen):
    calls = spied(monkeypatch, "course_lib.train.policy_gradient.policy_gradient")
    asked = {"temperature": 0.7, "beta": 0.3, "lr": 3e-4, "batch": 24, "scale": True, "reference": qwen}
    make(**asked).train(qwen, ["groups"], TURN)
    assert calls[0].items() >= (asked | {"seed": seed_of(TURN), "groups": ["groups"]}).items()


def test_a_clip_and_passes_arrive(monkeypatch, qwen):
    calls = spied(monkeypatch, "course_lib.train.policy_gradient.policy_gradient")
    reinforce(None, 0.1, 1e-3, epochs=3, clip=0.05)(qwen, [], TURN)
    assert (calls[0]["clip"], calls[0]["epochs"]) == (0.05, 3)


def test_rl_cai_holds_to_its_reference(monkeypatch, qwen, llama):
    calls = spied(monkeypatch, "course_lib.train.policy_gradient.policy_gradient")
    rl_cai(lambda *_: None, llama, beta=0.4, lr=2e-4).train(qwen, [], TURN)
    assert (calls[0]["reference"], calls[0]["beta"], calls[0]["lr"]) == (llama, 0.4, 2e-4)


@pytest.mark.parametrize(
    ("make", "nll"), [(self_rewarding, 0.7), (partial_spin := (lambda **how: spin({}, **how)), None)]
)
def test_dpo_is_told_all_that_its_method_was(make, nll, monkeypatch, qwen):
    calls = spied(monkeypatch, "course_lib.train.preference.dpo")
    asked = {"beta": 0.6, "lr": 3e-4, "epochs": 2} | ({} if nll is None else {"nll": nll})
    make(**asked).train(qwen, PAIRS, TURN)
    assert calls[0].items() >= (asked | {"pairs": PAIRS, "seed": seed_of(TURN)}).items()


@pytest.mark.parametrize("make", [star, rft])
def test_imitation_is_told_all_that_its_method_was(make, monkeypatch, qwen):
    calls = spied(monkeypatch, "course_lib.train.supervised.sft")
    make(lr=3e-4, epochs=3).train(qwen, LESSON, TURN)
    assert calls[0].items() >= {"lr": 3e-4, "epochs": 3, "examples": LESSON, "seed": seed_of(TURN)}.items()


def test_rest_begins_at_its_lowest_bar_and_lowers_the_rate_step_by_step(monkeypatch, qwen):
    calls = spied(monkeypatch, "course_lib.train.supervised.sft")
    method = rest(taus=(0.1, 0.5, 0.9), lr=1e-3)
    group = Group(Problem("a", "1+1?", "2"), (Completion("x"), Completion("y")), (0.3, 0.95))
    kept = method.select([group], TURN)
    assert [e.score for e in kept] == [0.3, 0.95]
    method.train(qwen, kept, TURN)
    assert [len(c["examples"]) for c in calls] == [2, 1, 1]
    rates = [c["lr"] for c in calls]
    assert rates[0] == 1e-3 and rates[0] > rates[1] > rates[2]
    assert len({c["seed"] for c in calls}) == 3


def test_trl_s_grpo_has_the_loss_that_its_page_says(qwen, tmp_path):
    drawn = {"num_generations": 4, "temperature": 0.7, "max_completion_length": 20, "use_vllm": False}
    told = config(
        qwen, str(tmp_path), 3e-4, 0.2, 8, 5, 1, drawn | {"top_k": 0, "top_p": 1.0, "steps_per_generation": 1}
    )
    assert (told.beta, told.temperature, told.learning_rate, told.max_steps) == (0.2, 0.7, 3e-4, 5)
    assert (told.loss_type, told.scale_rewards, told.epsilon) == ("bnpo", "none", 0.2)


def test_a_hint_leaves_its_mark(qwen):
    group = Group(Problem("a", "1+1?", "2"), (Completion("#### 3"),), (0.0,))
    (found,) = hint(k=2, max_tokens=8)(qwen, [group], TURN)
    assert [c.hinted for c in found.completions_G] == [False, True, True]


# ---- seeds


def test_trainings_of_a_run_have_seeds_of_their_own():
    seeds = [seed_of(Turn(s, r), step, 4) for s, r, step in product(range(3), range(1, 6), range(4))]
    assert len(set(seeds)) == len(seeds)


def test_every_round_and_seed_draws_other_answers(pocket):
    asked = stories(4, (5, 6), 0)
    drawn = [samples(4, max_tokens=40)(pocket, asked, Turn(s, r)) for s, r in product(range(2), (1, 2))]
    assert len({tuple(c.text for g in groups for c in g.completions_G) for groups in drawn}) == 4


def test_the_lot_of_a_control_is_another_in_every_seed_and_round():
    group = Group(Problem("a", "?", "1"), tuple(Completion(f"{i}") for i in range(40)), (1.0,) * 20 + (0.0,) * 20)
    drawn = [
        tuple(e.completion for e in random_like(correct())([group], Turn(s, r)))
        for s, r in product(range(3), (1, 2, 3))
    ]
    assert len(set(drawn)) == 9 and all(len(d) == 20 for d in drawn)


def test_a_hub_set_s_problems_are_others_for_another_seed(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text("".join(f'{{"question": "What is {i}+1?", "answer": "#### {i + 1}"}}\n' for i in range(50)))
    parts = [draw_problems(Settings(problems=f"{file}:10", seed=s)) for s in range(5)]
    ids = [[p.id for p in train] for train, _ in parts]
    assert all(len(i) == 10 for i in ids) and len({i for part in ids[:4] for i in part}) == 40, (
        "one set after the other"
    )
    assert ids[4] == ids[0] and len({tuple(p.id for p in fresh) for _, fresh in parts}) == 1
    with pytest.raises(CourseError, match="has 40 to train on"):
        draw_problems(Settings(problems=f"{file}:41"))


# ---- what can't be asked


@pytest.mark.parametrize("method", ["rft", "rest"])
def test_of_one_answer_the_control_would_keep_the_same(method):
    with pytest.raises(CourseError, match="K is 1: the control"):
        Settings(method=method, k=1).check()
    Settings(method=method, k=1, control=False).check()


@pytest.mark.parametrize("cap", [0, -1, 1.5])
def test_a_cap_is_a_count(cap):
    with pytest.raises(CourseError, match=f"cap is {cap}"):
        above(0.5, cap)


@pytest.mark.parametrize(
    "ask",
    [
        lambda p: sft(p, LESSON, lr=1e-3, epochs=0, batch=4, seed=0),
        lambda p: sft(p, LESSON, lr=1e-3, epochs=1, batch=0, seed=0),
        lambda p: dpo(p, PAIRS, lr=1e-3, epochs=1, batch=-5, seed=0),
        lambda p: policy_gradient(p, [], beta=0.0, lr=1e-3, epochs=0, seed=0),
        lambda p: policy_gradient(p, [], beta=0.0, lr=1e-3, batch=0, seed=0),
        lambda p: improve(p, [], star(), rounds=-1, measure=lambda _: {}),
    ],
)
def test_a_training_of_nothing_is_refused(ask, qwen):
    with pytest.raises(CourseError, match="it must be a"):
        ask(qwen)


# ---- numbers


def test_an_interval_holds_the_truth_nineteen_times_in_twenty():
    rng = torch.Generator().manual_seed(5)
    samples = torch.randn(400, 60, generator=rng).tolist()
    held = sum(low <= 0 <= high for low, high in map(bootstrap, samples))
    assert 0.91 <= held / len(samples) <= 0.975


def test_a_policy_finds_its_own_answers_likelier_than_the_base_does(pocket):
    learned = sft(pocket, LESSON * 8, lr=2e-3, epochs=4, batch=8, seed=0)
    prompts = [e.prompt for e in LESSON]
    drawn = sample(learned, prompts, 2, Sampling(max_tokens=12), 0, prompts)
    said = [(p, c) for p, g in zip(prompts, drawn, strict=True) for c in g]
    ratios = log_ratios(learned, learned.base, said)
    assert sum(ratios) / len(ratios) > 1


def test_what_could_not_be_judged_is_no_part_of_a_mean():
    found = average([1.0, math.nan, 3.0])
    assert found["value"] == 2 and found["n"] == 2 and not any(map(math.isnan, found["interval"]))
    assert len(found["outcomes"]) == 3, "in the problems' order"
    with pytest.raises(CourseError, match="none of 2 values could be judged"):
        average([math.nan, math.nan])


def test_right_answers_are_not_counted_where_there_are_none(qwen):
    with pytest.raises(CourseError, match="'a' has no right answer"):
        distribution(qwen, [Problem("a", "Hi")], 0)


@pytest.mark.parametrize(
    "text", ["#### 5\nNo, wait.\n#### unknown", "#### 5\n#### 3/4", "#### 5 ####\nI take it back. #### x"]
)
def test_an_answer_that_was_taken_back_is_none(text):
    assert parse_answer(text) is None


def test_a_mark_that_closes_a_text_takes_nothing_back():
    assert parse_answer("20+3=23\n#### 23 ####\n") == "23"


@pytest.mark.parametrize("gold", ["3/4", "red", "1, 2 and 5", "x^2", ""])
def test_gold_that_is_no_number_is_refused(gold):
    with pytest.raises(CourseError, match="is no number to compare with"):
        same_answer("#### 34", gold)
    assert same_answer("#### 1023", "$1,023.00") and not same_answer("#### 34", None)
    with pytest.raises(CourseError, match="is no number to compare with"):
        verify(None, [Group(Problem("a", "?", gold), (Completion("#### 34"),))], TURN)


# ---- precision and place


def test_all_weights_in_half_precision_turn_as_the_base_does(qwen_folder, tmp_path):
    """What is in memory after a training is what a resumed run reads from disk, its positions too."""
    full = load(str(qwen_folder), lora=None, device="cpu", precision="bfloat16")
    learned = sft(full, LESSON, lr=1e-3, epochs=1, batch=4, seed=0)
    P.save_adapter(learned, tmp_path)
    back = P.load_adapter(full, tmp_path)
    for one in (learned.model, back.model):
        assert {n: b.dtype for n, b in one.named_buffers()} == {n: b.dtype for n, b in full.base.named_buffers()}
    ids = torch.tensor([list(range(5, 60))])
    assert torch.equal(learned.model(ids).logits, back.model(ids).logits)


@pytest.mark.parametrize("lora", [P.Lora(), None])
def test_a_learned_reward_in_half_precision_turns_as_the_base_does(lora, qwen_folder):
    policy = load(str(qwen_folder), lora=lora, device="cpu", precision="bfloat16")
    reward = reward_model(policy, PAIRS, lr=1e-3, epochs=1, batch=3)
    turning = {b.dtype for n, b in reward.model.named_buffers() if n.endswith("inv_freq")}
    assert turning == {torch.float32} and {p.dtype for p in reward.model.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize(("capability", "dtype"), [((8, 0), torch.bfloat16), ((7, 5), torch.float16)])
@pytest.mark.parametrize("device", ["cuda", "cuda:1", torch.device("cuda", 1)])
def test_a_card_is_known_by_its_number_too(device, capability, dtype, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda card=None: capability)
    assert pick_dtype(device) == dtype
    monkeypatch.setattr("course_lib.loading.find_spec", lambda name: True)
    need_four_bits(P.Lora(), str(device))


def test_a_model_born_of_the_pocket_model_is_at_home_in_a_lesson(tmp_path, monkeypatch):
    """As `course export --merge` leaves it."""
    copy = shutil.copytree(pocket_folder(), tmp_path / "copy")
    monkeypatch.chdir(tmp_path)
    home, guest = (lesson.begin("00_the_loop", model) for model in ("pocket", str(copy)))
    assert (guest.lr, guest.max_tokens) == (home.lr, home.max_tokens)
    assert [p.prompt for p in guest.train] == [p.prompt for p in home.train]
    assert [p.prompt for p in guest.stories(3)] == [p.prompt for p in home.stories(3)]
