"""A run survives: SIGKILL at random moments, edited files, two runs in one folder, a full disk."""

import errno
import importlib.metadata
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib import record, sealed
from course_lib.errors import CourseError
from course_lib.run.experiment import both_arms, share_first_round
from course_lib.train import sft
from course_lib.types import Completion, Example, Group, Method, Problem, Turn

GROUP = Group(
    Problem("a", "How many?", "3", 2, {"start": 1}),
    (Completion("1+2=3\n#### 3", 9, -1.25), Completion("é\u2028\x85", 1, -2.0, False, True)),
    (1.0, 0.0),
)


def method(**slots):
    return Method(
        **{
            "name": "toy",
            "rollout": lambda policy, problems, turn: [GROUP],
            "score": lambda policy, groups, turn: groups,
            "revise": lambda policy, groups, turn: groups,
            "select": lambda groups, turn: [Example("p", "c", 0.5, "a", 2, True)],
            "train": lambda policy, examples, turn: policy,
        }
        | slots
    )


def test_phases_are_written_and_read_back_exactly(tmp_path):
    first = record.recorded(method(), tmp_path)
    assert first.rollout(None, [], Turn(0, 1)) == [GROUP]
    assert first.select([GROUP], Turn(0, 1)) == [Example("p", "c", 0.5, "a", 2, True)]

    def never(*args):
        raise AssertionError("a finished phase ran again")

    again = record.recorded(method(rollout=never, select=never), tmp_path)
    assert again.rollout(None, [], Turn(0, 1)) == [GROUP]
    assert again.select([GROUP], Turn(0, 1)) == [Example("p", "c", 0.5, "a", 2, True)]


def test_a_phase_without_its_seal_is_done_again(tmp_path):
    first = record.recorded(method(), tmp_path)
    first.rollout(None, [], Turn(0, 1))
    path = tmp_path / "01" / "rollout.jsonl"
    sealed.seal_of(path).unlink()
    path.write_text("half a li", encoding="utf-8")
    assert first.rollout(None, [], Turn(0, 1)) == [GROUP]


def test_a_file_killed_while_it_is_written_again_counts_as_not_written(tmp_path, monkeypatch):
    """A seed of a claim, or a result after --resume: the new bytes are there, and the process ends before their seal is."""
    path = tmp_path / "result.json"
    sealed.write(path, "old")
    monkeypatch.setattr(sealed, "seal", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sealed.write(path, "new")
    assert not sealed.finished(path)
    monkeypatch.undo()
    sealed.write(path, "new")
    assert sealed.finished(path) and path.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("harm", ["cut", "edit", "remove"])
def test_a_changed_file_is_named_and_refused(tmp_path, harm):
    first = record.recorded(method(), tmp_path)
    first.rollout(None, [], Turn(0, 1))
    path = tmp_path / "01" / "rollout.jsonl"
    text = path.read_text(encoding="utf-8")
    if harm == "remove":
        path.unlink()
    else:
        path.write_text(text[:-9] if harm == "cut" else text.replace("1.0", "9.0"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"rollout\.jsonl"):
        first.rollout(None, [], Turn(0, 1))


def test_a_changed_adapter_is_named_and_refused(qwen, tmp_path):
    from course_lib.train import imitate

    recorded = record.recorded(method(train=imitate(epochs=1)), tmp_path)
    examples = [Example("What?", "#### 1")]
    recorded.train(qwen, examples, Turn(0, 1))
    path = tmp_path / "01" / "adapter" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(CourseError, match=r"adapter_model\.safetensors"):
        recorded.train(qwen, examples, Turn(0, 1))


def test_a_recorded_training_is_the_training(qwen, tmp_path):
    from course_lib.policy import weights_hash
    from course_lib.train import imitate

    recorded = record.recorded(method(train=imitate(epochs=1)), tmp_path)
    examples = [Example("What?", "#### 1")]
    first = recorded.train(qwen, examples, Turn(0, 1))
    assert weights_hash(recorded.train(qwen, examples, Turn(0, 1)).model) == weights_hash(first.model)


class Slots:
    """Slots that count their calls: every arm keeps nothing, so that a round ends without a training."""

    def __init__(self):
        self.calls = []

    def rollout(self, policy, problems, turn):
        self.calls.append("rollout")
        return [replace(GROUP, scores_G=())]

    def measure(self, policy):
        self.calls.append("measure")
        return {"outcomes": [1]}

    def score(self, value):
        def scored(policy, groups, turn):
            self.calls.append(f"score {value}")
            return [replace(g, scores_G=(value, value)) for g in groups]

        return scored


@pytest.fixture
def ran(tmp_path):
    """Runs a method that scores 1 beside a twin, one round, and says what each arm's groups were scored after revising."""
    slots = Slots()

    def run(make_twin):
        own = method(rollout=slots.rollout, score=slots.score(1.0), select=lambda groups, turn: [])
        how = {"rounds": 1, "seed": 0, "say": lambda text: None}
        both_arms(None, own, [], slots.measure, tmp_path, twin=make_twin(own, slots), **how)
        groups = {
            (arm, phase): record.read_lines(tmp_path / arm / "01" / f"{phase}.jsonl", record.read_group)
            for arm in ("method", "control")
            for phase in ("rollout", "score", "revise")
        }
        assert groups["method", "rollout"] == groups["control", "rollout"]
        return {key: g[0].scores_G for key, g in groups.items() if key[1] != "rollout"}, slots.calls

    return run


def test_a_twin_with_another_score_does_not_take_over_the_method_s_scores(ran):
    scores, calls = ran(lambda own, slots: replace(own, name="twin", score=slots.score(0.0)))
    assert scores["method", "score"] == scores["method", "revise"] == (1.0, 1.0)
    assert scores["control", "score"] == scores["control", "revise"] == (0.0, 0.0)
    assert sorted(calls) == ["measure", "rollout", "score 0.0", "score 1.0"], "what both begin with is made once"


@pytest.mark.parametrize("twin", [None, "by name"], ids=["kept by lot", "a twin of its own"])
def test_a_twin_that_scores_alike_does_not_score_again(twin, ran):
    scores, calls = ran(lambda own, slots: twin and replace(own, name="twin", select=lambda groups, turn: []))
    assert set(scores.values()) == {(1.0, 1.0)} and sorted(calls) == ["measure", "rollout", "score 1.0"]


def test_what_a_control_has_found_itself_is_not_replaced(tmp_path):
    for arm, text in (("method", "theirs"), ("control", "its own")):
        sealed.write(tmp_path / arm / "01" / "score.jsonl", text)
    sealed.write(tmp_path / "method" / "01" / "rollout.jsonl", "samples")
    sealed.write(tmp_path / "method" / "02" / "rollout.jsonl", "later samples")
    share_first_round(tmp_path)
    assert (tmp_path / "control/01/score.jsonl").read_text() == "its own"
    assert (tmp_path / "control/01/rollout.jsonl").read_text() == "samples"
    assert sealed.finished(tmp_path / "control/01/rollout.jsonl") and not (tmp_path / "control/02").exists()


def test_two_runs_never_share_a_folder(tmp_path):
    record.start(tmp_path / "run", {"a": 1})
    with pytest.raises(CourseError, match="is there already"):
        record.start(tmp_path / "run", {"a": 1})
    with sealed.locked(tmp_path / "run"):
        code = "import pathlib, sys\nfrom course_lib import sealed\nwith sealed.locked(pathlib.Path(sys.argv[1])): pass"
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True)
        assert other.returncode != 0 and "in use by another run" in other.stderr


def test_a_course_that_runs_from_its_folder_says_that_it_was_not_installed(tmp_path, monkeypatch):
    def unknown(name, version=importlib.metadata.version):
        if name == "self-improvement-course":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", unknown)
    record.start(tmp_path / "run", {})
    told = record.begun(tmp_path / "run")["versions"]
    assert told["self-improvement-course"] == "not installed" and told["trl"] == unknown("trl")
    assert record.other_versions(tmp_path / "run") == ""


def test_a_full_disk_is_said_plainly(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=r"could not be written \(No space left on device\)"):
        sealed.write(tmp_path / "a.json", "{}")
    assert not (tmp_path / "a.json").exists()


def test_an_unwritable_folder_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CourseError, match="can't be made or written"), sealed.locked(tmp_path / "file" / "run"):
        pass


def test_rounds_come_in_their_order_beyond_the_hundredth(tmp_path):
    for name in ("100", "09", "99", "00", "101", "adapter"):
        (tmp_path / name).mkdir()
    assert [p.name for p in record.rounds_of(tmp_path)] == ["00", "09", "99", "100", "101"]
    assert record.rounds_of(tmp_path / "nothing") == []


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(CourseError, match="holds no run"):
        record.settings_of(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to save imports")
def test_a_run_killed_at_random_moments_ends_as_an_unbroken_one(tmp_path):
    """At least twenty SIGKILLs at random moments over several runs of STaR with its control; every result must be the same."""
    script = Path(__file__).with_name("kill_run.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "20"],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["same"], "a killed and resumed run ended with other numbers"
    assert len(set(report["phases_at_kill"])) >= 4, "the kills should fall into different phases"


@pytest.mark.skipif(sys.platform != "linux", reason="a file's name is read from /proc")
def test_an_adapter_is_on_disk_before_its_seal(qwen, tmp_path, monkeypatch):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda n: synced.append(Path(os.readlink(f"/proc/self/fd/{n}")).name) or fsync(n))
    record.write_adapter(
        sft(qwen, [Example("1+1?", "2")] * 4, lr=1e-3, epochs=1, batch=4, seed=0), tmp_path / "done.json"
    )
    assert "adapter_model.safetensors" in synced[:2] and synced[-1].startswith("done.json.sha256")


def test_a_cut_adapter_names_the_seal_that_lets_its_round_be_trained_again(qwen, tmp_path):
    mark = tmp_path / "done.json"
    record.write_adapter(sft(qwen, [Example("1+1?", "2")] * 4, lr=1e-3, epochs=1, batch=4, seed=0), mark)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"cut")
    with pytest.raises(CourseError, match="delete .*done.json.sha256, and the round is trained again"):
        record.read_adapter(qwen, mark)


def test_a_run_is_known_to_have_been_trained_in_other_numbers(tmp_path, monkeypatch):
    """bfloat16 on a CPU that has it, float32 elsewhere: the same run goes on, with other roundings."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("course_lib.train.trainers.cpu_has_bf16", lambda: True)
    record.start(tmp_path / "run", {})
    assert record.other_versions(tmp_path / "run") == ""
    monkeypatch.setattr("course_lib.train.trainers.cpu_has_bf16", lambda: False)
    assert record.other_versions(tmp_path / "run") == "CPU training in bfloat16 (here float32)"
