"""Golden vectors: what Python and the browser both compute, as Python does it.

``tests/data/*.json`` are checked by pytest (made again, they are the same) and by Node (the browser's modules
compute the same). The types of the settings, and the tables of their page, are made from ``limits.json``,
too. After a change that is meant::

    python -m tests.tools.vectors
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.limits import CHANNEL_SETTINGS, VIEW_SETTINGS, Setting
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp
from jpkl_viewer.model.contrast import auto_limits
from jpkl_viewer.model.labels import describe_intensity, describe_position, nice_length
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import Layer, resolve
from jpkl_viewer.model.setting_types import ProjectionSettings
from jpkl_viewer.model.stack import StackDescription, describe
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.compare.contrast import shared_limits
from jpkl_viewer.tools.compare.difference import DIVERGING, color_numbers
from jpkl_viewer.tools.export.axes import AxesUnit, axes_of, axes_room
from jpkl_viewer.tools.export.place import Place, tops_of
from jpkl_viewer.tools.export.turn import Turn
from jpkl_viewer.tools.labels.painting import LabelLook, painted_labels
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._labels.payload import encode_payload
from jpkl.toolkit import format_number, write_apart
from tests.tools import settings_texts
from tests.tools.file_vectors import make_files
from tests.tools.jpeg_vectors import make_damaged, make_jpeg
from tests.tools.local_vectors import make_local
from tests.tools.region_vectors import make_regions

FOLDER = Path(__file__).parent.parent / "data"

#: Positions, and what links say of them, are of this stack.
METADATA = {
    "coords": {"time": [0, 0.5, 1, 1234567, 0.00012], "a,b&c=1 é": ["control", "drug"]},
    "units": {"time": "s"},
    "channel_names": ["DNA", "actin", "channel 2"],
    "channel_colors": ["#0000ff", "#00ff00", "#ff0000"],
}


def stack() -> StackDescription:
    """A stack with every kind of dim: one with coordinates, channels, names that a link has to escape."""
    images = np.zeros((8, 12, 5, 3, 2, 4, 1))
    images[..., 1, :, :, :] = np.arange(8)[:, None, None, None, None, None] * 100.0
    names = ["time", "channel", "a,b&c=1 é", "zoom", "flat"]
    return describe(JPkl(images, dim_names=names, metadata=METADATA, fidelity=None))


def layer(
    colors: str, limits: tuple[float, float] = (0, 255), gamma: float = 1, invert: bool = False
) -> Layer:
    """A layer of the first frame."""
    return Layer((0,), colors, limits, gamma, invert)


LAYERS = [
    layer("gray"),
    layer("gray", (50, 150)),
    layer("viridis", (3, 250), 0.45, invert=True),
    layer("turbo", (0, 255), 2.2),
    layer("#ff8000", (10.5, 99.25), 0.1),
    layer("#00ff00", (0, 1), 10),
    layer("#0180fe", (254, 255)),
    layer("gray", (99.25, 99.75)),
    layer("gray", (100, 100), invert=True),  # a step: white up to 100, black above
]

COMPOSITES = [
    [],
    [layer("#ff8000")],
    [layer("#ff8000"), layer("#00ff7f", (20, 120), 0.5)],
    [layer("#ffffff"), layer("#ff00ff", (0, 100)), layer("#00ffff", (5, 60), 2)],
]

#: Of RGB frames; a colormap applies to red, green and blue each.
COLORS = [layer("gray"), layer("gray", (30, 200), 0.7, invert=True), layer("red"), layer("viridis", (9, 90))]


def make_paint() -> dict[str, Any]:
    """From pixel values to colors."""
    random = np.random.default_rng(7)
    pixels = random.integers(0, 256, (3, 8, 8), dtype=np.uint8)
    rgb = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return {
        "colormaps": {name: to_hex(colors) for name, colors in COLORMAPS.items()},
        "ramps": {color: to_hex(color_ramp(color)) for color in ("#ffffff", "#ff8000", "#0180fe")},
        "luts": [{**plain(each), "lut": to_hex(each.lookup_table())} for each in LAYERS],
        "pixels": [to_hex(plane) for plane in pixels],
        "composites": [
            {
                "layers": [plain(each) for each in layers],
                "picture": to_hex(paint(zip(layers, pixels, strict=False), (8, 8))),
            }
            for layers in COMPOSITES
        ],
        "rgb": to_hex(rgb),
        "colors": [{**plain(each), "picture": to_hex(paint([(each, rgb)], (8, 8)))} for each in COLORS],
        "limits": [histogram_case(*each) for each in histograms()],
    }


def histograms() -> Iterator[tuple[list[int], list[int]]]:
    """Pixel values, and how often each occurs."""
    yield [], []
    yield [0], [5]
    yield [255], [5]
    yield [7, 8], [1, 10**6]
    yield [10, 20, 30, 200], [35, 9945, 20, 0]  # just at the percentiles
    yield [10, 20, 30, 200], [34, 9932, 34, 1]
    yield [3, 4, 200], [1, 100, 1]  # one pixel is more than the lower percentile
    yield list(range(256)), [(i * 7919) % 101 for i in range(256)]
    yield [0, 255], [65527, 9]  # a few spots on nothing
    for peaks in (
        [(20, 3, 90_000), (60, 25, 9_000)],  # a dark background
        [(180, 4, 90_000), (120, 25, 9_000)],  # a light one
        [(30, 4, 50_000)],  # noise alone
        [(11, 2, 65_000), (200, 4, 9)],  # spots on noise
        [(12, 2, 15_000), (90, 15, 80_000), (230, 5, 400)],  # a specimen that fills the picture
        [(0, 3, 90_000), (255, 3, 30_000)],  # both ends are cut off
    ):
        yield list(range(256)), bells(peaks)


def bells(peaks: Sequence[tuple[float, float, int]]) -> list[int]:
    """A histogram of normal distributions, each with its mean, width and number of pixels."""
    levels = np.arange(256)
    shapes = [np.exp(-((levels - mean) ** 2) / (2 * width**2)) for mean, width, _ in peaks]
    parts = (n * shape / shape.sum() for (*_, n), shape in zip(peaks, shapes, strict=True))
    return np.rint(sum(parts)).astype(int).tolist()


def histogram_case(values: list[int], counts: list[int]) -> dict[str, Any]:
    """A sparse histogram and its limits."""
    full = np.bincount(np.array(values, int), np.array(counts, float), 256)
    return {"values": values, "counts": counts, "limits": auto_limits(full)}


NUMBERS = [
    0,
    1,
    -2.5,
    1234.5,
    12345,
    0.1 + 0.2,
    65535,
    65534.5,
    999999.9,
    1e6,
    1234567,
    999999999999999,
    1e15,
    -0.00099996,
    0.001,
    1e-7,
    3e300,
    2.00005,
]
#: Coordinates of dims: UNIX seconds, nm of a stage, wavelengths, measured times, what arithmetic leaves.
COORDS: list[list[float]] = [
    [],
    [0],
    [2.500012],
    [7, 7],
    [0, 2.5, 5],
    [5, 2.5, 0, -2.5],
    [1.7e9, 1.7e9 + 1, 1.7e9 + 2],
    [1.7e9 + 0.1 * i for i in range(4)],
    [3_600_000 + 10.0 * i for i in range(3)],
    [12_345_600, 12_345_700, 12_345_800],
    [405, 488, 561, 640],
    [488.5, 561.25],
    [0, 2.5003, 5.0011, 7.4989],
    [0, 0.21667, 0.43334],
    [i / 3 for i in range(4)],
    [0.1 * i for i in range(8)],
    [-0.2, -0.04, 0.04],
    [0, 0.5, 1, 1234567, 0.00012],
    [0.125, 0.375, 0.5],
    [4.88e-7, 5.61e-7, 0],
    [1e-3, 2e-3],
    [9.99e20, 1e21],
    [1e20, 2e20, 2.5e20],
    [1e-320, 2e-320],
    [1e15, 1e15 + 0.5],
]

#: Display range, whether of integers, and pixel values.
RANGES: list[tuple[tuple[float, float], np.dtype[Any]]] = [
    ((0, 65535), np.dtype(np.uint16)),
    ((100, 1120), np.dtype(np.uint16)),
    ((-32768, 32767), np.dtype(np.int16)),
    ((7, 260), np.dtype(np.uint16)),
    ((0, 4_294_967_295), np.dtype(np.uint32)),
    ((0, 1), np.dtype(np.bool_)),
    ((0, 1), np.dtype(np.float32)),
    ((-0.25, 0.75), np.dtype(np.float64)),
    ((0, 1000), np.dtype(np.float32)),
    ((1e-9, 3e-8), np.dtype(np.float64)),
    ((1.7e9, 1.7e9 + 1), np.dtype(np.float64)),
]

LENGTHS = [0, 1e-9, 0.05, 0.0499999, 1, 1.99, 2, 4.999999999999, 5, 7.3, 99.9, 100, 12345.6, 3e8]

#: Position, whether with the channel, and what is projected.
POSITIONS: list[tuple[tuple[int, ...], bool, ProjectionSettings | None]] = [
    ((0, 0, 0, 0, 0), True, None),
    ((1, 1, 1, 3, 0), False, None),
    ((3, 2, 0, 0, 0), True, None),
    ((4, 0, 1, 2, 0), True, {"dim": 0, "method": "max", "start": 1, "stop": 4}),
    ((4, 1, 1, 2, 0), True, {"dim": 3, "method": "std", "start": 0, "stop": 4}),
    ((4, 1, 1, 2, 0), True, {"dim": 1, "method": "mean", "start": 0, "stop": 2}),
]


#: Settings that have no value of their own that colors frames, and where it is tested what they do.
ELSEWHERE = {
    "position": "tests/js/browser/pixels/picture.test.js",
    "scale_bar": "tests/browser/test_controls.py, tests/viewer/tools/export",
    "scale_bar_corner": "tests/browser/test_controls.py, tests/viewer/tools/export/test_marks.py",
    "scale_bar_color": "tests/browser/test_controls.py, tests/viewer/tools/export/test_marks.py",
    "scale_bar_length": "tests/browser/test_controls.py, tests/viewer/tools/export/test_export.py",
    "stamp": "tests/browser/test_controls.py, tests/viewer/tools/export",
    "names": "tests/browser/test_controls.py, tests/viewer/tools/export/test_marks.py",
    "colorbar": "tests/browser/test_controls.py, tests/viewer/tools/export",
    "axes": "tests/browser/test_controls.py",
    "axes_unit": "tests/js/browser/stage/axes.test.js, tests/viewer/tools/export",
    "smooth": "tests/viewer/tools/export, tests/browser/test_controls.py",
    "per_frame": "tests/js/browser/pixels/picture.test.js, tests/viewer/tools/export/test_export.py",
    "histogram_scale": "tests/js/browser/contrast/histogram.test.js",
    "histogram_of": "tests/browser/test_channels.py",
    "rotation": "tests/js/browser/page/orientation.test.js, tests/browser/test_turned.py",
    "flip": "tests/js/browser/page/orientation.test.js, tests/browser/test_turned.py",
    "projection": "tests/viewer/tools/projection",
    "channels": "each of the settings of a channel is a view here",
    "channels.auto": "tests/js/browser/pixels/picture.test.js, tests/browser/test_channels.py",
    "tools": "tests/js/tools, tests/viewer/tools",
    "playback": "tests/js/browser/frames/player.test.js",
}


def other_value(setting: Setting) -> Any:
    """A value that a setting can have, and does not have at the start."""
    match setting.kind:
        case "flag":
            return not setting.default
        case "number":
            low, high = setting.bounds or (0, 1)
            return low + (high - low) / 8
        case "choice":
            return next(choice for choice in setting.choices if choice != setting.default)
        case "colormap":
            return "viridis"
        case "color":
            return "#ff8000"
        case "limits":
            return (20, 160)
    raise ValueError(f"{setting.name}: give a {setting.kind} another value here, or name it in ELSEWHERE")


def views() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each setting that colors frames, and a view with another value of it; the first is the start."""
    yield "", {}
    for name, setting in VIEW_SETTINGS.items():
        if name not in ELSEWHERE:
            yield name, {name: other_value(setting)}
    for name, setting in CHANNEL_SETTINGS.items():
        if f"channels.{name}" not in ELSEWHERE:
            yield f"channels.{name}", {"channels": [{name: other_value(setting)}]}


def make_views() -> dict[str, Any]:
    """From settings to colors, of a gray stack with channels: alone, and as a composite."""
    pixels = np.random.default_rng(8).integers(0, 256, (3, 4, 6), dtype=np.uint8)
    jp = JPkl(np.moveaxis(pixels, 0, 2), dim_names=["channel"], metadata=METADATA, fidelity=None)
    return {
        "stack": describe_for_browser(describe(jp), "golden"),
        "pixels": [to_hex(plane) for plane in pixels],
        "views": [
            view_case(describe(jp), pixels, name, {"composite": composite, **settings})
            for composite in (False, True)
            for name, settings in views()
        ],
    }


def view_case(
    description: StackDescription, pixels: NDArray[np.uint8], name: str, settings: dict[str, Any]
) -> dict[str, Any]:
    """A view of the first channel, and its picture."""
    state = ViewState(description)
    state.update(**settings)
    layers = ((layer, pixels[layer.index]) for layer in resolve(state, description).layers)
    picture = paint(layers, (description.height, description.width))
    return {"other": name, "settings": state.settings(), "picture": to_hex(picture)}


def make_labels() -> dict[str, Any]:
    """Numbers and positions as text."""
    description = stack()
    state = ViewState(description)
    positions = []
    for position, with_channel, projection in POSITIONS:
        state.update(projection=projection)
        text = describe_position(
            description, position, with_channel=with_channel, projection=state.projection
        )
        positions.append(
            {"position": position, "withChannel": with_channel, "projection": projection, "text": text}
        )
    return {
        "numbers": [
            {"value": value, "digits": digits, "text": format_number(value, digits)}
            for value in NUMBERS
            for digits in (3, 4, 6)
        ],
        "lengths": [{"most": most, "length": nice_length(most)} for most in LENGTHS],
        "stack": describe_for_browser(description, "golden"),
        "positions": positions,
        "coords": [{"values": values, "texts": write_apart(values)} for values in COORDS],
        "intensities": [
            {"position": position, "value": value, "text": describe_intensity(description, position, value)}
            for position, *_ in POSITIONS
            for value in (0, 77, 255)
        ],
        "ranges": [
            {"range": ends, "isInteger": dtype.kind in ("b", "u", "i"), "levels": list(_levels(ends, dtype))}
            for ends, dtype in RANGES
        ],
    }


def _levels(ends: tuple[float, float], dtype: np.dtype[Any]) -> Iterator[dict[str, Any]]:
    description = describe(JPkl(np.zeros((8, 8), dtype), display_range=ends, fidelity=None))
    for level in (0, 1, 2, 77, 99.5, 128, 254, 255):
        yield {"level": level, "text": describe_intensity(description, (), level)}


def make_keys() -> dict[str, Any]:
    """What frames are asked for under; `part` is x, y, width, height, and the width and height shown."""
    part = [0, 64, 1024, 512, 256, 128]
    projection = {"dim": 1, "method": "max", "start": 0, "stop": 50}
    other = {"dim": 0, "method": "std", "start": 3, "stop": 4}
    long = {"dim": 10, "method": "mean", "start": 25, "stop": 100}
    keys: list[tuple[int | str, int, dict[str, Any] | None, list[int] | None]] = [
        (7, 7, None, None),
        ("12345@std,0,3,4", 12345, other, None),
        ("7@max,1,0,50", 7, projection, None),
        ("7@mean,10,25,100", 7, long, None),
        ("7 0 64 1024 512 256 128", 7, None, part),
        ("7@max,1,0,50 0 64 1024 512 256 128", 7, projection, part),
    ]
    return {"keys": [dict(zip(("key", "number", "projection", "part"), row, strict=True)) for row in keys]}


def make_links() -> dict[str, Any]:
    """Links of views. A link that is only read may have come from another version, or from a hand."""
    start = ViewState(stack()).settings()
    return {
        "stack": describe_for_browser(stack(), "golden"),
        "start": start,
        "written": [{"settings": changes, "link": link} for changes, link in written_links(start)],
        "read": [{"link": link, "settings": changes} for link, changes in read_links(start)],
    }


#: Where the links of the stack are at the start; a dim that is named like something else has a prefix.
_HERE = {"time": 0, "channel": 0, "a,b&c=1 é": 0, "dim zoom": 0}
_DISPLAYS = tuple(f"0-255:1:1:{color}:color:0" for color in ("0000ff", "00ff00", "ff0000"))


def written_links(start: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """What differs from the start, and the link."""

    def link(
        before: dict[str, Any] | None = None, *, displays: tuple[str, ...] = _DISPLAYS, **after: Any
    ) -> str:
        return "#" + urlencode({**_HERE, **(before or {}), "display": ",".join(displays), **after}, safe="*")

    yield {}, link()
    yield {"position": [3, 2, 1, 3, 0]}, link({"time": 3, "channel": 2, "a,b&c=1 é": 1, "dim zoom": 3})
    flags = ["invert", "composite", "per_frame", "colorbar", "axes"]
    yield dict.fromkeys(flags, True), link(dict.fromkeys(flags, 1))
    yield dict.fromkeys(["scale_bar", "stamp", "names"], False), link(scale_bar=0, stamp=0, names=0)
    yield (
        {"scale_bar_corner": "top left", "scale_bar_color": "yellow", "scale_bar_length": 2.5},
        link(scale_bar_corner="top left", scale_bar_color="yellow", scale_bar_length=2.5),
    )
    for name, settings in views():
        if name in settings:
            value = settings[name]
            yield (
                settings,
                link({name: f"{value:g}" if VIEW_SETTINGS[name].kind in ("flag", "number") else value}),
            )
    yield {"histogram_scale": "linear"}, link({"histogram_scale": "linear"})
    yield {"histogram_of": "stack"}, link({"histogram_of": "stack"})
    yield {"rotation": "270", "flip": True}, link(rotation=270, flip=1)
    yield {"axes_unit": "physical", "smooth": True}, link(axes_unit="physical", smooth=1)
    first = {
        "limits": [3, 99.5],
        "gamma": 0.45,
        "visible": False,
        "color": "#ff8000",
        "colormap": "magma",
        "auto": True,
    }
    displays = ("3-99.5:0.45:0:ff8000:magma:1", *_DISPLAYS[1:])
    yield {"channels": [first, *start["channels"][1:]]}, link(displays=displays)
    projection = {"dim": 2, "method": "std", "start": 0, "stop": 2}
    yield {"projection": projection}, link({"projection": "std,0,2,a,b&c=1 é"})
    yield {"projection": {**projection, "around": 1}}, link({"projection": "std~1,0,2,a,b&c=1 é"})
    tools = {"montage": {"mode": "filmstrip", "dim": 0}, "rois": {"rois": [{"name": "é#&"}]}}
    text = json.dumps(tools, ensure_ascii=False, separators=(",", ":"))
    yield {"tools": tools}, link(tools=text)
    yield {"zoom": [12.346, 6, 2.5]}, link(zoom="12.35,6,2.5")


def read_links(start: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A link, and what differs from the start: nothing, where it makes no sense."""
    for nonsense in (
        "",
        "nothing=known",
        "time=-1&channel=x",
        "colormap=",
        "invert=0",
        "display=9-3:99::zz",
        "display=0-256:0.05,-3-5,1-2-3,,,,:",
        "display=9-9: :1:1ff8000,%20-9::1:ff80001",
        "projection=median,0,2,time",
        "projection=max,0,6,time",
        "projection=max~,0,2,time",
        "projection=max,2,2,time",
        "projection=max,0,5,tame",
        "projection=toString,0,5,time",
        "projection=-max,0,5,time",
        "tools=%5B1%5D",
        "tools=%7Bbroken",
        "tools=null",
        "tools=3",
        "zoom=1,2",
        "zoom=1,2,0",
        "zoom=x,2,3",
        "zoom=1,2,Infinity",
        "zoom=1,2,3,4",
    ):
        yield f"#{nonsense}", {}
    yield "#time=99&channel=1e0&flat=7", {"position": [4, 1, 0, 0, 0]}
    yield "#time=2.9", {"position": [2, 0, 0, 0, 0]}
    yield "#composite=&per_frame=yes", {"composite": True, "per_frame": True}
    first, second, third = start["channels"]
    second = {**second, "limits": [10, 20], "visible": False}
    yield "#display=:,10-20::0", {"channels": [first, second, third]}
    extreme = [{**first, "limits": [0, 200], "gamma": 0.1}, {**start["channels"][1], "gamma": 10}]
    third = {**third, "limits": [10, 255], "color": "#FF8000"}
    yield "#display=0-200:0.1,:10,10-255:::FF8000", {"channels": [*extreme, third]}
    third = {**start["channels"][2], "colormap": "viridis", "auto": True}
    yield "#display=,,::::viridis:1:more", {"channels": [*start["channels"][:2], third]}
    projection = {"dim": 0, "method": "max", "start": 0, "stop": 5}
    yield "#projection=max,0,5,time", {"projection": projection}
    yield "#zoom=1,2,3", {"zoom": [1, 2, 3]}
    yield "#zoom=1,2,0.5", {"zoom": [1, 2, 0.5]}


def make_objects() -> list[dict[str, Any]]:
    """Frames of label images as they are stored, and what is painted of them."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:13, :17]
    disks = np.where((rows - 5) ** 2 + (columns - 6) ** 2 < 17, 3, 0) + np.where(columns > 13, 260, 0)
    frames: list[NDArray[Any]] = [
        disks.astype(np.uint16),
        np.zeros((5, 4), np.uint8),
        rng.integers(0, 2, (6, 7)).astype(bool),
        rng.integers(-(2**62), 2**62, (4, 5)),
        np.where(disks > 0, -disks, 2**40).astype(np.int64),
    ]
    looks = [{}, {"opacity": 0.5, "outline": False}, {"opacity": 0, "selected": {"name": "a", "value": "3"}}]
    return [
        {
            "dtype": str(frame.dtype),
            "shape": list(frame.shape),
            "payload": encode_payload(frame).hex(),
            "values": [str(int(value)) for value in frame.ravel()],
            "painted": [
                {"settings": look, "rgba": painted_labels(frame, LabelLook.of(look), "a").tobytes().hex()}
                for look in looks
            ],
        }
        for frame in frames
    ]


def make_difference() -> dict[str, Any]:
    """Colors of differences: the diverging colormap, and which of its colors pairs of pixel values have."""
    pairs = [(a, b) for a in (0, 1, 20, 21, 128, 254, 255) for b in (0, 1, 20, 127, 128, 255)]
    ends = [
        (None, None),
        ((100.0, 1375.0), (100.0, 1375.0)),
        ((100.0, 1375.0), (0.0, 2550.0)),
        ((3.0, 3.0),) * 2,
    ]
    return {
        "diverging": to_hex(DIVERGING),
        "pairs": pairs,
        "cases": [
            {
                "ends": both,
                "gain": gain,
                "numbers": [int(color_numbers(*both, gain)[pair]) for pair in pairs],
            }
            for both in ends
            for gain in (1, 4)
        ],
        "contrasts": [
            {"limits": limits, "ends": both, "shared": shared_limits(limits, *both)}
            for both in [
                *ends,
                ((-100.0, 155.0), (0.0, 51.0)),
                ((0.0, 255.0), (3.0, 3.0)),
                (None, (0.0, 1.0)),
            ]
            for limits in ((0.0, 255.0), (20.5, 153.0))
        ],
    }


#: Frames (width, height, aspect of a pixel), parts (x0, y0, x1, y1) of them, and zooms of exports.
PARTS = [
    ((512, 384, 1.0), (0, 0, 512, 384), 2.0),
    ((100, 60, 4.0), (10, 20, 90, 50), 4.0),
    ((2048, 1024, 1.0), (0, 0, 2048, 1024), 0.5),
    ((60, 100, 0.5), (4, 6, 12, 14), 64.0),
    ((40, 24, 1.0), (0, 0, 40, 24), 1.0),
]

AXES_UNIT = AxesUnit((0.3, 0.065), "µm")

POINTS = [(0.0, 0.0), (7.25, 3.5), (90.0, 20.0)]


def make_turned() -> dict[str, Any]:
    """Where points and ticks of frames are that are turned in every way."""
    turns = [Turn(quarters, is_flipped) for is_flipped in (False, True) for quarters in range(4)]
    return {"cases": [turned_case(*part, turn) for part in PARTS for turn in turns]}


def turned_case(
    frame: tuple[int, int, float], part: tuple[int, int, int, int], zoom: float, turn: Turn
) -> dict[str, Any]:
    """A part of a frame in a picture; all places are in pixels of the picture."""
    width, height, aspect = frame
    x0, y0, x1, y1 = part
    size = round((x1 - x0) * zoom * max(1, 1 / aspect)), round((y1 - y0) * zoom * max(1, aspect))
    place = Place(x0, y0, x1 - x0, y1 - y0, *turn.size(*size), turn)
    others = [(width, height), (width // 2, height + 9), (width + 9, height // 2)]
    beside = [[place.beside(*other, is_whole=is_whole) for other in others] for is_whole in (False, True)]
    return {
        "frame": {"width": width, "height": height, "aspect": aspect},
        "part": part,
        "zoom": zoom,
        "rotation": str(90 * turn.quarters),
        "flip": turn.is_flipped,
        "size": [place.width, place.height],
        "unit": float(f"{place.unit:.12g}"),
        "room": axes_room(place.unit),
        "places": [[x, y, *place.at([(x, y)])[0].tolist()] for x, y in POINTS],
        "beside": [
            {
                "others": others,
                "isWhole": is_whole,
                "places": [
                    [at.left, at.top, at.columns, at.rows, at.width, at.height, *place.corner_of(at)]
                    for at in places
                ],
                "tops": tops_of([place, *places]),
            }
            for is_whole, places in zip((False, True), beside, strict=True)
        ],
        "pixelSize": AXES_UNIT.pixel_size,
        "axes": [asdict(axis) for axis in axes_of(place, (width, height))],
        "physicalAxes": [asdict(axis) for axis in axes_of(place, (width, height), AXES_UNIT)],
    }


VECTORS = {
    "objects": make_objects,
    "paint": make_paint,
    "views": make_views,
    "labels": make_labels,
    "keys": make_keys,
    "links": make_links,
    "regions": make_regions,
    "difference": make_difference,
    "turned": make_turned,
    "local": make_local,
    "files": make_files,
    "jpeg": make_jpeg,
    "damaged": make_damaged,
}


def plain(of: Layer) -> dict[str, Any]:
    """A layer as plain data."""
    return {"colors": of.colors, "limits": of.limits, "gamma": of.gamma, "invert": of.invert}


def to_hex(values: NDArray[np.uint8]) -> str:
    """Bytes as hexadecimal digits."""
    return values.tobytes().hex()


def text_of(name: str) -> str:
    """A file of vectors."""
    return json.dumps(VECTORS[name](), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all of them."""
    for name in VECTORS:
        (FOLDER / f"{name}.json").write_text(text_of(name), "utf-8")
    settings_texts.write()


if __name__ == "__main__":
    main()
