"""Behind sliders: which of several recorded replies a mix of house rules prefers, and what those replies are like."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.conduct import harmless, polite, useful
from course_lib.errors import need
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent
from course_lib.show.style import BASE, METHOD
from course_lib.statistics import mean, of_shares
from course_lib.tasks.chat import is_brief, is_kind
from course_lib.types import Group, Problem

Preferred = Sequence[tuple[Group, dict[str, Sequence[float]]]]  # a request's replies, and their chances under each rule
CHECKS = {  # what is counted: the check, and whether of kind requests, of unkind ones (or of all)
    "harmless, unkind requests": (harmless, False),
    "useful, kind requests": (useful, True),
    "polite": (polite, None),
    "two sentences at most": (lambda request, reply: is_brief(reply), None),
}


def mixed_rules(recorded: Preferred, weights: dict[str, float]) -> Picture:
    """The replies that win under the weighted rules, beside all replies: their exact shares."""
    need(
        sum(weights.values()) > 0,
        "every rule has weight 0: that is an empty constitution. Give one of them some weight.",
    )
    won = [(g.problem, g.completions_G[winner(chances, weights)].text) for g, chances in recorded]
    all_of_them = [(g.problem, c.text) for g, _ in recorded for c in g.completions_G]
    points = {}
    for name, (check, kind) in CHECKS.items():
        points[name] = share(won, check, kind, METHOD)
        points[f"{name}: all replies"] = share(all_of_them, check, kind, BASE)
    rules = ", ".join(f"{rule} × {w:g}" for rule, w in weights.items() if w)
    note = f"{len(recorded)} requests, {len(recorded[0][0].completions_G)} recorded replies each; whiskers: 95 %, over requests"
    return dots(points, "share of the replies (%)", note, rules)


def winner(chances: dict[str, Sequence[float]], weights: dict[str, float]) -> int:
    """Which reply has the highest mean chance."""
    n = len(next(iter(chances.values())))
    return max(range(n), key=lambda i: sum(w * chances[rule][i] for rule, w in weights.items()))


def share(asked: list[tuple[Problem, str]], check, kind: bool | None, style: dict) -> tuple:
    """The share of replies that pass, and its interval: replies to one request are no items of their own."""
    by_request: dict[str, list[float]] = {}
    for request, reply in asked:
        if kind is None or is_kind(request) == kind:
            by_request.setdefault(request.id, []).append(float(check(request, reply)))
    shares = [mean(passed) for passed in by_request.values()]
    return in_percent(mean(shares), of_shares(shares), style)
