"""TIFF files of microscopes and slide scanners: LSM, STK, Micro-Manager, SVS and other pyramids."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tifffile = pytest.importorskip("tifffile")

from jpkl.readers import open_image
from tests.readers.tiff_files import (
    write_fluoview,
    write_lsm,
    write_micro_manager,
    write_ndtiff,
    write_sis,
    write_stk,
)

RNG = np.random.default_rng(3)


def test_lsm_has_times_voxels_and_channels_and_its_thumbnails_are_another_scene(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 255, (3, 2, 3, 20, 24), np.uint8)
    with open_image(write_lsm(tmp_path / "a.lsm", pixels)) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["pixel_size"] == (0.2, 0.1)
        assert source.metadata["pixel_unit"] == "µm"
        assert source.metadata["coords"] == {"z": [0.0, 0.5], "time": [0.0, 1.5, 3.0]}
        assert source.metadata["channel_names"] == ["DNA", "actin", "ER"]
        assert source.metadata["channel_colors"] == ["#0000ff", "#00ff00", "#ff0000"]
        assert source.scenes[1] == "thumbnails"


@pytest.mark.parametrize(
    ("scan_type", "n_times", "axes", "rows", "size"),
    [(1, 1, "CYX", "Z", (0.5, 0.1)), (4, 3, "TCYX", "Z", (0.5, 0.1)), (2, 1, "CYX", "T", None)],
)
def test_lines_that_lsm_scanned_in_depth_or_time_are_frames(
    tmp_path: Path, scan_type: int, n_times: int, axes: str, rows: str, size: tuple[float, float] | None
) -> None:
    pixels = RNG.integers(0, 255, (n_times, 1, 3, 20, 24), np.uint8)
    with open_image(write_lsm(tmp_path / "a.lsm", pixels, scan_type)) as source:
        assert source.axes == axes
        np.testing.assert_array_equal(source.array, pixels.reshape(source.array.shape))
        assert source.metadata.get("pixel_size") == size
        assert f"frames are sections along {rows} (rows) and X (columns)" in source.notes


@pytest.mark.parametrize(("distance", "axes"), [(2, "ZYX"), (0, "TYX")])
def test_stk_is_a_volume_or_a_time_series(tmp_path: Path, distance: int, axes: str) -> None:
    pixels = RNG.integers(0, 4000, (4, 20, 30), np.uint16)
    with open_image(write_stk(tmp_path / "a.stk", pixels, distance, 250)) as source:
        assert source.axes == axes
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["pixel_size"] == (0.25, 0.25)
        z, time = [0.0, 2.0, 4.0, 6.0], [0.0, 0.25, 0.5, 0.75]
        assert source.metadata["coords"] == ({"z": z} if distance else {"time": time})


def test_the_pixels_of_an_stk_that_is_not_calibrated_have_no_size(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (4, 20, 30), np.uint16)
    with open_image(write_stk(tmp_path / "a.stk", pixels, 2, 250, is_calibrated=False)) as source:
        assert "pixel_size" not in source.metadata
        assert source.metadata["coords"] == {"z": [0.0, 2.0, 4.0, 6.0]}


def test_pictures_of_sis_have_the_pixel_size_that_their_block_says(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (20, 30), np.uint16)
    with open_image(write_sis(tmp_path / "a.tif", pixels, 2.5)) as source:
        np.testing.assert_array_equal(source.array, pixels)
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((0.0025, 0.0025), "\u00b5m")
        assert source.metadata["acquired"] == "2024-01-05T12:30:00"


def test_tiff_files_of_fluoview_have_steps_and_sizes(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (3, 2, 2, 20, 30), np.uint16)
    with open_image(write_fluoview(tmp_path / "a.tif", pixels)) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((0.4, 0.2), "\u00b5m")
        assert source.metadata["coords"] == {"z": [0.0, 0.5], "time": [0.0, 2.5, 5.0]}


def test_a_header_that_names_more_planes_than_a_file_can_hold_is_an_error_at_once(tmp_path: Path) -> None:
    path = write_fluoview(tmp_path / "a.tif", RNG.integers(0, 4000, (3, 2, 2, 20, 30), np.uint16))
    content = path.read_bytes()
    depth = b"Z".ljust(16, b"\0") + (2).to_bytes(4, "little")
    assert content.count(depth) == 1
    path.write_bytes(content.replace(depth, depth[:16] + (1 << 30).to_bytes(4, "little")))
    with pytest.raises(ValueError, match=r"a\.tif.*names 6,442,450,944 planes, more than the file has bytes"):
        open_image(path)


@pytest.mark.parametrize(("axis", "size"), [("X", 1 << 40), ("T", 1 << 30)])
def test_ome_xml_that_names_more_planes_than_a_file_can_hold_is_an_error_at_once(
    axis: str, size: int, tmp_path: Path
) -> None:
    """tifffile makes a list with an item for each."""
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, np.zeros((3, 20, 30), np.uint16), metadata={"axes": "TYX"})
    xml = re.sub(rf'Size{axis}="\d+"', f'Size{axis}="{size}"', tifffile.tiffcomment(path))
    tifffile.tiffcomment(path, xml.encode())
    with pytest.raises(
        ValueError, match=r"a\.ome\.tif.*OME-XML names [\d,]+ planes, more than the file has bytes"
    ):
        open_image(path)


@pytest.mark.parametrize(("planes", "noted"), [(2, True), (6, False)])
def test_pages_that_ome_xml_does_not_name_are_noted(planes: int, noted: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, np.zeros((6, 20, 30), np.uint16), metadata={"axes": "TYX"})
    xml = tifffile.tiffcomment(path).replace('SizeT="6"', f'SizeT="{planes}"')
    tifffile.tiffcomment(path, xml.encode())
    note = "the file has 6 pages, of which its OME-XML names 2: the others are not read"
    with open_image(path) as source:
        assert source.array.shape == (planes, 20, 30)
        assert (note in source.notes) == noted


SUMMARY = {
    "Frames": 4,
    "Slices": 2,
    "Channels": 2,
    "Positions": 1,
    "PixelSize_um": 0.1,
    "z-step_um": 0.5,
    "ChNames": ["DAPI", "GFP"],
    "ChColors": [-16776961, -16711936],
}


def test_micro_manager_has_real_times_channels_and_steps(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (4, 2, 2, 20, 30), np.uint16)
    with open_image(write_micro_manager(tmp_path / "a_MMStack.ome.tif", pixels, SUMMARY)) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["pixel_size"] == (0.1, 0.1)
        assert source.metadata["coords"] == {"z": [0.0, 0.5], "time": [0.0, 0.25, 0.5, 0.75]}
        assert source.metadata["channel_names"] == ["DAPI", "GFP"]
        assert source.metadata["channel_colors"] == ["#0000ff", "#00ff00"]


def test_version_2_of_micro_manager_says_the_pixel_size_of_each_plane(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (2, 2, 2, 20, 30), np.uint16)
    summary = {**SUMMARY, "PixelSize_um": 0}
    path = write_micro_manager(tmp_path / "a_MMStack.ome.tif", pixels, summary, PixelSizeUm="0.25")
    with open_image(path) as source:
        assert source.metadata["pixel_size"] == (0.25, 0.25)


def test_ndtiff_has_real_times_and_its_channels_in_their_order(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (3, 2, 2, 20, 30), np.uint16)
    path = write_ndtiff(tmp_path, pixels, SUMMARY, ["GFP", "DAPI"])
    with open_image(path) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((0.25, 0.25), "\u00b5m")
        assert source.metadata["coords"] == {"z": [0.0, 0.5], "time": [0.0, 1.0, 2.0]}
        assert source.metadata["channel_names"] == ["GFP", "DAPI"]
        assert source.metadata["channel_colors"] == ["#00ff00", "#0000ff"]


def test_micro_manager_stacks_of_several_files_are_one(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (4, 2, 2, 20, 30), np.uint16)
    write_micro_manager(tmp_path / "a_MMStack.tif", pixels[:3], SUMMARY)
    write_micro_manager(tmp_path / "a_MMStack_1.tif", pixels[3:], SUMMARY, first_time=3)
    with open_image(tmp_path / "a_MMStack.tif") as source:
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["coords"]["time"] == [0.0, 0.25, 0.5, 0.75]


def test_a_slide_is_read_in_full_resolution_and_its_levels_can_be_chosen(tmp_path: Path) -> None:
    slide = RNG.integers(0, 255, (512, 640, 3), np.uint8)
    options: dict[str, Any] = {"photometric": "rgb", "compression": "zlib", "metadata": None}
    about = "Aperio Image Library v11.2.1\r\n640x512"
    with tifffile.TiffWriter(tmp_path / "a.svs") as tiff:
        tiff.write(slide, tile=(256, 256), description=f"{about}|MPP = 0.499", **options)
        tiff.write(slide[::4, ::4], description=about, **options)
        tiff.write(slide[::2, ::2], tile=(256, 256), description=about, **options)
    with open_image(tmp_path / "a.svs") as source:
        assert source.scenes == ("Baseline", "Thumbnail")
        assert "levels 0: 512 x 640, 1: 256 x 320" in source.notes[1]
        np.testing.assert_array_equal(source.array, slide)
        assert source.metadata["pixel_size"] == (0.499, 0.499)
    with open_image(tmp_path / "a.svs", "Baseline:1") as source:
        np.testing.assert_array_equal(source.array, slide[::2, ::2])
        assert source.metadata["pixel_size"] == (0.998, 0.998)
    with pytest.raises(ValueError, match="'Baseline' has no level 2; its levels are 0"):
        open_image(tmp_path / "a.svs", ":2")


def test_qptiff_names_and_colors_its_channels(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 255, (2, 64, 80), np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.qptiff") as tiff:
        for plane, name, color in zip(pixels, ("DAPI", "CD8"), ("0,0,255", "255,0,0"), strict=True):
            said = f"<Name>{name}</Name><Color>{color}</Color><ImageType>FullResolution</ImageType>"
            xml = f"<PerkinElmer-QPI-ImageDescription>{said}</PerkinElmer-QPI-ImageDescription>"
            options: dict[str, Any] = {"metadata": None, "software": "PerkinElmer-QPI", "contiguous": False}
            resolution = {"resolution": (20000, 20000), "resolutionunit": "CENTIMETER"}
            tiff.write(plane, photometric="minisblack", description=xml, **resolution, **options)
    with open_image(tmp_path / "a.qptiff") as source:
        assert source.axes == "CYX"
        np.testing.assert_array_equal(source.array, pixels)
        assert source.metadata["channel_names"] == ["DAPI", "CD8"]
        assert source.metadata["channel_colors"] == ["#0000ff", "#ff0000"]
        assert source.metadata["pixel_size"] == (0.5, 0.5)
        assert source.metadata["pixel_unit"] == "µm"


def test_the_pyramid_of_an_ome_tiff_counts_as_one_scene(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (2, 256, 320), np.uint16)
    metadata = {"axes": "CYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "Channel": {"Name": ["a", "b"]}}
    options: dict[str, Any] = {"tile": (64, 64), "compression": "zlib", "photometric": "minisblack"}
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as tiff:
        tiff.write(pixels, subifds=1, metadata=metadata, **options)
        tiff.write(pixels[:, ::2, ::2], subfiletype=1, **options)
    with open_image(tmp_path / "a.ome.tif") as source:
        assert len(source.scenes) == 1
        np.testing.assert_array_equal(source.array, pixels)
    with open_image(tmp_path / "a.ome.tif", ":1") as source:
        np.testing.assert_array_equal(source.array, pixels[:, ::2, ::2])
        assert source.metadata["pixel_size"] == (1.0, 1.0)
        assert source.metadata["channel_names"] == ["a", "b"]


def test_companion_files_say_what_is_in_files_of_planes(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 900, (3, 2, 16, 20), np.uint16)
    tifffile.imwrite(tmp_path / "whole.ome.tif", pixels, metadata={"axes": "TCYX", "TimeIncrement": 2.5})
    with tifffile.TiffFile(tmp_path / "whole.ome.tif") as tiff:
        xml = str(tiff.ome_metadata)
    own, others = f"urn:uuid:{uuid.uuid4()}", [f"urn:uuid:{uuid.uuid4()}" for _ in range(3)]
    places = [
        f'<TiffData FirstT="{t}" IFD="0" PlaneCount="2">'
        f'<UUID FileName="t{t}.ome.tif">{each}</UUID></TiffData>'
        for t, each in enumerate(others)
    ]
    xml = re.sub(
        '<TiffData IFD="0" PlaneCount="6" ?/>', "".join(places), re.sub('UUID=".*?"', f'UUID="{own}"', xml)
    )
    xml = xml.replace('DimensionOrder="XYZCT"', 'DimensionOrder="XYCZT"')
    (tmp_path / "set.companion.ome").write_text(xml, "utf-8")
    for t, each in enumerate(others):
        only = f'<BinaryOnly MetadataFile="set.companion.ome" UUID="{own}"/>'
        schema = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
        description = f'<?xml version="1.0"?><OME xmlns="{schema}" UUID="{each}">{only}</OME>'
        with tifffile.TiffWriter(tmp_path / f"t{t}.ome.tif") as writer:
            for c in range(2):
                writer.write(pixels[t, c], description=description if c == 0 else None, metadata=None)
    for name in ("set.companion.ome", "t0.ome.tif"):
        with open_image(tmp_path / name) as source:
            assert source.axes == "TCYX"
            np.testing.assert_array_equal(source.array, pixels)
            assert source.metadata["coords"] == {"time": [0.0, 2.5, 5.0]}
            assert source.metadata["source"] == name
    for path in tmp_path.glob("t*.tif"):
        path.unlink()
    with pytest.raises(ValueError, match=r"none of the 3 TIFF files that it names, such as t0\.ome"):
        open_image(tmp_path / "set.companion.ome")
