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
# # Collapse: what is lost when a model eats its own words?
#
# A model writes, and the next one is trained on what it wrote. Nothing is scored, nothing is wrong with any sentence.
# **The claim: what is rare disappears, generation by generation, and the model does not notice.** A little real text slows it; more nearly stops it.
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | say which two errors add up to collapse; measure a tail; choose between mixing, accumulating, temperature and a bonus for diversity, knowing what each costs |
# | needs | notebook 00 |

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

room = lesson.begin_library("09c_collapse", MODEL)
print(f"{len(room.train)} passages a generation; {len(room.fresh)} to measure on")

# %% [markdown]
# The model writes short passages about its town. We know their true distribution exactly, for we wrote the grammar: three sentences, and in each place of a sentence a word drawn by *Zipf's law*, the r-th word
# 1/r times as often as the first. Half of all words are rare. That half is the *tail*.

# %%
show.loop("rollout", "train")

# %% [markdown]
# ## Predict first

# %%
QUESTION = (
    "Twelve generations, each trained on 64 passages of the one before, drawn as is usual with top-p 0.95: the "
    "unlikeliest twentieth never. What is left of the rare words?"
)
room.predict(
    QUESTION,
    "more than 80 %: every sentence it is trained on is a good one",
    "40 to 80 %",
    "20 to 40 %",
    "less than 20 %",
)

# %% [markdown]
# ## Three problems
#
# A passage has no question: each is drawn anew. Three are real (drawn from the grammar), three by the model. Rare words are bold.

# %%
from course_lib.variety import real, written

mine = [c.text for c in written(room.policy, 3, room.seed)]
show.passages({"real": real(3, room.seed), "the model": mine})

# %% [markdown]
# ## Where it stands before
#
# *Loss*: the model's cross-entropy on real text, less the true entropy, in nats a word. At 0 the model is the true distribution. It rises when a model has forgotten that something can be said.

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
# 3. The next sample comes from *that* model. In counts what was lost never comes back. A network keeps some chance for it, so a dark word may light up again; on average it comes back weaker.
# 4. So chance pushes in one direction only. This is *sampling error*, and it adds up. (*Fitting error* adds to it: a model that smooths, or sharpens, does so again in every generation.)
# 5. Keeping only the best makes it faster: that cuts the tail on purpose.
#
# For a normal distribution, fitted to n samples again and again, the variance shrinks on average like
#
# $$\mathbb{E}\big[\sigma_g^2\big] = \Big(1 - \tfrac{1}{n}\Big)^{g}\, \sigma_0^2$$
#
# ## Without any model
#
# First without a network, only by counting. Each thin line is a seed. Move n, the share of real samples, and the number of generations.

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
        f"a Gaussian fitted to {n} samples",
        truth=1.0,
        log=True,
        theory={"": drift.expected_variance("replace", n, generations)},
    )


controls.panel(
    refitted,
    n={"values": [10, 30, 100, 300], "start": 30, "label": "n samples"},
    share={"values": [0.05, 0.1, 0.3, 0.5], "start": 0.1, "label": "share real"},
    generations={"values": [10, 30, 50], "start": 50, "label": "generations"},
)

# %% [markdown]
# The mean over seeds falls as the formula says, because the fit divides by n. Divide by n − 1 and the mean stays at 1 for ever. Single seeds go to nothing either way (the scale is logarithmic), and a few very wide ones hold the mean up: so look at
# the lines. With 300 samples, 50 generations hardly show it.
#
# Now a vocabulary. Here is the picture to keep. A block is a generation. In it every light is a word, row by row, common ones on top, and it is on as long as the word is still said. (One seed is drawn, and the words left under it are its own; the percentages count twenty.)
#
# Beside it, one of three diets. *Mix*: a share of what is learned is real, drawn anew each time. *Accumulate*: all that was ever written, the first real text too. *Accumulate-subsample*: as many words as before, drawn from all that.


# %%
def counted_again(n, size, diet, share):
    """A vocabulary counted again and again, beside a diet with real text."""
    words = drift.zipf(size)
    runs = {
        "own words only": drift.vocabulary("replace", words, n),
        f"{share:.0%} real" if diet == "mix" else diet: drift.vocabulary(
            diet, words, n, share=share
        ),
    }
    return show.tail(
        {name: run.counts for name, run in runs.items()},
        f"{size:,} words, {n:,} drawn a generation",
    )


controls.panel(
    counted_again,
    n={"values": [300, 1000, 3000, 10000], "start": 3000, "label": "n words"},
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
# What the next generation eats is one function. Here are two. The loop around them, `generations` in the same file, is a loop of its own, for what is trained on comes from several generations.

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
# The real model now. One lives on its own words. Its controls: for two others one passage in ten is real, or three. Everything else is the same. Passages are drawn as is usual, with *top-p* 0.95: the unlikeliest words, which share the last twentieth
# of the chance, are never drawn. So two causes act here: chance, and a cut of the tail in every generation. The two simulations above have the first alone. To tell them apart a fourth model lives on its own words as well, drawn without the cut.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
from course_lib.lesson.diets import GENERATION, dials, feed

GENERATIONS = 12 if room.budget.rounds > 1 else 1
fed = feed(
    room,
    {
        "own words only": {"diet": replaced},
        "own words, no cut": {"diet": replaced, "top_p": 1.0},
        "10 % real": {"diet": mixed(0.1)},
        "30 % real": {"diet": mixed(0.3)},
    },
    GENERATIONS,
)

# %% [markdown]
# The two causes are not equal. Without the cut most rare words are still written in the end; with it fewer than half. To leave out the unlikeliest twentieth in every generation is a selection, repeated, and it is the larger part of what you see here.
# Chance alone needs smaller samples or more generations, as in the simulations above.
#
# The picture again, now of the model: all words of the town, the commonest on top. (It counts the rarer half of all words; the curve above counts the rarer half in each place of a sentence, so the two shares can differ. A light may come on again: a word missing from one generation's passages need not be lost.)

# %%
from course_lib.tasks.passages import by_frequency

show.tail(
    {name: fed.words(name) for name in fed.rounds if name != "30 % real"},
    "the town's words, still written",
    f"n = {len(room.fresh)} passages a generation",
    [word for _, word in by_frequency()],
    room.seed,
    dark="not written this time",
)

# %% [markdown]
# ## Does it notice?
#
# A user sees passages. Those of the model that lives on its own words are as faultless as ever, for with the unlikeliest words the cut takes the unlikeliest faults. (Without it, faults grow.) What real text costs, nobody looks at.

# %%
print(f"{'':18}{'generation':>11}{'faultless':>11}{'tail':>8}{'loss':>8}")
for name, rows in fed.rounds.items():
    for row in rows[:: max(1, len(rows) // 3)]:
        shares = [row[key]["value"] for key in ("grammatical", "tail")]
        print(
            f"{name:18}{row['round']:>11}{shares[0]:>11.0%}{shares[1]:>8.0%}{row['loss']['value']:>8.2f}"
        )

# %%
from functools import partial

cost = partial(
    show.several,
    what="loss",
    ylabel="loss on real text (nats a word)",
    scale=1,
    of="passages",
    xlabel=GENERATION,
)
cost(fed.rounds)

# %% [markdown]
# And entropy, which is what the study notes speak of: what a model on its own words writes becomes more predictable. Real text holds that back, too.

# %%
show.several(
    fed.rounds,
    what="entropy",
    ylabel="entropy of what it writes (nats a word)",
    scale=1,
    of="passages",
    xlabel=GENERATION,
)

# %%
from course_lib.statistics import paired_gain


def difference(what, scale, unit):
    """Own words only against 10 % real, after the last generation, in words."""
    names = ("own words only", "10 % real")
    own, real_too = (fed.last(name)[what]["outcomes"] for name in names)
    found = paired_gain(own, real_too)
    low, high = (scale * x for x in found["interval"])
    return (
        f"{scale * found['value']:+.2f} {unit}, 95 % interval {low:+.2f} to {high:+.2f}"
    )


if "10 % real" in fed.rounds:
    print("own words only, against 10 % real")
    print("  rare words still written:", difference("tail", 100, "points"))
    print("  loss on real text:       ", difference("loss", 1, "nats a word"))
left = fed.rounds["own words only"][-1]["tail"]
low, high = left["interval"]
room.recall(
    QUESTION,
    f"{left['value']:.0%} of the rare words are left, 95 % interval {low:.0%} to {high:.0%}.",
)

# %% [markdown]
# ## What it was trained on
#
# What generations early, midway and last wrote, the food of the next: two passages each.

# %%
LAST = len(fed.rounds["own words only"]) - 1
READ = sorted({1, LAST // 2, LAST} - {0})
show.passages(
    {f"written by generation {g}": fed.texts("own words only", g)[:2] for g in READ}
)

# %% [markdown]
# ## Before and after, side by side
#
# Three passages each, drawn with the same seed. That is too few to count bold words in: it may well be that the fewest are not where you expect them. The figures above count over many more.

# %%
after = {
    name: [c.text for c in written(policy, 3, room.seed)]
    for name, policy in fed.policies.items()
}
show.passages({"the first model": mine} | after)

# %% [markdown]
# ## Break it: keep only the best
#
# Most methods of this course keep the best of what they write. Here *best* is what the model itself finds likeliest, of four; a judge with an ordinary taste would choose much the same. Four generations are enough. In the control
# one of four is kept by lot. Predict first: faster, or slower?

# %%
from course_lib.select import random_like, top_k

best = feed(
    room,
    {
        "the likeliest of four": {"keep": top_k(1), "over": 4},
        "one of four by lot (control)": {"keep": random_like(top_k(1)), "over": 4},
    },
    max(1, GENERATIONS // 3),
)

# %% [markdown]
# ## Try to cure it
#
# Choose what the model eats, the temperature it writes at, and what is kept. Raising the temperature keeps rare words alive, and wrong ones as well. Loss hardly shows that (C33): look at passages without a fault.
# Press Run. Stop keeps the finished generations, and Run with the same values goes on from there. Until then the figure shows the four runs above.

# %%
from dataclasses import replace

from course_lib.select import drafts, most_varied

DIETS = {
    "own words only": replaced,
    "10 % real": mixed(0.1),
    "30 % real": mixed(0.3),
    "everything so far": accumulated,
    "as many, from everything": subsampled,
}
KEEP = {
    "all": {"keep": drafts},
    "the likeliest of four": {"keep": top_k(1), "over": 4},
    "the most varied of four": {"keep": most_varied, "over": 4},
}


def chosen(diet, temperature, top_p, keep, anew):
    """One run of generations, under the name of its settings."""
    how = {"diet": DIETS[diet], "temperature": temperature, "from_base": anew}
    name = f"{diet}, T = {temperature:g}, top-p {top_p:g}, {keep}"
    return {name + ", anew" * anew: how | {"top_p": top_p} | KEEP[keep]}


sound = partial(
    show.several,
    what="grammatical",
    ylabel="passages without a fault (%)",
    of="passages",
    xlabel=GENERATION,
)

# %%
dials(
    room,
    chosen,
    replace(fed, picture=sound),
    GENERATIONS,
    diet={"values": list(DIETS), "label": "diet"},
    temperature={
        "values": [0.8, 1.0, 1.15, 1.3],
        "start": 1.3,
        "label": "temperature",
    },
    top_p={"values": [0.9, 0.95, 1.0], "start": 0.95, "label": "top-p"},
    keep={"values": list(KEEP), "label": "keep"},
    anew={"values": [False, True], "label": "anew from the first model"},
)

# %% [markdown]
# ## The same, over five seeds
#
# Of other sizes than above: 128 passages a generation, and eight generations.
#
# **C31. Keeping only the best narrows what is written.** The likeliest of four is kept, against one of four by lot. The figure counts rare words, and does not settle it: 8 points fewer, with an interval that includes 0. There are only 55 such words, and by
# the eighth generation the control has lost more than half of them, too. The table does: real text costs 0.23 nats a word more, and entropy falls by 0.9 nats a word. Its last two lines are about stories, at equal training. Keeping one right answer to each story instead of all costs 1.1 of
# the different right paths in 16 samples, and 3 points of pass@16, hardly certain.

# %%
room.claim("C31")

# %% [markdown]
# **C32. Living on its own words, a model collapses; a little real text holds that back.** In passages without a fault the two do not differ: nothing looks broken.
# One passage in ten does not stop it, it slows it: against the start it has still lost 0.16 nats a word. As many passages drawn from everything
# ever written, the first real ones among them, do better; so does training each generation anew from the first model. Everything at once trains nine times as long in the end, and that costs, too. The last three lines are of the same diet drawn without the cut. (They were measured later on another machine, both arms there, so its first numbers differ a little.) Then 97 % of the rare words live, and real text costs 0.05 nats a word more than at best; but 18 passages in a hundred are faulty instead of 7. So most of this collapse is the cut, done again and again.

# %%
room.claim("C32")

# %% [markdown]
# **C33. Temperature delays collapse, real text holds it back further.** After eight generations: temperature 1.3 halves the loss and keeps nearly all rare words alive, and one passage in ten real has a lower loss still (0.17 against 0.22 nats a word), though fewer rare words live (81.5 against 98.9 %). The bonus for
# diversity keeps the words and not their frequencies: its loss is twice that of real text. Both together, temperature and real text, have the lowest loss of these (0.10); as many drawn from everything has a lower one still (0.06, in C32), and so has no cut at all (0.05).
#
# But this loss hardly sees faults, and the three that draw more freely pay in them. At the start 9 passages in a hundred are faulty. After eight generations it is 41 at a temperature of 1.3, 32 with the bonus, 28 with temperature and real text together, and 7 with
# real text alone. So watch both numbers, and call nothing cured by one of them.

# %%
room.claim("C33")

# %% [markdown]
# ## What each cure costs
#
# | cure | what it does | what it costs |
# |---|---|---|
# | real text | brings back what was lost, every generation | someone has to keep it, and to know that it is real |
# | accumulating | what was once said stays in the food | training grows with every generation; what was wrong stays, too |
# | anew from the first model | each generation's errors stand alone | what was learned on the way is thrown away |
# | temperature | rare words are drawn more often | so are wrong ones; they are learned as well, and after a while the grammar goes |
# | no cut (top-p 1) | nothing is left out on purpose | unlikely faults are drawn and learned, too: 18 faulty passages in a hundred instead of 7 |
# | a bonus for diversity | what was seldom kept is preferred | it is preferred whether or not it is true: the distribution bends the other way |
#
# ## Exercise 2: what is alive?

# %%
ex2


# %%
def alive(generations, words):
    """For each generation, the share of the rare words that it wrote."""
    ...


ex2.check(alive)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("collapse")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Shumailov et al. 2023, arXiv 2305.17493 (Nature 2024); Gerstgrasser et al. 2024, arXiv 2404.01413; Kazdan et al. 2024, arXiv 2410.16713 |
# | kept | replace, accumulate, accumulate and subsample, 10 % real; loss on real text; entropy; several seeds, each drawn |
# | simplified | 64 passages a generation (128 in the claims); each generation goes on from the one before, where the papers train each from one start (the switch *anew* does); top-p 0.95, where Shumailov searches with five beams and Gerstgrasser draws at temperatures 0.3 and 1 |
# | known reports | OPT-125m on wikitext-2: perplexity 20 to 28 higher after nine generations without real text, little with 10 % of it. Language models of 9 to 125 million parameters on TinyStories: replacing gets worse and worse, accumulating stays bounded (in theory, at most π²/6 times the error of one fit) |
# | what to doubt | nobody replaces all of the web. How much collapse there is depends on how much real text stays in: that is the slider above |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. The model first reads two thousand real passages, so that its first generation knows the town.
#
# Next: 09d. There a learned reward takes the place of the checker, and we ask how much of it is too much.
