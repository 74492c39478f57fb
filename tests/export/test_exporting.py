"""Stacks as files of other formats: what is in them, and that they appear whole or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import FrameDecodeError, JPkl
from jpkl._cli import main
from jpkl._export.arrays import write_npy
from jpkl._export.exporting import Exporter, export
from jpkl._export.label_stack import label_stack
from jpkl._export.pictures import write_jpeg, write_png
from jpkl._export.selecting import select_frames
from jpkl._export.tiff import write_tiff
from jpkl._metadata import StackMetadata
from jpkl._selection import parse_selection
from jpkl._tiff_note import read_note, write_note
from jpkl.readers import open_image
from tests.codecs.zlib_codec import ZlibCodec
from tests.conftest import replace_frame
from tests.tools.range_server import range_server

WRITERS = {"out.npy": write_npy, "out.tif": write_tiff, "pictures": write_png, "jpegs": write_jpeg}


def noise(*shape: int, color: bool = False, **fields: Any) -> JPkl:
    """A stack in memory; ``shape`` in JPkl order."""
    return JPkl(np.random.default_rng(3).integers(0, 256, shape, np.uint8), color=color, **fields)


def read_tiff(path: Path) -> tuple[str, NDArray[np.uint8]]:
    """Axes and pixels, as our reader understands the file."""
    with open_image(path) as source:
        return source.axes, np.asarray(source.array)


def test_a_folder_that_is_empty_is_filled(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    export(noise(8, 8, 2), tmp_path / "pictures", write_png)
    assert len([*(tmp_path / "pictures").iterdir()]) == 2


def test_npy_holds_the_pixels_in_jpkl_order(tmp_path: Path) -> None:
    jp = noise(6, 5, 3, 2)
    export(jp, tmp_path / "out.npy", write_npy)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), jp[...])


def test_names_of_pictures_sort_and_stay_in_the_folder(tmp_path: Path) -> None:
    export(noise(8, 8, 11, 1, dim_names=["../up", "z"]), tmp_path / "pictures", write_png)
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert (names[0], names[-1], len(names)) == ("---up00_z0.png", "---up10_z0.png", 11)
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


def test_names_of_pictures_are_as_long_as_a_file_system_takes(tmp_path: Path) -> None:
    export(noise(8, 8, 2, 3, dim_names=["n" * 5000, "ä" * 5000]), tmp_path / "pictures", write_png)
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names[-1] == f"{'n' * 80}1_{'ä' * 40}2.png"
    assert len(names) == 6


@pytest.mark.parametrize("name", ["out.tif", "out.ome.tif"])
def test_characters_that_xml_has_not_are_left_out(name: str, tmp_path: Path) -> None:
    names = ["a\0\x1b[31m", "\ud800\ufffe<é\U0001f600>"]
    metadata = {"channel_names": names, "pixel_size": (1.0, 1.0), "pixel_unit": "\ud800m", "source": "\x07"}
    export(noise(8, 8, 2, dim_names=["channel"], metadata=metadata), tmp_path / name, write_tiff)
    if ".ome." in name:
        ElementTree.fromstring(_description_of(tmp_path / name))
    with open_image(tmp_path / name) as source:
        found = source.metadata["channel_names"]
    assert [name.rstrip("\ufffd") for name in found] == ["a\ufffd\ufffd[31m", "\ufffd\ufffd<é\U0001f600>"]


def test_jpeg_pictures_are_the_stored_bytes(tmp_path: Path) -> None:
    jp = noise(8, 8, 3, dim_names=["time"])
    export(jp, tmp_path / "jpegs", write_jpeg)
    stored = {f"time{i}.jpg": data for (i,), data in jp.images.items()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "jpegs").iterdir()} == stored
    other = noise(8, 8, 2, dim_names=["time"], codec=ZlibCodec())
    export(other, tmp_path / "encoded", write_jpeg)
    with Image.open(tmp_path / "encoded" / "time1.jpg") as picture:
        np.testing.assert_array_equal(np.asarray(picture), JPkl(other[..., 1], jpeg_tables="standard")[...])


def test_a_selection_is_a_stack_of_the_same_frames() -> None:
    metadata = {"coords": {"time": [0.0, 1.0, 5.0]}, "channel_names": ["DAPI", "GFP"]}
    ranges = np.array([[[0, 10], [0, 20]]])
    jp = noise(8, 6, 3, 4, 2, dim_names=["time", "z", "channel"], metadata=metadata)
    jp = JPkl(jp[...], dim_names=jp.dim_names, metadata=metadata, display_range=ranges[None])
    part = select_frames(jp, parse_selection("time=::-2,z=1"))
    assert (part.dim_names, part.dim_sizes) == (("time", "channel"), (2, 2))
    np.testing.assert_array_equal(part, jp[:, :, ::-2, 1])
    np.testing.assert_array_equal(part.intensity[...], jp.intensity[:, :, ::-2, 1])
    assert part.metadata == {"coords": {"time": [5.0, 0.0]}, "channel_names": ["DAPI", "GFP"]}
    broken = select_frames(replace_frame(jp, (1, 2, 0), b"no picture"), parse_selection("time=1:"))
    with pytest.raises(FrameDecodeError, match=r"frame \(1, 2, 0\)"):  # as the file has it
        np.asarray(broken)
    single = select_frames(part, parse_selection("c=1,time=0"))
    np.testing.assert_array_equal(single.intensity[...], jp.intensity[:, :, 2, 1, 1])
    assert single.metadata["channel_names"] == ["GFP"]


def test_imagej_shows_channel_names_as_labels(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    metadata = {"channel_names": ["DAPI", "GFP"], "channel_colors": ["#0000ff", "#00ff00"]}
    jp = noise(8, 8, 3, 2, dim_names=["time", "channel"], metadata=metadata)
    export(jp, tmp_path / "out.tif", write_tiff)
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        assert tiff.imagej_metadata["Labels"] == ["DAPI", "GFP"] * 3
        assert tiff.imagej_metadata["mode"] == "composite"


def test_one_display_range_is_that_of_each_channel_for_imagej(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    images = np.random.default_rng(3).integers(0, 4000, (8, 8, 2, 3), np.uint16)
    jp = JPkl(images, dim_names=["time", "channel"], lossless=True, display_range=(50, 4000))
    export(jp, tmp_path / "out.tif", write_tiff)
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        assert tiff.imagej_metadata["Ranges"] == (50, 4000) * 3


def test_rgb_of_16_bits_which_imagej_has_not_is_ome_tiff(tmp_path: Path) -> None:
    pytest.importorskip("imagecodecs")
    images = np.random.default_rng(3).integers(0, 4000, (8, 8, 3, 2), np.uint16)
    jp = JPkl(images, color=True, codec="jpegls", lossless=True)
    export(jp, tmp_path / "out.tif", write_tiff)
    with open_image(tmp_path / "out.tif") as source:
        assert list(source.axes)[-3:] == ["Y", "X", "S"]
        np.testing.assert_array_equal(source.array[...], images.transpose(3, 0, 1, 2))


def test_labels_have_no_contrast_limits_of_the_images(tmp_path: Path) -> None:
    pytest.importorskip("tifffile")
    metadata = {"channel_limits": [(300, 4000)], "value_unit": "HU", "mine": 1}
    labels = np.arange(64, dtype=np.uint16).reshape(8, 8)
    jp = noise(8, 8, lossless=True, metadata=metadata, labels={"cells": labels})
    shown = label_stack(jp, "cells")
    assert shown.metadata == {"mine": 1}
    assert "channel_limits" not in round_trip(shown, tmp_path / "out.tif")


def round_trip(jp: JPkl, path: Path) -> dict[str, Any]:
    """Metadata of a stack after its export."""
    pytest.importorskip("tifffile")
    export(jp, path, write_tiff)
    with open_image(path) as source:
        return {key: value for key, value in source.metadata.items() if key != "source"}


@pytest.mark.parametrize("unit", ["\u00b5m", "\u00c5", "\u212b", "\u00b0", "\u00e6m", "nm", "\U0001d6cdm"])
@pytest.mark.parametrize("name", ["out.tif", "out.ome.tif"])
def test_units_beyond_ascii_survive(unit: str, name: str, tmp_path: Path) -> None:
    metadata = {"pixel_size": (0.25, 0.5), "pixel_unit": unit}
    metadata |= {"coords": {"time": [0.0, 2.0, 4.0]}, "units": {"time": "\u00b5s"}}
    jp = noise(8, 8, 3, dim_names=["time"], metadata=metadata)
    assert round_trip(jp, tmp_path / name) == metadata


def test_ome_tiff_has_units_as_ome_spells_them_and_no_others(tmp_path: Path) -> None:
    metadata = {"pixel_size": (0.25, 0.5), "pixel_unit": "um"}
    metadata |= {"coords": {"time": [5.0, 7.0, 9.0], "z": [0.0, 3.0]}, "units": {"time": "sec", "z": "turns"}}
    jp = noise(8, 8, 3, 2, dim_names=["time", "z"], metadata=metadata)
    again = round_trip(jp, tmp_path / "out.ome.tif")
    assert again == metadata
    pixels = ElementTree.fromstring(_description_of(tmp_path / "out.ome.tif")).find(".//{*}Pixels")
    assert pixels is not None
    units = {key: value for key, value in pixels.attrib.items() if key.endswith("Unit")}
    of_lengths = {"PhysicalSizeXUnit": "\u00b5m", "PhysicalSizeYUnit": "\u00b5m"}
    assert units == of_lengths | {"TimeIncrementUnit": "s"}
    assert {plane.get("DeltaTUnit") for plane in pixels.iterfind("{*}Plane")} == {"s"}
    coords = {"coords": {"time": [5, 9], "z": [2, 3, 5]}}
    bare = noise(8, 8, 2, 3, dim_names=["time", "z"], metadata=coords)
    assert round_trip(bare, tmp_path / "bare.ome.tif") == coords
    said = _description_of(tmp_path / "bare.ome.tif")
    assert "DeltaT" not in said  # which would be in seconds
    assert 'PositionZ="5"' in said
    assert "PositionZUnit" not in said


@pytest.mark.parametrize(("unit", "per_centimeter"), [("mm", (20, 40)), ("turns", None), ("", None)])
@pytest.mark.parametrize(("name", "dim"), [("out.ome.tif", "z"), ("out.tif", "angle")])
def test_programs_that_know_no_more_than_tiff_find_the_size_of_pixels(
    name: str, dim: str, unit: str, per_centimeter: tuple[int, int] | None, tmp_path: Path
) -> None:
    tifffile = pytest.importorskip("tifffile")
    metadata = {"pixel_size": (0.25, 0.5)} | ({"pixel_unit": unit} if unit else {})
    jp = noise(8, 8, 3, dim_names=[dim], metadata=metadata)
    assert round_trip(jp, tmp_path / name) == metadata
    with tifffile.TiffFile(tmp_path / name) as tiff:
        page = tiff.pages.first
        assert page.resolution == (per_centimeter or (2, 4))
        assert page.resolutionunit == (tifffile.RESUNIT.NONE if per_centimeter is None else 3)


@pytest.mark.parametrize("unit", ["pm", "km"])
@pytest.mark.parametrize("size", [(1e-12, 1e-12), (0.25, 0.5), (1e12, 1e12)])
@pytest.mark.parametrize(("name", "dim"), [("out.tif", "z"), ("out.ome.tif", "z"), ("out.tif", "angle")])
def test_pixels_of_any_size_survive(
    name: str, dim: str, size: tuple[float, float], unit: str, tmp_path: Path
) -> None:
    metadata = {"pixel_size": size, "pixel_unit": unit}
    assert round_trip(noise(8, 8, 3, dim_names=[dim], metadata=metadata), tmp_path / name) == metadata


@pytest.mark.parametrize("unit", ["s", "\u00b5m", "\u00b0", ""])
@pytest.mark.parametrize("name", ["out.tif", "out.ome.tif"])
def test_steps_along_dims_of_any_name_survive(name: str, unit: str, tmp_path: Path) -> None:
    metadata: dict[str, Any] = {"coords": {"time": [0.0, 2.0, 4.0], "angle": [0.0, 15.0]}}
    metadata["units"] = {"time": "s"} | ({"angle": unit} if unit else {})
    jp = noise(8, 8, 3, 2, dim_names=["time", "angle"], metadata=metadata)
    assert round_trip(jp, tmp_path / name) == metadata
    with open_image(tmp_path / name) as source:
        assert source.notes == ()  # as the file names all axes


def test_what_imagej_keeps_survives(tmp_path: Path) -> None:
    metadata = {
        "pixel_size": (0.25, 0.5),
        "pixel_unit": "\u00b5m",
        "coords": {"time": [0.0, 2.0, 4.0], "z": [-1.5, 0.0, 1.5, 3.0]},
        "units": {"time": "min", "z": "\u00b5m"},
        "channel_names": ["DAPI", "GFP"],
        "channel_colors": ["#0000ff", "#00ff00"],
        "channel_limits": [(10.0, 200.0), (5.0, 90.0)],
        "display_mode": "single",
        "fps": 12.5,
    }
    jp = noise(8, 8, 3, 4, 2, dim_names=["time", "z", "channel"], metadata=metadata)
    assert round_trip(jp, tmp_path / "out.tif") == metadata


@pytest.mark.parametrize(
    ("pixel_unit", "z_unit", "expected"),
    [("\u00b5m", "nm", (0.5, "\u00b5m")), ("\u00b5m", "\u00b0", (500, "\u00b0")), ("", "mm", (500, "mm"))],
)
def test_sections_have_a_unit_of_their_own(
    pixel_unit: str, z_unit: str, expected: tuple[float, str], tmp_path: Path
) -> None:
    metadata = {"pixel_size": (0.25, 0.5), "pixel_unit": pixel_unit}
    metadata |= {"coords": {"z": [0, 500, 1000]}, "units": {"z": z_unit}}
    found = round_trip(noise(8, 8, 3, dim_names=["z"], metadata=metadata), tmp_path / "out.tif")
    assert (found["coords"]["z"][1], found["units"]["z"]) == expected


def test_contrast_limits_become_those_of_the_8_bits(tmp_path: Path) -> None:
    images = np.linspace(0, 5100, 8 * 8 * 3 * 2).reshape(8, 8, 3, 2)
    metadata = {"channel_limits": [(0.0, 510.0), (1020.0, 2040.0)]}
    jp = JPkl(images, dim_names=["time", "channel"], metadata=metadata, display_range=(0, 5100))
    limits = [(0.0, 25.5), (51.0, 102.0)]
    assert round_trip(jp, tmp_path / "out.tif")["channel_limits"] == limits
    np.testing.assert_array_equal(round_trip(jp, tmp_path / "out.ome.tif")["channel_limits"], limits)
    entries = re.findall(r'<M K="DisplayRange #(\d)">(.*?)</M>', _description_of(tmp_path / "out.ome.tif"))
    assert entries == [("0", "0 25.5"), ("1", "51 102")]  # for whoever lists annotations
    single = JPkl(
        images[..., 1],
        dim_names=["time"],
        metadata={"channel_limits": [(1020, 2040)]},
        display_range=(0, 5100),
    )
    assert round_trip(single, tmp_path / "single.tif")["channel_limits"] == [(51, 102)]
    varied = np.array([[[0, 5100]], [[0, 2000]], [[0, 9]]])
    jp = JPkl(images, dim_names=["time", "channel"], metadata=metadata, display_range=varied)
    for name in ("varied.tif", "varied.ome.tif"):
        assert "channel_limits" not in round_trip(jp, tmp_path / name)


def _description_of(path: Path) -> str:
    import tifffile

    with tifffile.TiffFile(path) as file:
        assert file.ome_metadata is not None
        return file.ome_metadata


@pytest.mark.parametrize("name", ["out.tif", "out.ome.tif", "plain.tif"])
def test_what_no_tiff_can_say_survives(name: str, tmp_path: Path) -> None:
    """Uneven times, where z begins, names of dims, and keys of your own."""
    metadata = {
        "pixel_size": (0.25, 0.5),
        "pixel_unit": "\u00b5m",
        "coords": {"t": [0.0, 2.0, 7.0], "z": [-1.5, 0.0, 1.5, 3.0], "dose": ["low", "high"]},
        "units": {"t": "min", "z": "\u00b5m"},
        "stain": {"\u00b5g": [1, None]},
    }
    names = ["t", "z", "dose" if name == "plain.tif" else "channel"]
    if name != "plain.tif":
        del metadata["coords"]["dose"]
    jp = noise(8, 8, 3, 4, 2, dim_names=names, metadata=metadata)
    export(jp, tmp_path / name, write_tiff)
    with open_image(tmp_path / name) as source:
        back = JPkl(source.array, axes=source.axes, metadata=source.metadata)
        found = {key: value for key, value in back.metadata.items() if key != "source"}
        found["pixel_size"] = tuple(found["pixel_size"])
        assert found == metadata
        assert sorted(back.dim_names) == sorted(names)
        places = [jp.dim_names.index(each) for each in back.dim_names]
        np.testing.assert_array_equal(
            np.asarray(source.array), jp[...].transpose(*(2 + at for at in places), 0, 1)
        )


def test_ome_has_uneven_times_and_positions_for_each_plane(tmp_path: Path) -> None:
    metadata = {"coords": {"time": [1.0, 2.0, 7.0], "z": [-1.0, 0.5]}, "units": {"time": "s", "z": "mm"}}
    jp = noise(8, 8, 2, 3, dim_names=["z", "time"], metadata=metadata)
    export(jp, tmp_path / "out.ome.tif", write_tiff)
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffFile(tmp_path / "out.ome.tif") as tiff:
        planes = ElementTree.fromstring(tiff.ome_metadata).findall(".//{*}Plane")
    found = [[float(plane.attrib[key]) for key in ("DeltaT", "PositionZ")] for plane in planes]
    assert found == [[t, z] for t in (1, 2, 7) for z in (-1, 0.5)]
    assert planes[0].attrib["PositionZUnit"] == "mm"


@pytest.mark.parametrize(
    ("acquired", "date"),
    [
        ("2024-03-04T05:06:07Z", "2024-03-04T05:06:07+00:00"),
        ("2024-03-04 05:06:07", "2024-03-04T05:06:07"),
        ("2024-03-04", None),
        ("on a Monday", None),
    ],
)
def test_ome_says_when_and_from_what_an_image_is(acquired: str, date: str | None, tmp_path: Path) -> None:
    jp = noise(8, 8, 2, dim_names=["z"], metadata={"acquired": acquired, "source": "cells.nd2"})
    export(jp, tmp_path / "out.ome.tif", write_tiff)
    image = ElementTree.fromstring(_description_of(tmp_path / "out.ome.tif")).find("{*}Image")
    assert image is not None
    assert (image.get("Name"), image.findtext("{*}AcquisitionDate")) == ("cells.nd2", date)
    assert round_trip(jp, tmp_path / "out.ome.tif")["acquired"] == (date or acquired)


def test_dims_that_are_called_as_axes_of_frames_have_letters(tmp_path: Path) -> None:
    export(noise(8, 8, 3, 2, dim_names=["s", "y"]), tmp_path / "out.tif", write_tiff)
    assert read_tiff(tmp_path / "out.tif")[0] == "QAYX"


def test_a_note_of_another_shape_is_passed_over() -> None:
    times = (datetime(2024, 1, 1), datetime(2024, 1, 3))
    assert "2024-01-03T00:00:00" in str(
        write_note({}, StackMetadata(coords={"t": times}), ["t"], (2,), "TYX")
    )
    known = StackMetadata(coords={"time": (1.0, 5.0)})
    note = write_note({"mine": 1}, known, ["time"], (2, 8, 8), "TYX")
    assert read_note(note, "TYX", (2, 8, 8), {}) == ("TYX", {"mine": 1, "coords": {"time": [1.0, 5.0]}})
    for text in (note, "[]", "{", "[" * 100_000, None):
        assert read_note(text, "TYX", (3, 8, 8), {"fps": 2}) == ("TYX", {"fps": 2})


@pytest.mark.parametrize(
    ("dim_names", "name", "axes", "order"),
    [
        (["z", "time"], "out.tif", "TZYX", (1, 0)),
        (["channel", "angle", "z"], "out.tif", ["angle", "z", "channel", "Y", "X"], (1, 2, 0)),
        (["angle", "z"], "out.ome.tif", ["angle", "z", "Y", "X"], (0, 1)),
        (["Q", "A"], "out.tif", "QAYX", (0, 1)),
        (["well", "field", "T"], "out.tif", ["well", "field", "T", "Y", "X"], (0, 1, 2)),
        ([], "out.tif", "YX", ()),
    ],
)
def test_tiff_has_an_axis_for_each_dim(
    dim_names: list[str], name: str, axes: str | list[str], order: tuple[int, ...], tmp_path: Path
) -> None:
    pytest.importorskip("tifffile")
    jp = noise(16, 20, *range(2, 2 + len(dim_names)), dim_names=dim_names)
    export(jp, tmp_path / name, write_tiff)
    got, pixels = read_tiff(tmp_path / name)
    assert got == axes
    np.testing.assert_array_equal(pixels, jp[...].transpose(*(2 + dim for dim in order), 0, 1))


def test_tiff_in_color(tmp_path: Path) -> None:
    pytest.importorskip("tifffile")
    jp = noise(16, 20, 3, 4, color=True, dim_names=["time"])
    export(jp, tmp_path / "out.tif", write_tiff)
    axes, pixels = read_tiff(tmp_path / "out.tif")
    assert axes == "TYXS"
    np.testing.assert_array_equal(pixels, jp[...].transpose(3, 0, 1, 2))


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_frame_leaves_no_export(name: str, tmp_path: Path) -> None:
    if name == "out.tif":
        pytest.importorskip("tifffile")
    jp = replace_frame(noise(8, 8, 3, dim_names=["time"]), (1,), b"no picture")
    with pytest.raises(FrameDecodeError, match=r"\(1,\)"):
        export(jp, tmp_path / name, WRITERS[name])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("exporter", WRITERS.values())
def test_an_interrupted_export_keeps_the_file_that_was_there(exporter: Exporter, tmp_path: Path) -> None:
    if exporter is write_tiff:
        pytest.importorskip("tifffile")
    out = tmp_path / "out"
    out.write_bytes(b"precious")

    def interrupted(frames: Iterable[Any]) -> Iterator[Any]:
        yield next(iter(frames))
        raise KeyboardInterrupt

    decoded = []

    class Slow(JPkl):
        """Frames that threads are still at when the interrupt comes."""

        def decode_slice(self, encoded: bytes) -> NDArray[np.uint8]:
            time.sleep(0.02)
            decoded.append(encoded)
            return super().decode_slice(encoded)

    with pytest.raises(KeyboardInterrupt) as caught:  # whose traceback keeps what is not closed
        export(Slow(np.zeros((8, 8, 12), np.uint8)), out, exporter, interrupted)
    n_decoded = len(decoded)
    time.sleep(0.1)
    assert len(decoded) == n_decoded, f"threads wrote on after {caught.type}"
    assert out.read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif", "a.zarr"])
def test_what_has_no_unit_gets_none_and_dates_stay_dates(name: str, tmp_path: Path) -> None:
    pytest.importorskip("tifffile")
    pytest.importorskip("zarr")
    dates = [datetime(2024, 1, day, 12) for day in (1, 2, 3)]
    metadata = {"pixel_size": (0.5, 0.25), "coords": {"time": dates, "z": [0, 1, 2, 3]}}
    jp = JPkl(np.zeros((3, 4, 2, 8, 9), np.uint8), axes="TZCYX", metadata=metadata)
    jp.save(tmp_path / "a.jpkl")
    assert main(["export", str(tmp_path / "a.jpkl"), str(tmp_path / name)]) == 0
    with open_image(tmp_path / name) as source:
        found = source.metadata
    assert found["coords"] == {"time": dates, "z": [0, 1, 2, 3]}
    assert tuple(found["pixel_size"]) == (0.5, 0.25)
    assert not found.get("pixel_unit")
    assert "z" not in found.get("units", {})
    assert "channel_colors" not in found


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif"])
def test_a_tiff_of_no_frames_is_refused(tmp_path: Path, name: str) -> None:
    empty = JPkl(np.zeros((8, 6, 0), np.uint8))
    with pytest.raises(ValueError, match=r"dims \(0,\) holds no frames, and a TIFF needs one"):
        export(empty, tmp_path / name, write_tiff)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("exporter", [write_npy, write_jpeg])
def test_frames_of_a_server_are_asked_for_several_at_once(exporter: Exporter, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    images = np.random.default_rng(0).integers(0, 255, (128, 128, 60), np.uint8)
    JPkl(images).save(tmp_path / "a.jpkl")
    with range_server(tmp_path) as server, JPkl.load(f"{server.url}/a.jpkl") as jp:
        server.latency = 0.05
        export(select_frames(jp, [("dim0", slice(15, 45, 2))]), tmp_path / "out", exporter)
        assert server.most_at_once > 4
