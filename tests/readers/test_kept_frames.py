"""Frames that are JPEG already are kept as they are, where they decode to what the source decodes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl.readers import open_image
from tests.cli.conftest import Run, folder, run  # noqa: F401

tifffile = pytest.importorskip("tifffile")


def picture(*shape: int) -> NDArray[np.uint8]:
    grids = np.meshgrid(*(np.linspace(0, 5, n) for n in shape), indexing="ij")
    return (127 + 120 * np.sin(sum(grids) + 2 * grids[-1])).astype(np.uint8)


def written(path: Path, kind: str) -> NDArray[np.uint8]:
    """Write frames as JPEG in TIFF, in a way that programs do; return them."""
    frames = picture(3, 48, 64) if kind == "gray" else picture(3, 48, 64, 3)
    if kind == "pillow":  # tables that the strips share
        first, *others = map(Image.fromarray, frames)
        first.save(path, compression="jpeg", save_all=True, append_images=others, quality=80)
    else:
        photometric = "minisblack" if kind == "gray" else "rgb" if kind == "components" else "ycbcr"
        tifffile.imwrite(
            path,
            frames,
            photometric=photometric,
            compression="jpeg",
            compressionargs={"level": 80},
            rowsperstrip=16 if kind == "strips" else 48,
            subsampling=(2, 2) if kind == "subsampled" else None,
        )
    return frames


@pytest.mark.parametrize("kind", ["gray", "ycbcr", "subsampled", "components", "pillow"])
def test_pages_that_are_jpeg_are_kept(tmp_path: Path, kind: str) -> None:
    written(tmp_path / "a.tif", kind)
    with open_image(tmp_path / "a.tif") as source, open_image(tmp_path / "a.tif") as same:
        pixels = np.asarray(source.array)
        jp = JPkl(source.array, axes=source.axes, jpeg_quality=10)
        again = JPkl(same.array, axes=same.axes, jpeg_quality=10, reencode=True)
    decoded = np.moveaxis(jp[...], -1, 0)
    np.testing.assert_allclose(decoded, pixels, atol=3)
    stored = (tmp_path / "a.tif").read_bytes()
    for data in jp.images.values():
        assert data[-200:] in stored  # not a byte of the pixels has changed
    assert all(len(again.images[i]) < len(jp.images[i]) for i in jp.images)


@pytest.mark.parametrize("change", ["strips", "display range", "axes", "codec"])
def test_frames_that_are_encoded_nevertheless(tmp_path: Path, change: str) -> None:
    class Inverted(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            return super().encode_slice(255 - image)

    written(tmp_path / "a.tif", "strips" if change == "strips" else "gray")
    with open_image(tmp_path / "a.tif") as source:
        pixels = np.asarray(source.array)
        axes: Any = "ZXY" if change == "axes" else source.axes
        kind = Inverted if change == "codec" else JPkl
        jp = kind(source.array, axes=axes, display_range=(0, 200) if change == "display range" else "auto")
    expected = 255 - pixels if change == "codec" else np.minimum(pixels * (255 / 200), 255)
    expected = expected if change in ("codec", "display range") else pixels
    decoded = np.moveaxis(jp[...], -1, 0)
    if change == "axes":
        decoded = decoded.swapaxes(1, 2)
    assert np.abs(decoded - expected.astype(float)).mean() < 3
    stored = (tmp_path / "a.tif").read_bytes()
    assert not any(data[-100:] in stored for data in jp.images.values())


def test_a_damaged_page_is_not_kept(tmp_path: Path) -> None:
    written(tmp_path / "a.tif", "gray")
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        page = tiff.pages[1]
        at, n = page.dataoffsets[0], page.databytecounts[0]
    with (tmp_path / "a.tif").open("r+b") as file:
        file.seek(at + n // 2)
        file.write(b"\xff\xd9" + b"\0" * (n // 2 - 2))
    with open_image(tmp_path / "a.tif") as source:  # whose decoder makes up what is missing
        jp = JPkl(source.array, axes=source.axes)
    stored = (tmp_path / "a.tif").read_bytes()
    assert [data[-100:] in stored for data in jp.images.values()] == [True, False, True]
    assert jp.frame((1,)).shape == (48, 64)


def test_it_is_said_and_selected_frames_are_kept(run: Run) -> None:  # noqa: F811
    written(Path("a.tif"), "ycbcr")
    dry = run("encode", "a.tif", "a.jpkl", "--dry-run", "--select", "Q=::-2")
    said = run("encode", "a.tif", "a.jpkl", "--select", "Q=::-2")
    assert "all 2 frames are JPEG already and kept as stored" in said
    assert "all 2 frames are JPEG already and kept as stored" in dry
    assert "kept" not in run("encode", "a.tif", "b.jpkl", "--reencode")
    with JPkl.load("a.jpkl") as jp, open_image("a.tif") as source:
        np.testing.assert_allclose(np.moveaxis(jp[...], -1, 0), source.array[::-1][::2], atol=3)


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for i, frame in enumerate(picture(4, 48, 64, 3)):
        Image.fromarray(frame).save(tmp_path / f"a{i}.jpg", quality=80, progressive=i == 1)
    turned = Image.Exif()
    turned[0x0112] = 3  # upside down
    Image.fromarray(picture(48, 64, 3)).save(tmp_path / "a4.jpg", exif=turned)
    with open_image(tmp_path) as source:
        pixels = np.asarray(source.array)
        jp = JPkl(source.array, axes=source.axes)
    kept = [data == (tmp_path / f"a{i}.jpg").read_bytes() for (i,), data in jp.images.items()]
    assert kept == [True, False, True, True, False]
    assert np.abs(np.moveaxis(jp[...], -1, 0) - pixels.astype(float)).mean() < 3
