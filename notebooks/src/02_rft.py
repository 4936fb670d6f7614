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
# # RFT: is a hundred samples better than ten?
#
# A model that answers a problem many times repeats itself. RFT, *rejection-sampling fine-tuning*, keeps one answer for each way to
# solve the problem. **The claim: what teaches is the number of different right ways, not the number of samples.** So its authors say; we
# shall test both halves.
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 3 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | tell copies from new paths; choose K and the temperature for a purpose; write the filter; compare two training sets fairly |
# | needs | notebook 00 |

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

room = lesson.begin("02_rft", MODEL, task=TASK)
room

# %% [markdown]
# RFT changes one box of notebook 00's loop. It adds nothing to sampling, scoring or training. It only *selects* otherwise: one answer for each path, where notebook 00 kept the
# first two that were right.

# %%
show.loop("select")

# %% [markdown]
# ## Predict first
#
# The *path* of a solution is its calculations, in order. Two solutions with the same calculations take the same path, however they are
# written. K is the number of answers sampled for each problem.

# %%
QUESTION = (
    "K goes from 16 to 32. Of the right answers this adds, how many take a new path?"
)
room.predict(QUESTION, "about half", "about one in four", "fewer than one in ten")

# %% [markdown]
# ## Three problems
#
# Eight answers to each this time. Look only at the right ones, and count the ways.

# %%
groups = room.answers(room.train[:3], k=8)
show.answers(groups, limit=24)

# %% [markdown]
# ## Where it stands before
#
# Greedy answers to fresh stories, with the interval in which the true share may lie.

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
# 1. Sample K answers to each problem from the model as it is.
# 2. Keep the right ones.
# 3. Of those with the same path, keep one.
# 4. Train the model on what is left.
# 5. Do this once: RFT (arXiv 2308.01825) looks for more ways to solve a problem, not for more rounds.
#
# A path comes into the training set when at least one of K tries takes it. If the model takes path $p$ of problem $x$ with the chance
# $\pi(p \mid x)$, then the number of different right paths to expect is
#
# $$\sum_{p \text{ right}} 1 - \bigl(1 - \pi(p \mid x)\bigr)^{K}$$
#
# Each term climbs to 1 and stays there. A path the model likes is found at once; every further time it is a copy. A rare path needs a
# large K.

# %% [markdown]
# ## The new slot, by eye
#
# Six answers to one problem, written by hand: Mia has 23 apples, finds 14 and gives 9 away. Which of them would you keep? Decide before
# you read the last column.

# %% tags=["nbval-check-output"]
from course_lib import Completion, Group, Problem, Turn
from course_lib.answers import path_of
from course_lib.score import verify
from course_lib.select import distinct_correct

PROMPT = (
    "Mia has 23 apples. She finds 14 more. Then she gives 9 to Tom. "
    "How many apples does Mia have now?"
)
mia = Problem("mia", PROMPT, "28", 2, {"start": 23, "changes": [14, -9]})
HAND_MADE = [
    "23+14=37\n37-9=28\n#### 28",
    "23 + 14 = 37\n37 - 9 = 28\n#### 28",
    "23-9=14\n14+14=28\n#### 28",
    "14+23=37\n37-9=28\n#### 28",
    "23+14=36\n36-9=28\n#### 28",
    "23+14=36\n36-9=27\n#### 27",
]
by_hand = verify(
    None, [Group(mia, tuple(Completion(text) for text in HAND_MADE))], Turn(0, 1)
)
kept = [e.completion for e in distinct_correct()(by_hand, Turn(0, 1))]
for text, score in zip(HAND_MADE, by_hand[0].scores_G, strict=True):
    print(
        f"{path_of(text):19}{'right' if score else 'wrong':8}{'kept' if text in kept else '-'}"
    )

# %% [markdown]
# The second is the first with blanks: the same path. The third goes another way. So far, so good.
#
# The fourth shows a limit. It only swaps 23 and 14; is that another way to solve the problem? To this filter it is.
#
# The fifth is the failing case. Both its steps are wrong, and the answer is right by luck. It has a path of its own, *because* it is
# wrong. Luck seldom strikes twice in the same way, so hardly any of it is removed as a copy. We shall count this below.

# %% [markdown]
# Now the filter on the first of the problems above.

# %%
show.answers(groups[:1], distinct_correct()(groups, Turn(0, 1)))

# %% [markdown]
# ## Exercise 1: the filter

# %%
from course_lib.check.rft import ex1, ex2

ex1

# %%
from course_lib import Example
from course_lib.answers import path_of


def distinct(group):
    """One right completion for each path."""
    ...


ex1.check(distinct)

# %% [markdown]
# ## What changed in the code
#
# The method beside notebook 00's plain loop, and the lines that find one answer for each path. What you read is what runs.

# %%
from dataclasses import replace

from course_lib import rft, star
from course_lib.revise import unchanged

settings = {"k": room.budget.k, "lr": room.lr, "max_tokens": room.max_tokens}
plain_loop = replace(star(**settings), name="plain loop", revise=unchanged)
show.diff(plain_loop, rft(**settings))

# %%
from course_lib.select import first_of_each_path

show.source(first_of_each_path)

# %% [markdown]
# ## Copies and paths
#
# These are recorded samples of the pocket model, so the sliders answer at once. The slanting broken line is all right answers. The solid line is
# distinct paths. What lies between them is copies. Which of the two bends, and from which K on? Before you move the temperature: what will a lower one do to each?

# %%
from course_lib import controls
from course_lib.recordings import TEMPERATURES, recorded

controls.panel(
    lambda k, temperature: show.paths_by_k(recorded(temperature), k),
    k={"values": [1, 2, 4, 8, 16, 32], "start": 8, "label": "K"},
    temperature={"values": list(TEMPERATURES), "start": 1.0},
)

# %%
from course_lib.select import correct

right, paths = (
    [len(keep(recorded(1.0, k), Turn(0, 1))) for k in (16, 32)]
    for keep in (correct(), distinct_correct())
)
new_right, new_paths = right[1] - right[0], paths[1] - paths[0]
room.recall(
    QUESTION,
    f"of {new_right} more right answers, {new_paths} took a new path: "
    f"{new_paths / new_right:.0%}.",
)

# %% [markdown]
# ## How freely to sample
#
# *Temperature* sets how freely the model samples. At a low one it repeats its favourite; at a high one it tries more, and errs more.
# Copies are right but not new, errors are new but not right. The title tells which temperature gives the most paths at K = 4. Predict it for K = 32, then move K.

# %%
controls.panel(
    lambda k: show.paths_by_temperature({t: recorded(t) for t in TEMPERATURES}, k),
    k={"values": [1, 2, 4, 8, 16, 32], "start": 4, "label": "K"},
)

# %% [markdown]
# The more tries you can pay for, the freer you may sample. With few, a wrong answer is a try lost. The bands are wide, since 48 stories are
# few: do not make much of neighbours.
#
# There is a second price. Remember the lucky answer: wrong steps, right number. Here is the share of such answers among what is kept, first
# with all copies, then with one for each path. Which share will be the larger?

# %%
from course_lib.score import sound

told = {g.problem.id: g.problem for g in recorded(1.0)}
for temperature in TEMPERATURES:
    line = f"T = {temperature}: a wrong step in"
    for name, keep in (
        ("right answers", correct()),
        ("distinct paths", distinct_correct()),
    ):
        bad = [
            not sound(told[e.problem_id], e.completion)
            for e in keep(recorded(temperature), Turn(0, 1))
        ]
        line += (
            f"{sum(bad):5} of {len(bad):4} {name} ({sum(bad) / max(1, len(bad)):.1%})"
        )
    print(line)

# %% [markdown]
# Sound solutions come in many copies, which are dropped. Lucky ones are each their own path, and stay. The filter for variety collects
# errors as it collects ways. The authors of RFT therefore check every calculation as well, and drop a solution in which one does not
# hold. Notebook 01 called such a check a filter of steps.

# %% [markdown]
# ## The run, with its control
#
# One round. The control keeps as many answers of each problem, drawn at random from all K.
#
# ■ (interrupt) stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(rft(**settings), rounds=1)

# %%
result

# %% [markdown]
# Suppose the filter wins here. What has been shown? The control keeps wrong answers too, so the gap may be due to rightness alone. It
# says nothing yet about *variety*. For that we need another comparison.

# %% [markdown]
# ## New paths or more copies?
#
# Take the same problems twice. One set has up to four distinct right paths of each. The other has one path of each, repeated as many
# times. Both are right; both are as large, and trained on for the same time. Predict the difference before you look.
#
# **C07. Several distinct solutions beat one**, over ten seeds:

# %%
room.claim("C07")

# %% [markdown]
# The interval holds 0. Other ways may have taught a little more than the first way seen again, or nothing. Look at the thin lines: from seed
# to seed the answer changes its sign. So it is not shown, and it is not large. Perhaps
# because the ways of one story here are the same sums in another order, or split into tens and ones: who can do one may well do the other. A problem of a school book has ways
# that need other ideas. That was not tested.
#
# So a large K may be of no use? Not so fast.

# %% [markdown]
# ## What accuracy follows
#
# Now the figure of this notebook. Models were trained on the distinct right paths of K = 1, 4, 8 and 32 tries. Their accuracies are drawn
# three times: against K, against the distinct paths of a problem, and against the share of problems that were solved at all, so that they
# leave an example. Predict: which of the three comes closest to a straight line? R² is the share of the ups and downs that a straight line
# accounts for; 1 is a perfect line.
#
# Two more models were trained on samples of K = 32. The cross got *all* right answers, copies included. The star got a single path
# of each problem that was solved. If paths are what teaches, where must the star lie in the middle panel?

# %%
room.claim("C08", picture=show.paths_against_accuracy)

# %% [markdown]
# The cross: its training set is larger by the factor in the legend. Its distance from the last point is all that the copies changed.
#
# The star: it has one path a problem, as few as if K were 3, and stands as high as the point with all paths, far above the
# line at its place. So it is not paths that accuracy follows here, nor problems beyond some three in four: what counts is enough different examples. With K = 1 some forty examples are repeated until the training has as many
# steps as the others; the model ends *below* the base, the dotted line. The straight line on the right owes its fit to this one point, and four values of K are a hint, no proof.
#
# And the question of the title? From K = 4 on accuracy stays where it is, within the scatter of the seeds, though more problems leave an example. A hundred we did not try.
#
# The authors of RFT saw accuracy grow with paths, on school problems and larger models. Their sets with more paths also came from more samples,
# and more samples solve more problems. When you read such a curve, ask what else grew.
#
# **C08. A larger K than one teaches more**: the paths of K = 32, against those of K = 1. The table: the two models from above, each
# against the distinct paths of K = 32. Neither the copies nor the further paths have shown any use, or any harm.

# %%
room.claim("C08")

# %% [markdown]
# ## Before and after, side by side
#
# The same problems, one sample each (not the greedy answer, so fewer are right than above), asked of the base and of the model that the run left.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after RFT"),
)

# %% [markdown]
# Open an example to see which of its siblings were dropped as copies.

# %%
show.lineage(result.rounds(), limit=5)

# %% [markdown]
# ## Break it: one example for each *answer*
#
# A plausible slip: remove duplicates by the final answer. Predict how many examples a problem can then leave at most,
# and what that does to the accuracy. Then run it.

# %%
from course_lib.answers import parse_answer


def one_for_each_answer(groups, turn):
    """Right completions, the first for each final answer of a problem."""
    first = {}
    for e in correct()(groups, turn):
        first.setdefault((e.problem_id, parse_answer(e.completion)), e)
    return list(first.values())


by_answer = replace(rft(**settings), name="by answer", select=one_for_each_answer)
broken = room.run(by_answer, rounds=1)

# %%
for name, one in (("by path", result), ("by answer", broken)):
    examples, last = (
        [e for _, kept in one.rounds() for e in kept],
        one.found["rounds"][-1],
    )
    low, high = last["interval"]
    print(
        f"{name:10}{len(examples) / max(1, len({e.problem_id for e in examples})):5.2f} "
        f"examples a problem that left any; "
        f"right {last['accuracy']:.1%} ({low:.1%} to {high:.1%}), "
        f"as many at random {one.measured(arm='control')['accuracy']:.1%}"
    )

# %%
from course_lib.statistics import paired_gain

found = paired_gain(result.measured()["outcomes"], broken.measured()["outcomes"])
low, high = (100 * end for end in found["interval"])
print(
    f"by path, over by answer: {100 * found['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
)

# %% [markdown]
# Right answers to one problem all share one number. So one example is left, and the method for variety has none.
#
# By its title the broken method looks better than the whole one above. It is not: each title compares with its own control, which gets as few answers as its method, and by answer the control falls. Only the last line compares the two.
# And where the problems are the same, two intervals that overlap settle nothing: their difference has an interval of its own, the last line. And
# the comparison is not fair: the set by path is also the larger one. C07 is fairer: as many examples and as many steps, with tokens within 4 % of each other (a few more on the side of the
# paths). Exercise 2 makes the tokens equal, too.

# %% [markdown]
# ## Try it yourself
#
# Which temperature gives the best model after one round? Is it the one at which K samples found the most paths, above? Choose K, then the temperature.
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
room.play(
    lambda bar, k, temperature: rft(
        **{**settings, "k": k}, temperature=temperature, bar=bar
    ),
    picture=result,
    k={"values": [2, 4, 8, 16], "start": 4, "label": "K"},
    temperature={"values": [0.5, 0.8, 1.0, 1.3], "start": 1.0},
)

# %% [markdown]
# ## Exercise 2: repair the budget

# %%
ex2


# %%
def within(examples, budget, tokens):
    """The first examples that fit into a budget of tokens."""
    kept, spent = [], 0
    for example in examples:
        spent += len(example.completion)
        if spent > budget:
            break
        kept.append(example)
    return kept


ex2.check(within)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("rft")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Yuan et al. 2023, arXiv 2308.01825, §3.3; official code for LLaMA with 7 to 70 billion parameters |
# | kept | K samples a problem; right answers only; one for each path, a path being its calculations in order; one round, from the base |
# | simplified | only the final answer is checked, where the authors also evaluate every calculation; T = 1 rather than 0.7, K = 8 rather than 100; of duplicates the first sampled stays, where they keep the one least like the other paths; no human solutions are added; LoRA |
# | known reports | on GSM8K, K = 100 gave a 7-billion model 41.7 % after 35.9 %, and 5.25 paths a problem after 1.17 at K = 1; a model of 33 billion gained nothing (54.6 % before, 54.5 % after) from its own samples |

# %% [markdown]
# The last report is worth a thought. Why would a stronger model gain less from its own samples? The cards above hold one reason.

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "gsm8k"` at the top and run all. The sliders still show the pocket
# model's samples; all else is your model on GSM8K. From the command line:
#
# ```
# course rft --rounds 1 --model Qwen/Qwen2.5-0.5B-Instruct --problems gsm8k:512 --max-tokens 320 --lr 1e-4
# ```
#
# Next: sample again, or raise the bar? [03 · ReST](03_rest.ipynb)
