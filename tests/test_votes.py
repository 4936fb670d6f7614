"""Votes as labels: how they are counted, that gold is never read, what they were worth; and rewards that know nothing."""

from dataclasses import replace

import pytest

from course_lib.errors import CourseError
from course_lib.methods import grpo, ttrl
from course_lib.rollout import samples
from course_lib.score import coin, verify, well_formed
from course_lib.select import first, first_with_signal, random_like
from course_lib.statistics import mean
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Group, Problem, Turn
from course_lib.votes import agreeing, by_majority, consensus, right_by_vote, vote_log, voted

TURN = Turn(0, 1)


def group(*answers, gold="7", id="p", scores=()):
    """One completion for each answer; None is one that can't be read."""
    texts = ["I do not know." if a is None else f"3+4=7\n#### {a}" for a in answers]
    return Group(Problem(id, "How many?", gold), tuple(map(Completion, texts)), scores)


def erased(groups):
    """The groups without any gold answer."""
    return [replace(g, problem=replace(g.problem, answer=None)) for g in groups]


def scores(groups):
    return [g.scores_G for g in groups]


# ---- the label


def test_the_label_is_the_answer_most_give_however_it_is_spelled_or_worked_out():
    told = group("1,023", "1023.0", "$1023 coins", "7", "7")
    assert consensus(told, TURN) == "1023"
    assert scores(by_majority(None, [told], TURN)) == [(1.0, 1.0, 1.0, 0.0, 0.0)]
    two_ways = Group(
        Problem("p", ""), (Completion("1+6=7\n#### 7"), Completion("#### 9\n#### 7"), Completion("#### 9"))
    )
    assert consensus(two_ways, TURN) == "7", "two ways of working count for one answer, and the last word is the answer"


def test_an_answer_that_cannot_be_read_has_no_vote():
    told = group(None, None, None, "7", "7", "8")
    assert consensus(told, TURN) == "7"
    assert scores(by_majority(None, [told], TURN)) == [(0.0, 0.0, 0.0, 1.0, 1.0, 0.0)]


def test_where_none_can_be_read_there_is_no_label_no_signal_and_it_is_counted():
    blank, fine = group(None, None, None), group("7", "7", "8", id="q")
    assert consensus(blank, TURN) is None and not right_by_vote(blank, TURN)
    told = by_majority(None, [blank, fine], TURN)
    assert told[0].scores_G == (0.0, 0.0, 0.0) and [g.problem.id for g in told] == ["p", "q"]
    assert [g.problem.id for g in first_with_signal(3)(told, TURN)] == ["q"]
    log = vote_log([blank, fine], TURN)
    assert log["unlabelled"] == [1.0, 0.0] and log["no_signal"] == [1.0, 0.0] and log["majority_ratio"][0] == 0.0


def test_a_tie_is_broken_by_a_lot_of_the_run_s_seed():
    tied = [group("7", "8", id=str(i)) for i in range(60)]
    labels = [consensus(g, TURN) for g in tied]
    assert labels == [consensus(g, TURN) for g in tied], "the same turn draws the same lot"
    assert 15 < labels.count("7") < 45 and set(labels) == {"7", "8"}
    assert labels != [consensus(g, Turn(1, 1)) for g in tied] and labels != [consensus(g, Turn(0, 2)) for g in tied]
    turned = [group("8", "7", id=str(i)) for i in range(60)]
    assert labels == [consensus(g, TURN) for g in turned], "who said it first does not decide"
    assert scores(by_majority(None, tied, TURN)) == [(1.0, 0.0) if label == "7" else (0.0, 1.0) for label in labels]


# ---- gold is never read


def test_a_vote_scores_the_same_without_any_gold_answer():
    told = [group("7", "8", id=str(i)) for i in range(20)] + [group("7", "7", "8"), group(None, "9"), group(None)]
    assert scores(by_majority(None, erased(told), TURN)) == scores(by_majority(None, told, TURN))
    wrong_gold = [replace(g, problem=replace(g.problem, answer="8")) for g in told]
    assert scores(by_majority(None, wrong_gold, TURN)) == scores(by_majority(None, told, TURN))


def until_training(method, policy, problems):
    groups = method.score(policy, method.rollout(policy, problems, TURN), TURN)
    return method.select(method.revise(policy, groups, TURN), TURN)


def test_a_round_of_ttrl_is_the_same_with_the_answers_erased_and_one_of_grpo_is_not(pocket):
    told = stories(6, (2, 3), 4)
    hidden = [replace(p, answer=None) for p in told]
    voting, verified = ttrl(m=8, g=4, max_tokens=60), grpo(g=8, max_tokens=60)
    kept, blindly = (until_training(voting, pocket, problems) for problems in (told, hidden))
    assert 0 < len(kept) <= 6 and all(len(g.completions_G) == 4 for g in kept)
    assert erased(kept) == blindly
    assert until_training(verified, pocket, told) and until_training(verified, pocket, hidden) == []


# ---- what votes were worth


def test_a_lucky_hit_gives_most_completions_the_reward_gold_would():
    log = vote_log([group("1", "1", "2", "3", "4", "5", gold="9")], TURN)
    assert log["label_accuracy"] == [0.0] and log["reward_accuracy"] == [pytest.approx(4 / 6)]
    assert log["majority_ratio"] == [pytest.approx(2 / 6)]
    sure = vote_log([group("1", "1", "1", "1", "9", "9", gold="9")], TURN)
    assert sure["label_accuracy"] == [0.0] and sure["reward_accuracy"] == [0.0], "a wrong consensus turns every reward"


def test_a_right_label_gives_every_reward_that_gold_would():
    told = [group("7", "7", "8"), group("8", "8", "7", None, id="q")]
    log = vote_log(told, TURN)
    assert log["label_accuracy"] == [1.0, 0.0] and log["reward_accuracy"] == [1.0, 0.25]
    assert log["majority_ratio"] == [pytest.approx(2 / 3), 0.5] and log["unlabelled"] == [0.0, 0.0]


def test_a_log_of_votes_knows_how_many_are_trained_on():
    told = [group("7", "7", "8"), group("7", "8", "7"), group("7", "7", "7")]
    assert vote_log(told, TURN, 2)["no_signal"] == [1.0, 0.0, 1.0]
    assert vote_log(told, TURN)["no_signal"] == [0.0, 0.0, 1.0]
    assert vote_log(told, TURN, 2)["majority_ratio"] == vote_log(told, TURN)["majority_ratio"], "all of them vote"


def test_a_log_of_votes_reads_the_answers_and_not_the_scores_that_stand_there():
    told = [group("7", "7", "8"), group("8", "8", "7", id="q")]
    assert vote_log([replace(g, scores_G=(0.0, 1.0, 1.0)) for g in told], TURN) == vote_log(told, TURN)


def test_a_vote_without_training_counts_every_problem(pocket):
    told = stories(12, (2, 3), 9)
    outcomes = voted(pocket, told, 5, seed=3, max_tokens=60)
    drawn = samples(5, max_tokens=60)(pocket, told, Turn(3, 0))
    assert outcomes == [int(right_by_vote(g, Turn(3, 0))) for g in drawn]
    alone = mean([s for g in verify(pocket, drawn, TURN) for s in g.scores_G])
    assert len(outcomes) == 12 and mean(outcomes) > 0.5 and mean(outcomes) >= alone
    assert voted(pocket, told, 2, seed=3, max_tokens=2) == [0] * 12, "none can be read, and each counts as wrong"


# ---- what is trained on


def test_only_the_first_are_trained_on_and_only_where_these_differ():
    late = group(*"7778", scores=(1.0, 1.0, 1.0, 0.0))
    early = group(*"7877", id="q", scores=(1.0, 0.0, 1.0, 1.0))
    (kept,) = first_with_signal(2)([late, early], TURN)
    assert kept == replace(early, completions_G=early.completions_G[:2], scores_G=(1.0, 0.0))
    assert [g.problem.id for g in first_with_signal(4)([late, early], TURN)] == ["p", "q"]
    assert first(early, None) == early and first(early, 9) == early


def test_the_twin_keeps_the_same_groups_and_deals_their_scores():
    told = [group(*"78787878", id=str(i), scores=(1.0, 0.0) * 4) for i in range(20)]
    told.append(group(*"77777778", id="late", scores=(1.0,) * 7 + (0.0,)))
    kept, dealt = (select(told, TURN) for select in (first_with_signal(4), random_like(first_with_signal(4))))
    assert [g.problem.id for g in dealt] == [g.problem.id for g in kept] == [str(i) for i in range(20)]
    assert [g.completions_G for g in dealt] == [g.completions_G for g in kept]
    assert all(sorted(g.scores_G) == [0.0, 0.0, 1.0, 1.0] for g in dealt) and scores(dealt) != scores(kept)
    assert random_like(first_with_signal(4))(told, TURN) == dealt


# ---- rewards that know nothing of the answer


def test_a_coin_falls_by_the_seed_and_near_its_chance():
    told = [group(*"7" * 10, id=str(i)) for i in range(60)]
    for p in (0.2, 0.5):
        tossed = scores(coin(p)(None, told, TURN))
        assert mean([s for each in tossed for s in each]) == pytest.approx(p, abs=0.08)
        assert {s for each in tossed for s in each} == {0.0, 1.0}
    assert scores(coin()(None, told, TURN)) == tossed == scores(coin()(None, told[::-1], TURN))[::-1]
    assert tossed != scores(coin()(None, told, Turn(1, 1))) and tossed != scores(coin()(None, told, Turn(0, 2)))
    assert scores(coin(0.0)(None, told, TURN)) == [(0.0,) * 10] * 60
    assert scores(coin(1.0)(None, told, TURN)) == [(1.0,) * 10] * 60


def test_a_reward_for_form_likes_a_wrong_answer_that_can_be_read():
    told = [group("7", "8", None)]
    assert scores(well_formed(None, told, TURN)) == [(1.0, 1.0, 0.0)] != scores(verify(None, told, TURN))
    assert scores(well_formed(None, erased(told), TURN)) == [(1.0, 1.0, 0.0)]


def test_agreeing_without_a_label_is_agreeing_with_nothing():
    assert agreeing(group("7", None), None).scores_G == (0.0, 0.0)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ttrl(m=8, g=1), "G is 1: an answer is compared with others of its problem, so train on 2 or more"),
        (lambda: ttrl(m=8, g=0), "G is 0: it must be a whole number of 1 or more"),
        (lambda: grpo(g=1), "G is 1: an answer is compared with others"),
        (lambda: first_with_signal(1.5), "G is 1.5: it must be a whole number"),
        (lambda: ttrl(m=4, g=8), "G is 8 and M is 4: those trained on are among those that vote, so take G of at most M"),
        (lambda: coin(1.5), "chance p is 1.5: it must lie between 0.0 and 1.0"),
        (lambda: coin(-0.1), "chance p is -0.1"),
        (lambda: ttrl(beta=-1), "β is -1: give 0 or more"),
    ],
)  # fmt: skip
def test_bad_input_is_named_before_anything_is_sampled(make, sentence):
    with pytest.raises(CourseError, match=sentence):
        make()


def test_a_label_is_compared_with_gold_as_numbers_not_as_words():
    told = Group(Problem("1", "p", "1,023"), tuple(Completion("#### 1023.0") for _ in range(3)))
    assert vote_log([told], TURN)["label_accuracy"] == [1.0] and right_by_vote(told, TURN)
    nobody = Group(Problem("1", "p", None), (Completion("hm"),))
    assert vote_log([nobody], TURN)["label_accuracy"] == [0.0]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_could_not_be_judged_is_left_out_of_a_group(at):
    scores_G = (*(3.0, 5.0)[:at], float("nan"), *(3.0, 5.0)[at:])
    (kept,) = first_with_signal(3)([replace(group("7", "8", "9"), scores_G=scores_G)], TURN)
    assert kept.scores_G == (3.0, 5.0) and len(kept.completions_G) == 2
    nothing = replace(group("7", "8"), scores_G=(float("nan"),) * 2)
    assert first_with_signal(2)([nothing], TURN) == []
