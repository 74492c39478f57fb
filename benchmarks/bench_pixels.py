"""Decoding and encoding, against bare simplejpeg on the same bytes and pixels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from benchmarks._data import gray_frames, source_name
from benchmarks._report import Figure, interleaved, median_ratio, print_figures
from jpkl import JPkl
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_native import has_native

_QUALITY = 90
_THREADS = 2
#: Encodes with the same tables as bare simplejpeg.
_FAST: dict[str, Any] = {"jpeg_quality": _QUALITY, "jpeg_tables": "standard", "jpeg_optimize": False}
_FITTED: dict[str, Any] = {"jpeg_quality": _QUALITY, "jpeg_tables": "fitted"}


def main() -> None:
    title = f"Pixels: {source_name()}, enlarged, q={_QUALITY}; medians of interleaved runs"
    print_figures(title, _figures())


def _figures() -> Iterator[Figure]:
    for side, target in ((512, 1.25), (1024, 1.10)):
        yield _single_frame(side, target)
    for side, n in ((128, 2000), (512, 200), (2048, 24)):
        yield _whole_stack(side, n)
    for side, n in ((512, 200), (1024, 60)):
        yield from _encoding(side, n)
        yield _compiled_encoder(side)


def _single_frame(side: int, target: float) -> Figure:
    stack = JPkl(gray_frames(side, 8), axes="ZYX", jpeg_quality=_QUALITY)
    data = stack.images[3,]
    seconds = interleaved(
        {"jpkl": lambda: stack[..., 3], "bare": lambda: simplejpeg.decode_jpeg(data, "GRAY")}, repeats=300
    )
    ratio = median_ratio(seconds, "jpkl", "bare")
    return Figure(f"jp[..., i] at {side}, time against simplejpeg.decode_jpeg", ratio, target)


def _whole_stack(side: int, n: int) -> Figure:
    stack = JPkl(gray_frames(side, n), axes="ZYX", jpeg_quality=_QUALITY)
    frames = list(stack.images.values())
    ready = np.zeros((n, side, side), np.uint8)
    with ThreadPoolExecutor(_THREADS) as pool:
        seconds = interleaved(
            {"jpkl": lambda: np.asarray(stack), "bare": lambda: _decode_all(pool, frames, ready)}, repeats=9
        )
    what = f"np.asarray(jp), {n} frames of {side}, throughput of a bare loop"
    return Figure(what, median_ratio(seconds, "bare", "jpkl"), 0.85, at_most=False)


def _decode_all(pool: ThreadPoolExecutor, frames: list[bytes], ready: NDArray[np.uint8]) -> None:
    def decode_share(start: int) -> None:
        for i in range(start, len(frames), _THREADS):
            simplejpeg.decode_jpeg(frames[i], "GRAY", buffer=ready[i])

    list(pool.map(decode_share, range(_THREADS)))


def _encoding(side: int, n: int) -> Iterator[Figure]:
    frames = gray_frames(side, n)
    interleaved_frames = np.ascontiguousarray(np.moveaxis(frames, 0, -1)).reshape(side, side, n // 2, 2)
    with ThreadPoolExecutor(_THREADS) as pool:
        seconds = interleaved(
            {
                "frames first": lambda: JPkl(frames, axes="ZYX", **_FAST),
                "(height, width, *dims)": lambda: JPkl(interleaved_frames, **_FAST),
                "fitted tables": lambda: JPkl(frames, axes="ZYX", **_FITTED),
                "bare": lambda: _encode_all(pool, frames),
            },
            repeats=9,
        )
    for name, target in (("frames first", 0.85), ("(height, width, *dims)", 0.6), ("fitted tables", 0.5)):
        what = f"encode {n} frames of {side}, {name}, throughput of a bare loop"
        yield Figure(what, median_ratio(seconds, "bare", name), target, at_most=False)


def _compiled_encoder(side: int) -> Figure:
    """Frames one by one: no fit, no threads, nothing that fidelity takes."""
    frames = gray_frames(side, 8)
    fitted = JpegCodec(_QUALITY, "fitted", optimize=True).fitted(list(frames))
    fast = JpegCodec(_QUALITY)
    seconds = interleaved(
        {
            "fitted": lambda: [fitted.encode(frame) for frame in frames],
            "bare": lambda: [fast.encode(frame) for frame in frames],
        },
        repeats=30,
    )
    encoder = "the compiled encoder" if has_native() else "Pillow"
    what = f"{encoder}, fitted and optimized, at {side}, throughput of simplejpeg"
    return Figure(what, median_ratio(seconds, "bare", "fitted"), 0.7, at_most=False)


def _encode_all(pool: ThreadPoolExecutor, frames: NDArray[np.uint8]) -> list[list[bytes]]:
    def encode_share(start: int) -> list[bytes]:
        return [
            simplejpeg.encode_jpeg(frame[:, :, None], _QUALITY, "GRAY", "Gray")
            for frame in frames[start::_THREADS]
        ]

    return list(pool.map(encode_share, range(_THREADS)))


if __name__ == "__main__":
    main()
