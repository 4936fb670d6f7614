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
# # SPIN: can you win against your own past?
#
# There are answers that people gave, and nothing else: no checker, no points, no preferences. SPIN, *self-play fine-tuning*, makes a game of them. The
# model learns to tell a person's answer from the one it wrote itself, a round ago. Then it becomes the opponent.
# **The claim: each round wins by less, and it moves toward the given answers, faults and all.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write the game's loss and say what it is at the start and at the end; see why the given answers are a ceiling; keep an opponent from losing by its length; say when to change to a verifier |
# | needs | notebooks 00, 02 and 04, whose loss (DPO) this is |

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
    "05_spin",
    MODEL,
    levels=(2, 3, 4),
    measured=(2, 3, 4),
    gauge=lesson.gauges.writing,
    share=4 / 3,
)
room

# %% [markdown]
# *Select* makes pairs of another kind: the given answer against the policy's own. *Train* is the loss of notebook 04. *Score* does nothing at all.

# %%
show.loop("select", "train")

# %% [markdown]
# ## Predict first
#
# The "people" of this notebook are a program of ours, so that we know what they do. They always work in the order of the story and never slip. With one exception: **one answer in ten is ten too
# high**, in its last step. The model will see each of them as the better answer of its pair.

# %%
QUESTION = "One given answer in ten is ten too high. After four rounds, what will the model write?"
room.predict(
    QUESTION,
    "it sees through the fault: nine in ten are right, so it learns what is right",
    "about one in ten of its answers will be ten too high",
    "some, but fewer than one in ten",
    "more than that: what is rare stands out and is learned first",
)

# %% [markdown]
# ## Three problems
#
# Three given answers, the first of them with the fault, and four that the model writes to each. The ticks are for you: the loop sees no tick and no score. Which differences could you see without
# them?

# %%
from course_lib.pocket.humans import given_answers, has_fault

given = given_answers(room.train, faults=0.1)
with_fault = [p for p in room.train if has_fault(p, given[p.id])][:1]
three = [*with_fault, *room.train[:3]][:3]
for problem in three:
    print(problem.prompt, given[problem.id], sep="\n", end="\n\n")
show.answers(room.answers(three, k=4))

# %% [markdown]
# ## Where it stands before
#
# What the model writes, one answer drawn for each fresh story. And what the given answers would score in the same test.

# %%
from course_lib.score import right
from course_lib.statistics import mean, wilson

before = room.measure()(room.policy)
people = given_answers(room.fresh, faults=0.1)
as_people = sum(right(p, people[p.id]) for p in room.fresh)
low, high = before["interval"]
print(
    f"the model:     {before['accuracy']:6.1%} right, 95 % interval {low:.1%} to {high:.1%}"
)
low, high = wilson(as_people, len(room.fresh))
print(
    f"given answers: {as_people / len(room.fresh):6.1%} right, 95 % interval {low:.1%} to {high:.1%}"
)

# %% [markdown]
# ## The idea
#
# 1. The policy of this round, the *opponent*, writes one answer to each problem.
# 2. Each pair is: the given answer, chosen; the opponent's answer, rejected. Nobody has to say which is better.
# 3. Train a copy to tell the two apart, with the opponent as reference.
# 4. The copy is the next opponent. Its answers are nearer to the given ones, so the next game is harder.
# 5. When the two cannot be told apart, there is nothing left to learn.
#
# $$\mathcal{L} \;=\; -\log \sigma\Big(\lambda\,\big[\log\tfrac{\pi_\theta(y_{\text{given}}|x)}{\pi_{t}(y_{\text{given}}|x)} - \log\tfrac{\pi_\theta(y_{\text{own}}|x)}{\pi_{t}(y_{\text{own}}|x)}\big]\Big), \qquad y_{\text{own}} \sim \pi_t(\cdot\,|\,x)$$
#
# It is the loss of DPO with λ for β. What is new is where the rejected answer comes from. At the start of every round both fractions are 1, so the loss is
# $\log 2 \approx 0.693$. If given and own answers come from the same distribution, no policy can do better than that on fresh pairs.

# %% [markdown]
# ## The new slot, by eye
#
# Five cases, each with what the given and the own answer gained, in *nats*: natural logarithms of a probability, so +0.7 is twice as likely. Which one has the highest loss?

# %% tags=["nbval-check-output"]
from course_lib.margin import preference_loss

for name, given_gain, own_gain in (
    ("nothing has changed", 0.0, 0.0),
    ("the given one gained", 2.0, 0.0),
    ("both lost, the own one more", -1.0, -3.0),
    ("both gained alike", 3.0, 3.0),
    ("told apart the wrong way", -1.0, 1.0),
):
    print(f"{name:30}{preference_loss(given_gain, own_gain, 0, 0, beta=1.0):.3f}")

# %% [markdown]
# Read the third line twice. Both answers have become *less* likely, the given one too, and the loss is as low as in the second. The loss sees only the
# difference. The fourth is where it says nothing: both have become likelier, and the loss is that of no change at all.

# %% [markdown]
# ## Exercise 1: the loss

# %%
from course_lib.check.spin import ex1, ex2

ex1

# %%
import math


def loss(human, own, human_before, own_before, beta):
    """-log sigmoid(beta * margin) of one pair."""
    ...


ex1.check(loss)

# %% [markdown]
# ## What changed in the code
#
# The method beside the one of notebook 04. No judge is asked, and *select* pairs with what was given. What you read is what runs.

# %%
from course_lib import self_rewarding, spin
from course_lib.select import against

settings = {"lr": room.lr, "max_tokens": room.max_tokens}
show.diff(self_rewarding(**settings), spin(given, **settings))

# %% [markdown]
# ## The run, with its control
#
# Four rounds. In the control a coin says which of the two is chosen: same pairs, no information about who wrote what.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(spin(given, **settings), rounds=4 if room.budget.rounds > 1 else 1)

# %%
result

# %% [markdown]
# Two differences, not one. The title compares with the control, and a control may fall: pushing one of two answers down by a coin does damage. What SPIN gained is counted from the base, the dotted line:

# %%
from course_lib.statistics import paired_gain


def told_gain(new, old):
    """The difference in what is right, with its interval."""
    gain = paired_gain(new["outcomes"], old["outcomes"])
    low, high = (100 * x for x in gain["interval"])
    return f"{100 * gain['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"


print("over the base: ", told_gain(result.measured(), result.measured(0)))

# %% [markdown]
# Look at the path as well. With the pocket model two rounds gain some four points, and the fourth loses most or all of them again. Its pairs are few, and the fault is a large part of them. (On another processor, where
# sums round in another way, the fourth round did no harm: the end of a game is easily tipped.) Nine in ten given answers are right. Remember that number.
#
# ## The game, round by round
#
# We replay each round on fresh stories. The opponent writes, and we ask what the policy that was trained against it makes of both answers.
# Filled: what the given answers gained. Hatched: what the opponent's own gained. Stories where the opponent wrote the given answer word for word are left out; each panel says how many are left.

# %%
from itertools import pairwise

from course_lib.margin import game

policies = [room.policy, *result.policies()]
some = room.fresh[:200]
given_there = given_answers(some, faults=0.1)
rounds = [
    game(after, opponent, some, given_there, room.seed)
    for opponent, after in pairwise(policies)
]
show.games(rounds, room.seed) if rounds else "no round was finished"

# %% [markdown]
# Watch the two upright lines, the medians, from round to round: how far apart are they? How many stories are left, and in how many of them is the given answer ahead? And this is the loss on all of these fresh pairs:

# %%
show.losses(rounds, 1.0, room.seed) if rounds else "no round was finished"

# %% [markdown]
# Log 2 is the loss of one who cannot tell. The loss here counts all stories, and where both answers are the same it is log 2. So it rises for two reasons: more answers are the same, and those that differ
# are won by less. A loss above log 2 does *not* mean that more is told apart the wrong way than the right one: a few pairs lost by much outweigh many that are won by little. The share is in the panels above.
# (Medians, for a mean would be dragged by a few answers that fell by many nats; the bar at the left end holds all beyond.) At log 2 on fresh pairs there is nothing left to win,
# but training does not stop there: it still fits its own pairs, faults included. (On *training* pairs the loss always looks better: it was fitted to them.)
#
# Move β. It changes the loss of a margin, not the margin. With a tiny β every loss is near log 2 and says nothing about how far training has come.

# %%
from course_lib import controls

controls.panel(
    lambda round, beta: show.one_game(
        rounds or [game(room.policy, room.policy, some, given_there, 0)],
        round,
        beta,
        room.seed,
    ),
    round={
        "values": list(range(1, max(1, len(rounds)) + 1)),
        "start": 1,
        "label": "round",
    },
    beta={"values": [0.05, 0.1, 0.5, 1.0, 5.0], "start": 1.0, "label": "β (λ)"},
)

# %% [markdown]
# ## Faults and all
#
# One given answer in ten is ten too high. Here is the share of such answers among what each policy writes. Round 0 is not 0: ten too high is also a slip of its own.

# %%
from course_lib.rollout import samples
from course_lib.types import Turn


def faulty(policy):
    """For each fresh story 1 if it is answered ten too high, else 0."""
    drawn = samples(1, max_tokens=room.max_tokens)(
        policy, room.fresh, Turn(room.seed, 0)
    )
    return [int(has_fault(g.problem, g.completions_G[0].text)) for g in drawn]


def told_share(outcomes):
    """A share with its interval."""
    low, high = wilson(sum(outcomes), len(outcomes))
    return f"{mean(outcomes):5.1%}, 95 % interval {low:.1%} to {high:.1%}"


too_high = [faulty(policy) for policy in policies]
for number, outcomes in enumerate(too_high):
    print(f"round {number}: ten too high {told_share(outcomes)}")
change = paired_gain(too_high[-1], too_high[0])
low, high = (100 * x for x in change["interval"])
room.recall(
    QUESTION,
    f"ten too high {told_share(too_high[-1])}; since round 0 {100 * change['value']:+.1f} points, "
    f"95 % interval {low:+.1f} to {high:+.1f}.",
)

# %% [markdown]
# For two rounds the fault hardly moves. With the pocket model it stands at five in a hundred after three, and leaps to one in ten in the fourth. (On another processor it came to seven in a hundred; with smaller steps, over five
# seeds, to four: C17.) One in ten is where the game would end. And a small model cannot know *which* story gets the fault, for that is a coin. It can only learn how often.
#
# ## What it was trained on
#
# Pairs whose chosen answer is faulty stand first. To this loss they are as good as any.

# %%
show.pairs(result.rounds(), limit=3)

# %% [markdown]
# ## Is the game needed?
#
# Two other uses of pairs and given answers. The plain way is to *imitate* the given answers, as often as the rounds used them. And DPO on *true preferences* needs someone who knows
# what is right: of the model's own answers, a right one against a wrong one (with the settings of notebook 04).

# %%
from course_lib import Example
from course_lib.measure import written
from course_lib.select import best_worst
from course_lib.train import prefer, sft

told, n = [Example(p.prompt, given[p.id]) for p in room.train], len(room.train)
room.tell("this", answers=4 * n + 4 * len(room.fresh), learned=10 * n)
imitated = sft(room.policy, told, lr=room.lr, epochs=4, batch=32, seed=room.seed)
true_pairs = best_worst()(room.answers(room.train, k=4), Turn(room.seed, 1))
knowing = prefer(beta=0.3, lr=room.lr / 2, epochs=3, nll=0.2)
arms = {
    "base": room.policy,
    "imitation, four times": imitated,
    "SPIN, four rounds": result.policy,
    "DPO, true preferences": knowing(room.policy, true_pairs, Turn(room.seed, 1))
    if true_pairs
    else room.policy,
}
show.measured(
    {
        name: written(policy, room.fresh, room.seed, room.max_tokens)
        for name, policy in arms.items()
    },
    "Given answers, and someone who knows",
    method="SPIN, four rounds",
)

# %% [markdown]
# With the pocket model imitation is at least as good as the game, and cheaper. (Where it is far better, that is the fourth round's harm: over five seeds, with smaller steps, the two are level, C17.) The paper's case is another one: a model that was *already* fine-tuned on these answers, where more
# imitation brings nothing, and the game still does. Both lead to the given answers. True preferences aim elsewhere: their pairs say what is *better*, not what is *given*, and here they pass the line of
# nine in ten. They cost four answers a story, and someone who knows.
#
# ## The same, over five seeds
#
# The claims train at half the learning rate of the run above, on half as many stories again.
#
# **C16. SPIN's gains shrink from round to round**: what round one adds to the log-likelihood of fresh given answers, against what round four adds.

# %%
room.claim("C16")

# %% [markdown]
# And past the ceiling? From where SPIN has come to, one more round of another kind: draw, verify, and keep what is right, against as many kept at random.
#
# **C17. SPIN comes to its SFT data; a verifier goes on from there.** (*SFT*, supervised fine-tuning, is plain imitation; its data here are the given answers.) The verdict is about the verifier's round. That SPIN *comes to* its data is not tested: its accuracy is near theirs, but 4.2 % of its answers are ten too high, where the data have 10 %. The table holds the verifier's round against another round of SPIN and against the given answers; then SPIN against its base, its data, imitation, and data without a fault.

# %%
room.claim("C17")

# %% [markdown]
# ## Before and after, side by side
#
# The same stories, one answer each, asked of the base and of the model after the last round. Look at what is no longer right: is it wrong by ten too many?

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after SPIN"),
)

# %% [markdown]
# ## Break it: more faults
#
# SPIN never asks what is right. So let four given answers in ten be ten too high. Two rounds, and nothing else is changed. Predict: will it get better than
# the base, as the run above was after two rounds, because it still loses its slips?

# %%
from course_lib import improve

faulty_given = given_answers(room.train, faults=0.4)
room.tell("this", answers=2 * n + len(room.fresh), learned=4 * n)
worse, _ = improve(
    room.policy,
    room.train,
    spin(faulty_given, **settings),
    rounds=2,
    measure=lambda policy: {},
    seed=room.seed,
)
found = {
    "base": before,
    "given: 1 in 10 faulty": result.measured(min(2, len(policies) - 1)),
    "given: 4 in 10 faulty": written(worse, room.fresh, room.seed, room.max_tokens),
}
for name, policy in {
    "base": room.policy,
    "given 1 in 10": policies[min(2, len(policies) - 1)],
    "given 4 in 10": worse,
}.items():
    print(f"{name:14} ten too high {told_share(faulty(policy))}")
show.measured(found, "The same game, other given answers", "given: 1 in 10 faulty")

# %% [markdown]
# With the pocket model it falls far below where it began: more than one answer in five has the fault after two rounds. The game is the same. What it calls a win is not.
#
# ## An opponent that is cut short
#
# The authors' scripts let the opponent write 256 tokens, and many given answers are longer. An answer that is cut has no end. If it is stored as if it ended
# there, the game has a cheap way to be won: call whatever ends early "own". We give the opponent 24 tokens and keep its cut answers as if they had ended; beside it, an opponent that may
# finish. Both train on equally many pairs. Then we look at the loss twice: on the pairs trained on, and on whole fresh ones.

# %%
from dataclasses import replace

from course_lib.margin import margins
from course_lib.statistics import bootstrap


def ended(group):
    """The group with its answers marked as finished."""
    said = tuple(replace(c, finished=True) for c in group.completions_G)
    return replace(group, completions_G=said)


def told_loss(losses):
    """A mean loss with its interval."""
    low, high = bootstrap(losses)
    return f"{mean(losses):.3f} [{low:.3f}, {high:.3f}]"


turn = Turn(room.seed, 1)
opponents = {
    name: against(given)([ended(g) for g in draw(room.policy, room.train, turn)], turn)
    for name, draw in {
        "cut at 24 tokens": samples(1, max_tokens=24),
        "may finish": samples(1, max_tokens=room.max_tokens),
    }.items()
}
n = min(map(len, opponents.values()))
for name, pairs in opponents.items():
    policy = (
        prefer(beta=1.0, lr=room.lr)(room.policy, pairs[:n], turn) if n else room.policy
    )
    gained = margins(policy, room.policy, pairs[:n])
    own = [preference_loss(m, 0, 0, 0, beta=1.0) for m in gained] or [0.0]
    played = game(policy, room.policy, some, given_there, 0)
    fresh = [
        loss
        for loss, same in zip(played.losses(1.0), played.same, strict=True)
        if not same
    ]
    print(
        f"{name:18}{n:4} pairs   on them {told_loss(own)}   on {len(fresh)} whole fresh ones {told_loss(fresh or [0.0])}"
    )

# %% [markdown]
# With cut answers the loss on their own pairs is small, and little of that is left on whole pairs: something was learned that whole pairs do not have. (Pairs of equal answers are left out.) Where it ends is the likely thing. That this
# harmed the authors' runs is our inference; in the paper's code the cut is a fact.
#
# ## Try it yourself
#
# A colder opponent writes its best answers, and these are right nearly always. Is there more to learn from a good opponent or from a bad one?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
room.play(
    lambda bar, temperature, beta: spin(
        given, temperature, beta=beta, **settings, bar=bar
    ),
    picture=result,
    temperature={
        "values": [0.5, 0.8, 1.0, 1.3],
        "start": 0.5,
        "label": "opponent's temperature",
    },
    beta={"values": [0.1, 0.5, 1.0, 5.0], "start": 1.0, "label": "β (λ)"},
    rounds={"values": [1, 2, 4], "start": 2, "label": "rounds"},
)

# %% [markdown]
# ## Exercise 2: repair the pairs

# %%
ex2

# %%
from course_lib import Pair


def pairs(groups, given):
    """The given answer rather than the policy's own, for each problem."""
    made = []
    for group in groups:
        problem, own = group.problem, group.completions_G[0]
        made.append(
            Pair(problem.prompt, given[problem.id], own.text, problem.id, problem.level)
        )
    return made


ex2.check(pairs)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("spin")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Chen et al. 2024, arXiv 2401.01335, algorithm 1; official code `uclaml/SPIN` |
# | kept | one answer of the previous policy to each prompt; the logistic loss with that policy as the reference; no labels |
# | simplified | pairs of this round only, where the authors' scripts add those of the round before; four rounds of one epoch; λ = 1 where they have 0.1, and 5 in the last; Adam for RMSProp; LoRA; a base that was not fine-tuned on these answers before |
# | known reports | mean of six benchmarks by round 58.1, 60.8, 62.1, 63.0, 63.2 (first and last from the paper, the others second-hand): shrinking, but the authors' scripts also change learning rate, β and data from round to round. Readers could not reproduce more than one round (issue 36); the answer names a revision, Hugging Face generation instead of vLLM, six epochs, and data of two rounds |
# | against DPO | the loss is the same. DPO on true preferences learns which of two answers is *better*; SPIN learns which is *given*. With faulty given answers the two point in different directions |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. The given answers are the town's; the model has its own way to write, so the first
# rounds are about form: who writes `23+14=37` and who writes a sentence. That is easily told apart. Watch what it does to the share of right answers.
#
# Then a game as in the paper: questions that people typed, and replies that people gave. `PEOPLE = "oasst1"` takes those of Open Assistant (Köpf et al. 2023); given is the reply that people ranked first. Nobody can call a reply
# right, so another thing is measured: the model *as it was at the start* is asked which reply helps more, its own of that time or the new one, in both orders. 50 % is no change.
# Predict: an instruct model has been trained on better replies than these. What will it learn from people who typed theirs for nothing?

# %%
PEOPLE = ""  # with a real model: "oasst1", or a folder of that set
IDLE = "PEOPLE is empty, so nothing was run here."

if PEOPLE:
    talks = lesson.begin_talks(room, PEOPLE)
    by_people = {p.id: p.facts["given"] for p in [*talks.train, *talks.fresh]}
    as_in_paper = {"beta": 0.1, "lr": room.lr / 2, "max_tokens": talks.max_tokens}
    played = talks.run(spin(by_people, **as_in_paper), rounds=2)

# %%
played if PEOPLE else IDLE

# %% [markdown]
# The game on questions that nobody trained on, round by round. Replies that were cut at the limit are left out, as in training:

# %%
if PEOPLE:
    players = [talks.policy, *played.policies()]
    asked = talks.fresh[:100]
    talk_games = [
        game(after, opponent, asked, by_people, talks.seed, talks.max_tokens)
        for opponent, after in pairwise(players)
    ]
if PEOPLE and not talk_games:
    IDLE = "no round was finished"
show.games(talk_games, talks.seed, "questions") if PEOPLE and talk_games else IDLE

# %% [markdown]
# And the same given replies used in other ways: imitated as often, and as true preferences, the reply ranked first against the one ranked last. The last row is people themselves: their replies against the base's. If it lies below 50 %, the
# judge holds the ceiling of this game to be lower than the floor it started from.

# %%
from course_lib import Pair
from course_lib.constitution import preferences
from course_lib.measure import average
from course_lib.tasks.people import HELPFUL

if PEOPLE:
    shown = [Example(p.prompt, by_people[p.id]) for p in talks.train]
    ranked = [
        Pair(p.prompt, p.facts["given"], p.facts["worst"], p.id) for p in talks.train
    ]
    by_rank = prefer(beta=0.1, lr=room.lr / 2, epochs=2)
    measure, first = talks.measure(), talks.answers(talks.fresh, k=1)
    themselves = average(
        preferences(
            talks.policy,
            [
                (p.prompt, by_people[p.id], g.completions_G[0].text, HELPFUL)
                for p, g in zip(talks.fresh, first, strict=True)
            ],
        )
    )
    spun = f"SPIN, {len(players) - 1} rounds"
    talk_arms = {
        "base": measure(talks.policy),
        "imitation, twice": measure(
            sft(talks.policy, shown, lr=room.lr, epochs=2, batch=32, seed=talks.seed)
        ),
        spun: measure(players[-1]),
        "DPO, people's ranking": measure(
            by_rank(talks.policy, ranked, Turn(talks.seed, 1))
        ),
        "people themselves": themselves | {"accuracy": themselves["value"]},
    }
show.measured(talk_arms, "Replies to people's questions", spun) if PEOPLE else IDLE

# %% [markdown]
# Next: can a written rule take the place of a thousand labels? [06 · Constitutional AI](06_constitutional_ai.ipynb)
