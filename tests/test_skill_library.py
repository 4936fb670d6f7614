"""A library of skills: written down from solutions, checked before it is stored, called to do what no single answer does."""

from importlib import import_module

import pytest

from course_lib.answers import same_answer
from course_lib.errors import CourseError
from course_lib.methods.voyager import (
    answered,
    checked,
    first_of_each,
    passes,
    proposed,
    self_checked,
    unchecked,
    voyager,
)
from course_lib.policy import weights_hash
from course_lib.skill_library import (
    Library,
    Skill,
    carried_out,
    edited,
    kind_of,
    kinds,
    recalculated,
    sentences,
    solve,
    written_down,
)
from course_lib.tasks.stories import ASK, stories
from course_lib.types import Completion, Group, Problem

method = import_module("course_lib.methods.voyager")  # the package has a function of this name
STORY = Problem(
    "mia", "Mia has 20 nuts. She buys 14 more. Then she gives a dozen to Tom. How many nuts does Mia have now?", "22"
)
RIGHT, TEN = "20+14=34\n34-12=22\n#### 22", "20+14=34\n34-10=24\n#### 24"


def skill(kind, rule, source=""):
    return Skill(kind, f"def f{len(kind) * 'x'}(have, n):\n    return {rule}\n", source=source)


def library(**rules):
    return Library(
        {k: skill(k, r) for k, r in {"buys # more": "have + n", "gives a dozen to @": "have - 12", **rules}.items()}
    )


# ---- reading and writing down


def test_sentences_are_told_apart_by_their_kind():
    assert sentences(STORY.prompt) == ["Mia has 20 nuts", "She buys 14 more", "Then she gives a dozen to Tom"]
    assert sentences(STORY.prompt + ASK) == sentences(STORY.prompt)
    assert kind_of("Later he picks up 7 more") == kind_of("She picks up 23 more") == "picks up # more"
    assert kinds([STORY]) == ["buys # more", "gives a dozen to @"]


def test_all_the_town_s_sentences_are_of_24_kinds():
    told = stories(400, (4, 6), 5) + stories(400, (4, 6), 5, dozen=True)
    assert len(kinds(told)) == 24


def test_a_line_becomes_a_rule_about_the_sentence_s_number_or_a_fixed_one():
    assert [s.code.splitlines()[1].strip() for s in written_down(STORY, RIGHT)] == [
        "return have + n",
        "return have - 12",
    ]
    assert written_down(STORY, TEN)[1].code == "def gives_a_dozen_to(have, n):\n    return have - 10\n"
    assert written_down(STORY, RIGHT)[0].source == "mia"


def test_a_solution_with_another_number_of_lines_gives_no_skill():
    assert written_down(STORY, "20+14=34\n#### 34") == [] and written_down(STORY, "I do not know.") == []


@pytest.mark.parametrize(
    "code", ["def f(have, n):\n    return open(n)\n", "print(1)", "def f(have, n):\n    return have * n\n"]
)
def test_nothing_but_the_form_of_a_skill_is_ever_run(code):
    with pytest.raises(CourseError, match="is no skill"):
        Skill("buys # more", code)


# ---- carrying out


def test_skills_are_composed_and_the_answer_reads_as_any_other():
    (said,) = solve(library(), [STORY])
    assert said.text == RIGHT and same_answer(said.text, STORY.answer)


def test_a_story_with_an_unknown_kind_is_left_to_the_model():
    gap = Library({"buys # more": skill("buys # more", "have + n")})
    assert solve(gap, [STORY]) == [None] and not gap.knows(STORY)
    assert answered(gap, [STORY], [Completion(TEN)]) == [Completion(TEN)]
    with pytest.raises(CourseError, match="no skill for 'gives a dozen to @'"):
        gap.program(STORY)


def test_many_stories_are_few_processes_and_a_failing_one_leaves_the_others_alone(monkeypatch):
    runs, real = [], carried_out
    from course_lib import sandbox

    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *a, **how: runs.append(1) or run(*a, **how))
    program = library().program(STORY)
    found = real([program] * 120 + ["1 / 0", program])
    assert found[119] == [34, 22] and found[120] is None and found[121] == [34, 22] and len(runs) == 2
    assert carried_out([]) == []


def test_a_skill_may_be_edited_and_must_be_there():
    spoiled = edited(library(), "buys # more", "def buys_more(have, n):\n    return have - n\n")
    assert solve(spoiled, [STORY])[0].text.startswith("20-14=6")
    with pytest.raises(CourseError, match="no skill for 'sells #'"):
        edited(library(), "sells #", "def f(have, n):\n    return n\n")


def test_exact_sums_mend_a_slip_and_what_follows_from_it():
    assert recalculated("20+14=33\n33-12=21\n#### 21") == "20+14=34\n34-12=22\n#### 22"
    assert recalculated("14+9=22\n20+22=42\n42-5=37\n#### 37").endswith("#### 38"), "gains added up first"
    assert recalculated("I do not know.") == "I do not know."


# ---- what is stored


def group(problem, *texts):
    said = tuple(map(Completion, texts))
    return Group(problem, said, tuple(float(same_answer(t, problem.answer)) for t in texts))


def lesson(id, sentence, answer):
    return Problem(id, f"Mia has 20 nuts. {sentence}. How many nuts does Mia have now?", answer, 1)


GROUPS = [
    group(lesson("tom", "She gives a dozen to Tom", "8"), "20-10=10\n#### 10", "20-12=8\n#### 8"),
    group(lesson("ben", "She gives a dozen to Ben", "8"), "20-10=10\n#### 10"),
    group(lesson("buy", "She buys 5 more", "25"), "20+5=25\n#### 25"),
    group(lesson("more", "She buys 7 more", "27"), "20+7=27\n#### 27"),
    group(lesson("win", "She wins 4", "24"), "20+4=24\n#### 24"),
]


def test_what_was_checked_by_answers_is_right_and_what_was_not_is_the_town_s_belief():
    store, refused = checked(None, GROUPS, 0)
    assert {k: s.code.splitlines()[1].strip() for k, s in store.skills.items()} == {
        "gives a dozen to @": "return have - 12", "buys # more": "return have + n",
    }  # fmt: skip
    assert [(s.kind, why) for s, why in refused] == [("wins #", "no other story to check it by")]
    assert "have - 10" in unchecked(None, GROUPS, 0)[0].skills["gives a dozen to @"].code


def test_a_skill_that_gets_another_story_wrong_is_refused_and_the_next_one_tried():
    by_luck = group(lesson("luck", "She buys 3 more", "23"), "20+3=23\n#### 23")
    waiting = proposed([by_luck, GROUPS[2]], lambda c, score: True)
    assert len(waiting["buys # more"]) == 1, "one rule, whatever the number"
    wrong = group(Problem("two", "Mia has 9 nuts. She buys 6 more. She buys 2 more. How many nuts does Mia have now?", "17", 2),
                  "9+2=11\n11+6=17\n#### 17")  # fmt: skip
    store, refused = checked(None, [wrong, *GROUPS[2:4]], 0)
    assert store.skills["buys # more"].code.endswith("have + n\n")
    assert [why for _, why in refused] == ["wrong in buy, more"] * 2


@pytest.mark.parametrize(
    "results, stored",
    [
        ({"mia": True, "tom": True}, True),
        ({"mia": True}, False),
        ({}, False),
        ({"tom": None, "lea": True}, True),
        ({"tom": None}, False),
        ({"tom": True, "lea": False}, False),
    ],
)
def test_a_skill_is_stored_when_other_stories_came_out_right(results, stored):
    assert passes("mia", results) is stored


def test_the_model_s_own_check_lets_its_belief_in(pocket):
    told = stories(8, (2,), 77, dozen=True)
    groups = [group(p, *[f"{p.facts['start']}+0=0\n#### 0"]) for p in told]
    assert self_checked(pocket, groups, 0)[0] == first_of_each({}), "lines with a plain fault are found"


def test_the_frozen_model_fills_a_library_and_solves_what_it_cannot(pocket):
    before = weights_hash(pocket.base)
    learned = voyager(pocket, stories(48, (1, 2, 3, 4), 3), k=2)
    long = [p for p in stories(30, (10,), 4) if learned.library.knows(p)]
    assert long and all(same_answer(c.text, p.answer) for c, p in zip(solve(learned.library, long), long, strict=True))
    assert learned.answers == 96 and before == weights_hash(pocket.base)
    assert [g.problem.level for g in learned.groups] == sorted(g.problem.level for g in learned.groups), (
        "easy ones first"
    )


def test_an_interrupt_keeps_the_lengths_that_are_finished(pocket, monkeypatch):
    real, said = method.samples, []

    def samples(k, **how):
        def attempt(policy, problems, turn):
            if problems[0].level > 1:
                raise KeyboardInterrupt
            return real(k, **how)(policy, problems, turn)

        return attempt

    monkeypatch.setattr(method, "samples", samples)
    learned = voyager(pocket, stories(6, (1, 2), 3), k=1, say=said.append)
    assert len(learned.groups) == 3 and said == ["Stopped. 3 lessons of 6 are kept."]
