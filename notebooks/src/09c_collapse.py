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
# # Collapse: what is lost when a model eats its own words?
#
# A model writes, and the next one is trained on what it wrote. Nothing is scored, nothing is wrong with any sentence.
# **The claim: what is rare disappears, generation by generation, and the model does not notice.** A little real text stops it.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | say which two errors add up to collapse; measure a tail; choose between mixing, accumulating, temperature and a bonus for diversity, knowing what each costs |
# | needs | notebook 00 |

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

room = lesson.begin_library("09c_collapse", MODEL)
print(
    f"{len(room.train)} passages a generation; {len(room.fresh)} to measure on"
)

# %% [markdown]
# The model writes short passages about its town. We know their true distribution exactly, for we wrote the grammar: three sentences, and in each place of a sentence a word drawn by *Zipf's law*, the r-th word
# 1/r times as often as the first. Half of all words are rare. That half is the *tail*.

# %%
show.loop("rollout", "train")

# %% [markdown]
# ## Predict first

# %%
QUESTION = "Eight generations, each trained on 64 passages of the one before. What is left of the rare words?"
room.predict(
    QUESTION,
    "nearly all: every sentence it is trained on is a good one",
    "about half",
    "hardly any",
    "all of them, but the grammar breaks",
)

# %% [markdown]
# ## A few passages
#
# Rare words are bold.

# %%
from course_lib.variety import real, written

mine = [c.text for c in written(room.policy, 4, room.seed)]
show.passages({"people": real(4, room.seed), "the model": mine})

# %% [markdown]
# ## Where it stands before
#
# *Loss* is what text that people wrote costs the model, in nats a word beyond what it must cost: 0 would be the truth itself. It is what suffers when a model has forgotten that something can be said.

# %%
before = room.measure()(room.policy)
NAMES = {
    "tail": "rare words still written",
    "grammatical": "passages without a fault",
    "entropy": "entropy (nats a word)",
    "loss": "loss on real text (nats a word)",
}


def told(found):
    """What is left of the language, a line each."""
    for key, name in NAMES.items():
        value, (low, high) = found[key]["value"], found[key]["interval"]
        print(f"{name:36}{value:7.2f}   95 % interval {low:.2f} to {high:.2f}")


told(before)

# %% [markdown]
# ## The idea
#
# 1. A sample is finite. A word with a chance of 1 in 200 may be missing from it, by luck.
# 2. A model trained on that sample gives the word less chance, or none.
# 3. The next sample comes from *that* model. What was lost cannot come back; what was kept can be lost.
# 4. So chance pushes in one direction only. This is *sampling error*, and it adds up. (*Fitting error* adds to it: a model that smooths, or sharpens, does so again in every generation.)
# 5. Keeping only the best makes it faster: that cuts the tail on purpose.
#
# For a normal distribution, fitted to n samples again and again, the variance shrinks on average like
#
# $$\mathbb{E}\big[\sigma_g^2\big] = \Big(1 - \tfrac{1}{n}\Big)^{g}\, \sigma_0^2$$
#
# ## Without any model
#
# First the same thing in closed form: no network, only counting. Each thin line is a seed. Move n, the share of real samples, and the number of generations.

# %%
from course_lib import controls, drift


def refitted(n, share, generations):
    """A Gaussian refitted to its own samples, beside one that also sees real ones."""
    runs = {
        "own samples only": drift.gaussian("replace", n, generations),
        f"{share:.0%} real": drift.gaussian("mix", n, generations, share=share),
    }
    return show.drifted(
        {name: run.variance for name, run in runs.items()},
        "variance (real: 1)",
        f"a Gaussian fitted to {n} of its own samples",
        truth=1.0,
        theory={"": drift.expected_variance("replace", n, generations)},
    )


controls.panel(
    refitted,
    n={"values": [10, 30, 100, 300], "start": 30, "label": "n samples"},
    share={"values": [0.05, 0.1, 0.3, 0.5], "start": 0.1, "label": "share real"},
    generations={"values": [10, 30, 50], "start": 50, "label": "generations"},
)

# %% [markdown]
# The mean over seeds falls as the formula says. Single seeds fall faster: most are near nothing while a few hold the mean up.
#
# Now a vocabulary. Here is the picture to keep: every row is a word, common ones on top, and a light that is on as long as the word is still said.

# %%
def counted_again(n, size, diet, share):
    """A vocabulary counted again and again, beside a diet with real text."""
    words = drift.zipf(size)
    runs = {
        "own words only": drift.vocabulary("replace", words, n, 10, seeds=1),
        f"{diet}": drift.vocabulary(diet, words, n, 10, seeds=1, share=share),
    }
    return show.tail(
        {name: run.counts[0] for name, run in runs.items()},
        f"{size} words, {n} drawn a generation",
        seed=0,
    )


controls.panel(
    counted_again,
    n={"values": [300, 1000, 3000, 10000], "start": 1000, "label": "n words"},
    size={"values": [100, 300, 1000], "start": 300, "label": "vocabulary"},
    diet={
        "values": ["mix", "accumulate", "accumulate-subsample"],
        "start": "mix",
        "label": "beside it",
    },
    share={"values": [0.05, 0.1, 0.3], "start": 0.1, "label": "share real (mix)"},
)

# %% [markdown]
# ## Exercise 1: an anchor

# %%
from course_lib.check.collapse import ex1, ex2

ex1

# %%
def diet(eaten, real, share):
    """What the next generation learns."""
    ...


ex1.check(diet)

# %% [markdown]
# ## What changes in the code
#
# What the next generation eats is one function. Here are two, and the loop around them: it is a loop of its own, for what is trained on comes from several generations.

# %%
from course_lib.methods.generations import (
    accumulated,
    generations,
    mixed,
    replaced,
    subsampled,
)

show.source(replaced)

# %%
show.source(mixed)

# %% [markdown]
# ## The run, with its control
#
# The real model now. One lives on its own words. For the other, one passage in ten is real. Everything else is the same.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
from course_lib.lesson.diets import dials, feed

GENERATIONS = 8 if room.budget.rounds > 1 else 1
fed = feed(
    room,
    {"own words only": {"diet": replaced}, "10 % real": {"diet": mixed(0.1)}},
    GENERATIONS,
)

# %%
fed
