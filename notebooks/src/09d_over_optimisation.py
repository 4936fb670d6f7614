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
# # Over-optimisation: how much reward is too much?
#
# Where nobody can write a checker, one is *learned*: a reward model, from comparisons. It is right about most of what it has seen. Then a policy is optimised against it, and goes where it has not seen much.
# **The claim: the learned reward keeps rising, and what we want rises, peaks and falls.** Where the peak lies depends on how much the reward model knows. And it is not a law of nature: we will also see it fail to appear.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | measure best-of-n without bias; draw Gao's curves and find their peak; say what more labels, an ensemble and a KL penalty do about it, and what they cost |
# | needs | notebooks 08 and 09a |

# %%
# On Colab this installs the course, before anything else is imported. Where it is installed, nothing happens.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("course_lib") is None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "self-improvement-course"],
        check=True,
    )

# %%
MODEL = "pocket"  # the line to change; on a GPU: "Qwen/Qwen2.5-0.5B-Instruct"

from course_lib import lesson, show

room = lesson.begin_library("09d_over_optimisation", MODEL)
FULL = room.budget.rounds > 1
LABELS = (64, 128, 256, 512) if FULL else (8, 16)

# %% [markdown]
# The town's passages again. Their readers have a taste. It is a program, so we can ask it as often as we like; Gao and others, whose experiment this is, use a large model for the same purpose. It is *gold*. The loop
# will not see it.

# %%
from course_lib.taste import compared, fresh_not_strange, the_rarer_the_better

show.source(fresh_not_strange)

# %% [markdown]
# z says how rare the words of a passage are, in standard deviations. Readers like fresh words, up to z = 1. One passage in six is stranger than that, and they like it less again.

# %%
show.loop("score")

# %% [markdown]
# ## Predict first

# %%
QUESTION = "A reward model learns from 128 comparisons. Of n passages it chooses the best, and n grows from 1 to 512. What happens to what readers really like?"
room.predict(
    QUESTION,
    "it rises, ever more slowly: the best of many is never worse",
    "it rises, peaks and falls",
    "it stays: 128 comparisons teach nothing",
    "it falls from the start",
)

# %% [markdown]
# ## Passages, and what readers think of them
#
# 512 passages for each of eight draws, written by the model. Here are the best and the worst of the first few.

# %%
from course_lib.statistics import bootstrap, mean
from course_lib.variety import prompts

MANY = 512 if FULL else 16
blocks = [
    [c.text for c in group.completions_G]
    for group in room.answers(prompts(8 if FULL else 2), k=MANY)
]
golds = [[fresh_not_strange(text) for text in block] for block in blocks]
by_gold = sorted(blocks[0][:40], key=fresh_not_strange)
show.passages({"liked most": by_gold[-2:], "liked least": by_gold[:2]})

# %%
every = [gold for row in golds for gold in row]
low, high = bootstrap(every)
print(
    f"gold of a passage: {mean(every):.2f}, 95 % interval {low:.2f} to {high:.2f}; of the best of all: {max(every):.2f}"
)

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
# last one best, and gold does not.

# %%
from course_lib.best_of_n import best_of_n, by_prompt, distance

for n in (1, 2, 3, 4):
    proxy = best_of_n([1, 2, 3, 4], [1, 2, 3, 4], n)
    gold = best_of_n([1, 2, 3, 4], [0, 2, 3, -1], n)
    print(f"best of {n}: d = {distance(n):.2f}   proxy {proxy:.2f}   gold {gold:.2f}")

# %% [markdown]
# ## Reward models
#
# Small networks, raised from nothing on comparisons alone: two layers of width 32. They differ only in how many comparisons they saw.

# %%
from course_lib import taste
from course_lib.taste import learned

show.source(learned)

# %%
from course_lib.tasks.passages import PROMPT

TASTES = {
    "fresh, not strange": fresh_not_strange,
    "the rarer the better": the_rarer_the_better,
}


def chosen_by(liking, labels):
    """What a reward model of so many labels gives every passage, block by block."""
    model = learned(room.policy, TASTES[liking], labels, seed=room.seed)
    return [model.rewards([(PROMPT, t) for t in block]) for block in blocks]


proxies = {
    (liking, labels): chosen_by(liking, labels)
    for liking in TASTES
    for labels in LABELS
}

# %% [markdown]
# ## How much is too much?
#
# Orange: had gold itself chosen. Move the number of labels. Then change the taste.

# %%
from course_lib import controls
from course_lib.gao import fit_intervals, from_start

NS = [n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if n <= MANY]


def curve(liking, labels):
    """Gao's picture: proxy and gold of the best of n, by a reward model of so many labels."""
    rows = proxies[liking, labels]
    truth = [[TASTES[liking](text) for text in block] for block in blocks]
    found = by_prompt(rows, truth, NS)
    ds = [distance(n) for n in NS]
    return show.overoptimised(
        ds,
        found,
        by_prompt(rows, rows, NS),
        fit_intervals(ds, from_start(found), "best-of-n", room.seed),
        NS,
        controls={"gold, had gold chosen": by_prompt(truth, truth, NS)},
    )


controls.panel(
    curve,
    liking={"values": list(TASTES), "label": "taste"},
    labels={"values": list(LABELS), "start": LABELS[1], "label": "labels"},
)
