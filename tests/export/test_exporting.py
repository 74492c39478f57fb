"""Stacks as files of other formats: what is in them, and that they appear whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import FrameDecodeError, JPkl
from jpkl._export.arrays import write_npy
from jpkl._export.exporting import Exporter, export
from jpkl._export.pictures import write_png
from jpkl._export.tiff import write_tiff
from jpkl.readers import open_image
from tests.conftest import replace_frame

WRITERS = {"out.npy": write_npy, "out.tif": write_tiff, "pictures": write_png}


def noise(*shape: int, color: bool = False, **fields: Any) -> JPkl:
    """A stack in memory; ``shape`` in JPkl order."""
    return JPkl(np.random.default_rng(3).integers(0, 256, shape, np.uint8), color=color, **fields)


def read_tiff(path: Path) -> tuple[str, NDArray[np.uint8]]:
    """Axes and pixels, as our reader understands the file."""
    with open_image(path) as source:
        return source.axes, np.asarray(source.array)


def test_npy_holds_the_pixels_in_jpkl_order(tmp_path: Path) -> None:
    jp = noise(6, 5, 3, 2)
    export(jp, tmp_path / "out.npy", write_npy)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), jp[...])


def test_names_of_pictures_sort_and_stay_in_the_folder(tmp_path: Path) -> None:
    export(noise(8, 8, 11, 1, dim_names=["../up", "z"]), tmp_path / "pictures", write_png)
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert (names[0], names[-1], len(names)) == ("---up00_z0.png", "---up10_z0.png", 11)
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


def test_imagej_shows_channel_names_as_labels(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    metadata = {"channel_names": ["DAPI", "GFP"], "channel_colors": ["#0000ff", "#00ff00"]}
    jp = noise(8, 8, 3, 2, dim_names=["time", "channel"], metadata=metadata)
    export(jp, tmp_path / "out.tif", write_tiff)
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        assert tiff.imagej_metadata["Labels"] == ["DAPI", "GFP"] * 3
        assert tiff.imagej_metadata["mode"] == "composite"


@pytest.mark.parametrize(
    ("dim_names", "name", "axes", "order"),
    [
        (["z", "time"], "out.tif", "TZYX", (1, 0)),
        (["channel", "angle", "z"], "out.tif", "QZCYX", (1, 2, 0)),
        (["angle", "z"], "out.ome.tif", "QZYX", (0, 1)),
        (["Q", "A"], "out.tif", "QAYX", (0, 1)),
        (["well", "field", "T"], "out.tif", "QATYX", (0, 1, 2)),
        ([], "out.tif", "YX", ()),
    ],
)
def test_tiff_has_an_axis_for_each_dim(
    dim_names: list[str], name: str, axes: str, order: tuple[int, ...], tmp_path: Path
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
