"""Colab: runs on the reader's Google Drive outlive a disconnect, and the next session goes on with them."""

from __future__ import annotations

import os
from pathlib import Path

DRIVE = Path("/content/drive")
RUNS = DRIVE / "MyDrive" / "self-improvement-course" / "runs"


def keep_runs() -> None:
    """Have the notebook's runs kept on Drive (COURSE_RUNS). Where that can't be, say so and leave them where they are."""
    try:
        from google.colab import drive

        drive.mount(str(DRIVE))
    except ImportError:
        print("KEEP is for Colab: here runs are on your own disk, and stay there.")
    except Exception as error:  # what Colab raises when the reader declines has changed over time
        reason = str(error) or type(error).__name__
        print(
            f"Google Drive was not mounted ({reason}): runs are lost when this session ends. Run the cell again to retry."
        )
    else:
        os.environ["COURSE_RUNS"] = str(RUNS)
        print(f"Runs are kept in {RUNS}.")
