"""How gold moves while a proxy is optimised: the two forms of Gao et al. 2022, arXiv 2210.10760, §1, fitted to measured gains.

Kept: d = √KL from the policy one began with; best-of-n R(d) = d(α − βd), policy gradient R(d) = d(α − β log d); R is gold
counted from its value at d = 0, and log is natural.
Added: α and β by linear least squares, intervals by resampling whole runs or prompts, and what to say where there is no peak.
Left out: how α and β move with the reward model's size. The forms are fits and no law: `no_peak` counts the draws that disagree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from course_lib.errors import need

FORMS = ("best-of-n", "rl")


@dataclass(frozen=True)
class Fit:
    """R(d) = d(α − βd) or d(α − β log d)."""

    form: str
    alpha: float
    beta: float
    r2: float | None  # share of the variance explained; None where all gains are equal

    def predicted(self, d: float) -> float:
        return self.alpha * d - self.beta * bend(d, self.form)

    @property
    def peak(self) -> float | None:
        """The d > 0 at which the fitted curve is highest: α/2β, or e^(α/β − 1); None where it has no peak.

        It may lie beyond the last d that was measured: then it is a guess.
        """
        top = highest(self.alpha, self.beta, self.form)
        return top if 0 < top < math.inf else None


@dataclass(frozen=True)
class Fitted:
    """A fit with its 95 % percentile intervals over resampled runs."""

    fit: Fit
    alpha: tuple[float, float]
    beta: tuple[float, float]
    peak: tuple[float, float]  # an end is inf where draws rise without end, and 0 where they fall from the start
    no_peak: float  # share of the draws whose curve has no peak
    ds: list[float]  # the band's places, from 0 to the last d measured
    band: tuple[list[float], list[float]]  # lowest and highest R there


def fit(ds: Sequence[float], gains: Sequence[float], form: str) -> Fit:
    """Least squares in (α, β). `ds`: distances √KL, in √nats; `gains`: gold at each, less gold at d = 0."""
    import numpy as np

    check([ds], [gains], form)
    columns, gains = terms(ds, form), np.asarray(gains, float)
    alpha, beta = np.linalg.lstsq(columns, gains, rcond=None)[0]
    left = ((columns @ [alpha, beta] - gains) ** 2).sum()
    total = ((gains - gains.mean()) ** 2).sum()
    return Fit(form, float(alpha), float(beta), float(1 - left / total) if total > 0 else None)


def fit_intervals(ds: Sequence, runs: Sequence[Sequence[float]], form: str, seed: int = 0, draws: int = 2000) -> Fitted:
    """The fit to all runs, and its intervals by resampling them. `runs[r][i]`: gain of run or prompt r, see `from_start`.

    `ds` holds one d for each column, or a row for each run, as policy gradients need: no two go equally far.
    """
    import numpy as np

    need(len(ds) > 0, "there is no distance d: give one for each gain of a run.")
    shared = not np.ndim(ds[0])
    places = [ds] * len(runs) if shared else list(ds)
    need(len(runs) > 1, f"there is {len(runs)} run: an interval over runs needs 2 or more.")
    check(places, runs, form)
    alphas, betas = resampled([terms(d, form) for d in places], runs, seed, draws)
    tops = [highest(a, b, form) for a, b in zip(alphas.tolist(), betas.tolist(), strict=True)]
    grid = np.linspace(0, max(map(max, places)), 61)
    columns = terms(grid, form)
    low, high = np.percentile(np.outer(alphas, columns[:, 0]) + np.outer(betas, columns[:, 1]), [2.5, 97.5], axis=0)
    whole = fit(ds, np.mean(runs, 0), form) if shared else fit(flat(places), flat(runs), form)
    absent = sum(not 0 < top < math.inf for top in tops) / draws
    return Fitted(whole, ends(alphas), ends(betas), ends(tops), absent, grid.tolist(), (low.tolist(), high.tolist()))


def resampled(columns: list, runs: Sequence[Sequence[float]], seed: int, draws: int):
    """(α of each draw, β of each draw). Least squares needs only sums over runs, so a draw is how often each run counts."""
    import numpy as np

    squares = np.stack([c.T @ c for c in columns])
    products = np.stack([c.T @ np.asarray(run, float) for c, run in zip(columns, runs, strict=True)])
    often = np.random.default_rng(seed).multinomial(len(runs), [1 / len(runs)] * len(runs), draws)
    return np.linalg.solve(np.tensordot(often, squares, 1), (often @ products)[..., None])[..., 0].T


def from_start(runs: Sequence[Sequence[float]]) -> list[list[float]]:
    """Each run's values less its first, which must stand at d = 0 (n = 1, or before training)."""
    return [[value - run[0] for value in run] for run in runs]


def highest(alpha: float, beta: float, form: str) -> float:
    """The d ≥ 0 at which R is highest: 0 where it falls from the start, infinity where it rises without end."""
    if beta <= 0:
        return math.inf if beta < 0 or alpha > 0 else 0.0
    if form == "best-of-n":
        return max(0.0, alpha / (2 * beta))
    return math.exp(alpha / beta - 1) if alpha / beta < 700 else math.inf


def terms(ds: Sequence[float], form: str):
    """What α and β are multiplied by, (places, 2)."""
    import numpy as np

    return np.stack([np.asarray(ds, float), [-bend(d, form) for d in ds]], 1)


def bend(d: float, form: str) -> float:
    """d² or d log d, which is 0 at 0."""
    return d * d if form == "best-of-n" else d * math.log(d) if d > 0 else 0.0


def ends(values: Sequence[float]) -> tuple[float, float]:
    """The 2.5 and 97.5 % points, each a value that occurs, for infinity can't be interpolated."""
    ordered = sorted(map(float, values))
    last = len(ordered) - 1
    return ordered[math.floor(0.025 * last)], ordered[math.ceil(0.975 * last)]


def flat(rows: Sequence[Sequence[float]]) -> list[float]:
    return [value for row in rows for value in row]


def check(places: Sequence[Sequence[float]], runs: Sequence[Sequence[float]], form: str) -> None:
    need(form in FORMS, f"form is {form!r}: give 'best-of-n' or 'rl'.")
    need(len(places) == len(runs), f"{len(places)} rows of d for {len(runs)} runs: give one for each, or one for all.")
    for ds, gains in zip(places, runs, strict=True):
        need(len(ds) == len(gains), f"{len(gains)} gains for {len(ds)} distances: give one for each.")
        need(
            all(math.isfinite(d) and d >= 0 for d in ds),
            "a distance d is below 0 or not a number: d is √KL, 0 or more.",
        )
        need(all(map(math.isfinite, gains)), "a gain is not a number: leave out what could not be measured.")
        apart = len({d for d in ds if d > 0})
        need(apart > 1, f"{apart} distances d above 0: α and β need two different ones in every run.")
