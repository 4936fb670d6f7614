"""How many answers a measure draws each time it is called, judgements among them: a part of what a run costs."""

from __future__ import annotations

from course_lib.agreement import JUDGEMENTS
from course_lib.errors import need
from course_lib.lesson import gauges
from course_lib.measure import SAMPLES
from course_lib.watch import EACH

JUDGED = 2 * JUDGEMENTS  # of a pair: of each of its two answers

GAUGES = {  # gauge: answers a call, of a room with `fresh` problems, `train` to train on and its budget
    gauges.best_answers: lambda room: len(room.fresh) + spread(room),
    gauges.writing: lambda room: len(room.fresh) + spread(room),
    gauges.checked: lambda room: len(room.fresh) + SAMPLES * len(room.fresh[: max(1, room.budget.sampled // 2)]),
    gauges.watched: lambda room: EACH * len(room.fresh),
    gauges.writing_and_judging: lambda room: (
        len(room.fresh) + spread(room) + len(room.fresh) // 2 + 2 * JUDGED * room.budget.judged
    ),
    gauges.replies: lambda room: len(room.fresh),
    gauges.replies_and_judging: lambda room: len(room.fresh) + JUDGED * len(room.fresh[: room.budget.judged]),
    gauges.without_labels: lambda room: len(room.fresh) + spread(room) + SAMPLES * len(room.train),
    gauges.conduct_of: lambda room: len(room.fresh),
    gauges.conduct_by_phrases: lambda room: len(room.fresh),
    gauges.agency: lambda room: len(room.fresh),
    gauges.liked: lambda room: len(room.fresh),
    gauges.language: lambda room: len(room.fresh),
}


def spread(room) -> int:
    """Samples of a few problems, for pass@k and all that needs a distribution."""
    return SAMPLES * len(room.fresh[: room.budget.sampled])


def drawn_by(room) -> int:
    """What the room's own gauge draws. Raises CourseError for one that is not counted here."""
    gauge = getattr(room.gauge, "func", room.gauge)
    need(
        gauge in GAUGES,
        f"what {gauge.__name__!r} draws is not counted, so its cost can't be told: add it to lesson/draws.py.",
    )
    return GAUGES[gauge](room)
