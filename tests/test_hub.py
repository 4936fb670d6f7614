"""The hub's sets, by stand-ins of their exact columns: what is read of them, and what is said when a column changed."""

import json
import re
from pathlib import Path
from shutil import copyfile

import pytest

from course_lib.errors import CourseError
from course_lib.run.settings import Settings, draw_problems
from course_lib.score import right, step_share
from course_lib.tasks import columns, hub, people

DATA = Path(__file__).parent / "data"
GSM8K, MATH500, OASST1 = DATA / "gsm8k", DATA / "math500.jsonl", DATA / "oasst1"
RECORDED = {  # the columns of each set as its card on the hub lists them
    "openai/gsm8k": (GSM8K / "train.jsonl", ["question", "answer"]),
    "HuggingFaceH4/MATH-500": (MATH500, ["problem", "solution", "answer", "subject", "level", "unique_id"]),
    "OpenAssistant/oasst1": (
        OASST1 / "train.jsonl",
        ["message_id", "parent_id", "user_id", "created_date", "text", "role", "lang", "review_count", "review_result", "deleted",
         "rank", "synthetic", "model_name", "detoxify", "message_tree_id", "tree_state", "emojis", "labels"],
    ),
}  # fmt: skip
SETS = (columns.GSM8K, columns.MATH500, columns.OASST1)


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("of", SETS, ids=lambda s: s.hub)
def test_the_course_reads_the_recorded_columns_and_the_stand_in_has_them(of):
    path, recorded = RECORDED[of.hub]
    assert set(of.columns) <= set(recorded)
    assert all(list(row) == recorded for row in lines(path))
    assert columns.rows(of, of.splits[0], path) == [{k: row[k] for k in of.columns} for row in lines(path)]


@pytest.mark.parametrize("of", SETS, ids=lambda s: s.hub)
def test_a_changed_column_is_named_with_what_is_there(of, tmp_path):
    path, recorded = RECORDED[of.hub]
    path_changed, last = tmp_path / "changed.jsonl", of.columns[-1]
    changed = [{("renamed" if k == last else k): v for k, v in row.items()} for row in lines(path)]
    path_changed.write_text("".join(json.dumps(row) + "\n" for row in changed), encoding="utf-8")
    said = (
        f"has no column '{last}' but {', '.join('renamed' if k == last else k for k in recorded)}: the set has changed"
    )
    with pytest.raises(CourseError, match=re.escape(said)):
        columns.rows(of, of.splits[0], path_changed)


def test_gsm8k_has_its_splits_and_its_levels_are_marked_calculations():
    train, test = hub.both(str(GSM8K))
    assert len(train) == 8 and len(test) == 6 and not {p.prompt for p in train} & {p.prompt for p in test}
    assert [p.level for p in train[:3]] == [1, 2, 2] and test[-1].answer == "1000"
    assert "####" in train[0].prompt, "a real model is told the form"


def test_a_folder_as_the_hub_lays_it_out_is_read(tmp_path):
    from datasets import Dataset

    for split in ("train", "test"):
        path = tmp_path / "main" / f"{split}-00000-of-00001.parquet"
        path.parent.mkdir(exist_ok=True)
        Dataset.from_list(lines(GSM8K / f"{split}.jsonl")).to_parquet(str(path))
    (tmp_path / "socratic").mkdir()
    (tmp_path / "socratic" / "train.jsonl").write_text('{"question": "?", "answer": "#### 0"}\n', encoding="utf-8")
    assert hub.gsm8k("test", tmp_path) == hub.gsm8k("test", GSM8K)
    assert hub.gsm8k("train", tmp_path) == hub.gsm8k("train", GSM8K)


def test_the_socratic_files_beside_the_plain_ones_are_no_more_problems(tmp_path):
    for name in ("train", "test"):
        for kind in (name, f"{name}_socratic"):
            (tmp_path / f"{kind}.jsonl").write_text('{"question": "?", "answer": "#### 0"}\n', encoding="utf-8")
    assert [len(part) for part in hub.both(str(tmp_path))] == [1, 1]
    (tmp_path / "train.jsonl").rename(tmp_path / "gsm8k_train.jsonl")
    assert len(hub.gsm8k("train", tmp_path)) == 1


def test_a_single_file_is_read_in_each_of_its_forms(tmp_path):
    from datasets import Dataset

    rows, as_lines = lines(GSM8K / "train.jsonl"), GSM8K / "train.jsonl"
    Dataset.from_list(rows).to_parquet(str(tmp_path / "a.parquet"))
    (tmp_path / "b.json").write_text(json.dumps(rows), encoding="utf-8")
    wanted = [[p.prompt for p in part] for part in hub.both(str(as_lines))]
    for name in ("a.parquet", "b.json"):
        found = draw_problems(Settings(problems=str(tmp_path / name)))
        assert [[p.prompt for p in part] for part in found] == wanted
    (tmp_path / "math").mkdir()
    copyfile(MATH500, tmp_path / "math" / "test.jsonl")
    assert hub.both(str(MATH500)) == hub.both(str(tmp_path / "math")), "MATH-500's lines are no GSM8K's"


def test_levels_and_answers_in_other_spellings_are_read(tmp_path):
    row = lines(MATH500)[0] | {"answer": 7, "level": "Level 3"}
    assert hub.from_math(row).answer == "7" and hub.from_math(row).level == 3
    with pytest.raises(CourseError, match="has the level 'hard': it needs a number"):
        hub.from_math(row | {"level": "hard"})


def test_math500_keeps_plain_numbers_and_its_levels():
    problems = hub.math500(MATH500)
    gold = {row["unique_id"]: row["answer"] for row in lines(MATH500)}
    assert {p.id for p in problems} == {i for i, a in gold.items() if re.fullmatch(r"-?[\d,.]+", a)}
    assert [p.level for p in problems] == [1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    assert {p.answer for p in problems} >= {"500500", "0.5", "-3"}
    (big,) = (p for p in problems if p.answer == "500500")
    assert right(big, "1000*1001/2=500500\n#### 500,500") == 1.0 and right(big, r"\boxed{500500}") == 0.0
    assert step_share(big, "1000*1001/2=500500\n#### 500500") == 1.0, (
        "steps of a problem without facts are calculations"
    )


def test_a_set_with_one_split_is_cut_by_name_and_level():
    problems = hub.math500(MATH500)
    train, fresh = hub.halves(problems)
    assert sorted(train + fresh, key=problems.index) == problems
    assert (train, fresh) == hub.halves(problems[::-1]), "no order of the rows changes it"
    for level in range(1, 6):
        of_level = [sum(p.level == level for p in half) for half in (train, fresh)]
        assert 0 <= of_level[0] - of_level[1] <= 1
    assert hub.both(str(MATH500)) == (train, fresh)


def test_people_s_questions_have_the_reply_ranked_first_and_the_one_ranked_last():
    train, fresh = people.both(OASST1)
    assert len(train) == 8 and len(fresh) == 6 and all(p.answer is None for p in train)
    basil = next(p for p in train if "basil" in p.prompt)
    assert basil.facts["given"].startswith("Give it light") and basil.facts["worst"] == "Buy a new one.", (
        "by rank, not by place"
    )
    assert people.pairs([basil]) == [(basil.prompt, basil.facts["given"], basil.facts["worst"])]


def test_of_people_s_questions_only_those_fit_that_people_answered_twice_in_english():
    asked = {p.prompt for p in people.questions("train", OASST1)}
    said = " ".join(row["text"] for row in lines(OASST1 / "train.jsonl"))
    for left_out in ("Himmel", "taken back", "with one reply?", "a machine answered", "too long", "And then?"):
        assert left_out in said and not any(left_out in prompt for prompt in asked)
    long = next(row for row in lines(OASST1 / "train.jsonl") if row["message_id"] == "long-0")
    assert long["rank"] == 0 and len(long["text"]) > people.LONGEST, "the next best is not people's favourite"
    with pytest.raises(CourseError, match="is one file: give a folder with the set's files, train and validation"):
        people.both(OASST1 / "train.jsonl")


def test_what_is_no_set_is_named(tmp_path):
    with pytest.raises(CourseError, match="task 'gsm9k' is not there: give 'stories', 'gsm8k', 'math500'"):
        hub.both("gsm9k")
    with pytest.raises(CourseError, match="has the columns message_id, .*, labels: it needs those of a known set"):
        hub.both(str(OASST1))
    with pytest.raises(CourseError, match="holds no file of rows"):
        hub.both(str(tmp_path))
    (tmp_path / "train.jsonl").write_text((GSM8K / "train.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"holds no file named after the split 'test', but train\.jsonl"):
        hub.both(str(tmp_path))


def test_without_a_network_the_way_out_is_said(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CourseError, match=r"HuggingFaceH4/MATH-500 could not be read \(\w+\): without a network give"):
        hub.math500()


def test_the_command_line_takes_a_number_of_a_set(monkeypatch):
    monkeypatch.setattr(hub, "math500", lambda where=None, real=hub.math500: real(where or MATH500))
    train, fresh = draw_problems(Settings(problems="math500:3", held_out=4))
    assert len(train) == 3 and len(fresh) == 4 and not {p.id for p in train} & {p.id for p in fresh}
    train, fresh = draw_problems(Settings(problems=str(GSM8K / "train.jsonl")))
    assert len(train) == 7 and len(fresh) == 1
