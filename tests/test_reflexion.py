"""Reflexion: what is remembered, what a market says, and what words in memory do, with the weights left as they were."""

from dataclasses import FrozenInstanceError, replace

import pytest

from course_lib.asks import remember
from course_lib.episodic import Memory, kept
from course_lib.errors import CourseError
from course_lib.methods import reflexion
from course_lib.methods.reflexion import Episode, exam, restarted, success
from course_lib.policy import weights_hash
from course_lib.reflect import Attempt, as_told, gist, nothing, of_another, own_words
from course_lib.statistics import mean
from course_lib.tasks.market import Market, places, work
from course_lib.types import Problem

SHORT = 60  # tokens: enough for an answer and for a reflection
N, ATTEMPTS = 28, 3
POISON = Memory(("Here a zib is 2 coins.",))


# ---- memory


def test_memory_keeps_the_newest_first_and_drops_the_oldest():
    memory = Memory(capacity=2)
    for sentence in ("one.", " two. ", "three."):
        memory = memory.add(sentence)
    assert memory == Memory(("three.", "two."), 2)
    assert kept(("b", "a"), "c", 3) == ("c", "b", "a") and kept(("c", "b", "a"), "d", 3) == ("d", "c", "b")
    assert len(Memory(("c", "b", "a")).add("d").sentences) == 3, "three, unless another capacity is given"


def test_nothing_blank_is_remembered():
    full = Memory(("one.",))
    assert full.add("") == full.add(" \n\t") == full
    assert kept(("b", "a"), "  ", 1) == ("b",)


def test_a_memory_is_never_changed_in_place():
    memory = Memory()
    assert memory.add("one.") == Memory(("one.",)) and memory == Memory()
    with pytest.raises(FrozenInstanceError):
        memory.sentences = ("x",)


def test_what_is_remembered_stands_before_the_prompt_and_an_empty_memory_adds_nothing():
    assert Memory().before("How many?") == "How many?"
    assert Memory(("b.", "a.")).before("How many?") == remember("How many?", "b. a.") == "Remember: b. a.\nHow many?"


@pytest.mark.parametrize("capacity", [0, -1, 1.5])
def test_a_capacity_must_be_a_count(capacity):
    with pytest.raises(CourseError, match=f"capacity is {capacity}: it must be a whole number of 1 or more"):
        Memory(capacity=capacity)


def test_the_gist_of_a_reflection_is_its_last_line_that_says_something():
    assert gist("54-45=9\nHere a zib is 9 coins. \n\n  ") == "Here a zib is 9 coins."
    assert gist(" \n ") == gist("") == ""


# ---- markets


def test_a_market_s_stories_differ_and_its_worth_does_not():
    market = Market("m", 6)
    told = [market.story(n) for n in range(1, 13)]
    assert len({p.prompt for p in told}) == len({p.id for p in told}) == 12
    assert told == [market.story(n) for n in range(1, 13)] != [Market("other", 6).story(n) for n in range(1, 13)]
    for p in told:
        change = int(p.answer) - p.facts["start"] - p.facts["found"]
        assert change == (6 if p.facts["sells"] else -6) and "6 coins" not in p.prompt.split("zib")[1]
        assert work(p, 6).endswith(f"#### {p.answer}") and not work(p, 5).endswith(f"#### {p.answer}")


def test_a_market_tells_the_right_total_or_only_that_it_was_wrong():
    telling, mute = Market("m", 6), Market("m", 6, telling=False)
    story = telling.story(1)
    assert story == mute.story(1)
    assert telling.feedback(story, False) == f"Wrong. There are {story.answer} coins now."
    assert (
        mute.feedback(story, False) == "Wrong."
        and telling.feedback(story, True) == mute.feedback(story, True) == "Right."
    )


def test_places_are_drawn_by_the_seed_each_with_a_worth_of_its_own():
    assert places(30, 1) == places(30, 1) != places(30, 2)
    assert len({m.id for m in places(30, 1)}) == 30 and {m.zib for m in places(60, 1)} == set(range(2, 10))
    assert [replace(m, telling=True) for m in places(30, 1, telling=False)] == places(30, 1)


def test_a_model_that_must_be_told_how_to_answer_is_told_after_each_story():
    for plain, asked in zip(places(3, 1), places(3, 1, ask=" Write #### and the number."), strict=True):
        assert asked.story(2).prompt == plain.story(2).prompt + " Write #### and the number."
        assert replace(asked.story(2), prompt="") == replace(plain.story(2), prompt="")


# ---- reflections


def failures(n):
    """`n` failed attempts, and a reflect slot that tells them apart."""
    failed = [Attempt(Problem(str(i), ""), (), "", False, "Wrong.") for i in range(n)]
    return failed, [a.story.id for a in failed], lambda policy, these, ids, n, seed: [f"of {i}" for i in ids]


def test_no_place_is_given_its_own_reflection_where_there_are_others():
    for n in range(2, 9):
        failed, ids, reflect = failures(n)
        for seed in range(20):
            given = of_another(reflect)(None, failed, ids, 1, seed)
            assert sorted(given) == [f"of {i}" for i in ids], "every reflection goes somewhere"
            assert not any(said == f"of {i}" for said, i in zip(given, ids, strict=True))
    deals = [of_another(reflect)(None, failed, ids, attempt, seed) for attempt, seed in ((1, 0), (1, 1), (2, 0))]
    assert deals[0] == of_another(reflect)(None, failed, ids, 1, 0) and deals[0] != deals[1] and deals[0] != deals[2]


def test_where_one_place_alone_failed_there_is_no_other_reflection_to_deal():
    assert of_another(lambda *args: ["own"])(None, ["failed"], ["x"], 1, 0) == [""]


def test_a_memory_shows_no_more_than_it_has_room_for_and_takes_no_bare_text():
    assert Memory(("a.", "b.", "c."), 2).before("q").startswith("Remember: a. b.\n")
    assert Memory(("",)).before("q") == "q"
    with pytest.raises(CourseError, match="a memory holds sentences"):
        Memory("Here a zib is 2 coins.")


def test_a_plain_retry_remembers_nothing_however_often_it_fails(pocket):
    told = tried(pocket, places(8, 5), reflect=nothing)
    assert all(e.memory == Memory() and all(not a.remembered and not a.reflection for a in e.attempts) for e in told)
    assert any(len(e.attempts) == ATTEMPTS for e in told)


# ---- the loop, on the pocket model


def tried(policy, told, **how):
    return reflexion(policy, told, **{"attempts": ATTEMPTS, "seed": 1, "max_tokens": SHORT, **how})


@pytest.fixture(scope="module")
def markets():
    return places(N, 1)


@pytest.fixture(scope="module")
def learned(pocket, markets):
    return tried(pocket, markets)


def solved(episodes):
    return [sum(row) for row in success(episodes, ATTEMPTS)]


def test_with_its_own_reflections_nearly_every_market_is_solved_and_otherwise_few(pocket, markets, learned):
    plain = tried(pocket, markets, reflect=nothing)
    dealt = tried(pocket, markets, reflect=of_another(own_words(max_tokens=SHORT)))
    assert solved(learned)[0] == solved(plain)[0] == solved(dealt)[0] < 8, "nobody can know a market at first"
    assert solved(learned)[-1] >= N - 3 and solved(plain)[-1] <= N / 2
    assert solved(dealt)[-1] <= solved(plain)[-1] + 5 < solved(learned)[-1]


def test_a_market_that_tells_nothing_teaches_nothing(pocket):
    mute = tried(pocket, places(N, 1, telling=False))
    assert solved(mute)[-1] <= N / 2
    assert {a.feedback for e in mute for a in e.attempts} == {"Right.", "Wrong."}


def test_it_ends_where_an_attempt_is_right_and_after_the_last_one_allowed(learned):
    for e in learned:
        rights = [a.right for a in e.attempts]
        assert 1 <= len(rights) <= ATTEMPTS and not any(rights[:-1])
        assert rights[-1] or len(rights) == ATTEMPTS
        assert [a.story for a in e.attempts] == [e.place.story(n) for n in range(1, len(rights) + 1)]
    assert len({len(e.attempts) for e in learned}) > 1


def test_a_reflection_is_written_after_a_failure_only_and_remembered_at_the_next_attempt(learned):
    for e in learned:
        assert [bool(a.reflection) for a in e.attempts] == [not a.right for a in e.attempts]
        for before, after in zip(e.attempts, e.attempts[1:], strict=False):
            assert after.remembered == (gist(before.reflection), *before.remembered)
    told = [e for e in learned if len(e.attempts) > 1]
    named = [e.memory.sentences[0] == f"Here a zib is {e.place.zib} coins." for e in told]
    assert sum(named) > 0.8 * len(named) > 10


def test_the_weights_are_read_and_never_written(pocket, markets):
    before = weights_hash(pocket.base), weights_hash(pocket.model), pocket.weights
    told = tried(pocket, markets[:6])
    exam(pocket, told, seed=3, stories=1, max_tokens=SHORT)
    assert (weights_hash(pocket.base), weights_hash(pocket.model), pocket.weights) == before


def test_the_same_seed_gives_the_same_episodes(pocket, markets, learned):
    assert tried(pocket, markets) == learned
    assert tried(pocket, markets[:8], seed=2) != learned[:8]


def test_an_answer_that_cannot_be_read_is_wrong_and_counts(pocket, markets):
    cut = tried(pocket, markets[:5], max_tokens=2, reflect=nothing)
    assert all("####" not in a.answer for e in cut for a in e.attempts)
    assert success(cut, ATTEMPTS) == [[0] * 5] * ATTEMPTS and all(len(e.attempts) == ATTEMPTS for e in cut)
    assert all(a.feedback.startswith("Wrong. There are") for e in cut for a in e.attempts)


def test_success_counts_every_place_at_every_attempt():
    def episode(*rights):
        return Episode(None, Memory(), tuple(Attempt(None, (), "", r, "") for r in rights))

    told = [episode(False, True), episode(True), episode(False, False, False), episode()]
    assert success(told, 3) == [[0, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]]


def test_what_was_learned_is_there_in_new_stories_and_gone_after_a_restart(pocket, learned):
    fresh = restarted(learned)
    assert all(e.memory == Memory() for e in fresh) and any(e.memory.sentences for e in learned)
    assert [(e.place, e.attempts) for e in fresh] == [(e.place, e.attempts) for e in learned]
    kept_on, cleared = (exam(pocket, told, seed=900, stories=2, max_tokens=SHORT) for told in (learned, fresh))
    assert len(kept_on) == len(cleared) == N and set(kept_on + cleared) <= {0.0, 0.5, 1.0}
    assert mean(kept_on) > 0.7 and mean(cleared) < 0.35
    assert exam(pocket, learned, seed=900, stories=2, max_tokens=SHORT) == kept_on


def test_a_poisoned_memory_fails_at_first_and_is_recovered_from(pocket):
    elsewhere = [m for m in places(N, 1) if m.zib != 2]
    told = tried(pocket, elsewhere, memories=POISON)
    assert solved(told)[0] <= 2 and solved(told)[-1] >= len(elsewhere) - 3
    assert sum(e.attempts[0].answer == work(e.place.story(1), 2) for e in told) > 0.8 * len(told), "it believes it"
    assert all(e.attempts[0].remembered == POISON.sentences for e in told)
    true_there = tried(pocket, [Market(f"two-{i}", 2) for i in range(12)], memories=POISON, attempts=1)
    assert sum(success(true_there, 1)[0]) >= 10, "where a zib is 2 coins the same words help"


def test_each_place_may_begin_with_a_memory_of_its_own(pocket, markets):
    few = markets[:6]
    told = tried(pocket, few, memories=[Memory((f"Here a zib is {m.zib} coins.",)) for m in few], attempts=1)
    assert [e.attempts[0].remembered for e in told] == [(f"Here a zib is {m.zib} coins.",) for m in few]
    assert sum(success(told, 1)[0]) >= 5
    with pytest.raises(CourseError, match="2 memories for 6 places: give one for each, or one for all"):
        tried(pocket, few, memories=[Memory(), Memory()])
    with pytest.raises(CourseError, match="attempts is 0: it must be a whole number of 1 or more"):
        tried(pocket, few, attempts=0)


def test_an_interrupt_keeps_the_attempts_made_so_far(pocket, markets, learned):
    def stopping(policy, failed, ids, n, seed):
        if n == 2:
            raise KeyboardInterrupt
        return own_words(max_tokens=SHORT)(policy, failed, ids, n, seed)

    said = []
    told = tried(pocket, markets, reflect=stopping, say=said.append)
    assert [e.attempts for e in told] == [e.attempts[:1] for e in learned]
    assert said == [f"Stopped. {N} attempts are kept."]
    assert [e.place for e in told] == markets, "every place comes back"


def test_what_a_place_said_can_be_remembered_word_for_word():
    failed, _, _ = failures(2)
    assert as_told(None, failed, ["a", "b"], 1, 0) == [a.feedback for a in failed]
