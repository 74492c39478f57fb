"""`recover`: make a whole stack of what a broken file still holds."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, LocalFile, MemoryBytes, open_bytes
from jpkl._codecs.codec import Codec
from jpkl._codecs.stored import codec_of
from jpkl._dims import frame_number, frame_numbers, index_of
from jpkl._errors import FormatError, FrameError, JPklWarning, UnsupportedVersionError
from jpkl._fidelity import SECTION, Fidelity, parse_fidelity
from jpkl._file.columns import pages_of
from jpkl._file.label_log import LoggedLabels, log_path, read_label_log
from jpkl._file.labels import TABLES_SECTION, LabelTableError, StoredLabels, parse_tables
from jpkl._file.origin import read_origin
from jpkl._file.parts import kept
from jpkl._file.schema import FIELDS, HEADER_V1, HEADER_V2, StackInfo, parse_dim_sizes, parse_info
from jpkl._file.trailer import Trailer, TrailerError, find_label_sections, read_trailer
from jpkl._file.writing import write_stack
from jpkl._labels.frames import GroupWriter, regrouped
from jpkl._labels.payload import encode_payload
from jpkl._pickle import PickleReader, resolve
from jpkl._pickle.values import FrameTable, Span
from jpkl._text import count

# Values of fields that a broken file lacks.
_DEFAULTS: dict[str, Any] = {
    "header": HEADER_V1,
    "color": False,
    "jpeg_quality": 90,
    "images": {},
    "dim_names": None,
    "metadata": {},
}


#: More than any file has; beyond, 64 bits could not number them.
_MOST_FRAMES = 1 << 62

_V2_FIELDS = ("header", "codec", "codec_options")


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
        lines = [
            f"{self.n_recovered:,} of {count(n_frames, 'frame')} recovered: dim_sizes {self.dim_sizes}, "
            f"{self.old_dim_sizes} before"
        ]
        if self.n_missing:
            number = "1 frame is" if self.n_missing == 1 else f"{self.n_missing:,} frames are"
            lines.append(f"{number} missing or damaged, the first at index {self.first_missing}")
        if self.n_unreadable:
            number = "1 of them is" if self.n_unreadable == 1 else f"{self.n_unreadable:,} of them are"
            lines.append(f"{number} there, but damaged")
        if self.n_unused:
            number = "1 whole frame is" if self.n_unused == 1 else f"{self.n_unused:,} whole frames are"
            lines.append(f"{number} left out, because others beside them are missing")
        for name, (n_there, n_all) in self.labels.items():
            rest = "" if n_there == n_all else "; the others have no object"
            lines.append(f"labels {name!r}: {n_there} of {count(n_all, 'frame')} recovered{rest}")
        if self.guessed:
            lines.append(f"the file has no usable {', '.join(self.guessed)}; defaults are used")
        return "\n".join(lines)


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


def remains(path: str | PathLike[str]) -> Remains:
    """Find what a broken file holds, to choose what to `recover`.

    Parameters
    ----------
    path : path-like
        The file; it is only read.

    Returns
    -------
    Remains
        How many frames are there, of how many.

    Raises
    ------
    FormatError
        If it is not a JPkl file, or has no whole frame.
    OSError
        If it cannot be read.
    """
    source = open_bytes(path)
    try:
        salvage, info, _ = _find(source)
        _, rows = salvage.in_order(info.dim_sizes)
        first = salvage.frame(int(rows[0])) if len(rows) else None
        shape = None if first is None else _FrameChecker(source, salvage, info).shape_of(first)
        with _log_beside(source, info.dim_sizes, shape) as log:
            labels = {each.name: (len(each.places), each.n_frames) for each in log.labels}
    except FormatError as error:
        error.path = error.path or fspath(path)
        raise
    finally:
        source.close()
    return Remains(len(rows), info.n_frames, shape, info.dim_sizes, info.dim_names, labels)


def recover(
    broken_path: str | PathLike[str],
    out_path: str | PathLike[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> RecoverReport:
    """Write a whole stack of the frames that a broken file still holds.

    Works on files that were cut off anywhere, on the ``.part`` files of a `JPklWriter`, and on files
    with missing or damaged frames; they may have been written by JPkl or by ``pickle.dump``.

    The labels of a `JPklWriter` are read from ``NAME.xxxxxxxx.part.labels`` beside its own file, if that is
    there; frames of which there are none have no object.

    The first dim is cut to the part that is complete. If not even its first step is, it is cut to
    one and the next dim is cut to its complete part, and so on. Fields that the file does not hold
    (``pickle.dump`` puts some of them behind the frames) are replaced: sizes by those that the
    frames reach, names by ``dim0``, ``dim1``, ..., metadata by nothing, quality by 90.

    Parameters
    ----------
    broken_path : path-like or URL
        Only read.
    out_path : path-like
        The file to write.
    storage_options : mapping, optional
        Of a URL, what its file system of fsspec takes: credentials, headers, ``{"anon": True}``.

    Returns
    -------
    RecoverReport
        What was found and written; ``str()`` of it is a summary in a few lines.

    Raises
    ------
    FormatError
        If the first frame is not there, so that nothing can be made of the others.
    """
    source = open_bytes(broken_path, storage_options)
    try:
        with kept(broken_path):  # it may be one that the next save to this name removes
            return _recover(source, out_path)
    except FormatError as error:
        error.path = error.path or source.label
        raise
    finally:
        source.close()


def _recover(source: ByteSource, out_path: str | PathLike[str]) -> RecoverReport:
    salvage, info, guessed = _find(source)
    numbers, rows = salvage.in_order(info.dim_sizes)
    checker = _FrameChecker(source, salvage, info)
    found = zip(_ints(numbers), _ints(rows), strict=True)
    judged = (checker.accepts(number, salvage.frame(row)) for number, row in found)
    good = np.fromiter(judged, bool, len(rows))
    n_first = _leading(numbers[good])
    sizes = _complete_part(n_first, info.dim_sizes)
    n_kept, kept = math.prod(sizes), rows[good]
    frames = (_read(salvage.frame(row), source) for row in _ints(kept[:n_kept]))
    new = checker.describe(sizes)
    labels = {each.name: (each.n_frames, each.n_frames) for each in new.labels}
    if not labels:
        new, labels = _with_logged_labels(source, new, info.dim_sizes)
    write_stack(out_path, new, frames)
    return RecoverReport(
        dim_sizes=sizes,
        old_dim_sizes=info.dim_sizes,
        n_recovered=n_kept,
        n_missing=info.n_frames - len(kept),
        n_unreadable=len(rows) - len(kept),
        n_unused=len(kept) - n_kept,
        first_missing=index_of(n_first, info.dim_sizes) if n_first < info.n_frames else None,
        guessed=guessed,
        labels=labels,
    )


def _ints(numbers: NDArray[np.int64]) -> Iterator[int]:
    """Iterate over ints, of which few are there at a time."""
    return (number for page in pages_of(numbers) for number in page.tolist())


# -- finding -------------------------------------------------------------------------------------------


def _find(source: ByteSource) -> tuple[_Salvage, StackInfo, tuple[str, ...]]:
    """Return what is in a broken file, what it is meant to be, and the fields that are guessed."""
    salvage = _salvage_by_trailer(source) or _salvage_by_walking(source)
    if not len(salvage.keys):
        raise FormatError("no whole frame is in this file, so there is nothing to recover")
    return salvage, *_describe(salvage)


@dataclass(eq=False)
class _Salvage:
    """What was found: fields as plain data, keys of frames, where they are, and the trailer if it is whole.

    Of one that is not, tables and place of the label images, if they are there.

    A file may have millions of frames: none of them is an object before it is looked at.
    """

    fields: dict[str, Any]
    keys: NDArray[np.int64]
    frame: Callable[[int], Span | bytes]
    trailer: Trailer | None = None
    labels: tuple[bytes, tuple[int, int]] | None = None

    def in_order(self, dim_sizes: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the frames within `dim_sizes`, and the row of each; of two, the last."""
        inside = np.flatnonzero(((self.keys >= 0) & (self.keys < np.array(dim_sizes, np.int64))).all(axis=1))
        numbers = frame_numbers(self.keys[inside], dim_sizes)
        if (numbers[1:] > numbers[:-1]).all():
            return numbers, inside
        order = np.argsort(numbers, kind="stable")
        numbers, rows = numbers[order], inside[order]
        is_last = np.append(numbers[1:] != numbers[:-1], True)[: len(numbers)]
        return numbers[is_last], rows[is_last]


def _salvage_by_trailer(source: ByteSource) -> _Salvage | None:
    """Find frames by a whole trailer, which holds even where the pickle before it is damaged."""
    try:
        trailer = read_trailer(source)
    except TrailerError:
        return None
    if trailer is None or trailer.head_length > trailer.offset:
        return None
    head = source.read_at(0, trailer.head_length)
    if crc32(head) != trailer.head_checksum:
        return None
    fields = _salvage_by_walking(MemoryBytes(head)).fields
    try:
        sizes = parse_dim_sizes(fields.get("dim_sizes"))
    except FormatError:
        return None
    reach = np.asarray(trailer.offsets) + np.asarray(trailer.lengths)
    if math.prod(sizes) != len(reach) or (reach > trailer.offset).any():
        return None
    axes = np.unravel_index(np.arange(len(reach)), sizes) if sizes else ()
    keys = np.stack(axes, axis=1) if axes else np.zeros((len(reach), 0), np.int64)

    def frame(row: int) -> Span:
        return Span(int(trailer.offsets[row]), int(trailer.lengths[row]))

    return _Salvage(fields, keys.astype(np.int64, copy=False), frame, trailer)


def _salvage_by_walking(source: ByteSource) -> _Salvage:
    """Read opcodes for as long as they make sense."""
    reader = PickleReader(source, salvaging=True)
    objects = reader.salvage()
    if not objects or type(objects[0]) is not dict:
        raise FormatError("not a JPkl file: it does not begin with a dict")
    fields = _pending_fields(objects[1:]) | objects[0]
    table = fields.pop("images", None)
    frames = FrameTable()
    if isinstance(table, FrameTable):
        frames = table
        for key, frame in _pairs(_after(table, objects)):
            frames.set(key, frame)
    keys = frames.keys()
    labels = find_label_sections(source, reader.position)  # nothing, if the pickle is cut off
    return _Salvage(_plain_fields(fields, source), keys, frames.frame, labels=labels)


def _pending_fields(objects: list[Any]) -> dict[str, Any]:
    """Return the fields that were read but not yet put into the dict.

    What follows the last of them are its own items, so that it is not whole.
    """
    fields: dict[str, Any] = {}
    last = None
    for name, value in _pairs(objects):
        if type(name) is not str or name not in (*FIELDS, "images") or name in fields:
            break
        last, fields[name] = name, value
    if last is not None and isinstance(fields[last], (dict, list)):
        del fields[last]
    return fields


def _pairs(objects: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Return what would have become a dict's items; the last key may have no value yet."""
    return zip(objects[::2], objects[1::2], strict=False)


def _after(table: FrameTable, objects: list[Any]) -> list[Any]:
    """Return the objects above the table on the stack: frames that were not put into it yet."""
    places = [i for i, item in enumerate(objects) if item is table]
    return objects[places[0] + 1 :] if places else []


def _plain_fields(fields: dict[str, Any], source: ByteSource) -> dict[str, Any]:
    """Return those fields that can be read to their end."""
    plain = {}
    for name in FIELDS:
        if name in fields:
            try:
                plain[name] = resolve(fields[name], source)
            except FormatError:
                continue
    return plain


# -- judging -------------------------------------------------------------------------------------------


def _describe(salvage: _Salvage) -> tuple[StackInfo, tuple[str, ...]]:
    """Return what the file says, and the names of the fields that have defaults."""
    reached = tuple(size + 1 for size in salvage.keys.max(axis=0).tolist())
    if not _can_be_sizes(reached, len(reached)):
        own = parse_dim_sizes(salvage.fields.get("dim_sizes"))
        if not _can_be_sizes(own, len(reached)):
            raise FormatError(
                f"frames have indices up to {tuple(size - 1 for size in reached)}, which cannot be"
            )
        reached = own
    usable = {**_DEFAULTS, "dim_sizes": reached}
    if salvage.fields.get("header") == HEADER_V2:
        usable |= {name: value for name, value in salvage.fields.items() if name in _V2_FIELDS}
    guessed = []
    for name in FIELDS[:6]:
        trial = usable | {name: salvage.fields.get(name)}
        try:
            fits = name in salvage.fields and _can_be_sizes(parse_info(trial).dim_sizes, len(reached))
        except FormatError:
            fits = False
        if fits:
            usable = trial
        else:
            guessed.append(name)
    return parse_info(usable), tuple(guessed)


def _can_be_sizes(dim_sizes: tuple[int, ...], n_dims: int) -> bool:
    return len(dim_sizes) == n_dims and max((*dim_sizes, math.prod(dim_sizes))) <= _MOST_FRAMES


class _FrameChecker:
    """Distinguishes whole frames from damaged ones: by checksum where there is one, else by decoding."""

    def __init__(self, source: ByteSource, salvage: _Salvage, info: StackInfo) -> None:
        self._source = source
        self._trailer = salvage.trailer
        self._labels = salvage.labels
        self._info = info
        self._codec = _codec_or_none(info)
        self._shape: tuple[int, ...] | None = None

    def accepts(self, number: int, frame: Span | bytes) -> bool:
        """Return whether a frame is whole, and of the same shape as those before it."""
        try:
            data = _read(frame, self._source)
            if self._trailer is not None:
                return crc32(data) == int(self._trailer.checksums[number])
            return self._codec is None or self._decodes(self._codec, data)
        except (FormatError, FrameError):
            return False

    def shape_of(self, frame: Span | bytes) -> tuple[int, ...] | None:
        """Return the shape of a frame as its first bytes have it."""
        try:
            return self._codec.shape(_read(frame, self._source)) if self._codec is not None else None
        except (FormatError, FrameError):
            return None

    def _decodes(self, codec: Codec, data: bytes) -> bool:
        shape = codec.shape(data)
        if self._shape is not None and shape != self._shape:
            return False
        codec.decode(data, shape)
        self._shape = shape
        return True

    def describe(self, dim_sizes: tuple[int, ...]) -> StackInfo:
        """Return what to write into the new file, of which the frames say shape and color."""
        info = replace(self._info, dim_sizes=dim_sizes)
        if self._trailer is not None:
            origin = self._trailer
            return replace(
                info,
                frame_shape=origin.frame_shape,
                display_range=_cut_range(origin.display_range, dim_sizes),
                source_dtype=origin.source_dtype,
                fidelity=_cut_fidelity(origin, self._info.dim_sizes, dim_sizes),
                labels=self._labels_of(dim_sizes, origin.frame_shape),
            )
        display_range, dtype = read_origin(self._source, self._info.dim_sizes)
        info = replace(info, display_range=_cut_range(display_range, dim_sizes), source_dtype=dtype)
        if self._shape is not None:
            shape = self._shape[0], self._shape[1]
            labels = self._labels_of(dim_sizes, shape)
            return replace(info, color=len(self._shape) == 3, frame_shape=shape, labels=labels)
        return info

    def _labels_of(
        self, dim_sizes: tuple[int, ...], shape: tuple[int, int] | None
    ) -> tuple[StoredLabels, ...]:
        found = self._labels
        if self._trailer is not None and self._trailer.label_span is not None:
            found = self._trailer.sections.get(TABLES_SECTION, b""), self._trailer.label_span
        if found is None or shape is None:
            return ()
        return _cut_labels(found, shape, self._source, self._info.dim_sizes, dim_sizes)


def _codec_or_none(info: StackInfo) -> Codec | None:
    """Return the codec of the frames, or None where this installation does not have it."""
    try:
        return codec_of(info)
    except UnsupportedVersionError:
        return None


def _read(frame: Span | bytes, source: ByteSource) -> bytes:
    return frame if isinstance(frame, bytes) else bytes(frame.read(source))  # type: ignore[arg-type]


def _cut_range(
    display_range: NDArray[np.float64] | None, dim_sizes: tuple[int, ...]
) -> NDArray[np.float64] | None:
    if display_range is None:
        return None
    return display_range[tuple(slice(0, size) for size in dim_sizes)]


def _cut_fidelity(origin: Trailer, before: tuple[int, ...], dim_sizes: tuple[int, ...]) -> Fidelity | None:
    """Return what is on record of the frames that are left."""
    fidelity = parse_fidelity(origin.sections.get(SECTION), math.prod(before))
    if fidelity is None or dim_sizes == before:
        return fidelity
    return fidelity.of_frames([frame_number(index, before) for index in np.ndindex(dim_sizes)])


def _cut_labels(
    sections: tuple[bytes, tuple[int, int]],
    shape: tuple[int, int],
    source: ByteSource,
    before: tuple[int, ...],
    dim_sizes: tuple[int, ...],
) -> tuple[StoredLabels, ...]:
    """Return the label images of the frames that are left; none where one of them is damaged there."""
    tables, span = sections
    try:
        found = parse_tables(tables, before, shape, source, span)
        return tuple(regrouped(stored, shape, [slice(size) for size in dim_sizes]) for stored in found)
    except (LabelTableError, FrameError) as error:
        warnings.warn(f"{source.label}: the label images are left out: {error}", JPklWarning, stacklevel=2)
        return ()


# -- labels that a writer has left ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Log:
    """What is left of labels, and what has their bytes."""

    labels: tuple[LoggedLabels, ...]
    source: ByteSource


@contextmanager
def _log_beside(
    source: ByteSource, dim_sizes: tuple[int, ...], shape: tuple[int, ...] | None
) -> Iterator[_Log]:
    """Read the labels beside the temporary file of a writer, if there are any."""
    path = log_path(Path(source.name)) if isinstance(source, LocalFile) and source.name else None
    if path is None or shape is None or not path.is_file():
        yield _Log((), source)
        return
    with closing(LocalFile(path)) as file:
        try:
            labels = read_label_log(file, dim_sizes, (shape[0], shape[1]))
        except LabelTableError as error:
            warnings.warn(f"{file.label}: the labels are left out: {error}", JPklWarning, stacklevel=4)
            labels = ()
        yield _Log(labels, file)


def _with_logged_labels(
    source: ByteSource, new: StackInfo, before: tuple[int, ...]
) -> tuple[StackInfo, dict[str, tuple[int, int]]]:
    """Return a stack with the labels that its writer has left, and how many frames of each are there."""
    with _log_beside(source, before, new.frame_shape) as log:
        found = [_labels_from_log(each, log.source, new) for each in log.labels]
    numbers = {each.name: (n_there, each.n_frames) for each, n_there in found}
    return replace(new, labels=tuple(each for each, _ in found)), numbers


def _labels_from_log(logged: LoggedLabels, source: ByteSource, new: StackInfo) -> tuple[StoredLabels, int]:
    """Return the labels of the frames of a stack that are left, and how many of these are in the log."""
    assert new.frame_shape is not None
    sizes = tuple(min(own, size) for own, size in zip(logged.sizes, new.dim_sizes, strict=True))
    file, n_there = BytesIO(), 0
    writer = GroupWriter(logged.name, logged.dtype, sizes, new.frame_shape, file)
    blank = encode_payload(np.zeros(new.frame_shape, logged.dtype))
    for number, index in enumerate(np.ndindex(sizes)):
        place = logged.places.get(frame_number(index, logged.sizes))
        writer.add(number, blank if place is None else source.read_at(*place))
        n_there += place is not None
    return writer.result(MemoryBytes(file.getvalue())), n_there


# -- cutting -------------------------------------------------------------------------------------------


def _leading(numbers: NDArray[np.int64]) -> int:
    """Return how many of ascending numbers are 0, 1, 2, ... without a gap."""
    gaps = np.flatnonzero(numbers != np.arange(len(numbers)))
    return int(gaps[0]) if len(gaps) else len(numbers)


def _complete_part(n_first: int, dim_sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sizes of the largest leading part that is complete, cutting the first dim if possible.

    In it, frames have the numbers that they have in the whole.

    Parameters
    ----------
    n_first : int
        Frames that are there before the first that is missing, in C order.
    dim_sizes : tuple of int
        Length of each dim of the whole.

    Examples
    --------
    >>> _complete_part(3, (2, 2)), _complete_part(2, (2, 3))
    ((1, 2), (1, 2))
    """
    if not n_first:
        raise FormatError("the first frame is missing or damaged, so nothing can be made of the others")
    if not dim_sizes:
        return ()
    slab = math.prod(dim_sizes[1:])
    if n_first >= slab:
        return (n_first // slab, *dim_sizes[1:])
    return (1, *_complete_part(n_first, dim_sizes[1:]))
