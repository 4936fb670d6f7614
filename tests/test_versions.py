"""The lowest versions that are tested (tests/lowest.txt) are the lowest that pyproject.toml allows."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
UNTESTED = {"torch": "its older CPU builds are not at every registry", "ruff": "exact already"}


def test_each_range_begins_with_the_lowest_version_that_is_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    allowed = {r.name: r.specifier for r in map(Requirement, ranges) if r.name not in UNTESTED}
    lines = (ROOT / "tests/lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = {r.name: next(iter(r.specifier)).version for r in map(Requirement, (n for n in lines if n[0] != "#"))}
    assert tested.keys() == allowed.keys()
    for name, version in tested.items():
        least = next(s.version for s in allowed[name] if s.operator in (">=", "=="))
        assert allowed[name].contains(version), name
        assert version == least or version.startswith(f"{least}."), f"{name}: {least} is allowed, {version} tested"
