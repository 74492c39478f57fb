"""What Python answers the browser on regions of interest: curves, line profiles, and both as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from jpkl.toolkit import short_reason
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.limits import MAX_REGION_POINTS, MAX_REGIONS
from jpkl_viewer.tools.regions.csv import profile_csv, statistics_csv
from jpkl_viewer.tools.regions.measure import Profile, Statistics, caveat, line_profile, measure_along
from jpkl_viewer.tools.regions.roi import Line, Point, Polygon, Rectangle, Roi, RoiError


def parse_roi(item: Mapping[str, Any]) -> Roi:
    """Read a region as the browser describes it: ``{"shape": "line", "points": [[x, y], ...], ...}``.

    Raises
    ------
    RoiError
        If it is not one.

    Examples
    --------
    >>> parse_roi({"shape": "rectangle", "points": [[1.5, 2], [4, 5]]})
    Rectangle(x0=1.5, y0=2, x1=4, y1=5)
    """
    shape, points = item["shape"], item["points"]
    try:
        vertices = tuple((x, y) for x, y in points)
    except (TypeError, ValueError) as error:
        raise RoiError(f"{points!r} are not points [x, y]") from error
    if len(vertices) > MAX_REGION_POINTS:
        raise RoiError(f"a region has at most {MAX_REGION_POINTS} points, not {len(vertices)}")
    if shape == "polygon":
        return Polygon(vertices)
    if shape == "point" and len(vertices) == 1:
        return Point(*vertices[0])
    if shape == "line" and len(vertices) == 2:
        return Line(*vertices[0], *vertices[1])
    if shape == "rectangle" and len(vertices) == 2:
        return Rectangle(*vertices[0], *vertices[1])
    raise RoiError(f"there is no region of shape {shape!r} with {len(vertices)} points")


def _regions(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Take the regions of a message; raises RoiError if there are too many."""
    regions = list(message["rois"])
    if len(regions) > MAX_REGIONS:
        raise RoiError(f"at most {MAX_REGIONS} regions are measured at once, not {len(regions)}")
    return regions


def answer_measure(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield mean, min and max of regions along a dim, in turn: of each the frames that are new.

    A region that cannot be measured says why; the others go on.
    """
    series = {item["name"]: _curve(stack, item, message, task) for item in _regions(message)}
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
    stack: ViewedStack, item: Mapping[str, Any], message: Mapping[str, Any], task: Task
) -> Iterator[Message]:
    known = np.zeros(0, dtype=np.bool_)
    for statistics in _measure(stack, item, message, task):
        was_known, known = known, ~np.isnan(statistics.mean.reshape(len(statistics.run), -1)[:, 0])
        new = np.flatnonzero(known & ~was_known if was_known.size else known)
        yield {
            "indices": [statistics.run.indices[number] for number in new.tolist()],
            **{part: getattr(statistics, part)[new].tolist() for part in ("mean", "min", "max")},
            "pixels": statistics.n_pixels,
            "clipped": statistics.is_clipped,
            "original": statistics.in_original_units,
            "caveat": caveat(stack.description, in_original_units=statistics.in_original_units),
        }


def _measure(
    stack: ViewedStack, item: Mapping[str, Any], message: Mapping[str, Any], task: Task
) -> Iterator[Statistics]:
    roi, dim = parse_roi(item), int(message["dim"])
    return measure_along(stack.frames.jp, stack.description, roi, message["position"], dim, task=task)


def answer_profiles(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield values along lines in one frame."""
    for name, profile in _profiles(stack, message):
        if isinstance(profile, RoiError):
            yield {"name": name, "failed": short_reason(profile)}
        else:
            yield {
                "name": name,
                "distance": profile.distance.tolist(),
                "values": profile.values.tolist(),
                "unit": profile.unit,
                "original": profile.in_original_units,
                "caveat": caveat(stack.description, in_original_units=profile.in_original_units),
            }


def _profiles(stack: ViewedStack, message: Mapping[str, Any]) -> Iterator[tuple[str, Profile | RoiError]]:
    index = _index(message["position"])
    pixels = stack.frames.pixels(index)
    for item in _regions(message):
        try:
            line = parse_roi(item)
            if not isinstance(line, Line):
                raise RoiError(f"{line} has no profile: it is not a line")
            yield item["name"], line_profile(pixels, stack.description, line, index)
        except RoiError as error:
            yield item["name"], error


def answer_statistics_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the curves of regions, complete, as CSV text; regions that cannot be measured are left out."""
    series = {}
    problem: RoiError | None = None
    for item in _regions(message):
        try:
            *_, series[item["name"]] = _measure(stack, item, message, task)
        except RoiError as error:
            problem = error
    if not series:
        raise problem or RoiError("there is no region to measure")
    name = stack.description.dims[int(message["dim"])].name
    yield {
        "text": statistics_csv(series, stack.description, stack.title),
        "file": _file_name(stack, f"rois along {name}"),
    }


def answer_profile_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield line profiles of one frame as CSV text; lines outside of it are left out."""
    found = dict(_profiles(stack, message))
    profiles = {name: profile for name, profile in found.items() if isinstance(profile, Profile)}
    if not profiles:
        raise next(
            (error for error in found.values() if isinstance(error, RoiError)), RoiError("there is no line")
        )
    yield {
        "text": profile_csv(profiles, stack.description, stack.title),
        "file": _file_name(stack, "profiles"),
    }


def _index(position: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(i) for i in position)


def _file_name(stack: ViewedStack, what: str) -> str:
    return f"{PurePath(stack.title).stem} {what}.csv"


ANSWERS = {
    "measure": Answer(answer_measure),
    "profiles": Answer(answer_profiles),
    "statistics csv": Answer(answer_statistics_csv),
    "profile csv": Answer(answer_profile_csv),
}
