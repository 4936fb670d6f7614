"""pytest runs every cell of every notebook here (nbval): with the small budget, in a run folder of its own, one kernel each."""

import os
import shutil
import tempfile

import pytest

TOGETHER = (".ipynb", "test_browser.py")  # files whose tests stay on one worker: they share a kernel, or a server


def pytest_configure(config):
    """Kernels inherit this. Under xdist the controller makes the folder and its workers find it."""
    os.environ.setdefault("COURSE_FAST", "1")
    if not hasattr(config, "workerinput"):
        runs = os.environ["COURSE_RUNS"] = tempfile.mkdtemp(prefix="course-")
        config.add_cleanup(lambda: shutil.rmtree(runs, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """`pytest -n 2`: files of TOGETHER in one piece, and first; all other tests go one by one to whoever is free."""
    from xdist.scheduler import LoadScopeScheduling

    class ByNotebook(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.split("::")[0]
            return file if file.endswith(TOGETHER) else nodeid

    return ByNotebook(config, log)
