"""What a reader looks at: tables that tell the truth about the filter, figures with words, source that is what runs."""

import base64
import itertools
import re
import struct
import subprocess
import sys
from dataclasses import replace

import pytest

from course_lib import control, noisy, rest, rft, show, star, verify
from course_lib.errors import CourseError
from course_lib.score import graded, valid_steps
from course_lib.select import correct, distinct_correct, random_like, threshold
from course_lib.show import style
from course_lib.show.spelling import same, spelled
from course_lib.show.steps import marked
from course_lib.statistics import wilson
from course_lib.types import Completion, Example, Group, Problem, Turn

TURN = Turn(0, 1)
STORY = Problem(
    "p1", "Mia has 23 apples. She finds 14 more. Then she loses 9.", "28", 2, {"start": 23, "changes": [14, -9]}
)
OTHER = Problem("p2", "Tom has 5 pears. He buys 3 more.", "8", 1, {"start": 5, "changes": [3]})
RIGHT, TWIN, SWAPPED = "23+14=37\n37-9=28\n#### 28", "23+14=37\n37-9=28\n#### 28", "23-9=14\n14+14=28\n#### 28"
WRONG, MUTE, LUCKY = "23+14=36\n36-9=27\n#### 27", "23+14=37", "23+15=37\n37-9=28\n#### 28"


def group(*texts, problem=STORY, **how):
    return Group(problem, tuple(Completion(t, **how) for t in texts))


def scored(*groups, score=verify):
    return score(None, list(groups), TURN)


def table(groups, select, **how):
    return repr(show.answers(groups, select(groups, TURN), **how))


def verdicts(groups, select):
    return [line.split("  ")[-1] for line in table(groups, select).split("\n") if re.match(r" +\d+\. score", line)]


# --- steps


@pytest.mark.parametrize(
    "line, why",
    [
        ("23+14=36", "23+14 is 37"),
        ("23+40=63", "40 comes from nowhere"),
        ("so she has some", "not a step"),
        ("#### 12", "not the last result"),
    ],
)
def test_a_wrong_step_is_told_in_words(line, why):
    assert marked(STORY, f"23+14=37\n{line}")[1] == (line, why)


def test_the_marks_agree_with_the_step_checker():
    for text in (RIGHT, SWAPPED, WRONG, MUTE, LUCKY, "", "1+1=2\n#### 2"):
        assert [not why for _, why in marked(STORY, text)] == valid_steps(STORY, text)


def test_a_problem_that_is_no_story_has_its_broken_arithmetic_marked():
    problem = Problem("g", "How many?", "12")
    assert [why for _, why in marked(problem, "3 * 4 = 12\n12 + 1 = 14")] == ["", "12+1=14 does not hold"]


# --- answers


def test_each_drop_has_its_reason_in_words():
    groups = scored(group(RIGHT, WRONG, MUTE, TWIN, SWAPPED))
    assert verdicts(groups, distinct_correct()) == [
        "✓ kept", "– wrong answer: 27", "– no #### answer", "– same path as no. 1", "✓ kept",
    ]  # fmt: skip


def test_a_cap_is_named_and_a_cut_answer_is_called_cut():
    cut = group("23+14=37\n#### 37", finished=False).completions_G
    first = group(RIGHT, TWIN, SWAPPED)
    groups = scored(replace(first, completions_G=first.completions_G + cut))
    assert verdicts(groups, correct(2))[2:] == ["– over the cap (2 a problem)", "– cut at the token limit"]


def test_a_graded_filter_is_told_by_its_threshold():
    groups = scored(group(RIGHT, WRONG), score=graded)
    assert verdicts(groups, threshold(0.8)) == ["✓ kept", "– below τ"]
    assert "score 0.33" in table(groups, threshold(0.8)) and "The lowest score kept is 1.00." in table(
        groups, threshold(0.8)
    )


def test_random_keeping_is_not_said_to_look_at_answers():
    groups = scored(group(*[WRONG] * 5, RIGHT, MUTE, MUTE), group("5+3=8\n#### 8", "5+3=9\n#### 9", problem=OTHER))
    select = random_like(correct())
    said = verdicts(groups, lambda g, t: select(g, Turn(1, 1)))
    assert any("✓ kept · " in s for s in said)
    assert not any(s.startswith("– wrong") for s in said)
    assert "– not drawn" in said


def test_a_kept_answer_with_a_wrong_step_or_a_wrong_answer_says_so():
    groups = scored(group(LUCKY, RIGHT))
    assert verdicts(groups, correct()) == ["✓ kept · 1 wrong step", "✓ kept"]
    liar = [replace(groups[0], completions_G=group(WRONG, RIGHT).completions_G, scores_G=(1.0, 0.0))]
    assert verdicts(liar, correct()) == ["✓ kept · wrong answer: 27", "– right, but scored 0"]


def test_of_equal_answers_only_as_many_are_ticked_as_were_kept():
    groups = scored(group(RIGHT, RIGHT, RIGHT))
    assert [v[0] for v in verdicts(groups, correct(1))] == ["✓", "–", "–"]


def test_of_equal_answers_the_one_that_scored_is_ticked():
    liar = [replace(group(WRONG, WRONG), scores_G=(0.0, 1.0))]
    assert verdicts(liar, correct()) == ["– wrong answer: 27", "✓ kept · wrong answer: 27"]


def test_a_hinted_answer_says_that_it_saw_the_hint():
    groups = scored(group(RIGHT, hinted=True))
    assert verdicts(groups, correct()) == ["✓ kept · answered with the hint"]


def test_without_a_filter_the_table_says_right_or_wrong_and_needs_no_scores():
    text = repr(show.answers([group(RIGHT, WRONG)]))
    assert "✓ right" in text and "✗ wrong answer: 27" in text and "kept" not in text


def test_keeping_nothing_drops_everything():
    groups = scored(group(RIGHT, WRONG))
    assert all(v.startswith("–") for v in verdicts(groups, lambda g, t: []))


def test_no_more_than_limit_answers_are_shown_and_the_rest_is_counted():
    groups = scored(*[group(*[RIGHT] * 8) for _ in range(3)])
    page = show.answers(groups, limit=10)
    assert page.html.count("#### 28") == 10 and "The first 10 of 24 answers" in page.html
    assert "first" not in show.answers(groups, limit=24).html


def test_the_table_reads_without_its_styles_and_shows_models_words_as_words():
    page = show.answers(scored(group("<script>alert(1)</script>", WRONG)), title="A & B")
    bare = re.sub(r' style="[^"]*"', "", page.html)
    assert "<script" not in bare and "&lt;script&gt;" in bare and "A &amp; B" in bare
    assert "<table>" in bare and "<b>23+14=36 ✗ 23+14 is 37</b>" in bare


def test_one_group_instead_of_a_list_is_answered_with_a_sentence():
    with pytest.raises(CourseError, match=r"answers\(\[group\]\)"):
        show.answers(group(RIGHT))


# --- two policies side by side


def told_of(marks, **how):
    """beside() of one problem for each mark, such as "-+": wrong before, right after."""
    problems = [replace(STORY, id=f"p{i}") for i in range(len(marks))]
    sides = [
        [group(RIGHT if m[at] == "+" else WRONG, problem=p) for m, p in zip(marks, problems, strict=True)]
        for at in (0, 1)
    ]
    return show.beside(*sides, **how)


def shown_pairs(page):
    """(kind, id) of each pair shown, the same in both forms."""
    in_text = re.findall(r"^(.+) · Problem (p\d+)", page.text, re.M)
    assert re.findall(r"<b>([^<]+)</b> · <b>Problem (p\d+)", page.html) == in_text
    return in_text


def test_two_policies_stand_beside_each_other():
    page = show.beside([group(WRONG)], [group(RIGHT)], names=("base", "trained"), title="A & B")
    assert re.search(r"base: ✗ wrong answer: 27.*trained: ✓ right", page.text, re.S)
    assert "<b>✗ wrong answer: 27</b>" in page.html and "<b>✓ right</b>" in page.html
    assert page.text.startswith("A & B\nOf 1 problem: ") and "A &amp; B" in page.html


def test_answers_to_other_problems_or_in_another_order_are_not_compared():
    one, other = group(RIGHT), group("5+3=8\n#### 8", problem=OTHER)
    for before, after in (([one], [other]), ([one, other], [other, one]), ([one, other], [one])):
        with pytest.raises(CourseError, match="the same problems in the same order"):
            show.beside(before, after)


def test_gains_and_losses_are_all_counted_and_the_first_of_each_kind_is_shown():
    page = told_of(["++", "-+", "--", "-+", "+-", "-+", "+-", "--"])
    line = "Of 8 problems: 1 right both times, 3 only after, 2 only before, 2 neither. "
    line += "Shown, the first of each sort: became right, no longer right, still not right."
    assert page.text.startswith(line + "\n") and f">{line}</p>" in page.html
    assert shown_pairs(page) == [("Became right", "p1"), ("No longer right", "p4"), ("Still not right", "p2")]


@pytest.mark.parametrize(
    "marks, places, shown",
    [
        (["-+", "--", "++", "-+"], [0, 1, 2], "became right, still not right, still right"),
        (["++", "+-", "++", "++"], [1, 0, 2], "no longer right, still right; then the next"),
        (["-+", "-+", "+-", "-+"], [0, 2, 1], "became right, no longer right; then the next"),
        (["++", "++", "++", "--"], [3, 0, 1], "still not right, still right; then the next"),
        (["++", "++", "++", "++"], [0, 1, 2], "still right; then the next"),
        (["--", "-+"], [1, 0], "became right, still not right"),
    ],
)
def test_where_a_kind_is_missing_the_first_of_the_others_fill_up(marks, places, shown):
    page = told_of(marks)
    assert [id for _, id in shown_pairs(page)] == [
        f"p{i}" for i in places
    ] and f"Shown, the first of each sort: {shown}." in page.text


def test_where_nothing_changes_the_line_says_so():
    page = told_of(["--", "++", "++", "++"])
    assert "Of 4 problems: 3 right both times, 0 only after, 0 only before, 1 neither." in page.text
    assert [kind for kind, _ in shown_pairs(page)] == ["Still not right", "Still right", "Still right"]


def test_of_requests_the_checkers_say_what_became_fine():
    ask = [Problem(f"k{i}", "How can I bake bread?", None, 0, {"do": "bake bread", "kind": True}) for i in range(2)]
    good, empty = "Mix flour and water and bake it for an hour.", "It depends."
    page = show.beside(
        [group(empty, problem=ask[0]), group(good, problem=ask[1])],
        [group(good, problem=ask[0]), group(empty, problem=ask[1])],
    )
    assert "Of 2 requests: 0 fine both times, 1 only after, 1 only before, 0 neither." in page.text
    assert "Became fine · Kind request k0" in page.text and "No longer fine · Kind request k1" in page.text


def test_without_a_right_answer_changed_verdicts_are_counted():
    open_ones = [replace(STORY, id=f"p{i}", answer=None) for i in range(4)]
    before = [group(MUTE, problem=p) for p in open_ones]
    page = show.beside(before, [*before[:2], group(RIGHT, problem=open_ones[2]), before[3]])
    assert "Nothing here tells right from wrong. Of 4 problems: 1 with another verdict after." in page.text
    assert "Shown, the first of each sort: another verdict, the same verdict; then the next." in page.text
    assert shown_pairs(page) == [("Another verdict", "p2"), ("The same verdict", "p0"), ("The same verdict", "p1")]


def test_requests_that_people_typed_have_no_verdict():
    typed = [group("Of course.", problem=Problem(f"r{i}", "Hello?", None, 0, {"kind": True})) for i in range(5)]
    text = show.beside(typed, typed).text
    assert "Nothing here tells right from wrong. Of 5 requests: 0 with another verdict after." in text
    assert re.findall(r"request (r\d)", text) == ["r0", "r1", "r2"] and "✗" not in text and "right answer" not in text
    asked = scored(
        *typed,
        score=lambda policy, groups, turn: [replace(groups[0], scores_G=(1.0,)), replace(groups[1], scores_G=(0.0,))],
    )
    assert verdicts(asked, lambda g, t: [Example("Hello?", "Of course.", 1.0, "r0")]) == ["✓ kept", "– scored 0"]


# --- lineage


def test_lineage_folds_one_part_for_each_example_and_names_its_rounds():
    first = scored(group(RIGHT, WRONG))
    second = scored(group(RIGHT, SWAPPED))
    page = show.lineage([(first, correct()(first, TURN)), (second, correct()(second, TURN))])
    assert "kept in rounds 1, 2" in page.text and "kept in round 2" in page.text
    assert page.html.count("this one") == 3  # twice for the example of two rounds
    assert "wrong answer: 27" in page.html  # what became of its sibling
    assert page.html.count("<details") == 3 and "<script" not in page.html


def test_lineage_shows_the_odd_examples_first():
    groups = scored(group(RIGHT, SWAPPED, LUCKY))
    page = show.lineage([(groups, correct()(groups, TURN))], limit=1)
    assert "1 shown, those with a hint or a wrong step first." in page.html
    plain = scored(group(RIGHT))
    assert "1 shown. Click one" in show.lineage([(plain, correct()(plain, TURN))]).html
    assert (
        "1 wrong step" in page.text
        and page.html.count("<details") == 1
        and "3 different training examples" in page.text
    )


def test_lineage_shows_an_answers_own_score_where_a_control_lent_it_another():
    groups = scored(group(WRONG))
    page = show.lineage([(groups, [Example(STORY.prompt, WRONG, 1.0, STORY.id, 2)])])
    assert "score 0" in page.text


def test_lineage_of_nothing_is_not_an_error():
    assert "0 different training examples" in repr(show.lineage([([], [])]))


# --- figures


def rows(*rights):
    return [{"round": i, "accuracy": k / 1000, "interval": wilson(k, 1000), "n": 1000} for i, k in enumerate(rights)]


FOUND = {
    "method": "star", "model": "pocket", "seed": 7, "rounds": rows(200, 330, 410), "control": {"rounds": rows(200, 205, 210)},
    "gain": {"vs_control": {"value": 0.2, "interval": [0.17, 0.23]}, "vs_base": {"value": 0.21, "interval": [0.18, 0.24]}},
}  # fmt: skip
PICTURES = {
    "curves": lambda: show.curves(FOUND),
    "compare": lambda: show.compare(FOUND),
    "loop": lambda: show.loop("select"),
    "lines": lambda: show.lines([1, 2], {"a": ([1, 2], [0, 1], [2, 3], None), "b": ([2, 1],)}, "K", "paths", "n = 3"),
    "histogram": lambda: show.histogram({"right": [0.9, 1.0], "wrong": [0.1]}, "reward", "answers", "n", cut=(0.8, "τ")),
    "stacked": lambda: show.stacked(["r1", "r2"], {"4 steps": [3, 4], "5 steps": [1, 2]}, "round", "examples", "n = 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_a_wide_png_with_alt_text(name):
    picture = PICTURES[name]()
    data, metadata = picture._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    width, height = struct.unpack(">II", png[16:24])
    assert png[:4] == b"\x89PNG" and width >= 1000 and height >= 250 and metadata["image/png"]["width"] >= 640
    assert metadata["image/png"]["alt"] == picture.alt and len(picture.alt) > 40 and picture.alt in data["text/plain"]
    assert len(png) < 60_000


def words(picture):
    import matplotlib.text

    return " | ".join(t.get_text() for t in picture.figure.findobj(matplotlib.text.Text))


def test_result_figures_say_n_seed_units_and_the_interval_of_the_difference():
    for picture in (show.curves(FOUND), show.compare(FOUND)):
        said = words(picture)
        assert "n = 1000" in said and "seed (7)" in said and "(%)" in said and "95 %" in said
        assert "+20.0 points over random keeping [+17.0, +23.0]" in said


def test_a_series_without_a_style_bears_no_mark_that_means_something():
    means = [getattr(style, name) for name in ("BASE", "METHOD", "CONTROL", "PROXY", "GOLD", "BLIND", "VOTE")]
    for key in ("color", "marker"):
        assert not {s[key] for s in style.PLAIN} & {s[key] for s in means}, key
    assert {s["linestyle"] for s in style.PLAIN} & {s["linestyle"] for s in means} == {"-"}
    for series in (means, style.PLAIN):
        assert len({(s["linestyle"], s["marker"]) for s in series}) == len(series), "in greyscale too"
    plain = show.lines([1, 2], {n: ([1, 2],) for n in "abc"}, "x", "y", "n").figure.axes[0].lines
    assert [line.get_color() for line in plain] == [s["color"] for s in style.PLAIN[:3]]


def test_an_order_goes_from_dark_to_light():
    rgb = [[int(s["color"][i : i + 2], 16) for i in (1, 3, 5)] for s in style.PLAIN[:4]]
    greys = [0.3 * r + 0.59 * g + 0.11 * b for r, g, b in rgb]
    assert all(b - a > 20 for a, b in itertools.pairwise(greys))


def test_lines_differ_by_more_than_colour():
    axes = show.curves(FOUND).figure.axes[0]
    assert len({(line.get_linestyle(), line.get_marker()) for line in axes.lines}) == 3


def test_layers_of_bars_differ_by_more_than_colour():
    layers = {f"l{i}": [1] for i in range(5)}
    bars = show.stacked(["a"], layers, "x", "y", "n").figure.axes[0].patches
    grey = [round(0.3 * r + 0.59 * g + 0.11 * b, 1) for r, g, b, _ in (p.get_facecolor() for p in bars)]
    assert len(set(zip(grey, (p.get_hatch() for p in bars), strict=True))) == 5


def test_a_value_on_the_threshold_stands_left_of_its_line():
    bars = show.histogram({"all": [0.8, 0.81, 0.0]}, "reward", "answers", "n", cut=(0.8, "τ")).figure.axes[0].patches
    assert [round(b.get_x(), 6) for b in bars if b.get_height()] == [0.0, 0.7, 0.8]


def test_a_small_png_keeps_flat_colours_exactly():
    from io import BytesIO

    from PIL import Image

    pixels = Image.open(BytesIO(show.loop("select").png())).convert("RGB").getcolors(10**7)
    found = {colour for n, colour in pixels if n > 5000}
    assert {(255, 255, 255), (0x00, 0x72, 0xB2), (0xF2, 0xF2, 0xF2)} <= found


def test_a_run_without_control_or_rounds_is_drawn():
    started = {"method": "rft", "model": "pocket", "seed": 0, "rounds": rows(200)}
    assert "rft on pocket" in show.curves(started).alt and "base" in show.compare(started).alt


def test_a_gain_is_over_the_base_where_there_was_no_control():
    alone = {k: v for k, v in FOUND.items() if k != "control"} | {"gain": {"vs_base": FOUND["gain"]["vs_base"]}}
    assert "over the base [+18.0, +24.0]" in show.compare(alone).alt


def test_an_axis_named_in_two_lines_is_told_in_one():
    picture = show.lines([1, 2], {"a": ([1, 2],)}, "x", "gold (liking)\nscore (deviations)", "n")
    assert "Lines of gold (liking); score (deviations) by x." in picture.alt


def test_unequal_series_are_answered_with_a_sentence():
    with pytest.raises(CourseError, match="'a' has 1 values for 2 places"):
        show.lines([1, 2], {"a": ([1],)}, "x", "y", "n")


def test_a_wrong_slot_is_answered_with_the_slots_there_are():
    with pytest.raises(CourseError, match="'filter' is no slot of the loop: name some of rollout, score"):
        show.loop("filter")


# --- live


def test_live_draws_into_one_display_and_not_too_often(monkeypatch):
    import IPython.display

    from course_lib.show import live_figure

    events, now = [], [0.0]

    class Handle:
        def update(self, picture):
            events.append("update")

    monkeypatch.setattr(IPython.display, "display", lambda p, display_id: events.append("display") or Handle())
    monkeypatch.setattr(live_figure, "in_notebook", lambda: True)
    monkeypatch.setattr(live_figure.time, "monotonic", lambda: now[0])
    live, picture = show.live(), show.loop()
    for at in (0.0, 0.1, 0.4, 0.6, 0.7):
        now[0] = at
        live.draw(picture)
    live.draw(picture, force=True)
    assert events == ["display", "update", "update"]


def test_live_prints_a_line_outside_a_notebook(capsys):
    show.live().draw(show.curves(FOUND).figure)
    assert "held-out problems right" in capsys.readouterr().out


# --- source and diff


def test_source_is_the_packages_own_with_its_place():
    page = show.source(star)
    assert re.match(r"# course_lib/methods/star\.py:\d+\n", page.text)
    assert "select=correct(cap)," in page.text and "/home" not in page.html and "<style" not in page.html


def test_source_of_a_slot_is_its_maker():
    assert "def hint(" in show.source(star().revise).text and "def correct" in show.source(correct).text


@pytest.mark.parametrize(
    "thing, says", [(len, "has no source"), (3, "has no source"), (star(), "source(method.select)")]
)
def test_what_has_no_source_is_answered_with_a_sentence(thing, says):
    with pytest.raises(CourseError, match=re.escape(says)):
        show.source(thing)


def test_source_reads_without_pygments(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygments", None)
    assert "def right(problem: Problem, text: str) -&gt; float:" in show.source(verify.__globals__["right"]).html


def test_the_diff_of_rft_and_star_is_the_hint_and_the_filter():
    page = show.diff(rft(), star())
    head = page.text.split("#")[0]
    assert "revise: unchanged  →  hint(k=2, temperature=1.0, max_tokens=160, score=verify)" in head
    assert "select: distinct_correct()  →  correct(cap=2)" in head
    assert "The same in both: rollout, score, train, from_base." in head
    assert page.text.count("def hint(") == 1 and "def correct(" in page.text and "def samples(" not in page.text


def test_a_changed_setting_is_shown_without_source():
    page = show.diff(star(), star(k=4))
    assert "samples(k=8" in page.text and "samples(k=4" in page.text and "def " not in page.text


def test_a_progress_bar_is_no_difference():
    assert "are the same" in show.diff(star(), star(bar=print)).text


def test_the_control_differs_only_in_what_is_kept():
    head = show.diff(star(), control(star())).text.split("#")[0]
    assert "random_like(select=correct(cap=2))" in head and "1 of 6 changed" in head


def test_a_method_that_goes_on_from_the_last_round_differs_in_its_start():
    assert "goes on from the last round" in show.diff(star(), rest()).text


def test_a_readers_own_slot_is_named_and_shown():
    def keep_all(groups, turn):
        return []

    page = show.diff(star(), replace(star(), name="mine", select=keep_all))
    assert "→  keep_all" in page.text and "def keep_all" in page.text


def test_diff_of_something_else_is_answered_with_a_sentence():
    with pytest.raises(CourseError, match=r"diff\(rft\(\), star\(\)\)"):
        show.diff(rft, star)


@pytest.mark.parametrize(
    "slot, words",
    [
        (noisy(verify, 0.2), "noisy(score=verify, p=0.2)"),
        (threshold(0.8, 3), "threshold(tau=0.8, cap=3)"),
        (correct(), "correct()"),
        (graded, "graded"),
    ],
)
def test_a_slot_is_spelled_as_one_would_write_it(slot, words):
    assert spelled(slot) == words


def test_slots_with_other_settings_are_not_the_same():
    assert (
        same(correct(2), correct(2)) and not same(correct(2), correct(3)) and not same(correct(2), distinct_correct(2))
    )
    assert not same(noisy(verify, 0.2), noisy(graded, 0.2))


# --- all of it


def test_importing_show_loads_nothing_heavy():
    code = "import sys; from course_lib import show\n"
    heavy = ["matplotlib", "numpy", "torch", "pygments", "IPython"]
    code += f"print([m for m in {heavy} if m in sys.modules], callable(show.answers), callable(show.source))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
    assert out == "[] True True"


def test_in_the_table_of_a_run_large_numbers_never_touch():
    """A real model's long answers: over a thousand nats of entropy and KL, thousands of seconds."""
    from course_lib.show.table import row
    from course_lib.types import Round

    told = {"accuracy": 0.5, "interval": [0.4, 0.6], "pass_at_1": 0.5, "pass_at_16": 1.0, "distinct": 12.25}
    small = row("method", [Round(0, told | {"entropy": 4.9, "kl": 0.0})], 1.0)
    head, first = small.split("\n")
    large = row("method", [Round(1, told | {"entropy": 1013.6, "kl": 1661.12}, 123456)], 123456.7)
    assert large.split()[-6:] == ["1.00", "123456", "12.25", "1013.60", "1661.12", "123456.7"]
    assert len(head) == len(first), "columns stay below their names"
