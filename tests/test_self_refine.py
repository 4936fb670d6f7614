"""Self-Refine: critics that are right as often as they say, what stands after a pass, and that no problem is lost on the way."""

import random

import pytest

from course_lib.answers import calculations, holds, same_answer
from course_lib.asks import finds_mistake
from course_lib.critics import NO_MISTAKE, aimless, dealt, dialled, names, own, presuming, said, settled, verdict
from course_lib.errors import CourseError
from course_lib.methods import self_refine
from course_lib.methods.self_refine import KNOWN, NOTHING_FOUND, UNREADABLE, Refined, right_after, votes_for
from course_lib.recordings import BANDS, Recorded, refinable
from course_lib.statistics import mean
from course_lib.tasks.stories import stories
from course_lib.types import Problem

RIGHT = "23+14=37\n37-9=28\n#### 28"
WRONG = "23+14=37\n37-9=27\n27+1=29\n#### 29"
PROBLEMS = [Problem(str(i), "How many?", "28") for i in range(200)]
SHORT, PASSES = 80, 3


def critiques(critic, text, seed=0, n=1):
    return critic(None, PROBLEMS, [text] * len(PROBLEMS), n, seed)


# ---- critics


def test_a_perfect_critic_names_the_first_wrong_step_and_its_opposite_never_does():
    assert set(critiques(dialled(1.0), WRONG)) == {"Step 2 is wrong."}
    assert set(critiques(dialled(1.0), RIGHT)) == {NO_MISTAKE}
    assert set(critiques(dialled(0.0), WRONG)) == {NO_MISTAKE}
    assert set(critiques(dialled(0.0), RIGHT)) == {"Step 1 is wrong.", "Step 2 is wrong."}


def test_a_critic_is_right_as_often_as_its_dial_says_and_repeats_by_the_seed():
    for text, truth in ((WRONG, "Step 2 is wrong."), (RIGHT, NO_MISTAKE)):
        assert critiques(dialled(0.7), text).count(truth) / len(PROBLEMS) == pytest.approx(0.7, abs=0.1)
    again = critiques(dialled(0.7), WRONG)
    assert again == critiques(dialled(0.7), WRONG)
    assert again != critiques(dialled(0.7), WRONG, seed=1) and again != critiques(dialled(0.7), WRONG, n=2)


def test_a_solution_without_a_step_has_none_to_name():
    assert said("#### 28", random.Random(0), 1.0) == said("#### 28", random.Random(0), 0.0) == NO_MISTAKE


def test_a_critic_of_the_arithmetic_does_not_know_the_story():
    assert set(critiques(dialled(1.0), "1+1=2\n#### 2")) == {NO_MISTAKE}, "sound in itself, and of another story"


def test_a_presuming_critic_names_a_step_whatever_stands_there():
    assert set(critiques(presuming, RIGHT)) == {"Step 1 is wrong.", "Step 2 is wrong."}
    assert set(critiques(presuming, "I do not know.")) == {"Step 1 is wrong."}
    assert critiques(presuming, RIGHT) == critiques(presuming, RIGHT) != critiques(presuming, RIGHT, seed=1)


def test_a_dealt_critic_calls_as_many_wrong_as_its_twin_whatever_stands_there():
    texts = [WRONG if i % 4 else RIGHT for i in range(len(PROBLEMS))]
    true, blind = (critic(None, PROBLEMS, texts, 1, 0) for critic in (dialled(1.0), dealt(dialled(1.0))))
    alarms = [sum(finds_mistake(c) for c in told) for told in (true, blind)]
    assert alarms[0] == alarms[1] == sum(text == WRONG for text in texts)
    hit = sum(finds_mistake(c) for c, text in zip(blind, texts, strict=True) if text == WRONG)
    assert hit / alarms[1] == pytest.approx(0.75, abs=0.1), "no better than by lot"
    assert {c for c in blind if finds_mistake(c)} == {names(1), names(2), names(3)}, "any step"
    assert blind == dealt(dialled(1.0))(None, PROBLEMS, texts, 1, 0) != dealt(dialled(1.0))(None, PROBLEMS, texts, 2, 0)


def test_an_aimless_critic_calls_the_same_solutions_wrong_and_names_any_step():
    assert set(critiques(aimless(dialled(1.0)), RIGHT)) == {NO_MISTAKE}
    assert set(critiques(aimless(dialled(1.0)), WRONG)) == {names(1), names(2), names(3)}


def test_a_revision_stands_only_where_the_critique_names_a_step():
    found = settled(
        ["d1", "d2", "d3", "d4"],
        [names(3), NO_MISTAKE, "hm", f"Step 1 is right.\n{names(2)}"],
        ["r1", "r2", "r3", "r4"],
    )
    assert found == ["r1", "d2", "d3", "r4"]
    assert verdict(f"Step 1 is right.\n{names(2)}\n") == names(2)
    with pytest.raises(ValueError, match="zip"):
        settled(["d1", "d2"], [NO_MISTAKE], ["r1", "r2"])


@pytest.mark.parametrize("accuracy", [-0.1, 1.5, float("nan")])
def test_an_accuracy_outside_0_to_1_is_named(accuracy):
    with pytest.raises(CourseError, match=f"critique accuracy is {accuracy}: it must lie between 0.0 and 1.0"):
        dialled(accuracy)


# ---- the loop, on the pocket model


@pytest.fixture(scope="module")
def told():
    return stories(40, (3, 4), 21)


def refine(policy, problems, **how):
    return self_refine(policy, problems, **{"passes": PASSES, "seed": 0, "max_tokens": SHORT, **how})


@pytest.fixture(scope="module")
def perfect(pocket, told):
    return refine(pocket, told, critic=dialled(1.0))


def test_under_a_perfect_critic_nothing_gets_worse_and_some_get_right(perfect, told):
    drafts, ends = right_after(perfect, 0), right_after(perfect, PASSES)
    assert len(drafts) == len(ends) == 40 and [r.problem for r in perfect] == told
    assert all(b >= a for a, b in zip(drafts, ends, strict=True)) and sum(ends) >= sum(drafts) + 3
    rewritten = [r for r in perfect if len(r.texts) > 1]
    assert rewritten and all(not arithmetic_holds(r.texts[0]) for r in rewritten)


def arithmetic_holds(text):
    return all(holds(*step) for step in calculations(text))


def test_it_ends_when_nothing_is_found_or_after_the_last_pass(pocket, told, perfect):
    for r in perfect:
        assert (r.ended == NOTHING_FOUND) == (r.critiques[-1] == NO_MISTAKE) and r.ended in (NOTHING_FOUND, "")
        assert all(finds_mistake(c) for c in r.critiques[:-1]) and len(r.critiques) <= PASSES
        assert r.ended or len(r.critiques) == PASSES == len(r.texts) - 1
    stubborn = refine(pocket, told[:5], passes=2, critic=presuming)
    assert all(r.ended == "" and len(r.texts) == 3 and len(r.critiques) == 2 for r in stubborn)


def test_the_same_drafts_stand_before_every_critic_and_repeat_with_the_seed(pocket, told, perfect):
    presumed = refine(pocket, told[:10], passes=1, critic=presuming)
    assert [r.texts[0] for r in presumed] == [r.texts[0] for r in perfect[:10]]
    assert refine(pocket, told[:10], critic=dialled(1.0)) == perfect[:10]
    assert [r.texts[0] for r in refine(pocket, told[:10], critic=dialled(1.0), seed=1)] != [
        r.texts[0] for r in presumed
    ]


def test_a_presuming_critic_rewrites_what_was_right_and_an_oracle_leaves_it_alone(pocket, told):
    presumed, spared = (refine(pocket, told, passes=1, critic=presuming, oracle=o) for o in (False, True))
    right = [i for i, ok in enumerate(right_after(presumed, 0)) if ok]
    assert 20 < len(right) < 40 and all(len(presumed[i].texts) == 2 for i in right)
    assert any(presumed[i].text != presumed[i].texts[0] for i in right)
    assert all(spared[i] == Refined(told[i], presumed[i].texts[:1], (), KNOWN) for i in right)
    assert all(len(spared[i].texts) == 2 and spared[i].ended == "" for i in range(40) if i not in right)
    assert sum(right_after(spared, 1)) >= max(sum(right_after(presumed, 1)), len(right))


def test_its_own_critiques_go_through_the_steps_and_end_in_a_verdict(pocket, told):
    found = refine(pocket, told[:12], passes=1, critic=own())
    default = refine(pocket, told[:12], passes=1)
    assert default == found, "its own critic is the one it takes by itself"
    read = [finds_mistake(r.critiques[0]) for r in found]
    assert sum(r is not None for r in read) >= 10
    for r, seen in zip(found, read, strict=True):
        assert len(r.texts) == (2 if seen else 1)


def test_a_critique_that_cannot_be_read_ends_its_problem_and_the_problem_counts(pocket, told):
    def muttering(policy, problems, solutions, n, seed):
        return ["hm" if i % 2 else names(1) for i in range(len(problems))]

    found = refine(pocket, told[:6], passes=1, critic=muttering)
    assert [r.ended for r in found] == ["", UNREADABLE] * 3 and [len(r.texts) for r in found] == [2, 1] * 3
    assert len(right_after(found, 1)) == 6
    assert right_after(found, 1)[1::2] == right_after(found, 0)[1::2] == [int(is_right(r)) for r in found[1::2]]


def is_right(r):
    return same_answer(r.texts[0], r.problem.answer)


def test_a_draft_that_cannot_be_read_comes_back_and_counts_as_wrong(pocket, told):
    cut = refine(pocket, told[:4], critic=dialled(1.0), max_tokens=2)
    assert [r.problem for r in cut] == told[:4] and right_after(cut, PASSES) == [0] * 4


def test_a_dozen_taken_for_ten_is_no_fault_to_a_critic_of_the_arithmetic(pocket):
    found = refine(pocket, stories(20, (3, 4), 21, dozen=True), critic=dialled(1.0))
    blind = [r for r in found if arithmetic_holds(r.texts[0]) and not is_right(r)]
    assert len(blind) > 8, "most take a dozen for ten"
    assert all(r.text == r.texts[0] and r.ended == NOTHING_FOUND for r in blind)


def test_what_was_written_is_counted_and_a_vote_may_cost_as_much(perfect):
    refined = Refined(PROBLEMS[0], ("abcd", "efg", "hi"), ("12345", "678", "9"), NOTHING_FOUND)
    assert refined.letters == 9 + 9
    untouched = Refined(PROBLEMS[1], ("abcd",), ("12",), NOTHING_FOUND)
    assert votes_for([untouched]) == 2, "6 letters are one draft of 4 and a half"
    assert votes_for([refined, untouched]) == 3 and votes_for([refined]) == 5 and votes_for([]) == 0
    assert votes_for([Refined(PROBLEMS[0], ("abcd",))] * 3) == 1
    assert all(r.letters > len(r.text) for r in perfect)


def test_right_after_reads_the_last_text_there_is():
    r = Refined(PROBLEMS[0], ("#### 1", "#### 28", "#### 2"))
    assert [right_after([r], n) for n in range(5)] == [[0], [1], [0], [0], [0]]


def test_an_interrupt_keeps_what_was_revised_so_far(pocket, told):
    def stopping(policy, problems, solutions, n, seed):
        if n == 2:
            raise KeyboardInterrupt
        return presuming(policy, problems, solutions, n, seed)

    words = []
    found = refine(pocket, told[:6], critic=stopping, say=words.append)
    assert found == refine(pocket, told[:6], passes=1, critic=presuming)
    assert words == ["Stopped. What was revised so far is kept."]


def test_passes_must_be_a_count(pocket, told):
    with pytest.raises(CourseError, match="passes is 0: it must be a whole number of 1 or more"):
        refine(pocket, told[:1], passes=0)


# ---- recorded drafts and fixes


def row(draft, *fixes):
    return Recorded("a dozen", Problem("r", "How many?", "28"), draft, fixes)


def test_what_a_critic_is_worth_on_a_wrong_draft():
    r = row(WRONG, "#### 1", "#### 28", "#### 2")
    assert not r.right and r.wrong_step == 1
    assert r.expected(1.0, False) == r.expected(1.0, True) == 1.0, "the fix of the step that is wrong"
    assert r.expected(0.0, False) == 0.0 and r.expected(0.3, False) == pytest.approx(0.3)
    assert row(WRONG, "#### 28", "#### 1", "#### 28").expected(1.0, False) == 0.0


def test_what_a_critic_is_worth_on_a_right_draft():
    r = row(RIGHT, "#### 28", "#### 2")
    assert r.right and r.wrong_step is None
    assert r.expected(1.0, False) == 1.0, "nothing is named, so it stays"
    assert r.expected(0.0, False) == 0.5, "some step is named, each as often"
    assert r.expected(0.5, False) == 0.75 and r.expected(0.0, True) == r.expected(0.5, True) == 1.0


def test_sound_arithmetic_about_another_story_is_fixed_by_mistake_only():
    r = row("1+1=2\n#### 2", "#### 28")
    assert not r.right and r.wrong_step is None
    assert r.expected(1.0, False) == 0.0 and r.expected(0.0, True) == 1.0
    assert row("#### 28").expected(0.0, False) == 1.0 and row("hm").expected(0.0, False) == 0.0


def test_the_expectation_is_what_a_dialled_critic_does_on_average():
    for r in (row(WRONG, "#### 1", "#### 28", "#### 2"), row(RIGHT, "#### 28", "#### 2"), row("1+1=2", "#### 28")):
        for accuracy in (0.0, 0.6, 1.0):
            ends = []
            for critique in critiques(dialled(accuracy), r.draft):
                named = int(critique.split()[1]) - 1 if finds_mistake(critique) else None
                ends.append(same_answer(r.draft if named is None else r.fixes[named], "28"))
            assert mean(ends) == pytest.approx(r.expected(accuracy, False), abs=0.1)


def test_the_shipped_drafts_are_of_three_bands_with_a_fix_for_each_step():
    found = refinable()
    assert {b: sum(r.band == b for r in found) for b in BANDS} == {b: n for b, (n, _, _) in BANDS.items()}
    assert len({r.problem.prompt for r in found}) == len(found) == 240
    for r in found:
        _, levels, dozen = BANDS[r.band]
        assert r.problem.level in levels and (r.problem.facts["dozen_at"] is not None) == dozen
        assert len(r.fixes) == len(calculations(r.draft))


def test_on_the_shipped_drafts_a_better_critic_is_worth_more_but_not_on_the_dozen():
    def after(band, accuracy, oracle=False):
        return mean([r.expected(accuracy, oracle) for r in refinable() if r.band == band])

    drafts = {b: mean([float(r.right) for r in refinable() if r.band == b]) for b in BANDS}
    for band in ("3 and 4 steps", "5 and 6 steps"):
        assert after(band, 1.0) > drafts[band] + 0.05 and after(band, 1.0) > after(band, 0.5) > after(band, 0.0)
    assert drafts["3 and 4 steps"] > 0.5 > drafts["5 and 6 steps"] > drafts["a dozen"]
    assert after("a dozen", 1.0) < drafts["a dozen"] + 0.1
    assert all(after(b, 0.5, oracle=True) >= max(drafts[b], after(b, 0.5)) for b in BANDS)
