"""Reports as who gets one opens them: from a file, in a real Chromium, with the network off."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer, Report
from jpkl_viewer.model.colormaps import COLORMAPS, lookup_table
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import resolve
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions
from jpkl_viewer.tools.projection.projection import project
from jpkl_viewer.tools.regions.csv import statistics_csv
from jpkl_viewer.tools.regions.measure import measure_along
from jpkl_viewer.tools.regions.roi import Rectangle
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, slide
from tests.browser.pages import assert_painted, draw, mitosis, numbered, press_auto
from tests.browser.test_drop import drop
from tests.browser.test_roi import assert_curve, shape_of, wait_for_curve
from tests.conftest import replace_frame
from tests.viewer.stacks import REAL, as_stored, ramp, stack

OpenReport = Callable[..., ViewerPage]

#: Counts what the page's policy had to stop.
_COUNT_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", event => violations.push(event.violatedDirective));
"""


class ReportPage(ViewerPage):
    """A report in a browser without a network."""

    def __init__(self, page: Page, path: Path) -> None:
        page.add_init_script(_COUNT_VIOLATIONS)
        self.dialogs: list[str] = []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        super().__init__(page, path.as_uri(), is_first_view=True)  # a report reads no link

    def assert_quiet(self) -> None:
        """Assert that nothing was asked for, stopped or wrong."""
        asked = [url for url in self.requests if not url.startswith(("data:", "blob:"))]
        assert asked == [self.page.url]
        assert self.messages == []
        assert self.dialogs == []
        assert self.evaluate("() => violations") == []


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages without a network."""
    with ExitStack() as contexts:

        def open_context(**options: Any) -> Page:
            size = {"width": 1280, "height": 900}
            context = browser.new_context(**{"offline": True, "viewport": size, **options})
            contexts.callback(context.close)
            return context.new_page()

        yield open_context


def stored_view(jp: JPkl, **options: Any) -> JPklViewer:
    """A viewer that shows a stack as it is stored."""
    return JPklViewer(jp, **{**as_stored(jp), **options})


@pytest.fixture
def open_report(open_page: Callable[..., Page], tmp_path: Path) -> OpenReport:
    """Writes stacks, or viewers, into a report, and opens it."""

    def open_path(*stacks: Any, page: Page | None = None, **options: Any) -> ReportPage:
        path = tmp_path / "report.html"
        viewers = [item if isinstance(item, JPklViewer) else stored_view(item) for item in stacks]
        Report(viewers, **options).save(path)
        return ReportPage(page or open_page(), path)

    return open_path


def test_a_report_scrubs_offline(open_report: OpenReport) -> None:
    jp = mitosis()
    page = open_report(jp)
    page.point_at(100, 90)  # that is enough for keys: nothing of the viewer has the focus
    page.press("ArrowRight")
    page.wait_for_position(1, 0)
    for time, channel in ((0, 0), (20, 0), (20, 1), (50, 1)):
        page.set("time", time)
        page.set("channel", channel)
        assert_painted(page, COLORMAPS["gray"][jp[..., time, channel]])
    drop(page.page, [Path(__file__)], 300)
    expect(page.page.get_by_text(f"jpkl view {Path(__file__).name}")).to_be_visible()
    page.assert_quiet()


@pytest.mark.parametrize("name", REAL)
def test_real_stacks(open_report: OpenReport, name: str) -> None:
    jp = stack(name)
    page = open_report(jp)
    last = tuple(size - 1 for size in jp.dim_sizes)
    for dim, index in zip(jp.dim_names, last, strict=True):
        if index:
            page.set(dim, index)
    page.wait_for_position(*last)
    frame = jp[(..., *last)]
    # Zoomed in, so that large frames are not scaled down to the screen.
    y, x = (size // 2 for size in jp.shape[:2])
    page.click_at(x, y)  # from then on the wheel is the viewer's
    is_near = "area => { const {width, height} = jpkl.shown().target.crop; return width * height < area / 8 }"
    while not page.evaluate(is_near, jp.shape[0] * jp.shape[1]):
        page.zoom_at(x, y, 1)
    ys, xs = [y - 2, y, y + 3], [x - 3, x, x + 2]
    expected = (frame if jp.color else COLORMAPS["gray"][frame])[np.ix_(ys, xs)]
    page.wait_for_pixels(xs, ys, expected)
    page.assert_quiet()


def test_it_starts_with_what_the_viewer_shows(open_report: OpenReport) -> None:
    jp = mitosis()
    viewer = stored_view(jp, position=[30, 0], composite=True)
    viewer.state.channels[1].limits = (10.0, 180.0)
    page = open_report(viewer)
    assert page.evaluate("() => jpkl.shown().position") == [30, 0]
    assert_painted(page, viewer.frames.picture(resolve(viewer.state, viewer.stack)))


def test_the_controls_are_those_of_the_live_viewer(open_report: OpenReport) -> None:
    jp = mitosis()
    page = open_report(jp)
    page.set("colormap", "magma")
    page.set("upper contrast limit", 120)
    assert_painted(page, lookup_table(COLORMAPS["magma"], (0, 120))[jp[..., 0, 0]])
    page.click_at(100, 90)
    page.press("ArrowRight")
    page.wait_for_position(1, 0)
    page.press("Space")
    page.wait_until("() => jpkl.shown().position[0] > 3")
    page.press("Space")
    page.point_at(60, 90)
    page.page.wait_for_function("() => jpkl.all('.viewer .foot')[0].textContent.includes('x 60 y 90')")
    assert page.evaluate("() => jpkl.all('.scalebar')[0].textContent").endswith(" px")
    page.click("Composite")
    page.page.wait_for_function("() => jpkl.shown().layers.length === 2")
    page.assert_quiet()


def test_the_other_views_are_computed_in_the_page(open_report: OpenReport) -> None:
    jp = mitosis()
    page = open_report(jp)
    page.open_view("Projection")
    projected = project(jp, (0, 0), Projection(0))
    xs, ys = [0, 60, 100, 170], [0, 90, 120, 195]
    page.wait_for_pixels(xs, ys, COLORMAPS["gray"][projected[np.ix_(ys, xs)]])
    name, data = exported(page)
    assert name == "JPkl in memory.png"
    assert np.array_equal(as_picture(data), COLORMAPS["gray"][projected])
    page.open_view("Ortho")
    page.wait_until("() => jpkl.view().state.tools.ortho && !jpkl.view().state.projection")
    cross = page.evaluate("() => { const {x, y} = jpkl.view().state.tools.ortho; return [x, y] }")
    page.page.get_by_text("time is not to scale").first.wait_for()
    page.control("with crosshair").uncheck()
    seen = as_picture(exported(page)[1])
    viewer = stored_view(jp, tools={"ortho": {"dim": 0, "x": cross[0], "y": cross[1]}})
    options = StillOptions(scale_bar=False, stamp=False, crosshair=False)
    expected = make_renderer(viewer, options).at()()
    assert seen.shape == expected.shape
    # Captions are in another font.
    is_same = (seen == expected).all(axis=-1)
    assert is_same[: jp.shape[0] - 40].mean() > 0.98
    page.open_view("Montage")
    page.page.get_by_text("of 51 along time").first.wait_for()
    page.open_view("Frame")
    draw(page, "rectangle", (40, 50), (90, 120))
    wait_for_curve(page, "r1")
    roi = shape_of(page, "r1")
    assert isinstance(roi, Rectangle)
    # A pixel of the frame is hardly larger than one of the screen.
    assert np.allclose([roi.x0, roi.y0, roi.x1, roi.y1], [39.5, 49.5, 90.5, 119.5], atol=1)
    *_, curve = measure_along(jp, viewer.stack, roi, (0, 0), 0)
    assert_curve(page, "r1", "mean", curve.mean)
    with page.page.expect_download() as found:
        page.page.get_by_role("button", name="Curves CSV").click()
    text = statistics_csv([("r1", curve)], viewer.stack, "JPkl in memory")
    assert Path(found.value.path()).read_text("utf-8") == text
    page.set("export format", "gif")
    page.set("last exported index", 3)
    gif = Image.open(io.BytesIO(exported(page)[1]))
    assert (gif.n_frames, gif.size) == (4, (171, 196))
    page.assert_quiet()


def test_without_workers_the_page_computes_itself(
    open_page: Callable[..., Page], open_report: OpenReport
) -> None:
    jp, levels = numbered(9)
    alone = open_page()
    alone.add_init_script("window.Worker = class { constructor() { throw new Error('refused') } }")
    page = open_report(jp, page=alone)
    page.open_view("Projection")
    page.wait_for_pixel(5, 5, [levels[8]] * 3)
    page.assert_quiet()


#: A machine with more cores than tests have, and what its workers hear.
_FOUR_CORES = """
Object.defineProperty(navigator, "hardwareConcurrency", {get: () => 4});
const heard = window.heard = [], {postMessage} = Worker.prototype;
Worker.prototype.postMessage = function (message, ...others) {
  heard.push(message);
  postMessage.call(this, message, ...others);
};
"""


def test_long_projections_are_divided_among_workers(
    open_page: Callable[..., Page], open_report: OpenReport
) -> None:
    tile = np.random.default_rng(0).integers(0, 255, (66, 32, 32), np.uint8)
    jp = JPkl(np.kron(tile, np.ones((1, 16, 16), np.uint8)), axes="ZYX")
    alone = open_page()
    alone.add_init_script(_FOUR_CORES)
    page = open_report(jp, page=alone)
    page.page.wait_for_function("() => heard.some(({type, n}) => type === 'helpers' && n === 2)")
    page.open_view("Projection")
    xs = ys = [0, 100, 259, 511]
    for method in ("max", "std"):
        page.page.get_by_role("button", name=method.capitalize(), exact=True).click()
        projected = project(jp, (0,), Projection(0, method))
        page.wait_for_pixels(xs, ys, COLORMAPS["gray"][projected[np.ix_(ys, xs)]])
    assert page.evaluate("() => heard.filter(({type}) => type === 'part').length") >= 2
    page.assert_quiet()


#: An extension that puts its element last in the page, at each change of it.
_EXTENSION = """
new MutationObserver(() => {
  const body = document.body, last = body?.lastElementChild;
  if (last && !last.matches(".extension"))
    body.append(Object.assign(document.createElement("i"), {className: "extension"}));
}).observe(document, {childList: true, subtree: true});
"""


def test_what_others_put_on_the_page_while_it_is_read_costs_no_frame(
    open_page: Callable[..., Page], open_report: OpenReport
) -> None:
    jp = JPkl(np.random.default_rng(0).integers(0, 255, (300, 256, 256), np.uint8), axes="ZYX")
    extended = open_page()
    extended.add_init_script(_EXTENSION)
    page = open_report(jp, page=extended)
    page.open_view("Projection")
    projected = project(jp, (0,), Projection(0, "max"))
    xs = ys = [0, 100, 255]
    page.wait_for_pixels(xs, ys, COLORMAPS["gray"][projected[np.ix_(ys, xs)]])
    page.assert_quiet()


def exported(page: ViewerPage) -> tuple[str, bytes]:
    """Save what is seen, pixel by pixel, without scale bar and stamp: the file's name and bytes."""
    for label in ("with scale bar", "with stamp"):
        page.control(label).uncheck()
    page.set("exported size", "1")  # small frames are enlarged otherwise
    with page.page.expect_download() as found:
        page.page.get_by_role("dialog", name="Export").get_by_role("button", name="Save").click()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def as_picture(data: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG, without its transparency."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_zooming_shows_single_pixels(open_report: OpenReport) -> None:
    jp = mitosis()
    page = open_report(jp)
    page.click_at(60, 90)  # until then, the wheel is the page's
    page.zoom_at(60, 90, 14)
    page.wait_until("() => jpkl.shown().target.crop.width < 60")
    xs, ys = [57, 60, 63], [88, 90, 92]
    page.wait_for_pixels(xs, ys, COLORMAPS["gray"][jp[..., 0, 0]][np.ix_(ys, xs)])


def test_the_histogram_of_the_whole_stack_needs_no_python(open_report: OpenReport) -> None:
    jp, levels = numbered(8)
    page = open_report(jp)
    page.set("histogram of", "stack")
    press_auto(page, [min(levels), max(levels)])


def test_a_damaged_frame_is_named_and_the_others_go_on(open_report: OpenReport) -> None:
    jp, levels = numbered(5)
    page = open_report(replace_frame(jp, (2,), jp.images[2,][:-20]))
    page.set("time", 2)
    alert = page.page.get_by_role("alert")
    alert.wait_for()
    assert "Frame 2 cannot be read" in alert.inner_text()
    page.set("time", 3)
    page.wait_for_pixel(32, 32, [levels[3]] * 3)
    assert alert.is_hidden()


def test_a_page_that_was_cut_off_shows_what_came(open_page: Callable[..., Page], tmp_path: Path) -> None:
    jp = ramp((40,), height=256, width=256)  # noise, so that there are several parts
    path = tmp_path / "report.html"
    stored_view(jp).save(path, progress=False)
    path.write_bytes(path.read_bytes()[:-500_000])
    page = ReportPage(open_page(), path)
    page.set("time", 39)
    alert = page.page.get_by_role("alert")
    alert.wait_for()
    assert "missing from this page" in alert.inner_text()
    page.set("time", 1)
    page.wait_for_position(1)
    assert alert.is_hidden()


def test_several_stacks_move_together(open_report: OpenReport) -> None:
    first, _ = numbered(9)
    second, _ = numbered(6)
    page = open_report(first, second)
    page.page.mouse.wheel(0, 2000)  # the second opens as it comes into sight
    page.page.wait_for_function("() => jpkl.all('.viewer').filter(e => e.jpkl.shown).length === 2")
    is_at = (
        "p => JSON.stringify(jpkl.all('.viewer').map(e => e.jpkl.shown.position[0])) === JSON.stringify(p)"
    )
    slide(page.page, page.slider("time"), 4)
    page.page.wait_for_function(is_at, arg=[4, 4])
    slide(page.page, page.slider("time"), 8)
    page.page.wait_for_function(is_at, arg=[8, 5])  # it has no more
    page.page.get_by_label("move the stacks together").uncheck()
    slide(page.page, page.slider("time"), 1)
    page.page.wait_for_function(is_at, arg=[1, 5])
    page.assert_quiet()


def test_stacks_of_a_report_are_compared(open_report: OpenReport) -> None:
    first, _ = numbered(9)
    second, levels = numbered(6)
    page = open_report(first, second)
    page.set("compare", "side by side")
    page.set("time", 4)
    page.page.wait_for_function(
        """gray => {
          const {painter} = jpkl.view().tools.find(({name}) => name === "compare").sides[0];
          return painter.colorAt(5, 5)?.[0] === gray;
        }""",
        arg=levels[4],
    )
    page.assert_quiet()


#: What the form of the export asks for.
EXPORTED = "() => jpkl.view().tools.find(({name}) => name === 'export').form.request"


def test_a_viewer_that_compares_is_saved_with_what_it_compares(open_report: OpenReport) -> None:
    first, values = numbered(5)
    height, width = first.shape[:2]
    second = JPkl(np.full((height + 30, width + 50, 5), 99, np.uint8), dim_names=["time"])
    viewer = stored_view(first, compare=[second], tools={"compare": {"mode": "curtain"}}, names=False)
    page = open_report(viewer)
    assert page.evaluate("() => document.querySelectorAll('section.stack').length") == 1
    assert page.evaluate("() => jpkl.all('[aria-label=compare] [aria-pressed=true]')[0].value") == "curtain"
    page.wait_for_pixel(5, 5, [values[0]] * 3)
    seen = as_picture(exported(page)[1])
    assert seen.shape == (height + 30, width + 50, 3), "the curtain goes over all of both"
    options = StillOptions(scale_bar=False, stamp=False)
    np.testing.assert_array_equal(seen, make_renderer(viewer, options).at()())
    page.set("compare", "blink")
    page.page.keyboard.press("Escape")
    page.zoom_at(width + 10, height + 10, 4)
    page.set("exported area", "screen")
    x0, y0, x1, y1 = region = page.evaluate(EXPORTED)["region"]
    assert 0 < x0 < width < x1, "beyond the first one, as the second is on the screen"
    assert 0 < y0 < height < y1
    viewer.state.tools = {"compare": {"mode": "blink"}}
    options = StillOptions(region=tuple(region), scale_bar=False, stamp=False)
    np.testing.assert_array_equal(as_picture(exported(page)[1]), make_renderer(viewer, options).at()())
    page.assert_quiet()


def test_each_stack_has_its_own_frames(open_report: OpenReport) -> None:
    bright = JPkl(np.full((32, 32, 2), 200, np.uint8), dim_names=["time"])
    dark = JPkl(np.full((32, 32, 2), 50, np.uint8), dim_names=["time"])
    page = open_report(bright, dark)
    page.page.mouse.wheel(0, 2000)
    page.page.wait_for_function("() => jpkl.all('.viewer').filter(e => e.jpkl.shown).length === 2")
    read = "jpkl.all('.viewer').map(e => e.jpkl.pixels.read(5, 5)[0]?.value?.[0])"
    page.page.wait_for_function(f"() => {read}.join() === '200,50'")


def test_many_stacks_take_no_more_memory_than_one(open_report: OpenReport) -> None:
    """Bitmaps of 16 MiB each: 8 are kept, whatever stack they are of."""
    stacks = [JPkl(np.full((2048, 2048, 6), 20 * i, np.uint8), dim_names=["time"]) for i in (1, 2)]
    page = open_report(*stacks)
    page.page.mouse.wheel(0, 2000)
    page.page.wait_for_function("() => jpkl.all('.viewer').filter(e => e.jpkl.shown).length === 2")
    kept = page.evaluate(
        """async () => {
          const pictures = jpkl.all('.viewer').map(element => element.jpkl.picture);
          for (const picture of pictures) await picture.sampleHistogram(0); // decodes each frame
          return pictures.map(p => [0, 1, 2, 3, 4, 5].filter(i => p.decoder.bitmaps.has(i)).length);
        }"""
    )
    assert kept == [2, 6]
    page.assert_quiet()


# --- strangers' text ------------------------------------------------------------------------


EVIL = [
    "</script><script>window.hacked = 1</script>",
    '<img src="x" onerror="window.hacked = 2">',
    '"><svg onload="window.hacked = 3">',
    "<!-- <script>",
]


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_runs_nothing(open_report: OpenReport, evil: str) -> None:
    metadata = {
        evil: {evil: evil},
        "channel_names": [evil, evil],
        "pixel_size": [1, 1],
        "pixel_unit": evil,
        "coords": {evil: [0, 1, 2]},
        "units": {evil: evil},
    }
    jp = JPkl(np.zeros((16, 16, 3, 2), np.uint8), dim_names=[evil, "channel"], metadata=metadata)
    page = open_report(jp, title=evil, note=f"{evil}\n\n[click]({evil}) <b>x</b>")
    folded = page.page.locator("details:not([open]) > summary")
    while folded.count():
        folded.first.click()
    page.point_at(5, 5)
    page.wait_until("() => jpkl.all('.viewer .foot')[0].textContent.includes('x 5 y 5')")
    assert page.evaluate("() => window.hacked") is None
    assert page.page.title() == evil
    assert page.evaluate("() => document.querySelector('h1').textContent") == evil
    page.assert_quiet()


def test_notes_link_but_never_to_scripts(open_report: OpenReport) -> None:
    note = "[good](https://example.org) [bad](javascript:window.hacked=1) [bad](data:text/html,x)"
    page = open_report(ramp((2,)), note=note)
    assert page.evaluate("() => [...document.links].map(link => link.href)") == ["https://example.org/"]


def test_the_policy_stops_what_is_not_the_reports_own(open_report: OpenReport) -> None:
    page = open_report(ramp((2,)))
    result = page.evaluate(
        """async () => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<img src="https://example.org/x.png">');
          const failed = await fetch("https://example.org").then(() => false, () => true);
          await new Promise(done => setTimeout(done, 200));
          return [window.ran, failed, [...new Set(violations)].sort()];
        }"""
    )
    assert result == [None, True, ["connect-src", "img-src", "script-src-elem"]]


# --- how it looks ------------------------------------------------------------------------


def test_without_scripts_there_is_a_still(open_page: Callable[..., Page], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    JPklViewer(mitosis(), composite=True).save(path, progress=False)
    page = open_page(java_script_enabled=False)
    page.goto(path.as_uri())
    assert page.locator(".still img").bounding_box()["width"] > 300  # type: ignore[index]
    assert page.locator("noscript").bounding_box()["width"] > 100  # type: ignore[index]
    assert page.get_by_text("C1 + C2").is_visible()


def test_each_stack_prints_a_page_of_pictures(open_report: OpenReport) -> None:
    page = open_report(mitosis(), ramp((4,)), stills={"time": slice(0, 4)})
    still, positions = page.page.locator(".still img").first, page.page.locator(".stills img")
    assert not still.is_visible()
    assert not positions.first.is_visible()
    page.page.emulate_media(media="print")
    assert still.is_visible()
    assert [image.is_visible() for image in positions.all()] == [True] * 8
    assert not page.page.locator(".live").first.is_visible()
    assert len(re.findall(rb"/Type /Page\b", page.page.pdf(format="A4"))) == 2
    page.page.emulate_media(media="screen")
    still.wait_for(state="hidden")
    page.assert_quiet()


def test_the_still_is_the_first_view(open_page: Callable[..., Page], tmp_path: Path) -> None:
    jp = JPkl(np.full((64, 64, 3), 180, np.uint8))
    path = tmp_path / "report.html"
    JPklViewer(jp, colormap="green", channels=[{"limits": (0, 255)}]).save(path, progress=False)
    page = open_page(java_script_enabled=True)
    page.goto(path.as_uri())
    color = page.evaluate(
        """async () => {
          const image = document.querySelector(".still img");
          await image.decode();
          const context = new OffscreenCanvas(64, 64).getContext("2d");
          context.drawImage(image, 0, 0);
          return [...context.getImageData(30, 30, 1, 1).data].slice(0, 3);
        }"""
    )
    np.testing.assert_allclose(color, COLORMAPS["green"][180], atol=4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page: Callable[..., Page], open_report: OpenReport, scheme: str) -> None:
    page = open_report(mitosis(), page=open_page(color_scheme=scheme))
    colors = "() => [document.body, jpkl.all('.viewer')[0]].map(e => getComputedStyle(e).backgroundColor)"
    for color in page.evaluate(colors):
        red = int(color.removeprefix("rgb(").split(",")[0])
        assert (red < 64) == (scheme == "dark")


def test_a_narrow_window_is_not_wider_than_it_is(
    open_page: Callable[..., Page], open_report: OpenReport
) -> None:
    page = open_report(mitosis(), page=open_page(viewport={"width": 420, "height": 800}))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 420
