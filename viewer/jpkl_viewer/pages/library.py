"""The stacks of a folder, opened once for all who look at them, and what a list shows of each."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL import Image

import jpkl
from jpkl import JPkl, JPklError, MissingDependencyError, TruncatedFileError
from jpkl.readers import bare_name
from jpkl.toolkit import (
    Conversion,
    Fingerprint,
    KeptStack,
    OriginalStack,
    count,
    displayed,
    encoded_form,
    is_url,
    open_original,
    open_scene,
    open_with_axes,
    recover,
    remains,
    scenes_beside,
    short_reason,
    shown_url,
    sufficient_scale,
)
from jpkl_viewer.frames.frames import DEFAULT_CACHE_NBYTES, OVERVIEW_CACHE_NBYTES, Frames, encode_jpeg
from jpkl_viewer.frames.sample import first_settings
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import Layer, resolve
from jpkl_viewer.model.stack import StackDescription, describe
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.pages.folder import (
    SUFFIX,
    Folder,
    Listing,
    LocalFolder,
    NotInFolderError,
    RemoteFolder,
    StackFile,
)
from jpkl_viewer.tools.projection.projection import project

Stack = TypeVar("Stack", bound=JPkl)

#: What the open stacks may keep decoded, all together, in bytes.
LIBRARY_NBYTES = 2**30

#: Stacks that are kept open at most: each takes a file descriptor.
_MAX_OPEN = 64

#: Budget of the thumbnails, in bytes of JPEG.
_DETAILS_NBYTES = 32 * 2**20

#: Longer side of a thumbnail in pixels: twice its size on the page, for dense screens.
THUMBNAIL_SIDE = 400


@dataclass(frozen=True)
class OpenStack:
    """A stack and its frames, which all who look at it share."""

    jp: JPkl
    frames: Frames


@dataclass(frozen=True)
class Details:
    """What a list shows of a stack besides its file.

    Attributes
    ----------
    description : StackDescription or None
        Its size and dims; None where it cannot be read.
    thumbnail : bytes
        A JPEG of what is seen of it first; empty where there is none.
    error : str
        What is wrong with the file, empty if nothing is.
    install : str
        The command that installs what reads the file, where that is what is missing.
    can_recover : bool
        Whether some of its frames are whole, so that `Library.recover` can make a stack of them.
    """

    description: StackDescription | None
    thumbnail: bytes
    error: str
    install: str = ""
    can_recover: bool = False


def open_stack(jp: JPkl) -> OpenStack:
    """Return a stack with frames that all who look at it share."""
    return OpenStack(jp, Frames(jp, project))


def renewed(opened: OpenStack) -> OpenStack:
    """Return what is to be shown now: of an original, what it was encoded into; and files as they became."""
    if isinstance(opened.jp, OriginalStack):
        # What was removed, or cannot be read, is of no use: the original is.
        with suppress(JPklError, OSError):
            if (encoded := encoded_form(opened.jp)) is not None:
                return open_stack(encoded)
    if opened.jp.newest is not None and opened.jp.refresh() == 0 and opened.jp.written.all():
        with suppress(JPklError, OSError):  # until the writer has given it its name
            return open_stack(JPkl.load(str(opened.jp.path)))
    return opened


def is_outdated(opened: OpenStack) -> bool:
    """Return whether it is of no more use: the original has changed, or what was kept of it is damaged."""
    return isinstance(opened.jp, KeptStack | OriginalStack) and not opened.jp.is_current


class Library:
    """The stacks of a folder, for several people at once.

    A stack is opened once, and again when its file has changed; those who look at it share its
    decoded frames. The stacks used last are kept, as many as may decode `LIBRARY_NBYTES` in all.
    Threads may share a library.

    Parameters
    ----------
    root : path-like or URL
        The folder.

    Raises
    ------
    OSError
        If it is no folder, or cannot be read.
    """

    def __init__(self, root: str | Path) -> None:
        self.folder: Folder = RemoteFolder(str(root)) if is_url(root) else LocalFolder(root)
        self._lock = threading.Lock()
        self._opening: dict[tuple[StackFile, str], threading.Lock] = {}
        self._open: LRUCache[tuple[StackFile, str], OpenStack] = LRUCache(LIBRARY_NBYTES, getsizeof=_weight)
        self._conversions: dict[StackFile, Conversion] = {}
        self._recovering = threading.Lock()
        self._details: LRUCache[StackFile, _KeptDetails] = LRUCache(
            _DETAILS_NBYTES, getsizeof=lambda kept: 1000 + len(kept.details.thumbnail)
        )

    def list(self) -> Listing:
        """List the stacks that are there now."""
        return self.folder.list()

    def find(self, name: str) -> StackFile:
        """Find the file that a name from outside refers to.

        Raises
        ------
        NotInFolderError
            If there is no such stack in the folder, or the name leads out of it.
        """
        return self.folder.find(name)

    def open(self, name: str, scene: str = "", axes: str = "") -> OpenStack:
        """Open the stack of that name, or a scene of an original, as its file is now; or with other axes.

        Raises
        ------
        NotInFolderError
            As `find` raises it.
        FormatError, OSError
            If the file cannot be read.
        ValueError
            If there is no such scene, or it has other axes.
        """
        file = self.find(name)
        if axes:
            read = self.open(name, scene)
            return self._open_once((file, f"{scene}\n{axes}"), lambda: open_with_axes(read.jp, axes))
        if not scene:
            return self._open_once((file, ""), lambda: jpkl.open(file.path))
        first = self.open(name)
        if scenes_beside(first.jp).chosen == scene:
            return first
        return self._open_once((file, scene), lambda: open_scene(first.jp, scene))

    def _open_once(self, key: tuple[StackFile, str], open_now: Callable[[], JPkl]) -> OpenStack:
        with self._lock:
            turn = self._opening.setdefault(key, threading.Lock())
        # A slow file holds up nobody else; those that want the same one share what the first has opened.
        try:
            with turn:
                return self._open_or_share(key, open_now)
        finally:
            with self._lock:
                self._opening.pop(key, None)

    def _open_or_share(self, key: tuple[StackFile, str], open_now: Callable[[], JPkl]) -> OpenStack:
        with self._lock:
            found = self._open.get(key)
        # Files within a folder, or beside the one that names them, change without changing that.
        if found is None or is_outdated(found):
            newest = open_stack(self._in_folder(key[0], open_now))
        else:
            newest = renewed(found)
        if newest is not found:
            with self._lock:
                self._open[key] = newest
        return newest

    def _in_folder(self, file: StackFile, open_now: Callable[[], Stack]) -> Stack:
        """Open a file that was found, if that is what was opened."""
        jp = open_now()
        try:
            self._check_in_place(file)
        except BaseException:
            jp.close()
            raise
        return jp

    def _check_in_place(self, file: StackFile) -> None:
        """Raise if a file has not been all the time where it was found.

        Who may write into the folder could put a link in its place meanwhile, which leads out of it, and put
        the file back then.
        """
        if not self.find(file.name).is_as(file):
            raise NotInFolderError("It was changed or moved while it was opened. Open it again.")

    def convert(self, name: str, *, anew: bool = False) -> Conversion:
        """Begin to encode an original into a file beside it; return what was begun if it was before.

        With `anew`, what has failed begins again.

        Raises
        ------
        NotInFolderError
            As `find` raises it.
        ValueError, OSError
            If it is no original, or cannot be read, or there is a file of that name.
        """
        file = self.find(name)
        if not isinstance(file.path, Path):
            raise ValueError("nothing can be written beside it")
        with self._lock:
            found = self._conversions.get(file)
            if found is None or (anew and found.is_in_vain):
                target = file.path.with_name(f"{bare_name(file.path)}{SUFFIX}")
                running = [each for each in self._conversions.values() if each.progress.what]
                if target.exists() or any(each.target == target for each in running):
                    raise ValueError(f"{target.name} is there already")
                with self._in_folder(file, lambda: open_original(file.path)) as stack:
                    found = self._conversions[file] = Conversion(stack, target).start()
            return found

    def cancel(self, name: str) -> None:
        """End what `convert` has begun; nothing of it is left."""
        with self._lock:
            found = self._conversions.get(self.find(name))
        if found is not None:
            found.cancel()

    def recover(self, name: str) -> str:
        """Write what a file that ends too early still holds into a file beside it; return the name of that.

        Raises
        ------
        NotInFolderError
            As `find` raises it.
        FormatError, OSError
            If nothing can be made of it, or it cannot be written.
        ValueError
            If there is a file of that name.
        """
        file = self.find(name)
        if not isinstance(file.path, Path):
            raise ValueError("nothing can be written beside it")
        target = file.path.with_name(f"{bare_name(file.path)}-recovered{SUFFIX}")
        with self._recovering:
            if target.exists():
                raise ValueError(f"{target.name} is there already")
            recover(file.path, target)
            try:
                self._check_in_place(file)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        return target.name

    def details(self, name: str) -> Details:
        """Return what a list shows of a stack; whatever is wrong with it is in the answer."""
        try:
            file = self.find(name)
            fingerprint = _fingerprint(file)
            with self._lock:
                found = self._details.get(file)
            if found is None or not found.is_of(fingerprint):
                found = _KeptDetails(_read_details(file), fingerprint)
                self._check_in_place(file)
                with self._lock:
                    self._details[file] = found
        except NotInFolderError as error:
            return Details(None, b"", str(error))
        return found.details


@dataclass(frozen=True)
class _KeptDetails:
    """Details, and what the original was of which they are; None of a file that changes with its contents."""

    details: Details
    fingerprint: Fingerprint | None

    def is_of(self, other: Fingerprint | None) -> bool:
        """Return whether an original is still what it was."""
        if self.fingerprint is None or other is None:
            return self.fingerprint is other
        return self.fingerprint.is_of(other)


def _fingerprint(file: StackFile) -> Fingerprint | None:
    """Look at the files of an original: those in a folder, or beside it, change without changing that."""
    if not file.is_original:
        return None
    try:
        return Fingerprint.of(file.path, with_companions=True)
    except (OSError, ValueError):  # it vanished, which is said when it is read
        return None


def _weight(opened: OpenStack) -> int:
    """Return how much a stack may come to keep decoded."""
    most = min(opened.jp.nbytes, DEFAULT_CACHE_NBYTES + OVERVIEW_CACHE_NBYTES)
    return max(most, LIBRARY_NBYTES // _MAX_OPEN)


def _read_details(file: StackFile) -> Details:
    description = None
    try:
        with jpkl.open(file.path) as jp:
            description = describe(jp)
            return Details(description, thumbnail(jp, description), "")
    except MissingDependencyError as error:
        package = f"jpkl[{error.extra}]" if error.extra else error.missing
        what = error.what.removeprefix("Reading ").removesuffix(" files")
        return Details(None, b"", f"Needs the {what} reader.", install=f'pip install "{package}"')
    except TruncatedFileError as error:
        return _broken_details(file, error)
    # Whatever an odd file leads to concerns its own line of the list alone.
    except Exception as error:
        return Details(description, b"", _reason(file, error))


def _broken_details(file: StackFile, error: Exception) -> Details:
    """Say how many frames of a file that ends too early can be brought back."""
    try:
        found = remains(file.path)
    except (JPklError, OSError):
        return Details(None, b"", _reason(file, error))
    said = f"Cut off: {found.n_whole} of {count(found.n_frames, 'frame')} can be read."
    return Details(None, b"", said, can_recover=found.n_whole > 0)


def _reason(file: StackFile, error: Exception) -> str:
    return short_reason(error).replace(_place_of(file), "")


def _place_of(file: StackFile) -> str:
    """Return where a file is, as messages have it before its name."""
    if isinstance(file.path, Path):
        return f"{file.path.parent}{os.sep}"
    return f"{shown_url(file.path).rpartition('/')[0]}/"


def thumbnail(jp: JPkl, description: StackDescription) -> bytes:
    """Make a JPEG of what a viewer shows of a stack first, at most `THUMBNAIL_SIDE` pixels long.

    Raises
    ------
    ValueError
        If the stack holds no frames.
    FrameError
        If the frame is damaged.
    """
    if description.n_frames == 0:
        raise ValueError("holds no frames")
    state = ViewState(description)
    jp = displayed(jp)
    state.update(**first_settings(jp, description))
    scale = _scale(description)
    # As on the screen, pixels are averaged before they are colored.
    height, width = _thumbnail_shape(description)
    layers = [
        (layer, _small(jp, layer, scale, (width, height))) for layer in resolve(state, description).layers
    ]
    return encode_jpeg(paint(layers, (height, width)))


def _thumbnail_shape(description: StackDescription) -> tuple[int, int]:
    """Find the height and width in pixels, which are as they are in the specimen; small frames stay small."""
    height, width = description.true_shape(description.height, description.width)
    shrink = min(1.0, THUMBNAIL_SIDE / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def _scale(description: StackDescription) -> int:
    """Find the largest scale at which a frame is not smaller than a thumbnail."""
    longest = max(description.height, description.width)
    return sufficient_scale(longest / THUMBNAIL_SIDE)


def _small(jp: JPkl, layer: Layer, scale: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    image = Image.fromarray(jp.decode((..., *layer.index), scale=scale))
    return np.asarray(image.resize(size, Image.Resampling.BOX))
