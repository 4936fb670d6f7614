"""From the seeds' outcomes to a row of data/claims.json, and from the rows to the tables of the README and of docs/claims.md."""

from __future__ import annotations

import json
from pathlib import Path

from course_lib.claims import scale
from course_lib.claims.lab import Claim
from course_lib.claims.verdict import verdict
from course_lib.statistics import mean, nested_interval, over_seeds


def row(claim: Claim, found: list[dict], model_hash: str) -> dict:
    """One claim's row from what its seeds gave, each `found` as `run.work` wrote it."""
    arms = [[f[arm] for f in found] for arm in ("treatment", "control")]
    value, interval = nested_interval(*arms)
    away = interval[0] > 0 if claim.sign > 0 else interval[1] < 0
    return {
        "id": claim.id,
        "claim": claim.claim,
        "section": claim.section,
        "notebook": claim.notebook,
        "holds": away,
        "effect": value,
        "interval": list(interval),
        "treatment": {"what": claim.treatment, "value": mean([mean(a) for a in arms[0]])},
        "control": {"what": claim.control, "value": mean([mean(a) for a in arms[1]])},
        "unit": claim.unit,
        "scale": claim.scale,
        "also": [also(found, what, claim.scale_of(what)) for what in found[0]["also"]],
        "seeds": [seed_row(f) for f in found],
        "n": min(len(a) for f in found for a in (f["treatment"], f["control"])),
        "model_hash": model_hash,
        "date": max(f["date"] for f in found),
        "seconds": round(sum(f["seconds"] for f in found), 1),
    }


def also(found: list[dict], what: str, unit: str) -> dict:
    """Another difference that the same experiment gives, with its interval and its unit."""
    pairs = [f["also"][what] for f in found]
    value, interval = nested_interval([a for a, _ in pairs], [b for _, b in pairs])
    means = [mean([mean(pair[i]) for pair in pairs]) for i in (0, 1)]
    return {"what": what, "effect": value, "interval": list(interval), "means": means, "scale": unit}


def seed_row(found: dict) -> dict:
    means = {arm: mean(found[arm]) for arm in ("treatment", "control")}
    return {"seed": found["seed"], **means, "effect": means["treatment"] - means["control"], "beside": found["beside"]}


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def markdown(rows: list[dict]) -> str:
    """The table as the README shows it: shares in percent and their differences in points, all else in the unit named."""
    lines = ["| | claim | treatment | control | difference | verdict |", "|---|---|---|---|---|---|"]
    for r in rows:
        arms = " | ".join(f"{r[a]['what']}: {scale.value(r[a]['value'], r['scale'])}" for a in ("treatment", "control"))
        told = f"{r['claim']} ({r['unit']}, {scale.of_arms(r)})"
        lines.append(f"| {r['id']} | {told} | {arms} | {scale.difference(r)} | {verdict(r)} |")
    return "\n".join(lines)


def beside(rows: list[dict]) -> str:
    """What else each experiment compares, as docs/claims.md shows it."""
    lines = ["| | compared | mean | against | difference | unit |", "|---|---|---|---|---|---|"]
    for r in rows:
        for other in r["also"]:
            means = " | ".join(scale.value(m, other["scale"]) for m in other["means"])
            told = f"{scale.difference(other)} | {scale.named(other['scale'])}"
            lines.append(f"| {r['id']} | {other['what']} | {means} | {told} |")
    return "\n".join(lines)


def by_seeds(rows: list[dict]) -> str:
    """Each claim's interval beside the one over its seeds alone (statistics.over_seeds), as docs/claims.md shows them."""
    lines = ["| | bootstrap over seeds and problems | Student's t over seeds | unit |", "|---|---|---|---|"]
    for r in rows:
        alone = r | {"interval": over_seeds([seed["effect"] for seed in r["seeds"]])}
        lines.append(f"| {r['id']} | {scale.difference(r)} | {scale.difference(alone)} | {scale.named(r['scale'])} |")
    return "\n".join(lines)


def marks(name: str) -> tuple[str, str]:
    """What stands on a page before and after a table that a command writes."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def between_marks(name: str, told: str, path: Path) -> None:
    """Replace what stands between the two marks of `name`."""
    begin, end = marks(name)
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(begin, 1)
    _, after = rest.split(end, 1)
    path.write_text(f"{before}{begin}\n{told}\n{end}{after}", encoding="utf-8")
