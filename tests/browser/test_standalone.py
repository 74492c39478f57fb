"""The stand-alone page: stacks that are dropped on it, picked, or behind a URL, without any Python."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer, save_stand_alone_page
from PIL import ExifTags, Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from jpkl import JPkl
from jpkl._cli import main
from tests.browser.driver import SCRIPT
from tests.browser.pages import mitosis, numbered
from tests.browser.test_drop import drop
from tests.tools.range_server import RangeServer, range_server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(SCRIPT)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page on which no error goes unnoticed."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page has thrown {error}"))
    return page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RangeServer]:
    save_stand_alone_page(tmp_path / "viewer.html")
    with range_server(tmp_path, latency=0.02) as server:
        yield server


#: What the page says of two pixels of the second frame: as they are shown, and as they are kept.
EXACT = """async () => {
  const {asks} = window.jpkl.view();
  const ask = x => new Promise((onAnswer, onError) =>
    asks.ask("test", {what: "pixels", x, y: 20, frames: [1]}, {onAnswer, onError}));
  const [left, right] = [await ask(20), await ask(50)];
  return [[left.values[0][0], right.values[0][0]], [left.exact[0][0], right.exact[0][0]]];
}"""


def wait_for(page: Page, gray: int, x: int = 20) -> None:
    page.wait_for_function(
        "([gray, x]) => window.jpkl.view()?.shown && Math.abs(window.jpkl.pixel(x, 20)[0] - gray) <= 1",
        arg=[gray, x],
    )


def state(page: Page) -> Any:
    page.wait_for_function("() => window.jpkl.view()?.shown")
    return page.evaluate("() => window.jpkl.view().settings")


def move(page: Page, index: int) -> None:
    page.wait_for_function("() => window.jpkl.view()?.shown")
    page.evaluate("i => window.jpkl.view().move(0, i)", index)


def test_a_url_is_shown_after_two_requests(page: Page, server: RangeServer) -> None:
    jp, levels = numbered(40, side=256)
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 9, 3), dtype=np.uint8)
    JPkl(noise, dim_names=["z", "channel"], metadata={"channel_names": ["GFP", "DIC", "x"]}).save(
        server.folder / "noise.jpkl"
    )
    jp.save(server.folder / "numbered.jpkl")

    # The first view is Python's, of a file that is larger than what is read from its end.
    page.goto(f"{server.url}/viewer.html?url=noise.jpkl")
    with JPkl.load(server.folder / "noise.jpkl") as noisy:
        expected = JPklViewer(noisy).state.settings()
    shown = state(page)
    assert shown["position"] == expected["position"] == [4, 0]
    for name in ("composite", "colormap", "playback"):
        assert shown[name] == expected[name]
    for mine, pythons in zip(shown["channels"], expected["channels"], strict=True):
        assert (mine["color"], mine["visible"]) == (pythons["color"], pythons["visible"])
    asked = [part for path, part in server.log if path == "/noise.jpkl"]
    assert asked[0] == "bytes=-262144"
    assert len(asked) == 2

    # A small file comes with one; each frame is the one that it should be, and comes once.
    page.goto(f"{server.url}/viewer.html?url=numbered.jpkl#time=0&display=0-255")
    for index in (0, 39, 17, 0):
        move(page, index)
        wait_for(page, levels[index])
    assert [part for path, part in server.log if path == "/numbered.jpkl"] == ["bytes=-262144"]
    page.evaluate("() => window.jpkl.view().link")
    assert "url=numbered.jpkl#time=0" in page.url
    page.reload()
    wait_for(page, levels[0])

    # A flipped bit is noticed.
    data = bytearray((server.folder / "numbered.jpkl").read_bytes())
    data[data.index(b"\xff\xda", len(data) // 2) + 20] ^= 1
    (server.folder / "numbered.jpkl").write_bytes(data)
    page.reload()
    page.wait_for_function("() => window.jpkl.view()?.shown")
    for index in range(40):
        move(page, index)
    page.evaluate(
        "async () => { for (let i = 0; i < 40; i++) { await window.jpkl.view().provider.fetch([i]) } }"
    )
    errors = page.evaluate(
        "() => Array.from({length: 40}, (_, i) => window.jpkl.view().provider.get(i).error)"
    )
    assert len([error for error in errors if error]) == 1
    assert "checksum" in next(error for error in errors if error)


@pytest.mark.parametrize("late", ["late.jpkl", "none.jpkl"])
def test_a_file_that_is_picked_stays_whatever_comes_of_the_url(
    page: Page, server: RangeServer, late: str
) -> None:
    for name, gray in (("picked", 40), ("late", 90)):
        flat = np.full((64, 64, 3), gray, np.uint8)
        JPkl(flat, dim_names=["time"], metadata={"channel_limits": [(0, 255)]}).save(
            server.folder / f"{name}.jpkl"
        )
    held: list[Route] = []
    page.route(f"**/{late}", lambda route: held.append(route))  # noqa: PLW0108 - no method of Python's own
    page.goto(f"{server.url}/viewer.html?url={late}")
    expect(page.locator("#status")).to_contain_text(f"Opening {late}")
    page.locator("#files").set_input_files(server.folder / "picked.jpkl")
    wait_for(page, 40)
    page.unroute(f"**/{late}")  # which lets it go on
    page.wait_for_timeout(500)
    assert held
    assert f"/{late}" in [path for path, _ in server.log]
    assert page.title() == "picked.jpkl"
    expect(page.get_by_role("heading", name="JPkl viewer")).to_be_hidden()


def test_what_a_url_cannot_give_is_said(page: Page, server: RangeServer, tmp_path: Path) -> None:
    alert = page.get_by_role("alert")
    (tmp_path / "login.jpkl").write_text("<!DOCTYPE html><p>Log in")
    (tmp_path / "bad.jpkl").write_bytes(b"\x80\x04cos\nsystem\n(S'x'\ntR.")
    for query, said in [
        ("url=none.jpkl", "There is no none.jpkl"),
        ("url=login.jpkl", "web page in place of login.jpkl"),
        ("url=bad.jpkl", "bad.jpkl: The file asks for os.system"),
        ("url=file:///etc/passwd", "cannot read"),
        ("url=javascript:alert(1)", "https://"),
    ]:
        page.goto(f"{server.url}/viewer.html?{query}")
        expect(alert).to_contain_text(said)
    mitosis().save(tmp_path / "mitosis.jpkl")
    with range_server(tmp_path) as other:
        page.goto(f"{server.url}/viewer.html?url={other.url}/mitosis.jpkl")
        expect(alert).to_contain_text("Access-Control-Allow-Origin")
        other.allows_others = True
        page.reload()
        assert state(page)["composite"]
        other.gives_parts = False
        page.reload()
        assert state(page)["composite"]
    # Nothing but data is asked for, and nothing else may run.
    assert {path for path, _ in server.log} <= {
        "/viewer.html", "/none.jpkl", "/login.jpkl", "/bad.jpkl", "/favicon.ico",
    }  # fmt: skip
    blocked = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran === undefined }"
    )
    assert blocked


def test_files_are_dropped_and_picked_without_a_network(
    context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    for name, gray in (("a", 40), ("b", 120)):
        flat = np.full((64, 64, 3), gray, np.uint8)
        JPkl(flat, dim_names=["time"], metadata={"channel_limits": [(0, 255)]}).save(
            tmp_path / f"{name}.jpkl"
        )
    # As the original JPkl wrote it: without an index.
    with JPkl.load(tmp_path / "b.jpkl") as jp:
        frames = dict(jp.images)
    fields = {"header": ("JPkl", "1"), "color": False, "jpeg_quality": 90, "dim_names": ["<b>t</b>"]}
    fields |= {"dim_sizes": (3,), "metadata": {"channel_limits": [(0, 255)]}, "images": frames}
    (tmp_path / "old.jpkl").write_bytes(pickle.dumps(fields, 2))
    save_stand_alone_page(tmp_path / "viewer.html")
    context.set_offline(True)
    page.goto((tmp_path / "viewer.html").as_uri())
    expect(page.get_by_role("heading", name="JPkl viewer")).to_be_visible()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()

    page.locator("#files").set_input_files(tmp_path / "a.jpkl")
    wait_for(page, 40)
    assert page.title() == "a.jpkl"
    drop(page, [tmp_path / "old.jpkl"], 300)
    wait_for(page, 120)
    assert page.title() == "old.jpkl"
    assert page.evaluate("() => window.jpkl.view().stack.dims[0].name") == "<b>t</b>"
    drop(page, [tmp_path / "a.jpkl"], 900)
    page.wait_for_function("() => window.jpkl.view()?.others.length === 1")
    wait_for(page, 120)
    (tmp_path / "broken.jpkl").write_bytes(b"nothing")
    deep = np.full((64, 64, 3), 40_000, np.uint16)
    deep[:, :32] = 1000
    JPkl(deep, lossless=True, dim_names=["time"]).save(tmp_path / "deep.jpkl")
    drop(page, [tmp_path / "deep.jpkl"], 300)
    page.wait_for_function("() => window.jpkl.view()?.stack.isExact")
    for x, gray in ((20, 0), (50, 255)):
        wait_for(page, gray, x)
    assert page.evaluate(EXACT) == [[0, 255], ["1000", "40000"]]
    drop(page, [tmp_path / "broken.jpkl"], 300)
    expect(page.locator(".card")).to_contain_text("broken.jpkl: Not a JPkl file")
    (tmp_path / "my cells.tif").write_bytes(b"II*\0")
    drop(page, [tmp_path / "my cells.tif"], 300)
    expect(page.get_by_text('jpkl encode "my cells.tif"')).to_be_visible()


def test_a_damaged_frame_without_a_checksum_is_an_error_on_the_screen(page: Page, tmp_path: Path) -> None:
    golden = (
        Path(__file__).parent.parent / "data" / "rgb_p4.jpkl"
    )  # its colors are those that browsers decode
    data = bytearray(golden.read_bytes())
    start = data.index(b"\xff\xda", data.index(b"\xff\xda") + 1)  # of the pixels of the second frame
    data[start + 30] ^= 64
    (tmp_path / "flipped.jpkl").write_bytes(data)
    save_stand_alone_page(tmp_path / "viewer.html")
    page.goto((tmp_path / "viewer.html").as_uri() + "#channel=0&time=0")
    page.locator("#files").set_input_files(tmp_path / "flipped.jpkl")
    state(page)
    assert page.evaluate("() => window.jpkl.view().shown.layers.length") == 1
    said = page.get_by_text("It is a broken JPEG: its data are damaged, or cut off.")
    expect(said).to_be_hidden()
    page.evaluate("() => window.jpkl.view().move(1, 1)")
    expect(said).to_be_visible()
    expect(page.get_by_role("heading", name="Frame time 0, channel 1 cannot be read")).to_be_visible()
    assert page.evaluate("() => window.jpkl.view().shown.layers.length") == 0
    page.evaluate("() => window.jpkl.view().move(1, 2)")
    expect(said).to_be_hidden()
    # What is computed of it is refused, too.
    ask = "{what: 'pixels', x: 1, y: 1, frames: [0, 1]}"
    values = page.evaluate(
        f"() => new Promise(onAnswer => window.jpkl.view().asks.ask('test', {ask}, {{onAnswer}}))"
    )["values"]
    assert values[0]
    assert values[1] is None


def test_a_frame_is_the_way_up_that_its_pixels_are_whatever_its_exif_says(page: Page, tmp_path: Path) -> None:
    picture = Image.fromarray(np.repeat(np.array([[30, 220]], np.uint8), 64, 1).repeat(64, 0)[:, :96])
    frames = {}
    for i, orientation in enumerate((1, 3, 6)):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)
        frames[i,] = (tmp_path / "turned.jpg").read_bytes()
    fields = {"header": ("JPkl", "1"), "color": False, "jpeg_quality": 95, "images": frames}
    fields |= {"dim_names": ["t"], "dim_sizes": (3,), "metadata": {"channel_limits": [(0, 255)]}}
    (tmp_path / "turned.jpkl").write_bytes(pickle.dumps(fields, 4))
    save_stand_alone_page(tmp_path / "viewer.html")
    page.goto((tmp_path / "viewer.html").as_uri())
    page.locator("#files").set_input_files(tmp_path / "turned.jpkl")
    for i in range(3):
        move(page, i)
        page.wait_for_function("i => window.jpkl.view().shown?.position[0] === i", arg=i)
        wait_for(page, 30)
        wait_for(page, 220, 80)


def test_a_folder_shows_its_stacks(page: Page, tmp_path: Path) -> None:
    jp, levels = numbered(5)
    jp.save(tmp_path / "one é#.jpkl")
    jp.save(tmp_path / "two.jpkl")
    stacks = [str(tmp_path / "one é#.jpkl"), str(tmp_path / "two.jpkl")]
    assert main(["page", "--data", *stacks, "-o", str(tmp_path / "s")]) == 0
    with range_server(tmp_path / "s") as server:
        page.goto(f"{server.url}/index.html#time=2&display=0-255")
        wait_for(page, levels[2])
        assert page.title() == "one é#.jpkl"
        assert page.evaluate("() => window.jpkl.view().others[0].description.title") == "two.jpkl"
        assert page.evaluate("() => fetch('https://example.org').then(() => 1, () => 0)") == 0
    assert json.dumps(state(page)["position"]) == "[2]"
