from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from jpkl.readers import open_image

DEEP = np.random.default_rng(0).integers(0, 4096, (6, 8, 3)).astype(np.uint16)


def read(path: Path) -> NDArray[Any]:
    with open_image(path) as file:
        return np.asarray(file.array[...])


@pytest.mark.parametrize(
    ("name", "content", "pixels"),
    [
        ("a.pgm", b"P5\n8 6\n4095\n" + DEEP[..., 0].astype(">u2").tobytes(), DEEP[..., 0]),
        ("a.ppm", b"P6 8 6 # of a camera\n4095\n" + DEEP.astype(">u2").tobytes(), DEEP),
        (
            "b.pgm",
            b"P5\n# 7 bits\n8 6\n100\n" + (DEEP[..., 0] % 100).astype("u1").tobytes(),
            DEEP[..., 0] % 100,
        ),
        ("c.pgm", b"P2\n8 6\n4095\n" + " ".join(map(str, DEEP[..., 0].ravel())).encode(), DEEP[..., 0]),
        ("d.pbm", b"P4\n8 1\n" + bytes([0b10100000]), np.array([[0, 255, 0, *[255] * 5]])),
    ],
)
def test_numbers_of_netpbm_are_those_that_are_stored(
    name: str, content: bytes, pixels: NDArray[Any], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    found = read(tmp_path / name)
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype == (np.uint16 if b"4095" in content[:40] else np.uint8)


def test_netpbm_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5\n8 6\n255\n" + bytes(40))
    with pytest.raises(ValueError, match=r"a\.pgm: damaged or cut off.*8 of 48 values are missing"):
        read(tmp_path / "a.pgm")


def test_avif_is_a_picture_or_an_animation(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (8, 6), (60 * i, 255 - 60 * i, 0)) for i in range(4)]
    pictures[1].save(tmp_path / "one.avif", quality=100)
    pictures[0].save(tmp_path / "all.avif", save_all=True, append_images=pictures[1:], duration=50)
    assert read(tmp_path / "one.avif").shape == (6, 8, 3)
    with open_image(tmp_path / "all.avif") as file:
        assert file.metadata["coords"] == {"time": [0.0, 0.05, 0.1, 0.15]}
        greens = np.asarray(file.array[:, 0, 0, 1]).astype(int)
    np.testing.assert_allclose(greens, [255, 195, 135, 75], atol=8)


def test_heif_is_refused_rather_than_read_as_a_video_of_one_tile(tmp_path: Path) -> None:
    for name in ("a.bin", "a.png"):
        (tmp_path / name).write_bytes(bytes([0, 0, 0, 24]) + b"ftypheic" + bytes(100))
        with pytest.raises(ValueError, match=r"HEIF \(HEIC\) are not supported: save it as PNG or TIFF"):
            open_image(tmp_path / name)


def test_a_file_under_the_suffix_of_another_format_is_said_to_be_what_it_is(tmp_path: Path) -> None:
    for name in ("a.png", "a.h5", "a.czi", "a.npy"):
        with (tmp_path / name).open("wb") as file:
            tifffile.imwrite(file, DEEP[..., 0])
        with pytest.raises(ValueError, match=r"not a readable .* by its content it is a TIFF file \(\.tif\)"):
            open_image(tmp_path / name)
    (tmp_path / "b.tif").write_bytes(b"nothing known")
    with pytest.raises(ValueError, match="not a readable TIFF file") as raised:
        open_image(tmp_path / "b.tif")
    assert "by its content" not in str(raised.value)
