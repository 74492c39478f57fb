"""The contrast of stacks that are compared, as on the screen (``contrast.js``); pure."""

from __future__ import annotations

from jpkl_viewer.tools.compare.difference import Range

#: With less of the wider range in common, one of two is all black or white in the contrast of the other.
_LEAST_COMMON = 0.1


def usual_contrast(mine: Range | None, its: Range | None) -> str:
    """Find the contrast of another stack where nobody has chosen.

    Parameters
    ----------
    mine, its : (float, float) or None
        Lowest and highest value of the files; None where they are not known.

    Returns
    -------
    str
        ``"shared"`` for that of the first, or ``"own"`` where their values have next to nothing in common.

    Examples
    --------
    >>> usual_contrast((0, 4095), (100, 1200)), usual_contrast((0, 4095), (0, 1))
    ('shared', 'own')
    """
    if mine is None or its is None or mine[0] == mine[1] or its[0] == its[1]:
        return "shared"
    common = min(mine[1], its[1]) - max(mine[0], its[0])
    widest = max(mine[1] - mine[0], its[1] - its[0])
    return "own" if common < _LEAST_COMMON * widest else "shared"


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
