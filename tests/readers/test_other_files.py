"""Files that name others as their parts: what is not in their folder is not shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl.readers import open_image

h5py = pytest.importorskip("h5py")
tifffile = pytest.importorskip("tifffile")

_SHAPE = (48, 64)
_ELSEWHERE = "which is not in its folder"


def _external(file: Any, name: str) -> None:
    file.create_dataset("a", shape=_SHAPE, dtype="u1", external=[(name, 0, h5py.h5f.UNLIMITED)])


def _virtual(file: Any, name: str) -> None:
    most = (h5py.h5s.UNLIMITED, _SHAPE[1])
    space = h5py.h5s.create_simple(_SHAPE, most)
    if "%b" in name:  # of as many files as there are
        space.select_hyperslab((0, 0), (h5py.h5s.UNLIMITED, 1), _SHAPE, _SHAPE)
    options = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    options.set_virtual(space, name.encode(), b"x", h5py.h5s.create_simple(_SHAPE))
    every = h5py.h5s.create_simple(_SHAPE, most)
    h5py.h5d.create(file.id, b"a", h5py.h5t.NATIVE_UINT8, every, options)


def _written(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file["x"] = np.full(_SHAPE, 77, "u1")
    return path


@pytest.mark.parametrize("name", ["../other.h5", "{folder}/other.h5", "../oth%%er.h5", "../other%b.h5"])
def test_virtual_arrays_are_of_files_beside_alone(tmp_path: Path, name: str) -> None:
    (inside := tmp_path / "inside").mkdir()
    name = name.format(folder=tmp_path)
    _written(tmp_path / name.removeprefix("../").replace("%%", "%").replace("%b", "0"))
    path = inside / "a.h5"
    with h5py.File(path, "w") as file:
        _virtual(file, name)
    with pytest.raises(ValueError, match=_ELSEWHERE):
        open_image(path)


def test_virtual_arrays_of_files_beside_are_read(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    _written(tmp_path / "parts" / "b.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        _virtual(file, "parts/b.h5")
    with open_image(tmp_path / "a.h5") as image:
        assert (image.array[...] == 77).all()


def test_parts_of_a_virtual_array_are_beside_it_too(tmp_path: Path) -> None:
    (inside := tmp_path / "inside").mkdir()
    _written(tmp_path / "other.h5")
    with h5py.File(inside / "b.h5", "w") as file:
        file["x"] = h5py.ExternalLink("../other.h5", "x")
    with h5py.File(inside / "a.h5", "w") as file:
        _virtual(file, "b.h5")
    with pytest.raises(ValueError, match=_ELSEWHERE):
        open_image(inside / "a.h5")


def test_virtual_arrays_that_are_made_of_each_other_are_no_endless_loop(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        layout = h5py.VirtualLayout(_SHAPE, "u1")
        layout[:] = h5py.VirtualSource(".", "a", _SHAPE)
        file.create_virtual_dataset("a", layout)
    open_image(tmp_path / "a.h5").close()


def test_raw_bytes_are_of_files_beside_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inside := tmp_path / "inside").mkdir()
    monkeypatch.chdir(inside)
    np.full(_SHAPE, 77, "u1").tofile(tmp_path / "raw")
    np.full(_SHAPE, 78, "u1").tofile(inside / "raw")
    for name in ("../raw", os.fspath(tmp_path / "raw")):
        with h5py.File(inside / "a.h5", "w") as file:
            _external(file, name)
        with pytest.raises(ValueError, match=_ELSEWHERE):
            open_image(inside / "a.h5")
    with h5py.File(inside / "a.h5", "w") as file:
        _external(file, "raw")
    with open_image(inside / "a.h5") as image:
        assert (image.array[...] == 78).all()


@pytest.mark.parametrize("place", ["../{}", "{folder}/{}"])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_ome_tiff_has_planes_in_files_beside_alone(tmp_path: Path, place: str, is_compressed: bool) -> None:
    (inside := tmp_path / "inside").mkdir()
    names = "a.ome.tif", place.format("b.ome.tif", folder=tmp_path)
    _two_parts(inside, names, compression="zlib" if is_compressed else None)
    with pytest.raises(ValueError, match=_ELSEWHERE):
        open_image(inside / "a.ome.tif")


def _two_parts(
    folder: Path,
    names: tuple[str, str],
    *,
    at: tuple[str, str] | None = None,
    compression: str | None = None,
) -> None:
    """Write an OME-TIFF of two files that name each other so, at other names."""
    planes = "".join(
        f'<TiffData FirstT="{t}" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{t}</UUID></TiffData>'
        for t, name in enumerate(names)
    )
    pixels = f'SizeX="{_SHAPE[1]}" SizeY="{_SHAPE[0]}" SizeC="1" SizeZ="1" SizeT="2"'
    for t, name in enumerate(at or names):
        description = (
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{t}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" '
            f'Type="uint8" {pixels}>{planes}</Pixels></Image></OME>'
        )
        (folder / name).parent.mkdir(exist_ok=True)
        tifffile.imwrite(
            folder / name,
            np.full(_SHAPE, 70 + t, "u1"),
            description=description,
            metadata=None,
            compression=compression,
        )


def test_a_part_may_be_a_link_to_elsewhere(tmp_path: Path) -> None:
    _two_parts(tmp_path, ("a.ome.tif", "b.ome.tif"), at=("inside/a.ome.tif", "elsewhere/b.ome.tif"))
    (tmp_path / "inside" / "b.ome.tif").symlink_to(tmp_path / "elsewhere" / "b.ome.tif")
    with open_image(tmp_path / "inside" / "a.ome.tif") as image:
        assert np.asarray(image.array[:, 0, 0]).tolist() == [70, 71]


def test_all_parts_may_be_links_to_other_names_in_other_folders(tmp_path: Path) -> None:
    names = "a.ome.tif", "b.ome.tif"
    _two_parts(tmp_path, names, at=("1/SHA-1.tif", "2/SHA-2.tif"))
    (folder := tmp_path / "inside").mkdir()
    for name, target in zip(names, ("1/SHA-1.tif", "2/SHA-2.tif"), strict=True):
        (folder / name).symlink_to(Path("..", target))
    for name in names:
        with open_image(folder / name) as image:
            assert np.asarray(image.array[:, 0, 0]).tolist() == [70, 71]


def test_parts_are_beside_the_file_that_a_link_elsewhere_leads_to(tmp_path: Path) -> None:
    _two_parts(tmp_path, ("a.ome.tif", "b.ome.tif"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cells.ome.tif").symlink_to(tmp_path / "a.ome.tif")
    with open_image(tmp_path / "mine" / "cells.ome.tif") as image:
        assert np.asarray(image.array[:, 0, 0]).tolist() == [70, 71]


def _linked(path: Path, what: str, tmp_path: Path) -> Path:
    """Link to a file, or to its folder; return the name of the file by the link."""
    (elsewhere := tmp_path / "elsewhere").mkdir()
    target = path if what == "file" else path.parent
    (elsewhere / target.name).symlink_to(target)
    return elsewhere / path.relative_to(target.parent)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_tiff_is_opened_by_links(tmp_path: Path, what: str) -> None:
    (folder := tmp_path / "real").mkdir()
    data = np.arange(2 * 12 * 16, dtype=np.uint16).reshape(2, 12, 16)
    tifffile.imwrite(folder / "a.ome.tif", data, metadata={"axes": "TYX"})
    with open_image(_linked(folder / "a.ome.tif", what, tmp_path)) as image:
        assert np.array_equal(np.asarray(image.array[...]), data)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_virtual_array_is_opened_by_links(tmp_path: Path, what: str) -> None:
    (folder := tmp_path / "real").mkdir()
    _written(folder / "b.h5")
    with h5py.File(folder / "a.h5", "w") as file:
        _virtual(file, os.fspath(folder / "b.h5"))
    with open_image(_linked(folder / "a.h5", what, tmp_path)) as image:
        assert (np.asarray(image.array[...]) == 77).all()
