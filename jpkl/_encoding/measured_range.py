"""The display range of a stack, measured from its pixels block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import channel_dim
from jpkl._display_range import finite_minmax, is_intensity
from jpkl._encoding.block_tasks import MeasureBlock, measured_slabs
from jpkl._encoding.options import EncodeOptions
from jpkl._encoding.survey import Survey, settle_range, survey
from jpkl._errors import warn
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.masks import compressed

#: Values per channel from which percentiles are taken; more do not move them visibly.
_SAMPLE_SIZE = 1 << 22


def measure_display_range(options: EncodeOptions) -> NDArray[np.float64]:
    """Return the display range that ``options`` ask for, measured from the source where it must be.

    Returns
    -------
    ndarray of float64
        Shape ``(*s, 2)``: ``s`` is 1 along each dim, but for a dim named channel or c, which has ranges
        of its own.

    Warns
    -----
    JPklWarning
        If ``"auto"`` clips something, or leaves most pixels few gray levels.
    """
    rule, source = options.range_rule, options.source
    if rule.values is not None:
        return rule.values
    channel = channel_dim(options.dim_names)
    shape = tuple(size if dim == channel else 1 for dim, size in enumerate(source.dim_sizes))
    low_high = _MEASURES[rule.kind](options, channel, shape[channel] if channel is not None else 1)
    return low_high.reshape(*shape, 2)


def _measure_signal(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    found: list[list[Survey]] = [[] for _ in range(n_channels)]
    n_frame_axes = len(options.source.frame_shape)
    for of_block in _over_channels(options, channel, partial(survey, n_frame_axes=n_frame_axes)):
        for c, of_channel in of_block:
            found[c].append(of_channel)
    settled = [settle_range(of_channel, options.source.dtype) for of_channel in found]
    notes = [
        (f"channel {c}: " if n_channels > 1 else "") + note for c, (_, note) in enumerate(settled) if note
    ]
    if notes and not options.is_quiet:
        warn("; ".join(notes))
    return _shown_as_zero(np.array([limits for limits, _ in settled]))


def _measure_minmax(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    limits = np.tile([np.inf, -np.inf], (n_channels, 1))
    for block_limits in _over_channels(options, channel, finite_minmax):
        for c, (low, high) in block_limits:
            limits[c] = min(limits[c, 0], low), max(limits[c, 1], high)
    return _shown_as_zero(limits)


def _shown_as_zero(limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return limits by which everything is shown as 0 where nothing is finite."""
    limits[~np.isfinite(limits).all(axis=1)] = 0.0
    return limits


def _measure_percentiles(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    source = options.source
    step = max(1, source.nbytes // source.dtype.itemsize // n_channels // _SAMPLE_SIZE)
    samples: list[list[NDArray[Any]]] = [[] for _ in range(n_channels)]
    for block_samples in _over_channels(options, channel, partial(_sample, step=step)):
        for c, values in block_samples:
            samples[c].append(values)
    joined = [np.concatenate(parts) if parts else np.empty(0) for parts in samples]
    percentiles = options.range_rule.percentiles
    limits = np.array(
        [np.percentile(v, percentiles) if v.size else (0.0, 0.0) for v in joined], dtype=np.float64
    )
    is_empty = limits[:, 0] >= limits[:, 1]
    if is_empty.any():  # nearly all pixels have one value, and what matters are the others
        limits[is_empty] = _measure_minmax(options, channel, n_channels)[is_empty]
    return limits


def _sample(values: NDArray[Any], step: int) -> NDArray[Any]:
    counted = compressed(values.reshape(-1)[::step])
    return np.asarray(counted[is_intensity(counted)])


_MEASURES = {"auto": _measure_signal, "minmax": _measure_minmax, "percentile": _measure_percentiles}


def _over_channels(
    options: EncodeOptions, channel: int | None, measure: Callable[[NDArray[Any]], Any]
) -> Iterator[list[tuple[int, Any]]]:
    """Yield, for each slab of the source, its channels and what ``measure`` finds in the pixels of each."""
    source = options.source
    tasks = (MeasureBlock(slab, channel, measure) for slab in measured_slabs(source, options.workers))

    def measure_slab(task: MeasureBlock, stop: Stop) -> tuple[int, list[tuple[int, Any]]]:
        found = task(source, stop)
        source.release()
        return found

    with (
        options.progress_bar("Measuring display range") as bar,
        closing(
            ordered_map(measure_slab, tasks, workers=options.workers)
            if options.elsewhere is None
            else options.elsewhere.measure(tasks)
        ) as results,
    ):
        for nbytes, measured in results:
            yield measured
            bar.update(nbytes)
