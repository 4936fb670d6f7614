"""A run's model, taken out: it answers as the run's last policy did, says how it was made, and overwrites nothing."""

import argparse
import errno
import json
import os
import shlex
import shutil
from dataclasses import asdict, replace

import pytest

from course_lib import record, sealed
from course_lib.cli import export
from course_lib.cli import main as cli
from course_lib.cli.run_arguments import settings_from
from course_lib.errors import CourseError
from course_lib.loading import load, pocket_folder
from course_lib.methods import star
from course_lib.policy import trainable, trained, weights_hash
from course_lib.rollout import greedy
from course_lib.run import words as run_words
from course_lib.run.experiment import both_arms
from course_lib.run.log import read_run
from course_lib.run.settings import Settings
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Example, Group

PROMPTS = [p.prompt for p in stories(4, (6, 7), seed=900)]
SETTINGS = Settings(rounds=2, k=2, problems="8", held_out=40, seed=3, levels=(2, 3))
ROUNDS = {0: (12, 0), 1: (20, 8), 2: (28, 16)}  # of 40 held-out problems right, by the method and by its control


def nudge(policy, seed):
    """The policy after a pretended training: its adapter, or all its weights, moved enough to change what it says."""
    import torch

    drawn = torch.Generator().manual_seed(seed)
    if policy.lora is None:
        state = policy.model.state_dict()
        return replace(
            policy, weights={k: v + 0.02 * torch.randn(v.shape, generator=drawn) * v.std() for k, v in state.items()}
        )
    module = trainable(policy, seed)
    for name, p in module.named_parameters():
        if "lora_B" in name:
            p.data = 0.2 * torch.randn(p.shape, generator=drawn)
    return trained(policy, module)


def make_run(folder, settings=SETTINGS, rounds=None, with_control=True, none_kept_in=None):
    """A run folder as `course` leaves it, whose phases take no time. `rounds`: it is stopped after so many."""
    problems = stories(int(settings.problems), settings.levels, settings.seed)
    measured = iter([ROUNDS[i][0] for i in range(settings.rounds + 1)] + [ROUNDS[i][1] for i in (1, 2)])

    def measure(policy):
        right = next(measured)
        return {"accuracy": right / 40, "interval": [right / 40 - 0.1, right / 40 + 0.1], "n": 40,
                "outcomes": [int(i < right) for i in range(40)]}  # fmt: skip

    def train(policy, kept, turn):
        if rounds is not None and turn.round > rounds:
            raise KeyboardInterrupt
        return nudge(policy, len(kept) + turn.round)

    def select(groups, turn):
        return [] if turn.round == none_kept_in else [Example(p.prompt, "#### 1") for p in problems[:5]]

    method = replace(
        star(k=2),
        rollout=lambda policy, problems, turn: [Group(p, (Completion("#### 1"),), (0.0,)) for p in problems],
        score=lambda policy, groups, turn: groups,
        revise=lambda policy, groups, turn: groups,
        select=select,
        train=train,
    )
    policy = load(settings.model, settings.lora(), device="cpu", precision=settings.precision)
    record.start(folder, asdict(settings) | {"model_hash": weights_hash(policy.base), "problems_hash": ""})
    both_arms(
        policy, method, problems, measure, folder, rounds=settings.rounds, seed=settings.seed,
        with_control=with_control, twin=replace(method, select=lambda groups, turn: select(groups, turn)[:3]), say=str,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(folder, tmp_path):
    """A copy of the run to spoil."""
    return shutil.copytree(folder, tmp_path / "run")


def exported(*arguments):
    """`course export ...`; returns the exit code."""
    root = argparse.ArgumentParser()
    export.add_export(root.add_subparsers())
    return export.export_run(root.parse_args(["export", *map(str, arguments)]))


def refused(*arguments):
    """The sentence that `course export ...` ends with."""
    with pytest.raises(CourseError) as error:
        exported(*arguments)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def policy_after(folder, round, arm="method", settings=SETTINGS):
    base = load(settings.model, settings.lora(), device="cpu")
    return record.read_adapter(base, folder / arm / f"{round:02d}" / "adapter" / "done.json")


def answers_of(model, tokenizer):
    """Greedy answers by transformers alone, as tokens up to the end."""
    found = []
    for prompt in PROMPTS:
        talk = [{"role": "user", "content": prompt}]
        ids = tokenizer.apply_chat_template(talk, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        out = model.generate(**ids, do_sample=False, max_new_tokens=40)[0, ids["input_ids"].shape[1] :]
        found.append(tuple(out.tolist()))
    return found


def answers_by(policy):
    """The same by the course's own decoder."""
    return [c.ids for c in greedy(policy, PROMPTS, max_tokens=40)]


def loaded(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


# ---- what is written


def test_the_merged_folder_answers_as_the_last_policy_token_for_token(folder, tmp_path):
    assert exported(folder, "--merge", "--out", tmp_path / "out") == 0
    model, tokenizer = loaded(tmp_path / "out")
    last = policy_after(folder, 2)
    assert answers_of(model, tokenizer) == answers_by(last)
    assert weights_hash(model) == weights_hash(last.model) != weights_hash(last.base)
    assert answers_by(last) != answers_by(policy_after(folder, 1)), "the rounds differ, so the test can tell them apart"


def test_the_merged_folder_is_plain_hugging_face(folder, tmp_path):
    exported(folder, "--merge", "--out", tmp_path / "out")
    files = {p.name for p in (tmp_path / "out").iterdir()}
    wanted = {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"}
    assert wanted <= files and "README.md" in files
    assert not [f for f in files if f.endswith((".bin", ".pt", ".pth", ".pkl", ".py"))]
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    assert "auto_map" not in config and config["architectures"] == ["LlamaForCausalLM"]
    assert not [p for p in (tmp_path / "out").rglob("*.json*") if str(tmp_path.parent) in p.read_text(encoding="utf-8")]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_who_may_read_the_files_is_what_the_umask_says(folder, tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        exported(folder, "--merge", "--out", tmp_path / "merged")
        exported(folder, "--out", tmp_path / "alone")
    finally:
        os.umask(before)
    modes = {f.name: f.stat().st_mode & 0o777 for out in ("merged", "alone") for f in (tmp_path / out).iterdir()}
    assert {"model.safetensors", "adapter_model.safetensors", "README.md"} <= modes.keys()
    assert set(modes.values()) == {mode}, modes


def test_the_adapter_goes_onto_its_base_by_peft_alone(folder, tmp_path):
    from peft import PeftModel

    assert exported(folder, "--out", tmp_path / "out") == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "README.md",
    }  # fmt: skip
    base, tokenizer = loaded(pocket_folder())
    assert answers_of(PeftModel.from_pretrained(base, tmp_path / "out"), tokenizer) == answers_by(
        policy_after(folder, 2)
    )


def test_an_arm_and_a_round_can_be_named(folder, tmp_path):
    exported(folder, "--merge", "--arm", "control", "--round", 1, "--out", tmp_path / "out")
    model, _ = loaded(tmp_path / "out")
    assert weights_hash(model) == weights_hash(policy_after(folder, 1, "control").model)
    words = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "# star, the control, round 1" in words and "as many kept at random" in words
    assert "--arm control --round 1 --merge" in words and "it is the control" in words


def test_a_run_in_another_precision_is_exported_in_it(tmp_path):
    """As on a laptop, of a run that an L4 made."""
    run = tmp_path / "run"
    make_run(run, replace(SETTINGS, precision="bfloat16", rounds=1), with_control=False)
    exported(run, "--merge", "--out", tmp_path / "out")
    assert json.loads((tmp_path / "out/config.json").read_text(encoding="utf-8"))["dtype"] == "bfloat16"
    assert "pocket in bfloat16, SHA-256" in (tmp_path / "out/README.md").read_text(encoding="utf-8")


def test_a_run_that_trained_all_weights_has_no_adapter(tmp_path):
    settings = replace(SETTINGS, full=True, rounds=1)
    run = make_run(tmp_path / "full", settings, with_control=False)
    assert "trained all weights, so it has no adapter: add --merge" in refused(run)
    exported(run, "--merge")
    model, _ = loaded(run / "exported" / "method-01")
    assert weights_hash(model) == weights_hash(policy_after(run, 1, settings=settings).model)


# ---- its card


def test_the_card_says_how_it_was_made(folder, tmp_path):
    exported(folder, "--merge", "--out", tmp_path / "out")
    words = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    base = json.loads((folder / "run.json").read_text(encoding="utf-8"))["settings"]["model_hash"]
    for part in (
        "license: apache-2.0",
        "STaR, the self-taught reasoner. Zelikman et al. 2022, arXiv 2203.14465",
        "course_lib/methods/star.py", base, "8 stories of the pocket town of 2 and 3 steps, seed 3",
        "| 0, before |  | 30.0 % [20.0, 40.0] |  | 30.0 % [20.0, 40.0] |",
        "| 2 | 5 | 70.0 % [60.0, 80.0] | 3 | 40.0 % [30.0, 50.0] |",
        "over the model it began with: +40.0 [+", "over the control: +30.0 [+", "## Licence", "## What it must not be used for",
        "40 held-out problems (stories of 5 and 6 steps)", f"trl {record.versions()['trl']}",
    ):  # fmt: skip
        assert part in words, part
    assert "stopped" not in words and str(tmp_path.parent) not in words


def test_the_command_on_the_card_makes_the_same_run(folder, tmp_path):
    odd = replace(
        SETTINGS, method="rest", tau=(0.0, 0.9), temperature=0.7, full=True, control=False, lr=1e-4, max_tokens=99
    )
    grpo = Settings(method="grpo", lr=2e-3)  # the default of other methods, not of this one
    others = Settings(method="rft", rounds=1), replace(SETTINGS, model="a/b c", alpha=7.5), grpo, replace(grpo, lr=1e-3)
    for settings in (SETTINGS, odd, *others, replace(SETTINGS, four_bit=True)):
        words = shlex.split(run_words.command(settings))
        assert words[0] == "course"
        again, out = settings_from(cli.parser().parse_args([*words[1:], "--out", "again"]))
        assert again == settings and str(out) == "again"


def test_a_model_that_is_not_ours_keeps_its_licence(folder, run, tmp_path):
    shutil.copytree(pocket_folder(), tmp_path / "somebodys-model")
    settings = replace(SETTINGS, model=str(tmp_path / "somebodys-model"), rounds=1)
    other = make_run(tmp_path / "other", settings, with_control=False)
    exported(other)
    words = (other / "exported" / "method-01-adapter" / "README.md").read_text(encoding="utf-8")
    assert "license: apache" not in words and "That of somebodys-model" in words and str(tmp_path) not in words
    assert "has no control" in words and "Advice, decisions about people" in words
    config = (other / "exported" / "method-01-adapter" / "adapter_config.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in config


# ---- runs that did not come to their end


def test_a_stopped_run_gives_its_last_finished_round_and_says_so(tmp_path, capsys):
    run = make_run(tmp_path / "run", rounds=1)
    assert exported(run, "--merge") == 0
    said = capsys.readouterr().out
    assert "round 1 of 2" in said and f"stopped after this round; course star --resume {run} goes on" in said
    out = run / "exported" / "method-01"
    assert "**The run was stopped before its end: 1 of 2 rounds" in (out / "README.md").read_text(encoding="utf-8")
    assert weights_hash(loaded(out)[0]) == weights_hash(policy_after(run, 1).model)


def test_a_round_that_was_trained_but_not_measured_is_not_finished(run):
    sealed.seal_of(run / "method" / "02" / "measure.json").unlink()
    assert read_run(run).trained("method") == [1] and read_run(run).stopped("method")


def test_a_round_that_kept_nothing_ends_the_run_and_leaves_the_model_before(tmp_path, capsys):
    run = make_run(tmp_path / "run", none_kept_in=2)
    exported(run, "--merge")
    out = run / "exported" / "method-01"
    words = (out / "README.md").read_text(encoding="utf-8")
    assert "| 2 | 0 |" in words and "stopped" not in words + capsys.readouterr().out


def test_a_run_that_learned_nothing_has_no_model(tmp_path):
    stopped = make_run(tmp_path / "a", rounds=0)
    assert "go on with course star --resume" in refused(stopped, "--merge")
    none = make_run(tmp_path / "b", none_kept_in=1)
    assert "there is none to take" in refused(none, "--merge")


# ---- bad input: one sentence, and nothing written


def test_a_folder_that_is_not_empty_is_left_alone(folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert exported(folder, "--out", out) == 0, "an empty folder may be filled"
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert "is there already and not empty: choose another --out" in refused(folder, "--merge", "--out", out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert "is there already" in refused(folder, "--out", tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_what_is_not_there_is_named(folder, run, tmp_path):
    assert "holds no run" in refused(tmp_path / "nowhere", "--merge")
    assert "round is 7: the finished rounds of this method are 1, 2" in refused(folder, "--round", 7)
    assert "round is 0" in refused(folder, "--round", 0)
    shutil.rmtree(run / "control")
    assert "has no control: it was run with --no-control" in refused(run, "--arm", "control")
    (run / "method" / "02" / "adapter" / "adapter_model.safetensors").write_bytes(b"cut")
    assert "was cut, edited or removed" in refused(run, "--merge")
    assert not (run / "exported").exists()


def test_another_base_is_refused(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "weights_hash", lambda model: "another")
    assert "is not what" in refused(folder, "--merge", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    def full(policy, part, adapter):
        (part / "config.json").write_text("{", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export, "write_model", full)
    assert "could not be written (No space left on device)" in refused(folder, "--merge", "--out", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
