"""Compare what the stand-alone page reads from a file, in Node, with what Python reads."""

from __future__ import annotations

import io
import json
import math
import os
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from jpkl import JPkl, JPklError
from jpkl._file.stores import FileFrames
from jpkl._file.trailer import BLOCK_HEAD, FOOTER, MAGIC, VERSION
from jpkl._pickle.writer import frame_head
from robustness.node import Node

_ROOT = Path(__file__).parent.parent
#: Frames of each file that are compared, the same number as in the script.
_N_READ = 3

#: Kinds of errors that may stand for each other: the page has no codecs but its own.
_ALIKE = {"V": "VF"}

#: What the page says of a codec that Python knows here. Of such a file it looks at no more, and Python does.
_UNKNOWN_CODEC = "which this browser does not decode"

#: Pixels of a frame beyond which none is decoded: that only takes long.
_MOST_PIXELS = 1 << 20

#: Bytes of the largest file of a folder of hostile ones that is taken as a seed.
_LARGEST_SEED = 4096


@cache
def _node() -> Node:
    return Node("standalone/answer_files.js")


def attack_page(data: bytes) -> None:
    """Open bytes as a file in the page and in Python; those with a trailer also as if that was intact."""
    for each in {data, signed_again(data)}:
        compare(_node().ask(each), each)


def compare(said: dict[str, Any], data: bytes) -> None:
    """Check that the page says of a file what Python says.

    Raises
    ------
    AssertionError
        If one opens what the other refuses, for whatever reason; if they describe a stack otherwise, or give
        other bytes of a frame; or if an exception of the page is none of those that it has words for.
    """
    from tests.tools.file_vectors import LETTERS

    assert said["outcome"] != "?", f"the page: {said['stack']}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stack = _loaded(data)
        if isinstance(stack, JPkl):
            with stack:
                _compare_stacks(said, stack)
        else:
            kind = LETTERS[type(stack).__name__]
            alike = _ALIKE.get(kind, kind) + ("V" if _UNKNOWN_CODEC in said.get("said", "") else "")
            assert said["outcome"] in alike, f"{said}; Python: {stack!r}"


def _loaded(data: bytes) -> JPkl | JPklError:
    try:
        return JPkl.load(io.BytesIO(data))
    except JPklError as error:
        return error


def _compare_stacks(said: dict[str, Any], stack: JPkl) -> None:
    from jpkl_viewer.browser.description import describe_for_browser
    from jpkl_viewer.model.stack import describe

    if not math.prod(stack.dim_sizes):  # which is said, and not shown
        assert said["outcome"] in "F.", f"{said}; Python: {stack!r}"
        return
    if stack._info.codec != "jpeg" and said["outcome"] == "V":  # not all browsers decode all
        return
    assert said["outcome"] == ".", f"{said}; Python: {stack!r}"
    described = _plainly(describe_for_browser(describe(stack), "x"))
    differing = {
        name: (said["description"].get(name), value)
        for name, value in described.items()
        if said["description"].get(name) != value
    }
    assert not differing, f"the page, and Python: {differing}"
    for found, wanted in zip(said["frames"], _frames(stack), strict=True):
        assert wanted is None or _is_same(found, wanted), f"the page: {found}; Python: {wanted}"


def _is_same(found: int | str, wanted: int | str) -> bool:
    """Return whether the page gives the same frame, or both give none.

    The page refuses codes that libjpeg takes for others without a word.
    """
    if isinstance(found, str):
        return isinstance(wanted, str) or "its data are damaged" in found
    return found == wanted


def _frames(stack: JPkl) -> Iterator[int | str | None]:
    """Return of each frame the checksum, or what is wrong with it, or None where nothing is compared."""
    for number, index in enumerate(islice(np.ndindex(*stack.dim_sizes), _N_READ)):
        try:
            data = stack.images[index]
            if _has_other_opcodes(stack, number, index):
                yield "the opcodes before it say that it is another: `jpkl verify` and the page refuse it"
                continue
            if math.prod(stack.frame_shape) > _MOST_PIXELS:
                yield None
                continue
            _ = stack[(..., *index)]
            yield crc32(data)
        except (JPklError, OSError) as error:
            # Which broken data are a picture is up to the browser's decoder.
            yield None if "broken JPEG" in str(error) else str(error)


def _has_other_opcodes(stack: JPkl, number: int, index: tuple[int, ...]) -> bool:
    """Return whether the pickle has something else than JPkl writes before a frame that the trailer names."""
    store = stack._store
    if not isinstance(store, FileFrames) or store.places.checksums is None:
        return False
    expected = frame_head(index, int(store.lengths[number]))
    start = int(store.places.offsets[number]) - len(expected)
    return store._source.read_at(start, len(expected)) != expected


def _plainly(value: Any) -> Any:
    """Return plain data as it is after the way through JSON: no number that is none, no tuple."""
    return json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)


def signed_again(data: bytes) -> bytes:
    """Return a file whose trailer has the right checksums, which no random change would keep."""
    start = data.rfind(b"JPix")
    if start < 0 or not data.endswith(MAGIC) or len(data) < start + BLOCK_HEAD.size + FOOTER.size:
        return data
    block = bytearray(data[start : -FOOTER.size])
    *_, head_length, _ = BLOCK_HEAD.unpack_from(block)
    head = crc32(data[: min(head_length, start)])
    block[BLOCK_HEAD.size - 4 : BLOCK_HEAD.size] = head.to_bytes(4, "little")
    return data[:start] + block + FOOTER.pack(start, len(block), crc32(block), VERSION, MAGIC)


def page_seeds() -> list[bytes]:
    """Return golden files of each protocol, and small hostile ones where ``JPKL_SHARED_DATA`` has some."""
    paths = sorted((_ROOT / "tests" / "data").glob("*.jpkl"))
    if folder := os.environ.get("JPKL_SHARED_DATA"):
        paths += sorted(path for path in (Path(folder) / "hostile").rglob("*.pkl") if path.is_file())
        paths += sorted(path for path in (Path(folder) / "hostile").rglob("*.jpkl") if path.is_file())
    seeds = [path.read_bytes() for path in paths if 0 < path.stat().st_size <= _LARGEST_SEED]
    return seeds or [b"\x80\x04}."]
