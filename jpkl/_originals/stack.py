"""Stacks of originals: encoded frame by frame as they are asked for, or opened from the cache folder."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import IO, Self, cast

from jpkl._array import JPkl
from jpkl._encoding.aim import aimed
from jpkl._encoding.encode import write_encoded
from jpkl._encoding.options import EncodeArguments, MakeBar, resolve_options
from jpkl._errors import FormatError, FrameChecksumError, JPklError
from jpkl._file.parts import warn_of_left_frames
from jpkl._file.stores import FileFrames
from jpkl._originals.frames import OriginalFrames
from jpkl._originals.kept import KeptFile
from jpkl._originals.original import Fingerprint, Original, Request
from jpkl._originals.preview import first_range
from jpkl._text import count, frame_kind


class OriginalStack(JPkl):
    """What `jpkl.open` makes of a file that is no JPkl file.

    It is indexed as any stack. A frame is read and encoded when it is asked for first, and kept in memory
    within a budget. `save` encodes all of them.

    Attributes
    ----------
    is_range_exact : bool
        Whether `display_range` is the one that encoding the whole original gives. If not, it was estimated
        from some frames, so that looking can begin at once; what exceeds it is clipped. A stack that `save`
        has written has the exact one.
    target : Path or None
        Where the viewer keeps the stack once it has encoded all of it; None is the cache folder.
    """

    is_range_exact: bool
    target: Path | None = None

    @classmethod
    def of(cls, original: Original) -> Self:
        """Open a stack of an original, which it closes.

        Parameters
        ----------
        original : Original
            The opened image file.

        Returns
        -------
        OriginalStack
            The stack, no frame of which has been encoded.

        Raises
        ------
        ValueError, TypeError
            If the arguments of the request do not fit the images, or the target is not reached; names the
            original.
        """
        try:
            with _naming(original.request.path):
                return cls._of(original)
        except BaseException:
            original.source.close()
            raise

    @classmethod
    def _of(cls, original: Original) -> Self:
        is_remote = original.request.is_remote
        # Fitting tables would have the first picture wait for a sample of frames to come.
        by_default: EncodeArguments = {"jpeg_tables": "standard"} if is_remote else {}
        arguments: EncodeArguments = {**by_default, **original.encode_arguments()}
        options = resolve_options(original.source.array, **arguments)
        limits, is_exact = first_range(options, is_remote=is_remote)
        options = aimed(options, limits)
        info = options.describe(limits)
        stack = cls.__new__(cls)
        stack.is_range_exact = is_exact
        stack._codec = options.codec
        stack._assemble(info, OriginalFrames(original, options, info), options.workers)
        return stack

    @property
    def original(self) -> Original:
        """The original."""
        return self.frames.original

    @property
    def is_current(self) -> bool:
        """Whether the original is still what was opened."""
        try:
            self.original.check_unchanged()
        except FormatError:
            return False
        return True

    @property
    def frames(self) -> OriginalFrames:
        """The frames, and who of those that want them goes first."""
        return cast("OriginalFrames", self._store)

    @property
    def compressed_nbytes(self) -> int:
        """Bytes that all encoded frames may take, by those that were encoded so far."""
        return super().compressed_nbytes

    def save(self, path: str | PathLike[str] | IO[bytes], *, progress: bool | MakeBar = False) -> None:
        """Encode the whole original into a file: the same that ``jpkl encode`` writes.

        The file appears under its name only when it is complete.

        Parameters
        ----------
        path : path-like or binary file
            As for `JPkl.save`.
        progress : bool or callable
            Whether to show a progress bar; or what makes one.

        Raises
        ------
        FormatError
            If the original has changed since it was opened.
        ValueError, OSError
            If it cannot be read.
        """
        self.original.check_unchanged()
        warn_of_left_frames(path)
        info = self._info  # which `with_metadata` may have changed
        arguments = self.original.encode_arguments() | EncodeArguments(
            metadata=info.metadata, dim_names=info.dim_names, progress=progress
        )
        options = resolve_options(self.original.source.array, **arguments)
        write_encoded(options, path, check=self.original.check_unchanged)

    def __repr__(self) -> str:
        if self.closed:
            return f"<{type(self).__name__} closed>"
        dims = "".join(f", {name} {n}" for name, n in zip(self.dim_names, self.dim_sizes, strict=True))
        n_encoded = int((self.frames.lengths > 0).sum())
        return (
            f"<{type(self).__name__} {frame_kind(self.frame_shape)}{dims}, "
            f"{n_encoded} of {count(len(self.frames), 'frame')} encoded so far>"
        )


class CachedFrames(FileFrames):
    """Frames from the cache folder; if one turns out to be damaged, the file is removed."""

    is_dropped = False

    def _checked(self, number: int, stored: bytes) -> bytes:
        try:
            return super()._checked(number, stored)
        except FrameChecksumError as error:
            KeptFile.remove_at(Path(str(self.path)))
            self.is_dropped = True
            message = f"{error.message}; it was removed from the cache: open the original again"
            raise FrameChecksumError(message, frame_index=error.frame_index, path=error.path) from error


class KeptStack(JPkl):
    """An original as it was encoded before, from the cache folder.

    Attributes
    ----------
    request : Request
        What the original was opened by.
    fingerprint : Fingerprint
        Of the original that was encoded, with the files beside it that may be part of it.
    """

    request: Request
    fingerprint: Fingerprint

    @property
    def is_current(self) -> bool:
        """Whether it is to be shown still: no frame was damaged, and the original is what it was."""
        if isinstance(self._store, CachedFrames) and self._store.is_dropped:
            return False
        try:
            return self.request.fingerprint(with_companions=True).is_of(self.fingerprint)
        except (OSError, ValueError):
            return False

    @classmethod
    def of(cls, kept: Path, request: Request, fingerprint: Fingerprint) -> Self:
        """Open what is kept of an original.

        Parameters
        ----------
        kept : pathlib.Path
            The file in the cache folder.
        request : Request
            What the original was opened by.
        fingerprint : Fingerprint
            Of the original.

        Returns
        -------
        KeptStack
            The stack.

        Raises
        ------
        FormatError, OSError
            As `JPkl.load`.
        """
        stack = cls.load(kept)
        stack.request, stack.fingerprint = request, fingerprint
        if isinstance(stack._store, FileFrames):
            stack._assemble(stack._info, CachedFrames(stack._store._source, stack._store.places))
        return stack

    def described_as(self, stack: JPkl) -> Self:
        """Return the same frames with the metadata and names of dims of another stack.

        Parameters
        ----------
        stack : JPkl
            A stack with the same dims.

        Returns
        -------
        KeptStack
            Shares the file with this one.
        """
        described = copy.copy(self)
        metadata, names = copy.copy(stack._info.metadata), stack._info.dim_names
        described._info = replace(self._info, metadata=metadata, dim_names=names)
        return described

    @property
    def path(self) -> str | None:
        """The original. Where the frames are read from may be removed at any time."""
        return self.request.path


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Have errors of arrays and arguments, which know of no file, name one."""
    try:
        yield
    except JPklError:
        raise
    except (ValueError, TypeError) as error:
        if path in str(error):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{path}: {error}") from error
