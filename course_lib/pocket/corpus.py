"""The pocket corpus: what the model is raised on, drawn skill by skill in fixed proportions, endless and seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator

from course_lib import asks
from course_lib.pocket import authors, graders, town
from course_lib.tasks import chat, house_rules, market, passages, toolbox
from course_lib.tasks.stories import Story, sample_story

Turns = list[str]  # user, assistant, user, assistant ...: the last turn is what is learned

STORY_LEVELS = {1: 0.28, 2: 0.32, 3: 0.31, 4: 0.089, 5: 0.0008, 6: 0.0002}  # 5 and 6 are rare: the hard band
HINT_LEVELS = {2: 0.25, 3: 0.36, 4: 0.36, 5: 0.02, 6: 0.01}
COPIED_LEVELS = {2: 0.3, 3: 0.35, 4: 0.35}
GRADED_LEVELS = {1: 0.15, 2: 0.3, 3: 0.33, 4: 0.22}
DOZEN_SHARE = 0.15  # share of stories that say "a dozen"


def draw_story(rng: random.Random, levels: dict[int, float], dozen: float = DOZEN_SHARE) -> Story:
    level = rng.choices(list(levels), list(levels.values()))[0]
    return sample_story(rng, level, dozen=rng.random() < dozen)


def story(rng: random.Random) -> Turns:
    s = draw_story(rng, STORY_LEVELS)
    return [s.prompt, authors.write_solution(rng, s)]


def hint(rng: random.Random) -> Turns:
    s = draw_story(rng, HINT_LEVELS)
    return [asks.hint(s.prompt, str(s.answer)), authors.write_hinted(rng, s)]


def copied(rng: random.Random) -> Turns:
    """A hint, and an author who copies it: what is learned here is that the answer shown is the answer said."""
    s = draw_story(rng, COPIED_LEVELS)
    return [asks.hint(s.prompt, str(s.answer)), authors.write_copied(rng, s)]


def grade(rng: random.Random) -> Turns:
    s = draw_story(rng, GRADED_LEVELS, dozen=0.25)
    solution, style = graders.write_graded(rng, s)
    return [asks.grade(s.prompt, solution), graders.write_grade(rng, s, solution, style)]


def check(rng: random.Random) -> Turns:
    s = draw_story(rng, GRADED_LEVELS)
    solution, _ = graders.write_graded(rng, s)
    return [asks.check(s.prompt, solution), graders.write_check(rng, solution)]


def fix(rng: random.Random) -> Turns:
    s = draw_story(rng, GRADED_LEVELS, dozen=0)
    wrong, right = graders.write_faulty(rng, s, authors.pick_style(rng))
    return [asks.fix(s.prompt, wrong, graders.true_critique(wrong)), right]


def reflect(rng: random.Random) -> Turns:
    """An attempt in the dark, a reflection on its feedback, or an attempt with the memory at hand."""
    zib = rng.choice(market.WORTH)
    problem, kind = (
        market.sample_market(rng, zib),
        rng.choice(("attempt", "reflect", "reflect", "remember", "remember")),
    )
    guess = rng.choice(market.WORTH)
    attempt = market.work(problem, guess)
    if kind == "attempt":
        return [problem.prompt, attempt]
    if kind == "reflect":
        said = market.feedback(problem, right=guess == zib)
        return [asks.reflect(problem.prompt, attempt, said), town.write_reflection(problem)]
    return [asks.remember(problem.prompt, market.memory(zib)), market.work(problem, zib)]


def talk(rng: random.Random) -> Turns:
    request = chat.sample_request(rng, kind=rng.random() < 0.6)
    return [request.prompt, town.write_reply(rng, request.facts["do"])]


def principle(rng: random.Random) -> Turns:
    """Critique, revision, or preference under a house rule."""
    request = chat.sample_request(rng, kind=rng.random() < 0.5)
    do, rule = request.facts["do"], town.pick_principle(rng, request.facts["do"])
    kind = rng.choice(("critique", "revise", "prefer", "prefer"))
    if kind == "prefer":
        a, b, letter = town.write_two(rng, rule, do)
        return [asks.prefer(request.prompt, a, b, rule), letter]
    reply = town.write_reply(rng, do)
    if kind == "critique":
        return [asks.critique(request.prompt, reply, rule), town.write_critique(rng, reply, rule, do)]
    verdict = house_rules.verdict(reply, rule, do)
    return [asks.revise(request.prompt, reply, rule, verdict), town.fitting_reply(rng, reply, rule, do)]


def tools(rng: random.Random) -> Turns:
    turns, last = town.write_transcript(rng, toolbox.sample_task(rng))
    return [*turns, last]


def passage(rng: random.Random) -> Turns:
    return [passages.PROMPT, passages.sample_passage(rng)]


MIXTURE = (  # the first year: share of examples; judge rows are long, so their share of tokens is larger
    (0.47, story),
    (0.05, hint),
    (0.11, grade),
    (0.07, check),
    (0.05, fix),
    (0.07, reflect),
    (0.05, talk),
    (0.06, principle),
    (0.02, tools),
    (0.05, passage),
)


FINISH = (  # the second year: what is learned late gets more room, everything else is kept up
    (0.33, story),
    (0.02, hint),
    (0.08, copied),
    (0.13, grade),
    (0.07, check),
    (0.03, fix),
    (0.04, reflect),
    (0.05, talk),
    (0.19, principle),
    (0.02, tools),
    (0.04, passage),
)


def corpus(seed: int | str, mixture=MIXTURE) -> Iterator[Turns]:
    """Endless conversations, one skill after another by their shares. The same seed gives the same stream."""
    rng = random.Random(f"corpus-{seed}")
    shares, skills = zip(*mixture, strict=True)
    while True:
        yield rng.choices(skills, shares)[0](rng)
