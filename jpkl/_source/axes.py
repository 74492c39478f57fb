"""Axis letters and dim names: where the frames of an array are, and what its other axes are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

#: Names that mark the frame axes, in lower case. ``S`` is OME's letter for the samples of an RGB pixel.
FRAME_AXES = {
    "y": "y", "height": "y",
    "x": "x", "width": "x",
    "s": "s", "rgb": "s", "samples": "s",
}  # fmt: skip

#: Dim names for the OME letters that every microscopist knows; other letters stay as they are.
OME_DIM_NAMES = {"T": "time", "Z": "z", "C": "channel"}


@dataclass(frozen=True)
class AxesLayout:
    """How the axes of a source map to ``(height, width, [3,] *dims)``.

    Attributes
    ----------
    order : tuple of int
        Source axis for each axis of the JPkl: ``source.transpose(order)`` is in JPkl order.
    color : bool
        Whether the third JPkl axis holds the RGB samples.
    dim_names : tuple of str or None
        Names of the dims, where the axes name them.
    """

    order: tuple[int, ...]
    color: bool
    dim_names: tuple[str, ...] | None

    @property
    def n_frame_axes(self) -> int:
        """Number of leading JPkl axes that belong to the frame: 2, or 3 with RGB."""
        return 2 + self.color


def resolve_axes(shape: tuple[int, ...], axes: str | Sequence[str] | None, color: bool) -> AxesLayout:
    """Find the frame axes of a source of the given shape.

    Parameters
    ----------
    shape : tuple of int
        Shape of the source.
    axes : str or sequence of str or None
        One letter or name per axis, e.g. ``"TZCYX"`` or ``("time", "y", "x")``; ``None`` means
        ``(height, width, [3,] *dims)``.
    color : bool
        Whether an RGB axis is expected. Implied by an axis ``S``.

    Raises
    ------
    ValueError
        If axes and shape do not fit, Y or X is missing, or the RGB axis is not of length 3.

    Examples
    --------
    >>> resolve_axes((30, 17, 192, 279), "TZYX", False)
    AxesLayout(order=(2, 3, 0, 1), color=False, dim_names=('time', 'z'))
    """
    layout = _layout_in_jpkl_order(shape, color) if axes is None else _layout_from_names(shape, axes, color)
    if layout.color and shape[layout.order[2]] != 3:
        raise ValueError(
            f"the RGB axis must have length 3, this one has {shape[layout.order[2]]} "
            f"(shape {shape}); drop an alpha channel, or leave out color=True / 'S' for channels as a dim"
        )
    height, width = shape[layout.order[0]], shape[layout.order[1]]
    if height == 0 or width == 0:
        raise ValueError(f"frames of {height} x {width} pixels hold no picture (shape {shape})")
    return layout


def _layout_in_jpkl_order(shape: tuple[int, ...], color: bool) -> AxesLayout:
    needed = 3 if color else 2
    if len(shape) < needed:
        expected = "(height, width, 3, *dims)" if color else "(height, width, *dims)"
        raise ValueError(f"images must have at least {needed} axes {expected}, not shape {shape}")
    return AxesLayout(tuple(range(len(shape))), color, None)


def _layout_from_names(shape: tuple[int, ...], axes: str | Sequence[str], color: bool) -> AxesLayout:
    given: Any = axes
    if not isinstance(given, Iterable) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"axes must be letters such as 'TZYX', or a sequence of names, not {axes!r}")
    names = list(axes)
    if len(names) != len(shape):
        raise ValueError(
            f"axes {axes!r} name {len(names)} axes, but the images have {len(shape)}: shape {shape}"
        )
    roles = [FRAME_AXES.get(name.lower()) for name in names]
    frame_axes = []
    for role in ("y", "x", "s"):
        if roles.count(role) > 1:
            raise ValueError(f"axes {axes!r} name {role.upper()} more than once")
        if role in roles:
            frame_axes.append(roles.index(role))
        elif role != "s":
            raise ValueError(f"axes {axes!r} lack {role.upper()}; frames are found by Y and X")
    has_samples = "s" in roles
    if color and not has_samples:
        raise ValueError(f"color=True needs an axis 'S' of length 3, which axes {axes!r} lack")
    dims = [axis for axis, role in enumerate(roles) if role is None]
    dim_names = tuple(OME_DIM_NAMES.get(names[axis], names[axis]) for axis in dims)
    return AxesLayout((*frame_axes, *dims), has_samples, dim_names)


# -- axes that are probably meant otherwise ------------------------------------------------------------

#: Sides of what looks like a frame: at least so long, and one up to so many times as long as the other.
_LEAST_SIDE, _MOST_ASPECT = 32, 4
#: A frame is absurd if a side is at most so long, and the other order of axes makes it so many times longer.
_THIN, _MUCH_LONGER = 16, 8
#: It is absurd, too, if the other order makes each side so many times longer.
_ALL_LONGER = 4
#: Letters to suggest for the other axes.
_LETTERS = "TZCABDEFGH"


def likely_axes(shape: tuple[int, ...]) -> str | None:
    """Return what the axes of an array rather are than ``(height, width, *dims)``, if that is odd of it.

    It is where frames are a few pixels high or wide, or small altogether, while two later axes look like the
    sides of a frame; and where the last two are of one length, and those of the frame are not.

    Examples
    --------
    >>> likely_axes((2, 100, 100, 3)), likely_axes((60, 256, 256)), likely_axes((512, 512, 60))
    ('TYXS', 'TYX', None)
    """
    has_samples = len(shape) > 3 and shape[-1] in (3, 4)
    sizes = shape[:-1] if has_samples else shape
    n_others = len(sizes) - 2
    at = next((i for i in range(1, n_others + 1) if _is_rather_a_frame(sizes, i)), None)
    if at is None or n_others > len(_LETTERS):
        return None
    samples = ("S" if shape[-1] == 3 else "C") if has_samples else ""
    letters = _LETTERS.replace(samples, "")[:n_others] if samples else _LETTERS[:n_others]
    return letters[:at] + "YX" + letters[at:] + samples


def _is_rather_a_frame(sizes: tuple[int, ...], at: int) -> bool:
    """Return whether two neighboring axes look like the sides of a frame, and the first two do not."""
    sides, first = sizes[at : at + 2], sizes[:2]
    if min(sides) < _LEAST_SIDE or max(sides) > _MOST_ASPECT * min(sides):
        return False
    is_thin = min(first) <= _THIN and min(sides) >= _MUCH_LONGER * min(first)
    is_small = at > 1 and min(sides) >= _ALL_LONGER * max(first)
    is_square = sides[0] == sides[1] >= 4 * _LEAST_SIDE and first[0] != first[1] and max(first) <= sides[0]
    return is_thin or is_small or (is_square and at == len(sizes) - 2)
