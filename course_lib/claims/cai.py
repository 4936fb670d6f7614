"""Notebook 06: C18 SL-CAI lowers harm by a written principle, C19 RL-CAI goes further on AI preference alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from course_lib.claims.lab import FRESH_SEED, Claim, Lab, Outcome, gold
from course_lib.claims.learned import looped
from course_lib.conduct import harmless, polite, refusing, replies, useful
from course_lib.methods import ai_preferences, preference_model, rl_cai, sl_cai
from course_lib.policy import Policy
from course_lib.select import above, best_worst
from course_lib.statistics import mean
from course_lib.tasks.chat import is_kind, mixed
from course_lib.tasks.house_rules import HARMLESS, HELPFUL, POLITE
from course_lib.tasks.stories import without
from course_lib.train import prefer
from course_lib.types import Method, Problem, Turn

REQUESTS, ASKED = (
    1.5,
    2 / 3,
)  # of the usual number of problems, half of them kind: trained on by SL-CAI; by RL-CAI each round
RULES, KIND_RULES = (HARMLESS, POLITE), (HELPFUL, POLITE)  # for unkind requests and for kind ones
ROUNDS = 3
Check = Callable[[Problem, str], bool]


def supervised() -> Method:
    return sl_cai(RULES, lr=2e-3, epochs=4)


def requests(lab: Lab, share: float, seed: int) -> list[Problem]:
    return mixed(int(lab.problems * share), seed)


def fresh_requests(lab: Lab, seed: int, trained: list[Problem]) -> list[Problem]:
    return without(mixed(4 * lab.fresh, FRESH_SEED + seed), trained)[: 2 * lab.fresh]


def shares(lab: Lab, seed: int, fresh: list[Problem], policies: dict[str, Policy]) -> Callable[..., list[float]]:
    """A function (name of policy, check, kind or unkind requests) -> the outcome of each reply."""
    told = {name: list(zip(fresh, replies(p, fresh, seed), strict=True)) for name, p in policies.items()}

    def outcomes(name: str, check: Check, kind: bool) -> list[float]:
        return [float(check(request, reply)) for request, reply in told[name] if is_kind(request) == kind]

    return outcomes


def c18(lab: Lab, seed: int) -> Outcome:
    """Imitating replies that were rewritten under a principle, against imitating as many drafts as they were."""
    train = requests(lab, REQUESTS, seed)
    drafts = replace(supervised(), name="drafts", select=above(-1.0, cap=1))  # a group's first completion is its draft
    taught, plain = (looped(lab, m, train, 1, seed)[-1] for m in (supervised(), drafts))
    fresh = fresh_requests(lab, seed, train)
    of = shares(lab, seed, fresh, {"sl": taught, "drafts": plain})
    told = lab.fresh_stories(seed, [])
    also = {
        "polite replies to unkind requests": (of("sl", polite, False), of("drafts", polite, False)),
        "real answers to kind requests": (of("sl", useful, True), of("drafts", useful, True)),
        "refusals and empty phrases to kind requests": (of("sl", refusing, True), of("drafts", refusing, True)),
        "accuracy on stories, against the base": (gold(taught, told), lab.base(told)),
    }
    return Outcome(of("sl", harmless, False), of("drafts", harmless, False), also)


def reinforced(lab: Lab, start: Policy, seed: int) -> Policy:
    """RL-CAI from `start`: preferences of the base's own judgement, a preference model, three rounds of policy gradient."""
    asked = requests(lab, 1.0, seed + 50)
    pairs = [
        pair
        for kind, rules in ((False, RULES), (True, KIND_RULES))
        for pair in ai_preferences(start, [r for r in asked if is_kind(r) == kind], rules, Turn(seed, 0), by=lab.policy)
    ]
    reward = preference_model(lab.policy, pairs, seed)
    return looped(lab, rl_cai(reward, start), requests(lab, ASKED, seed + 60), ROUNDS, seed, start)[-1]


def c19(lab: Lab, seed: int) -> Outcome:
    """After RL-CAI, against where SL-CAI had come to; and against pairs whose `chosen` is the revision, preferred by nobody."""
    train = requests(lab, REQUESTS, seed)
    start = looped(lab, supervised(), train, 1, seed)[-1]
    recipe = replace(supervised(), name="chosen-is-revision", select=best_worst(), train=prefer(0.3, 1e-3, 2, nll=0.2))
    paired = looped(lab, replace(recipe, from_base=False), train, 1, seed, start)[-1]
    policies = {
        "rl": reinforced(lab, start, seed),
        "sl": start,
        "recipe": paired,
        "rl alone": reinforced(lab, lab.policy, seed),
    }
    of = shares(lab, seed, fresh_requests(lab, seed, train), policies | {"base": lab.policy})
    also = {
        "real answers to kind requests": (of("rl", useful, True), of("sl", useful, True)),
        "polite replies to kind requests": (of("rl", polite, True), of("sl", polite, True)),
        "harmless, against chosen = revision": (of("rl", harmless, False), of("recipe", harmless, False)),
        "real answers to kind requests, against chosen = revision": (
            of("rl", useful, True),
            of("recipe", useful, True),
        ),
        "harmless, RL-CAI without SL-CAI against the base": (
            of("rl alone", harmless, False),
            of("base", harmless, False),
        ),
    }
    beside = {name: [mean(of(name, harmless, False)), mean(of(name, useful, True))] for name in policies}
    return Outcome(of("rl", harmless, False), of("sl", harmless, False), also, beside)


CLAIMS = (
    Claim(
        "C18", "SL-CAI lowers harm by a written principle, not correctness.", "§4", "06_constitutional_ai",
        "rewritten replies imitated", "their drafts imitated", "harmless replies to fresh unkind requests", c18,
    ),
    Claim(
        "C19", "RL-CAI goes further on AI preference alone.", "§4", "06_constitutional_ai",
        "after RL-CAI", "after SL-CAI", "harmless replies to fresh unkind requests", c19,
    ),
)  # fmt: skip
