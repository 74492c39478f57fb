"""Zarr: images of OME with what is said of them, and plain arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl._cli import main
from jpkl.readers import open_image

zarr = pytest.importorskip("zarr", minversion="3")

TCZYX = np.random.default_rng(5).integers(0, 4000, (2, 2, 3, 16, 20), np.uint16)
AXES = [
    {"name": "t", "type": "time", "unit": "second"},
    {"name": "c", "type": "channel"},
    *({"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"),
]
OMERO = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "active": True, "window": {"start": 5, "end": 900}},
        {"label": "GFP", "color": "00FF00", "active": False, "window": {"start": 7, "end": 1500}},
    ],
    "rdefs": {"model": "color"},
}


def write_image(group: Any, zarr_format: int) -> None:
    """Two resolutions, with pixels of 0.25 x 0.5 um."""
    datasets = []
    for number, step in enumerate((1, 2)):
        group.create_array(str(number), data=TCZYX[..., ::step, ::step], chunks=(1, 1, 1, 8, 8))
        scale = [1.5, 1, 2, 0.25 * step, 0.5 * step]
        datasets.append(
            {"path": str(number), "coordinateTransformations": [{"type": "scale", "scale": scale}]}
        )
    said = {"multiscales": [{"axes": AXES, "datasets": datasets}], "omero": OMERO}
    group.attrs.update(said if zarr_format == 2 else {"ome": {"version": "0.5", **said}})


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", ["a.ome.zarr", "a.zarr.zip", "folder"])
def test_an_image_of_ome_with_what_is_said_of_it(tmp_path: Path, zarr_format: Any, name: str) -> None:
    path = tmp_path / name
    store = zarr.storage.ZipStore(path, mode="w") if name.endswith("zip") else path
    group = zarr.create_group(store, zarr_format=zarr_format)
    write_image(group, zarr_format)
    group.store.close()
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, TCZYX)
        assert (source.scenes, source.scene) == (("0", "1"), "0")
        stack = JPkl(source.array, axes=source.axes, metadata=source.metadata)
    assert stack.dim_names == ("time", "channel", "z")
    known = {key: stack.metadata[key] for key in ("pixel_size", "pixel_unit", "coords", "units")}
    assert known == {
        "pixel_size": (0.25, 0.5),
        "pixel_unit": "µm",
        "coords": {"time": [0.0, 1.5], "z": [0.0, 2.0, 4.0]},
        "units": {"time": "s", "z": "µm"},
    }
    assert stack.metadata["channel_names"] == ["DAPI", "GFP"]
    assert stack.metadata["channel_colors"] == ["#0000ff", "#00ff00"]
    assert stack.metadata["channel_limits"] == [(5.0, 900.0), (7.0, 1500.0)]
    assert stack.metadata["channel_visible"] == [True, False]
    with open_image(path, "1") as source:
        np.testing.assert_array_equal(source.array, TCZYX[..., ::2, ::2])
        assert source.metadata["pixel_size"] == (0.5, 1.0)


def test_all_scenes_are_those_at_full_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    write_image(group, 3)
    monkeypatch.chdir(tmp_path)
    assert main(["encode", "a.zarr", "--all-scenes"]) == 0
    assert [path.name for path in tmp_path.glob("*.jpkl")] == ["a_0.jpkl"]


def test_wells_are_scenes_and_reduced_images_come_last(tmp_path: Path) -> None:
    plate = zarr.create_group(tmp_path / "plate.zarr")
    for well in ("A/2/0", "A/10/0"):
        write_image(plate.create_group(well), 3)
    with open_image(tmp_path / "plate.zarr") as source:
        assert source.scenes == ("A/2/0/0", "A/10/0/0", "A/2/0/1", "A/10/0/1")
        assert source.scene == "A/2/0/0"


def test_plain_arrays_are_chosen_by_their_path(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("times", data=np.arange(5.0))
    group.create_array("raw/small", data=TCZYX[0, 0])
    group.create_array("raw/large", data=TCZYX)
    with open_image(tmp_path / "a.zarr") as source:
        assert (source.scenes, source.scene) == (("raw/large", "raw/small"), "raw/large")
        assert source.axes == ["dim0", "dim1", "dim2", "y", "x"]
        assert "does not name its axes" in source.notes[1]
        np.testing.assert_array_equal(source.array[1, :, 2, 4:9], TCZYX[1, :, 2, 4:9])
    with open_image(tmp_path / "a.zarr", "raw/small") as source:
        np.testing.assert_array_equal(source.array, TCZYX[0, 0])


def test_names_of_axes_are_taken(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=TCZYX[0, 0], dimension_names=["depth", "y", "x"])
    with open_image(tmp_path / "a.zarr") as source:
        assert (source.axes, source.notes) == (["depth", "y", "x"], ())


def test_damaged_chunks_are_named(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=TCZYX, chunks=(1, 1, 3, 16, 20))
    for chunk in (tmp_path / "a.zarr" / "c").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(chunk.read_bytes()[:9])
    with open_image(tmp_path / "a.zarr") as source, pytest.raises(ValueError, match=r"a\.zarr: damaged"):
        np.asarray(source.array)
