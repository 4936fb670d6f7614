"""Write where the course is published into its notebooks: `make stamp REPO=owner/name`. `make stamp REPO=` takes it out.

usage: python notebooks/stamp.py owner/name
       python notebooks/stamp.py ""

It goes into pyproject.toml ([tool.course] repository), into the first code cell of every source (what Colab installs) and, as
links to Colab and Binder, under each title. The built notebooks follow without a run: no output depends on it. Text links, no
badges: a notebook is read without a network.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat
from build import convert, save

ROOT = Path(__file__).parent.parent
CELL = """\
# On Colab this installs the course, before anything else is imported. Where it is installed, nothing happens.
KEEP = False  # True, on Colab: runs go to your Google Drive and outlive a disconnect

import importlib.util
import subprocess
import sys

REPOSITORY = "{repository}"  # on GitHub; `make stamp REPO=owner/name` writes it
if importlib.util.find_spec("course_lib") is None:
    if not REPOSITORY:
        from IPython.core.error import UsageError  # shown as a sentence

        raise UsageError(
            "The course is not installed here, and this copy does not know where it is published: "
            "open it from a checkout with `make lab`, or write the address in with `make stamp REPO=owner/name`."
        )
    # pip leaves what will do: Colab's torch (2.8 or newer is enough) and its ipywidgets (7.7 is, so none is asked for).
    course = f"self-improvement-course @ git+https://github.com/{{REPOSITORY}}"
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "install", "-q", course], check=True)
    # Colab's torchao (0.10) is older than PEFT takes, which then refuses every adapter; nothing here needs one.
    subprocess.run([*pip, "uninstall", "-q", "-y", "torchao"], check=True)
if KEEP:
    from course_lib.colab import keep_runs

    keep_runs()
"""
COLAB = "https://colab.research.google.com/github/{repository}/blob/main/{path}.ipynb"
BINDER = "https://mybinder.org/v2/gh/{repository}/main?labpath=notebooks%2F{name}.ipynb"
IN_COLAB = f"[Open in Colab]({COLAB})"
LINKS = f"{IN_COLAB} or [on Binder]({BINDER})"

NAMED = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}")
TITLE = re.compile(r"^# %% \[markdown\]\n# # .*\n#\n", re.M)
LINKED = re.compile(r"^# \[Open in Colab\]\(.*\n#\n", re.M)
FIRST_CODE = re.compile(r"^# %%\n(?:(?!# %%).*\n)*", re.M)
SETTING = re.compile(r'^(\[tool\.course\]\n(?:#.*\n)*repository = )".*?"', re.M)
INSTALLS = 'find_spec("course_lib")'  # what tells the cell that is replaced


def check(repository: str) -> None:
    """Exit with a sentence for what is not a repository on GitHub."""
    if repository and not NAMED.fullmatch(repository):
        raise SystemExit(
            f"REPO is {repository!r}: give owner/name as it stands after github.com/, or nothing to take it out."
        )


def stamped(source: str, name: str, repository: str) -> str:
    """A notebook's source with its first code cell and its links as they are for `repository` ("": none)."""
    found, title = FIRST_CODE.search(source), TITLE.search(source)
    if not title or not found or INSTALLS not in found[0]:
        raise SystemExit(
            f"notebooks/src/{name}.py: its first cell must be a title, its first code cell must look for the course."
        )
    source = FIRST_CODE.sub(lambda _: f"# %%\n{CELL.format(repository=repository)}\n", source, count=1)
    source = LINKED.sub("", source, count=1)
    links = f"# {LINKS.format(repository=repository, name=name, path=f'notebooks/{name}')}\n#\n" if repository else ""
    return TITLE.sub(lambda m: m[0] + links, source, count=1)


def setting(text: str, repository: str) -> str:
    """pyproject.toml with another [tool.course] repository."""
    text, found = SETTING.subn(lambda m: f'{m[1]}"{repository}"', text)
    if not found:
        raise SystemExit('pyproject.toml has no section [tool.course] with a line repository = "": put it in.')
    return text


def restamp(source: Path, target: Path) -> bool:
    """Bring the words and the first code cell of a built notebook up to its source, outputs as they are. False: other code differs."""
    book, old = convert(source), nbformat.read(target, 4)
    mine, theirs = ([c for c in b.cells if c.cell_type == "code"] for b in (book, old))
    if [c.source for c in mine[1:]] != [c.source for c in theirs[1:]]:
        return False
    for cell, was in zip(mine, theirs, strict=True):
        cell.outputs, cell.execution_count = was.outputs, was.execution_count
    save(book, target)
    return True


def stamp(root: Path, repository: str) -> None:
    """Write `repository` into pyproject.toml, every source and every built notebook of a checkout; all or nothing of the sources."""
    check(repository)
    settings = root / "pyproject.toml"
    sources = sorted((root / "notebooks/src").glob("[0-9][0-9]*_*.py"))
    new = {settings: setting(settings.read_text(encoding="utf-8"), repository)}
    new |= {p: stamped(p.read_text(encoding="utf-8"), p.stem, repository) for p in sources}
    times = settings.stat()
    for path, text in new.items():
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
    os.utime(
        settings, ns=(times.st_atime_ns, times.st_mtime_ns)
    )  # or make would install all again: no package depends on it
    for source in sources:
        target = root / "notebooks" / f"{source.stem}.ipynb"
        if not target.exists():
            print(f"  {target.name} is not built yet")
        elif not restamp(source, target):
            print(f"  {target.name} is older than its source, and was left: make notebooks builds it")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", metavar="owner/name", help='the repository on GitHub, or "" to take it out')
    stamp(ROOT, parser.parse_args(argv).repository)


if __name__ == "__main__":
    sys.exit(main())
