"""The names by which the browser asks for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jpkl_viewer.frames.frames import ScreenPart
from jpkl_viewer.model.projection import Projection


@dataclass(frozen=True)
class FrameKey:
    """What the browser calls a picture: a frame or a projection, or a part of one.

    Attributes
    ----------
    number : int
        Number of the frame in C order of the dims; of a projection, of any frame that is in it.
    projection : Projection, optional
        For a projection.
    part : ScreenPart, optional
        For a part of it, at the size at which it is shown.
    """

    number: int
    projection: Projection | None = None
    part: ScreenPart | None = None

    @classmethod
    def parse(cls, key: int | str) -> FrameKey:
        """Read a key: ``7``, ``"7@max,1,0,50"``, ``"7 0 64 1024 512 256 128"``, or both at once.

        Examples
        --------
        >>> FrameKey.parse("7@max,1,0,50").projection
        Projection(dim=1, method='max', start=0, stop=50, step=None, around=None)
        >>> FrameKey.parse("7 0 64 1024 512 256 128").part
        ScreenPart(x=0, y=64, width=1024, height=512, shown_width=256, shown_height=128)

        Raises
        ------
        ValueError
            If it is not a key.
        """
        if isinstance(key, int):
            return cls(key)
        frame, *part = key.split()
        number, _, projection = frame.partition("@")
        return cls(int(number), _parse_projection(projection), _parse_part(part))


def _parse_projection(text: str) -> Projection | None:
    if not text:
        return None
    method, dim, start, stop = text.split(",")
    return Projection(int(dim), method, int(start), int(stop))


def _parse_part(words: Sequence[str]) -> ScreenPart | None:
    if not words:
        return None
    x, y, width, height, shown_width, shown_height = map(int, words)
    return ScreenPart(x, y, width, height, shown_width, shown_height)
