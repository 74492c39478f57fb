"""How things are put into words for people, the same on every page."""

from __future__ import annotations

from jpkl import FormatError, FrameError


def short_reason(error: BaseException) -> str:
    """Say what is wrong, without where on the disk.

    Examples
    --------
    >>> short_reason(FileNotFoundError(2, "No such file or directory", "/data/secret.jpkl"))
    'No such file or directory'
    """
    if isinstance(error, FrameError) and error.frame_index is not None:
        return f"frame {error.frame_index}: {error.message}"
    if isinstance(error, FormatError | FrameError):
        return error.message
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) or type(error).__name__
