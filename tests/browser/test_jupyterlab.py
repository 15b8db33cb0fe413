"""JupyterLab in a real browser: the first notebook runs, and its forest plot appears."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

pytestmark = pytest.mark.browser

NOTEBOOK = next((Path(__file__).resolve().parents[2] / "notebooks").glob("01_*.ipynb"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# No news, no look for updates; cells out of sight are drawn too, so that all can be looked at.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
SECONDS = 60
RAN = "[...document.querySelectorAll('.jp-CodeCell')].filter(cell => /^\\[\\d+\\]:$/.test(\
cell.querySelector('.jp-InputPrompt').textContent)).length"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def unrun(folder: Path) -> Path:
    """Write the notebook without its outputs and return where it is."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, folder / NOTEBOOK.name)
    return folder / NOTEBOOK.name


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Yield the address of the notebook in a JupyterLab of its own, which is gone afterward."""
    for place, settings in SETTINGS.items():
        file = tmp_path / "settings" / "@jupyterlab" / f"{place}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    unrun(work)
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    places = {name: str(tmp_path / name.lower()) for name in own}
    places["JUPYTERLAB_SETTINGS_DIR"] = str(tmp_path / "settings")
    places["JUPYTERLAB_WORKSPACES_DIR"] = str(tmp_path / "workspaces")
    port, token = free_port(), "a-token-of-this-test"
    options = ["--no-browser", "--allow-root", f"--IdentityProvider.token={token}",
               f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
               "--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={work}"]  # fmt: skip
    log = tmp_path / "log"
    with log.open("w", encoding="utf-8") as written:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **places},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(server, port, log)
            yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK.name}?token={token}"
        finally:
            stop(server)


def wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the server answers."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text(encoding='utf-8')}")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; whatever is left is killed, and told of."""
    kernels = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.terminate()
    _, left = psutil.wait_procs([psutil.Process(server.pid), *kernels], timeout=15)
    for process in left:
        process.kill()
    server.wait()
    assert not left


def test_the_first_notebook_runs(chromium: str, lab: str) -> None:
    """Run All Cells: each cell ends without an error, and the forest plot is a picture."""
    from playwright.sync_api import sync_playwright

    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    count = sum(cell.cell_type == "code" for cell in cells)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        problems: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(lab)
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=SECONDS * 1000)
        page.get_by_text(re.compile(r"^Python 3 .*\| Idle$")).wait_for(timeout=SECONDS * 1000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.wait_for_function(f"{RAN} === {count}", timeout=SECONDS * 1000)
        pictures = seen(page)
        browser.close()
    assert len(pictures) == 1
    assert "ma.forest(" in pictures[0]["source"]
    assert pictures[0]["width"] > 600
    assert pictures[0]["height"] > 200
    assert not problems
    assert not [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))]


def seen(page: Any) -> list[dict[str, Any]]:
    """Return the pictures among the outputs, once it is sure that none is an error."""
    for kind in ("error", "stderr"):
        found = page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']")
        assert found.count() == 0, found.first.inner_text()
    page.locator(".jp-OutputArea-output img").first.scroll_into_view_if_needed()
    return list(
        page.evaluate(
            "[...document.querySelectorAll('.jp-OutputArea-output img')].map(i => ({"
            "source: i.closest('.jp-CodeCell').querySelector('.jp-InputArea-editor').innerText,"
            "width: i.naturalWidth, height: i.naturalHeight}))"
        )
    )
