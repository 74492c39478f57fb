"""What encoding would give, from a few frames of a stack; nothing is written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jpkl._cli._description import range_text
from jpkl._codecs.codec import Codec
from jpkl._dims import channel_dim, index_of
from jpkl._display_range import to_stored
from jpkl._encoding.aim import aimed
from jpkl._encoding.block_tasks import EncodeHook
from jpkl._encoding.encode import FrameEncoders
from jpkl._encoding.label_watch import LabelWatch
from jpkl._encoding.options import EncodeOptions
from jpkl._errors import warn
from jpkl._file.schema import StackInfo
from jpkl._file.writing import stack_nbytes
from jpkl._metrics import mean_psnr, psnr, ssim
from jpkl._originals.preview import first_range
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.blocks import Block
from jpkl._text import count, human_bytes, human_change, short_name

#: Frames to encode; they are spread evenly, since stacks drift (bleaching) and fade (depth).
SAMPLE_FRAMES = 64
#: Source bytes that they may take together, however large one is.
SAMPLE_NBYTES = 256 << 20
#: Source bytes up to which all are read to measure the display range, as encoding does.
MEASURED_NBYTES = 512 << 20
#: Channels whose display ranges are printed.
_MAX_SHOWN = 8
#: Pixels of a frame of which SSIM is measured.
_SSIM_PIXELS = 1 << 16


@dataclass(frozen=True)
class Forecast:
    """What to expect of a stack.

    Attributes
    ----------
    info : StackInfo
        What its file would say, the display range among it.
    is_measured : bool
        Whether the display range is that of all frames, rather than of those that were sampled.
    nbytes, margin : float
        Size of the file, and two standard errors of it.
    n_sampled : int
        Number of frames that were encoded.
    psnr, ssim : float
        What these keep, on average; NaN where it was not measured.
    """

    info: StackInfo
    is_measured: bool
    nbytes: float
    margin: float
    n_sampled: int
    psnr: float
    ssim: float

    def lines(self, source_nbytes: int) -> list[str]:
        """Return it as text.

        Parameters
        ----------
        source_nbytes : int
            Bytes of the original pixels.
        """
        about = "" if self.is_measured else " or so, by the sampled frames"
        size = human_bytes(self.nbytes) + (f" \u00b1 {human_bytes(self.margin)}" if self.margin else "")
        n_frames = self.info.n_frames
        sampled = f"measured on {self.n_sampled:,} of {count(n_frames, 'frame')}"
        return [
            f"stack: {_stack_text(self.info)}",
            f"display range: {range_text(self.info.display_range, self.info.dim_names)}{about}",
            f"forecast: {size}, {human_change(source_nbytes, self.nbytes)} than the pixels, {sampled}",
            *([] if math.isnan(self.psnr) else [f"fidelity: {_fidelity_text(self.psnr, self.ssim)}"]),
        ]


def forecast(options: EncodeOptions) -> Forecast:
    """Forecast size and fidelity of a JPkl file by encoding a few frames.

    Parameters
    ----------
    options : EncodeOptions
        What to encode and how. Where the source is large, only the sampled frames are read, by which a
        display range is measured then.
    """
    blocks = _sample(options)
    limits, is_measured = first_range(options, MEASURED_NBYTES)
    options = aimed(options, limits)
    info = options.describe(limits)
    tried = _tried(options, limits, blocks)
    sizes = np.array([each.nbytes for each in tried], np.int64)
    mean = sizes.mean() if sizes.size else 0.0
    # Two standard errors of the mean, but none where all frames are known.
    is_exact = sizes.size == info.n_frames
    margin = 0.0 if is_exact else 2 * info.n_frames * float(sizes.std()) / np.sqrt(sizes.size)
    return Forecast(
        info=info,
        is_measured=is_measured,
        nbytes=stack_nbytes(info, info.n_frames * mean),
        margin=margin,
        n_sampled=sizes.size,
        psnr=mean_psnr(each.psnr for each in tried) if tried else math.nan,
        ssim=float(np.mean([each.ssim for each in tried])) if tried else math.nan,
    )


# -- the sample ----------------------------------------------------------------------------------------


def _sample(options: EncodeOptions) -> list[Block]:
    """Return frames spread evenly over the stack; of each position all channels, whose ranges differ."""
    source = options.source
    channel = channel_dim(options.dim_names)
    n_channels = 1 if channel is None else source.dim_sizes[channel]
    others = [dim for dim in range(len(source.dim_sizes)) if dim != channel]
    sizes = tuple(source.dim_sizes[dim] for dim in others)
    n = min(SAMPLE_FRAMES // max(1, n_channels), SAMPLE_NBYTES // max(1, n_channels * source.frame_nbytes))
    rows = slice(0, source.frame_shape[0])
    blocks = []
    for index in _spread(sizes, max(2, n)):
        at = dict(zip(others, index, strict=True))
        dims = tuple(
            slice(at[dim], at[dim] + 1) if dim in at else slice(0, size)
            for dim, size in enumerate(source.dim_sizes)
        )
        blocks.append(Block(dims, rows))
    return blocks if n_channels else []


def _spread(sizes: tuple[int, ...], n: int) -> list[tuple[int, ...]]:
    """Return up to `n` indices into an array of these sizes, evenly spread in C order."""
    total = prod(sizes)
    # Middles of equal parts: neither the first nor the last frame is typical.
    numbers = sorted({int((i + 0.5) * total / n) for i in range(n)}) if total else []
    return [index_of(number, sizes) for number in numbers]


class _Tried(NamedTuple):
    """What a sampled frame takes, and what it keeps."""

    nbytes: int
    psnr: float
    ssim: float


def _tried(options: EncodeOptions, limits: NDArray[np.float64], blocks: list[Block]) -> list[_Tried]:
    """Encode the sampled frames, and warn where encoding would."""
    source, watch = options.source, LabelWatch(channel_dim(options.dim_names))
    limits = np.broadcast_to(limits, (*source.dim_sizes, 2))
    encoders = FrameEncoders(options, source, limits)

    def encode(block: Block, stop: Stop) -> list[_Tried]:
        frames, found = source.read(block), list[_Tried]()
        for position, index in zip(np.ndindex(block.shape), block.frame_indices(), strict=True):
            stop.check()
            if options.kept and (data := options.kept.take(index)) is not None:
                found.append(_Tried(len(data), math.inf, 1.0))
                continue
            low, high = limits[index].tolist()
            if not options.color and encoders.exact_dtype is None:
                watch.look(index, frames[position])
            stored = to_stored(frames[position], low, high, encoders.exact_dtype)
            found.append(_try(options.codec, encoders[index], stored))
        source.release()
        return found

    tried = [each for found in ordered_map(encode, blocks, workers=options.workers) for each in found]
    if note := watch.note():
        warn(note)
    return tried


def _try(codec: Codec, encode: EncodeHook, frame: NDArray[np.uint8]) -> _Tried:
    data = encode(frame)
    decoded = codec.decode(data, frame.shape)
    return _Tried(len(data), psnr(frame, decoded), ssim(frame, decoded, _SSIM_PIXELS))


# -- text ----------------------------------------------------------------------------------------------


def _stack_text(info: StackInfo) -> str:
    height, width = info.frame_shape or (0, 0)
    dims = [f"{short_name(name)} {size}" for name, size in zip(info.dim_names, info.dim_sizes, strict=True)]
    kind = "RGB" if info.color else "gray"
    return f"{height} x {width} pixels, {kind}; dims {', '.join(dims) or 'none'}"


def _fidelity_text(psnr: float, ssim: float) -> str:
    if math.isinf(psnr):
        return "no loss"
    return f"PSNR {psnr:.1f} dB" + ("" if math.isnan(ssim) else f", SSIM {ssim:.3f}") + " on average"
