"""Which level of a pyramid each tile of a CZI file belongs to, which the file does not say; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jpkl.readers._czi_file import Subblock


def levels_of(tiles: Iterable[Subblock]) -> dict[int, list[Subblock]]:
    """Return the tiles of each level by the factor by which it is smaller, the full resolution first.

    At the edges, sides are rounded: 100 pixels are stored as 4 where others are 32 times smaller, too. So
    large tiles say which levels there are, and others belong to the one that they fit best.
    """
    tiles = list(tiles)
    found: dict[int, list[int]] = {}
    for number in sorted(range(len(tiles)), key=lambda number: _area(tiles[number]), reverse=True):
        tile = tiles[number]
        factor = max(factor_of(tile, axis) for axis in "YX")
        fitting = [level for level in found if _fits(tile, level)]
        best = min(fitting, key=lambda level: abs(level - factor), default=max(1, round(factor)))
        found.setdefault(best, []).append(number)
    # In the order of the file, in which later ones cover earlier ones.
    return {level: [tiles[number] for number in sorted(found[level])] for level in sorted(found)}


def factor_of(tile: Subblock, axis: str) -> float:
    """Return by how much smaller a tile is stored along an axis."""
    return tile.size[axis] / max(1, tile.stored[axis])


def factors_of(tiles: Sequence[Subblock], level: int) -> dict[str, float]:
    """Return by how much smaller a level is along each axis of a frame, as its largest tile says.

    It is that of the level but for recordings that are finer along one axis (Airyscan, PALM).
    """
    largest = max(tiles, key=_area)
    found = {axis: factor_of(largest, axis) for axis in "YX"}
    return {axis: level if _is_rounded(largest, axis, level) else found[axis] for axis in found}


def _area(tile: Subblock) -> tuple[int, int]:
    return tile.stored["Y"] * tile.stored["X"], tile.size["Y"] * tile.size["X"]


def _fits(tile: Subblock, level: int) -> bool:
    may_be = level > 1 or not tile.is_reduced
    return may_be and all(_is_rounded(tile, axis, level) for axis in "YX")


def _is_rounded(tile: Subblock, axis: str, level: int) -> bool:
    return abs(tile.size[axis] / level - tile.stored[axis]) < 1
