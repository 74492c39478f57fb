"""A stack as one viewer shows it: what is known of it, its frames and its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jpkl.toolkit import index_of
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.bookmarks import Bookshelf
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
        Name of its file, which tells it apart from those that it is compared with.
    path : str or None
        Its file, for those who may know where that is and write beside it; None for visitors of a server, and
        for stacks in memory.
    others : tuple of ViewedStack
        The stacks that it is compared with.
    bookmarks : Bookshelf or None
        Its named views; None for a stack that another is compared with.
    """

    description: StackDescription
    frames: Frames
    title: str
    path: str | None = None
    others: tuple[ViewedStack, ...] = ()
    bookmarks: Bookshelf | None = None

    def for_visitors(self) -> ViewedStack:
        """Return the same without what concerns the machine alone."""
        others = tuple(other.for_visitors() for other in self.others)
        return replace(
            self, path=None, others=others, bookmarks=self.bookmarks and self.bookmarks.for_visitors()
        )

    def check_layers(self, n: int) -> None:
        """Check how many frames are asked for to make one picture.

        Raises
        ------
        ValueError
            If there are more than channels.
        """
        most = len(self.description.channels)
        if n > most:
            raise ValueError(f"a picture of this stack has at most {most} frames, not {n}")

    def index(self, number: int) -> tuple[int, ...]:
        """Return the frame index of a frame by its number in C order of the dims."""
        return index_of(number, self.description.dim_sizes)
