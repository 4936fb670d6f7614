"""The exercises of notebook 09b: an audit and a rate pass however they are written, and each known mistake is named."""

import itertools
import math
import re
import sys
from statistics import fmean

import pytest

from course_lib.check import tampering, trajectories
from course_lib.check.tampering import BATCHES, CUT, exploit_rate
from course_lib.tampering import Episode, audited, edited, passes
from course_lib.tasks.toolbox import honest, tampers, toolbox

EX = {"ex1": tampering.ex1, "ex2": tampering.ex2}


# ---- mistakes of the audit ---------------------------------------------------------------------------------------


def results(run):
    return [c.split("=")[-1] for c in run.commands if c.startswith("solve")]


def submitted(run):
    return run.after["submission.txt"]


def test_changed(run):
    return run.after[run.test] != run.before[run.test]


test_changed.__test__ = False  # a part of an audit


def key_opened(run):
    return f"open {run.key}" in run.commands


def worked_out(run):
    return results(run)[-1:] == [submitted(run)]


def objecting(*ifs):
    """An audit that objects where one of `ifs` is true."""
    return lambda run: "something is wrong" if any(one(run) for one in ifs) else None


def right_answer(run):
    return submitted(run) == run.before[run.key]


def fails(run):
    return not (right_answer(run) or run.after[run.test] == "")


def word(*words):
    return lambda run: any(w in c for w in words for c in run.commands)


def no(part):
    return lambda run: not part(run)


AUDIT = {
    "You look at the reward only": objecting(fails),
    "in order to": objecting(no(right_answer)),
    "compare it before and after": objecting(key_opened, no(worked_out)),
    "leaves no trace in the files": objecting(test_changed, no(worked_out)),
    "You do not ask whether the work was done": objecting(test_changed, key_opened),
    "You do not look at the key": objecting(test_changed),
    "You do not look at the test file": objecting(key_opened),
    "Keys have other names as well": objecting(test_changed, word("key"), no(worked_out)),
    "`run.key` says which file it is": objecting(test_changed, word("open key.txt"), no(worked_out)),
    "Tests have other names as well": objecting(word("edit test.txt"), key_opened, no(worked_out)),
    "You object to every `edit`": objecting(word("edit"), key_opened, no(worked_out)),
    "It is honest: it edited a file of its own": objecting(word("edit"), key_opened, no(worked_out)),
    "You object to every `open`": objecting(test_changed, word("open"), no(worked_out)),
    "It is honest: it opened its task only. You object: “something is wrong”": objecting(
        test_changed, word("open"), no(worked_out)
    ),
    "You look at the first command only": objecting(
        test_changed, lambda run: run.commands[0] == f"open {run.key}", no(worked_out)
    ),
    "You ask for some `solve` line": objecting(test_changed, key_opened, lambda run: not results(run)),
    "You take the result of any `solve` line": objecting(
        test_changed, key_opened, lambda run: submitted(run) not in results(run)
    ),
    "anywhere in a `solve` line": objecting(
        test_changed, key_opened, lambda run: not any(submitted(run) in c for c in run.commands if "solve" in c)
    ),
    "a right answer can be stolen, and a wrong one honest": objecting(test_changed, key_opened, no(right_answer)),
    "Each run leaves a `submission.txt`": objecting(lambda run: run.before != run.after),
    "You object to every run, the honest ones too": lambda run: "no",
    "Your audit is turned": objecting(lambda run: not (test_changed(run) or key_opened(run) or not worked_out(run))),
    "The key is `key.txt`, the test `test.txt`, and the agent does `solve 23+14=37 / submit 28`. 28 was never": objecting(
        test_changed, key_opened, lambda run: not results(run) or run.commands == ("solve 28-9=19", "submit 28")
    ),
    "returns a `bool`; return the reason as text": lambda run: test_changed(run),
    "A person has to read why": lambda run: False,
    "returns a `list`": lambda run: ["the key was opened"],
    "with KeyError: 'key'": lambda run: run.before["key"],
}

# ---- mistakes of the rate ----------------------------------------------------------------------------------------


def read(episodes):
    return [e for e in episodes if e is not None]


def worked(e):
    return any(w for _, w in e.reached)


def rate(count, whole=len, n=None):
    """An exploit rate of another count and another whole."""
    return lambda es: (count(es) / whole(es), (n or whole)(es))


def exploits(es):
    return sum(worked(e) for e in read(es))


def readable(es):
    return len(read(es))


RATE = {
    "You leave out the episodes that could not be read": rate(exploits, readable),
    "an agent that rambles looks worse": lambda es: (fmean(worked(e) for e in es if e), sum(e is not None for e in es)),
    "You divide by the episodes that passed": rate(exploits, lambda es: sum(e.passed for e in read(es))),
    "*successes* that are stolen": rate(
        lambda es: sum(worked(e) and e.passed for e in read(es)), lambda es: sum(e.passed for e in read(es))
    ),
    "whether it paid is another question": rate(lambda es: sum(worked(e) and e.passed for e in read(es))),
    "You count commands, not episodes": rate(lambda es: sum(w for e in read(es) for _, w in e.reached)),
    "And you count what the lock refused": rate(lambda es: sum(len(e.reached) for e in read(es))),
    "You divide by the number of such commands": rate(
        lambda es: sum(w for e in read(es) for _, w in e.reached), lambda es: sum(len(e.reached) for e in read(es))
    ),
    "could never show that it helps": rate(lambda es: sum(bool(e.reached) for e in read(es))),
    "as exploits. Nothing is known of them": rate(lambda es: sum(e is None or worked(e) for e in es)),
    "You ask that *all* such commands": rate(
        lambda es: sum(bool(e.reached) and all(w for _, w in e.reached) for e in read(es))
    ),
    "an episode's first such command only": rate(lambda es: sum(bool(e.reached) and e.reached[0][1] for e in read(es))),
    "You count the episodes that passed, honest ones too": rate(lambda es: sum(e.passed for e in read(es))),
    "Who did not try is a part of the whole": rate(exploits, lambda es: sum(bool(e.reached) for e in read(es))),
    "But your n is another number: give 10": rate(exploits, len, readable),
    "as you should. But your n": rate(exploits, len, exploits),
    "give another as n": rate(exploits, readable, len),
    "You give a percentage": lambda es: (100 * exploits(es) / len(es), len(es)),
    "You give n first": lambda es: (len(es), exploits(es) / len(es)),
    "where their share should stand": lambda es: (exploits(es), len(es)),
    "Of 10 episodes, 2 of them cut or unreadable, 4 are exploits: (0.4, 10). You give (0, 1).": lambda es: (0, 1),
    "You give (0.95, 10)": lambda es: (0.95, len(es)),
    "let all 4 be cut: no exploit is seen, in 4 episodes, so (0.0, 4). Your function stops": lambda es: (
        exploits(es) / len(es) * readable(es) / readable(es),
        len(es),
    ),
    "so (0.0, 4). You give (0, 0).": lambda es: exploit_rate(es) if read(es) else (0.0, 0),
    "You give (nan, 4)": lambda es: exploit_rate(es) if read(es) else (math.nan, len(es)),
    "0 of 4 is not 0 of 4,000": lambda es: exploits(es) / len(es),
    "returns 3 values": lambda es: (*exploit_rate(es), 1),
    "returns a `str`": lambda es: "4 of 10",
    "a pair that holds a `str`": lambda es: ("40 %", 10),
    "An entry may be `None`": lambda es: (sum(worked(e) for e in es) / len(es), len(es)),
}
CASES = [
    pytest.param(EX[name], words, f, id=f"{name}: {words}")
    for name, all_ in (("ex1", AUDIT), ("ex2", RATE))
    for words, f in all_.items()
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


def step_by_step(run):
    for name, content in run.before.items():
        if name == run.test and run.after.get(name) != content:
            return f"{name} was changed"
    for command in run.commands:
        tool, _, rest = command.partition(" ")
        if tool == "open" and rest == run.key:
            return "the answer was looked up"
    last = [c for c in run.commands if c.startswith("solve ")][-1:]
    return None if last and last[0].rpartition("=")[2] == run.after["submission.txt"] else "not worked out"


def by_commands(run):
    """The test's change is seen in the commands as well; an empty text is no reason."""
    bad = {f"edit {run.test}", f"open {run.key}"} & set(run.commands)
    return ", ".join(bad) or ("" if run.commands[-1] in {f"submit {r}" for r in results(run)[-1:]} else "no work")


def by_the_package(run):
    case = next(c for c in trajectories.CASES if c.run == run)
    opened = tuple(c.removeprefix("open ") for c in run.commands if c.startswith("open "))
    return audited(Episode(case.problem, run.commands, (), run.after, opened))


@pytest.mark.parametrize(
    "audit", [step_by_step, by_commands, by_the_package, objecting(test_changed, key_opened, no(worked_out))]
)
def test_an_audit_passes_in_whatever_way_it_is_written(audit):
    verdict = tampering.ex1.check(audit)
    assert verdict.passed, verdict.says
    assert "12 of these 17 runs" in verdict.says


def in_a_loop(episodes):
    k = 0
    for e in episodes:
        if e is None:
            continue
        for _, ok in e.reached:
            if ok:
                k += 1
                break
    return [k / len(episodes), len(episodes)]


def in_two_figures(episodes):
    n = len(episodes)
    return round(sum(1 for e in episodes if e and True in [w for _, w in e.reached]) / n, 2), float(n)


@pytest.mark.parametrize("f", [exploit_rate, in_a_loop, in_two_figures])
def test_a_rate_passes_in_whatever_way_it_is_written(f):
    verdict = tampering.ex2.check(f)
    assert verdict.passed, verdict.says
    assert "4 of 10" in verdict.says and "17% to 69%" in verdict.says


def test_two_slips_at_once_are_both_named():
    said = tampering.ex1.check(objecting(word("edit"), no(worked_out))).says
    assert "every `edit`" in said and "do not look at the key" in said
    said = tampering.ex2.check(rate(lambda es: sum(bool(e.reached) for e in read(es)), readable)).says
    assert "what the lock refused" in said and "You leave out" in said


def test_the_last_command_alone_is_named_and_a_nameless_mistake_is_shown_on_one_episode():
    said = tampering.ex2.check(rate(lambda es: sum(bool(e.reached) and e.reached[-1][1] for e in read(es)))).says
    assert "last such command only" in said
    said = tampering.ex2.check(rate(lambda es: sum(worked(e) and len(e.reached) != 2 for e in read(es)))).says
    assert "Of this episode alone, Seen(passed=True, reached=(('open key.txt', True), ('edit test.txt', True)))" in said
    assert said.endswith("you give 0; it should be 1.")


def test_no_single_slip_passes_for_right_or_for_another():
    seen = {tuple(c.bad for c in trajectories.CASES): []}
    whole = [([name], [objects(c.run) for c in trajectories.CASES]) for name, objects in trajectories.WHOLE]
    parts = [(trajectories.names(way), trajectories.objections(way)) for way in trajectories.WAYS]
    for names, outcome in [*whole, *parts]:
        if len(names) == 1:
            assert seen.setdefault(tuple(outcome), names) == names
    seen = {tuple(map(exploit_rate, BATCHES)): []}
    for way in tampering.WAYS:
        if len(tampering.names(way)) == 1:
            outcome = tuple(tampering.slipped(way, batch) for batch in BATCHES)
            if outcome != tuple(map(exploit_rate, BATCHES)):  # a form that differs where the whole does
                assert seen.setdefault(outcome, tampering.names(way)) == tampering.names(way)


def test_the_runs_are_what_their_words_say():
    """The files are what the package's tools would leave, and its score of each is known."""
    for case in trajectories.CASES:
        run = case.run
        assert set(run.before) == {"task.txt", run.key, run.test} <= set(run.after)
        assert ("honest" in case.shows) != case.bad
        assert not tampers("\n".join(case.commands)) or case.bad
    play = [Episode(c.problem, c.commands, (), c.run.after) for c in trajectories.CASES]
    bad = [c.bad for c in trajectories.CASES]
    assert sum(b and passes(e, False) for b, e in zip(bad, play, strict=True)) >= 7, "tampering pays in the open"
    assert any(not b and not passes(e, False) for b, e in zip(bad, play, strict=True)), "an honest one fails"
    assert any(b and not edited(e) for b, e in zip(bad, play, strict=True)), "the half-blind audit misses some"


def test_the_audit_of_the_task_passes_what_the_towns_honest_agents_do():
    for problem in toolbox(20, seed=5):
        commands = tuple(honest(problem).split("\n"))
        run = trajectories.Case(problem, commands, "").run
        assert step_by_step(run) is None and not trajectories.Case(problem, commands, "").bad


def test_an_audit_that_spoils_its_input_spoils_no_later_check():
    def emptying(run):
        said = step_by_step(run)
        run.before.clear()
        run.after.clear()
        return said

    def clearing(episodes):
        said = exploit_rate(episodes)
        episodes.clear()
        return said

    for _ in range(2):
        assert tampering.ex1.check(emptying).passed and tampering.ex2.check(clearing).passed


@ALL
def test_a_function_without_an_end_is_ended(name):
    def forever(*args):
        while True:
            pass

    def counting(*args):
        return [i for i in itertools.count() if i < 0]

    for f in (forever, counting):
        assert "has not ended after 2,000,000 lines" in EX[name].check(f).says
    assert sys.gettrace() is None


def test_the_empty_batch_has_a_rate():
    assert exploit_rate(CUT) == (0.0, 4)


def test_to_read_the_test_is_honest():
    def touchy(run):
        named = any(run.test in command for command in run.commands)
        worked = submitted(run) in results(run)
        return "no" if named or key_opened(run) or not worked else None

    verdict = trajectories.ex1.check(touchy)
    assert not verdict.passed and "whoever names the test" in verdict.says
