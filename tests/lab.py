"""A real JupyterLab on loopback and a headless Chromium that drives it: what tests/test_browser.py works with."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SETTINGS = {  # no look for news on the network; every cell in the page, so that a test finds those out of sight
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
HAVE_RUN = r"""
Array.from(document.querySelectorAll('.jp-CodeCell')).every(cell =>
    /\[\d+\]/.test(cell.querySelector('.jp-InputPrompt').textContent)
    || !cell.querySelector('.cm-content').textContent.trim())
"""
FAILED = """
Array.from(document.querySelectorAll('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'))
    .map(output => output.textContent).filter(text => text.includes('Traceback'))
"""


def missing():
    """Why no browser can be driven here, or an empty text."""
    if not Path(CHROMIUM).exists():
        return f"no browser: {CHROMIUM} is not there (Debian: apt-get install chromium)"
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "no playwright: pip install playwright (it needs to download no browser)"
    return ""


@contextlib.contextmanager
def server(folder, home):
    """JupyterLab over `folder`, its settings and traces under `home`. Yields a function: notebook name -> address."""
    for name, values in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    port, token = free_port(), secrets.token_hex(16)
    with open(home / "lab.log", "wb") as log:
        process = subprocess.Popen(
            command(folder, port, token), env=environment(home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", process, home / "lab.log")
        yield lambda name: f"http://127.0.0.1:{port}/doc/tree/{name}?token={token}&reset"
    finally:
        end(process)


def command(folder, port, token):
    values = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": token,
        "LabApp.extension_manager": "readonly",
    }
    return [sys.executable, "-m", "jupyterlab", *(f"--{k}={v}" for k, v in values.items())]


def environment(home):
    """The test's own, with a home of its own: no settings of the person who runs it, and none left behind."""
    own = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    fast = {"COURSE_FAST": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return os.environ | {name: str(path) for name, path in own.items()} | fast


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(address, process, log, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def end(process):
    """Ask the server to end, and its kernels with it; what is left of its own group after ten seconds is killed."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, headless=True)
        try:
            yield chromium
        finally:
            chromium.close()


class Notebook:
    """One notebook open in the browser: cells found by their text, run, typed into and looked at."""

    def __init__(self, chromium, address, cells, width=1280, height=900):
        self.errors = []
        self.page = chromium.new_page(viewport={"width": width, "height": height})
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.goto(address)
        self.until(f"document.querySelectorAll('.jp-Notebook .jp-Cell').length == {cells}", 60)
        self.page.get_by_text(re.compile(r"\(ipykernel\) \| Idle$")).wait_for(timeout=60_000)  # the status bar

    def until(self, condition, seconds):
        """Wait for a condition in the page's JavaScript."""
        self.page.wait_for_function(condition, timeout=seconds * 1000)

    def cell(self, text):
        """The first code cell whose source has `text` in it."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".cm-content", has_text=text)).first

    def run_all(self, seconds):
        """Run → Run All Cells, and wait until every code cell has run."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator(".lm-Menu-item", has_text=re.compile("^Run All Cells$")).click()
        self.quiet(seconds)

    def quiet(self, seconds):
        """Wait until all cells that hold code have run; fails at once with the error if one has failed."""
        self.until(f"({FAILED.strip()}).length || ({HAVE_RUN.strip()})", seconds)
        assert not (failed := self.page.evaluate(FAILED)), failed[0][-2000:]

    def run(self, cell, source=None, seconds=60):
        """Run one cell where it stands, with `source` typed into it if given."""
        cell.locator(".cm-content").click()
        if source is not None:
            self.page.keyboard.press("Control+a")
            self.page.keyboard.insert_text(source.strip())
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_timeout(200)
        self.quiet(seconds)

    def picture(self, place):
        """The address of the picture in a cell's widget: its bytes, base64."""
        return place.locator(".jp-OutputArea img").last.get_attribute("src")

    def changed(self, place, before, seconds=10):
        """Wait for another picture than `before`; returns it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            now = self.picture(place)
            if now != before:
                return now
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the picture has not changed in {seconds} s")

    def shoot(self, name, width, place=None):
        """A screenshot of a cell, or of what is in sight, into COURSE_SCREENSHOTS if that is set."""
        folder = Path(os.environ.get("COURSE_SCREENSHOTS", "/nonexistent"))
        if not folder.is_dir():
            return
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.wait_for_timeout(500)
        if place is not None:
            high = place.bounding_box()["height"]
            self.page.set_viewport_size({"width": width, "height": max(900, int(high) + 250)})
            place.scroll_into_view_if_needed()
        self.page.wait_for_timeout(300)
        (place or self.page).screenshot(path=str(folder / f"{name}-{width}.png"))

    def shoot_all(self, name, width, step=1500):
        """The whole notebook, from top to bottom, in pictures of `step` pixels."""
        if "COURSE_SCREENSHOTS" not in os.environ:
            return
        self.page.set_viewport_size({"width": width, "height": step})
        self.page.wait_for_timeout(500)
        pane = self.page.locator(".jp-WindowedPanel-outer").first
        for i, top in enumerate(range(0, pane.evaluate("e => e.scrollHeight"), step - 150)):
            pane.evaluate("(e, top) => { e.scrollTop = top }", top)
            self.page.wait_for_timeout(300)
            self.page.screenshot(path=str(Path(os.environ["COURSE_SCREENSHOTS"]) / f"{name}-{width}-{i:02}.png"))
