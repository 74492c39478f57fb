"""How a stack shows itself: one line of text, or a table with thumbnails in a notebook."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from jpkl._codecs import JpegCodec
from jpkl._errors import JPklError
from jpkl._indexing import index_of

if TYPE_CHECKING:
    from jpkl._array import JPkl

_N_THUMBNAILS = 6
_THUMBNAIL_SIDE = 128


def summarize(stack: JPkl) -> str:
    """One line: shape, dims, size and ratio."""
    name = type(stack).__name__
    if stack.closed:
        return f"<{name} closed>"
    kind = "RGB" if stack.color else "gray"
    height, width = stack.frame_shape[:2]
    return (
        f"<{name} {height} x {width} {kind}{_say_dims(stack)}, "
        f"{_say_bytes(stack.compressed_nbytes)}, {_say_ratio(stack)}>"
    )


def summarize_html(stack: JPkl) -> str:
    """A table of shape, dims, size and ratio, and thumbnails of a few frames."""
    if stack.closed:
        return f"<pre>{escape(summarize(stack))}</pre>"
    rows = "".join(
        f'<tr><th style="text-align:left;padding:1px 12px 1px 0">{escape(name)}</th>'
        f'<td style="text-align:left;padding:1px 0">{escape(value)}</td></tr>'
        for name, value in _facts(stack)
    )
    return (
        '<div style="display:flex;flex-direction:column;gap:8px">'
        f'<table style="border-collapse:collapse;margin:0">{rows}</table>'
        f'<div style="display:flex;flex-wrap:wrap;gap:6px">{"".join(_thumbnails(stack))}</div></div>'
    )


def _facts(stack: JPkl) -> Iterable[tuple[str, str]]:
    height, width = stack.frame_shape[:2]
    yield "JPkl", f"{stack.path or 'in memory'}"
    yield "frame", f"{height} x {width} {'RGB' if stack.color else 'gray'}, 8-bit {_say_encoding(stack)}"
    for name, size in zip(stack.dim_names, stack.dim_sizes, strict=True):
        yield name, f"{size}"
    yield "shape", f"{stack.shape}"
    yield "size", f"{_say_bytes(stack.compressed_nbytes)} encoded, {_say_bytes(_source_nbytes(stack))} before"
    yield "ratio", _say_ratio(stack)


def _thumbnails(stack: JPkl) -> Iterable[str]:
    n_frames = len(stack.images)
    if n_frames == 0:
        return
    numbers = np.unique(np.linspace(0, n_frames - 1, _N_THUMBNAILS).astype(int)).tolist()
    for number in numbers:
        index = index_of(number, stack.dim_sizes)
        caption = ", ".join(f"{name} {i}" for name, i in zip(stack.dim_names, index, strict=True))
        yield _figure(_thumbnail(stack, (..., *index)), caption)


def _thumbnail(stack: JPkl, key: tuple[object, ...]) -> str:
    longest = max(stack.frame_shape[:2])
    scale = next((s for s in (1, 2, 4, 8) if longest // s <= _THUMBNAIL_SIDE), 8)
    try:
        image = stack.decode(key, scale=scale)
    except JPklError as error:  # one broken frame must not hide the rest of the summary
        return f'<span style="color:#b00020">{escape(str(error))}</span>'
    step = -(-max(image.shape[:2]) // _THUMBNAIL_SIDE)
    data = base64.b64encode(JpegCodec(85).encode(image[::step, ::step])).decode()
    return f'<img src="data:image/jpeg;base64,{data}" style="max-height:{_THUMBNAIL_SIDE}px;display:block">'


def _figure(picture: str, caption: str) -> str:
    return (
        f'<figure style="margin:0;max-width:{2 * _THUMBNAIL_SIDE}px">{picture}'
        f'<figcaption style="font-size:smaller;opacity:0.7">{escape(caption)}</figcaption></figure>'
    )


def _say_dims(stack: JPkl) -> str:
    dims = [f"{name} {size}" for name, size in zip(stack.dim_names, stack.dim_sizes, strict=True)]
    return f", {', '.join(dims)}" if dims else ""


def _say_encoding(stack: JPkl) -> str:
    return f"JPEG, q={stack.jpeg_quality}" if stack.codec == JpegCodec.name else stack.codec


def _source_nbytes(stack: JPkl) -> int:
    return stack.size * (1 if stack.source_dtype is None else stack.source_dtype.itemsize)


def _say_ratio(stack: JPkl) -> str:
    if stack.compressed_nbytes == 0:
        return "no frames"
    return f"{_source_nbytes(stack) / stack.compressed_nbytes:.1f} times smaller"


def _say_bytes(n: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:.3g} {unit}" if unit != "B" else f"{n:.0f} {unit}"
        n /= 1000
    return f"{n:.3g} TB"
