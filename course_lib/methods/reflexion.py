"""Reflexion. Shinn et al. 2023, arXiv 2303.11366, §3. It owns its loop: what it writes is memory, not weights.

Kept: attempt, feedback from the environment, a reflection in words, an episodic memory of a few of them, the next attempt. It
ends where an attempt succeeds, or at the last attempt allowed.
Simplified: the evaluator is the market itself; each attempt at a market is a new story: a remembered *answer* is worth nothing.
Left out on purpose: the public code reads the gold answer to decide whether to reflect on a HotpotQA question. Here only what the
place says decides; where the place compares with gold (a market does), plain retry and the vote are told as much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from course_lib import progress
from course_lib.answers import same_answer
from course_lib.episodic import Memory
from course_lib.errors import need, need_count
from course_lib.policy import Policy
from course_lib.reflect import Attempt, Place, Reflect, gist, own_words
from course_lib.rollout import sample
from course_lib.statistics import mean

EMPTY = Memory()


@dataclass(frozen=True)
class Episode:
    """What happened in one place: its memory now, and every attempt so far."""

    place: Place
    memory: Memory
    attempts: tuple[Attempt, ...] = ()

    def solved_by(self, n: int) -> bool:
        """Was one of the first `n` attempts right?"""
        return any(a.right for a in self.attempts[:n])


def reflexion(
    policy: Policy,
    places: list[Place],
    *,
    attempts: int = 4,
    memories: list[Memory] | Memory = EMPTY,
    reflect: Reflect | None = None,
    temperature: float = 1.0,
    seed: int = 0,
    max_tokens: int = 100,
    bar=progress.quiet,
    say=print,
) -> list[Episode]:
    """Try each place until an attempt is right, at most `attempts` times. `memories`: one for all to begin with, or one for each.

    An interrupt ends it with the attempts made so far. The policy's weights are read and never written.
    """
    need_count("attempts", attempts)
    given = [memories] * len(places) if isinstance(memories, Memory) else memories
    need(
        len(given) == len(places), f"{len(given)} memories for {len(places)} places: give one for each, or one for all."
    )
    episodes = [Episode(place, memory) for place, memory in zip(places, given, strict=True)]
    reflect = reflect or own_words(temperature, max_tokens, bar)
    try:
        for n in range(1, attempts + 1):
            going = [i for i, e in enumerate(episodes) if not e.solved_by(n)]
            tried = once_more(policy, [episodes[i] for i in going], n, reflect, temperature, seed, max_tokens, bar)
            for i, episode in zip(going, tried, strict=True):
                episodes[i] = episode
    except KeyboardInterrupt:
        say(f"Stopped. {sum(len(e.attempts) for e in episodes)} attempts are kept.")
    return episodes


def once_more(
    policy: Policy,
    episodes: list[Episode],
    n: int,
    reflect: Reflect,
    temperature: float,
    seed: int,
    max_tokens: int,
    bar,
) -> list[Episode]:
    """Attempt number `n` in every place, and a reflection where it failed."""
    tried = attempt(policy, episodes, n, temperature, seed, max_tokens, bar)
    failed = [i for i, a in enumerate(tried) if not a.right]
    words = reflect(policy, [tried[i] for i in failed], [episodes[i].place.id for i in failed], n, seed)
    said = dict(zip(failed, words, strict=True))
    return [
        written(e, replace(a, reflection=said.get(i, ""))) for i, (e, a) in enumerate(zip(episodes, tried, strict=True))
    ]


def attempt(
    policy: Policy, episodes: list[Episode], n: int, temperature: float, seed: int, max_tokens: int, bar
) -> list[Attempt]:
    """One answer in each place with its memory at hand, and what the place says of it."""
    from course_lib.sampling.decode import Sampling

    stories = [e.place.story(n) for e in episodes]
    prompts = [e.memory.before(s.prompt) for e, s in zip(episodes, stories, strict=True)]
    keys, how = [f"attempt|{e.place.id}|{n}" for e in episodes], Sampling(temperature, max_tokens=max_tokens)
    drawn = sample(policy, prompts, 1, how, seed, keys, bar, f"attempt {n}")
    return [told(e, s, c.text) for e, s, (c,) in zip(episodes, stories, drawn, strict=True)]


def told(episode: Episode, story, answer: str) -> Attempt:
    """An answer that can't be read is a wrong answer: the place says so, and it counts."""
    right = same_answer(answer, story.answer)
    return Attempt(story, episode.memory.sentences, answer, right, episode.place.feedback(story, right))


def written(episode: Episode, attempt: Attempt) -> Episode:
    """The attempt joins the episode, and the gist of its reflection the memory."""
    return replace(episode, attempts=(*episode.attempts, attempt), memory=episode.memory.add(gist(attempt.reflection)))


def success(episodes: list[Episode], attempts: int) -> list[list[int]]:
    """For each number of attempts from 1 on: 1 for every place solved by then, 0 for every other. All places count."""
    return [[int(e.solved_by(n)) for e in episodes] for n in range(1, attempts + 1)]


def exam(
    policy: Policy, episodes: list[Episode], seed: int, stories: int = 3, max_tokens: int = 100, bar=progress.quiet
) -> list[float]:
    """For each place the share of `stories` new stories answered right with the memory it has now. Nothing is learned."""
    first = 1 + max((len(e.attempts) for e in episodes), default=0)
    numbers = range(first, first + stories)
    rows = [attempt(policy, episodes, n, 1.0, seed, max_tokens, bar) for n in numbers]
    return [mean([float(a.right) for a in of_place]) for of_place in zip(*rows, strict=True)]


def restarted(episodes: list[Episode]) -> list[Episode]:
    """The same places after a restart: what was in memory is gone."""
    return [replace(e, memory=replace(e.memory, sentences=())) for e in episodes]
