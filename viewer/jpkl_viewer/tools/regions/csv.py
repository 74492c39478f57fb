"""Measurements as tables and as CSV text; pure.

The CSV starts with comment lines (``#``) that say where the numbers come from and what they are worth:
``pandas.read_csv(path, comment="#")`` skips them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.regions.measure import RGB_NAMES, Profile, Statistics, caveat

#: Columns of equal length by name.
Columns = dict[str, NDArray[Any]]

#: A cell that starts so would be run as a formula by a spreadsheet; names and units come from the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def statistics_table(statistics: Statistics, stack: StackDescription) -> Columns:
    """Make columns of equal length, one row per frame that was measured.

    Parameters
    ----------
    statistics : Statistics
        What was measured.
    stack : StackDescription
        The stack that it was measured in.

    Returns
    -------
    dict of str to ndarray
        ``time_index``, where coordinates are known ``time [s]``, or ``time`` for dates and texts, then
        ``mean``, ``min``, ``max``; for RGB ``mean_red`` and so on.
    """
    run = statistics.run
    dim = stack.dims[run.dim]
    table: Columns = {f"{dim.name}_index": np.array(run.indices)}
    places = list(run.indices)
    if dim.texts is not None:
        table[dim.name] = np.array(dim.texts)[places]
    elif dim.coords is not None:
        table[_with_unit(dim.name, dim.unit)] = np.array(dim.coords)[places]
    for name in ("mean", "min", "max"):
        table |= _value_columns(name, getattr(statistics, name))
    known = ~np.isnan(statistics.mean.reshape(len(run), -1)[:, 0])
    return {name: column[known] for name, column in table.items()}


def profile_table(profile: Profile) -> Columns:
    """Make columns ``x [px]``, ``y [px]``, ``distance [unit]`` and ``value``, or ``value_red`` and so on."""
    return {
        "x [px]": profile.x,
        "y [px]": profile.y,
        _with_unit("distance", profile.unit): profile.distance,
        **_value_columns("value", profile.values),
    }


def statistics_csv(series: Mapping[str, Statistics], stack: StackDescription, source: str = "") -> str:
    """Write regions, measured along the same dim, as one CSV text with a column ``roi``.

    Parameters
    ----------
    series : mapping of str to Statistics
        By the name of the region; at least one.
    stack : StackDescription
        The stack that they were measured in.
    source : str
        Where the stack comes from, e.g. its path; for the first comment line.
    """
    notes = [
        f"roi {name}: {s.roi}, {s.n_pixels} pixels"
        + (", cut off at the frame's edge" if s.is_clipped else "")
        for name, s in series.items()
    ]
    notes += [
        f"roi {name}: {s.done} of {len(s.run)} frames measured"
        for name, s in series.items()
        if not s.is_complete
    ]
    first = next(iter(series.values()))
    where = _position(stack, first.run.position, leave_out=first.run.dim)
    tables = {name: statistics_table(s, stack) for name, s in series.items()}
    return _csv(tables, _notes(stack, source, where, notes, first.in_original_units))


def profile_csv(profiles: Mapping[str, Profile], stack: StackDescription, source: str = "") -> str:
    """Write profiles as one CSV text with a column ``roi``; arguments as for `statistics_csv`."""
    notes = [f"roi {name}: {profile.line}" for name, profile in profiles.items()]
    first = next(iter(profiles.values()))
    where = _position(stack, first.index)
    tables = {name: profile_table(profile) for name, profile in profiles.items()}
    return _csv(tables, _notes(stack, source, where, notes, first.in_original_units))


def _notes(
    stack: StackDescription, source: str, where: str, notes: Sequence[str], in_original_units: bool
) -> list[str]:
    start = [source] if source else []
    position = [f"position: {where}"] if where else []
    return [*start, caveat(stack, in_original_units=in_original_units), *position, *notes]


def _position(stack: StackDescription, index: tuple[int, ...], leave_out: int | None = None) -> str:
    parts = []
    for number, (dim, i) in enumerate(zip(stack.dims, index, strict=True)):
        label = stack.channels[i].name if number == stack.channel_dim else dim.label(i)
        if number != leave_out:
            parts.append(f"{dim.name} {i}" + (f" ({label})" if label and label != str(i) else ""))
    return ", ".join(parts)


def _value_columns(name: str, values: NDArray[np.float64]) -> Columns:
    if values.ndim == 1:
        return {name: values}
    return {f"{name}_{color}": values[:, sample] for sample, color in enumerate(RGB_NAMES)}


def _with_unit(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def _csv(tables: Mapping[str, Columns], notes: Sequence[str]) -> str:
    buffer = io.StringIO()
    for note in notes:
        buffer.write(f"# {' '.join(note.split())}\n")  # a line break in a name must not end the comment
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_safe(name) for name in ("roi", *next(iter(tables.values()))))
    for name, table in tables.items():
        rows = zip(*(column.tolist() for column in table.values()), strict=True)
        writer.writerows((_safe(name), *map(_cell, row)) for row in rows)
    return buffer.getvalue()


def _cell(value: float | str) -> str:
    # As many digits as are free of the noise of arithmetic: UNIX times need more than ten.
    return _safe(value) if isinstance(value, str) else f"{value:.15g}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
