"""One image file becomes one JPkl file."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from jpkl._cli._cluster import on_cluster, open_again
from jpkl._cli._common import describe
from jpkl._cli._description import axes_text
from jpkl._cli._downloads import fetched
from jpkl._cli._encoding_options import encoding_arguments
from jpkl._cli._forecast import forecast
from jpkl._cli._input import effective_axes, open_input
from jpkl._cli._labels import opened_labels
from jpkl._cli._metadata_options import Description, described
from jpkl._cli._origin import size_and_time, with_origin
from jpkl._cli._progress import say
from jpkl._cli._selected import OpenAgain, select, select_labels
from jpkl._cli._targets import Job
from jpkl._dims import channel_dim, resolve_dim_names
from jpkl._encoding.encode import write_encoded
from jpkl._encoding.label_watch import are_labels
from jpkl._encoding.options import EncodeArguments, resolve_options
from jpkl._encoding.sample import sample_frames
from jpkl._errors import JPklError
from jpkl._source.axes import likely_axes
from jpkl._text import by, count, human_bytes, human_ratio
from jpkl.readers import ImageFile


@dataclass(frozen=True)
class Encoded:
    """What was encoded, in bytes.

    Attributes
    ----------
    file_nbytes, pixel_nbytes : int
        Of the image file, and of its pixels in memory.
    nbytes : int
        Of the JPkl file, or those to expect of it.
    """

    file_nbytes: int
    pixel_nbytes: int
    nbytes: int


def encode_job(job: Job, args: argparse.Namespace, origin: Mapping[str, Any] | None = None) -> Encoded:
    """Encode a file as the options say, or print what that would give; errors name the file.

    Parameters
    ----------
    job : Job
        The file, and where it goes.
    args : argparse.Namespace
        The options.
    origin : mapping, optional
        What to say in the metadata of the file that it is made from.
    """
    try:
        return _encode_job(job, args, origin)
    except (ValueError, TypeError) as error:
        reason = describe(error)
        if job.source in reason or str(job.output) in reason:
            raise
        raise JPklError(f"{job}: {reason}") from error


def _encode_job(job: Job, args: argparse.Namespace, origin: Mapping[str, Any] | None) -> Encoded:
    whole = not (args.select or args.dry_run or args.client is not None)
    with (
        fetched(job.source, whole=whole) as path,
        open_input(path, args, job.scene) as opened,
        opened_labels(args.labels) as labels,
    ):
        axes = effective_axes(opened, args)
        print_source(job.source, opened, axes)
        if axes is None and args.dim_names is None:
            _check_layout(job.source, tuple(opened.array.shape))
        description = described(opened, axes, args)
        again = open_again(job, args, axes, description.dim_names)
        chosen_labels = select_labels(labels, opened, axes, description.dim_names, args.select)
        source, axes, description = select(opened, axes, description, args.select)
        if args.select:
            say(f"{job.source}: selected {by(source.array.shape)}, {human_bytes(_nbytes(source))}")
        if origin is not None:
            description = Description(with_origin(description.metadata, origin), description.dim_names)
        arguments = encoding_arguments(args) | EncodeArguments(
            axes=axes,
            metadata=description.metadata,
            dim_names=description.dim_names,
            labels=chosen_labels or None,
        )
        if args.codec is None and not args.lossless and _holds_labels(source, arguments):
            _say_labels(job, args)
            arguments |= {"lossless": True, "target": None, "jpeg_optimize": None}
        n_before = size_and_time(path)[0]
        if args.dry_run:
            n_after = _print_forecast(source, job.output, **arguments)
        else:
            n_after = encode(source, job.output, args.client, again, **arguments)
        if n_after > n_before > 0:
            _say_larger(job, n_before, is_exact=arguments["lossless"])
        return Encoded(n_before, _nbytes(source), n_after)


def _say_labels(job: Job, args: argparse.Namespace) -> None:
    say(
        f"{job.source}: these look like label images or masks, so they are kept exactly, as PNG; "
        "--codec jpeg encodes them as JPEG anyway" + ("; --target has no effect" if args.target else "")
    )


def _say_larger(job: Job, n_before: int, *, is_exact: bool) -> None:
    advice = "frames are kept exactly" if is_exact else "a lower --quality makes it smaller"
    before = f"{job.source} ({human_bytes(n_before)}), which is compressed itself"
    say(f"{job.output}: larger than {before}; {advice}")


def _holds_labels(source: ImageFile, arguments: EncodeArguments) -> bool:
    """Return whether all channels look like labels or masks that can be kept exactly, by a sample."""
    if source.array.dtype.kind not in ("b", "u", "i"):
        return False
    options = resolve_options(source.array, **arguments)
    if options.color or not options.source.n_frames or options.kept is not None:
        return False
    limits = np.zeros((*options.source.dim_sizes, 2))
    channel = channel_dim(options.dim_names)
    return are_labels(sample_frames(options.source, limits, channel, options.source.dtype))


def _check_layout(name: str, shape: tuple[int, ...]) -> None:
    """Ask what the axes are where the frames would be odd, and those of another order would not.

    Raises
    ------
    ValueError
        With both orders.
    """
    if likely := likely_axes(shape):
        as_it_is = ",".join(("height", "width", *resolve_dim_names(None, len(shape) - 2)))
        raise ValueError(
            f"{name}: {by(shape)} would be frames of {by(shape[:2])} pixels; give the axes, e.g. "
            f"--axes {likely}, or --axes {as_it_is} if they are in this order"
        )


def encode(
    source: ImageFile,
    output: Path,
    client: Any = None,
    again: OpenAgain | None = None,
    **arguments: Unpack[EncodeArguments],
) -> int:
    """Encode an opened source and print size, ratio and time; returns the size.

    Parameters
    ----------
    source : ImageFile
        The source.
    output : Path
        The JPkl file.
    client : distributed.Client, optional
        Of the cluster that encodes it,
    again : OpenAgain, optional
        whose workers open it by this.
    **arguments
        Those of `jpkl.JPkl`.
    """
    began = time.perf_counter()
    options = resolve_options(source.array, **arguments)
    if again is not None:
        options = on_cluster(options, client, again)
    write_encoded(options, output)
    nbytes = output.stat().st_size
    seconds = time.perf_counter() - began
    say(f"{output}: {human_bytes(nbytes)}, {_comparison(source, nbytes)}, {seconds:.1f} s")
    if options.kept and options.kept.n_kept:
        _say_kept(options.kept.n_kept, options.source.n_frames)
    return nbytes


def _print_forecast(source: ImageFile, output: Path, **arguments: Unpack[EncodeArguments]) -> int:
    """Print what encoding an opened source would give, and return the size to expect."""
    options = resolve_options(source.array, **arguments)
    expected = forecast(options)
    for line in expected.lines(_nbytes(source)):
        say(line)
    if options.kept and options.kept.n_kept:
        _say_kept(options.kept.n_kept, expected.n_sampled)
    say(f"output: {output} (nothing is written)")
    return round(expected.nbytes)


def _say_kept(n_kept: int, n_frames: int) -> None:
    which = f"all {n_frames} frames" if n_kept == n_frames > 1 else count(n_kept, "frame")
    say(
        f"{which} {'is' if n_kept == 1 else 'are'} JPEG already and kept as stored, whatever --quality "
        "says; --reencode encodes them again"
    )


def print_source(name: str, source: ImageFile, axes: Any) -> None:
    """Print what was found in an image file, and how its axes are understood."""
    array = source.array
    for note in source.notes:
        say(f"{name}: {note}")
    if source.scene is not None and len(source.scenes) > 1:
        name = f"{name}, scene {source.scene!r}"
    say(f"{name}: {by(array.shape)} {array.dtype}, {_axes_text(axes)}, {human_bytes(_nbytes(source))}")


def _axes_text(axes: Any) -> str:
    if axes is None:
        return "read as height, width, dims (--axes says otherwise)"
    return f"axes {axes_text(axes)}"


def _nbytes(source: ImageFile) -> int:
    return prod(source.array.shape) * int(source.array.dtype.itemsize)


def _comparison(source: ImageFile, nbytes: int) -> str:
    """Return how large a file is, compared with the pixels that it was made from."""
    dtype, original = source.array.dtype, _nbytes(source)
    eight_bit = original // dtype.itemsize
    if nbytes > original:
        return f"larger than the {dtype} pixels, {human_bytes(original)}"
    smaller = f"{human_ratio(original, nbytes)} smaller than the {dtype} pixels"
    if dtype.itemsize == 1:
        return smaller
    if nbytes > eight_bit:  # lossless 16-bit frames
        return f"{smaller} ({human_ratio(nbytes, eight_bit)} larger than 8-bit pixels)"
    return f"{smaller} ({human_ratio(eight_bit, nbytes)} smaller than 8-bit pixels)"
