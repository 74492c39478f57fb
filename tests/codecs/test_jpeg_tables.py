"""Tables that are fitted to frames: at least libjpeg's PSNR, in fewer bytes, whoever encodes."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import Codec, JPkl, JPklWriter
from jpkl._codecs import jpeg_pillow
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_header import parse_jpeg_header
from jpkl._codecs.jpeg_tables import sloped_tables, standard_tables
from jpkl._errors import FrameEncodeError
from jpkl.testing import CodecContract
from tests.conftest import shared_data

FITTED: dict[str, Any] = {"jpeg_tables": "fitted"}
STANDARD: dict[str, Any] = {"jpeg_tables": "standard"}


class TestFlatTables(CodecContract):
    tolerance = 12

    def codec(self) -> Codec:
        return JpegCodec(95, "fitted", optimize=True)


def cells(n: int = 16, side: int = 96, noise: float = 4.0) -> NDArray[np.uint8]:
    """Round cells on a dim background, with noise: (n, side, side)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    frames = np.full((n, side, side), 20.0)
    for number in range(n):
        for row, column in rng.integers(0, side, (6, 2)):
            frames[number] += 120 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 60)
    return np.clip(frames + rng.normal(0, noise, frames.shape), 0, 255).astype(np.uint8)


def mse(stack: JPkl, frames: NDArray[np.uint8], axes: Sequence[int]) -> Any:
    """Mean squared error over the axes of (..., frames)."""
    return np.square(np.asarray(stack).astype(float) - frames).mean(axis=tuple(axes))


@pytest.mark.parametrize("quality", [50, 90, 97])
def test_each_channel_has_the_psnr_of_the_quality_in_fewer_bytes(quality: int) -> None:
    images = np.moveaxis(np.stack([cells(noise=2), cells(noise=9)]), (0, 1), (-2, -1))
    flat, standard = (
        JPkl(images, dim_names=("channel", "time"), jpeg_quality=quality, **options)
        for options in (FITTED, STANDARD)
    )
    assert flat.jpeg_quality == quality
    for channel, (new, old) in enumerate(
        zip(mse(flat, images, (0, 1, 3)), mse(standard, images, (0, 1, 3)), strict=True)
    ):
        assert new <= old
        sizes = [sum(len(jp.images[channel, t]) for t in range(16)) for jp in (flat, standard)]
        assert sizes[0] < 0.9 * sizes[1]
    tables = [Image.open(io.BytesIO(flat.images[c, 0])).quantization for c in (0, 1)]  # type: ignore[attr-defined]
    assert tables[0] != tables[1] or quality == 50  # where libjpeg's own are as small


@pytest.mark.parametrize("options", [FITTED, STANDARD, {"target": ("psnr", 45)}])
@pytest.mark.parametrize("shape", [(1, 65535, 1), (2, 65501, 1), (2, 65501, 1, 3), (2, 1, 65501)])
def test_frames_that_are_too_long_are_reported_as_such(
    shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    images = np.resize(np.arange(251, dtype=np.uint8), shape)
    where = "" if "target" in options else r"frame \(0,\): "
    with pytest.raises(FrameEncodeError, match=rf"^{where}{shape[1]} x {shape[2]} pixels; .* 65500 a side"):
        JPkl(images, axes="TYXS"[: len(shape)], **options)


@pytest.mark.parametrize("shape", [(1, 65500, 1), (3, 65500, 1), (2, 40000, 1), (2, 65500, 1, 3)])
def test_tables_are_fitted_to_frames_one_pixel_wide(shape: tuple[int, ...]) -> None:
    images = np.resize(np.arange(251, dtype=np.uint8), shape)
    stack = JPkl(images, axes="TYXS"[: len(shape)], **FITTED)
    assert np.abs(np.asarray(stack.frames_first).astype(int) - images).max() < 40


def test_no_frame_loses_much_more_so_that_others_lose_less() -> None:
    images = np.concatenate([cells(20, noise=12), *(cells(1) // n for n in (1, 2, 4, 9))])
    new, old = (
        mse(JPkl(images, axes="TYX", **options).frames_first, images, (1, 2))
        for options in (FITTED, STANDARD)
    )
    assert new.mean() <= old.mean()
    assert (new < 1.15 * old).all()


def test_frames_are_baseline_jpeg() -> None:
    for images in (cells(), np.stack([cells(), 255 - cells(), cells() // 2], axis=-1)):
        axes = "TYX" if images.ndim == 3 else "TYXS"
        data = JPkl(images, axes=axes).images[0,]
        header = parse_jpeg_header(data)
        assert header.single_scan
        assert b"\xff\xc0" in data[: header.scan_offset]
        assert header.n_components == (1 if images.ndim == 3 else 3)


def test_chroma_has_tables_of_its_own() -> None:
    images = np.stack([cells(), 255 - cells(), cells() // 2], axis=-1)
    flat, standard = (JPkl(images, axes="TYXS", **options) for options in (FITTED, STANDARD))
    assert mse(flat, np.moveaxis(images, 0, -1), range(4)) <= mse(
        standard, np.moveaxis(images, 0, -1), range(4)
    )
    assert flat.compressed_nbytes < 0.9 * standard.compressed_nbytes


def test_the_bytes_do_not_depend_on_who_encodes() -> None:
    images = cells(40, 64)
    frames = [dict(JPkl(images, axes="TYX", workers=workers).images) for workers in (1, 2, 5)]
    assert frames[0] == frames[1] == frames[2]


def test_faint_texture_is_not_wiped_out() -> None:
    """A bright frame corner sets the PSNR; most blocks hold noise of less than a gray level."""
    rng = np.random.default_rng(1)
    images = rng.normal(20, 0.9, (12, 96, 96))
    images[:, :40, :40] += rng.normal(100, 40, (12, 40, 40))
    frames = np.clip(np.rint(images), 0, 255).astype(np.uint8)

    def share_of_flat_blocks(stack: JPkl) -> float:
        blocks = np.asarray(stack).reshape(12, 8, 12, 8, 12)
        return float((np.ptp(np.ptp(blocks, axis=3), axis=1) == 0).mean())

    flat, standard = (JPkl(frames, axes="TYX", **options) for options in (FITTED, STANDARD))
    assert share_of_flat_blocks(flat) <= share_of_flat_blocks(standard) + 0.1


@pytest.mark.parametrize("name", ["cells3d_nuclei_zyx.tif", "cell_tzcyx.tif"])
def test_real_stacks(name: str) -> None:
    tifffile = pytest.importorskip("tifffile")
    images = tifffile.imread(shared_data("images") / name)
    axes = "ZYX" if images.ndim == 3 else "TZCYX"
    flat, standard = (JPkl(images, axes=axes, **options) for options in (FITTED, STANDARD))
    assert flat.compressed_nbytes < 0.87 * standard.compressed_nbytes


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("quality", [0, 90, 100])
def test_constant_frames(value: int, quality: int) -> None:
    images = np.full((5, 20, 30), value, np.uint8)
    stacks = [JPkl(images, axes="TYX", jpeg_quality=quality, **options) for options in (FITTED, STANDARD)]
    new, old = (int(np.abs(np.asarray(stack).astype(int) - value).max()) for stack in stacks)
    assert new <= old


def test_stacks_without_frames() -> None:
    assert JPkl(np.zeros((8, 8, 0, 2), np.uint8), dim_names=("time", "channel")).shape == (8, 8, 0, 2)


@pytest.mark.parametrize("every", [None, 6])
@pytest.mark.parametrize("quality", [50, 90, 97])
def test_frames_that_stream_in_have_the_psnr_of_the_quality_in_fewer_bytes(
    quality: int, every: int | None, tmp_path: Path
) -> None:
    images = np.concatenate([np.zeros((2, 96, 96), np.uint8), *(cells(4, noise=n) for n in range(2, 10))])
    found = []
    fitted = FITTED if every is None else {**FITTED, "sample": images[2::every]}
    for name, options in {"fitted": fitted, "standard": STANDARD}.items():
        with JPklWriter(tmp_path / name, (96, 96), (34,), jpeg_quality=quality, **options) as writer:
            for t, image in enumerate(images):
                writer[t] = image
        with JPkl.load(tmp_path / name) as stack:
            found.append((stack.compressed_nbytes, mse(stack, np.moveaxis(images, 0, -1), (0, 1))))
    (new_nbytes, new), (old_nbytes, old) = found
    assert new_nbytes < 0.9 * old_nbytes
    assert (new <= 1.02 * old).all()  # whose quick transform rounds a little otherwise
    assert new.mean() <= old.mean()


def test_a_subclass_has_its_hook_called_for_each_frame() -> None:
    class Inverted(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            return super().encode_slice(255 - image)

    images = cells(4)
    np.testing.assert_allclose(
        np.asarray(Inverted(images, axes="TYX")), 255 - np.moveaxis(images, 0, -1), atol=12
    )


@pytest.mark.parametrize("quality", [0, 1, 30, 50, 90, 100])
def test_tables_are_legal(quality: int) -> None:
    image = Image.new("RGB", (8, 8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=max(1, quality))
    quantization = Image.open(buffer).quantization  # type: ignore[attr-defined]
    assert list(standard_tables(quality)) == [tuple(quantization[0]), tuple(quantization[1])]
    for tables in (sloped_tables(0.1, 300, quality), sloped_tables(1, 0.1, quality)):
        assert all(len(table) == 64 and 1 <= min(table) <= max(table) <= 255 for table in tables)


def test_noise_of_the_best_quality() -> None:
    """It takes more than the buffer that Pillow makes for optimizing."""
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    codec = JpegCodec(100, "fitted", optimize=True)
    assert np.abs(codec.decode(codec.encode(noise), noise.shape).astype(int) - noise).max() < 8


def raises_os_error(**_: Any) -> None:
    raise OSError("no room")


@pytest.mark.parametrize("kind", ["no memory files", "no files", "full disk"])
def test_files_that_pillow_writes_to(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = JpegCodec(90, "fitted", optimize=True).encode(cells(1)[0])
    if kind != "full disk":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    if kind == "no files":
        monkeypatch.setattr(jpeg_pillow.tempfile, "TemporaryFile", raises_os_error)
    monkeypatch.setattr(jpeg_pillow, "_scratch", jpeg_pillow._Scratch())
    assert (jpeg_pillow._scratch.file is None) == (kind == "no files")
    if kind == "full disk":
        monkeypatch.setattr(jpeg_pillow, "_saved_to_file", lambda *_, **__: expected[:-20])
    assert JpegCodec(90, "fitted", optimize=True).encode(cells(1)[0]) == expected


def test_unknown_tables() -> None:
    with pytest.raises(ValueError, match="jpeg_tables must be 'fitted' or 'standard', not 'steep'"):
        JPkl(np.zeros((8, 8), np.uint8), jpeg_tables="steep")  # type: ignore[arg-type]
