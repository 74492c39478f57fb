"""What is on record of fidelity, along each dim."""

from __future__ import annotations

import numpy as np
from jpkl_viewer.model.fidelity import fidelity_profiles

from jpkl import Fidelity


def record(psnr: list[float], ssim: list[float]) -> Fidelity:
    return Fidelity(np.array([0, 2, 3, 5]), np.array(psnr), np.array(ssim))


def test_the_lowest_at_each_index_with_its_frame() -> None:
    found = fidelity_profiles(record([40, np.inf, 38.126, 39], [0.9, np.nan, 0.95, np.nan]), (3, 2))
    assert found is not None
    assert found["psnr"] == {
        "worst": 3,
        "dims": [
            {"values": [40.0, 38.13, 39.0], "frames": [0, 3, 5]},
            {"values": [40.0, 38.13], "frames": [0, 3]},
        ],
    }
    assert found["ssim"]["worst"] == 0
    assert found["ssim"]["dims"][0] == {"values": [0.9, 0.95, None], "frames": [0, 3, None]}


def test_nothing_to_plot() -> None:
    nothing_lost = record([np.inf] * 4, [1.0] * 4)
    assert fidelity_profiles(nothing_lost, (3, 2)) is None
    assert fidelity_profiles(Fidelity(np.array([0]), np.array([40.0]), np.array([0.9])), ()) is None
    found = fidelity_profiles(record([40, 41, 42, 43], [np.nan] * 4), (6,))
    assert found is not None
    assert list(found) == ["psnr"]
