"""What the dict in a JPkl file must hold: the checks, each of which names its field."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import frame_numbers, index_of, resolve_dim_names
from jpkl._errors import FormatError, UnsupportedVersionError, warn
from jpkl._fidelity import Fidelity
from jpkl._file.labels import StoredLabels
from jpkl._pickle.values import FrameColumns, FrameTable, describe_type, frame_key, is_scalar, table_of

HEADER_V1 = ("JPkl", "1")
HEADER_V2 = ("JPkl", "2")

#: The codec of format v1; any other makes a file of format v2.
V1_CODEC = "jpeg"

#: What the codec's name begins with where only a subclass of `JPkl` decodes the frames.
CUSTOM = "custom:"

#: The codec option that then holds (height, width).
FRAME_SHAPE = "frame_shape"

FIELDS = ("header", "color", "jpeg_quality", "dim_names", "dim_sizes", "metadata", "codec", "codec_options")
"""Every field but `images`."""

MAX_DIMS = 60  # NumPy has 64, three of which are the frame's

#: Pixels of a frame: beyond, one picture would take more memory than a file should be able to ask for.
MAX_FRAME_PIXELS = 1 << 30

_REQUIRED_V1 = ("header", "color", "jpeg_quality", "images", "dim_sizes", "metadata")
_REQUIRED = {HEADER_V1: _REQUIRED_V1, HEADER_V2: (*_REQUIRED_V1, "codec", "codec_options")}


@dataclass(frozen=True)
class StackInfo:
    r"""What a file says about a stack, apart from its frames.

    Attributes
    ----------
    color : bool
        Whether frames are RGB.
    jpeg_quality : int
        0 to 100; informative.
    dim_sizes : tuple of int
        Length of each dim.
    dim_names : tuple of str
        One unique name per dim.
    metadata : dict
        Plain data of the user.
    frame_shape : tuple of int or None
        (height, width); None where only the frames say it.
    codec, codec_options
        How frames are encoded; anything but `V1_CODEC` makes a file of format v2.
    display_range : ndarray of float64 or None
        Original intensities that map to 0 and 255, shape (\*s, 2) where s broadcasts with `dim_sizes`.
    source_dtype : str or None
        NumPy dtype string of the original data, e.g. ``"<u2"``.
    fidelity : Fidelity or None
        What is on record of how much frames lost.
    labels : tuple of StoredLabels
        Label images over the frames.
    """

    color: bool
    jpeg_quality: int
    dim_sizes: tuple[int, ...]
    dim_names: tuple[str, ...]
    metadata: dict[str, Any]
    frame_shape: tuple[int, int] | None
    codec: str = V1_CODEC
    codec_options: dict[str, Any] = field(default_factory=dict)
    display_range: NDArray[np.float64] | None = None
    source_dtype: str | None = None
    fidelity: Fidelity | None = None
    labels: tuple[StoredLabels, ...] = ()

    @property
    def header(self) -> tuple[str, str]:
        """The magic word and the format version."""
        return HEADER_V1 if self.codec == V1_CODEC else HEADER_V2

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return math.prod(self.dim_sizes)


def parse_info(top: Mapping[str, Any]) -> StackInfo:
    """Return what the fields beside `images` say.

    Raises
    ------
    FormatError
        If a field is missing or is not what it must be.
    """
    header = _parse_header(top.get("header"))
    for name in _REQUIRED[header]:
        if name not in top:
            raise FormatError(f"{name}: missing from the dict in the file")
    unknown = [repr(name) for name in top if name not in (*_REQUIRED[header], "dim_names")]
    if unknown:
        warn(f"unknown fields in the file are ignored: {', '.join(unknown[:5])[:200]}")
    dim_sizes = parse_dim_sizes(top["dim_sizes"])
    codec = _parse_codec(top["codec"]) if header == HEADER_V2 else V1_CODEC
    options = _parse_options(top["codec_options"]) if header == HEADER_V2 else {}
    return StackInfo(
        color=_parse_color(top["color"]),
        jpeg_quality=_parse_quality(top["jpeg_quality"]),
        dim_sizes=dim_sizes,
        dim_names=_parse_dim_names(top.get("dim_names"), len(dim_sizes)),
        metadata=_parse_dict("metadata", top["metadata"]),
        frame_shape=_parse_frame_shape(options.get(FRAME_SHAPE)) if codec.startswith(CUSTOM) else None,
        codec=codec,
        codec_options=options,
    )


def is_possible_frame(height: int, width: int) -> bool:
    """Return whether a frame of that many pixels can be: not none, and not more than the limit."""
    return height > 0 and width > 0 and height * width <= MAX_FRAME_PIXELS


def checked_top(top: Any) -> dict[str, Any]:
    """Return the outermost object of a file, having checked that it is the dict of a JPkl file."""
    if not isinstance(top, dict):
        raise FormatError(f"not a JPkl file: it holds {describe_type(top)}, not a dict with a 'header'")
    if b"header" in top:
        raise FormatError("not a JPkl file: the keys of its dict are bytes, not str, as 'header' has to be")
    if "header" not in top:
        raise FormatError("not a JPkl file: its dict has no 'header'")
    return top


def _parse_header(header: Any) -> tuple[str, str]:
    texts = isinstance(header, (tuple, list)) and len(header) == 2 and all(isinstance(x, str) for x in header)
    if not texts or header[0] != "JPkl":
        raise FormatError(f"header: must be ('JPkl', version), not {_describe_value(header)}")
    if tuple(header) not in _REQUIRED:
        raise UnsupportedVersionError(
            f"header: format version {header[1][:20]!r} is not known; this release of jpkl reads 1 and 2"
        )
    return header[0], header[1]


def _parse_color(color: Any) -> bool:
    if not isinstance(color, (bool, np.bool_)):
        raise FormatError(f"color: must be True or False, not {_describe_value(color)}")
    return bool(color)


def _parse_quality(quality: Any) -> int:
    if not _is_int(quality) or not 0 <= quality <= 100:
        raise FormatError(f"jpeg_quality: must be an int from 0 to 100, not {_describe_value(quality)}")
    return int(quality)


def parse_dim_sizes(sizes: Any) -> tuple[int, ...]:
    """Return `dim_sizes` as ints.

    Raises
    ------
    FormatError
        If they are not what they must be.
    """
    if not isinstance(sizes, (tuple, list)) or not all(_is_int(size) and size >= 0 for size in sizes):
        raise FormatError(f"dim_sizes: must be a tuple of ints >= 0, not {_describe_value(sizes)}")
    if len(sizes) > MAX_DIMS:
        raise FormatError(f"dim_sizes: {len(sizes)} dims; up to {MAX_DIMS} are supported")
    return tuple(int(size) for size in sizes)


def _parse_dim_names(names: Any, n_dims: int) -> tuple[str, ...]:
    """Check the names' types; a wrong number of names or equal ones is put right."""
    if names is not None and not isinstance(names, (list, tuple)):
        raise FormatError(f"dim_names: must be a list of str, not {_describe_value(names)}")
    for name in names or ():
        if not isinstance(name, str):
            raise FormatError(f"dim_names: must be a list of str; one of them is {describe_type(name)}")
    return resolve_dim_names(names, n_dims)


def _parse_dict(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormatError(f"{name}: must be a dict, not {_describe_value(value)}")
    return value


def _parse_options(value: Any) -> dict[str, Any]:
    options = _parse_dict("codec_options", value)
    if not all(isinstance(key, str) for key in options):
        raise FormatError("codec_options: its keys must be str")
    return options


def _parse_codec(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise FormatError(f"codec: must be the name of a codec, not {_describe_value(name)}")
    return name


def _parse_frame_shape(shape: Any) -> tuple[int, int] | None:
    """Check the shape of custom frames; files of earlier releases lack it."""
    if shape is None:
        return None
    is_pair = isinstance(shape, (tuple, list)) and len(shape) == 2
    if not is_pair or not all(map(_is_int, shape)) or not is_possible_frame(*shape):
        raise FormatError(
            f"codec_options: {FRAME_SHAPE} must be (height, width), not {_describe_value(shape)}"
        )
    return int(shape[0]), int(shape[1])


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _describe_value(value: Any) -> str:
    """Return a description of a wrong value that stays short whatever the value."""
    if isinstance(value, (tuple, list)):
        shown = [_describe_value(item) if is_scalar(item) else describe_type(item) for item in value[:5]]
        items = ", ".join(shown)
        items += ", ..." if len(value) > 5 else ""
        return f"({items})" if isinstance(value, tuple) else f"[{items}]"
    if isinstance(value, (str, bytes)):
        return repr(value[:40])
    if value is None or isinstance(value, (bool, float)) or (_is_int(value) and abs(value) < 10**20):
        return repr(value)
    return describe_type(value)


# -- frames --------------------------------------------------------------------------------------------


def parse_images(images: Any, dim_sizes: tuple[int, ...]) -> FrameTable:
    """Return the `images` of a file as a table whose keys are frame indices.

    Raises
    ------
    FormatError
        If a key or a frame is not what it must be.
    """
    if isinstance(images, dict):
        images = table_of((key, _unwrapped(frame)) for key, frame in images.items())
    if not isinstance(images, FrameTable):
        raise FormatError(f"images: must be a dict, not {_describe_value(images)}")
    for key, frame in images.misfits.items():
        raise FormatError(_why_no_frame(key, frame, len(dim_sizes)))
    if len(images) and images.n_dims != len(dim_sizes):
        raise FormatError(
            f"images: key {images.key(0)} does not have one index for each of dim_sizes {dim_sizes}"
        )
    return images


def _unwrapped(frame: Any) -> Any:
    return frame.getvalue() if isinstance(frame, io.BytesIO) else frame


def _why_no_frame(key: Any, frame: Any, n_dims: int) -> str:
    indices = frame_key(key)
    if indices is None:
        return f"images: a key must be a tuple of ints, not {_describe_value(key)}"
    if len(indices) != n_dims:
        return f"images: key {tuple(indices[:8])} does not have one index for each of {n_dims} dims"
    return f"images: frame {tuple(indices)} is {_describe_value(frame)}, not bytes"


def order_of(columns: FrameColumns, dim_sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return which row of the columns each frame is in, by frame number.

    Raises
    ------
    FormatError
        Unless there is exactly one frame at each index.
    """
    keys, n_frames = columns.keys, math.prod(dim_sizes)
    inside = ((keys >= 0) & (keys < np.array([min(size, 2**62) for size in dim_sizes], np.int64))).all(axis=1)
    if not inside.all():
        key = tuple(keys[np.argmin(inside)].tolist())
        raise FormatError(f"images: frame {key} is outside of dim_sizes {dim_sizes}")
    if n_frames > 2**62:
        raise FormatError(f"images: {len(keys)} frames where dim_sizes {dim_sizes} ask for {n_frames}")
    numbers = frame_numbers(keys, dim_sizes)
    order = np.argsort(numbers, kind="stable")
    ranked = numbers[order]
    if (ranked[1:] == ranked[:-1]).any():
        raise FormatError(
            f"images: frame {tuple(keys[order[np.argmin(np.diff(ranked))]].tolist())} appears twice"
        )
    if len(ranked) < n_frames:
        raise FormatError(_what_is_missing(ranked, dim_sizes))
    return order


def _what_is_missing(ranked: NDArray[np.int64], dim_sizes: tuple[int, ...]) -> str:
    n_frames = math.prod(dim_sizes)
    gaps = np.flatnonzero(ranked != np.arange(len(ranked)))
    first = index_of(int(gaps[0]) if len(gaps) else len(ranked), dim_sizes)
    return (
        f"images: {n_frames - len(ranked)} of {n_frames} frames are missing, the first at {first}; "
        "`jpkl recover` makes a stack of the part that is complete"
    )
