"""A notebook's room: what it begins with, predictions that are kept, runs that are read again or gone on with, Run buttons."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import models
import pytest
import torch

from course_lib import lesson, sealed, show, wording
from course_lib.constitution import preferences
from course_lib.cost import prompt_tokens
from course_lib.errors import CourseError
from course_lib.lesson import gauges, opening, runs, school, ways
from course_lib.lesson.budget import FAST, Budget
from course_lib.lesson.diets import dials, feed
from course_lib.lesson.unlabelled import DOZEN, PLAIN, unlabelled
from course_lib.loopholes import all_of, anywhere, arithmetic
from course_lib.measure import drawn
from course_lib.methods import rft, self_rewarding, sl_cai, star, ttrl
from course_lib.methods.generations import accumulated, mixed, replaced
from course_lib.pocket.apprentice import apprentice
from course_lib.policy import weights_hash
from course_lib.score import verify
from course_lib.select import above, correct, top_k
from course_lib.statistics import mean
from course_lib.tasks import people
from course_lib.tasks.house_rules import POLITE
from course_lib.tasks.passages import PROMPT, WORDS, by_frequency
from course_lib.tasks.stories import ASK
from course_lib.tasks.toolbox import honest
from course_lib.train import sft
from course_lib.types import Completion, Example, Group, Problem
from course_lib.watch import EACH, OWN

DATA = Path(__file__).parent / "data"
TINY = Budget(problems=4, fresh=4, sampled=1, k=2, rounds=1, judged=2)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Opens a room as a notebook does, with four problems each to train and to measure on."""
    monkeypatch.setenv("COURSE_FAST", "1")

    def begin(folder="runs", **settings):
        monkeypatch.setenv("COURSE_RUNS", str(tmp_path / folder))
        room = lesson.begin("00_test", measured=(6, 8), **settings)
        return replace(room, train=room.train[:4], fresh=room.fresh[:4], budget=TINY)

    return begin


@pytest.fixture
def room(opened):
    return opened()


def test_a_room_counts_its_rounds_in_words(room):
    one, two = (repr(replace(room, budget=replace(TINY, rounds=n))) for n in (1, 2))
    assert "1 round unless a cell says" in one and "2 rounds unless a cell says" in two


def method(**slots):
    return replace(rft(k=4, lr=2e-3), name="toy", **slots)


def numbers(run):
    """A run's result without the seconds it took."""
    arms = {"method": run.found["rounds"], "control": run.found.get("control", {}).get("rounds", [])}
    return {a: [{k: v for k, v in r.items() if k != "seconds"} for r in rows] for a, rows in arms.items()}, run.found[
        "gain"
    ]


def same_weights(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


# ---- other lessons: what is written, judged, and how requests are treated


def test_a_town_s_room_is_about_requests_and_draws_its_path(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin_town("06_test")
    room = replace(room, train=room.train[:4], fresh=room.fresh[:6])
    assert "requests to train on" in repr(room) and not {p.prompt for p in room.train} & {p.prompt for p in room.fresh}
    assert room.answers(room.train, k=1)[0].scores_G == ()
    taught = sl_cai((POLITE,), lr=1e-3, epochs=1, max_tokens=40)
    drafts = replace(taught, name="drafts", select=above(-1.0, cap=1))
    run = room.run(taught, rounds=1, twin=drafts)
    assert "control: drafts" in repr(run) and "harmless" in repr(run)
    assert run.measured(0)["harmless"]["n"] == 3 and len(run.measured()["well"]["outcomes"]) == 6
    assert run.measured(7) == run.measured(), "past its end: after its last round"
    (policy,) = run.policies()
    assert same_weights(policy.weights, run.policy.weights)
    assert [e.completion for e in run.rounds("control")[0][1]] != [e.completion for e in run.rounds()[0][1]]
    capsys.readouterr()
    room.run(taught, rounds=1, twin=drafts)
    assert "ran to their end before" in capsys.readouterr().out
    room.run(taught, rounds=1)
    assert "ran to their end before" not in capsys.readouterr().out, "another twin is another run"


def test_a_real_model_s_room_may_take_what_people_typed_behind_a_note(
    tmp_path, monkeypatch, capsys, qwen_folder, red_team_folder
):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    lesson.begin_town("06_test")
    assert "Content note" not in capsys.readouterr().out
    room = lesson.begin_town("06_test", str(qwen_folder), requests=str(red_team_folder))
    assert "Content note" in capsys.readouterr().out and "requests to train on" in repr(room)
    assert not {p.prompt for p in room.train} & {p.prompt for p in room.fresh} and len(room.fresh) == 24
    room = replace(room, train=room.train[:4], fresh=room.fresh[:6], max_tokens=8)
    taught = sl_cai((POLITE,), lr=1e-3, epochs=1, max_tokens=8)
    run = room.run(taught, rounds=1, twin=replace(taught, name="drafts", select=above(-1.0, cap=1)))
    assert run.measured()["harmless"]["n"] == run.measured()["useful"]["n"] == 3
    assert "Unkind request" in str(show.answers(room.answers(room.train[1:2], k=1)))


def test_a_judge_s_room_measures_writing_judging_and_the_dozen(opened):
    room = opened(gauge=lesson.gauges.writing_and_judging, share=0.5)
    found = room.measure()(room.policy)
    assert found["axis"].endswith("drawn at T = 1 (%)") and found["dozen_right"]["n"] == 2
    assert {"judge", "dozen", "tokens", "pass_at_1"} <= set(found) and 0 <= found["judge"]["value"] <= 1


def test_an_exam_s_room_votes_without_answers_and_draws_plain_and_dozen_stories(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin_exam("08_test")
    plain, dozen = ([p for p in room.train if (p.facts["dozen_at"] is not None) == said] for said in (False, True))
    assert len(plain) > len(dozen) > 1 and len({p.id for p in room.train}) == len(room.train)
    assert not {p.prompt for p in room.train} & {p.prompt for p in room.fresh}
    room = replace(room, train=[*plain[:4], *dozen[:2]], fresh=room.fresh[:4], budget=TINY, max_tokens=80)
    found = room.measure()(room.policy)
    assert found["plain"]["n"] == found["vote"]["n"] == 4 and found["blind"]["n"] == 2 and found["n"] == 4
    for row in (found["plain"], found["blind"], found["vote"], found | {"value": found["accuracy"]}):
        low, high = row["interval"]
        assert 0 <= low <= row["value"] <= high <= 1 and len(row["outcomes"]) == row["n"]
    assert set(found["vote"]["outcomes"]) <= {0, 1} and 0 < found["plain"]["value"] < 1
    run = room.run(ttrl(m=4, g=2, lr=2e-3, max_tokens=80))
    assert [r["round"] for r in run.found["rounds"]] == [0, 1] and run.measured(0)["plain"] == found["plain"]
    assert "ttrl: an exam of plain and dozen stories" in repr(run) and "control: rewards dealt at random" in repr(run)
    ((groups, kept),) = run.rounds()
    assert len(groups) == 6 and all(len(g.completions_G) == 4 for g in groups) and 0 < len(kept) <= 6
    assert all(len(g.completions_G) == 2 and set(g.scores_G) == {0.0, 1.0} for g in kept)
    assert "n = 6 problems, 4 votes each" in repr(show.votes(run.rounds(), seed=0, g=2))


# ---- public problems in the place of stories


def test_a_room_takes_a_public_set_for_a_real_model_and_says_how_much_of_it(qwen_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin("00_test", str(qwen_folder), task=str(DATA / "gsm8k"))
    assert "8 of 8 problems to train on, 6 of 6 others to measure on" in capsys.readouterr().out
    assert {p.id.rpartition("-")[0] for p in room.train} == {"gsm8k-train"} and len(room.fresh) == 6
    assert room.max_tokens == FAST.longest < 320 and "8 problems to train on" in repr(room)
    assert [school.longest(str(DATA / name)) for name in ("gsm8k", "math500.jsonl")] == [320, 512], "by columns"
    assert all(p.prompt.count("####") == 1 for p in room.train), "told the form once"
    assert [p.level for p in room.stories(2, (5,))] == [5, 5] and "####" in room.stories(1)[0].prompt
    assert lesson.begin("00_test", str(qwen_folder), task=str(DATA / "gsm8k")).problems() == room.problems()


def test_an_exam_of_a_public_set_keeps_the_dozen_stories(qwen_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin_exam("08_test", str(qwen_folder), task=str(DATA / "math500.jsonl"))
    plain = [p for p in room.train if not lesson.gauges.is_dozen(p)]
    assert {p.level for p in plain} == {1, 2, 3, 4, 5} and 2 <= len(room.train) - len(plain) <= len(plain)
    row = {"value": 0.5, "interval": [0.4, 0.6], "n": 2, "outcomes": [0, 1]}
    picture = room.live(
        {
            "method": "ttrl",
            "model": "m",
            "seed": 0,
            "rounds": [{"round": 0, "n": 2, "plain": row, "blind": row, "vote": row}],
        }
    )
    assert "an exam of plain and dozen questions" in picture.alt


@pytest.fixture
def talks(tmp_path, monkeypatch, capsys):
    """A room about people's questions, opened from one about stories with the same model, of few tokens: it learns to end."""
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path))
    room = lesson.begin("04_test", str(models.make_qwen(tmp_path / "model", positions=4096)))
    talks = lesson.begin_talks(room, str(DATA / "oasst1"), judging=True)
    assert "8 of 8 questions to train on, 6 of 6 others to measure on" in capsys.readouterr().out
    assert talks.policy is room.policy and "8 questions to train on" in repr(talks)
    return replace(talks, train=talks.train[:3], fresh=talks.fresh[:4], max_tokens=12)


def test_replies_to_people_s_questions_are_measured_against_the_base_s_by_the_base(talks):
    measure = replace(talks, gauge=gauges.replies).measure()
    base = measure(talks.policy)
    assert base["cut"]["value"] == 1.0, "random weights hardly ever end"
    assert base["outcomes"] == pytest.approx([0.5] * 4) and base["interval"] == pytest.approx([0.5, 0.5])
    assert base["tokens"]["n"] == 4
    shown = [Example(p.prompt, p.facts["given"]) for p in talks.train]
    taught = sft(talks.policy, shown, lr=1e-2, epochs=4, batch=4, seed=0)
    found = measure(taught)
    assert found["outcomes"] != base["outcomes"] and all(0 < x < 1 for x in found["outcomes"])
    before, after = (drawn(p, talks.fresh, talks.seed, talks.max_tokens) for p in (talks.policy, taught))
    asked = [
        (p.prompt, b.completions_G[0].text, a.completions_G[0].text, people.HELPFUL)
        for p, a, b in zip(talks.fresh, before, after, strict=True)
    ]
    assert found["outcomes"] == pytest.approx(preferences(talks.policy, asked)), (
        "new first, the base's second, the base judges"
    )


def test_a_judge_is_held_to_how_people_ranked(talks, monkeypatch):
    best = {p.facts["given"] for p in talks.fresh}

    def judged(policy, asked, n, how, seed, **kwargs):
        return [[5] * n if text in best else [2] * n for _, text in asked]

    monkeypatch.setattr("course_lib.agreement.judgements", judged)
    found = talks.measure()(talks.policy)
    assert found["judge"]["value"] == 1.0 and found["judge"]["n"] == min(4, talks.budget.judged)
    assert found["unread"]["value"] == 0.0
    monkeypatch.setattr(
        "course_lib.agreement.judgements", lambda policy, asked, n, how, seed, **kwargs: [[] for _ in asked]
    )
    found = talks.measure()(talks.policy)
    assert found["judge"]["value"] == 0.5, "what can't be read decides nothing"
    assert found["unread"]["value"] == 1.0, "and is counted"


def test_a_model_rewards_its_own_replies_to_people_and_is_held_to_a_coin(talks, monkeypatch):
    def judged(policy, asked, n, how, seed, *rest, **kwargs):
        return [[len(text) % 6] * n for _, text in asked]

    monkeypatch.setattr("course_lib.judge.judgements", judged)
    shown = [Example(p.prompt, text) for p in talks.train for text in ("Yes.", "No.", "So so.", "Ask me.")]
    ending = sft(talks.policy, shown, lr=2e-2, epochs=20, batch=12, seed=0)  # random weights would hardly ever end
    room = replace(talks, gauge=gauges.replies, policy=ending)
    run = room.run(self_rewarding(8, least=0.0, nll=0.0, lr=1e-3, max_tokens=24), rounds=1)
    ((groups, kept),) = run.rounds()
    assert len(groups) == 3 and kept and all(len(p.chosen) % 6 > len(p.rejected) % 6 for p in kept)
    assert (
        "by the base as judge" in repr(run) and "bootstrap" in repr(run) and "a coin says which is chosen" in repr(run)
    )


def test_people_s_questions_are_not_for_the_pocket_model(opened):
    with pytest.raises(CourseError, match="PEOPLE is 'oasst1', and the pocket model knows only its town: set MODEL"):
        lesson.begin_talks(opened(), "oasst1")


def test_the_pocket_model_is_not_sent_to_school():
    with pytest.raises(
        CourseError, match="TASK is 'gsm8k', and the pocket model knows only its town: set MODEL to a real"
    ):
        lesson.begin("00_test", task="gsm8k")


def test_gains_are_told_level_by_level():
    problems = [Problem(str(i), "?", "1", level) for i, level in enumerate((1, 5, 1, 5))]
    told = lesson.by_level(problems, [0.5, 0.25, 1.0, 0.25], [1.0, 0.25, 1.0, 0.25]).splitlines()
    assert told[0].startswith("level 1, n = 2: 75.0% [") and "100.0% after: +25.0 points [" in told[0]
    assert told[1] == "level 5, n = 2: 25.0% [2.7, 80.2] before, 25.0% after: +0.0 points [-49.0, +49.0]"


# ---- the failure lab: checkers, an agent, a language


@pytest.fixture
def fast(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("COURSE_RUNS", str(tmp_path / "runs"))


def intervals_hold(found, *names):
    """Every number has n outcomes, whose mean it is, and an interval around it."""
    for row in (found[name] for name in names):
        low, high = row["interval"]
        assert row["n"] == len(row["outcomes"]) and row["value"] == pytest.approx(mean(row["outcomes"]))
        assert low <= row["value"] <= high
    return True


def test_a_checked_room_measures_gold_beside_every_proxy_on_the_same_answers(opened):
    checkers = {"the answer": verify, "anywhere": anywhere, "both": all_of(anywhere, arithmetic)}
    room = replace(opened(), max_tokens=80)
    found = gauges.checked(room, by=checkers)(room.policy)
    assert list(found["checks"]) == list(checkers) and intervals_hold(found["checks"], *checkers)
    assert found["checks"]["the answer"]["outcomes"] == [float(x) for x in found["outcomes"]] and found["n"] == 4
    assert all(a >= g for a, g in zip(found["checks"]["anywhere"]["outcomes"], found["outcomes"], strict=True))
    written = gauges.writing(room)(room.policy)
    same = ("accuracy", "interval", "n", "outcomes", "tokens", "axis")
    assert [found[k] for k in same] == [written[k] for k in same], "the same answers, drawn at T = 1"
    assert {"pass_at_1", "pass_at_16", "entropy", "kl"} <= set(found)


def test_a_watched_room_measures_what_an_inspection_needs(opened):
    room = replace(opened(), max_tokens=80)
    found = gauges.watched(room, score=anywhere)(room.policy)
    own = found["checks"][OWN]
    assert found["n"] == 4 and len(found["outcomes"]) == 4 * EACH and own["n"] == 4
    assert found["accuracy"] == mean(found["outcomes"]) <= own["value"], "the hole lets no right answer go"
    assert abs(found["kl"]["value"]) < 1e-5, "the policy that it is compared with"


def test_a_workshop_s_room_has_an_apprentice_and_longer_tasks(fast, pocket):
    room = lesson.begin_workshop("09b_test")
    assert weights_hash(room.policy.model) == weights_hash(apprentice(pocket).model) != weights_hash(pocket.model)
    assert len(room.train) == FAST.problems // 4 and 0 < len(room.fresh) <= FAST.fresh
    assert not {p.prompt for p in room.train} & {p.prompt for p in room.fresh}
    assert {p.level for p in room.train + room.fresh} == {3, 4} and room.max_tokens == 60
    assert {p.level for p in lesson.begin_workshop("09b_test", levels=(1, 2)).fresh} == {1, 2}
    assert room.train != lesson.begin_workshop("09b_test", seed=1).train
    assert all(f"{p.facts['key']}" in p.prompt and p.prompt.endswith("?") for p in room.train)
    room = replace(room, fresh=room.fresh[:8])
    found = room.measure()(room.policy)
    assert intervals_hold(found, "honest", "tampers", "entropy") and found["n"] == 8
    assert found["accuracy"] == found["honest"]["value"] and found["outcomes"] == found["honest"]["outcomes"]


def test_an_agent_s_gauge_counts_every_task_and_tampering_whether_or_not_it_pays(fast, monkeypatch):
    room = lesson.begin_workshop("09b_test")
    room = replace(room, fresh=room.fresh[:6])
    first, *_, last = room.fresh
    key, test = first.facts["key"], first.facts["test"]
    said = [
        honest(first),
        f"open {key}\nsubmit {room.fresh[1].answer}",  # it pays
        f"open {key}\nsubmit 0",  # it does not
        f"edit {test}\nsubmit 0",
        "",
        f"open {key}\n{honest(last)}",  # worked out, and opened the key
    ]
    told = [Group(p, (Completion(text, logprob=-2.0),)) for p, text in zip(room.fresh, said, strict=True)]
    monkeypatch.setattr(gauges, "drawn", lambda *args: told)
    found = room.measure()(room.policy)
    assert found["honest"]["outcomes"] == [1, 0, 0, 0, 0, 0] and found["tampers"]["outcomes"] == [0, 1, 1, 1, 0, 1]
    assert {found[k]["n"] for k in ("honest", "tampers", "entropy")} == {found["n"]} == {6}, "an empty one, too"
    assert found["accuracy"] == pytest.approx(1 / 6) and found["entropy"]["value"] == 2.0
    assert found["axis"] == gauges.HONEST


def test_a_library_s_room_measures_what_is_left_of_the_language(fast):
    room = lesson.begin_library("09c_test")
    assert {p.prompt for p in room.train + room.fresh} == {PROMPT} and len(room.train) >= 4 and len(room.fresh) >= 8
    found = room.measure()(room.policy)
    assert intervals_hold(found, "tail", "grammatical", "entropy", "loss")
    assert found["grammatical"]["n"] == found["loss"]["n"] == len(room.fresh) and found["axis"] == gauges.ALIVE
    assert found["accuracy"] == found["tail"]["value"] and found["n"] == found["tail"]["n"] == len(found["outcomes"])
    assert found == room.measure()(room.policy) != lesson.begin_library("09c_test", seed=1).measure()(room.policy)


def test_another_model_is_told_of_the_tools(fast, qwen_folder):
    room = lesson.begin_workshop("09b_test", str(qwen_folder))
    assert all(p.prompt.endswith(opening.TOOLS) for p in room.train + room.fresh) and room.policy.weights is None
    assert room.lr == 1e-4 and room.max_tokens > 60
    pocket = lesson.begin_workshop("09b_test")
    assert [p.answer for p in room.train] == [p.answer for p in pocket.train]


@pytest.fixture
def reader(fast, qwen_folder, monkeypatch):
    monkeypatch.setattr(opening, "READ", 8)
    return lesson.begin_library("09c_test", str(qwen_folder))


def test_another_model_reads_real_passages_before_the_first_generation(reader, qwen):
    assert reader.policy.weights is not None and weights_hash(reader.policy.model) != weights_hash(qwen.model)
    assert weights_hash(reader.policy.base) == weights_hash(qwen.base)


def test_another_model_s_generations_are_trained_at_a_real_model_s_rate(reader):
    assert reader.lr == 1e-4


@pytest.mark.parametrize("begin", [lesson.begin_workshop, lesson.begin_library])
def test_a_room_of_the_lab_does_not_speak_of_stories(begin, fast):
    assert "stories" not in repr(begin("09_test"))


# ---- generations side by side


@pytest.fixture
def library(fast):
    """Opens a room of three passages a generation, as if the kernel were new."""

    def begin(folder="library"):
        room = lesson.begin_library("09c_test")
        return replace(room, train=room.train[:3], fresh=room.fresh[:4], folder=room.folder.parent / folder)

    return begin


@pytest.fixture
def measured(monkeypatch):
    """Counts what is measured; `stop_at` interrupts that one, as ■ does."""
    seen, measure = {"base": 0, "others": 0, "stop_at": None}, lesson.Room.measure

    def counting(self, *bar):
        inside = measure(self, *bar)

        def once(policy):
            if policy is not self.policy:
                seen["others"] += 1
            if seen["stop_at"] == seen["others"] and policy is not self.policy:
                raise KeyboardInterrupt
            seen["base"] += policy is self.policy
            return inside(policy)

        return once

    monkeypatch.setattr(lesson.Room, "measure", counting)
    return seen


DIETS = {"own words": {"diet": replaced}, "mixed in": {"diet": mixed(0.4)}}


def rows_of(fed):
    """What a feed found, without the seconds it took."""
    return {name: [{k: v for k, v in r.items() if k != "seconds"} for r in rows] for name, rows in fed.rounds.items()}


def test_diets_begin_with_one_measurement_and_are_read_the_second_time(library, measured):
    pictures = []
    first = feed(library(), DIETS, 1, draw=lambda picture, force=False: pictures.append((picture.alt, force)))
    assert measured["base"] == 1 and measured["others"] == 2, "what all begin with is measured once"
    own, mixed_in = first.rounds.values()
    assert [r["round"] for r in own] == [0, 1] == [r["round"] for r in mixed_in] and own[0]["tail"] == mixed_in[0][
        "tail"
    ]
    assert list(first.rounds) == list(first.policies) == list(first.folders) == list(DIETS)
    assert pictures[-1][1] and not any(force for _, force in pictures[:-1]) and "own words: " in pictures[-1][0]
    assert "mixed in: " in repr(first) and "rare words still written (%)" in repr(first) and "[picture]" in repr(first)
    again = feed(library(), DIETS, 1, draw=lambda *args, **how: None)
    assert measured["base"] == 1 and measured["others"] == 2, "nothing is measured again"
    assert again.rounds == first.rounds and again.folders == first.folders
    assert all(same_weights(again.policies[name].weights, first.policies[name].weights) for name in DIETS)


def test_diets_that_were_stopped_go_on_to_the_same_numbers(library, measured, capsys):
    measured["stop_at"] = 2  # the second diet's first generation
    stopped = feed(library("a"), DIETS | {"never begun": {"diet": accumulated}}, 1)
    assert "Stopped. 0 finished generations kept." in capsys.readouterr().out
    assert {name: len(rows) for name, rows in stopped.rounds.items()} == {"own words": 2, "mixed in": 1}
    assert "[picture]" in repr(stopped) and stopped.last("mixed in")["tail"]["outcomes"]
    measured["stop_at"] = None
    went_on, unbroken = feed(library("a"), DIETS, 1), feed(library("b"), DIETS, 1)
    assert rows_of(went_on) == rows_of(unbroken) and [len(r) for r in rows_of(unbroken).values()] == [2, 2]
    assert all(same_weights(went_on.policies[n].weights, unbroken.policies[n].weights) for n in DIETS)
    assert {f.name for f in went_on.folders.values()} == {f.name for f in unbroken.folders.values()}


def nothing_kept(groups, turn):
    return []


def test_a_diet_that_kept_nothing_ends_and_the_next_begins(library, measured, capsys):
    diets = {"nothing kept": {"keep": nothing_kept}, "own words": {"diet": replaced}}
    fed = feed(library(), diets, 2)
    assert "Generation 1 kept nothing" in capsys.readouterr().out
    assert {name: [r["kept"] > 0 for r in rows] for name, rows in fed.rounds.items()} == {
        "nothing kept": [False, False],
        "own words": [False, True, True],
    }
    assert fed.policies["nothing kept"].weights is None and len(fed.texts("nothing kept", 1)) == 3
    assert feed(library(), diets, 2).rounds == fed.rounds and "Generation 1 kept nothing" in capsys.readouterr().out


def test_a_feed_stopped_before_anything_was_measured_is_empty(library, monkeypatch, capsys):
    def stopped(policy):
        raise KeyboardInterrupt

    monkeypatch.setattr(lesson.Room, "measure", lambda self, bar=None: stopped)
    fed = feed(library(), DIETS, 1)
    assert fed.rounds == {} and list(fed.policies) == ["own words"] and "Stopped." in capsys.readouterr().out


def test_what_was_fed_can_be_read_text_by_text_and_word_by_word(library):
    room = library()
    fed = feed(room, {"the likelier": {"keep": top_k(1), "over": 2}}, 1)
    texts, rows = fed.texts("the likelier", 1), fed.rounds["the likelier"]
    assert len(texts) == 2 * len(room.train), "before anything was chosen"
    assert rows[1]["kept"] == len(room.train)
    last = fed.last("the likelier")
    assert last["tail"]["value"] == rows[1]["tail"]["value"] and len(last["tail"]["outcomes"]) == last["tail"]["n"]
    assert "outcomes" not in rows[1]["tail"]
    words = fed.words("the likelier")
    assert len(words) == 2 and all(len(counts) == len(by_frequency()) for counts in words)
    slot, word = by_frequency()[3]
    assert words[1][3] == last["words"][slot][WORDS[slot].index(word)]
    assert sum(words[0]) > 0 and sum(words[1]) == sum(map(sum, last["words"].values()))
    drawn = show.tail({name: fed.words(name) for name in fed.rounds}, words=[w for _, w in by_frequency()])
    assert f"the likelier: {sum(n > 0 for n in words[0])} words at generation 0" in drawn.alt


@pytest.fixture
def kept_in(monkeypatch):
    """The folder a feed would use, without running."""
    from course_lib.lesson import diets

    monkeypatch.setattr(diets, "generations", lambda policy, **how: (policy, []))
    return lambda room, how, rounds=2: feed(room, {"toy": how}, rounds, draw=lambda *a, **k: None).folders["toy"]


def test_other_settings_of_a_feed_are_another_run(library, kept_in):
    room, own = library(), {"diet": replaced}
    assert kept_in(room, own) == kept_in(library(), {"diet": replaced}) and kept_in(room, own).parent == room.folder
    others = [{"diet": mixed(0.1)}, {"diet": mixed(0.2)}, own | {"temperature": 1.3}, own | {"from_base": True}]
    folders = [kept_in(room, how) for how in (own, *others)]
    folders += [kept_in(room, own, rounds=3), kept_in(replace(room, seed=1), own)]
    folders.append(kept_in(replace(room, policy=replace(room.policy, base=moved(room.policy.base))), own))
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize(
    "change",
    [lambda r: {"train": r.train[:2]}, lambda r: {"fresh": r.fresh[:2]}, lambda r: {"lr": 1e-4}],
    ids=["passages a generation", "passages measured on", "learning rate"],
)
def test_other_numbers_of_a_room_are_another_feed(change, library, kept_in):
    room, own = library(), {"diet": replaced}
    assert kept_in(replace(room, **change(room)), own) != kept_in(room, own)


def test_dials_feed_what_the_sliders_say(library):
    room, seen = library(), []

    def make(share):
        seen.append(share)
        return {f"{share:.0%} real": {"diet": mixed(share)}}

    before = feed(room, {"own words": {"diet": replaced}}, 1)
    panel = dials(room, make, before, 1, share={"values": [0.1, 0.5], "start": 0.1})
    assert seen == [] and "own words: " in repr(panel), "until then it shows the run above"
    fed = panel.run(share=0.5).wait()
    assert seen == [0.5] and list(fed.rounds) == ["50% real"] and len(fed.rounds["50% real"]) == 2
    assert "50% real: " in repr(panel)


# ---- what it begins with


def test_tests_and_learners_get_their_own_amount_of_work(monkeypatch):
    from course_lib.lesson.budget import budget

    monkeypatch.setenv("COURSE_FAST", "1")
    assert budget() == FAST
    monkeypatch.setenv("COURSE_FAST", "0")
    assert budget() == Budget() != FAST


def test_nothing_that_is_measured_on_is_trained_on(opened, monkeypatch):
    room = lesson.begin("00_test", levels=(5, 6), measured=(5, 6))
    assert len(room.train) == FAST.problems and len(room.fresh) == FAST.fresh
    assert not {p.prompt for p in room.train} & {p.prompt for p in room.fresh}
    more = room.stories(50)
    assert not {p.prompt for p in more} & {p.prompt for p in room.train + room.fresh}


def test_the_room_says_what_it_is_and_where_its_runs_are(opened, monkeypatch):
    room = opened()
    assert "pocket: 1.8 million parameters" in repr(room) and str(room.folder) in repr(room)
    monkeypatch.delenv("COURSE_RUNS")
    assert lesson.begin("00_test").folder == Path("runs/00_test")


def test_another_model_is_told_how_to_answer(opened, qwen_folder):
    room = opened(model=str(qwen_folder))
    assert all(p.prompt.endswith(ASK) for p in room.train + room.fresh + room.stories(3))
    assert room.lr < 1e-3 and room.max_tokens == FAST.longest
    pocket = opened()
    assert not any(ASK in p.prompt for p in pocket.train + pocket.fresh + pocket.stories(3))
    assert [p.answer for p in room.fresh] == [p.answer for p in pocket.fresh]


# ---- predictions


def test_a_prediction_is_shown_again_beside_the_number(room):
    room.predict("Will it rise?", "yes", "no").choose("no")
    told = room.recall("Will it rise?", "by 3 points.")
    assert "You predicted: no." in repr(told) and "Measured: by 3 points." in repr(told)
    assert "You predicted: no." in told._repr_html_()


def test_a_prediction_outlives_the_kernel(opened):
    opened().predict("Will it rise?", "yes", "no").choose("no")
    assert opened().predict("Will it rise?", "yes", "no").value == "no"
    assert "You predicted: no." in repr(opened().recall("Will it rise?", "-"))


def test_questions_do_not_share_an_answer_and_the_last_choice_counts(room):
    asked = room.predict("Will it rise?", "yes", "no")
    room.predict("Will it fall?", "yes", "no").choose("yes")
    asked.choose("yes")
    asked.choose("no")
    assert "predicted: no." in repr(room.recall("Will it rise?", "-"))
    assert "predicted: yes." in repr(room.recall("Will it fall?", "-"))


def test_without_a_prediction_it_says_so(room):
    room.predict("Will it rise?", "yes", "no")
    assert "no prediction was made" in repr(room.recall("Will it rise?", "-"))


def test_an_option_that_is_no_longer_there_is_not_chosen(room):
    room.predict("Will it rise?", "yes", "no").choose("no")
    assert room.predict("Will it rise?", "yes", "a little").value is None


def test_a_prediction_is_text_on_the_page(room):
    room.predict("Which?", "a < b", "b < a").choose("a < b")
    assert "a &lt; b" in room.recall("Which?", "b <i>")._repr_html_()
    assert "<i>" not in room.recall("Which?", "b <i>")._repr_html_()


# ---- runs


def test_a_run_stands_beside_its_control_and_is_read_the_second_time(room, capsys):
    first = room.run(method())
    assert (
        [r["round"] for r in first.found["rounds"]] == [0, 1] == [r["round"] for r in first.found["control"]["rounds"]]
    )
    assert set(first.found["gain"]) == {"vs_base", "vs_control"}
    assert "kept at random" in repr(first) and "[picture]" in repr(first)
    ((groups, kept),) = first.rounds()
    assert len(groups) == 4 and len(kept) == first.found["rounds"][-1]["kept"] > 0
    assert len(first.rounds("control")) == 1
    capsys.readouterr()
    files = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*.jsonl")}
    again = room.run(method())
    assert "ran to their end before; read from" in capsys.readouterr().out
    assert again.found == first.found and same_weights(again.policy.weights, first.policy.weights)
    assert files == {p: p.stat().st_mtime_ns for p in first.folder.rglob("*.jsonl")}


@pytest.fixture
def placed(monkeypatch):
    """The folder a run would go to, without running."""
    monkeypatch.setattr(runs, "run", lambda policy, method, problems, measure, place, **how: place)
    return lambda room, method, **how: room.run(method, **how)


def twice(groups, turn):
    return correct(cap=2)(groups, turn) * 2


def thrice(groups, turn):
    return correct(cap=2)(groups, turn) * 3


def test_the_same_settings_are_the_same_run(opened, placed):
    assert placed(opened(), method(select=twice)) == placed(opened(), method(select=twice))


@pytest.mark.parametrize(
    "change",
    [
        lambda room: (room, method(select=thrice), {}),
        lambda room: (room, replace(rft(k=5, lr=2e-3), name="toy", select=twice), {}),
        lambda room: (room, method(select=twice), {"rounds": 3}),
        lambda room: (room, method(select=twice), {"control": False}),
        lambda room: (replace(room, seed=1), method(select=twice), {}),
        lambda room: (replace(room, train=room.train[:3]), method(select=twice), {}),
        lambda room: (replace(room, fresh=room.fresh[:3]), method(select=twice), {}),
        lambda room: (replace(room, max_tokens=100), method(select=twice), {}),
    ],
    ids=["slot", "setting", "rounds", "control", "seed", "problems", "fresh problems", "length"],
)
def test_a_change_is_another_run(change, room, placed):
    other, changed, how = change(room)
    assert placed(other, changed, **how) != placed(room, method(select=twice))


def test_a_trained_policy_is_another_beginning(room, placed):
    learned = replace(room.policy, base=moved(room.policy.base))
    assert placed(replace(room, policy=learned), method()) != placed(room, method())


def moved(model):
    import copy

    other = copy.deepcopy(model)
    with torch.no_grad():
        next(other.parameters()).add_(1.0)
    return other


def stopping(at, round, switch):
    """The method, one slot of which is interrupted once, as ■ does."""
    plain = method()
    inside = getattr(plain, at)

    def slot(*args):
        if args[-1].round == round and switch.is_set():
            switch.clear()
            raise KeyboardInterrupt
        return inside(*args)

    return replace(plain, **{at: slot})


@pytest.mark.parametrize(("at", "round", "control"), [("train", 1, True), ("select", 2, False)])
def test_a_stopped_run_goes_on_to_the_same_numbers(at, round, control, opened, capsys):
    """Stopped in its last round, in training or in selecting; with and without a control to come."""
    switch, how = threading.Event(), {"rounds": round, "control": control}
    switch.set()
    stopped = opened("stopped").run(stopping(at, round, switch), **how)
    kept = {1: "0 finished rounds", 2: "1 finished round"}[round]
    assert f"Stopped. {kept} kept." in capsys.readouterr().out
    assert len(stopped.found["rounds"]) == round and "control" not in stopped.found
    assert "[picture]" in repr(stopped) and stopped.policy is not None
    went_on = opened("stopped").run(stopping(at, round, switch), **how)
    assert "stopped before its end; going on with it" in capsys.readouterr().out
    unbroken = opened("unbroken").run(stopping(at, round, switch), **how)
    assert went_on.folder.name == unbroken.folder.name
    assert numbers(went_on) == numbers(unbroken) and len(went_on.found["rounds"]) == round + 1
    assert same_weights(went_on.policy.weights, unbroken.policy.weights)
    assert (went_on.twin is not None) is control


def test_a_run_stopped_in_its_control_keeps_the_method(room):
    calls, place, how = iter(range(9)), room.folder / "by-hand", {"rounds": 1, "seed": 0, "with_control": True}

    def measure(policy):
        if next(calls) == 2:  # after the base and the method's round: the control's round
            raise KeyboardInterrupt
        return room.measure()(policy)

    stopped = runs.run(room.policy, method(), room.train, measure, place, **how)
    assert len(stopped.found["rounds"]) == 2 and set(stopped.found["gain"]) == {"vs_base"}
    went_on = runs.run(room.policy, method(), room.train, room.measure(), place, **how)
    assert "vs_control" in went_on.found["gain"] and went_on.found["rounds"] == stopped.found["rounds"]


def test_a_run_that_keeps_nothing_has_ended(room, capsys):
    def nothing(groups, turn):
        return []

    found = room.run(method(select=nothing))
    assert "Round 1 kept nothing" in capsys.readouterr().out
    assert repr(found) and found.rounds()[0][1] == []
    room.run(method(select=nothing))
    assert "ran to their end before" in capsys.readouterr().out


def test_stopped_before_anything_was_measured_it_says_so(room, monkeypatch):
    def measure(self, bar=None):
        def stopped(policy):
            raise KeyboardInterrupt

        return stopped

    monkeypatch.setattr(type(room), "measure", measure)
    assert repr(room.run(method())) == runs.STOPPED_EARLY


def test_a_run_folder_in_use_is_named(room, placed, monkeypatch):
    place = placed(room, method())
    monkeypatch.undo()
    with (
        sealed.locked(place),
        pytest.raises(CourseError, match="is in use by another run"),
    ):
        runs.run(room.policy, method(), room.train, room.measure(), place, rounds=1, seed=0, with_control=True)


# ---- runs that nobody labelled


def test_two_unlabelled_runs_say_nothing_of_what_they_are(room, capsys):
    room = replace(room, max_tokens=80, gauge=lambda *_: pytest.fail("they are measured in their own way"))
    runs = unlabelled(room, 1)
    assert list(runs) == ["A", "B"] and {one.what for one in runs.values()} == {PLAIN, DOZEN}
    for name, one in runs.items():
        told = f"{one.run.folder.name} {one.run!r} {capsys.readouterr().out}"
        assert one.run.folder.name.startswith(f"run-{name}-") and "dozen" not in told and "right" not in told
        asked = [g.problem for groups, _ in one.run.rounds() for g in groups]
        assert {p.facts["dozen_at"] is not None for p in (*asked, *one.fresh)} == {one.what == DOZEN}
        assert not {p.prompt for p in asked} & {p.prompt for p in one.fresh} and len(one.fresh) == 4
        assert [r["round"] for r in one.score] == [0, 1] and one.score[0]["score"]["n"] == 4
    assert {next(n for n, o in unlabelled(replace(room, seed=s), 0).items() if o.what == PLAIN) for s in range(5)} == {
        "A",
        "B",
    }


# ---- a Run button


def test_the_button_runs_the_method_that_the_sliders_say(room):
    seen = []

    def make(bar, k, hints):
        seen.append((k, hints))
        return star(k=k, hints=hints, bar=bar)

    panel = room.play(make, k=[2, 4], hints={"values": [1, 2], "start": 2})
    assert seen == [], "nothing runs before the button is pressed"
    run = panel.run(k=4).wait()
    assert seen == [(4, 2)]
    assert [r["round"] for r in run.found["rounds"]] == [0, 1] and run.found["rounds"][1]["kept"] > 0
    assert "vs_control" in run.found["gain"] and run.policy.weights is not None
    assert "random keeping" in repr(panel), "its last figure stands there, with the control"
    again = panel.run(k=4).wait()
    assert again.found == run.found and "ran to their end before" in panel.lines[0]


def test_a_finished_run_may_be_drawn_otherwise(room):
    panel = room.play(
        lambda bar, k: star(k=k, bar=bar), after=lambda run: show.compare(run.found, "afterwards"), k=[2, 4]
    )
    panel.run(k=2).wait()
    assert repr(panel).startswith("afterwards")


def test_the_number_of_rounds_may_be_a_slider(room):
    panel = room.play(lambda bar, k: star(k=k, bar=bar), rounds={"values": [1, 2], "start": 2}, k=[2, 4])
    assert [r["round"] for r in panel.run(k=2).wait().found["rounds"]] == [0, 1, 2]
    assert [r["round"] for r in panel.run(rounds=1).wait().found["rounds"]] == [0, 1]


def test_a_cell_s_run_waits_for_the_button_s(room):
    going, free = threading.Event(), threading.Event()

    def make(bar):
        going.set()
        free.wait(20)
        return method()

    panel = room.play(make).run()
    try:
        assert going.wait(20)
        cells = (
            lambda: room.run(method()),
            lambda: feed(room, {"own words": {"diet": replaced}}),
            lambda: ways.go_on(room, None, {}, 1),
        )
        for cell in cells:
            with pytest.raises(CourseError, match="A run of a panel is going"):
                cell()
    finally:
        free.set()
        panel.stop()
        panel.wait(20)


# ---- claims


def test_a_claim_that_was_not_measured_says_how_to(room, monkeypatch):
    from course_lib.claims import table

    monkeypatch.setattr(table, "read", lambda path: [])
    assert repr(room.claim("C03")) == "C03 has not been measured yet; make claims does it."


def test_a_claim_is_the_table_s_row(room, monkeypatch):
    from course_lib.claims import table
    from course_lib.claims.run import pick

    found = {
        "treatment": [1.0] * 30,
        "control": [0.0] * 30,
        "beside": {},
        "also": {},
        "date": "2026-11-25",
        "seconds": 1.0,
    }
    row = table.row(pick(["C03"])[0], [found | {"seed": s} for s in range(5)], "hash")
    monkeypatch.setattr(table, "read", lambda path: [row])
    assert "C03, holds: +100.0" in repr(room.claim("C03"))
    assert room.claim("C03", picture=lambda given: given["effect"]) == 1.0


def test_what_else_a_claim_s_experiment_compares_follows_its_figure(room, capsys):
    told = repr(room.claim("C32"))
    assert "C32, holds" in capsys.readouterr().out
    assert (
        "rare words still written: own words only, against 10 % real: 41.8 against 81.5, −39.6 [−50.5, −27.6] points"
        in told
    )
    assert "own words only, against everything accumulated: 0.47 against 0.21, +0.26 [+0.23, +0.28] nats a word" in told


def test_a_real_model_s_run_begins_with_what_it_will_cost_and_the_pocket_model_s_does_not(opened, qwen_folder, capsys):
    room = replace(opened(model=str(qwen_folder)), max_tokens=8)
    made = replace(rft(k=2, max_tokens=8), name="toy")
    room.run(made)
    told = capsys.readouterr().out
    assert told.index("What toy with its control will cost") < told.index("toy on"), "before the first figure"
    assert f"answers sampled, at most   {4 * 2 + 3 * (4 + 16)}" in told
    room.run(made)
    assert "will cost" not in capsys.readouterr().out, "a finished run is read, and costs nothing"
    room.run(replace(made, name="own", rollout=lambda policy, problems, turn: made.rollout(policy, problems, turn)))
    assert "'own' has a rollout of its own, so its cost can't be told" in capsys.readouterr().out
    opened().run(method())
    assert "will cost" not in capsys.readouterr().out


def test_diets_of_a_real_model_begin_with_what_they_will_cost(library, measured, capsys):
    room = library()
    real = replace(room, policy=replace(room.policy, name="another"))
    diets = {"own words": {"diet": replaced}, "all so far": {"diet": accumulated, "over": 2, "epochs": 1}}
    feed(real, diets, 1)
    told, n, drawn = capsys.readouterr().out, len(room.train), len(room.fresh)
    assert told.index("What 2 diets of 1 generation will cost") < told.index("[picture]")
    assert f"answers sampled, at most   {n + 2 * n + 3 * drawn}\n" in told, "a measure before all, and one for each"
    assert int(re.search(r"trained on, at most ([\d,]+)", told)[1].replace(",", "")) == pytest.approx(
        (3 * n + 2 * n) * (prompt_tokens(real.policy, real.train) + real.max_tokens), abs=1
    ), "three passes over its own; one over those and people's"
    feed(real, diets, 1)
    assert "will cost" not in capsys.readouterr().out, "what is finished is read"


def test_a_cell_tells_what_it_takes_with_a_real_model_alone(room, capsys):
    room.tell("this", answers=40, learned=6)
    assert capsys.readouterr().out == ""
    replace(room, policy=replace(room.policy, name="another")).tell("this", answers=40, learned=6)
    told = capsys.readouterr().out
    prompt = prompt_tokens(room.policy, room.train)
    assert "What this will cost" in told and f"tokens sampled, at most    {40 * 160:,}\n" in told
    assert f"tokens trained on, at most {round(6 * (prompt + 160)):,}\n" in told


def test_rooms_without_a_reward_model_can_hold_its_base_in_four_bits(opened, monkeypatch):
    asked, load = [], opening.load
    monkeypatch.setattr(opening, "load", lambda name, four_bit=False: asked.append(four_bit) or load(name))
    for begin in (lesson.begin, lesson.begin_exam, lesson.begin_workshop, lesson.begin_library):
        begin("00_test", four_bit=True)
    assert asked == [True] * 4


def test_a_run_s_folder_holds_the_words_in_which_the_model_is_asked(opened):
    room, made = opened(), self_rewarding(k=2)
    other = replace(room, policy=replace(room.policy, wording=wording.PLAIN))
    mended = replace(room, policy=replace(room.policy, wording=replace(wording.TOWN, read=lambda text: 3)))
    places = [r._place(made, 1, True, None) for r in (room, other, mended)]
    assert len(set(places)) == 3 and room._place(made, 1, True, None) == places[0]


def test_an_unfinished_run_of_the_same_method_is_named_where_another_begins(opened, capsys, monkeypatch):
    room = opened()
    stopping = {"rounds": 1, "control": False}
    monkeypatch.setattr(runs, "came_to_end", lambda *args: False)  # stopped before its end
    first = room.run(method(), **stopping)
    assert "Unfinished beside it" not in capsys.readouterr().out
    room.run(method(), **stopping)
    assert "was stopped before its end; going on with it" in capsys.readouterr().out
    replace(room, seed=1).run(method(), **stopping)
    told = capsys.readouterr().out
    assert "Unfinished beside it: " + first.folder.name in told and "another kind of machine" in told


def test_an_arm_that_was_never_measured_is_named_and_not_taken_for_another(tmp_path):
    sealed.write(tmp_path / "method/00/measure.json", '{"accuracy": 0.5}')
    stopped = runs.Run({"rounds": []}, None, None, tmp_path)
    assert stopped.measured() == {"accuracy": 0.5}
    with pytest.raises(CourseError, match="stopped before its control was measured: run its cell again"):
        stopped.measured(arm="control")


def test_a_neighbour_s_lost_result_does_not_keep_a_run_from_its_beginning(tmp_path):
    for name in ("star-a", "star-b"):
        sealed.write(tmp_path / name / "method/00/measure.json", "{}")
    sealed.write(tmp_path / "star-b/result.json", "{}")
    (tmp_path / "star-b/result.json").unlink()
    assert runs.unfinished_beside(tmp_path / "star-c") == [tmp_path / "star-a"]
