"""The train slot, and the only folder that touches trainers: imitate (SFT), prefer (DPO)."""

from course_lib.train.preference import dpo, prefer
from course_lib.train.supervised import imitate, improve_steps, sft

__all__ = ["dpo", "imitate", "improve_steps", "prefer", "sft"]
