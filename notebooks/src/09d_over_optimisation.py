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
# # Over-optimisation: how much reward is too much?
#
# Where nobody can write a checker, one is *learned*: a reward model, from comparisons. It is right about most of what it has seen. Then a policy is optimised against it, and goes where it has not seen much.
# **The claim: the learned reward keeps rising, and what we want rises, peaks and falls.** For a policy gradient that is plain to see. For best-of-n it depends on the judge one happens to have, and over ten seeds it is not settled. It is not a law of nature: we will also see it fail to appear.
#
# | | |
# |---|---|
# | minutes | 40 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | measure best-of-n without bias; draw Gao's curves and find their peak; say what more labels, an ensemble and a KL penalty do about it, and what they cost; see a judge that reads every step be over-optimised as well |
# | needs | notebooks 08 and 09a |

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
from course_lib.pools import FEW, KINDS, LABELS, SHAPES, TASTES, Kind, pools
from course_lib.reward import rewarded
from course_lib.taste import fresh_not_strange, learned, tasted

room = lesson.begin_library("09d_over_optimisation", MODEL)
FULL = room.budget.rounds > 1

# %% [markdown]
# The town's passages again. Their readers have a taste. It is a program, so we can ask it as often as we like; Gao and others, whose experiment this is, use a large model for the same purpose. It is *gold*. The loop
# will not see it.

# %%
show.source(fresh_not_strange)

# %% [markdown]
# z says how rare the words of a passage are, in standard deviations. Readers like fresh words, up to z = 0.5, where liking is 0.25, the most there is. Three passages in ten are stranger than that, and they like them less again. A passage is worth about −1 on average, and what is no passage is worth −3. So little is the plainest tenth worth, too (z below −1.3), and would be one stranger than 2.3.

# %%
show.loop("score")

# %% [markdown]
# ## Predict first

# %%
QUESTION = "A reward model learns from 256 comparisons. Of n passages it chooses the best, and n grows from 1 to 512. What happens to what readers really like?"
room.predict(
    QUESTION,
    "it rises, ever more slowly: the best of many is never worse",
    "it rises, peaks and falls",
    "it stays: 256 comparisons teach nothing",
    "it falls from the start",
)

# %% [markdown]
# ## Three problems
#
# A passage has no question, so every draw is the same problem. Eight pools of 512 passages, written by the pocket model, are recorded. Of the first forty of one pool: the two that readers like most, and the two that
# they like least. Rare words are bold.

# %%
recorded = pools()
shown = sorted(recorded[0].texts[:40], key=fresh_not_strange)
show.passages({"liked most": shown[-2:], "liked least": shown[:2]})

# %% [markdown]
# ## Where it stands before

# %%
from course_lib.statistics import bootstrap, mean

gold = [g for pool in recorded for g in pool.gold()]
low, high = bootstrap(gold)
best = mean([max(pool.gold()) for pool in recorded])
print(f"gold of a passage: {mean(gold):.2f}, 95 % interval {low:.2f} to {high:.2f}")
print(f"gold of the best of 512, had gold itself chosen: {best:.2f}")

# %% [markdown]
# ## The idea
#
# 1. Show readers pairs of passages. Which one do you like better?
# 2. Train a reward model on their answers: it gives a number, higher for what was preferred.
# 3. Draw n passages and keep the one with the highest number. That is *best-of-n*: optimisation without any training of the policy.
# 4. How far from the policy does it go? Its KL is known: $\log n - (n-1)/n$ nats. We write $d = \sqrt{\mathrm{KL}}$.
# 5. Look at gold as d grows.
#
# Gao et al. measured two forms, one for best-of-n and one for a policy gradient:
#
# $$R_{\text{bon}}(d) = d\,(\alpha - \beta d), \qquad R_{\text{RL}}(d) = d\,(\alpha - \beta \log d)$$
#
# α says how much gold the first steps bring, β how much of it is lost on the way. The peaks lie at $\alpha / 2\beta$ and at $e^{\alpha/\beta - 1}$.
#
# ## By hand
#
# One would have to draw n passages many times. There is no need to. From N scored samples one can compute what the best of n is worth on average over *all* subsets, exactly. Here are four samples; the proxy likes the
# last one best, and gold the third.

# %% tags=["nbval-check-output"]
from course_lib.best_of_n import best_of_n, by_prompt, distance

for n in (1, 2, 3, 4):
    by_proxy = best_of_n([1, 2, 3, 4], [1, 2, 3, 4], n)
    by_gold = best_of_n([1, 2, 3, 4], [-2, 1, 3, 0], n)
    print(
        f"best of {n}: d = {distance(n):.2f}   proxy {by_proxy:.2f}   gold {by_gold:.2f}"
    )

# %% [markdown]
# ## Exercise 1: the best of n, without luck

# %%
from course_lib.check.overoptimisation import ex1, ex2

ex1


# %%
def best_of(proxy, gold, n):
    """Mean gold of the best of n by proxy, over all subsets of n samples."""
    ...


ex1.check(best_of)

# %% [markdown]
# ## Reward models
#
# Small networks, raised from nothing on comparisons alone. They differ in how much they saw and in their size. Every pool was scored by reward models of its own, so that chance shows in the intervals below.

# %%
show.source(learned)

# %% [markdown]
# ## How much is too much?
#
# The dashed line: had gold itself chosen. Move the number of labels, then the size. Then change the taste: readers who like a passage the better the rarer its words are, without limit.

# %%
from course_lib.gao import fit_intervals, from_start

NS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
DS = [distance(n) for n in NS]
SIZES = {f"{s.hidden} wide, {s.layers} deep": s for s in SHAPES}
USUAL = list(SIZES)[2]
UNITS = "gold (liking), proxy (standard deviations),\neach less its value at d = 0"


def best_by(proxies, taste):
    """Proxy and gold of the best of n in each pool, and Gao's form fitted to gold."""
    truth = [pool.gold(taste) for pool in recorded]
    golds = by_prompt(proxies, truth, NS)
    fitted = fit_intervals(DS, from_start(golds), "best-of-n", room.seed)
    return golds, by_prompt(proxies, proxies, NS), fitted, by_prompt(truth, truth, NS)


def curve(taste, labels, size):
    """Gao's picture for one reward model. Other sizes were raised on 256 labels and the first taste only."""
    asked = (
        Kind(taste, labels, SIZES[size]),
        Kind(taste, labels),
        Kind(taste, LABELS[-2]),
    )
    kind = next(k for k in asked if k in KINDS)
    judge = f"{kind.labels} labels, {kind.shape.hidden} wide, {kind.shape.layers} deep"
    golds, proxies, fitted, ideal = best_by([p.by(kind) for p in recorded], taste)
    return show.overoptimised(
        DS,
        golds,
        proxies,
        fitted,
        NS,
        title="" if kind == asked[0] else f"Not recorded; shown: {judge}",
        note=f"{judge}; {len(recorded)} pools",
        ylabel=UNITS,
        controls={"gold, had gold chosen": ideal},
    )


controls.panel(
    curve,
    taste={"values": list(TASTES), "label": "taste"},
    labels={"values": list(LABELS), "start": FEW, "label": "labels"},
    size={"values": list(SIZES), "start": USUAL, "label": "size"},
)

# %% [markdown]
# With 256 labels gold has risen by 0.4 at n = 4, and from there it falls, within a band that grows wide, while the proxy goes on rising. (Eight pools are few: the bands are Student's t, which counts that, but the whisker of the fitted peak is a bootstrap, and simulated it misses in more than ten of a hundred.) With 4,096 it stands still from n = 8 to 32 and ends higher, at +0.24 of liking (0.25 is the most there is); over the ten seeds of C34 it ends at −0.13. Now move *taste* to the other readers, for whom nothing can be too rare. With 1,024 labels there is
# no peak at all: over-optimisation is no law of nature. But with 256 there is one. Nothing is too rare for these readers; this judge misjudges which words are rare. (The star is the peak of the fitted form, which need not be where the curve itself is highest: the title names both.)
#
# ## What moves the peak


# %%
def fits(kinds):
    """What Gao's form says of each kind of reward model."""
    return {
        x: best_by([p.by(kind) for p in recorded], kind.taste)[2]
        for x, kind in kinds.items()
    }


show.peaks(
    fits({n: Kind(labels=n) for n in LABELS}),
    "labels the reward model saw",
    note=f"{len(recorded)} pools, each with judges of its own",
)

# %%
show.peaks(
    fits({s.hidden * s.layers: Kind(shape=s) for s in SHAPES}),
    "size of the reward model (width × depth)",
    note=f"{len(recorded)} pools, {FEW} labels",
)

# %% [markdown]
# In these pools more labels move the fitted peak out, from d = 1.2 to beyond the last d that 512 samples reach, though the intervals overlap over most of their length. A larger judge of as few labels moves it less, and within wide intervals. C34 below asks the same over ten seeds.
#
# ## Three judges, and the strictest counts
#
# Three reward models that saw the same comparisons and began from other weights. They agree where the comparisons said something, and differ elsewhere. Keep the passage whose *least* reward is highest.

# %%
together = [Kind(member=i) for i in range(3)]
golds, proxies, fitted, _ = best_by(
    [p.least(*together) for p in recorded], Kind().taste
)
alone = best_by([p.by(Kind()) for p in recorded], Kind().taste)[0]
show.overoptimised(
    DS,
    golds,
    proxies,
    fitted,
    NS,
    note=f"the least of three, {FEW} labels; {len(recorded)} pools",
    ylabel=UNITS,
    controls={"gold, one judge (control)": alone},
)

# %% [markdown]
# It looks like a cure. Do not take it home yet: the last point is a mean of eight passages, one for each pool, and over the ten seeds of C34 an ensemble gains nothing that shows (−0.02, and its interval reaches from −0.45 to +0.39).
#
# ## Exercise 2: an ensemble

# %%
ex2


# %%
def ensemble(scores):
    """The least that a member gives each answer, each in its own deviations."""
    ...


ex2.check(ensemble)

# %% [markdown]
# ## What changed in the code
#
# A policy gradient now, notebook 08's, rewarded by a reward model that we raise here.

# %%
from course_lib import grpo

ROUNDS = 8 if FULL else 1
room = replace(room, train=room.train[:32], fresh=room.fresh[:300])
SEEN = (64, 256, 1024) if FULL else (8, 16)
JUDGES = {
    f"{n} labels": rewarded(learned(room.policy, fresh_not_strange, n, seed=room.seed))
    for n in SEEN
}
SCORES = JUDGES | {"gold": tasted(fresh_not_strange)}
settings = {"lr": room.lr / 2, "max_tokens": room.max_tokens}


def against(name, **more):
    """GRPO rewarded by one of the scores, called by its name."""
    return replace(grpo(score=SCORES[name], **settings, **more), name=name)


judge = f"{SEEN[1]} labels"
show.diff(against("gold"), against(judge))

# %% [markdown]
# ## The run, with its control
#
# The reward model of 256 labels. In the control gold itself is the reward: as many samples, as many steps. After each round, on fresh passages: what the reward model says, what readers say, and how far the policy has gone.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
both = f"{gauges.LIKED}\nscore (standard deviations)"
pictured = partial(show.parted, gold="gold", ylabel=both, scale=1)
measured_by = partial(gauges.liked, taste=fresh_not_strange, by=SCORES)
room = replace(room, gauge=measured_by, live=pictured, end=pictured)
result = room.run(against(judge), rounds=ROUNDS, twin=against("gold"))

# %% [markdown]
# The judge's number rises, and stays up. Gold rises for a few rounds, and then it falls, not always evenly, and ends below where it began. The same gradient on gold itself ends above. Nothing in the score says when.

# %%
from course_lib.statistics import paired_gain

told = [result.measured(r) for r in range(len(result.found["rounds"]))]
first, after = told[0], told[-1]
top = max(told, key=lambda m: m["accuracy"])
low, high = after["interval"]
print(
    f"gold: {first['accuracy']:.2f} before, {top['accuracy']:.2f} at its best, {after['accuracy']:.2f} in the end, 95 % interval {low:.2f} to {high:.2f}"
)
fall = paired_gain(after["outcomes"], top["outcomes"])
low, high = fall["interval"]
print(
    f"in the end, against its best: {fall['value']:+.2f}, 95 % interval {low:+.2f} to {high:+.2f}"
)
golds = best_by([p.by(Kind()) for p in recorded], Kind().taste)[0]
columns = list(zip(*golds, strict=True))
bon = [mean(column) for column in columns]
top = bon.index(max(bon))
fall = paired_gain(columns[-1], columns[top])
low, high = fall["interval"]
room.recall(
    QUESTION,
    f"best of n, 256 labels: gold {bon[0]:.2f} at n = 1, {bon[top]:.2f} at n = {NS[top]}, {bon[-1]:.2f} at n = 512. From its best to 512, over "
    f"{len(golds)} pools: {fall['value']:+.2f}, 95 % interval {low:+.2f} to {high:+.2f} (the best was picked on the same pools, so this is "
    "a little too far). C34 below asks more of them.",
)

# %% [markdown]
# Against the distance, as Gao et al. draw it. One run has no interval over runs: here the bands are over passages, and the fitted peak is a rough guide. The rounds are numbered and joined in their order: where a line turns back, the policy had come nearer to its beginning again. In C35 below the runs are many.

# %%
columns = list(zip(*(m["gold"]["outcomes"] for m in told), strict=True))
proxied = list(zip(*(m["checks"][judge]["outcomes"] for m in told), strict=True))
away = [max(0.0, m["kl"]["value"]) ** 0.5 for m in told]
show.overoptimised(
    away,
    columns,
    proxied,
    fit_intervals(away, from_start(columns), "rl", room.seed) if FULL else None,
    note=f"{len(columns)} fresh passages, 1 run",
    ylabel=UNITS,
)

# %% [markdown]
# ## What it was trained on
#
# The passages that the reward model liked best, in the first round and in the last.

# %%
rounds = [groups for groups, _ in result.rounds()]


def liked_best(groups):
    """The three completions with the highest reward."""
    every = [
        (s, c.text)
        for g in groups
        for c, s in zip(g.completions_G, g.scores_G, strict=True)
    ]
    return [text for _, text in sorted(every)[-3:]]


show.passages(
    {"round 1": liked_best(rounds[0]), f"round {len(rounds)}": liked_best(rounds[-1])}
)

# %% [markdown]
# ## Before and after, side by side

# %%
from course_lib.variety import written

show.passages(
    {
        name: [c.text for c in written(policy, 3, room.seed)]
        for name, policy in {
            "before": room.policy,
            "after": result.policy,
            "gold's own": result.twin,
        }.items()
        if policy is not None
    }
)

# %% [markdown]
# ## Break it: a poor reward model and a strong β
#
# β here is another one than in Gao's form: the weight of a KL penalty, which holds the policy to where it began. Choose how many labels the reward model saw, and β. Predict first: does β make a poor reward model a good one?
# Press Run: the method runs, then its control, in which the same rewards are dealt out at random. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run above.


# %%
def chosen(bar, labels, beta):
    """GRPO against a reward model, held to the base by β."""
    return against(labels, beta=beta, reference=room.policy, bar=bar)


room.play(
    chosen,
    picture=result,
    labels={
        "values": list(JUDGES),
        "start": f"{SEEN[1]} labels",
        "label": "reward model",
    },
    beta={"values": [0.0, 0.05, 0.1, 0.3, 1.0], "start": 0.3, "label": "β"},
    rounds={"values": [2, 4, 8], "start": 4, "label": "rounds"},
)

# %% [markdown]
# ## A judge that reads every step
#
# Does it help if the judge reads the work, and not only the result? Back to stories with numbers, of five and six steps, where gold is simply the right answer. A *process reward model* gives every line the chance that it is right, and an
# answer's reward is the product of these chances. Its labels are faultless, for an exact checker gives them. But there are few: 128 answers with labelled lines, or 512.

# %%
from course_lib.score import verify
from course_lib.step_reward import by_steps, last, least, marked, product

show.source(by_steps)

# %% [markdown]
# A pool to choose from: 32 stories, 64 answers to each.

# %%
from course_lib.rollout import samples
from course_lib.tasks.stories import HARD
from course_lib.train import step_reward
from course_lib.types import Group, Turn

STORIES, MANY, ANSWERS = (32, 64, (128, 512)) if FULL else (2, 4, (8, 16))
desk = replace(room, max_tokens=160 if MODEL == "pocket" else 256)
pool = desk.answers(room.stories(STORIES, HARD, seed=41), k=MANY)

# %% [markdown]
# The answers that get labels are drawn hotter: at T = 1 one labelled line in eight is wrong, at T = 1.5 three in ten, and right ones teach little. Both judges see as many answers in all, repeats counted.

# %%
hot = samples(1, 1.5, max_tokens=desk.max_tokens)
others, turn = room.stories(ANSWERS[-1], HARD, seed=42), Turn(room.seed, 0)
labelled = marked(verify(room.policy, hot(room.policy, others, turn), turn))
how = {"lr": room.lr, "seed": room.seed}
judges = {
    n: step_reward(room.policy, labelled[:n], epochs=ANSWERS[-1] / n, **how)
    for n in ANSWERS
}
asked = [(g.problem.prompt, c.text) for g in pool for c in g.completions_G]
lines = {n: judge.steps(asked) for n, judge in judges.items()}

# %% [markdown]
# Two answers to one story as the judge of few labels reads them, a chance for each line. Which one is right?

# %%
mixed = next((g for g in pool if len(set(g.scores_G)) == 2), pool[0])
both_kinds = sorted({mixed.scores_G.index(s) for s in set(mixed.scores_G)})
print(mixed.problem.prompt, end="\n\n")
for place in both_kinds:
    said = mixed.completions_G[place].text
    (chances,) = judges[ANSWERS[0]].steps([(mixed.problem.prompt, said)])
    for line, chance in zip(said.split("\n"), chances, strict=False):
        print(f"{chance:6.2f}   {line}")
    print(f"{product(chances):6.2f}   product\n")

# %%
print("by gold:", *(f"{mixed.scores_G[place]:g}" for place in both_kinds))

# %% [markdown]
# Now let it choose the best of n. One control is chosen by gold itself. The other by lot: each different text has a random number. (That alone loses: right answers are few different texts, drawn often; wrong ones are many, each drawn once. Among many samples the highest lot mostly falls to a wrong one.)

# %%
import random

TO_64 = [n for n in NS if n <= MANY]
right = [list(g.scores_G) for g in pool]
lot = random.Random(room.seed)
drawn_for = {said: lot.random() for said in dict.fromkeys(asked)}


def in_rows(values):
    """One row for each story."""
    return [values[i : i + MANY] for i in range(0, len(values), MANY)]


def by_steps_of(reads, labels):
    """Gold of the best of n by a judge of steps, beside its own number."""
    how = {"product": product, "least step": least, "last step": last}[reads]
    proxy = in_rows([how(chances) for chances in lines[labels]])
    by_lot = in_rows([drawn_for[said] for said in asked])
    return show.overoptimised(
        [distance(n) for n in TO_64],
        by_prompt(proxy, right, TO_64),
        by_prompt(proxy, proxy, TO_64),
        ns=TO_64,
        note=f"{STORIES} stories, {labels} answers with labels",
        title="best of n by a judge of steps",
        ylabel="gold (share right), proxy (0 to 1),\neach less its value at n = 1",
        controls={
            "gold, chosen by gold": by_prompt(right, right, TO_64),
            "gold, a number by lot": by_prompt(by_lot, right, TO_64),
        },
    )


controls.panel(
    by_steps_of,
    reads={"values": ["product", "least step", "last step"], "label": "reward"},
    labels={"values": list(ANSWERS), "label": "answers with labels"},
)

# %% [markdown]
# Three stories in which the answer that it liked best is wrong, wrong steps marked:

# %%
firsts = in_rows([product(chances) for chances in lines[ANSWERS[0]]])
best = [
    Group(g.problem, (g.completions_G[i],), (g.scores_G[i],))
    for g, i in zip(pool, [row.index(max(row)) for row in firsts], strict=True)
]
show.answers([g for g in best if not g.scores_G[0]][:3] or best[:3])

# %% [markdown]
# Each step adds a factor below 1, so the product likes short answers: steps left out, two done in one. And with n samples there is always one whose errors the judge happens not to know.

# %% [markdown]
# ## The same, over five seeds, or ten
#
# **C34. The proxy rises while gold peaks.** Best of n, ten seeds, each with reward models of its own, of 256 labels. On average gold is lost between the best n and 512, and the
# interval includes 0: best-of-n is the mild way. Two judges of ten fall far (by 1.1 and 0.8 of liking), two a little, the others not, and nothing tells you beforehand which one you have. One thing shows: 4,096 labels instead of 64 bring 0.41 more gold at the largest n. Where the peak lies, by labels
# or by size, ten seeds do not settle, and neither what an ensemble brings: in the eight pools above it did well, and eight pools with one lot of judges each are few.

# %%
room.claim("C34")

# %% [markdown]
# **C35. A KL penalty keeps a poor reward model from doing harm.** (Its β is not that of Gao's curves.) The study notes this course grew from say that it trades gain for safety. Here it brings the safety, and its price does not show. Policy gradient, a poor judge of 256 labels and a good one of 1,024. Held by β = 0.1 the poor judge does 0.64 less harm. Free, it ends 0.47 below where it began, with the
# score rising all the while; held, 0.17 above. Holding back the good judge costs nothing to speak of either (0.09 better, with an interval that includes 0): after eight rounds it may be past its peak as well. Is it the KL, or only that the policy has gone less far? The free run, stopped when it had
# gone as far as the held one ends, is as good (0.06 better, with an interval that includes 0). So β does here what stopping does, without anyone having to look, as Gao et al. found. And a poor judge held back gains less
# than half of what gold itself would have brought: β is no substitute for labels.

# %%
room.claim("C35")

# %% [markdown]
# **C39. A process reward model can be over-optimised too.** 128 answers with labels; 32 stories of five and six steps. Between the best n, which is 2, and n = 128 answers that are right in every step fall from 32 % to 4 %, while the judge's
# number rises. The table: gold at its best n is hardly a gain over a single answer. At n = 128 neither another reading (the least step, the last), nor six times the labels, nor
# labels of outcomes, nor labels of cooler answers do surely better (their intervals include 0). A number dealt to each different text by lot falls as well, to 11 %: wrong texts are more various than right ones, so most of the fall is not the judge's doing. Its own part is 7.5 points, whose interval just leaves out 0, and by seeds alone includes it. An exact checker of steps gets all right. The cure is in the last two lines, in right answers: let all samples vote. Weighted by the judge's number a vote is 59 points more than the best
# of 128, and with no weight 8 more still: the judge adds nothing.

# %%
room.claim("C39")

# %% [markdown]
# ## What each cure costs
#
# | cure | what it does | what it costs |
# |---|---|---|
# | more labels | more gold at the largest n (C34); whether the peak moves out is not settled here | each label is a person's time; and what they bring does not come evenly: here most from 256 to 1,024 |
# | a larger reward model | reads what a small one cannot (a gain was not shown here: C34) | on few labels it learns their noise as well |
# | an ensemble | what one judge imagines, another does not (a gain was not shown here: C34) | as many models to train and to ask; what they all get wrong stays |
# | a vote in the place of the best | one rare answer that is over-rated decides nothing | as many samples; where most are wrong, the vote is |
# | KL β | the policy stays where the reward model knows its way | it stays there with a good reward model, too (here that cost nothing: C35). And it is no cure of a poor one: held back, it gains less than half of what gold brings |
# | stopping at the peak | takes what there is to take | someone has to look at gold to know where it is |
#
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("overoptimisation")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Gao et al. 2022, Scaling Laws for Reward Model Overoptimization, arXiv 2210.10760; the estimator: Nakano et al. 2021, arXiv 2112.09332; ensembles of which the strictest counts: Coste et al. 2023, arXiv 2310.02743; rewards of steps: Lightman et al. 2023, arXiv 2305.20050 |
# | kept | a gold that labels the comparisons; reward models that differ in labels and in size; best-of-n by the unbiased estimator to n = 512; d = √KL; both forms, fitted, with intervals on α, β and the peak |
# | simplified | gold is a program of one number; reward models of a few thousand parameters, raised from nothing; GRPO in the place of PPO; one prompt; members standardised before the least is taken. Gao's proxies have 3 million to 3 billion parameters and 90,000 labels (fewer where labels are varied) |
# | known reports | Gao: larger reward models and more labels move the peak out; the size of the policy hardly matters; a KL penalty does not improve the frontier of gold against KL. A public repetition (Qwen2.5, 0.5 billion) found α rising from 0.39 to 0.91 as labels go from 500 to 60,000, and a visible turn at 500 only |
# | what to doubt | a peak needs something to be exploited: with the second taste and 1,024 labels there was none. With another annotator AlpacaFarm's authors saw none either (arXiv 2305.14387) |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. The recorded pools stay the pocket model's; the run is the large model's own, after it has read two thousand real passages.
#
# Next: 09e. Proxy up, gold unknown: did it get better?
