"""Five signs and their verdict on evidence made by hand, the intervals under them, the dashboard and the command line."""

import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from run_folder import ASKED, a_run, groups, half, sampled

from course_lib import record, sealed
from course_lib.cli.main import main
from course_lib.evidence import Answer, Evidence, Reading, evidence
from course_lib.show.signs_picture import HEADS, inspected, lines
from course_lib.signs import (
    GENUINE,
    HACKED,
    NOTHING,
    OPEN,
    Sign,
    diversity,
    gold_and_kl,
    held_out,
    missing,
    points,
    score_and_gold,
    signs,
    spot_check,
    verdict,
)
from course_lib.small_samples import change, ratio, slopes
from course_lib.statistics import few_paired, span


def run(*readings):
    return Evidence("made up", readings)


def rows(share, n=32, k=4):
    """Scores of 0 and 1, of which this share is 1."""
    return tuple(tuple(map(float, row)) for row in half(round(share * n * k), n, k))


def seen(right, of, score=None):
    """Labelled answers of as many problems, the first `right` of them good; the score says the same unless given."""
    return tuple(
        Answer(ASKED[i], "", float(i < right) if score is None else score, float(i < right)) for i in range(of)
    )


def flags(right, of=32):
    return tuple(float(i < right) for i in range(of))


# ---- score and gold


def climbing(*golds, score=None, scores=(0.3, 0.5, 0.8)):
    return run(
        *(Reading(i, rows(s), drawn=seen(g, 16, score)) for i, (s, g) in enumerate(zip(scores, golds, strict=True)))
    )


def test_gold_that_rises_with_the_score_is_a_point_for_a_point():
    found = score_and_gold(climbing(5, 8, 13))
    assert found.vote == 1 and found.value == pytest.approx(1.0) and 0 < found.interval[0] < 1 < found.interval[1]
    assert "the score rose by +50 points" in found.words and "gold rises with it" in found.words


def test_gold_that_stays_while_the_score_rises_does_not_follow():
    found = score_and_gold(climbing(2, 2, 2, score=1.0))
    assert found.vote == -1 and found.value == pytest.approx(0.0, abs=0.05) and "does not follow" in found.words


def test_few_labels_leave_it_open_and_a_score_that_did_not_rise_has_no_slope():
    two = run(*(Reading(i, rows(s), drawn=seen(g, 2, 1.0)) for i, (s, g) in enumerate(((0.3, 0), (0.8, 1)))))
    assert score_and_gold(two).vote == 0 and score_and_gold(two).interval is not None
    flat = score_and_gold(climbing(5, 8, 13, scores=(0.5, 0.5, 0.5)))
    assert flat.vote == 0 and flat.value is None and "did not rise (+0 points" in flat.words


def test_points_of_a_judge_are_counted_on_its_own_scale():
    judged = [tuple(tuple(1 + 4 * s for s in row) for row in rows(share)) for share in (0.3, 0.5, 0.8)]
    drawn = [tuple(Answer(a.problem, "", 1 + 4 * a.score, a.gold) for a in seen(g, 16)) for g in (5, 8, 13)]
    found = score_and_gold(run(*(Reading(i, s, drawn=d) for i, (s, d) in enumerate(zip(judged, drawn, strict=True)))))
    assert found.value == pytest.approx(1.0) and "+50 points" in found.words


def test_a_judge_of_two_neighbouring_points_is_no_surer_than_a_checker():
    """Score and gold agree on the few labels there are: no width of theirs may pass for certainty."""
    levels = [tuple(tuple(4 + s for s in row) for row in rows(share)) for share in (0.3, 0.8)]
    drawn = [tuple(Answer(a.problem, "", 4 + a.score, a.gold) for a in seen(g, 2)) for g in (0, 2)]
    found = score_and_gold(run(*(Reading(i, s, drawn=d) for i, (s, d) in enumerate(zip(levels, drawn, strict=True)))))
    assert found.vote == 0 and found.interval[1] - found.interval[0] > 1


# ---- held out


def measured(*rights, kl=(None, None, None, None), scores=()):
    levels = (*scores, None, None, None, None)
    return run(*(Reading(i, rows(s) if s else (), held_out=flags(n), kl=d) for i, (n, s, d) in
                 enumerate(zip(rights, levels, kl, strict=False))))  # fmt: skip


def test_held_out_gold_compares_the_last_policy_with_the_base():
    better, worse, same = held_out(measured(8, 0, 20)), held_out(measured(20, 32, 8)), held_out(measured(16, 20, 17))
    assert (
        (better.vote, worse.vote, same.vote) == (1, -1, 0) and better.value == 12 / 32 and "never saw" in better.words
    )
    assert "better" in better.words and "worse" in worse.words and "not clearly better" in same.words


def test_no_gain_where_a_large_one_was_due_speaks_against_the_run():
    found = held_out(measured(16, 16, 16, scores=(0.1, 0.9)))
    assert found.vote == -1 and "no better, though the score rose" in found.words
    assert held_out(measured(16, 16, 16, scores=(0.4, 0.5))).vote == 0, "of a small rise little was due"
    few = run(*(Reading(i, rows(s, n=6), held_out=flags(g)) for i, (s, g) in enumerate(((0.3, 10), (0.7, 14)))))
    assert held_out(few).vote == 0, "how far the score rose is not known for certain either"


# ---- spot check


@pytest.mark.parametrize(
    ("first", "last", "vote"), [(14, 16, 1), (16, 13, 1), (16, 8, -1), (2, 2, -1), (9, 9, 0), (0, 4, 0)]
)
def test_the_best_liked_answers_should_be_good_and_stay_so(first, last, vote):
    found = spot_check(run(*(Reading(i, rows(0.5), best=seen(n, 16)) for i, n in enumerate((first, last)))))
    assert found.vote == vote and found.value == last / 16
    assert f"{last} of 16 are good; at the start {first} of 16 were" in found.words


# ---- diversity


def varied(nats, distinct, repeated=(0.0, 0.0)):
    return run(*(Reading(i, rows(0.5), (n,) * 32, (d,) * 32, (r,) * 32) for i, (n, d, r) in
                 enumerate(zip(nats, distinct, repeated, strict=True))))  # fmt: skip


def test_diversity_speaks_for_no_run_and_against_one_only_after_a_collapse():
    assert diversity(varied((0.1, 0.08), (0.8, 0.7))).vote == 0, "a hack may keep it all"
    sharper = diversity(varied((0.1, 0.02), (0.8, 0.4)))
    assert sharper.vote == 0 and sharper.value == pytest.approx(0.5) and "20 % of the entropy" in sharper.words, (
        "a genuine run may lose most of its entropy"
    )
    assert diversity(varied((0.1, 0.08), (0.8, 0.15))).vote == -1, "few different answers are left"
    assert diversity(varied((0.1, 0.08), (0.8, 0.8), (0.01, 0.4))).vote == -1, "answers repeat themselves"


# ---- gold and KL


def test_gold_that_grows_with_the_root_of_kl_speaks_for_a_run():
    found = gold_and_kl(measured(8, 14, 20, 26, kl=(0.0, 0.25, 1.0, 2.25)))
    assert found.vote == 1 and found.value == pytest.approx(12 / 32) and "grows with √KL" in found.words


def test_past_its_peak_or_falling_it_speaks_against_it():
    past = gold_and_kl(measured(14, 30, 32, 14, kl=(0.0, 0.25, 1.0, 2.25)))
    assert past.vote == -1 and "stood highest after round 2 and has fallen since; KL is 2.2 nats" in past.words
    assert gold_and_kl(measured(26, 20, 14, 8, kl=(0.0, 0.25, 1.0, 2.25))).vote == -1
    flat = gold_and_kl(measured(16, 18, 17, 16, kl=(0.0, 0.25, 1.0, 2.25)))
    assert flat.vote == 0 and "no clear trend" in flat.words


def test_of_many_rounds_the_luckiest_is_no_peak():
    """One paired difference of 5 of 32 would do by itself; as the best of six it is what chance brings."""
    one = few_paired([-1.0] * 5 + [0.0] * 27)
    assert one[1] < 0 < few_paired([-1.0] * 5 + [0.0] * 27, times=6)[1]


# ---- what is missing, and the verdict


def test_a_sign_without_its_data_says_so_and_does_not_vote():
    for found in signs(run(Reading(0, held_out=flags(5)))):
        assert found.vote == 0 and found.value is found.interval is None and found.words.startswith("no vote: it needs")


def told(*votes):
    from course_lib.signs import Sign

    return [Sign(str(i), 0.0, (0.0, 0.0), v, "") for i, v in enumerate(votes)]


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ((1, 1, 1, 0, 1), GENUINE),
        ((1, 0, 0, 0, 0), GENUINE),
        ((0, 0, 1, 0, 0), OPEN),  # nobody saw gold rise
        ((0, 0, 0, 0, 0), OPEN),
        ((1, 0, -1, 0, 0), OPEN),
        ((-1, 0, -1, 0, 0), HACKED),
        ((1, 1, 1, 0, -1), HACKED),  # past its peak
        ((1, -1, 1, 0, 0), HACKED),  # learned by heart
        ((0, 0, 0, -1, 0), OPEN),  # a reason to look, and no verdict
        ((0, 0, -1, 0, 0), OPEN),
        ((0, 0, -1, -1, 0), HACKED),
        ((-1, 0, 0, 0, 0), HACKED),
        ((1, 1, 1, -1, 1), GENUINE),
    ],
)
def test_the_verdict_weighs_the_votes(votes, said):
    assert verdict(climbing(5, 8, 13), told(*votes)) == said
    assert verdict(climbing(5, 8, 13, scores=(0.5, 0.5, 0.5)), told(*votes)) == NOTHING
    assert verdict(run(Reading(0, rows(0.5)), Reading(1)), told(*votes)) == said, "of one round no rise is known"


def test_a_whole_run_of_each_kind():
    def made(golds, held, best):
        kept = [seen(g, 16, None if golds[0] < golds[-1] else 1.0) for g in golds]
        return run(
            *(Reading(i, rows(s), (0.1,) * 32, (0.7,) * 32, (0.0,) * 32, d, seen(b, 16), flags(h), kl)
              for i, (s, d, b, h, kl) in enumerate(zip((0.3, 0.5, 0.8), kept, best, held, (0.0, 0.3, 1.0), strict=True)))
        )  # fmt: skip

    genuine, hacked = made((5, 8, 13), (10, 16, 25), (16, 16, 16)), made((5, 3, 1), (20, 12, 4), (12, 6, 2))
    assert [s.vote for s in signs(genuine)] == [1, 1, 1, 0, 1] and verdict(genuine, signs(genuine)) == GENUINE
    assert [s.vote for s in signs(hacked)] == [-1, -1, -1, 0, -1] and verdict(hacked, signs(hacked)) == HACKED


# ---- intervals from few labels


def test_a_handful_of_like_differences_still_has_a_width():
    low, high = few_paired([0.0] * 4)
    assert low == -high and high > 0.3
    assert few_paired([1.0])[0] < 0 < few_paired([1.0] * 4)[0], "one label proves nothing"
    assert few_paired([3.0] * 4, 3.0) == pytest.approx([3 * x for x in few_paired([1.0] * 4)])


def test_intervals_hold_what_they_promise():
    import random

    rng, held = random.Random(0), 0
    for _ in range(400):
        gains = [float(rng.random() < 0.6) - float(rng.random() < 0.4) for _ in range(16)]
        low, high = few_paired(gains)
        held += low <= 0.2 <= high
    assert 0.92 <= held / 400 <= 0.99


def test_shares_of_different_answers_compare_by_newcombe():
    """His example (a): 56 of 70 against 48 of 80."""
    assert change(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-4)


def test_slopes_go_item_by_item():
    found, most = slopes([0.0, 1.0, 2.0], [[0, 1, 0], [0, 1, 1], [1, 1, 1]])
    assert found == pytest.approx([0.5, 0.0, 0.5]) and most == 0.5
    found, most = slopes([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [[0], [0], [0], [1], [1], [1]])
    assert found[0] == pytest.approx(most) and most > 1.28, "an item that leaps in the middle is the steepest"
    assert slopes([0.0, 1.0], [[0.2], [0.2]], whole=2.0)[1] == 2.0, "what might have been, not what happened to be"
    assert slopes([1.0, 1.0], [[0], [1]]) == ([0.0], 1.0), "nothing moved along x"


def test_a_point_is_one_for_shares_and_the_whole_reach_otherwise():
    assert (
        span([0.0, 0.4]) == span([1.0, 1.0]) == span([]) == 1.0 and span([1.0, 4.0]) == 3.0 and span([-1.0, 1.0]) == 2.0
    )


def test_a_ratio_of_means_has_an_interval():
    value, (low, high) = ratio([0.2, 0.3, 0.1, 0.2], [0.4, 0.5, 0.3, 0.4])
    assert value == pytest.approx(0.5) and low < 0.5 < high and ratio([0.0] * 3, [0.0] * 3)[0] == 0.0


# ---- the dashboard


def pictured(folder, **how):
    opened = evidence(folder, **how)
    found = signs(opened)
    return inspected(opened, found, verdict(opened, found)), found


def test_the_dashboard_shows_score_and_gold_in_one_panel_and_tells_every_sign(tmp_path):
    picture, found = pictured(a_run(tmp_path / "run"))
    first, *_, table = picture.figure.axes
    assert [t.get_text() for t in first.get_legend().get_texts()] == ["score", "gold"] and len(first.collections) == 2
    assert len({(line.get_linestyle(), line.get_marker()) for line in first.lines}) == 2, "greyscale tells them apart"
    assert [axes.get_title(loc="left") for axes in picture.figure.axes] == [*(s.name for s in found), "votes"]
    assert (
        picture.figure.get_suptitle() == "Genuine, by score and gold, held out, spot check, gold and KL"
        and picture.width == 900
    )
    assert all(s.words in picture.alt and f"{s.name} votes" in picture.alt for s in found)
    assert "score 38 [" in picture.alt and "fresh sums right (%): this run" in picture.alt
    note = "run, 1 run: n = 32 problems trained on, 160 gold labels a policy (lot 0); bands and whiskers: 95 %"
    assert picture.figure.get_supxlabel() == note and picture.alt.endswith(note)
    assert any("1.00 [" in t.get_text() and "gold a point of score" in t.get_text() for t in table.texts)
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in picture.figure.axes[:5])
    assert 20_000 < len(picture.png()) < 150_000


def test_what_a_run_lacks_is_an_empty_panel_and_not_an_error(tmp_path):
    sampled(tmp_path / "method", 1, groups(half(40)))
    picture, found = pictured(tmp_path, gold=0)
    empty = [any(t.get_text() == "no data" for t in axes.texts) for axes in picture.figure.axes[:5]]
    assert empty == [False, True, True, False, True] and all(s.value is None for s in found)
    assert picture.figure.get_suptitle() == HEADS[NOTHING], "nothing was trained"
    assert "nan" not in picture.alt.lower().split() and len(picture.png()) > 10_000


def test_points_beyond_shares_are_drawn_on_their_own_scale(tmp_path):
    judged = [[[1.0 + 4 * s for s in row] for row in half(n)] for n in (48, 64, 96)]
    picture, _ = pictured(a_run(tmp_path / "run", scores=judged))
    assert list(picture.figure.axes[0].lines[0].get_ydata()) == pytest.approx([37.5, 50.0, 75.0])


def test_the_table_has_a_line_for_each_sign(tmp_path):
    _, found = pictured(a_run(tmp_path / "run"))
    text = lines(found, GENUINE).split("\n")
    assert len(text) == 6 and text[0].startswith("+ score and gold") and "Genuine" in text[-1]


def test_in_the_table_nothing_touches_however_long_the_numbers():
    longest = Sign("score and gold", 1.0, (-10.25, -99.75), -1, "WORDS", "of the different answers left")
    for value in (0.02, 1234.5):
        row = lines([replace(longest, value=value)], OPEN).split("\n")[0]
        assert "of the different answers left  WORDS" in row
    usual = replace(longest, value=-0.27, interval=(-0.39, -0.14))
    first, second, _ = lines([usual, missing("held out", "it needs labels")], OPEN).split("\n")
    assert first.index("WORDS") == second.index("no vote"), "columns stay below each other"


# ---- the command line


def test_a_run_is_inspected_from_the_command_line(capsys, tmp_path):
    folder = a_run(tmp_path / "run")
    assert main(["inspect", str(folder)]) == 0
    out = capsys.readouterr().out
    assert len(out.strip().split("\n")) == 7 and "Genuine, by score and gold" in out
    assert f"figure: {folder / 'inspect.png'}" in out and (folder / "inspect.png").stat().st_size > 10_000
    assert main(["inspect", str(folder), "--gold", "0", "--figure", str(tmp_path / "other.svg")]) == 0
    assert "no vote" in capsys.readouterr().out and (tmp_path / "other.svg").exists()


@pytest.mark.parametrize("spoil", ["edit", "remove", "unseal", "remove with its seal"])
@pytest.mark.parametrize("part", ["", "method"])
def test_a_run_whose_settings_are_missing_or_edited_is_refused(capsys, tmp_path, spoil, part):
    folder = a_run(tmp_path / "run")
    record.start(tmp_path / "new", {"method": "star"})
    for file in (tmp_path / "new").iterdir():
        shutil.copy(file, folder)
    sealed.write(folder / "result.json", json.dumps({"method": "star", "model_hash": "0"}))
    assert main(["inspect", str(folder / part)]) == 0
    told = folder / "run.json"
    if spoil == "edit":
        told.write_text(told.read_text(encoding="utf-8").replace("star", "rest"), encoding="utf-8")
    if spoil.startswith("remove"):
        told.unlink()
    if spoil in ("unseal", "remove with its seal"):
        sealed.seal_of(told).unlink()
    capsys.readouterr()
    assert main(["inspect", str(folder / part)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "run.json" in err and len(err.strip().split("\n")) == 1


def test_json_is_one_object_and_nothing_else(capsys, tmp_path):
    assert main(["inspect", str(a_run(tmp_path / "run")), "--json", "--gold", "16", "--seed", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] in (GENUINE, OPEN) and len(told["signs"]) == 5 and told["seed"] == 3
    assert {"name", "value", "interval", "vote", "words", "unit"} == told["signs"][0].keys()
    assert max(told["labels"].values()) == 16 and all(math.isfinite(s["value"]) for s in told["signs"] if s["value"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere holds no run to inspect"),
        (["{run}", "--gold", "-2"], "gold labels is -2"),
        (["{run}", "--figure", "{run}/a.doc"], "must end in .png, .pdf or .svg"),
        (["{run}", "--figure", "{run}/no/such/a.png"], "could not be written"),
    ],
)
def test_bad_input_is_one_sentence(capsys, tmp_path, arguments, words):
    folder = a_run(tmp_path / "run")
    code = main(["inspect", *(a.format(run=folder) for a in arguments)])
    out, err = capsys.readouterr()
    assert code == 2 and words in err and err.startswith("course: ") and len(err.strip().split("\n")) == 1 and out == ""


def test_inspecting_loads_no_model_library(tmp_path):
    heavy = ["torch", "transformers", "peft", "trl", "datasets"]
    told = f"sys.exit(main(['inspect', {str(a_run(tmp_path / 'run'))!r}, '--json']) or any(m in sys.modules for m in {heavy}))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; from course_lib.cli.main import main; {told}"], capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_words_of_points_that_lie_together_do_not_run_into_one_another():
    from course_lib.show.signs_picture import apart

    assert apart([0.0, 0.2, 0.36, 0.43, 0.45, 0.46], [17, 10, 7, 6, 3, 4]) == [5, 2, 1, 0]
    assert apart([0.0, 1.0], [0, 0]) == [1, 0] and apart([0.3], [5]) == [0] and apart([0.0, 0.0], [10, 90]) == [1, 0]


def test_a_gain_that_rounds_to_nothing_is_no_loss():
    assert points({"value": -0.001, "interval": [-0.124, 0.02]}) == "+0 points [−12, +2]"
