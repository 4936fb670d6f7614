"""The command line as a user meets it. Bad input: one sentence, exit code 2, no traceback."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_lib import loading, record
from course_lib.cli import doctor
from course_lib.cli import main as cli
from course_lib.cli.main import main
from course_lib.cli.run_arguments import settings_from
from course_lib.loading import pocket_folder
from course_lib.run import words as run_words
from course_lib.run.log import read_run
from course_lib.run.settings import draw_problems
from course_lib.train import trainers

GSM8K = Path(__file__).parent / "data" / "gsm8k"  # a folder with the set's own files
SMALL = ["--problems", "8", "--k", "2", "--held-out", "8", "--rounds", "1", "--levels", "2"]


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--k", "0"], "K is 0"),
        (["--k", "-3"], "K is -3"),
        (["--temperature", "0"], "temperature is 0"),
        (["--temperature", "-1"], "temperature is -1"),
        (["--temperature", "nan"], "temperature is nan"),
        (["--temperature", "inf"], "temperature is inf"),
        (["--tau", "1.5"], "τ is 1.5"),
        (["--tau", "-0.1"], "τ is -0.1"),
        (["--tau", "nan"], "τ is nan"),
        (["--tau", "0.9", "0.1"], "do not fall"),
        (["--rounds", "-1"], "rounds is -1"),
        (["--problems", "0"], "problems is 0"),
        (["--problems", "-4"], "problems is -4"),
        (["--problems", "²"], "'²' is not there"),
        (["--problems", "no-such-file.jsonl"], "'no-such-file.jsonl' is not there"),
        (["--levels", "0"], "levels are (0,)"),
        (["--lr", "nan"], "lr is nan"),
        (["--rank", "0"], "rank is 0"),
        (["--precision", "half"], "precision is 'half'"),
        (["--held-out", "0"], "held-out is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--seed", "5000000"], "seed is 5000000"),
        (["--model", "nobody/no-such-model"], "could not be fetched: without a network"),
        (["--model", "./nowhere"], "'./nowhere' is not a folder"),
        (["--resume", "no-such-run"], "holds no run"),
    ],
)
def test_bad_input_is_one_sentence(capsys, tmp_path, arguments, words):
    where = [] if "--resume" in arguments else ["--out", tmp_path / "run"]
    code, out, err = run(capsys, "rest", *arguments, *where)
    assert code == 2 and words in err
    assert err.startswith("course: ") and "Traceback" not in err and len(err.strip().splitlines()) == 1
    assert out == ""


def test_an_empty_and_a_malformed_problem_file(capsys, tmp_path):
    empty, bad = tmp_path / "empty.jsonl", tmp_path / "bad.jsonl"
    empty.write_text("")
    bad.write_text('{"question": "q", "answer": "#### 1"}\n{"question": "q"\n')
    code, _, err = run(capsys, "star", "--problems", empty, "--out", tmp_path / "a")
    assert code == 2 and "is empty" in err
    code, _, err = run(capsys, "star", "--problems", bad, "--out", tmp_path / "b")
    assert code == 2 and "line 2" in err


def test_half_a_character_is_named_by_its_line(capsys, tmp_path):
    file = tmp_path / "cut.jsonl"
    file.write_text(json.dumps({"question": "2 + 2 \ud83d", "answer": "#### 4"}) + "\n", encoding="utf-8")
    code, _, err = run(capsys, "star", "--problems", file, "--out", tmp_path / "run")
    assert code == 2 and f"{file}, line 1: half of a character" in err


def test_somebody_s_folder_is_left_as_it_is(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    code, _, err = run(capsys, "star", "--out", tmp_path)
    assert code == 2 and "is there already: choose another --out." in err and "--resume" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["doctor"], "stopped.\n"),
        (["star"], "stopped before the first phase ended; nothing was lost.\n"),
        (["star", "--resume", "x"], "stopped. What had ended is on disk; --resume goes on.\n"),
    ],
)
def test_a_stop_is_told_as_it_was(capsys, monkeypatch, arguments, words):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_method", stop)
    monkeypatch.setattr(doctor, "main", stop)
    assert run(capsys, *arguments) == (130, "", f"course: {words}")


def test_training_all_weights_has_a_rate_of_its_own_and_no_adapters_size(capsys):
    def settings(*given):
        return settings_from(cli.parser().parse_args(["star", *given]))[0]

    assert settings("--full").lr < settings().lr and settings("--full", "--lr", "3e-5").lr == 3e-5
    code, _, err = run(capsys, "star", "--full", "--rank", 8, "--alpha", 16)
    assert code == 2 and "without an adapter: leave --rank and --alpha away." in err


def test_json_is_one_object_with_everything(capsys, tmp_path):
    code, out, err = run(capsys, "star", *SMALL, "--json", "--out", tmp_path / "run")
    assert code == 0, err
    found = json.loads(out)
    assert len(out.strip().splitlines()) == 1
    assert {"method", "model", "seed", "rounds", "control", "gain", "peak_memory_mb"} <= found.keys()
    keys = {"round", "accuracy", "interval", "pass_at_16", "kept", "distinct", "entropy", "kl", "seconds"}
    assert keys <= found["rounds"][1].keys() and [r["round"] for r in found["rounds"]] == [0, 1]
    assert found["control"]["rounds"][1]["kept"] == found["rounds"][1]["kept"], "the control is matched in number"
    assert found["control"]["rounds"][0] == found["rounds"][0]
    for gain in (found["gain"]["vs_base"], found["gain"]["vs_control"]):
        assert gain["interval"][0] <= gain["value"] <= gain["interval"][1]
        assert gain["interval"][0] < gain["interval"][1], "eight problems prove nothing, even where none differs"
    assert found["rounds"][0]["kl"] == 0 and found["rounds"][1]["kl"] > -0.05


def test_a_run_is_kept_refused_and_resumed(capsys, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    code, out, _ = run(capsys, "rft", *SMALL, "--out", folder)
    assert code == 0
    assert "gain over the base" in out and "kept at random" in out
    table = [line for line in out.splitlines() if re.match(r"base|method|random keep", line)]
    assert (folder / "result.png").stat().st_size > 10_000
    first = json.loads((folder / "result.json").read_text())
    code, _, err = run(capsys, "rft", *SMALL, "--out", folder)
    assert code == 2 and "is there already" in err
    code, _, err = run(capsys, "rft", "--resume", folder, "--k", "4")
    assert code == 2 and "--k is 4, but this run was started with 2" in err
    code, _, err = run(capsys, "star", "--resume", folder)
    assert code == 2 and "is a run of rft" in err
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(record, "versions", lambda: record.begun(folder)["versions"] | {"trl": "0.1"})
        code, out, _ = run(capsys, "rft", "--resume", folder)
    assert code == 0 and re.search(
        r"This run was begun with trl [\d.]+ \(here 0\.1\): rounds made from now on may", out
    )
    code, out, _ = run(capsys, "rft", "--resume", folder)
    assert code == 0 and "begun with" not in out
    assert table and all(line in out for line in table), (
        "the seconds too: those that the rounds took, and not the reading"
    )
    again = json.loads((folder / "result.json").read_text())
    assert [r["accuracy"] for r in again["rounds"]] == [r["accuracy"] for r in first["rounds"]]
    run_json = json.loads((folder / "run.json").read_text())
    assert run_json["versions"]["trl"] and run_json["settings"]["k"] == 2


def test_grpo_s_control_is_dealt_its_scores_and_its_card_says_so(capsys, tmp_path):
    code, out, err = run(
        capsys, "grpo", *SMALL[:-4], *SMALL[-2:], "--rounds", "1", "--beta", "0.1", "--out", tmp_path / "g"
    )
    assert code == 0, err
    assert "random scores, round 1" in out and "gain over scores dealt at random" in out and "random keep" not in out
    found = json.loads((tmp_path / "g/result.json").read_text())
    assert found["control_is"] == "scores dealt at random" and found["rounds"][1]["kept"] > 0
    assert json.loads((tmp_path / "g/run.json").read_text())["settings"]["lr"] == 1e-3
    assert run(capsys, "export", tmp_path / "g", "--out", tmp_path / "out")[0] == 0
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert (
        "with scores dealt at random: a gain over it is due to the scores." in card
        and "learning rate 0.001, β 0.1" in card
    )
    code, _, err = run(capsys, "grpo", "--k", "1", "--out", tmp_path / "b")
    assert code == 2 and "K is 1: grpo compares a problem's answers" in err and not (tmp_path / "b").exists()
    code, _, err = run(capsys, "grpo", "--beta", "-1", "--out", tmp_path / "b")
    assert code == 2 and err.startswith("course: β is -1.0: give 0 or more")


def test_rest_runs_and_nothing_kept_is_explained(capsys, tmp_path, qwen_folder, gsm_file):
    code, out, _ = run(capsys, "rest", *SMALL, "--tau", "0", "0.6", "--no-control", "--out", tmp_path / "rest")
    assert code == 0 and "gain over the base" in out and "random" not in out.split("gain")[-1]
    code, out, err = run(
        capsys,
        "star",
        "--model",
        qwen_folder,
        "--problems",
        gsm_file,
        "--k",
        "2",
        "--rounds",
        "1",
        "--max-tokens",
        "8",
        "--out",
        tmp_path / "q",
    )
    assert code == 0 and "kept nothing" in out and "nothing to learn from" in out, err


@pytest.fixture
def sevens(tmp_path):
    """A file of ten problems whose answer is seven."""
    path = tmp_path / "sevens.jsonl"
    rows = [{"question": f"{i} and {7 - i}?", "answer": "#### 7"} for i in range(10)]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


def schooled(folder, problems, into):
    """The model in a folder after it has learned to say seven, in another folder."""
    from course_lib.loading import load
    from course_lib.policy import export
    from course_lib.tasks.hub import read_file
    from course_lib.train import sft
    from course_lib.types import Example

    told = [Example(p.prompt, "#### 7") for p in read_file(problems)]
    export(sft(load(str(folder), lora=None, device="cpu"), told, lr=5e-3, epochs=40, batch=5, seed=0), into)
    return into


@pytest.mark.parametrize("family", ["llama", "smol", "gemma"])
def test_a_real_model_folder_goes_the_whole_way(family, capsys, tmp_path, folder_of, sevens):
    """A model of another family, a GSM8K-shaped file: sampled, kept, trained on, measured, exported, loaded by transformers."""
    from transformers import AutoModelForCausalLM

    model, folder = schooled(folder_of(family), sevens, tmp_path / "model"), tmp_path / "run"
    capsys.readouterr()
    how = ["--problems", sevens, "--k", "2", "--rounds", "1", "--max-tokens", "12", "--lr", "1e-3", "--json"]
    code, out, err = run(capsys, "star", "--model", model, *how, "--out", folder)
    assert code == 0, err
    found = json.loads(out)
    assert found["rounds"][0]["n"] == 2 and found["rounds"][1]["kept"] > 0
    assert found["control"]["rounds"][1]["kept"] == found["rounds"][1]["kept"]
    code, out, err = run(capsys, "export", folder, "--merge", "--out", tmp_path / "out")
    assert code == 0, err
    base, trained = (AutoModelForCausalLM.from_pretrained(place) for place in (model, tmp_path / "out"))
    assert trained.generation_config.eos_token_id == base.generation_config.eos_token_id
    assert any((p != q).any() for p, q in zip(base.parameters(), trained.parameters(), strict=True)), "it has learned"


def test_ctrl_c_keeps_what_is_done_and_says_how_to_resume(capsys, tmp_path, monkeypatch):
    from course_lib.run import experiment

    build = experiment.build

    def interrupting(settings, bar):
        from dataclasses import replace

        method = build(settings, bar)

        def train(policy, examples, turn):
            if turn.round == 2:
                raise KeyboardInterrupt
            return method.train(policy, examples, turn)

        return replace(method, train=train)

    monkeypatch.setattr(experiment, "build", interrupting)
    arguments = [*SMALL[:-4], "--rounds", "2", "--levels", "2"]
    code, out, _ = run(capsys, "star", *arguments, "--out", tmp_path / "run")
    assert code == 130 and "Stopped. 1 finished" in out and f"course star --resume {tmp_path / 'run'}" in out
    monkeypatch.setattr(experiment, "build", build)
    code, out, _ = run(capsys, "star", "--resume", tmp_path / "run")
    assert code == 0 and "round 2" in out


def test_ctrl_c_in_the_first_measurement(capsys, tmp_path, monkeypatch):
    from course_lib.run import experiment

    def interrupted(*args, **settings):
        def measure(policy):
            raise KeyboardInterrupt

        return measure

    monkeypatch.setattr(experiment, "held_out", interrupted)
    code, out, err = run(capsys, "star", *SMALL, "--out", tmp_path / "run")
    assert code == 130 and "--resume" in out and err == ""


def test_mended_input_needs_no_new_folder(capsys, tmp_path, gsm_file):
    folder = tmp_path / "run"
    assert run(capsys, "star", "--problems", tmp_path / "none.jsonl", "--out", folder)[0] == 2
    assert not folder.exists()


@pytest.mark.parametrize(
    ("method", "arguments", "words"),
    [
        ("star", ["--max-tokens", "100000"], "100000 new ones pass this model's"),
        ("grpo", ["--beta", "inf"], "β is inf"),
        ("rft", ["--problems", "gsm8k:0"], "give the number of gsm8k to train on"),
        ("rft", ["--problems", "{gsm_file}:0"], "to train on, 1 or more"),
    ],
)
def test_a_run_that_cannot_be_leaves_no_folder_behind(capsys, tmp_path, gsm_file, method, arguments, words):
    folder = tmp_path / "run"
    arguments = [a.format(gsm_file=gsm_file) for a in arguments]
    code, out, err = run(capsys, method, "--problems", "8", "--held-out", "8", *arguments, "--out", folder)
    assert code == 2 and words in err and len(err.strip().splitlines()) == 1 and out == "" and not folder.exists(), err


def test_star_makes_sure_that_the_hinted_prompt_fits_too(capsys, tmp_path, qwen_folder, gsm_file):
    """STaR asks failed problems again with the answer in the prompt, long after the run has begun."""
    from course_lib.loading import load

    limit = load(str(qwen_folder)).base.config.max_position_embeddings
    same = ["--model", qwen_folder, "--problems", gsm_file, "--held-out", "2", "--rounds", "0", "--no-control"]
    code, _, err = run(capsys, "rft", *same, "--max-tokens", limit, "--out", tmp_path / "run")
    longest = int(err.partition("a prompt of ")[2].split()[0])
    code, _, err = run(capsys, "star", *same, "--max-tokens", limit - longest, "--out", tmp_path / "run")
    assert code == 2 and f"and {limit - longest} new ones pass" in err and not (tmp_path / "run").exists()


def test_nothing_left_to_measure_on_is_said_before_the_run(monkeypatch):
    from course_lib.errors import CourseError
    from course_lib.run import experiment
    from course_lib.run.settings import Settings

    for problems, words in ((([], ["p"]), "hold none to train on"), ((["p"], []), "none is left to measure on")):
        with pytest.raises(CourseError, match=words):
            experiment.check(Settings(), None, problems)


@pytest.mark.parametrize("number", ["", ":3"])
def test_a_folder_with_a_set_s_own_files_is_run_resumed_and_exported_without_its_place(capsys, tmp_path, number):
    shutil.copytree(GSM8K, tmp_path / "far" / "away" / "sums")
    folder = tmp_path / "run"
    problems = f"{tmp_path / 'far' / 'away' / 'sums'}{number}"
    small = ["--k", "2", "--rounds", "1", "--held-out", "4", "--max-tokens", "8", "--json"]
    code, out, err = run(capsys, "rft", "--problems", problems, *small, "--out", folder)
    assert code == 0 and json.loads(out)["rounds"][0]["n"] == 4, err
    asked = (folder / "method/01/rollout.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(asked) == (3 if number else len((GSM8K / "train.jsonl").read_text(encoding="utf-8").splitlines()))
    assert run(capsys, "rft", "--resume", folder, "--json")[0] == 0
    told = read_run(folder)
    assert run_words.problems(told.settings) == f"`sums{number}`" and "test split" in run_words.held_out(told.settings)
    assert f"--problems sums{number}" in run_words.command(told.settings)
    shutil.rmtree(tmp_path / "far")
    for words in (run_words.problems, run_words.held_out, run_words.command):
        assert "away" not in words(told.settings) and "file" not in words(told.settings)
    code, _, err = run(capsys, "rft", "--resume", folder)
    assert code == 2 and "sums' is not there" in err


def test_a_problem_file_changed_since_the_start_is_refused(capsys, tmp_path, gsm_file):
    arguments = ["--problems", gsm_file, "--k", "1", "--rounds", "0", "--max-tokens", "8", "--no-control"]
    assert run(capsys, "star", *arguments, "--out", tmp_path / "run")[0] == 0
    gsm_file.write_text(gsm_file.read_text().replace("pens", "pins"))
    code, _, err = run(capsys, "star", "--resume", tmp_path / "run")
    assert code == 2 and "the problems of" in err and "changed since" in err


def test_help_reads_as_documentation():
    for arguments in (["--help"], ["star", "--help"], ["doctor", "--help"]):
        done = subprocess.run([sys.executable, "-m", "course_lib", *arguments], capture_output=True, text=True)
        assert done.returncode == 0 and len(done.stdout) > 100
    text = cli.parser().format_help()
    assert "matched" in text and "control" in text and "--resume" in text


def test_doctor_says_what_it_found(capsys):
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    for words in ("Python", "torch", "GFLOP/s", "pocket model samples", "tokens/s", "JupyterLab", "ipywidgets", "wall"):
        assert words in out
    assert "mend" not in out and "a notebook takes up to 1.5" in out, "as docs/class.md says"


@pytest.mark.parametrize(("able", "told"), [(True, "multiplies in bfloat16 here"), (False, "some three times as long")])
def test_doctor_tells_whether_training_is_as_fast_as_the_cards_say(able, told, monkeypatch):
    monkeypatch.setattr(trainers, "cpu_has_bf16", lambda: able)
    verdict, said = doctor.training()
    assert told in said and verdict != doctor.MEND


def test_doctor_ends_with_1_where_something_must_be_mended(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "computing", lambda: [])
    monkeypatch.setattr(doctor, "speed", lambda: [])
    assert run(capsys, "doctor")[0] == 0
    monkeypatch.setattr(doctor, "version_of", lambda package: None if package == "jupyterlab" else "8.1")
    code, out, _ = run(capsys, "doctor")
    assert code == 1 and "mend  no JupyterLab, ipywidgets 8.1, which the notebooks need: pip install" in out
    monkeypatch.undo()
    for what, little in (("memory_gb", lambda: 2.0), ("FREE_GB", 1e9)):
        with monkeypatch.context() as patch:
            patch.setattr(doctor, what, little)
            assert [verdict for verdict, _ in doctor.room()].count(doctor.MEND) == 1
    assert doctor.version_of("no-such-package-at-all") is None
    text = subprocess.run(
        [sys.executable, "-m", "course_lib", "doctor", "--help"], capture_output=True, text=True
    ).stdout
    assert "Exit code 1" in text


def test_doctor_tries_the_walls(monkeypatch):
    from course_lib import sandbox
    from course_lib.errors import CourseError

    def broken(*args, **how):
        raise CourseError("the sandbox did not start: no")

    monkeypatch.setattr(sandbox, "doors", lambda: {"files": False, "network": True, "time": True})
    verdict, told = doctor.walls()
    assert verdict == doctor.NOTE and "no wall around files here" in told and "--trust" in told and "09b" in told
    monkeypatch.setattr(sandbox, "doors", lambda: {"files": True})
    monkeypatch.setattr(sandbox, "run", broken)
    assert doctor.walls()[0] == doctor.NOTE and "the sandbox did not start: no" in doctor.walls()[1]
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: sandbox.Ended("42\n", "", 0, None, {}))
    assert doctor.walls() == (
        doctor.GOOD, "walls around programs of others hold: files (for `course grade` and notebook 09b)"
    )  # fmt: skip


def test_peak_memory_is_this_process_own_and_not_its_parents():
    """A bench that holds gigabytes starts runs and reads their peak: what it held itself must not count."""
    held = bytearray(600_000_000)
    held[::4096] = b"x" * len(held[::4096])
    own = "own = bytearray(200_000_000); own[::4096] = b'x' * len(own[::4096])"
    resident = "re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1]"
    code = f"import re; from course_lib.memory import peak_memory_mb; {own}; print(peak_memory_mb(), {resident})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, now = map(int, found.stdout.split())
    assert 200 < peak < now / 1000 + 150, "torch alone takes 200 MB or, with CUDA, 500"


def test_a_model_from_elsewhere_is_told_how_to_answer_and_has_defaults_of_its_own(qwen_folder, pocket_copy):
    def settings(*given):
        return settings_from(cli.parser().parse_args(["star", *map(str, given)]))[0]

    real, town = settings("--model", qwen_folder, "--problems", 4), settings("--model", pocket_copy, "--problems", 4)
    assert (real.lr, real.max_tokens) == (1e-4, 320) and settings("--model", qwen_folder, "--full").lr == 1e-5
    assert (town.lr, town.max_tokens) == (settings().lr, settings().max_tokens)
    told, known = (draw_problems(s) for s in (real, town))
    assert all("End with a line '#### '" in p.prompt for part in told for p in part)
    assert not any("####" in p.prompt for part in known for p in part)


def test_a_run_goes_on_in_the_precision_it_was_begun_in(capsys, tmp_path, monkeypatch):
    """Begun on an L4, where models are held in bfloat16, it goes on on a machine that would take another."""
    monkeypatch.setattr(loading, "pick_dtype", lambda device: torch.bfloat16)
    folder = tmp_path / "run"
    small = ["--problems", 4, "--held-out", 4, "--k", 2, "--max-tokens", 16, "--rounds", 0, "--no-control"]
    assert run(capsys, "rft", *small, "--out", folder)[0] == 0
    monkeypatch.undo()
    assert record.settings_of(folder)["precision"] == "bfloat16"
    before = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    (folder / "method/00/measure.json.sha256").unlink()  # as if killed before this
    code, _, err = run(capsys, "rft", "--resume", folder)
    after = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert code == 0 and after["model_hash"] == before["model_hash"], err
    assert [r["accuracy"] for r in after["rounds"]] == [r["accuracy"] for r in before["rounds"]]
    code, _, err = run(capsys, "rft", "--resume", folder, "--precision", "float32")
    assert code == 2 and "--precision is float32, but this run was started with bfloat16" in err


def test_a_run_in_float16_needs_a_gpu(capsys, tmp_path):
    code, _, err = run(capsys, "rft", *SMALL, "--precision", "float16", "--out", tmp_path / "run")
    assert code == 2 and "float16 is what only a GPU trains in" in err and not (tmp_path / "run").exists()


@pytest.fixture
def pocket_copy(tmp_path):
    """The pocket model in a folder of its own, as `course export --merge` leaves it."""
    return shutil.copytree(pocket_folder(), tmp_path / "copy")


def test_a_run_does_not_go_on_with_another_chat_template(capsys, tmp_path, pocket_copy):
    small = ["--model", pocket_copy, "--problems", 4, "--held-out", 4, "--k", 2, "--max-tokens", 8, "--rounds", 0]
    assert run(capsys, "star", *small, "--no-control", "--out", tmp_path / "run")[0] == 0
    file = pocket_copy / "chat_template.jinja"
    file.write_text("You are a pirate. " + file.read_text(encoding="utf-8"), encoding="utf-8")
    code, _, err = run(capsys, "star", "--resume", tmp_path / "run")
    assert code == 2 and "the chat template of" in err and "changed since the run was started" in err
