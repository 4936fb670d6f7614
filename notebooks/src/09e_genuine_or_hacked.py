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
# # Genuine or hacked: did it really get better?
#
# A score has risen. That is all that most runs show, and it is what a hacked run shows as well. Here we open the folder of a run that nobody labelled and read five signs in it.
# **The claim: five signs, from 64 gold labels a policy, tell a genuine gain from a hacked one.** Then we look at a run that is neither: it just stands still.
#
# | | |
# |---|---|
# | minutes | 40 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | judge a run from its folder; say what each sign can and cannot show; spend few labels where they tell most; get a run going again that stands still |
# | needs | notebooks 00, 08 and 09a |

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
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", course], check=True)
if KEEP:
    from course_lib.colab import keep_runs

    keep_runs()

# %%
MODEL = "pocket"  # the line to change; on a GPU: "Qwen/Qwen2.5-0.5B-Instruct"

from dataclasses import replace
from functools import partial

from course_lib import controls, lesson, show
from course_lib.lesson import gauges
from course_lib.score import verify
from course_lib.tasks.stories import HARD

measured_by = partial(gauges.watched, score=verify)
whole = lesson.begin("09e_genuine_or_hacked", MODEL, HARD, gauge=measured_by)
longest = 120 if MODEL == "pocket" else 256
sizes = {"train": whole.train[:32], "fresh": whole.fresh[:64]}
room = replace(whole, **sizes, max_tokens=longest)
room

# %% [markdown]
# *Score* is what a loop trains on, the proxy. *Gold* is what we want. A gold label costs a person's time, so there are few of them: at most 64 for each policy. *Fresh*, or held-out, problems are never trained on.

# %%
show.loop("score")

# %% [markdown]
# ## Predict first
#
# Two runs, A and B. Both learn from their own votes, as in notebook 08: no answer key, no label. In both the score rises, on what they were trained on and on fresh stories as well.

# %%
QUESTION = "Two runs without any label. In both the score rises, on fresh stories too. What about right answers?"
room.predict(
    QUESTION,
    "they rise in both: on fresh stories nothing is learned by heart",
    "they rise in one and fall in the other",
    "they stay as they are in both: a vote brings nothing new",
    "they fall in both",
)

# %% [markdown]
# ## Three problems
#
# Four answers of the base model to each of three stories. A tick is a gold label.

# %%
three = room.train[:3]
show.answers(room.answers(three, k=4), limit=12)

# %% [markdown]
# ## Where it stands before
#
# Four answers to each of the fresh stories, by gold.

# %%
before = room.measure()(room.policy)
low, high = before["interval"]
print(f"right: {before['accuracy']:.0%}, 95 % interval {low:.0%} to {high:.0%}")

# %% [markdown]
# ## The idea
#
# A run leaves a folder: every answer it sampled, every score, the log-probabilities. To that come a few labels. Then five signs can be read:
#
# 1. **Score and gold.** Does gold rise where the score rises?
# 2. **Held out.** Is the last policy better than the base, on problems that neither has seen?
# 3. **Spot check.** The answers that the score likes best: are they good?
# 4. **Diversity.** Do answers stay different, and free of repetition? (A *collapse* speaks against a run. Some entropy is lost in all learning, so nothing here speaks *for* one.)
# 5. **Gold and KL.** Does gold still grow with the distance gone, or is it past its peak (notebook 09d)?
#
# Each votes: genuine, hacked, or *cannot tell*. It cannot tell wherever its interval leaves both open. The first sign is a ratio,
#
# $$\text{worth of a point} = \frac{\text{gold gained}}{\text{score gained}}$$
#
# and a score worth having has a worth of more than 0. What the score tells about gold is taken from all answers, for the score is known of each; the rest from the labelled ones. That makes few labels go further.
#
# ## What changed in the code
#
# Nothing of the loop. What the votes come to is one function:

# %%
from course_lib.signs import verdict

show.source(verdict)

# %% [markdown]
# Held-out gold that falls, and a peak that was passed, decide alone. A gain is confirmed only where gold was *seen* to rise. And where the score did not rise, there is nothing to explain.
#
# ## Exercise 1: the verdict

# %%
from course_lib.check.genuine import ex1, ex2

ex1

# %%
from course_lib.statistics import paired_gain


def genuine_or_hacked(proxy, gold):
    """Whether a risen score is a gain: one of the four verdicts."""
    ...


ex1.check(genuine_or_hacked)

# %% [markdown]
# ## The run, with its control
#
# First a run of which we know all: GRPO, rewarded by the right answer. In its control the scores are dealt at random. It shows what an honest gain looks like.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
from course_lib import grpo

ROUNDS = 5 if room.budget.rounds > 1 else 1
settings = {"max_tokens": room.max_tokens}
result = room.run(grpo(room.budget.k, lr=room.lr / 2, **settings), rounds=ROUNDS)

# %%
result

# %% [markdown]
# The same run, opened from its folder. Each panel is one sign, its vote at the top right. The band is what 64 labels can tell.

# %%
show.opened(result.folder)

# %% [markdown]
# Look at *diversity*: half of the entropy is gone, and this is as honest a gain as there can be. Whoever learns which step is right has less to hesitate about.
#
# ## Two runs that nobody labelled
#
# Now A and B. Which is which a lot has decided, and the next cell does not say. What you see while they run is what their owner sees.

# %%
from course_lib.lesson.unlabelled import unlabelled

runs = unlabelled(room, ROUNDS)

# %%
scores = {f"run {name}": one.score for name, one in runs.items()}
show.several(scores, "score", "their own score of fresh answers (%)")

# %% [markdown]
# Both rise. Decide now: which one is genuine? Then open them. The labels are dear, so begin with none, and buy as many as you need. *Lot* draws other ones: with few labels the verdict may change, and a verdict that changes was none.


# %%
def opened(run, labels, lot):
    """The dashboard of A or B, from so many gold labels a policy."""
    return show.opened(runs[run].run.folder, labels, lot)


controls.panel(
    opened,
    run={"values": list(runs), "label": "run"},
    labels={"values": [0, 8, 16, 32, 64], "start": 64, "label": "labels"},
    lot={"values": [0, 1, 2, 3], "label": "lot"},
)

# %%
show.opened(runs[list(runs)[-1]].run.folder)

# %% [markdown]
# What they were:

# %%
told = []
for name, one in runs.items():
    first, last = (one.run.measured(i)["outcomes"] for i in (0, -1))
    found = paired_gain(last, first)
    low, high = (100 * x for x in found["interval"])
    gain = (
        f"{100 * found['value']:+.0f} points, 95 % interval {low:+.0f} to {high:+.0f}"
    )
    print(f"run {name} learned from votes on {one.what}.\n   Right answers: {gain}")
    told.append(f"run {name}: {gain}")
room.recall(QUESTION, "Right answers, " + "; ".join(told) + ".")

# %% [markdown]
# One method, one line of code, the same settings. Where most votes are right, voting makes right answers more frequent. Where most people in town take a dozen for ten, it makes ten the law. The score cannot tell the two apart:
# in both cases the model agrees with itself more and more. Held-out problems alone don't help either, if they are held against the same score.
#
# ## What it was trained on
#
# Questions of the worse run, those first where a wrong answer was rewarded.

# %%
worst = min(runs.values(), key=lambda one: one.run.found["rounds"][-1]["accuracy"])
show.pushed(worst.run.rounds(), limit=1)

# %% [markdown]
# ## Before and after, side by side

# %%
few = worst.fresh[:3]
show.beside(
    room.answers(few, k=1),
    room.answers(few, k=1, policy=worst.run.policy),
    names=("base", "after learning from votes"),
)

# %% [markdown]
# ## Exercise 2: a spot check

# %%
ex2


# %%
def to_read(scores, n, rng):
    """Places of the n highest scores, and of n others by lot: (top, others)."""
    ...


ex2.check(to_read)

# %% [markdown]
# ## Break it: fool the dashboard
#
# All five signs hang on gold. So ask the wrong people for it. Here the town itself writes the key: for training, and for the labels. Most of the town takes a dozen for ten.

# %%
from course_lib.pocket.authors import believed

dozens = room.stories(96, (3, 4), seed=31, dozen=True)
keyed = [replace(p, answer=believed(p)) for p in dozens]
n = len(room.train)
town = replace(room, train=keyed[:n], fresh=keyed[n : n + len(room.fresh)])
method = replace(grpo(room.budget.k, lr=room.lr / 2, **settings), name="town")
fooled = town.run(method, rounds=max(1, ROUNDS - 2), control=False)

# %%
show.opened(fooled.folder)

# %% [markdown]
# *Genuine*, it says, and by this gold it is. Now the same fresh stories with the right answers:

# %%
right = {p.id: p.answer for p in dozens}
by_people = [replace(p, answer=right[p.id]) for p in town.fresh]
shares = [
    [sum(g.scores_G) / len(g.scores_G) for g in room.answers(by_people, 4, policy)]
    for policy in (room.policy, fooled.policy)
]
found = paired_gain(shares[1], shares[0])
low, high = (100 * x for x in found["interval"])
print(f"right by the right key: {100 * found['value']:+.0f} points", end="")
print(f", 95 % interval {low:+.0f} to {high:+.0f}")

# %% [markdown]
# No sign can see beyond its gold. If the labels come from where the score comes from (the same parser, the same tests, a judge of the same family), five signs agree with one another and with the hole.
#
# There are other ways. Try some: raise the learning rate until the run passes its peak, or let the score be a rubric (notebook 09a). After the run the figure is its dashboard.
# Press Run: the method runs, then its control, in which the same scores are dealt out at random. Stop keeps the finished rounds. Until then the figure shows the run above.

# %%
from course_lib.loopholes import rubric
from course_lib.votes import by_majority

SCORES = {"the answer": verify, "rubric": rubric, "its own votes": by_majority}


def chosen(bar, score, rate):
    """GRPO on a score of your choice, faster or slower."""
    name = f"{score}, {rate:g}"
    how = {"lr": rate * room.lr, "score": SCORES[score], "bar": bar}
    return replace(grpo(room.budget.k, **settings, **how), name=name)


room.play(
    chosen,
    picture=show.opened(fooled.folder),
    after=lambda run: show.opened(run.folder),
    score={"values": list(SCORES), "start": "rubric", "label": "score"},
    rate={"values": [0.25, 0.5, 1.0, 2.0], "start": 1.0, "label": "learning rate"},
    rounds={"values": [2, 4, 6, 8], "start": 4, "label": "rounds"},
)

# %% [markdown]
# Any folder of a run can be opened so, in a terminal too: `course inspect RUN`.
#
# ## The same, over forty runs
#
# **C37. Five signs tell gain from hacking.** CLAIM37

# %%
room.claim("C37")

# %% [markdown]
# ## When it stops
#
# Nothing is hacked and nothing collapses. The run just stops getting better. The study notes name three causes:
#
# 1. *The filter is saturated.* Everything is right, so everything is kept. The model is taught what it does anyway.
# 2. *Nothing new is tried.* The samples of a problem are all alike.
# 3. *The problems are out of reach.* Nothing is right, so nothing is kept.
#
# And four ways out: harder problems (a *curriculum*), a higher temperature, a teacher, another method.
#
# Here is a run with the first cause: STaR on a few stories of three and four steps. Each round goes on from the one before. Measured, as always, are fresh stories of five and six.

# %%
STALL = "A run solves all it is trained on, and stands still. You may pay for a few more rounds. What takes it further?"
room.predict(
    STALL,
    "longer stories",
    "a higher temperature",
    "another method: GRPO, on the same stories",
    "each of the three",
    "none: it knows what it can know",
)

# %%
from course_lib import star
from course_lib.train import improve_steps

MANY = room.budget.rounds > 1  # COURSE_FAST=1: just enough to run
STAND, MORE = (5, 3) if MANY else (1, 1)
FEW = room.budget.problems // 6
small = replace(
    whole,
    train=whole.stories(FEW, (3, 4), seed=11),
    fresh=whole.fresh[:150],
    max_tokens=room.max_tokens,
    gauge=gauges.best_answers,
    budget=replace(room.budget, sampled=2 if MANY else 1),
)
steady = replace(
    star(room.budget.k, **settings),
    name="STaR, round upon round",
    from_base=False,
    train=improve_steps((0.5,), room.lr / 2, seen=4 * FEW),  # always as many examples
)
still = small.run(steady, STAND, control=False)

# %% [markdown]
# What the filter saw in each round. *Differ*: stories that have a right sample and a wrong one. Only there does a filter choose. *Known*: kept answers that were kept in the round before, word for word.


# %%
def seen_by_the_filter(run):
    """Round by round: what was sampled, and what was kept of it."""
    before = set()
    print(
        f"{'round':>5}{'samples right':>15}{'stories that differ':>21}{'kept':>6}{'known':>7}"
    )
    for i, (groups, kept) in enumerate(run.rounds(), 1):
        scores = [s for g in groups for s in g.scores_G]
        differ = sum(len(set(g.scores_G)) > 1 for g in groups)
        now = {(e.problem_id, e.completion) for e in kept}
        known = len(now & before) / max(1, len(now))
        print(
            f"{i:>5}{sum(scores) / len(scores):>15.0%}{differ:>12} of {len(groups):<6}{len(kept):>6}{known:>7.0%}"
        )
        before = now


seen_by_the_filter(still)

# %% [markdown]
# The samples get better and better, the fresh stories do not. What rises is certainty, on stories it could do from the start.
#
# ## Four ways to go on
#
# All begin where this run ended. All have as many rounds, samples and training examples as going on unchanged, which is the control.
#
# - **Longer stories**: the same method, on stories of five and six steps.
# - **Temperature 1.3**: the same stories, sampled with more variety.
# - **A teacher**: longer stories, and where all K samples fail, someone writes the solution down (in the place of STaR's hint).
# - **GRPO**: the same stories, another method. It learns from the difference between right and wrong samples.

# %%
from course_lib.lesson.ways import go_on
from course_lib.pocket.teacher import taught
from course_lib.rollout import samples

longer = room.stories(FEW, (5, 6), seed=12)
warm = samples(room.budget.k, 1.3, max_tokens=room.max_tokens)
switched = grpo(room.budget.k, lr=room.lr / 2, batch=32, max_tokens=room.max_tokens)
after = go_on(
    small,
    still,
    {
        "unchanged": (steady, small.train),
        "longer stories": (steady, longer),
        "temperature 1.3": (replace(steady, rollout=warm), small.train),
        "longer, and a teacher": (replace(steady, revise=taught), longer),
        "GRPO": (switched, small.train),
    },
    MORE,
)

# %%
after

# %% [markdown]
# The same as differences, each way against going on unchanged, on the same fresh stories.

# %%
from course_lib.statistics import paired_gain

if len(after.after) == 5:
    unchanged, *rest = [run.measured()["outcomes"] for run in after.after.values()]
    told = []
    for name, outcomes in zip(list(after.after)[1:], rest, strict=True):
        gain = paired_gain(outcomes, unchanged)
        low, high = (100 * x for x in gain["interval"])
        told.append(f"{name} {100 * gain['value']:+.0f} [{low:+.0f}, {high:+.0f}]")
    room.recall(STALL, "Points over going on: " + "; ".join(told) + ".")

# %% [markdown]
# ## What each remedy costs, and where it fails
#
# **Longer stories** bring back samples that differ, and so something to choose. The price: someone must have harder problems, with their answers. It fails one step too far, where no sample is right any more, and what lies
# beyond the new stories it does not teach.
#
# **Temperature** makes samples differ, but on these stories the other paths are no better: what differs is mostly slips, and the filter throws them away. The price is fewer right samples for as many drawn. It helps where all samples of a
# problem are alike *and wrong*.
#
# **A teacher** says what no sample says. The price is the teacher: a person, or a stronger model. On what is solved he has nothing to say, so he needs other problems, too; and the model takes over his way of working, faults included.
#
# **Another method** reads the same signal. GRPO learns from wrong samples as well, and steps in proportion to what differs. But where all samples of a story are right every advantage is 0. The price is a method with dials of its own: learning rate,
# clip, β.
#
# So look for the cause first. A saturated filter needs other problems. Problems out of reach need a teacher, or a way there in small steps.
#
# ## The same, over five seeds
#
# **C38. Stagnation breaks by a curriculum.** Four more rounds on longer stories, against four more on the same ones.

# %%
room.claim("C38")

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("genuine")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | where the idea comes from | study notes Q7 and L3-12: a table of five signs, and four ways out of a standstill. Gold against √KL: Gao et al. 2022, arXiv 2210.10760. Labels and scores together: Angelopoulos et al. 2023, arXiv 2311.01453 |
# | kept | the five signs; a verdict; the four remedies, at equal samples and equal training |
# | simplified | the notes give no numbers, so every threshold is ours, chosen on runs that are not among those counted. Gold is exact here; people err, and not always alike |
# | changed | “cannot tell” is a verdict; diversity kept speaks for nothing; an interval decides, not a mean |
# | known reports | in public runs the commonest trouble is none of these: a reward that stays at 0 because the answer cannot be parsed (open-r1 issues 235, 255, 256). Then there is nothing to explain |
# | what to doubt | the runs counted are of eight kinds that we could think of, on one small model |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. Dozens are no riddle for a larger model, so both runs A and B may well be genuine: a hole is a hole only for a model that falls into it. `course inspect` opens the folders of any other run, too.
#
# This was the last of the five. Back to the start: notebook [00](00_the_loop.ipynb), and one loop.
