"""Pictures and tables of notebooks 07 and 08: what they say in words, n and seeds in the corner, limits, and what they refuse."""

import pytest

from course_lib import show
from course_lib.episodic import Memory
from course_lib.errors import CourseError
from course_lib.methods.reflexion import Episode
from course_lib.methods.self_refine import NOTHING_FOUND, UNREADABLE, Refined
from course_lib.recordings import BANDS, Recorded, recorded
from course_lib.reflect import Attempt
from course_lib.tasks.market import Market
from course_lib.types import Completion, Group, Problem

RIGHT, WRONG = "23+14=37\n37-9=28\n#### 28", "23+14=37\n37-9=27\n#### 27"
STORY = Problem("m", "Mia has 23 pears < 9. How many?", "28", 2, {"start": 23, "changes": [14, -9], "dozen_at": None})


def corner(picture):
    return picture.figure.get_supxlabel()


def legend(picture):
    return [t.get_text() for t in picture.figure.axes[0].get_legend().get_texts()]


def names(picture):
    return [t.get_text() for t in picture.figure.axes[0].get_yticklabels()]


# ---- attempts


def test_attempts_are_told_for_each_arm_with_n_and_the_seed():
    own, plain = [[1, 0, 0, 0], [1, 1, 1, 0]], [[1, 0, 0, 0], [1, 0, 1, 0]]
    picture = show.attempts({"own words": own, "plain retry": plain}, "By attempt", seed=3)
    assert legend(picture) == ["own words", "plain retry"]
    assert "By attempt. Lines of markets solved (%)" in picture.alt
    assert "own words: 25 at 1, 75 at 2; plain retry: 25 at 1, 50 at 2" in picture.alt
    assert corner(picture) == "n = 4 markets, 1 seed (3); bands: 95 % (Wilson)" and corner(picture) in picture.alt
    axes = picture.figure.axes[0]
    assert list(axes.get_xticks()) == [1, 2] and len(axes.collections) == 2, "a band for each"
    ours, twin = axes.lines
    assert ours.get_color() == "#0072B2" and twin.get_marker() not in "os^vDP", "plain retry is not the control"


def test_a_control_and_a_vote_have_their_marks_by_their_names():
    arms = {"own words": [[1]], "plain retry": [[0]], "control: dealt": [[0]], "a vote of 4": [[1]]}
    *_, control, vote = show.attempts(arms).figure.axes[0].lines
    assert control.get_color() == "#E69F00" and (control.get_linestyle(), control.get_marker()) == ("--", "^")
    assert vote.get_color() == "#000000" and vote.get_marker() == "h"
    again = show.measured(
        {"base": share_of(0.5), "own words": share_of(0.6), "a vote of 4": share_of(0.7)}, method="own words"
    )
    assert [line.get_color() for line in again.figure.axes[0].lines if line.get_marker() in "soh"] == [
        "#555555", "#0072B2", "#000000",
    ]  # fmt: skip


def share_of(value):
    return {"accuracy": value, "interval": [value - 0.1, value + 0.1], "n": 8}


def test_a_restart_is_shown_beside_what_was_kept():
    picture = show.restarts({"memory kept": [1.0, 0.5], "restarted": [0.0, 0.5]}, "After a restart", seed=2)
    assert "memory kept: 75 [19.8, 97.3]; restarted: 25 [2.67, 80.2]" in picture.alt
    assert corner(picture) == "n = 2 markets, 1 seed (2); whiskers: 95 % (Wilson)"
    assert names(picture) == ["memory kept", "restarted"]
    many = show.restarts({"memory kept": [1.0] * 12, "restarted": [i / 12 for i in range(12)]})
    assert "memory kept: 100 [75.8, 100]" in many.alt, "twelve of twelve do not make it certain"
    assert corner(many).endswith("95 % (Wilson)")
    more = show.restarts({"memory kept": [1.0] * 36, "restarted": [i / 36 for i in range(36)]})
    assert corner(more).endswith("95 % (bootstrap or Wilson)")
    uneven = show.restarts({"memory kept": [1.0, 0.5], "taught nothing": [0.0, 0.5, 1.0]})
    assert corner(uneven).startswith("n = 2 or 3 markets")


# ---- memories


def episode(id="m"):
    market = Market(id, 9)
    told = [
        Attempt(
            STORY, (), WRONG, False, "Wrong. There are 28 coins now.", "37-28=9\nHere a zib is <9> coins."
        ),
        Attempt(STORY, ("Here a zib is <9> coins.",), RIGHT, True, "Right."),
    ]  # fmt: skip
    return Episode(market, Memory(("Here a zib is <9> coins.",)), tuple(told))


def test_memories_read_as_plain_text():
    page = show.memories([episode()], heading="What is remembered")
    assert page.text.split("\n") == [
        "What is remembered",
        "",
        "market m",
        "  attempt 1, remembering: nothing",
        "    Mia has 23 pears < 9. How many?",
        "    23+14=37 | 37-9=27 | #### 27  wrong: Wrong. There are 28 coins now.",
        "    reflection: 37-28=9 | Here a zib is <9> coins.",
        "  attempt 2, remembering: Here a zib is <9> coins.",
        "    Mia has 23 pears < 9. How many?",
        "    23+14=37 | 37-9=28 | #### 28  right: Right.",
        "  in memory now: Here a zib is <9> coins.",
    ]
    assert "Here a zib is &lt;9&gt; coins." in page.html and "<9>" not in page.html
    assert "✗ Wrong. There are 28 coins now." in page.html and "✓ Right." in page.html


def test_memories_of_a_place_that_learned_nothing_say_so():
    page = show.memories([Episode(Market("m", 9), Memory())])
    assert page.text == "market m\n  in memory now: nothing" and "in memory now: nothing" in page.html


@pytest.mark.parametrize("shown", [show.memories, show.refined])
def test_a_table_shows_as_many_as_its_limit(shown):
    rows = [episode(str(i)) for i in range(5)] if shown is show.memories else [refined_twice()] * 5
    found = [shown(rows, limit=n).text.count("Mia has") for n in (1, 2, 9)]
    each = found[0]
    assert each > 0 and found == [each, 2 * each, 5 * each]
    assert shown(rows).text.count("Mia has") == 3 * each, "three, unless told otherwise"
    with pytest.raises(CourseError, match="limit is 0: it must be a whole number of 1 or more"):
        shown(rows, limit=0)


# ---- refining


def refined_twice():
    return Refined(STORY, (WRONG, RIGHT), ("Step 1 is right.\nStep 2 is wrong.", "No mistake."), NOTHING_FOUND)


def test_what_was_refined_reads_as_plain_text():
    untouched = Refined(STORY, (RIGHT,), ("hm <b>",), UNREADABLE)
    page = show.refined([untouched, refined_twice()], heading="Refined")
    heading, first, second = page.text.split("\n\n")
    assert heading == "Refined"
    assert first.split("\n") == [
        "Mia has 23 pears < 9. How many? (right answer 28)",
        "  draft:",
        "       23+14=37",
        "       37-9=27   ✗ 37-9 is 28",
        "       #### 27",
        "  critique: Step 1 is right. | Step 2 is wrong.",
        "  revision:",
        "       23+14=37",
        "       37-9=28",
        "       #### 28",
        "  critique: No mistake.",
        "  ended: the critique found no mistake",
    ]
    assert second.endswith("  critique: hm <b>\n  ended: the critique could not be read"), (
        "what was revised stands first"
    )
    assert "hm &lt;b&gt;" in page.html and "<b>stays: the critique could not be read</b>" in page.html
    assert "✗ wrong" in page.html and "✓ right" in page.html


def test_refining_that_goes_on_to_the_last_pass_says_so():
    assert show.refined([Refined(STORY, (WRONG, RIGHT), ("Step 2 is wrong.",))]).text.endswith(
        "ended: at the last pass"
    )


def test_a_critic_is_shown_by_its_accuracy_beside_the_model_s_own():
    dialled = {1.0: [1, 1, 1, 1], 0.5: [1, 1, 0, 0]}
    picture = show.by_critic([1, 1, 0, 0], dialled, (0.8, [1, 1, 1, 0]), seed=4)
    assert "a critic of this accuracy: 50 at 50, 100 at 100; drafts: 50 at 50, 50 at 100" in picture.alt
    assert picture.alt.endswith("Its own critiques, 80 % right: 75.0 [30.1, 95.4].")
    assert corner(picture) == "n = 4 stories, the same for all, 1 seed (4); bands and whiskers: 95 % (Wilson)"
    assert legend(picture) == ["a critic of this accuracy", "drafts", "the model's own critiques"]


def rows():
    """Two drafts of each band: a right one that one of two fixes spoils, and a wrong one that its fix repairs."""
    return [
        Recorded(band, STORY, draft, fixes)
        for band in BANDS
        for draft, fixes in ((RIGHT, (RIGHT, WRONG)), (WRONG, (WRONG, RIGHT)))
    ]


@pytest.mark.parametrize(
    ("accuracy", "oracle", "value"), [(1.0, False, "100"), (0.0, False, "25"), (0.5, False, "62.5"), (0.0, True, "50")]
)
def test_a_dialled_critic_s_worth_is_told_for_each_band(accuracy, oracle, value):
    picture = show.refine_dial(rows(), accuracy, oracle)
    assert names(picture) == [f"{band}: {what}" for band in BANDS for what in ("refined", "drafts")]
    for band in BANDS:
        assert f"{band}: refined: {value} [" in picture.alt and f"{band}: drafts: 50 [9.45, 90.5]" in picture.alt
    how = "an oracle leaves right drafts alone" if oracle else "no oracle"
    assert picture.alt.startswith(f"critiques {accuracy:.0%} right, {how}. ")
    assert corner(picture).startswith("6 recorded drafts and the fix of each step")


@pytest.mark.parametrize("accuracy", [-0.1, 1.1])
def test_an_accuracy_that_cannot_be_is_refused(accuracy):
    with pytest.raises(CourseError, match=f"critique accuracy is {accuracy}: it must lie between 0.0 and 1.0"):
        show.refine_dial(rows(), accuracy, False)


# ---- an exam


def share(value, n):
    return {"value": value, "interval": [value - 0.05, value + 0.05], "n": n}


def examined(round, plain, dozen, vote=0.9):
    held = {"accuracy": 0.6, "interval": [0.5, 0.7], "n": 20}
    return held | {"round": round, "plain": share(plain, 8), "blind": share(dozen, 2), "vote": share(vote, 8)}


def run_of(*rounds, **also):
    return {"method": "ttrl", "seed": 6, "rounds": list(rounds), "control_is": "rewards dealt at random"} | also


def test_an_exam_tells_plain_and_dozen_stories_and_the_vote_it_began_with():
    base = examined(0, 0.5, 0.2, vote=0.8)
    twin = [base, examined(1, 0.55, 0.25)]
    picture = show.exam(run_of(base, examined(1, 0.7, 0.1, vote=0.95), control={"rounds": twin}))
    assert "plain stories: 50 at 0, 70 at 1" in picture.alt and "dozen stories: 20 at 0, 10 at 1" in picture.alt
    assert "plain, control: rewards dealt at random: 50 at 0, 55 at 1" in picture.alt
    assert "plain, a vote of the base: 80 at 0, 80 at 1" in picture.alt, "a line at what it began with"
    assert corner(picture) == "n = 8 plain stories and 2 dozen stories of the exam, 1 seed (6); bands: 95 %"
    assert len({(line.get_linestyle(), line.get_marker()) for line in picture.figure.axes[0].lines}) == 4
    assert list(picture.figure.axes[0].get_xticks()) == [0, 1]


def test_an_exam_that_is_still_going_is_drawn_without_its_control():
    base, one = examined(0, 0.5, 0.2), examined(1, 0.7, 0.1)
    for found in (run_of(base), run_of(base, one), run_of(base, one, control={"rounds": [base]})):
        assert legend(show.exam(found)) == ["plain stories", "dozen stories", "plain, a vote of the base"]


def test_an_exam_without_dozen_stories_counts_none():
    rounds = [{k: v for k, v in examined(i, 0.5, 0.2).items() if k != "blind"} for i in (0, 1)]
    picture = show.exam(run_of(*rounds), things="questions")
    assert corner(picture) == "n = 8 plain questions of the exam, 1 seed (6); bands: 95 %"


def group(*answers, gold="7", id="p"):
    return Group(Problem(id, "How many?", gold), tuple(Completion(f"#### {a}") for a in answers))


def test_votes_are_told_round_by_round_by_gold():
    first = [group(*"778", id="p"), group(*"887", id="q")]
    last = [group(*"777", id="p"), group(*"778", id="q")]
    picture = show.votes([(first, []), (last, [])], seed=5, g=2, title="What votes are worth")
    assert "labels that are right: 50 at 1, 100 at 2; rewards as gold would give: 50 at 1, 100 at 2" in picture.alt
    assert (
        "samples that agree with the label: 66.7 at 1, 83.3 at 2; problems without a signal: 100 at 1, 100 at 2"
        in picture.alt
    )
    assert corner(picture) == "n = 2 problems, 3 votes each, 1 seed (5); bands: 95 % (Wilson)"
    assert "problems without a signal: 0 at 1, 50 at 2" in show.votes([(first, []), (last, [])], 5, 3).alt
    assert list(picture.figure.axes[0].get_xticks()) == [1, 2]


def test_votes_of_no_round_are_refused():
    with pytest.raises(CourseError, match="no round has ended yet, so there is no vote to show"):
        show.votes([], seed=0, g=2)


def told(picture):
    return {name: float(picture.alt.split(f"{name}: ")[1].split(" ")[0]) for name in names(picture)}


def test_more_votes_make_better_labels_of_recorded_samples():
    few, many = (show.votes_by_m(recorded(1.0), m, 2, "Votes") for m in (2, 32))
    assert told(many)["labels that are right"] > told(few)["labels that are right"] + 5
    assert told(many)["labels that are right"] > told(many)["one sample right (pass@1)"] + 5
    assert told(few)["one sample right (pass@1)"] == told(many)["one sample right (pass@1)"]
    more = show.votes_by_m(recorded(1.0), 32, 16)
    assert told(more)["problems without a signal"] < told(many)["problems without a signal"] - 5
    assert corner(many) == "48 recorded stories; M = 32, G = 2; whiskers: 95 % (bootstrap)"
    assert many.alt.startswith("Votes. share (%), with 95 % intervals. labels that are right:")


@pytest.mark.parametrize(("m", "g"), [(4, 8), (4, 1)])
def test_training_on_more_than_vote_or_on_one_is_refused(m, g):
    with pytest.raises(CourseError, match=f"G is {g} and M is {m}: take G from 2 to M"):
        show.votes_by_m(recorded(1.0), m, g)
