"""Refresh what the notebooks show to a reader who does not run them: ``python -m tests.tools.notebooks``.

Each notebook is run in a real JupyterLab. Of what its cells show, text stays, and everything else becomes
a picture of it as it is on the screen: GitHub shows no live viewer, and scripts are megabytes.
"""

from __future__ import annotations

import argparse
import base64
import io
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, NotebookPage, jupyter_server

FOLDER = Path(__file__).parent.parent.parent / "notebooks"

_WIDTH = 1300
#: All cells are on the screen at once: JupyterLab draws no others.
_HEIGHT = 5200
#: Time for figures to be drawn and frames to come, in ms.
_SETTLE = 4000

Output = dict[str, Any]


def refresh(path: Path, jupyter: Jupyter, browser: Any) -> None:
    """Run a notebook, and put text and pictures of its outputs into it."""
    shutil.copy(path, jupyter.folder)
    page = jupyter.open(browser, path.name, height=_HEIGHT)
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.run_all()
    page.page.wait_for_timeout(_SETTLE)
    notebook = nbformat.read(path, 4)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            shown = page.evaluate("n => notebook.content.model.cells.get(n).outputs.toJSON()", number)
            cell.outputs = [nbformat.from_dict(output) for output in _outputs(page, number, shown)]
            cell.execution_count = sum(c.cell_type == "code" for c in notebook.cells[: number + 1])
    page.page.close()
    nbformat.write(notebook, path)


def _outputs(page: NotebookPage, number: int, shown: list[Output]) -> list[Output]:
    shown = [output for output in shown if output["output_type"] == "stream" or output["data"]]
    if all(output["output_type"] == "stream" or set(output["data"]) == {"text/plain"} for output in shown):
        return [{**output, "metadata": {}} if "data" in output else output for output in shown]
    data = {"image/jpeg": base64.b64encode(_picture(page, number)).decode("ascii")}
    return [{"output_type": "display_data", "data": data, "metadata": {}}]


def _picture(page: NotebookPage, number: int) -> bytes:
    """The outputs of a cell as they are on the screen."""
    area = page.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea").first
    image = Image.open(io.BytesIO(area.screenshot())).convert("RGB")
    # Left of it is the number of the cell.
    left = area.locator(".jp-OutputArea-prompt").first.bounding_box()
    buffer = io.BytesIO()
    trimmed = image.crop((round(left["width"]) if left else 0, 0, image.width, image.height))
    trimmed.save(buffer, "JPEG", quality=82, optimize=True)
    return buffer.getvalue()


def main(names: Sequence[str]) -> None:
    """Refresh the notebooks of these names, by default all."""
    paths = [FOLDER / name for name in names] or sorted(FOLDER.glob("*.ipynb"))
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        jupyter_server(Path(folder), home=Path(home)) as jupyter,
        launched_browser() as browser,
    ):
        for path in paths:
            refresh(path, jupyter, browser)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="file names, by default all notebooks")
    main(parser.parse_args().names)
