"""``jpkl encode``: an image file becomes a JPkl file."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._cli._common import Commands, add_command, shows_progress
from jpkl._cli._forecast import forecast
from jpkl._cli._input import FORMATS, add_input_options, effective_axes, open_input
from jpkl._cli._metadata_options import Description, add_metadata_options, described
from jpkl._cli._scenes import scene_paths
from jpkl._encode import encode_file
from jpkl._errors import JPklError
from jpkl._text import by, count, human_bytes, human_ratio, one_line
from jpkl.readers import ImageFile, bare_name, scenes_of, supported_suffixes

_NAMED_RANGES = ("auto", "minmax", "dtype", "percentile")


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "encode",
        "encode an image file into a JPkl file",
        "jpkl encode cells.ome.tif cells.jpkl --quality 85\n"
        "  jpkl encode cells.tif --axes TCYX --pixel-size 0.2um --spacing time=1.25s",
    )
    parser.add_argument("input", metavar="IN", help=f"the image file ({FORMATS})")
    parser.add_argument(
        "output", metavar="OUT", nargs="?", help="the JPkl file; by default IN with suffix .jpkl"
    )
    add_input_options(parser)
    parser.add_argument(
        "--all-scenes",
        action="store_true",
        help="encode each scene of IN to a file of its own, OUT without its suffix and _SCENE.jpkl",
    )
    _add_encoding_options(parser)
    add_metadata_options(parser)
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--dry-run", action="store_true", help="encode a few frames, print the size to expect, write nothing"
    )
    parser.set_defaults(run=run)


def _add_encoding_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quality", type=int, default=90, metavar="0-100", help="JPEG quality (default: 90)")
    parser.add_argument(
        "--display-range",
        type=parse_display_range,
        default="auto",
        metavar="RANGE",
        help="intensities that become black and white: auto (lowest and highest, per channel, without hot "
        "pixels that would take the gray levels; 8-bit data stay as they are), minmax (with them), dtype, "
        "percentile, or LOW,HIGH (default: auto)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="threads (default: one per core)")


def parse_display_range(text: str) -> str | tuple[float, float]:
    """Return a named display range, or the two numbers of ``LOW,HIGH``."""
    if text in _NAMED_RANGES:
        return text
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        choices = ", ".join(_NAMED_RANGES)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {choices}, LOW,HIGH") from None
    return low, high


def run(args: argparse.Namespace) -> int:
    """Encode, or forecast what encoding would give."""
    output = Path(args.output) if args.output else default_output(Path(args.input))
    if args.all_scenes:
        if args.scene is not None:
            raise ValueError("--scene and --all-scenes exclude each other")
        return _run_all_scenes(output, args)
    if not args.dry_run:
        check_output(output, args.force)
    with open_input(args.input, args) as source:
        _encode_opened(source, output, args)
    return 0


def _run_all_scenes(output: Path, args: argparse.Namespace) -> int:
    scenes = scenes_of(args.input, missing=args.missing, axes=args.axes)
    outputs = scene_paths(output, scenes)
    for path in () if args.dry_run else outputs:
        check_output(path, args.force)
    failed = 0
    for scene, path in zip(scenes or (None,), outputs, strict=True):
        try:
            with open_input(args.input, args, scene) as source:
                _encode_opened(source, path, args)
        except (JPklError, OSError, ValueError) as error:  # which says nothing of the other scenes
            failed += 1
            print(f"jpkl: scene {scene!r}: {one_line(str(error))}", file=sys.stderr)
    if failed:
        raise ValueError(f"{args.input}: {failed} of {count(len(outputs), 'scene')} could not be encoded")
    return 0


def _encode_opened(source: ImageFile, output: Path, args: argparse.Namespace) -> None:
    axes = effective_axes(source, args)
    print_source(args.input, source, axes)
    description = described(source, axes, args)
    if args.dry_run:
        print(forecast(source.array, axes, args.quality, args.display_range))
    else:
        encode(
            source,
            output,
            axes,
            description,
            quality=args.quality,
            display_range=args.display_range,
            workers=args.workers,
        )


def default_output(path: Path) -> Path:
    """Return the input's path with the suffix .jpkl.

    Examples
    --------
    >>> default_output(Path("cells.ome.tif")).name
    'cells.jpkl'
    """
    return path.with_name(f"{bare_name(path)}.jpkl")


def check_output(path: Path, force: bool) -> None:
    """Refuse an output path that would destroy something, before any work is done.

    Raises
    ------
    ValueError
        If the suffix belongs to another format.
    OSError
        If the file exists, or its folder does not.
    """
    if path.suffix.lower() in supported_suffixes():
        raise ValueError(
            f"{path}: a JPkl file must not end in {path.suffix}; did you mean {default_output(path)}?"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder; name a file in it")
    if path.exists() and not force:
        raise FileExistsError(f"{path}: exists already; --force replaces it")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent} to write it to")


def encode(
    source: ImageFile,
    output: Path,
    axes: Any,
    description: Description,
    *,
    quality: int = 90,
    display_range: Any = "auto",
    workers: int | None = None,
) -> None:
    """Encode an opened source and print size, ratio and time."""
    began = time.perf_counter()
    encode_file(
        source.array,
        output,
        axes=axes,
        jpeg_quality=quality,
        display_range=display_range,
        metadata=description.metadata,
        dim_names=description.dim_names,
        workers=workers,
        progress=shows_progress(),
    )
    _print_result(source, output, time.perf_counter() - began)


def print_source(name: str, source: ImageFile, axes: Any) -> None:
    """Print what was found in an image file, and how its axes are understood."""
    array = source.array
    for note in source.notes:
        print(f"{name}: {note}")
    if source.scene is not None and len(source.scenes) > 1:
        name = f"{name}, scene {source.scene!r}"
    print(f"{name}: {by(array.shape)} {array.dtype}, {_axes_text(axes)}, {human_bytes(_nbytes(array))}")


def _axes_text(axes: Any) -> str:
    if axes is None:
        return "read as height, width, dims (--axes says otherwise)"
    return f"axes {axes if isinstance(axes, str) else ','.join(axes)}"


def _nbytes(array: Any) -> int:
    return int(np.prod(array.shape, dtype=np.int64)) * int(array.dtype.itemsize)


def _print_result(source: ImageFile, output: Path, seconds: float) -> None:
    original, written = _nbytes(source.array), output.stat().st_size
    eight_bit = original // source.array.dtype.itemsize
    print(
        f"{output}: {human_bytes(written)}, {human_ratio(original, written)} smaller than the "
        f"{source.array.dtype} pixels ({human_ratio(eight_bit, written)} than 8-bit ones), {seconds:.1f} s"
    )
