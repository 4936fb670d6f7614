"""What a run will cost, against numbers counted by hand."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib import cost, footprint, lesson, rest, rft, show, star, ttrl
from course_lib.copies import size
from course_lib.errors import CourseError
from course_lib.lesson import draws, gauges
from course_lib.methods import distil, grpo, rl_cai, self_rewarding, sl_cai, spin
from course_lib.policy import Lora, Policy, trainable
from course_lib.reward import RewardModel
from course_lib.sampling.decode import Drawn
from course_lib.score import verify
from course_lib.show import cost_table
from course_lib.tasks.stories import stories
from course_lib.train import sft
from course_lib.types import Completion, Example

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def half_billion():
    """Qwen2.5-0.5B's shape, without its numbers."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    shape = {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14}
    with torch.device("meta"):
        config = Qwen2Config(vocab_size=151_936, num_key_value_heads=2, tie_word_embeddings=True, **shape)
        return Qwen2ForCausalLM(config).to(torch.float16)


def test_memory_of_a_known_shape(half_billion):
    found = footprint.memory_of(half_billion, Lora(rank=16), rows=512, tokens=470)
    assert found.weights == 2 * 2 * 494_032_768, "half a billion numbers of two bytes, twice"
    # of a layer: q and o 2 x (896+896), k and v 2 x (896+128), gate, up and down 3 x (896+4864); each times rank 16
    assert found.adapter == 16 * 24 * 16 * (2 * 1792 + 2 * 1024 + 3 * 5760)
    assert found.cache == 512 * 470 * 12_288, "two tensors, 24 layers, 2 heads of 64, two bytes: 12,288 bytes a token"
    assert found.logits == 512 * 151_936 * 22
    # a token keeps in a layer: what seven adapters read (six 896, one 4864) and their rank, q, k, v and the answer of attention
    # (896 each, keys repeated), three halves of the MLP (4864 each), in two bytes; two norms in float32; a row of the mask
    layer = 470 * (2 * (6 * 896 + 4864 + 7 * 16 + 4 * 896 + 3 * 4864) + 4 * 14 + 8 * 897 + 2 * 470)
    last = 470 * (32_768 * 2 + 896 * 6)
    assert found.row == round(24.6 * layer) + last
    assert found.thin == 24 * 470 * 896 * 2 + round(1.6 * layer) + last
    assert found.total() == found.weights + found.adapter + found.cache + found.logits
    assert footprint.learned(half_billion, None) == 494_032_768, "without an adapter everything is learned"


@pytest.mark.parametrize("checkpointing", [False, True])
def test_what_a_layer_keeps_is_what_torch_keeps(checkpointing):
    """Counted on a tiny Qwen2 in bfloat16: bytes saved for the way back by two more layers."""
    lora, tokens = Lora(rank=4), 256
    found = (saved(3, lora, tokens, checkpointing) - saved(1, lora, tokens, checkpointing)) / 2
    told = tokens * 64 * 2 if checkpointing else footprint.kept(tiny(1), lora, tokens)
    assert found == pytest.approx(told, rel=0.04)


def tiny(layers):
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    shape = {"hidden_size": 64, "intermediate_size": 160, "num_attention_heads": 4, "num_key_value_heads": 2}
    return Qwen2ForCausalLM(Qwen2Config(vocab_size=300, num_hidden_layers=layers, **shape)).to(torch.bfloat16)


def saved(layers, lora, tokens, checkpointing):
    """Bytes that autograd holds after a row's pass forward, beside the weights."""
    import torch

    from course_lib.train.fitting import checkpointed

    base, held = tiny(layers), {}
    module = checkpointed(trainable(Policy("tiny", base, None, lora), 0), checkpointing)
    own = {t.untyped_storage().data_ptr() for t in [*module.parameters(), *module.buffers()]}

    def hold(tensor):
        held[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    ids, mask = torch.zeros(1, tokens, dtype=torch.long), torch.ones(1, 1, tokens, tokens, dtype=torch.bool)
    with torch.autocast("cpu", torch.bfloat16), torch.autograd.graph.saved_tensors_hooks(hold, lambda t: t):
        module.get_base_model().model(input_ids=ids, attention_mask=mask, use_cache=False)
    return sum(t.untyped_storage().nbytes() for place, t in held.items() if place not in own)


def test_what_fits_is_a_half_of_a_half():
    assert [footprint.halved(512, 1.0, room) for room in (600, 512, 511, 130, 1, 0)] == [512, 512, 256, 128, 1, 0]


def test_work_of_a_run_counted_by_hand():
    plan = cost.Plan(k=8, more=2, kept=2, passes=2, longest=100, others=100)
    one = cost.work_of(plan, problems=10, measured=68, rounds=1, prompt=50.5, max_tokens=100)
    # round 1 is sampled once for both: 10 x (8 + 2). Measured three times, the base and each arm
    assert one.answers == 100 + 3 * 68 and one.sampled == 100 * one.answers
    assert one.trained == 2 * 10 * 2 * 2 * 150.5, "two arms, ten problems, two answers each, seen twice"
    two = cost.work_of(plan, 10, 68, 2, 50.5, 100)
    assert two.answers == 3 * 100 + 5 * 68 and two.trained == 2 * one.trained
    alone = cost.work_of(plan, 10, 68, 2, 50.5, 100, control=False)
    assert alone.answers == 2 * 100 + 3 * 68 and alone.trained == one.trained
    long = cost.work_of(replace(plan, longest=50, others=256), 10, 68, 1, 50.5, 100)
    assert long.sampled == 10 * (8 * 50 + 2 * 256) + 3 * 68 * 100 and long.trained == 2 * 10 * 2 * 2 * 100.5
    assert cost.Speed(sampled=1000, trained=500).minutes(cost.Work(0, 60_000, 30_000)) == 2.0


def test_a_plan_is_read_off_the_method():
    def plan(k, more, kept, passes, longest=160, others=160):
        return cost.Plan(k, more, kept, passes, longest, others)

    assert cost.plan_of(star(k=8, max_tokens=60)) == plan(k=8, more=2, kept=2, passes=2, longest=60, others=60)
    assert cost.plan_of(rft(k=4)) == plan(k=4, more=0, kept=4, passes=2)
    assert cost.plan_of(rest(k=8, cap=3)) == plan(k=8, more=0, kept=3, passes=4), "four bars, one pass each"
    assert cost.plan_of(ttrl(m=16, g=8)) == plan(k=16, more=0, kept=8, passes=1)
    assert cost.plan_of(grpo(8, lr=1e-3)) == plan(k=8, more=0, kept=8, passes=1)
    assert cost.plan_of(self_rewarding(k=4, judgements=3, epochs=2)) == plan(4, 12, 2, 2, others=256)
    assert cost.plan_of(spin({})) == plan(k=1, more=0, kept=2, passes=1), "a given answer beside its own"
    assert cost.plan_of(sl_cai(("Be kind.",), passes=2)) == plan(k=1, more=4, kept=1, passes=2)
    assert cost.plan_of(distil(passes=3)) == plan(1, 6, 1, 2, others=256)
    with pytest.raises(CourseError, match="'odd' has a rollout of its own"):
        cost.plan_of(replace(rft(), name="odd", rollout=lambda policy, problems, turn: []))


def test_a_probe_measures_this_model_here(qwen):
    prompts = [p.prompt for p in stories(6, (1,))]
    speed = cost.probe(qwen, prompts, k=2, seconds=0.05)
    assert speed.sampled > 0 and speed.trained > 0
    told = len(qwen.tokenizer(qwen.chat(prompts[0])).input_ids)
    assert cost.prompt_tokens(qwen, stories(1, (1,))) == told


def test_the_card_of_a_room_says_what_is_counted_and_what_is_estimated(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin("00_test")
    card = repr(room.cost(rft(k=4, max_tokens=room.max_tokens), rounds=1))
    # 16 problems, 4 answers each, once for both arms; three measures of 24 + 16 x 2
    assert f"answers sampled, at most   {16 * 4 + 3 * (24 + 32)}" in card
    assert (
        "estimated from a probe here (cpu" in card and "computed: weights" in card and "a batch of 64 answers" in card
    )
    assert not list(tmp_path.rglob("*")), "nothing is run and nothing written"


def test_the_card_reads_in_a_notebook(half_billion):
    memory = footprint.memory_of(half_billion, Lora(), 512, 470)
    page = show.cost("star", cost.Work(2816, 901_120, 481_280), cost.Speed(4000, 3000), memory, 512, "cpu")
    assert "about 6.4, estimated" in repr(page) and "901,120" in page.html and "<table" in page.html
    assert "weights 1.98 GB (two copies)" in repr(page) and "2.96 GB (cache) and 1.71 GB (logits)" in repr(page)
    assert "fits here" not in repr(page), "a CPU does not say what it has"


def test_the_card_says_what_fits_the_gpu_that_is_here(half_billion, monkeypatch):
    """15 GB leave 12.9 beside two copies and the adapter: 16 rows of 0.79 GB, or 125 of 0.10 GB."""
    memory = footprint.memory_of(half_billion, Lora(), 512, 470)
    for room, line in [
        (15e9, "512 answers at once in sampling; 16 rows in training, 125 with gradient checkpointing, computed"),
        (5e9, "256 answers at once in sampling; 3 rows in training, 28 with gradient checkpointing, computed"),
        (2e9, "no, not even one answer or row at a time, computed: take a smaller model, rank or max_tokens"),
    ]:
        monkeypatch.setattr("course_lib.show.cost_table.found", lambda *_, room=room: ("a GPU", int(room)))
        page = show.cost("star", cost.Work(2816, 901_120, 481_280), cost.Speed(4000, 3000), memory, 512, "cuda")
        assert line in repr(page) and f" of {room / 1e9:.2f} GB that are free, computed" in repr(page)


def test_what_a_run_may_take_is_what_is_free_and_what_it_holds_already(qwen, monkeypatch):
    """Another notebook's model on the same card is in nobody's way twice, and is not counted as room."""
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (6 * 10**9, 15 * 10**9))
    monkeypatch.setattr("torch.cuda.memory_reserved", lambda: 3 * 10**9)
    monkeypatch.setattr("torch.cuda.memory_allocated", lambda: 2 * 10**9)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "a GPU")
    assert cost_table.found("cuda", 2 * 10**9) == ("a GPU", 9 * 10**9)
    learned = sft(qwen, [Example("1+1?", "2")] * 2, lr=1e-3, epochs=1, batch=2, seed=0)
    assert learned.copies.held() == size(learned.model) == size(qwen.base)


TAKES = {"checked": {"by": {}}, "watched": {"score": verify}, "liked": {"by": {}, "taste": lambda text: 0.0}}


@pytest.mark.parametrize("name", [g.__name__ for g in draws.GAUGES])
def test_what_a_measure_draws_is_counted_beforehand(name, qwen_folder, roomy_folder, tmp_path, monkeypatch):
    """Every gauge is run on a model that answers at once; what it drew is what the card says."""
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    opened = {"conduct": lesson.begin_town, "agency": lesson.begin_workshop, "without": lesson.begin_exam}
    begin = next((b for word, b in opened.items() if word in name), lesson.begin)
    room = begin("00_test", str(roomy_folder))
    if name in ("replies", "replies_and_judging"):
        room = lesson.begin_talks(room, str(DATA / "oasst1"), judging=name.endswith("judging"))
    counted = []

    def decode(model, tokens, keys, k, how, seed, ends):
        counted.append(k * len(tokens))
        return [[Drawn([], 0.0, True, ends[:1])] * k for _ in tokens]

    monkeypatch.setattr("course_lib.sampling.decode.decode", decode)
    gauge = getattr(gauges, name)
    room = replace(
        room, gauge=partial(gauge, **TAKES[name]) if name in TAKES else gauge, budget=replace(room.budget, judged=4)
    )
    room.measure()(room.policy)
    assert sum(counted) == draws.drawn_by(room)


def test_every_measure_is_counted():
    found = {g for g in vars(gauges).values() if getattr(g, "__annotations__", {}).get("return") == "Measure"}
    assert found - {gauges.first_kept} == set(draws.GAUGES)


@pytest.mark.parametrize(("seconds_a_step", "rows"), [(lambda rows: 0.3, 512), (lambda rows: 0.01 * rows, 1)])
def test_a_probe_takes_batches_as_large_as_pay(seconds_a_step, rows, qwen, monkeypatch):
    """On a GPU a step takes as long for many rows as for one; where it takes twice as long for two, larger batches are no use."""
    now, asked = [0.0], []

    def sample(policy, prompts, k, how, seed):
        if how.max_tokens > 2:
            asked.append(len(prompts) * k)
            now[0] += seconds_a_step(asked[-1])
        return [[Completion("a", 10, ids=(5, 6))] * k for _ in prompts]

    monkeypatch.setattr(cost, "sample", sample)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: now[0])
    speed = cost.probe(qwen, [p.prompt for p in stories(128, (1,))], k=4)
    assert asked[-1] >= min(rows, 8) and speed.sampled == pytest.approx(10 * rows / seconds_a_step(rows))


@pytest.mark.parametrize(("device", "rows"), [("cpu", 4), ("cuda", 32)])
def test_a_probe_reads_a_step_s_rows_on_a_gpu_and_counts_the_head_in(device, rows, qwen, half_billion, monkeypatch):
    now, read = [0.0], []

    def passing(model, prompts, tokens):
        read.append(prompts)
        now[0] += 2.0
        return [[0.0]] * len(prompts)

    monkeypatch.setattr(
        cost, "sample", lambda policy, prompts, k, how, seed: [[Completion("a", 2, ids=(5, 6))] * k] * len(prompts)
    )
    monkeypatch.setattr("course_lib.sampling.decode.first_logprobs", passing)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: now[0])
    there = replace(qwen, base=SimpleNamespace(device=SimpleNamespace(type=device), model=qwen.base))
    monkeypatch.setattr(cost, "with_head", lambda model: 1.25)
    speed = cost.probe(there, ["How many?"] * 64, k=8)
    assert [len(r) for r in read] == [rows]
    assert speed.trained == pytest.approx(sum(map(len, read[0])) / 2.0 / 1.25 / 3)
    monkeypatch.undo()
    assert cost.with_head(half_billion) == pytest.approx(494_032_768 / (494_032_768 - 896 * 151_936), rel=1e-3)


def test_the_model_of_a_learned_reward_is_counted_too(qwen):
    reward = RewardModel(qwen, qwen.base)
    assert cost.reward_of(rl_cai(reward, qwen)) is reward and cost.reward_of(rft()) is None
    alone = footprint.memory_of(qwen.base, Lora(), 8, 64)
    both = footprint.beside(alone, reward)
    assert both.weights == alone.weights + 4 * qwen.base.num_parameters() and footprint.beside(alone, None) == alone
    page = show.cost("rl-cai", cost.Work(1, 1, 1), cost.Speed(1, 1), both, 8, "cpu")
    assert "(two copies and a reward model)" in repr(page)
