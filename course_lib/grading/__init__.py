"""A class's notebooks graded: each answer runs behind walls, and what it returns is judged outside them.

`book` reads a notebook, and `cells` finds the answers in it; `values` carries data through a pipe; `desk`, with `scene` and
`causes`, runs inside the walls, `room`, `there`, `keys` and `judge` outside; `sheet` and `totals` print. Nothing is imported
here: `desk` is loaded by a program that has no `course_lib.check`.
"""
