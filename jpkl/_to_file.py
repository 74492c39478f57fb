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
    """Encode an array of any size straight to a file, with only a few blocks in memory at a time.

    A dask array is encoded by the active scheduler. On a cluster (dask.distributed), the workers make
    the JPEG bytes, each chunk is computed once, and this process writes the frames as they arrive.

    Parameters
    ----------
    images : array-like
        As for `JPkl`, or an xarray DataArray, as for `JPkl.from_xarray`.
    path : path-like or binary file
        The file appears, or is replaced, once it is complete. An open binary file, such as one that
        fsspec opened in object storage, is written in place, in one pass; closing it is up to you.
    **arguments
        Keyword arguments of `JPkl`.

    Returns
    -------
    JPkl or None
        The stack, opened from its path; None for an open file, which `JPkl.load` can open afterwards.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not fit the images, or the images are given as a path: see `open`.
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
