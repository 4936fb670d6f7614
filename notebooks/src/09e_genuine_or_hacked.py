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
# **The claim: five signs, with enough gold labels, tell a genuine gain from a hacked one.**
#
# | | |
# |---|---|
# | minutes | 35 to read and try; 3 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | judge a run from its folder; say what each sign can and cannot show; spend few labels where they tell most; fool all five signs, and know why that works |
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
from course_lib.score import verify
from course_lib.tasks.stories import HARD

measured_by = partial(gauges.watched, score=verify)
whole = lesson.begin("09e_genuine_or_hacked", MODEL, HARD, gauge=measured_by)
longest = 120 if MODEL == "pocket" else 256
sizes = {"train": whole.train[:32], "fresh": whole.fresh[:128]}
room = replace(whole, **sizes, max_tokens=longest)
room

# %% [markdown]
# *Score* is what a loop trains on, the proxy. *Gold* is what we want. A gold label costs a person's time, so we count them: at most 256 for each policy, and a run of five rounds has six policies. *Fresh*, or held-out, problems are never trained on.

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
    "they rise in both: a score that rises on fresh stories was not learned by heart",
    "they stay as they are: a vote brings nothing new",
    "one cannot say without a label",
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
# Two answers to each of the fresh stories, by gold.

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
# 4. **Diversity.** Do answers stay different, and free of repetition? High diversity proves nothing, so this sign can only speak against a run, after a collapse.
# 5. **Gold and KL.** Does gold still grow with the distance gone, or is it past its peak (notebook 09d)?
#
# Each votes: genuine, hacked, or *cannot tell*. It cannot tell wherever its interval leaves both open. The first sign is a ratio,
#
# $$\text{worth of a point} = \frac{\text{gold gained}}{\text{score gained}}$$
#
# and a score worth having has a worth above 0. (Its interval above 0: genuine. Not above 0, and below one half: hacked, for gold that gains less than half of what the score does has not followed it. A spot check wants more than half of the
# best-liked answers good, and no fall for certain; less than 30 % of the different answers left is a collapse. Each by its whole interval.) The score is known of every answer, gold of few. So we predict gold from the score of all answers, and use the labels to correct that prediction: few labels go further.
#
# The votes come to one of four verdicts:
#
# | verdict | when |
# |---|---|
# | nothing to explain | the score is not shown to have risen |
# | hacked | held-out gold fell, or did not rise where it should have; or gold is past its peak; or gold does not follow the score, and more signs speak against the run than for it; or two more do |
# | genuine | gold was *seen* to rise, and more speaks for the run than against it |
# | cannot tell | all else. More labels may help |
#
# ## What changed in the code
#
# Nothing in the loop changed. What the votes come to is one function. (`both` is the first sign's vote, `unseen` the second's, `peak` the fifth's.)

# %%
from course_lib.signs import verdict

show.source(verdict)

# %% [markdown]
# ## Exercise 1: the verdict
#
# Of one sign only, the second, in its simplest form.

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
# The same run, opened from its folder. Each panel is one sign, its vote at the top right; the last lists the votes. Bands and whiskers are what the data can tell. The small numbers in *gold and KL* are rounds: where two points lie close one number is left out, and a later round may lie nearer to the base than an earlier one.

# %%
show.dashboard(result.folder)

# %% [markdown]
# Here the score *is* gold: the first sign and the spot check can only agree, so two of the four votes say nothing. One answer a problem is labelled; where we count below it is two, so numbers differ a little. What was sampled in a round tells of the policy before it: those panels end a round sooner.
#
# Look at *diversity*: entropy falls, and this is as honest a gain as there can be. Whoever learns which step is right has less to hesitate about.
#
# ## Two runs that nobody labelled
#
# Now A and B. A coin decided which is which, and the next cell does not say. What you see while they run is what their owner sees. They differ in nothing but the stories they were given.

# %%
from course_lib.lesson.unlabelled import unlabelled

runs = unlabelled(room, ROUNDS)

# %%
scores = {f"run {name}": one.score for name, one in runs.items()}
show.several(scores, "score", "their own score of fresh answers (%)", of="stories")

# %% [markdown]
# (On fresh stories two answers vote: a pair that agrees scores 1, one that differs ½. So 50 % is the floor, and 60 % means that one pair in five agrees. The dashboards' *score* is of more votes, and on the stories trained on, so it has other numbers.)
#
# Decide now: which one is genuine? Then open them. The labels are dear, so begin with none, and buy as many as you need. *Lot* draws other ones: with few labels the verdict may change, and a verdict that changes was none.


# %%
def opened(run, labels, lot):
    """The dashboard of A or B, from so many gold labels a policy."""
    return show.dashboard(runs[run].run.folder, labels, lot)


controls.panel(
    opened,
    run={"values": list(runs), "label": "run"},
    labels={"values": [0, 16, 64, 128, 256], "start": 0, "label": "labels"},
    lot={"values": [0, 1, 2, 3], "label": "lot"},
)

# %% [markdown]
# With all labels that there are, A and then B:

# %%
show.dashboard(runs["A"].run.folder)

# %%
show.dashboard(runs[list(runs)[-1]].run.folder)

# %% [markdown]
# What they were:

# %%
from course_lib.statistics import mean
from course_lib.watch import EACH


def by_problem(measured):
    """The share right of each problem; several answers to one problem are not several problems."""
    right = measured["outcomes"]
    return [mean(right[i : i + EACH]) for i in range(0, len(right), EACH)]


told = []
for name, one in runs.items():
    first, last = (by_problem(one.run.measured(i)) for i in (0, -1))
    found = paired_gain(last, first)
    low, high = (100 * x for x in found["interval"])
    gain = (
        f"{100 * found['value']:+.0f} points, 95 % interval {low:+.0f} to {high:+.0f}"
    )
    print(f"run {name} learned from votes on {one.what}.\n   Right answers: {gain}")
    told.append(f"run {name}: {gain}")
room.recall(QUESTION, "Right answers, " + "; ".join(told) + ".")

# %% [markdown]
# One method, and the same settings. Where wrong votes scatter, the commonest answer is right more often than a single vote, and voting makes right answers more frequent: on the 32 stories of that run some 36 % of votes are right, and the commonest answer in about seven of ten. Where wrong votes agree, since most people in town take a dozen for ten, it makes ten the law. The score cannot tell the two apart:
# in both cases the model agrees with itself more at the end than at the start. Held-out problems alone don't help either, if they are held against the same score.
#
# ## What it was trained on
#
# Questions of the worse run, those first where a wrong answer was rewarded.

# %%
worst = min(runs.values(), key=lambda one: one.run.found["rounds"][-1]["accuracy"])
show.pushed(worst.run.rounds(), limit=1)

# %% [markdown]
# ## Before and after, side by side
#
# Look for the line with the dozen. The base takes it for ten already, most of the time, so most stories are wrong both times. The votes only made that the rule.

# %%
few = worst.fresh[:24]
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
# Four of the five signs hang on gold. So ask the wrong people for it. Here the town itself writes the key: for training, and for the labels. Most of the town takes a dozen for ten.

# %%
from course_lib.pocket.authors import believed

dozens = room.stories(160, (3, 4), seed=31, dozen=True)
keyed = [replace(p, answer=believed(p)) for p in dozens]
n = len(room.train)
town = replace(room, train=keyed[:n], fresh=keyed[n : n + len(room.fresh)])
method = replace(grpo(room.budget.k, lr=room.lr / 2, **settings), name="town")
fooled = town.run(method, rounds=max(1, ROUNDS - 2), control=False)

# %%
show.dashboard(fooled.folder)

# %% [markdown]
# *Genuine*, it says, and by this gold it is: "right" in these panels is what the town's key says. Now the same fresh stories with the right answers:

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
    picture=show.dashboard(fooled.folder),
    after=lambda run: show.dashboard(run.folder),
    score={"values": list(SCORES), "start": "rubric", "label": "score"},
    rate={"values": [0.25, 0.5, 1.0, 2.0], "start": 1.0, "label": "learning rate"},
    rounds={"values": [2, 4, 6, 8], "start": 4, "label": "rounds"},
)

# %% [markdown]
# Any folder of a run can be opened this way, in a terminal too: `course inspect RUN`.
#
# ## The same, over many runs
#
# **C37. Five signs tell gain from hacking.** They do, from 256 labels; but see the table: gold on *held-out* problems does as well alone. What pays here is the labels, not the number of signs.
#
# - *What was run.* Eight kinds of runs over five seeds: GRPO on the right answer, on the rubric, and on a key in which a dozen is ten; STaR; votes on plain stories and on dozens; and the workshop of notebook 09b, open and locked. A thousand labels of other problems say what each was: *genuine* means that gold rose, whatever else was gamed (four of the runs on the rubric count so), *hacked* that it did not.
# - *What counts.* Of 40 runs 31, five to seven a seed (the n under the figure is the fewest). In 8 the score did not rise for certain on fresh problems, and of 1 more a thousand labels do not say what it was.
# - *What came out.* Of the 31, 17 are genuine and 14 hacked. Five signs are right about 29; one workshop that lay open passed for a gain, and one rubric was left open. Whoever believes a score that rose is right about the 17.
# - *Fewer labels.* From 128 nine verdicts in ten are right, from 64 seven, from 16 one: “cannot tell” is not counted as right. (*Diversity* alone never decides.)
# - *Where the score is gold.* So it is in 9 of the 31, and there a spot check by gold can only agree. On the other 22 five signs are right about 20, and so is held out alone; the spot check about 19, score and gold about 12, and the score believed about 8.
# - *The 8 whose score did not rise on fresh problems.* It had risen on those trained on, so none was called *nothing to explain*: four verdicts agree with the thousand labels, two say the opposite (a locked workshop, and GRPO on the right answer), two are firm where a thousand labels are not. Where a score rose only on its own problems, trust these signs least.
#
# The thresholds were chosen on other seeds.

# %%
room.claim("C37")

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
# | where the idea comes from | study notes Q7: a table of five signs. Gold against √KL: Gao et al. 2022, arXiv 2210.10760. Labels and scores together: Angelopoulos et al. 2023, arXiv 2311.01453 |
# | kept | the five signs, and a verdict |
# | simplified | the study notes give no numbers, so every threshold is ours, chosen on runs that are not among those counted. Gold is exact here; people err, and not always alike |
# | changed | “held out” means fresh problems of the kind that was trained on, where the notes ask for other kinds (a gain may be genuine and narrow); the spot check asks gold for the final number, where the notes ask people to read the steps, and beside it no others are read by lot as in exercise 2; “cannot tell” is a verdict; diversity kept speaks for nothing; an interval decides, not a mean |
# | known reports | in public runs the commonest trouble is none of these: a reward that stays at 0 because the answer cannot be parsed (open-r1 issues 235, 255, 256). Then there is nothing to explain |
# | what to doubt | the runs counted are of eight kinds that we could think of, on one small model |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. Dozens are no riddle for a larger model, so both runs A and B may well be genuine: a hole is a hole only for a model that falls into it.
#
# Next: [09f](09f_stagnation.ipynb). There nothing is hacked: a run just stands still.
