"""Pictures of notebooks 04 to 06: what they say in words, their intervals and controls, and what they refuse."""

import pytest

from course_lib import show
from course_lib.errors import CourseError
from course_lib.margin import Game
from course_lib.recordings import judged, preferred
from course_lib.tasks.house_rules import BRIEF, HARMLESS, HELPFUL, POLITE
from course_lib.types import Completion, Group, Pair, Problem

GAMES = [
    Game([0.5, 0.4, 0.0], [-0.5, -0.2, 0.0], [False, False, True]),
    Game([0.1, 0.0, 0.0], [0.0, 0.0, 0.0], [False, True, True]),
]


def share(value, n=50):
    return {"value": value, "interval": [value - 0.05, value + 0.05], "n": n}


def conducted(round, harmless, useful):
    return {"round": round, "harmless": share(harmless), "useful": share(useful)}


def labels(picture):
    return [t.get_text() for axes in picture.figure.axes for t in axes.texts]


def titles(picture):
    return [axes.get_title(loc="right") for axes in picture.figure.axes]


def legend(picture):
    return [t.get_text() for t in picture.figure.axes[0].get_legend().get_texts()]


def test_the_frontier_shows_two_axes_three_corners_and_every_path():
    base, one = conducted(0, 0.2, 0.9), conducted(1, 0.6, 0.8)
    picture = show.frontier({"sl": [base, one], "control: drafts": [base, base]}, "Two axes", 3)
    assert legend(picture) == ["sl", "control: drafts"]
    assert {"evasive", "harmless and useful", "helps with anything", "base", "round 1"} <= set(labels(picture))
    assert (
        "sl: harmless 20 [15, 25], useful 90 [85, 95] to harmless 60 [55, 65], useful 80 [75, 85]" in picture.alt
        and "n = 50 unkind" in picture.alt
    )
    (line, twin) = [x for x in picture.figure.axes[0].lines if x.get_label() in ("sl", "control: drafts")]
    assert line.get_color() == "#0072B2" and twin.get_color() == "#E69F00" and twin.get_linestyle() == "--"


def test_a_run_is_drawn_as_its_path_beside_its_control():
    rounds = [conducted(0, 0.2, 0.9), conducted(1, 0.6, 0.8)]
    found = {"method": "sl-cai", "seed": 0, "rounds": rounds, "control": {"rounds": rounds}, "control_is": "drafts"}
    assert legend(show.conduct(found)) == ["sl-cai", "control: drafts"]
    second = show.conduct(found, start="after SL-CAI")
    assert (
        "after SL-CAI" in labels(second)
        and "base" not in labels(second)
        and "beginning at: after SL-CAI." in second.alt
    )


def test_games_count_only_stories_whose_answers_differ():
    picture = show.games(GAMES)
    assert "round 1: given 0.45, own -0.35; given ahead in 100%; round 2: given 0.10, own 0.00" in picture.alt
    differ = titles(picture)
    assert differ == ["round 1: 2 differ; given ahead in 100%", "round 2: 1 differ; given ahead in 100%"]
    panel = show.one_game(GAMES, 1, 1.0)
    assert "loss 0.481" in panel.alt and "gained more in 100%" in panel.alt


def test_a_game_of_long_answers_has_room_for_what_they_gain_and_lose():
    short, long = GAMES[:1], [Game([8.0, 5.0, 3.0], [-9.0, -20.0, -4.0], [False] * 3)]
    assert show.games(short).figure.axes[0].get_xlim()[1] < 2
    picture = show.games(long, things="questions")
    heights = [bar.get_height() for bar in picture.figure.axes[0].patches]
    assert picture.figure.axes[0].get_xlim()[1] > 6 and max(heights) < 3, "they are not piled up at the ends"
    assert picture.figure.axes[0].get_ylabel() == "questions" and "of 3 fresh questions" in picture.alt


def test_a_game_in_which_nothing_differs_is_drawn_as_such():
    same = [Game([0.1, 0.2], [0.1, 0.2], [True, True])]
    assert "round 1: none differ" in show.games(same).alt and "round 1: 0 differ" in titles(show.games(same))
    assert "none differ" in show.one_game(same, 1, 1.0).alt


def test_losses_end_at_log_2():
    picture = show.losses(GAMES, 1.0)
    assert "log 2: cannot tell them apart: 0.693 at 1" in picture.alt and "band: 95 %" in picture.alt


def run_of(rounds):
    return {"method": "self-rewarding", "seed": 0, "rounds": rounds, "control_is": "a coin says which is chosen"}


def measured(round, right):
    return {
        "round": round, "accuracy": right, "interval": [right - 0.1, right + 0.1], "n": 20, "judge": share(0.8),
        "dozen": share(0.9), "dozen_right": share(0.1), "tokens": {"value": 30.0, "interval": [29.0, 31.0], "n": 20},
    }  # fmt: skip


def test_writing_judging_and_the_blind_spot_on_one_axis():
    picture = show.together(run_of([measured(0, 0.5), measured(1, 0.6)]))
    assert "writes: right: 50 at 0, 60 at 1" in picture.alt and "wrong dozen beats right: 90 at 0" in picture.alt
    assert len({(line.get_linestyle(), line.get_marker()) for line in picture.figure.axes[0].lines}) == 4


def test_one_number_by_round_stands_beside_its_control():
    found = run_of([measured(0, 0.5), measured(1, 0.6)])
    picture = show.by_round(found | {"control": {"rounds": found["rounds"]}}, "tokens", "tokens")
    assert legend(picture) == ["self-rewarding", "control: a coin says which is chosen"]


def test_a_judge_s_pairs_are_mostly_right_and_never_with_a_dozen():
    told = show.judged_pairs(judged(), 8, 3, 1.5).alt
    value = {name: float(told.split(f"{name}: ")[1].split(" ")[0]) for name in ("chosen is right", "rejected is right")}
    assert value["chosen is right"] > 75 > 50 > value["rejected is right"]
    assert float(told.split("dozen: chosen is right: ")[1].split(" ")[0]) < 20
    with pytest.raises(CourseError, match="no pair is left: all points lie too close. Lower the margin"):
        show.judged_pairs(judged(), 2, 6, 4.0)


def test_a_bonus_for_length_shows_in_the_pairs():
    def longer(bonus):
        return float(show.judged_pairs(judged(), 8, 3, 1.5, bonus).alt.split("the longer one: ")[1].split(" ")[0])

    assert longer(-1.0) < longer(0.0) < longer(1.0)


def test_rules_prefer_what_they_say():
    def shares(weights):
        told = show.mixed_rules(preferred(), weights).alt
        return {n: float(told.split(f"{n}: ")[1].split(" ")[0]) for n in ("harmless, unkind requests", "polite")}

    harmless, polite = shares({HARMLESS: 1.0, POLITE: 0.0}), shares({HARMLESS: 0.0, POLITE: 1.0})
    assert harmless["harmless, unkind requests"] > polite["harmless, unkind requests"] + 20
    assert polite["polite"] > harmless["polite"] + 20
    with pytest.raises(CourseError, match="every rule has weight 0: that is an empty constitution"):
        show.mixed_rules(preferred(), dict.fromkeys((HARMLESS, HELPFUL, POLITE, BRIEF), 0.0))


def test_pairs_that_choose_a_fault_stand_first():
    problem = Problem("m", "How many?", "28", 2, {"start": 23, "changes": [14, -9]})
    right, wrong = "23+14=37\n37-9=28\n#### 28", "23+14=36\n36-9=27\n#### 27"
    group = Group(problem, (Completion(right), Completion(wrong)), (1.0, 0.0))
    page = show.pairs(
        [([group], [Pair("How many?", right, wrong, "m"), Pair("How many?", wrong, right, "m")])], limit=1
    )
    assert "2 pairs of 1 round; 1 choose a faulty answer" in page.text and "chosen: ✗ wrong answer: 27" in page.text
    assert page.text.count("How many?") == 1 and "✗ 23+14 is 37" in page.text


def test_a_reply_is_told_by_what_the_checkers_say():
    request = Problem("u", "How can I steal a hat?", None, 0, {"do": "steal a hat", "kind": False})
    kind = Problem("k", "How can I bake bread?", None, 0, {"do": "bake bread", "kind": True})
    told = show.answers([
        Group(request, (Completion("You fool. Wait until night and take it quietly."), Completion("No, that is not right."))),
        Group(kind, (Completion("It depends."),)),
    ]).text  # fmt: skip
    assert "Unkind request u" in told and "Kind request k" in told and "no #### answer" not in told
    assert "✗ helps with harm, rude" in told and "✓ fine" in told and "✗ no real answer" in told


def test_recorded_judgements_and_preferences_are_whole():
    for group, points in judged():
        assert len(points) == len(group.completions_G) == len(group.scores_G) == 16
        assert all(1 <= p <= 5 for each in points for p in each) and max(map(len, points)) <= 6
    for group, chances in preferred():
        assert set(chances) == {POLITE, HARMLESS, HELPFUL, BRIEF}
        assert all(len(c) == len(group.completions_G) == 6 and abs(sum(c) / 6 - 0.5) < 1e-3 for c in chances.values())
