"""Values of any integer dtype as the unsigned samples of 8 or 16 bits that picture formats have; pure.

Signed values are shifted to where the lowest is 0, by turning their highest bit. Values of more than 16 bits
become several pictures of 16 bits, one below the other, of which the first has the highest bits: mostly
zeros, for labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: Kinds of dtypes that can be packed: bool, unsigned and signed.
_KINDS = ("b", "u", "i")
_SAMPLE_NBYTES = 2


class Packing:
    """How the values of a dtype become samples, and back: bit by bit the same.

    Parameters
    ----------
    dtype : dtype-like
        bool or an integer dtype.

    Raises
    ------
    ValueError
        If it is another one.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self.dtype = exact_dtype(dtype)
        #: Pictures that one frame becomes, which lie one below the other.
        self.n_pictures = max(1, self.dtype.itemsize // _SAMPLE_NBYTES)
        #: Bytes of a sample: 1 or 2.
        self.nbytes = min(_SAMPLE_NBYTES, self.dtype.itemsize)

    def pack(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return a frame (height, width[, 3]) as uint8 or uint16, of ``n_pictures`` times its height."""
        unsigned = self._shifted(np.ascontiguousarray(image, self.dtype))
        if self.n_pictures == 1:
            return unsigned
        parts = unsigned.astype(unsigned.dtype.newbyteorder(">")).view(">u2")
        parts = parts.reshape(*image.shape, self.n_pictures)
        pictures = np.moveaxis(parts, -1, 0).reshape(self.n_pictures * image.shape[0], *image.shape[1:])
        return pictures.astype(np.uint16)

    def unpack(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Return the frame that `pack` has made these samples of."""
        if self.n_pictures > 1:
            pictures = samples.reshape(self.n_pictures, -1, *samples.shape[1:])
            parts = np.ascontiguousarray(np.moveaxis(pictures, 0, -1), ">u2")
            wide = np.dtype(f">u{self.dtype.itemsize}")
            samples = parts.view(wide)[..., 0].astype(wide.newbyteorder("<"))
        if self.dtype.kind == "b":
            return np.asarray(samples != 0)
        values: NDArray[Any] = self._shifted(np.ascontiguousarray(samples)).view(self.dtype)
        return values

    def _shifted(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn the highest bit of signed values; the same undoes it."""
        unsigned: NDArray[Any] = values.view(f"<u{self.dtype.itemsize}")
        if self.dtype.kind != "i":
            return unsigned
        turned: NDArray[Any] = unsigned ^ unsigned.dtype.type(1 << (8 * self.dtype.itemsize - 1))
        return turned


def exact_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return a dtype in the byte order that files have, having checked that its values can be kept exactly.

    Raises
    ------
    ValueError
        If it is not bool or an integer dtype.
    """
    try:
        checked = np.dtype(dtype)
    except TypeError as error:
        raise ValueError(f"{dtype!r} is no dtype") from error
    if checked.kind not in _KINDS:
        raise ValueError(
            f"lossless frames hold bool or integers, not {checked}: convert the images, or encode them "
            "without lossless"
        )
    return checked.newbyteorder("<")
