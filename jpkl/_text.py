"""Text for people: sizes, counts and reasons, and values that come from files, which may hold anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from jpkl._errors import ClosedStackError, FormatError, FrameError

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")

#: A number of bytes as people write it; the B may be left out.
_BYTES = re.compile(r"(?P<number>\d{1,15}(\.\d*)?)\s*(?P<prefix>[kmgt]?)b?", re.ASCII | re.IGNORECASE)

#: Longest name and longest value that a message quotes.
_MAX_NAME, _MAX_VALUE = 80, 40

#: Where a file is, at the beginning of what is said of it: a URL or an absolute path; what separates folders.
_PLACE = re.compile(r"^(?:[a-z][a-z0-9+.:-]*://|/|[A-Za-z]:[\\/]|\\\\).*?: ")
_SEPARATOR = re.compile(r"[\\/]")


# -- numbers and sizes ---------------------------------------------------------------------------------


def human_bytes(n: float) -> str:
    """Return a number of bytes in decimal units, with three digits.

    Parameters
    ----------
    n : float
        Bytes.

    Returns
    -------
    str
        E.g. in kB of 1000 bytes.

    Examples
    --------
    >>> human_bytes(999), human_bytes(6837000)
    ('999 B', '6.84 MB')
    """
    for unit in _UNITS:
        if n < 999.5 or unit == _UNITS[-1]:
            break
        n /= 1000
    return f"{n:.0f} {unit}" if unit == "B" else f"{n:.3g} {unit}"


def parse_bytes(text: str) -> int:
    """Return the number of bytes that a text such as ``500MB`` or ``1.5 GB`` stands for.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> parse_bytes("500MB"), parse_bytes("1.5 g"), parse_bytes("20")
    (500000000, 1500000000, 20)
    """
    match = _BYTES.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size, such as 500MB")
    factor: int = 1000 ** " kmgt".index(match["prefix"].lower() or " ")
    return round(float(match["number"]) * factor)


def human_ratio(original: float, compressed: float) -> str:
    """Return by how much something became smaller.

    Parameters
    ----------
    original, compressed : float
        Bytes before and after.

    Returns
    -------
    str
        E.g. ``"12.5 times"``.

    Examples
    --------
    >>> human_ratio(1000, 80), human_ratio(1_000_000, 80)
    ('12.5 times', '12,500 times')
    """
    if not compressed:
        return "-"
    ratio = original / compressed
    return f"{ratio:,.0f} times" if ratio >= 100 else f"{ratio:.1f} times"


def human_change(original: float, compressed: float) -> str:
    """Return by how much something became smaller, or larger.

    Examples
    --------
    >>> human_change(1000, 80), human_change(80, 1000)
    ('12.5 times smaller', '12.5 times larger')
    """
    if compressed <= original:
        return f"{human_ratio(original, compressed)} smaller"
    return f"{human_ratio(compressed, original)} larger"


def count(n: int, noun: str) -> str:
    """Return a number with its noun.

    Parameters
    ----------
    n : int
        The number.
    noun : str
        In the singular; its plural is made by an s.

    Returns
    -------
    str
        Number and noun.

    Examples
    --------
    >>> count(1, "frame"), count(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def by(sizes: Sequence[int]) -> str:
    """Return sizes as ``height x width``."""
    return " x ".join(map(str, sizes))


def frame_kind(shape: Sequence[int]) -> str:
    """Return the size and kind of a frame of that shape.

    Examples
    --------
    >>> frame_kind((48, 64)), frame_kind((48, 64, 3))
    ('48 x 64 gray', '48 x 64 RGB')
    """
    kinds = {(): "gray", (3,): "RGB"}
    channels = tuple(shape[2:])
    return f"{by(shape[:2])} {kinds.get(channels) or f'{by(channels)}-component'}"


# -- values and names from files -----------------------------------------------------------------------


def one_line(text: str) -> str:
    r"""Return `text` in one line and without control characters: a file's names may hold anything.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text for a message.

    Examples
    --------
    >>> one_line("first\nsecond \x1b[2J")
    'first second \\x1b[2J'
    """
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)


def short_name(name: str) -> str:
    r"""Return a name from a file in printable ASCII, shortened.

    Examples
    --------
    >>> short_name("os\n")
    'os\\n'
    """
    return ascii(name[:_MAX_NAME])[1:-1] + ("..." if len(name) > _MAX_NAME else "")


def short_repr(value: Any) -> str:
    """Return the repr of a value, shortened.

    Examples
    --------
    >>> short_repr(list(range(100)))
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11...'
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # ints of more digits than Python writes, what is nested too deep
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article.

    Examples
    --------
    >>> with_article("int"), with_article("dict")
    ('an int', 'a dict')
    """
    return f"an {noun}" if noun[0].lower() in "aeiou" else f"a {noun}"


def natural_key(value: float | str) -> tuple[object, ...]:
    """Return what to sort by: numbers, also those within names, by their value.

    Parameters
    ----------
    value : float or str
        A number or a name. Only those of one kind can be sorted.

    Returns
    -------
    tuple
        For ``sorted(..., key=natural_key)``.

    Examples
    --------
    >>> sorted(["b10", "B2", "a"], key=natural_key)
    ['a', 'B2', 'b10']
    """
    if not isinstance(value, str):
        return (value,)
    parts = re.split(r"(\d+)", value.casefold(), flags=re.ASCII)
    return (*(int(part) if i % 2 else part for i, part in enumerate(parts)), "", value)


# -- errors --------------------------------------------------------------------------------------------


def short_reason(error: BaseException) -> str:
    """Return what is wrong, without where on the disk.

    Parameters
    ----------
    error : BaseException
        What was raised.

    Returns
    -------
    str
        Its message without the path.

    Examples
    --------
    >>> short_reason(FrameError("it is damaged", frame_index=(3,), path="/data/x.jpkl"))
    'frame (3,): it is damaged'
    >>> short_reason(ClosedStackError("/data/x.jpkl was closed"))
    'the stack was closed'
    >>> short_reason(OSError("https://lab.org/x.jpkl: the server answers 500"))
    'the server answers 500'
    """
    if isinstance(error, ClosedStackError):
        return "the stack was closed"
    if isinstance(error, FrameError) and error.frame_index is not None:
        return f"frame {error.frame_index}: {error.message}"
    if isinstance(error, FormatError | FrameError):
        return error.message
    if isinstance(error, OSError):
        said = _PLACE.sub("", str(error))
        # Of an error of another library, nobody knows what else it says.
        return error.strerror or ("" if _SEPARATOR.search(said) else said) or type(error).__name__
    return str(error) or type(error).__name__
