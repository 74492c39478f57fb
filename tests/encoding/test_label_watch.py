"""Pixels that are no intensities, and axes that are probably meant otherwise, are noticed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._cli._main import main
from jpkl._encoding.label_watch import is_labels
from jpkl._errors import JPklWarning
from jpkl._source.axes import likely_axes
from jpkl.readers import open_image
from tests.conftest import shared_data

RANDOM = np.random.default_rng(0)
ROWS, COLUMNS = np.mgrid[:256, :256]


def discs(radius: float, *, numbered: bool = True) -> NDArray[np.int64]:
    """A label image of 40 objects."""
    frame = np.zeros((256, 256), np.int64)
    for number, (y, x) in enumerate(RANDOM.integers(0, 256, (40, 2)), 1):
        frame[np.hypot(ROWS - y, COLUMNS - x) < radius] = number if numbered else 1
    return frame


def cells() -> NDArray[np.int64]:
    """Objects that fill the frame, numbered row by row, as most programs do."""
    centers = RANDOM.uniform(0, 256, (150, 2))
    centers = centers[np.argsort(centers[:, 0])]
    distances = np.hypot(ROWS - centers[:, :1, None], COLUMNS - centers[:, 1:, None])
    return distances.argmin(0) + 1


def blurred(sharp: NDArray[Any], radius: int) -> NDArray[np.float64]:
    frequencies = np.fft.fftfreq(256)
    weights = np.exp(-2 * (np.pi * radius * np.hypot(*np.meshgrid(frequencies, frequencies))) ** 2)
    return np.fft.ifft2(np.fft.fft2(sharp) * weights).real


SPOTS = 1e4 * blurred(RANDOM.random((256, 256)) < 0.001, 2).clip(0)
SMOOTH = blurred(RANDOM.normal(size=(256, 256)), 12)
SMOOTH = (SMOOTH - SMOOTH.min()) / np.ptp(SMOOTH)


@pytest.mark.parametrize(
    "frame",
    [
        discs(3),
        discs(12),
        cells(),
        discs(8, numbered=False).astype(bool),
        discs(8, numbered=False).astype(np.uint8) * 255,
        discs(8).astype(np.float32),
        np.digitize(SMOOTH, [0.4, 0.5, 0.6]),
    ],
)
def test_labels_and_masks(frame: NDArray[Any]) -> None:
    assert is_labels(frame)


@pytest.mark.parametrize(
    "frame",
    [
        RANDOM.poisson(0.02, (256, 256)),  # single photons
        RANDOM.poisson(SPOTS),
        SPOTS.astype(np.uint16),
        np.where(SPOTS > 50, RANDOM.poisson(SPOTS), 0),  # background removed
        (255 * SMOOTH).astype(np.uint8),
        (30 * SMOOTH).astype(np.uint8) + 90,  # dark, without noise
        np.clip(900 * SMOOTH - 300, 0, 255).astype(np.uint8),  # overexposed
        np.pad(RANDOM.poisson(100, (128, 128)), 64),  # registered
        COLUMNS.astype(np.uint8),
        RANDOM.integers(0, 255, (32, 32)).repeat(8, 0).repeat(8, 1),  # enlarged
        100 + (RANDOM.random((256, 256)) < 0.1),  # a dark camera
        SMOOTH,
    ],
)
def test_intensities(frame: NDArray[Any]) -> None:
    assert not is_labels(frame)


@pytest.mark.parametrize(
    "name",
    [
        "cell_tzcyx.tif",
        "cells3d_nuclei_zyx.tif",
        "cluster_tzcyx.ome.tif",
        "cryoet_tomo_zyx_f32.tif",
        "mitosis_max_tcyx.ome.tif",
        "us_cine_tyxs.tif",
        "yeast_mito_tzyx.ome.tif",
    ],
)
def test_no_real_stack_is_taken_for_labels(name: str) -> None:
    with open_image(shared_data("images") / name) as source:
        frames = np.asarray(source.array)
    frames = np.moveaxis(frames, -1, 0) if frames.shape[-1] == 3 else frames
    for frame in frames.reshape(-1, *frames.shape[-2:])[::7]:
        assert not is_labels(frame)


def test_a_stack_of_labels_is_said_to_be(tmp_path: Path) -> None:
    both = np.stack([RANDOM.poisson(100, (256, 256)), discs(10), np.zeros((256, 256), int)]).astype(np.uint16)
    with pytest.warns(JPklWarning, match=r"label image or a mask \(channel 1\)"):
        JPkl(both, axes="CYX")
    np.save(tmp_path / "a.npy", both.transpose(1, 2, 0).copy())
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    with pytest.warns(JPklWarning, match="label image"):
        JPkl(mapped, dim_names=["channel"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", JPklWarning)
        JPkl(both[::2], axes="CYX")


@pytest.mark.parametrize(
    ("shape", "likely"),
    [
        ((2, 100, 100, 3), "TYXS"),
        ((1, 512, 512), "TYX"),
        ((60, 256, 256), "TYX"),
        ((30, 17, 192, 279), "TZYX"),
        ((4, 10, 2, 77, 79), "TZCYX"),
        ((5, 128, 128, 4), "TYXC"),
    ],
)
def test_axes_that_are_probably_meant_otherwise(shape: tuple[int, ...], likely: str) -> None:
    assert likely_axes(shape) == likely


@pytest.mark.parametrize(
    "shape",
    [
        (204, 117, 60), (192, 279, 30, 17), (77, 79, 4, 10, 2), (31, 38, 3, 10, 2), (128, 96, 24, 2),
        (240, 320, 3, 30), (256, 256, 60), (135, 135, 101), (196, 171, 51, 2), (512, 512, 1000),
        (512, 1, 1000), (32, 32, 10000), (480, 640, 3), (512, 512, 100, 3), (256, 256, 256), (64, 512, 600),
        (48, 64, 64), (512, 512),
    ],
)  # fmt: skip
def test_axes_that_are_fine(shape: tuple[int, ...]) -> None:
    assert likely_axes(shape) is None


def test_odd_frames_are_questioned_unless_axes_or_dims_are_named() -> None:
    images = np.zeros((2, 100, 100, 3), np.uint8)
    with pytest.warns(JPklWarning, match="axes='TYXS'"):
        JPkl(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error", JPklWarning)
        JPkl(images, axes="TYXS")
        JPkl(images, dim_names=["time", "channel"])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_the_command_keeps_labels_exactly(dtype: Any, tmp_path: Path, capsys: Any) -> None:
    labels = np.stack([discs(12) for _ in range(4)]).astype(dtype)
    np.save(tmp_path / "labels.npy", labels)
    source, target = str(tmp_path / "labels.npy"), str(tmp_path / "labels.jpkl")
    assert main(["encode", source, target, "--axes", "TYX"]) == 0
    assert "kept exactly, as PNG" in capsys.readouterr().out
    with JPkl.load(target) as jp:
        assert jp.dtype == dtype
        np.testing.assert_array_equal(jp.frames_first[...], labels)
    assert main(["encode", source, target, "--axes", "TYX", "--codec", "jpeg", "--force"]) == 0
    assert "this looks like a label image" in capsys.readouterr().err
    with JPkl.load(target) as jp:
        assert jp.codec == "jpeg"
