"""Sliders, Run and Stop, and predictions to choose: core ipywidgets (7.7 to 8), each with a static twin."""

from course_lib.controls.choices import Choice, choose
from course_lib.controls.panels import Panel, panel
from course_lib.controls.runs import Runner, runner

__all__ = ["Choice", "Panel", "Runner", "choose", "panel", "runner"]
