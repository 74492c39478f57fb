"""What bookmarks need of an excerpt, and what becomes of them in it; pure."""

from __future__ import annotations

from collections.abc import Sequence

from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.stack import StackDescription


def with_frames_of(
    bookmarks: Sequence[Bookmark], indices: Sequence[tuple[int, ...]], stack: StackDescription
) -> tuple[tuple[int, ...], ...]:
    """Add to the indices of each dim those that bookmarks show.

    Parameters
    ----------
    bookmarks : sequence of Bookmark
        The bookmarks, with complete settings.
    indices : sequence of tuple of int
        What was chosen of each dim.
    stack : StackDescription
        The stack.
    """
    return tuple(
        _joined(chosen, {index for each in bookmarks for index in _shown(each, d, stack)})
        for d, chosen in enumerate(indices)
    )


def _joined(chosen: tuple[int, ...], needed: set[int]) -> tuple[int, ...]:
    """Add indices in their places, or at the end where those chosen are in an order of their own."""
    missing = sorted(needed.difference(chosen))
    joined = (*chosen, *missing)
    return tuple(sorted(joined)) if list(chosen) == sorted(chosen) else joined


def _shown(bookmark: Bookmark, dim: int, stack: StackDescription) -> set[int]:
    settings = bookmark.settings
    projection = settings["projection"]
    if projection is not None and projection["dim"] == dim:
        return set(range(projection["start"], projection["stop"]))
    at = {settings["position"][dim]}
    if dim != stack.channel_dim or not settings["composite"]:
        return at
    return {i for i, channel in enumerate(settings["channels"]) if channel["visible"]} or at


def zoom_of_part(
    zoom: tuple[float, float, float] | None,
    stack: StackDescription,
    crop: tuple[slice, slice],
    size: tuple[int, int],
) -> tuple[float, float, float] | None:
    """Return the zoom at which a part of the frame shows what the whole one does at `zoom`.

    Parameters
    ----------
    zoom : tuple of float, or None
        Middle (x, y) and magnification relative to the whole frame.
    stack : StackDescription
        The whole stack.
    crop : pair of slice
        Rows and columns of the part, as start and stop.
    size : pair of int
        Height and width to which the part is scaled.

    Returns
    -------
    tuple of float, or None
        None where the whole part is shown, also where it has nothing of what is in the middle.
    """
    if zoom is None:
        return None
    x, y, factor = zoom
    rows, columns = crop
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if not (rows.start <= y < rows.stop and columns.start <= x < columns.stop):
        return None
    smaller = max(height / stack.height, width / stack.width)
    return (
        (x - columns.start + 0.5) * size[1] / width - 0.5,
        (y - rows.start + 0.5) * size[0] / height - 0.5,
        factor * smaller,
    )


def region_of_zoom(
    zoom: tuple[float, float, float] | None, stack: StackDescription, crop: tuple[slice, slice]
) -> tuple[int, int, int, int]:
    """Find the part of the frame that a picture shows at a zoom: as wide and high, magnified, as the frame.

    Parameters
    ----------
    zoom : tuple of float, or None
        Middle (x, y) and magnification relative to the whole frame.
    stack : StackDescription
        The whole stack.
    crop : pair of slice
        Rows and columns beyond which nothing is shown, as start and stop.

    Returns
    -------
    tuple of int
        (x0, y0, x1, y1); the whole crop where it has nothing of what is seen.
    """
    rows, columns = crop
    if zoom is None:
        return columns.start, rows.start, columns.stop, rows.stop
    x0, x1 = _seen(zoom[0], zoom[2], stack.width, columns)
    y0, y1 = _seen(zoom[1], zoom[2], stack.height, rows)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else region_of_zoom(None, stack, crop)


def _seen(middle: float, factor: float, size: int, crop: slice) -> tuple[int, int]:
    """Find the pixels along one axis, moved into the frame and cut to the crop."""
    n = min(size, max(1, round(size / factor)))
    start = min(max(0, round(middle + 0.5 - n / 2)), size - n)
    return max(start, crop.start), min(start + n, crop.stop)
