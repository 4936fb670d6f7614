"""Two processes on one run, started by torchrun on a CPU (gloo): what they share out, and what one leaves when it dies."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import ranks_deepspeed
import ranks_fsdp

from course_lib import ranks
from course_lib.cli.main import main
from course_lib.record import read_group, read_kept, read_lines
from course_lib.sealed import finished
from course_lib.train.batches import ByLength, Dealt

SMALL = "star --problems 5 --levels 1 --k 2 --held-out 3 --rounds 1 --max-tokens 60".split()


def command(processes, seen, *arguments, script="ranks_run.py"):
    """What runs a script beside this one by as many processes."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"] if processes > 1 else []
    return [sys.executable, *launcher, str(Path(__file__).with_name(script)), *map(str, [seen, *arguments])]


def start(processes, seen, *arguments, script="ranks_run.py"):
    """Run it; returns (completed process, what each rank saw)."""
    seen.mkdir()
    done = subprocess.run(command(processes, seen, *arguments, script=script), capture_output=True, text=True)
    return done, [json.loads(p.read_text()) for p in sorted(seen.glob("*.json"))]


def start_nodes(seen, *arguments, script="ranks_run.py"):
    """Run it as two nodes would that have one process each; returns (completed processes, what each rank saw)."""
    seen.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nodes = [
        subprocess.Popen(
            [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc_per_node=1", f"--node_rank={node}",
             "--master_addr=127.0.0.1", f"--master_port={port}", str(Path(__file__).with_name(script)),
             *map(str, [seen, *arguments])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"NCCL_HOSTID": f"node{node}", "NCCL_SOCKET_IFNAME": "lo"},
        )
        for node in range(2)
    ]  # fmt: skip
    said = [node.communicate() for node in nodes]
    done = [subprocess.CompletedProcess(n.args, n.returncode, *s) for n, s in zip(nodes, said, strict=True)]
    return done, [json.loads(p.read_text()) for p in sorted(seen.glob("*.json"))]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same tiny run of STaR with its control by one process and by two: (folder, what each rank saw) of either."""
    root, found = tmp_path_factory.mktemp("ranks"), {}
    for processes in (1, 2):
        done, seen = start(processes, root / f"seen{processes}", *SMALL, "--out", root / f"run{processes}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("run folder") == done.stdout.count("figure:") == 1, "rank 0 alone speaks"
        found[processes] = root / f"run{processes}", seen
    return found


def dealt(seen, what):
    """What the two ranks had, in the order of the problems."""
    return [seen[i % 2][what][i // 2] for i in range(sum(len(s[what]) for s in seen))]


@pytest.mark.slow
def test_each_of_two_ranks_works_on_half_of_the_problems(runs):
    (_, (alone,)), (_, seen) = runs[1], runs[2]
    assert [s["world"] for s in seen] == [2, 2] and alone["world"] == 1
    for what in ("sampled", "scored"):
        assert [len(s[what]) for s in seen] == [3, 2] and dealt(seen, what) == alone[what]


@pytest.mark.slow
def test_two_processes_draw_what_one_draws_token_for_token(runs):
    (one, (alone,)), (two, seen) = runs[1], runs[2]
    assert dealt(seen, "greedy") == alone["greedy"] and all(alone["greedy"])
    for name in ("rollout", "score", "revise"):
        first, second = (read_lines(run / f"method/01/{name}.jsonl", read_group) for run in (one, two))
        assert [g.scores_G for g in first] == [g.scores_G for g in second]
        said = [[[(c.text, c.tokens, c.hinted) for c in g.completions_G] for g in groups] for groups in (first, second)]
        assert said[0] == said[1] and len(said[0]) == 5
    first, second = (json.loads((run / "method/00/measure.json").read_text()) for run in (one, two))
    assert {k: v if k == "outcomes" else pytest.approx(v, rel=1e-4) for k, v in first.items()} == second


@pytest.mark.slow
def test_two_processes_keep_what_one_keeps_in_the_same_files(runs):
    (one, _), (two, _) = runs[1], runs[2]
    for arm in ("method", "control"):
        first, second = (read_lines(run / arm / "01/select.jsonl", read_kept) for run in (one, two))
        assert first == second and first
    files = [{p.relative_to(run) for p in run.rglob("*") if p.is_file()} for run in (one, two)]
    assert files[0] == files[1]
    assert all(finished(p.with_suffix("")) for p in two.rglob("*.sha256"))


@pytest.mark.slow
def test_two_nodes_do_what_two_processes_of_one_node_do(runs, tmp_path):
    done, seen = start_nodes(tmp_path / "seen", *SMALL, "--out", tmp_path / "run")
    assert [node.returncode for node in done] == [0, 0], done[0].stderr + done[1].stderr
    assert seen == runs[2][1]
    assert ["run folder" in node.stdout for node in done] == [True, False], "the first node alone speaks"


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(runs):
    """Weights are alike on both ranks to the last bit, and beside one process's up to the rounding of another order of sums."""
    (_, (alone,)), (_, seen) = runs[1], runs[2]
    assert seen[0]["trained"] == seen[1]["trained"]
    assert seen[0]["steps"] == seen[1]["steps"] == pytest.approx(alone["steps"], rel=0.02), "gradients, step by step"
    assert len(alone["steps"]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["steps of a reward", "pairs"])
def test_rewards_and_pairs_weigh_by_their_labels_and_tokens_among_processes_too(runs, kind):
    """Answers of one line and of many, a label on each or on none: one process's mean over the step, not a mean of two means."""
    (_, (alone,)), (_, seen) = runs[1], runs[2]
    assert seen[0][kind] == seen[1][kind] == pytest.approx(alone[kind], rel=1e-3) and len(alone[kind]) == 4


@pytest.mark.slow
def test_a_policy_gradient_is_shared_out_too(runs):
    """Three groups, two a step: the last step has fewer rows than the first, whose shares are unlike as well."""
    (_, (alone,)), (_, seen) = runs[1], runs[2]
    (norms, weights), (same_norms, same_weights) = (s["gradient"] for s in seen)
    assert weights == same_weights, "to the last bit"
    assert norms == same_norms == pytest.approx(alone["gradient"][0], rel=1e-3) and len(norms) == 4


@pytest.mark.slow
def test_what_would_not_fit_one_of_several_gpus_is_learned_in_parts_by_all(runs):
    """They can't try: where one runs out of memory, the others wait. The same steps come of it, up to rounding."""
    (_, (alone,)), (_, seen) = runs[1], runs[2]
    (norms, loads), (same_norms, same_loads) = (s["squeezed"] for s in seen)
    assert loads == same_loads == [[1, True]], "rank 1 has no room: a row at a time, with checkpointing, on both"
    assert norms == same_norms == pytest.approx(alone["steps"], rel=0.02)
    assert alone["squeezed"][1] == [[3, False]], "one process tries"


@pytest.mark.slow
def test_weights_that_fsdp_cut_into_parts_come_back_whole_on_every_rank(tmp_path, qwen, qwen_folder):
    done, seen = start(2, tmp_path / "seen", qwen_folder, script="ranks_fsdp.py")
    assert done.returncode == 0, done.stderr
    assert [s["kinds"] for s in seen] == [["DTensor"], ["DTensor"]], "FSDP was at work"
    alone = ranks_fsdp.learned(replace(qwen, lora=None))
    assert seen[0]["learned"] == seen[1]["learned"] == pytest.approx(alone, abs=0.05)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("deepspeed") is None, reason="needs DeepSpeed")
@pytest.mark.parametrize("stage", [2, 3])
def test_weights_that_deepspeed_cut_into_parts_come_back_whole_on_every_rank(tmp_path, qwen, qwen_folder, stage):
    done, seen = start(2, tmp_path / "seen", qwen_folder, stage, script="ranks_deepspeed.py")
    assert done.returncode == 0, done.stderr
    assert seen[0] == seen[1] and seen[0]["stages"] == [stage] * 3, "DeepSpeed was at work"
    full = replace(qwen, lora=None)
    assert seen[0]["full"] == pytest.approx(ranks_fsdp.learned(full), abs=0.05)
    assert seen[0]["adapter"] == pytest.approx(ranks_fsdp.learned(qwen), abs=0.05)
    assert seen[0]["reward"] == pytest.approx(ranks_deepspeed.rewarded(full), rel=0.01)
    assert seen[0]["same"], "the base is as it was, and what is loaded afterwards is whole"


@pytest.mark.slow
def test_a_rank_that_dies_ends_the_run_with_a_word_and_one_process_resumes_it(tmp_path, capsys):
    done, _ = start(2, tmp_path / "seen", "--die", *SMALL, "--no-control", "--out", tmp_path / "run")
    took = time.time() - float((tmp_path / "seen/died").read_text())
    assert done.returncode != 0 and took < 30
    assert done.stderr.count("course: ") == 1, done.stderr
    assert "course: rank 1 of 2 has ended or can't be reached" in done.stderr and "--resume goes on" in done.stderr
    assert finished(tmp_path / "run/method/01/select.jsonl"), "what had ended is on disk"
    before = (tmp_path / "run/method/01/rollout.jsonl").stat().st_mtime_ns
    assert main(["star", "--resume", str(tmp_path / "run")]) == 0
    assert "method, round 1" in capsys.readouterr().out
    assert (tmp_path / "run/method/01/rollout.jsonl").stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("dead", [0, 2])
def test_of_three_the_one_that_died_is_named(tmp_path, dead):
    done, _ = start(3, tmp_path / "seen", dead, script="ranks_end.py")
    assert done.returncode != 0 and done.stderr.count("course: ") == 1, done.stderr
    assert f"course: rank {dead} of 3 has ended or can't be reached" in done.stderr


@pytest.mark.slow
def test_three_that_are_told_to_stop_say_so_once_and_blame_nobody(tmp_path):
    """As a cluster does that wants its machines back: SIGTERM to all at once."""
    with subprocess.Popen(command(3, tmp_path, script="ranks_end.py"), stderr=subprocess.PIPE, text=True) as launched:
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.1)
        launched.terminate()
        told = launched.stderr.read()
    assert told.count("course: ") == 1 and "course: this run was told to stop" in told, told


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--k", "0"], "K is 0"), (["--problems", "8", "--max-tokens", "100000"], "a prompt of ")]
)
def test_bad_input_is_one_sentence_from_all_ranks(tmp_path, arguments, words):
    done, _ = start(2, tmp_path / "seen", "star", *arguments, "--out", tmp_path / "run")
    assert done.returncode != 0 and done.stderr.count("course: ") == done.stderr.count(f"course: {words}") == 1
    assert not (tmp_path / "run").exists()


def test_one_process_does_not_ask_for_others():
    assert (ranks.count(), ranks.rank(), ranks.lead(), ranks.share(32)) == (1, 0, True, 32)
    assert ranks.spread(sorted, [3, 1, 2]) == [1, 2, 3] and ranks.from_lead(lambda: 5) == 5


@pytest.mark.parametrize("processes", [2, 3, 8])
@pytest.mark.parametrize("size", [1, 4, 6])
def test_every_step_learns_from_the_batch_that_one_process_would_take(processes, size):
    """As accelerate deals: each process takes the next `share` rows in turn."""
    lengths = [(i * 37) % 100 for i in range(22)]
    whole, rows = (
        list(ByLength(lengths, size, seed=0)),
        list(order := Dealt(ByLength(lengths, size, 0), size, processes, 99)),
    )
    room = -(-size // processes) * processes
    assert len(rows) == len(order) and len(rows) % room == 0
    steps = [[i for i in rows[at : at + room] if i != 99] for at in range(0, len(rows), room)]
    assert [sorted(s) for s in steps] == [sorted(whole[at : at + size]) for at in range(0, 22, size)]
    filled = list(Dealt(ByLength(lengths, size, 0), size, processes))
    assert [set(filled[at : at + room]) for at in range(0, len(rows), room)] == [set(s) for s in steps]


def test_no_pulse_beats_while_python_ends():
    """A thread inside torch's store at that moment aborts the process, after all work is done."""
    code = (
        "import atexit, os, threading\n"
        "from torch.distributed import TCPStore\n"
        "from course_lib import pulse\n"
        "store = TCPStore('127.0.0.1', 0, is_master=True)\n"
        "os.environ |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(store.port)}\n"
        "atexit.register(lambda: print(threading.active_count()))\n"  # runs after what is registered later
        "heart = pulse.started(0, 1)\n"
        "while not heart.beats(0): pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
