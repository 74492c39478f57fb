"""What the metadata of a stack say under the keys that JPkl knows; pure.

Metadata belong to the user and may hold anything under any key. This is the one place that knows the keys,
so that the viewer, xarray, TIFF files, the command line and the readers agree on what they mean and on what
is well-formed. What is not well-formed is treated as if it were not there.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import channel_dim
from jpkl._errors import MetadataError
from jpkl._numbers import write_apart, write_texts, write_times
from jpkl._text import short_repr

if TYPE_CHECKING:
    from jpkl._array import JPkl

_COLOR = re.compile(r"#?([0-9a-fA-F]{6})")

#: Values of ``display_mode``.
DISPLAY_MODES = ("composite", "single")

#: Keys whose values are mappings from the name of a dim.
KEYS_BY_DIM = ("coords", "units")

#: Keys whose values are sequences with an item for each channel.
KEYS_BY_CHANNEL = ("channel_names", "channel_colors", "channel_limits", "channel_visible")

#: Keys that say something of the pixels before encoding: in their unit, and which that is.
LIMITS, VALUE_UNIT = KEYS_OF_VALUES = ("channel_limits", "value_unit")

#: A pixel that is said to be longer than this by its breadth is not shown so: it would fill no screen.
MOST_PIXEL_ASPECT = 64.0


@dataclass(frozen=True)
class StackMetadata:
    """The metadata that JPkl knows, checked.

    Attributes
    ----------
    pixel_size : tuple of float or None
        Height and width of a pixel, both finite and positive.
    pixel_unit : str
        Unit of ``pixel_size``; ``""`` where unknown, as for all texts.
    coords : mapping from str to tuple
        Position of each index along a dim: finite numbers, texts, or dates and times, all of one kind.
    units : mapping from str to str
        Unit of a dim's coords.
    channel_names : tuple of str
        One per index of the channel dim, or a single one where there is no such dim; ``()`` where unknown.
    channel_colors : tuple of str
        Likewise, each ``#rrggbb``.
    channel_limits : tuple of (float, float)
        Likewise, the contrast limits, low and high in the units of the pixels before encoding.
    channel_visible : tuple of bool
        Likewise, whether it was shown.
    display_mode : str
        ``"composite"`` or ``"single"``: whether channels were shown together, or one at a time.
    fps : float or None
        Frames per second that it was played at.
    acquired : str
        When the images were taken, in ISO 8601.
    source : str
        Name of the file that the images come from.

    Examples
    --------
    >>> found = StackMetadata.read({"pixel_size": (0.1, None), "units": {"z": "um"}}, ("z",), (3,))
    >>> found.pixel_size, found.units
    (None, {'z': 'um'})
    """

    pixel_size: tuple[float, float] | None = None
    pixel_unit: str = ""
    coords: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    channel_colors: tuple[str, ...] = ()
    channel_limits: tuple[tuple[float, float], ...] = ()
    channel_visible: tuple[bool, ...] = ()
    display_mode: str = ""
    fps: float | None = None
    acquired: str = ""
    source: str = ""

    @classmethod
    def of(cls, stack: JPkl) -> Self:
        """Read the metadata of a stack.

        Parameters
        ----------
        stack : JPkl
            The stack.

        Returns
        -------
        StackMetadata
            What is valid of its metadata.
        """
        return cls.read(stack.metadata, stack.dim_names, stack.dim_sizes)

    @classmethod
    def read(cls, metadata: Mapping[Any, Any], dim_names: Sequence[str], dim_sizes: Sequence[int]) -> Self:
        """Read the keys that JPkl knows; never raises, whatever their values.

        Parameters
        ----------
        metadata : mapping
            The metadata of a stack.
        dim_names, dim_sizes : sequence of str, sequence of int
            The dims of the stack.

        Returns
        -------
        StackMetadata
            What is valid of the metadata.
        """
        sizes = dict(zip(dim_names, dim_sizes, strict=True))
        coords, units = (_mapping(metadata.get(key)) for key in KEYS_BY_DIM)
        channel = channel_dim(dim_names)
        n_channels = 1 if channel is None else dim_sizes[channel]
        names: Any = metadata.get("channel_names")
        if names is None and channel is not None:
            names = coords.get(dim_names[channel])  # where xarray keeps them
        return cls(
            pixel_size=_pixel_size(metadata.get("pixel_size")),
            pixel_unit=_text(metadata.get("pixel_unit")),
            coords={name: found for name, n in sizes.items() if (found := _coords(coords.get(name), n))},
            units={name: unit for name in sizes if (unit := _text(units.get(name)))},
            channel_names=_texts(names, n_channels),
            channel_colors=_colors(metadata.get("channel_colors"), n_channels),
            channel_limits=_limits(metadata.get("channel_limits"), n_channels),
            channel_visible=_flags(metadata.get("channel_visible"), n_channels),
            display_mode=_one_of(metadata.get("display_mode"), DISPLAY_MODES),
            fps=positive(metadata.get("fps")),
            acquired=_text(metadata.get("acquired")),
            source=_text(metadata.get("source")),
        )

    @property
    def pixel_aspect(self) -> float:
        """Height of a pixel by its width: 1.0 where unknown, or too far from 1 to be true."""
        if self.pixel_size is None:
            return 1.0
        height, width = self.pixel_size
        aspect = height / width
        return aspect if 1 / MOST_PIXEL_ASPECT <= aspect <= MOST_PIXEL_ASPECT else 1.0

    def numbers(self, dim: str) -> tuple[float, ...] | None:
        """Return the coords of a dim, if there are any and they are numbers; lengths of time in seconds.

        Parameters
        ----------
        dim : str
            Name of the dim.

        Returns
        -------
        tuple of float or None
            One number per index along the dim, in the `unit` of the dim.
        """
        found = self.coords.get(dim, ())
        if found and isinstance(found[0], timedelta):
            return tuple(length.total_seconds() for length in found)
        return found if found and isinstance(found[0], (int, float)) else None

    def unit(self, dim: str) -> str:
        """Return the unit of `numbers` and `step`; ``""`` where it is not known.

        Parameters
        ----------
        dim : str
            Name of the dim.

        Returns
        -------
        str
            E.g. ``"µm"`` or ``"s"``.
        """
        is_time = isinstance(self.coords.get(dim, ("",))[0], (date, timedelta))
        return "s" if is_time else self.units.get(dim, "")

    def labels(self, dim: str) -> tuple[str, ...]:
        """Return the coords of a dim as people read them, with their unit; ``()`` where there are none.

        Parameters
        ----------
        dim : str
            Name of the dim.

        Returns
        -------
        tuple of str
            One text per index along the dim.

        Examples
        --------
        >>> StackMetadata(coords={"time": (0, 2.5)}, units={"time": "s"}).labels("time")
        ('0.0 s', '2.5 s')
        """
        found, unit = self.coords.get(dim, ()), self.unit(dim)
        if found and isinstance(found[0], date):
            return write_times(found)
        if found and isinstance(found[0], str):
            texts = write_texts(found)
            return texts if texts != found else _with_unit(found, unit)
        numbers = self.numbers(dim) or ()
        if all(isinstance(number, int) for number in numbers):  # more digits than any float has
            return _with_unit(map(str, numbers), unit)
        return _with_unit(write_apart(numbers), unit)

    def step(self, dim: str) -> float | None:
        """Return the distance between neighbors along a dim, if it is positive and the same throughout.

        Parameters
        ----------
        dim : str
            Name of the dim.

        Returns
        -------
        float or None
            In the `unit` of the dim; between dates and times in seconds.
        """
        found = self.coords.get(dim, ())
        if found and isinstance(found[0], date):
            if not _have_differences(found):
                return None
            values: Sequence[float] = [(each - found[0]).total_seconds() for each in found]
        else:
            values = self.numbers(dim) or ()
        if len(values) < 2 or values[1] <= values[0] or not are_even(np.asarray(values)):
            return None
        return rounded(float(values[1] - values[0]))

    def as_dict(self) -> dict[str, Any]:
        """Return what there is, under the keys of a stack's metadata, as plain data.

        Returns
        -------
        dict
            As `JPkl` takes it for ``metadata``.
        """
        values = {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "coords": {name: list(values) for name, values in self.coords.items()},
            "units": dict(self.units),
            "channel_names": list(self.channel_names),
            "channel_colors": list(self.channel_colors),
            "channel_limits": list(self.channel_limits),
            "channel_visible": list(self.channel_visible),
        }
        return {key: value for key, value in values.items() if value}


def settle_metadata(metadata: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of a caller's metadata in the form that a stack keeps.

    Coords that NumPy or pandas hold as dates and times become Python's, which a file can keep.

    Parameters
    ----------
    metadata : mapping, optional
        What the caller gave.
    names : mapping from str to str
        Names of the stack's dims by those of the caller's axes, under which there may be coords and units.

    Raises
    ------
    TypeError
        If it is no mapping.
    MetadataError
        If it holds something that cannot be copied, and so not be kept either.
    """
    if not isinstance(metadata, Mapping | None):
        raise TypeError(f"metadata must be a dict or another mapping, not {type(metadata).__name__}")
    settled = _copied(metadata or {})
    for key in KEYS_BY_DIM:
        if isinstance(given := settled.get(key), Mapping):
            known = {dim: value for dim, value in given.items() if names.get(dim, dim) == dim}
            renamed = {names[dim]: value for dim, value in given.items() if dim not in known}
            settled[key] = {**renamed, **known}
    if isinstance(coords := settled.get("coords"), dict):
        settled["coords"] = {dim: plain_coords(values) for dim, values in coords.items()}
    return settled


def _copied(metadata: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return copy.deepcopy(dict(metadata))
    except Exception:  # of whatever they hold: files, locks, generators, or lists that are nested too deep
        for key, value in metadata.items():
            try:
                copy.deepcopy((key, value))
            except Exception as error:
                raise MetadataError(
                    f"metadata[{short_repr(key)}] cannot be copied, nor kept in a file: {error}"
                ) from error
        raise


def plain_coords(values: Any) -> Any:
    """Return coords with dates and times as Python has them; anything else as it is.

    What Python's cannot hold, such as nanoseconds, becomes text.

    Examples
    --------
    >>> plain_coords(np.array(["2024-01-01T12:00"], "datetime64[ns]"))
    [datetime.datetime(2024, 1, 1, 12, 0)]
    """
    if not isinstance(values, np.ndarray) and hasattr(values, "__array__"):
        values = np.asarray(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "O":
        values = values.tolist()
    if isinstance(values, (list, tuple)) and values:
        if all(hasattr(item, "to_pydatetime") for item in values):  # pandas has time zones, NumPy has not
            return [str(item) if item.nanosecond else item.to_pydatetime() for item in values]
        if all(isinstance(item, (np.datetime64, np.timedelta64)) for item in values):
            values = np.asarray(values)
    if not (isinstance(values, np.ndarray) and values.dtype.kind in "mM"):
        return values
    items: list[Any] = values.astype(f"{values.dtype.kind}8[us]").tolist()
    is_exact = np.array_equal(np.array(items, values.dtype), values)
    if is_exact and all(isinstance(item, (date, timedelta)) for item in items):
        return items
    return [str(item) for item in values.ravel()]


def rename_dims(metadata: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the same metadata for a stack whose dims have other names.

    Parameters
    ----------
    metadata : mapping
        Well-formed metadata, e.g. of a reader.
    names : mapping from str to str
        New name for each old one; what belongs to other dims is dropped.
    """
    renamed = dict(metadata)
    for key in KEYS_BY_DIM:
        if key in metadata:
            renamed[key] = {names[dim]: value for dim, value in metadata[key].items() if dim in names}
    return renamed


def rounded(value: float) -> float:
    """Return a number without the noise in its last digits, which arithmetic adds to 0.21667."""
    return float(f"{value:.12g}")


def are_even(values: NDArray[Any]) -> bool:
    """Return whether neighbors are equally far apart, in whatever unit: nanometers in meters, say.

    Examples
    --------
    >>> are_even(np.array([0, 5e-9, 10e-9])), are_even(np.array([0, 5e-9, 14e-9]))
    (True, False)
    """
    is_float = values.dtype.kind == "f"
    steps = np.diff(values if is_float else values.astype(object)).astype(np.float64)  # of integers, exactly
    if not steps.size or not np.isfinite(steps).all():
        return False
    # Steps between numbers that are large lack the digits that these have not.
    noise = 4 * float(np.spacing(np.abs(values).max())) if is_float else 0.0
    return bool(np.allclose(steps, steps[0], rtol=1e-5, atol=noise))


def positive(value: Any) -> float | None:
    """Return a number that is finite and positive; None for anything else."""
    value = value.item() if isinstance(value, np.generic) else value
    return float(value) if _is_finite(value) and value > 0 else None


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _with_unit(texts: Iterable[str], unit: str) -> tuple[str, ...]:
    return tuple(f"{text} {unit}".rstrip() for text in texts)


def _items(value: Any, n: int) -> tuple[Any, ...]:
    """Return the items of a sequence of length ``n``, as Python objects; ``()`` for anything else."""
    value = plain_coords(value)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or len(value) != n:
        return ()
    return tuple(item.item() if isinstance(item, np.generic) else item for item in value)


def _texts(value: Any, n: int) -> tuple[str, ...]:
    items = _items(value, n)
    return items if all(isinstance(item, str) for item in items) else ()


def _colors(value: Any, n: int) -> tuple[str, ...]:
    found = [_COLOR.fullmatch(text) for text in _texts(value, n)]
    return tuple(f"#{match[1]}" for match in found if match) if all(found) else ()


def _flags(value: Any, n: int) -> tuple[bool, ...]:
    items = _items(value, n)
    return items if all(isinstance(item, bool) for item in items) else ()


def _limits(value: Any, n: int) -> tuple[tuple[float, float], ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    pairs = [_items(pair, 2) for pair in _items(value, n)]
    if not all(pair and _are_finite(pair) and pair[0] < pair[1] for pair in pairs):
        return ()
    return tuple((float(low), float(high)) for low, high in pairs)


def _one_of(value: Any, choices: Sequence[str]) -> str:
    return value if isinstance(value, str) and value in choices else ""


def _coords(value: Any, n: int) -> tuple[Any, ...]:
    items = _items(value, n)
    one_kind = _are_finite(items) or any(
        all(isinstance(item, kind) for item in items) for kind in (str, date, timedelta)
    )
    return items if one_kind else ()


def _have_differences(dates: Sequence[date]) -> bool:
    """Return whether all are days, or times, or times with a zone: others cannot be subtracted."""
    return len({(isinstance(each, datetime), getattr(each, "tzinfo", None) is None) for each in dates}) == 1


def _pixel_size(value: Any) -> tuple[float, float] | None:
    items = _items(value, 2)
    if not items or not _are_finite(items) or min(items) <= 0:
        return None
    return float(items[0]), float(items[1])


def _are_finite(items: Iterable[Any]) -> bool:
    return all(_is_finite(item) for item in items)


def _is_finite(item: Any) -> bool:
    if isinstance(item, bool) or not isinstance(item, (int, float)):
        return False
    try:
        return math.isfinite(item)
    except OverflowError:  # an int beyond any float
        return False
