"""The claims: an honest interval, experiments that run, a run that goes on where it stopped, a table that says what was found."""

import json
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib import show
from course_lib.claims import collapse, genuine, hacking, kinds, kl_penalty, run, stagnation, table, ttrl
from course_lib.claims.lab import Lab, Outcome
from course_lib.errors import CourseError
from course_lib.loading import pocket_folder
from course_lib.policy import weights_hash
from course_lib.show.claim_picture import steps_aside
from course_lib.statistics import mean, nested_interval, over_seeds

ROOT = Path(__file__).parent.parent
CLAIMS = {c.id: c for c in run.CLAIMS}
IDS = [f"C{i:02}" for i in [*range(1, 42)]]
NO_SHARES = ("C16", "C27", "C28", "C31", "C32", "C33", "C34", "C35")  # nats, gains, standard deviations


# ---- the interval


def tossed(seeds=5, items=200, chance=0.5, seed=0):
    rng = random.Random(seed)
    return [[float(rng.random() < chance) for _ in range(items)] for _ in range(seeds)]


def test_without_a_difference_the_interval_has_no_width():
    same = tossed()
    assert nested_interval(same, same) == (0.0, (0.0, 0.0))


def test_a_difference_that_never_varies_is_certain():
    treated = [[x + 0.25 for x in seed] for seed in tossed()]
    value, interval = nested_interval(treated, tossed())
    assert value == pytest.approx(0.25) and interval == pytest.approx((0.25, 0.25))


def test_two_arms_by_the_same_coin_differ_by_nothing_in_most_draws():
    covered = 0
    for i in range(20):
        low, high = nested_interval(tossed(seed=2 * i), tossed(seed=2 * i + 1), draws=400)[1]
        covered += low <= 0 <= high
    assert covered >= 17


def test_pairing_items_narrows_the_interval():
    """A treatment that mends a tenth of the failures: on the same items, and on the items shuffled."""
    rng, control = random.Random(7), tossed()
    treated = [[max(x, float(rng.random() < 0.1)) for x in seed] for seed in control]
    shuffled = [rng.sample(seed, len(seed)) for seed in treated]
    (value, (low, high)), (other, (wide_low, wide_high)) = (nested_interval(a, control) for a in (treated, shuffled))
    assert value == pytest.approx(other)
    assert high - low < 0.7 * (wide_high - wide_low)
    assert low > 0


def test_seeds_that_disagree_widen_it():
    """The same items' differences in all: once shared evenly among seeds, once bunched by seed."""
    even = [[0.0, 1.0] * 50 for _ in range(4)]
    bunched = [[0.0] * 100, [1.0] * 100, [0.0] * 100, [1.0] * 100]
    nothing = [[0.0] * 100] * 4
    narrow, wide = (nested_interval(arm, nothing)[1] for arm in (even, bunched))
    assert wide[1] - wide[0] > 4 * (narrow[1] - narrow[0])


def test_a_seed_without_an_item_is_named():
    with pytest.raises(CourseError, match="a seed has no item to compare"):
        nested_interval([[1.0], []], [[0.0], []])


# ---- every experiment, small


@pytest.fixture(scope="module")
def lab(pocket, tmp_path_factory):
    return Lab(pocket, tmp_path_factory.mktemp("samples"), problems=8, fresh=6, k=2, many=4, seen=8)


def test_each_claim_is_an_experiment_of_a_notebook():
    assert list(CLAIMS) == IDS and len({c.run for c in CLAIMS.values()}) == len(IDS)
    books = {p.stem for p in (ROOT / "notebooks/src").glob("*.py")}
    assert {c.notebook for c in CLAIMS.values()} <= books


@pytest.fixture
def few_rounds(monkeypatch):
    """A training costs seconds however little it trains on, so long runs are cut to two rounds: as many as show a next one.

    C37's runs are read after each round on 16 problems; C38's goes three rounds to its stand, and two on.
    """
    for module, name, fewer in ((kinds, "FEW", 16), (stagnation, "BEFORE", 3), (stagnation, "MORE", 2)):
        monkeypatch.setattr(module, name, fewer)
    for module in (collapse, hacking, kl_penalty, ttrl):
        for name in ("GENERATIONS", "ROUNDS", "FEW"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, 2)


@pytest.mark.parametrize("id", IDS)
def test_the_experiment_runs_and_its_row_can_be_shown(id, lab, monkeypatch, few_rounds):
    ran = genuine.ran  # four problems settle nothing about a run: here every one counts
    monkeypatch.setattr(genuine, "ran", lambda *given: replace(ran(*given), rose=True, genuine=True))
    outcome = CLAIMS[id].run(lab, 0)
    pairs = [(outcome.treatment, outcome.control), *outcome.also.values()]
    for treated, control in pairs:
        assert 0 < len(treated) == len(control)
        assert id in NO_SHARES or all(0.0 <= x <= 1.0 for x in (*treated, *control))
    found = json.loads(json.dumps(given(CLAIMS[id], outcome)))
    row = table.row(CLAIMS[id], [found, found], "hash")
    assert row["effect"] == pytest.approx(mean(outcome.treatment) - mean(outcome.control))
    assert table.markdown([row]).count(f"| {id} |") == 1


def given(claim, outcome, seed=0):
    """What `run.work` writes of an outcome."""
    about = {"claim": claim.id, "seed": seed, "made_with": "x", "date": "2026-11-25", "seconds": 1.0}
    return {
        "treatment": outcome.treatment,
        "control": outcome.control,
        "also": {k: list(v) for k, v in outcome.also.items()},
        "beside": outcome.beside,
    } | about


def test_fresh_stories_are_none_that_were_trained_on(lab):
    trained = lab.stories(0, (5, 6))
    texts = {p.prompt for p in trained}
    fresh = replace(lab, fresh=300).fresh_stories(0, trained)
    assert len(fresh) == 300 and not texts & {p.prompt for p in fresh}
    told = lab.fresh_stories(0, []) + trained
    assert not {p.prompt for p in replace(lab, fresh=6).fresh_stories(0, told)} & {p.prompt for p in told}


def test_samples_are_drawn_once(lab, monkeypatch):
    problems, turn = lab.stories(3)[:2], run_turn()
    first = lab.samples(problems, 2, turn)
    monkeypatch.setattr(Lab, "draw", lambda *args: pytest.fail("drawn again"))
    assert [g.scores_G for g in lab.samples(problems, 2, turn)] == [g.scores_G for g in first]
    with pytest.raises(pytest.fail.Exception):
        lab.samples(problems, 3, turn)


def run_turn():
    from course_lib.types import Turn

    return Turn(3, 0)


def test_every_training_sees_as_many_examples(lab, monkeypatch):
    """Twenty examples or two: the same number of examples in all, so that arms differ in which, not in how long."""
    from course_lib.claims import lab as module
    from course_lib.types import Example

    seen = []
    monkeypatch.setattr(module, "sft", lambda policy, examples, **how: seen.append(len(examples) * how["epochs"]))
    for n in (2, 20):
        lab.train([Example("p", "c")] * n, 0)
    assert seen == pytest.approx([lab.seen, lab.seen])
    assert lab.train([], 0) is lab.policy


# ---- a run of many, gone on with


class Counted:
    """A stand-in for an experiment that counts its calls."""

    def __init__(self):
        self.calls = []

    def __call__(self, lab, seed):
        self.calls.append(seed)
        return Outcome([1.0, 1.0, 0.0], [0.0, 1.0, 0.0])


@pytest.fixture
def counted(monkeypatch):
    found = Counted()
    monkeypatch.setattr(run, "CLAIMS", (replace(CLAIMS["C03"], run=found),))
    return found


def test_what_a_seed_gave_is_found_again(counted, tmp_path):
    task = run.Task("C03", 1, tmp_path)
    assert run.done(task) is None
    line = run.work(task, lab=object())
    assert counted.calls == [1] and "C03 seed 1: 0.667 against 0.333" in line
    assert run.done(task)["treatment"] == [1.0, 1.0, 0.0]
    assert run.done(replace(task, seed=2)) is None


def test_a_second_call_runs_only_what_is_missing(counted, tmp_path, monkeypatch, capsys):
    """One seed of two has ended before. Nothing is left for the workers but the other."""
    given_out = []

    class Pool:
        def __init__(self, *args, **kwargs): ...
        def __enter__(self):
            return self

        def __exit__(self, *args): ...
        def submit(self, work, task):
            given_out.append(task.seed)
            return run.work(task, lab=object())

    monkeypatch.setattr(run, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(run, "as_completed", lambda jobs: [])
    run.work(run.Task("C03", 0, tmp_path), lab=object())
    run.run(list(run.CLAIMS), 2, tmp_path, 1)
    run.run(list(run.CLAIMS), 2, tmp_path, 1)
    assert given_out == [1] and counted.calls == [0, 1]
    assert re.findall(r"\d of 2", capsys.readouterr().out) == ["1 of 2", "2 of 2"]


def test_an_experiment_that_fails_is_named_and_leaves_the_others_alone(monkeypatch, tmp_path, capsys):
    """One of two experiments fails: the other's row is written, and the command ends with a sentence."""

    def fails(lab, seed):
        raise ZeroDivisionError("no example")

    pair = (replace(CLAIMS["C03"], run=Counted()), replace(CLAIMS["C07"], run=fails))
    monkeypatch.setattr(run, "CLAIMS", pair)
    monkeypatch.setattr(run, "ProcessPoolExecutor", lambda *args, **kwargs: ThreadPoolExecutor(1))
    monkeypatch.setattr(run, "worker_lab", lambda folder: object())
    out, readme, beside = tmp_path / "claims.json", tmp_path / "README.md", tmp_path / "claims.md"
    readme.write_text("\n".join(table.marks("claims")), encoding="utf-8")
    beside.write_text("\n".join([*table.marks("beside"), *table.marks("seeds")]), encoding="utf-8")
    with pytest.raises(CourseError, match="C07 did not run to the end"):
        run.main(["--out", str(out), "--readme", str(readme), "--beside", str(beside), "--folder", str(tmp_path)])
    assert [(r["id"], len(r["seeds"])) for r in table.read(out)] == [("C03", 5)]
    assert "C07 seed 4 FAILED: ZeroDivisionError('no example')" in capsys.readouterr().out


def test_too_few_seeds_are_no_row_of_what_is_shipped():
    with pytest.raises(CourseError, match="4 seeds are too few for data/claims.json"):
        run.main(["C03", "--seeds", "4"])


def test_an_experiment_that_was_changed_runs_again(counted, tmp_path, monkeypatch):
    task = run.Task("C03", 0, tmp_path)
    run.work(task, lab=object())
    monkeypatch.setitem(run.MADE_WITH, "C03", "another text of its file")
    assert run.done(task) is None


def test_a_file_that_was_edited_by_hand_is_refused(counted, tmp_path):
    task = run.Task("C03", 0, tmp_path)
    run.work(task, lab=object())
    path = run.result_file(task)
    path.write_text(path.read_text(encoding="utf-8").replace("1.0", "0.0", 1), encoding="utf-8")
    with pytest.raises(CourseError, match="cut or edited"):
        run.done(task)


def test_an_unknown_claim_is_named_with_what_there_is():
    with pytest.raises(CourseError, match="there is no claim 'C99' here: choose from C01, C02"):
        run.pick(["C03", "C99"])
    assert [c.id for c in run.pick([])] == IDS


# ---- the table


def row_of(treated, control, **changes):
    claim = replace(CLAIMS["C03"], **changes)
    outcomes = [Outcome(treated, control) for _ in range(5)]
    return table.row(claim, [given(claim, o, i) for i, o in enumerate(outcomes)], "hash")


BETTER, WORSE = [1.0] * 30 + [0.0] * 10, [1.0] * 10 + [0.0] * 30


@pytest.mark.parametrize(
    ("treated", "control", "sign", "holds"),
    [(BETTER, WORSE, 1, True), (WORSE, BETTER, 1, False), (WORSE, BETTER, -1, True), (BETTER, BETTER, 1, False)],
)
def test_a_claim_holds_where_the_interval_lies_on_its_side_of_nothing(treated, control, sign, holds):
    row = row_of(treated, control, sign=sign)
    assert row["holds"] is holds
    assert row["effect"] == pytest.approx(mean(treated) - mean(control))
    assert row["interval"][0] <= row["effect"] <= row["interval"][1]
    assert ("| holds |" in table.markdown([row])) is holds
    assert row["n"] == 40 and len(row["seeds"]) == 5 and [s["seed"] for s in row["seeds"]] == [0, 1, 2, 3, 4]


def test_the_figure_shows_seeds_all_of_them_what_else_was_compared_and_what_ran_here():
    outcomes = [Outcome(BETTER, WORSE, {"against the base": (WORSE, BETTER)}) for _ in range(5)]
    row = table.row(CLAIMS["C03"], [given(CLAIMS["C03"], o, i) for i, o in enumerate(outcomes)], "hash")
    here = {"value": 0.25, "interval": [0.1, 0.4]}
    said = repr(show.claim(row, here))
    assert re.search(r"C03, holds: \+50\.0 \[\+\d+\.\d, \+\d+\.\d\] points", said)
    assert "right completions kept: 75.0; as many kept at random: 25.0." in said
    assert "Single seeds: 50, 50, 50, 50, 50." in said and "Here, now: +25.0 [+10.0, +40.0]." in said
    assert re.search(
        r"against the base: 25\.0 against 75\.0, −50\.0 \[−\d+\.\d, −\d+\.\d\] points", repr(show.also(row))
    )


def test_the_figure_draws_each_seed_in_both_arms():
    row = row_of(BETTER, WORSE)
    arms, gain = show.claim(row).figure.axes
    lines = [line.get_ydata() for line in arms.lines if len(line.get_ydata()) == 2]
    assert [list(ends) for ends in lines] == [[25.0, 75.0]] * 5
    names = [tick.get_text().replace("\n", " ") for tick in arms.get_xticklabels()]
    assert names == ["as many kept at random", "right completions kept"]
    assert (
        arms.get_ylabel().replace("\N{NO-BREAK SPACE}", " ").replace("\n", " ") == "accuracy on fresh hard stories (%)"
    )
    assert gain.get_ylabel() == "difference (points)"


def test_a_comparison_in_another_unit_says_so_and_is_not_turned_into_percent():
    claim = replace(CLAIMS["C31"], run=Counted())
    outcome = Outcome(BETTER, WORSE, {"entropy (nats a word)": ([0.5] * 40, [1.4] * 40), "the same": (BETTER, WORSE)})
    row = table.row(claim, [given(claim, outcome, i) for i in range(5)], "hash")
    assert [other["scale"] for other in row["also"]] == ["nats a word", "%"]
    assert "entropy (nats a word) | 0.50 | 1.40 | −0.90 [−0.90, −0.90] | nats a word |" in table.beside([row])
    nats = table.row(replace(claim, scale="nats"), [given(claim, outcome, i) for i in range(5)], "hash")
    assert "0.75" in table.markdown([nats]) and show.claim(nats).figure.axes[1].get_ylabel() == "difference (nats)"


def test_only_a_comparison_whose_interval_does_not_include_nothing_is_bold():
    row = row_of(BETTER, WORSE)
    row["also"] = [
        {"what": "far", "effect": 0.5, "interval": [0.4, 0.6], "means": [0.6, 0.1], "scale": "%"},
        {"what": "near", "effect": 0.1, "interval": [-0.1, 0.3], "means": [0.2, 0.1], "scale": "%"},
    ]
    rows = show.also(row).html.split("<tr")
    assert [("font-weight:bold" in line) for line in rows if "far" in line or "near" in line] == [True, False]


def test_what_fails_keeps_its_number_in_the_table():
    text = table.markdown([row_of(WORSE, BETTER)])
    assert re.search(r"−50\.0 \[−\d+\.\d, −\d+\.\d\] \| the opposite at this scale \|$", text)


def test_a_claim_that_came_out_the_other_way_is_not_called_undecided():
    assert "| not shown at this scale |" in table.markdown([row_of(BETTER, BETTER)])
    assert "| the opposite at this scale |" in table.markdown([row_of(WORSE, BETTER)])
    assert "| the opposite at this scale |" in table.markdown([row_of(BETTER, WORSE, sign=-1)])
    assert repr(show.claim(row_of(WORSE, BETTER))).startswith("[picture] C03, the opposite at this scale: −50.0")


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    readme = tmp_path / "README.md"
    begin, end = table.marks("claims")
    readme.write_text(f"before | é\n\n{begin}\nstale\n{end}\nafter\n", encoding="utf-8")
    for _ in range(2):
        table.between_marks("claims", table.markdown([row_of(BETTER, WORSE)]), readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"before | é\n\n{begin}\n| | claim |") and text.endswith(f"{end}\nafter\n")
    assert "stale" not in text and text.count("| C03 |") == 1


# ---- what is shipped

SHIPPED = table.read(ROOT / "data/claims.json")
FIELDS = set("id claim holds effect interval treatment control unit scale seeds n model_hash date seconds".split())


@pytest.mark.parametrize("row", SHIPPED, ids=lambda r: r["id"])
def test_a_shipped_row_is_whole(row):
    assert set(row) >= FIELDS and row["id"] in IDS
    assert len(row["seeds"]) >= CLAIMS[row["id"]].seeds >= 5
    assert row["n"] >= 1000 or not re.match("accuracy|mean gold", row["unit"])
    low, high = row["interval"]
    assert low <= row["effect"] <= high
    assert row["effect"] == pytest.approx(mean([s["effect"] for s in row["seeds"]]))
    sign = CLAIMS[row["id"]].sign
    assert row["holds"] is bool(low > 0 if sign > 0 else high < 0)
    low, high = over_seeds([s["effect"] for s in row["seeds"]])
    assert row["holds"] is bool(low > 0 if sign > 0 else high < 0), "as docs/claims.md says: by seeds alone too"
    claim = CLAIMS[row["id"]]
    assert [row[k] for k in ("claim", "notebook", "unit", "scale")] == [
        claim.claim,
        claim.notebook,
        claim.unit,
        claim.scale,
    ]
    assert [row[arm]["what"] for arm in ("treatment", "control")] == [claim.treatment, claim.control]
    assert [other["scale"] for other in row["also"]] == [claim.scale_of(other["what"]) for other in row["also"]]


def test_shipped_rows_are_of_the_shipped_model_and_stand_in_the_readme(pocket):
    assert {r["model_hash"] for r in SHIPPED} == {weights_hash(pocket.base)}
    assert [r["id"] for r in SHIPPED] == IDS
    for name, page, told in (
        ("claims", "README.md", table.markdown),
        ("beside", "docs/claims.md", table.beside),
        ("seeds", "docs/claims.md", table.by_seeds),
    ):
        text = (ROOT / page).read_text(encoding="utf-8")
        between = text.split(table.marks(name)[0])[1].split(table.marks(name)[1])[0].strip()
        assert between == told(SHIPPED)
    assert (pocket_folder().parent / "claims.json").exists()


def test_seeds_of_one_height_stand_beside_one_another():
    assert steps_aside([10.0, 20.0, 30.0]) == [0, 0, 0]
    assert sorted(steps_aside([10.0, 10.0, 10.1, 40.0])) == [0, 0, 1, 2]
    assert steps_aside([0.0, 0.5, 1.0, 1.5, 30.0]) == [0, 1, 2, 0, 0], "a column is free again a mark's height above"
