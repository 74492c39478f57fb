"""Volumes of the body: turned as they are looked at, exact, with their values scaled."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl.readers import open_image
from jpkl.readers._oriented import ReversedArray

nibabel = pytest.importorskip("nibabel")

XYZT = np.random.default_rng(8).integers(-900, 900, (6, 7, 4, 3)).astype(np.int16)


def write(path: Path, codes: str, sizes: tuple[float, ...]) -> Any:
    """A volume whose axes go right, anterior, superior, ... as the letters say."""
    affine = np.diag([0.0, 0, 0, 1])
    for axis, code in enumerate(codes):
        affine[["LR", "PA", "IS"].index(next(pair for pair in ("LR", "PA", "IS") if code in pair)), axis] = (
            -1 if code in "LPI" else 1
        )
    image = nibabel.Nifti1Image(XYZT, affine @ np.diag([*sizes[:3], 1]))
    image.header.set_zooms(sizes)
    image.header.set_xyzt_units("mm", "sec")
    nibabel.save(image, path)
    return nibabel.load(path)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "LAS", "SRP", "AIL"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_axial_frames_have_right_at_the_left_and_anterior_at_the_top(
    tmp_path: Path, codes: str, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    image = write(path, codes, (1.0, 1.0, 1.0, 2.0))
    right_anterior_superior = np.asarray(nibabel.as_closest_canonical(image).dataobj)
    with open_image(path) as source:
        order = [source.axes.index(axis) for axis in "XYZT"]
        found = np.asarray(source.array).transpose(order)
        assert source.metadata["coords"]["time"] == [0.0, 2.0, 4.0]
        assert "axial" in source.notes[0]
    np.testing.assert_array_equal(found, right_anterior_superior[::-1, ::-1])
    assert found.dtype == np.int16


#: Files that nibabel ships for its own tests.
SHIPPED = Path(nibabel.__file__).parent / "tests" / "data"


@pytest.mark.parametrize("name", ["phantom_EPI_asc_CLEAR_2_1.PAR", "minc1_1_scale.mnc", "small.mnc"])
def test_other_formats_of_scanners_are_read(name: str) -> None:
    if not (path := SHIPPED / name).exists():
        pytest.skip("this build of nibabel ships no test files")
    image = nibabel.load(path)
    right_anterior_superior = nibabel.as_closest_canonical(image).get_fdata()
    if path.suffix == ".PAR":
        image.dataobj.file_like.close()
    with open_image(path) as source:
        assert source.metadata["pixel_unit"] == "mm"
        np.testing.assert_allclose(source.array[...], right_anterior_superior[::-1, ::-1].T)


def test_threads_that_read_par_rec_at_once_get_their_own_frames() -> None:
    if not (path := SHIPPED / "phantom_varscale.PAR").exists():
        pytest.skip("this build of nibabel ships no test files")
    with open_image(path) as source:
        whole = np.asarray(source.array[...])
        indices = 30 * list(np.ndindex(whole.shape[:2]))
        with ThreadPoolExecutor(8) as threads:
            found = threads.map(source.array.__getitem__, indices)
            assert all(
                np.array_equal(frame, whole[index]) for frame, index in zip(found, indices, strict=True)
            )


def test_thick_slices_stay_as_they_were_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    write(path, "ASR", (0.5, 0.25, 4.0, 2.0))
    with open_image(path) as source:
        assert source.axes == ["T", "Z", "Y", "X"]
        assert "sagittal" in source.notes[0]
        assert source.metadata["pixel_size"] == (0.25, 0.5)
        assert source.metadata["coords"]["z"] == [0.0, 4.0, 8.0, 12.0]
        # From the patient's right to the left, superior at the top, anterior at the left.
        np.testing.assert_array_equal(source.array[1], XYZT[::-1, ::-1, ::-1, 1].T)


def test_values_are_scaled(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    write(path, "LPS", (1.0, 1.0, 1.0, 2.0))
    scaled = bytearray(path.read_bytes())
    scaled[112:120] = np.array([0.5, 10], "<f4").tobytes()  # the header's slope and intercept
    path.write_bytes(scaled)
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array[1], XYZT[..., 1].T * 0.5 + 10)


KEYS = [
    1,
    (-1, 2),
    (..., slice(5, 1, -2)),
    (slice(None), [2, 0]),
    (0, slice(3, 3)),
    (slice(1, 3), 0, slice(2, 5), 4),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_what_a_key_selects_of_a_reversed_array(key: Any) -> None:
    array = ReversedArray(XYZT.shape, XYZT.dtype, (True, False, True, False), lambda box: XYZT[box])
    np.testing.assert_array_equal(array[key], XYZT[::-1, :, ::-1].T[key])


def test_colors_are_samples(tmp_path: Path) -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (6, 7, 4, 3), np.uint8)
    packed = rgb.copy().view([("R", "u1"), ("G", "u1"), ("B", "u1")])[..., 0]
    nibabel.save(nibabel.Nifti1Image(packed, np.diag([-1.0, -1, 1, 1])), tmp_path / "a.nii")
    with open_image(tmp_path / "a.nii") as source:
        assert source.axes == ["Z", "Y", "X", "S"]
        np.testing.assert_array_equal(source.array, rgb.transpose(2, 1, 0, 3))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_files_that_are_cut_off_are_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write(path, "RAS", (1.0, 1.0, 1.0, 2.0))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=f"a{suffix}: "), open_image(path) as source:
        np.asarray(source.array)


def test_what_was_decompressed_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    path = tmp_path / "a.nii.gz"
    write(path, "RAS", (1.0, 1.0, 1.0, 2.0))
    with open_image(path):
        assert list((tmp_path / "temporary").rglob("*.nii"))
    path.write_bytes(gzip.compress(b"no volume"))
    with pytest.raises(ValueError, match="not a readable"):
        open_image(path)
    assert not list((tmp_path / "temporary").iterdir())
