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
# # TTRL: can it learn from an exam without the answers?
#
# Reinforcement learning needs a reward, and a reward needs someone who knows what is right. *TTRL*, test-time reinforcement learning, has nobody. It answers each question many times, calls the most frequent
# answer the label, and rewards agreement with it.
# **The claim: this raises the share of right answers, without one label.** For which questions, how far, and whether anything was *learned*, is what we look at.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write the vote and the policy gradient; say why a wrong label can give a right reward; tell learning from sharpening; name the controls without which such a result proves nothing |
# | needs | notebooks 00 and 06 |

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
TASK = "stories"  # with a real model also "gsm8k" or "math500"

from course_lib import lesson, show

room = lesson.begin_exam("08_ttrl", MODEL, task=TASK)
room

# %% [markdown]
# The exam: plain stories of five and six steps, and, one in five, stories that say "a dozen". *Score* is a vote. *Train* is the policy gradient of notebook 06. The figures measure on the exam itself; how many vote, and for how many rounds, is set below.

# %%
show.loop("score", "train")

# %% [markdown]
# ## Predict first
#
# We will count, by gold, what the method never sees: how many labels are right. Before training, the vote is right on about three plain stories in five, and on hardly any dozen story.

# %%
QUESTION = "Between a third and two fifths of the plain labels are wrong, and nearly all dozen labels are. What happens over the rounds?"
room.predict(
    QUESTION,
    "nothing: nobody told it anything it did not know",
    "plain stories rise, dozen stories fall",
    "both rise: it practises",
    "both fall: it learns from wrong labels",
)

# %% [markdown]
# ## Three problems
#
# Eight answers to each of three stories of the exam; the last says "a dozen". The marks are for you. What would a vote say?

# %%
three = [*room.train[:2], room.train[-1]]
drawn = room.answers(three, k=8)
show.answers(drawn, limit=24)

# %%
from course_lib.types import Turn
from course_lib.votes import consensus

turn = Turn(room.seed, 0)
for group in drawn:
    print(
        f"{group.problem.id:14} the vote says {consensus(group, turn)}; right is {group.problem.answer}"
    )

# %% [markdown]
# ## Where it stands before
#
# *pass@1* is the share of single answers that are right. The vote is of 16 answers of the model as it is, frozen: what one gets for the same samples, without any training. It is the line to cross.

# %%
before = room.measure()(room.policy)
for name, found in {
    "plain, pass@1": before["plain"],
    "plain, a vote of 16": before["vote"],
    "dozen, pass@1": before["blind"],
    "dozen, a vote of 16": before["blind"]["vote"],
}.items():
    low, high = found["interval"]
    print(f"{name:20}{found['value']:6.1%}   95 % interval {low:.1%} to {high:.1%}")

# %% [markdown]
# ## The idea
#
# 1. Draw M answers to each question of the exam.
# 2. The most frequent answer is the label. What cannot be read has no vote.
# 3. Of the M answers, G are trained on. Reward: 1 for those that agree with the label, 0 for the rest.
# 4. Policy gradient: an answer with more reward than the others *of its own question* becomes likelier, the rest less likely.
# 5. The new policy votes again.
#
# $$r_i = \mathbb{1}\big[a(y_i) = \mathrm{maj}(a(y_1), \dots, a(y_M))\big], \qquad A_i = r_i - \tfrac{1}{G}\textstyle\sum_j r_j, \qquad \nabla_\theta \approx \textstyle\sum_i A_i\, \nabla_\theta \log \pi_\theta(y_i \mid x)$$
#
# $x$ is the question, $y_i$ a whole text, $a(y_i)$ the number it ends in, $\mathrm{maj}$ the most frequent one, $r_i$ the reward and $A_i$ the *advantage*: how much more reward than its group got. $\pi_\theta$ is the policy with its weights $\theta$.
#
# Step 3 with a verifier in the vote's place is RLVR, *reinforcement learning from verifiable rewards*. Nothing else changes.
#
# This policy gradient, with the group's mean as its zero, is called *GRPO*. Two guards belong to it. The *ratio*, a token's probability now over the one it was sampled with, is *clipped* to 1 ± 0.2, so that no step goes
# far on old samples. And β weighs a KL: how differently the policy writes from a frozen reference.

# %% [markdown]
# ## The new slot, by eye
#
# Six answers to one question. Two give the right answer, 28; three agree on 27; one cannot be read. What does each get?

# %% tags=["nbval-check-output"]
from course_lib.train.policy_loss import centred
from course_lib.types import Completion, Group, Problem
from course_lib.votes import by_majority, vote_log

said = ["#### 28", "#### 27", "#### 28.0", "#### 27", "I do not know.", "#### 27"]
question = Problem("by-hand", "A question whose answer is 28", "28")
(scored,) = by_majority(None, [Group(question, tuple(map(Completion, said)))], turn)
for text, reward, advantage in zip(
    said, scored.scores_G, centred(scored.scores_G), strict=True
):
    print(f"{text:16} reward {reward:.0f}   advantage {advantage:+.2f}")

# %% [markdown]
# The label is wrong, and so are nearly all rewards. That is the failing case. But now a harder question: the right answer never comes, and the wrong ones scatter.

# %% tags=["nbval-check-output"]
scattered = ["#### 31", "#### 27", "#### 19", "#### 27", "#### 35", "#### 22"]
(lucky,) = by_majority(None, [Group(question, tuple(map(Completion, scattered)))], turn)
for name, hand in {"28 outvoted": scored, "scattered": lucky}.items():
    log = vote_log([hand], turn)
    print(
        f"{name:12} label right: {log['label_accuracy'][0]:.0%}   rewards right: {log['reward_accuracy'][0]:.0%}"
        f"   were all rewards 0: {log['zeros_accuracy'][0]:.0%}"
    )

# %% [markdown]
# The second label is wrong as well, and four of six rewards are right: these answers *are* wrong, and get 0. The paper calls it a *lucky hit*. When a model is unsure, few answers agree with a wrong label, so most
# rewards are as gold would have given them. When it is sure and wrong, as with the dozen, most are not.
#
# Beware of the number, though. Where nearly all answers are wrong, a reward of 0 for everyone is right nearly always: the last column. What a lucky hit pushes *down* is wrong; what it pushes *up* is wrong, too.
#
# And where nothing can be read there is no label, no reward, and no signal. It is counted.

# %% tags=["nbval-check-output"]
(silent,) = by_majority(
    None, [Group(question, (Completion("I do not know."),) * 4)], turn
)
log = vote_log([silent], turn)
print("label:", consensus(silent, turn), " rewards:", silent.scores_G)
print(
    "questions without a signal:", log["no_signal"], " unlabelled:", log["unlabelled"]
)

# %% [markdown]
# No gold answer is read. To be certain, erase them and score again.

# %%
from dataclasses import replace

erased = [replace(g, problem=replace(g.problem, answer=None)) for g in drawn]
same = [
    a.scores_G == b.scores_G
    for a, b in zip(
        by_majority(None, drawn, turn), by_majority(None, erased, turn), strict=True
    )
]
print("the same rewards without the answers:", all(same))

# %% [markdown]
# ## Exercise 1: a label without a label

# %%
from course_lib.check.ttrl import ex1, ex2

ex1

# %%
from course_lib.answers import parse_answer


def vote(texts):
    """The answer that most texts give, or None."""
    ...


ex1.check(vote)

# %% [markdown]
# ## What changed in the code
#
# RLVR beside TTRL. The verifier gives way to the vote; M of the answers vote, G are trained on.

# %%
from course_lib import grpo, ttrl

settings = {"lr": room.lr / 2, "max_tokens": room.max_tokens}
show.diff(grpo(**settings), ttrl(**settings))

# %% [markdown]
# And the gradient. One number for each token: up or down by the advantage, clipped, and a pull back to a reference where β asks for it.

# %%
from course_lib.train.policy_loss import kl, token_losses

show.source(token_losses)

# %%
show.source(kl)

# %% [markdown]
# ## How many votes?
#
# Recorded answers to 48 stories of three to six steps. Move M. What grows, the share of right labels or the share of right rewards, and how far is the latter from what zeros alone would score? Then make the model
# hotter. (G is how many are trained on, M at most. With few, all of them may have the same reward: no signal.)

# %%
from course_lib import controls
from course_lib.recordings import TEMPERATURES
from course_lib.recordings import recorded as recorded_stories

controls.panel(
    lambda m, g, temperature: show.votes_by_m(
        recorded_stories(temperature), m, min(g, m)
    ),
    m={"values": [2, 4, 8, 16, 32], "start": 16, "label": "M votes"},
    g={"values": [2, 4, 8], "start": 8, "label": "G trained on"},
    temperature={"values": list(TEMPERATURES), "start": 1.0, "label": "temperature"},
)

# %% [markdown]
# More votes make better labels, and both numbers grow. A hotter model scatters: from 0.8 to 1.3 ever fewer labels are right, and the rewards stay about as right. But their distance to zeros falls from some 60 points to 25: less is left to learn from. What scatters rarely agrees with a label, so it gets the 0 that most of it deserves.
#
# ## First with the answers
#
# RLVR, two rounds: an exact verifier gives the rewards. This is what a teacher could do with these questions.

# %%
TAUGHT, ROUNDS = (2, 4) if room.budget.rounds > 1 else (1, 1)
with_answers = room.run(grpo(**settings), rounds=TAUGHT, control=False)

# %% [markdown]
# Both kinds of stories rise, the dozen most of all: whoever is told the answers can unlearn a belief. (No control here: this is the teacher that the next run is compared with.)
#
# ## The run, with its control
#
# Now take the answers away. In the control the very same rewards are dealt out at random within each question: as many ones and zeros, no information.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(ttrl(**settings), rounds=ROUNDS)

# %% [markdown]
# Blue is what TTRL is for: it goes most of the way to the black line, the vote of the model it began with. Pink is what it costs. The twelve stories with a dozen are few; their intervals, printed below, are wide. C26 asks over five seeds. Nobody told the model anything.

# %%
from course_lib.statistics import paired_gain


def gain(name, new, old):
    """The paired difference of what was measured under a name, in words."""
    found = paired_gain(new[name]["outcomes"], old[name]["outcomes"])
    low, high = (100 * x for x in found["interval"])
    return (
        f"{100 * found['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
    )


first, after = result.measured(0), result.measured()
then, taught = result.measured(TAUGHT), with_answers.measured(TAUGHT)
print("plain, since the base:                      ", gain("plain", after, first))
if result.twin is not None:
    dealt = result.measured(arm="control")
    print("plain, over dealt-out rewards:              ", gain("plain", after, dealt))
    print("dozen, over dealt-out rewards:              ", gain("blind", after, dealt))
print("dozen, since the base:                      ", gain("blind", after, first))
if TASK != "stories":
    questions = [p for p in room.train if "dozen_at" not in p.facts]
    shares = (found["plain"]["outcomes"] for found in (first, after))
    print(lesson.by_level(questions, *shares))
print("dozen, two rounds of answers given:         ", gain("blind", taught, first))
print(
    "plain, after two rounds, over answers given:",
    gain("plain", then, taught),
)
room.recall(
    QUESTION,
    f"plain {gain('plain', after, first)}; dozen {gain('blind', after, first)}.",
)

# %% [markdown]
# ## What were the votes worth?
#
# By gold, which the method never saw, of the plain questions: the labels that are right, the rewards that are right, how many answers agree with the label, and the questions without a signal. (The labels of round 1 are the base's as well, from 16 answers drawn anew: how far they differ from the vote measured above is chance.)

# %%
from course_lib.lesson.gauges import is_dozen

plain_rounds = [
    ([g for g in groups if not is_dozen(g.problem)], kept)
    for groups, kept in result.rounds()
]
show.votes(
    plain_rounds, room.seed, 8, "plain questions"
) if plain_rounds else "no round ended"

# %% [markdown]
# Rewards (blue) are right more often than labels (black): the lucky hit. But hold blue against the orange dashes, what zeros alone would score: the distance between *these* two is the share of answers that are rewarded and right, less the share rewarded and wrong. Above 0, most of what is pushed up is right. It is no measure of what is learned, though: in C27 below one seed starts under 0 and gains nine points all the same. As answers come to agree, a
# wrong label has many followers, and blue comes nearer to black. And the black line: were labels to get better as the voters do, the first vote would be no ceiling. In this run they hardly move. C25 measures whether it is passed.
#
# ## Learned, or only sharpened?
#
# All fresh stories first, one answer each, beside the control. Then a few of them, 16 samples each: *pass@16* asks whether one of 16 is right, *maj@16* is a vote, and *entropy* is how much whole texts differ, working included, in nats.

# %%
for arm in ("method", "control") if result.twin else ("method",):
    rounds = (
        result.found["rounds"] if arm == "method" else result.found["control"]["rounds"]
    )
    shown = "; ".join(
        f"{r['accuracy']:.1%} [{r['interval'][0]:.1%}, {r['interval'][1]:.1%}]"
        for r in rounds
    )
    print(f"{arm:8} right by round, of {rounds[0]['n']}: {shown}")
print("\nn =", result.found["rounds"][0]["samples"] // 16, "fresh stories")
print(f"{'round':>5}{'pass@1':>9}{'pass@16':>9}{'maj@16':>9}{'entropy':>9}")
for row in result.found["rounds"]:
    print(
        f"{row['round']:>5}{row['pass_at_1']:>9.2f}{row['pass_at_16']:>9.2f}{row['maj_at_16']:>9.2f}{row['entropy']:>9.2f}"
    )

# %% [markdown]
# pass@1 comes most of the way to what a vote could do from the start (maj@16 of so few stories jumps about; C25 finds no gain of the vote), and entropy falls by about half. pass@16 stands at or near its top from the beginning, so it cannot say whether anything new was learned. C28 asks that on longer stories, with 64
# samples.
#
# ## What it was trained on
#
# Questions whose rewards differ, those first where a wrong answer was rewarded.

# %%
show.pushed(result.rounds(), limit=2)

# %% [markdown]
# ## The same, over five seeds
#
# C24, C25, C26 and C28: 96 plain stories and 32 with a dozen, eight rounds. C27 and C36 take four rounds, C27 with sixteen stories at a time: hence its smaller gain. 64 votes where it says so.
#
# **C24. TTRL improves without labels**: against rewards by a coin. The table adds the base, a reward for form, right answers as labels and a vote of the base among 16, on the same stories and on fresh ones.

# %%
room.claim("C24")

# %% [markdown]
# **C25. TTRL is not capped by the vote it begins with.** Here it is, after eight rounds: pass@1 comes past a vote of 16 by nothing to speak of (2.5 points, C24), and not up to one of 64. The paper reports that it is passed, by a larger
# model trained for longer.

# %%
room.claim("C25")

# %% [markdown]
# **C26. TTRL reinforces a wrong consensus.** The table: votes and coins, each against the base; fresh dozen stories; and what is right.

# %%
room.claim("C26")

# %% [markdown]
# **C27. TTRL is near-useless beyond reach**: sixteen stories of five and six steps, and sixteen of sixteen and eighteen steps, of which the base gets one answer in 130 right; each set trained on by itself, alike. All numbers are gains: the 0.0 in the table is the base's gain over itself.

# %%
room.claim("C27")

# %% [markdown]
# **C28. RL sharpens: pass@1 rises, pass@64 does not.** The figure compares the two gains, in points. Of stories of five and six steps 64 samples nearly always hold a right one, so pass@64 has no room to rise. The last four lines of the table are of stories
# of seven and eight steps, longer than any it trained on, where it has: there pass@64 falls from 72.5 to 39.6 %, and pass@1 does not rise.
#
# Is it the wrong labels? No: with right answers as labels it falls as far, to 42.7 %. And sharpening is not the word for it, as nothing is gained there. What training on some lengths costs on others, it costs with a perfect verifier too.

# %%
room.claim("C28")

# %% [markdown]
# One more claim belongs here. Instead of a verifier or a vote, rewards could come from a *judge*, as in notebook 04: the model as it was before, which grades from 1 to 5 and believes that a dozen is 10.
#
# **C36. A verifier is safer than a learned judge.** The table parts it into plain and dozen stories, and tells what training on the judge does to the judge's own points and to gold. (A judge's points differ in more groups than a verifier's, so it trains on more of them.)

# %%
room.claim("C36")

# %% [markdown]
# ## Before and after, side by side
#
# Every other question of the exam, one answer before and one after, by gold; one question in five says "a dozen". Where an answer is still not right: is it one that the votes rewarded above?

# %%
ask = room.train[::2]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after TTRL"),
)

# %% [markdown]
# ## Break it: an exam where most are wrong
#
# Only dozen stories, two rounds. Predict the share of answers that take the dozen for 10.

# %%
from course_lib import improve
from course_lib.statistics import mean, wilson
from course_lib.answers import parse_answer
from course_lib.pocket.authors import believed

blind = room.stories(len(room.train) // 2, (3, 4), seed=5, dozen=True)
room.tell(
    "this", answers=32 * len(blind) + 2 * len(room.train), learned=16 * len(blind)
)
certain, _ = improve(
    room.policy,
    blind,
    ttrl(**settings),
    rounds=2,
    measure=lambda policy: {},
    seed=room.seed,
)
other, said_ten = room.stories(len(room.train), (3, 4), seed=6, dozen=True), []
for name, policy in {"base": room.policy, "after TTRL": certain}.items():
    groups = room.answers(other, k=1, policy=policy)
    tens = [
        int(parse_answer(c.text) == believed(g.problem))
        for g in groups
        for c in g.completions_G
    ]
    low, high = wilson(sum(tens), len(tens))
    print(
        f"{name:11} takes the dozen for 10: {mean(tens):.1%}, 95 % interval {low:.1%} to {high:.1%}"
    )
    said_ten.append(tens)
found = paired_gain(*said_ten[::-1])
low, high = (100 * end for end in found["interval"])
print(
    f"the difference: {100 * found['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
)

# %% [markdown]
# And these are stories it was never trained on. A vote cannot tell a consensus from the truth.
#
# ## Four rewards, one loop
#
# Switch the reward. *A coin*: what still rises is not learned from the reward. *Form*: 1 for any answer that can be read. *Right answers*: what a verifier would do. On one well-known model a coin alone
# has been reported to give more than 15 points; without this control a gain proves nothing. (The button's own control deals out the same rewards at random: beside a coin, that is another coin. The black line is a vote of 16.)
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the vote's run from above, with its control.

# %%
from course_lib.score import coin, verify, well_formed

REWARDS = {
    "a vote": by_majority,
    "right answers": verify,
    "a coin": coin(),
    "form": well_formed,
}


def chosen(bar, reward, m, g, beta, temperature):
    """TTRL with this reward in the vote's place."""
    return ttrl(
        m,
        g,
        temperature,
        beta=beta,
        reference=room.policy,
        score=REWARDS[reward],
        **settings,
        bar=bar,
    )


room.play(
    chosen,
    picture=result,
    reward={"values": list(REWARDS), "start": "a coin", "label": "reward"},
    m={"values": [8, 16, 32], "start": 16, "label": "M votes"},
    g={"values": [4, 8], "start": 8, "label": "G trained on"},
    beta={"values": [0.0, 0.02, 0.1, 0.5], "start": 0.0, "label": "β"},
    temperature={"values": [0.6, 1.0, 1.3], "start": 1.0, "label": "temperature"},
    rounds={"values": [1, 2, 4], "start": 2, "label": "rounds"},
)

# %% [markdown]
# ## Exercise 2: repair the advantage

# %%
ex2


# %%
def advantages(groups):
    """Each score less the mean of its group."""
    scores = [score for group in groups for score in group]
    mean = sum(scores) / len(scores)
    return [[score - mean for score in group] for group in groups]


ex2.check(advantages)

# %% [markdown]
# ## Exercise 3: the sign of the KL

# %%
from course_lib.check.ttrl import ex3

ex3

# %%
import math


def loss(logp, sampled, reference, advantage, beta):
    """The loss of one token: a trainer makes it small."""
    ...


ex3.check(loss)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("ttrl")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | TTRL: Zuo et al. 2025, arXiv 2504.16084, code `PRIME-RL/TTRL`. GRPO: Shao et al. 2024, arXiv 2402.03300, §4 |
# | kept | M answers vote, G of them are trained on; reward for agreement with the majority; a clipped policy gradient with advantages centred in their group; no gold is read |
# | simplified | M = 16 and G = 8 where the paper has 64 and 32; advantages are not divided by the group's spread unless asked for (that favours questions where nearly all agree: Liu et al. 2025, arXiv 2503.20783); LoRA; a few rounds with several steps each |
# | unreadable answers | have no vote, get 0, and are counted. The public code leaves them out before voting and fails with an index error where none is left |
# | known reports | Qwen2.5-Math-7B on AIME 2024: 12.9 to 40.2 (the "+211 %" is relative to its own start), with labels 37 % right and rewards 92 % right. Qwen2.5-Math-1.5B gains less on hard questions (MATH-500 level 1: 25.9 to 71.2, level 5: 22.3 to 39.2); at low temperature it fails. Readers asked whether this is training on the test (issue 1), and for a vote without training beside it (issue 2): the dotted line above |
# | the control that must not be missing | Shao et al. 2025, arXiv 2506.10947: on Qwen2.5-Math-7B random rewards gave +21.4 points on MATH-500, right answers +29.1 (in another version 28.8); on Llama and OLMo random rewards gave about nothing |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "math500"` (or "gsm8k") at the top and run all. The plain questions are then those of MATH-500 whose answer is a plain number, and what they gain is told level by level; those with a dozen stay stories. With Qwen2.5 run the coin as well, and another family beside it: see the last row above.
#
# For many GPUs the same reward goes into TRL's own trainer, which samples, scores and trains by itself and can be started by `accelerate launch`:
#
# ```python
# from course_lib.train.grpo_trainer import grpo_trainer
# from course_lib.votes import by_majority
#
# policy = grpo_trainer(room.policy, room.train, by_majority, rounds=4, g=16, lr=room.lr / 2)
# ```
#
# There the answers that vote are the answers that are trained on, M = G: take no fewer than 16, or labels get worse.
#
# Next: what if the reward has a hole? Notebook 09 will make every loop fail on purpose.
