"""Originals that do not name their axes: what these probably are, where they were probably read wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from jpkl._array import JPkl
from jpkl._originals.opening import find_kept
from jpkl._originals.original import Original, Request
from jpkl._originals.stack import KeptStack, OriginalStack
from jpkl._source.axes import likely_axes
from jpkl.readers import ImageFile

#: Sides of a picture whose last axis may be its color.
_LEAST_SIDE = 32


def suggested_axes(jp: JPkl) -> str | None:
    """Return what the axes of a stack's original rather are than they were read as.

    Parameters
    ----------
    jp : JPkl
        The stack.

    Returns
    -------
    str or None
        E.g. ``"TYXS"``, for `open_with_axes`; None where the original says its axes, or they were given, or
        nothing is odd of them.

    Raises
    ------
    ValueError, OSError
        If the original can no longer be read.
    """
    request = _request_of(jp)
    if request is None or request.axes is not None:
        return None
    with _source_of(jp) as source:
        if source.axes is not None:
            return None
        shape = tuple(source.array.shape)
        return likely_axes(shape) or _likely_color(shape, np.dtype(source.array.dtype))


def _likely_color(shape: tuple[int, ...], dtype: np.dtype) -> str | None:
    """Return whether three frames are rather the red, green and blue of one picture."""
    is_picture = len(shape) == 3 and shape[-1] == 3 and min(shape[:2]) >= _LEAST_SIDE
    return "YXS" if is_picture and dtype == np.uint8 else None


def open_with_axes(jp: JPkl, axes: str) -> JPkl:
    """Open the original that a stack is of with other axes.

    Parameters
    ----------
    jp : JPkl
        A stack that `jpkl.open` has made of an original.
    axes : str
        One letter per axis, e.g. ``"TYXS"``.

    Returns
    -------
    JPkl
        With these axes.

    Raises
    ------
    ValueError
        If it is of no original, or the axes do not fit it.
    OSError
        If the original cannot be read.
    """
    request = _request_of(jp)
    if request is None:
        raise ValueError("this stack does not come from an image file, so its axes cannot be changed")
    changed = replace(request, axes=axes)
    kept = find_kept(changed)
    return kept if kept is not None else OriginalStack.of(Original.open(changed))


def _request_of(jp: JPkl) -> Request | None:
    if isinstance(jp, OriginalStack):
        return jp.original.request
    return jp.request if isinstance(jp, KeptStack) else None


@contextmanager
def _source_of(jp: JPkl) -> Iterator[ImageFile]:
    if isinstance(jp, OriginalStack):
        yield jp.original.source
    else:
        assert isinstance(jp, KeptStack)
        with jp.request.open() as source:
            yield source
