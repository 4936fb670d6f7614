"""What a notebook needs around its lesson: a policy and problems to begin with, runs that are kept, predictions."""

from course_lib.lesson.room import Room, begin, begin_exam, begin_town

__all__ = ["Room", "begin", "begin_exam", "begin_town"]
