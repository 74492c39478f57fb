"""Options that say how to read an image file, for the commands that take one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from jpkl._metadata import rename_dims
from jpkl._source.axes import AxesLayout, resolve_axes
from jpkl.readers import ImageFile, Missing, open_image, supported_suffixes

FORMATS = ", ".join(supported_suffixes())


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--axes``, ``--scene`` and ``--missing``."""
    parser.add_argument(
        "--axes",
        metavar="AXES",
        type=parse_axes,
        help="what each axis of the pixels is, as letters (TZCYX, S for RGB samples) or names "
        "(time,height,width); by default what the file says, else height, width, dims. Without an S, all "
        "samples of a pixel become channels",
    )
    parser.add_argument(
        "--scene",
        metavar="NAME|NUMBER",
        help="which image of a file that holds several (scenes, series, positions, arrays), by name or by "
        "number, counted from 0 (default: the first; jpkl info lists them)",
    )
    parser.add_argument("--array", dest="scene", help=argparse.SUPPRESS)  # what it was called
    parser.add_argument(
        "--missing",
        choices=get_args(Missing),
        default="error",
        help="what to do if planes are missing from a file that was cut off or whose recording stopped: "
        "error, fill in black planes, or trim to the complete part (default: error)",
    )


def parse_axes(text: str) -> str | list[str]:
    """Return axes as letters, or as names where there are commas."""
    return [name.strip() for name in text.split(",")] if "," in text else text


def open_input(path: str | Path, args: argparse.Namespace, scene: str | None = None) -> ImageFile:
    """Open an image file as the options say, or another scene of it."""
    scene = args.scene if scene is None else scene
    return open_image(path, scene, missing=args.missing, axes=args.axes)


def effective_axes(source: ImageFile, args: argparse.Namespace) -> Any:
    """Return the axes that the user gave, else those of the file."""
    return source.axes if args.axes is None else args.axes


def renamed_metadata(source: ImageFile, axes: Any) -> dict[str, Any]:
    """Return the source's metadata under the dim names that `axes` give.

    What belongs to an axis stays with that axis, whatever the user calls it.
    """
    if source.axes is None or axes == source.axes:
        return source.metadata
    shape = tuple(source.array.shape)
    old, new = (
        _dim_names(resolve_axes(shape, source.axes, False)),
        _dim_names(resolve_axes(shape, axes, False)),
    )
    names = {old[axis]: new[axis] for axis in old if axis in new}
    return rename_dims(source.metadata, names)


def _dim_names(layout: AxesLayout) -> dict[int, str]:
    return dict(zip(layout.order[layout.n_frame_axes :], layout.dim_names or (), strict=True))
