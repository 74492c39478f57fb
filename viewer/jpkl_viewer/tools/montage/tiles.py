"""Where the channels of a montage are when they are split, as in the browser (``tiles.js``); pure."""

from __future__ import annotations

from dataclasses import dataclass

#: Below each other, beside each other, or not at all.
SPLITS = ("", "rows", "columns")

#: What the tile of all channels together is called.
MERGE = "Merge"


@dataclass(frozen=True)
class Tiles:
    """Each frame is several tiles: one for each channel, and all of them together.

    Attributes
    ----------
    split : str
        Where the tiles of a frame are: one of `SPLITS`, or ``"wrap"`` for row by row, of one frame alone.
    panels : int
        Tiles of each frame.
    columns : int
        Frames beside each other; where they wrap, tiles.
    """

    split: str
    panels: int
    columns: int

    @property
    def block(self) -> tuple[int, int]:
        """Tiles across and down that one frame takes."""
        if self.split == "wrap":
            return min(self.columns, self.panels), -(-self.panels // self.columns)
        return self.panels if self.split == "columns" else 1, self.panels if self.split == "rows" else 1

    def extent(self, n: int) -> tuple[int, int]:
        """Return how many tiles ``n`` frames have across and down.

        Examples
        --------
        >>> Tiles("rows", panels=3, columns=4).extent(6), Tiles("columns", 3, 2).extent(3)
        ((4, 6), (6, 2))
        """
        across, down = self.block
        if self.split == "wrap":
            return across, down
        return across * min(n, self.columns), down * -(-n // self.columns)

    def place(self, number: int, panel: int) -> tuple[int, int]:
        """Return column and row of a tile of the ``number``-th frame."""
        if self.split == "wrap":
            row, column = divmod(panel, self.columns)
            return column, row
        across, down = self.block
        row, column = divmod(number, self.columns)
        return (
            column * across + (panel if self.split == "columns" else 0),
            row * down + (panel if self.split == "rows" else 0),
        )

    def is_named(self, number: int) -> bool:
        """Whether tiles of a frame say which channel they are: the first of a row, or of a column."""
        if self.panels == 1 or self.split == "wrap":
            return self.panels > 1
        return number % self.columns == 0 if self.split == "rows" else number < self.columns


def panels_of(layers: int, *, is_split: bool) -> int:
    """Return how many tiles a frame of so many layers has."""
    return layers + 1 if is_split and layers > 1 else 1
