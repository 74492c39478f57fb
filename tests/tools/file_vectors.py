"""Golden vectors of files that the browser opens by itself: what Python says of them, and what it refuses."""

from __future__ import annotations

import base64
import io
import json
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.model.fidelity import fidelity_profiles
from jpkl_viewer.model.first_view import ChannelSample, first_view
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ViewState

from jpkl import Codec, FrameDecodeError, JPkl, JPklError
from jpkl._bytes import MemoryBytes
from jpkl._codecs.stored import codec_of
from jpkl._fidelity import parse_fidelity
from jpkl._file.labels import LabelTableError, parse_tables
from jpkl._file.schema import StackInfo
from jpkl._file.writing import write_stack
from jpkl.toolkit import StackMetadata, displayed

FOLDER = Path(__file__).parent.parent / "data"

#: Files that are changed, and how often.
CHANGED = ("saved_gray", "dump_p0", "dump_p1", "dump_p2", "dump_p4", "numpy_p0", "numpy_p2", "numpy_p5")
N_FLIPPED, N_CUT = 96, 12

#: What each kind of error is in a row of outcomes; "." is a file that opens.
LETTERS = {
    "FormatError": "F",
    "UnsafePickleError": "U",
    "TruncatedFileError": "T",
    "UnsupportedVersionError": "V",
    "FrameDecodeError": "D",
}

#: Metadata, with the names and sizes of dims.
STACKS: list[tuple[dict[str, int], dict[Any, Any]]] = [
    (
        {"time": 3},
        {
            "coords": {"time": [0, 0.5, 1]},
            "units": {"time": "s"},
            "pixel_size": (0.1, 0.2),
            "pixel_unit": "um",
        },
    ),
    (
        {"time": 2},
        {
            "coords": {
                "time": [
                    datetime(2020, 1, 1, 1, 2, 3, 400_000, UTC),
                    datetime(2020, 1, 1, 1, 2, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
                ]
            }
        },
    ),
    ({"time": 2}, {"coords": {"time": [date(2020, 1, 1), datetime(2020, 2, 29, 0, 0, 0, 1)]}}),
    (
        {"time": 2},
        {"coords": {"time": ["2020-01-01T00:00", "2020-02-29 12:00:00.5Z"]}, "units": {"time": "h"}},
    ),
    ({"time": 2}, {"coords": {"time": ["2020-01-01", "2021-02-29 12:00"]}, "units": {"time": "h"}}),
    ({"time": 2}, {"coords": {"time": [timedelta(seconds=1.5), timedelta(-1, 3)]}}),
    ({"time": 2}, {"coords": {"time": [2**60, 2**60 + 1]}, "units": {"time": "ns"}}),
    (
        {"c": 2, "z": 3},
        {
            "coords": {"c": ["DAPI", "GFP"], "z": [1 / 3, 2 / 3, 1]},
            "channel_limits": [(300, 1200), (3.0, 4)],
            "channel_colors": ["ff0000", "#00FF00"],
        },
    ),
    ({"channel": 3}, {"coords": {"channel": [405, 488, 561]}, "units": {"channel": "nm"}}),
    (
        {"channel": 9},
        {"channel_names": ["BF", "phase μ", "GFP", "actin", "FITC", "a", "b", "labels", "Ex 640 100 ms"]},
    ),
    ({"channel": 2}, {"channel_colors": ["#ffffff", "#ffffff"], "pixel_size": [1, 100.0], "fps": 7}),
    ({"channel": 2}, {"channel_visible": [True, False], "display_mode": "single", "pixel_size": [1, 0]}),
    ({"channel": 2}, {"coords": {"channel": [True, False]}, "pixel_size": ("a", 1), "units": [1]}),
    ({"z": 3, "ch": 2, "pos": 1}, {"channel_names": ["x", "labels"], "coords": {"pos": [float("nan")]}}),
    (
        {"Slice": 1, "i": 5, "q": 2},
        {"channel_names": ["only"], "channel_colors": ["00ffff"], 7: {(1, "a"): b"x"}},
    ),
    ({}, {"note": "größe μm \ud800", "big": 2**80, "set": {1, 2}, "none": None, "deep": [[({},)]]}),
]

#: Histograms of channels, in turn: fluorescence, transmitted light, noise, a damaged frame.
PEAKS: list[list[tuple[float, float, int]]] = [
    [(20, 3, 90_000), (60, 25, 9_000)],
    [(180, 12, 90_000), (150, 25, 9_000)],
    [(30, 4, 50_000)],
    [],
]

#: Codecs and dtypes of frames; None for display values.
CODED: list[tuple[str, str | None, bool]] = [
    ("png", None, False),
    ("png", None, True),
    *(("png", dtype, False) for dtype in ("u1", "i1", "b1", "u2", "i2", "u4", "i4", "u8", "i8")),
    ("png", "u1", True),
    ("webp", None, False),
    ("webp", None, True),
    ("webp", "u1", False),
    ("avif", None, False),
    ("avif", None, True),
    ("jpegxl", None, False),
    ("jpegxl", "u2", False),
    ("jpegxl", "i1", True),
]

#: Records of fidelity of a stack of 6 frames, not all of which can be.
RECORDS = (
    b'{"frames":[0,3],"psnr":[38.2,38.3],"ssim":[0.9812,0.9811],"noise":[1],"steps":[4],"target":""}',
    b'{"frames":[0,1,2,3,4,5],"psnr":[40.15,41,null,38.25,50,39.05],"ssim":[1,null,1,0.5,0.25,0.1255],'
    b'"noise":[],"steps":[],"target":"psnr 40"}',
    b'{"frames":[5],"psnr":[null],"ssim":[null],"noise":[],"steps":[],"target":""}',
    b'{"frames":[4],"psnr":[12.5],"ssim":[null],"noise":[null],"steps":[null],"target":1}',
    b'{"frames":[3,0],"psnr":[38.2,38.3],"ssim":[1,1],"noise":[],"steps":[],"target":""}',
    b'{"frames":[6],"psnr":[38.2],"ssim":[1],"noise":[],"steps":[],"target":""}',
    b'{"frames":[0],"psnr":[true],"ssim":[1],"noise":[],"steps":[],"target":""}',
    b'{"frames":[0],"psnr":[NaN],"ssim":[1],"noise":[],"steps":[],"target":""}',
    b'{"frames":[],"psnr":[],"ssim":[],"noise":[],"steps":[],"target":""}',
    b'{"frames":[0],"psnr":[1],"ssim":[1]}',
    b'{"frames":[0],"psnr":[1],"ssim":[1],"noise":[],"steps":[]}',
    b'{"frames":[0.0],"psnr":[1],"ssim":[1],"noise":[],"steps":[],"target":""}',
    b'{"frames":[0],"psnr":[1],"ssim":[1],"noise":{},"steps":[],"target":""}',
    b'\xef\xbb\xbf{"frames":[0],"psnr":[1],"ssim":[1],"noise":[],"steps":[],"target":""}',
    '{"frames":[0],"psnr":[1],"ssim":[1],"noise":[],"steps":[],"target":""}'.encode("utf-16-le"),
    b"[]",
    b"\xff",
)


def make_files() -> dict[str, Any]:
    """Descriptions and first settings of stacks, and which changed files are refused."""
    frame = JPkl.load(FOLDER / "dump_p4.jpkl").images[0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "golden": [golden_case(path) for path in sorted(FOLDER.glob("*.jpkl"))],
            "stacks": [stack_case(*each, frame) for each in STACKS],
            "changed": {name: "".join(_outcomes(name)) for name in CHANGED},
            "coded": [coded_case(each, file) for each, file in zip(CODED, _coded_files(), strict=True)],
            "records": [record_case(each) for each in RECORDS],
            "labeled": labeled_case(),
            "tables": [tables_case(each) for each in label_tables()],
        }


def golden_case(path: Path) -> dict[str, Any]:
    """A file of this folder."""
    try:
        with JPkl.load(path) as jp:
            return {"name": path.name, "description": describe_for_browser(describe(jp), path.name)}
    except JPklError as error:
        return {"name": path.name, "error": LETTERS[type(error).__name__]}


def stack_case(dims: Mapping[str, int], metadata: dict[str, Any], frame: bytes) -> dict[str, Any]:
    """A file whose frames are all the same, what is known of it, and its first view for given samples."""
    names, sizes = tuple(dims), tuple(dims.values())
    ranges = np.array([0.0, 1000.0]).reshape((1,) * len(sizes) + (2,))
    if "z" in dims:
        ranges = np.broadcast_to(ranges, (*sizes[:1], *(1 for _ in sizes[1:]), 2))
    info = StackInfo(False, 90, sizes, names, metadata, (16, 24), display_range=ranges, source_dtype="<u2")
    buffer = io.BytesIO()
    write_stack(buffer, info, (frame for _ in range(info.n_frames)))
    jp = JPkl.load(io.BytesIO(buffer.getvalue()))
    stack = describe(jp)
    samples = {n: _sample(n) for n in range(len(stack.channels))}
    state = ViewState(stack)
    state.update(**first_view(stack, StackMetadata.of(jp), samples))
    return {
        "file": base64.b64encode(buffer.getvalue()).decode(),
        "description": describe_for_browser(stack, "golden"),
        "samples": [_plain(sample) for sample in samples.values()],
        "settings": state.settings(),
    }


def _coded_files() -> list[bytes]:
    """Files of the other codecs: those there are, as their bytes depend on the versions of the codecs."""
    golden = FOLDER / "files.json"
    coded = json.loads(golden.read_text("utf-8"))["coded"] if golden.exists() else []
    if len(coded) != len(CODED):
        return [_coded_file(*each) for each in CODED]
    return [base64.b64decode(case["file"]) for case in coded]


def _coded_file(codec: str, dtype: str | None, color: bool) -> bytes:
    kind = np.dtype(dtype or "u1")
    shape = (5, 7, 3, 2) if color else (5, 7, 2)
    raw = np.random.default_rng(0).integers(0, 256, (*shape, kind.itemsize), np.uint8)
    images = (raw[..., 0] > 127) if kind.kind == "b" else raw.view(kind.newbyteorder("<"))[..., 0]
    buffer = io.BytesIO()
    JPkl(images, color=color, codec=codec, lossless=dtype is not None, dim_names=["time"]).save(buffer)
    return buffer.getvalue()


def coded_case(made: tuple[str, str | None, bool], file: bytes) -> dict[str, Any]:
    """A file of another codec: what is known of it, its values, and which changed frames are refused."""
    codec, dtype, _ = made
    jp = JPkl.load(io.BytesIO(file))
    frame = jp.images[1,]
    refused = (_refuses(codec_of(jp._info), data, jp.frame_shape) for data in changed_files(frame))
    return {
        "file": base64.b64encode(file).decode(),
        "dtype": None if dtype is None else np.dtype(dtype).str[1:],
        "description": describe_for_browser(describe(jp), "golden"),
        # Only what is decoded without a browser.
        "values": " ".join(str(int(value)) for value in jp[..., 1].ravel()) if codec == "png" else None,
        "shown": displayed(jp)[..., 1].tobytes().hex() if codec == "png" else None,
        "refused": "".join("D" if is_refused else "." for is_refused in refused),
    }


def _refuses(codec: Codec, data: bytes, shape: tuple[int, ...]) -> bool:
    """Return whether a header is not that of a frame of that shape."""
    try:
        return codec.shape(data) != shape
    except FrameDecodeError:
        return True


def record_case(data: bytes) -> dict[str, Any]:
    """A record of fidelity, and what is said of it."""
    found = parse_fidelity(data, 6)
    profiles = fidelity_profiles(found, (2, 3))
    return {"data": data.hex(), "text": None if found is None else found.summary(6), "profiles": profiles}


def _labeled_file() -> bytes:
    """A file with two label images: the one there is, as its bytes depend on the version of zlib."""
    golden = json.loads((FOLDER / "files.json").read_text("utf-8"))
    if "labeled" in golden:
        return base64.b64decode(golden["labeled"]["file"])
    jp = JPkl.load(FOLDER / "saved_gray.jpkl")
    shape = (*jp.frame_shape, *jp.dim_sizes)
    cells = (np.indices(shape).sum(0) // 5 * np.arange(1, jp.dim_sizes[0] + 1)[:, None]).astype(np.int32)
    mask = np.random.default_rng(0).random(jp.frame_shape) > 0.5
    buffer = io.BytesIO()
    jp.with_labels({"cells": -cells, "mask μ": mask}).save(buffer)
    return buffer.getvalue()


def labeled_case() -> dict[str, Any]:
    """A file with label images, and the bytes of each of their frames."""
    file = _labeled_file()
    jp = JPkl.load(io.BytesIO(file))
    return {
        "file": base64.b64encode(file).decode(),
        "description": describe_for_browser(describe(jp), "golden"),
        "frames": {
            name: [own.encoded(index).hex() for index in np.ndindex(own.sizes)]
            for name, own in jp.labels.items()
        },
    }


#: Of a stack of 5 x 3 frames of 16 x 24 pixels, whose labels have 100 bytes.
_LABELED = ((5, 3), (16, 24), (1000, 100))


def label_tables() -> Iterator[bytes]:
    """Tables of label images, most of which cannot be."""
    head = {"name": "a", "dtype": "<u2", "sizes": [5, 1], "group": 3}
    good = _tables([head], [(0, 60), (60, 40)])
    yield good
    yield _tables([head, {**head, "name": "b", "sizes": [1, 1], "group": 16}], [(0, 60), (60, 40)], [(9, 1)])
    yield _tables([])
    yield good[:-1]
    yield good + b"more"
    for places in ([(0, 60), (61, 40)], [(2**63, 60), (0, 1)], [(101, 0), (0, 1)], [(0, 2**32 - 1), (0, 1)]):
        yield _tables([head], places)
    changed: dict[str, Any]
    for changed in (
        {"name": ""}, {"name": "x" * 101}, {"name": "😀" * 100}, {"name": "\ud800"}, {"name": 3},
        {"dtype": ">u2"}, {"dtype": "<f4"}, {"dtype": "toString"}, {"dtype": None},
        {"sizes": [5]}, {"sizes": [5, 2]}, {"sizes": [-5, 1]}, {"sizes": "51"}, {"sizes": [5, "1"]},
        {"sizes": {}},
        {"group": 0}, {"group": 17}, {"group": 2.5}, {"group": True}, {"group": "3"}, {"group": None},
    ):  # fmt: skip
        yield _tables([{**head, **changed}], [(0, 60), (60, 40)])
    yield _tables([head, head], [(0, 60), (60, 40)], [(0, 60), (60, 40)])
    yield _tables([{**head, "name": str(n)} for n in range(65)], *[[(0, 60), (60, 40)]] * 65)
    for text in (
        b"",
        b"[]",
        b"{}",
        b'{"labels":{}}',
        b'{"labels":[1]}',
        b"\xff",
        b'{"labels":[',
        b"[" * 3_000,
    ):
        yield len(text).to_bytes(4, "little") + text
    yield b"\xff\xff\xff\xff" + good[4:]
    yield b""


def _tables(heads: list[dict[str, Any]], *places: list[tuple[int, int]]) -> bytes:
    """Tables of some label images: offset and length of the groups of each."""
    text = json.dumps({"labels": heads}).encode()
    columns = (
        np.array([offset for offset, _ in each], "<u8").tobytes()
        + np.array([length for _, length in each], "<u4").tobytes()
        + np.arange(len(each), dtype="<u4").tobytes()
        for each in places
    )
    return len(text).to_bytes(4, "little") + text + b"".join(columns)


def tables_case(data: bytes) -> dict[str, Any]:
    """Tables of label images, and what they say; none where they cannot be."""
    sizes, shape, span = _LABELED
    try:
        found = parse_tables(data, sizes, shape, MemoryBytes(b"", "golden"), span)
    except LabelTableError:
        found = ()
    labels = [
        {
            "name": each.name,
            "dtype": str(each.dtype),
            "sizes": list(each.sizes),
            "group": each.group,
            "start": each.start,
            "offsets": each.offsets.tolist(),
            "lengths": each.lengths.tolist(),
            "checksums": each.checksums.tolist(),
        }
        for each in found
    ]
    return {"data": base64.b64encode(data).decode(), "labels": labels}


def _sample(number: int) -> ChannelSample:
    levels = np.arange(256)
    counts = np.zeros(256, np.int64)
    for mean, width, n in PEAKS[number % len(PEAKS)]:
        shape = np.exp(-((levels - mean) ** 2) / (2 * width**2))
        counts += np.rint(n * shape / shape.sum()).astype(np.int64)
    return ChannelSample(counts, counts // 12, 0.9 if number % len(PEAKS) == 1 else 0.3)


def _plain(sample: ChannelSample) -> dict[str, Any]:
    """A sample, its histograms as text: a list has a line for each number."""
    texts = (" ".join(map(str, counts.tolist())) for counts in (sample.counts, sample.first))
    return {**dict(zip(("counts", "first"), texts, strict=True)), "structure": sample.structure}


def changed_files(data: bytes) -> Iterator[bytes]:
    """A file with one flipped bit, or cut off; `tests/js/standalone/outcome.js` makes the same."""
    for i in range(N_FLIPPED):
        at = i * 7919 % len(data)
        yield data[:at] + bytes([data[at] ^ (1 << i % 8)]) + data[at + 1 :]
    for i in range(N_CUT):
        yield data[: i * 7919 % len(data)]


def _outcomes(name: str) -> Iterator[str]:
    for data in changed_files((FOLDER / f"{name}.jpkl").read_bytes()):
        yield outcome_of(data)


def outcome_of(data: bytes) -> str:
    """How opening a file ends, as one character."""
    try:
        JPkl.load(io.BytesIO(data))
    except JPklError as error:
        return LETTERS[type(error).__name__]
    return "."
