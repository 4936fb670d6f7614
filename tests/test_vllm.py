"""vLLM as the sampler: every refusal, and the engine driven through a stand-in with vLLM 0.31's signatures (vllm_stand_in.py).

vLLM itself runs on no machine without a GPU. Where it is installed, the stand-in is held to its source.
"""

import ast
import json
from dataclasses import fields, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import vllm_stand_in as stand_in

from course_lib import policy as P
from course_lib import sealed
from course_lib.cli.main import main
from course_lib.errors import CourseError
from course_lib.measure import kl_to_base
from course_lib.policy import Lora
from course_lib.rollout import greedy, sample
from course_lib.run import experiment
from course_lib.sampling import vllm_check, vllm_engine
from course_lib.sampling.decode import Sampling, distribution, number, score_tokens
from course_lib.sampling.vllm_check import trouble
from course_lib.sampling.vllm_engine import opened
from course_lib.select import above
from course_lib.train import sft
from course_lib.types import Example, Problem

PROMPTS = ["What is 3+4?", "Ann has 5 pens and buys 2.", "Hm?", "Say it again, and slowly: who was there?"]
KEYS = ["a", "b", "c", "d"]
LENGTH = 16
LEARN = [Example(p, "yes yes") for p in PROMPTS]


@pytest.fixture(scope="module")
def learned(qwen):
    """What the tiny model is after a training; done before any stand-in, since TRL asks for vLLM when it is imported."""
    return sft(qwen, LEARN, lr=1e-2, epochs=6, batch=2, seed=0)


@pytest.fixture
def vllm(learned, monkeypatch, tmp_path):
    """A machine with a GPU and vLLM, as far as course_lib can see."""
    monkeypatch.setattr(vllm_check, "capability", lambda: (9, 0))
    monkeypatch.setattr(vllm_engine, "free_memory", lambda: None)  # a fifth of a second each, for a GPU that isn't here
    stand_in.install(monkeypatch, tmp_path / "site")


@pytest.fixture
def engine(qwen, vllm):
    return opened(qwen).engine


def ids(policy, prompts=PROMPTS):
    return policy.tokenizer([policy.chat(p) for p in prompts], add_special_tokens=False).input_ids


def said(groups):
    return [[c.ids for c in group] for group in groups]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lora": None}, "--full trains all weights: leave --full away"),
        ({"lora": Lora(rank=513)}, "rank is 513: vLLM loads adapters of up to 512"),
        ({"temperature": 2.5}, "temperature is 2.5: vLLM samples at 0.01 to 2.0"),
        ({"temperature": 0.001}, "temperature is 0.001"),
        ({"processes": 4}, "for one process here, and these are 4"),
        ({"gpu": None}, "vLLM needs an NVIDIA GPU, and this machine shows none"),
        ({"gpu": None, "version": None}, "this machine shows none"),
        ({"gpu": (7, 5)}, "from compute capability 8.0 on, and this GPU has 7.5: take"),
        ({"version": None}, "vLLM is not installed: pip install -e '.[vllm]'"),
        ({"version": "0.33.0"}, 'vLLM 0.33.0 is installed, and the course speaks to 0.31: pip install "vllm==0.31.*"'),
        ({"version": "0.3.1"}, "vLLM 0.3.1 is installed"),
    ],
)
def test_what_vllm_cannot_do_is_one_sentence_that_says_what_to_do(changed, words):
    able = {"lora": Lora(), "temperature": 1.0, "processes": 1, "gpu": (8, 0), "version": "0.31.0+cu129"}
    assert trouble(**able) is None
    found = trouble(**able | changed)
    assert words in found and found.endswith("take --backend transformers, which samples everywhere.")
    assert "\n" not in found


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_the_command_line_refuses_before_anything_is_loaded_or_written(capsys, tmp_path):
    code = main(["star", "--backend", "vllm", "--model", "no/such-model", "--out", str(tmp_path / "run")])
    out, err = capsys.readouterr()
    assert code == 2 and out == "" and err.startswith("course: vLLM needs an NVIDIA GPU") and err.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert main(["star", "--backend", "vlm", "--out", str(tmp_path / "run")]) == 2
    assert "backend is 'vlm': it is transformers or vllm." in capsys.readouterr().err


def test_an_engine_that_does_not_come_up_is_one_sentence(qwen, vllm, monkeypatch):
    def full(*args, **settings):
        raise ValueError("Free memory on device cuda:0 (3.0/80.0 GiB) on startup is less than desired\nmore")

    monkeypatch.setattr(stand_in.LLM, "__init__", full)
    with pytest.raises(CourseError, match="did not come up .*less than desired.: mend that, or take") as raised:
        opened(qwen)
    assert "\n" not in str(raised.value)


def test_greedy_is_the_default_backends_token_for_token_for_the_base_and_for_an_adapter(qwen, learned, engine):
    answers = {}
    for policy in (qwen, learned):
        answers[policy is learned] = ours = greedy(replace(policy, engine=engine), PROMPTS, LENGTH)
        assert ours == [replace(c, logprob=pytest.approx(c.logprob, abs=1e-3)) for c in greedy(policy, PROMPTS, LENGTH)]
    assert said([answers[True]]) != said([answers[False]]), "the adapter must make a difference to be seen"
    assert len(engine.llm.seen.read) == 1


def test_samples_have_their_number_their_ends_and_their_own_log_probabilities(learned, engine):
    policy, ends = replace(learned, engine=engine), learned.end_ids()
    groups = sample(policy, PROMPTS, 6, Sampling(max_tokens=12), 3, KEYS)
    answers = [(p, c) for p, group in zip(ids(policy), groups, strict=True) for c in group]
    assert [len(g) for g in groups] == [6] * len(PROMPTS)
    again = score_tokens(policy.model, [p for p, _ in answers], [list(c.ids) for _, c in answers])
    assert [c.logprob for _, c in answers] == pytest.approx(again, abs=1e-3)
    for _, c in answers:
        assert c.finished == (c.ids[-1] in ends) and not any(i in ends for i in c.ids[:-1])
        assert c.tokens == len(c.ids) and (c.finished or c.tokens == 12)
        assert c.text == policy.tokenizer.decode(c.ids, skip_special_tokens=True)
    assert {c.finished for _, c in answers} == {True, False}


def test_log_probabilities_are_of_the_cut_and_heated_distribution(learned, engine):
    how, prompt = Sampling(temperature=0.7, top_k=12, top_p=0.8, max_tokens=6), ids(learned)[0]
    for c in sample(replace(learned, engine=engine), PROMPTS[:1], 4, how, 5, ["a"])[0]:
        with torch.inference_mode():
            logits = learned.model(torch.tensor([[*prompt, *c.ids]])).logits[0, len(prompt) - 1 : -1]
        own = distribution(logits, how).gather(-1, torch.tensor(c.ids)[:, None]).sum()
        assert c.logprob == pytest.approx(float(own), abs=1e-3)


def test_a_key_has_its_seed_and_its_answers_in_any_order_and_company(qwen, engine):
    policy, how = replace(qwen, engine=engine), Sampling(max_tokens=4)
    together = said(sample(policy, PROMPTS, 3, how, 7, KEYS))
    backwards = said(sample(policy, PROMPTS[::-1], 3, how, 7, KEYS[::-1]))[::-1]
    alone = [said(sample(policy, [p], 3, how, 7, [key]))[0] for p, key in zip(PROMPTS, KEYS, strict=True)]
    assert together == backwards == alone
    first, second, *others = [{p.seed for p in call} for call in engine.llm.seen.calls]
    assert first == second == set.union(*others) == {number(7, key) >> 1 for key in KEYS}
    assert said(sample(policy, PROMPTS, 3, how, 8, KEYS)) != together
    assert len({answer for group in together for answer in group}) == 3 * len(PROMPTS), "each answer has its own noise"


def test_an_adapter_is_written_and_read_once_and_its_folder_goes_when_the_next_comes(qwen, learned, engine):
    seen, base = engine.llm.seen, replace(qwen, engine=engine)
    other = replace(learned, weights={k: v * 2 for k, v in learned.weights.items()}, engine=engine)
    learned = replace(learned, engine=engine)
    for policy, numbers in ((base, []), (learned, [1]), (learned, [1]), (base, [1]), (learned, [1]), (other, [1, 2])):
        greedy(policy, PROMPTS[:1], 2)
        assert [n for n, _ in seen.read] == numbers
    (_, first), (_, second) = seen.read
    assert not Path(first).exists() and {f.name for f in Path(second).iterdir()} == set(P.ADAPTER_FILES)


def test_the_engine_fits_the_model_and_sleeps_between_draws(qwen, engine):
    made = engine.llm.seen.made
    assert made["dtype"] == "float32" and made["logprobs_mode"] == "processed_logprobs" and made["max_lora_rank"] == 16
    assert 0 < made["share"] < 0.7 and engine.room == 512 and engine.llm.sleeping
    assert opened(replace(qwen, lora=Lora(rank=17))).engine.llm.seen.made["max_lora_rank"] == 32
    policy = replace(qwen, engine=engine)
    greedy(policy, PROMPTS, 2)
    assert engine.llm.sleeping
    engine.room = 40
    with pytest.raises(CourseError, match="new ones pass this model's 40 positions"):
        greedy(policy, PROMPTS, 30)


def test_what_is_trained_keeps_the_engine_and_the_kl_comes_from_one_place(qwen, learned, engine):
    policy = replace(qwen, engine=engine)
    module = P.trainable(policy, 0)
    assert P.trained(policy, module).engine is P.fresh(policy).engine is engine
    policy, problems = replace(learned, engine=engine), [Problem(str(i), p, "1") for i, p in enumerate(PROMPTS)]
    groups = sample(policy, PROMPTS, 2, Sampling(max_tokens=8), 0, KEYS)
    off = [[replace(c, logprob=c.logprob + 5) for c in group] for group in groups]
    assert kl_to_base(policy, problems, off) == pytest.approx(kl_to_base(learned, problems, groups), abs=1e-3)


def test_a_run_by_vllm_says_so_and_resumes_as_it_began(capsys, tmp_path, learned, gsm_file, vllm, monkeypatch):
    P.export(learned, tmp_path / "model")  # its answers come to an end
    build = experiment.build
    monkeypatch.setattr("course_lib.sampling.decode.decode", None)  # nothing but the engine can sample
    monkeypatch.setattr(experiment, "build", lambda settings, bar: replace(build(settings, bar), select=above(-1.0)))
    small = ["--problems", gsm_file, "--k", "2", "--max-tokens", "12", "--held-out", "2", "--no-control"]
    run = ["rft", "--backend", "vllm", "--model", tmp_path / "model", *small, "--json", "--out", tmp_path / "run"]
    assert main([str(a) for a in run]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert "vLLM starts" in err and found["rounds"][1]["kept"] > 0 and found["rounds"][1]["kl"] != 0
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert told["settings"]["backend"] == "vllm" and told["versions"]["vllm"] == stand_in.VERSION
    assert main(["rft", "--resume", str(tmp_path / "run"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rounds"] == found["rounds"]
    assert main(["rft", "--resume", str(tmp_path / "run"), "--backend", "transformers"]) == 2
    assert "--backend is transformers, but this run was started with vllm" in capsys.readouterr().err


def test_a_run_from_before_there_was_a_choice_resumes(capsys, tmp_path, qwen_folder, gsm_file):
    folder = tmp_path / "run"
    small = [
        "--problems",
        gsm_file,
        "--k",
        "1",
        "--rounds",
        "0",
        "--max-tokens",
        "4",
        "--held-out",
        "2",
        "--no-control",
    ]
    assert main([str(a) for a in ["star", "--model", qwen_folder, *small, "--out", folder]]) == 0
    told = json.loads((folder / "run.json").read_text())
    del told["settings"]["backend"]
    sealed.write(folder / "run.json", json.dumps(told))
    assert main(["star", "--resume", str(folder), "--backend", "transformers"]) == 0
    capsys.readouterr()
    assert main(["star", "--resume", str(folder), "--seed", "9"]) == 2
    assert "--seed is 9, but this run was started with 0" in capsys.readouterr().err


def class_of(text, name):
    return next(n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef) and n.name == name)


def declared(node):
    """The names that a class declares as fields, in their order."""
    return [n.target.id for n in node.body if isinstance(n, ast.AnnAssign)]


def signature(node, function):
    """(names by place, names by keyword, defaults) of a class's function."""
    args = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == function).args
    given = dict(zip([a.arg for a in args.args[::-1]], args.defaults[::-1], strict=False))
    given |= dict(zip([a.arg for a in args.kwonlyargs], args.kw_defaults, strict=True))
    return [a.arg for a in args.args], [a.arg for a in args.kwonlyargs], {k: ast.unparse(v) for k, v in given.items()}


@pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed")
def test_the_stand_in_has_vllms_own_signatures():
    folder = Path(find_spec("vllm").submodule_search_locations[0])
    vllm = {p: (folder / p).read_text(encoding="utf-8") for p in (
        "entrypoints/llm.py", "lora/request.py", "sampling_params.py", "engine/arg_utils.py", "outputs.py",
        "config/lora.py", "config/model.py",
    )}  # fmt: skip
    mine, theirs = (
        class_of(Path(stand_in.__file__).read_text(encoding="utf-8"), "LLM"),
        class_of(vllm["entrypoints/llm.py"], "LLM"),
    )
    for function in ("__init__", "generate", "sleep", "wake_up"):
        assert signature(mine, function) == signature(theirs, function)
    for path, kind in (("lora/request.py", "LoRARequest"), ("sampling_params.py", "SamplingParams")):
        names = [f.name for f in fields(getattr(stand_in, kind))]
        assert names == declared(class_of(vllm[path], kind))[: len(names)]
    assert stand_in.ENGINE_ARGS.keys() <= set(declared(class_of(vllm["engine/arg_utils.py"], "EngineArgs")))
    assert {f.name for f in fields(stand_in.CompletionOutput)} <= set(
        declared(class_of(vllm["outputs.py"], "CompletionOutput"))
    )
    assert {f.name for f in fields(stand_in.RequestOutput)} <= set(
        signature(class_of(vllm["outputs.py"], "RequestOutput"), "__init__")[0]
    )
    assert f"MaxLoRARanks = Literal[{', '.join(map(str, vllm_check.RANKS))}]" in vllm["config/lora.py"]
    assert '"processed_logprobs"' in vllm["config/model.py"] and "ge=-1" in vllm["config/model.py"]
