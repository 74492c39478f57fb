"""What Python answers the browser on a stack that is being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_live(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield how much of a stack has been written.

    The message has the ``position`` that is shown, and whether it takes ``allChannels``.

    Raises
    ------
    ValueError
        If there is no such position.
    """
    jp, description = stack.frames.jp, stack.description
    position = [int(i) for i in message["position"]]
    if len(position) != len(jp.dim_sizes) or not all(
        0 <= i < n for i, n in zip(position, jp.dim_sizes, strict=True)
    ):
        raise ValueError(f"there is no position {position}")
    jp.refresh()
    written = jp.written
    channel = description.channel_dim
    if message.get("allChannels") is True and channel is not None:
        written = np.broadcast_to(written.all(axis=channel, keepdims=True), written.shape)
    dim = followed_dim(len(position), channel)
    yield {
        "written": int(jp.written.sum()),
        "total": int(jp.written.size),
        "isGrowing": jp.is_growing,
        "isThere": bool(written[tuple(position)]),
        "dim": dim,
        "latest": None if dim is None else latest(written, position, dim),
    }


def followed_dim(n_dims: int, channel: int | None) -> int | None:
    """Return the dim along which a recording goes on: the first one that is not the channel."""
    return next((dim for dim in range(n_dims) if dim != channel), None)


def latest(written: NDArray[np.bool_], position: Sequence[int], dim: int) -> int | None:
    """Return the last index along a dim of which the frame at a position has been written.

    Examples
    --------
    >>> latest(np.array([[True, True], [True, False]]), (0, 1), 0)
    0
    """
    key: tuple[int | slice, ...] = (*position[:dim], slice(None), *position[dim + 1 :])
    there = np.flatnonzero(written[key])
    return int(there[-1]) if there.size else None


ANSWERS = {"live": Answer(answer_live)}
