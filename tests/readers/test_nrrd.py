"""NRRD: what pynrrd reads, turned and named."""

from __future__ import annotations

import bz2
import gzip
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

nrrd = pytest.importorskip("nrrd")

from jpkl.readers import open_image

RNG = np.random.default_rng(4)
#: x, y, z
VOLUME = RNG.integers(-900, 2000, (18, 14, 6), np.int16)


def write(path: Path, pixels: Any = VOLUME, **header: Any) -> Path:
    nrrd.write(str(path), pixels, {key.replace("_", " "): value for key, value in header.items()})
    return path


@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_a_volume_has_its_sizes_where_it_says_so(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, spacings=[0.2, 0.4, 1.5], units=["microns"] * 3)
    with open_image(path) as source:
        assert source.axes == ["Z", "Y", "X"]
        np.testing.assert_array_equal(source.array, VOLUME.transpose())
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((0.4, 0.2), "µm")
        assert source.metadata["coords"]["z"] == [0.0, 1.5, 3.0, 4.5, 6.0, 7.5]


def test_a_body_is_seen_as_radiologists_do_and_as_in_nifti(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    directions = np.array([[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 2.0]])
    path = write(tmp_path / "a.nrrd", space="left-posterior-superior", space_directions=directions)
    affine = np.eye(4)
    affine[:3, :3] = directions.T * np.array([[-1], [-1], [1]])  # NIfTI: right, anterior, superior
    nibabel.Nifti1Image(VOLUME, affine).to_filename(tmp_path / "a.nii")
    with open_image(path) as source, open_image(tmp_path / "a.nii") as other:
        assert source.axes == list(other.axes or ())
        np.testing.assert_array_equal(source.array, other.array)
        assert source.metadata["pixel_size"] == other.metadata["pixel_size"] == (0.5, 0.5)
        assert source.metadata["coords"] == other.metadata["coords"]
        assert source.notes[0].startswith("axial frames")


def test_colors_and_times_are_what_their_axes_are_called(tmp_path: Path) -> None:
    colors = RNG.integers(0, 255, (3, 9, 8, 4), np.uint8)
    path = write(tmp_path / "a.nrrd", colors, kinds=["RGB-color", "domain", "domain", "time"])
    with open_image(path) as source:
        assert source.axes == ["T", "Y", "X", "S"]
        np.testing.assert_array_equal(source.array, colors.transpose())


@pytest.mark.parametrize("kind", ["vector", "3-vector", "covariant-vector", "3D-symmetric-matrix", None])
def test_values_that_belong_together_are_no_axis_of_a_picture(tmp_path: Path, kind: str | None) -> None:
    pixels = RNG.integers(0, 99, (6, 8, 9, 10)).astype(np.int16)
    directions = np.array([[np.nan] * 3, [1, 0, 0], [0, 2, 0], [0, 0, 2.5]])
    header = {"space": "left-posterior-superior", "space directions": directions, "space origin": [0, 0, 0]}
    kinds = {} if kind is None else {"kinds": [kind, "domain", "domain", "domain"]}
    nrrd.write(str(tmp_path / "a.nrrd"), pixels, header | kinds)
    with open_image(tmp_path / "a.nrrd") as source:
        assert list(source.axes or ()) == ["Z", "Y", "X", "dim0" if kind is None else "C"]
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((2, 1), "mm")
        np.testing.assert_array_equal(source.array, pixels.transpose())


@pytest.mark.parametrize("time_first", [True, False])
def test_units_of_time_are_none_of_pixels(tmp_path: Path, time_first: bool) -> None:
    header = {"kinds": ["space"] * 3, "spacings": [1.0, 2.0, 3.0], "units": ["um"] * 3}
    of_time = {"kinds": ["time"], "spacings": [5.0], "units": ["s"]}
    parts = (of_time, header) if time_first else (header, of_time)
    path = write(tmp_path / "a.nrrd", np.zeros((4, 5, 6, 7), np.uint8), **{
        key: parts[0][key] + parts[1][key] for key in header
    })  # fmt: skip
    with open_image(path) as source:
        found = source.metadata
    assert (found["pixel_size"], found["pixel_unit"]) == ((2, 1), "\u00b5m")
    assert found["units"] == {"z": "\u00b5m", "time": "s"}
    assert found["coords"]["time"][:3] == [0, 5, 10]


def test_other_files_are_read_from_beside_it_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "a.nhdr")
    text = (tmp_path / "a.nhdr").read_text().replace("data file: ", "data file: ../")
    (tmp_path / "in" / "a.nhdr").write_text(text)
    with pytest.raises(ValueError, match=r"a\.raw"):
        open_image(tmp_path / "in" / "a.nhdr")


@pytest.mark.parametrize("encoding", ["gzip", "bzip2", "raw", "ascii"])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_compressed_pixels_are_unpacked(tmp_path: Path, name: str, encoding: str) -> None:
    nrrd.write(str(tmp_path / name), VOLUME, {"encoding": encoding})
    with open_image(tmp_path / name) as source:
        np.testing.assert_array_equal(source.array, VOLUME.transpose())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_no_more_is_unpacked_than_the_header_says(tmp_path: Path, pack: Any) -> None:
    """A million times as much as there is in the file, with bzip2."""
    name = pack.__module__.removesuffix("2").replace("bz", "bzip2")
    header = f"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 9 9\nencoding: {name}\n\n"
    (tmp_path / "a.nrrd").write_bytes(header.encode() + pack(bytes(100_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"a\.nrrd: .* more pixels than its header says"):
            open_image(tmp_path / "a.nrrd")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content", [b"", b"NRRD0004\n", b"NRRD0004\ntype: short\ndimension: 2\nsizes: 9 9\n"]
)
def test_damaged_files_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.nrrd").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.nrrd: not a readable NRRD file"):
        open_image(tmp_path / "a.nrrd")
