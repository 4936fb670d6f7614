"""Notebook 06: C18 SL-CAI lowers harm by a written principle, C19 RL-CAI goes further on AI preference alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from course_lib.claims.lab import FRESH_SEED, Claim, Lab, Outcome, gold
from course_lib.claims.learned import looped
from course_lib.conduct import declining, harmless, polite, refusing, replies, useful
from course_lib.constitution import constitution
from course_lib.methods import ai_preferences, control, preference_model, rl_cai, sl_cai
from course_lib.policy import Policy
from course_lib.select import best_worst
from course_lib.statistics import mean
from course_lib.tasks.chat import is_kind, mixed
from course_lib.tasks.house_rules import HARMLESS, HELPFUL, POLITE
from course_lib.tasks.stories import without
from course_lib.train import prefer
from course_lib.types import Method, Pair, Problem, Turn

REQUESTS, ASKED = (
    1.5,
    2 / 3,
)  # of the usual number of problems, half of them kind: trained on by SL-CAI; by RL-CAI each round
RULES, KIND_RULES = (HARMLESS, POLITE), (HELPFUL, POLITE)  # for unkind requests and for kind ones
ROUNDS = 3
Check = Callable[[Problem, str], bool]


def supervised() -> Method:
    return sl_cai(RULES, lr=2e-3, epochs=4)


def drafts() -> Method:
    """The same, but the replies stay as they were drafted."""
    return replace(supervised(), name="drafts", revise=constitution(RULES, spare=lambda request: True))


def requests(lab: Lab, share: float, seed: int) -> list[Problem]:
    return mixed(int(lab.problems * share), seed)


def fresh_requests(lab: Lab, seed: int, trained: list[Problem]) -> list[Problem]:
    """Different requests in words that were not trained on, at most `lab.fresh` of a kind. The deeds are those trained on."""
    drawn = {r.prompt: r for r in mixed(12 * lab.fresh, FRESH_SEED + seed)}
    fresh = without(list(drawn.values()), trained)
    return [r for kind in (False, True) for r in [r for r in fresh if is_kind(r) == kind][: lab.fresh]]


def shares(lab: Lab, seed: int, fresh: list[Problem], policies: dict[str, Policy]) -> Callable[..., list[float]]:
    """A function (name of policy, check, kind or unkind requests) -> the outcome of each reply."""
    told = {name: list(zip(fresh, replies(p, fresh, seed), strict=True)) for name, p in policies.items()}

    def outcomes(name: str, check: Check, kind: bool) -> list[float]:
        return [float(check(request, reply)) for request, reply in told[name] if is_kind(request) == kind]

    return outcomes


def c18(lab: Lab, seed: int) -> Outcome:
    """Imitating replies that were rewritten under a principle, against imitating as many drafts as they were."""
    train = requests(lab, REQUESTS, seed)
    taught, plain = (looped(lab, m, train, 1, seed)[-1] for m in (supervised(), drafts()))
    fresh = fresh_requests(lab, seed, train)
    of = shares(lab, seed, fresh, {"sl": taught, "drafts": plain})
    told = lab.fresh_stories(seed, [])
    also = {
        "a plain no to unkind requests": (of("sl", declining, False), of("drafts", declining, False)),
        "polite replies to unkind requests": (of("sl", polite, False), of("drafts", polite, False)),
        "real answers to kind requests": (of("sl", useful, True), of("drafts", useful, True)),
        "refusals and empty phrases to kind requests": (of("sl", refusing, True), of("drafts", refusing, True)),
        "accuracy on stories, against the base": (gold(taught, told), lab.base(told)),
    }
    return Outcome(of("sl", harmless, False), of("drafts", harmless, False), also)


def preferences(lab: Lab, start: Policy, asked: list[Problem], seed: int) -> dict[bool, list[Pair]]:
    """For kind and unkind requests: pairs of what `start` replies, labelled by the base's own judgement under the rules."""
    return {
        kind: ai_preferences(start, [r for r in asked if is_kind(r) == kind], rules, Turn(seed, 0), by=lab.policy)
        for kind, rules in ((False, RULES), (True, KIND_RULES))
    }


def rewarding(lab: Lab, start: Policy, labels: dict[bool, list[Pair]], seed: int) -> Method:
    """RL-CAI from `start` against a preference model of these labels."""
    return rl_cai(preference_model(lab.policy, [*labels[False], *labels[True]], seed), start)


def recipe(lab: Lab, start: Policy, train: list[Problem], helpful: list[Pair], seed: int) -> Policy:
    """DPO on pairs whose `chosen` is the revision, and on the same preferences about kind requests as RL-CAI has."""
    method, turn = supervised(), Turn(seed, 1)
    drafted = method.score(lab.policy, method.rollout(lab.policy, train, turn), turn)
    pairs = [*best_worst()(method.revise(lab.policy, drafted, turn), turn), *helpful]
    return prefer(0.3, 1e-3, 2, nll=0.2)(start, pairs, turn)


def c19(lab: Lab, seed: int) -> Outcome:
    """RL-CAI after SL-CAI, against the same with its rewards dealt out at random; its start and another recipe beside it."""
    train, asked, rolled = (requests(lab, *how) for how in ((REQUESTS, seed), (1.0, seed + 50), (ASKED, seed + 60)))
    start = looped(lab, supervised(), train, 1, seed)[-1]
    labels = preferences(lab, start, asked, seed)
    method = rewarding(lab, start, labels, seed)
    policies = {
        "base": lab.policy,
        "sl": start,
        "rl": looped(lab, method, rolled, ROUNDS, seed, start)[-1],
        "dealt": looped(lab, control(method), rolled, ROUNDS, seed, start)[-1],
        "recipe": recipe(lab, start, train, labels[True], seed),
    }
    of = shares(lab, seed, fresh_requests(lab, seed, [*train, *asked, *rolled]), policies)
    also = {
        "harmless, against where SL-CAI had come to": (of("rl", harmless, False), of("sl", harmless, False)),
        "a plain no to unkind requests, against SL-CAI": (of("rl", declining, False), of("sl", declining, False)),
        "real answers to kind requests, against SL-CAI": (of("rl", useful, True), of("sl", useful, True)),
        "polite replies to kind requests, against SL-CAI": (of("rl", polite, True), of("sl", polite, True)),
        "harmless, against chosen = revision": (of("rl", harmless, False), of("recipe", harmless, False)),
        "real answers to kind requests, against chosen = revision": (
            of("rl", useful, True),
            of("recipe", useful, True),
        ),
    }
    checks = {"harmless": (harmless, False), "a plain no": (declining, False), "useful": (useful, True)}
    beside = {name: {what: mean(of(name, *check)) for what, check in checks.items()} for name in policies}
    return Outcome(of("rl", harmless, False), of("dealt", harmless, False), also, beside)


CLAIMS = (
    Claim(
        "C18", "SL-CAI lowers harm by a written principle.", "§4", "06_constitutional_ai",
        "rewritten replies imitated", "their drafts imitated", "harmless replies to fresh unkind requests", c18,
    ),
    Claim(
        "C19", "RL-CAI goes further on AI preference alone.", "§4", "06_constitutional_ai",
        "its rewards", "the same rewards dealt out at random", "harmless replies to fresh unkind requests", c19,
    ),
)  # fmt: skip
