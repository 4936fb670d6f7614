"""The methods, each a value made of plain functions; and the matched control of any of them."""

from course_lib.methods.cai import ai_preferences, preference_model, rl_cai, sl_cai
from course_lib.methods.control import control
from course_lib.methods.rest import rest
from course_lib.methods.rft import rft
from course_lib.methods.self_rewarding import self_rewarding
from course_lib.methods.spin import spin
from course_lib.methods.star import star

__all__ = [
    "ai_preferences",
    "control",
    "preference_model",
    "rest",
    "rft",
    "rl_cai",
    "self_rewarding",
    "sl_cai",
    "spin",
    "star",
]
