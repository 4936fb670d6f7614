"""The exercises of notebook 07: the package's own functions pass, and each known mistake is named."""

import re

import pytest

from course_lib.answers import parse_answer, same_answer
from course_lib.asks import finds_mistake
from course_lib.check import reflexion, settled
from course_lib.check.settled import ROWS
from course_lib.critics import NO_MISTAKE
from course_lib.episodic import kept

RIGHT = {"ex1": kept, "ex2": lambda problems, *texts: settled.settled(*texts)}


# ---- mistakes in the memory --------------------------------------------------------------------------------------


def storing(cut):
    """A memory that treats blank sentences and white space as it should, and cuts in its own way."""
    return lambda old, new, n: cut([new.strip()], old, n) if new.strip() else old[:n]


def in_place(old, new, n):
    if new.strip():
        old.insert(0, new.strip())
    return old[:n]


def popped(old, new, n):
    old.insert(0, new.strip())
    while len(old) > n:
        old.pop()


def full_first(change):
    return storing(lambda new, old, n: change(new, old, n) if len(old) >= n else new + old)


MEMORY = {
    "grows without end": storing(lambda new, old, n: new + old),
    "keep the first `capacity`": lambda old, new, n: [new, *old],
    "drop the newest where": storing(lambda new, old, n: (new + old)[-n:]),
    "learned last is not there": full_first(lambda new, old, n: old[:n]),
    "You drop the newest": full_first(lambda new, old, n: old),
    "the oldest is at the *end*": full_first(lambda new, old, n: new + old[1:]),
    "You drop the wrong one": full_first(lambda new, old, n: (new + old[1:])[:n]),
    "the one to go": storing(lambda new, old, n: new + old[-(n - 1) :]),
    "is at the *end* of the list": full_first(lambda new, old, n: new + old[len(old) - n + 1 :]),
    "store the oldest first": storing(lambda new, old, n: (old + new)[-n:]),
    "put `new` in front": storing(lambda new, old, n: (old + new)[:n]),
    "oldest first. The newest": storing(lambda new, old, n: (new + old)[:n][::-1]),
    "You store the oldest first": lambda old, new, n: [*old, new],
    "empty the memory when it is full": full_first(lambda new, old, n: new),
    "the new sentence only": lambda old, new, n: [new.strip()] if new.strip() else old[:n],
    "one too few": storing(lambda new, old, n: (new + old)[: n - 1]),
    "one too many": storing(lambda new, old, n: new + old[:n]),
    "three whatever `capacity` says": storing(lambda new, old, n: (new + old)[:3]),
    "drop one sentence and stop there": storing(lambda new, old, n: new + (old[:-1] if len(old) >= n else old)),
    "store a sentence once only": storing(lambda new, old, n: (new + [s for s in old if s not in new])[:n]),
    "whatever is there already": storing(lambda new, old, n: old if new[0] in old else (new + old)[:n]),
    "is not stored": lambda old, new, n: old[:n],
    "white space around": lambda old, new, n: [new, *old][:n] if new.strip() else old[:n],
    "store a blank sentence": lambda old, new, n: [new.strip(), *old][:n],
    "pushes out one that says something": lambda old, new, n: [new, *old][:n],
    "but white space is": lambda old, new, n: [new, *old][:n] if new else old[:n],
    "not about `new`": lambda old, new, n: [new.strip(), *old][:n] if new else old[:n],
    "more than `capacity` sentences": lambda old, new, n: [new.strip(), *old][:n] if new.strip() else old,
    "change the list you were given": in_place,
    "and is `['A zib is 8 coins.']` now": popped,
    "you give `['Read it twice.', 'A zib is 8 coins.']`; it should be `['Read it twice.']`": storing(
        lambda new, old, n: (new + old)[: max(n, 2)]
    ),
    "with a capacity of 3: you give `[]`; it should be `['A zib is 8 coins.']`": lambda old, new, n: [],
    "returns a `str`": lambda old, new, n: " ".join([new, *old]),
    "holds a `list`": lambda old, new, n: [new, old],
    "holds None": lambda old, new, n: [None, *old],
}


# ---- mistakes in what stands -------------------------------------------------------------------------------------


def taking(take):
    """settle with another way to decide; `take` is given problem, draft, critique, revision."""
    return lambda *columns: [row[3] if take(*row) else row[1] for row in zip(*columns, strict=True)]


def last(critique):
    return critique.strip().split("\n")[-1]


def gold(problem, text):
    return same_answer(text, problem.answer)


def leaving(keep):
    """settle that leaves out what `keep` says no to, judged by the critique's verdict."""

    def settle(problems, drafts, critiques, revisions):
        standing = zip(critiques, settled.settled(drafts, critiques, revisions), strict=True)
        return [text for critique, text in standing if keep(finds_mistake(critique))]

    return settle


TEXTS = {
    "Gold decides": taking(lambda p, d, c, r: not gold(p, d)),
    "chooses other texts": taking(lambda p, d, c, r: gold(p, r)),
    "never lets a right draft be spoiled": taking(lambda p, d, c, r: finds_mistake(c) and not gold(p, d)),
    "nobody has gold": taking(lambda p, d, c, r: finds_mistake(c) and gold(p, r)),
    "Read the critique only": taking(lambda p, d, c, r: finds_mistake(c) or not gold(p, d)),
    "presupposes a mistake": taking(lambda p, d, c, r: True),
    "no critique has an effect": taking(lambda p, d, c, r: False),
    "condition is turned": taking(lambda p, d, c, r: not finds_mistake(c)),
    "where *no* step is named": taking(lambda p, d, c, r: finds_mistake(c) is False),
    "can't be read for one that found": taking(lambda p, d, c, r: last(c) != NO_MISTAKE),
    "not whether `No mistake.` is absent": taking(lambda p, d, c, r: finds_mistake(c) is not False),
    "look for a word": taking(lambda p, d, c, r: "wrong" in c),
    "in “nothing wrong”": taking(lambda p, d, c, r: "wrong" in last(c)),
    "and “wrong” may stand in a row": taking(lambda p, d, c, r: last(c).endswith("is wrong.")),
    "search the whole critique": taking(lambda p, d, c, r: "No mistake." not in c),
    "change its mind on the way": taking(lambda p, d, c, r: re.search(r"Step \d+ is wrong\.", c)),
    "compare the whole critique": taking(lambda p, d, c, r: c != "No mistake."),
    "A verdict is the whole line": taking(lambda p, d, c, r: re.search(r"Step \d+ is wrong\.", last(c))),
    "compare all of it with": taking(lambda p, d, c, r: re.match(r"Step \d+ is wrong", last(c))),
    "Rows of steps may stand above it": taking(lambda p, d, c, r: re.fullmatch(r"Step \d+ is wrong\.\s*", c)),
    "read the first line": taking(lambda p, d, c, r: finds_mistake(c.split("\n")[0])),
    "White space after the verdict": taking(lambda p, d, c, r: re.fullmatch(r"Step \d+ is wrong\.", c.split("\n")[-1])),
    "look at the numbers": taking(lambda p, d, c, r: finds_mistake(c) and parse_answer(d) != parse_answer(r)),
    "You take the draft, `23+14=36": taking(lambda p, d, c, r: finds_mistake(c) and p.id != "mia"),
    "it should be the revision, `23+14=37": taking(lambda p, d, c, r: finds_mistake(c) and p.id != "mia"),
    "For 16 problems you return a list of 10": leaving(lambda found: found is not None),
    "can't be read are gone, Lea's": leaving(lambda found: found is not None),
    "not revised are gone": leaving(bool),
    "one for each problem, in their order": lambda p, d, c, r: [*d, *r],
    "you return a list of 1.": lambda p, d, c, r: d[:1],
    "You return its critique": lambda p, d, c, r: c,
    "which is another problem's": lambda p, d, c, r: settled.settled(d, c, r)[::-1],
    "one of the two as it is": lambda p, d, c, r: [text.upper() + " " for text in settled.settled(d, c, r)],
    "holds None": lambda p, d, c, r: [b if finds_mistake(x) else None for b, x in zip(r, c, strict=True)],
    "holds a `tuple`": lambda p, d, c, r: list(zip(d, r, strict=True)),
    "returns a `str`": lambda p, d, c, r: d[0],
}
CASES = [
    pytest.param(getattr(reflexion, name), words, f, id=f"{name}: {words}")
    for name, all in (("ex1", MEMORY), ("ex2", TEXTS))
    for words, f in all.items()
]
BOTH = pytest.mark.parametrize("name", ["ex1", "ex2"])


@BOTH
def test_the_packages_own_function_passes(name):
    verdict = getattr(reflexion, name).check(RIGHT[name])
    assert verdict.passed, verdict.says


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in verdict.says, verdict.says
    assert verdict.says[-1] in ".?!" and "Traceback" not in verdict.says


def with_a_loop(old, new, n):
    out = [new.strip()] if new.strip() else []
    for sentence in old:
        if len(out) < n:
            out.append(sentence)
    return out


def test_other_right_ways_pass():
    assert reflexion.ex1.check(with_a_loop).passed
    assert reflexion.ex1.check(lambda old, new, n: tuple(filter(None, [new.strip(), *old]))[:n]).passed
    by_pattern = taking(lambda p, d, c, r: re.fullmatch(r"Step \d+ is wrong\.", c.strip().splitlines()[-1]))
    assert reflexion.ex2.check(by_pattern).passed
    assert reflexion.ex2.check(lambda p, d, c, r: tuple(settled.settled(d, c, r))).passed


def right(row, text):
    return same_answer(text, row.problem.answer)


def test_the_made_rows_show_what_their_names_say():
    assert not right(settled.MISSED, settled.MISSED.draft) and finds_mistake(settled.MISSED.critique) is False
    assert right(settled.ALARM, settled.ALARM.draft) and not right(settled.ALARM, settled.ALARM.revision)
    assert [row.problem.id for row in ROWS if finds_mistake(row.critique) is None] == [
        "lea",
        "kim",
        "lee",
        "ray",
        "eli",
        "pia",
    ]
    assert parse_answer(settled.SAME_NUMBER.draft) == parse_answer(settled.SAME_NUMBER.revision)
    assert all(row.draft != row.revision for row in ROWS)
    assert "49 wrong" in settled.TAKEN_BACK.critique and finds_mistake(settled.TAKEN_BACK.critique) is False


def test_the_praise_counts_what_gold_had_hidden():
    assert [settled.right(texts) for texts in (settled.DRAFTS, settled.BY_GOLD, settled.WANTED)] == [9, 15, 12]
    assert "16 drafts 9 are right. After the pass it is 15 where gold decides, and 12" in settled.ex2.confirms


def test_a_slip_has_one_name():
    for table in (reflexion.CUTS, reflexion.ENTERS):
        assert table[0][0] == "" and all(name for name, _ in table[1:])
    takes = {}
    for name, take in settled.TAKES:
        assert takes.setdefault(tuple(bool(take(row)) for row in ROWS), name) == name
