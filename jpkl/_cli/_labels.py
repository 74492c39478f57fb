"""The option ``--labels NAME=FILE``: label images that belong to a stack."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jpkl._cli._downloads import fetched
from jpkl.readers import ImageFile, open_image

#: Letters for axes of which a TIFF file says nothing.
_UNKNOWN_AXES = ("Q", "I")


def add_labels_option(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--labels",
        action="append",
        default=[],
        type=_named_file,
        metavar="NAME=FILE",
        help="a label image over the frames, kept exactly: an image file of integers with the axes of the "
        "stack, without dims along which it is the same, such as the channel; can be given several times",
    )


def _named_file(text: str) -> tuple[str, str]:
    """Return name and path; without a name, that of the file."""
    name, equals, path = text.partition("=")
    if not equals:
        name, path = Path(text).name.partition(".")[0], text
    if not name or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    return name, path


@contextmanager
def opened_labels(named: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Open files of labels, for an argument ``labels``: their arrays, with the axes that they know."""
    with ExitStack() as opened:
        found: dict[str, Any] = {}
        for name, path in named:
            if name in found:
                raise ValueError(f"--labels: two are called {name!r}")
            file = opened.enter_context(open_image(opened.enter_context(fetched(path))))
            found[name] = _with_axes(file)
        yield found


def _with_axes(file: ImageFile) -> Any:
    """Return an array with its axes, unless the file has no name for one of them."""
    if file.axes is None or any(axis.upper() in _UNKNOWN_AXES for axis in file.axes):
        return file.array
    return list(file.axes), file.array
