"""The stand-alone page as a file: what is in it, and that its reader agrees with Python's."""

from __future__ import annotations

import json
import re
import subprocess
import warnings
from pathlib import Path

import pytest

pytest.importorskip("panel")

from jpkl_viewer import save_stand_alone_page

from jpkl import JPkl, JPklError
from tests.conftest import ROOT, shared_data
from tests.tools.file_vectors import LETTERS
from tests.tools.javascript import node_folder

#: Bytes of the page at most.
MOST_NBYTES = 700_000


def test_the_page_is_small_and_lets_nothing_else_run(tmp_path: Path) -> None:
    nbytes = save_stand_alone_page(tmp_path / "viewer.html")
    page = (tmp_path / "viewer.html").read_text("utf-8")
    assert nbytes == len(page.encode()) < MOST_NBYTES
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"('sha256-[\w+/=]{44}' ){5}'wasm-unsafe-eval'", policy["script-src"])
    assert policy["connect-src"] == "http: https:"
    assert not re.search(r'(src|href)="?(https?:)?//', page)


def test_a_page_beside_its_stacks_reads_from_its_own_server_alone(tmp_path: Path) -> None:
    save_stand_alone_page(tmp_path / "index.html", ["a b#.jpkl", "</script>.jpkl"])
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "connect-src 'self';" in page
    data = re.search(r'id="data">(.*?)</script>', page)
    assert data
    assert json.loads(data[1])["files"] == ["a%20b%23.jpkl", "%3C/script%3E.jpkl"]


@pytest.mark.parametrize("corpus", ["hostile", "hostile-jpeg"])
def test_hostile_files_end_as_in_python(corpus: str) -> None:
    """Node opens the same files: nothing is unpickled here or there."""
    folder = shared_data(corpus)
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".md", ".json", ".txt")
    ]
    assert paths
    script = ROOT / "tests" / "js" / "standalone" / "read_files.js"
    run = subprocess.run(
        [node_folder() / "node", script],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {str(path): _outcome(path) for path in paths}
    assert json.loads(run.stdout) == expected


def _outcome(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with JPkl.load(path):
                return "."
        except JPklError as error:
            return LETTERS[type(error).__name__]
