"""The contrast of stacks that are compared, as on the screen (``contrast.js``); pure."""

from __future__ import annotations

from jpkl_viewer.tools.compare.difference import Range


def shared_limits(limits: tuple[float, float], mine: Range | None, its: Range | None) -> tuple[float, float]:
    """Find contrast limits of one stack in pixel values of another.

    Parameters
    ----------
    limits : tuple of float
        Contrast limits of the first stack, in its pixel values.
    mine, its : (float, float) or None
        What 0 and 255 stand for in each; None where that is not known.

    Returns
    -------
    tuple of float
        Pixel values of the second stack that stand for the same in units of the files, also beyond those that
        it has; the same pixel values where units are not known.

    Examples
    --------
    >>> shared_limits((0, 51), (0, 1000), (0, 500))
    (0.0, 102.0)
    """
    if mine is None or its is None or mine == its or its[0] == its[1]:
        return limits
    low, high = (mine[0] + level / 255 * (mine[1] - mine[0]) for level in limits)
    return 255 * (low - its[0]) / (its[1] - its[0]), 255 * (high - its[0]) / (its[1] - its[0])
