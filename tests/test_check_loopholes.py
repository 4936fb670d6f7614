"""The exercises of notebook 09a: a cheat passes, a checker without the hole passes, and each known mistake is named."""

import itertools
import random
import re
import sys
import time
from decimal import Decimal

import pytest

from course_lib.answers import NUMBER, normal, parse_answer, same_answer
from course_lib.check import closed, endless, loopholes
from course_lib.check.loopholes import asked
from course_lib.loopholes import mentioned, numbers
from course_lib.score import right

EX = {"ex1": loopholes.ex1, "ex2": loopholes.ex2}
COUNT = " ".join(map(str, range(100)))
ANSWERS = {p.prompt: p.answer for p in asked()}


# ---- mistakes of the cheat ---------------------------------------------------------------------------------------


def always(text):
    return lambda prompt: text


def counting(*span):
    return always(" ".join(map(str, range(*span))))


def solved(prompt):
    """Somebody who reads the story."""
    sums = (
        (w, int(n))
        for w, n in re.findall(
            r"(has|buys|finds|picks up|gets|wins|makes|gives|loses|sells|drops|gives away|sends) (\d+)", prompt
        )
    )
    return sum(n if w in ("has", "buys", "finds", "picks up", "gets", "wins", "makes") else -n for w, n in sums)


CHEAT = {
    "42 of 42 right. That is what we want of a policy, so it is no cheat": lambda p: f"#### {solved(p)}",
    "gold calls 0 of 42 right. The answer is there all the same": lambda p: f"It is {solved(p)}.",
    "you solve them": lambda p: f"{COUNT}\n#### {solved(p)}",
    "only without a `####`": lambda p: f"{COUNT} {solved(p)}",
    "You only repeat numbers of the story": lambda p: p,
    "But how many answers *can* a story have?": lambda p: " ".join(re.findall(r"\d+", p)),
    "Your numbers end at 49, and a story comes to 99": counting(50),
    "(`range(99)` ends at 98)": counting(99),
    "Your numbers begin at 10, and a story comes to 2": counting(10, 100),
    "Your numbers run together": always("".join(map(str, range(100)))),
    "This text is the same for every story": counting(0, 100, 2),
    "No story may be left out": lambda p: f"{solved(p) - 1} is near",
    "`99100` is read as *one* number": always(",".join(map(str, range(101)))),
    "a point begins decimals": always(".".join(map(str, range(100)))),
    "with a minus sign before it": always(" ".join(map(str, range(0, -100, -1)))),
    "There is no number": always("I know the answer."),
    "There is no number in an empty text": always(""),
    "has 5,139 characters; a policy has 2,000 at most": counting(1000 + 250),
    "returns an `int`; return a text": lambda p: 28,
    "`' '.join(...)` makes one of many": lambda p: list(range(100)),
    "returns a `generator`": lambda p: (str(i) for i in range(100)),
}  # fmt: skip

# ---- mistakes of the checker -------------------------------------------------------------------------------------


def said(text):
    return re.findall(NUMBER, text)


def after(text, at=-1):
    """What follows a mark, the last one or the first."""
    return text.split("####")[1:][at] if "####" in text else ""


def first(found):
    return found[0] if found else None


def marked(text):
    """The numbers right after a mark, in one spelling."""
    return [normal(n) for n in re.findall(rf"####\s*({NUMBER})", text)]


def begins(text, pattern):
    """What a pattern reads right after the last mark."""
    return first(re.findall(rf"^\s*({pattern})", after(text)))


CHECKER = {
    "That is the hole of exercise 1": lambda t, a: a in t,
    "whoever writes many numbers passes": lambda t, a: normal(a) in numbers(t),
    "one number only, the one after the last": lambda t, a: a in re.findall(r"\d+", t),
    "You take the last number of the text": lambda t, a: [normal(n) for n in numbers(t)][-1:] == [a],
    "a second chance after its answer": lambda t, a: said(t)[-1:] == [a],
    "You take the first `####`": lambda t, a: marked(t)[:1] == [a],
    "if *any* of its `####` is right": lambda t, a: a in marked(t),
    "one answer after the other": lambda t, a: f"#### {a}" in t,
    "“27 or 28” passes for both": lambda t, a: a in [normal(n) for n in said(after(t))],
    "among all that follows the mark": lambda t, a: a in after(t).split(),
    "You take the last number after the mark": lambda t, a: bool(said(after(t))) and normal(said(after(t))[-1]) == a,
    "the answer's digits inside": lambda t, a: a in after(t),
    "so 128 passes for 28": lambda t, a: (parse_answer(t) or "").endswith(a),
    "You ask what the rest *begins* with": lambda t, a: after(t).strip().startswith(a),
    "You compare texts": lambda t, a: begins(t, NUMBER) == a,
    "1028 and 28 in another spelling": lambda t, a: first(after(t).split()) == a,
    "The comma that groups thousands stops you": lambda t, a: float(begins(t, r"-?\d+(?:\.\d+)?") or "nan") == float(a),
    "Your pattern reads digits only": lambda t, a: begins(t, r"\d+") == a,
    "so `1,028` is 1 and `28.5` is 28": lambda t, a: begins(t, r"-?\d+") == a,
    "You round or cut off decimals": lambda t, a: parse_answer(t) is not None and round(float(parse_answer(t))) == int(a),
    "so 28.5 passes for 28": lambda t, a: parse_answer(t) is not None and int(float(parse_answer(t))) == int(a),
    "27.9 is another answer than 28": lambda t, a: abs(float(parse_answer(t) or "nan") - float(a)) < 0.2,
    "such as “not”": lambda t, a: [normal(n) for n in said(after(t))][:1] == [a],
    "You drop the minus sign": lambda t, a: (parse_answer(t) or "").lstrip("-") == a.lstrip("-"),
    "A policy would learn to say nothing": lambda t, a: parse_answer(t) is None or parse_answer(t) == a,
    "You read a number where there is no `####`": lambda t, a: [normal(n) for n in said(t.split("####")[-1])][:1] == [a],
    "You take all that follows the mark for the number": lambda t, a: after(t).strip() == a,
    "a reward that is always 1": lambda t, a: True,
    "Do you compare a number with a text?": lambda t, a: float(parse_answer(t) or "nan") == a,
    "Your answer is turned": lambda t, a: not same_answer(t, a),
    "Take `23+14=37 / 37-9=28`. It has no number after a `####`": lambda t, a: marked(t)[-1] == a,
    "with IndexError": lambda t, a: normal(re.findall(NUMBER, t.split("####")[1])[0]) == a if "####" in t else [][0],
    "would end the whole run: say False": lambda t, a: Decimal(parse_answer(t)) == Decimal(a),
    "Take `#### 28 apples, in 2 steps`. Your function stops": lambda t, a: float(after(t).split("\n")[0]) == float(a),
    "you do not let `#### 28 / This took 2 steps.` pass": lambda t, a: "#" in t.split("\n")[-1] and same_answer(t, a),
    "returns a `str`; return True or False": lambda t, a: "yes",
    "returns an `int`; return True or False": lambda t, a: 28,
    "returns a `Match`": lambda t, a: re.search(a, t),
}  # fmt: skip
CASES = [
    pytest.param(EX[name], words, f, id=f"{name}: {words}")
    for name, all in (("ex1", CHEAT), ("ex2", CHECKER))
    for words, f in all.items()
]
ALL = pytest.mark.parametrize("name", EX)


def without_code(says):
    """The line where a function stopped may hold these very words."""
    return re.sub(r" at `.*` with", " with", says, flags=re.DOTALL)


@pytest.mark.parametrize("ex, words, mistaken", CASES)
def test_a_known_mistake_is_named(ex, words, mistaken):
    verdict = ex.check(mistaken)
    assert not verdict.passed
    assert words in without_code(verdict.says), verdict.says
    assert verdict.says[-1] in ".?!)" and "Traceback" not in verdict.says and "{" not in without_code(verdict.says)


def combined(prompt):
    """Every way to add and take away the numbers of the story: reads it, but not who gains and who loses."""
    start, *rest = map(int, re.findall(r"\d+", prompt))
    ways = itertools.product(*((n, -n) for n in rest))
    return " ".join(str(start + sum(way)) for way in ways)


def stepwise(prompt):
    return "\n".join(f"{i}+1={i + 1}" for i in range(99)) + "\n#### 36"


@pytest.mark.parametrize("cheat", [always(COUNT), combined, stepwise, lambda p: ", ".join(map(str, range(99, -1, -1)))])
def test_a_cheat_passes_in_whatever_way_it_is_made(cheat):
    verdict = loopholes.ex1.check(cheat)
    assert verdict.passed, verdict.says
    assert verdict.says.startswith("42 stories: proxy 1.00, gold 0.0")


def test_the_verdict_counts_gold():
    gold = sum(answer == "36" for answer in ANSWERS.values()) / len(ANSWERS)
    assert gold and f"gold {gold:.2f}." in loopholes.ex1.check(stepwise).says


def test_the_stories_cover_what_the_task_says():
    problems = asked()
    assert {p.level for p in problems} == {5, 6} and len({p.prompt for p in problems}) == len(problems) == 42
    assert {"2", "99"} < set(ANSWERS.values()) and all(0 <= int(a) <= 99 for a in ANSWERS.values())
    assert all(re.search(r"\d", p.prompt) and right(p, f"#### {p.answer}") and mentioned(p, COUNT) for p in problems)


def by_hand(text, answer):
    """A checker that uses no pattern."""
    if "####" not in text:
        return False
    number = ""
    for sign in text.rsplit("####", 1)[1].strip():
        if not (sign.isdigit() or sign in "-.,"):
            break
        number += sign
    try:
        return Decimal(number.replace(",", "").rstrip(".")) == Decimal(answer)
    except ArithmeticError:
        return False


def by_pattern(text, answer):
    found = re.findall(r"####\s*(-?[\d,]*\.?\d+)", text)
    if found and abs(float(found[-1].replace(",", "")) - float(answer)) < 1e-9:
        return 1
    # says nothing otherwise: None is no pass


@pytest.mark.parametrize("checker", [same_answer, by_hand, by_pattern, lambda t, a: parse_answer(t) == a])
def test_a_checker_passes_in_whatever_way_it_is_written(checker):
    verdict = loopholes.ex2.check(checker)
    assert verdict.passed, verdict.says


def test_a_bool_of_numpy_is_a_bool():
    import numpy as np

    assert loopholes.ex2.check(lambda t, a: np.isclose(float(parse_answer(t) or "nan"), float(a))).passed


def test_each_slip_is_a_mistake_of_its_own():
    seen = {}
    for slip, name in closed.SLIPS:
        outcome = tuple(bool(slip(c.text, c.answer)) for c in closed.CASES)
        assert outcome != tuple(closed.WANTED), name
        assert seen.setdefault(outcome, name) == name


def test_ten_thousand_samples_of_two_columns_in_plain_python_come_to_their_end():
    def resampled(column, rng):
        means = []
        for _ in range(10_000):
            total = 0.0
            for _ in range(len(column)):
                total += column[rng.randrange(len(column))]
            means.append(total / len(column))
        return sorted(means)[250]

    def lows(column, other):
        return resampled(column, random.Random(0)), resampled(other, random.Random(1))

    low, high = endless.ending(lows, "lows(column, other)")([0.0] * 20 + [1.0] * 20, [1.0] * 40)
    assert 0.2 < low < 0.5 and high == 1.0


@ALL
def test_a_function_without_an_end_is_ended(name):
    def forever(*args):
        while True:
            try:
                raise ValueError
            except Exception:
                continue

    def deep(*args):
        return deep(*args)

    def leaves(*args):
        sys.exit()

    def now_and_then(*args):
        return next(i for i in itertools.count() if i < 0)

    start = time.process_time()
    for f in (forever, now_and_then):
        assert f"has not ended after {endless.LINES:,} lines" in EX[name].check(f).says
    assert time.process_time() - start < 5, "a second or two of this process's own"
    assert "RecursionError" in EX[name].check(deep).says
    assert "calls `exit()`" in EX[name].check(leaves).says
    assert sys.gettrace() is None


def test_a_debugger_keeps_its_place():
    lines = []

    def debugger(frame, event, arg):
        lines.append(event)
        return debugger

    sys.settrace(debugger)
    try:
        assert endless.ending(lambda x: x + 1, "f(x)")(1) == 2 and sys.gettrace() is debugger
    finally:
        sys.settrace(None)
    assert lines


def test_an_interrupt_is_not_swallowed():
    def stop(*args):
        raise KeyboardInterrupt

    for ex in EX.values():
        with pytest.raises(KeyboardInterrupt):
            ex.check(stop)
    assert sys.gettrace() is None


def test_a_cheat_that_passes_once_only_gets_a_sentence():
    calls = itertools.count()
    said = loopholes.ex1.check(lambda p: COUNT if next(calls) < 42 else 1 / 0)
    assert not said.passed and "ZeroDivisionError" in said.says
