"""A stack as one viewer shows it: what is known of it, its frames and its name."""

from __future__ import annotations

from dataclasses import dataclass

from jpkl.toolkit import index_of
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.stack import StackDescription


@dataclass(frozen=True)
class ViewedStack:
    """A stack that a viewer shows, or compares with the one that it shows.

    Attributes
    ----------
    description : StackDescription
        What is known of it.
    frames : Frames
        Its frames.
    title : str
        Name of its file.
    """

    description: StackDescription
    frames: Frames
    title: str

    def index(self, number: int) -> tuple[int, ...]:
        """Return the frame index of a frame by its number in C order of the dims."""
        return index_of(number, self.description.dim_sizes)
