"""Axis letters and dim names: where the frames of an array are, and what its other axes are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Names that mark the frame axes, in lower case. ``S`` is OME's letter for the samples of an RGB pixel.
_ROLES = {
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
    names = list(axes)
    if len(names) != len(shape):
        raise ValueError(
            f"axes {axes!r} name {len(names)} axes, but the images have {len(shape)}: shape {shape}"
        )
    roles = [_ROLES.get(name.lower()) for name in names]
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
