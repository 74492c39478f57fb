"""What a report says of a stack besides its pixels, as rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from jpkl.toolkit import encoding_text, format_number
from jpkl_viewer.model.stack import Dim
from jpkl_viewer.report.excerpt import Excerpt

#: Characters of a metadata value that are shown; a report is no place for the rest.
_LONGEST_TEXT = 400

#: Numbers of a list that are shown.
_MOST_NUMBERS = 8

#: Coordinates that are texts to list one by one.
_MOST_TEXTS = 6

#: Display ranges that are listed one by one.
_MOST_RANGES = 4

_LOSSY = (
    "Pixel values are 8-bit and come from JPEG, which is lossy: made for looking. "
    "Measure on the original data."
)

_AS_STORED = "Pixel values are 8-bit, and exactly those of the file, which was encoded without loss."


def facts(excerpt: Excerpt) -> dict[str, str]:
    """Say what was done to the pixels between the original and the screen, as rows of a table."""
    jp, stack = excerpt.jp, excerpt.stack
    # Width by height, as the viewer beside it says.
    rows = {"frames": f"{stack.width} × {stack.height} px, {'RGB' if stack.color else 'gray'}, 8-bit"}
    for dim, chosen, size in zip(stack.dims, excerpt.indices, jp.dim_sizes, strict=True):
        rows[f"dim {dim.name}"] = _say_dim(dim, chosen, size)
    if stack.pixel_size is not None:
        sides = list(dict.fromkeys(map(format_number, reversed(stack.pixel_size))))
        rows["pixel size"] = f"{' × '.join(sides)} {stack.pixel_unit}".rstrip()
    rows["original"] = "not recorded" if jp.source_dtype is None else f"{jp.source_dtype} intensities"
    rows["display range"] = _say_ranges(excerpt)
    rows["encoding"] = _say_encoding(excerpt)
    rows["size"] = f"{jp.size / max(1, jp.compressed_nbytes):.1f} times smaller than 8-bit pixels"
    rows["fidelity"] = _LOSSY if stack.is_lossy else _AS_STORED
    if jp.fidelity is not None and stack.is_lossy:
        of_file = f"{jp.fidelity.summary(len(jp.images))} in the file"
        rows["fidelity"] = f"{stack.fidelity or of_file}. {_LOSSY}"
    return rows


def _say_dim(dim: Dim, chosen: Sequence[int], size: int) -> str:
    text = f"{len(chosen)}"
    if len(chosen) < size:
        text += f" of {size}"
    if dim.texts and dim.size <= _MOST_TEXTS:
        return f"{text}: {', '.join(dim.texts)}"
    if first := dim.label(0):
        text += f", {first}" if len(chosen) == 1 else f", from {first} to {dim.label(dim.size - 1)}"
    return text


def _say_ranges(excerpt: Excerpt) -> str:
    ranges, channel = excerpt.jp.display_range, excerpt.stack.channel_dim
    if ranges is None:
        return "not recorded"
    # The shape broadcasts over the dims: it may have fewer, and 1 along any.
    ranges = ranges.reshape((1,) * (len(excerpt.indices) + 1 - ranges.ndim) + ranges.shape)
    for axis, chosen in enumerate(excerpt.indices):
        if ranges.shape[axis] > 1:
            ranges = ranges.take(chosen, axis)
    pairs = np.reshape(ranges, (-1, 2))
    unique = np.unique(pairs, axis=0)
    if unique.tolist() == [[0, 255]]:
        return "0 to 255, not rescaled"
    is_by_channel = len(unique) > 1 and channel is not None and len(pairs) == ranges.shape[channel]
    if not is_by_channel:
        pairs = unique
    if len(pairs) > _MOST_RANGES:
        return f"{len(unique)} ranges within {_say_range(pairs[:, 0].min(), pairs[:, 1].max())}"
    names = [f"{each.name}: " for each in excerpt.stack.channels] if is_by_channel else [""] * len(pairs)
    texts = [f"{name}{_say_range(*pair)}" for name, pair in zip(names, pairs.tolist(), strict=True)]
    return "; ".join(texts) + " are shown as 0 to 255"


def _say_range(low: float, high: float) -> str:
    return f"{format_number(low, 6)} to {format_number(high, 6)}"


def _say_encoding(excerpt: Excerpt) -> str:
    jp = excerpt.jp
    stored = encoding_text(jp).removeprefix("8-bit ")
    if excerpt.quality is None:
        return f"{stored}; the stored bytes, unchanged"
    text = f"{stored} in the file; re-encoded for this report: JPEG, quality {excerpt.quality}"
    rows, columns = excerpt.crop
    cropped = (rows.stop - rows.start, columns.stop - columns.start)
    if cropped != jp.shape[:2]:
        text += f", rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}"
    if cropped != (excerpt.stack.height, excerpt.stack.width):
        text += f", scaled from {cropped[0]} × {cropped[1]} pixels"
    return text


def metadata_rows(metadata: Mapping[Any, Any]) -> dict[str, str]:
    """List metadata as rows of a table: nested keys are joined by dots, long values are cut.

    Examples
    --------
    >>> metadata_rows({"objective": {"na": 1.4}, "stage": [0.0] * 100})
    {'objective.na': '1.4', 'stage': '0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ... (100 values)'}
    """
    return dict(_rows("", metadata))


def _rows(prefix: str, metadata: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in metadata.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _rows(f"{name}.", value)
        else:
            yield name, _say_value(value)


def _say_value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, list | tuple):
        text = ", ".join(map(str, value[:_MOST_NUMBERS]))
        if len(value) > _MOST_NUMBERS:
            text += f", ... ({len(value)} values)"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} ... ({len(text)} characters)"
