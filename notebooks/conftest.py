"""pytest runs every cell of every notebook here (nbval): with the small budget, in a run folder of its own, one kernel each."""

import os
import shutil
import tempfile

import pytest


def pytest_configure(config):
    """Kernels inherit this. Under xdist the controller makes the folder and its workers find it."""
    os.environ.setdefault("COURSE_FAST", "1")
    if not hasattr(config, "workerinput"):
        os.environ["COURSE_RUNS"] = tempfile.mkdtemp(prefix="course-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ["COURSE_RUNS"], ignore_errors=True))


def pytest_itemcollected(item):
    """Cells of one notebook stay on one worker (`--dist loadgroup`): they share a kernel."""
    item.add_marker(pytest.mark.xdist_group(item.path.stem))
