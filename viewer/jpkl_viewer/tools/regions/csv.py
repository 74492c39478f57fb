"""Measurements as tables and as CSV text; pure.

The CSV starts with comment lines (``#``) that say where the numbers come from and what they are worth:
``pandas.read_csv(path, comment="#")`` skips them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.runs import FrameRun
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.regions.formulas import as_cell, as_comment
from jpkl_viewer.tools.regions.geometry import area, length_unit, line_angle, line_length, line_text
from jpkl_viewer.tools.regions.measure import RGB_NAMES, FrameStatistics, Profile, Statistics, caveat
from jpkl_viewer.tools.regions.roi import Line, vertices_of
from jpkl_viewer.tools.regions.scaling import CurveScale

#: Columns of equal length by name.
Columns = dict[str, NDArray[Any]]

#: A curve as it was measured.
RAW = CurveScale()


def statistics_table(statistics: Statistics, stack: StackDescription, scale: CurveScale = RAW) -> Columns:
    """Make columns of equal length, one row per frame that was measured.

    Parameters
    ----------
    statistics : Statistics
        What was measured.
    stack : StackDescription
        The stack that it was measured in.
    scale : CurveScale
        What the curve is shown as, in a column beside what was measured.

    Returns
    -------
    dict of str to ndarray
        ``channel`` where there are several, ``time_index``, where coordinates are known ``time [s]``, or
        ``time`` for dates and texts, then ``mean``, ``min``, ``max``, and maybe ``dF/F0``; for RGB
        ``mean_red`` and so on.
    """
    run = statistics.run
    table = run_columns(run, stack)
    for name in ("mean", "min", "max"):
        table |= value_columns(name, getattr(statistics, name))
    if scale.column:
        table |= value_columns(scale.column, np.apply_along_axis(scale.apply, 0, statistics.mean))
    known = ~np.isnan(statistics.mean.reshape(len(run), -1)[:, 0])
    return {name: column[known] for name, column in table.items()}


def run_columns(run: FrameRun, stack: StackDescription) -> Columns:
    """Make the columns that say which frames of a run are meant, one row each."""
    dim = stack.dims[run.dim]
    places = list(run.indices)
    table = _channel_column(stack, map(run.index, range(len(run))))
    table[f"{dim.name}_index"] = np.array(places)
    if dim.texts is not None:
        table[dim.name] = np.array(dim.texts)[places]
    elif dim.coords is not None:
        table[_with_unit(dim.name, dim.unit)] = np.array(dim.coords)[places]
    return table


def profile_table(profile: Profile, stack: StackDescription) -> Columns:
    """Make columns ``x [px]``, ``y [px]``, ``distance [unit]`` and ``value``, or ``value_red`` and so on.

    Where there are several channels, ``channel`` is the first column.
    """
    return {
        **_channel_column(stack, [profile.index] * len(profile.x)),
        "x [px]": profile.x,
        "y [px]": profile.y,
        _with_unit("distance", profile.unit): profile.distance,
        **value_columns("value", profile.values),
    }


def statistics_csv(
    series: Sequence[tuple[str, Statistics]],
    stack: StackDescription,
    source: str = "",
    scale: CurveScale = RAW,
) -> str:
    """Write regions, measured along the same dim, as one CSV text with a column ``roi``.

    Parameters
    ----------
    series : sequence of (str, Statistics)
        Names of the regions and what was measured, maybe several times in different channels; at least one.
    stack : StackDescription
        The stack that they were measured in.
    source : str
        Where the stack comes from, e.g. its path; for the first comment line.
    scale : CurveScale
        What the curves are shown as, in a column beside what was measured.
    """
    firsts = dict(reversed(series))  # of each region
    notes = [
        f"roi {name}: {s.roi}, {s.n_pixels} pixels"
        + (", cut off at the frame's edge" if s.is_clipped else "")
        for name, s in reversed(firsts.items())
    ]
    notes += [
        f"roi {name}: {s.done} of {len(s.run)} frames measured" for name, s in series if not s.is_complete
    ]
    _, first = series[0]
    left_out = [first.run.dim, *_channels_left_out(stack, {s.run.position for _, s in series})]
    where = position_text(stack, first.run.position, left_out)
    tables = [(name, statistics_table(s, stack, scale)) for name, s in series]
    notes = [*([scale.note] if scale.note else []), *notes]
    return csv_text(tables, csv_notes(stack, source, where, notes, first.in_original_units))


def profile_csv(profiles: Sequence[tuple[str, Profile]], stack: StackDescription, source: str = "") -> str:
    """Write profiles as one CSV text with a column ``roi``; arguments as for `statistics_csv`."""
    lines = {name: profile.line for name, profile in profiles}
    notes = [f"roi {name}: {line}, {line_text(line, stack)}" for name, line in lines.items()]
    _, first = profiles[0]
    where = position_text(
        stack, first.index, _channels_left_out(stack, {profile.index for _, profile in profiles})
    )
    tables = [(name, profile_table(profile, stack)) for name, profile in profiles]
    return csv_text(tables, csv_notes(stack, source, where, notes, first.in_original_units))


@dataclass(frozen=True, eq=False)
class Row:
    """A region in one frame: its name, what shape it is called, and what was measured."""

    name: str
    shape: str
    statistics: FrameStatistics


def regions_csv(rows: Sequence[Row], stack: StackDescription, source: str = "") -> str:
    """Write regions, measured in single frames, as one CSV text with a row for each.

    Parameters
    ----------
    rows : sequence of Row
        The regions, maybe several times in different channels; at least one.
    stack : StackDescription
        The stack that they were measured in.
    source : str
        Where the stack comes from, e.g. its path; for the first comment line.
    """
    first = rows[0].statistics
    where = position_text(
        stack, first.index, _channels_left_out(stack, {row.statistics.index for row in rows})
    )
    clipped = dict.fromkeys(row.name for row in rows if row.statistics.pixels.is_clipped)
    notes = [f"roi {name}: cut off at the frame's edge" for name in clipped]
    tables = [(row.name, _region_table(row, stack)) for row in rows]
    return csv_text(tables, csv_notes(stack, source, where, notes, first.in_original_units))


def _region_table(row: Row, stack: StackDescription) -> Columns:
    """Make the columns of one region, with one row; what its shape does not have is NaN."""
    found, unit = row.statistics, length_unit(stack)
    roi, n_pixels = found.roi, found.pixels.n_pixels
    corners = vertices_of(roi)
    height, width = stack.pixel_size or (1.0, 1.0)
    x, y = (corners.min(axis=0) + corners.max(axis=0)) / 2
    line, is_area = (roi if isinstance(roi, Line) else None), len(corners) > 2
    table: dict[str, Any] = {
        "shape": row.shape,
        **_channel_column(stack, [found.index]),
        "x [px]": x,
        "y [px]": y,
        **({f"x [{unit}]": x * width, f"y [{unit}]": y * height} if stack.pixel_size else {}),
        "pixels": n_pixels,
        f"area [{unit}²]": area(n_pixels, stack) if is_area else np.nan,
        f"length [{unit}]": line_length(line, stack) if line else np.nan,
        "angle [°]": line_angle(line, stack) if line else np.nan,
    }
    for name in ("mean", "min", "max"):
        table |= value_columns(name, np.asarray(getattr(found, name))[None])
    return {name: np.atleast_1d(value) for name, value in table.items()}


def _channels_left_out(stack: StackDescription, positions: Collection[tuple[int, ...]]) -> list[int]:
    """Find the dims that no position is said of: the channels, where there are rows of several."""
    return [] if stack.channel_dim is None or len(positions) == 1 else [stack.channel_dim]


def _channel_column(stack: StackDescription, frames: Iterable[tuple[int, ...]]) -> Columns:
    """Make the column of the names of frames' channels; none where there is one channel."""
    dim = stack.channel_dim
    if dim is None or len(stack.channels) == 1:
        return {}
    return {"channel": np.array([stack.channels[index[dim]].name for index in frames], dtype=object)}


def csv_notes(
    stack: StackDescription, source: str, where: str, notes: Sequence[str], in_original_units: bool
) -> list[str]:
    """Return the comment lines: where numbers come from, and what they are worth."""
    start = [source] if source else []
    position = [f"position: {where}"] if where else []
    return [*start, caveat(stack, in_original_units=in_original_units), *position, *notes]


def position_text(stack: StackDescription, index: tuple[int, ...], leave_out: Sequence[int] = ()) -> str:
    """Return which frame was measured, but for some dims, for a comment line."""
    parts = []
    for number, (dim, i) in enumerate(zip(stack.dims, index, strict=True)):
        label = stack.channels[i].name if number == stack.channel_dim else dim.label(i)
        if number not in leave_out:
            parts.append(f"{dim.name} {i}" + (f" ({label})" if label and label != str(i) else ""))
    return ", ".join(parts)


def value_columns(name: str, values: NDArray[np.float64]) -> Columns:
    """Make a column of gray values, or one each for red, green and blue."""
    if values.ndim == 1:
        return {name: values}
    return {f"{name}_{color}": values[:, sample] for sample, color in enumerate(RGB_NAMES)}


def _with_unit(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def csv_text(tables: Sequence[tuple[str, Columns]], notes: Sequence[str], first: str = "roi") -> str:
    """Write tables below each other, with a first column that has their names, after comment lines."""
    buffer = io.StringIO()
    for note in notes:
        buffer.write(
            f"# {as_comment(' '.join(note.split()))}\n"
        )  # a line break in a name must not end the comment
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(as_cell(name) for name in (first, *tables[0][1]))
    for name, table in tables:
        rows = zip(*(column.tolist() for column in table.values()), strict=True)
        writer.writerows((as_cell(name), *map(_cell, row)) for row in rows)
    return buffer.getvalue()


def _cell(value: float | str) -> str:
    # As many digits as are free of the noise of arithmetic: UNIX times need more than ten.
    if isinstance(value, str):
        return as_cell(value)
    return "" if math.isnan(value) else f"{value:.15g}"
