"""Options that say what frames and dims mean, for the commands that write such metadata."""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jpkl._cli._input import renamed_metadata
from jpkl._colors import NAMED_COLORS
from jpkl._dims import resolve_dim_names
from jpkl._metadata_changes import change_metadata
from jpkl._source.axes import resolve_axes
from jpkl._units import normal_unit
from jpkl.readers import ImageFile

#: What removes a value.
_NONE = "none"

_NUMBER = r"(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
_UNIT = r"((?![x\u00d7])[^\W\d_]+)?"
_LENGTH = re.compile(rf"{_NUMBER}\s*{_UNIT}", re.IGNORECASE)
_PIXEL_SIZE = re.compile(rf"{_LENGTH.pattern}(?:\s*[x\u00d7,]\s*{_LENGTH.pattern})?", re.IGNORECASE)


@dataclass(frozen=True)
class Description:
    """What is written with frames: metadata, and names of the dims where the axes do not give them."""

    metadata: Mapping[str, Any]
    dim_names: tuple[str, ...] | None = None


def add_metadata_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe pixels, channels and dims."""
    group = parser.add_argument_group("metadata of the stack (none removes a value)")
    group.add_argument(
        "--pixel-size",
        type=parse_pixel_size,
        metavar="SIZE",
        help="size of a pixel, e.g. 0.2um, or height x width if they differ, e.g. 0.2x0.5um",
    )
    group.add_argument(
        "--channel-names", type=parse_names, metavar="NAMES", help="one per channel, e.g. DNA,actin"
    )
    group.add_argument(
        "--channel-colors",
        type=parse_colors,
        metavar="COLORS",
        help=f"one per channel: RRGGBB in hexadecimal, or {', '.join(NAMED_COLORS)}",
    )
    group.add_argument(
        "--dim-names", type=parse_names, metavar="NAMES", help="one per dim, in order, e.g. time,z,channel"
    )
    group.add_argument(
        "--spacing",
        type=parse_spacing,
        metavar="DIM=STEP",
        help="distance between the indices of a dim, the first of which is at 0, e.g. time=1.25s,z=0.5um",
    )


def metadata_changes(args: argparse.Namespace) -> dict[str, Any]:
    """Return what the options change, as for `change_metadata`, without the names of dims."""
    given = {
        "pixel_size": args.pixel_size,
        "channel_names": args.channel_names,
        "channel_colors": args.channel_colors,
    }
    changes: dict[str, Any] = {
        key: None if value == _NONE else value for key, value in given.items() if value is not None
    }
    if args.pixel_size == _NONE:
        changes["pixel_unit"] = None
    elif args.pixel_size is not None:
        changes["pixel_size"], unit = args.pixel_size
        if unit:
            changes["pixel_unit"] = unit
    if args.spacing:
        changes["spacing"] = args.spacing
    return changes


def described(source: ImageFile, axes: Any, args: argparse.Namespace) -> Description:
    """Return what a source says of itself, with what the options change."""
    metadata = renamed_metadata(source, axes)
    changes = metadata_changes(args)
    if not changes and args.dim_names is None:
        return Description(metadata)
    shape = tuple(source.array.shape)
    layout = resolve_axes(shape, axes, False)
    sizes = [shape[axis] for axis in layout.order[layout.n_frame_axes :]]
    names = layout.dim_names or resolve_dim_names(None, len(sizes))
    return Description(*change_metadata(metadata, names, sizes, changes, new_names=args.dim_names))


# -- parsing -------------------------------------------------------------------------------------------


def parse_pixel_size(text: str) -> str | tuple[tuple[float, float], str]:
    """Return height and width of a pixel, and their unit.

    Examples
    --------
    >>> parse_pixel_size("200nm"), parse_pixel_size("0.2 x 0.5 mm"), parse_pixel_size("0.2,0.5")
    (((200.0, 200.0), 'nm'), ((0.2, 0.5), 'mm'), ((0.2, 0.5), ''))
    """
    if text == _NONE:
        return text
    found = _PIXEL_SIZE.fullmatch(text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 0.2um or 0.2x0.5um")
    height, unit, width, unit_of_width = found.groups()
    if unit and unit_of_width and unit != unit_of_width:
        raise argparse.ArgumentTypeError(f"{text!r} has two units; give height and width in the same")
    size = float(height), float(width or height)
    if min(size) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} has a side of 0; decimals are written with a point")
    return size, normal_unit(unit_of_width or unit or "")


def parse_names(text: str) -> str | list[str]:
    """Return the names of a list; one with a comma is in double quotes.

    Examples
    --------
    >>> parse_names('DNA, "actin, tubulin"')
    ['DNA', 'actin, tubulin']
    """
    if text == _NONE:
        return text
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} has an empty name; separate names by single commas")
    return names


def parse_colors(text: str) -> str | list[str]:
    """Return colors as ``#rrggbb``.

    Examples
    --------
    >>> parse_colors("green,#FF00FF,8000ff")
    ['#00ff00', '#ff00ff', '#8000ff']
    """
    if text == _NONE:
        return text
    return [_parse_color(part.strip().lower()) for part in text.split(",")]


def _parse_color(text: str) -> str:
    if re.fullmatch("#?[0-9a-f]{6}", text):
        return f"#{text.removeprefix('#')}"
    if text not in NAMED_COLORS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a color, such as 00ff00, or {', '.join(NAMED_COLORS)}"
        )
    return NAMED_COLORS[text]


def parse_spacing(text: str) -> dict[str, float | tuple[float, str] | None]:
    """Return the step of each dim, with its unit where there is one.

    Examples
    --------
    >>> parse_spacing("time=1.25s, z=2,position=none")
    {'time': (1.25, 's'), 'z': 2.0, 'position': None}
    """
    return dict(_parse_steps(text))


def _parse_steps(text: str) -> Iterator[tuple[str, float | tuple[float, str] | None]]:
    for part in text.split(","):
        name, separator, step = (piece.strip() for piece in part.rpartition("="))
        found = _LENGTH.fullmatch(step)
        if not separator or not name or not (found or step == _NONE):
            raise argparse.ArgumentTypeError(
                f"{part.strip()!r} is not a dim and its step, such as time=1.25s; separate several by commas"
            )
        if not found:
            yield name, None
        elif found[2]:
            yield name, (float(found[1]), normal_unit(found[2]))
        else:
            yield name, float(found[1])
