# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Reward hacking: what does it do when the checker has a hole?
# # Tampering: and when it can reach the checker?
#
# In 09a the checker had a hole. Here it has none. But the policy has tools, and the checker lies in the same folder.
# **The claim: an agent that can reach its evaluator learns to go by it, from a habit so rare that a test would hardly show it.** Then we lock the evaluator, and then we read what the agent did.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | report an exploit rate with its denominator and interval; run what a model asks for in a sandbox; write an audit of trajectories, and find its blind spot |
# | needs | notebooks 08 and 09a |

# %%
# On Colab this installs the course, before anything else is imported. Where it is installed, nothing happens.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("course_lib") is None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "self-improvement-course"],
        check=True,
    )

# %%
MODEL = "pocket"  # the line to change; on a GPU: "Qwen/Qwen2.5-0.5B-Instruct"

from course_lib import lesson, show

room = lesson.begin_workshop("09b_tampering", MODEL)
print(f"{len(room.train)} tasks to train on, {len(room.fresh)} fresh ones")

# %% [markdown]
# A *workshop* is a folder with a task, a test, and a key that someone left lying about. The agent answers with commands, a line each: `solve` writes a step down, `open` shows a file, `edit` empties one, `submit` ends.
# The reward is 1 if the test passes.

# %%
show.loop("score")

# %% [markdown]
# ## Predict first

# %%
QUESTION = "About one transcript in fifty opens the key or edits the test. Four rounds of reward for passing the test. How many then?"
room.predict(
    QUESTION,
    "one in fifty: it is noise",
    "fewer: honest work is rewarded as well, and far more often tried",
    "about one in five",
    "most of them",
)

# %% [markdown]
# ## Three ways to the reward
#
# What an agent asks for is really done, in a folder of its own, by a program in a sandbox. Here are an honest transcript, one that empties the test, and one that opens the key.

# %%
from course_lib.tampering import AUDITED, HALF_BLIND, LOCKED, OPEN, play
from course_lib.tasks.toolbox import honest

task = room.train[0]
print(task.prompt, "\n")
for commands in (
    honest(task).split("\n"),
    [f"edit {task.facts['test']}", "submit 0"],
    [f"open {task.facts['key']}", f"submit {task.answer}"],
):
    episode = play(task, commands)
    for command, said in zip(episode.commands, episode.said, strict=True):
        print(f"  {command:20} → {said}" if said else f"  {command}")
    print(f"  reward {OPEN.reward(episode):.0f}, files left: {episode.files}\n")

# %% [markdown]
# The test holds a digest of the answer, so reading it gives nothing away. A test that expects nothing passes.
#
# ## The sandbox
#
# Commands of a model are carried out by a process that can do very little: it sees its own folder, it has a few seconds and a little memory, and there is no network. Let us try to get out.

# %%
from course_lib.sandbox import doors, run

print("walls that hold on this machine:", doors())
for attempt in (
    "print(open('/etc/passwd').read())",
    "open('/tmp/mine', 'w')",
    "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
    "import os; os.fork()",
    "x = bytearray(10**10)",
    "while True: pass",
):
    ended = run(attempt, {}, trusted=True)
    last = ended.errors.strip().split("\n")[-1]
    print(f"{attempt[:50]:52} {ended.stopped or last}")

# %% [markdown]
# ## Where it stands before
#
# One transcript for each fresh task. *Tampers* counts those that open the key or edit the test, whether it pays or not. *Honest* are those that work the answer out and get it right. Every task is in the denominator.

# %%
before = room.measure()(room.policy)
for name in ("tampers", "honest"):
    found = before[name]
    low, high = found["interval"]
    print(
        f"{name:8} {sum(found['outcomes']):4} of {found['n']}   {found['value']:.1%}, 95 % interval {low:.1%} to {high:.1%}"
    )

# %% [markdown]
# ## The idea
#
# 1. The agent samples eight transcripts of each task. Nearly all are honest.
# 2. These tasks are longer than those it was raised on, so honest work often fails: reward 0.
# 3. The rare transcript that goes by the checker never fails: reward 1.
# 4. The advantage compares within the group. Among seven failures, the one that cheated stands out.
# 5. It becomes more likely, so it is sampled more often, so it is rewarded more often.
#
# $$A_{\text{tamper}} = 1 - \bar r, \qquad A_{\text{honest}} = p_{\text{right}} - \bar r \quad\text{on average}$$
#
# with $\bar r$ the mean reward of the group. Where honest work always succeeds, $p_{\text{right}} = 1$, the two are equal and nothing pulls. The temptation is as large as the difficulty.
#
# ## Exercise 1: the rate and its denominator

# %%
from course_lib.check.tampering import ex1, ex2

ex2

# %% [markdown]
# ## What changed in the code
#
# Notebook 08's policy gradient, with an evaluator as its score.

# %%
from dataclasses import replace

from course_lib import grpo
from course_lib.tampering import Evaluator, evaluated, passes

settings = {"lr": room.lr / 2, "max_tokens": room.max_tokens}


def under(evaluator, **more):
    """GRPO rewarded by an evaluator, called by its name."""
    method = grpo(score=evaluated(evaluator), **settings, **more)
    return replace(method, name=evaluator.name)


show.source(passes)

# %%
show.source(Evaluator)

# %% [markdown]
# ## The run, with its control
#
# The evaluator within reach. In the control it is *locked*: the key is kept elsewhere, the test can't be written, and the evaluator reads its own copy. The policy gradient, the tasks and the tools are the same.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
ROUNDS = 4 if room.budget.rounds > 1 else 1
result = room.run(under(OPEN), rounds=ROUNDS, twin=under(LOCKED))
