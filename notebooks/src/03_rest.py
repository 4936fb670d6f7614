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
# # ReST: sample again, or raise the bar?
#
# Drawing answers is the costly part of the loop. So far each set of answers was used for one training and then thrown away.
# ReST, *reinforced self-training*, draws once and trains several times, each time on better answers of the same set.
# **The claim: one set of answers, used again and again under a rising bar, goes further than it would under a low one.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | split the loop into Grow and Improve; choose a bar by what it leaves; say why it needs a reward with grades; tell when old answers have gone stale |
# | needs | notebooks 00 to 02 |

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

room = lesson.begin("03_rest", MODEL, task=TASK)
room

# %% [markdown]
# Two boxes are new and one is used in a new way. *Score* gives grades between 0 and 1. *Select* keeps what lies above a bar. *Train*
# runs several times on what was drawn once.

# %%
show.loop("score", "select", "train")

# %% [markdown]
# ## Predict first
#
# The answers are drawn once. Then the model is trained four times. In one copy the bar rises, so each training sees fewer and better
# answers. In the other the bar stays at the bottom, so all four see nearly everything.

# %%
QUESTION = "Four trainings on the same answers: should the bar rise, or stay low?"
room.predict(
    QUESTION,
    "rise: the last lessons are the best ones",
    "stay low: more to learn from",
    "it makes no difference",
)

# %% [markdown]
# ## Three problems
#
# The score is now a grade, a *reward*: the share of steps that hold, the final answer counting as one of them. One slip at the end of a
# long solution costs little. A slip at the start costs no more, if the steps after it hold.
#
# Look for a wrong answer in which no step is marked. How can that be? The hand-made answers below will show it.

# %%
from course_lib.score import graded
from course_lib.types import Turn

groups = graded(room.policy, room.answers(room.train[:3], k=4), Turn(0, 1))
show.answers(groups)

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
# 1. *Grow*: draw a set of answers from the model and give each a reward.
# 2. *Improve*: train on those whose reward lies above a bar, called τ (tau).
# 3. Raise τ and Improve again, with the same answers and the model you now have.
# 4. When the bar leaves too little, or the answers have grown old, Grow again.
# 5. Drawing is paid for once; training on what was drawn happens often.
#
# Training raises the log-probability of what is left above the bar:
#
# $$J(\theta) \;=\; \mathbb{E}_{(x, y) \,\sim\, \mathcal{D}}\big[\, \mathbf{1}[\,R(x, y) > \tau\,] \; \log \pi_\theta(y \mid x) \,\big]$$
#
# Here $\mathcal{D}$ is the set that Grow drew, $R$ the reward, and $\mathbf{1}[\dots]$ is 1 where the condition holds and 0 elsewhere. The
# set does not change while $\pi_\theta$ does. Training of this kind is called *offline*. *Online* training draws new answers at every step.

# %% [markdown]
# ## The new slot, by eye
#
# Five answers to one problem, written by hand. Ben should end with 39. Before you read the table: which answer deserves the second
# highest reward?

# %% tags=["nbval-check-output"]
from course_lib import Problem
from course_lib.score import right, step_share

STORY = (
    "Ben has 40 coins. He loses 6. Later he wins 5. How many coins does Ben have now?"
)
ben = Problem("ben", STORY, "39", 2, {"start": 40, "changes": [-6, 5]})
HAND_MADE = [
    "40-6=34\n34+5=39\n#### 39",
    "40-6=34\n34+5=38\n#### 38",
    "40-6=36\n36+5=39\n#### 39",
    "40+6=46\n46+5=51\n#### 51",
    "#### 39",
]
print("graded  0/1")
for text in HAND_MADE:
    print(f"{step_share(ben, text):6.2f}{right(ben, text):5.0f}  {text!r}")

# %% [markdown]
# The last names the right number and shows no step. The reward counts a final answer only where it repeats the last result, so it gets nothing.
#
# The fourth is where it fails. Ben *loses* six coins and the answer adds them. But both sums are true, and they use the story's numbers,
# so two steps of three hold. A wrong answer outranks the third, which is right by luck. A bar at 0.6 keeps it and trains on it.
#
# The reward is a stand-in for quality, and it has a hole. To see what gets through, we count answers that are *fully sound*: the answer is
# right and every step holds. Fully sound is the same as a reward of 1.

# %% [markdown]
# ## Exercise 1: the bar

# %%
from course_lib.check.rest import ex1, ex2

ex1

# %%
from course_lib import Example


def improve_set(groups, tau):
    """The examples of one Improve step."""
    ...


ex1.check(improve_set)

# %% [markdown]
# ## What changed in the code
#
# This is the reward. What you read is what runs.

# %%
show.source(step_share)

# %% [markdown]
# And the whole method beside the one of notebook 02. You know its filter already: `correct()` is `above(0.5)`, and `threshold(tau)` is
# `above(tau)`. Look at *train*: one fine-tuning for each bar.

# %%
from course_lib import rest, rft

settings = {"k": room.budget.k, "lr": room.lr, "max_tokens": room.max_tokens}
show.diff(rft(**settings), rest(**settings, cap=3))

# %% [markdown]
# ## How high should the bar be?
#
# These are recorded answers of the pocket model. Slide the bar to the right. Above, what stands left of it is lost. Below, the crosses
# tell how much is left, and the green diamonds how much of that is fully sound. What does each step to the right buy, and what does it cost?

# %%
from course_lib import controls
from course_lib.recordings import TEMPERATURES, recorded

controls.panel(
    lambda tau, temperature: show.threshold(recorded(temperature), tau),
    tau={"values": (0.0, 0.95, 0.05), "start": 0.6, "label": "τ"},
    temperature={"values": list(TEMPERATURES), "start": 1.0},
)

# %% [markdown]
# Now the same bar over two rewards at once. The right one is the checker of notebook 00, which says 0 or 1. Before you move the slider:
# what will happen on the right?

# %%
controls.panel(
    lambda tau: show.two_rewards(recorded(1.0), tau),
    tau={"values": (0.0, 0.95, 0.05), "start": 0.6, "label": "τ"},
)

# %% [markdown]
# Nothing at all. No reward lies between 0 and 1, so every τ from 0 to just under 1 is the same filter. With a 0/1 reward there is no bar to raise.
#
# Look once more at the left. With τ at 0 the graded reward keeps nearly everything, which is a *weaker* filter than the plain checker.
# Grades help only where the bar gets high enough.

# %% [markdown]
# ## The run, with its control
#
# One Grow and four Improve steps: τ is 0, 0.6, 0.8, 0.95. The first three answers of a problem that score above 0 enter; the bars then choose among these. The control keeps as many of each
# problem's answers at each bar, drawn at random.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(rest(**settings, cap=3), rounds=1)

# %%
result

# %% [markdown]
# With the pocket model the gain is small. Remember what the lowest bar lets in: nearly everything, right or wrong, so there the filter has
# hardly anything to choose. The same model, the same problems and the same K reached some ten points more in notebooks 00 and 02, with a plain
# checker. We come back to this.

# %% [markdown]
# ## What it cost, and what it trained on
#
# The cost of a Grow is counted in answers drawn. Online training would draw a new answer for every use. Each column below is one Improve step.
# Watch two things as τ rises: how sound the set is, and which stories drop out of it. (The recorded answers above are to other stories, so their shares differ.)

# %%
from course_lib.methods.rest import TAUS

drawn, kept = (
    result.rounds()[0] if result.rounds() else (room.answers(room.train[:8]), [])
)
show.improve_sets(drawn, kept, TAUS)

# %% [markdown]
# With the pocket model the last set is sound, and long stories are rare in it. At 0.6 the short ones still lose more, for there one slip costs a larger share. Near the top a single slip is too much, and long stories
# have more room for one. That is the price of a high bar.

# %% [markdown]
# ## The same answers, with the bar left low
#
# The answers are there, so another schedule costs no new ones. Four trainings again, now with τ at 0 each time. We compare
# rewards of greedy answers to the fresh stories.

# %%
from course_lib.rollout import greedy
from course_lib.statistics import paired_gain
from course_lib.train import improve_steps


def grades(policy):
    """The reward of the greedy answer to each fresh story."""
    answers = greedy(policy, [p.prompt for p in room.fresh], room.max_tokens)
    return [step_share(p, a.text) for p, a in zip(room.fresh, answers, strict=True)]


lowest = (TAUS[0],) * len(TAUS)
left_low = improve_steps(lowest, room.lr)(room.policy, kept, Turn(room.seed, 1))
gain = paired_gain(grades(result.policy), grades(left_low))
low, high = (100 * x for x in gain["interval"])
room.recall(
    QUESTION,
    f"mean reward, risen minus low: {100 * gain['value']:+.1f} points, "
    f"95 % interval {low:+.1f} to {high:+.1f}.",
)

# %% [markdown]
# And the bar at its top from the start? It leaves the fewest answers and the best. Trained on four times, at rates that fall as the others' do.
# Where will it stand? Now we count right answers, as notebooks 00 to 02 did.

# %%
highest = TAUS[-1:] * len(TAUS)
only_the_best = improve_steps(highest, room.lr)(room.policy, kept, Turn(room.seed, 1))
ladder = {
    "base": room.policy,
    "τ low four times": left_low,
    "τ rising": result.policy,
    "τ at its top": only_the_best,
}
stands = {
    name: accuracy(policy, room.fresh, room.max_tokens)
    for name, policy in ladder.items()
}
show.measured(
    stands, "Three schedules over the same answers, and the base", method="τ rising"
)

# %% [markdown]
# The stories are the same for all, so each difference has an interval of its own:

# %%
told = {name: found["outcomes"] for name, found in stands.items()}
for new, old in (("τ rising", "τ low four times"), ("τ at its top", "τ rising")):
    found = paired_gain(told[new], told[old])
    low, high = (100 * x for x in found["interval"])
    print(
        f"right, {new} minus {old}: {100 * found['value']:+.1f} points [{low:+.1f}, {high:+.1f}]"
    )

# %% [markdown]
# In ours both intervals leave out 0: the rising bar beats the low one, and the top alone beats the rising one. So it is not the rise that helped, and the lower steps were no
# preparation. They were training on faulty answers. The paper's bars rest on a *learned* reward, which is never sure of the top.
#
# (What is not alike: a low bar trains on all examples four times, a rising one on ever fewer, the top on the fewest; the columns above tell how many. C09 below lets each step see as many.)
#
# ## The same, over five seeds
#
# One run may be luck. `make claims` repeats each experiment with five seeds on a thousand fresh problems.
#
# **C09. Raising τ over Improve steps helps**: the rising bar, against the bar left at its lowest.

# %%
room.claim("C09", gain)

# %% [markdown]
# Now the question of the title. You can pay for a fixed number of answers. Draw them all at once and Improve four times? Or draw a quarter,
# Improve once, and draw the next quarter from the better model? Decide before you look.
#
# **C10. Grow rarely, Improve often**: one Grow with four Improve steps, against four Grows of a quarter with one step each.

# %%
room.claim("C10")

# %% [markdown]
# An interval that holds 0 is a result too: at this size neither wins. C10's claim is not shown, nor is its opposite. What remains is
# a matter of cost: one long drawing is simpler to run than four short ones. That it costs a third of a point is not excluded; the rising bar
# brought 0.8 over five seeds.

# %% [markdown]
# ## Before and after, side by side
#
# One answer each, drawn at T = 1, where the figures above count the most likely one: so fewer are right.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after ReST"),
)

# %% [markdown]
# What did it learn from? Examples with a wrong step stand first: a low bar let them in.

# %%
show.lineage(result.rounds(), limit=5)

# %% [markdown]
# ## Break it: the task drifts
#
# Offline training trusts that the set still describes the task. Let us break that. Grow happens on stories of four and five steps, and two
# Improve steps follow. Then the world changes: from now on stories have six and seven steps. This is called *drift*.

# %%
from course_lib.rollout import samples
from course_lib.select import threshold


def grow(policy, problems, turn):
    """Draw, grade, and leave out only what has no reward at all."""
    groups = samples(room.budget.k, max_tokens=room.max_tokens)(policy, problems, turn)
    return threshold(TAUS[0])(graded(policy, groups, turn), turn)


n = len(room.train) // 2
short, long = room.stories(n, (4, 5), seed=2), room.stories(n, (6, 7), seed=3)
first, second = Turn(room.seed, 1), Turn(room.seed, 2)
k, fresh = room.budget.k, room.budget.fresh // 2
room.tell("this section", answers=3 * k * n + 4 * fresh, learned=2 * k * n + 24 * n)
old = grow(room.policy, short, first)
halfway = improve_steps(TAUS[:2], room.lr)(room.policy, old, first)
last_two = improve_steps(TAUS[2:], lr=room.lr * 0.7**2, seen=4 * n)  # however few pass
print(f"{len(old)} examples from the short stories; two Improve steps done")

# %% [markdown]
# Three ways to go on, each with the last two Improve steps. One raises the bar further on the answers it has. One pays for a new Grow, but
# on the short stories it knows. One pays for a new Grow on the long ones. Which will be best on long stories? And is it the
# *newness* of the answers that counts, or what they are about?

# %%
again, new = grow(halfway, short, second), grow(halfway, long, second)
ways = {
    "old answers, used again": old,
    "new Grow, short stories": again,
    "new Grow, long stories": new,
}
later = room.stories(fresh, (6, 7), seed=4)
found = {"at the drift": accuracy(halfway, later, room.max_tokens)}
for name, data in ways.items():
    found[name] = accuracy(last_two(halfway, data, second), later, room.max_tokens)
show.measured(found, "Stories of six and seven steps, after the drift")

# %% [markdown]
# Do the whiskers lie apart? The problems are the same for all, so a difference has an interval of its own. The one between the two new
# Grows is the open disc "here, now" below, beside five runs of the same experiment. It may hold 0 where they together do not: 300 problems and one training are few.
#
# **C11. Offline data goes stale when the task drifts**: a new Grow on the long stories, against one on the stories from before. The table:
# the new Grow on long stories, against the old answers. Between the old answers and a new Grow on short stories lies newness alone. In a single run it may
# help or harm, as your figure above may show. Over five seeds 32.7 % were right with the old answers, 30.1 with new ones to stories as short, and 31.2 at the drift, before any of it. Whether age alone matters is not settled by this; that other stories matter is. For the sentence as it stands, old data against new, the table's +2.9 is the number, and not the +5.5 of the figure.

# %%
arms = (
    found[name]["outcomes"]
    for name in ("new Grow, long stories", "new Grow, short stories")
)
room.claim("C11", paired_gain(*arms))

# %% [markdown]
# In theory answers grow old even if the task stands still: the mistakes of the model as it is are not among them, so no reward ever marks
# them. Over five seeds this experiment does not show it.
#
# Try your own schedule. Would one training at the highest bar do as well as all four?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
SCHEDULES = {"rising": TAUS, "rising to 0.8": TAUS[:3], "only the highest": TAUS[-1:]}
room.play(
    lambda bar, k, schedule: rest(
        **{**settings, "k": k}, taus=SCHEDULES[schedule], cap=3, bar=bar
    ),
    picture=result,
    k={"values": [2, 4, 8, 16], "start": 4, "label": "K"},
    schedule={"values": list(SCHEDULES), "label": "bar"},
)

# %% [markdown]
# ## Exercise 2: a reward that keeps its meaning

# %%
ex2

# %%
from course_lib.asks import read_score


def rewards(replies):
    """A reward from 0 to 1 for each reply of a grader, None where it gave no score."""
    points = [read_score(reply) or -1 for reply in replies]
    low, high = min(points), max(points)
    return [(p - low) / (high - low) for p in points]


ex2.check(rewards)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("rest")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Gulcehre et al. 2023, arXiv 2308.08998, §3; no official code was found |
# | kept | Grow, then Improve steps under a rising τ; a falling learning rate; training goes on from the last step; plain imitation, the paper's best loss |
# | simplified | an exact reward for stories, where the paper learns a reward model for translations; four bars where it has six (0, 0.7, 0.8, 0.9, 0.95, 0.99), since a short solution has few grades; K samples at T = 1; at most three answers a problem; LoRA |
# | known reports | mean reward on IWSLT 2014 (arXiv 2308.08998, table 1): imitation 70.9, one Grow with four Improve steps 77.8, two Grows with three 83.1, online PPO 71.6. Human raters did not rank the methods as the rewards did |
# | its sibling | ReST-EM (arXiv 2312.06585) has a 0/1 reward, so no bar: it Grows anew each round and trains from the base |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "gsm8k"` at the top and run all. There a step is any calculation in the
# text. With stories only lines such as `3+4=7` count, and a model that writes sentences between them gets low grades. The drift at the end
# needs stories and keeps them. From the command line:
#
# ```
# course rest --model Qwen/Qwen2.5-0.5B-Instruct --problems gsm8k:512 --max-tokens 320 --lr 1e-4 --tau 0 0.6 0.8 0.95
# ```
#
# In all four notebooks the judge came from outside. Next: can the model grade itself? [04 · Self-Rewarding](04_self_rewarding.ipynb)
