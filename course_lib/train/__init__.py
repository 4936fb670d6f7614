"""The train slot, and the only folder that touches trainers: imitate (SFT), prefer (DPO), reinforce, and a reward model."""

from course_lib.train.policy_gradient import policy_gradient, reinforce
from course_lib.train.preference import dpo, prefer
from course_lib.train.reward_model import reward_model
from course_lib.train.step_reward import step_reward
from course_lib.train.supervised import imitate, improve_steps, sft

__all__ = [
    "dpo",
    "imitate",
    "improve_steps",
    "policy_gradient",
    "prefer",
    "reinforce",
    "reward_model",
    "sft",
    "step_reward",
]
