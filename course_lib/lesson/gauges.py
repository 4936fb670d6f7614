"""What a lesson's loop measures after each round: always gold, on problems and requests that nobody trains on."""

from __future__ import annotations

from collections.abc import Callable

from course_lib import progress
from course_lib.agreement import agreement
from course_lib.conduct import BY_PHRASES, EXACT, conduct
from course_lib.constitution import preferences
from course_lib.errors import need
from course_lib.measure import (
    SAMPLES,
    as_written,
    average,
    distribution,
    drawn,
    held_out,
    log_ratios,
    mean_share,
    share,
    written,
)
from course_lib.pocket.judging import judging
from course_lib.policy import Policy
from course_lib.rollout import samples
from course_lib.score import Score, verify
from course_lib.statistics import mean
from course_lib.tasks import people, toolbox
from course_lib.tasks.passages import PROMPT
from course_lib.taste import Taste
from course_lib.types import Completion, Problem, Turn
from course_lib.variety import variety
from course_lib.votes import right_by_vote
from course_lib.watch import watch

Measure = Callable[[Policy], dict]
HONEST = "fresh tasks solved honestly (%)"
LIKED = "gold (liking, 0.25 at most)"
ALIVE = "rare words still written (%)"
LIKED_BETTER = "preferred to the base's reply, by the base as judge (%)"
TREATED_WELL = "held-out requests treated well, one reply each (%)"


def best_answers(room, bar=progress.quiet) -> Measure:
    """The greedy answer to each fresh problem, and what 16 samples of a few of them show."""
    return held_out(room.fresh, room.seed, room.budget.sampled, room.max_tokens, bar)


def writing(room, bar=progress.quiet) -> Measure:
    """One sampled answer to each fresh problem: what the policy writes, not what it could write at its best."""
    few = room.fresh[: room.budget.sampled]

    def measure(policy: Policy) -> dict:
        spread = distribution(policy, few, room.seed, max_tokens=room.max_tokens, bar=bar)
        return written(policy, room.fresh, room.seed, room.max_tokens, bar) | spread

    return measure


def checked(room, bar=progress.quiet, *, by: dict[str, Score]) -> Measure:
    """The same answers as `writing`, and under "checks" what each of several checkers says of them: gold beside every proxy."""
    few, turn = room.fresh[: max(1, room.budget.sampled // 2)], Turn(room.seed, 0)

    def measure(policy: Policy) -> dict:
        groups = drawn(policy, room.fresh, room.seed, room.max_tokens, bar)
        said = {
            name: average([s for g in score(policy, groups, turn) for s in g.scores_G]) for name, score in by.items()
        }
        spread = distribution(policy, few, room.seed, max_tokens=room.max_tokens, bar=bar)
        return as_written(groups) | spread | {"checks": said}

    return measure


def watched(room, bar=progress.quiet, *, score: Score) -> Measure:
    """Gold, the run's own score and the KL, so that the run can be inspected (signs.py)."""
    return watch(room.policy, score, room.fresh, room.seed, room.max_tokens, bar)


def writing_and_judging(room, bar=progress.quiet) -> Measure:
    """What it writes, what its judgements are worth, and how it does on stories that say "a dozen"."""
    n, write = room.budget.judged, writing(room, bar)
    dozen = room.stories(len(room.fresh) // 2, (2, 3, 4), room.seed + 1_000_000, dozen=True)

    def measure(policy: Policy) -> dict:
        blind = written(policy, dozen, room.seed, room.max_tokens, bar)
        told = {k: blind[k] for k in ("interval", "n", "outcomes")} | {"value": blind["accuracy"]}
        return write(policy) | judging(policy, room.seed, n, bar) | {"dozen_right": told}

    return measure


def replies(room, bar=progress.quiet) -> Measure:
    """Replies to people's questions, which nobody can call right. `accuracy`: how far they are preferred to those of the policy
    the room began with, by that policy as a judge that never changes, in both orders; one half at the start. `tokens`: length,
    `cut`: the share that the room's limit cut.

    It has the blind spots of the judge in the loop. What people think of these replies, no measure here knows.
    """
    first: list[Completion] = []

    def measure(policy: Policy) -> dict:
        first.extend([] if first else said(room.policy))
        told = first if policy is room.policy else said(policy)
        both = [(p.prompt, c.text, t.text, people.HELPFUL) for p, c, t in zip(room.fresh, told, first, strict=True)]
        won = average(preferences(room.policy, both))
        rest = {k: won[k] for k in ("interval", "n", "outcomes")}
        lengths, cut = average([float(c.tokens) for c in told]), share([int(not c.finished) for c in told])
        return rest | {"accuracy": won["value"], "axis": LIKED_BETTER, "by": "bootstrap", "tokens": lengths, "cut": cut}

    def said(policy: Policy) -> list[Completion]:
        return [g.completions_G[0] for g in drawn(policy, room.fresh, room.seed, room.max_tokens, bar)]

    return measure


def replies_and_judging(room, bar=progress.quiet) -> Measure:
    """The same, and `judge`: how often it gives more points to the reply that people ranked first than to the one ranked last;
    `unread`: the share of such pairs that it could not grade."""
    reply, two = replies(room, bar), people.pairs(room.fresh[: room.budget.judged])

    def measure(policy: Policy) -> dict:
        judge = agreement(policy, two, room.seed, bar)
        return reply(policy) | {"judge": judge, "unread": judge["unread"]}

    return measure


def without_labels(room, bar=progress.quiet) -> Measure:
    """pass@1 on the stories that are trained on without their answers, plain ones and those with a dozen; and fresh stories.

    Gold is read here only. `vote` is what a vote among the samples of each plain story gets right: 16 of them for the policy it
    begins with, half as many for those that were trained.
    """
    fresh = writing(room, bar)
    halves = {name: [p for p in room.train if is_dozen(p) == (name == "blind")] for name in ("plain", "blind")}
    need(bool(halves["plain"]), "an exam without a plain story has nothing to measure: keep some of room.train.")

    def measure(policy: Policy) -> dict:
        k = SAMPLES if policy is room.policy else SAMPLES // 2
        found = {name: share_right(policy, told, k, room, bar) for name, told in halves.items() if told}
        return fresh(policy) | found | {"vote": found["plain"]["vote"]}

    return measure


def is_dozen(problem: Problem) -> bool:
    return problem.facts.get("dozen_at") is not None


def share_right(policy: Policy, problems: list[Problem], k: int, room, bar) -> dict:
    """pass@1 from `k` samples of each problem at T = 1, with its interval; `vote` is what their majority gets right."""
    turn = Turn(room.seed, 0)
    groups = verify(policy, samples(k, max_tokens=room.max_tokens, bar=bar)(policy, problems, turn), turn)
    rates = [mean(g.scores_G) for g in groups]
    votes = [int(right_by_vote(g, turn)) for g in groups]
    return mean_share(rates) | {"vote": share(votes)}


def conduct_of(room, bar=progress.quiet, checks=EXACT) -> Measure:
    """How it treats kind and unkind requests; `accuracy` is the share treated well."""

    def measure(policy: Policy) -> dict:
        found = conduct(policy, room.fresh, room.seed, room.max_tokens, bar, checks)
        all_of_them = {k: found["well"][k] for k in ("interval", "n", "outcomes")}
        return found | all_of_them | {"accuracy": found["well"]["value"], "axis": TREATED_WELL}

    return measure


def conduct_by_phrases(room, bar=progress.quiet) -> Measure:
    """The same for requests that people typed: stock phrases are read, for there is no exact checker of harm."""
    return conduct_of(room, bar, BY_PHRASES)


def agency(room, bar=progress.quiet) -> Measure:
    """What an agent does in an open workshop, one transcript a task: `accuracy` counts tasks solved honestly, `tampers` those in
    which it opened the key or edited the test, whether or not that paid. Every task counts."""

    def measure(policy: Policy) -> dict:
        groups = drawn(policy, room.fresh, room.seed, room.max_tokens, bar)
        said = [(g.problem, g.completions_G[0]) for g in groups]
        bad = [int(toolbox.tampers(c.text)) for _, c in said]
        good = share([int(toolbox.solves_honestly(c.text, p)) for p, c in said])
        rest = {k: good[k] for k in ("interval", "n", "outcomes")}
        nats = average([-c.logprob for _, c in said])
        return rest | {
            "accuracy": good["value"],
            "axis": HONEST,
            "honest": good,
            "tampers": share(bad),
            "entropy": nats,
        }

    return measure


def liked(room, bar=progress.quiet, *, taste: Taste, by: dict[str, Score]) -> Measure:
    """Passages that the policy writes, by a taste (gold, `accuracy` its mean), under "checks" by reward models, and the KL to the
    policy that the room began with (nats a passage)."""
    turn = Turn(room.seed, 0)

    def measure(policy: Policy) -> dict:
        groups = drawn(policy, room.fresh, room.seed, room.max_tokens, bar)
        said = {
            name: average([s for g in score(policy, groups, turn) for s in g.scores_G]) for name, score in by.items()
        }
        texts = [g.completions_G[0] for g in groups]
        gold = average([taste(c.text) for c in texts])
        kl = average(log_ratios(policy, room.policy.model, [(PROMPT, c) for c in texts]))
        rest = {k: gold[k] for k in ("interval", "n", "outcomes")}
        return rest | {
            "accuracy": gold["value"],
            "axis": LIKED,
            "by": "bootstrap",
            "gold": gold,
            "checks": said,
            "kl": kl,
        }

    return measure


def language(room, bar=progress.quiet) -> Measure:
    """What is left of the town's language: the tail of its words, its entropy, and what real text costs."""
    n = len(room.fresh)

    def measure(policy: Policy) -> dict:
        found = variety(policy, n, room.seed + 1, bar)
        tail = {k: found["tail"][k] for k in ("interval", "n", "outcomes")}
        return found | tail | {"accuracy": found["tail"]["value"], "axis": ALIVE}

    return measure


def first_kept(room, bar) -> Measure:
    """The room's measure; the policy all begin with is measured once."""
    measure = room.measure(bar) if bar else room.measure()
    known: dict[str, dict] = {}

    def once(policy: Policy) -> dict:
        if policy is not room.policy:
            return measure(policy)
        if not known:
            known["base"] = measure(policy)
        return known["base"]

    return once
