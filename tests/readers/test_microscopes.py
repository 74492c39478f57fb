"""Formats of microscopes: real files, and small ones written by the tests."""

from __future__ import annotations

import gzip
import importlib
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._encoding.encode import encode_file
from jpkl._errors import MissingDependencyError
from jpkl.readers import open_image
from jpkl.readers._czi_file import Subblock, _decoded
from jpkl.readers._czi_levels import factors_of, levels_of
from tests.conftest import shared_data
from tests.readers.microscope_files import Tile, write_czi, write_dv, write_lif

for package in ("nd2", "liffile", "oiffile", "mrcfile", "imagecodecs"):
    pytest.importorskip(package)

RNG = np.random.default_rng(12)


def noise(*shape: int, dtype: Any = np.uint16) -> NDArray[Any]:
    return RNG.integers(1, 256 if dtype == np.uint8 else 4000, shape, dtype)


# -- real files ----------------------------------------------------------------------------------------


def _nd2(path: Path) -> NDArray[Any]:
    return np.asarray(importlib.import_module("nd2").imread(path))


def _lif(path: Path) -> NDArray[Any]:
    return np.asarray(importlib.import_module("liffile").imread(path, image=1))


def _oib(path: Path) -> NDArray[Any]:
    with importlib.import_module("oiffile").OifFile(path) as file:
        return np.asarray(file.asarray())


def _dv(path: Path) -> NDArray[Any]:
    return np.fromfile(path, "<u2", offset=1024).reshape(2, 17, 128, 128)


def _mrc(path: Path) -> NDArray[Any]:
    return np.asarray(importlib.import_module("mrcfile").read(path))


@pytest.mark.parametrize(
    ("name", "scene", "read", "axes", "limits", "known"),
    [
        (
            "cluster.nd2",
            None,
            _nd2,
            "TZCYX",
            (0, 3033),
            {
                "pixel_size": [0.167808983233] * 2,
                "channel_names": ["5-FAM/pH 9.0", "FM 4-64/2% CHAPS"],
                "channel_colors": ["#78e90f", "#fe0100"],
            },
        ),
        (
            "xz-example.lif",
            "xzy",
            _lif,
            ["y_position", "C", "Y", "X"],
            (0, 246),
            {"channel_names": ["FITC", "TRITC"], "channel_colors": ["#00ff00", "#ff0000"]},
        ),
        (
            "cells_cyx.oib",
            None,
            _oib,
            "CYX",
            (0, 820),
            {
                "pixel_size": [0.177, 0.177],
                "channel_names": ["CH1", "Alexa Fluor 546", "TD1"],
                "channel_colors": ["#00ff00", "#ff0000", "#ffffff"],
                "acquired": "2012-07-26T15:13:35",
            },
        ),
        (
            "toxo.dv",
            None,
            _dv,
            "CZYX",
            (0, 7657),
            {"pixel_size": [0.13262, 0.13262], "channel_names": ["525 nm", "632 nm"]},
        ),
        (
            "EMD-3001.map",
            None,
            _mrc,
            "ZYX",
            (-0.36814296, 0.72161025),
            {"pixel_size": [0.44825, 0.45875], "pixel_unit": "Å"},
        ),
    ],
)
def test_a_real_file_has_the_pixels_and_the_metadata_that_its_library_reads(
    name: str, scene: str | None, read: Callable[[Path], Any], axes: Any, limits: Any, known: dict[str, Any]
) -> None:
    path = shared_data("formats") / name
    with open_image(path, scene) as source:
        pixels = np.asarray(source.array)
        assert source.axes == axes
        assert (pixels.min(), pixels.max()) == pytest.approx(limits)
        np.testing.assert_array_equal(pixels, read(path))
        expected = pixels[:1, ..., :5].copy()
        np.testing.assert_array_equal(np.asarray(source.array[:1, ..., :5]), expected)
        metadata = {**source.metadata, "pixel_size": list(source.metadata["pixel_size"])}
        assert known.items() <= metadata.items()


def test_a_real_czi_with_zstd_has_the_values_that_are_known() -> None:
    with open_image(shared_data("formats") / "CellDivision_T3_Z5_CH2_X240_Y170_comp1.czi") as source:
        assert (source.axes, source.array.shape) == ("TCZYX", (3, 2, 5, 170, 240))
        pixels = np.asarray(source.array)
        assert (pixels.min(), pixels.max(), pixels.sum()) == (0, 21118, 1308355531)


def test_times_of_a_real_file_are_those_at_which_it_was_taken() -> None:
    with open_image(shared_data("formats") / "cluster.nd2") as source:
        assert source.metadata["coords"]["time"] == pytest.approx([0.4451, 11.0862, 21.7402], abs=1e-4)
        assert source.metadata["coords"]["z"] == [0.5 * z for z in range(10)]
        assert source.metadata["acquired"].startswith("2014-06-18T13:55:23")


@pytest.mark.parametrize(
    "name", ["cluster.nd2", "xz-example.lif", "cells_cyx.oib", "toxo.dv", "EMD-3001.map", "DAPI_GFP.czi"]
)
def test_a_real_file_that_was_cut_off_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    whole = (shared_data("formats") / name).read_bytes()
    path = tmp_path / name
    for part in (0.0, 0.0001, 0.01, 0.2, 0.5):
        path.write_bytes(whole[: int(len(whole) * part)])
        # The scene that lies last in the file, where there are several.
        with pytest.raises(ValueError, match=f"{name}: "), open_image(path, "0") as source:  # noqa: PT012
            np.asarray(source.array)
            if name == "xz-example.lif":
                open_image(path, "2")


# -- a missing library ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "package"),
    [("nd2", "nd2"), ("lif", "liffile"), ("oib", "oiffile"), ("map", "mrcfile"), ("czi", "imagecodecs")],
)
def test_without_its_library_a_format_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, package: str
) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf'{package}: pip install "jpkl\[formats\]"'):
        open_image(tmp_path / f"a.{suffix}")


# -- DeltaVision ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("byteorder", "<>")
@pytest.mark.parametrize(("order", "axes"), [(0, "CTZYX"), (1, "TZCYX"), (2, "TCZYX")])
def test_deltavision_in_any_order_of_its_planes(
    tmp_path: Path, order: int, axes: str, byteorder: str
) -> None:
    pixels = noise(2, 2, 2, 6, 7)
    with open_image(write_dv(tmp_path / "a.dv", pixels, order, byteorder)) as source:
        assert source.axes == axes
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["pixel_size"] == (0.2, 0.1)
        assert source.metadata["coords"]["z"] == [0.0, 0.3]
        assert source.metadata["channel_names"] == ["525 nm", "channel 1"]
        later = {"CTZYX": 1.0, "TZCYX": 2.0, "TCZYX": 2.0}[axes]
        assert source.metadata["coords"]["time"] == [0.0, later]


def test_missing_planes_are_black_or_left_out_as_asked(tmp_path: Path) -> None:
    pixels = noise(1, 3, 2, 6, 7)
    path = write_dv(tmp_path / "a.r3d", pixels)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"a\.r3d: 4 of 6 planes are there.*plane \(2, 0\)"):
        open_image(path)
    with open_image(path, missing="trim") as source:
        np.testing.assert_array_equal(source.array, pixels[0, :2])
        assert source.metadata["coords"]["time"] == [0.0, 1.0]
    with open_image(path, missing="black") as source:
        read = np.asarray(source.array)
        np.testing.assert_array_equal(read[:2], pixels[0, :2])
        assert not read[2].any()
        assert "2 of 6 planes missing: black" in source.notes[0]


# -- MRC -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.mrc", "a.mrc.gz", "a.rec"])
def test_mrc_with_its_voxel_size(tmp_path: Path, name: str) -> None:
    mrcfile = importlib.import_module("mrcfile")
    pixels = noise(4, 6, 7).astype(np.int16)
    with mrcfile.new(tmp_path / name, pixels, compression="gzip" if name.endswith("gz") else None) as file:
        file.voxel_size = (2.5, 2.5, 5.0)
    with open_image(tmp_path / name) as source:
        assert source.axes == "ZYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["pixel_size"] == (2.5, 2.5)
        assert source.metadata["coords"]["z"] == [0.0, 5.0, 10.0, 15.0]


def test_an_mrc_header_with_more_planes_than_bytes_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.mrc").write_bytes(struct.pack("<3i", *[2**31 - 1] * 3) + bytes(1012))
    with pytest.raises(ValueError, match="names 2,147,483,647 planes, more than the file has bytes"):
        open_image(tmp_path / "a.mrc")


def test_mrc_stacks_of_volumes_and_of_tilts(tmp_path: Path) -> None:
    mrcfile = importlib.import_module("mrcfile")
    pixels = noise(2, 3, 6, 7).astype(np.float32)
    mrcfile.new(tmp_path / "a.mrc", pixels).close()
    with open_image(tmp_path / "a.mrc") as source:
        assert source.axes == ["volume", "Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, pixels)
    mrcfile.new(tmp_path / "a.st", pixels[0]).close()
    with open_image(tmp_path / "a.st") as source:
        assert source.axes == ["tilt", "Y", "X"]


def test_bytes_that_imod_wrote_without_a_sign_are_read_so(tmp_path: Path) -> None:
    pixels = noise(3, 6, 7, dtype=np.uint8)
    mrcfile = importlib.import_module("mrcfile")
    mrcfile.new(tmp_path / "a.mrc", pixels.view(np.int8)).close()
    content = bytearray((tmp_path / "a.mrc").read_bytes())
    content[152:160] = np.array([1146047817, 0], "<i4").tobytes()
    (tmp_path / "a.mrc").write_bytes(content)
    (tmp_path / "a.mrc.gz").write_bytes(gzip.compress(content))
    for name in ("a.mrc", "a.mrc.gz"):
        with open_image(tmp_path / name) as source:
            np.testing.assert_array_equal(source.array, pixels)


def test_a_single_section_is_a_picture_also_where_it_is_compressed(tmp_path: Path) -> None:
    mrcfile = importlib.import_module("mrcfile")
    mrcfile.new(tmp_path / "a.mrc", noise(1, 6, 7, dtype=np.int16)).close()
    (tmp_path / "a.mrc.gz").write_bytes(gzip.compress((tmp_path / "a.mrc").read_bytes()))
    for name in ("a.mrc", "a.mrc.gz"):
        with open_image(tmp_path / name) as source:
            assert source.axes == "YX"


# -- Leica ---------------------------------------------------------------------------------------------


def test_lif_scenes_channels_and_rgb(tmp_path: Path) -> None:
    cells, photo = noise(3, 2, 6, 7), noise(6, 7, 3, dtype=np.uint8)
    path = write_lif(tmp_path / "a.lif", {"cells": ("TCYX", cells), "photo": ("YXS", photo)})
    with open_image(path) as source:
        assert source.scenes == ("cells", "photo")
        assert source.axes == "TCYX"
        np.testing.assert_array_equal(source.array, cells)
        assert source.metadata["channel_names"] == ["dye 0", "dye 1"]
        assert source.metadata["channel_colors"] == ["#00ff00", "#ff00ff"]
        assert source.metadata["pixel_size"] == (0.2, 0.2)
        assert source.metadata["coords"]["time"] == [0.0, 0.5, 1.0]
    with open_image(path, "photo") as source:
        assert source.axes == "YXS"
        np.testing.assert_array_equal(source.array, photo)


def test_lif_that_was_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    pixels = noise(3, 2, 6, 7)
    path = write_lif(tmp_path / "a.lif", {"cells": ("TCYX", pixels)})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ValueError, match=r"a\.lif: 5 of 6 planes are there"):
        open_image(path)
    with open_image(path, missing="trim") as source:
        np.testing.assert_array_equal(source.array, pixels[:2])


# -- Zeiss ---------------------------------------------------------------------------------------------


def planes(pixels: NDArray[Any], **more: int) -> list[Tile]:
    """Tiles of an array of axes TCYX, one a plane."""
    return [
        ({"X": 0, "Y": 0, "T": t, "C": c, **more}, pixels[t, c], 1)
        for t in range(pixels.shape[0])
        for c in range(pixels.shape[1])
    ]


@pytest.mark.parametrize("compression", [0, 5, 6])
def test_czi_planes_and_metadata(tmp_path: Path, compression: int) -> None:
    pixels = noise(3, 2, 6, 7)
    path = write_czi(tmp_path / "a.czi", planes(pixels), times=[5.0, 6.5, 9.0], compression=compression)
    with open_image(path) as source:
        assert source.axes == "TCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["coords"]["time"] == [0.0, 1.5, 4.0]
        assert source.metadata["pixel_size"] == (0.2, 0.2)
        assert source.metadata["channel_names"] == ["DNA", "actin"]
        assert source.metadata["channel_colors"] == ["#0000ff", "#00ff00"]
        assert source.metadata["acquired"] == "2024-05-06T07:08:09Z"
        assert source.notes == ()


def test_czi_scenes_have_names(tmp_path: Path) -> None:
    first, second = noise(2, 1, 6, 7), noise(1, 2, 4, 5)
    path = write_czi(tmp_path / "a.czi", [*planes(first, S=0), *planes(second, S=1)])
    with open_image(path) as source:
        assert source.scenes == ("A1", "B2")
        np.testing.assert_array_equal(source.array, first[:, 0])
    with open_image(path, "B2") as source:
        np.testing.assert_array_equal(source.array, second[0])


def test_a_czi_mosaic_is_put_together_and_its_pyramid_can_be_chosen(tmp_path: Path) -> None:
    whole = noise(6, 8, 3, dtype=np.uint8)
    tiles: list[Tile] = [
        ({"X": -100 + x, "Y": 50, "M": m}, whole[:, x : x + 4], 1) for m, x in enumerate((0, 4))
    ]
    tiles.append(({"X": -100, "Y": 50}, np.ascontiguousarray(whole[::2, ::2]), 2))
    path = write_czi(tmp_path / "a.czi", tiles)
    with open_image(path) as source:
        assert source.axes == "YXS"
        np.testing.assert_array_equal(source.array, whole)
        assert (
            "levels 0: 6 x 8, 1: 3 x 4; read level 0, choose another with --scene A1:LEVEL" in source.notes[0]
        )
        assert "a mosaic of 2 tiles" in source.notes[1]
    with open_image(path, ":1") as source:
        np.testing.assert_array_equal(source.array, whole[::2, ::2])
        assert source.metadata["pixel_size"] == (0.4, 0.4)
    with pytest.raises(ValueError, match="has no level 2"):
        open_image(path, "A1:2")


def test_a_czi_need_not_say_what_is_stored(tmp_path: Path) -> None:
    pixels = noise(3, 2, 6, 7)
    with open_image(write_czi(tmp_path / "a.czi", planes(pixels), says_stored=False)) as source:
        np.testing.assert_array_equal(source.array, pixels)


def tile_of(size: tuple[int, int], stored: tuple[int, int], is_reduced: bool | None = None) -> Subblock:
    start, of_frame, of_file = (dict(zip("YX", sides, strict=True)) for sides in ((0, 0), size, stored))
    return Subblock(0, 0, 0, start, of_frame, of_file, is_reduced)


def test_tiles_at_the_edges_of_a_czi_belong_to_the_level_of_the_others() -> None:
    edges = [((1000, 100), (32, 4)), ((100, 100), (4, 4)), ((1024, 1), (32, 1))]
    reduced = [tile_of((1024, 1024), (32, 32)), *(tile_of(*edge, is_reduced=True) for edge in edges)]
    halves = [tile_of((1024, 1024), (512, 512)), tile_of((3, 1023), (2, 512), is_reduced=True)]
    whole = [tile_of((1024, 1024), (1024, 1024)), tile_of((1024, 1), (1024, 1)), tile_of((1, 1), (1, 1))]
    found = levels_of([*reduced, *whole, *halves])
    assert {level: len(tiles) for level, tiles in found.items()} == {1: 3, 2: 2, 32: 4}
    assert [factors_of(tiles, level) for level, tiles in found.items()] == [
        {"Y": n, "X": n} for n in (1, 2, 32)
    ]


def test_tiles_of_a_level_of_a_czi_are_in_the_order_of_the_file() -> None:
    tiles = [tile_of(side, side) for side in ((4, 4), (8, 8), (4, 8), (8, 8))]
    (found,) = levels_of(tiles).values()
    assert [*map(id, found)] == [*map(id, tiles)]


@pytest.mark.parametrize("compression", [0, 5])
def test_the_last_row_of_a_pyramid_of_czi_may_be_missing(compression: int) -> None:
    pixels = noise(3, 4, dtype=np.uint8)
    imagecodecs = pytest.importorskip("imagecodecs")
    content = pixels.tobytes() if compression == 0 else bytes(imagecodecs.zstd_encode(pixels.tobytes()))
    tile = replace(tile_of((7, 8), (4, 4)), compression=compression)
    np.testing.assert_array_equal(_decoded(content, tile), pixels)
    with pytest.raises(ValueError, match="reshape"):
        _decoded(content, replace(tile, size={"Y": 4, "X": 4}))


def test_a_czi_that_is_finer_along_one_axis_has_pixels_of_that_shape() -> None:
    found = levels_of([tile_of((400, 500), (100, 500))] * 3)
    assert {level: factors_of(tiles, level) for level, tiles in found.items()} == {4: {"Y": 4, "X": 1}}


def test_a_czi_whose_recording_was_stopped_says_so(tmp_path: Path) -> None:
    pixels = noise(3, 2, 6, 7)
    path = write_czi(tmp_path / "a.czi", planes(pixels)[:-1], sizes="<SizeT>5</SizeT><SizeC>2</SizeC>")
    with pytest.raises(ValueError, match=r"a\.czi: 5 of 6 planes are there"):
        open_image(path)
    with open_image(path, missing="trim") as source:
        np.testing.assert_array_equal(source.array, pixels[:2])
        assert "5 time points were to be recorded, 3 are there" in source.notes[0]


def test_damage_in_the_pixels_of_a_czi_names_the_plane(tmp_path: Path) -> None:
    path = write_czi(tmp_path / "a.czi", planes(noise(3, 1, 60, 70)), compression=6)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"\x03\x01\x01") + 3
    content[at : at + 40] = bytes(40)
    path.write_bytes(content)
    with open_image(path) as source:
        np.asarray(source.array[:2])
        with pytest.raises(ValueError, match=r"a\.czi: plane \(2,\) is damaged"):
            np.asarray(source.array)


def test_frames_are_read_in_threads(tmp_path: Path) -> None:
    pixels = noise(40, 2, 64, 64)
    path = write_lif(tmp_path / "a.lif", {"cells": ("TCYX", pixels)})
    with open_image(path) as source:
        options = {"display_range": (0, 255), "metadata": source.metadata, "workers": 4}
        encode_file(source.array, tmp_path / "a.jpkl", axes=source.axes, jpeg_quality=100, **options)
    clipped = np.clip(pixels, 0, 255).astype(int)
    with JPkl.load(tmp_path / "a.jpkl") as jp:
        decoded = np.moveaxis(np.asarray(jp[...]), (2, 3), (0, 1))
    assert np.abs(decoded - clipped).mean() < 4


def test_czi_planes_from_where_the_stage_had_drifted_to_are_not_moved(tmp_path: Path) -> None:
    pixels = noise(3, 1, 6, 7)
    tiles: list[Tile] = [({"X": 5 * t, "Y": -t, "T": t}, pixels[t, 0], 1) for t in range(3)]
    with open_image(write_czi(tmp_path / "a.czi", tiles)) as source:
        np.testing.assert_array_equal(source.array, pixels[:, 0])
