"""``jpkl export`` to a picture or a movie: what the viewer shows of a stack, painted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jpkl._array import JPkl
from jpkl._cli._progress import shows_progress
from jpkl._cli._view import import_viewer
from jpkl._selection import Choice, Selection, find_dim
from jpkl._text import count

#: Suffixes of what is painted, in place of decoded.
PAINTED = (".mp4", ".gif", ".png")


def add_movie_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of pictures and movies."""
    group = parser.add_argument_group("pictures and movies (with --select, --crop and --scale as above)")
    group.add_argument("--dim", help="dim that a movie runs along (default: the longest)")
    group.add_argument("--fps", type=float, help="frames per second of a movie (default: 10)")
    group.add_argument("--colormap", help="colormap of a single channel (default: gray)")
    group.add_argument("--composite", action="store_true", help="show all channels together, in colors")
    group.add_argument("--plain", action="store_true", help="without scale bar and position")


def uses_movie_options(args: argparse.Namespace) -> bool:
    """Return whether an option that only pictures and movies have was given."""
    given = (args.dim, args.fps, args.colormap)
    return any(value is not None for value in given) or args.composite or args.plain


def write_painted(file: str, output: Path, args: argparse.Namespace) -> None:
    """Write a picture or movie, and print what it holds."""
    if args.quality is not None or args.max_size is not None:
        raise ValueError("--quality and --max-size are for .html")
    is_movie = output.suffix.lower() != ".png"
    if not is_movie and (args.dim is not None or args.fps is not None):
        raise ValueError("--dim and --fps are for movies; a .png is one picture")
    if args.composite and args.colormap is not None:
        raise ValueError("--colormap is for a single channel, and --composite shows all in their colors")
    viewer = import_viewer()
    with JPkl.load(file) as jp:
        view = viewer.JPklViewer(jp, composite=args.composite)
        if args.colormap is not None:
            _update(view, colormap=args.colormap)
        names = [dim.name for dim in view.stack.dims]
        dim = None if args.dim is None else names[find_dim(args.dim, names)]
        if is_movie and dim is None and names:
            dim = names[view.state.playback.dim]
        part = _select(view, args.select, dim)
        movie = {"dim": dim, "part": part, "fps": args.fps, "progress": shows_progress()} if is_movie else {}
        labels = {"scale_bar": not args.plain, "stamp": not args.plain}
        view.export(output, region=_region(args.crop, view), zoom=args.scale, **labels, **movie)
        sizes = {each.name: each.size for each in view.stack.dims}
    print(f"{output}: {count(len(range(*part.indices(sizes[dim]))) if dim else 1, 'picture')}")


def _update(view: Any, **settings: Any) -> None:
    """Set what the view shows; errors name the option."""
    try:
        view.state.update(**settings)
    except ValueError as error:
        raise ValueError(f"--{error}") from error


def _select(view: Any, chosen: list[tuple[str, Choice]], movie_dim: str | None) -> slice:
    """Go to the indices that were chosen; returns the part of the dim that a movie runs along."""
    dims = view.stack.dims
    selection = Selection.of(chosen, [dim.name for dim in dims], [dim.size for dim in dims])
    part = slice(None)
    for d, (dim, choice) in enumerate(zip(dims, selection.choices, strict=True)):
        if dim.name == movie_dim:
            part = choice if isinstance(choice, slice) else slice(choice, choice + 1)
        elif isinstance(choice, int):
            view.state.move(d, choice)
        elif choice != slice(None):
            raise ValueError(
                f"--select: {dim.name} needs one index, such as {dim.name}=0: no movie runs along it"
            )
    return part


def _region(crop: tuple[slice, slice] | None, view: Any) -> tuple[int, int, int, int] | None:
    if crop is None:
        return None
    height, width = view.stack.height, view.stack.width
    (y0, y1, _), (x0, x1, _) = crop[0].indices(height), crop[1].indices(width)
    if not (y0 < y1 and x0 < x1):
        raise ValueError(f"--crop: nothing is left of frames of {height} x {width} pixels")
    return x0, y0, x1, y1
