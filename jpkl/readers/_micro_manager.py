"""What Micro-Manager says of an acquisition: within its TIFF stacks, or in ``metadata.txt`` beside images."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jpkl.readers._calibration import Calibration, number, seconds_of
from jpkl.readers._damage import DAMAGE
from jpkl.readers._file_grid import FileGrid

_NAME = "metadata.txt"
#: A larger one, of some hundred thousand images, would take longer to read than is worth waiting for.
_MOST_NBYTES = 128 * 2**20

_UM = "\u00b5m"


def set_summary(calibration: Calibration, summary: Mapping[str, Any]) -> None:
    """Add what the summary of an acquisition says."""
    size = number(summary.get("PixelSize_um"))
    calibration.set_pixel_size(size, size, _UM, _UM)
    calibration.set_z(abs(number(summary.get("z-step_um")) or 0.0), _UM)
    calibration.set_names(list(summary.get("ChNames") or ())[: calibration.n_channels])
    colors = [f"#{int(color) & 0xFFFFFF:06x}" for color in summary.get("ChColors") or ()]
    calibration.set_colors(colors[: calibration.n_channels])
    if "time" not in calibration.found.coords:
        calibration.set_step("time", seconds_of(number(summary.get("Interval_ms")), "ms"), "s")
    if isinstance(start := summary.get("StartTime"), str):
        calibration.add(acquired=start)


def read_beside(grid: FileGrid, axes: Sequence[str], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return what ``metadata.txt`` beside the images of a grid says of them; nothing where there is none."""
    paths = [path for path in grid.paths if path is not None]
    said = _read(paths[0].with_name(_NAME))
    if not said:
        return {}
    calibration = Calibration(axes, shape)
    planes = _by_name(said, paths[0].parent)
    with suppress(*DAMAGE):
        _set_times(calibration, grid, planes)
        first = planes.get(paths[0], {})
        summary = said.get("Summary") or {}
        set_summary(calibration, {"PixelSize_um": first.get("PixelSizeUm"), **summary})
    return calibration.found.as_dict()


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_NBYTES:
            return {}
        text = path.read_text("utf-8", "replace").rstrip().rstrip(",")
    except OSError:
        return {}
    for end in ("", "}", "}}"):  # which an acquisition that was stopped lacks
        with suppress(ValueError, RecursionError):
            said = json.loads(text + end)
            return said if isinstance(said, dict) and isinstance(said.get("Summary"), dict) else {}
    return {}


def _by_name(said: Mapping[str, Any], folder: Path) -> dict[Path, Mapping[str, Any]]:
    """Return what is said of each image: ``FrameKey-...`` of version 1, ``Metadata-...`` of version 2."""
    found: dict[Path, Mapping[str, Any]] = {}
    for key, value in said.items():
        name = value.get("FileName") if isinstance(value, dict) else None
        if key.startswith("Metadata-"):
            name = name or key.rpartition("/")[2]
        if isinstance(name, str):
            found[folder / name.rpartition("/")[2]] = value
    return found


def _set_times(calibration: Calibration, grid: FileGrid, planes: Mapping[Path, Mapping[str, Any]]) -> None:
    """Take when the first image of each time point was taken."""
    if "time" not in grid.names:
        return
    at = grid.names.index("time")
    milliseconds: dict[Any, float] = {}
    for place, path in grid.files.items():
        said = planes.get(path, {})
        elapsed = number(said.get("ElapsedTime-ms", said.get("ElapsedTimeMs")))
        if elapsed is not None:
            milliseconds[place[at]] = min(elapsed, milliseconds.get(place[at], elapsed))
    times = [milliseconds.get(coord) for coord in grid.coords[at][: calibration.sizes.get("time", 0)]]
    calibration.set_times([seconds_of(time, "ms") for time in times])
