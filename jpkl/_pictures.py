"""Frames as they are stored, for browsers, which decode them without this library."""

from __future__ import annotations

from collections.abc import Collection

from jpkl._array import JPkl
from jpkl._codecs.jpeg_header import END_OF_IMAGE, JPEG_START
from jpkl._dims import FrameIndex, frame_number
from jpkl._displayed import DisplayedStack, displayed
from jpkl._errors import FrameDecodeError

#: Codecs whose frames every browser decodes.
BROWSER_CODECS = frozenset({"jpeg", "png", "webp", "avif"})

#: Those that are decoded to the same pixels everywhere; others are where they are lossless.
_EXACT_EVERYWHERE = frozenset({"jpeg", "png"})


def is_at_hand(jp: JPkl, index: FrameIndex) -> bool:
    """Return whether what is stored of a frame lies in memory or on a disk.

    Parameters
    ----------
    jp : JPkl
        The stack.
    index : tuple of int
        Frame index.

    Returns
    -------
    bool
        False where a server has to be asked for it, or where it has to be read from an original.

    Raises
    ------
    IndexError
        If there is no such frame.
    ClosedStackError
        If the stack was closed.
    """
    return jp._store.has_at_hand(frame_number(index, jp.dim_sizes))


def stores_pictures(jp: JPkl, codecs: Collection[str] = BROWSER_CODECS) -> bool:
    """Return whether frames are stored as pictures, so that `stored_picture` reads them.

    Parameters
    ----------
    jp : JPkl
        The stack.
    codecs : collection of str
        Names of the codecs of which pictures are wanted.

    Returns
    -------
    bool
        False where it answers None at once.
    """
    return jp.codec in codecs and _is_shown_as_stored(jp)


def stored_picture(jp: JPkl, index: FrameIndex, codecs: Collection[str] = BROWSER_CODECS) -> bytes | None:
    """Return a frame's stored bytes where they are a whole picture of it; None where they are none to show.

    They are none where another codec encoded them, where the values are not those that are looked at (see
    `displayed`), where a subclass decodes them, or where a JPEG is cut off, of which a browser shows a part.
    Frames of a file without checksums are decoded first: browsers make a picture of damaged ones, too.

    Parameters
    ----------
    jp : JPkl
        The stack.
    index : tuple of int
        Frame index.
    codecs : collection of str
        Names of the codecs of which pictures are wanted.

    Returns
    -------
    bytes or None
        As they are in the file.

    Raises
    ------
    FrameError
        If the frame is damaged.
    """
    if not stores_pictures(jp, codecs):
        return None
    if not jp._store.is_checked:
        jp.frame(index)
    data = jp.images[index]
    if jp.codec == "jpeg":
        return data if data.startswith(JPEG_START) and data.endswith(END_OF_IMAGE) else None
    if jp._codec.shape(data) != jp.frame_shape:
        raise FrameDecodeError("a picture of another size than the stack's", frame_index=index, path=jp.path)
    return data


def is_exact_everywhere(jp: JPkl) -> bool:
    """Return whether browsers decode the stored bytes of frames to exactly what the stack's indices give.

    Parameters
    ----------
    jp : JPkl
        The stack.

    Returns
    -------
    bool
        False for codecs that browsers do not have, or decode by rules of their own.
    """
    is_exact = jp.codec in _EXACT_EVERYWHERE or (jp.codec in BROWSER_CODECS and jp.is_exact)
    return is_exact and _is_shown_as_stored(jp)


def _is_shown_as_stored(jp: JPkl) -> bool:
    decodes_itself = type(jp).decode_slice is JPkl.decode_slice
    return decodes_itself and not isinstance(jp, DisplayedStack) and displayed(jp) is jp
