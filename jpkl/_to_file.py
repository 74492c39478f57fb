"""`jpkl.encode`: an array becomes a file, without a stack in memory between them."""

from __future__ import annotations

from os import PathLike
from typing import IO, Any, Unpack, overload

from jpkl._array import JPkl
from jpkl._encoding.encode import encode_file
from jpkl._encoding.options import EncodeArguments, check_known
from jpkl._source.array_likes import is_labeled


@overload
def encode(images: Any, path: str | PathLike[str], **arguments: Unpack[EncodeArguments]) -> JPkl: ...
@overload
def encode(images: Any, path: IO[bytes], **arguments: Unpack[EncodeArguments]) -> None: ...
def encode(
    images: Any, path: str | PathLike[str] | IO[bytes], **arguments: Unpack[EncodeArguments]
) -> JPkl | None:
    """Encode an array straight to a file: of any size, as only a few blocks are ever in memory.

    A dask array is encoded by the scheduler that is active. If that is of a cluster (dask.distributed), its
    workers make the JPEG bytes, each chunk is computed once, and this process writes what comes.

    Parameters
    ----------
    images : array-like
        As for `JPkl`, or an xarray DataArray, as for `JPkl.from_xarray`.
    path : path-like or binary file
        The file appears, or is replaced, when it is complete. To an open binary file, such as one of fsspec
        in object storage, it is written where that is, in one pass; it stays yours to close.
    **arguments
        Keyword arguments of `JPkl`.

    Returns
    -------
    JPkl or None
        The stack, opened from its path. None for a file that was open: `JPkl.load` opens it.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not fit the images, or these are the path of a file: see `open`.
    FrameEncodeError
        If a frame cannot be encoded; names the frame index.
    JPklError
        If the cluster is lost.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> jp = jpkl.encode(np.zeros((10, 64, 48), np.uint8), "some.jpkl", axes="TYX")  # doctest: +SKIP
    >>> jp.shape  # doctest: +SKIP
    (64, 48, 10)
    """
    check_known("encode", arguments)
    if is_labeled(images):
        from jpkl import _xarray

        images, arguments = _xarray.images_of(images, arguments)
    encode_file(images, path, **arguments)
    return JPkl.load(path) if isinstance(path, str | PathLike) else None
