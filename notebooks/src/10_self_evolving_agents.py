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
# # Self-evolving agents: can it improve outside the weights?
#
# An *agent* is a model and what stands around it: in which order it is asked, what is done with its answers, what is remembered. All that can be improved while the model stays as it is. *AFlow* searches for a better
# *workflow*. *Voyager* fills a *library of skills*, small programs that worked once and are called again.
# **The claim: a searched workflow answers more than one call does, and a library solves what the frozen model cannot.** What each owes to calls, to checks and to an interpreter is what we look at.
#
# | | |
# |---|---|
# | minutes | 35 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write a workflow as a value and search for a better one; hold it against a vote of the same price; look for the winner's curse; fill a library of skills, check it, read it and spoil it; say where both end |
# | needs | notebooks 00 and 07 |

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
    "10_self_evolving_agents",
    MODEL,
    levels=(3, 4, 5, 6),
    measured=(3, 4, 5, 6),
    gauge=lesson.gauges.writing,
)
room

# %% [markdown]
# Two boxes of the loop are filled in another way, and no box trains. *Rollout* is no longer one answer but a workflow: several calls and what is done with them. *Train* writes programs into a library, or nothing at all.

# %%
show.loop("rollout", "train")

# %% [markdown]
# A fingerprint of every weight. It is printed again at the end.

# %%
from course_lib.policy import weights_hash

fingerprint = weights_hash(room.policy.model)
print("weights before:", fingerprint[:16])

# %% [markdown]
# ## Predict first
#
# A search tries 24 workflows. It scores each on the same 64 stories, whose answers it may look at, and keeps the best. One that turns out to take more than four calls for a story, on average, is refused.

# %%
WORKFLOWS = "On fresh stories, how does the workflow that was found stand against a plain vote of four answers?"
room.predict(
    WORKFLOWS,
    "far above: it was chosen among many",
    "a few points above",
    "about as high",
    "below: it was chosen for its luck",
)

# %%
SKILLS = "The model answers 144 short stories four times each. Right solutions are written down as skills. How many stories of 8 and 10 steps does the same frozen model solve with them?"
room.predict(
    SKILLS,
    "as few as without: it is the same model",
    "about one in four",
    "nearly all",
)

# %% [markdown]
# ## Three problems
#
# Two stories of the usual length, and one of ten steps. Four answers to each.

# %%
three = [*room.train[:2], *room.stories(1, (10,), seed=4)]
show.answers(room.answers(three, k=4))

# %% [markdown]
# ## Where it stands before
#
# One answer a story: at the usual lengths, and at 8 and 10 steps.

# %%
from course_lib.statistics import mean, wilson


def told(outcomes):
    """A share with its interval."""
    low, high = wilson(sum(outcomes), len(outcomes))
    return f"{mean(outcomes):6.1%}, 95 % interval {low:.1%} to {high:.1%}"


far = room.stories(min(200, len(room.fresh)), (8, 10), seed=7)
for name, stories in {"3 to 6 steps": room.fresh, "8 and 10 steps": far}.items():
    groups = room.answers(stories, k=1)
    print(f"{name:15}", told([g.scores_G[0] for g in groups]))

# %% [markdown]
# ## The idea
#
# AFlow:
#
# 1. A workflow is made of operators: *generate*, *revise*, *ensemble*, *verify*. It is data, so it can be changed.
# 2. Carry it out on a few validation problems with answers. Their share of right answers is its score.
# 3. Draw a parent among the best so far and the first. Change one thing. That is the child.
# 4. Score the child, and write back to the parent whether the change helped.
# 5. After so many evaluations, keep the best.
#
# $$P(i) = \lambda \cdot \frac{1}{n} + (1 - \lambda) \cdot \frac{\exp\big(\alpha\,(s_i - s_{\max})\big)}{\sum_j \exp\big(\alpha\,(s_j - s_{\max})\big)}$$
#
# $P(i)$ is the chance of workflow $i$ to be the next parent, $n$ the number of candidates, $s_i$ its score in percent and $s_{\max}$ the highest. $\lambda$ is spread evenly; $\alpha$ says how strongly the best is preferred.
#
# Voyager:
#
# 1. Tasks come from easy to hard. The frozen model tries each.
# 2. What worked is written down as a small program, a *skill*.
# 3. A skill is stored only after it was checked.
# 4. A new task calls the skills that it needs, one after the other.
#
# In both, improvement is what is *chosen and kept* outside the model. In both, someone must say what is right.

# %% [markdown]
# ## A workflow by eye
#
# Here is one, printed as a program of one line, and what it costs. *rewrite* is a revision without a critique: notebook 07 found it to be the better author on short stories. *ensemble* is a majority vote. *verify* votes as well, but only among answers in which the model itself finds no mistake. *agree* asks one part after the other, and stops as soon as two give the same answer.

# %% tags=["nbval-check-output"]
from course_lib.workflow import GENERATE, Desk, Workflow, chain, run, vote

stops = Workflow("agree", (GENERATE,) * 5)
mixed_up = Workflow("ensemble", (GENERATE, GENERATE, chain("rewrite", 1)))
for workflow in (GENERATE, vote(4), chain("revise", 1), mixed_up, stops):
    print(f"{workflow!s:52} {workflow.least} to {workflow.most} calls")

# %% [markdown]
# Carried out on five stories. Calls differ from story to story where a workflow has a condition: two answers may agree at once.

# %%
desk = Desk(room.policy, room.seed, room.max_tokens)
for problem, said in zip(room.train[:5], run(stops, desk, room.train[:5]), strict=True):
    last = said.text.strip().split("\n")[-1]
    print(
        f"{problem.level} steps: {last:12.12} right is {problem.answer:>3}; {said.calls} calls"
    )

# %% [markdown]
# And the choice of a parent, by hand. Four workflows scored 58, 70, 72 and 75 %. With λ = 1 all are alike. With λ = 0 the first is all but given up, and on 64 stories a bad score may be bad luck.

# %% tags=["nbval-check-output"]
from course_lib.methods.aflow import mixture

for lam, alpha in ((0.2, 0.4), (1.0, 0.4), (0.0, 0.4), (0.2, 0.05)):
    shares = ", ".join(f"{c:.2f}" for c in mixture([58, 70, 72, 75], lam, alpha))
    print(f"λ = {lam:.1f}, α = {alpha:<4}   {shares}")

# %% [markdown]
# ## Exercise 1: which workflow is changed next?

# %%
from course_lib.check.agents import ex1, ex2

ex1

# %%
import math


def chances(scores, lam, alpha):
    """The chance of each workflow to be changed next."""
    ...


ex1.check(chances)

# %% [markdown]
# ## What changed in the code
#
# AFlow owns its loop, because nothing is trained. This is one turn of it, and the operator with the condition. What you read is what runs.

# %%
from course_lib.methods.aflow import expanded
from course_lib.workflow import agree

show.source(expanded)

# %%
show.source(agree)

# %% [markdown]
# `run` returns texts and calls. It never looks at a story's answer: only the scoring of the search does, on validation stories.
#
# ## The run, with its control
#
# The control may make as many calls: a vote of four. Of the single operators it is the best within that price (C40 below tries the others as well).
# ■ ends the search and keeps what was tried.

# %%
from course_lib.lesson.agents import collect, search

TRIED = 24 if room.budget.rounds > 1 else 5
room.tell("the search", answers=4 * TRIED * 64 + 9 * len(room.fresh))
found = search(room, TRIED)

# %%
found

# %%
from course_lib.statistics import paired_gain


def gain(name, new, old):
    """The paired difference of two rows of outcomes, in words."""
    found = paired_gain(new, old)
    low, high = (100 * x for x in found["interval"])
    print(f"{name:46}{100 * found['value']:+5.1f} points [{low:+.1f}, {high:+.1f}]")
    return (
        f"{100 * found['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"
    )


ours, plain, one = (row for _, row in found.arms.values())
print("found:", found.best.workflow)
gain("over one answer", ours, one)
over_vote = gain("over a vote of four", ours, plain)
room.recall(WORKFLOWS, over_vote)

# %% [markdown]
# Hold the marks beside one another. The square is a single call (other draws than in the table above): against it nearly any workflow looks like progress, for it buys several answers. The triangle costs what the search may spend. What was found is about as high, and takes fewer calls: read both numbers.
# That it is the cheap one is also a rule of ours: of workflows that score alike, the search takes the one with fewest calls. In the run above the vote of four itself is among those at the top.
#
# The last row is what the search *saw* when it chose: the best of many noisy scores. On 64 stories the standard error of a score is 6 points, its 95 % interval some 11 either way, and the best of 24 tends to be one that was lucky as well. That is the *winner's curse*. In one run it may or may not show; C40 below has five. Only fresh stories tell.
#
# ## Was it the search?
#
# Three more controls. As many workflows changed *by lot*: each parent is drawn whatever its score, and only the best is picked at the end. The same search *without the condition*. And a workflow that a person writes who knows when to stop.

# %%
from course_lib.lesson.agents import gold
from course_lib.methods.aflow import by_lot, on
from course_lib.workflow import CALLS

lot = search(room, TRIED, choose=by_lot, remember=False, beside=found, title="By lot")
even = search(
    room,
    TRIED,
    operators=[o for o in CALLS if o != "agree"],
    beside=found,
    title="No condition",
)
by_hand = Workflow("agree", (GENERATE,) * 8)
arms = {
    "found": found.arms["found"],
    "control: a vote of four": found.arms[f"control: {vote(4)}"],
    "the best of as many by lot": lot.arms["found"],
    "searched without the condition": even.arms["found"],
    "by hand: agree(8 × generate)": gold(room, found.desk, by_hand),
}
show.found(arms, None, room.seed, "Was it the search?")

# %%
for name, (_, row) in list(arms.items())[1:]:
    gain(f"found, over {name}", ours, row)
seen, calls = on(found.told, room.train[:64])(by_hand)
print(f"by hand, on the search's own stories: {mean(seen):.1%}, {calls:.1f} calls")

# %% [markdown]
# Look at the last row of the figure. A vote that stops early, with up to eight answers, is one line, and it is better than what was found, within the same calls. The search was on its way there: four answers that stop early are the last that it tried. With eight it would have scored higher on its own stories too, as the last line says; it had no tries left. Nor did it invent the condition: we had put *agree* among its operators. A search recombines
# what it is offered. Take the condition away, and it comes back with a plain vote, here and in three of C40's five seeds. (It found fewer than 24 that are new and cheap enough.)
#
# And the lot? Read its line, but do not keep it: it is one run's. C40 has five.
#
# Why does stopping early pay? On an easy story two answers agree at once. The calls that are saved there are spent on hard ones. Here is what calls buy, in a plain vote and in one that stops:

# %%
sizes = (2, 3, 4, 5, 6, 8)
bought = {
    "a vote that stops when two agree": [
        gold(room, found.desk, Workflow("agree", (GENERATE,) * n)) for n in sizes[1:]
    ],
    "control: a plain vote": [gold(room, found.desk, vote(n)) for n in sizes],
}
show.by_calls(bought, room.seed, "What calls buy")

# %% [markdown]
# ## How the next parent is chosen
#
# The scores of the search above. Move λ and α, and how many of the best are candidates. When is the first workflow still tried? When does the search stay with one favourite, which may only have been lucky?

# %%
from course_lib import controls

controls.panel(
    lambda lam, alpha, best: show.parents(
        [t.score for t in found.tried],
        [str(t.workflow) for t in found.tried],
        lam,
        alpha,
        best,
    ),
    lam={"values": (0.0, 1.0, 0.1), "start": 0.2, "label": "λ"},
    alpha={"values": [0.0, 0.05, 0.1, 0.2, 0.4, 0.8], "start": 0.4, "label": "α"},
    best={"values": [2, 3, 4, 6], "start": 4, "label": "the best"},
)

# %% [markdown]
# **C40. A search over workflows improves without weights**: the workflow found, against the best single operator within the same calls, over five seeds and 500 fresh stories each. The table: a single answer; as many workflows by lot; the vote that stops early, written by hand; the search without that condition; and the winner's curse.

# %%
room.claim("C40")

# %% [markdown]
# Against one answer it improves, by calls. Against a vote of the same price it is *not shown*, and against changes by lot neither. What the search brings is thrift: in three seeds of five it is as high with three calls as the vote with four. And a line written by hand does better than any of its winners.
#
# The winner's curse: +2.5 points, and its interval holds 0. So it is not shown here either. It is what one must expect of a maximum, not what every run has.

# %% [markdown]
# ## A library of skills
#
# Now the other place outside the weights. The model solves short stories. Each line of a solution is laid beside the sentence that it answers, and written down as a function. By eye, two solutions of one story:

# %% tags=["nbval-check-output"]
from course_lib.skill_library import kind_of, written_down
from course_lib.types import Problem

story = Problem(
    "by-hand",
    "Mia has 20 nuts. She buys 14 more. Then she gives a dozen to Tom. How many nuts does Mia have now?",
    "22",
)
for solution in ("20+14=34\n34-12=22\n#### 22", "20+14=34\n34-10=24\n#### 24"):
    for skill in written_down(story, solution):
        print(f"{skill.kind:22} {skill.code.splitlines()[-1].strip()}")
    print()

# %% [markdown]
# A line that uses the sentence's number becomes a rule about that number: `n`. A dozen has no digits, so the rule holds a fixed number. The second solution is how most of this town reads a dozen, and it is wrong. Both would be written down.
#
# The town's part in this is large, so let it be said plainly. *Ours*: how sentences are told apart, the form of a skill, and that a story is worked through in its order. *The model's*: which sign, and which number. An interpreter then does the sums, and it never slips. So beside the library there will be a control that has the interpreter and no library.
#
# What goes in is checked first: by the answer of *another* short story, in which the skill is called among stored ones.

# %%
from course_lib.methods.voyager import checked, passes

show.source(checked)

# %%
LESSONS = 72 if room.budget.rounds > 1 else 8
lessons = [
    *room.stories(LESSONS, (1, 2, 3, 4), seed=5),
    *room.stories(LESSONS, (1, 2, 3, 4), seed=6, dozen=True),
]
room.tell("the lessons", answers=8 * len(lessons) + 8 * len(far))
collected = collect(room, lessons)

# %%
collected

# %% [markdown]
# The control has as many answers in all: those of the lessons are shared among the long stories. And it is treated kindly. One right answer among them is enough, though someone would have to tell which. The library has one attempt.

# %%
from course_lib.lesson.agents import any_right, one_attempt
from course_lib.skill_library import recalculated

long_arms = collected.arms()
solved, without = long_arms["8 and 10 steps"].values()
gain("with the library, over as many answers", solved, without)
anew = [
    [recalculated(c.text) for c in g.completions_G]
    for g in collected.asked["8 and 10 steps"]
]
from course_lib.answers import same_answer

sums = [
    float(any(same_answer(text, g.problem.answer) for text in texts))
    for g, texts in zip(collected.asked["8 and 10 steps"], anew, strict=True)
]
gain("with it, over answers with exact sums", solved, sums)
room.recall(
    SKILLS,
    f"{told(solved).strip()}; without a library, as many answers: {told(without).strip()}.",
)

# %% [markdown]
# Exact sums alone mend next to nothing: at these lengths the model loses its way in the story, not in the arithmetic. The library never loses its way, because it takes a sentence at a time. This is what it holds, and what was refused, if anything was:

# %%
show.skills(collected.learned.library, collected.learned.refused, limit=12)

# %% [markdown]
# Read a few. Nobody taught the model that a dozen is 12: four of five authors in its town believe 10. But it says 12 now and then, and the answers of the lessons picked those out.
#
# ## Before and after, side by side
#
# Stories of 8 and 10 steps: the model's first answer, and the library's.

# %%
from course_lib.lesson.agents import with_library
from course_lib.select import first

some = [first(g, 1) for g in collected.asked["8 and 10 steps"][:24]]
show.beside(
    some,
    with_library(collected.learned.library, some),
    names=("the model alone", "with the library"),
)

# %% [markdown]
# ## How many lessons does it take?
#
# The library filled from fewer lessons. Move the answers to each lesson, the kind of long story, and whether skills are checked. Where does checking cost something, and where does it pay?

# %%
from course_lib.lesson.agents import grown
from course_lib.methods.voyager import unchecked

STORES = {"by the answer of another story": checked, "not at all": unchecked}
controls.panel(
    lambda k, kind, check: grown(collected, kind, STORES[check], room, k),
    k={"values": [1, 2, 4], "start": 4, "label": "answers a lesson"},
    kind={"values": list(collected.asked), "label": "stories"},
    check={"values": list(STORES), "label": "checked"},
)

# %% [markdown]
# On plain stories the check costs little. With four answers to each lesson both libraries are full at 48 lessons; with one answer the unchecked one has no advantage either, for some of what it stores is wrong. Then switch to the dozen.
#
# ## Break it: store without a check
#
# The same answers, three libraries. *Unchecked*: the first skill of each kind that comes. *Checked by the model itself*: only from solutions in which the model finds no mistake. Predict the dozen stories for both: long ones, and short ones, which the model alone can work through.

# %%
from course_lib.methods.voyager import self_checked

groups, dozen = collected.learned.groups, collected.asked["the same with a dozen"]
libraries = {
    "checked by answers": collected.learned.library,
    "checked by the model itself": self_checked(room.policy, groups, room.seed)[0],
    "unchecked": unchecked(room.policy, groups, room.seed)[0],
}
short = room.answers(room.stories(len(dozen), (3, 4), seed=11, dozen=True), k=4)
broken = {
    kind: {
        **{name: one_attempt(lib, stories) for name, lib in libraries.items()},
        "control: four answers, one right is enough": any_right(stories, 4),
        "control: one answer": any_right(stories, 1),
    }
    for kind, stories in {"3 and 4 steps": short, "8 and 10 steps": dozen}.items()
}
show.solved(broken, room.seed, "Stories with a dozen")

# %% [markdown]
# The model finds no mistake in a dozen that is ten, so its own check changes nothing. From then on *every* story that calls the skill is wrong, and wrong in the same way. Look at the short stories. Attempt for attempt even the unchecked library is ahead of the model, which also slips in its sums. What it has lost is the second try. The model says 12 now and then, so one of four answers may be right; with the unchecked library four attempts or a hundred are all alike. It solves what
# happened to be written down as 12 at the first go, and nothing else, ever. A false belief was a tendency; the library has made it a rule.
#
# But it can be found and mended. It is one line. Spoil a skill by hand, then look which stories fail:

# %%
from course_lib.skill_library import edited, kinds, sentences

KIND, CODE = "loses #", "def loses(have, n):\n    return have + n\n"

library = collected.learned.library
spoiled = edited(library, KIND, CODE) if KIND in library.skills else library
long_stories = collected.asked["8 and 10 steps"]
right = one_attempt(spoiled, long_stories)
calls_it = [KIND in kinds([g.problem]) for g in long_stories]
for name, wanted in {"stories that call it": True, "all others": False}.items():
    row = [r for r, c in zip(right, calls_it, strict=True) if c == wanted]
    print(f"{name:22}{told(row)} ({len(row)} stories)")

# %% [markdown]
# And its edge. A story with a kind of sentence that no lesson had is beyond the library. Take one skill out, and its stories go back to the model:

# %%
from course_lib.skill_library import Library

gap = Library({k: s for k, s in library.skills.items() if k != KIND})
left = one_attempt(gap, long_stories)
for name, wanted in {"stories that need it": True, "all others": False}.items():
    row = [r for r, c in zip(left, calls_it, strict=True) if c == wanted]
    print(f"{name:22}{told(row)}")

# %% [markdown]
# **C41. A library of skills solves what the frozen base cannot**: one attempt with the library, against as many answers without, over five seeds. The table: answers with exact sums; a vote; no check; lessons of 3 and 4 steps only, where in one seed of five no first skill could be checked, so nothing was stored; and the dozen, three ways. The library without a check is as good on plain stories in four seeds of five; in the other, one wrong skill costs more than half of them. With the dozen not all are solved: in four seeds a kind or two of sentences could not be checked, and their stories are left to the model.

# %%
room.claim("C41")

# %% [markdown]
# Not a weight has moved:

# %%
print("weights before:", fingerprint[:16])
print("weights now:   ", weights_hash(room.policy.model)[:16])

# %% [markdown]
# ## Exercise 2: may it be stored?

# %%
ex2


# %%
def passes(source, results):
    """May the skill that was written down from `source` be stored?"""
    return all(results.values())


ex2.check(passes)

# %% [markdown]
# ## Try it yourself
#
# Other lessons, another check. Can you fill a library from lessons of 3 and 4 steps? What do more answers to fewer lessons bring?
# Press Run. Stop keeps the lessons that are finished. Until then the figure shows the library from above.

# %%
from course_lib.lesson.agents import try_out

LEVELS = {"1 to 4 steps": (1, 2, 3, 4), "2 to 4 steps": (2, 3, 4), "3 and 4": (3, 4)}
CHECKS = {
    "by answers": checked,
    "by the model itself": self_checked,
    "not at all": unchecked,
}


def other(bar, draw, say, lessons, steps, k, check):
    told = [
        p
        for dozen in (False, True)
        for p in room.stories(lessons, LEVELS[steps], seed=8 + dozen, dozen=dozen)
    ]
    return collect(room, told, k, CHECKS[check], 100, draw=draw, say=say, bar=bar)


try_out(
    other,
    collected,
    lessons={"values": [6, 12, 24, 48], "start": 24, "label": "lessons of each kind"},
    steps={"values": list(LEVELS), "start": "3 and 4", "label": "lessons of"},
    k={"values": [1, 2, 4, 8], "start": 4, "label": "answers a lesson"},
    check={"values": list(CHECKS), "label": "checked"},
)

# %% [markdown]
# And the search, with another limit or another choice:

# %%
CHOICES = {"by scores": None, "by lot": by_lot}


def search_again(bar, draw, say, limit, tried, validation, choose):
    how = {"choose": CHOICES[choose], "remember": choose == "by scores"}
    return search(room, tried, limit, validation, **how, draw=draw, say=say, bar=bar)


try_out(
    search_again,
    found,
    limit={"values": [2, 3, 4, 6], "start": 3, "label": "calls"},
    tried={"values": [8, 16, 24, 40], "start": 16, "label": "workflows"},
    validation={
        "values": [16, 32, 64, 128],
        "start": 32,
        "label": "validation stories",
    },
    choose={"values": list(CHOICES), "label": "parents"},
)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("agents")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | AFlow: Zhang et al. 2024, arXiv 2410.10762, code `FoundationAgents/AFlow`. Voyager: Wang et al. 2023, arXiv 2305.16291, code `MineDojo/Voyager` |
# | kept | a workflow is data; a tree of workflows with scores; a soft mixed choice among the best and the first; one change at a time; experience written back. Tasks from easy to hard; skills as programs, stored after a check, found by description and called one after the other; a frozen model |
# | simplified | changes are drawn by lot, where AFlow has a large model rewrite code after reading what failed; five operators and one condition; one carrying-out instead of five. Skills are written down from lines of a solution, where GPT-4 writes Voyager's; they are found by the kind of sentence and not by embeddings; no retries with an error message |
# | added | a limit on calls, which the paper's search does not have |
# | paper and code | AFlow's code: λ = 0.3 and α = 0.2, the four best rounds and the first; we take λ = 0.2 and α = 0.4. The README says five validation rounds, the code's default is one. It counts no visits, so "Monte Carlo tree search" means tree search with a soft choice. Voyager retrieves the five most similar skills; its library is never pruned, and a skill that is overwritten is not tested again |
# | reported by the papers | AFlow: +5.7 points on average over six benchmarks, and a smaller model above GPT-4o on some tasks at 4.55 % of its cost. Voyager: 3.3 times as many items as other agents; without self-verification 73 % fewer; without the library it comes to a stand |
# | known reports | AFlow: a reader could not reproduce HumanEval and MBPP, because of a wrong dataset name in a template (issue 13). Voyager has not changed since 2023, and asks for models and packages that have gone (issues 149, 161, 163, 176) |
# | what to doubt | both papers' results lie in their own task domains. Ours lie in a town where every sentence is one of 24 kinds |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` at the top and run all. A real model is asked in plain words (`course_lib/wording.py`) to check and to correct. Stories stay the town's, for the library reads their sentences. Raise the lengths in the first cells: short stories are easy for it, and where all is right there is nothing to search for.
#
# Back to the start: [00](00_the_loop.ipynb), and one loop.
