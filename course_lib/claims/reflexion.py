"""Notebook 07: C20 Reflexion improves without weights, C21 and forgets; C22 Self-Refine is bounded by its critic, C23 persisting
needs training."""

from __future__ import annotations

from course_lib import critics
from course_lib.claims.lab import Claim, Lab, Outcome
from course_lib.measure import written
from course_lib.methods.reflexion import Episode, exam, reflexion, restarted, success
from course_lib.methods.self_refine import Refined, right_after, self_refine, votes_for
from course_lib.policy import Policy, weights_hash
from course_lib.reflect import as_told, nothing, of_another, own_words
from course_lib.statistics import mean
from course_lib.tasks.market import Market, places
from course_lib.tasks.stories import stories
from course_lib.types import Example, Problem
from course_lib.votes import voted

ATTEMPTS, EXAM_SEED = 4, 900
CHECKED, BEYOND = (3, 4), (5, 6)  # steps: what the model's critiques were raised on, and more
PASSES = 3
WRITTEN = (3, 4, 5, 6)


def markets(lab: Lab, seed: int, telling: bool = True) -> list[Market]:
    return places(lab.fresh // 4, seed, telling)


def tried(lab: Lab, seed: int, telling: bool = True, attempts: int = ATTEMPTS, **how) -> list[Episode]:
    return reflexion(lab.policy, markets(lab, seed, telling), attempts=attempts, seed=seed, **how)


def solved(episodes: list[Episode]) -> list[float]:
    return [float(e.solved_by(len(e.attempts))) for e in episodes]


def c20(lab: Lab, seed: int) -> Outcome:
    """Places solved within seven calls: four attempts with three reflections between them, and seven plain tries."""
    before = weights_hash(lab.policy.base)
    own, plain = tried(lab, seed), tried(lab, seed, reflect=nothing)
    vote = voted(lab.policy, [p.story(ATTEMPTS) for p in markets(lab, seed)], 2 * ATTEMPTS - 1, seed, 100)
    longer = tried(lab, seed, attempts=2 * ATTEMPTS - 1, reflect=nothing)
    mute = tried(lab, seed, telling=False), tried(lab, seed, telling=False, reflect=nothing)
    also = {
        "against plain retry with as many attempts, four": (solved(own), solved(plain)),
        "against remembering what the market said, word for word": (
            solved(own),
            solved(tried(lab, seed, reflect=as_told)),
        ),
        "against reflections dealt to other markets": (
            solved(own),
            solved(tried(lab, seed, reflect=of_another(own_words()))),
        ),
        "against a vote among as many calls": (solved(own), [float(v) for v in vote]),
        "told only that it was wrong, against plain retry": tuple(map(solved, mute)),
    }
    beside = {
        "by_attempt": [mean(x) for x in success(own, ATTEMPTS)],
        "weights_changed": before != weights_hash(lab.policy.base),
    }
    return Outcome(solved(own), solved(longer), also, beside)


def c21(lab: Lab, seed: int) -> Outcome:
    """New stories in the same markets: with the memory as it is, and after a restart."""
    learned = tried(lab, seed)
    kept, cleared = (exam(lab.policy, e, seed + EXAM_SEED) for e in (learned, restarted(learned)))
    lucky = [i for i, e in enumerate(learned) if len(e.attempts) == 1]
    untaught = ([kept[i] for i in lucky], [cleared[i] for i in lucky])
    also = {"markets solved at the first attempt, which taught nothing": untaught} if lucky else {}
    return Outcome(kept, cleared, also)


def refined(policy: Policy, problems: list[Problem], seed: int, **how) -> list[Refined]:
    return self_refine(policy, problems, passes=PASSES, seed=seed, **how)


def ends(told: list[Refined]) -> list[float]:
    return [float(x) for x in right_after(told, PASSES)]


def drafts(told: list[Refined]) -> list[float]:
    return [float(x) for x in right_after(told, 0)]


def c22(lab: Lab, seed: int) -> Outcome:
    """The same drafts revised under a perfect critic of the arithmetic, and under the policy's own critiques."""
    near, far = (lab.fresh_stories(seed, [], levels)[: lab.fresh // 2] for levels in (CHECKED, BEYOND))
    dozen = stories(lab.fresh // 4, CHECKED, 5_000_000 + seed, dozen=True)
    own, beyond, blind = (refined(lab.policy, told, seed) for told in (near, far, dozen))
    others = critics.dialled(1.0), critics.presuming, critics.dealt(critics.own()), critics.aimless(critics.own())
    perfect, presumed, dealt, aimless = (refined(lab.policy, near, seed, critic=c) for c in others)
    m = votes_for(own)
    also = {
        "its own critiques, against the drafts": (ends(own), drafts(own)),
        "its own critiques, against as many dealt out by lot": (ends(own), ends(dealt)),
        "its own critiques, against the same alarms with a step drawn by lot": (ends(own), ends(aimless)),
        "its own critiques, against everything rewritten, a step named at random": (ends(own), ends(presumed)),
        "its own critiques, against a vote that costs as much": (ends(own), floats(voted(lab.policy, near, m, seed))),
        "an oracle that says when to stop, against none": (
            ends(refined(lab.policy, near, seed, oracle=True)),
            ends(own),
        ),
        "stories longer than it learned to check, against the drafts": (ends(beyond), drafts(beyond)),
        "the same with an oracle, against the drafts": (
            ends(refined(lab.policy, far, seed, oracle=True)),
            drafts(beyond),
        ),
        "dozen stories, against the drafts": (ends(blind), drafts(blind)),
    }
    by_accuracy = {q: mean(ends(refined(lab.policy, near, seed, critic=critics.dialled(q)))) for q in (0.5, 0.7, 0.9)}
    arms = {"own": own, "dealt": dealt, "aimless": aimless, "presumed": presumed}
    revisions = {name: mean([float(len(r.texts) - 1) for r in told]) for name, told in arms.items()}
    return Outcome(
        ends(perfect), ends(own), also, {"by_critique_accuracy": by_accuracy, "votes": m, "revisions": revisions}
    )


def floats(outcomes: list[int]) -> list[float]:
    return [float(x) for x in outcomes]


def c23(lab: Lab, seed: int) -> Outcome:
    """What was refined, trained on: only what a verifier lets through, or all of it. Measured without any refining."""
    problems = lab.stories(seed, WRITTEN, 2)
    fresh = lab.fresh_stories(seed, problems, WRITTEN)
    told = refined(lab.policy, problems, seed)
    right = [r for r, ok in zip(told, ends(told), strict=True) if ok]
    filtered, unfiltered = (lab.train([example(r) for r in kept], seed) for kept in (right, told))
    first = [(Example(r.problem.prompt, r.texts[0]), ok) for r, ok in zip(told, drafts(told), strict=True)]
    drafted, right_drafts = (lab.train([e for e, ok in first if ok or every], seed) for every in (True, False))
    after, all_of_it, before, plain, checked = (
        written(p, fresh, seed)["outcomes"] for p in (filtered, unfiltered, lab.policy, drafted, right_drafts)
    )
    also = {
        "filtered, against the base": (after, before),
        "unfiltered, against the base": (all_of_it, before),
        "unfiltered, against imitating the drafts": (all_of_it, plain),
        "filtered, against right drafts alone": (after, checked),
        "filtered, against refining at every question": (after, ends(refined(lab.policy, fresh, seed))),
    }
    return Outcome(after, all_of_it, also, {"kept": len(right), "of": len(told)})


def example(r: Refined) -> Example:
    return Example(r.problem.prompt, r.text)


CLAIMS = (
    Claim(
        "C20", "Reflexion improves over attempts, without weights.", "§5.1", "07_reflexion_and_self_refine",
        "four attempts, reflections in memory", "plain tries", "markets solved within seven calls of the model", c20,
    ),
    Claim(
        "C21", "… and forgets on restart.", "§5.1", "07_reflexion_and_self_refine",
        "memory kept", "memory cleared", "new stories of the same markets right", c21,
    ),
    Claim(
        "C22", "Self-Refine is bounded by its critic.", "§5.2", "07_reflexion_and_self_refine",
        "a perfect critic", "its own critiques", "fresh stories right after refining", c22,
    ),
    Claim(
        "C23", "Persisting needs training, and a filter.", "L1-3", "07_reflexion_and_self_refine",
        "trained on refined answers that are right", "trained on all of them", "accuracy of what is written, fresh stories", c23,
    ),
)  # fmt: skip
