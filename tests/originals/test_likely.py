"""Axes that originals do not say: what is suggested, and opening them so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import jpkl
from jpkl import JPkl
from jpkl.toolkit import open_with_axes, suggested_axes


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((6, 100, 120), "TYX"), ((6, 100, 120, 3), "TYXS"), ((100, 120, 3), "YXS"), ((100, 120, 6), None)],
)
def test_axes_that_an_array_does_not_say_are_suggested(
    shape: tuple[int, ...], axes: str | None, tmp_path: Path
) -> None:
    images = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    np.save(tmp_path / "a.npy", images)
    with jpkl.open(tmp_path / "a.npy") as jp:
        assert suggested_axes(jp) == axes
        if axes is None:
            return
        with open_with_axes(jp, axes) as other:
            assert suggested_axes(other) is None  # they were given
            frame = images[0] if axes[0] == "T" else images
            assert other.shape[:2] == frame.shape[:2]
            assert np.abs(other[(..., 0) if axes[0] == "T" else ...].astype(int) - frame).mean() < 40


def test_there_is_no_question_where_a_file_says_its_axes(tmp_path: Path) -> None:
    jp = JPkl(np.zeros((6, 100, 120), np.uint8))
    assert suggested_axes(jp) is None
    with pytest.raises(ValueError, match="does not come from an image file"):
        open_with_axes(jp, "TYX")
    np.save(tmp_path / "a.npy", np.zeros((6, 100, 120), np.uint8))
    with jpkl.open(tmp_path / "a.npy", axes="TYX") as given:
        assert suggested_axes(given) is None
    with jpkl.open(tmp_path / "a.npy") as read, pytest.raises(ValueError, match="axes"):
        open_with_axes(read, "Q")
