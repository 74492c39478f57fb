"""Label images as an argument: checked against the images that they are for, and encoded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, combinations, islice
from typing import IO, Any

import numpy as np

from jpkl._bytes import FileObject, MemoryBytes
from jpkl._dims import channel_dim, frame_number
from jpkl._file.labels import StoredLabels, check_name, check_number
from jpkl._labels.frames import GroupWriter
from jpkl._labels.payload import encode_payload
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.array_likes import as_array, is_labeled
from jpkl._source.axes import FRAME_AXES, OME_DIM_NAMES, AxesLayout
from jpkl._source.blocks import BLOCK_NBYTES, Block, ImageArray, contiguous_frames
from jpkl._text import by

#: Bytes of labels that wait in memory before they go to a temporary file.
_SPOOL_NBYTES = 64 << 20
#: Ways in which an array can lack axes, of which all are tried.
_MOST_WAYS = 10_000

#: What an axis is: these, or the number of a dim. Others have one index.
Y, X = -2, -1
_OTHER = -3


@dataclass(frozen=True)
class ImageAxes:
    """The axes of images, with which those of labels are compared.

    Attributes
    ----------
    roles : tuple of int
        What each axis is, but for that of RGB: `Y`, `X`, or the number of a dim.
    sizes : tuple of int
        Their lengths.
    dim_names : tuple of str
        The dims in the order of the stack.
    """

    roles: tuple[int, ...]
    sizes: tuple[int, ...]
    dim_names: tuple[str, ...]

    @classmethod
    def of(cls, source: ImageArray, dim_names: Sequence[str]) -> ImageAxes:
        """Return the axes of an array."""
        layout = source.layout
        dims = zip(layout.order[layout.n_frame_axes :], range(len(dim_names)), source.dim_sizes, strict=True)
        height, width = source.frame_shape[:2]
        axes = sorted([(layout.order[0], Y, height), (layout.order[1], X, width), *dims])
        return cls(tuple(axis[1] for axis in axes), tuple(axis[2] for axis in axes), tuple(dim_names))

    @classmethod
    def of_stack(
        cls, frame_shape: Sequence[int], dim_sizes: Sequence[int], dim_names: Sequence[str]
    ) -> ImageAxes:
        """Return the axes of a stack, ``(height, width, *dims)``."""
        return cls((Y, X, *range(len(dim_sizes))), (*frame_shape[:2], *dim_sizes), tuple(dim_names))

    def frames_first(self) -> ImageAxes:
        """Return the same with Y and X as the last two."""
        order = sorted(range(len(self.roles)), key=lambda axis: self.roles[axis] < 0)
        return ImageAxes(
            tuple(self.roles[axis] for axis in order),
            tuple(self.sizes[axis] for axis in order),
            self.dim_names,
        )

    def size(self, role: int) -> int:
        """Return the length of an axis."""
        return self.sizes[self.roles.index(role)]

    def text(self) -> str:
        """Return names and lengths, for messages."""
        return ", ".join(
            f"{self.name(role)} {size}" for role, size in zip(self.roles, self.sizes, strict=True)
        )

    def name(self, role: int) -> str:
        """Return what an axis is called."""
        return {Y: "y", X: "x"}.get(role) or self.dim_names[role]


@dataclass(frozen=True)
class UnnamedAxes:
    """The array of an image file that does not name its axes: dims, then Y and X, as such files have them.

    Attributes
    ----------
    array : array-like
        Integers or bool.
    say : callable
        Takes what the user should know of it, where it could be read in another way, too.
    """

    array: Any
    say: Callable[[str], None]


@dataclass(frozen=True)
class LabelSource:
    """A label image to encode.

    Attributes
    ----------
    name : str
        What it is called.
    images : ImageArray
        Its frames, along those dims of the stack that it has.
    dims : tuple of int
        Numbers of the dims of the stack that it has, in the order of its frames.
    sizes : tuple of int
        Its frames along each dim of the stack.
    """

    name: str
    images: ImageArray
    dims: tuple[int, ...]
    sizes: tuple[int, ...]


def resolve_labels(labels: Mapping[str, Any] | None, axes: ImageAxes) -> tuple[LabelSource, ...]:
    """Check an argument ``labels`` against the images that it is for.

    Parameters
    ----------
    labels : mapping of str to array-like or to (axes, array-like), or None
        See `jpkl.JPkl`.
    axes : ImageAxes
        Of the images.

    Raises
    ------
    TypeError, ValueError
        If they do not fit; says which and why.
    """
    if labels is None:
        return ()
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels: a mapping from names to arrays, not {type(labels).__name__}")
    check_number(len(labels))
    return tuple(_resolve(name, given, axes) for name, given in labels.items())


def _resolve(name: Any, given: Any, axes: ImageAxes) -> LabelSource:
    check_name(name)
    letters, given = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
    try:
        array = as_array(given.array if isinstance(given, UnnamedAxes) else given)
    except TypeError as error:
        raise TypeError(f"labels {name!r}: {error}") from None
    if letters is None and is_labeled(array):
        letters = _names_of_axes(array, axes)
    if np.dtype(array.dtype).kind not in ("b", "u", "i"):
        raise ValueError(f"labels {name!r}: {array.dtype} values; labels are integers or bool")
    try:
        if letters is not None:
            roles = _roles_by_name(letters, array.shape, axes)
        elif isinstance(given, UnnamedAxes):
            roles = _roles_in_file(name, array.shape, axes, given.say)
        else:
            roles = _roles_by_size(array.shape, axes)
    except ValueError as error:
        raise ValueError(f"labels {name!r}: {error}") from None
    present = [dim for dim in range(len(axes.dim_names)) if dim in roles]
    others = [axis for axis, role in enumerate(roles) if role == _OTHER]
    order = (*(roles.index(role) for role in (Y, X, *present)), *others)
    images = ImageArray(array, AxesLayout(order, False, None))
    own = dict(zip(present, images.dim_sizes, strict=False))
    return LabelSource(
        name, images, tuple(present), tuple(own.get(dim, 1) for dim in range(len(axes.dim_names)))
    )


def _roles_in_file(
    name: str, shape: tuple[int, ...], axes: ImageAxes, say: Callable[[str], None]
) -> list[int]:
    """Return what the axes of a file are: frames first, unless they only fit in the order of stacks."""
    frames_first = axes.frames_first()
    in_file, in_stack = _ways(shape, frames_first), _ways(shape, axes)
    if in_stack and not in_file:
        return _roles_by_size(shape, axes)
    roles = _roles_by_size(shape, frames_first)
    if in_stack and in_stack != in_file:
        read_as = ", ".join(frames_first.name(role) for role in roles)
        say(
            f"labels {name!r}: the file names no axes, and its shape, {by(shape)}, fits in two orders; it is "
            f"read as {read_as} (NAME@TYX=FILE gives them)"
        )
    return roles


def _roles_by_size(shape: tuple[int, ...], axes: ImageAxes) -> list[int]:
    """Return what the axes of an array are: those of the images, in their order, without some dims."""
    found = _ways(shape, axes)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"shape {by(shape)} fits the images, {axes.text()}, in {len(found)} ways; {_GIVE_AXES}"
        )
    raise ValueError(
        f"shape {by(shape)} does not fit the images, {axes.text()}. It has the same axes in the same order, "
        f"without that of RGB and dims along which all are the same; or {_GIVE_AXES}"
    )


def _ways(shape: tuple[int, ...], axes: ImageAxes) -> list[list[int]]:
    """Return what the axes of an array can be; if it may lack the channel alone, only that."""
    n_lacking = len(axes.roles) - len(shape)
    dims = [role for role in axes.roles if role >= 0]
    found = []
    for lacking in islice(combinations(dims, n_lacking), _MOST_WAYS) if n_lacking >= 0 else ():
        roles = [role for role in axes.roles if role not in lacking]
        if _fits(shape, roles, axes):
            found.append(roles)
    channel = channel_dim(axes.dim_names)
    return [roles for roles in found if n_lacking == 1 and channel not in roles] or found


_GIVE_AXES = 'give its axes with it, e.g. ("ZYX", array) or --labels NAME@ZYX=FILE'


def _roles_by_name(letters: Any, shape: tuple[int, ...], axes: ImageAxes) -> list[int]:
    """Return what the axes of an array are, of which each has a letter or a name."""
    if not isinstance(letters, str | list | tuple) or not all(isinstance(name, str) for name in letters):
        raise ValueError(
            f'of two things, the first has to be the axes of the second, e.g. ("ZYX", array), not '
            f"{type(letters).__name__}; several arrays are several labels, each with its own name"
        )
    names = list(letters)
    if len(names) != len(shape):
        raise ValueError(
            f"axes {letters!r} name {len(names)} axes, but it has {len(shape)}: shape {by(shape)}"
        )
    roles = [_role(name, length, axes.dim_names) for name, length in zip(names, shape, strict=True)]
    known = [role for role in roles if role != _OTHER]
    if len(set(known)) != len(known) or Y not in roles or X not in roles:
        raise ValueError(f"axes {letters!r}: Y and X, and each dim once at most")
    if not _fits(shape, roles, axes):
        raise ValueError(f"shape {by(shape)} with axes {letters!r} does not fit the images, {axes.text()}")
    return roles


def _names_of_axes(array: Any, axes: ImageAxes) -> list[str] | None:
    """Return the names of the dims of a DataArray; None unless all of them are axes of the images."""
    names = [str(name) for name in array.dims]
    try:
        roles = [_role(name, length, axes.dim_names) for name, length in zip(names, array.shape, strict=True)]
    except ValueError:
        return None
    return names if Y in roles and X in roles else None


def _role(name: str, length: int, dim_names: Sequence[str]) -> int:
    if (axis := FRAME_AXES.get(name.lower())) in ("y", "x"):
        return Y if axis == "y" else X
    wanted = {name.lower(), OME_DIM_NAMES.get(name.upper(), name).lower()}
    found = [dim for dim, known in enumerate(dim_names) if known.lower() in wanted]
    if not found and length == 1:
        return _OTHER
    if len(found) != 1:
        raise ValueError(f"{name!r} is not an axis of the images: {', '.join(dim_names)}")
    return found[0]


def _fits(shape: tuple[int, ...], roles: Sequence[int], axes: ImageAxes) -> bool:
    return all(
        role == _OTHER or length == axes.size(role) or (role >= 0 and length == 1)
        for length, role in zip(shape, roles, strict=True)
    )


# -- encoding ------------------------------------------------------------------------------------------


def encode_labels(sources: Sequence[LabelSource], workers: int) -> tuple[StoredLabels, ...]:
    """Encode label images, in memory.

    Parameters
    ----------
    sources : sequence of LabelSource
        What to encode; masked pixels become 0.
    workers : int
        Threads.
    """
    encoded = []
    for source in sources:
        file = BytesIO()
        writer = _write(source, workers, file)
        encoded.append(writer.result(MemoryBytes(file.getvalue())))
    return tuple(encoded)


@contextmanager
def spooled_labels(sources: Sequence[LabelSource], workers: int) -> Iterator[tuple[StoredLabels, ...]]:
    """Encode label images as `encode_labels` does, but what is large into temporary files, for a while."""
    with ExitStack() as files:
        encoded = []
        for source in sources:
            file = files.enter_context(tempfile.SpooledTemporaryFile(_SPOOL_NBYTES))
            encoded.append(_write(source, workers, file).result(FileObject(file)))
        yield tuple(encoded)


def _write(source: LabelSource, workers: int, file: IO[bytes]) -> GroupWriter:
    images = source.images
    height, width = images.frame_shape[:2]
    dtype = images.dtype.newbyteorder("<")
    writer = GroupWriter(source.name, dtype, source.sizes, (height, width), file)
    work = _encoder(images, dtype)
    with closing(ordered_map(work, images.blocks(BLOCK_NBYTES), workers=workers)) as results:
        for number, payload in chain.from_iterable(results):
            writer.add(number, payload)
    return writer


def _encoder(images: ImageArray, dtype: np.dtype[Any]) -> Callable[[Block, Stop], list[tuple[int, bytes]]]:
    """Return what encodes the frames of a block: their numbers, and their bytes."""

    def encode(block: Block, stop: Stop) -> list[tuple[int, bytes]]:
        frames = contiguous_frames(np.ma.filled(images.read(block), 0), 2)
        frames = frames.reshape(-1, *images.frame_shape[:2]).astype(dtype, copy=False)
        encoded = []
        for frame, index in zip(frames, block.frame_indices(), strict=True):
            stop.check()
            encoded.append((frame_number(index, images.dim_sizes), encode_payload(frame)))
        images.release()
        return encoded

    return encode
