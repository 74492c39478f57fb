"""Views of a stack: with its frames first, in original units, and as encoded bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._decoded_array import DecodedArray
from jpkl._dims import FrameIndex, frame_number
from jpkl._display_range import from_uint8, intensity_dtype
from jpkl._file.stores import FrameStore
from jpkl._text import count, human_bytes

if TYPE_CHECKING:
    from jpkl._array import JPkl


class FramesFirst(DecodedArray):
    """A view of a stack with axes ``(*dims, height, width[, 3])``, made by `JPkl.frames_first`.

    Indexed like a NumPy array, it decodes only the frames that an index touches, each once. napari, tifffile,
    ITK, scikit-image and most other programs for images expect this order.

    Parameters
    ----------
    stack : JPkl
        The stack, whose file has to stay open.

    Examples
    --------
    >>> import numpy as np
    >>> from jpkl import JPkl
    >>> frames = JPkl(np.zeros((64, 48, 10, 3)), dim_names=("time", "channel")).frames_first
    >>> frames.shape
    (10, 3, 64, 48)
    >>> frames[4, :, 16:32:2].shape
    (3, 8, 48)
    """

    def __init__(self, stack: JPkl) -> None:
        self._stack = stack

    @property
    def shape(self) -> tuple[int, ...]:
        """``(*dim_sizes, height, width[, 3])``."""
        return (*self._stack.dim_sizes, *self._stack.frame_shape)

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Lengths of the dims: the first axes."""
        return self._stack.dim_sizes

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of decoded values: that of the stack."""
        return self._stack.dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame."""
        return (*(1 for _ in self._stack.dim_sizes), *self._stack.frame_shape)

    def __getitem__(self, key: Any) -> Any:
        """Decode what ``key`` selects, by NumPy's rules.

        Parameters
        ----------
        key : object
            Any basic or advanced NumPy index.

        Returns
        -------
        ndarray of `dtype`
            Equal to ``np.asarray(self)[key]``. Always a new array.

        Raises
        ------
        IndexError
            As NumPy raises it.
        FrameError
            With the frame index, if a frame cannot be read or decoded.
        """
        return self._stack._decoder.select(key, self._stack._workers, frames_first=True)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._stack[key] = value  # raises, and says why

    def __iter__(self) -> Iterator[NDArray[Any]]:
        if not self._stack.dim_sizes:  # the rows of one frame
            return super().__iter__()
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<frames first {self.shape} of {self._stack!r}>"


class Intensity(DecodedArray):
    """A stack in original units: index it like the stack."""

    def __init__(self, stack: JPkl, display_range: NDArray[np.float64] | None) -> None:
        self._stack = stack
        self._range = display_range
        exact = np.dtype(np.float32 if stack.dtype.itemsize <= 2 else np.float64)
        self._dtype = exact if display_range is None else intensity_dtype(display_range)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, as of the stack."""
        return self._stack.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, or float64 where that has too few digits."""
        return self._dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame."""
        return self._stack.chunks

    def __getitem__(self, key: Any) -> Any:
        """Return intensities of what ``key`` selects, as exact as 8 bits and JPEG leave them.

        They are float32, or float64 where that does not tell the gray levels apart, as in a narrow range of
        large numbers.

        Of values that are kept exactly, these, also as float32 unless that has too few digits.
        """
        values = self._stack[key]
        if self._range is None:
            return values.astype(self._dtype)
        shape = self._stack.shape
        n_frame_axes = len(self._stack.frame_shape)
        per_pixel = self._range.reshape((1,) * n_frame_axes + self._range.shape)
        low, high = (np.broadcast_to(per_pixel[..., i], shape)[key] for i in (0, 1))
        return from_uint8(values, low, high, self._dtype)[()]

    def __repr__(self) -> str:
        return f"<intensities of {self._stack!r}>"


class EncodedFrames(Mapping[FrameIndex, bytes]):
    """Read-only mapping from frame index to encoded bytes, in C order of the dims."""

    def __init__(self, store: FrameStore, dim_sizes: tuple[int, ...]) -> None:
        self._store = store
        self._dim_sizes = dim_sizes

    def __getitem__(self, index: FrameIndex) -> bytes:
        return self._store.read(self._number(index))

    def __contains__(self, index: object) -> bool:
        # Without reading it: one that is damaged is there, and one that is not written yet is not.
        try:
            return bool(self._store.written[self._number(index)])
        except KeyError:
            return False

    def _number(self, index: Any) -> int:
        try:
            number = frame_number(index, self._dim_sizes)
        except (IndexError, TypeError) as error:
            raise KeyError(index) from error
        if any(i < 0 for i in index):
            raise KeyError(index)
        return number

    def __iter__(self) -> Iterator[FrameIndex]:
        return iter(np.ndindex(self._dim_sizes))

    def __len__(self) -> int:
        return len(self._store)

    def __repr__(self) -> str:
        return f"<{count(len(self), 'encoded frame')}, {human_bytes(self._store.nbytes)}>"
