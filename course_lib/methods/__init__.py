"""The methods, each a value made of plain functions; and the matched control of any of them."""

from course_lib.methods.aflow import aflow
from course_lib.methods.cai import ai_preferences, preference_model, rl_cai, sl_cai
from course_lib.methods.control import control
from course_lib.methods.distil import distil
from course_lib.methods.grpo import grpo
from course_lib.methods.reflexion import reflexion
from course_lib.methods.rest import rest
from course_lib.methods.rft import rft
from course_lib.methods.self_refine import self_refine
from course_lib.methods.self_rewarding import self_rewarding
from course_lib.methods.spin import spin
from course_lib.methods.star import star
from course_lib.methods.ttrl import ttrl
from course_lib.methods.voyager import voyager

__all__ = [
    "aflow",
    "ai_preferences",
    "control",
    "distil",
    "grpo",
    "preference_model",
    "reflexion",
    "rest",
    "rft",
    "rl_cai",
    "self_refine",
    "self_rewarding",
    "sl_cai",
    "spin",
    "star",
    "ttrl",
    "voyager",
]
