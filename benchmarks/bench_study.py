"""The study of codecs on real stacks, as tables of the docs: bytes, fidelity, speed, measuring.

For each channel of each stack: lossless codecs on its own values; lossy ones on 8-bit display values, at the
same PSNR as JPEG of quality 90. Then nuclei are segmented on originals and on decoded frames, and the change
of their number, area and intensity is compared with what one more draw of the noise changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.filters import gaussian, threshold_otsu
from skimage.measure import regionprops_table
from skimage.metrics import structural_similarity
from skimage.segmentation import watershed

from benchmarks._data import AXES, shared_images
from jpkl import JPkl
from jpkl._axes import resolve_axes
from jpkl._blocks import ImageArray
from jpkl._display_range import to_uint8
from jpkl._encode import EncodeArguments
from jpkl.readers import open_image

#: Frames of a channel at the most, and of those on which nuclei are segmented.
_MOST_FRAMES, _MOST_SEGMENTED = 6, 12
#: Draws of noise that the changes are compared with.
_N_DRAWS = 8
#: Pixels of the smallest object.
_LEAST_AREA = 30
_LOSSLESS = ("png", "jpeg2000", "htj2k", "jpegls", "jpegxl", "webp")
_LOSSY = ("webp", "jpeg2000", "avif", "jpegxl")
#: Channels with nuclei, or mitochondria that are segmented in the same way.
_SEGMENTED = ("cells3d_nuclei_zyx", "mitosis_max_tcyx, channel 1", "mitosis, channel 1", "yeast_mito_tzyx")
#: What is measured of the objects: how many there are, and the means of the others.
_MEASURES = ("number", "area", "intensity")
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "8 bits alone (PNG)": {"codec": "png"},
    "JPEG 90": {"jpeg_quality": 90, "jpeg_tables": "standard"},
    "JPEG 90, fitted": {"jpeg_quality": 90, "jpeg_tables": "fitted"},
    "JPEG 75": {"jpeg_quality": 75, "jpeg_tables": "standard"},
    "WebP 90": {"codec": "webp"},
    "AVIF 90": {"codec": "avif"},
    "JPEG XL 90": {"codec": "jpegxl"},
}
if "target" in EncodeArguments.__annotations__:
    _ARGUMENTS |= {
        "target noise": {"target": "noise"},
        "target 2 x noise": {"target": ("noise", 2)},
        "target ratio 10": {"target": ("ratio", 10)},
    }


@dataclass(frozen=True)
class _Channel:
    """Some frames of a channel: as they are, and mapped to 8 bits."""

    name: str
    values: NDArray[Any]
    shown: NDArray[np.uint8]
    limits: NDArray[np.float64]

    @property
    def axes(self) -> str:
        return "TYX" if self.values.ndim == 3 else "TYXS"


@dataclass(frozen=True)
class _Result:
    """What a codec makes of a channel: speeds in megapixels a second."""

    ratio: float
    encode: float
    decode: float
    psnr: float = np.inf
    ssim: float = 1.0


def main() -> None:
    channels = list(_channels())
    _print_lossless(channels)
    _print_lossy(channels)
    _print_measured([channel for channel in channels if channel.name in _SEGMENTED])


def _channels() -> Iterator[_Channel]:
    for path in shared_images():
        yield from _channels_of(path)


def _channels_of(path: Path) -> Iterator[_Channel]:
    stem = path.name.split(".")[0]
    with open_image(path) as source:
        array, axes = np.asarray(source.array), AXES.get(stem, source.axes)
    opened = ImageArray(array, resolve_axes(array.shape, axes, False))
    images = opened.read(next(iter(opened.blocks(array.nbytes))))
    limits = JPkl(array, axes=axes).display_range
    assert limits is not None
    limits = np.broadcast_to(limits, (*opened.dim_sizes, 2))
    letters = [letter for letter in str(axes) if letter not in "YXS"]
    channel = letters.index("C") if "C" in letters else None
    for c in range(1 if channel is None else opened.dim_sizes[channel]):
        indices = [i for i in np.ndindex(opened.dim_sizes) if channel is None or i[channel] == c]
        most = _MOST_SEGMENTED if stem.startswith(("cells3d", "mitosis", "yeast")) else _MOST_FRAMES
        indices = indices[:: -(-len(indices) // most)]
        name = stem if channel is None else f"{stem}, channel {c}"
        shown = np.stack([to_uint8(images[i], *limits[i].tolist()) for i in indices])
        yield _Channel(name, np.stack([images[i] for i in indices]), shown, limits[indices[0]])


def _run(frames: NDArray[Any], axes: str, itemsize: int, **arguments: Any) -> tuple[_Result, NDArray[Any]]:
    """Encode and decode frames, on one thread."""
    began = time.perf_counter()
    stack = JPkl(frames, axes=axes, workers=1, **arguments)
    encoded = time.perf_counter()
    decoded = np.moveaxis(np.asarray(stack), -1, 0)
    ended = time.perf_counter()
    megapixels = frames.size / 1e6
    result = _Result(
        frames.size * itemsize / stack.compressed_nbytes,
        megapixels / (encoded - began),
        megapixels / (ended - encoded),
        *_fidelity(frames, decoded),
    )
    return result, decoded


def _fidelity(frames: NDArray[Any], decoded: NDArray[Any]) -> tuple[float, float]:
    if np.array_equal(frames, decoded):
        return np.inf, 1.0
    mse = float(np.square(decoded.astype(float) - frames).mean())
    channel_axis = 2 if frames.ndim == 4 else None
    ssim = [
        structural_similarity(*pair, win_size=7, data_range=255, channel_axis=channel_axis)
        for pair in zip(frames, decoded, strict=True)
    ]
    return float(10 * np.log10(255**2 / mse)), float(np.mean(ssim))


# -- lossless ------------------------------------------------------------------------------------------


def _print_lossless(channels: list[_Channel]) -> None:
    print("\nLossless, times smaller than the values; in brackets Mpx/s encoded and decoded, one thread\n")
    _print_row("stack", *_LOSSLESS)
    _print_row(*["---"] * (1 + len(_LOSSLESS)))
    for channel in channels:
        if channel.values.dtype.kind in "ui":
            _print_row(channel.name, *(_lossless_cell(channel, codec) for codec in _LOSSLESS))


def _lossless_cell(channel: _Channel, codec: str) -> str:
    try:
        itemsize = channel.values.dtype.itemsize
        result, decoded = _run(channel.values, channel.axes, itemsize, codec=codec, lossless=True)
    except ValueError:  # it cannot hold them
        return ""
    assert np.array_equal(decoded, channel.values)
    return f"{result.ratio:.2f} ({result.encode:.1f}, {result.decode:.0f})"


# -- lossy ---------------------------------------------------------------------------------------------


def _print_lossy(channels: list[_Channel]) -> None:
    print("\nLossy at the PSNR of JPEG 90: times smaller than the values, SSIM (Mpx/s encoded, decoded)\n")
    _print_row("stack", "PSNR", "JPEG", "JPEG, fitted", *_LOSSY)
    _print_row(*["---"] * (4 + len(_LOSSY)))
    for channel in channels:
        run = partial(_run, channel.shown, channel.axes, channel.values.dtype.itemsize)
        jpeg, fitted = run(jpeg_tables="standard")[0], run(jpeg_tables="fitted")[0]
        others = [_at_psnr(partial(run, codec=codec), jpeg.psnr) for codec in _LOSSY]
        cells = [_lossy_cell(each, jpeg.psnr) for each in (jpeg, fitted, *others)]
        _print_row(channel.name, f"{jpeg.psnr:.1f} dB", *cells)


def _at_psnr(run: Callable[..., tuple[_Result, Any]], psnr: float) -> _Result:
    """Return what the lowest quality gives that has a PSNR, by halving; or the highest."""
    low, high = 20, 100
    best = run(jpeg_quality=high)[0]
    while low < high:
        middle = (low + high) // 2
        result = run(jpeg_quality=middle)[0]
        if result.psnr >= psnr:
            best, high = result, middle
        else:
            low = middle + 1
    return best


def _lossy_cell(result: _Result, psnr: float) -> str:
    cell = f"{result.ratio:.1f}, {result.ssim:.3f} ({result.encode:.1f}, {result.decode:.0f})"
    return cell if result.psnr > psnr - 0.1 else f"{cell} at {result.psnr:.1f} dB"


# -- measuring -----------------------------------------------------------------------------------------


def _print_measured(channels: list[_Channel]) -> None:
    print("\nChange of what is segmented, by the change that one more draw of the noise makes\n")
    for channel in channels:
        rng = np.random.default_rng(0)
        reference = [_measure(frame) for frame in channel.values]
        redrawn = [_change(reference, _redrawn(channel.values, rng)) for _ in range(_N_DRAWS)]
        by_noise = np.mean(redrawn, axis=0)
        n_objects = np.mean([each[0] for each in reference])
        parts = [f"{name} by {part:.2%}" for name, part in zip(_MEASURES, by_noise, strict=True)]
        print(f"{channel.name}: {n_objects:.0f} objects a frame; the noise changes {', '.join(parts)}\n")
        _print_row("", "times smaller", "PSNR", *_MEASURES)
        _print_row(*["---"] * 6)
        for name, arguments in _ARGUMENTS.items():
            result, decoded = _run(channel.shown, channel.axes, channel.values.dtype.itemsize, **arguments)
            low, high = channel.limits
            change = _change(reference, decoded * ((high - low) / 255) + low)
            parts = [f"{part:.2f}" for part in change / np.maximum(by_noise, 1e-6)]
            psnr = "" if np.isinf(result.psnr) else f"{result.psnr:.1f} dB"
            _print_row(name, f"{result.ratio:.1f}", psnr, *parts)
        print()


def _redrawn(frames: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return frames with as much noise again as they have, by the median of their diagonal differences."""
    values = frames.astype(float)
    even = values[:, : values.shape[1] // 2 * 2, : values.shape[2] // 2 * 2]
    a, b, c, d = (even[:, row::2, column::2] for row in (0, 1) for column in (0, 1))
    diagonal = (a - b - c + d) / 2
    sigma = np.median(np.abs(diagonal)) / 0.6745
    return values + rng.normal(0, sigma, values.shape)


def _change(reference: list[NDArray[np.float64]], frames: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean relative change of number, mean area and mean intensity over frames."""
    measured = [_measure(frame) for frame in frames]
    pairs = zip(reference, measured, strict=True)
    return np.asarray(np.mean([np.abs(new - old) / np.maximum(old, 1e-9) for old, new in pairs], axis=0))


def _measure(frame: NDArray[Any]) -> NDArray[np.float64]:
    """Segment bright objects, by Otsu's threshold and a watershed: number, mean area, mean intensity."""
    values = frame.astype(float)
    smooth = gaussian(values, 2, preserve_range=True)
    mask = smooth > threshold_otsu(smooth)
    distance = ndimage.distance_transform_edt(mask)
    seeds = np.zeros(mask.shape, int)
    smooth_distance = gaussian(distance, 2, preserve_range=True)
    peaks = peak_local_max(smooth_distance, min_distance=8, labels=mask.astype(int))
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    objects = regionprops_table(
        watershed(-distance, seeds, mask=mask), values, properties=("area", "intensity_mean")
    )
    is_large = objects["area"] >= _LEAST_AREA
    if not is_large.any():
        return np.zeros(3)
    return np.array(
        [is_large.sum(), *(objects[name][is_large].mean() for name in ("area", "intensity_mean"))]
    )


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
