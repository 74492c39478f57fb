from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

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


@pytest.mark.parametrize(
    ("header", "pixels"),
    [
        (b"P5 8 6 255\n", DEEP[..., 0] // 16),
        (b"P5\n8 6\n4095\n", DEEP[..., 0]),
        (b"P6\n8 6\n255\n", DEEP // 16),
    ],
)
def test_pictures_one_after_the_other_in_a_file_are_frames(
    header: bytes, pixels: NDArray[Any], tmp_path: Path
) -> None:
    pictures = [pixels, pixels[::-1], pixels // 2]
    stored = [each.astype(">u2" if b"4095" in header else "u1").tobytes() for each in pictures]
    (tmp_path / "a.pnm").write_bytes(b"".join(header + each for each in stored) + b"\n")
    with open_image(tmp_path / "a.pnm") as file:
        assert tuple(file.axes or ())[:3] == ("frame", "Y", "X")
        np.testing.assert_array_equal(file.array[...], pictures)
        np.testing.assert_array_equal(file.array[2, 1:3], pictures[2][1:3])


def test_bits_one_after_the_other_begin_each_row_with_a_byte(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2, (2, 4, 11)).astype(np.uint8)
    packed = np.packbits(bits, axis=2)
    (tmp_path / "a.pbm").write_bytes(b"".join(b"P4\n11 4\n" + each.tobytes() for each in packed))
    np.testing.assert_array_equal(read(tmp_path / "a.pbm"), 255 * (1 - bits))
    content = (tmp_path / "a.pbm").read_bytes()
    (tmp_path / "b.pbm").write_bytes(content[:-2])
    with pytest.raises(ValueError, match="2 of 8 bytes are missing"):
        read(tmp_path / "b.pbm")


def test_pictures_of_several_sizes_in_a_file_are_scenes(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 2 1 255\n" + bytes([1, 2]) + b"P5 3 1 255\n" + bytes([3, 4, 5]))
    with open_image(tmp_path / "a.pgm") as file:
        assert file.scenes == ("0", "1")
        assert "holds 2 scenes" in file.notes[0]
        np.testing.assert_array_equal(file.array[...], [[1, 2]])
    with open_image(tmp_path / "a.pgm", 1) as file:
        np.testing.assert_array_equal(file.array[...], [[3, 4, 5]])


def test_photographs_of_a_stereo_camera_are_frames_that_are_kept_as_they_are(tmp_path: Path) -> None:
    left, right = (Image.fromarray(np.full((16, 24, 3), value, np.uint8)) for value in (50, 200))
    left.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[right])
    with open_image(tmp_path / "a.jpg") as file:
        assert file.array.shape == (2, 16, 24, 3)
        assert np.asarray(file.array[:, 0, 0, 0]).tolist() == [50, 200]
        jpegs = [file.array.encoded_frame((i,)) for i in range(2)]  # type: ignore[attr-defined]
        assert b"".join(jpegs) == (tmp_path / "a.jpg").read_bytes()
    left.save(tmp_path / "b.mpo", save_all=True, append_images=[right.resize((12, 8))])
    with open_image(tmp_path / "b.mpo", 1) as file:
        assert file.array.shape == (8, 12, 3)


def test_the_first_photograph_is_read_where_the_second_is_not_there(tmp_path: Path) -> None:
    left, right = (Image.fromarray(np.full((16, 24, 3), value, np.uint8)) for value in (50, 200))
    left.save(tmp_path / "a.mpo", save_all=True, append_images=[right])
    with Image.open(tmp_path / "a.mpo") as photographs:
        photographs.seek(1)
        second = photographs.offset  # type: ignore[attr-defined]
    (tmp_path / "b.mpo").write_bytes((tmp_path / "a.mpo").read_bytes()[:second])
    assert read(tmp_path / "b.mpo").shape == (16, 24, 3)


def test_that_an_animation_can_be_seen_through_is_said(tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (8, 6), (60 * i, 0, 0, 255)) for i in range(3)]
    frames[0].save(tmp_path / "opaque.png", save_all=True, append_images=frames[1:], duration=100)
    frames[2].putpixel((0, 0), (9, 9, 9, 0))
    frames[0].save(tmp_path / "clear.png", save_all=True, append_images=frames[1:], duration=100)
    with open_image(tmp_path / "opaque.png") as file:
        assert file.notes == ()
        assert file.metadata["fps"] == 10
    with open_image(tmp_path / "clear.png") as file:
        assert file.notes == ("left out alpha (transparency): the colors below it are shown",)


def test_a_png_is_upright_that_says_so_in_a_text(tmp_path: Path) -> None:
    pixels = (DEEP // 16).astype(np.uint8)
    info = PngInfo()
    xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    info.add_itxt("XML:com.adobe.xmp", xmp)
    Image.fromarray(pixels).save(tmp_path / "a.png", pnginfo=info)
    np.testing.assert_array_equal(read(tmp_path / "a.png"), np.rot90(pixels, 3))


def test_what_pillow_warns_of_is_not_printed(tmp_path: Path) -> None:
    picture = Image.fromarray(DEEP[..., 0].astype(np.uint8)).convert("P")
    picture.save(tmp_path / "a.png", transparency=bytes([0, 128] + [255] * 254))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(tmp_path / "a.png").shape[:2] == (6, 8)


@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
@pytest.mark.parametrize(
    "pixels",
    [DEEP[..., 0], DEEP, DEEP.astype(np.int16) - 2000, (DEEP // 16).astype(np.uint8), DEEP[..., 0] // 4096],
    ids=["gray", "color", "signed", "bytes", "black"],
)
def test_numbers_of_jpeg_2000_are_those_that_are_stored(
    pixels: NDArray[Any], suffix: str, tmp_path: Path
) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    options = {"codecformat": suffix[1:], "reversible": True, "level": 0}
    (tmp_path / f"a{suffix}").write_bytes(imagecodecs.jpeg2k_encode(np.ascontiguousarray(pixels), **options))
    found = read(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype == pixels.dtype


def test_a_jpeg_2000_that_is_cut_off_is_named(tmp_path: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for pixels in (DEEP, (DEEP // 16).astype(np.uint8)):
        content = imagecodecs.jpeg2k_encode(pixels, codecformat="jp2", level=0)
        (tmp_path / "a.jp2").write_bytes(content[:150])
        with pytest.raises(ValueError, match=r"a\.jp2: "):
            read(tmp_path / "a.jp2")


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
