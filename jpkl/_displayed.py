"""A stack of exact values as 8-bit pictures: what is looked at."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import channel_dim, index_of
from jpkl._display_range import dtype_limits
from jpkl._errors import FrameError

if TYPE_CHECKING:
    from jpkl._cache import DecodedFrameCache
    from jpkl._decode import FrameDecoder

#: Frames of a channel whose values are looked at where the file says no display range.
_N_SAMPLED = 5


def displayed(stack: JPkl) -> JPkl:
    """Return a stack as the 8-bit pictures that are looked at: itself, unless it keeps values exactly.

    Parameters
    ----------
    stack : JPkl
        The stack, which has to stay open.

    Returns
    -------
    JPkl
        Of uint8, through the display range of the stack, or the range of a sample where it has none. Its
        encoded frames are those of the stack.

    Examples
    --------
    >>> stack = JPkl(np.arange(1000, 1256, dtype=np.uint16).reshape(16, 16, 1), lossless=True)
    >>> int(stack[15, 15, 0]), int(displayed(stack)[15, 15, 0])
    (1255, 255)
    """
    if not stack.is_exact or isinstance(stack, DisplayedStack):
        return stack
    ranges = stack.display_range
    if stack.dtype == np.uint8 and (ranges is None or (ranges == (0.0, 255.0)).all()):
        return stack
    return DisplayedStack.of(stack, _sampled_range(stack) if ranges is None else ranges)


class DisplayedStack(JPkl):
    """What `displayed` makes of exact values.

    Attributes
    ----------
    exact : JPkl
        The stack with the values themselves.
    """

    exact: JPkl

    @classmethod
    def of(cls, stack: JPkl, display_range: NDArray[np.float64]) -> DisplayedStack:
        """Return a stack through a display range, shape ``(*s, 2)`` where s broadcasts over the dims."""
        shown = cls.__new__(cls)
        shown.__dict__.update(copy.copy(stack).__dict__)
        shown.exact = stack
        shown._info = replace(stack._info, display_range=display_range)
        shown._decoder = shown._make_decoder()
        return shown

    @property
    def is_exact(self) -> bool:
        """No: these are 8-bit display values."""
        return False

    def _make_decoder(self, *, scale: int = 1, cache: DecodedFrameCache | None = None) -> FrameDecoder:
        decoder = self.exact._make_decoder(scale=scale, cache=cache)  # with a decode_slice of its own
        decoder.show_through(np.asarray(self._info.display_range))
        return decoder


def _sampled_range(stack: JPkl) -> NDArray[np.float64]:
    """Return lowest and highest value of some frames of each channel."""
    channel = channel_dim(stack.dim_names)
    sizes = tuple(size if dim == channel else 1 for dim, size in enumerate(stack.dim_sizes))
    ranges = np.empty((*sizes, 2))
    for at in np.ndindex(sizes):
        low, high = dtype_limits(stack.dtype)
        if frames := _samples(stack, channel, at):
            low = min(float(frame.min()) for frame in frames)
            high = max(float(frame.max()) for frame in frames)
        ranges[at] = low, high
    return ranges


def _samples(stack: JPkl, channel: int | None, at: tuple[int, ...]) -> list[NDArray[Any]]:
    others = tuple(1 if dim == channel else size for dim, size in enumerate(stack.dim_sizes))
    n_frames = int(np.prod(others))
    found = []
    for number in np.unique(np.linspace(0, n_frames - 1, min(_N_SAMPLED, n_frames)).astype(int)).tolist():
        index = tuple(at[d] if d == channel else i for d, i in enumerate(index_of(number, others)))
        try:
            found.append(stack.frame(index))
        except FrameError:  # it says so when it is shown
            continue
    return found
