"""The arguments of encoding: as callers give them, and as they are once checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec, NamedTables
from jpkl._codecs.stored import choose_codec, stored_form
from jpkl._dims import checked_dim_names
from jpkl._display_range import RangeRule, full_range, parse_display_range
from jpkl._encoding.block_tasks import Elsewhere, encoded_blocks
from jpkl._encoding.kept_frames import KeptFrames
from jpkl._encoding.target import Target, TargetSpec, parse_target
from jpkl._errors import warn
from jpkl._fidelity import Scope, checked_scope
from jpkl._file.schema import MAX_FRAME_PIXELS, StackInfo
from jpkl._labels.encode import ImageAxes, LabelSource, resolve_labels
from jpkl._metadata import settle_metadata
from jpkl._pipeline import can_start_threads, resolve_workers
from jpkl._source.array_likes import as_array, magnitude_of
from jpkl._source.axes import likely_axes, resolve_axes
from jpkl._source.blocks import ImageArray
from jpkl._text import by

#: Makes a progress bar, with the arguments of `tqdm.tqdm`.
MakeBar: TypeAlias = Callable[..., Any]


class EncodeArguments(TypedDict, total=False):
    """The keyword arguments of `jpkl.JPkl`, which says what they mean."""

    color: bool
    jpeg_quality: int
    dim_names: Sequence[str] | None
    metadata: Mapping[str, Any] | None
    axes: str | Sequence[str] | None
    display_range: Any
    codec: str | Codec
    lossless: bool
    jpeg_tables: NamedTables
    jpeg_optimize: bool | None
    target: TargetSpec | None
    fidelity: Scope | None
    workers: int | None
    progress: bool | MakeBar
    reencode: bool
    labels: Mapping[str, Any] | None


def check_known(function: str, arguments: Iterable[str]) -> None:
    """Raise unless all are names of `EncodeArguments`.

    Raises
    ------
    TypeError
        Naming the one that is not, and those that are.
    """
    known = EncodeArguments.__annotations__
    for name in arguments:
        if name not in known:
            raise TypeError(f"{function}() takes no argument {name!r}, but {', '.join(known)}")


@dataclass(frozen=True)
class EncodeOptions:
    """What to encode and how, checked: the arguments of `jpkl.JPkl` in their final form."""

    source: ImageArray
    dim_names: tuple[str, ...]
    color: bool
    codec: Codec
    jpeg_quality: int
    metadata: dict[str, Any]
    range_rule: RangeRule
    workers: int
    progress: bool | MakeBar
    kept: KeptFrames | None = None
    is_quiet: bool = False
    elsewhere: Elsewhere | None = None
    target: Target | None = None
    #: What encodes each channel, where that has been settled.
    channel_codecs: tuple[Codec, ...] = ()
    fidelity: Scope | None = "sample"
    labels: tuple[LabelSource, ...] = ()

    def progress_bar(self, description: str) -> Any:
        """Make what shows, in bytes of the source, how far a pass over it has come."""
        from tqdm.auto import tqdm  # which imports asyncio

        if not can_start_threads():
            tqdm.monitor_interval = 0  # its monitor is a thread, and it would warn that there can be none
        make_bar = self.progress if callable(self.progress) else tqdm
        return make_bar(
            total=self.source.nbytes,
            desc=description,
            unit="B",
            unit_scale=True,
            disable=not self.progress,
            leave=False,
        )

    def describe(self, display_range: NDArray[np.float64]) -> StackInfo:
        """Return what a file of these images says, apart from the frames."""
        height, width = self.source.frame_shape[:2]
        return StackInfo(
            color=self.color,
            dim_sizes=self.source.dim_sizes,
            dim_names=self.dim_names,
            metadata=self.metadata,
            frame_shape=(height, width),
            display_range=display_range,
            source_dtype=self.source.dtype.str,
            **stored_form(self.codec, self.jpeg_quality),
        )


def resolve_options(
    images: Any,
    *,
    color: bool = False,
    jpeg_quality: int = 90,
    dim_names: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    axes: str | Sequence[str] | None = None,
    display_range: Any = "auto",
    codec: str | Codec = "jpeg",
    lossless: bool = False,
    jpeg_tables: NamedTables = "fitted",
    jpeg_optimize: bool | None = None,
    target: TargetSpec | None = None,
    fidelity: Scope | None = "sample",
    workers: int | None = None,
    progress: bool | MakeBar = False,
    reencode: bool = False,
    labels: Mapping[str, Any] | None = None,
) -> EncodeOptions:
    """Check the arguments of `jpkl.JPkl` against the images, before any pixel is read.

    Raises
    ------
    ValueError, TypeError
        If they do not fit; the message says which and why.
    """
    images, value_unit = magnitude_of(images)
    images = as_array(images)
    if value_unit is not None:
        metadata = {"value_unit": value_unit, **(metadata or {})}
    _check_lengths(images.shape)
    if axes is None and dim_names is None and not color:
        _question_layout(tuple(images.shape))
    layout = resolve_axes(tuple(images.shape), axes, color)
    source = ImageArray(images, layout)
    _check_frame(source.frame_shape)
    names = checked_dim_names(layout.dim_names if dim_names is None else dim_names, len(source.dim_sizes))
    # Metadata may speak of the axes by the letters that the caller has for them.
    letters = [] if axes is None else [axes[axis] for axis in layout.order[layout.n_frame_axes :]]
    range_rule = parse_display_range(display_range, source.dtype, source.dim_sizes)
    to_keep = source.dtype if lossless else None
    has_target = target is not None
    chosen = choose_codec(codec, jpeg_quality, jpeg_tables, jpeg_optimize, to_keep, has_target=has_target)
    _check_kept_exactly(source.dtype, chosen)
    workers = resolve_workers(workers)
    return EncodeOptions(
        source=source,
        dim_names=names,
        color=layout.color,
        codec=chosen,
        jpeg_quality=jpeg_quality,
        metadata=settle_metadata(metadata, dict(zip(letters, names, strict=False))),
        range_rule=range_rule,
        workers=workers,
        progress=progress,
        target=None if target is None else checked_target(target, chosen),
        fidelity=checked_scope(fidelity),
        # Frames that are JPEG already have what fidelity they have: a target asks for another.
        kept=None if reencode or target is not None else _kept_frames(source, chosen, range_rule),
        elsewhere=_cluster_of(images, source, workers),
        labels=resolve_labels(labels, ImageAxes.of(source, names)),
    )


def _cluster_of(images: Any, source: ImageArray, workers: int) -> Elsewhere | None:
    """Return the cluster that computes a dask array, if its active scheduler is one of dask.distributed."""
    # Without the module nobody can have a client; what may hold a dask array has the method, too.
    if "distributed" not in sys.modules or getattr(images, "__dask_graph__", lambda: None)() is None:
        return None
    from jpkl._dask.arrays import array_cluster

    return array_cluster(images, source, encoded_blocks(source, workers))


def checked_target(spec: TargetSpec, codec: Codec) -> Target:
    """Return what an argument ``target`` asks for.

    Raises
    ------
    TypeError, ValueError
        If it is none of the forms, or the codec is not JPEG.
    """
    if not isinstance(codec, JpegCodec):
        raise ValueError(f"target is for the codec 'jpeg'; {codec.name!r} has options of its own")
    return parse_target(spec)


def _kept_frames(source: ImageArray, codec: Codec, rule: RangeRule) -> KeptFrames | None:
    """Return the frames that need no encoding, if there may be such."""
    is_as_stored = (
        source.dtype == np.uint8
        and rule.values is not None
        and np.array_equal(rule.values, np.broadcast_to(full_range(0), rule.values.shape))
    )
    if not (is_as_stored and isinstance(codec, JpegCodec) and source.has_encoded_frames):
        return None
    return KeptFrames(source, codec)


def _check_kept_exactly(dtype: np.dtype[Any], codec: Codec) -> None:
    kept = codec.exact_dtype
    if kept is not None and not np.can_cast(dtype, kept, "equiv"):
        raise ValueError(f"images of {dtype}, where {codec!r} keeps {kept} exactly")


def _question_layout(shape: tuple[int, ...]) -> None:
    """Warn where the frames would be odd, and those of another order of the axes would not."""
    if likely := likely_axes(shape):
        warn(
            f"images of shape {shape} are read as (height, width, *dims), frames of {by(shape[:2])} pixels: "
            f"give the axes, e.g. axes={likely!r}, or dim_names if this is right"
        )


def _check_frame(shape: Sequence[int]) -> None:
    if shape[0] * shape[1] > MAX_FRAME_PIXELS:
        raise ValueError(
            f"frames of {shape[0]} x {shape[1]} pixels; up to {MAX_FRAME_PIXELS} are supported: "
            "cut them into tiles"
        )


def _check_lengths(shape: Sequence[Any]) -> None:
    if any(np.isnan(length) for length in shape):
        raise ValueError(
            f"images of shape {tuple(shape)} have axes of unknown length, as dask arrays have after boolean "
            "indexing: call compute_chunk_sizes() on the array first"
        )
