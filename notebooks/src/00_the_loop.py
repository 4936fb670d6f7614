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
# # The loop: can a model teach itself with nothing but a checker?
#
# A language model writes answers. A checker marks each one right or wrong. The model is trained on its own right answers.
# **The claim: this lifts it, and the checker is what does the lifting.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 3 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write the loop in a dozen lines; name its five slots; show a gain with its control and its interval; say what a bad checker costs |
# | needs | Python; what training a language model means |

# %%
# On Colab this installs the course, before anything else is imported. Where it is installed, nothing happens.
KEEP = False  # True, on Colab: runs go to your Google Drive and outlive a disconnect

import importlib.util
import subprocess
import sys

REPOSITORY = ""  # on GitHub; `make stamp REPO=owner/name` writes it
if importlib.util.find_spec("course_lib") is None:
    if not REPOSITORY:
        from IPython.core.error import UsageError  # shown as a sentence

        raise UsageError(
            "The course is not installed here, and this copy does not know where it is published: "
            "open it from a checkout with `make lab`, or write the address in with `make stamp REPO=owner/name`."
        )
    # pip leaves what will do: Colab's torch (2.8 or newer is enough) and its ipywidgets (7.7 is, so none is asked for).
    course = f"self-improvement-course @ git+https://github.com/{REPOSITORY}"
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "install", "-q", course], check=True)
    # Colab's torchao (0.10) is older than PEFT takes, which then refuses every adapter; nothing here needs one.
    subprocess.run([*pip, "uninstall", "-q", "-y", "torchao"], check=True)
if KEEP:
    from course_lib.colab import keep_runs

    keep_runs()

# %%
MODEL = "pocket"  # the line to change; on a GPU: "Qwen/Qwen2.5-0.5B-Instruct"
TASK = "stories"  # with a real model also "gsm8k"

from course_lib import lesson, show

room = lesson.begin("00_the_loop", MODEL, task=TASK)
room

# %% [markdown]
# The *pocket model* is a chat model of 1.8 million parameters. It lives in this repository and knows one small town. We wrote
# everything it ever read, so we know its faults. It solves short stories about apples and coins, and slips on long ones.
#
# Below is the loop of the whole course. A method is five functions, one for each of the first five boxes (*measure* stands outside it), and one switch, which comes later; the coloured boxes are what this
# notebook is about. Two words in it: the model that is being trained is called the *policy*, and *gold* is what is really right, as
# we know it and the loop may not.

# %%
show.loop("score", "select", "train")

# %% [markdown]
# ## Predict first
#
# Two copies of the model are trained on answers that the model wrote itself. One copy gets only right answers. The other gets
# just as many answers to the same problems, picked at random. Choose before you see any number.

# %%
QUESTION = "What will training on its own answers, picked at random, do to the model?"
room.predict(QUESTION, "help, but less than the right ones", "do nothing", "hurt it")

# %% [markdown]
# ## Three problems
#
# `room.answers` draws four answers to each problem, so that you see how much they differ. A tick means that the number after `####`
# is the right one. A step marked ✗ does not hold: its sum is wrong, or a number in it comes from nowhere. An answer may be wrong without any ✗: it left
# something out, or counted it twice. (Some solutions take a number apart: 10 and 4 are the tens and ones of 14.)

# %%
groups = room.answers(room.train[:3], k=4)
show.answers(groups)

# %% [markdown]
# ## Where it stands before
#
# We measure on *fresh* problems, which are never trained on. Each gets one greedy answer: the most likely token every time.
# The interval says where the true share may lie, since we ask only so many problems. Figures name how it was computed: *Wilson's*
# formula for a share; a *bootstrap* for a difference, which draws the problems again, many times, and looks how much the number moves.

# %%
from course_lib.measure import accuracy

before = accuracy(room.policy, room.fresh, room.max_tokens)
low, high = before["interval"]
print(
    f"right: {before['accuracy']:.1%} of {before['n']}, 95 % interval {low:.1%} to {high:.1%}"
)

# %% [markdown]
# ## The idea
#
# 1. Draw K answers to each problem from the model as it is.
# 2. Give each answer a number: 1 if a checker accepts it, else 0.
# 3. Keep the answers with a 1.
# 4. Train on them as if a teacher had written them.
# 5. Repeat: the new model draws the next answers. Trained on them is the *base* once more, the model as it was before the first round.
#
# What step 4 aims at is the model's own distribution, cut down to what the checker let through:
#
# $$\pi_{\text{new}}(y \mid x) \;\propto\; \pi_{\text{old}}(y \mid x)\; r(x, y)$$
#
# Here $x$ is a problem, $y$ an answer, $\pi$ the model, $r$ the checker's 0 or 1. Nothing new enters from outside but $r$. So the
# quality of $r$ is the ceiling.

# %% [markdown]
# ## The checker, by eye
#
# Four answers to one problem, written by hand. The right number is 28. Read them before you look at the scores.

# %% tags=["nbval-check-output"]
from course_lib.answers import parse_answer

HAND_MADE = [
    "23+14=37\n37-9=28\n#### 28",
    "23+14=36\n36-9=27\n#### 27",
    "23+14=36\n36-9=28\n#### 28",
    "23+14=37, then 9 go, so 28 are left",
]
for text in HAND_MADE:
    print(f"{parse_answer(text) == '28'!s:6}{text!r}")

# %% [markdown]
# The third answer is right by luck: both its sums are wrong. A checker of final answers cannot see that. Notebook 01 comes back to
# it. The fourth is right but says so in no form the checker can read; it counts as wrong.

# %% [markdown]
# ## Exercise 1: the filter

# %%
from course_lib.check.loop import ex1, ex2

ex1

# %%
from course_lib import Example


def keep(groups):
    """From scored groups to the examples to train on."""
    ...


ex1.check(keep)

# %% [markdown]
# ## The loop by hand
#
# No framework yet: this is everything. It takes some forty seconds, for it is done twice: once with right answers, once with as many
# of the same problems' answers drawn by lot. Without the second number nobody could say what the checker was worth.

# %%
import random

from course_lib import Example
from course_lib.answers import same_answer
from course_lib.sampling.decode import Sampling
from course_lib.rollout import sample
from course_lib.statistics import paired_gain
from course_lib.train import sft

K, lot = room.budget.k, random.Random(0)
prompts = [p.prompt for p in room.train]
answers = sample(
    room.policy,
    prompts,
    K,
    Sampling(temperature=1.0, max_tokens=room.max_tokens),
    seed=0,
)
kept = {"right answers": [], "answers drawn by lot": []}
for problem, tries in zip(room.train, answers, strict=True):
    whole = [t for t in tries if t.finished]
    right = [t for t in whole if same_answer(t.text, problem.answer)]
    right = right[:2]  # two a problem, or easy ones crowd out the rest
    for name, some in zip(kept, (right, lot.sample(whole, len(right))), strict=True):
        kept[name] += [Example(problem.prompt, t.text) for t in some]
for name, examples in kept.items():
    taught = room.policy
    if examples:
        taught = sft(taught, examples, lr=room.lr, epochs=2, batch=32, seed=0)
    after = accuracy(taught, room.fresh, room.max_tokens)
    gain = paired_gain(after["outcomes"], before["outcomes"])
    low, high = gain["interval"]
    print(
        f"trained on {len(examples)} {name}: {after['accuracy']:.1%} right, "
        f"{100 * gain['value']:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
    )

# %% [markdown]
# ## What moved where
#
# | by hand | in the package | slot |
# |---|---|---|
# | `sample(...)` over all prompts | `samples(k)` | rollout |
# | `same_answer(...)` | `verify` | score |
# | – | `unchanged` | revise |
# | `if ...` and `right[:2]` | `correct(cap=2)` | select |
# | `sft(...)` | `imitate(lr, epochs)` | train |
# | `accuracy(...)` | `held_out(fresh, seed)` | measure |
#
# What remains is the loop. Every method of this course runs through these lines.

# %%
from course_lib import improve

show.source(improve)

# %% [markdown]
# A method is a record of these five functions and of one switch, `from_base`: does every round train the base anew, or go on from the round before? (Why
# anew? One of notebook 01's cards asks that.) To change one is to write one line. Here is the plain loop of this notebook, made from
# the method of notebook 01 by taking its `revise` away:

# %%
from dataclasses import replace

from course_lib import star
from course_lib.revise import unchanged


def plain(**settings):
    """Sample, verify, keep up to two right answers a problem, imitate; nothing else."""
    settings = {
        "k": room.budget.k,
        "lr": room.lr,
        "max_tokens": room.max_tokens,
    } | settings
    return replace(star(**settings), name="plain loop", revise=unchanged)


show.diff(star(k=room.budget.k), plain())

# %% [markdown]
# ## How good must the checker be?
#
# These are recorded samples of the pocket model, so the sliders answer at once. Turn the noise up: the checker errs more often. The
# line shows how many of the kept answers are really right. The dashed line keeps as many of each problem's answers at random. Where do
# the two lines meet? And before you move K: what will more answers a problem do to the distance between them?

# %%
from course_lib import controls
from course_lib.recordings import recorded

controls.panel(
    lambda noise, k: show.checker_noise(recorded(1.0, k), noise),
    noise={"values": (0.0, 0.5, 0.05), "label": "chance of error"},
    k={"values": [1, 2, 4, 8, 16, 32], "start": 8, "label": "K"},
)

# %% [markdown]
# They meet where the checker tosses a coin. More answers widen the distance: without errors from 12 points at K = 2 to 31 at K = 32. With one answer there is nothing to choose, and the lines are one. The dashed line falls, too: a good checker keeps more answers of easy problems, and of these even a random answer is right more often.
#
# ## The run, with its control
#
# Now the real thing: rounds of the loop on one side, and on the other its *matched control*. For every problem the control keeps
# as many answers as the filter would, drawn at random. All else is equal. So a gap between the two is due to *which* answers were
# kept.
#
# ■ (interrupt) stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(plain())

# %%
result

# %% [markdown]
# The whiskers are 95 % intervals. In every figure of a run a blue disc is the method, an orange triangle its control, and grey (a square or a dotted line)
# is the base. The number in the title is the difference on the same problems, with its own interval. If that holds 0,
# nothing is shown.

# %%
gain = result.found["gain"]
dealt = result.found.get("control", {"rounds": []})["rounds"]
path = ", ".join(
    f"{r['accuracy']:.1%} ({r['interval'][0]:.1%} to {r['interval'][1]:.1%})"
    for r in dealt
)  # empty where the run was stopped before
room.recall(QUESTION, f"kept at random, right by round, with 95 % intervals: {path}.")

# %% [markdown]
# By hand, above, it cost a few points; in this run it may stay about where it began. Over five seeds one round costs 1.8 points (the table of C03 below). It is no help, and sometimes it hurts.

# %% [markdown]
# ## The same, over five seeds
#
# One run may be luck. `make claims` repeats each experiment with five seeds on a thousand fresh problems. Three claims belong to
# this notebook. *Hard stories* have five and six steps. On the left of each figure both arms, a thin line for each seed: each seed is its
# own little experiment. On the right what the treatment adds: the disc is the difference over all seeds with its interval, the squares are
# single seeds. The open disc, in the first figure, is the run above, which took two rounds where the claim takes one. Where the same experiment compared more, a table under the figure tells it.
#
# **C03. Filtering is what teaches**: kept by the checker, against as many kept at random.

# %%
room.claim("C03", gain.get("vs_control"))

# %% [markdown]
# **C02. The ceiling is the filter's quality**: an exact checker, against one that errs half the time. The table: what is left of the gain
# over the base when the checker tosses a coin?

# %%
room.claim("C02")

# %% [markdown]
# **C01. The loop beats a single pass**: three rounds of K samples, against one round with all 3 K samples at once.

# %%
room.claim("C01")

# %% [markdown]
# ## Before and after, side by side
#
# The same problems, asked of the base and of the model that the run left. Look at the counts first: what did it win, and what did it lose? Each answer is one sample, not the greedy one: fewer are right than above, and some of either may be luck.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after the run"),
)

# %% [markdown]
# Where did it learn that from? Open an example to see its problem, its score and what became of its siblings.

# %%
show.lineage(result.rounds(), limit=5)

# %% [markdown]
# ## Break it: a checker that tosses a coin
#
# Predict: where will the curve lie? Then run it. A checker that is wrong half the time says nothing at all about the answer.

# %%
from course_lib import noisy, verify

coin = replace(plain(), name="coin-toss checker", score=noisy(verify, 0.5))
coin_run = room.run(coin, rounds=1)

# %% [markdown]
# Try your own checker: choose the noise and K.
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the coin-toss run.

# %%
room.play(
    lambda bar, noise, k: replace(plain(k=k, bar=bar), score=noisy(verify, noise)),
    picture=coin_run,
    noise={"values": [0.0, 0.1, 0.2, 0.3, 0.5], "start": 0.2},
    k={"values": [2, 4, 8, 16], "start": 4, "label": "K"},
)

# %% [markdown]
# ## A script to read critically
#
# This course grew from study notes. They hold (§7) a script of this loop. It runs, and three of its lines are wrong. We can count what each does.

# %%
import re

tokens = room.policy.tokenizer
shown = [e for _, examples in result.rounds() for e in examples][:200]
shown = shown or kept["right answers"]
sizes = [
    (
        len(tokens(room.policy.chat(e.prompt)).input_ids),
        len(tokens(e.completion).input_ids),
    )
    for e in shown
]
prompt, answer = sum(p for p, _ in sizes), sum(a for _, a in sizes)
padding = sum(max(0, 128 - p - a) for p, a in sizes)
total = max(1, prompt + answer + padding)
print(
    "`labels = input_ids.clone()` with rows padded to 128. Of the tokens the loss counts on,"
)
print(
    f"  {answer / total:.0%} are the answer, {prompt / total:.0%} the prompt, "
    f"{padding / total:.0%} padding."
)

# %% [markdown]
# The model is mostly taught to repeat the question and to write padding. This package computes the loss on the answer alone.
#
# `max_new_tokens=64` and "the last number in the text" go wrong together. An answer that is cut in the middle still has a last number:

# %%
answered = [(g.problem, c) for g in recorded(0.8) for c in g.completions_G]
long = [(p, c.text, tokens(c.text).input_ids) for p, c in answered if c.tokens > 64]
cut = [(p, text, tokens.decode(ids[:64])) for p, text, ids in long]
unfinished = [(p, text, start) for p, text, start in cut if "####" not in start]
lost = sum(same_answer(text, p.answer) for p, text, _ in unfinished)
read = [(p, re.findall(r"\d+", start)[-1:]) for p, _, start in unfinished]
print(
    f"Cut at 64 tokens, {len(unfinished)} of {len(answered):,} recorded answers (T = 0.8) have not come to their end."
)
print(f"Whole, {lost} of them end in the right answer: the limit throws these away.")
print(
    f"The script reads a number from {sum(bool(n) for _, n in read)} of them; "
    f"{sum(n == [p.answer] for p, n in read)} count as right."
)
print(
    f"By the marker, {sum(parse_answer(start) is not None for _, _, start in unfinished)} have answered."
)

# %% [markdown]
# So the limit throws right answers away, long ones, which are those of the longer stories. And the reader lets in texts without an end, which teach not to stop. Both are few here, for these
# answers are short; with a real model, whose answers are several times as long, 64 tokens cut nearly all.

# %% [markdown]
# ## Exercise 2: repair the script's reader

# %%
ex2

# %%
import re

from course_lib.answers import NUMBER, normal


def read_answer(text):
    """The final number of a solution, or None."""
    numbers = re.findall(r"\d+", text)
    return numbers[-1] if numbers else ""


ex2.check(read_answer)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("loop")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | where the idea comes from | expert iteration and rejection sampling; STaR (arXiv 2203.14465) without its hint; one round of it, with one answer kept for each *path*, is RFT (arXiv 2308.01825; notebook 02) |
# | kept | verified answers only; training on answers, not on prompts; from the base each round, as in STaR's algorithm 1 |
# | simplified | a model of 1.8 million parameters raised for this; K samples at T = 1; LoRA rather than all weights; at most two answers a problem |
# | known reports | ReST-EM (arXiv 2312.06585): iterating 41.9 % on MATH, one pass with three times the data 40.3 % |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "gsm8k"` at the top and run all. The problems are then GSM8K's; left at
# "stories", they end with a sentence that says how to answer. All else is the same code. A GPU with little room:
# `lesson.begin(..., four_bit=True)`, after `pip install bitsandbytes`. The command line has no plain loop; nearest to it is one round of RFT:
#
# ```
# course rft --model Qwen/Qwen2.5-0.5B-Instruct --problems gsm8k:512 --max-tokens 320 --lr 1e-4
# ```
#
# Next: what happens to problems it never gets right? [01 · STaR](01_star.ipynb)
