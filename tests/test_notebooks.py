"""The notebooks run, and their committed outputs are small and reveal nothing about a machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("panel")
pytest.importorskip("jupyterlab")
pytest.importorskip("nbclient")

import nbformat

FOLDER = Path(__file__).parent.parent / "notebooks"

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Most bytes of a notebook in the repository, pictures included.
MOST_NBYTES = 600_000


def test_there_are_notebooks() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02d}" for number in range(1, 8)]


Run = Future["subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, Run]]]:
    """For each notebook, the file that it becomes by being run, and the process that runs it."""
    with ThreadPoolExecutor(2) as pool:
        targets = {path.stem: tmp_path_factory.mktemp(path.stem) / path.name for path in NOTEBOOKS}
        yield {
            path.stem: (targets[path.stem], pool.submit(run, path, targets[path.stem])) for path in NOTEBOOKS
        }


def run(path: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run a copy of a notebook, in an empty folder."""
    shutil.copy(path, target)
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", str(target)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, runs: dict[str, tuple[Path, Run]]) -> None:
    target, process = runs[path.stem]
    assert process.result().returncode == 0, process.result().stderr
    notebook = nbformat.read(target, 4)
    # A figure of HoloViews that cannot be drawn only prints a traceback; warnings are for readers to see.
    streams = [o for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream"]
    assert [stream.text for stream in streams if stream.name == "stderr"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    text = path.read_text("utf-8")
    assert len(text) < MOST_NBYTES
    words = re.sub(r'"image/\w+": ".*"', "", text)
    assert not re.search(r"/(home|root|tmp|Users|work|usr)/|site-packages|[A-Z]:\\\\", words)
    shown = [o for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]
    assert any(key.startswith("image/") for output in shown for key in output.data), "a picture to see"
    assert not any("script" in output.data.get("text/html", "") for output in shown)
