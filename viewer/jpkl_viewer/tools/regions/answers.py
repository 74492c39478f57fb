"""What Python answers the browser on regions of interest: curves, line profiles, and both as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.runs import Task
from jpkl_viewer.pages.folder import short_reason
from jpkl_viewer.tools.regions.csv import profile_csv, statistics_csv
from jpkl_viewer.tools.regions.measure import Profile, Statistics, caveat, line_profile, measure_along
from jpkl_viewer.tools.regions.roi import Line, Point, Polygon, Rectangle, Roi, RoiError

if TYPE_CHECKING:
    from jpkl_viewer.frames.answers import Source


def parse_roi(item: Mapping[str, Any]) -> Roi:
    """A region as the browser tells of it: ``{"shape": "line", "points": [[x, y], ...], ...}``.

    Raises
    ------
    RoiError
        If it is none.

    Examples
    --------
    >>> parse_roi({"shape": "rectangle", "points": [[1.5, 2], [4, 5]]})
    Rectangle(x0=1.5, y0=2, x1=4, y1=5)
    """
    shape, points = item["shape"], item["points"]
    try:
        vertices = tuple((x, y) for x, y in points)
    except (TypeError, ValueError) as error:
        raise RoiError(f"{points!r} are no points [x, y]") from error
    if shape == "polygon":
        return Polygon(vertices)
    if shape == "point" and len(vertices) == 1:
        return Point(*vertices[0])
    if shape == "line" and len(vertices) == 2:
        return Line(*vertices[0], *vertices[1])
    if shape == "rectangle" and len(vertices) == 2:
        return Rectangle(*vertices[0], *vertices[1])
    raise RoiError(f"there is no region of shape {shape!r} with {len(vertices)} points")


def answer_measure(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Mean, min and max of regions along a dim, in turn: of each the frames that are new.

    A region that cannot be measured says why, and leaves the others be.
    """
    series = {item["name"]: _curve(source, item, message, task) for item in message["rois"]}
    while series:
        for name, batches in list(series.items()):
            try:
                yield {"name": name, **next(batches)}
            except StopIteration:
                del series[name]
            except (ValueError, OSError, LookupError) as error:
                del series[name]
                yield {"name": name, "failed": short_reason(error)}


def _curve(
    source: Source, item: Mapping[str, Any], message: Mapping[str, Any], task: Task
) -> Iterator[Message]:
    known = np.zeros(0, dtype=np.bool_)
    for statistics in _measure(source, item, message, task):
        was_known, known = known, ~np.isnan(statistics.mean.reshape(len(statistics.stretch), -1)[:, 0])
        new = np.flatnonzero(known & ~was_known if was_known.size else known)
        yield {
            "indices": [statistics.stretch.indices[number] for number in new.tolist()],
            **{part: getattr(statistics, part)[new].tolist() for part in ("mean", "min", "max")},
            "pixels": statistics.n_pixels,
            "clipped": statistics.is_clipped,
            "original": statistics.in_original_units,
            "caveat": caveat(source.stack, in_original_units=statistics.in_original_units),
        }


def _measure(
    source: Source, item: Mapping[str, Any], message: Mapping[str, Any], task: Task
) -> Iterator[Statistics]:
    roi, dim = parse_roi(item), int(message["dim"])
    return measure_along(source.frames.jp, source.stack, roi, message["position"], dim, task=task)


def answer_profiles(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Values along lines in one frame."""
    for name, profile in _profiles(source, message):
        if isinstance(profile, RoiError):
            yield {"name": name, "failed": short_reason(profile)}
        else:
            yield {
                "name": name,
                "distance": profile.distance.tolist(),
                "values": profile.values.tolist(),
                "unit": profile.unit,
                "original": profile.in_original_units,
                "caveat": caveat(source.stack, in_original_units=profile.in_original_units),
            }


def _profiles(source: Source, message: Mapping[str, Any]) -> Iterator[tuple[str, Profile | RoiError]]:
    index = _index(message["position"])
    pixels = source.frames.pixels(index)
    for item in message["rois"]:
        try:
            line = parse_roi(item)
            if not isinstance(line, Line):
                raise RoiError(f"{line} has no profile: it is no line")
            yield item["name"], line_profile(pixels, source.stack, line, index)
        except RoiError as error:
            yield item["name"], error


def answer_statistics_csv(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """The curves of regions, complete, as CSV text; regions that cannot be measured are left out."""
    series = {}
    problem: RoiError | None = None
    for item in message["rois"]:
        try:
            *_, series[item["name"]] = _measure(source, item, message, task)
        except RoiError as error:
            problem = error
    if not series:
        raise problem or RoiError("there is no region to measure")
    name = source.stack.dims[int(message["dim"])].name
    yield {
        "text": statistics_csv(series, source.stack, source.title),
        "file": _file_name(source, f"rois along {name}"),
    }


def answer_profile_csv(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Line profiles of one frame as CSV text; lines outside of it are left out."""
    found = dict(_profiles(source, message))
    profiles = {name: profile for name, profile in found.items() if isinstance(profile, Profile)}
    if not profiles:
        raise next(
            (error for error in found.values() if isinstance(error, RoiError)), RoiError("there is no line")
        )
    yield {"text": profile_csv(profiles, source.stack, source.title), "file": _file_name(source, "profiles")}


def _index(position: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(i) for i in position)


def _file_name(source: Source, what: str) -> str:
    return f"{PurePath(source.title).stem} {what}.csv"
