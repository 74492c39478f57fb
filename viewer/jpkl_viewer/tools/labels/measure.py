"""Measure an object of a label image along a dim: its mean intensity, its size, and where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.runs import FrameRun, make_run
from jpkl_viewer.tools.regions.csv import csv_notes, csv_text, position_text, run_columns, value_columns
from jpkl_viewer.tools.regions.geometry import area, length_unit

#: Frames that are read together.
_BATCH = 16


@dataclass(frozen=True, eq=False)
class ObjectCurve:
    """An object along a dim, as far as it has been measured.

    Attributes
    ----------
    run : FrameRun
        The frames.
    n_pixels : ndarray of int64, shape (n,)
        How many pixels it has in each; 0 where it is not.
    mean : ndarray of float64, shape (n,) or (n, 3) for RGB
        Mean of these, in original units where they are known; NaN where it is not.
    x, y : ndarray of float64, shape (n,)
        Its centroid, in pixels; NaN where it is not.
    in_original_units : bool
        Whether means are original intensities; otherwise 0...255.
    """

    run: FrameRun
    n_pixels: NDArray[np.int64]
    mean: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    in_original_units: bool


def object_along(
    stack: ViewedStack, name: str, value: int, position: Sequence[int], dim: int, *, task: Task = UNWATCHED
) -> Iterator[tuple[range, ObjectCurve]]:
    """Measure an object of a label image along a dim.

    Parameters
    ----------
    stack : ViewedStack
        The stack.
    name, value : str, int
        Of the label image, and which of its objects.
    position : sequence of int
        Frame index; its entry along ``dim`` does not matter.
    dim : int
        Which dim.
    task : Task
        For progress, and to end early.

    Yields
    ------
    new : range
        Which frames of the run are new.
    curve : ObjectCurve
        All that is known; the same arrays each time.

    Raises
    ------
    LookupError
        If there is no such label image, dim or position.
    FrameError
        If a frame is damaged.
    """
    description = stack.description
    run = make_run(description.dim_sizes, position, dim)
    n, samples = len(run), (3,) if description.color else ()
    curve = ObjectCurve(
        run,
        np.zeros(n, np.int64),
        np.full((n, *samples), np.nan),
        np.full(n, np.nan),
        np.full(n, np.nan),
        description.knows_intensities(run.index(0)),
    )
    for start in range(0, n, _BATCH):
        new = range(start, min(n, start + _BATCH))
        task.report(start, n)
        for number in new:
            _measure(stack, name, value, curve, number)
        yield new, curve


def _measure(stack: ViewedStack, name: str, value: int, curve: ObjectCurve, number: int) -> None:
    index = curve.run.index(number)
    rows, columns = np.nonzero(stack.frames.labels[name].frame(index) == value)
    curve.n_pixels[number] = len(rows)
    if not len(rows):
        return
    curve.y[number], curve.x[number] = rows.mean(), columns.mean()
    mean = stack.frames.measured_pixels(index)[rows, columns].mean(axis=0)
    curve.mean[number] = stack.description.intensities(index, mean)


def curves_csv(stack: ViewedStack, name: str, value: int, curves: Sequence[ObjectCurve]) -> str:
    """Write an object along a dim as CSV text, in the frames where it is.

    Parameters
    ----------
    stack : ViewedStack
        The stack.
    name, value : str, int
        Of the label image, and which of its objects.
    curves : sequence of ObjectCurve
        One for each channel; at least one.
    """
    description = stack.description
    first = curves[0]
    left_out = [first.run.dim]
    if len(curves) > 1 and description.channel_dim is not None:
        left_out.append(description.channel_dim)
    where = position_text(description, first.run.position, left_out)
    notes = csv_notes(
        description, stack.title, where, [f"object {value} of the labels {name}"], first.in_original_units
    )
    title = f"{name} {value}"
    return csv_text([(title, _table(stack, curve)) for curve in curves], notes, "object")


def _table(stack: ViewedStack, curve: ObjectCurve) -> dict[str, NDArray[Any]]:
    description = stack.description
    table = run_columns(curve.run, description)
    table |= {"pixels": curve.n_pixels}
    table[f"area [{length_unit(description)}²]"] = curve.n_pixels * area(1, description)
    table |= value_columns("mean", curve.mean) | {"x [px]": curve.x, "y [px]": curve.y}
    is_there = curve.n_pixels > 0
    return {column: values[is_there] for column, values in table.items()}
