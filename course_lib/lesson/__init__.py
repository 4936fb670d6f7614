"""What a notebook needs around its lesson: a policy and problems to begin with, runs that are kept, predictions."""

from course_lib.lesson.opening import begin, begin_exam, begin_library, begin_talks, begin_town, begin_workshop
from course_lib.lesson.room import Room
from course_lib.lesson.school import by_level

__all__ = ["Room", "begin", "begin_exam", "begin_library", "begin_talks", "begin_town", "begin_workshop", "by_level"]
