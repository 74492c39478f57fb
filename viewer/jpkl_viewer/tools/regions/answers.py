"""What Python answers the browser on regions of interest: curves, profiles, tables, and files of regions.

Messages may have ``by_hand``, the metadata that are set by hand: they count as the file's own.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from jpkl.toolkit import short_reason
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.limits import MAX_REGIONS
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.info.by_hand import description_by_hand
from jpkl_viewer.tools.regions.csv import Row, profile_csv, regions_csv, statistics_csv
from jpkl_viewer.tools.regions.files import read_regions, write_regions
from jpkl_viewer.tools.regions.measure import (
    Profile,
    Statistics,
    caveat,
    line_profile,
    measure_along,
    measure_frame,
)
from jpkl_viewer.tools.regions.plain import label_of, parse_roi, plain_of
from jpkl_viewer.tools.regions.roi import Line, RoiError
from jpkl_viewer.tools.regions.scaling import CurveScale

#: Most remarks about what cannot be used of a file.
_MOST_NOTES = 5


@dataclass(frozen=True)
class _Asked:
    """A message on a stack, as a page shows it that has metadata set by hand."""

    stack: ViewedStack
    description: StackDescription
    message: Mapping[str, Any]

    @classmethod
    def of(cls, stack: ViewedStack, message: Mapping[str, Any]) -> _Asked:
        by_hand = message.get("by_hand")
        tools = {} if by_hand is None else {"info": by_hand}
        return cls(stack, description_by_hand(stack, tools), message)

    @property
    def regions(self) -> list[Mapping[str, Any]]:
        """The regions; raises RoiError if there are too many."""
        regions = list(self.message["rois"])
        most = MAX_REGIONS * len(self.description.channels)
        if len(regions) > most:
            raise RoiError(f"at most {most} regions are measured at once, not {len(regions)}")
        return regions

    def position(self, item: Mapping[str, Any]) -> tuple[int, ...]:
        """Find the frame index at which a region is measured."""
        return _index(item.get("position", self.message["position"]))

    @property
    def positions(self) -> list[tuple[int, ...]]:
        """The position, or with ``all_channels`` that of each channel."""
        position, dim = _index(self.message["position"]), self.description.channel_dim
        if dim is None or dim == self.message.get("dim") or not self.message.get("all_channels"):
            return [position]
        channels = range(len(self.description.channels))
        return [(*position[:dim], channel, *position[dim + 1 :]) for channel in channels]

    def measure(self, item: Mapping[str, Any], position: Sequence[int], task: Task) -> Iterator[Statistics]:
        """Measure a region along the dim."""
        roi, dim, jp = parse_roi(item), int(self.message["dim"]), self.stack.frames.measured
        return measure_along(jp, self.description, roi, position, dim, task=task)

    def file_name(self, what: str) -> str:
        """Name of a file that is made of the stack."""
        return f"{PurePath(self.stack.title).stem} {what}"


def answer_measure(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield mean, min and max of regions along a dim, in turn: of each the frames that are new.

    Without a dim (None), one frame is measured. A region may have a ``position`` of its own. One
    that cannot be measured says why; the others go on.
    """
    asked = _Asked.of(stack, message)
    measure = _frame if message["dim"] is None else _curve
    series = {item["name"]: measure(asked, item, task) for item in asked.regions}
    while series:
        for name, batches in list(series.items()):
            try:
                yield {"name": name, **next(batches)}
            except StopIteration:
                del series[name]
            except (ValueError, OSError, LookupError) as error:
                del series[name]
                yield {"name": name, "failed": short_reason(error)}


def _curve(asked: _Asked, item: Mapping[str, Any], task: Task) -> Iterator[Message]:
    known = np.zeros(0, dtype=np.bool_)
    for statistics in asked.measure(item, asked.position(item), task):
        was_known, known = known, ~np.isnan(statistics.mean.reshape(len(statistics.run), -1)[:, 0])
        new = np.flatnonzero(known & ~was_known if was_known.size else known)
        yield {
            "indices": [statistics.run.indices[number] for number in new.tolist()],
            **{part: getattr(statistics, part)[new].tolist() for part in ("mean", "min", "max")},
            "pixels": statistics.n_pixels,
            "clipped": statistics.is_clipped,
            "original": statistics.in_original_units,
            "caveat": caveat(asked.description, in_original_units=statistics.in_original_units),
        }


def _frame(asked: _Asked, item: Mapping[str, Any], task: Task) -> Iterator[Message]:
    index = asked.position(item)
    pixels = asked.stack.frames.measured_pixels(index)
    found = measure_frame(pixels, asked.description, parse_roi(item), index)
    yield {
        "indices": [0],
        **{part: [getattr(found, part).tolist()] for part in ("mean", "min", "max")},
        "pixels": found.pixels.n_pixels,
        "clipped": found.pixels.is_clipped,
        "original": found.in_original_units,
        "caveat": caveat(asked.description, in_original_units=found.in_original_units),
    }


def answer_profiles(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield values along lines in one frame; a line may have a ``position`` of its own."""
    asked = _Asked.of(stack, message)
    for item in asked.regions:
        profile = _profile(asked, item, asked.position(item))
        if isinstance(profile, RoiError):
            yield {"name": item["name"], "failed": short_reason(profile)}
        else:
            yield {
                "name": item["name"],
                "distance": profile.distance.tolist(),
                "values": profile.values.tolist(),
                "unit": profile.unit,
                "original": profile.in_original_units,
                "caveat": caveat(asked.description, in_original_units=profile.in_original_units),
            }


def _profile(asked: _Asked, item: Mapping[str, Any], index: tuple[int, ...]) -> Profile | RoiError:
    try:
        line = parse_roi(item)
        if not isinstance(line, Line):
            raise RoiError(f"{line} has no profile: it is not a line")
        return line_profile(asked.stack.frames.measured_pixels(index), asked.description, line, index)
    except RoiError as error:
        return error


def answer_statistics_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the curves of regions, complete, as CSV text; regions that cannot be measured are left out."""
    asked = _Asked.of(stack, message)
    series: list[tuple[str, Statistics]] = []
    problem: RoiError | None = None
    for item in asked.regions:
        for position in asked.positions:
            try:
                *_, statistics = asked.measure(item, position, task)
                series.append((label_of(item), statistics))
            except RoiError as error:
                problem = error
    if not series:
        raise problem or RoiError("there is no region to measure")
    name = asked.description.dims[int(message["dim"])].name
    text = statistics_csv(series, asked.description, stack.title, CurveScale.of(message))
    yield {"text": text, "file": asked.file_name(f"rois along {name}.csv")}


def answer_regions_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield what regions are in one frame, or in that of each channel, as CSV text with a row for each."""
    asked = _Asked.of(stack, message)
    frames = {index: stack.frames.measured_pixels(index) for index in asked.positions}
    rows = []
    problem: RoiError | None = None
    for item in asked.regions:
        for index, pixels in frames.items():
            try:
                found = measure_frame(pixels, asked.description, parse_roi(item), index)
                rows.append(Row(label_of(item), item["shape"], found))
            except RoiError as error:
                problem = error
    if not rows:
        raise problem or RoiError("there is no region to measure")
    text = regions_csv(rows, asked.description, stack.title)
    yield {"text": text, "file": asked.file_name("rois.csv")}


def answer_profile_csv(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield line profiles of one frame, or of that of each channel, as CSV text, without lines outside."""
    asked = _Asked.of(stack, message)
    found = [
        (label_of(item), _profile(asked, item, index)) for item in asked.regions for index in asked.positions
    ]
    profiles = [(name, profile) for name, profile in found if isinstance(profile, Profile)]
    if not profiles:
        errors = (error for _, error in found if isinstance(error, RoiError))
        raise next(errors, RoiError("there is no line"))
    text = profile_csv(profiles, asked.description, stack.title)
    yield {"text": text, "file": asked.file_name("profiles.csv")}


def answer_save_regions(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield regions as a file of ``message["format"]``: its name and its bytes."""
    asked = _Asked.of(stack, message)
    end, data = write_regions(asked.regions, message["format"])
    yield {"name": asked.file_name(end), "data": data}


def answer_load_regions(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the regions of a file, whose bytes come as base64, and what cannot be used of it."""
    loaded = read_regions(str(message["file"]), base64.b64decode(message["data"]))
    yield {
        "rois": [{"label": each.name, **plain_of(each.roi)} for each in loaded.regions[:MAX_REGIONS]],
        "total": len(loaded.regions),
        "notes": loaded.skipped[:_MOST_NOTES],
    }


def _index(position: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(i) for i in position)


ANSWERS = {
    "measure": Answer(answer_measure),
    "profiles": Answer(answer_profiles),
    "statistics csv": Answer(answer_statistics_csv),
    "regions csv": Answer(answer_regions_csv),
    "profile csv": Answer(answer_profile_csv),
    "save regions": Answer(answer_save_regions),
    "load regions": Answer(answer_load_regions),
}
