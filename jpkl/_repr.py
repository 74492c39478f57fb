"""How a stack shows itself: one line of text, or a table with thumbnails in a notebook."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.stored import codec_text
from jpkl._dims import FrameIndex, index_of
from jpkl._display_range import to_uint8
from jpkl._errors import JPklError
from jpkl._metadata import StackMetadata
from jpkl._scaling import fitting_scale
from jpkl._text import frame_kind, human_bytes, human_change

if TYPE_CHECKING:
    from jpkl._array import JPkl

_N_THUMBNAILS = 6
_THUMBNAIL_SIDE = 128

#: Jupyter aligns cells of tables to the right, and draws stripes that hide light text of a dark theme.
_CELL = "text-align:left;padding:1px 16px 1px 0;white-space:pre-wrap;background:none"


def summarize(stack: JPkl) -> str:
    """Return one line: shape, dims, size and ratio."""
    name = type(stack).__name__
    if stack.closed:
        return f"<{name} closed>"
    return (
        f"<{name} {frame_kind(stack.frame_shape)}{_say_dims(stack)}, "
        f"{human_bytes(stack.compressed_nbytes)}, {_say_ratio(stack)}>"
    )


def summarize_html(stack: JPkl) -> str:
    """Return a table of shape, dims, size and ratio, and thumbnails of a few frames."""
    if stack.closed:
        return f"<pre>{escape(summarize(stack))}</pre>"
    rows = "".join(
        f'<tr style="background:none"><th style="{_CELL};font-weight:600;opacity:.75">{escape(name)}</th>'
        f'<td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in _facts(stack)
    )
    return (
        '<div style="display:flex;flex-direction:column;gap:8px">'
        f'<table style="border-collapse:collapse;margin:0;width:auto">{rows}</table>'
        f'<div style="display:flex;flex-wrap:wrap;gap:6px">{"".join(_thumbnails(stack))}</div></div>'
    )


def _facts(stack: JPkl) -> Iterable[tuple[str, str]]:
    yield type(stack).__name__, _say_path(stack)
    yield "frame", f"{frame_kind(stack.frame_shape)}, {encoding_text(stack)}"
    for name, size in zip(stack.dim_names, stack.dim_sizes, strict=True):
        yield name, f"{size}"
    yield "shape", f"{stack.shape}"
    before = human_bytes(_source_nbytes(stack))
    yield "size", f"{human_bytes(stack.compressed_nbytes)} encoded, {before} before"
    yield "ratio", _say_ratio(stack)
    if stack.fidelity is not None:
        yield "fidelity", stack.fidelity.summary(len(stack.images))
    if stack.labels:
        sizes = (f"{name} ({human_bytes(image.compressed_nbytes)})" for name, image in stack.labels.items())
        yield "labels", ", ".join(sizes)


def encoding_text(stack: JPkl) -> str:
    """Return how the frames of a stack are stored, for people, e.g. ``"8-bit JPEG, quality 90"``.

    Parameters
    ----------
    stack : JPkl
        The stack.

    Returns
    -------
    str
        Values, codec and quality.
    """
    text = codec_text(stack.codec, stack.jpeg_quality, str(stack.dtype) if stack.is_exact else None)
    return text if stack.is_exact else f"8-bit {text}"


def _say_path(stack: JPkl) -> str:
    """Return where the stack is, relative to the working folder where it is below that."""
    if not stack.path:
        return "in memory"
    path, here = PurePath(stack.path), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else stack.path


def _thumbnails(stack: JPkl) -> Iterable[str]:
    n_frames = len(stack.images)
    if n_frames == 0:
        return
    numbers = np.unique(np.linspace(0, n_frames - 1, _N_THUMBNAILS).astype(int)).tolist()
    for number in numbers:
        index = index_of(number, stack.dim_sizes)
        caption = ", ".join(f"{name} {i}" for name, i in zip(stack.dim_names, index, strict=True))
        yield _figure(_thumbnail(stack, index), caption)


def _thumbnail(stack: JPkl, index: FrameIndex) -> str:
    scale = fitting_scale(max(stack.frame_shape[:2]), _THUMBNAIL_SIDE)
    try:
        image = stack.decode((..., *index), scale=scale)
    except JPklError as error:  # one broken frame must not hide the rest of the summary
        return f'<span style="color:#b00020">{escape(str(error))}</span>'
    if stack.is_exact:
        ranges = stack.display_range
        ends = (image.min(), image.max()) if ranges is None else _range_at(ranges, stack.dim_sizes, index)
        image = to_uint8(image, *map(float, ends))
    step = -(-max(image.shape[:2]) // _THUMBNAIL_SIDE)
    data = base64.b64encode(JpegCodec(85).encode(image[::step, ::step])).decode()
    height, width = stack.frame_shape[0] * StackMetadata.of(stack).pixel_aspect, stack.frame_shape[1]
    # Pixels are as they are in the specimen; small frames stay small.
    shrink = min(1.0, _THUMBNAIL_SIDE / height)
    size = f"width:{max(1, round(width * shrink))}px;aspect-ratio:{width / height:.4g};max-width:100%"
    return f'<img src="data:image/jpeg;base64,{data}" style="{size};display:block;border-radius:3px">'


def _range_at(ranges: NDArray[np.float64], dim_sizes: tuple[int, ...], index: FrameIndex) -> Any:
    return np.broadcast_to(ranges, (*dim_sizes, 2))[index]


def _figure(picture: str, caption: str) -> str:
    return (
        f'<figure style="margin:0;max-width:{2 * _THUMBNAIL_SIDE}px">{picture}'
        f'<figcaption style="font-size:smaller;opacity:0.7">{escape(caption)}</figcaption></figure>'
    )


def _say_dims(stack: JPkl) -> str:
    dims = [f"{name} {size}" for name, size in zip(stack.dim_names, stack.dim_sizes, strict=True)]
    return f", {', '.join(dims)}" if dims else ""


def _source_nbytes(stack: JPkl) -> int:
    return stack.size * (1 if stack.source_dtype is None else stack.source_dtype.itemsize)


def _say_ratio(stack: JPkl) -> str:
    if stack.compressed_nbytes == 0:
        return "no frames"
    return human_change(_source_nbytes(stack), stack.compressed_nbytes)
