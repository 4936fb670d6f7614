"""Public sets of the hub as rows of their own columns: from the hub, from a folder with the set's files, or from a JSONL file.

A set that lacks a column is named with what is there instead: sets change after a course is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError, need

FORMATS = {".parquet": "parquet", ".jsonl": "json", ".json": "json"}


@dataclass(frozen=True)
class Set:
    """A set's name on the hub, its configuration there if it has several, the columns the course reads, and its splits."""

    hub: str
    config: str | None
    columns: tuple[str, ...]
    splits: tuple[str, ...]


GSM8K = Set("openai/gsm8k", "main", ("question", "answer"), ("train", "test"))  # MIT
MATH500 = Set(  # MIT, as MATH, of which it is a part
    "HuggingFaceH4/MATH-500", None, ("problem", "solution", "answer", "subject", "level", "unique_id"), ("test",)
)
OASST1 = Set(  # Apache 2.0
    "OpenAssistant/oasst1",
    None,
    ("message_id", "parent_id", "text", "role", "lang", "deleted", "rank", "synthetic"),
    ("train", "validation"),
)


def rows(of: Set, split: str, where: str | Path | None = None) -> list[dict[str, Any]]:
    """The rows of a split. `where`: None for the hub, a folder with the set's files, or one file, which is all splits at once.

    Raises CourseError when it can't be read, or naming the column it lacks.
    """
    found = fetch(of, split, where)
    check(of, found.column_names, where)
    return list(found.select_columns(list(of.columns)))


def check(of: Set, there: Iterable[str], where: str | Path | None = None) -> None:
    """Raise CourseError unless every column that the course reads is among those `there`."""
    there, place = list(there), of.hub if where is None else f"{where} (read as {of.hub})"
    lacking = [column for column in of.columns if column not in there]
    need(
        not lacking,
        f"{place} has no column {', '.join(map(repr, lacking))} but {', '.join(there)}: the set has changed since this "
        "course was written; name the column in course_lib/tasks/columns.py.",
    )


def kind_of(where: str | Path, known: tuple[Set, ...]) -> Set:
    """Which of the `known` sets a local folder or file has the columns of."""
    where = Path(where)
    need(where.exists(), f"task {str(where)!r} is not there: give 'stories', 'gsm8k', 'math500', or a folder or file.")
    there = fetch(known[0], None, where).column_names
    found = [of for of in known if set(of.columns) <= set(there)]
    wanted = "; ".join(f"{', '.join(of.columns)} ({of.hub})" for of in known)
    need(bool(found), f"{str(where)!r} has the columns {', '.join(there)}: it needs those of a known set, {wanted}.")
    return found[0]


def fetch(of: Set, split: str | None, where: str | Path | None):
    """The split as a `datasets.Dataset`; of a folder, without a split, its first file."""
    from datasets import load_dataset

    try:
        if where is None:
            return load_dataset(of.hub, of.config, split=split)
        files = files_of(of, split, Path(where))
        return load_dataset(FORMATS[files[0].suffix], data_files=list(map(str, files)), split="train")
    except CourseError:
        raise
    except Exception as error:  # the libraries below raise many kinds for one cause: nothing to read
        name = of.hub if where is None else str(where)
        raise CourseError(
            f"{name} could not be read ({type(error).__name__}): "
            "without a network give a folder with the set's own files, or a JSONL file of its columns."
        ) from error


def files_of(of: Set, split: str | None, where: Path) -> list[Path]:
    """A file itself; of a folder its files of rows, and where the set has several splits those named after this one."""
    endings = ", ".join(FORMATS)
    if where.is_file():
        need(where.suffix in FORMATS, f"{str(where)!r} is no file of rows: it must end in one of {endings}.")
        return [where]
    inside = where / of.config if of.config and (where / of.config).is_dir() else where
    files = sorted(f for f in inside.rglob("*") if f.suffix in FORMATS and f.name != "dataset_infos.json")
    need(bool(files), f"{str(where)!r} holds no file of rows: put the set's own files there ({endings}).")
    if split is None:
        return files[:1]
    named = [f for f in files if re.search(rf"(?<![a-z]){split}(?!_?[a-z])", f.stem)] if len(of.splits) > 1 else files
    need(bool(named), f"{str(where)!r} holds no file named after the split {split!r}, but {files[0].name}.")
    return named
