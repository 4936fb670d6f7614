"""What test_ranks.py starts under torchrun: ranks that talk until one dies, or until the launcher tells all to stop.

usage: ranks_end.py SEEN [DEAD]      SEEN/RANK says that a rank has begun; rank DEAD then kills itself
"""

import os
import signal
import sys
import time
from pathlib import Path

from course_lib import ranks
from course_lib.errors import CourseError


def main(seen: Path, dead: int | None) -> None:
    with ranks.together():
        ranks.everyone(1)
        (seen / str(ranks.rank())).touch()
        if ranks.rank() == dead:
            time.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)
        while True:
            ranks.everyone(1)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
    except CourseError as error:
        sys.exit(f"course: {error}")
