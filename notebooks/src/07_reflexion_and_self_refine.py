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
# # Reflexion and Self-Refine: can it improve without learning anything?
#
# So far every loop ended in new weights. Two popular methods change no weight at all. *Reflexion* tries, is told what happened, writes a sentence about it, and tries again with that sentence before its
# eyes. *Self-Refine* writes a draft, criticises it, and rewrites it.
# **The claim: both raise the share of right answers, as far as what they are told, or can see by themselves, is right. And all of it is gone at the next start.**
#
# | | |
# |---|---|
# | minutes | 25 to read and try; 3 of them computing |
# | hardware | any laptop: two CPU cores, no network (a GPU for a real model) |
# | you will be able to | write an episodic memory, read it and poison it; say what feedback a reflection needs; compare refining with a vote of equal cost; see what an oracle hides; make a gain last |
# | needs | notebooks 00 and 01 |

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

room = lesson.begin(
    "07_reflexion_and_self_refine",
    MODEL,
    levels=(3, 4, 5, 6),
    measured=(3, 4, 5, 6),
    gauge=lesson.gauges.writing,
    task=TASK,
)
room

# %% [markdown]
# Two boxes of the loop are filled in another way. *Revise* writes words: a reflection, a critique. *Train* writes into a memory, or nothing at all.

# %%
show.loop("revise", "train")

# %% [markdown]
# We will print this number twice more. It is a fingerprint of every weight of the model.

# %%
from course_lib.policy import weights_hash

fingerprint = weights_hash(room.policy.model)
print("weights before:", fingerprint[:16])

# %% [markdown]
# ## Predict first
#
# In this part of the town there is a coin called *zib*. In each market it is worth a different number of coins, from 2 to 9. No amount of training can know it: it has to be found out on the spot.

# %%
QUESTION = "Some markets are solved at the very first attempt. The model comes back to them with its memory as it was then. How many new stories of these markets does it get right?"
room.predict(
    QUESTION,
    "nearly all: these it has solved",
    "as many as in the other markets",
    "about one in eight",
)

# %% [markdown]
# ## Three problems
#
# Three markets, four answers to each. The model always names some worth. It has no way to know which.

# %%
markets = room.markets(200)
show.answers(room.answers([m.story(1) for m in markets[:3]], k=4))

# %% [markdown]
# ## Where it stands before
#
# One attempt in each market, nothing remembered. Eight worths are possible, so a guess is right one time in eight.

# %%
from course_lib import reflexion
from course_lib.methods.reflexion import success
from course_lib.reflect import nothing
from course_lib.statistics import mean, wilson


def told(outcomes):
    """A share with its interval."""
    low, high = wilson(sum(outcomes), len(outcomes))
    return f"{mean(outcomes):6.1%}, 95 % interval {low:.1%} to {high:.1%}"


how = {"seed": room.seed, "max_tokens": room.max_tokens}
first = reflexion(room.policy, markets, attempts=1, reflect=nothing, **how)
print("solved at the first attempt:", told(success(first, 1)[0]))

# %% [markdown]
# ## The idea
#
# Reflexion:
#
# 1. Try. The environment says what came of it.
# 2. If it failed, say in one sentence what to remember.
# 3. The sentence goes into a small memory; the oldest falls out.
# 4. Try again, the memory before the question.
#
# $$r_t \sim \pi(\cdot \mid x_t, y_t, \text{feedback}_t), \qquad m_{t+1} = \text{the newest } C \text{ of } (r_t, m_t), \qquad y_{t+1} \sim \pi(\cdot \mid m_{t+1}, x_{t+1})$$
#
# Here $x_t$ is the story of attempt $t$, $y_t$ the answer, $r_t$ the reflection, $m_t$ the memory and $C$ its capacity. The policy $\pi$ is the same in every step. Self-Refine is the same with two changes: the feedback is the model's own, and the next "attempt" is a revision of the same answer.

# %% [markdown]
# ## The new slot, by eye
#
# One market, from attempt to attempt. Each attempt is a *new* story, so a remembered answer would be worth nothing. The worth of a zib is.

# %%
from course_lib.episodic import Memory

one = reflexion(room.policy, markets[:8], **how)
show.memories(sorted(one, key=lambda e: -len(e.attempts)), limit=2)

# %% [markdown]
# ## Exercise 1: an episodic memory

# %%
from course_lib.check.reflexion import ex1, ex2

ex1


# %%
def remember(sentences, new, capacity):
    """The sentences once `new` is there, the newest first."""
    ...


ex1.check(remember)

# %% [markdown]
# ## What changed in the code
#
# Reflexion owns its loop, because nothing is selected and nothing is trained. This is one turn of it. What you read is what runs.

# %%
from course_lib.methods.reflexion import once_more, written

show.source(once_more)

# %%
show.source(written)

# %% [markdown]
# ## Four ways to spend the same attempts
#
# - *Reflection*: as above.
# - *Plain retry*: try again, remember nothing. It, too, is told when it was right, and stops there. A lucky hit counts.
# - *Another market's reflection*: the matched control. The same sentences are written, and dealt to other markets. Same words, no information.
# - *A vote*: at least as many calls of the model as reflecting takes, all spent on one story, and the most frequent answer counts.

# %%
from course_lib.reflect import of_another, own_words
from course_lib.votes import voted

ATTEMPTS = 4
calls = 2 * (2 * ATTEMPTS - 1) + ATTEMPTS + ATTEMPTS**2  # a market, all four ways
room.tell("this", answers=calls * len(markets))
with_memory = reflexion(room.policy, markets, attempts=ATTEMPTS, **how)
plain = reflexion(room.policy, markets, attempts=ATTEMPTS, reflect=nothing, **how)
others = of_another(own_words(max_tokens=room.max_tokens))
dealt = reflexion(room.policy, markets, attempts=ATTEMPTS, reflect=others, **how)
votes = [
    voted(room.policy, [m.story(n) for m in markets], 2 * n - 1, **how)
    for n in range(1, ATTEMPTS + 1)
]
show.attempts(
    {
        "reflection": success(with_memory, ATTEMPTS),
        "control: another market's reflection": success(dealt, ATTEMPTS),
        "plain retry": success(plain, ATTEMPTS),
        "a vote among as many calls": votes,
    },
    "Markets solved, attempt by attempt",
    room.seed,
)

# %% [markdown]
# One sentence is enough. A vote gains nothing: many guesses at an unknown number are no better than one. Plain retry climbs, because it is *told when to stop*; that is an oracle, and
# reflection has it as well. Another market's sentence is worth as much as none. So the gain of reflection is the distance to these two, not the height of the curve. But note what it is fed: the market
# also tells the right *total*, which retry and vote never hear. What that is worth comes below.
#
# ## After a restart
#
# Three new stories in each market: with the memory as it is; with the memory cleared, as after a restart; and, memory kept, only those markets that were solved at the first attempt.

# %%
from course_lib.methods.reflexion import exam, restarted

again = {"seed": room.seed + 1, "max_tokens": room.max_tokens}
kept = exam(room.policy, with_memory, **again)
cleared = exam(room.policy, restarted(with_memory), **again)
lucky = [x for x, e in zip(kept, with_memory, strict=True) if len(e.attempts) == 1]
show.restarts(
    {
        "memory kept": kept,
        "control: memory cleared": cleared,
        "kept, but solved at once": lucky or [0.0],
    },
    "The same markets again",
    room.seed,
)

# %%
from course_lib.statistics import bootstrap

low, high = bootstrap(lucky or [0.0])
room.recall(
    QUESTION,
    f"{mean(lucky):.0%}, 95 % interval {low:.0%} to {high:.0%}; of all markets {mean(kept):.0%}, after a restart {mean(cleared):.0%}.",
)

# %% [markdown]
# After a restart it is back where it began. And look at the last row. Those markets were solved by a lucky guess. Nothing failed, so nothing was written, and nothing is known. *Solved* is not *learned*.

# %%
print("weights before:", fingerprint[:16])
print("weights now:   ", weights_hash(room.policy.model)[:16])

# %% [markdown]
# ## A memory you can read, edit, and poison
#
# The whole improvement is a few sentences. Put one false sentence on top of what was learned, and change nothing else. (In one market in eight this one is true.) Edit it, if you like.

# %%
from dataclasses import replace

POISON = "Here a zib is 2 coins."

lied_to = [replace(e, memory=e.memory.add(POISON)) for e in with_memory]
show.restarts(
    {
        "memory kept": kept,
        "control: memory cleared": cleared,
        "one lie on top": exam(room.policy, lied_to, **again),
    },
    "One false sentence",
    room.seed,
)

# %% [markdown]
# One line undoes all of it: the model now knows as much as after a restart. Does it recover? Let it try on with the poisoned memory, and be told what happens. With room for one sentence the lie has replaced the
# truth; with room for three both stand there.

# %%
recovering = {
    f"lied to, room for {room_for}": success(
        reflexion(
            room.policy,
            markets,
            attempts=ATTEMPTS,
            memories=[
                replace(e.memory, capacity=room_for).add(POISON) for e in with_memory
            ],
            **how,
        ),
        ATTEMPTS,
    )
    for room_for in (1, 3)
}
show.attempts(
    {"reflection, from an empty memory": success(with_memory, ATTEMPTS), **recovering},
    "One false sentence, and then experience",
    room.seed,
)

# %% [markdown]
# One failure, one reflection, and the truth stands before the lie. With room for three it takes longer, and not only because of the lie: three sentences are more than the pocket model reads well, true ones as well. More memory is not better memory. And that *before* matters. Here is the same question with both sentences, in either order (each market with a lie of its own); and with the truth alone, written twice and three times:

# %%
from course_lib import asks
from course_lib.answers import same_answer
from course_lib.rollout import greedy
from course_lib.tasks.market import memory

stories = [m.story(9) for m in markets]
truth = [memory(m.zib) for m in markets]
lies = [memory(m.zib % 8 + 2) for m in markets]
for name, sentences in {
    "the truth first": zip(truth, lies, strict=True),
    "the lie first": zip(lies, truth, strict=True),
    "twice the truth": zip(truth, truth, strict=True),
    "three times": zip(truth, truth, truth, strict=True),
}.items():
    prompts = [
        asks.remember(s.prompt, " ".join(several))
        for s, several in zip(stories, sentences, strict=True)
    ]
    said = greedy(room.policy, prompts, 60)
    print(
        f"{name:16}",
        told(
            [
                int(same_answer(c.text, s.answer))
                for c, s in zip(said, stories, strict=True)
            ]
        ),
    )

# %% [markdown]
# The pocket model believes whoever speaks first. Our memory therefore puts the newest sentence in front. Written in the order of events, as one would write a diary, a lie that came *before* the truth would have held until
# it fell out. A large model weighs what it reads better, but where a sentence stands matters there too.
#
# ## What must feedback say?
#
# Let the market say only "Wrong." And not how many coins there are.

# %%
mute = reflexion(
    room.policy, room.markets(200, telling=False), attempts=ATTEMPTS, **how
)
show.attempts(
    {
        "told the right total": success(with_memory, ATTEMPTS),
        "plain retry": success(plain, ATTEMPTS),
        "told only 'Wrong.'": success(mute, ATTEMPTS),
    },
    "Reflection is worth what it is told",
    room.seed,
)

# %% [markdown]
# Without information, a reflection is a guess with a firm voice. It is remembered all the same. That is worse than remembering nothing, for a retry at least guesses anew (C20 below has it over five seeds).
#
# Try it: how much room does a memory need, how many attempts, and what if it begins with a lie?

# %%
from course_lib import controls


def explore(bar, draw, say, capacity, attempts, begins, market):
    places = room.markets(200, telling=market == "tells the total")
    start = Memory((POISON,) if begins == "with a lie" else (), capacity)
    tried = reflexion(
        room.policy,
        places,
        attempts=attempts,
        memories=start,
        **how,
        bar=bar,
        say=say,
    )
    again = reflexion(
        room.policy,
        places,
        attempts=attempts,
        reflect=nothing,
        **how,
        bar=bar,
        say=say,
    )
    draw(
        show.attempts(
            {
                "reflection": success(tried, attempts),
                "plain retry": success(again, attempts),
            },
            "",
            room.seed,
        ),
        force=True,
    )
    return tried


controls.runner(
    explore,
    capacity={"values": [1, 2, 3, 6], "start": 3, "label": "capacity"},
    attempts={"values": [2, 4, 6], "start": 4, "label": "attempts"},
    begins={
        "values": ["empty", "with a lie"],
        "start": "with a lie",
        "label": "memory begins",
    },
    market={
        "values": ["tells the total", "says only Wrong"],
        "start": "tells the total",
        "label": "the market",
    },
)

# %% [markdown]
# ## Self-Refine: your own critic
#
# Now there is no market that knows. The model goes through its own solution, step by step, and names the first step that is wrong; then it rewrites. It ends when it finds nothing.

# %%
from course_lib import self_refine
from course_lib.methods.self_refine import right_after

PASSES = 3
N = len(room.fresh) // 2
near = room.stories(N, (3, 4), seed=2)
refining = how | {"passes": PASSES}
room.tell("this section", answers=N * (5 * (1 + 2 * PASSES) + 6 * (1 + PASSES)))
own = self_refine(room.policy, near, **refining)
show.refined(own, limit=3)

# %% [markdown]
# Each line of a critique copies a step (not always faithfully), then says what the critic gets there and whether that is fine; its last line is the verdict. Only the verdict counts, and it
# does not always agree with the lines above it.

# %% [markdown]
# How did these loops end? None runs for ever, and none is left out.

# %%
from collections import Counter

for why, n in Counter(r.ended or "at the last pass" for r in own).most_common():
    print(f"{n:4} of {len(own)} stories: {why}")

# %% [markdown]
# Does it pay? Every story counts, also those whose critique could not be read. Four things stand beside it:
#
# - *Its alarms dealt out*: the matched control. In each pass as many of the drafts still at work are rewritten; which ones, and at which step, is drawn by lot.
# - *Everything rewritten*, at a step named at random. The public code of Self-Refine does nearly this for word problems: its prompt says that *there is an error*, whatever stands there. It rewrites far
#   more.
# - *A vote*: as many drafts as could have been written for the price, and the most frequent answer.
# - *An oracle*: someone who knows the answer says when to stop. Many published gains had one.

# %%
from course_lib import critics
from course_lib.methods.self_refine import votes_for

by_lot = self_refine(room.policy, near, critic=critics.dealt(critics.own()), **refining)
everything = self_refine(room.policy, near, critic=critics.presuming, **refining)
with_oracle = self_refine(room.policy, near, oracle=True, **refining)
m = votes_for(own)


def as_found(outcomes):
    """What `show.measured` reads of a list of 0 and 1."""
    return {
        "accuracy": mean(outcomes),
        "interval": list(wilson(sum(outcomes), len(outcomes))),
        "n": len(outcomes),
        "outcomes": outcomes,
        "axis": "stories right (%)",
    }


show.measured(
    {
        "base": as_found(right_after(own, 0)),
        "control: its alarms dealt out": as_found(right_after(by_lot, PASSES)),
        "self-refined": as_found(right_after(own, PASSES)),
        "everything rewritten": as_found(right_after(everything, PASSES)),
        "self-refined, with an oracle": as_found(right_after(with_oracle, PASSES)),
        f"a vote of {m}": as_found(
            voted(room.policy, near, m, room.seed, room.max_tokens)
        ),
    },
    "Stories of 3 and 4 steps",
    method="self-refined",
)

# %%
from course_lib.statistics import paired_gain

for name, other in {
    "the drafts": right_after(own, 0),
    "its alarms dealt out": right_after(by_lot, PASSES),
    "everything rewritten": right_after(everything, PASSES),
}.items():
    found = paired_gain(right_after(own, PASSES), other)
    low, high = (100 * end for end in found["interval"])
    print(
        f"self-refined, over {name:21}{100 * found['value']:+5.1f} [{low:+.1f}, {high:+.1f}]"
    )
for name, rewritten in {
    "self-refined": own,
    "its alarms dealt out": by_lot,
    "everything rewritten": everything,
}.items():
    print(
        f"revisions a story, {name:21}{mean([len(r.texts) - 1 for r in rewritten]):5.2f}"
    )

# %% [markdown]
# It pays, and the critique has earned its part. Dealt out to other drafts, its alarms are worth less: over five seeds they bring some 1 point, where the critiques bring 6 (C22, below; loops then end at other times: over the five seeds one alarm in seven is missing, in this run none). What earns the rest is *which* drafts the
# critique has rewritten. The step it names earns nothing: with the same alarms and a step drawn by lot the model ends as well (C22 again).
#
# And everything rewritten ends as high or higher (over five seeds by 3 points), at some sixteen times as many revisions. Rewriting is a better author than writing: this model was raised on corrections that careful people wrote, and on first
# solutions that were sometimes sloppy. So its critic costs something, too: where it says *no mistake* of a wrong draft, nobody rewrites it. Had we compared with the drafts alone, we would have praised its judgement;
# with everything rewritten alone, we would have denied it any. A vote of the same price does better: over five seeds by 10 points.
#
# Then what *is* a critique worth? We put another critic in its place: an exact checker of the arithmetic, made to say the opposite every now and then.

# %%
from course_lib.pocket.graders import true_critique

dialled = {
    q: right_after(
        self_refine(room.policy, near, critic=critics.dialled(q), **refining), PASSES
    )
    for q in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
}
texts = [r.texts[0] for r in own]
said = critics.own()(room.policy, near, texts, 1, room.seed)
is_right = [
    int(asks.finds_mistake(c) == (true_critique(d) != critics.NO_MISTAKE))
    for c, d in zip(said, texts, strict=True)
]
named = [
    int(critics.verdict(c) == true_critique(d))
    for c, d in zip(said, texts, strict=True)
    if true_critique(d) != critics.NO_MISTAKE
]
faulty = [int(true_critique(d) != critics.NO_MISTAKE) for d in texts]
alarms = [bad for c, bad in zip(said, faulty, strict=True) if asks.finds_mistake(c)]
passed_on = sum(faulty) - sum(alarms)
print("its critiques say rightly whether there is a mistake:", told(is_right))
print(
    "'No mistake.' of every draft would:                  ",
    told([1 - f for f in faulty]),
)
print(
    f"of {len(alarms)} alarms {sum(alarms)} are right; of {sum(faulty)} faulty drafts it passes {passed_on}"
)
print("where there is a mistake, they name the right step:  ", told(named))
show.by_critic(
    right_after(own, 0),
    dialled,
    (mean(is_right), right_after(own, PASSES)),
    room.seed,
)

# %% [markdown]
# The line rises with the critic. At its left end the critic is right no more often than a coin: in each pass half of the drafts are rewritten, right and wrong ones alike. (What rewriting is worth
# with no information at all is *everything rewritten*, above.) The model's own critic lies below the line. It says rightly in 85 % whether something is wrong, but a critic that never finds anything would in 86 %, for most drafts hold no wrong step. What it is worth lies in *which* drafts it names: it passes nearly half of
# the faulty ones, and a dial set to the same share of right verdicts passes far fewer. *Which* step is named hardly matters here, for a revision writes the whole solution anew. And even a perfect checker of
# arithmetic does not come to 100 %: a step can be sound in itself and belong to another story.
#
# ## What it cannot see
#
# Two kinds of stories are beyond this model's critique. Those of five and six steps, which it never learned to check or to correct. And "a dozen", which it believes to be 10. Move the critic's accuracy,
# and let an oracle protect what is right. (One pass over recorded drafts; the critic is the exact checker, made worse.)

# %%
from course_lib.recordings import refinable

recorded = refinable()
controls.panel(
    lambda accuracy, oracle: show.refine_dial(recorded, accuracy, oracle == "yes"),
    accuracy={
        "values": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "start": 0.5,
        "label": "critiques right",
    },
    oracle={"values": ["no", "yes"], "start": "no", "label": "oracle"},
)

# %% [markdown]
# At 50 % the long stories seem to lose. (These are the same drafts before and after, so whether two bars overlap decides nothing; what is below asks for the difference itself.) Now switch the oracle on: nothing right is ever touched, and no dial does harm. That is what an oracle hides. The dozen moves by a few slips of arithmetic; the belief
# itself is in order, arithmetically, and no such critic touches it.
#
# And the model's own critic there?

# %%
far = room.stories(N, (5, 6), seed=3)
beyond = self_refine(room.policy, far, **refining)
blind = self_refine(
    room.policy, room.stories(N // 2, (3, 4), 4, dozen=True), **refining
)
for name, tried in {"5 and 6 steps": beyond, "a dozen": blind}.items():
    then, now = right_after(tried, 0), right_after(tried, PASSES)
    found = paired_gain(now, then)
    low, high = (100 * end for end in found["interval"])
    print(f"{name:14} drafts       {told(then)}")
    print(f"{'':14} self-refined {told(now)}")
    print(
        f"{'':14} the difference {100 * found['value']:+.1f} [{low:+.1f}, {high:+.1f}]"
    )

# %% [markdown]
# What does its critique say of a dozen taken for ten, where nothing else is wrong?

# %%
from course_lib.pocket.authors import believed

by_belief = [
    r
    for r in blind
    if same_answer(r.texts[0], believed(r.problem))
    and true_critique(r.texts[0]) == critics.NO_MISTAKE
]
silent = [int(asks.finds_mistake(r.critiques[0]) is False) for r in by_belief]
sound = [
    int(asks.finds_mistake(c) is False)
    for c, d in zip(said, texts, strict=True)
    if true_critique(d) == critics.NO_MISTAKE
]
print("says that there is no mistake:    ", told(silent))
print("and of sound drafts without dozen:", told(sound))
passed = [r for r, missed in zip(by_belief, silent, strict=True) if missed]
show.refined(passed, limit=1) if passed else "no such draft"

# %% [markdown]
# About as often as of a sound draft: to this critic a false dozen looks like the truth.

# %% [markdown]
# ## The same, over five seeds
#
# **C20. Reflexion improves over attempts, without weights.** Four attempts with three reflections between them, against seven plain tries: as many calls of the model. The table: plain retry with as many attempts;
# the market's words remembered as they are, which is worse than remembering nothing, for the total of one story is wrong for the next; dealt reflections; a vote. Its last line is a market that only says "Wrong.", against plain retry.

# %%
room.claim("C20")

# %% [markdown]
# **C21. … and forgets on restart.** The table: markets that were solved at once. Their memory is empty, so clearing it changes nothing, to the last digit.

# %%
room.claim("C21")

# %% [markdown]
# **C22. Self-Refine is bounded by its critic.** The table: its own critiques against the drafts, against the matched control, against the same alarms with a step drawn by lot, against everything rewritten, and against a vote; what an oracle adds; longer stories, without and with one; and the dozen.

# %%
room.claim("C22")

# %% [markdown]
# ## Make it last
#
# The answer to "how could such a gain persist?" is the loop you know: train on what was refined. The next answer then needs no refining. One round, from the base, twice: on what a verifier lets through,
# and on everything.
#
# Beside STaR three slots differ. *Revise* asks for a critique where STaR shows the answer. And there is one answer a story instead of eight. (We call it *distil*: what was refined goes into the weights. Whether the critique matters for that, C23 asks.)

# %%
from course_lib import distil, star

settings = {"lr": room.lr, "max_tokens": room.max_tokens}
show.diff(star(**settings), distil(**settings))

# %% [markdown]
# ## The run, with its control
#
# The control is not filtered: it imitates every refined answer, right or wrong. It sees more examples, and longer training.
# ■ stops the run and keeps what is finished; running the cell again goes on from there.

# %%
from course_lib.methods.distil import unfiltered

result = room.run(distil(**settings), rounds=1, twin=unfiltered(distil(**settings)))

# %%
result

# %% [markdown]
# What was measured is what it writes at once, with nothing to refine. The title's number is filter and shorter training together; C23 holds the length equal, and asks how much of this right *drafts* alone would have brought. These were kept:

# %%
show.lineage(result.rounds(), limit=4)

# %% [markdown]
# **C23. Persisting needs training, and a filter.** The open disc is the run above: half as many stories, and two passes over what each arm keeps, so over some 200 examples and the control's 400. In the claim both arms pass over 768. The table holds each against the base and against drafts, trained on as long, and the filtered one against refining every answer anew.

# %%
filtered, everything_kept = (
    result.measured(arm=arm)["outcomes"]
    for arm in (("method", "control") if result.twin else ("method", "method"))
)
room.claim("C23", paired_gain(filtered, everything_kept))

# %% [markdown]
# Unfiltered, the model learns to write as it wrote: nothing is gained. And the fourth line is the sobering one: right *drafts* alone, with no refining at all, do as well. It is the filter that teaches, once more.
#
# A reflection could be stored the same way. Not this one, though: "a zib is 8" is true in one market only. What is put into weights should be true next time as well. And a false sentence in a
# memory is one line to delete; in the weights it is not.
#
# ## Before and after, side by side
#
# The same stories, one answer each, drawn as above, asked of the base and of the model that was trained on refined answers. Twenty-four are too few to count by, and here the loss may well look as large as the gain: what it gained was measured above, on all fresh stories. Read the pairs for *how* the answers differ.

# %%
ask = room.fresh[:24]
show.beside(
    room.answers(ask, k=1),
    room.answers(ask, k=1, policy=result.policy),
    names=("base", "after training on refined answers"),
)

# %% [markdown]
# ## Break it: no critique, longer stories
#
# To rewrite everything did no harm on short stories. Now on stories of five and six steps, which it never learned to correct. You have seen what its own critiques do there. Predict what rewriting everything does. And the same,
# with an oracle beside it.

# %%
presumed = self_refine(room.policy, far, critic=critics.presuming, **refining)
protected = self_refine(
    room.policy, far, critic=critics.presuming, oracle=True, **refining
)
show.measured(
    {
        "base": as_found(right_after(beyond, 0)),
        "everything rewritten": as_found(right_after(presumed, PASSES)),
        "self-refined": as_found(right_after(beyond, PASSES)),
        "everything, with an oracle": as_found(right_after(protected, PASSES)),
    },
    "Stories of 5 and 6 steps",
    method="self-refined",
)

# %% [markdown]
# The share hides a part of the loss, for some wrong drafts became right. Counted one by one:

# %%
drafts_right, then_right = right_after(presumed, 0), right_after(presumed, PASSES)
moved = list(zip(drafts_right, then_right, strict=True))
print(
    f"of {sum(drafts_right)} right drafts {sum(a > b for a, b in moved)} were lost; "
    f"of {len(moved) - sum(drafts_right)} wrong ones {sum(a < b for a, b in moved)} were won; "
    f"with an oracle {sum(right_after(protected, PASSES)) - sum(drafts_right)} were won"
)

# %% [markdown]
# With an oracle nothing right is lost, and a draft that becomes right in any pass stays so. The very same rewriting then looks like progress. Whoever reports self-correction should say who told it when to stop.
#
# Not a weight has moved in all of this, except in the run that was meant to:

# %%
print("weights before:          ", fingerprint[:16])
print("weights now:             ", weights_hash(room.policy.model)[:16])
print("of the model it trained: ", weights_hash(result.policy.model)[:16])

# %% [markdown]
# ## Exercise 2: who decides when to stop?

# %%
ex2

# %%
from course_lib.answers import same_answer


def settle(problems, drafts, critiques, revisions):
    """The text of each problem that stands after one pass."""
    rows = zip(problems, drafts, critiques, revisions, strict=True)
    return [
        draft if same_answer(draft, problem.answer) else revision
        for problem, draft, critique, revision in rows
    ]


ex2.check(settle)

# %% [markdown]
# ## Try it yourself
#
# More passes before training, or a hotter draft. Does more refining make better material?
# Press Run: the method runs, then its control. Stop keeps the finished rounds, and Run with the same values goes on from there.
# Until then the figure shows the run with its control above.

# %%
room.play(
    lambda bar, passes, temperature: distil(passes, temperature, **settings, bar=bar),
    picture=result,
    twin=unfiltered,
    passes={"values": [1, 2, 4], "start": 1, "label": "passes"},
    temperature={"values": [0.5, 1.0, 1.3], "start": 1.3, "label": "temperature"},
)

# %% [markdown]
# ## Questions you may be asked

# %%
from course_lib.check import quiz

quiz.cards("reflexion")

# %% [markdown]
# ## Fidelity
#
# | | |
# |---|---|
# | paper | Reflexion: Shinn et al. 2023, arXiv 2303.11366, §3, code `noahshinn/reflexion`. Self-Refine: Madaan et al. 2023, arXiv 2303.17651, code `madaan/self-refine` |
# | kept | attempt, feedback, reflection, a small memory with the oldest dropped, next attempt; draft, critique, revision by one model until it finds nothing; no weight is written |
# | simplified | the pocket model was raised on reflections and critiques of this form; a large model brings them from its training. A new story each attempt. Newest sentence first, where the code of ALFWorld appends three in order |
# | reported by the papers | Reflexion on HumanEval: 91.0, GPT-4 alone 80.1; on the 50 hardest problems in Rust 0.68, without tests to run 0.52, where the baseline has 0.60; no gain on WebShop. Self-Refine: about 20 points over seven tasks, most of them judged by taste |
# | known reports | the code for HotpotQA reads the gold answer to decide when to reflect (issue 11); the script reaches 0.77 to 0.83 where the paper says 0.91 (issue 30, second-hand). Self-Refine on GSM8K: 64.1 to 64.1, 74.8 to 75.0, 92.9 to 93.1 for three models; its code drops problems that raise an error from the results |
# | counter-evidence | Huang et al. 2024, arXiv 2310.01798: without an oracle GPT-4 falls on GSM8K from 95.5 to 91.5 and 89.0; earlier gains came from being told when to stop |

# %% [markdown]
# ## On a GPU
#
# Set `MODEL = "Qwen/Qwen2.5-0.5B-Instruct"` and `TASK = "gsm8k"` at the top and run all. Markets and the dial of critiques need the town's facts and keep stories; what is trained on refined answers is GSM8K. A real model is asked in plain words (`course_lib/wording.py`): to end its critique in `No mistake.` or in a line like `Step 2 is wrong.`, and to reflect in one sentence. What cannot be read
# ends the loop and counts. Read some reflections before you believe the curve.
#
# Next: can it learn from an exam whose answers nobody has? [08 · TTRL](08_ttrl.ipynb)
