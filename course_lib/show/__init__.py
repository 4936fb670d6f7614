"""What a reader looks at: `from course_lib import show`, then show.answers(...), show.curves(...) and so on.

The only place that imports matplotlib, and only inside functions: importing this is light. No slot imports it.
"""

from course_lib.show.also_table import also
from course_lib.show.answer_table import answers
from course_lib.show.attempts_picture import attempts, restarts
from course_lib.show.beside_table import beside
from course_lib.show.claim_picture import claim
from course_lib.show.code import source
from course_lib.show.conduct_picture import conduct, frontier
from course_lib.show.cost_table import cost
from course_lib.show.drift_picture import drifted
from course_lib.show.exam_picture import exam, votes, votes_by_m
from course_lib.show.figure import compare, curves, measured
from course_lib.show.game_picture import games, losses, one_game
from course_lib.show.hint_picture import reached, unsolved, unsound_by_level
from course_lib.show.judge_picture import judged_pairs
from course_lib.show.lineage_view import lineage
from course_lib.show.live_figure import live, put
from course_lib.show.loop_picture import loop
from course_lib.show.memory_table import memories
from course_lib.show.methods_diff import diff
from course_lib.show.noise_picture import checker_noise
from course_lib.show.overoptimisation_picture import overoptimised, peaks
from course_lib.show.page import Page
from course_lib.show.pair_table import pairs
from course_lib.show.parted_picture import parted
from course_lib.show.passage_table import passages
from course_lib.show.paths_picture import paths_against_accuracy, paths_by_k, paths_by_temperature
from course_lib.show.picture import Picture
from course_lib.show.plots import dots, histogram, lines, stacked
from course_lib.show.pushed_table import pushed
from course_lib.show.rates_picture import rates
from course_lib.show.refine_picture import by_critic, refine_dial, refined
from course_lib.show.remedies_picture import remedies
from course_lib.show.rounds_picture import by_round, several, together
from course_lib.show.rules_picture import mixed_rules
from course_lib.show.signs_picture import dashboard
from course_lib.show.skill_table import skills
from course_lib.show.tail_picture import tail
from course_lib.show.threshold_picture import improve_sets, threshold, two_rewards
from course_lib.show.transcript_table import transcripts
from course_lib.show.workflow_picture import by_calls, found, grown, parents, searched, solved

__all__ = [
    "Page",
    "Picture",
    "also",
    "answers",
    "attempts",
    "beside",
    "by_calls",
    "by_critic",
    "by_round",
    "checker_noise",
    "claim",
    "compare",
    "conduct",
    "cost",
    "curves",
    "dashboard",
    "diff",
    "dots",
    "drifted",
    "exam",
    "found",
    "frontier",
    "games",
    "grown",
    "histogram",
    "improve_sets",
    "judged_pairs",
    "lineage",
    "lines",
    "live",
    "loop",
    "losses",
    "measured",
    "memories",
    "mixed_rules",
    "one_game",
    "overoptimised",
    "pairs",
    "parents",
    "parted",
    "passages",
    "paths_against_accuracy",
    "paths_by_k",
    "paths_by_temperature",
    "peaks",
    "pushed",
    "put",
    "rates",
    "reached",
    "refine_dial",
    "refined",
    "remedies",
    "restarts",
    "searched",
    "several",
    "skills",
    "solved",
    "source",
    "stacked",
    "tail",
    "threshold",
    "together",
    "transcripts",
    "two_rewards",
    "unsolved",
    "unsound_by_level",
    "votes",
    "votes_by_m",
]  # fmt: skip
