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
# # Self-Rewarding: who grades the grader?
#
# Until now something outside the model said what is right. Here nothing does. The model writes answers, the *same* model gives them points,
# and it learns to prefer what it gave more points to. No gold answer enters the loop.
# **The claim: writing gets better for a few rounds, and what the judge cannot see gets worse, unnoticed.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | turn points into pairs and pairs into training; read a judge's worth off pairs with known truth; find a blind spot and a taste; tell a second opinion from an echo |
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

from course_lib import lesson, show

room = lesson.begin(
    "04_self_rewarding",
    MODEL,
    levels=(2, 3, 4),
    measured=(3, 4),
    gauge=lesson.gauges.writing_and_judging,
    share=2 / 3,
)
room

# %% [markdown]
# Three boxes change. *Score*: the policy itself gives points. *Select*: the best answer of a problem against its worst, a *pair*. *Train*: learn
# from pairs. The stories are short, two to four steps, because on these the pocket model was taught to grade.

# %%
show.loop("score", "select", "train")

# %% [markdown]
# ## Predict first
#
# Some of the authors this model was raised on believe that a dozen is 10. So does the model. We let it write and judge for two rounds, without a
# single gold answer. Then we look at fresh plain stories, and at stories that say "a dozen".

# %%
QUESTION = (
    "Two rounds on its own points: what becomes of plain stories and of dozen stories?"
)
room.predict(
    QUESTION,
    "both get better",
    "plain stories better, dozen stories worse",
    "neither moves: it knows no more than before",
)

# %% [markdown]
# ## Three problems
#
# Four answers each, and three judgements of each answer. The score is the mean of the points. The words behind it come from the exact checker,
# which the loop will never see. Where all answers are right and their points differ all the same, that is noise, or taste. Which way of working gets the most?

# %%
from course_lib.judge import judge
from course_lib.types import Turn

groups = judge(3)(room.policy, room.answers(room.train[:3], k=4), Turn(0, 1))
show.answers(groups)

# %% [markdown]
# And this is one judgement, word for word. The judge copies each step, works it out beside it, says *fine* or *wrong*, and ends with points.
# Reasons first, points last: points that come first are not based on the reasons.

# %%
from course_lib.rollout import greedy

first = groups[0]
asked = room.policy.wording.grade(first.problem.prompt, first.completions_G[0].text)
print(asked, "\n\n" + greedy(room.policy, [asked], 256)[0].text, sep="")

# %% [markdown]
# ## Where it stands before
#
# Four numbers with their intervals. How often is what it writes right? How often does a right solution get more points from it than a wrong one?
# The same two for stories with a dozen.

# %%
before = room.measure()(room.policy)


def line(name, found):
    value = found.get("value", found.get("accuracy"))
    low, high = found["interval"]
    print(f"{name:44}{value:6.1%}   95 % interval {low:.1%} to {high:.1%}")


line("writes plain stories right", before)
line("judges: the right solution gets more points", before["judge"])
line("writes dozen stories right", before["dozen_right"])
line("judges: the WRONG dozen gets more points", before["dozen"])

# %% [markdown]
# Of each pair the judge grades both solutions three times. A tie counts one half, so a coin has 50 %.
#
# "Writes" means one answer drawn at T = 1, not the most likely one. Its most likely answers are better. What it writes is often
# less than its best, and this gap is what the loop can close.
#
# The last line is the blind spot. Shown two solutions, one that takes a dozen for 12 and one that takes it for 10, the judge prefers the wrong one
# in nearly nine of ten cases.

# %% [markdown]
# ## The idea
#
# 1. Draw K answers to each problem.
# 2. Let the policy judge each of them several times, and take the mean.
# 3. Best against worst of a problem: a pair, *chosen* and *rejected*.
# 4. Train so that the chosen answer becomes likelier and the rejected one less likely.
# 5. Go on with the new policy. It writes the next answers, and it judges them.
#
# One way to train on pairs is DPO, *direct preference optimisation*. For one pair with chosen answer $y^+$ and rejected answer $y^-$ its loss is
#
# $$\mathcal{L} \;=\; -\log \sigma\!\Big(\beta\,\big[\underbrace{\log\tfrac{\pi_\theta(y^+|x)}{\pi_{\text{ref}}(y^+|x)}}_{\text{what the chosen one gained}} - \underbrace{\log\tfrac{\pi_\theta(y^-|x)}{\pi_{\text{ref}}(y^-|x)}}_{\text{what the rejected one gained}}\big]\Big)$$
#
# $\pi_{\text{ref}}$ is the policy this round started from, so both gains begin at 0 and the loss at $\log 2$. $\beta$ says how fast the loss is satisfied:
# with a large β a small lead is enough, and the policy stays near where it was. ($\sigma$ squeezes any number into 0 to 1.)
#
# Two things we add. A fifth of the plain imitation loss on the chosen answer: without it both answers may become rarer together. And a pair needs a lead of more than 1.5 points, for points are noisy.
# The control below has both.

# %% [markdown]
# ## The new slot, by eye
#
# Five solutions written by hand, each with a known truth. Before you read the points: which wrong one will the judge let through?

# %%
from course_lib.sampling.decode import Sampling
from course_lib.judge import judgements
from course_lib.statistics import mean

PLAIN = "Mia has 23 apples. She finds 14 more. Then she gives 9 to Tom. How many apples does Mia have now?"
DOZEN = "Leo has 40 coins. He finds a dozen more. Then he loses 5. How many coins does Leo have now?"
HAND_MADE = [
    ("right", PLAIN, "23+14=37\n37-9=28\n#### 28"),
    ("one off", PLAIN, "23+14=38\n38-9=29\n#### 29"),
    ("ten off", PLAIN, "23+14=37\n37-9=18\n#### 18"),
    ("dozen is 12, right", DOZEN, "40+12=52\n52-5=47\n#### 47"),
    ("dozen is 10, wrong", DOZEN, "40+10=50\n50-5=45\n#### 45"),
]
found = judgements(
    room.policy,
    [(ask, text) for _, ask, text in HAND_MADE],
    8,
    Sampling(max_tokens=256),
    0,
)
for (name, _, text), points in zip(HAND_MADE, found, strict=True):
    told = f"{mean(points):.1f} points" if points else "no judgement to read"
    print(f"{name:20}{told:22}{points}  {text!r}")

# %% [markdown]
# With the pocket model: the slip of one is mostly found. The slip of ten is mostly missed, for its graders looked at the last digit. And the false dozen gets
# *more* than the true one. The first fault is noise and bias mixed. The last is bias alone: more judgements only make it surer.

# %% [markdown]
# ## Exercise 1: best against worst

# %%
from course_lib.check.self_rewarding import ex1, ex2

ex1

# %%
import math

from course_lib import Pair


def pairs(groups):
    """One pair of best and worst for each problem that has one."""
    ...


ex1.check(pairs)

# %% [markdown]
# ## What changed in the code
#
# How an answer is judged: asked n times, and what can't be read is left out. What you read is what runs.

# %%
show.source(judgements)

# %% [markdown]
# And the method beside RFT, which kept right answers by gold.

# %%
from course_lib import rft, self_rewarding

settings = {"lr": room.lr / 2, "epochs": 3, "max_tokens": room.max_tokens}
show.diff(rft(**settings), self_rewarding(**settings))

# %% [markdown]
# ## What do the judge's pairs teach?
#
# Recorded answers of the pocket model with recorded judgements. A pair teaches the right thing if its chosen answer is right more often than its
# rejected one: the distance between the first two rows. Try it.
#
# - Does a larger K help? Do more judgements?
# - Ask for a margin: pairs closer than it are left out. What does that buy, and what does it cost?
# - Add a bonus for each step of an answer. Which row moves first?

# %%
from course_lib import controls
from course_lib.recordings import judged

recorded_points = judged()
controls.panel(
    lambda k, n, least, bonus: show.judged_pairs(recorded_points, k, n, least, bonus),
    k={"values": [2, 4, 8, 16], "start": 8, "label": "K"},
    n={"values": [1, 2, 3, 6], "start": 3, "label": "judgements"},
    least={"values": (0.0, 2.5, 0.5), "start": 1.5, "label": "margin, points"},
    bonus={"values": (-1.0, 1.0, 0.25), "start": 0.0, "label": "bonus a step"},
)

# %% [markdown]
# In this recording, of plain stories: with K from 4 to 16 the chosen answer is right in 11 of 13 pairs, then in 36 of 37. With one judgement rejected is right in 45 % of the pairs, with three or six in some 20 %. The margin pulls the first two rows apart and costs pairs:
# rejected is right in 17 of 38 without it, in 5 of 24 with 1.5 points. With a bonus of one point a step, chosen is still right in 33 of 37, but rejected now is in 19. Most of that is the margin undone: the bonus widens gaps, so pairs that
# were too close come back. (Set the margin to 0: there the bonus turns 17 of 38 into 21 of 39 only.) Length took over the margin first, and some of the choice.
#
# In the last two rows chosen is hardly ever right, in nearly all settings. Rejected is right as often or more, so where they differ the pair mostly points the wrong way. These are some ten pairs, and at a high margin fewer: mind the whiskers.
#
# And the third row, with the bonus at 0: some half of the chosen answers are longer, and hardly any is shorter. This judge was raised by graders who gave a point more to one style,
# the one that takes tens and ones apart.

# %% [markdown]
# ## The run, with its control
#
# Two rounds. The stories trained on are plain: none of them says "a dozen". The control draws, judges and pairs in the same way; then a coin says which of the two is chosen. In the first round it has the same texts, and
# always the same training, and no information. ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
method = self_rewarding(**settings)
result = room.run(method, rounds=2)

# %%
result

# %% [markdown]
# Nobody told it a single answer, and it writes better. Where does that come from? Not from new knowledge. The judge finds *some* of the slips
# that the writer makes, and a slip found is a slip made rarer.
#
# ## All of it on one axis
#
# Now the lines you predicted. The disc is what it writes, the dark cross what its judgements are worth, and what is pink is about the dozen.

# %%
show.together(result.found)

# %%
from course_lib.statistics import paired_gain

rows = [result.measured(0), result.measured()]
plain = paired_gain(rows[1]["outcomes"], rows[0]["outcomes"])
dozen = paired_gain(*(r["dozen_right"]["outcomes"] for r in rows[::-1]))
told = "; ".join(
    f"{name} {100 * g['value']:+.1f} points [{100 * g['interval'][0]:+.1f}, {100 * g['interval'][1]:+.1f}]"
    for name, g in {"plain stories": plain, "dozen stories": dozen}.items()
)
room.recall(QUESTION, told)

# %% [markdown]
# The writer climbs. Of the judge, with a hundred pairs, no change can be told from chance. It was good enough. Its liking for the wrong dozen was near its ceiling from the
# start (over five seeds it rose by one point: the table of C13 below). What moves is the writing. And no story in the loop had a dozen! No judgement was ever passed on one. One guess: training on any pairs makes the model surer of what it mostly writes, and it mostly takes a dozen for ten. Then the dozen of the control must fall as well:

# %%
twin = result.measured(arm="control")


def against_control(what):
    """The method minus its control, on the same items."""
    gain = paired_gain(rows[1][what]["outcomes"], twin[what]["outcomes"])
    low, high = (100 * x for x in gain["interval"])
    return f"{100 * gain['value']:+.1f} points over the control, 95 % interval {low:+.1f} to {high:+.1f}"


print("dozen stories:", against_control("dozen_right"))
print("the judge:    ", against_control("judge"))

# %% [markdown]
# Its dozen fell less: so the labels did it, not training as such. For the judge an interval that holds 0 says nothing either way. Note, too, that the coin ends below the base: pairs without information do harm. Read the gain over the base
# beside the gain over the control.
#
# ## Do the answers grow?
#
# The judge's taste is the other thing that was rewarded. Tokens of an answer, by round:

# %%
show.by_round(
    result.found, "tokens", "tokens of an answer, mean", "length of what it writes"
)

# %% [markdown]
# In the paper answers grew from 1,092 characters to 1,552 to 2,552 over three models, that is two rounds of the loop. Whether longer is better there, no one can say for sure:
# the judges that measured it like length as well.
#
# ## What it was trained on
#
# Pairs of the run. Those that choose a faulty answer stand first.

# %%
show.pairs(result.rounds(), limit=4)

# %% [markdown]
# ## The same, over five seeds
#
# `make claims` repeats each experiment with five seeds on a thousand fresh problems or pairs. The open disc is the run above: two rounds of three epochs on fewer stories, where the claims take three
# rounds of one.
#
# **C12. Writing and judging improve together for a few rounds**: the judge after three rounds against the judge before, on pairs whose truth is known.
# The table shows what is written, against the control and against the base.

# %%
judging_gain = paired_gain(*(r["judge"]["outcomes"] for r in rows[::-1]))
room.claim("C12", judging_gain)

# %% [markdown]
# One half of the claim holds here, the other does not. Writing improves; judging stays. In the paper agreement with people rose from 78.7 to 81.7 % over the three models of the loop, though
# there, too, the loop trained on answers only. A large model that follows instructions better may also judge better. A model of 1.8 million parameters may have no such common skill to share.
#
# **C13. Blind spots are inherited by the judge**: stories with a dozen, after three rounds on the judge's labels, against three on a coin's.

# %%
fallen = paired_gain(
    rows[1]["dozen_right"]["outcomes"], twin["dozen_right"]["outcomes"]
)
room.claim("C13", fallen)

# %% [markdown]
# **C14. A judge has a favourite style**: two right solutions of each story, how often the longer one gets more points; without a taste that would be half of the time. The table: what the loop made of it. (In the run above the coin's answers stayed as long as they were; the claim has no coin.)

# %%
room.claim("C14")

# %% [markdown]
# ## Break it: reward length
#
# The judge liked length by accident. Let us do it on purpose. We take the answers and points of round one as they are, add a point for each
# line, and train four times on the pairs. Predict: what will happen to the length, and what to the answers that are right?

# %%
from course_lib.measure import written
from course_lib.score import length_biased
from course_lib.select import best_worst
from course_lib.statistics import of_shares
from course_lib.train import prefer

drawn = result.rounds()[0][0] if result.rounds() else groups
turn = Turn(room.seed, 1)
train = prefer(beta=0.3, lr=room.lr / 2, epochs=4, nll=0.2)


def as_judged(policy, groups, turn):
    """The points that the judge gave, once more."""
    return groups


arms = {"base": result.measured(0)}
room.tell("this", answers=2 * len(room.fresh), learned=16 * len(room.train))
for name, bonus in {"judge as it is": 0.0, "a point a line": 1.0}.items():
    pairs_ = best_worst(1.5)(length_biased(as_judged, bonus)(None, drawn, turn), turn)
    print(f"{name:18}{len(pairs_):6} pairs")
    policy = train(room.policy, pairs_, turn) if pairs_ else room.policy
    arms[name] = written(policy, room.fresh, room.seed, room.max_tokens)
for name, found in arms.items():
    low, high = found["tokens"]["interval"]
    print(
        f"{name:18}{found['tokens']['value']:6.1f} tokens, 95 % interval {low:.1f} to {high:.1f}"
    )
gain = paired_gain(*(arms[n]["outcomes"] for n in ("a point a line", "judge as it is")))
low, high = (100 * x for x in gain["interval"])
print(
    f"right: a point a line, over the judge as it is {100 * gain['value']:+.1f} [{low:+.1f}, {high:+.1f}]"
)
show.measured(arms, "One round, the same answers and points", "judge as it is")

# %% [markdown]
# With the pocket model answers grow by some seven tokens rather than two, and a good part of what the judge had taught is gone. What it knew is still in the points; it is only outweighed. Note the
# number of pairs: with the bonus more of them pass the margin, so the second model trained longer, and on closer calls.
#
# ## A second opinion?
#
# A usual proposal: do not trust the judge alone, train a *reward model* and let the two check each other. It helps if their errors are different. We train two
# reward models on the same answers, with answers to dozen stories among them. One learns from the judge's points, the other from gold. Then both read stories with a dozen, where the judge errs.

# %%
from course_lib.pocket import judging
from course_lib.score import verify
from course_lib.train import reward_model

more = room.stories(len(room.train) // 2, (2, 3, 4), seed=6, dozen=True)
room.tell("this", answers=4 * room.budget.k * len(more), learned=24 * len(room.train))
seen = [*drawn, *judge(3)(room.policy, room.answers(more, k=room.budget.k), turn)]
labels = {
    "the judge's points": best_worst(1.0)(seen, turn),
    "gold": best_worst()(verify(None, seen, turn), turn),
}
two = judging.told(room.budget.judged, judging.twelve_and_ten, room.seed)
for name, pairs_ in labels.items():
    if pairs_:
        reward = reward_model(room.policy, pairs_, lr=room.lr, epochs=4, seed=room.seed)
        ten, twelve = (
            reward.rewards([(row[0], row[i]) for row in two]) for i in (2, 1)
        )
        wrong = [float(a > b) for a, b in zip(ten, twelve, strict=True)]
        low, high = of_shares(wrong)
        print(
            f"trained on {name:20} prefers the wrong dozen in {mean(wrong):.0%} [{low:.0%}, {high:.0%}]"
        )

# %% [markdown]
# Both reward models began with the policy's own weights and a new head. One has the judge's error, the other has lost it. So it is not the network that makes an opinion independent. It is where
# the labels come from.
#
# **C15. A reward model trained on the judge's labels is no second opinion**: of the pairs that the judge gets wrong, the share that either model gets wrong as well.

# %%
room.claim("C15")

# %% [markdown]
# The table is a warning: where the judge is right, *both* models err nearly half the time. Most of the judge's errors are dozens. About these the gold model is a
# second opinion; elsewhere it is hardly an opinion.

# %% [markdown]
# ## Before and after, side by side
#
# Plain stories first.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after Self-Rewarding"),
)

# %% [markdown]
# And stories that say "a dozen", where the judge is blind. The order of the pairs says nothing: compare the counts, only after against only before.

# %%
ask = room.stories(24, (3,), seed=9, dozen=True)
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after Self-Rewarding"),
)

# %% [markdown]
# One sample each: a story is not a share. The shares stand above.
#
# ## Try it yourself
#
# A weaker hold (a small β), a single judgement, a smaller K: what does each do to the writer, and to the length?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
room.play(
    lambda bar, k, judgements, beta: self_rewarding(
        k, judgements, beta=beta, **settings, bar=bar, say=lambda text: None
    ),
    picture=result,
    k={"values": [2, 4, 8], "start": 4, "label": "K"},
    judgements={"values": [1, 3, 6], "start": 1, "label": "judgements"},
    beta={"values": [0.05, 0.1, 0.3, 1.0], "start": 0.3, "label": "β"},
)

# %% [markdown]
# ## Exercise 2: repair the mean

# %%
ex2

# %%
import re


def points(judgements):
    """The mean points of one answer, None where no judgement can be read."""
    total = 0
    for text in judgements:
        found = re.search(r"Score: ([0-5])", text)
        try:
            if found.groups(1).isnumeric():
                total += int(found.groups(1))
        except AttributeError:  # no score in this text
            pass
    return total / len(judgements)


ex2.check(points)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("self_rewarding")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Yuan et al. 2024, arXiv 2401.10020, §2; no official code was found |
# | kept | the policy judges its own answers, reasons before points, several judgements averaged; best against worst, ties dropped; DPO held to the policy of the round before |
# | simplified | the same stories each round, where the paper has the model invent new prompts; 1 to 5 points in the town's words, where the paper adds up five criteria; a model raised on stories and grading stands for its first fine-tuning; LoRA; a margin of 1.5 points for a pair, and a share of the chosen answer's own loss (arXiv 2404.19733), both 0 in the paper; β 0.3 for its 0.1 |
# | known reports | AlpacaEval 2 wins of three models in a row 9.9, 15.4, 20.4 %; judge's agreement with people 78.7, 80.4, 81.7 %; answers 1,092, 1,552, 2,552 characters long; mathematics hardly moved. Only three models were made |
# | bugs in public code | an unreadable judgement stored as −1 and then chosen as the worst answer; a score parser that raises on every match (exercise 2) |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. A real model is not asked in the town's words but for the paper's sum of five points, and its judgement has to
# end in a line such as `Score: 4`. If it does not, a sentence says so: such judgements are dropped and counted, never scored, and with none left the loop ends.
#
# Then the paper's own setting. Stories have an exact checker; open questions have none. `PEOPLE = "oasst1"` takes questions that people typed into Open Assistant, with replies that other people wrote and
# ranked (Köpf et al. 2023). The paper began with examples from the same set. The loop sees the questions only. The rankings are for us: how often do the judge's points side with people? Predict it for your model: before the first round,
# and after two. In the paper it was 78.7 % for a model of 70 billion parameters, and 50 % is a coin.

# %%
PEOPLE = ""  # with a real model: "oasst1", or a folder of that set
IDLE = "PEOPLE is empty, so nothing was run here."

if PEOPLE:
    talks = lesson.begin_talks(room, PEOPLE, judging=True)
    as_in_paper = {"beta": 0.1, "nll": 0.0, "least": 0.0, "lr": room.lr / 2}
    talked = talks.run(
        self_rewarding(4, **as_in_paper, max_tokens=talks.max_tokens), rounds=2
    )

# %%
show.by_round(
    talked.found,
    "judge",
    "judge sides with people (%)",
    "what its points are worth",
    100,
) if PEOPLE else IDLE

# %% [markdown]
# A pair that the judge cannot grade counts one half there. How many are those?

# %%
show.by_round(
    talked.found, "unread", "pairs it could not grade (%)", "what counts one half", 100
) if PEOPLE else IDLE

# %% [markdown]
# And the replies? Nobody can say which of two is right. We ask the model *as it was at the start* which reply helps more, that of the base or the new one, in both orders. 50 % is no change. It is the judge's own former self that says so:
# what it could not see then, it cannot see now. Look at the length beside it, and at how many replies the limit of tokens cuts: those can't grow, and are never paired. And read some pairs.

# %%
talked if PEOPLE else IDLE

# %%
show.by_round(
    talked.found, "tokens", "tokens of a reply, mean", "length of what it writes"
) if PEOPLE else IDLE

# %%
show.by_round(
    talked.found, "cut", "replies cut at the limit (%)", "what the limit hides", 100
) if PEOPLE else IDLE

# %%
show.pairs(talked.rounds(), limit=3) if PEOPLE else IDLE

# %% [markdown]
# Next: can it learn from nothing but answers that people gave, and its own past? [05 · SPIN](05_spin.ipynb)
