"""Coordinates that HDF5, netCDF and Zarr keep as arrays beside an array, by the conventions of netCDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._source.axes import OME_DIM_NAMES
from jpkl.readers._calibration import Calibration, number, unit_of
from jpkl.readers._hdf5_file import text_of


def read_scales(calibration: Calibration, scales: Mapping[str, Any]) -> None:
    """Add the coordinates of dims, and the size of a pixel from those of rows and columns.

    Parameters
    ----------
    calibration : Calibration
        Takes what is found.
    scales : mapping from str to array
        For some axes an array of one axis, with attributes.
    """
    steps: dict[str, tuple[float | None, str | None]] = {}
    for axis, scale in scales.items():
        if len(scale.shape) != 1 or scale.dtype.kind not in "iuf":
            continue
        values = np.asarray(scale[...], np.float64)
        # Times are counted from an instant: "days since 2024-01-31".
        unit = unit_of(text_of(scale.attrs.get("units", "")).partition(" since ")[0])
        if axis.upper() in ("Y", "X"):
            steps[axis.upper()] = _step(values), unit
        elif np.isfinite(values).all():
            calibration.set_coords(OME_DIM_NAMES.get(axis, axis), values.tolist(), unit)
    if len(steps) == 2:
        calibration.set_pixel_size(steps["Y"][0], steps["X"][0], steps["Y"][1], steps["X"][1])


def packing_notes(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is said of values that are a scale and an offset away from what is meant."""
    said = {key: number(attributes.get(key)) for key in ("scale_factor", "add_offset")}
    known = [f"{key} {value:g}" for key, value in said.items() if value is not None]
    return (f"values are read as they are stored, without {' and '.join(known)}",) if known else ()


def _step(values: NDArray[np.float64]) -> float | None:
    steps = np.diff(values)
    is_even = len(steps) > 0 and np.allclose(steps, steps[0]) and bool(np.isfinite(steps).all())
    return abs(float(values[-1] - values[0])) / len(steps) if is_even else None
