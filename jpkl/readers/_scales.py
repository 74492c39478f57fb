"""Coordinates that HDF5, netCDF and Zarr keep as arrays beside an array, by the conventions of netCDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._metadata import are_even
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
    found: dict[str, tuple[NDArray[np.float64], str | None]] = {}
    for axis, scale in scales.items():
        if len(scale.shape) == 1 and scale.dtype.kind in "iuf":
            # Times are counted from an instant: "days since 2024-01-31".
            unit = unit_of(text_of(scale.attrs.get("units", "")).partition(" since ")[0])
            found[OME_DIM_NAMES.get(axis, axis)] = np.asarray(scale[...], np.float64), unit
    frame = {name.upper(): found.pop(name) for name in list(found) if name.upper() in ("Y", "X")}
    if len(frame) == 2:
        (y, y_unit), (x, x_unit) = frame["Y"], frame["X"]
        calibration.set_pixel_size(_step(y), _step(x), y_unit, x_unit)
    for name, (values, unit) in found.items():
        if name == "z" and np.isfinite(values).all():
            calibration.set_depths(values.tolist(), unit)
        elif np.isfinite(values).all():
            calibration.set_coords(name, values.tolist(), unit)


def packing_notes(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is said of values that are a scale and an offset away from what is meant."""
    said = {key: number(attributes.get(key)) for key in ("scale_factor", "add_offset")}
    known = [f"{key} {value:g}" for key, value in said.items() if value is not None]
    return (f"values are read as they are stored, without {' and '.join(known)}",) if known else ()


def _step(values: NDArray[np.float64]) -> float | None:
    return abs(float(values[-1] - values[0])) / (len(values) - 1) if are_even(values) else None
