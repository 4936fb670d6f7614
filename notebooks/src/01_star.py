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
# # STaR: what happens to problems it never gets right?
#
# The plain loop learns from right answers. A problem that is never answered right teaches nothing, so the easy ones crowd out the hard.
# STaR, the *self-taught reasoner*, asks again with the answer shown.
# **The claim: the hint brings hard problems into the training set, and smuggles in solutions that reason backward.**
#
# | | |
# |---|---|
# | minutes | 30 to read and try; 5 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | add the hint-retry to the loop; see whom it helps; tell a right answer from right reasoning; say what wrong steps cost, and why greedy answers hide it |
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
TASK = "stories"  # with a real model also "gsm8k"

from course_lib import lesson, show

room = lesson.begin("01_star", MODEL, levels=(4, 6, 8, 10), task=TASK)
room

# %% [markdown]
# Stories of four steps are easy for the pocket model. With ten steps it is lost. We train on both kinds, and measure on fresh stories of
# five and six steps.
#
# STaR changes one box of the loop. *Revise* stands between scoring and selecting. So far it did nothing.

# %%
show.loop("revise")

# %% [markdown]
# ## Predict first
#
# Problems without any right try are asked again, with the answer in the prompt: "(The answer is 31.)". Only solutions that end in
# 31 are kept. The hint is then taken out of the prompt before training.

# %%
QUESTION = (
    "Of the hinted solutions that end right, how many have a step that does not hold?"
)
room.predict(
    QUESTION,
    "hardly any: it knows where to go now",
    "about as many as without a hint",
    "most of them",
)

# %% [markdown]
# ## Three problems
#
# The first is easy, the second harder, the third out of reach.

# %%
lengths = sorted({p.level for p in room.train})
few = dict.fromkeys((lengths[0], lengths[len(lengths) // 3], lengths[-1]))
groups = room.answers([next(p for p in room.train if p.level == n) for n in few], k=4)
show.answers(groups)

# %% [markdown]
# ## Where it stands before
#
# Greedy answers to fresh stories, with the interval in which the true share may lie.

# %%
from course_lib import measure

before = measure.accuracy(room.policy, room.fresh, room.max_tokens)
low, high = before["interval"]
print(
    f"right: {before['accuracy']:.1%} of {before['n']}, 95 % interval {low:.1%} to {high:.1%}"
)

# %% [markdown]
# ## Who has nothing to train on?
#
# More tries help. The sliders read recorded samples, twelve stories of each length from three to six steps. How many six-step stories still have
# no right answer at K = 32? Before you move the temperature: will a higher one help? Stories of eight and ten steps are another matter:
# the first bars below will show it.

# %%
from course_lib import controls
from course_lib.recordings import TEMPERATURES, recorded

controls.panel(
    lambda k, temperature: show.unsolved(recorded(temperature), k),
    k={"values": [1, 2, 4, 8, 16, 32], "start": 4, "label": "K"},
    temperature={"values": list(TEMPERATURES), "start": 1.0},
)

# %% [markdown]
# ## The idea
#
# 1. Sample K answers to each problem, and keep the right ones, as before.
# 2. Take the problems where all K failed.
# 3. Ask again with the answer shown. The paper calls this *rationalisation*.
# 4. Keep what now ends in the right answer; store it under the plain problem, as if no hint had been there.
# 5. Train the *base* on everything kept, and repeat with the new model.
#
# With $a^*$ the right answer to $x$, a hinted solution is drawn from another distribution than the one it will be used to train:
#
# $$y \sim \pi(y \mid x, a^*) \qquad\text{but trained as}\qquad \pi(y \mid x)$$
#
# That gap is the lesson of this notebook.

# %% [markdown]
# ## The new slot, by eye
#
# This is how the course asks with a hint, and below it what is stored if an answer is kept: the plain prompt, and a note that it was hinted.

# %% tags=["nbval-check-output"]
from course_lib import Example, asks

PROMPT = "Ben has 40 pens. He gives 6 to Ida. He finds 5 more. How many pens does Ben have now?"
print(asks.hint(PROMPT, "39"))
print(Example(PROMPT, "40-6=34\n34+5=39\n#### 39", hinted=True))

# %% [markdown]
# Two solutions that both reach 39. Which would you want to train on?

# %% tags=["nbval-check-output"]
from course_lib import Problem
from course_lib.score import right, valid_steps

ben = Problem("ben", PROMPT, "39", 2, {"start": 40, "changes": [-6, 5]})
for text in ("40-6=34\n34+5=39\n#### 39", "40-6=33\n33+5=39\n#### 39"):
    print(
        f"right: {right(ben, text):.0f}   steps that hold: {valid_steps(ben, text)}   {text!r}"
    )

# %% [markdown]
# (The third entry of a list is the line `####`.) The second was bent to land on the answer: $40-6$ is not $33$, and $33+5$ is not $39$. The checker of answers lets it through. A written way to an
# answer, such as these, is called a *trace* or a *rationale*.

# %% [markdown]
# ## Exercise 1: the retry

# %%
from course_lib.check.star import ex1, ex2

ex1

# %%
from course_lib import Example, asks
from course_lib.score import right


def to_store(group, ask):
    """The examples this group leaves. ask(prompt) gives the model's new tries."""
    ...


ex1.check(to_store)

# %% [markdown]
# ## What changed in the code
#
# The plain loop of notebook 00 beside STaR. What you read is what runs.

# %%
from dataclasses import replace

from course_lib import star
from course_lib.revise import unchanged

settings = {"k": room.budget.k, "lr": room.lr, "max_tokens": room.max_tokens}
# passes over the kept examples in a round; the package's default is 2
settings |= {"epochs": 4}
plain_loop = replace(star(**settings), name="plain loop", revise=unchanged)
show.diff(plain_loop, star(**settings))

# %% [markdown]
# ## The run, with its control
#
# The control keeps as many of each problem's answers, hinted ones included, but draws them at random.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
result = room.run(star(**settings))

# %%
result

# %% [markdown]
# With the pocket model it rises over where it began, by five to eight points; over random keeping by less, and one seed decides little there (on another processor, where sums round in another way, it was +5.3 [+1.7, +9.0]). The README's first result is the same method with a much larger gain.
# Much differs: three rounds there, 256 stories and two passes. And, above all perhaps, the problems: stories of four to six steps, few of which need a hint. Here half the problems have
# eight or ten steps. Before you read on: what could the hint have done?
#
# ## Whom the hint brought in
#
# Each bar is all problems of one length. The lowest part had a right answer among its first tries. The middle part is there only
# thanks to the hint: without it, these problems would teach nothing.

# %%
first_groups, first_kept = (
    result.rounds()[0] if result.rounds() else (room.answers(room.train[:8]), [])
)
show.reached(first_groups, first_kept)

# %% [markdown]
# **C04. Hint-retry brings hard problems into training**: the share of eight- and ten-step problems that leave an example, with the hint
# and without.
#
# Does a model trained on these examples also *solve* hard stories better? That is the line of the table: two models, one trained with the
# hinted examples, one without, on fresh stories of seven and eight steps. Decide which will win before you look.

# %%
room.claim("C04")

# %% [markdown]
# The hint did what it promised, and the model it trained is worse than its twin on long stories. (Both are worse there than the base, which solves nine in a hundred.) Both saw 768 examples: two and a half passes over the hinted set, and about four over the other. Whether the gap stays after a longer training was not measured. The next section looks for a reason.

# %% [markdown]
# ## What came in with them
#
# Now read how these solutions reason. Hinted examples and wrong steps stand first. Open one.

# %%
show.lineage(result.rounds(), limit=6)

# %% [markdown]
# The same, counted. Of the answers that were kept, the share with a step that does not hold:

# %%
show.unsound_by_level(first_groups, first_kept)

# %%
from course_lib.score import sound

told = {g.problem.id: g.problem for g in first_groups}
hinted = [not sound(told[e.problem_id], e.completion) for e in first_kept if e.hinted]
room.recall(
    QUESTION,
    f"{sum(hinted)} of {len(hinted)} hinted solutions that were kept have a wrong step.",
)

# %% [markdown]
# **C05. Hinted rationales reason backward**: right traces with the answer shown, against right traces without. It takes stories of four to
# six steps that are solved both ways, so its share is lower than the one above.

# %%
room.claim("C05")

# %% [markdown]
# This fault is planted. In the text that the pocket model grew up on, people who are told the answer bend a step to reach it. So C05 says how
# strongly the fault shows. It does not say that every language model has it. That is to be measured on
# yours.
#
# ## What it costs, and how one must ask
#
# Three trainings on what the first round kept: on all of it; on what was found without a hint; and on all whose every step holds, hinted or not. Each sees as many examples as the others.
#
# Each of the three then answers the fresh stories twice. Once greedily: always the likeliest token. And once drawn at T = 1, as a loop samples. **Predict**: which of the three is best? And does that depend on how one asks?

# %%
from course_lib.train import sft

seen = settings["epochs"] * len(first_kept)
kinds = {
    "all that was kept": first_kept,
    "without a hint": [e for e in first_kept if not e.hinted],
    "every step holds": [
        e for e in first_kept if sound(told[e.problem_id], e.completion)
    ],
}
fitting = {"lr": room.lr, "batch": 32, "seed": room.seed, "even": True}
room.tell("this", answers=8 * len(room.fresh), learned=3 * seen)
models = {"base": room.policy} | {
    name: sft(room.policy, some, epochs=seen / len(some), **fitting)
    for name, some in kinds.items()
    if some
}
show.measured(
    {
        name: measure.accuracy(model, room.fresh, room.max_tokens)
        for name, model in models.items()
    },
    "The greedy answer",
    method="all that was kept",
)

# %%
show.measured(
    {
        name: measure.written(model, room.fresh, room.seed, room.max_tokens)
        for name, model in models.items()
    },
    "One drawn answer",
    method="all that was kept",
)

# %% [markdown]
# Greedily they lie a few points apart, and from one set of stories to the next the order changes. Drawn, they lie far apart: who learned the wrong steps as well answers *worse* than the base, and the two others far better. Five sets of stories say the same (`benchmarks/drawn.py`; right, in percent):
#
# | trained on | greedy | drawn |
# |---|---|---|
# | nothing (base) | 61 | 32 |
# | all that was kept | 67 | 17 |
# | as many by lot as were found without a hint | 62 | 17 |
# | what was found without a hint | 69 | 51 |
# | what has no wrong step | 68 | 56 |
#
# With the hint against without: drawn −34 points [−42, −26], greedy −2 [−8, +4] (Student's t over seeds). It is not the number of examples: a lot of as many does as badly.
#
# Why does the greedy answer not show it? There are many ways to be wrong, and each is rare. So the likeliest token is mostly still the right one. An answer that is drawn takes a rare one now and then, in one of five or six steps, and one is enough. A loop draws its samples, a vote draws them, and most users do. So say how an accuracy was measured, and look at both.
#
# ## Selection bias
#
# "Right" was decided by the answer alone. So the training set is a *selected* sample of the model's reasoning. It holds every way that
# happens to end well. Lucky slips survive; a sound solution with one slip at the end is thrown away.
#
# Would a checker of steps help? A learned one is called a *process reward model*, PRM. Ours is a rule. It checks each sum, and that every number comes from the story or from a step
# before. It does not see a step that was left out; among right answers that is rare.
#
# **C06. A right answer is not right reasoning; a step filter helps**: two models are trained, one on what the answer lets through, one on
# what the steps let through too. Both then answer fresh stories of four to ten steps. We count samples that are right with a wrong step.
#
# Above 0 is bad here: more wrong steps with the filter of answers. The table is of greedy answers, to stories of five and six steps. Its second line is the other side: answers that are
# right with *every* step valid. Which way will it point? The third asks whether training on what answers let through has cost anything. In the last a lot throws out as many examples as the steps do.

# %%
room.claim("C06")

# %% [markdown]
# (All models saw 768 examples: two and a half passes over what the answer lets through, four and a half to five over what the steps, or the lot, leave.) The first line: hardly any greedy answer is right with a wrong step, with either filter. The difference shows in samples. The second: 69 % right with the filter of steps, 63 % with that of answers. But that filter also throws out half of the examples, and nine in ten of the
# long stories'. So the last line is its fair control: as many thrown out by lot, and as many passes, 64 %. It matters *which* are thrown out. (Whether it is for their steps or for their length, this does not say.)

# %% [markdown]
# ## Before and after, side by side
#
# The same problems, one sample each (not the greedy answer, so fewer are right than above), asked of the base and of the model that the run left. Read the counts, then the steps: which of them does it still take from the story?

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after STaR"),
)

# %% [markdown]
# With the pocket model more of these few became wrong than right, though the greedy answers got better: these are drawn.
#
# ## Break it: stop the training halfway
#
# The run read its examples four times in each round. Take those of its first round and read them only twice. Predict: where does the model stand then?

# %%
halfway = (
    sft(room.policy, first_kept, lr=room.lr, epochs=2, batch=32, seed=room.seed)
    if first_kept
    else room.policy
)
show.measured(
    {
        "base": before,
        "two passes": measure.accuracy(halfway, room.fresh, room.max_tokens),
        "four passes": result.measured(1),
    },
    "The same examples, read twice or four times",
    method="four passes",
)

# %% [markdown]
# In this run the pocket model stands *below* its base after two passes, and above it after four. Nothing about the examples has changed. One run may be luck, so this was done with five sets of problems, each trained on twice with two passes and twice with four: base 60.9 % right, two passes 58.7
# (−2.2 against the base, 95 % interval −9.1 to +4.6), four passes 66.3 (+5.4, 1.5 to 9.4). We first made two passes, and had a long explanation ready of why greedy answers get worse. A fall after a short training is not yet a fact about what it was trained on. And a control is fair only if it was trained as long.
#
# ## Break it: leave the hint in the stored prompt
#
# It is a real mistake, and an easy one: store the example under the prompt that was asked. The model then learns to answer when the answer
# is shown. Predict: what will this do to accuracy with the answer shown, and without?

# %%
from course_lib.select import correct


def hint_left_in(groups, turn):
    """correct(cap=2), but hinted examples keep the prompt they were asked with."""
    answer = {g.problem.id: g.problem.answer for g in groups}
    kept = correct(cap=2)(groups, turn)
    return [
        replace(e, prompt=asks.hint(e.prompt, answer[e.problem_id])) if e.hinted else e
        for e in kept
    ]


broken = room.run(
    replace(star(**settings), name="hint left in", select=hint_left_in),
    rounds=1,
)

# %%
long = lengths[len(lengths) // 2]
hard = [p for p in room.train if p.level >= long][: room.budget.fresh // 4]
shown = [replace(p, prompt=asks.hint(p.prompt, p.answer)) for p in hard]
policies = {
    "base": room.policy,
    "STaR, round 1": next(iter(result.policies()), result.policy),
    "hint left in": broken.policy,
} | ({"its control": broken.twin} if broken.twin else {})
for name, policy in policies.items():
    for how, problems in (
        ("answer shown", shown),
        ("not shown", hard),
        ("fresh", room.fresh),
    ):
        found = measure.accuracy(policy, problems, room.max_tokens)
        low, high = found["interval"]
        print(
            f"{name:15}{how:13}{found['accuracy']:6.1%} right ({low:.1%} to {high:.1%})"
        )

# %% [markdown]
# "Answer shown" is what a careless training log reports: splendid, and nearly so before any training. "Not shown" are the same hard problems
# as they will be asked, and they were trained on. With the hint left in nothing was learned about them: the bent solutions stayed with the prompts that show the answer.
#
# In the rows called *fresh*, the stories of five and six steps, the mistake costs little here: STaR stands some three points higher, within both intervals. So the log looks better by eleven points, and what the model will be asked by three, if at all.

# %% [markdown]
# ## Try it yourself
#
# How many hinted tries? How many first tries?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
room.play(
    lambda bar, k, hints: star(**{**settings, "k": k}, hints=hints, bar=bar),
    picture=result,
    k={"values": [2, 4, 8, 16], "start": 4, "label": "K"},
    hints={"values": [1, 2, 4], "start": 2, "label": "hinted tries"},
)

# %% [markdown]
# ## Exercise 2: repair the accuracy

# %%
ex2

# %%
from course_lib.answers import parse_answer


def accuracy(problems, texts):
    """The share of right answers; texts[i] answers problems[i]."""
    right, seen = 0, 0
    for problem, text in zip(problems, texts, strict=True):
        try:
            right += float(parse_answer(text)) == float(problem.answer)
            seen += 1
        except Exception:
            pass
    return right / seen


ex2.check(accuracy)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("star")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Zelikman et al. 2022, arXiv 2203.14465, algorithm 1; official code in JAX for TPUs, GPT-J with 6 billion parameters |
# | kept | right completions; a hint for problems without one; the hint dropped when stored; every round trains anew from the base |
# | simplified | K samples at T = 1 where the paper draws one, near greedy; the hint goes to problems where all K failed; no few-shot examples, since the pocket model brings its format; a fixed number of epochs; LoRA |
# | known reports | the paper's arithmetic reaches 89.5 % with rationalisation; on GSM8K it "does not substantially improve"; ReST-EM (arXiv 2312.06585) leaves it out because it raises false positives |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "gsm8k"` at the top and run all, where the length of a problem is the
# number of calculations its author marked. From the command line:
#
# ```
# course star --model Qwen/Qwen2.5-0.5B-Instruct --problems gsm8k:512 --max-tokens 320 --lr 1e-4
# ```
#
# Next: is a hundred samples better than ten? [02 · RFT](02_rft.ipynb)
