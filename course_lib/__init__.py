"""Self-improvement of language models: one loop, one piece swapped. Importing this loads no heavy library.

policy = load("pocket")
train, fresh = stories(256, (4, 5, 6)), stories(1000, HARD, seed=1_000_000)
policy, log = improve(policy, train, star(), rounds=3, measure=held_out(fresh, seed=0))
"""

from course_lib.loading import load
from course_lib.loop import improve
from course_lib.measure import held_out
from course_lib.methods import (
    aflow,
    ai_preferences,
    control,
    distil,
    grpo,
    preference_model,
    reflexion,
    rest,
    rft,
    rl_cai,
    self_refine,
    self_rewarding,
    sl_cai,
    spin,
    star,
    ttrl,
    voyager,
)
from course_lib.policy import Lora
from course_lib.score import graded, noisy, verify
from course_lib.tasks.stories import EASY, FAR, HARD, stories
from course_lib.types import Completion, Example, Group, Method, Pair, Problem, Round, Turn

__all__ = [
    "EASY", "FAR", "HARD", "Completion", "Example", "Group", "Lora", "Method", "Pair", "Problem", "Round", "Turn",
    "aflow", "ai_preferences", "control", "distil", "graded", "grpo", "held_out", "improve", "load", "noisy", "preference_model",
    "reflexion", "rest", "rft", "rl_cai", "self_refine", "self_rewarding", "sl_cai", "spin", "star", "stories", "ttrl", "verify",
    "voyager",
]  # fmt: skip
