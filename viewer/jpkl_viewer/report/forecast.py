"""How large a report will be, and the error where that is too large."""

from __future__ import annotations

from dataclasses import dataclass

from jpkl import JPklError


class ReportTooLargeError(JPklError, ValueError):
    """A report would be larger than is allowed."""


@dataclass(frozen=True)
class Forecast:
    """How large a report is.

    Attributes
    ----------
    n_frames : int
        Frames in it.
    nbytes : int
        Bytes of the page.
    frames_nbytes : int
        Bytes of the JPEGs in it.
    damaged : tuple of str
        Frames that cannot be read, as text; the report has an error in their place.
    is_exact : bool
        False where frames are re-encoded, and the size is that of a sample.

    Examples
    --------
    >>> print(Forecast(412, 31_240_000, 22_000_000))
    412 frames, 31 MB
    """

    n_frames: int
    nbytes: int
    frames_nbytes: int
    damaged: tuple[str, ...] = ()
    is_exact: bool = True

    def __str__(self) -> str:
        frames = "1 frame" if self.n_frames == 1 else f"{self.n_frames:,} frames"
        about = "" if self.is_exact else "about "
        text = f"{frames}, {about}{megabytes(self.nbytes)}"
        if self.damaged:
            listed = ", ".join(self.damaged[:5]) + (", ..." if len(self.damaged) > 5 else "")
            text += f"; {len(self.damaged)} damaged: {listed}"
        return text


def megabytes(n: float) -> str:
    """Say how many bytes, as people count what they send: ``31 MB``."""
    if n < 1e6:
        return f"{n / 1e3:.0f} kB"
    return f"{n / 1e6:.0f} MB" if n >= 10e6 else f"{n / 1e6:.1f} MB"
