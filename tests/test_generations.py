"""Generations and their diets, in plain Python and with the pocket model; what is left of a language, perfect or broken."""

import math
import random
from dataclasses import dataclass, replace

import pytest
import torch

from course_lib import variety as gauge
from course_lib.claims import collapse
from course_lib.claims.lab import Lab
from course_lib.errors import CourseError
from course_lib.measure import as_written, average, distinct_paths, drawn, share, written
from course_lib.methods import generations as module
from course_lib.methods.generations import accumulated, generations, mixed, replaced, subsampled
from course_lib.policy import weights_hash
from course_lib.select import most_varied, top_k
from course_lib.statistics import mean, wilson
from course_lib.tasks.passages import PROMPT, WORDS, entropy, logprob, sample_passage, tail
from course_lib.tasks.stories import stories
from course_lib.types import Completion, Group, Problem, Round, Turn
from course_lib.variety import counted, length, prompts, real, variety

TURN = Turn(0, 3)
EATEN = [[f"{who} {i}" for i in range(10)] for who in ("real", "first", "second")]
EVERYTHING = [text for texts in EATEN for text in texts]


def eaten():
    return [list(texts) for texts in EATEN]


# ---- diets


def test_replace_eats_the_last_generation_and_accumulate_everything():
    assert replaced(eaten(), TURN) == EATEN[-1]
    assert accumulated(eaten(), TURN) == EVERYTHING
    assert replaced(eaten()[:1], TURN) == accumulated(eaten()[:1], TURN) == EATEN[0]


def test_subsample_takes_as_many_as_one_generation_from_everything():
    drawn_ = [subsampled(eaten(), Turn(0, r)) for r in range(40)]
    assert all(len(texts) == len(set(texts)) == 10 and set(texts) <= set(EVERYTHING) for texts in drawn_)
    assert {text for texts in drawn_ for text in texts} == set(EVERYTHING), "old ones too, each in its time"
    assert subsampled(eaten(), TURN) == subsampled(eaten(), TURN)
    assert subsampled(eaten(), TURN) != subsampled(eaten(), Turn(1, 3)) and drawn_[0] != drawn_[1]


@pytest.mark.parametrize(("part", "n"), [(0.0, 0), (0.1, 1), (0.3, 3), (0.26, 3), (1.0, 10)])
def test_mixed_puts_fresh_real_text_in_the_place_of_some(part, n):
    food = mixed(part)(eaten(), TURN)
    own = [text for text in food if text in EATEN[-1]]
    others = [text for text in food if text not in EATEN[-1]]
    assert len(food) == 10 and len(others) == n and len(set(own)) == len(own)
    assert all(math.isfinite(logprob(text)) for text in others), "what people could have written"


def test_real_text_is_another_in_each_generation_and_each_seed_and_never_the_first():
    diet, meals = mixed(1.0), [Turn(s, r) for s in (0, 1) for r in (1, 2, 3)]
    assert diet(eaten(), TURN) == diet(eaten(), TURN)
    shares = [diet([[""] * 20], turn) for turn in meals] + [real(20, 0), real(20, 1)]
    assert len({tuple(texts) for texts in shares}) == len(shares)
    assert len({text for texts in shares for text in texts}) > 0.95 * 20 * len(shares)


@pytest.mark.parametrize("diet", [replaced, accumulated, subsampled, mixed(0.3), mixed(1.0)])
def test_no_diet_changes_what_it_is_given(diet):
    given = eaten()
    diet(given, TURN)
    assert given == EATEN


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_a_share_that_cannot_be_is_refused(bad):
    with pytest.raises(CourseError, match=f"share of real text is {bad}: it must lie between 0.0 and 1.0"):
        mixed(bad)


# ---- the loop, in plain Python


@dataclass(frozen=True)
class Toy:
    """A policy that writes its age and remembers what it learned."""

    age: int = 0
    learned: tuple = ()


@pytest.fixture
def toy(monkeypatch):
    """`generations` with a toy in the place of a model. Keeps how it samples and trains."""
    seen = []

    def samples(k, temperature, **how):
        seen.append({"over": k, "temperature": temperature} | how)
        return lambda policy, asked, turn: [
            Group(p, tuple(Completion(f"{turn.round}:{policy.age}:{i}:{j}", logprob=-j) for j in range(k)))
            for i, p in enumerate(asked)
        ]

    def imitate(lr, epochs, **how):
        seen.append({"lr": lr, "epochs": epochs})
        return lambda policy, food, turn: Toy(policy.age + 1, tuple((e.prompt, e.completion) for e in food))

    monkeypatch.setattr(module, "samples", samples)
    monkeypatch.setattr(module, "imitate", imitate)
    return seen


def age(policy):
    return {"age": policy.age, "learned": [text for _, text in policy.learned]}


def test_each_generation_learns_what_the_one_before_wrote(toy):
    policy, log = generations(Toy(), n=2, rounds=3, measure=age)
    assert [r.metrics["age"] for r in log] == [0, 1, 2, 3] and policy.age == 3
    assert [r.metrics["learned"] for r in log[1:]] == [[f"{r}:{r - 1}:{i}:0" for i in (0, 1)] for r in (1, 2, 3)]
    assert [r.round for r in log] == [0, 1, 2, 3] and [r.kept for r in log] == [0, 2, 2, 2]
    assert {prompt for prompt, _ in policy.learned} == {PROMPT}


def test_anew_from_the_first_model_trains_the_first_and_writes_with_the_last(toy):
    _, log = generations(Toy(), n=2, rounds=3, measure=age, from_base=True)
    assert [r.metrics["age"] for r in log] == [0, 1, 1, 1]
    assert [r.metrics["learned"][0] for r in log[1:]] == ["1:0:0:0", "2:1:0:0", "3:1:0:0"]


def test_accumulating_grows_and_begins_with_what_people_wrote(toy):
    _, log = generations(Toy(), accumulated, n=2, rounds=3, measure=age, seed=5)
    assert [r.kept for r in log] == [0, 4, 6, 8] and log[-1].metrics["learned"][:2] == real(2, 5)
    _, log = generations(Toy(), mixed(0.5), n=2, rounds=2, measure=age, seed=5)
    assert [r.metrics["learned"] for r in log[1:]] == [[f"{r}:{r - 1}:1:0", *real(1, f"5|{r}")] for r in (1, 2)]


def test_over_so_many_are_written_for_each_that_is_kept(toy):
    policy, _ = generations(
        Toy(), n=2, rounds=1, measure=age, over=4, keep=top_k(1), temperature=1.3, lr=1e-4, epochs=2
    )
    assert [text for _, text in policy.learned] == ["1:0:0:0", "1:0:1:0"], "the likeliest of four"
    assert toy[0]["over"] == 4 and toy[0]["temperature"] == 1.3 and toy[1] == {"lr": 1e-4, "epochs": 2}
    with pytest.raises(CourseError, match="over is 0: it must be a whole number of 1 or more"):
        generations(Toy(), n=2, rounds=1, measure=age, over=0)
    with pytest.raises(CourseError, match="passages is 0"):
        generations(Toy(), n=0, rounds=1, measure=age)


def test_a_stop_keeps_the_finished_generations(toy):
    said = []

    def stopping(texts, turn):
        if turn.round == 2:
            raise KeyboardInterrupt
        return texts[-1]

    policy, log = generations(Toy(), stopping, n=2, rounds=5, measure=age, say=said.append)
    assert policy.age == 1 and len(log) == 2 and said == ["Stopped. 1 finished generation kept."]

    def at_once(policy):
        if policy.age == 2:
            raise KeyboardInterrupt
        return age(policy)

    policy, log = generations(Toy(), n=2, rounds=5, measure=at_once, say=said.append)
    assert policy.age == 1 and len(log) == 2, "the last that was measured"

    def never(policy):
        raise KeyboardInterrupt

    assert generations(Toy(), n=2, rounds=5, measure=never, say=said.append) == (Toy(), [])
    assert said[-1] == "Stopped. 0 finished generations kept."


def test_a_generation_that_kept_nothing_is_the_last(toy):
    said, shown = [], []
    keep = lambda groups, turn: [] if turn.round == 2 else top_k(1)(groups, turn)  # noqa: E731
    how = {"keep": keep, "say": said.append, "show": lambda log: shown.append(len(log))}
    policy, log = generations(Toy(), n=2, rounds=5, measure=age, **how)
    assert policy.age == 1 and [r.kept for r in log] == [0, 2, 0] and log[2].metrics == log[1].metrics
    assert len(said) == 1 and "Generation 2 kept nothing" in said[0] and shown == [1, 2, 3]
    _, log = generations(Toy(), accumulated, n=2, rounds=3, measure=age, **how)
    assert [r.kept for r in log] == [0, 4, 4, 6], "there is real text to learn from"


def test_every_generation_is_shown_as_it_ends(toy):
    shown = []
    generations(Toy(), n=2, rounds=2, measure=age, show=lambda log: shown.append(len(log)))
    assert shown == [1, 2, 3]


# ---- the loop, with the pocket model, on disk


def left(policy):
    return {k: v["value"] for k, v in variety(policy, 4, 9).items() if k != "words"}


def stopping_once(diet, at):
    """A diet that is interrupted once, as ■ does."""
    left_to_do = [at]

    def slot(texts, turn):
        if turn.round in left_to_do:
            left_to_do.remove(turn.round)
            raise KeyboardInterrupt
        return diet(texts, turn)

    return slot


ANEW = {"from_base": True, "keep": top_k(1), "over": 2}


@pytest.mark.parametrize("how", [{}, ANEW], ids=["own words", "anew, the likelier of two"])
def test_a_run_that_was_stopped_goes_on_to_the_same_end(how, pocket, tmp_path):
    what = {"n": 4, "rounds": 2, "measure": left, "epochs": 1, "say": lambda text: None} | how
    stopped, log = generations(pocket, stopping_once(accumulated, 2), folder=tmp_path, **what)
    assert len(log) == 2 and stopped.weights is not None
    went_on, log = generations(pocket, accumulated, folder=tmp_path, **what)
    unbroken, whole = generations(pocket, accumulated, **what)
    assert [(r.round, r.metrics, r.kept) for r in log] == [(r.round, r.metrics, r.kept) for r in whole]
    assert [r.kept for r in whole] == [0, 8, 12]
    assert all(torch.equal(went_on.weights[k], unbroken.weights[k]) for k in unbroken.weights)


def test_a_finished_run_is_read_and_nothing_is_done_again(pocket, tmp_path, monkeypatch):
    before = weights_hash(pocket.base)
    what = {"n": 4, "rounds": 1, "measure": left, "epochs": 1, "folder": tmp_path}
    policy, log = generations(pocket, **what)
    assert weights_hash(pocket.base) == before != weights_hash(policy.model)
    monkeypatch.setattr("course_lib.train.supervised.sft", lambda *args, **how: pytest.fail("trained again"))
    monkeypatch.setattr("course_lib.rollout.sample", lambda *args, **how: pytest.fail("sampled again"))
    again, same = generations(pocket, **what | {"measure": lambda policy: pytest.fail("measured again")})
    assert [r.metrics for r in same] == [r.metrics for r in log]
    assert all(torch.equal(again.weights[k], policy.weights[k]) for k in policy.weights)


# ---- what is left of a language


def test_real_text_is_the_true_distribution_and_comes_by_its_seed():
    texts = real(400, "test")
    assert texts == real(400, "test") != real(400, "other") and texts[:50] == real(50, "test")
    assert -mean([logprob(t) for t in texts]) == pytest.approx(entropy(), rel=0.03)


def test_prompts_are_one_request_under_different_ids():
    asked = prompts(3)
    assert {p.prompt for p in asked} == {PROMPT} and len({p.id for p in asked}) == 3 and asked[0].answer is None
    with pytest.raises(CourseError, match="passages is 0"):
        prompts(0)


def test_words_are_counted_by_slot_from_the_commonest():
    words = counted(["The old fox sleeps near the mill. Rain came over the mill. The old cat.", "Frost and kestrel"])
    assert words.keys() == WORDS.keys() and all(len(words[slot]) == len(WORDS[slot]) for slot in WORDS)
    assert words["animal"][:3] == [1, 1, 0] and words["animal"][WORDS["animal"].index("kestrel")] == 1
    assert words["place"][0] == 2 and words["trait"][0] == 2 and sum(words["weather"]) == 2
    assert sum(sum(n) for n in counted([]).values()) == 0


@pytest.fixture
def saying(monkeypatch):
    """`variety` of made-up texts, read at what the truth itself would pay plus `over` nats a word."""

    def measure(texts, over=0.0):
        said = [Completion(t, logprob=-1.5 * length(t)) for t in texts]
        monkeypatch.setattr(gauge, "written", lambda policy, n, seed, bar: said)
        monkeypatch.setattr(
            gauge, "logprobs", lambda policy, model, asked, given: [logprob(t) - over * length(t) for t in given]
        )
        return variety(Blank(), len(texts), 3)

    return measure


@dataclass(frozen=True)
class Blank:
    """A policy of which nothing is asked."""

    model: object = None


def test_of_the_truth_nothing_is_lost(saying):
    found = saying(real(600, "perfect"))
    assert found["grammatical"]["value"] == 1.0 and found["loss"]["value"] == pytest.approx(0.0, abs=1e-9)
    assert found["tail"]["value"] > 0.95 and found["entropy"]["value"] == pytest.approx(1.5)
    rare = sum(len(words) - len(words) // 2 for words in WORDS.values())
    assert (
        found["tail"]["n"] == rare and found["grammatical"]["n"] == found["entropy"]["n"] == found["loss"]["n"] == 600
    )


def test_a_language_without_its_tail_is_as_faultless_as_ever(saying):
    """What a reader sees does not change; `tail` and `loss` do."""
    rng, rare = random.Random(0), {word for slot in WORDS for word in tail(slot)}
    texts = [t for t in (sample_passage(rng) for _ in range(3000)) if not rare & set(t.replace(".", "").split())]
    found = saying(texts[:60], over=0.4)
    assert len(texts) >= 60 and found["grammatical"]["value"] == 1.0
    assert found["tail"]["value"] == 0.0 and found["loss"]["value"] == pytest.approx(0.4)
    low, high = found["tail"]["interval"]
    assert low == 0.0 < high < 0.1, "none found is not none there"


def test_broken_text_is_seen_and_counted(saying):
    whole = real(6, "some")
    broken = [whole[0].replace(".", "", 1), whole[1] + " More.", whole[2].lower(), "fox fox fox", ""]
    found = saying([*whole[3:], *broken])
    assert found["grammatical"]["outcomes"] == [1, 1, 1, 0, 0, 0, 0, 0] and found["grammatical"]["n"] == 8
    assert found["words"]["animal"][0] >= 3 and math.isfinite(found["entropy"]["value"]), "an empty text divides by one"


def test_every_number_has_an_interval_around_it(pocket):
    found = variety(pocket, 12, 5)
    for key in ("tail", "grammatical", "entropy", "loss"):
        low, high = found[key]["interval"]
        assert low <= found[key]["value"] <= high and found[key]["value"] == pytest.approx(mean(found[key]["outcomes"]))
    assert (
        found["grammatical"]["value"] > 0.5
        and abs(found["loss"]["value"]) < 0.5
        and 1.0 < found["entropy"]["value"] < 2.5
    )
    assert found == variety(pocket, 12, 5) and found["words"] != variety(pocket, 12, 6)["words"]


def test_what_is_measured_on_is_no_sample_that_was_trained_on(pocket):
    """Round 0 of another stream: a generation's own samples come from rounds 1 and on."""
    from course_lib.rollout import samples

    texts = [c.text for c in gauge.written(pocket, 6, 0)]
    own = [g.completions_G[0].text for g in samples(1, max_tokens=100)(pocket, prompts(6), Turn(0, 1))]
    assert len(texts) == 6 and not set(texts) & set(own)


# ---- numbers with their intervals


def test_a_share_and_an_average_carry_n_outcomes_and_an_interval():
    assert share([1, 0, 1, 1]) == {"value": 0.75, "interval": list(wilson(3, 4)), "n": 4, "outcomes": [1, 0, 1, 1]}
    assert share([0] * 100)["interval"][0] == 0.0 < share([0] * 100)["interval"][1] < 0.05
    found = average([1.0, 2.0, 3.0, 6.0])
    low, high = found["interval"]
    assert found["value"] == 3.0 and 1.0 <= low < 3.0 < high <= 6.0 and found["n"] == 4
    assert average([2.0] * 9)["interval"] == [2.0, 2.0] and average([1.0, 2.0]) == average([1.0, 2.0])


def test_one_drawn_answer_a_problem_and_what_is_read_of_it(pocket):
    told = stories(6, (2, 3), 8)
    groups = drawn(pocket, told, 4, 60)
    assert [g.problem for g in groups] == told and all(len(g.completions_G) == 1 and g.scores_G == () for g in groups)
    assert written(pocket, told, 4, 60) == as_written(groups) == as_written(drawn(pocket, told, 4, 60))
    alone = drawn(pocket, told[2:3], 4, 60)[0].completions_G[0].text
    assert alone == groups[2].completions_G[0].text, "the others in the batch do not matter"
    assert [g.completions_G[0].text for g in drawn(pocket, told, 5, 60)] != [g.completions_G[0].text for g in groups]


def test_only_the_first_answer_of_each_group_counts():
    problem = Problem("p", "How many?", "7")
    given = [
        Group(problem, (Completion("#### 7", 3), Completion("#### 8", 99))),
        Group(replace(problem, id="q"), (Completion("#### 8", 5), Completion("#### 7", 99))),
    ]
    found = as_written(given)
    assert found["outcomes"] == [1, 0] and found["accuracy"] == 0.5 and found["n"] == 2
    assert found["tokens"]["value"] == 4.0 and found["axis"].endswith("(%)")


# ---- the claims


@pytest.fixture
def lab(pocket, tmp_path, monkeypatch):
    monkeypatch.setattr(collapse, "GENERATIONS", 1)
    monkeypatch.setattr(collapse, "ROUNDS", 1)
    return Lab(pocket, tmp_path / "samples", problems=8, fresh=4, k=2)


def test_a_run_of_a_claim_is_made_once(lab, tmp_path):
    first = collapse.fed(lab, 0, diet=mixed(0.1))
    assert len(first) == 2 and set(first[0]) == {"tail", "grammatical", "entropy", "loss", "words"}
    files = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.*") if p.name != ".lock"}
    assert len(files) > 10 and collapse.fed(lab, 0, diet=mixed(0.1)) == first
    assert files == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.*") if p.name != ".lock"}


def test_other_settings_and_seeds_are_other_runs(lab, monkeypatch):
    monkeypatch.setattr(collapse, "generations", lambda policy, folder, **how: (policy, [Round(0, {"at": folder})]))
    others = [
        {"temperature": 1.3},
        {"from_base": True},
        {"over": 4, "keep": top_k(1)},
        {"over": 4, "keep": most_varied},
    ]
    settings = [{}, *others, {"diet": mixed(0.1)}, {"diet": mixed(0.2)}]
    one, two = ([collapse.fed(lab, 0, **({"diet": replaced} | how))[0]["at"] for how in settings] for _ in range(2))
    more = [collapse.fed(lab, 1, diet=replaced), collapse.fed(replace(lab, problems=48), 0, diet=replaced)]
    assert one == two and len({*one, *(log[0]["at"] for log in more)}) == 9


def name_of(how):
    """A run's settings in a word: the arm that a claim means by them."""
    made_by = {key: getattr(how.get(key), "__qualname__", "").split(".")[0] for key in ("diet", "keep")}
    words = [
        {"most_varied": "varied"}.get(made_by["keep"], made_by["keep"]),
        "real" if made_by["diet"] == "mixed" else "",
        "warm" if "temperature" in how else "",
        "anew" if how.get("from_base") else "",
        "uncut" if how.get("top_p") == 1.0 else "",
    ]
    return " ".join(filter(None, words)) or made_by["diet"]


@pytest.fixture
def arms(monkeypatch):
    """Runs in the place of which the outcomes are the arm's name, so that a pair says what was compared."""

    def fed(lab, seed, **how):
        row = {k: {"value": 0.5, "outcomes": [(name_of(how), k)]} for k in ("tail", "loss", "grammatical", "entropy")}
        return [row | {"tail": row["tail"] | {"outcomes": [("at first", "tail")]}}, row]

    monkeypatch.setattr(collapse, "fed", fed)


def pairs(found):
    return {(t[0], c[0]) for t, c in [(found.treatment, found.control), *found.also.values()]}


def test_c31_sets_the_likeliest_beside_one_by_lot(arms, lab, monkeypatch):
    monkeypatch.setattr(collapse, "right_paths", lambda lab, seed, select: ([1.0], [select.__qualname__.split(".")[0]]))
    found = collapse.c31(lab, 0)
    assert (found.treatment, found.control) == ([("top_k", "tail")], [("random_like", "tail")])
    assert pairs(found) > {(("top_k", what), ("random_like", what)) for what in ("tail", "loss", "entropy")}
    assert ("top_k", "above") in pairs(found), "one right answer kept against all"
    assert found.beside["most varied"] == {k: [0.5, 0.5] for k in ("tail", "loss", "grammatical", "entropy")}


def test_c32_sets_own_words_beside_every_other_diet(arms, lab):
    found = collapse.c32(lab, 0)
    assert (found.treatment, found.control) == ([("replaced", "loss")], [("real", "loss")])
    assert {other for _, other in pairs(found)} == {
        *((name, "loss") for name in ("real", "accumulated", "subsampled", "anew", "uncut")),
        *((name, what) for name in ("real", "uncut") for what in ("tail", "grammatical")),
    }


def test_c33_sets_each_cure_beside_none_and_beside_real_text(arms, lab):
    found = collapse.c33(lab, 0)
    assert (found.treatment, found.control) == ([("warm", "loss")], [("real", "loss")])
    assert pairs(found) == {
        *(((cure, "loss"), ("replaced", "loss")) for cure in ("warm", "varied")),
        *(((cure, "loss"), ("real", "loss")) for cure in ("warm", "varied", "real warm")),
        *(((cure, "tail"), ("replaced", "tail")) for cure in ("warm", "varied", "real")),
    }


def test_what_keeping_one_costs_is_measured_on_fresh_stories(lab):
    paths, any_right = collapse.right_paths(lab, 0, top_k(1, 0.5))
    assert len(paths) == len(any_right) == 4 and all(0 <= n <= 16 and n == int(n) for n in paths)
    assert any_right == [float(n > 0) for n in paths]


def test_different_right_paths_are_counted_once_each():
    problem = Problem("p", "How many?", "7")
    texts = ("3+4=7\n#### 7", "3+4=7 \n#### 7", "4+3=7\n#### 7", "3+4=8\n#### 8")
    assert distinct_paths(problem, map(Completion, texts)) == 2
    assert distinct_paths(problem, (Completion("#### 8"),)) == 0


def test_the_twin_of_keeping_the_likeliest_keeps_one_by_lot():
    from course_lib.select import random_like

    given = [Group(p, tuple(Completion(str(j), logprob=-j) for j in range(4)), (0.0,) * 4) for p in prompts(200)]
    best, lot, varied = (
        [e.completion for e in keep(given, TURN)] for keep in (top_k(1), random_like(top_k(1)), most_varied)
    )
    assert best == ["0"] * 200 and len(lot) == len(varied) == 200
    assert all(30 < lot.count(str(j)) < 70 for j in range(4)) and all(varied.count(str(j)) == 50 for j in range(4))
