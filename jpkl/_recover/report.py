"""What is told of a broken file: what it holds, and what was made of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from jpkl._text import count


@dataclass(frozen=True)
class RecoverReport:
    """What `recover` found and wrote.

    Attributes
    ----------
    dim_sizes, old_dim_sizes : tuple of int
        Length of each dim in the new file and in the broken one; where that did not get as far as
        to say, the latter are those that its frames reach.
    n_recovered : int
        Frames in the new file.
    n_missing : int
        Frames that the broken file should hold and does not, or not readably.
    n_unreadable : int
        Those of them that are there, but damaged.
    n_unused : int
        Whole frames that are not in the new file, because others beside them are missing.
    first_missing : tuple of int or None
        Index of the first frame that is missing or damaged.
    guessed : tuple of str
        Fields that the broken file lacks; see `recover` for their values.
    labels : dict from str to (int, int)
        Of each label image in the new file, the frames that were found, and those that there should be.
    """

    dim_sizes: tuple[int, ...]
    old_dim_sizes: tuple[int, ...]
    n_recovered: int
    n_missing: int
    n_unreadable: int
    n_unused: int
    first_missing: tuple[int, ...] | None
    guessed: tuple[str, ...]
    labels: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return a summary in a few lines."""
        n_frames = math.prod(self.old_dim_sizes)
        was = "" if self.dim_sizes == self.old_dim_sizes else f", was {self.old_dim_sizes}"
        lines = [
            f"{self.n_recovered:,} of {count(n_frames, 'frame')} recovered: dim_sizes {self.dim_sizes}{was}"
        ]
        if self.n_missing:
            are = _are(self.n_missing, "frame")
            lines.append(f"{are} missing or damaged, the first at index {self.first_missing}")
        if self.n_unreadable:
            are = "1 of them is" if self.n_unreadable == 1 else f"{self.n_unreadable:,} of them are"
            lines.append(f"{are} there, but damaged")
        if self.n_unused:
            are = _are(self.n_unused, "whole frame")
            lines.append(f"{are} left out, because others beside them are missing")
        for name, (n_there, n_all) in self.labels.items():
            rest = "" if n_there == n_all else "; the others have no object"
            lines.append(f"labels {name!r}: {n_there} of {count(n_all, 'frame')} recovered{rest}")
        if self.guessed:
            lines.append(f"the file has no usable {', '.join(self.guessed)}; defaults are used")
        return "\n".join(lines)


def _are(n: int, noun: str) -> str:
    return f"{count(n, noun)} {'is' if n == 1 else 'are'}"


@dataclass(frozen=True)
class Remains:
    """What a broken file holds, as far as it says so without its frames being decoded.

    Attributes
    ----------
    n_whole : int
        Frames that are there to their last byte.
    n_frames : int
        Frames that the whole file should have.
    frame_shape : tuple of int or None
        Shape of the first of them; None where it cannot be read.
    dim_sizes, dim_names : tuple
        Length and name of each dim.
    labels : dict from str to (int, int)
        Of each label image of a `JPklWriter`, the frames that are there, and those that there should be.
    """

    n_whole: int
    n_frames: int
    frame_shape: tuple[int, ...] | None
    dim_sizes: tuple[int, ...]
    dim_names: tuple[str, ...]
    labels: dict[str, tuple[int, int]] = field(default_factory=dict)
