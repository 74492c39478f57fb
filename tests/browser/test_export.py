"""Exporting the view by a real download, and opening the file."""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.model.colormaps import COLORMAPS, lookup_table
from jpkl_viewer.tools.export.axes import axes_room
from jpkl_viewer.tools.export.place import Place
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import Open, mitosis, numbered
from tests.movies import read_mp4


def download(page: ViewerPage) -> tuple[str, bytes]:
    """Save the file: its name and bytes."""
    with page.page.expect_download() as found:
        page.page.get_by_role("dialog", name="Export").get_by_role("button", name="Save").click()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def take_off_annotations(page: ViewerPage) -> None:
    """Export without scale bar and stamp."""
    for label in ("with scale bar", "with stamp"):
        page.control(label).uncheck()


def test_a_picture_is_what_is_seen(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("time", 20)
    page.set("colormap", "magma")
    page.set("upper contrast limit", 120)
    # A small frame is enlarged, for slides.
    page.control("exported size").wait_for()
    page.page.get_by_text("684 × 784 pixels", exact=True).wait_for()
    page.set("exported size", "1")
    # The scale bar is as long as that on the screen, in pixels of the frame.
    said = page.evaluate("() => jpkl.all('.scalebar div')[0].textContent")
    page.control("with scale bar").wait_for()
    white = (np.asarray(Image.open(io.BytesIO(download(page)[1]))) == 255).all(axis=-1)
    assert f"{white[150:].sum(axis=1).max()} px" == said
    take_off_annotations(page)
    name, data = download(page)
    assert name == "stack.png"
    picture = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(picture, lookup_table(COLORMAPS["magma"], (0, 120))[jp[..., 20, 0]])


def test_the_part_on_the_screen(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.zoom_at(64, 98, 12)
    take_off_annotations(page)
    page.set("exported area", "screen")
    page.set("exported size", "2")
    _, data = download(page)
    picture = np.asarray(Image.open(io.BytesIO(data)))
    seen = page.evaluate("() => jpkl.view().picture.painter.target.crop")
    assert seen["width"] < 60
    assert picture.shape[:2] == (2 * seen["height"], 2 * seen["width"])
    rows, columns = (slice(seen[a], seen[a] + seen[b]) for a, b in (("y", "height"), ("x", "width")))
    assert np.array_equal(picture[::2, ::2, 0], jp[rows, columns, 0, 0])
    # Turned on the screen, it is turned in the picture, too, or as it is stored where that is chosen.
    page.press("t")
    page.control("turned as on the screen").wait_for()
    for is_turned in (True, False):
        page.control("turned as on the screen").set_checked(is_turned)
        seen = page.evaluate("() => jpkl.view().picture.painter.target.crop")
        rows, columns = (slice(seen[a], seen[a] + seen[b]) for a, b in (("y", "height"), ("x", "width")))
        _, data = download(page)
        picture = np.asarray(Image.open(io.BytesIO(data)))[::2, ::2, 0]
        stored = jp[rows, columns, 0, 0]
        assert np.array_equal(picture, np.rot90(stored, -1) if is_turned else stored)
    page.control("with axes").check()
    width, height = (2 * seen["width"], 2 * seen["height"])
    left, below = axes_room(Place(0, 0, 1, 1, width, height).unit)
    page.page.get_by_text(f"{width + left} × {height + below} pixels", exact=True).wait_for()
    _, data = download(page)
    assert np.asarray(Image.open(io.BytesIO(data))).shape[:2] == (height + below, width + left)


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_movie_holds_the_frames(open_viewer: Open, kind: str, tmp_path: Path) -> None:
    if kind == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    jp, levels = numbered(12)
    page = open_viewer(jp)
    page.set("export format", kind)
    page.set("first exported index", 2)
    page.set("last exported index", 9)
    page.set("frames per second of the export", 5)
    take_off_annotations(page)
    name, data = download(page)
    assert name == f"stack.{kind}"
    grays = _grays(data, kind, tmp_path / "movie.mp4")
    assert len(grays) == 8
    assert np.abs(np.array(grays) - levels[2:10]).max() <= (0 if kind == "gif" else 3)


def _grays(data: bytes, kind: str, path: Path) -> list[int]:
    if kind == "gif":
        with Image.open(io.BytesIO(data)) as image:
            return [image.seek(i) or image.convert("L").getpixel((32, 32)) for i in range(image.n_frames)]
    path.write_bytes(data)
    return [int(frame[32, 32, 0]) for frame in read_mp4(path)]


def test_what_is_seen_is_saved_and_copied(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    region = {"name": "r1", "shape": "rectangle", "points": [[9.5, 9.5], [39.5, 59.5]]}
    page.evaluate("roi => jpkl.view().setTool('rois', {dim: 0, rois: [roi]})", region)
    page.click("color bar")
    page.set("orthogonal views", "0")
    page.set("exported size", "4")
    take_off_annotations(page)
    assert page.control("with color bar").is_checked()
    _, data = download(page)
    seen = np.asarray(Image.open(io.BytesIO(data)))
    assert seen.shape[0] > 4 * 196 + 51
    assert seen.shape[1] > 4 * 171 + 51
    orange = (abs(seen.astype(int) - (232, 137, 12)) < 40).all(axis=-1)
    assert np.abs(np.flatnonzero(orange.sum(axis=0) > 150) - 40).min() <= 2
    for label in ("with regions", "with color bar", "with orthogonal views"):
        page.control(label).uncheck()
    page.page.get_by_text("684 × 784 pixels", exact=True).wait_for()

    page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("Copy picture")
    page.page.get_by_text("Copied, 684 × 784 px").first.wait_for()
    np.testing.assert_array_equal(copied(page)[::4, ::4, 0], jp[..., 0, 0])

    page.press("Escape", "Escape")  # the sheet, and the orthogonal views, whose room the picture then has
    page.page.wait_for_function("() => jpkl.view().viewport.screenScale > 1.5")
    page.press("Control+c")
    page.page.locator(".hint", has_text="Copied").wait_for()
    scale = page.evaluate("() => jpkl.view().viewport.screenScale")
    picture = copied(page)
    assert picture.shape[:2] == (196 * round(scale), 171 * round(scale))
    assert ((abs(picture.astype(int) - (232, 137, 12)) < 40).all(axis=-1)).sum() > 100


def copied(page: ViewerPage) -> NDArray[np.uint8]:
    """The picture on the clipboard."""
    data = page.evaluate(
        "async () => { const [item] = await navigator.clipboard.read();"
        " return [...new Uint8Array(await (await item.getType('image/png')).arrayBuffer())] }"
    )
    return np.asarray(Image.open(io.BytesIO(bytes(data))).convert("RGB"))


def test_the_montage_on_the_screen_is_exported(open_viewer: Open) -> None:
    jp, levels = numbered(12)
    page = open_viewer(jp)
    page.open_view("montage")
    page.page.locator("canvas.montage[aria-label]").wait_for()
    take_off_annotations(page)
    _, data = download(page)
    seen = np.asarray(Image.open(io.BytesIO(data)))
    columns, most = page.evaluate(
        "() => { const {columns, cell} = jpkl.view().arrangement; return [columns, cell] }"
    )
    cell = most // 64 * 64  # pixels are repeated, not stretched
    assert seen.shape[1] == columns * (cell + 2) - 2
    middles = [
        int(seen[i // columns * (cell + 2) + cell // 2, i % columns * (cell + 2) + cell // 2, 0])
        for i in range(12)
    ]
    assert middles == levels


def temporary_exports() -> set[Path]:
    """Return the folders of exports under way, of other programs, too, and of such as were killed."""
    return set(Path(tempfile.gettempdir()).glob("jpkl-export-*"))


def test_a_cancelled_export_leaves_nothing(open_viewer: Open) -> None:
    before = temporary_exports()
    images = np.random.default_rng(0).integers(0, 255, (300, 256, 256), np.uint8)
    page = open_viewer(JPkl(images, axes="TYX"))
    page.set("export format", "gif")
    page.page.get_by_role("dialog", name="Export").get_by_role("button", name="Save").click()
    page.page.get_by_role("button", name="Cancel").click()
    page.page.get_by_text("Cancelled; nothing was written").wait_for()
    until = time.monotonic() + 10
    while left := temporary_exports() - before:
        assert time.monotonic() < until, left
        page.settle()
    page.set("export format", "png")
    assert download(page)[0] == "stack.png"


def test_it_prints_the_forecast(open_viewer: Open) -> None:
    jp, _ = numbered(20)
    page = open_viewer(jp)
    page.set("export format", "gif")
    page.page.get_by_text("20 pictures · 64 × 64 pixels · 2 s · up to 0.11 MB").wait_for()
    page.set("step of the export", 3)
    page.set("exported size", "0.5")
    page.page.get_by_text("7 pictures · 32 × 32 pixels · 0.7 s · up to 0.01 MB").wait_for()
    page.set("export format", "png")
    page.page.get_by_text("32 × 32 pixels", exact=True).wait_for()


def test_ctrl_c_ends_the_server_amid_an_export(browser: Browser, tmp_path: Path) -> None:
    before = temporary_exports()
    JPkl(np.zeros((400, 1024, 1024), np.uint8), axes="TYX").save(tmp_path / "long.jpkl")
    with served(tmp_path / "long.jpkl") as url:
        page = ViewerPage(browser.new_page(), url)
        page.set("export format", "gif")
        page.page.get_by_role("dialog", name="Export").get_by_role("button", name="Save").click()
        page.page.wait_for_function("() => jpkl.all('progress')[0].value > 0")
        start = time.monotonic()
    assert time.monotonic() - start < 10
    page.page.close()
    assert temporary_exports() <= before


def test_a_wrong_range_is_said(open_viewer: Open) -> None:
    jp, _ = numbered(5)
    page = open_viewer(jp)
    page.set("export format", "gif")
    page.set("first exported index", 4)
    page.set("last exported index", 1)
    page.page.get_by_role("dialog", name="Export").get_by_role("button", name="Save").click()
    page.page.get_by_text("is empty").wait_for()


def test_the_python_code_opens_the_view_again(
    open_viewer: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = open_viewer(mitosis())
    page.set("time", 31)
    page.set("colormap", "viridis")
    page.set("projection", "max")
    page.set("orthogonal views", "0")
    page.click("color bar")
    page.click("axes")
    page.click("scale bar")
    region = {"name": "r1", "shape": "line", "points": [[9.5, 9.5], [39.5, 59.5]]}
    page.evaluate("roi => jpkl.view().setTool('rois', {dim: 0, rois: [roi]})", region)
    # Of a page over HTTP on another host than this one, browsers keep the clipboard.
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    page.click("Copy Python")
    page.page.get_by_text("Copy the text below").wait_for()
    code = page.page.get_by_label("text to copy").input_value()
    settings = page.evaluate("() => jpkl.view().settings")
    mitosis().save(tmp_path / "stack.jpkl")
    monkeypatch.chdir(tmp_path)
    names: dict[str, JPklViewer] = {}
    exec(code, names)
    assert names["viewer"].settings() == settings
    assert settings["tools"].keys() == {"ortho", "rois"}
    assert (settings["colorbar"], settings["axes"], settings["scale_bar"]) == (True, True, False)
