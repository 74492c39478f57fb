"""What of a stack goes into a report: which frames, which part of them, how large and how encoded."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import FrameError, JPkl
from jpkl.toolkit import frame_number, index_of
from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.fidelity import fidelity_profiles
from jpkl_viewer.model.resolve import FrameRequest, resolve
from jpkl_viewer.model.stack import Dim, LabelDescription, StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.model.viewed import FramePixels
from jpkl_viewer.report.jpeg import jpeg_of
from jpkl_viewer.report.marked import with_frames_of, zoom_of_part
from jpkl_viewer.tools.export.panes import SeenView

#: Indices of a dim: one, a range, or a list of them.
Choice: TypeAlias = int | slice | Sequence[int]

#: Rows and columns of a frame, in pixels.
Crop: TypeAlias = tuple[slice, slice]

#: Quality of frames that are re-encoded where no quality was asked for.
_QUALITY = 90

#: Tools whose settings a report keeps; those of some say places in the frame.
_TOOLS, _TOOLS_OF_WHOLE_FRAMES = {"compare", "montage", "labels"}, {"rois", "ortho"}


class ReportedView(SeenView, Protocol):
    """What a report is made of: a `JPklViewer`."""

    @property
    def jp(self) -> JPkl:
        """The stack."""
        ...

    @property
    def overlay(self) -> Any:
        """HoloViews object that is drawn over the picture, or None."""
        ...

    @property
    def bookmarks(self) -> Sequence[Bookmark]:
        """Its named views."""
        ...

    @property
    def compared(self) -> Sequence[ReportedView]:
        """The stacks that it is compared with."""
        ...


@dataclass(frozen=True)
class Excerpt:
    """Part of a stack, as a viewer shows it.

    Attributes
    ----------
    jp : JPkl
        The whole stack.
    frames : FramePixels
        Its frames.
    title : str
        What it is called.
    stack : StackDescription
        The part.
    settings : dict
        What is shown of the part first, as in `ViewState.settings`.
    indices : tuple of tuple of int
        The indices of each dim that are in it.
    crop : tuple of slice
        Rows and columns that are in it.
    quality : int or None
        Quality of the JPEGs where frames are re-encoded; None where the stored bytes are taken.
    overlay : HoloViews object, or None
        What is drawn over the picture, where the frames are whole.
    bookmarks : tuple of Bookmark
        Views to go through, as the part has them.
    """

    jp: JPkl
    frames: FramePixels
    title: str
    stack: StackDescription
    settings: dict[str, Any]
    indices: tuple[tuple[int, ...], ...]
    crop: Crop
    quality: int | None
    overlay: Any = None
    bookmarks: tuple[Bookmark, ...] = ()

    @classmethod
    def of(
        cls,
        viewer: ReportedView,
        *,
        select: Mapping[str, Choice] | None = None,
        crop: Crop | None = None,
        scale: float = 1.0,
        quality: int | None = None,
        bookmarks: Sequence[Bookmark] = (),
    ) -> Excerpt:
        """Take an excerpt of what a viewer shows.

        Parameters
        ----------
        viewer : ReportedView
            The viewer; its state is what the excerpt shows first.
        select : mapping of str to int, slice or sequence of int
            Indices to include, by the name of the dim, e.g. ``{"time": slice(0, 50, 2), "z": 3}``.
        crop : pair of slice
            Rows and columns to include.
        scale : float
            Frames are made smaller by this factor, above 0 and at most 1.
        quality : int
            JPEG quality, 1 to 100, to encode frames with.
        bookmarks : sequence of Bookmark
            Views whose frames are in it, too, with complete settings.

        Raises
        ------
        ValueError, IndexError
            If the stack has no such part; names it.
        """
        stack = viewer.stack
        if not 0 < scale <= 1:
            raise ValueError(f"scale {scale}: it must be above 0 and at most 1")
        if quality is not None and not 1 <= quality <= 100:
            raise ValueError(f"quality {quality}: it must be from 1 to 100")
        indices = tuple(choose(dim, (select or {}).get(dim.name)) for dim in stack.dims)
        indices = with_frames_of(bookmarks, indices, stack)
        rows, columns = _resolve_crop(crop, stack.height, stack.width)
        cropped = (rows.stop - rows.start, columns.stop - columns.start)
        size = (max(1, round(cropped[0] * scale)), max(1, round(cropped[1] * scale)))
        is_whole_frame = size == (stack.height, stack.width)
        excerpt = cls(
            viewer.jp,
            viewer.frames,
            viewer.title,
            _with_fidelity_of(viewer.jp, _part(stack, indices, cropped, size), indices),
            _settings(viewer.state.settings(), stack, indices, is_whole_frame=is_whole_frame),
            indices,
            (rows, columns),
            None,
            bookmarks=tuple(
                replace(
                    each,
                    settings=_settings(each.settings, stack, indices, is_whole_frame=is_whole_frame),
                    zoom=zoom_of_part(each.zoom, stack, (rows, columns), size),
                )
                for each in bookmarks
            ),
        )
        if is_whole_frame:
            excerpt = replace(excerpt, overlay=viewer.overlay)
        if quality is None and is_whole_frame and excerpt._stored_bytes_suffice():
            return excerpt
        quality = quality or _QUALITY
        return replace(excerpt, quality=quality, stack=_reencoded(excerpt.stack, quality))

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.stack.n_frames

    @property
    def first_numbers(self) -> tuple[int, ...]:
        """Numbers of the frames that are shown first, in C order of the dims; at least one."""
        indices = [layer.index for layer in self._request.layers] or [self._request.index]
        return tuple(frame_number(index, self.stack.dim_sizes) for index in indices)

    @property
    def _request(self) -> FrameRequest:
        """What is shown first."""
        state = ViewState(self.stack)
        state.restore(self.settings)
        return resolve(state, self.stack)

    def index(self, number: int) -> tuple[int, ...]:
        """Return the index in the whole stack of a frame of the excerpt."""
        return self._original(index_of(number, self.stack.dim_sizes))

    def encoded(self, number: int) -> bytes:
        """Return a frame as JPEG: the stored bytes, unless something else was asked for.

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        index = self.index(number)
        if self.quality is None:
            return self.frames.encoded(index)
        return _encode(self._resized(self.frames.pixels(index)), self.quality)

    def packed_labels(self, labels: LabelDescription) -> bytes:
        """Return all frames of a label image as a zlib stream: their lengths, u32, and their bytes.

        They are exact, also of cropped frames. In smaller ones, each pixel has the label in its middle.

        Raises
        ------
        FrameError
            If one of them is damaged.
        """
        own = self.frames.labels[labels.name]
        part = None if self._is_whole_frame else (self._middles(0), self._middles(1))
        frames = [own.encoded(self._original(index), part) for index in np.ndindex(labels.sizes)]
        lengths = np.array([len(frame) for frame in frames], "<u4")
        return zlib.compress(lengths.tobytes() + b"".join(frames), 9)

    @property
    def _is_whole_frame(self) -> bool:
        """Whether frames are neither cropped nor made smaller."""
        return (self.stack.height, self.stack.width) == self.jp.frame_shape[:2]

    def _middles(self, axis: int) -> NDArray[np.intp]:
        """Return the rows, or columns, of whole frames that are in the middle of those of the excerpt."""
        part, size = self.crop[axis], (self.stack.height, self.stack.width)[axis]
        length = part.stop - part.start
        middles = (np.arange(size) + 0.5) * length / size
        return np.asarray(part.start + middles.astype(np.intp))

    def check(self, number: int) -> None:
        """Read a frame, though not its pixels.

        Raises
        ------
        FrameError
            If its bytes are not those that were written.
        """
        self.jp.images[self.index(number)]

    def _original(self, index: Sequence[int]) -> tuple[int, ...]:
        return tuple(chosen[i] for chosen, i in zip(self.indices, index, strict=True))

    def _resized(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        part = pixels[self.crop]
        size = (self.stack.width, self.stack.height)
        if part.shape[1::-1] == size:
            return part
        return np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize(size, Image.Resampling.BOX))

    def _stored_bytes_suffice(self) -> bool:
        """Return whether what the viewer sends to a browser is what the stack stores."""
        for number in range(self.n_frames):
            index = self.index(number)
            try:
                return self.frames.encoded(index) == self.jp.images[index]
            except FrameError:
                continue  # the next one answers as well
        return True


def _reencoded(stack: StackDescription, quality: int) -> StackDescription:
    """Describe what is left of a stack that was encoded again as JPEG; nobody has measured how much it is."""
    return replace(
        stack,
        jpeg_quality=quality,
        encoding=f"8-bit JPEG, quality {quality}",
        is_lossy=True,
        is_exact=False,
        fidelity="",
        fidelity_profiles=None,
    )


def choose(dim: Dim, choice: Choice | None) -> tuple[int, ...]:
    """Find the indices of a dim that a choice means; None is all of them.

    Raises
    ------
    ValueError, IndexError
        If there are none; names the dim.
    """
    everything = range(dim.size)
    if choice is None:
        return tuple(everything)
    wanted = [choice] if isinstance(choice, int | np.integer) else choice
    try:
        chosen = everything[wanted] if isinstance(wanted, slice) else [everything[i] for i in wanted]
    except IndexError:
        raise IndexError(f"dim {dim.name!r} has indices 0 to {dim.size - 1}, not {choice}") from None
    if not chosen:
        raise ValueError(f"{choice} leaves nothing of dim {dim.name!r}, which has {dim.size} indices")
    return tuple(chosen)


def _resolve_crop(crop: Crop | None, height: int, width: int) -> Crop:
    """Resolve a crop to start and stop in pixels, without steps."""
    rows, columns = crop or (slice(None), slice(None))
    resolved = []
    for name, part, size in (("rows", rows, height), ("columns", columns, width)):
        start, stop, step = part.indices(size)
        if step != 1 or stop <= start:
            raise ValueError(f"crop: {part.start}:{part.stop} are not {name} of a frame that has {size}")
        resolved.append(slice(start, stop))
    return resolved[0], resolved[1]


def _part(
    stack: StackDescription,
    indices: tuple[tuple[int, ...], ...],
    cropped: tuple[int, int],
    size: tuple[int, int],
) -> StackDescription:
    """Describe a part of a stack."""
    channels = stack.channels
    if stack.channel_dim is not None:
        channels = tuple(channels[i] for i in indices[stack.channel_dim])
    # Exactly 1 where nothing is scaled: the pixel size is then the stack's to the last digit.
    reduction = (cropped[0] / size[0], cropped[1] / size[1])
    return replace(
        stack,
        height=size[0],
        width=size[1],
        dims=tuple(
            _part_of_dim(dim, chosen, is_channel=d == stack.channel_dim)
            for d, (dim, chosen) in enumerate(zip(stack.dims, indices, strict=True))
        ),
        channels=channels,
        pixel_size=stack.pixel_size
        and (stack.pixel_size[0] * reduction[0], stack.pixel_size[1] * reduction[1]),
        pixel_aspect=stack.pixel_aspect * reduction[0] / reduction[1],
        reduction=reduction,
        display_range=_part_of_range(stack.display_range, indices),
        labels=_part_of_labels(stack.labels, indices),
    )


def _with_fidelity_of(
    jp: JPkl, part: StackDescription, indices: tuple[tuple[int, ...], ...]
) -> StackDescription:
    """Describe a part of a stack with what is on record of its frames."""
    if jp.fidelity is None:
        return part
    numbers = np.ravel_multi_index(np.ix_(*indices), jp.dim_sizes) if indices else np.zeros(1, np.int64)
    own = jp.fidelity.of_frames(numbers.ravel().tolist())
    return replace(
        part,
        fidelity="" if own is None else own.summary(part.n_frames),
        fidelity_profiles=fidelity_profiles(own, part.dim_sizes),
    )


def _part_of_labels(
    labels: Sequence[LabelDescription], indices: tuple[tuple[int, ...], ...]
) -> tuple[LabelDescription, ...]:
    """Describe the label images of a part of the frames."""

    def size(own: int, chosen: tuple[int, ...]) -> int:
        return 1 if own == 1 else len(chosen)

    return tuple(replace(each, sizes=tuple(map(size, each.sizes, indices))) for each in labels)


def _part_of_dim(dim: Dim, chosen: tuple[int, ...], *, is_channel: bool) -> Dim:
    if not (dim.label(0) or is_channel) and not _is_whole(dim, chosen):
        # What is seen keeps the index that it has in the stack.
        return Dim(dim.name, len(chosen), tuple(map(float, chosen)), dim.unit)
    return dim.part(chosen)


def _part_of_range(
    ranges: NDArray[np.float64] | None, indices: tuple[tuple[int, ...], ...]
) -> NDArray[np.float64] | None:
    if ranges is None:
        return None
    # A dim along which the range was broadcast stays so: thousands of equal ones need not be sent.
    is_same = [stride == 0 for stride in ranges.strides]
    for axis, chosen in enumerate(indices):
        ranges = np.take(ranges, [0] if is_same[axis] else list(chosen), axis)
    return np.broadcast_to(ranges, (*map(len, indices), 2))


def _settings(
    of_whole: Mapping[str, Any],
    stack: StackDescription,
    indices: tuple[tuple[int, ...], ...],
    *,
    is_whole_frame: bool,
) -> dict[str, Any]:
    """Make the settings of a part: its position is the nearest that the part has.

    A projection stays where the part has all of its frames, and places in a frame are those of whole frames:
    what the part does not have of them is left out.
    """
    settings = dict(of_whole)
    settings["position"] = [
        int(np.argmin(np.abs(np.subtract(chosen, at))))
        for chosen, at in zip(indices, settings["position"], strict=True)
    ]
    if stack.channel_dim is not None:
        settings["channels"] = [settings["channels"][i] for i in indices[stack.channel_dim]]
    projection = _projection_of_part(settings["projection"], indices)
    kept = _TOOLS | (_TOOLS_OF_WHOLE_FRAMES if is_whole_frame else set())
    tools = {name: value for name, value in settings["tools"].items() if name in kept}
    if stack.channel_dim is not None and "channel" in tools.get("compare", {}):
        tools["compare"] = _comparison_of_part(tools["compare"], indices[stack.channel_dim])
    return {**settings, "projection": projection, "tools": tools}


def _comparison_of_part(settings: Mapping[str, Any], channels: Sequence[int]) -> dict[str, Any]:
    """Return how stacks are compared, with the channel of a difference as the part counts them."""
    there = {"channel": channels.index(settings["channel"])} if settings["channel"] in channels else {}
    return {**{name: value for name, value in settings.items() if name != "channel"}, **there}


def _projection_of_part(
    projection: Mapping[str, Any] | None, indices: tuple[tuple[int, ...], ...]
) -> dict[str, Any] | None:
    """Return a projection as the part counts its frames; None where it lacks one of them."""
    if projection is None:
        return None
    wanted, chosen = tuple(range(projection["start"], projection["stop"])), indices[projection["dim"]]
    start = chosen.index(wanted[0]) if wanted[0] in chosen else 0
    stop = start + len(wanted)
    return {**projection, "start": start, "stop": stop} if chosen[start:stop] == wanted else None


def _is_whole(dim: Dim, chosen: tuple[int, ...]) -> bool:
    return chosen == tuple(range(dim.size))


def _encode(pixels: NDArray[np.uint8], quality: int) -> bytes:
    return jpeg_of(Image.fromarray(np.ascontiguousarray(pixels)), quality)
