"""The viewer as an object in Python: the DynamicMap is real, and composes."""

from __future__ import annotations

import gc
import io
import json
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpkl import FrameDecodeError, JPkl
from tests.conftest import replace_frame

hv = pytest.importorskip("holoviews")

import panel as pn
from bokeh.document import Document
from jpkl_viewer import JPklViewer, demo_stack_options, demo_stack_path
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.frames.frames import ScreenPart
from jpkl_viewer.model.colormaps import COLORMAPS, to_hex
from jpkl_viewer.pages.app import app
from panel.models.esm import DataEvent
from pyviz_comms import Comm

from tests.tools import vectors
from tests.viewer import stacks


def make_stack(**arguments: Any) -> JPkl:
    images = np.arange(12 * 16 * 5 * 2, dtype=np.uint32).reshape(12, 16, 5, 2) % 251
    return JPkl(images.astype(np.uint8), **{"dim_names": ["time", "channel"], **arguments})


def stored_view() -> JPklViewer:
    """A viewer that shows the first frame as it is stored."""
    jp = make_stack()
    return JPklViewer(jp, **stacks.as_stored(jp))


def rendered(viewer: JPklViewer) -> Any:
    """The Bokeh figure of a viewer's map."""
    return hv.renderer("bokeh").get_plot(viewer.dynamic_map)


def pixels_of(image: Any) -> np.ndarray[Any, Any]:
    """Pixels of an `hv.Image`, row 0 first: HoloViews gives values by ascending y."""
    return np.asarray(image.dimension_values("value", flat=False))


def shown(viewer: JPklViewer) -> np.ndarray[Any, Any]:
    """Pixels of the element that is shown, row 0 first."""
    return pixels_of(viewer.dynamic_map[()])


def test_the_map_shows_the_position() -> None:
    jp = make_stack()
    viewer = JPklViewer(jp, position=[3, 1])
    np.testing.assert_array_equal(shown(viewer), jp[..., 3, 1])
    viewer.state.move(0, 1)
    np.testing.assert_array_equal(shown(viewer), jp[..., 1, 1])


def test_each_scrub_goes_through_the_cache() -> None:
    viewer = stored_view()
    plot = rendered(viewer)
    for index in (1, 2, 1, 2, 1):
        viewer.state.move(0, index)
    cache = viewer.frames.cache
    assert (cache.misses, cache.hits >= 3) == (3, True)
    np.testing.assert_array_equal(plot.handles["source"].data["image"][0], viewer.frames.pixels((1, 0)))


def test_the_browser_gets_bytes_not_floats() -> None:
    plot = rendered(stored_view())
    assert plot.handles["source"].data["image"][0].dtype == np.uint8


def test_row_0_is_at_the_top_and_counted_from_there() -> None:
    figure = rendered(JPklViewer(make_stack())).state
    assert (figure.y_range.start, figure.y_range.end) == (11.5, -0.5)
    assert (figure.x_range.start, figure.x_range.end) == (-0.5, 15.5)
    assert figure.frame_width / 16 == figure.frame_height / 12


def test_contrast_limits_and_colormap_reach_the_figure() -> None:
    viewer = stored_view()
    mapper = rendered(viewer).handles["color_mapper"]
    assert (mapper.low, mapper.high) == (0, 255)
    viewer.state.channel.limits = (40, 90)
    viewer.state.colormap = "viridis"
    assert (mapper.low, mapper.high) == (40, 90)
    assert list(mapper.palette) == to_hex(COLORMAPS["viridis"])


def test_each_channel_has_its_own_limits() -> None:
    viewer = stored_view()
    mapper = rendered(viewer).handles["color_mapper"]
    viewer.state.channel.limits = (40, 90)
    viewer.state.move(1, 1)
    assert (mapper.low, mapper.high) == (0, 255)
    viewer.state.move(1, 0)
    assert (mapper.low, mapper.high) == (40, 90)


def test_the_map_composes() -> None:
    viewer = stored_view()
    points = hv.Points([(3, 4)])
    renderer = hv.renderer("bokeh")
    overlay = renderer.get_plot(viewer.dynamic_map * points)
    layout = renderer.get_plot(viewer.dynamic_map + points)
    inverted = viewer.dynamic_map.apply(
        lambda image: hv.Image(255 - pixels_of(image)[::-1], bounds=image.bounds.lbrt(), vdims=["value"])
    )
    viewer.state.move(0, 2)
    assert overlay.state is not None
    assert layout.state is not None
    np.testing.assert_array_equal(pixels_of(inverted[()]), 255 - shown(viewer))


@pytest.mark.parametrize("composite", [False, True])
def test_the_map_and_exports_follow_every_setting_that_colors(composite: bool, tmp_path: Path) -> None:
    def look(viewer: JPklViewer) -> tuple[str, bytes]:
        element = viewer.dynamic_map[()]
        viewer.export(tmp_path / "a.png")
        options = [hv.Store.lookup_options("bokeh", element, kind).kwargs for kind in ("plot", "style")]
        values = [element.dimension_values(dim).tolist() for dim in element.vdims]
        return str((options, values)), (tmp_path / "a.png").read_bytes()

    for name, settings in vectors.views():
        viewer = JPklViewer(make_stack(), composite=composite)
        request, before = viewer.request, look(viewer)
        viewer.state.update(**settings)
        follows = [old != new for old, new in zip(before, look(viewer), strict=True)]
        assert follows == [viewer.request != request] * 2, name


def test_the_composite_is_rgb_and_the_panel_follows() -> None:
    viewer = JPklViewer(make_stack())
    layout = viewer.panel()
    root = layout.get_root()
    viewer.state.composite = True
    assert isinstance(viewer.dynamic_map[()], hv.RGB)
    viewer.state.channels[1].visible = False
    viewer.state.move(0, 3)
    viewer.state.channels[0].visible = False
    assert not viewer.dynamic_map[()].dimension_values("G").any()
    viewer.state.composite = False
    np.testing.assert_array_equal(shown(viewer), viewer.frames.pixels((3, 0)))
    assert root is not None


@pytest.mark.parametrize(
    "jp",
    [
        JPkl(np.zeros((1, 1), np.uint8)),
        JPkl(np.zeros((4, 6), np.uint8)),
        JPkl(np.zeros((4, 6, 3, 2), np.uint8), color=True),
        JPkl(np.zeros((4, 6, 1, 1), np.uint8)),
        JPkl(np.zeros((4, 6, 300, 3), np.uint8)),
        JPkl(np.full((4, 6, 3), np.nan)),
    ],
    ids=["one pixel", "zero dims", "RGB", "dims of length 1", "many frames", "all NaN"],
)
def test_stacks_of_all_kinds(jp: JPkl) -> None:
    viewer = JPklViewer(jp)
    viewer.panel().get_root()
    viewer.state.restore({"position": [1, 1]})
    assert viewer.dynamic_map[()] is not None


def test_stored_bytes_travel_unchanged() -> None:
    jp = make_stack()
    assert JPklViewer(jp).frames.encoded((3, 1)) == jp.images[(3, 1)]


def test_a_decoder_of_ones_own_decides_what_the_browser_sees() -> None:
    class Negative(JPkl):
        def decode_slice(self, data: bytes) -> np.ndarray[Any, Any]:
            return 255 - super().decode_slice(data)

    jp = Negative(np.full((16, 16, 2), 40, np.uint8))
    data = JPklViewer(jp).frames.encoded((1,))
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_allclose(np.asarray(image).astype(int), 215, atol=1)


def test_a_frame_that_ends_early_is_an_error_though_a_browser_would_show_it() -> None:
    jp = JPkl(np.random.default_rng(0).integers(0, 255, (32, 32, 2), np.uint8))
    viewer = JPklViewer(replace_frame(jp, (1,), jp.images[(1,)][:-200]))
    with pytest.raises(FrameDecodeError, match="broken JPEG"):
        viewer.frames.encoded((1,))


@pytest.mark.parametrize("shown", [(512, 256), (256, 128), (90, 50), (60, 30)])
def test_regions_of_frames_are_scaled_to_the_screen(shown: tuple[int, int]) -> None:
    ramp = np.linspace(0, 255, 1024).astype(np.uint8)
    jp = JPkl(np.repeat(ramp[None, :, None], 640, axis=0))
    frames = JPklViewer(jp).frames
    width, height = shown
    part = ScreenPart(128, 64, 512, 256, width, height)
    with Image.fromarray(frames.part((0,), part)) as image:
        pixels = np.asarray(image).astype(int)
    assert pixels.shape == (height, width)
    expected = ramp[128:640].astype(float)[(np.arange(width) * 512) // width]
    np.testing.assert_allclose(pixels[height // 2], expected, atol=6)


@pytest.mark.parametrize(
    "numbers", [(-1, 0, 5, 5, 1, 1), (0, 0, 5, 5, 0, 1), (0, 0, 5, 5, 6, 1), (0, 0, 0, 0, 0, 0)]
)
def test_regions_that_are_none(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not a part"):
        ScreenPart(*numbers)


class Place:
    """Where a component of Panel is: what it is sent there, and how it is heard from there."""

    def __init__(self, view: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self._view = view
        self.model = view.get_root(Document())
        view._page(self.model).own_thread = OwnThread(self.sent.append)

    def say(self, kind: str, **message: Any) -> None:
        self._view._process_event(DataEvent(self.model, {"type": kind, **message}))

    def taken(self) -> list[Any]:
        """Settings that it was sent."""
        return [message["settings"] for message in self.sent if message["type"] == "settings"]


def test_messages_of_the_browser_are_answered() -> None:
    jp = make_stack()
    viewer = JPklViewer(jp)
    place = Place(viewer.panel())
    sent = place.sent
    place.say("want", keys=[3, "3 0 0 16 12 8 6", 99, "1 2"])
    deadline = time.monotonic() + 20
    while len(sent) < 4 and time.monotonic() < deadline:  # the part is made beside the event loop
        time.sleep(0.01)
    answers = {message["key"]: message for message in sent}
    assert answers[3]["data"] == jp.images[(1, 1)]
    assert answers["3 0 0 16 12 8 6"]["data"].startswith(b"\xff\xd8")
    assert "error" in answers[99]
    assert "error" in answers["1 2"]
    sent.clear()
    place.say("state", settings={"position": [4, 1], "colormap": "no such map"})
    assert viewer.state.position == (4, 1)
    assert sent == [{"type": "ack"}], "the browser is not sent back what it has reported"
    viewer.state.move(0, 2)
    assert sent[-1] == {"type": "settings", "settings": {"position": [2, 1]}}


def test_all_places_of_a_viewer_follow_the_hand_in_one_of_them() -> None:
    viewer = JPklViewer(make_stack())
    view, other = viewer.panel(), viewer.panel()
    a, b, c = Place(view), Place(view), Place(other)
    a.say("state", settings={"position": [4, 1]})
    assert a.sent == [{"type": "ack"}]
    assert b.sent == c.sent == [{"type": "settings", "settings": {"position": [4, 1]}}]
    c.say("state", settings={"position": [4, 1], "colormap": "magma"})
    assert a.taken() == [{"colormap": "magma"}]
    for place in (a, b, c):
        place.sent.clear()
    b.say("want", keys=[3])
    assert [len(place.sent) for place in (a, b, c)] == [0, 1, 0], "frames are for the one that asks"


def test_a_place_that_is_made_later_starts_from_what_is_shown_then() -> None:
    viewer = JPklViewer(make_stack())
    view = viewer.panel()
    viewer.state.move(0, 3)
    place = Place(view)
    assert place.model.data.settings["position"] == [3, 0]
    place.say("opened")
    assert place.sent == []
    viewer.state.move(0, 1)  # Panel takes the view off the page, as the tab is closed, and makes another one
    place.sent.clear()
    place.say("opened")
    assert place.sent == [{"type": "settings", "settings": {"position": [1, 0]}}]


def test_what_is_computed_for_a_place_ends_with_it() -> None:
    view = JPklViewer(make_stack()).panel()
    root = view.get_root(Document())
    ended: list[bool] = []
    view._page(root).answers.close = lambda: ended.append(True)
    view._cleanup(root)
    assert (ended, view._pages) == ([True], {})


def test_a_viewer_keeps_no_place_that_no_page_keeps() -> None:
    viewer = JPklViewer(make_stack())
    shown = viewer.panel()
    gone = weakref.ref(viewer.panel())
    gc.collect()
    assert gone() is None
    assert viewer._views() == [shown]
    document = Document()
    kept = weakref.ref(pn.Row(viewer).get_root(document))  # by Panel, until the page is gone
    gc.collect()
    assert kept() is not None
    assert len(viewer._views()) == 2


def test_the_browser_is_sent_what_code_that_watches_it_has_made_of_its_settings() -> None:
    viewer = JPklViewer(make_stack())
    place = Place(viewer.panel())

    def go_no_further(event: Any) -> None:
        viewer.state.colormap = "magma"
        if event.new[0] > 2:
            viewer.state.move(0, 2)

    viewer.state.param.watch(go_no_further, "position")
    place.say("state", settings={"position": [4, 0]})
    assert place.taken() == [{"position": [2, 0], "colormap": "magma"}]
    place.say("state", settings={"position": [1, 0]})
    assert len(place.taken()) == 1


def test_what_a_cell_changes_while_a_message_is_taken_in_is_sent() -> None:
    viewer = JPklViewer(make_stack())
    place = Place(viewer.panel())

    def change_meanwhile(*_: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(viewer.state.move, 0, 4).result()

    viewer.state.param.watch(change_meanwhile, "colormap")
    place.say("state", settings={"colormap": "magma"})
    assert place.sent == [{"type": "settings", "settings": {"position": [4, 0]}}, {"type": "ack"}]


def test_a_notebook_is_sent_what_panel_would_not_collect() -> None:
    class RecordedComm(Comm):
        def __init__(self) -> None:
            super().__init__()
            self._comm = self
            self.sent: list[Any] = []

        def send(self, data: Any = None, metadata: Any = None, buffers: Sequence[bytes] = ()) -> None:
            self.sent.extend([data, *buffers])

    view = JPklViewer(make_stack()).panel()
    document, comm = Document(), RecordedComm()
    view.get_root(document, comm)
    document.unhold()  # as Panel does when it has taken in a message, in whatever thread
    view._post({"type": "frame", "data": b"JPEG"})
    header, _, content, *_, data = comm.sent
    assert json.loads(header)["msgtype"] == "PATCH-DOC"
    assert json.loads(content)["events"][0]["msg_type"] == "bokeh_event"
    assert data == b"JPEG"


def test_no_frames_is_an_error() -> None:
    with pytest.raises(ValueError, match="no frames"):
        JPklViewer(JPkl(np.zeros((4, 6, 0))))


def test_view_opens_the_viewer() -> None:
    jp = make_stack()
    assert isinstance(jp.view(colormap="magma"), JPklViewer)


def test_the_shipped_stack() -> None:
    with np.load(demo_stack_path()) as archive:
        jp = JPkl(archive["images"], **demo_stack_options())
    assert jp.shape == (196, 171, 51, 2)
    assert jp.dim_names == ("time", "channel")


def html_of(page: Any) -> str:
    return str(page.object)


def test_the_app_says_what_is_wrong(tmp_path: Path) -> None:
    assert "Name one file" in html_of(app([]))
    assert "No such file" in html_of(app([str(tmp_path / "missing.jpkl")]))
    broken = tmp_path / "<b>broken.jpkl"
    broken.write_bytes(b"not a pickle")
    page = html_of(app([str(broken)]))
    assert "cannot be opened" in page
    assert "<b>" not in page
    make_stack().save(tmp_path / "x.jpkl")
    assert not hasattr(app([str(tmp_path / "x.jpkl")]), "object")
