"""``jpkl page``: the viewer as one file, alone or beside stacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("panel")

from jpkl import JPkl
from jpkl.toolkit import human_bytes
from tests.cli.conftest import Run


@pytest.fixture
def stacks(folder: Path) -> list[Path]:
    """Two files of one shape."""
    (folder / "a").mkdir()
    paths = [folder / "a" / "raw.jpkl", folder / "a" / "den oised.jpkl"]
    for i, path in enumerate(paths):
        JPkl(np.full((8, 8, 3), 50 * i, np.uint8), dim_names=["time"]).save(path)
    return paths


def test_the_viewer_is_written_once(run: Run, folder: Path) -> None:
    said = run("page", "viewer.html")
    size = human_bytes((folder / "viewer.html").stat().st_size)
    assert (
        said == f"viewer.html: {size}; open it and drop JPkl files on it, or add ?url=LINK to its address\n"
    )
    assert "--force replaces it" in run("page", "viewer.html", code=2)
    run("page", "viewer.html", "--force")


def test_with_data_it_is_a_folder_to_upload(run: Run, folder: Path, stacks: list[Path]) -> None:
    # A file of another writer has no index: the copy gets one.
    whole = stacks[0].read_bytes()
    stacks[0].write_bytes(whole[: whole.index(b"JPix")])
    site = folder / "site"
    assert "index.html and 2 stacks" in run("page", "--data", *stacks, "-o", site)
    assert sorted(path.name for path in site.iterdir()) == ["den oised.jpkl", "index.html", "raw.jpkl"]
    with JPkl.load(site / "raw.jpkl") as jp:
        assert jp.shape == (8, 8, 3)
    assert b"JPklTrlr" in (site / "raw.jpkl").read_bytes()
    assert '["raw.jpkl","den%20oised.jpkl"]' in (site / "index.html").read_text("utf-8")
    assert "exists already" in run("page", "--data", stacks[1], "-o", site, code=2)
    run("page", "--data", stacks[1], "-o", site, "--force")


def test_stacks_of_every_codec_that_browsers_decode_are_published(run: Run, folder: Path) -> None:
    images = np.arange(8 * 8 * 3, dtype=np.uint16).reshape(8, 8, 3)
    JPkl(images, lossless=True).save(folder / "exact.jpkl")
    assert "1 stack" in run("page", "--data", folder / "exact.jpkl", "-o", "x")
    JPkl(images, codec="jpeg2000").save(folder / "other.jpkl")
    said = run("page", "--data", folder / "other.jpkl", "-o", "y", code=2)
    assert "encoded by 'jpeg2000', which the page does not show" in said


def test_what_could_not_be_shown_is_refused(run: Run, folder: Path, stacks: list[Path]) -> None:
    for arguments, said in [
        ((), "name the HTML file"),
        (("--data", stacks[0]), "name it after -o"),
        (("--data", stacks[0], stacks[0], "-o", "x"), "two of the files are called raw.jpkl"),
        (("--data", folder / "none.jpkl", "-o", "x"), "No such file"),
        (("--data", stacks[0], "-o", stacks[1]), "is a file; name a folder"),
    ]:
        assert said in run("page", *arguments, code=2)
    assert not (folder / "x").exists()
