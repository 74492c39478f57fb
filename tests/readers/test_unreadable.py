"""Pixels that cannot be read: one kind of error, with path, frame and cause, whichever library has them."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jpkl
from jpkl import FrameReadError, JPkl
from jpkl._cli import main
from jpkl.readers import ImageFile, open_image
from jpkl.readers import _formats as formats

from .microscope_files import write_czi

PIXELS = np.random.default_rng(4).integers(0, 4000, (6, 64, 80)).astype(np.uint16)


#: How compressed data of Zstandard begins.
ZSTD = b"\x28\xb5\x2f\xfd"


def _damage(path: Path, at: int, n: int) -> None:
    """Overwrite bytes of a file."""
    content = bytearray(path.read_bytes())
    assert 0 <= at < len(content) - n
    content[at : at + n] = b"\xa5" * n
    path.write_bytes(content)


def _tiff(path: Path) -> None:
    tifffile = importlib.import_module("tifffile")
    tifffile.imwrite(path, PIXELS, compression="zlib", photometric="minisblack")
    with tifffile.TiffFile(path) as file:
        start = file.pages[3].dataoffsets[0]
    _damage(path, start, 200)


def _hdf5(path: Path) -> None:
    with importlib.import_module("h5py").File(path, "w") as file:
        file.create_dataset("x", data=PIXELS, chunks=(1, 64, 80), compression="gzip")
    _damage(path, path.stat().st_size // 2, 3000)


def _nifti(path: Path) -> None:
    nibabel = importlib.import_module("nibabel")
    nibabel.save(nibabel.Nifti1Image(PIXELS.T, np.eye(4)), path)
    path.write_bytes(path.read_bytes()[:30_000])


def _czi(path: Path) -> None:
    tiles = [({"X": 0, "Y": 0, "Z": z, "S": 0}, plane, 1) for z, plane in enumerate(PIXELS)]
    write_czi(path, tiles, compression=5)
    _damage(path, path.read_bytes().rindex(ZSTD), 4)


def _dicom(path: Path) -> None:
    pydicom = importlib.import_module("pydicom")
    source = Path(pydicom.__file__).parent / "data" / "test_files" / "SC_rgb_rle_2frame.dcm"
    path.write_bytes(source.read_bytes())
    _damage(path, path.read_bytes().rindex(b"\x03\0\0\0\x40\0\0\0"), 4)  # how many segments there are


def _zarr(path: Path) -> None:
    zarr = importlib.import_module("zarr")
    zarr.create_array(path, data=PIXELS, chunks=(1, 64, 80))
    chunk = next(file for file in path.rglob("*") if file.is_file() and file.parts[-3:-1] == ("3", "0"))
    _damage(chunk, chunk.read_bytes().index(ZSTD), 4)


KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "tif": ("tifffile", _tiff),
    "h5": ("h5py", _hdf5),
    "nii": ("nibabel", _nifti),
    "czi": ("imagecodecs", _czi),
    "zarr": ("zarr", _zarr),
    "dcm": ("pydicom", _dicom),
}


@pytest.mark.parametrize("suffix", KINDS)
def test_an_error_names_path_and_frame_and_has_a_cause(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, write = KINDS[suffix]
    pytest.importorskip(package)
    path = tmp_path / f"bad.{suffix}"
    write(path)

    with open_image(path) as source, pytest.raises(FrameReadError, match="it cannot be read") as caught:
        JPkl(source.array, axes=source.axes)
    assert caught.value.path == str(path)
    assert caught.value.frame_index is not None
    assert caught.value.__cause__ is not None
    assert str(caught.value).count(str(path)) == 1

    bad = caught.value.frame_index
    with jpkl.open(path, display_range="dtype") as stack, pytest.raises(FrameReadError) as again:
        stack[(..., *bad)]
    assert (again.value.path, again.value.frame_index) == (str(path), bad)

    assert main(["encode", str(path), str(tmp_path / "out.jpkl")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(path) in said
    assert f"frame {bad}" in said


class _Library:
    """An array of a library that fails at one frame, as it likes."""

    shape, dtype = (5, 8, 8), np.dtype(np.uint8)

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, key: Any) -> Any:
        if 3 in range(*key[0].indices(5)):
            raise self.error
        return np.zeros(self.shape, np.uint8)[key]


class OddError(Exception):
    """What no reader knows."""


@pytest.mark.parametrize("error", [OddError("chunk 7"), KeyError("c/3"), OSError(errno.EINVAL, "Invalid")])
def test_what_any_library_raises_names_the_first_frame(error: Exception) -> None:
    with pytest.raises(FrameReadError, match=r"^frame \(3,\): it cannot be read") as caught:
        JPkl(_Library(error), axes="TYX")
    assert caught.value.__cause__ is error


def test_an_error_of_the_disk_stays_one_and_gets_the_name_of_the_file(tmp_path: Path) -> None:
    array = _Library(OSError(errno.EIO, "Input/output error"))
    array.filename = str(tmp_path / "x.raw")  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="Input/output error") as caught:
        JPkl(array, axes="TYX")
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(tmp_path / "x.raw"))


def test_what_a_reader_raises_as_it_opens_is_one_line_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(path: Path, scene: str | None) -> ImageFile:
        raise OddError("of its own\nkind")

    path = tmp_path / "x.npy"
    np.save(path, PIXELS)
    monkeypatch.setattr(formats.module_of(path)[1], "read", read)  # type: ignore[index]
    assert main(["encode", str(path), str(tmp_path / "out.jpkl")]) == 2
    assert capsys.readouterr().err == f"jpkl: {path}: cannot be read: OddError: of its own kind\n"


@pytest.mark.parametrize(("at", "kind", "value"), [(108, "<f4", 1e17), (42, "<i2", 32000), (46, "<i2", 9)])
def test_a_nifti_header_that_lies_about_sizes_is_said(
    at: int, kind: str, value: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nibabel = pytest.importorskip("nibabel")
    path = tmp_path / "x.nii"
    nibabel.save(nibabel.Nifti1Image(PIXELS.T, np.eye(4)), path)
    content = bytearray(path.read_bytes())
    content[at : at + np.dtype(kind).itemsize] = np.array(value, kind).tobytes()
    path.write_bytes(content)
    assert main(["encode", str(path), str(tmp_path / "out.jpkl")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{path}" in said
    assert "its header promises" in said
    assert f"of which there are {len(content):,}" in said


def test_a_nifti_of_more_frames_than_bytes_is_refused_before_they_are_counted(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    path = tmp_path / "x.nii"
    nibabel.save(nibabel.Nifti2Image(PIXELS.T, np.eye(4)), path)
    content = bytearray(path.read_bytes())
    content[40:48] = (2**60).to_bytes(8, "little")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"its header promises 11,805,.* damaged; copy it once more"):
        open_image(path)
