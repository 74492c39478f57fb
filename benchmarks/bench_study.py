"""The study of codecs and targets on real stacks, as tables of the docs: bytes, fidelity, speed, measuring.

For each channel of each stack: lossless codecs on its own values; lossy ones on 8-bit display values, at the
same PSNR as JPEG of quality 90; each codec and target. Then nuclei are segmented on originals and on decoded
frames, and the change of their number, area and intensity is compared with what one more draw of the noise
changes. ``--write`` puts the tables into ``docs/explanation/codecs.md``, ``--quick`` looks at fewer frames.
"""

from __future__ import annotations

import time
import warnings
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
from skimage.segmentation import watershed

from benchmarks._data import Channel, channels
from jpkl import JPkl, JPklWarning
from jpkl._metrics import psnr_of, squared_error, ssim

#: The page with the tables, each between two comments that name it.
_PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "codecs.md"
#: Pixels of the smallest object.
_LEAST_AREA = 30
_LOSSLESS = ("png", "jpeg2000", "htj2k", "jpegls", "jpegxl", "webp")
_LOSSY = ("webp", "jpeg2000", "avif", "jpegxl")
#: Channels with nuclei, or mitochondria that are segmented in the same way.
_SEGMENTED = ("cells3d_nuclei_zyx", "mitosis_max_tcyx, channel 1", "mitosis, channel 1", "yeast_mito_tzyx")
#: What is measured of the objects: how many there are, and the means of the others.
_MEASURES = ("number", "area", "intensity")
_SETTINGS: dict[str, dict[str, Any]] = {
    "8 bits alone (PNG)": {"codec": "png"},
    "JPEG 90": {"jpeg_quality": 90, "jpeg_tables": "standard"},
    "JPEG 90, fitted": {"jpeg_quality": 90, "jpeg_tables": "fitted"},
    "JPEG 75": {"jpeg_quality": 75, "jpeg_tables": "standard"},
    "target noise": {"target": "noise"},
    "target 2 x noise": {"target": ("noise", 2)},
    "target PSNR 40": {"target": ("psnr", 40)},
    "target SSIM 0.95": {"target": ("ssim", 0.95)},
    "target ratio 10": {"target": ("ratio", 10)},
    "WebP 90": {"codec": "webp"},
    "JPEG 2000 90": {"codec": "jpeg2000"},
    "AVIF 90": {"codec": "avif"},
    "JPEG XL 90": {"codec": "jpegxl"},
}
#: Those whose figures are given for each stack.
_BY_STACK = ("JPEG 90", *(name for name in _SETTINGS if name.startswith("target")))


@dataclass(frozen=True)
class _Size:
    """Frames of a channel at the most, those on which nuclei are segmented, and draws of noise."""

    frames: int
    segmented: int
    draws: int


_FULL, _QUICK = _Size(6, 12, 8), _Size(2, 4, 3)


@dataclass(frozen=True)
class _Result:
    """What a codec makes of a channel: speeds in megapixels a second."""

    ratio: float
    encode: float
    decode: float
    psnr: float = np.inf
    ssim: float = 1.0


def main(*, quick: bool = False, write: bool = False) -> None:
    size = _QUICK if quick else _FULL
    measured = list(channels(partial(_most_frames, size)))
    tables = {
        "lossless": _lossless(measured),
        "lossy": _lossy(measured),
        "settings": _settings(measured),
        "measuring": _measuring([each for each in measured if each.name in _SEGMENTED], size),
    }
    found = dict[str, list[str]]()
    for name, lines in tables.items():
        print(f"\n{name}\n")
        found[name] = []
        for line in lines:
            print(line, flush=True)
            found[name].append(line)
    if write:
        _write(found, size)


def _most_frames(size: _Size, stem: str) -> int:
    return size.segmented if stem.startswith(("cells3d", "mitosis", "yeast")) else size.frames


def _write(tables: dict[str, list[str]], size: _Size) -> None:
    """Put the tables into the page."""
    page = _PAGE.read_text()
    sampled = f"Up to {size.frames} frames of each channel, {size.segmented} where objects are segmented."
    for name, lines in {**tables, "sampled": [sampled]}.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        text = "\n".join(lines)
        page = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    _PAGE.write_text(page)


def _run(channel: Channel, **arguments: Any) -> tuple[_Result, NDArray[Any]]:
    """Encode and decode frames, on one thread, whose time alone counts: others may use the machine."""
    options: dict[str, Any] = dict(arguments)
    is_exact = options.get("lossless", False)
    if not is_exact:
        options["display_range"] = tuple(channel.limits)
    began = time.process_time()
    stack = JPkl(
        channel.values,
        axes=channel.axes,
        workers=1,
        fidelity=None,
        **options,
    )
    encoded = time.process_time()
    decoded = np.moveaxis(np.asarray(stack), -1, 0)
    ended = time.process_time()
    megapixels = channel.values.size / 1e6
    result = _Result(
        channel.values.nbytes / stack.compressed_nbytes,
        megapixels / (encoded - began),
        megapixels / (ended - encoded),
        *_fidelity(channel.values if is_exact else channel.shown, decoded),
    )
    return result, decoded


def _fidelity(frames: NDArray[Any], decoded: NDArray[Any]) -> tuple[float, float]:
    if np.array_equal(frames, decoded):
        return np.inf, 1.0
    pairs = list(zip(frames, decoded, strict=True))
    error = float(np.mean([squared_error(*pair) for pair in pairs]))
    return psnr_of(error), float(np.mean([ssim(*pair) for pair in pairs]))


def _geometric_mean(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values)))) if values else np.nan


def _speeds(results: list[_Result]) -> str:
    """Return megapixels a second, encoded and decoded."""
    if not results:
        return ""
    encode, decode = (np.median([getattr(each, what) for each in results]) for what in ("encode", "decode"))
    return f"{encode:.1f}, {decode:.0f}"


# -- lossless ------------------------------------------------------------------------------------------


def _lossless(channels: list[Channel]) -> Iterator[str]:
    """Yield times smaller than the values, then geometric means and speeds on one thread."""
    yield from _head("stack", *_LOSSLESS)
    of_codec: dict[str, list[_Result]] = {codec: [] for codec in _LOSSLESS}
    names = [channel for channel in channels if channel.values.dtype.kind in "ui"]
    for channel in names:
        cells = []
        for codec in _LOSSLESS:
            result = _exactly(channel, codec)
            of_codec[codec] += [result] if result else []
            cells.append(f"{result.ratio:.2f}" if result else "")
        yield _row(channel.name, *cells)
    everywhere = {codec: found for codec, found in of_codec.items() if len(found) == len(names)}
    means = [
        f"**{_geometric_mean([each.ratio for each in everywhere[codec]]):.2f}**"
        if codec in everywhere
        else ""
        for codec in _LOSSLESS
    ]
    yield _row("**geometric mean**", *means)
    yield _row("Mpx/s encoded, decoded (median)", *(_speeds(of_codec[codec]) for codec in _LOSSLESS))


def _exactly(channel: Channel, codec: str) -> _Result | None:
    try:
        result, decoded = _run(channel, codec=codec, lossless=True)
    except ValueError:  # it cannot hold them
        return None
    assert np.array_equal(decoded, channel.values)
    return result


# -- lossy ---------------------------------------------------------------------------------------------


def _lossy(channels: list[Channel]) -> Iterator[str]:
    """Yield times smaller than the values and SSIM, at the PSNR of JPEG 90."""
    names = ("JPEG", "JPEG, fitted", *_LOSSY)
    yield from _head("stack", "PSNR", *names)
    of_codec: dict[str, list[_Result]] = {name: [] for name in names}
    for channel in channels:
        jpeg = _run(channel, **_SETTINGS["JPEG 90"])[0]
        fitted = _run(channel, **_SETTINGS["JPEG 90, fitted"])[0]
        others = [_at_psnr(partial(_run, channel, codec=codec), jpeg.psnr) for codec in _LOSSY]
        found = [jpeg, fitted, *others]
        for name, result in zip(names, found, strict=True):
            of_codec[name].append(result)
        yield _row(channel.name, f"{jpeg.psnr:.1f} dB", *(_lossy_cell(each, jpeg.psnr) for each in found))
    means = [f"**{_geometric_mean([each.ratio for each in of_codec[name]]):.1f}**" for name in names]
    yield _row("**geometric mean**", "", *means)
    yield _row("Mpx/s encoded, decoded (median)", "", *(_speeds(of_codec[name]) for name in names))


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
    cell = f"{result.ratio:.1f}, {result.ssim:.3f}"
    return cell if result.psnr > psnr - 0.1 else f"{cell} at {result.psnr:.1f} dB"


# -- each codec and target -------------------------------------------------------------------------------


def _settings(channels: list[Channel]) -> Iterator[str]:
    """Yield what each codec and target gives over all stacks, then some of them for each stack."""
    found = {
        name: [_tried(channel, arguments) for channel in channels] for name, arguments in _SETTINGS.items()
    }
    yield from _head(
        "", "stacks", "times smaller", "PSNR (lowest)", "SSIM (lowest)", "Mpx/s encoded, decoded"
    )
    for name, results in found.items():
        yield _setting_row(name, [each for each in results if each is not None])
    yield ""
    yield from _head("times smaller, PSNR", *_BY_STACK)
    for i, channel in enumerate(channels):
        yield _row(channel.name, *(_stack_cell(found[name][i]) for name in _BY_STACK))


def _tried(channel: Channel, arguments: dict[str, Any]) -> _Result | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", JPklWarning)
            return _run(channel, **arguments)[0]
    except ValueError:  # the target is out of reach
        return None


def _setting_row(name: str, results: list[_Result]) -> str:
    lossy = [each for each in results if np.isfinite(each.psnr)]
    psnr, ssims = [each.psnr for each in lossy], [each.ssim for each in results]
    return _row(
        name,
        str(len(results)),
        f"{_geometric_mean([each.ratio for each in results]):.1f}",
        f"{np.median(psnr):.1f} dB ({min(psnr):.1f})" if lossy else "",
        f"{np.median(ssims):.3f} ({min(ssims):.3f})" if lossy else "",
        # Of so few frames, fitting is most of the time.
        "" if name.startswith("target") else _speeds(results),
    )


def _stack_cell(result: _Result | None) -> str:
    return "out of reach" if result is None else f"{result.ratio:.1f}, {result.psnr:.1f} dB"


# -- measuring -----------------------------------------------------------------------------------------


def _measuring(channels: list[Channel], size: _Size) -> Iterator[str]:
    """Yield the change of what is segmented, by the change that one more draw of the noise makes."""
    for channel in channels:
        rng = np.random.default_rng(0)
        reference = [_measure(frame) for frame in channel.values]
        redrawn = [_change(reference, _redrawn(channel.values, rng)) for _ in range(size.draws)]
        by_noise = np.mean(redrawn, axis=0)
        n_objects = np.mean([each[0] for each in reference])
        parts = [f"{name} by {part:.2%}" for name, part in zip(_MEASURES, by_noise, strict=True)]
        yield f"{channel.name}: {n_objects:.0f} objects a frame; the noise changes {', '.join(parts)}."
        yield ""
        yield from _head("", "times smaller", "PSNR", *_MEASURES)
        for name, arguments in _SETTINGS.items():
            try:
                result, decoded = _run(channel, **arguments)
            except ValueError:  # the target is out of reach
                continue
            low, high = channel.limits
            change = _change(reference, decoded * ((high - low) / 255) + low)
            changes = [f"{part:.2f}" for part in change / np.maximum(by_noise, 1e-6)]
            psnr = "" if np.isinf(result.psnr) else f"{result.psnr:.1f} dB"
            yield _row(name, f"{result.ratio:.1f}", psnr, *changes)
        yield ""


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


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield _row(*["---"] * len(cells))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
