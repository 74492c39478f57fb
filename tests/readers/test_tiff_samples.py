"""What pixels of TIFF files mean: names of axes, samples and alpha, palettes, and where 0 is white."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl.readers import open_image

tifffile = pytest.importorskip("tifffile")

RNG = np.random.default_rng(9)
YXS = RNG.integers(0, 256, (16, 20, 5), np.uint8)
ZYX = RNG.integers(0, 256, (3, 16, 20), np.uint8)


def write_tiff(path: Path, pixels: NDArray[Any], **options: Any) -> Path:
    path = path / "a.tif"
    tifffile.imwrite(path, pixels, **options)
    return path


# -- axes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "axes", "dims"),
    [
        ((2, 5, 16, 20), None, ("Q", "Q2")),
        ((2, 1, 3, 1, 16, 20), None, ("Q", "Q2", "Q3", "Q4")),
        ((4, 5, 16, 20, 3), None, ("Q", "Q2")),
        ((2, 3, 16, 20), "QQYX", ("Q", "Q2")),
        ((2, 2, 3, 16, 20), "TTZYX", ("time", "T2", "z")),
        ((2, 2, 3, 16, 20), "RCRYX", ("R", "channel", "R2")),
    ],
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_axes_have_names_apart(
    tmp_path: Path, shape: tuple[int, ...], axes: str | None, dims: tuple[str, ...], compression: str | None
) -> None:
    pixels = RNG.integers(0, 256, shape, np.uint8)
    is_rgb = shape[-1] == 3
    options = {"metadata": {"axes": axes}} if axes else {}
    photometric = "rgb" if is_rgb else "minisblack"
    path = write_tiff(tmp_path, pixels, photometric=photometric, compression=compression, **options)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, pixels)
        jp = JPkl(source.array, axes=source.axes)
    assert jp.dim_names == dims
    assert jp.color == is_rgb


# -- samples -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize(
    ("photometric", "extrasamples"),
    [
        ("rgb", ["unspecified"]),
        ("rgb", ["unspecified", "unspecified"]),
        ("rgb", ["unassalpha", "unspecified"]),
        ("minisblack", ["unspecified"]),
        ("minisblack", ["unspecified"] * 4),
    ],
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_samples_that_are_not_alpha_are_channels(
    tmp_path: Path, planarconfig: str, photometric: str, extrasamples: list[str], compression: str | None
) -> None:
    n_samples = (3 if photometric == "rgb" else 1) + len(extrasamples)
    pixels = np.moveaxis(YXS[..., :n_samples], 2, 2 if planarconfig == "contig" else 0)
    options = {"photometric": photometric, "planarconfig": planarconfig, "extrasamples": extrasamples}
    with open_image(write_tiff(tmp_path, pixels, compression=compression, **options)) as source:
        assert source.axes == ("YXC" if planarconfig == "contig" else "CYX")
        np.testing.assert_array_equal(source.array, pixels)
        assert any(f"{n_samples} samples" in note for note in source.notes) == (photometric == "rgb")


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("extrasamples", ["assocalpha", "unassalpha"])
@pytest.mark.parametrize("n_colors", [1, 3])
def test_alpha_is_dropped_in_a_line_that_says_how_to_keep_it(
    tmp_path: Path, planarconfig: str, extrasamples: str, n_colors: int
) -> None:
    at = 2 if planarconfig == "contig" else 0
    pixels = np.moveaxis(YXS[..., : n_colors + 1], 2, at)
    photometric = "rgb" if n_colors == 3 else "minisblack"
    options = {"photometric": photometric, "planarconfig": planarconfig, "extrasamples": [extrasamples]}
    path = write_tiff(tmp_path, pixels, **options)
    kept = "YXC" if at == 2 else "CYX"
    with open_image(path) as source:
        colors = YXS[..., :3] if n_colors == 3 else YXS[..., :1]
        np.testing.assert_array_equal(
            source.array, np.moveaxis(colors, 2, at) if n_colors == 3 else colors[..., 0]
        )
        n = n_colors + 1
        assert source.notes == (
            f"sample {n} of {n} is marked as transparency (alpha) and left out; "
            f"--axes {kept} keeps it as a channel",
        )
    with open_image(path, axes=kept) as source:
        np.testing.assert_array_equal(source.array, pixels)
        assert source.axes == kept
        assert source.notes == ()


@pytest.mark.parametrize("dtype", ["u2", "u4", "f4"])
def test_four_sections_that_tifffile_takes_for_colors_are_all_kept(tmp_path: Path, dtype: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 4000, (2, 4, 9, 11)).astype(dtype)
    # As older releases do by themselves.
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", planarconfig="separate")
    with open_image(tmp_path / "a.tif") as source:
        assert source.axes == "QCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert "four planes" in source.notes[0]


@pytest.mark.parametrize(("kind", "says"), [("separated", "inks"), ("cielab", "CIE L")])
def test_colors_that_are_not_red_green_and_blue_are_channels(kind: str, says: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 9, 11, 3 + (kind == "separated")), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric=kind)
    with open_image(tmp_path / "a.tif") as source:
        assert source.axes == "QYXC"
        assert f"samples are {says}" in source.notes[0]
        np.testing.assert_array_equal(source.array, pixels)


def test_alpha_of_pictures_that_pillow_wrote(tmp_path: Path) -> None:
    for mode, n_samples, shown in [("LA", 2, 1), ("RGBA", 4, 3)]:
        Image.fromarray(YXS[..., :n_samples].copy(), mode).save(tmp_path / "a.tif")
        with open_image(tmp_path / "a.tif") as source:
            np.testing.assert_array_equal(source.array, YXS[..., :shown].squeeze())
            assert "transparency" in source.notes[0]


# -- 0 is white ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", ">u2", "bool"])
def test_where_0_is_white_values_are_inverted(tmp_path: Path, dtype: str, compression: str | None) -> None:
    is_bool = dtype == "bool"
    highest = 1 if is_bool else np.iinfo(dtype).max
    pixels = np.zeros((3, 16, 16), dtype)
    pixels[:, :8] = highest
    options = {"photometric": "miniswhite", "software": "scanner", "metadata": {"axes": "TYX"}}
    byteorder = ">" if dtype[0] == ">" else "<"
    path = write_tiff(tmp_path, pixels, byteorder=byteorder, compression=compression, **options)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, ~pixels if is_bool else highest - pixels)
        np.testing.assert_array_equal(source.array[1, 6:10, 3], [0, 0, highest, highest])
        jp = JPkl(source.array, axes=source.axes)
        assert source.notes[0].startswith("0 is white in this file (MinIsWhite): ")
    assert jp[12, 8, 0] > 250
    assert jp[3, 8, 0] < 5


def test_contrast_limits_are_those_of_inverted_values(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "min": 10.0, "max": 200.0}
    path = write_tiff(tmp_path, ZYX, photometric="miniswhite", imagej=True, metadata=metadata)
    with open_image(path) as source:
        assert source.metadata["channel_limits"] == [(55, 245)]


def test_a_mask_that_python_wrote_keeps_its_true(tmp_path: Path) -> None:
    """tifffile marks each mask as MinIsWhite, without turning it: whoever saved it means what they gave."""
    mask = ZYX > 90
    with open_image(write_tiff(tmp_path, mask, metadata={"axes": "ZYX"})) as source:
        np.testing.assert_array_equal(source.array, mask)
        assert source.notes[0].startswith("True is white")


def test_floats_of_which_0_is_white_are_left_and_said(tmp_path: Path) -> None:
    pixels = ZYX.astype(np.float32)
    with open_image(write_tiff(tmp_path, pixels, photometric="miniswhite")) as source:
        np.testing.assert_array_equal(source.array, pixels)
        assert "float32 pixels are read as they are stored" in source.notes[0]


def test_a_fax_is_black_on_white(tmp_path: Path) -> None:
    is_white = YXS[..., 0] > 99
    path = tmp_path / "a.tif"
    Image.fromarray(is_white).save(path, compression="group4", tiffinfo={262: 0})
    try:
        tifffile.imread(path)
    except ValueError as error:
        pytest.skip(f"this version of imagecodecs has no such decoder: {error}")
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, is_white)


# -- palettes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_palette_gives_colors(tmp_path: Path, dtype: Any, compression: str | None) -> None:
    n = np.iinfo(dtype).max + 1
    indices = RNG.integers(0, n, (2, 3, 16, 20)).astype(dtype)
    colors = RNG.integers(0, 65536, (3, n)).astype(np.uint16)
    options = {"photometric": "palette", "colormap": colors, "metadata": {"axes": "TZYX"}}
    path = write_tiff(tmp_path, indices, compression=compression, **options)
    with open_image(path) as source:
        assert source.axes == "TZYXS"
        assert source.array.dtype == np.uint8
        np.testing.assert_array_equal(source.array, np.moveaxis(colors[:, indices] >> 8, 0, -1))
        np.testing.assert_array_equal(source.array[1, :, 3, ::2, 1], colors[1, indices[1, :, 3, ::2]] >> 8)
        assert source.notes == (
            "pixels are indices into a palette: read as its colors; --axes TZYX keeps the indices",
        )
        assert JPkl(source.array, axes=source.axes).color
    with open_image(path, axes="TZYX") as source:
        np.testing.assert_array_equal(source.array, indices)
        assert source.notes == ()


def test_every_page_has_its_palette(tmp_path: Path) -> None:
    pictures = [Image.fromarray(YXS[..., :3].copy()).quantize(n) for n in (4, 8, 200)]
    pictures[0].save(tmp_path / "a.tif", save_all=True, append_images=pictures[1:])
    with open_image(tmp_path / "a.tif") as source:
        for page, picture in enumerate(pictures):
            np.testing.assert_array_equal(source.array[page], np.asarray(picture.convert("RGB")))


def test_a_page_without_a_palette_has_that_of_the_first(tmp_path: Path) -> None:
    colors = RNG.integers(0, 65536, (3, 256)).astype(np.uint16)
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tiff:
        for plane in ZYX:
            tiff.write(plane, photometric="palette", colormap=colors, metadata=None, contiguous=False)
    with tifffile.TiffFile(path) as tiff:
        at = tiff.pages[1].tags["ColorMap"].offset
    content = bytearray(path.read_bytes())
    content[at : at + 2] = (65000).to_bytes(2, "little")  # a private tag in its place
    path.write_bytes(content)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, np.moveaxis(colors[:, ZYX] >> 8, 0, -1))


def test_a_palette_of_grays_gives_gray_levels(tmp_path: Path) -> None:
    grays = np.tile(np.arange(256, dtype=np.uint16)[::-1] * 257, (3, 1))
    with open_image(write_tiff(tmp_path, ZYX, photometric="palette", colormap=grays)) as source:
        assert source.axes == "QYX"
        np.testing.assert_array_equal(source.array, 255 - ZYX)
        assert "palette of grays" in source.notes[0]


def test_a_lookup_table_of_imagej_is_no_palette(tmp_path: Path) -> None:
    green = np.zeros((3, 256), np.uint16)
    green[1] = np.arange(256) * 257
    options: dict[str, Any] = {"photometric": "palette", "imagej": True, "metadata": {"axes": "ZYX"}}
    with open_image(write_tiff(tmp_path, ZYX, colormap=green, **options)) as source:
        np.testing.assert_array_equal(source.array, ZYX)
        assert source.metadata["channel_colors"] == ["#00ff00"]
        assert source.notes == ()
    with open_image(write_tiff(tmp_path, ZYX, colormap=green[:, ::-1], **options)) as source:
        np.testing.assert_array_equal(source.array, ZYX)
        assert "channel_colors" not in source.metadata
        assert "not applied" in source.notes[0]


def test_a_single_lookup_table_is_the_color_of_the_only_channel(tmp_path: Path) -> None:
    table = np.zeros((3, 256), np.uint8)
    table[1] = np.arange(256)
    metadata = {"axes": "ZYX", "LUTs": [table], "Ranges": (0.0, 4000.0), "mode": "composite"}
    with open_image(write_tiff(tmp_path, ZYX.astype(np.uint16), imagej=True, metadata=metadata)) as source:
        assert source.metadata["channel_colors"] == ["#00ff00"]
        assert source.metadata["channel_limits"] == [(0, 4000)]
