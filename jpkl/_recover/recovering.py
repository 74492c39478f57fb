"""`recover` and `remains`: what a user asks of a broken file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, open_bytes
from jpkl._dims import index_of
from jpkl._errors import FormatError
from jpkl._file.columns import pages_of
from jpkl._file.parts import kept
from jpkl._file.writing import write_stack
from jpkl._recover.cut import complete_part, describe_part, leading
from jpkl._recover.frame_checker import FrameChecker
from jpkl._recover.logged_labels import labels_beside, with_labels_beside
from jpkl._recover.report import RecoverReport, Remains
from jpkl._recover.salvage import find


def remains(path: str | PathLike[str]) -> Remains:
    """Find what a broken file holds, to choose what to `recover`.

    Parameters
    ----------
    path : path-like
        The file; it is only read.

    Returns
    -------
    Remains
        How many frames are there, of how many.

    Raises
    ------
    FormatError
        If it is not a JPkl file, or has no whole frame.
    OSError
        If it cannot be read.
    """
    source = open_bytes(path)
    try:
        salvage, info, _ = find(source)
        _, rows = salvage.in_order(info.dim_sizes)
        shape = FrameChecker(salvage, info).shape_of(int(rows[0])) if len(rows) else None
        with labels_beside(source, info.dim_sizes, shape) as beside:
            labels = {each.name: (len(each.places), each.n_frames) for each in beside.labels}
    except FormatError as error:
        error.path = error.path or fspath(path)
        raise
    finally:
        source.close()
    return Remains(len(rows), info.n_frames, shape, info.dim_sizes, info.dim_names, labels)


def recover(
    broken_path: str | PathLike[str],
    out_path: str | PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> RecoverReport:
    """Write a whole stack of the frames that a broken file still holds.

    Works on files that were cut off anywhere, on the ``.part`` files of a `JPklWriter`, and on files
    with missing or damaged frames; they may have been written by JPkl or by ``pickle.dump``.

    The labels of a `JPklWriter` are read from ``NAME.xxxxxxxx.part.labels`` beside its own file, if that is
    there; frames of which there are none have no object.

    The first dim is cut to the part that is complete. If not even its first step is, it is cut to
    one and the next dim is cut to its complete part, and so on; coords and what there is of channels are
    cut with them. Fields that the file does not hold
    (``pickle.dump`` puts some of them behind the frames) are replaced: sizes by those that the
    frames reach, names by ``dim0``, ``dim1``, ..., metadata by nothing, quality by 90.

    Parameters
    ----------
    broken_path : path-like or URL
        Only read.
    out_path : path-like
        The file to write.
    storage_options : mapping, optional
        Of a URL, what its file system of fsspec takes: credentials, headers, ``{"anon": True}``.

    Returns
    -------
    RecoverReport
        What was found and written; ``str()`` of it is a summary in a few lines.

    Raises
    ------
    FormatError
        If the first frame is not there, so that nothing can be made of the others.
    """
    source = open_bytes(broken_path, storage_options)
    try:
        with kept(broken_path):  # it may be one that the next save to this name removes
            return _recover(source, out_path)
    except FormatError as error:
        error.path = error.path or source.label
        raise
    finally:
        source.close()


def _recover(source: ByteSource, out_path: str | PathLike[str]) -> RecoverReport:
    salvage, info, guessed = find(source)
    numbers, rows = salvage.in_order(info.dim_sizes)
    checker = FrameChecker(salvage, info)
    found = zip(_ints(numbers), _ints(rows), strict=True)
    good = np.fromiter((checker.accepts(number, row) for number, row in found), bool, len(rows))
    n_first, n_good = leading(numbers[good]), int(good.sum())
    sizes = complete_part(n_first, info.dim_sizes)
    n_kept = math.prod(sizes)
    new = describe_part(salvage, info, sizes, checker.shape)
    labels = {each.name: (each.n_frames, each.n_frames) for each in new.labels}
    if not labels:
        new, labels = with_labels_beside(source, new, info.dim_sizes)
    write_stack(out_path, new, map(salvage.read, _ints(rows[good][:n_kept])))
    return RecoverReport(
        dim_sizes=sizes,
        old_dim_sizes=info.dim_sizes,
        n_recovered=n_kept,
        n_missing=info.n_frames - n_good,
        n_unreadable=len(rows) - n_good,
        n_unused=n_good - n_kept,
        first_missing=index_of(n_first, info.dim_sizes) if n_first < info.n_frames else None,
        guessed=guessed,
        labels=labels,
    )


def _ints(numbers: NDArray[np.int64]) -> Iterator[int]:
    """Iterate over ints, of which few are there at a time."""
    return (number for page in pages_of(numbers) for number in page.tolist())
