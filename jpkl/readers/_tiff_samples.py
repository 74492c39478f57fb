"""What the pixels of a TIFF series mean: names of its axes, samples, palettes, and where 0 is white."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._plane_array import Conversion, Crop

if TYPE_CHECKING:
    from tifffile import TiffPageSeries

#: Values of the tag PhotometricInterpretation; YCbCr is decoded to red, green, blue.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _YCBCR = 0, 1, 2, 3, 6
#: Samples of a pixel that are colors.
_N_COLORS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _YCBCR: 3}
#: Colors that are none of red, green and blue.
_OTHER_COLORS = {5: "inks (CMYK)", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*"}
#: Value of the tag PlanarConfiguration: each sample has a plane of its own.
_SEPARATE = 2
#: Values of the tag ExtraSamples that mean transparency: premultiplied or not.
_ALPHA = (1, 2)
#: By how much, of 65535, tables of 8 bits are off a straight line.
_RAMP_TOLERANCE = 512

#: Compressions whose decoders leave the samples as they are: none, LZW, Deflate, PackBits, LZMA, Zstd.
_AS_STORED = (1, 5, 8, 32773, 32946, 34925, 50000)
#: Values of the tag Orientation, and what they ask for.
_TURNED = {
    2: "mirrored",
    3: "turned by 180\u00b0",
    4: "upside down",
    5: "transposed",
    6: "turned by 90\u00b0 clockwise",
    7: "transposed and turned by 180\u00b0",
    8: "turned by 90\u00b0 counterclockwise",
}

#: Formats that say what their channels are, so that a color table is one for the display of signals.
_SIGNALS = ("imagej", "ome", "mmstack", "ndtiff", "lsm", "stk", "fluoview")


@dataclass(frozen=True)
class Meaning:
    """How to take the pixels of a series.

    Attributes
    ----------
    axes : str or list of str
        Letters, or names where letters do not do, of the result.
    crops : tuple of slice or int
        What to keep of each axis of the series.
    conversion : callable or None
        What to make of the pixels.
    notes : tuple of str
        What the user should know.
    """

    axes: str | list[str]
    crops: tuple[Crop, ...]
    conversion: Conversion | None = None
    notes: tuple[str, ...] = ()


def meaning_of(series: TiffPageSeries, lock: threading.RLock, *, keeps_samples: bool) -> Meaning:
    """Return what the pixels of a series mean.

    Parameters
    ----------
    series : TiffPageSeries
        The series.
    lock : RLock
        To hold while the file is read.
    keeps_samples : bool
        Whether to keep all samples as they are: the user says that they are no colors.
    """
    names, crops, notes = _samples(series, keeps_samples)
    if (at := rows_of(names)) is not None and names[at] != "Y":
        notes += (f"frames are sections along {names[at]} (rows) and X (columns)",)
        names[at] = "Y"
    conversion: Conversion | None = None
    photometric = int(series.keyframe.photometric)
    if photometric == _WHITE_IS_ZERO and series.transform is None:
        conversion, said = _inverted(series)
        notes += said
    elif photometric == _YCBCR and not keeps_samples and names[-1] == "S":
        conversion = _from_ycbcr(series)
    elif photometric == _PALETTE and not keeps_samples:
        conversion, said = _paletted(series, names, lock)
        notes += said
        names = [*names, *("S" for _ in (conversion.added if conversion else ()))]
    axes = _distinct(names)
    notes += _orientation(series) + _few_bits(series, conversion)
    return Meaning("".join(axes) if max(map(len, axes)) == 1 else axes, crops, conversion, notes)


def rows_of(names: Sequence[str]) -> int | None:
    """Return which axis is that of rows: without Y, that of the depths or times of a line that was scanned.

    Examples
    --------
    >>> rows_of("TCYX"), rows_of("TCZX"), rows_of("CTX")
    (2, 2, 1)
    """
    known = [letter for letter in "YZT" if letter in names]
    return list(names).index(known[0]) if known and "X" in names else None


def unnamed_notes(axes: Sequence[str]) -> tuple[str, ...]:
    """Return what is said of axes that the file does not name.

    Examples
    --------
    >>> unnamed_notes(["Q", "Y", "X"])
    ('the file does not name axis Q: --axes ZYX, or TYX, does',)
    """
    unknown = [name for name in axes if name.startswith("Q")]
    if len(unknown) == 1 and max(map(len, axes)) == 1:
        likely = [letter for letter in "ZT" if letter not in axes]
        named = ", or ".join("".join(axes).replace("Q", letter) for letter in likely)
        return (f"the file does not name axis Q: --axes {named}, does",) if named else ()
    return (f"the file does not name axes {', '.join(unknown)}: --axes does",) if unknown else ()


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, with numbers where one is there twice.

    Of several axes Y, X or S the last is that of the frame, of others the first keeps its name.

    Examples
    --------
    >>> _distinct("QQQYX"), _distinct("YXTYX")
    (['Q', 'Q2', 'Q3', 'Y', 'X'], ['Y2', 'X2', 'T', 'Y', 'X'])
    """
    total, seen = Counter(names), Counter[str]()
    result = []
    for name in names:
        seen[name] += 1
        is_frame = name in ("Y", "X", "S")
        number = total[name] - seen[name] + 1 if is_frame else seen[name]
        result.append(name if number == 1 else f"{name}{number}")
    return result


# -- samples -------------------------------------------------------------------------------------------


def _samples(
    series: TiffPageSeries, keeps_samples: bool
) -> tuple[list[str], tuple[Crop, ...], tuple[str, ...]]:
    """Tell colors, which alpha may follow and is dropped, from samples that are signals: channels."""
    names: list[str] = list(series.axes)
    crops: list[Crop] = [slice(None)] * len(names)
    if "S" not in names:
        return names, tuple(crops), ()
    at = len(names) - 1 - names[::-1].index("S")
    n_samples = int(series.shape[at])
    keyframe = series.keyframe
    n_colors = _N_COLORS.get(int(keyframe.photometric), n_samples)
    as_channels = _as_channels(names, at)
    if keeps_samples:
        return as_channels, tuple(crops), ()
    if (said := _why_no_colors(series, n_samples, n_colors)) is not None:
        return as_channels, tuple(crops), (said,)
    if n_samples == n_colors + 1 and _is_alpha(keyframe.extrasamples):
        crops[at] = slice(3) if n_colors == 3 else 0
        said = (
            f"sample {n_samples} of {n_samples} is marked as transparency (alpha) and left out; "
            f"--axes {_spelled(as_channels)} keeps it as a channel"
        )
        return (names if n_colors == 3 else names[:at] + names[at + 1 :]), tuple(crops), (said,)
    return (names if n_colors == n_samples == 3 else as_channels), tuple(crops), ()


def _why_no_colors(series: TiffPageSeries, n_samples: int, n_colors: int) -> str | None:
    """Return what is said of samples that are called colors, but are read as channels; None of others."""
    keyframe = series.keyframe
    if colors := _OTHER_COLORS.get(int(keyframe.photometric)):
        return f"samples are {colors}, not red, green and blue: read as channels"
    if n_colors != 3 or n_samples <= 3:
        return None
    if n_samples > 4 or not _is_alpha(keyframe.extrasamples):
        return f"pixels have {n_samples} samples, more than red, green and blue: read as channels"
    if _are_guessed(series):
        return "four planes, which tifffile marks as red, green, blue and transparency: read as channels"
    return None


def _are_guessed(series: TiffPageSeries) -> bool:
    """Return whether planes are colors because there are as many: tifffile takes any array for such.

    Those of 8 bits may be pictures.
    """
    is_apart = int(series.keyframe.planarconfig) == _SEPARATE
    return series.kind == "shaped" and is_apart and np.dtype(series.dtype) != np.uint8


def _is_alpha(extrasamples: Sequence[Any]) -> bool:
    return len(extrasamples) == 1 and int(extrasamples[0]) in _ALPHA


def _as_channels(names: list[str], at: int) -> list[str]:
    return [*names[:at], "sample" if "C" in names else "C", *names[at + 1 :]]


def _spelled(names: Sequence[str]) -> str:
    names = _distinct(names)
    return "".join(names) if max(map(len, names)) == 1 else ",".join(names)


# -- YCbCr ----------------------------------------------------------------------------------------------


class _FromYcbcr:
    """Colors of samples that are luma and color differences (ITU-R BT.601), as TIFF has them by default."""

    added: tuple[int, ...] = ()
    dtype = np.dtype(np.uint8)

    def __call__(self, planes: NDArray[Any], numbers: list[int]) -> NDArray[Any]:
        y, cb, cr = (planes[..., i].astype(np.float32) for i in range(3))
        cb, cr = cb - 128, cr - 128
        colors = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)
        return np.asarray(np.rint(colors).clip(0, 255), np.uint8)


def _from_ycbcr(series: TiffPageSeries) -> Conversion | None:
    """Return what makes colors of samples; None where the decoder does, as that of JPEG."""
    is_stored = int(series.keyframe.compression) in _AS_STORED and np.dtype(series.dtype) == np.uint8
    return _FromYcbcr() if is_stored else None


# -- orientation ----------------------------------------------------------------------------------------


def _orientation(series: TiffPageSeries) -> tuple[str, ...]:
    """Return what is said of frames that are to be turned when they are looked at."""
    said = series.keyframe.aspage().tags.valueof("Orientation", default=1)
    if said not in _TURNED:
        return ()
    return (f"the file says that frames are to be shown {_TURNED[said]}: they are read as they are stored",)


# -- few bits -------------------------------------------------------------------------------------------


def _few_bits(series: TiffPageSeries, conversion: Conversion | None) -> tuple[str, ...]:
    """Return what is said of gray levels that are few: JPEG at 8 bits would keep them badly."""
    bits = int(series.keyframe.bitspersample)
    if np.dtype(series.dtype) != np.uint8 or bits >= 8 or isinstance(conversion, _Paletted):
        return ()
    highest = (1 << bits) - 1
    return (f"pixels have {bits} bits: --display-range 0,{highest} spreads them over all gray levels",)


# -- 0 is white ----------------------------------------------------------------------------------------


#: How what wrote a file is called where that is the package of Python, whose masks have no other mark.
_PYTHON = "tifffile"


class _Inverted:
    """Pixels of which 0 is white, so that the highest value is."""

    added: tuple[int, ...] = ()

    def __init__(self, dtype: np.dtype[Any], highest: int) -> None:
        self.dtype = dtype
        self.highest = highest

    def __call__(self, planes: NDArray[Any], numbers: list[int]) -> NDArray[Any]:
        inverted = ~planes if self.dtype.kind == "b" else self.dtype.type(self.highest) - planes
        return np.asarray(inverted, self.dtype)


def _inverted(series: TiffPageSeries) -> tuple[Conversion | None, tuple[str, ...]]:
    dtype = np.dtype(series.dtype)
    if dtype.kind not in ("b", "u"):
        return None, (f"0 is white in this file (MinIsWhite); {dtype} pixels are read as they are stored",)
    if dtype.kind == "b" and _software_of(series).startswith(_PYTHON):
        return None, ("True is white: tifffile, which wrote the file, marks every mask as MinIsWhite",)
    highest = (1 << min(int(series.keyframe.bitspersample), 8 * dtype.itemsize)) - 1
    said = "False and True are swapped" if dtype.kind == "b" else f"values are {highest} minus those stored"
    return _Inverted(dtype, highest), (f"0 is white in this file (MinIsWhite): {said}",)


def _software_of(series: TiffPageSeries) -> str:
    return str(series.keyframe.aspage().tags.valueof("Software", default=""))


def inverted_limits(limits: Sequence[Any], conversion: Conversion | None) -> tuple[Any, ...]:
    """Return contrast limits in terms of pixels after a conversion."""
    if isinstance(conversion, _Inverted):
        return tuple((conversion.highest - high, conversion.highest - low) for low, high in limits)
    return tuple(limits)


# -- palettes ------------------------------------------------------------------------------------------


class _Paletted:
    """Pixels that are indices into the palette of their page."""

    dtype = np.dtype(np.uint8)

    def __init__(self, series: TiffPageSeries, is_gray: bool, lock: threading.RLock) -> None:
        self.added: tuple[int, ...] = () if is_gray else (3,)
        self._series = series
        self._lock = lock
        self._colors = lru_cache(maxsize=64)(self._read_colors)

    def __call__(self, planes: NDArray[Any], numbers: list[int]) -> NDArray[Any]:
        result = np.empty((*planes.shape, *self.added), np.uint8)
        for i, number in enumerate(numbers):
            colors = self._colors(number)
            table = colors if self.added else colors[:, 0]
            indices = planes[i].view(np.uint8) if planes.dtype.kind == "b" else planes[i]
            np.take(table, indices, axis=0, mode="clip", out=result[i, ...])
        return result

    def _read_colors(self, number: int) -> NDArray[np.uint8]:
        with self._lock:
            return _page_colors(self._series, number)


def _paletted(
    series: TiffPageSeries, names: Sequence[str], lock: threading.RLock
) -> tuple[Conversion | None, tuple[str, ...]]:
    if lut_color(series) is not None:
        return None, ()
    if series.kind in _SIGNALS:
        return None, ("the color table is one for the display, and not applied: pixels are read as values",)
    if series.keyframe.colormap is None:
        return None, ("pixels are indices into a palette, which the file lacks: read as values",)
    if "S" in series.axes or np.dtype(series.dtype).kind not in ("b", "u"):
        return None, ("the palette is not applied: pixels are more than indices into it",)
    with lock:
        is_gray = _is_gray(series)
    conversion = _Paletted(series, is_gray, lock)
    if is_gray:
        return conversion, ("pixels are indices into a palette of grays: read as gray levels",)
    return conversion, (
        f"pixels are indices into a palette: read as its colors; --axes {_spelled(names)} keeps the indices",
    )


def lut_color(series: TiffPageSeries) -> str | None:
    """Return the color of the lookup table of signals, ``#rrggbb``, if it goes straight from black to one."""
    table = series.keyframe.colormap
    if int(series.keyframe.photometric) != _PALETTE or series.kind not in _SIGNALS or table is None:
        return None
    brightest = np.asarray(table[:, -1], np.float64)
    ramp = np.outer(brightest, np.linspace(0, 1, table.shape[1]))
    if brightest.max() == 0 or np.abs(table - ramp).max() > _RAMP_TOLERANCE:
        return None
    red, green, blue = (int(value) >> 8 for value in brightest)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _is_gray(series: TiffPageSeries) -> bool:
    """Return whether the palettes of all pages hold shades of gray alone."""
    return all(np.ptp(_page_colors(series, number), axis=1).max() == 0 for number in range(len(series)))


def _page_colors(series: TiffPageSeries, number: int) -> NDArray[np.uint8]:
    """Return the palette of a page, shape (n, 3), or that of the first page if it has none."""
    own = None
    try:
        page = series[number]
        own = page.aspage().colormap if page is not None else None
    except (ValueError, LookupError, RuntimeError):  # a page that is described by the first one alone
        own = None
    table = np.asarray(series.keyframe.colormap if own is None else own)
    # 16 bits by the standard, but there are writers who put 8 there.
    return np.ascontiguousarray((table >> 8 if table.max() > 255 else table).T, dtype=np.uint8)
