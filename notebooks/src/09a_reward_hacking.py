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
#
# Every method so far had a score. Where the score is not quite what we want, the policy is not trained on what we want. It is trained on the score.
# **The claim: a policy finds the hole in its checker. The score goes on rising, and what we wanted stays behind.** Then we close the hole.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | find a hole before the policy does; see in a run when proxy and gold part; say what a KL penalty and a second signal do, and what they cost |
# | needs | notebooks 00 and 08 |

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

from dataclasses import replace
from functools import partial

from course_lib import controls, lesson, show
from course_lib.lesson import gauges
from course_lib.loopholes import all_of, anywhere, arithmetic, rubric
from course_lib.score import verify
from course_lib.tasks.stories import HARD

CHECKERS = {
    "rubric": rubric,
    "rubric, and arithmetic": all_of(rubric, arithmetic),
    "answer anywhere": anywhere,
    "anywhere, and arithmetic": all_of(anywhere, arithmetic),
    "the answer": verify,
}
measured_by = partial(gauges.checked, by=CHECKERS)
room = lesson.begin("09a_reward_hacking", MODEL, HARD, gauge=measured_by, share=0.25)
longest = 120 if MODEL == "pocket" else 256
fresh = room.fresh[: len(room.fresh) * 2 // 3]
room = replace(room, fresh=fresh, max_tokens=longest, live=show.parted, end=show.parted)
room

# %% [markdown]
# *Proxy* is the score that the loop sees. *Gold* is what we want: here the number after `####`, compared with the right answer. In this notebook the two are not the same.

# %%
show.loop("score")

# %% [markdown]
# ## Find the hole
#
# This is a rubric, such as teachers use, and graders of language models: some points for the answer, some for showing the work.

# %%
from course_lib.loopholes import mentioned, shows_work

show.source(shows_work)

# %% [markdown]
# It is a caricature of rubrics that are really used. Where is its hole? Decide before you read on; the policy will need two minutes.
#
# ## Predict first

# %%
QUESTION = "A policy is trained on this rubric, round after round. What becomes of the share of right answers?"
room.predict(
    QUESTION,
    "rises with the points: right answers get more of them",
    "rises at first, then falls",
    "falls from the first round",
    "stays: the two kinds of points have nothing to do with each other",
)

# %% [markdown]
# ## Three problems
#
# Four answers of the base model to each of three stories. A tick means gold: the number after `####` is right. Below: what each checker gives to these twelve answers, in the same order. *Anywhere*: the right number stands somewhere in the text. *Arithmetic*: every sum in it is true.

# %%
three = room.train[:3]
drawn = room.answers(three, k=4)
show.answers(drawn, limit=12)

# %%
from course_lib.types import Turn

turn = Turn(room.seed, 0)
for name, checker in CHECKERS.items():
    scores = [g.scores_G for g in checker(room.policy, drawn, turn)]
    print(
        f"{name:25}",
        "   ".join(" ".join(f"{s:5.2f}" for s in group) for group in scores),
    )

# %% [markdown]
# ## Where it stands before
#
# One answer to each fresh story, scored by all of them.

# %%
before = room.measure()(room.policy)
for name, found in before["checks"].items():
    low, high = found["interval"]
    print(f"{name:25}{found['value']:7.2f}   95 % interval {low:.2f} to {high:.2f}")

# %% [markdown]
# *Answer anywhere* is another checker that people have used: the right number may stand anywhere in the text. On what the base writes it passes a third more answers than it should. One might accept that: most of what it passes is right.
#
# ## Choosing by it
#
# 48 stories, 32 recorded answers to each. Let the checker choose the best of n. The dashed orange line, with triangles, is what gold itself would choose. Change the checker, and make the model hotter. (The axis below says how far the choice leads away from what
# the policy usually writes; 09d explains it.)

# %%
from course_lib.best_of_n import by_prompt, distance
from course_lib.recordings import TEMPERATURES
from course_lib.recordings import recorded as recorded_stories

NS = (1, 2, 4, 8, 16, 32)


def chosen_by(checker, temperature):
    """Gold of the best of n by a checker, beside that checker's own score and beside choosing by gold."""
    groups = recorded_stories(temperature)
    gold, proxy = (
        [g.scores_G for g in CHECKERS[name](room.policy, groups, turn)]
        for name in ("the answer", checker)
    )
    return show.overoptimised(
        [distance(n) for n in NS],
        by_prompt(proxy, gold, NS),
        by_prompt(proxy, proxy, NS),
        ns=NS,
        title=f"best of n by: {checker}",
        ylabel="share of the full score, less its value at n = 1",
        controls={"gold, chosen by gold": by_prompt(gold, gold, NS)},
    )


controls.panel(
    chosen_by,
    checker={"values": list(CHECKERS), "label": "checker"},
    temperature={"values": list(TEMPERATURES), "start": 1.0, "label": "temperature"},
)

# %% [markdown]
# At T = 1 choosing by the rubric costs little: of 32 samples the one it picks is right in 95 %, where gold itself gets 100. It can choose only among what the base writes, and there the two mostly agree. At 1.3 they agree less, and it costs ten points. *Answer anywhere* costs 14 and 26. Training changes what is written.
#
# ## The idea
#
# 1. What we want, gold, is expensive or cannot be computed. We train on something near it, the proxy.
# 2. On the answers the proxy was tested on, the two agree.
# 3. Training makes what scores high more likely, whatever the reason for the score.
# 4. So it looks, with all the samples it has, for answers in which the two do *not* agree.
# 5. "When a measure becomes a target, it ceases to be a good measure": Goodhart's law.
#
# $$\text{proxy}(y) = a \cdot \text{gold}(y) + \text{hole}(y), \qquad \nabla_\theta\, \mathbb{E}\big[\text{proxy}\big] = a\, \nabla_\theta\, \mathbb{E}\big[\text{gold}\big] + \nabla_\theta\, \mathbb{E}\big[\text{hole}\big]$$
#
# In the rubric $a$ is 0.2: a right answer is worth as much as five lines. Where the two point the same way, both are learned. Where they part, the larger one wins. Early on that is often gold's.
#
# ## By hand
#
# Five answers to a question whose answer is 27; the last one is long. What does each checker give, and which are right?

# %%
from course_lib.types import Completion, Group, Problem

question = Problem(
    "by-hand",
    "Mia has 12 apples. She buys 15 more. How many apples does Mia have now?",
    "27",
)
texts = [
    "12+15=27\n#### 27",
    "12+15=27\n#### 28",
    "25+1=26\n26+1=27\n27+1=28\n28+1=29\n29+1=30",
    "12+15=28\n#### 28\nOr 27.",
    "\n".join(f"{n}+1={n + 1}" for n in range(12, 28)) + "\n#### 28",
]
(five,) = [Group(question, tuple(Completion(t) for t in texts))]
for name, checker in CHECKERS.items():
    (graded,) = checker(None, [five], turn)
    print(f"{name:25}", " ".join(f"{s:6.2f}" for s in graded.scores_G))

# %% [markdown]
# The third one never answers. It counts upwards past the answer, in steps that are all true. To *anywhere* it is right. The last one counts as well, for longer, and is wrong: the rubric gives it more than the short right one. The second signal, *arithmetic*, asks whether all
# calculations hold. It knows nothing of the question, and alone it would be worth little, but an answer has to please both.
#
# ## Exercise 1: be the policy
#
# The checker is the one that takes the answer anywhere.

# %%
show.source(mentioned)

# %%
from course_lib.check.loopholes import ex1, ex2

ex1


# %%
def cheat(prompt):
    """A text that passes `mentioned` for any story, without solving it."""
    ...


ex1.check(cheat)

# %% [markdown]
# ## What changed in the code
#
# Notebook 08's policy gradient, with another checker. Nothing else.

# %%
from course_lib import grpo

settings = {"lr": room.lr / 2, "max_tokens": room.max_tokens}


def against(checker, **more):
    """GRPO on one of the checkers, called by its name."""
    return replace(grpo(score=CHECKERS[checker], **settings, **more), name=checker)


show.diff(against("the answer"), against("rubric"))

# %% [markdown]
# ## The run, with its control
#
# The rubric, for eight rounds where the budget has more than one: what parts, parts late. In the control the hole is closed: the same policy gradient on the answer itself.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
ROUNDS = 8 if room.budget.rounds > 1 else 1
result = room.run(against("rubric"), rounds=ROUNDS, twin=against("the answer"))

# %% [markdown]
# The rubric's points rise. In this run right answers rise as well at first, and end much nearer to where they began than to the control: the same gradient on the answer itself goes on. The score alone shows none of this. (Over five seeds, in C29 below, right answers end above the base, and far below the control.) An answer may have 120 tokens, about fifteen lines: who fills them never gets to `####`.

# %%
from course_lib.statistics import paired_gain


def gain(new, old):
    """The paired difference on the same stories, in words."""
    found = paired_gain(new["outcomes"], old["outcomes"])
    low, high = (100 * x for x in found["interval"])
    return (
        f"{100 * found['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
    )


first, after = result.measured(0), result.measured()
seen = [m["checks"]["rubric"] for m in (after, first)]
print("the rubric's points, since the base:         ", gain(*seen))
print("right answers, since the base:               ", gain(after, first))
if result.twin is not None:
    closed = result.measured(arm="control")
    print("right answers, against the hole closed:      ", gain(after, closed))
tops = [result.measured(r)["accuracy"] for r in range(len(result.found["rounds"]))]
top = tops.index(max(tops))
best = result.measured(top)
told = f"right answers {gain(best, first)} up to round {top}; {gain(after, best)} from there to the end."
room.recall(QUESTION, told)

# %% [markdown]
# (That round was picked because it is the best, so the first number flatters, and the second is too dark. What stands against chance is the line above it: the end against the hole closed.)

# %% [markdown]
# ## The day they part
#
# What it was trained on in the round after gold stood highest: groups in which a wrong answer got the most points.

# %%
parted = min(top, len(result.rounds()) - 1)
show.pushed(result.rounds()[parted : parted + 1], limit=1, first=parted + 1)

# %%
show.by_round(result.found, "tokens", "tokens an answer (mean)")

# %% [markdown]
# ## Before and after, side by side
#
# Count the lines: the rubric pays for each, right or wrong. On the whole there are more of them (the figure above), but not in every pair.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after training on the hole"),
)

# %% [markdown]
# ## Break it: two holes, and three ways to close one
#
# Choose a checker; β holds the policy to the base by a KL penalty. *And arithmetic* adds the second signal. *The answer* is the hole closed.
# Press Run: the method runs, then its control, in which the same scores are dealt out at random. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run above.


# %%
def chosen(bar, checker, beta):
    """GRPO against a checker, held to the base by β."""
    return against(checker, beta=beta, reference=room.policy, bar=bar)


room.play(
    chosen,
    picture=result,
    checker={
        "values": list(CHECKERS),
        "start": "rubric, and arithmetic",
        "label": "checker",
    },
    beta={"values": [0.0, 0.05, 0.2, 1.0], "start": 0.0, "label": "β"},
    rounds={"values": [2, 4, 6, 8], "start": 4, "label": "rounds"},
)

# %% [markdown]
# ## The same, over five seeds
#
# **C29. An imperfect score gets gamed**: 20 points fewer right answers than with rewards by the answer itself. Against the base they are still 10 points more: for some rounds the points pay for answers, too.
#
# In the table: a KL beside the rubric here holds back the useful part as well. Arithmetic as a second signal brings back 8 of the 20 points. *Answer anywhere* is another hole: its own score rises while right answers stay behind.

# %%
room.claim("C29")

# %% [markdown]
# In notebook [00](00_the_loop.ipynb) the ceiling was the filter's quality, too (C02). But there the checker erred by chance, and here it errs in one direction. Chance is averaged out by many samples; a direction is followed.

# %% [markdown]
# ## What each cure costs
#
# | cure | what it does | what it costs |
# |---|---|---|
# | closing the hole | the score asks for what is wanted | one has to know the hole; answers in another form count as wrong |
# | a second signal | an answer has to please two checkers with different holes | right answers that the second one dislikes are lost; it has a hole, too |
# | KL β | the policy stays near the base, where the checker was tested | it stays near the base: less is gained even where the score is right. Here (C29) it cost 5 points and saved nothing |
# | stopping early | ends before they part | someone has to look at gold to know when |
#
# ## Exercise 2: close the hole

# %%
ex2


# %%
def passed(text, answer):
    """Is the number after the last `####` the answer?"""
    ...


ex2.check(passed)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("loopholes")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | where the idea comes from | study notes §6.1. Goodhart's law as a gap between proxy and gold: Gao et al. 2022, arXiv 2210.10760; Skalse et al. 2022, arXiv 2209.13085 |
# | kept | a score that agrees with gold on ordinary answers; optimisation by a policy gradient; KL β and a second signal as guards; gold measured and never trained on |
# | simplified | holes of a few lines, planted by us; a task whose gold is exact. In practice a hole is found by reading what was rewarded |
# | known reports | in small public runs a format reward that never moves is the commoner complaint (open-r1 issues 235, 255, 256); one run's outputs turned to "!!!!" (TinyZero issue 63) |
# | what to doubt | a hole that your policy never falls into may be found by a larger one: exploring more is what larger models and higher temperatures do |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. A larger model writes working in prose, so the numbers in it are fewer; give it more rounds.
#
# Next: 09b. There the checker has no hole, but it lies within reach.
