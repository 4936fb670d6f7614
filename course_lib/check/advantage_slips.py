"""Advantages of groups made by hand: what each slip makes of them, and how it is named."""

from __future__ import annotations

import statistics

from course_lib.train.policy_loss import centred

Scores = list[list[float]]
EASY_HARD: Scores = [[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0]]  # most right, and most wrong
GRADED: Scores = [[0.2, 0.9, 0.7, 0.4], [0.6, 0.1], [0.5, 0.6, 1.0]]
BATCHES = (EASY_HARD, GRADED)
ALIKE: Scores = [[1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0], [0.3, 0.3, 0.3, 0.3, 0.3, 0.3]]


def each(way):
    """Advantages that are made group by group."""
    return lambda groups: [way(group) for group in groups]


def whole(way):
    """Advantages that are made of all scores at once: way(group, all scores)."""
    return lambda groups: [way(group, [s for g in groups for s in g]) for group in groups]


def less(group, middle: float, by: float = 1.0):
    return [(s - middle) / by for s in group]


def mean(scores) -> float:
    return sum(scores) / len(scores)


def left_out(group):
    """Each score less the mean of the others."""
    return [s - (sum(group) - s) / (len(group) - 1) for s in group]


right = each(centred)
DIVIDED = (
    "You divide by the group's standard deviation, as the paper of GRPO does. It is small where nearly all answers are right or "
    "nearly all are wrong: 0.33 for one right answer of eight, 0.5 for four of eight. So what is nearly always or nearly never "
    "solved weighs more, which nobody asked for (Liu et al. 2025, arXiv 2503.20783). Only take the mean away."
)
OVER_BATCH = (
    "You centre over the whole batch, so an answer is compared with answers to other problems. In the easy group, 1 1 0 1, "
    "and in the hard one, 0 0 1 0 0, a right answer gets the same, 0.56, and a wrong one −0.44. On the whole an easy "
    "problem then pushes *up* and a hard one *down*, whatever the policy does. Take each group's own mean."
)
BATCH_BOTH = (
    "You centre over the whole batch and divide by its spread. Both compare an answer with answers to other problems, so easy "
    "problems push *up* and hard ones *down*. Take each group's own mean away, and do no more."
)
TURNED = (
    "Your sign is turned: you take the score from the mean. A right answer then falls below 0, and what is below 0 is "
    "made less likely. Take the mean from the score."
)
RAW = (
    "You do not centre: a score of 1 stays 1, a score of 0 stays 0. Then no answer is ever made less likely, and a problem "
    "that is always solved pulls as hard as any other. Take away the group's own mean."
)
FROM_BEST = (
    "You compare with the group's best. Then no advantage is above 0, and no answer is made more likely for being good. Compare "
    "with the mean."
)
BEST_ONLY = (
    "You keep the best of the group only. The answers below the mean tell as much: 1 1 0 1 says above all what *not* to "
    "do. Give every score less the mean."
)
FROM_WORST = "You compare with the group's worst. Then no advantage is below 0, and no answer is made less likely. Take the mean."
CUT_OFF = (
    "You make 0 of what is below the mean. An answer worse than its group should become less likely: leave it negative."
)
BATCH_SPREAD = (
    "You divide by the standard deviation of the whole batch. How far one group's scores lie apart then changes with the company "
    "it is in. Take away the group's own mean, and do no more."
)
LEAVE_ONE = (
    "You compare each score with the mean of the *others* (leave-one-out, as RLOO does). Not wrong in spirit: it is the wanted "
    "advantage times G/(G−1), so 4/3 in a group of four: 0.33 instead of 0.25. Where all groups have the same size it only acts "
    "like a larger learning rate. GRPO's mean holds the answer's own score as well."
)
MEDIAN = (
    "You take away the median. In 1 1 0 1 it is 1, so the three right answers get 0 and nothing makes them more likely. Take the "
    "mean: then a group's advantages add up to 0."
)
SUMMED = "You take away the sum of the group, not its mean: divide by the number of scores first."
FIXED = (
    "You measure from 0.5 in every group. A right answer then gets the same for a problem that is always solved as for one that "
    "hardly ever is. Measure from the group's own mean."
)
RELATIVE = (
    "You divide by the group's mean. 0 0 1 0 0 then gives 4 to the right answer and 1 1 0 1 gives 0.33, and a group "
    "without a right answer would be a division by 0. Subtract."
)
RANGED = (
    "You divide by the distance from the worst to the best. Scores that lie close together are then blown up to the same "
    "size. Take away the mean, and do no more."
)
UNSIGNED = "You take the distance from the mean without its sign, so the wrong answers are made more likely too. Keep the sign."
SLIPS = (  # a wrong way from scores to advantages, and its name
    (whole(lambda g, all: less(g, mean(all))), OVER_BATCH),
    (each(lambda g: [-a for a in centred(g)]), TURNED),
    (each(list), RAW),
    (each(lambda g: less(g, max(g))), FROM_BEST),
    (each(lambda g: [float(s == max(g)) for s in g]), BEST_ONLY),
    (each(lambda g: [a if s == max(g) else 0.0 for s, a in zip(g, centred(g), strict=True)]), BEST_ONLY),
    (each(lambda g: [s if s == max(g) else 0.0 for s in g]), BEST_ONLY),
    (each(lambda g: less(g, min(g))), FROM_WORST),
    (each(lambda g: [max(0.0, a) for a in centred(g)]), CUT_OFF),
    (each(left_out), LEAVE_ONE),
    (each(lambda g: less(g, statistics.median(g))), MEDIAN),
    (each(lambda g: less(g, sum(g))), SUMMED),
    (each(lambda g: less(g, 0.5)), FIXED),
    (each(lambda g: less(g, 0.5, 0.5)), FIXED),
    (each(lambda g: less(g, mean(g), mean(g))), RELATIVE),
    (each(lambda g: less(g, mean(g), max(g) - min(g))), RANGED),
    (each(lambda g: less(g, min(g), max(g) - min(g))), RANGED),
    (each(lambda g: [abs(a) for a in centred(g)]), UNSIGNED),
    (each(lambda g: less(g, mean(g), statistics.stdev(g))), DIVIDED),
    (each(lambda g: less(g, mean(g), statistics.pstdev(g))), DIVIDED),
    (whole(lambda g, all: less(g, mean(g), statistics.stdev(all))), BATCH_SPREAD),
    (whole(lambda g, all: less(g, mean(g), statistics.pstdev(all))), BATCH_SPREAD),
    (
        whole(lambda g, all: less(g, mean(all), statistics.stdev(all))),
        BATCH_BOTH,
    ),
    (
        whole(lambda g, all: less(g, mean(all), statistics.pstdev(all))),
        BATCH_BOTH,
    ),
)
