"""A stack whose frames come first: ``(*dims, height, width[, 3])``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._decoded_array import DecodedArray

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
