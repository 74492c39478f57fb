"""The fuzz targets: functions that take any bytes, and raise only where JPkl does what it must not.

Each has seeds, from which random input is made.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl import (
    Codec,
    FormatError,
    FrameDecodeError,
    FrameError,
    JPkl,
    JPklError,
    MetadataError,
    UnsupportedVersionError,
    register_codec,
)
from jpkl._bytes import MemoryBytes
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_header import parse_jpeg_header
from jpkl._file.labels import StoredLabels
from jpkl._file.trailer import TrailerError, read_trailer
from jpkl._indexing import plan_index
from jpkl._pickle import PickleReader, dump, resolve, writer
from jpkl._recover import recover
from jpkl.readers import open_image, supported_suffixes
from robustness.decoder import attack_decoder, decoder_seeds
from robustness.page import attack_page, page_seeds

#: Pixels of a frame beyond which a target decodes nothing: that only takes long.
_MOST_PIXELS = 1 << 20

#: So are plain data beyond this written no further: 300 bytes may stand for the 256 MiB that are allowed.
vars(writer)["MAX_UNFOLDED_BYTES"] = 1 << 22


@register_codec
class Raw(Codec):
    """Keeps the bytes of gray frames of 8 x 8, or of two rows, as they are."""

    name = "fuzz-raw"

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the pixels."""
        return image.tobytes()

    def decode(
        self, data: bytes, shape: tuple[int, ...], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Return the pixels."""
        if len(data) != math.prod(shape):
            raise FrameDecodeError(f"{len(data)} bytes are no frame of shape {shape}")
        frame = np.frombuffer(data, np.uint8).reshape(shape)
        if out is None:
            return frame
        out[...] = frame
        return out

    def shape(self, data: bytes) -> tuple[int, ...]:
        """Guess the shape from the length."""
        return (8, 8) if len(data) == 64 else (2, len(data) // 2)


@dataclass(frozen=True)
class Target:
    """What is fuzzed.

    Attributes
    ----------
    attack : callable
        Takes bytes; an exception of it is a fault.
    seeds : callable
        Returns input that is well-formed, or nearly.
    """

    attack: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


# -- the pickle reader ---------------------------------------------------------------------------------


def attack_pickle(data: bytes) -> None:
    """Read any bytes as a pickle: plain data, or a FormatError."""
    source = MemoryBytes(data)
    with suppress(FormatError):
        value = resolve(PickleReader(source).run(), source)
        with suppress(MetadataError):  # larger or deeper than may be written
            dump(value)
    PickleReader(source, salvaging=True).unfinished()


def pickle_seeds() -> list[bytes]:
    """Return plain data in each protocol, frames, NumPy data, and names that must not be found."""
    value = {"a": [1, 2.5, None, True, "x" * 300], (1, "b"): {b"c", 2**70}, "d": ({}, frozenset([1j]))}
    images = {
        "images": {(t, c): b"\xff\xd8 frame" for t in range(2) for c in range(2)},
        "header": ("JPkl", "1"),
    }
    arrays = {"x": np.arange(6, dtype="<u2").reshape(2, 3), "y": np.float32(1), "z": np.array(["a", "bc"])}
    found = [pickle.dumps(each, protocol) for each in (value, images, arrays) for protocol in range(6)]
    return [*found, b"cos\nsystem\n(S'x'\ntR.", b"\x80\x04\x8c\x02os\x8c\x06system\x93."]


def attack_plain_data(data: bytes) -> None:
    """Write plain data that the bytes choose, and compare what `pickle.loads` and the reader make of it."""
    value = _Chooser(data).value(0)
    written = b"\x80\x04" + dump(value) + b"."
    expected = repr(pickle.loads(written))  # of our own making: plain data
    source = MemoryBytes(written)
    assert repr(resolve(PickleReader(source).run(), source)) == expected, "pickle.loads reads something else"
    for protocol in range(6):
        source = MemoryBytes(pickle.dumps(value, protocol))
        assert repr(resolve(PickleReader(source).run(), source)) == expected, f"protocol {protocol}"


class _Chooser:
    """Makes plain data of bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def _take(self, n: int) -> bytes:
        taken = self._data[self._at : self._at + n]
        self._at += n
        return taken.ljust(n, b"\0")

    def scalar(self) -> Any:
        kind = self._take(1)[0] % 9
        n = self._take(1)[0]
        makers: list[Callable[[], Any]] = [
            lambda: None,
            lambda: bool(n & 1),
            lambda: int.from_bytes(self._take(n % 20), "little", signed=True),
            lambda: float(np.frombuffer(self._take(8), "<f8")[0]),
            lambda: self._take(n).decode("utf-8", "replace"),
            lambda: self._take(n),
            lambda: complex(n, -n),
            lambda: self._take(n % 4).decode("latin-1"),
            lambda: n - 128,
        ]
        return makers[kind]()

    def value(self, depth: int) -> Any:
        kind, n = self._take(2)
        kind = kind % 8 if depth < 6 and self._at < len(self._data) else 0
        n %= 5
        if kind < 3:
            return self.scalar()
        if kind == 3:
            return [self.value(depth + 1) for _ in range(n)]
        if kind == 4:
            return tuple(self.value(depth + 1) for _ in range(n))
        if kind == 5:  # sets of several items may have another order
            return {self.scalar() for _ in range(n % 2)}
        if kind == 6:
            return frozenset(self.scalar() for _ in range(n % 2))
        keys = (self.scalar() for _ in range(n))
        return {key: self.value(depth + 1) for key in keys}


def plain_data_seeds() -> list[bytes]:
    """Return bytes of which data of all kinds are made."""
    return [bytes([kind, 4]) + bytes(range(7 * kind, 7 * kind + 60)) for kind in range(8)]


# -- files ---------------------------------------------------------------------------------------------


def attack_file(data: bytes) -> None:
    """Open, read and recover bytes as a JPkl file."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "x.jpkl"
        path.write_bytes(data)
        with suppress(JPklError, OSError), JPkl.load(path) as stack:
            repr(stack)
            stack._repr_html_()
            if math.prod(stack.shape) <= _MOST_PIXELS:
                _ = stack[...]
        with suppress(FormatError, UnsupportedVersionError):
            recover(path, Path(folder) / "out.jpkl")
            JPkl.load(Path(folder) / "out.jpkl").close()


def file_seeds() -> list[bytes]:
    """Return whole small files: gray, in color, of 16 bits, lossless, and without their trailer."""
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, (8, 8, 2, 2), np.uint8)
    stacks = [
        JPkl(gray, metadata={"a": [1, {"b": 2.5}]}, dim_names=["time", "z"]),
        JPkl(gray[..., 0].astype(np.uint16) * 9),
        JPkl(rng.integers(0, 256, (8, 8, 3, 2), np.uint8), color=True),
        JPkl(gray[..., 0], codec="fuzz-raw"),
        JPkl(np.zeros((8, 8, 0), np.uint8)),
        JPkl(gray[..., 0], labels={"cells": gray[..., 0] // 64}),
    ]
    whole = [_saved(stack) for stack in stacks]
    return [*whole, whole[0][: whole[0].rindex(b"JPklTrlr") - 24], whole[0][: len(whole[0]) // 2]]


def _saved(stack: JPkl) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        stack.save(Path(folder) / "x.jpkl")
        return (Path(folder) / "x.jpkl").read_bytes()


def attack_trailer(data: bytes) -> None:
    """Read what may be a trailer under the right checksum, which no random change would keep."""
    from jpkl._fidelity import parse_fidelity
    from jpkl._file.trailer import parse_block

    source = MemoryBytes(data)
    with suppress(TrailerError):
        read_trailer(source)
    with suppress(TrailerError):
        trailer = parse_block(data, len(data))
        n_frames = len(trailer.offsets)
        assert n_frames == len(trailer.lengths) == len(trailer.checksums)
        for section in trailer.sections.values():
            fidelity = parse_fidelity(section, n_frames)
            assert fidelity is None or len(fidelity.psnr) == len(fidelity.ssim) <= n_frames


def trailer_seeds() -> list[bytes]:
    """Return trailers, and their blocks alone."""
    seeds = []
    for data in file_seeds()[:6]:
        footer = data[-32:]
        offset, length = (int.from_bytes(footer[i : i + 8], "little") for i in (0, 8))
        seeds += [data[offset : offset + length], data[offset:]]
    return seeds


def attack_labels(data: bytes) -> None:
    """Read what may be the tables of label images, and behind them their groups, by whichever tables fit."""
    from jpkl._file.labels import LabelTableError, parse_tables

    (size,) = struct.unpack("<H", data[:2].ljust(2, b"\0"))
    tables, groups = data[2 : 2 + size], data[2 + size :]
    with suppress(LabelTableError):
        for stored in parse_tables(tables, (3, 2), (8, 8), MemoryBytes(groups), (0, len(groups))):
            for number in range(len(stored.lengths)):
                signed = replace(stored, checksums=np.full(len(stored.lengths), crc32(stored.read(number))))
                with suppress(FrameError):
                    frames = signed.frames(number, 4096)
                    assert max(map(len, frames), default=0) <= 4096 + 4, "larger than a frame can be"


def label_seeds() -> list[bytes]:
    """Return tables of label images and the groups that they name: one for all frames, and one for each."""
    from jpkl._file.labels import pack_group, pack_tables

    seeds = []
    for sizes, group in (((3, 2), 4), ((1, 1), 1), ((3, 1), 2)):
        n_frames = math.prod(sizes)
        packed = [
            pack_group([bytes(range(i, i + 9)) for i in range(start, min(start + group, n_frames))])
            for start in range(0, n_frames, group)
        ]
        lengths = np.array([len(each) for each in packed])
        checksums = np.array([crc32(each) for each in packed])
        source, described = MemoryBytes(b"".join(packed)), ("cells", np.dtype("<u2"), sizes, group)
        stored = StoredLabels(*described, np.cumsum(lengths) - lengths, lengths, checksums, source)
        tables = pack_tables([stored])
        seeds.append(struct.pack("<H", len(tables)) + tables + b"".join(packed))
    return seeds


def attack_jpeg(data: bytes) -> None:
    """Decode bytes as a JPEG of the size that they say, as other sizes, and scaled."""
    with suppress(ValueError):
        parse_jpeg_header(data)
    codec = JpegCodec(90)
    codec.recognizes(data)
    shapes: list[tuple[int, ...]] = [(8, 8), (8, 8, 3)]
    with suppress(FrameError):
        shapes.append(codec.shape(data))
    for shape in shapes:
        if math.prod(shape) <= _MOST_PIXELS:
            with suppress(FrameError):
                assert codec.decode(data, shape).shape == shape
            with suppress(FrameError):
                codec.decode_scaled(data, shape, 2)


def jpeg_seeds() -> list[bytes]:
    """Return JPEGs: gray, in color, progressive, subsampled."""
    from PIL import Image

    seeds = []
    rng = np.random.default_rng(0)
    for mode, options in (("L", {}), ("RGB", {}), ("L", {"progressive": True}), ("RGB", {"subsampling": 2})):
        shape = (16, 16) if mode == "L" else (16, 16, 3)
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, shape, np.uint8)).save(file, "JPEG", **options)
        seeds.append(file.getvalue())
    return seeds


# -- indices -------------------------------------------------------------------------------------------

_ARRAY = np.arange(2 * 3 * 4 * 2, dtype=np.uint8).reshape(2, 3, 4, 2)


def attack_index(data: bytes) -> None:
    """Index a stack as the bytes say, and compare with NumPy: the same pixels, or the same kind of error."""
    key = tuple(_index_items(data))
    try:
        expected = _ARRAY[key]
    except (IndexError, ValueError) as error:
        try:
            plan_index(_ARRAY.shape, 2, key)
        except type(error):
            return
        raise AssertionError(f"NumPy raises {error!r} for {key!r}") from error
    try:
        result = np.asarray(_stack()[key])
    except IndexError as error:
        # Where other arrays beside them make the result empty, NumPy lets masks of a wrong length pass, and
        # before 2.1 what is out of bounds.
        if expected.size == 0 and ("index did not match" in str(error) or "out of bounds" in str(error)):
            return
        raise
    assert result.shape == expected.shape, f"{key!r}: {result.shape}, not {expected.shape}"
    assert np.array_equal(result, expected), f"{key!r}: other pixels"


@cache
def _stack() -> JPkl:
    return JPkl(_ARRAY, codec="fuzz-raw")


def _index_items(data: bytes) -> Iterator[Any]:
    left = list(data[:40])

    def number() -> int:
        return (left.pop() if left else 0) % 11 - 5

    while left and len(left) < 50:
        kind = left.pop() % 8
        if kind == 0:
            yield number()
        elif kind == 1:
            start, stop, step = (number() for _ in range(3))
            yield slice(None if start == 5 else start, None if stop == 5 else stop, step or None)
        elif kind == 2:
            yield ...
        elif kind == 3:
            yield None
        elif kind == 4:
            yield np.array([number() for _ in range(abs(number()))], np.int64)
        elif kind == 5:
            yield np.array([number() > 0 for _ in range(abs(number()))], bool)
        elif kind == 6:
            yield bool(number() % 2)
        else:
            n = max(1, abs(number()))
            yield np.array([[number() % 2] for _ in range(n)], np.int64)


def index_seeds() -> list[bytes]:
    """Return bytes of which indices of all kinds are made."""
    return [bytes(range(start, start + 12)) for start in range(0, 96, 8)]


# -- messages ------------------------------------------------------------------------------------------


def attack_messages(data: bytes) -> None:
    """Give a server any message, as its socket does: every answer can be sent."""
    from jpkl_viewer.pages.direct import pack, read_message

    sent: list[bytes] = []
    try:
        message = read_message(data)
    except (ValueError, RecursionError):
        return
    answers = _answers()
    # What else is wrong with a message is a page's fault, and answered by the socket.
    with suppress(JPklError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        answers.handle(message, lambda answer: sent.append(pack(answer)))
    answers.close()
    assert sum(map(len, sent)) < 50_000_000, "more than any screen takes"


@cache
def _answers() -> Any:
    from jpkl_viewer.viewer import JPklViewer

    stack = JPkl(np.arange(24 * 40 * 6, dtype=np.uint32).astype(np.uint8).reshape(24, 40, 3, 2))
    return JPklViewer(stack)._answers(True)


def message_seeds() -> list[bytes]:
    """Return messages that browsers send."""
    ask = {"type": "ask", "slot": "s", "id": 1}
    messages: list[dict[str, Any]] = [
        {"type": "want", "keys": [0, "1 0 0 8 8 4 4", "2@max,0,0,2"], "source": 0, "form": "pixels"},
        {"type": "state", "settings": {"position": [1, 0], "colormap": "gray", "limits": [[0, 255]]}},
        {"type": "cancel", "slot": "s"},
        {**ask, "what": "histogram", "index": [0, 0]},
        {**ask, "what": "metadata", "changes": {"pixel_size": [1, 1]}},
        {**ask, "what": "measure", "region": {"kind": "rectangle", "points": [[0, 0], [5, 5]]}, "dim": 0},
        {**ask, "what": "montage", "dim": 0, "columns": 2, "width": 100},
        {**ask, "what": "reslice", "y": 3, "x": 4, "dim": 0},
        {**ask, "what": "export", "format": "png", "settings": {}},
    ]
    return [json.dumps(message).encode() for message in messages]


# -- image files ---------------------------------------------------------------------------------------

_SUFFIXES = sorted(supported_suffixes())


def attack_readers(data: bytes) -> None:
    """Open bytes as an image file, by each reader, and read a little."""
    if not data:
        return
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / f"x{_SUFFIXES[data[0] % len(_SUFFIXES)]}"
        path.write_bytes(data[1:])
        with suppress(ImportError, JPklError, OSError, ValueError), open_image(path) as source:
            if math.prod(source.array.shape) <= _MOST_PIXELS:
                np.asarray(source.array[...])


def _for(suffix: str) -> bytes:
    return bytes([_SUFFIXES.index(suffix)])


def reader_seeds() -> list[bytes]:
    """Return image files of each kind, behind the byte that chooses the reader."""
    seeds = []
    for array in (np.arange(60, dtype="<u2").reshape(3, 4, 5), np.zeros((4, 4, 3), np.uint8)):
        npy, npz = io.BytesIO(), io.BytesIO()
        np.save(npy, array)
        np.savez(npz, a=array)
        seeds += [_for(".npy") + npy.getvalue(), _for(".npz") + npz.getvalue()]
        with suppress(ImportError):
            import tifffile

            for options in ({}, {"imagej": True}, {"ome": True}, {"compression": "zlib"}):
                tif = io.BytesIO()
                with suppress(ValueError):
                    tifffile.imwrite(tif, array, **options)
                    seeds.append(_for(".tif") + tif.getvalue())
    return seeds + [_for(suffix) + start for suffix in _SUFFIXES for start in (b"", bytes(600))]


TARGETS = {
    "pickle": Target(attack_pickle, pickle_seeds),
    "plain-data": Target(attack_plain_data, plain_data_seeds),
    "file": Target(attack_file, file_seeds),
    "trailer": Target(attack_trailer, trailer_seeds),
    "labels": Target(attack_labels, label_seeds),
    "jpeg": Target(attack_jpeg, jpeg_seeds),
    "decoder": Target(attack_decoder, decoder_seeds),
    "index": Target(attack_index, index_seeds),
    "messages": Target(attack_messages, message_seeds),
    "readers": Target(attack_readers, reader_seeds),
    "page": Target(attack_page, lambda: [*page_seeds(), *file_seeds()]),
}
