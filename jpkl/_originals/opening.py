"""`jpkl.open`: a JPkl file, or any image file that there is a reader for."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from jpkl import readers
from jpkl._array import JPkl
from jpkl._bytes import is_pipe, is_url, open_bytes
from jpkl._bytes.listing import is_folder
from jpkl._bytes.urls import shown_url, url_name
from jpkl._encoding.options import check_known
from jpkl._originals.copies import LocalCopy
from jpkl._originals.kept import CacheFolder
from jpkl._originals.original import Fingerprint, Original, RemoteRequest, Request
from jpkl._originals.remote import path_by_ranges
from jpkl._originals.stack import KeptStack, OriginalStack
from jpkl.readers import Missing

#: How JPkl files begin: with the opcodes of a pickled dict.
_PICKLE_STARTS = (b"\x80", b"(", b"}")

_ONLY_THE_PATH = "this is a JPkl file, to which only the path applies"


def open_anything(
    path: str | PathLike[str],
    scene: str | int | None = None,
    *,
    axes: str | Sequence[str] | None = None,
    missing: Missing = "error",
    storage_options: Mapping[str, Any] | None = None,
    **encoding: Any,
) -> JPkl:
    """Open a JPkl file, or an original: any image file that there is a reader for.

    An original opens at once, whatever its size: frames are read and encoded when they are first asked
    for. If the viewer or ``jpkl view`` has encoded it before, the stack is taken from their cache,
    unless the file has changed since.

    Parameters
    ----------
    path : path-like or URL
        The file or folder. Of a large original at a URL, only the necessary parts are read if the
        format allows it (TIFF, OME-Zarr, HDF5, Imaris, ND2, CZI, LIF, DeltaVision, MRC, ``.npy``,
        ``.nii``); other files are first copied to a temporary folder, until they are closed.
    scene : str or int, optional
        Which scene, series or array of an original to read, by name or by number, counted from 0. By
        default the first one.
    axes : str or sequence of str, optional
        The axes of an original, e.g. ``"TZCYX"``; by default what the file says.
    missing : {"error", "black", "trim"}
        What to do about planes that are missing from an original.
    storage_options : mapping, optional
        For a URL, the options of its fsspec file system: credentials, headers, ``{"anon": True}``.
    **encoding
        How to encode an original: ``jpeg_quality``, ``display_range``, ``dim_names``, ... of `JPkl`.

    Returns
    -------
    JPkl
        The ``display_range`` of an original may be an estimate: see ``is_range_exact``. `save` writes
        what ``jpkl encode`` would write, with the exact range.

    Raises
    ------
    ValueError
        If the format is not supported, the file is damaged, or an argument does not fit it; for JPkl
        files, this is a `FormatError`.
    TypeError
        If there is no such argument, or it is for originals and the file is a JPkl file.
    MissingDependencyError
        If the format needs an extra that is not installed.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> with jpkl.open("cells.czi", "scene 2") as jp:  # doctest: +SKIP
    ...     jp[..., 3, 1]
    """
    check_known("open", encoding)
    if path == "":  # to pathlib, the working directory
        raise FileNotFoundError(errno.ENOENT, "The name of the file is empty", path)
    if is_url(path):
        url = fspath(path)
        return _open_remote(url, storage_options, scene, {"axes": axes, "missing": missing, **encoding})
    if storage_options:
        raise TypeError("storage_options are only for URLs")
    request = Request.of(path, scene, axes=axes, missing=missing, **encoding)
    if not is_original(path):
        if request != Request.of(path):
            raise TypeError(f"{fspath(path)}: {_ONLY_THE_PATH}")
        return JPkl.load(path)
    kept = find_kept(request)
    return kept if kept is not None else OriginalStack.of(Original.open(request))


def _open_remote(
    url: str, storage_options: Mapping[str, Any] | None, scene: str | int | None, options: dict[str, Any]
) -> JPkl:
    if not is_remote_original(url, storage_options):
        if Request.of(url, scene, **options) != Request.of(url):
            raise TypeError(f"{shown_url(url)}: {_ONLY_THE_PATH}")
        return JPkl.load(url, storage_options=storage_options)
    if (remote := path_by_ranges(url, storage_options, options.get("axes"))) is not None:
        return OriginalStack.of(Original.open(RemoteRequest.at(remote, scene, **options)))
    copy = LocalCopy(url, storage_options, progress=sys.stderr.isatty())
    try:
        with copy.naming_original():
            stack = OriginalStack.of(Original.open(Request.of(copy.path, scene, **options)))
    except BaseException:
        copy.close()
        raise
    stack.frames.copy = copy
    stack.target = copy.path.with_name(f"{copy.path.name}.jpkl")
    return stack


def is_remote_original(url: str, storage_options: Mapping[str, Any] | None = None) -> bool:
    """Return whether a URL is of an image file, by its suffix, else by what it begins with.

    Raises
    ------
    OSError
        If that cannot be read.
    """
    suffix = readers.suffix_of(Path(url_name(url)))
    if suffix == ".jpkl" or suffix in readers.supported_suffixes():
        return suffix != ".jpkl"
    source = open_bytes(url, storage_options)
    try:
        return source.read_at(0, 1) not in _PICKLE_STARTS
    finally:
        source.close()


def is_folder_of_stacks(path: str | PathLike[str]) -> bool:
    """Return whether a path is of a folder, and of none that is one image, as an OME-Zarr is.

    Parameters
    ----------
    path : path-like or URL
        The path.

    Returns
    -------
    bool
        Whether the stacks in it are to be listed.

    Raises
    ------
    OSError
        If a URL is there, but cannot be read.
    """
    if not is_url(path):
        return Path(path).is_dir() and not readers.is_one_image(Path(path))
    url = fspath(path)
    if readers.suffix_of(Path(url_name(url))) in (".jpkl", *readers.supported_suffixes()):
        return False
    return is_folder(url)


def open_original(path: str | PathLike[str], scene: str | int | None = None, **options: Any) -> OriginalStack:
    """Open an image file as `jpkl.open` does, but anew, even where the cache has it encoded.

    Parameters
    ----------
    path : path-like or URL
        The file or folder.
    scene : str or int, optional
        As for `jpkl.open`.
    **options
        Further arguments of `jpkl.open`.

    Returns
    -------
    OriginalStack
        The stack, no frame of which has been encoded.

    Raises
    ------
    ValueError, TypeError, OSError
        As `jpkl.open`.
    """
    return OriginalStack.of(Original.open(Request.of(path, scene, **options)))


def find_kept(request: Request) -> JPkl | None:
    """Open what an original was encoded into before, if that was kept and the original is unchanged."""
    with contextlib.suppress(OSError, ValueError):  # no such original, or what was kept is damaged
        fingerprint = Fingerprint.of(request.path, with_companions=True)
        found = CacheFolder().find(request, fingerprint)
        return None if found is None else KeptStack.of(found, request, fingerprint)
    return None


def is_original(path: str | PathLike[str]) -> bool:
    """Return whether a path is of something to read as an image file, and of no JPkl file.

    Parameters
    ----------
    path : path-like or URL
        A file or folder.

    Returns
    -------
    bool
        Whether `open_original` opens it.
    """
    if is_url(path) or Path(path).suffix.lower() == ".jpkl":
        return False
    if readers.can_read(path) or is_pipe(path):
        return True
    try:
        with Path(path).open("rb") as file:
            return file.read(1) not in _PICKLE_STARTS
    except OSError:  # nothing of that name: who reads it will say
        return True
