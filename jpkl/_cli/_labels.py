"""The option ``--labels NAME=FILE``: label images that belong to a stack."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jpkl._cli._downloads import fetched
from jpkl._cli._progress import say
from jpkl._labels.encode import UnnamedAxes
from jpkl.readers import ImageFile, open_image

#: Letters for axes of which a TIFF file says nothing.
_UNKNOWN_AXES = ("Q", "I")
#: A name with axes given by hand, as in ``nuclei@TYX=nuclei.npy``.
_NAME_AND_AXES = re.compile(r"(?P<name>.+)@(?P<axes>(?=[A-Z]*Y)(?=[A-Z]*X)[A-Z]+)")

#: Name, path, and axes if they are given.
NamedFile = tuple[str, str, str | None]


def add_labels_option(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--labels",
        action="append",
        default=[],
        type=_named_file,
        metavar="NAME=FILE",
        help="a label image of the frames, kept without loss: an image file of integers with the axes of "
        "the stack, except dims along which it does not change, such as the channel. NAME@TYX=FILE gives the "
        "axes of a file that does not name them. Can be repeated",
    )


def _named_file(text: str) -> NamedFile:
    """Return name, path and axes; without a name, that of the file."""
    name, equals, path = text.partition("=")
    if not equals:
        name, path = Path(text).name.partition(".")[0], text
    if not name or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    found = _NAME_AND_AXES.fullmatch(name) if equals else None
    return (found["name"], path, found["axes"]) if found else (name, path, None)


@contextmanager
def opened_labels(named: Sequence[NamedFile], *, frames_first: bool = False) -> Iterator[dict[str, Any]]:
    """Open files of labels, for an argument ``labels``: their arrays, with the axes that they know.

    Parameters
    ----------
    named : sequence of (str, str, str or None)
        Values of the option.
    frames_first : bool, optional
        Whether they are for a stack rather than for an array: its axes begin with Y and X, but those of a
        file that does not name them end so.
    """
    with ExitStack() as opened:
        found: dict[str, Any] = {}
        for name, path, given in named:
            if name in found:
                raise ValueError(f"--labels: two are called {name!r}")
            file = opened.enter_context(open_image(opened.enter_context(fetched(path))))
            axes = given or _axes(file)
            if axes is not None:
                found[name] = list(axes), file.array
            else:
                found[name] = UnnamedAxes(file.array, say) if frames_first else file.array
        yield found


def _axes(file: ImageFile) -> str | Sequence[str] | None:
    """Return the axes of a file, unless it has no name for one of them."""
    if file.axes is None or any(axis.upper() in _UNKNOWN_AXES for axis in file.axes):
        return None
    return file.axes
