"""A class's notebooks graded: each answer runs behind walls, and what it returns is judged outside them.

`cells` finds the answers in a notebook; `values` carries data through a pipe; `desk` runs inside the walls, `room` and `judge`
outside; `sheet` prints. Nothing is imported here: `desk` is loaded by a program that has no `course_lib.check`.
"""
