"""What Python answers the browser on label images: their frames as stored, and curves of an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl import JPklError
from jpkl.toolkit import short_reason
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.info.by_hand import description_by_hand
from jpkl_viewer.tools.labels.measure import curves_csv, object_along
from jpkl_viewer.tools.regions.measure import caveat

#: Frames that are asked for at once, at most.
_MOST_FRAMES = 256


def answer_label_frames(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield frames of label images, by ``message["wanted"]``: pairs of name and frame number."""
    wanted = list(message["wanted"])
    if len(wanted) > _MOST_FRAMES:
        raise ValueError(f"{len(wanted)} frames of labels are too many for a message: at most {_MOST_FRAMES}")
    for name, number in wanted:
        task.check()
        head = {"name": name, "number": number}
        try:
            yield {**head, "data": stack.frames.labels[name].encoded(stack.index(int(number)))}
        except (JPklError, OSError, LookupError) as error:
            yield {**head, "failed": short_reason(error)}


def answer_object_curve(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield an object along a dim: its pixels, mean intensity and centroid, of the frames that are new."""
    stack, position = _asked(stack, message)
    description = stack.description
    found = object_along(
        stack, message["name"], int(message["value"]), position, int(message["dim"]), task=task
    )
    for new, curve in found:
        part = slice(new.start, new.stop)
        yield {
            "start": new.start,
            "pixels": curve.n_pixels[part].tolist(),
            **{name: _plain(getattr(curve, name)[part]) for name in ("mean", "x", "y")},
            "original": curve.in_original_units,
            "caveat": caveat(description, in_original_units=curve.in_original_units),
        }


def answer_object_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield an object along a dim as CSV text, with ``all_channels`` in each channel."""
    stack, position = _asked(stack, message)
    description, dim = stack.description, int(message["dim"])
    name, value = str(message["name"]), int(message["value"])
    channel = description.channel_dim
    positions = [position]
    if message.get("all_channels") and channel is not None and channel != dim:
        n = len(description.channels)
        positions = [(*position[:channel], c, *position[channel + 1 :]) for c in range(n)]
    curves = []
    for each in positions:
        *_, (_, curve) = object_along(stack, name, value, each, dim, task=task)
        curves.append(curve)
    file = f"{PurePath(stack.title).stem} {name} {value} along {description.dims[dim].name}.csv"
    yield {"text": curves_csv(stack, name, value, curves), "file": file}


def _asked(stack: ViewedStack, message: Mapping[str, Any]) -> tuple[ViewedStack, tuple[int, ...]]:
    """Return the stack as the page shows it, with what is set by hand, and the position that is meant."""
    by_hand = message.get("by_hand")
    description = description_by_hand(stack, {} if by_hand is None else {"info": by_hand})
    return replace(stack, description=description), _index(message["position"])


def _index(position: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(i) for i in position)


def _plain(values: NDArray[np.float64]) -> list[Any]:
    """Return numbers, and None for what is not known: JSON has no NaN."""
    flat = [None if np.isnan(value) else value for value in values.ravel().tolist()]
    if values.ndim == 1:
        return flat
    return [flat[i : i + values.shape[1]] for i in range(0, len(flat), values.shape[1])]


ANSWERS = {
    "label frames": Answer(answer_label_frames),
    "object curve": Answer(answer_object_curve),
    "object csv": Answer(answer_object_csv),
}
