"""Limits on what a browser may ask for: no larger than a screen, whatever a message says."""

from __future__ import annotations

#: Pixels of the largest screen: twice those of an 8K one.
MAX_SCREEN_PIXELS = 2**26

#: Bytes of all pictures of one answer: seven channels on an 8K screen.
MAX_ANSWER_NBYTES = 2**28

#: Pictures that one message may ask for: a browser asks for a few positions ahead, with all channels.
MAX_PICTURES = 4096


def check_picture(width: int, height: int, nbytes: int = 0) -> None:
    """Check the size of a picture before memory is taken for it.

    Parameters
    ----------
    width, height : int
        Its size in pixels.
    nbytes : int
        Bytes of the whole answer, where that has several pictures.

    Raises
    ------
    ValueError
        If it is too large.
    """
    if width * height > MAX_SCREEN_PIXELS:
        raise ValueError(
            f"a picture of {width} x {height} pixels is larger than any screen: "
            f"at most {MAX_SCREEN_PIXELS} pixels can be asked for"
        )
    check_answer(nbytes)


def check_answer(nbytes: int) -> None:
    """Check the size of an answer, or of what has been answered of it.

    Parameters
    ----------
    nbytes : int
        Bytes of its pictures.

    Raises
    ------
    ValueError
        If they are too many.
    """
    if nbytes > MAX_ANSWER_NBYTES:
        raise ValueError(
            f"pictures of {nbytes / 1e6:.0f} MB are too many for one answer: "
            f"at most {MAX_ANSWER_NBYTES / 1e6:.0f} MB can be asked for"
        )
