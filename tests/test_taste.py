"""A taste as gold, reward models that learn it, and the recorded pools they chose from."""

import pytest

from course_lib import taste
from course_lib.errors import CourseError
from course_lib.pools import FEW, KINDS, POOLS, TASTES, Kind, N, pools, record
from course_lib.reward import standardised
from course_lib.statistics import mean
from course_lib.tasks.passages import PROMPT
from course_lib.train.reward_model import Shape
from course_lib.types import Group, Turn
from course_lib.variety import real

REAL = real(2000, "taste")


def test_strangeness_is_in_standard_deviations_of_what_people_write():
    zs = [taste.strangeness(text) for text in REAL]
    assert abs(mean(zs)) < 0.1 and abs(mean([z * z for z in zs]) - 1) < 0.15


def test_freshness_is_liked_up_to_a_point():
    by_z = sorted(REAL, key=taste.strangeness)
    nearest = min(REAL, key=lambda t: abs(taste.strangeness(t) - taste.PEAK))
    liking = taste.fresh_not_strange
    assert liking(nearest) > liking(by_z[-1]) and liking(nearest) > liking(by_z[0])
    assert max(map(liking, REAL)) <= taste.PEAK / 2
    rarer = [taste.the_rarer_the_better(t) for t in by_z]
    assert rarer == sorted(rarer)


@pytest.mark.parametrize("liking", TASTES.values())
def test_what_is_no_passage_is_liked_least(liking):
    """As little as the strangest passages, and less than five in six."""
    assert liking("Nothing that the grammar writes.") == liking("") == taste.BROKEN
    assert mean([float(liking(text) > taste.BROKEN) for text in REAL]) > 5 / 6


def test_comparisons_choose_what_is_liked_more_and_leave_out_what_is_liked_alike():
    pairs = taste.compared([*REAL[:40], REAL[0], REAL[0]], taste.the_rarer_the_better)
    assert len(pairs) == 20
    assert all(taste.the_rarer_the_better(p.chosen) > taste.the_rarer_the_better(p.rejected) for p in pairs)


def test_too_few_labels_are_refused(pocket):
    with pytest.raises(CourseError, match="labels is 4"):
        taste.learned(pocket, taste.the_rarer_the_better, 4)


@pytest.fixture(scope="module")
def small(pocket):
    return taste.learned(pocket, taste.the_rarer_the_better, 256, Shape(16, 1))


def test_a_reward_model_learns_the_taste_and_speaks_in_standard_deviations(small):
    texts = real(400, "new")
    said = small.rewards([(PROMPT, text) for text in texts])
    assert abs(mean(said)) < 0.3 and 0.6 < mean([x * x for x in said]) < 1.5
    order = sorted(range(len(texts)), key=lambda i: said[i])
    low, high = ([taste.strangeness(texts[i]) for i in part] for part in (order[:100], order[-100:]))
    assert mean(high) > mean(low) + 0.5


def test_standardising_twice_changes_nothing(small):
    asked = [(PROMPT, text) for text in REAL[:64]]
    again = standardised(small, asked)
    once = standardised(again, asked)
    assert once.rewards(asked) == pytest.approx(again.rewards(asked), abs=1e-4)


def test_members_of_an_ensemble_differ_and_see_the_same_comparisons(pocket, monkeypatch):
    seen, compared = [], taste.compared
    monkeypatch.setattr(taste, "compared", lambda texts, liking: seen.append(texts) or compared(texts, liking))
    asked = [(PROMPT, text) for text in REAL[:8]]
    one, other = (
        taste.learned(pocket, taste.the_rarer_the_better, 16, Shape(8, 1), seed).rewards(asked)
        for seed in (3, 3 + taste.MEMBERS)
    )
    assert seen[0] == seen[1] and one != pytest.approx(other, abs=1e-3)


def test_the_score_slot_of_a_taste_gives_its_own_numbers(pocket):
    from course_lib.types import Completion
    from course_lib.variety import prompts

    group = Group(prompts(1)[0], tuple(Completion(text) for text in REAL[:3]))
    (scored,) = taste.tasted(taste.the_rarer_the_better)(pocket, [group], Turn(0, 1))
    assert scored.scores_G == tuple(map(taste.the_rarer_the_better, REAL[:3]))


# ---- the recorded pools


def test_every_kind_has_a_reward_for_every_passage():
    found = pools()
    assert len(found) == POOLS and all(len(p.texts) == N for p in found)
    assert all(len(p.by(kind)) == N for p in found for kind in KINDS)
    assert len({k.labels for k in KINDS if k.shape == taste.USUAL}) >= 4
    assert len({k.shape for k in KINDS if k.labels == FEW}) >= 4


def test_the_least_of_several_is_no_more_than_any():
    pool, kinds = pools()[0], [Kind(member=i) for i in range(3)]
    assert all(pool.least(*kinds)[i] == min(pool.by(k)[i] for k in kinds) for i in range(N))


def test_more_labels_make_a_better_reward_model():
    found, liking = pools(), "the rarer the better"

    def chosen(labels):
        """Mean gold of the best of 512 by a model of so many labels."""
        best = [max(range(N), key=lambda i: p.by(Kind(liking, labels))[i]) for p in found]
        return mean([p.gold(liking)[i] for p, i in zip(found, best, strict=True)])

    at_random = mean([mean(p.gold(liking)) for p in found])
    assert chosen(1024) > chosen(64) > at_random


def test_a_recording_is_made_by_its_own_command(tmp_path, monkeypatch):
    kind = Kind(labels=8, shape=Shape(8, 1))
    record(1, 4, (kind,), tmp_path / "pools.jsonl.gz")
    monkeypatch.setattr("course_lib.recordings.place", lambda name: tmp_path / f"{name}.jsonl.gz")
    (pool,) = pools()
    assert len(pool.texts) == 4 and len(pool.by(kind)) == 4
    assert pool.gold() == tuple(map(taste.fresh_not_strange, pool.texts))
