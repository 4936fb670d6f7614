"""Self-Refine: what a critic of a given accuracy is worth, and what was written from draft to end."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.answers import same_answer
from course_lib.errors import need_between, need_count
from course_lib.methods.self_refine import Refined
from course_lib.recordings import BANDS, Recorded
from course_lib.show.answer_table import problem_html
from course_lib.show.page import Page, block, cell, row, table, title
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, in_percent, lines, shares
from course_lib.show.steps import steps_html, steps_text
from course_lib.show.style import BASE, BLIND, METHOD, PLAIN
from course_lib.statistics import by, mean, of_shares
from course_lib.types import Group

STYLES = dict(zip(BANDS, (PLAIN[0], PLAIN[1], BLIND), strict=True))


def refined(told: Sequence[Refined], limit: int = 3, heading: str = "") -> Page:
    """Draft, critique and revision side by side, those first that were rewritten most often."""
    need_count("limit", limit)
    shown = sorted(told, key=lambda r: -len(r.texts))[:limit]
    rows = [line for r in shown for line in refined_rows(r)]
    words = [heading, *(line for r in shown for line in in_words(r))]
    return Page(block(title(heading), table(rows, ["draft", "critique", "after it"])), "\n".join(words).strip())


def refined_rows(r: Refined) -> list[str]:
    rows = [row(cell(problem_html_of(r), "background:#f0f3f6;padding:8px", span=3))]
    for i, critique in enumerate(r.critiques):
        after = r.texts[i + 1] if i + 1 < len(r.texts) else None
        new = answer(r, after) if after is not None else f"<b>stays: {html.escape(r.ended)}</b>"
        rows.append(row(cell(answer(r, r.texts[i])), cell(html.escape(critique).replace("\n", "<br>")), cell(new)))
    return rows


def problem_html_of(r: Refined) -> str:
    return problem_html(Group(r.problem, ()))


def answer(r: Refined, text: str) -> str:
    return f"{steps_html(r.problem, text)}<br><b>{'✓ right' if same_answer(text, r.problem.answer) else '✗ wrong'}</b>"


def in_words(r: Refined) -> list[str]:
    lines = ["", f"{r.problem.prompt} (right answer {r.problem.answer})"]
    for i, text in enumerate(r.texts):
        lines += [
            f"  {'draft' if i == 0 else 'revision'}:",
            *(f"       {line}" for line in steps_text(r.problem, text)),
        ]
        lines += [f"  critique: {' | '.join(r.critiques[i].split(chr(10)))}"] if i < len(r.critiques) else []
    return [*lines, f"  ended: {r.ended or 'at the last pass'}"]


def by_critic(
    drafts: Sequence[int], dialled: dict[float, Sequence[int]], own: tuple[float, Sequence[int]], seed: int = 0
) -> Picture:
    """Accuracy after refining, by the accuracy of a dialled critic; the model's own critic stands at its measured accuracy."""
    xs = sorted(dialled)
    rows = [dialled[x] for x in xs]
    n = f"n = {len(drafts)} stories, the same for all, 1 seed ({seed}); bands and whiskers: 95 % (Wilson)"
    series = {"a critic of this accuracy": (*shares(rows), PLAIN[0]), "drafts": (*shares([drafts] * len(xs)), BASE)}
    picture = lines(
        [100 * x for x in xs],
        series,
        "critiques that are right (%)",
        "stories right (%)",
        n,
        "Self-Refine under better critics",
    )
    value, low, high = (x[0] for x in shares([own[1]]))
    axes = picture.figure.axes[0]
    axes.errorbar(
        100 * own[0], value, [[value - low], [high - value]], fmt=METHOD["marker"], color=METHOD["color"], markersize=10,
        label="the model's own critiques",
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=10, handlelength=3)
    return Picture(
        picture.figure,
        f"{picture.alt} Its own critiques, {100 * own[0]:.0f} % right: {value:.1f} [{low:.1f}, {high:.1f}].",
    )


def refine_dial(recorded: Sequence[Recorded], accuracy: float, oracle: bool) -> Picture:
    """One pass over recorded drafts under an exact critic of the arithmetic that is right with chance `accuracy`: the chance that
    each story ends right, averaged. `oracle`: gold keeps right drafts from being touched."""
    need_between("critique accuracy", accuracy, 0.0, 1.0)
    points, rows = {}, []
    for band, style in STYLES.items():
        told = [r for r in recorded if r.band == band]
        after, before = [r.expected(accuracy, oracle) for r in told], [float(r.right) for r in told]
        rows += [after, before]
        points[f"{band}: refined"] = share(after, style)
        points[f"{band}: drafts"] = share(before, BASE)
    note = (
        f"{len(recorded)} recorded drafts and the fix of each step that a critic may name; whiskers: 95 % ({by(rows)})"
    )
    how = "an oracle leaves right drafts alone" if oracle else "no oracle"
    return dots(points, "stories right (%)", note, f"critiques {accuracy:.0%} right, {how}")


def share(values: Sequence[float], style: dict) -> tuple:
    return in_percent(mean(values), of_shares(values), style)
