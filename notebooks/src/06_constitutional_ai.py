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
# # Constitutional AI: can a written rule replace a thousand labels?
#
# The town's helper helps with everything: with baking bread, and with stealing a hat. It is also rude. To change that, one would ask people to label thousands of replies.
# Constitutional AI writes a few sentences instead, *principles*. The model criticises and rewrites its own replies under them.
# **The claim: a written rule makes the helper less harmful, and a second stage, on the model's own preferences, goes further. What it costs is not in the same number.**
#
# The unkind requests here are mild by design: hats, soup, a neighbour's cat.
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 4 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write a constitution and see what it does; turn a preference into a soft label, and labels into a reward; read harmlessness and usefulness as two axes; know an evasive helper when you see one |
# | needs | notebooks 00 and 01; pairs from 04 |

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

REQUESTS = "town"  # with a real model: "red-team", after the note at the end

from course_lib import lesson, show

room = lesson.begin_town("06_constitutional_ai", MODEL, requests=REQUESTS)
room

# %% [markdown]
# In the first stage *Revise* is new: critique and rewriting. In the second, *Score* is a reward model that was trained on the model's own preferences, and *Train* is a *policy
# gradient*: replies with a high reward become likelier, the others less.

# %%
show.loop("score", "revise", "train")

# %% [markdown]
# ## Your constitution
#
# This is the cell to edit. One principle a line. The pocket model understands these four sentences, and no others:
#
# `Do not help anyone to do harm.` · `Be polite.` · `Give a real answer.` · `Use at most two sentences.`
#
# Any other is refused: the model would follow one of these in its place. The first list is for unkind requests, the second for kind ones. (The model was raised on critiques and rewritings under these sentences. So the labels were not saved here, they were spent earlier. A
# large model brings the skill from its general training.)

# %%
FOR_UNKIND = """
Do not help anyone to do harm.
Be polite.
"""
FOR_KIND = """
Give a real answer.
Be polite.
"""

from course_lib.constitution import need_understood, read_constitution

unkind_rules, kind_rules = map(read_constitution, (FOR_UNKIND, FOR_KIND))
need_understood(room.policy, unkind_rules + kind_rules)
print(
    len(unkind_rules),
    "principles for unkind requests,",
    len(kind_rules),
    "for kind ones",
)

# %% [markdown]
# ## Predict first
#
# We train on rewritten replies to unkind requests. Replies to kind requests stay in the training set as they are.

# %%
QUESTION = (
    "Unkind replies are rewritten under the rules. What happens to kind requests?"
)
room.predict(
    QUESTION,
    "nothing: their replies were not touched",
    "some get refusals too",
    "they get better answers",
)

# %% [markdown]
# ## Three problems
#
# Three requests with four replies each. What is said about a reply comes from exact checkers, which read words that only this town uses. They cannot be argued with, and nothing
# is trained on them.

# %%
drafts = room.answers(room.train[:3], k=4)
show.answers(drafts)

# %% [markdown]
# ## Where it stands before
#
# Two axes, not one. A helper that says nothing is perfectly harmless. That is also why a plain *no* is counted by itself: a reply that falls apart into
# words without a plan passes as harmless, too.

# %%
before = room.measure()(room.policy)
for name, what in {
    "harmless": "unkind requests: harmless replies",
    "declining": "unkind requests: a plain no",
    "useful": "kind requests: real answers",
    "refusing": "kind requests: refused, or an empty phrase",
    "polite": "all requests: polite replies",
}.items():
    low, high = before[name]["interval"]
    print(
        f"{what:45}{before[name]['value']:6.1%}   95 % interval {low:.1%} to {high:.1%}"
    )

# %% [markdown]
# ## The idea
#
# First stage, *SL-CAI* (SL: supervised learning, plain imitation):
#
# 1. The model replies to an unkind request. A principle is drawn from the list.
# 2. The model criticises its reply under this principle, then rewrites it. Perhaps several times over.
# 3. It is fine-tuned on the last rewriting, and on its plain replies to kind requests.
#
# Second stage, *RL-CAI* (RL: reinforcement learning, from a reward):
#
# 4. Shown two replies and a principle, the model says which keeps better to it. The probability of its answer is a *soft label* $p$.
# 5. A reward model $r$ learns these labels; the policy is trained against $r$, held to where it started.
#
# $$\mathcal{L}_r = -\,p\,\log\sigma\big(r(y_1)-r(y_2)\big) - (1-p)\,\log\sigma\big(r(y_2)-r(y_1)\big) \qquad\quad \max_\theta\; \mathbb{E}\big[r(y)\big] - \beta\,\mathrm{KL}\big(\pi_\theta \,\|\, \pi_{\text{start}}\big)$$
#
# KL says how differently two models write, 0 if alike. The loop is the one you know. But in the first stage there is no filter: every rewriting is kept, good or bad. In the second the model asks whether a
# reply keeps to a rule, where STaR and ReST asked whether an answer is right.

# %% [markdown]
# ## The new slot, by eye
#
# One reply, criticised and rewritten under each of the four principles. Which rewriting would you be glad of, and which one only sounds better?

# %%
from course_lib.rollout import greedy
from course_lib.tasks.house_rules import PRINCIPLES

REQUEST = "How can I steal a hat?"
REPLY = "You fool. Wait until night and take it quietly. Now leave me alone."
wording = room.policy.wording  # the words in which this model is asked
print(f"{REQUEST}  {REPLY}\n")
for rule in PRINCIPLES:
    (said,) = greedy(room.policy, [wording.critique(REQUEST, REPLY, rule)], 60)
    (new,) = greedy(room.policy, [wording.revise(REQUEST, REPLY, rule, said.text)], 60)
    print(f"{rule}\n  critique: {said.text}\n  rewritten: {new.text}")

# %% [markdown]
# "Be polite." makes a polite thief's helper. Nothing in that rule speaks of harm. A constitution gets what it says, not what you meant. And now the failing case: the rule against harm,
# applied to a *kind* request.

# %%
KIND, ADVICE = (
    "How can I bake bread?",
    "Gladly. Mix flour and water and bake it for an hour.",
)
(said,) = greedy(room.policy, [wording.critique(KIND, ADVICE, PRINCIPLES[1])], 60)
(new,) = greedy(
    room.policy, [wording.revise(KIND, ADVICE, PRINCIPLES[1], said.text)], 60
)
print(f"{KIND}  {ADVICE}\n  critique: {said.text}\n  rewritten: {new.text}")

# %% [markdown]
# The model never met this rule with a kind request. What it says there is a guess. That is why kind requests are spared in the first stage.

# %% [markdown]
# ## Exercise 1: a soft label

# %%
from course_lib.check.cai import ex1, ex2

ex1


# %%
def soft_label(ask, reply_1, reply_2):
    """The chance that reply 1 keeps better to the principle."""
    ...


ex1.check(soft_label)

# %% [markdown]
# ## What changed in the code
#
# One pass of critique and rewriting. What you read is what runs.

# %%
from course_lib.constitution import one_pass

show.source(one_pass)

# %% [markdown]
# And the method beside STaR, whose revise slot shows an answer instead of a rule.

# %%
from course_lib import sl_cai, star

settings = {"lr": room.lr, "epochs": 4, "max_tokens": room.max_tokens}
show.diff(star(**settings), sl_cai(unkind_rules, **settings))

# %% [markdown]
# ## Which rule prefers what?
#
# Recorded replies of the pocket model, six to each of 64 requests, and for each rule the model's own preferences among them. Weigh the rules. The winner of each request is
# the reply that the mix likes best. What are the winners like, beside all replies?

# %%
from course_lib import controls
from course_lib.recordings import preferred
from course_lib.tasks.house_rules import BRIEF, HARMLESS, HELPFUL, POLITE

recorded_preferences = preferred()
controls.panel(
    lambda harmless, helpful, polite, brief: show.mixed_rules(
        recorded_preferences,
        {HARMLESS: harmless, HELPFUL: helpful, POLITE: polite, BRIEF: brief},
    ),
    harmless={"values": (0.0, 1.0, 0.25), "start": 1.0, "label": "no harm"},
    helpful={"values": (0.0, 1.0, 0.25), "start": 0.0, "label": "real answer"},
    polite={"values": (0.0, 1.0, 0.25), "start": 0.0, "label": "polite"},
    brief={"values": (0.0, 1.0, 0.25), "start": 0.0, "label": "brief"},
)

# %% [markdown]
# The rule against harm alone picks *rude* replies: 41 % polite, beside 61 % of all. A rule says nothing of what it does not name, so there the judge's habits decide. "Real answer" alone even picks 44 % harmless, beside 59 % under "no harm" and 18 % of all;
# with 32 unkind requests the first two can't be told apart. With all four at 0 the constitution is empty, and the panel says so.
#
# ## The run, with its control
#
# First stage. The control imitates the *drafts* of the same requests, as they were before they were rewritten: as many, as long.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
from dataclasses import replace

from course_lib.select import drafts as as_drafted

method = sl_cai(unkind_rules, **settings)
not_rewritten = replace(method, name="drafts, not rewritten", select=as_drafted)
first_stage = room.run(method, rounds=1, twin=not_rewritten)

# %% [markdown]
# A step to the right: replies that are harmless more often, learned from a sentence. Imitating its own drafts hardly moves it; the rule's share is the distance to the control. How far down did it go?

# %%
after = first_stage.measured()


def gain(name, new=after, old=before):
    from course_lib.statistics import paired_gain

    g = paired_gain(new[name]["outcomes"], old[name]["outcomes"])
    low, high = (100 * x for x in g["interval"])
    return g, f"{100 * g['value']:+.1f} points, 95 % interval {low:+.1f} to {high:+.1f}"


over = first_stage.measured(arm="control")
print("harmless, over the control:", gain("harmless", after, over)[1])
room.recall(
    QUESTION,
    f"real answers to kind requests {gain('useful')[1]}; refusals or empty phrases {gain('refusing')[1]}.",
)

# %% [markdown]
# ## The second stage
#
# The model after stage one draws four replies to each request. The base compares every two of them under a rule, in both orders, because a letter can be liked for its place. Best and worst of the four make a pair,
# and its label is how sure the base is of these two. From the pairs comes a reward model.

# %%
from course_lib import ai_preferences, preference_model, rl_cai
from course_lib.statistics import mean
from course_lib.types import Turn

asked = {
    kind: [r for r in room.train if r.facts["kind"] == kind] for kind in (False, True)
}
room.tell("this", answers=16 * len(room.train), learned=4 * len(room.train))
labels = {
    kind: ai_preferences(
        first_stage.policy,
        asked[kind],
        rules,
        Turn(room.seed, 20),
        max_tokens=room.max_tokens,
        by=room.policy,
    )
    for kind, rules in ((False, unkind_rules), (True, kind_rules))
}
pairs = [*labels[False], *labels[True]]
reward = preference_model(room.policy, pairs, room.seed, lr=room.lr / 2)
print(
    f"{len(pairs)} pairs; the label is {mean([p.chance for p in pairs]):.0%} sure on average"
)

# %% [markdown]
# A label that is 60 % sure pulls less than one that is 95 % sure. That is all "soft" means.
#
# Now the policy gradient. Eight replies to a request, each with its reward; replies above the mean of their request become likelier, those below it less likely. β holds the policy to where it
# started. The control gets the same rewards, dealt out at random within each request.

# %%
from functools import partial

pictured = partial(show.conduct, start="after SL-CAI")
second = replace(
    room,
    policy=first_stage.policy,
    name="rl",
    train=room.train[: len(room.train) // 2],
    live=pictured,
    end=pictured,
)
second_stage = second.run(
    rl_cai(reward, first_stage.policy, max_tokens=room.max_tokens, lr=room.lr / 2),
    rounds=room.budget.rounds + 1,
)

# %% [markdown]
# ## Two stages, one path
#
# First the second stage by itself. What is due to the rewards, and not to the training?

# %%
final, dealt = second_stage.measured(), second_stage.measured(arm="control")
for what in ("harmless", "useful", "polite"):
    print(
        f"{what:9} since stage one {gain(what, final, after)[1]};  over the control {gain(what, final, dealt)[1]}"
    )

# %% [markdown]
# Now both stages on one plane, beside a popular recipe: take the rewritten reply as *chosen* and the draft as *rejected*, and train on these pairs by DPO. It calls itself Constitutional AI, too. But nobody
# was ever asked which of the two is better. About kind requests it gets the same preferences as the second stage.
#
# It differs from RL-CAI in two ways then, in its pairs and in its trainer. So a third way holds the trainer fixed: DPO, on the pairs that the second stage asked about.

# %%
from course_lib.select import best_worst
from course_lib.train import dpo

groups = first_stage.rounds()[0][0] if first_stage.rounds() else []
recipe_pairs = [*best_worst()(groups, Turn(room.seed, 1)), *labels[True]]
how = {"beta": 0.3, "lr": room.lr / 2, "epochs": 2, "batch": 16, "nll": 0.2}
recipe, asked_for = (
    dpo(first_stage.policy, told, seed=1, **how) if told else first_stage.policy
    for told in (recipe_pairs, pairs)
)
path = [before, after]
by_recipe, by_asked = map(room.measure(), (recipe, asked_for))
show.frontier(
    {
        "SL-CAI": path,
        "then RL-CAI": [after, *second_stage.found["rounds"][1:]],
        "then DPO, chosen = revision": [after, by_recipe],
        "then DPO, asked": [after, by_asked],
    },
    "Harmless against useful",
    room.seed,
)

# %% [markdown]
# Three ways to go on from where the first stage had come to. The recipe goes furthest to the right, and far down. In one number, "share of harmless replies", it wins. That is
# why this figure has two.
#
# What is it that goes down? Not DPO: with the pairs that were asked about it loses nothing on kind requests. Nor the kind requests' pairs, which are the same in all three. It is what is always chosen for *unkind* ones: a rewritten reply, asked about by nobody. The model learns to decline, everywhere.
#
# A harmless reply is not always a plain *no*. Where the first number rises by more than the second, harm has given way to empty phrases or broken sentences:

# %%
for name, found in {
    "base": before,
    "SL-CAI": after,
    "RL-CAI": final,
    "recipe": by_recipe,
    "DPO, asked": by_asked,
}.items():
    shares = [found[what] for what in ("harmless", "declining")]
    told = [
        f"{f['value']:.0%} [{f['interval'][0]:.0%}, {f['interval'][1]:.0%}]"
        for f in shares
    ]
    print(f"{name:11} harmless {told[0]:18} a plain no {told[1]}")

# %% [markdown]
# Now it is your turn. Take `Do not help anyone to do harm.` out of the first list at the top, or `Be polite.`, and run from there. Which way does the path bend?
#
# Read what the recipe says to kind requests. ✓ asks only whether the plan's words are there and nothing is rude; whether it is a sentence, you must read:

# %%
kind = [r for r in room.fresh if r.facts["kind"]][:3]
show.answers(room.answers(kind, k=2, policy=recipe))

# %% [markdown]
# ## The same, over five seeds
#
# **C18. SL-CAI lowers harm by a written principle**: rewritten replies imitated, against their drafts imitated. The table: what else it changed. Its last line is stories, the task it was *not* about. (There are only
# twelve unkind deeds in this town. "Fresh" means: asked in words that were not trained on.)

# %%
room.claim("C18")

# %% [markdown]
# **C19. RL-CAI goes further on AI preference alone**: its rewards, against the same rewards dealt out at random. The table: against where SL-CAI had come to, and against the recipe. The open disc is the run above.

# %%
here, _ = gain("harmless", final, dealt)
room.claim("C19", here)

# %% [markdown]
# ## Before and after, side by side

# %%
ask = sorted(room.fresh[:24], key=lambda r: r.facts["kind"])  # unkind first
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=second_stage.policy),
    names=("base", "after both stages"),
)

# %% [markdown]
# *Fine* means: no plan of harm, not rude, and a real answer where the request is kind.
#
# What did the first stage learn from? Score 1 means kept, not good: nothing filtered the rewritings.

# %%
show.lineage(first_stage.rounds(), limit=4)

# %% [markdown]
# ## Break it: leave out the ordinary
#
# The paper mixes plain replies to ordinary requests into the first stage. What are they good for? Train on rewritten replies to unkind requests *only*, under the same rules. They are half as many, so twice as long: as many
# steps. Predict both numbers.

# %%
from course_lib import improve

only_unkind = [r for r in room.train if not r.facts["kind"]]
narrow, n = sl_cai(unkind_rules, **{**settings, "epochs": 8}), len(only_unkind)
room.tell("this", answers=3 * n + len(room.fresh), learned=8 * n)
evasive, _ = improve(
    room.policy,
    only_unkind,
    narrow,
    rounds=1,
    measure=lambda policy: {},
    seed=room.seed,
)
show.frontier(
    {"with ordinary requests": path, "without": [before, room.measure()(evasive)]},
    "What ordinary requests are good for",
    room.seed,
)

# %% [markdown]
# It goes right, and down: fewer real answers to kind requests, because nothing in its training asked for any. That is the side on which the evasive helper stands. The cure has a price, too: with ordinary requests in the mix, fewer replies are harmless. Look how much each axis gives.
#
# ## Try it yourself
#
# More passes of critique, another rule. Does a second critique find what the first one left?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
RULES = {
    "no harm": (HARMLESS,),
    "polite": (POLITE,),
    "both": (HARMLESS, POLITE),
    "all four": PRINCIPLES,
}
room.play(
    lambda bar, passes, rules: sl_cai(RULES[rules], passes, **settings, bar=bar),
    picture=first_stage,
    passes={"values": [1, 2, 4], "start": 2, "label": "critiques"},
    rules={"values": list(RULES), "start": "both", "label": "principles"},
)

# %% [markdown]
# And how tight should β hold? Without it the reward model is the only thing that counts, its errors included. Until you press Run, the figure shows the run above: β = 0.05, and one round more.

# %%
second.play(
    lambda bar, beta: rl_cai(
        reward,
        first_stage.policy,
        beta=beta,
        max_tokens=room.max_tokens,
        lr=room.lr / 2,
        bar=bar,
    ),
    picture=second_stage,
    rounds=2,
    beta={"values": [0.0, 0.02, 0.05, 0.2, 1.0], "start": 0.2, "label": "β"},
)

# %% [markdown]
# ## Exercise 2: repair the recipe

# %%
ex2

# %%
from course_lib import Pair


def preference_pairs(rows, prefer):
    """What to choose, and what to reject, for each request."""
    pairs = []
    for request, draft, revision in rows:
        pairs.append(Pair(prompt=request, chosen=revision, rejected=draft))
    return pairs


ex2.check(preference_pairs)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("cai")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Bai et al. 2022, arXiv 2212.08073, §3 and §4; prompts in `anthropics/ConstitutionalHarmlessnessPaper` |
# | kept | critique and rewriting under a principle drawn for each pass; fine-tuning on the last rewriting and on plain replies to ordinary requests; preferences as the probabilities of two letters; soft labels; a reward model; a policy gradient with a KL to where it started |
# | simplified | four principles where the paper has sixteen; one pass where it has four; a principle asks for helpfulness where the paper has labels by people; the policy gradient of notebook 08 (GRPO) in the place of the paper's (PPO); no reasons before the letter, so no clamp to 40–60 %; both orders asked and averaged, which the paper does not do; of four replies the best and the worst make a pair, where the paper draws two; LoRA |
# | known reports | trained for too long, the paper's helper turns harsh or repeats stock phrases (§4.3); evasive, it says, was an earlier one, trained on people's labels (§4.4). A popular recipe takes the revision as chosen and the draft as rejected and asks for no preference between the two; it adds preferences about helpfulness from elsewhere, and mixes test preferences into its training set |
# | unkind requests | mild by design. For a real model there is the public set that the paper's own harmful requests come from, behind a note that says what is in it |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `REQUESTS = "red-team"` at the top, and run all. Half of the requests are then first sentences of red-team attempts (Ganguli et al. 2022), half are ordinary
# ones (Bai et al. 2022). Both are in the public set `Anthropic/hh-rlhf`. Without a network, give the name of a folder with its files.
# Critiques, revisions and preferences are asked for in plain words then (`course_lib/wording.py`), each with the form that the answer must have.

# %%
from course_lib.tasks import red_team

print(red_team.NOTE)

# %% [markdown]
# What is measured changes with them. The exact checkers know only the town's words, so stock phrases of refusal are counted instead, and that is a proxy: a reply can say no and help
# all the same. The town's own requests stay in the cells that write them out.
#
# Next: can a model improve without learning anything at all? [07 · Reflexion and Self-Refine](07_reflexion_and_self_refine.ipynb)
