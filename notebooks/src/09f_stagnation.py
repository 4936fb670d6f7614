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
# # Stagnation: what gets a run going again?
#
# Nothing is hacked and nothing collapses. The run just stops getting better.
# **The claim: a run that solves all it is trained on goes on with harder problems; more rounds, hotter samples or another method on the same ones are not shown to take it further.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 3 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | tell three causes of a standstill apart by looking at groups of samples; choose between a curriculum, temperature, a teacher and another method, knowing what each costs |
# | needs | notebooks 01 and 08 |

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

from course_lib import controls, lesson, show
from course_lib.tasks.stories import HARD

room = lesson.begin("09f_stagnation", MODEL, (3, 4), HARD, share=1 / 6)
FULL = room.budget.rounds > 1
size = replace(room.budget, sampled=2)
longest = 120 if MODEL == "pocket" else 256
room = replace(room, fresh=room.fresh[:200], budget=size, max_tokens=longest)
room

# %% [markdown]
# Trained on are *short* stories, of three and four steps. Measured are *hard* ones, of five and six: that is where there is something left to learn.

# %%
show.loop("select")

# %% [markdown]
# ## Predict first

# %%
QUESTION = "A run solves nearly all it is trained on, and stands still. You may pay for a few more rounds. What takes it further on hard stories?"
room.predict(
    QUESTION,
    "longer stories",
    "a higher temperature",
    "longer stories, and a teacher where all samples fail",
    "another method, GRPO, on the same stories",
    "each of the four",
    "none: it knows what it can know",
)

# %% [markdown]
# ## Three problems
#
# Four answers of the base model to each of three short stories.

# %%
three = room.train[:3]
show.answers(room.answers(three, k=4), limit=12)

# %% [markdown]
# ## Where it stands before

# %%
before = room.measure()(room.policy)
low, high = before["interval"]
print(f"hard stories right: {before['accuracy']:.0%}", end="")
print(f", 95 % interval {low:.0%} to {high:.0%}")

# %% [markdown]
# ## The idea
#
# A filter chooses, and so does a policy gradient. To choose, it needs a difference. Draw K samples of a problem:
#
# 1. **All right.** All pass. The model is taught what it does anyway: the filter is *saturated*.
# 2. **All wrong.** Nothing is kept: the problem is *out of reach*.
# 3. **All wrong, with one and the same text**: nothing new is tried.
# 4. **They differ.** Only here is there something to learn.
#
# If one sample is right with the chance p, the K samples of a problem differ with the chance
#
# $$P(\text{differ}) = 1 - p^K - (1 - p)^K$$
#
# It is 0 at p = 0 and at p = 1. A run moves p towards 1, so it uses up its own signal.
#
# ## By hand
#
# Recorded samples of the base model, 12 stories of each length. Move K and the temperature. Where would you train?

# %%
from course_lib.recordings import LEVELS, TEMPERATURES, recorded
from course_lib.statistics import wilson

KINDS = {
    "samples differ": lambda scores: 0 < sum(scores) < len(scores),
    "all right": lambda scores: min(scores) > 0,
    "all wrong": lambda scores: max(scores) == 0,
}


def what_a_filter_sees(k, temperature):
    """For each length of story, the share of stories whose samples differ, are all right, are all wrong."""
    groups = recorded(temperature, k)
    found = {name: [] for name in KINDS}
    for steps in LEVELS:
        rows = [g.scores_G for g in groups if g.problem.level == steps]
        for name, is_so in KINDS.items():
            hits = sum(map(is_so, rows))
            found[name].append((hits / len(rows), *wilson(hits, len(rows))))
    series = {
        name: tuple([100 * point[i] for point in points] for i in range(3))
        for name, points in found.items()
    }
    note = (
        f"{len(groups) // len(LEVELS)} stories a length, K = {k}; bands: 95 % (Wilson)"
    )
    return show.lines(LEVELS, series, "steps of a story", "stories (%)", note)


controls.panel(
    what_a_filter_sees,
    k={"values": [2, 4, 8, 16, 32], "start": 8, "label": "K"},
    temperature={"values": list(TEMPERATURES), "start": 1.0, "label": "temperature"},
)

# %% [markdown]
# ## Exercise 1: why does it stand still?

# %%
from course_lib.check.stagnation import ex1, ex2

ex1


# %%
def why(groups):
    """Why this round teaches little: one of the four."""
    ...


ex1.check(why)

# %% [markdown]
# ## What changed in the code
#
# STaR, but each round goes on from the one before, every training sees as many examples, however many are kept, and there are no hints. So all ways below but GRPO train on as many examples.

# %%
from course_lib import grpo, star
from course_lib.revise import unchanged
from course_lib.train import improve_steps

FEW = len(room.train)
settings = {"max_tokens": room.max_tokens}
plain = star(room.budget.k, **settings)
steady = replace(
    plain,
    name="steady",
    revise=unchanged,
    from_base=False,
    train=improve_steps((0.5,), room.lr / 2, seen=4 * FEW),
)
show.diff(plain, steady)

# %% [markdown]
# ## The run, with its control
#
# In the control as many samples are kept at random.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
STAND, MORE = (5, 3) if FULL else (1, 1)
result = room.run(steady, STAND)

# %%
result

# %% [markdown]
# What the filter saw in each round: how many stories had samples that differ, were all right, or all wrong; what was kept; and gold on the hard stories after it.


# %%
def seen_by_the_filter(run):
    """Round by round: what was sampled, what was kept of it, and gold after the round."""
    head = "".join(f"{name:>16}" for name in KINDS)
    print(f"{'round':>5}{'samples right':>15}{head}{'kept':>6}{'gold after it':>15}")
    for i, (groups, kept) in enumerate(run.rounds(), 1):
        scores = [s for g in groups for s in g.scores_G]
        counts = "".join(
            f"{sum(is_so(g.scores_G) for g in groups):>9} of {len(groups):<3}"
            for is_so in KINDS.values()
        )
        gold = run.measured(i)["accuracy"]
        right = f"{sum(scores) / len(scores):.0%}"
        print(f"{i:>5}{right:>15}{counts}{len(kept):>6}{gold:>15.1%}")


seen_by_the_filter(result)

# %% [markdown]
# On its own stories it gets surer and surer, and ever fewer of them differ: the filter goes towards saturation, and no story is out of reach. On hard stories the run moves by a few points only, less than its band is wide. In the last two rounds gold did
# not rise, and there were still stories that differed. One seed of 200 stories cannot date a stop; but over five seeds (C38 below) the last two rounds before the stand *cost* 3.3 points [1.0, 5.8]. So a saturated filter need not be the whole story: short stories may have little more to give to hard ones, even where there is something to choose.
#
# ## Four ways to go on
#
# All begin where this run ended, and all have as many rounds and as many samples. Going on unchanged is the control.
#
# - **Longer stories** (a *curriculum*): the same method, on stories of five and six steps.
# - **Temperature 1.3**: the same stories, sampled with more variety.
# - **Longer, and a teacher**: longer stories, and where all K samples fail, someone writes the solution down (in the place of STaR's hint).
# - **GRPO**: the same stories, another method. It learns from the difference between right and wrong samples. (It takes its own number of steps; in C38 below that is matched, too.)

# %%
from course_lib.lesson.ways import dials, go_on
from course_lib.pocket.teacher import taught
from course_lib.rollout import samples

longer = room.stories(FEW, HARD, seed=12)
warm = samples(room.budget.k, 1.3, **settings)
switched = grpo(room.budget.k, lr=room.lr / 2, batch=32, **settings)
ways = {
    "unchanged": (steady, room.train),
    "longer stories": (steady, longer),
    "temperature 1.3": (replace(steady, rollout=warm), room.train),
    "longer, and a teacher": (replace(steady, revise=taught), longer),
    "GRPO": (switched, room.train),
}
after = go_on(room, result, ways, MORE)

# %% [markdown]
# Differences: each way against going on unchanged, on the same hard stories. Where an interval holds 0, this run does not decide: one seed, three rounds and 200 stories are few, and another machine may order the ways otherwise. C38 below has five seeds and 1000 stories for each.

# %%
from course_lib.statistics import paired_gain

told, names = [], list(after.after)
for name in names[1:]:  # the first is the control
    gain = paired_gain(
        *(after.after[n].measured()["outcomes"] for n in (name, names[0]))
    )
    low, high = (100 * x for x in gain["interval"])
    told.append(f"{name} {100 * gain['value']:+.0f} [{low:+.0f}, {high:+.0f}]")
    print(told[-1])
room.recall(QUESTION, "Points over going on: " + "; ".join(told) + ".")

# %% [markdown]
# One run may leave your prediction open. Over five seeds (C38) longer stories bring 13 points [9, 19], with a teacher 17 [13, 21]; temperature 1.3 and GRPO on the same stories bring nothing that is certain.

# %% [markdown]
# ## What it was trained on
#
# What was kept of the longer stories. Those with wrong steps come with a right result: the filter looks at nothing else.

# %%
curriculum = after.after.get("longer stories", result)
show.lineage(curriculum.rounds(), limit=4)

# %% [markdown]
# ## Before and after, side by side
#
# The first 24 of the hard stories: at the standstill, and after a few rounds on longer stories. They are here to be read; how much was gained, the figure above tells from all 200.

# %%
hard = room.fresh[:24]
show.beside(
    room.answers(hard, k=1, policy=result.policy),
    room.answers(hard, k=1, policy=curriculum.policy),
    names=("at the standstill", "after longer stories"),
)

# %% [markdown]
# ## Exercise 2: where to train next

# %%
ex2


# %%
def next_level(levels):
    """The level with the largest share of problems that differ, or None."""
    ...


ex2.check(next_level)

# %% [markdown]
# ## Break it: one step too far
#
# Choose the length of the stories, the temperature, and whether a teacher helps. At ten steps hardly any sample is right: there is nothing to keep, unless someone writes it down. Predict first: does a teacher get it going there?
# Press Run. Stop keeps the finished rounds, and Run with the same values goes on from there. Until then the figure shows the runs above.


# %%
def chosen(steps, temperature, teacher):
    """One more way to go on, beside going on unchanged."""
    rollout = samples(room.budget.k, temperature, **settings)
    method = replace(steady, rollout=rollout)
    method = replace(method, revise=taught) if teacher else method
    name = f"{steps} steps, T = {temperature:g}" + ", a teacher" * teacher
    told = room.stories(FEW, tuple(map(int, steps.split(" and "))), seed=13)
    return {"unchanged": ways["unchanged"], name: (method, told)}


dials(
    room,
    result,
    chosen,
    after,
    MORE,
    steps={
        "values": ["3 and 4", "5 and 6", "7 and 8", "9 and 10"],
        "start": "9 and 10",
        "label": "steps",
    },
    temperature={"values": [0.8, 1.0, 1.3], "start": 1.0, "label": "temperature"},
    teacher={"values": [False, True], "label": "a teacher"},
)

# %% [markdown]
# ## The same, over five seeds
#
# **C38. Stagnation on easy problems breaks on harder ones.** Six rounds to the standstill, four more after it. On longer stories the run ends 13 points above going on, measured on hard ones, which are as long as those. The table: it did not go on rising. The last two rounds before the stand cost 3.3 points, and going on after it took single seeds from +7 to −14; against the stand itself longer stories gain 12 (9 to 15 by seed).
# Going on, a temperature of 1.3 and GRPO, all on the same stories: none of the three changes anything for certain. Longer stories and a teacher gain 17, of which the teacher's part is 4. Longer stories with GRPO gain 12: the stories matter, the method hardly. New stories of the
# old length are not shown to help (−5 to +8): it seems to be the length, not the novelty. Whether the *order* matters was not asked: no arm trains on longer stories from the base. And stories of seven and eight steps, beyond what any of them saw, neither of the two ways measured makes easier.

# %%
room.claim("C38")

# %% [markdown]
# ## What each remedy costs
#
# | remedy | what it does | what it costs, and where it fails |
# |---|---|---|
# | longer stories | samples differ again, so there is something to choose | someone must have harder problems, with their answers. One step too far, and no sample is right. What lies beyond the new stories it does not teach |
# | temperature | samples of one problem differ more | fewer are right. It should help where all samples are alike *and wrong* (not measured here), and not where all are right |
# | a teacher | says what no sample says | the teacher: a person, or a stronger model. Their way of working is taken over, faults included |
# | another method | learns from wrong samples as well | where all samples of a story are right, every advantage is 0. And it has dials of its own: learning rate, clip, β |
#
# So look for the cause first. A saturated filter needs other problems. Problems out of reach need a teacher, or a way there in small steps. Samples that are all alike need variety.
#
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("stagnation")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | where the idea comes from | study notes L3-12: three causes, and four ways out. Dropping groups that do not differ is *dynamic sampling*: Yu et al. 2025, DAPO, arXiv 2503.14476, §3.2. The run is STaR's: Zelikman et al. 2022, arXiv 2203.14465 |
# | kept | the four remedies; as many rounds, samples and examples for each |
# | simplified | a standstill in five rounds, on 32 stories; a teacher that never errs; one step of a curriculum, chosen by hand |
# | changed | STaR starts each round from the base; here rounds go on from one another, or nothing would saturate |
# | known reports | DAPO's authors: as training goes on, ever more prompts have only right samples, and give no gradient; so they draw on until a batch is full of prompts that differ |
# | what to doubt | a model of two million parameters forgets quickly. A larger one may lose less by going on, and gain more by temperature |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. Stories of three steps are easy for it, so it starts nearly saturated; raise the lengths in the first cells.
#
# Next: can it improve outside the weights? [10 · Self-evolving agents](10_self_evolving_agents.ipynb)
